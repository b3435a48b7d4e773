//! How much memory counting may take, and how it is shared out.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::reader::ChunkSizes;
use crate::atomic::parent_of;
use crate::{Error, Result};

/// Memory for counting, in bytes, and a folder for what does not fit.
///
/// It covers the tables, the chunks on their way to them, what unpacking a file takes and the buffers of merging. On top of
/// it come a single word or document that is longer than the share of a thread, text that goes on for longer than a chunk
/// without a place to cut it, a few kilobytes for each temporary run and the program itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Budget {
    /// Bytes.
    pub memory: u64,
    /// Where temporary files go. They have no names, or lose them at once, so that nothing is left of them even if the
    /// process is killed.
    pub folder: PathBuf,
}

/// Chunks of less would cost more to hand over than to count.
const LEAST_CHUNK: u64 = 1 << 16;
/// Chunks of more are worth it only where they are a small part of the memory.
const USUAL_CHUNK: u64 = 1 << 18;
/// At most this share of the memory goes to chunks, the rest to tables and to what unpacking takes ...
const CHUNKS_SHARE: u64 = 4;
/// ... and no more than this for chunks beyond the usual size.
const LARGE_CHUNKS_SHARE: u64 = 64;
/// A chunk is read in so many blocks.
const BLOCKS: usize = 8;
/// Runs are read in pieces of at least this size when they are merged.
const LEAST_BUFFER: u64 = 1 << 13;
const MOST_BUFFER: u64 = 1 << 20;
const MERGE_MEMORY: u64 = 1 << 28;

/// Chunks in memory at once: in the queue, at the workers, and what the reader has in hand.
fn chunks(threads: usize) -> u64 {
    2 * threads as u64 + 4
}

impl Budget {
    /// The least memory that `threads` threads can count in.
    #[must_use]
    pub fn least(threads: usize) -> u64 {
        CHUNKS_SHARE * chunks(threads) * LEAST_CHUNK
    }

    /// What merging into the file `out` takes when nobody said: buffers only, and temporary files beside it.
    pub(crate) fn of_merge(out: &Path) -> Self {
        Self { memory: MERGE_MEMORY, folder: parent_of(out).to_owned() }
    }

    /// # Errors
    /// [`Error::Argument`], which names the least.
    pub(crate) fn check(&self, threads: usize) -> Result<()> {
        let least = Self::least(threads);
        if self.memory < least {
            return Err(Error::Argument(format!(
                "memory is {} bytes, which is too little to count in with {threads} threads; give at least {least}, or \
                 use fewer threads",
                self.memory
            )));
        }
        Ok(())
    }

    /// Memory for each chunk, and for what is read of the next one.
    fn chunk(&self, threads: usize) -> usize {
        let share = |share| self.memory / share / chunks(threads);
        let chunk = share(CHUNKS_SHARE).min(share(LARGE_CHUNKS_SHARE).max(USUAL_CHUNK));
        chunk.min(ChunkSizes::default().chunk as u64) as usize
    }

    /// Sizes of chunks that keep to the share. Where a text must be cut does not depend on the memory.
    pub(crate) fn chunk_sizes(&self, threads: usize) -> ChunkSizes {
        let memory = self.chunk(threads);
        let block = memory / BLOCKS;
        ChunkSizes { block, chunk: memory - block, ..ChunkSizes::default() }
    }

    /// Bytes for the tables of all workers, and for unpacking.
    pub(crate) fn beside_chunks(&self, threads: usize) -> usize {
        let rest = self.memory - self.chunk(threads) as u64 * chunks(threads);
        usize::try_from(rest).unwrap_or(usize::MAX)
    }

    /// Refuses a file that leaves the tables less than the least memory does.
    ///
    /// # Errors
    /// [`Error::Argument`], which names the least for this file.
    pub(crate) fn check_window(&self, path: &Path, window: usize, threads: usize) -> Result<()> {
        let least =
            Self::least(threads).saturating_add((window as u64).saturating_mul(CHUNKS_SHARE) / (CHUNKS_SHARE - 1));
        if window > 0 && self.memory < least {
            return Err(Error::Argument(format!(
                "memory is {} bytes, and to unpack {} takes {window}; give at least {least}, or unpack the file",
                self.memory,
                path.display()
            )));
        }
        Ok(())
    }

    /// The buffer of each reader when `threads` threads merge `runs` runs each; `None` where that is too little.
    pub(crate) fn buffer(&self, threads: usize, runs: usize) -> Option<usize> {
        let buffer = self.memory / 2 / (threads * runs).max(1) as u64;
        (buffer >= LEAST_BUFFER).then_some(buffer.min(MOST_BUFFER) as usize)
    }

    /// How many runs `threads` threads can merge at once, each its own.
    pub(crate) fn fan_in(&self, threads: usize) -> usize {
        usize::try_from(self.memory / 2 / LEAST_BUFFER / threads as u64).unwrap_or(usize::MAX).max(2)
    }
}

/// Bytes of memory that several workers share, for their tables.
pub(crate) struct SharedMemory {
    bytes: usize,
    workers: usize,
    /// What something else takes of it for now.
    reserved: AtomicUsize,
}

impl SharedMemory {
    pub(crate) fn new(bytes: usize, workers: usize) -> Arc<Self> {
        Arc::new(Self { bytes, workers, reserved: AtomicUsize::new(0) })
    }

    /// From here on so many bytes are not for the workers.
    pub(crate) fn reserve(&self, bytes: usize) {
        self.reserved.store(bytes, Ordering::Relaxed);
    }

    pub(crate) fn of_each(&self) -> usize {
        self.bytes.saturating_sub(self.reserved.load(Ordering::Relaxed)) / self.workers
    }
}
