//! How much memory counting may take, and how it is shared out.

use std::path::{Path, PathBuf};

use super::reader::ChunkSizes;
use crate::atomic::parent_of;
use crate::{Error, Result};

/// Memory for counting, in bytes, and a folder for what does not fit.
///
/// It covers the tables, the chunks on their way to them and the buffers of merging. On top of it come a single word or
/// document that is longer than the share of a thread, text that goes on for longer than a chunk without a place to cut
/// it, the window of a decompressor (8 MiB for most files), and the program itself.
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
/// This share of the memory goes to chunks, the rest to tables.
const CHUNKS_SHARE: u64 = 4;
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

    /// Sizes of chunks that keep to the share. Where a text must be cut does not depend on the memory.
    pub(crate) fn chunk_sizes(&self, threads: usize) -> ChunkSizes {
        let default = ChunkSizes::default();
        let chunk = (self.memory / CHUNKS_SHARE / chunks(threads)).min(default.chunk as u64) as usize;
        ChunkSizes { block: chunk, chunk, ..default }
    }

    /// Bytes for the tables of each worker.
    pub(crate) fn per_worker(&self, threads: usize) -> usize {
        let tables = (self.memory - self.memory / CHUNKS_SHARE) / threads as u64;
        usize::try_from(tables).unwrap_or(usize::MAX)
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
