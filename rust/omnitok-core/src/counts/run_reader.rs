//! The entries of a run, one by one, in a buffer of bounded size.

use std::cmp::Ordering;
use std::sync::Arc;

use super::key::{Head, WordKey};
use super::run::{Run, RunFile};
use crate::{Error, Result};

/// Reads the entries of a run one by one; they order by their words.
pub(crate) struct RunReader {
    file: Arc<RunFile>,
    languages: Vec<u16>,
    /// Offset in the file of the end of `buffer`, and of the end of the run.
    filled_to: u64,
    to: u64,
    buffer: Vec<u8>,
    /// What of `buffer` is read.
    done: usize,
    size: usize,
    head: Head,
    word: Vec<u8>,
    /// The word before, while the next is read.
    last: Vec<u8>,
    shares: Vec<(u16, u64)>,
}

impl RunReader {
    /// A reader that holds `size` bytes of the run, or a word where that is longer. It stands before the first entry from
    /// which on the words are found that are not less than `first`.
    pub(crate) fn new(run: &Run, first: &[u8], size: usize) -> Self {
        let at = run.from + run.samples.start(first);
        Self::of_part(Arc::clone(&run.file), at, run.to, run.languages.clone(), size)
    }

    pub(crate) fn of_part(file: Arc<RunFile>, from: u64, to: u64, languages: Vec<u16>, size: usize) -> Self {
        Self {
            file,
            languages,
            filled_to: from,
            to,
            buffer: Vec::new(),
            done: 0,
            size,
            head: Head::default(),
            word: Vec::new(),
            last: Vec::new(),
            shares: Vec::new(),
        }
    }

    pub(crate) fn word(&self) -> &[u8] {
        &self.word
    }

    /// Languages in the order of the run, with the numbers that they have in what it is merged into.
    pub(crate) fn shares(&self) -> &[(u16, u64)] {
        &self.shares
    }

    /// Offset in the file of what is read next.
    pub(crate) fn place(&self) -> u64 {
        self.filled_to - (self.buffer.len() - self.done) as u64
    }

    /// Reads the next entry; false at the end.
    ///
    /// # Errors
    /// [`Error::CorruptFile`] for bytes that are no entry, or words that are not sorted.
    pub(crate) fn advance(&mut self) -> Result<bool> {
        let place = self.place();
        if place >= self.to {
            return Ok(false);
        }
        let length = self.number()?;
        std::mem::swap(&mut self.last, &mut self.word);
        self.take_word(length)?;
        if self.word <= self.last {
            return Err(self.refuse(format!("the word at byte {place} does not sort after the one before")));
        }
        self.head = WordKey::new(&self.word).head;
        self.read_shares(place)?;
        Ok(true)
    }

    fn read_shares(&mut self, place: u64) -> Result<()> {
        let refuse = |reader: &Self, reason| reader.refuse(format!("the word at byte {place}: {reason}"));
        self.shares.clear();
        let shares = self.number()?;
        if shares == 0 {
            return Err(refuse(self, "it occurs in no language".into()));
        }
        let mut previous = None;
        for _ in 0..shares {
            let (language, count) = (self.number()?, self.number()?);
            let known = usize::try_from(language).ok().and_then(|language| self.languages.get(language)).copied();
            let known = known.ok_or_else(|| refuse(self, format!("there is no language number {language}")))?;
            if previous.is_some_and(|previous| previous >= language) || count == 0 {
                return Err(refuse(self, "its languages are not ascending or one has the count 0".into()));
            }
            self.shares.push((known, count));
            previous = Some(language);
        }
        Ok(())
    }

    fn refuse(&self, reason: String) -> Error {
        Error::corrupt(self.file.path(), reason)
    }

    /// Makes sure that the next `wanted` bytes are in the buffer, unless the run ends before.
    fn fill(&mut self, wanted: usize) -> Result<()> {
        if self.buffer.len() - self.done >= wanted || self.filled_to >= self.to {
            return Ok(());
        }
        self.buffer.drain(..self.done);
        self.done = 0;
        let kept = self.buffer.len();
        let more = (self.size.max(wanted) - kept).min(usize::try_from(self.to - self.filled_to).unwrap_or(usize::MAX));
        self.buffer.resize(kept + more, 0);
        let read = self.file.read(&mut self.buffer[kept..], self.filled_to)?;
        self.buffer.truncate(kept + read);
        self.filled_to += read as u64;
        if read == 0 {
            // Somebody made the file shorter: its end is where it ends now.
            self.to = self.filled_to;
        }
        Ok(())
    }

    fn take_word(&mut self, length: u64) -> Result<()> {
        let place = self.place();
        let is_there = length <= self.to.saturating_sub(place);
        if is_there {
            self.fill(length as usize)?;
        }
        let word = self.buffer.get(self.done..).filter(|_| is_there).and_then(|rest| rest.get(..length as usize));
        let Some(word) = word else {
            return Err(self.refuse(format!("the file ends within {length} bytes at {place}")));
        };
        self.word.clear();
        self.word.extend_from_slice(word);
        self.done += length as usize;
        Ok(())
    }

    fn number(&mut self) -> Result<u64> {
        self.fill(10)?;
        let mut number = 0_u64;
        for index in 0..10 {
            let Some(&byte) = self.buffer.get(self.done) else {
                return Err(self.refuse(format!("the file ends within a number at {}", self.place())));
            };
            self.done += 1;
            number |= u64::from(byte & 0x7f) << (7 * index);
            if index == 9 && byte > 1 {
                break;
            }
            if byte < 0x80 {
                if byte == 0 && index > 0 {
                    break;
                }
                return Ok(number);
            }
        }
        Err(self.refuse(format!("the number before byte {} is not in its shortest form", self.place())))
    }
}

impl PartialEq for RunReader {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for RunReader {}

impl Ord for RunReader {
    fn cmp(&self, other: &Self) -> Ordering {
        self.head.cmp(&other.head).then_with(|| self.word.cmp(&other.word))
    }
}

impl PartialOrd for RunReader {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
