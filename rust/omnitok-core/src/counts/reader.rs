//! A file to chunks of text: decompression, decoding, and cuts that no word lies across.

use std::io::{ErrorKind, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::unpack::Unpacked;
use super::utf8::{Utf8Decoder, Utf8Policy};
use crate::splitter::Splitter;
use crate::{Error, Result};

/// Sizes in bytes that bound the memory of reading.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChunkSizes {
    /// Bytes asked from the decompressor at a time.
    pub(crate) block: usize,
    /// A chunk ends at the first safe cut from here on.
    pub(crate) chunk: usize,
    /// A chunk without a safe cut is cut here in any case.
    pub(crate) limit: usize,
    /// A line of jsonl may not be longer.
    pub(crate) line: usize,
}

impl Default for ChunkSizes {
    fn default() -> Self {
        Self { block: 1 << 20, chunk: 1 << 20, limit: 64 << 20, line: 1 << 30 }
    }
}

/// Text that can be cut into words without its neighbours.
pub(crate) struct Chunk {
    pub(crate) text: String,
    /// Number of the line that the chunk begins in, from 1. Counted for jsonl only.
    pub(crate) line: u64,
    /// Where the memory of the text goes afterwards.
    spent: Spent,
}

/// Memory of chunks that are done with: to have the system make new pages for each takes longer than to decode it.
type Spent = Arc<Mutex<Vec<String>>>;

/// A chunk that found no cut for long is not worth keeping its memory.
const MOST_SPENT: usize = 4 << 20;

impl Chunk {
    /// A chunk without text.
    pub(crate) fn empty() -> Self {
        Self { text: String::new(), line: 0, spent: Spent::default() }
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        if text.capacity() > MOST_SPENT {
            return;
        }
        self.spent.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }
}

/// Where chunks may be cut.
pub(crate) enum Cuts<'a> {
    /// Where the splitter can prove that a word ends.
    Words(&'a Splitter),
    /// Where the splitter can prove that a word ends, and a line does too: with the words before the cut, all those that
    /// begin in the line, but for one that begins with its line feed.
    WordsAndLines(&'a Splitter),
    /// After a line.
    Lines,
}

/// Reads a file as UTF-8 text and hands it out in chunks, in order.
pub(crate) struct ChunkReader<'a> {
    path: PathBuf,
    stream: Unpacked,
    bytes_read: Arc<AtomicU64>,
    decoder: Utf8Decoder,
    cuts: Cuts<'a>,
    sizes: ChunkSizes,
    block: Vec<u8>,
    /// Bytes at the start of `block` that begin a character.
    carried: usize,
    text: String,
    spent: Spent,
    /// Bytes of `text` that hold no cut.
    searched: usize,
    line: u64,
    is_finished: bool,
}

/// How far before the end of the text a cut may depend on characters that are not read yet.
const LOOKAHEAD: usize = 256;

impl<'a> ChunkReader<'a> {
    /// Opens a plain, gzip or zstandard file, told apart by their first bytes.
    pub(crate) fn open(path: &Path, policy: Utf8Policy, cuts: Cuts<'a>, sizes: ChunkSizes) -> Result<Self> {
        let bytes_read = Arc::new(AtomicU64::new(0));
        Ok(Self {
            path: path.to_owned(),
            stream: Unpacked::open(path, Arc::clone(&bytes_read)).map_err(|source| Error::io(path, source))?,
            bytes_read,
            decoder: Utf8Decoder::new(policy, path.display().to_string()),
            cuts,
            sizes,
            block: vec![0; sizes.block.max(4)],
            carried: 0,
            text: String::new(),
            spent: Spent::default(),
            searched: 0,
            line: 1,
            is_finished: false,
        })
    }

    /// The same reader, for which a byte-order mark at the start of the file is text like any other.
    #[must_use]
    pub(crate) fn keeping_byte_order_mark(mut self) -> Self {
        self.decoder.keep_byte_order_mark();
        self
    }

    /// Bytes of memory that unpacking takes beside the chunks; see [`Unpacked::window`].
    pub(crate) fn window(&self) -> usize {
        self.stream.window()
    }

    /// The next chunk, or `None` at the end. `progress` hears of every block, in bytes of the file as it lies on the disk.
    pub(crate) fn next_chunk(&mut self, progress: &mut dyn FnMut(u64) -> ControlFlow<()>) -> Result<Option<Chunk>> {
        loop {
            if let Some(cut) = self.find_cut()? {
                return Ok(Some(self.take(cut)));
            }
            if self.is_finished {
                return Ok((!self.text.is_empty()).then(|| self.take(self.text.len())));
            }
            self.read_block()?;
            if progress(self.bytes_read.load(Ordering::Relaxed)).is_break() {
                return Err(Error::Interrupted);
            }
        }
    }

    fn read_block(&mut self) -> Result<()> {
        let mut filled = self.carried;
        while filled < self.block.len() && !self.is_finished {
            match self.stream.read(&mut self.block[filled..]) {
                Ok(0) => self.is_finished = true,
                Ok(read) => filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.broken(error)),
            }
        }
        // Growing step by step would take up to twice as much. (Where a chunk is a whole file, nobody knows how much that is.)
        if let Some(usual) = self.sizes.chunk.checked_add(self.sizes.block)
            && self.text.capacity() < usual
            && self.text.len() + filled <= usual
        {
            self.text.reserve_exact(usual - self.text.len());
        }
        let done = self.decoder.decode(&self.block[..filled], self.is_finished, &mut self.text)?;
        self.block.copy_within(done..filled, 0);
        self.carried = filled - done;
        Ok(())
    }

    /// The decompressors report a damaged or truncated stream as these kinds; anything else is the disk.
    fn broken(&self, error: std::io::Error) -> Error {
        match error.kind() {
            ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Other => {
                let read = self.bytes_read.load(Ordering::Relaxed);
                Error::corrupt(
                    &self.path,
                    format!(
                        "the compressed data is damaged or cut short near byte {read} ({error}); fetch the file again"
                    ),
                )
            }
            _ => Error::io(&self.path, error),
        }
    }

    /// The length of the next chunk, if the text read so far has one.
    fn find_cut(&mut self) -> Result<Option<usize>> {
        let length = self.text.len();
        if length <= self.sizes.chunk {
            return Ok(None);
        }
        match self.cuts {
            Cuts::Words(splitter) | Cuts::WordsAndLines(splitter) => {
                let from = self.text.floor_char_boundary(self.searched.saturating_sub(LOOKAHEAD)).max(self.sizes.chunk);
                let mut cut = splitter.next_safe_cut(&self.text, self.text.ceil_char_boundary(from));
                while matches!(self.cuts, Cuts::WordsAndLines(_)) && cut < length && !is_at_line_feed(&self.text, cut) {
                    cut = splitter.next_safe_cut(&self.text, self.text.ceil_char_boundary(cut + 1));
                }
                self.searched = length;
                Ok(if cut < length && (cut + LOOKAHEAD <= length || self.is_finished) {
                    Some(cut)
                } else {
                    (length >= self.sizes.limit).then(|| self.forced_cut())
                })
            }
            Cuts::Lines => {
                let cut = memchr::memrchr(b'\n', &self.text.as_bytes()[self.searched..]);
                let cut = cut.map(|at| self.searched + at + 1);
                self.searched = length;
                if cut.is_none() && length > self.sizes.line {
                    let reason = format!(
                        "line {} is longer than {} bytes, which no line may be; is this a file of lines?",
                        self.line, self.sizes.line
                    );
                    return Err(Error::corrupt(&self.path, reason));
                }
                Ok(cut)
            }
        }
    }

    /// After the last line within the limit or, in one endless line, after the last whole character.
    fn forced_cut(&self) -> usize {
        let limit = self.text.floor_char_boundary(self.sizes.limit);
        memchr::memrchr(b'\n', &self.text.as_bytes()[..limit]).map_or(limit, |at| at + 1)
    }

    fn take(&mut self, cut: usize) -> Chunk {
        let mut rest = self.spent.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        rest.push_str(&self.text[cut..]);
        self.text.truncate(cut);
        let text = std::mem::replace(&mut self.text, rest);
        let chunk = Chunk { text, line: self.line, spent: Arc::clone(&self.spent) };
        if matches!(self.cuts, Cuts::Lines) {
            self.line += memchr::memchr_iter(b'\n', chunk.text.as_bytes()).count() as u64;
        }
        self.searched = 0;
        chunk
    }
}

fn is_at_line_feed(text: &str, at: usize) -> bool {
    text.as_bytes()[at - 1] == b'\n' || text.as_bytes()[at] == b'\n'
}
