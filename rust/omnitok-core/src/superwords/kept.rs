//! The table of pairs in a file, so that counting them can go on after an interruption.
//!
//! A line says what the file is, the digest of the first stage, the size of the table and its digest. The table follows,
//! compressed: most of it is zeros until much text was read.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use super::FirstStage;
use crate::atomic::write_file;
use crate::{Error, Result};

const KIND: &str = "omnitok pairs 1";
/// The line is shorter than this in any case.
const MOST_LINE: u64 = 256;

impl FirstStage {
    /// Writes the table of the pairs noted so far, whole or not at all, in place of a file that is there.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn save_pairs(&self, path: &Path) -> Result<()> {
        let failed = |source| Error::io(path, source);
        write_file(path, true, |file| {
            writeln!(file, "{}", self.first_line()).map_err(failed)?;
            let mut packed = zstd::Encoder::new(file, 1).map_err(failed)?;
            self.bounds.write(|bytes| packed.write_all(bytes)).map_err(failed)?;
            packed.finish().map(|_| ()).map_err(failed)
        })
    }

    /// Takes up a table that was saved, in place of what was noted so far.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::CorruptFile`] for a file that is damaged or of another first stage. Nothing is noted then.
    pub fn restore_pairs(&self, path: &Path) -> Result<()> {
        self.read_pairs(path).inspect_err(|_| self.bounds.clear())
    }

    fn read_pairs(&self, path: &Path) -> Result<()> {
        let file = File::open(path).map_err(|source| Error::io(path, source))?;
        let damaged = |error| Error::corrupt(path, format!("this is no whole table of pairs ({error}); remove it"));
        let (mut file, mut line) = (BufReader::new(file), String::new());
        file.by_ref().take(MOST_LINE).read_line(&mut line).map_err(damaged)?;
        let mut table = zstd::Decoder::with_buffer(file).map_err(damaged)?;
        self.bounds.read(&mut table).map_err(damaged)?;
        if line.trim_end() != self.first_line() {
            let reason = "this table of pairs is damaged or of another first stage; remove it to count anew";
            return Err(Error::corrupt(path, reason));
        }
        Ok(())
    }

    fn first_line(&self) -> String {
        format!("{KIND} {} {} {}", self.digest, self.bounds.bits(), self.bounds.digest())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn stage(bits: u32, more: &[&[u8]]) -> Arc<FirstStage> {
        let bytes = (0..=255).map(|byte| vec![byte]);
        let tokens: Vec<Vec<u8>> = bytes.chain(more.iter().map(|token| token.to_vec())).collect();
        Arc::new(FirstStage::with_table("o200k", &tokens, bits).unwrap())
    }

    #[test]
    fn a_table_goes_on_where_it_was_saved_and_a_damaged_one_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table");
        let note = |stage: &Arc<FirstStage>, texts: &[&str]| stage.pair_counter(1).add_texts(texts, "").unwrap();
        let (whole, first, second, nothing) = (stage(9, &[]), stage(9, &[]), stage(9, &[]), stage(9, &[]));
        note(&whole, &["to be or", "not to be", "a b"]);
        note(&first, &["to be or"]);
        first.save_pairs(&path).unwrap();
        note(&second, &["what was noted before is forgotten"]);
        second.restore_pairs(&path).unwrap();
        note(&second, &["not to be", "a b"]);
        assert_eq!(second.bounds.digest(), whole.bounds.digest());
        assert_ne!(second.bounds.digest(), nothing.bounds.digest());
        let saved = std::fs::read(&path).unwrap();
        let mut changed = saved.clone();
        changed[KIND.len() + 70] ^= 1;
        for damaged in [&saved[..saved.len() - 5], &saved[..40], b"", &changed] {
            std::fs::write(&path, damaged).unwrap();
            assert!(matches!(second.restore_pairs(&path), Err(Error::CorruptFile { .. })), "{}", damaged.len());
            assert_eq!(second.bounds.digest(), nothing.bounds.digest());
        }
        std::fs::write(&path, &saved).unwrap();
        for other in [stage(10, &[]), stage(9, &[b"be"])] {
            assert!(matches!(other.restore_pairs(&path), Err(Error::CorruptFile { .. })));
        }
    }
}
