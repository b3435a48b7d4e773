//! Files to ids, without ever holding their text whole.
//!
//! The caller's thread reads, unpacks and decodes; the others encode. A text file is cut into pieces as a long text is
//! cut into parts (`batch.rs` says why that is exact), so memory is that of some pieces a thread, and of the ids.

use std::path::{Path, PathBuf};

use super::batch::TokenBatch;
use super::joining::Joining;
use super::scratch::Scratch;
use super::special::Policy;
use super::{Encoder, SpecialSet};
use crate::counts::{Chunk, ChunkReader, ChunkSizes, Cuts, Utf8Policy, text_of};
use crate::error::{Error, Result};
use crate::parallel::{self, Watch};

/// What in a file is a text of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Documents {
    /// The whole file.
    File,
    /// Every line, without its end (`\n` or `\r\n`).
    Lines,
    /// Every line is a JSON object, whose field of this name is a text. Blank lines are none.
    Records(String),
}

/// How files become texts, and texts ids.
#[derive(Clone, Debug)]
pub struct FileTexts<'a> {
    /// What in a file is a text of its own.
    pub documents: Documents,
    /// What to do with bytes that are not UTF-8, and in records with escapes that spell half of a surrogate pair.
    pub errors: Utf8Policy,
    /// As in [`Encoder::encode`].
    pub allowed: SpecialSet<'a>,
    /// As in [`Encoder::encode`].
    pub disallowed: SpecialSet<'a>,
}

/// A piece of a file: its text has `start` bytes before it.
struct Piece<'a> {
    path: &'a Path,
    start: usize,
    chunk: Chunk,
    /// Nothing of the file is behind it.
    is_last: bool,
}

impl Encoder {
    /// The ids of the texts of plain, gzip or zstandard files, in the order of `paths`, by up to `threads` threads beside
    /// the caller's, which reads. The result does not depend on their number.
    ///
    /// A byte-order mark at the start of a file is text like any other, but before JSON. Memory: about 3 MiB of text a
    /// thread, and the ids. A file is held whole where no text of it can be cut: under a custom pattern, with a special
    /// token that holds a space or a line feed, and while it goes on without one of these.
    ///
    /// # Errors
    /// That of the first text that fails, which it names by file and line; [`Error::Io`], [`Error::InvalidUtf8`] and
    /// [`Error::CorruptFile`] of a file; [`Error::Interrupted`].
    pub fn encode_files(&self, paths: &[PathBuf], how: &FileTexts, threads: usize, watch: Watch) -> Result<TokenBatch> {
        let policy = self.policy(how.allowed, how.disallowed)?;
        let mut pieces = Pieces { encoder: self, how, may_cut: policy.allows_cuts(), paths: paths.iter(), open: None };
        let (mut own, joining) = (vec![TokenBatch::default(); threads.max(1)], Joining::new(threads));
        parallel::pipe(
            &mut own,
            || pieces.next(watch),
            |own, index, piece| {
                self.with_scratch(|scratch| {
                    self.encode_piece(&policy, how, &piece, scratch, own)?;
                    joining.end_piece(own, index)
                })
            },
        )?;
        Ok(joining.end(own))
    }

    /// Appends the ids of `piece` and the ends of the texts that end in it.
    fn encode_piece(
        &self,
        policy: &Policy,
        how: &FileTexts,
        piece: &Piece,
        scratch: &mut Scratch,
        into: &mut TokenBatch,
    ) -> Result<()> {
        let text = piece.chunk.text.as_str();
        let mut append = |text: &str, place: &dyn Fn() -> String| {
            let appended = self.append(policy, text, scratch, &mut into.ids);
            appended.map_err(|error| error.behind(piece.start).within(place()))?;
            Ok(into.ids.len() as i64)
        };
        if how.documents == Documents::File {
            let end = append(text, &|| piece.path.display().to_string())?;
            into.offsets.extend(piece.is_last.then_some(end));
            return Ok(());
        }
        for (line, number) in text.split_terminator('\n').zip(piece.chunk.line..) {
            let place = || format!("{}, line {number}", piece.path.display());
            let end = match &how.documents {
                Documents::Records(_) if line.trim_ascii().is_empty() => continue,
                Documents::Records(field) => {
                    let text = text_of(line, field, how.errors).map_err(|refusal| refusal.at(piece.path, number))?;
                    append(&text, &place)?
                }
                _ => append(line.strip_suffix('\r').unwrap_or(line), &place)?,
            };
            into.offsets.push(end);
        }
        Ok(())
    }
}

/// Bytes of the smallest block that a file is read into.
const SMALLEST_BLOCK: usize = 1 << 16;

/// The pieces of all files, in order.
struct Pieces<'a> {
    encoder: &'a Encoder,
    how: &'a FileTexts<'a>,
    may_cut: bool,
    paths: std::slice::Iter<'a, PathBuf>,
    /// The file at hand, and how many bytes of its text were given out.
    open: Option<(&'a Path, ChunkReader<'a>, usize)>,
}

impl<'a> Pieces<'a> {
    fn next(&mut self, watch: Watch) -> Result<Option<Piece<'a>>> {
        loop {
            if let Some((path, reader, given)) = &mut self.open {
                let (path, start) = (*path, *given);
                if let Some(chunk) = reader.next_chunk(&mut |_| watch())? {
                    // Places in lines are counted from the start of the line.
                    if self.how.documents == Documents::File {
                        *given += chunk.text.len();
                    }
                    return Ok(Some(Piece { path, start, chunk, is_last: false }));
                }
                self.open = None;
                let chunk = Chunk::empty();
                return Ok(Some(Piece { path, start, chunk, is_last: true }));
            }
            let Some(path) = self.paths.next() else { return Ok(None) };
            self.open = Some((path, self.reader(path)?, 0));
        }
    }

    fn reader(&self, path: &Path) -> Result<ChunkReader<'a>> {
        let sizes = ChunkSizes::default();
        // A small file is read in less time than a large block is zeroed for it. Pipes do not say how long they are.
        let file = std::fs::metadata(path).map_err(|source| Error::io(path, source))?;
        let length = if file.is_file() { usize::try_from(file.len()).unwrap_or(usize::MAX) } else { usize::MAX };
        let block = length.saturating_add(1).clamp(SMALLEST_BLOCK, sizes.block);
        let cuts = match self.how.documents {
            Documents::File => Cuts::Words(&self.encoder.splitter),
            Documents::Lines | Documents::Records(_) => Cuts::Lines,
        };
        let chunk = if self.may_cut || matches!(cuts, Cuts::Lines) { sizes.chunk } else { usize::MAX };
        let sizes = ChunkSizes { block, chunk, limit: usize::MAX, ..sizes };
        let reader = ChunkReader::open(path, self.how.errors, cuts, sizes)?;
        let is_json = matches!(self.how.documents, Documents::Records(_));
        Ok(if is_json { reader } else { reader.keeping_byte_order_mark() })
    }
}
