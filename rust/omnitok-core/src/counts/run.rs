//! Sorted words in a file: a part of a temporary file that memory had no room for, or the words of a counts file.
//!
//! An entry is a word: length, bytes, number of languages, then for each of them, ascending, its index and the count; the
//! numbers in LEB128, in the shortest form.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::key::WordKey;
use super::words::WordSink;
use crate::{Error, Result};

/// A file that is read at many places at once.
pub(crate) struct RunFile {
    file: File,
    /// What messages name: the file or, for a temporary one, its folder.
    path: PathBuf,
}

impl RunFile {
    /// A file without a name in `folder`, which is gone when the process is.
    pub(crate) fn temporary(folder: &Path) -> Result<Self> {
        let file = tempfile::tempfile_in(folder).map_err(|source| Error::io(folder, source))?;
        Ok(Self { file, path: folder.to_owned() })
    }

    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|source| Error::io(path, source))?;
        Ok(Self { file, path: path.to_owned() })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn len(&self) -> Result<u64> {
        self.file.metadata().map(|data| data.len()).map_err(|source| Error::io(&self.path, source))
    }

    /// Fills as much of `buffer` as the file has from `at` on.
    pub(crate) fn read(&self, buffer: &mut [u8], at: u64) -> Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match read_at(&self.file, &mut buffer[filled..], at + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::io(&self.path, error)),
            }
        }
        Ok(filled)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> std::io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> std::io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}

/// How many words, distinct and all together, and their bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Totals {
    pub(crate) words: u64,
    pub(crate) total: u64,
    pub(crate) bytes: u64,
}

impl Totals {
    /// Adds the count of a word in one language; `is_new` where the word was not seen in another.
    pub(crate) fn add(&mut self, length: usize, count: u64, is_new: bool) -> Result<()> {
        let bytes = count.checked_mul(length as u64);
        *self = bytes
            .and_then(|bytes| self.plus(Self { words: u64::from(is_new), total: count, bytes }))
            .ok_or(Error::CountOverflow("adding up the counts of all words"))?;
        Ok(())
    }

    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        Some(Self {
            words: self.words.checked_add(other.words)?,
            total: self.total.checked_add(other.total)?,
            bytes: self.bytes.checked_add(other.bytes)?,
        })
    }
}

/// A part of a file that holds entries, sorted, each word once.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) file: Arc<RunFile>,
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) samples: Samples,
    pub(crate) totals: Totals,
    /// By index, whether the language has words here.
    pub(crate) has_language: Vec<bool>,
    /// The index that each language has in what the run is merged into.
    pub(crate) languages: Vec<u16>,
}

impl Run {
    /// Words of this run in order, with the bytes of entries that each stands for.
    pub(crate) fn samples(&self) -> (&[(Vec<u8>, u64)], u64) {
        (&self.samples.words, self.samples.step)
    }
}

/// Some words of a run and where their entries begin, evenly spread over its bytes.
#[derive(Clone)]
pub(crate) struct Samples {
    words: Vec<(Vec<u8>, u64)>,
    step: u64,
    next: u64,
}

/// Twice as many are thinned to this many, so a run costs a few kilobytes of memory whatever its length.
const SAMPLES: usize = 32;
/// Longer words are no samples.
const SAMPLE_BYTES: usize = 256;

impl Samples {
    pub(crate) fn new() -> Self {
        Self { words: Vec::new(), step: 1 << 13, next: 0 }
    }

    /// Hears of every entry: its word, and where it begins, in bytes from the first entry.
    pub(crate) fn see(&mut self, word: &[u8], at: u64) {
        if at < self.next || word.len() > SAMPLE_BYTES {
            return;
        }
        if self.words.len() == 2 * SAMPLES {
            let mut index = 0;
            self.words.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.step *= 2;
        }
        self.words.push((word.to_vec(), at));
        self.next = at + self.step;
    }

    /// Where to begin to read to find all words from `word` on.
    pub(crate) fn start(&self, word: &[u8]) -> u64 {
        let after = self.words.partition_point(|(sample, _)| sample.as_slice() <= word);
        after.checked_sub(1).map_or(0, |index| self.words[index].1)
    }
}

pub(crate) fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Appends an entry. Shares are ascending by language.
pub(crate) fn push_entry(bytes: &mut Vec<u8>, word: &[u8], shares: impl ExactSizeIterator<Item = (u16, u64)>) {
    push_number(bytes, word.len() as u64);
    bytes.extend_from_slice(word);
    push_number(bytes, shares.len() as u64);
    for (language, count) in shares {
        push_number(bytes, u64::from(language));
        push_number(bytes, count);
    }
}

/// Appends a run to a file.
pub(crate) struct RunWriter {
    file: Arc<RunFile>,
    from: u64,
    out: BufWriter<File>,
    at: u64,
    samples: Samples,
    totals: Totals,
    has_language: Vec<bool>,
    /// The word whose shares are still coming.
    word: Vec<u8>,
    shares: Vec<(u16, u64)>,
    entry: Vec<u8>,
}

impl RunWriter {
    /// Nobody else may write to `file` meanwhile.
    pub(crate) fn append(file: Arc<RunFile>, languages: usize, buffer: usize) -> Result<Self> {
        let begin = || {
            let mut handle = file.file.try_clone()?;
            Ok((handle.seek(SeekFrom::End(0))?, handle))
        };
        let (from, handle) = begin().map_err(|source| Error::io(&file.path, source))?;
        Ok(Self {
            out: BufWriter::with_capacity(buffer, handle),
            file,
            from,
            at: 0,
            samples: Samples::new(),
            totals: Totals::default(),
            has_language: vec![false; languages],
            word: Vec::new(),
            shares: Vec::new(),
            entry: Vec::new(),
        })
    }

    fn write_word(&mut self) -> Result<()> {
        if self.shares.is_empty() {
            return Ok(());
        }
        self.samples.see(&self.word, self.at);
        for (index, &(language, count)) in self.shares.iter().enumerate() {
            self.totals.add(self.word.len(), count, index == 0)?;
            self.has_language[usize::from(language)] = true;
        }
        self.entry.clear();
        push_entry(&mut self.entry, &self.word, self.shares.iter().copied());
        self.shares.clear();
        self.at += self.entry.len() as u64;
        self.out.write_all(&self.entry).map_err(|source| Error::io(&self.file.path, source))
    }

    /// The run, of which languages keep their numbers.
    pub(crate) fn finish(mut self) -> Result<Run> {
        self.write_word()?;
        self.out.flush().map_err(|source| Error::io(&self.file.path, source))?;
        Ok(Run {
            from: self.from,
            to: self.from + self.at,
            samples: self.samples,
            totals: self.totals,
            languages: (0..self.has_language.len()).map(|language| language as u16).collect(),
            has_language: self.has_language,
            file: self.file,
        })
    }
}

impl WordSink for RunWriter {
    fn push(&mut self, key: &WordKey<'_>, language: u16, count: u64, same_word: bool) -> Result<()> {
        if !same_word {
            self.write_word()?;
            self.word.clear();
            key.append_to(&mut self.word);
        } else if let Some((_, last)) = self.shares.last_mut().filter(|(last, _)| *last == language) {
            *last = last.checked_add(count).ok_or(Error::CountOverflow("adding up the counts of a word"))?;
            return Ok(());
        }
        self.shares.push((language, count));
        Ok(())
    }
}
