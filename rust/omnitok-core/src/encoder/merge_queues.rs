//! Merging any number of symbols in O(n log n), whatever they are.
//!
//! Candidate merges live in two queues: the ones that exist at the start, sorted once ("cold"), and the ones that
//! merges bring about, in a heap ("hot"). Most candidates of many symbols are cold and never enter the heap, which
//! keeps it small. An entry is `rank << 32 | position`, so the smaller entry is the lower rank and then the leftmost.
//! Entries are not removed when their pair changes: they are skipped because `ranks[position]` says otherwise. That
//! test is sufficient: a rank belongs to one pair of ids, and a position whose pair changed and became the same pair
//! again would have to lose bytes, but symbols only grow.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::merge_table::{MergeTable, NO_MERGE};
use crate::error::{Error, Result};
use crate::memory::reserve;

/// Buffers that are kept between windows.
#[derive(Debug, Default)]
pub(super) struct MergeQueues {
    next: Vec<u32>,
    previous: Vec<u32>,
    ranks: Vec<u32>,
    cold: Vec<u64>,
    hot: BinaryHeap<Reverse<u64>>,
}

/// Position one past the end, and the mark of a symbol that was merged into its left neighbour.
const NONE: u32 = u32::MAX;

impl MergeQueues {
    /// Makes room for merging so many symbols; without it, [`Self::merge`] ends the process where the system has no memory.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub(super) fn reserve(&mut self, symbols: usize) -> Result<()> {
        for links in [&mut self.next, &mut self.previous, &mut self.ranks] {
            links.clear();
            reserve(links, symbols)?;
        }
        self.cold.clear();
        reserve(&mut self.cold, symbols)?;
        // A merge takes a candidate out of a queue and puts at most two into the hot one. At most every second symbol merges
        // by a cold one, so there are never more than these two each, and one more for each of the other merges.
        self.hot.clear();
        let hot = symbols + symbols / 2 + 1;
        self.hot.try_reserve(hot).map_err(|_| Error::Memory { bytes: hot * size_of::<u64>() })
    }

    /// Merges `symbols`, fewer than `u32::MAX` of them, in place.
    pub(super) fn merge(&mut self, symbols: &mut Vec<u32>, table: &MergeTable) {
        self.start(symbols, table);
        let mut cold = 0;
        while let Some(entry) = self.pop(&mut cold) {
            let (rank, position) = ((entry >> 32) as u32, entry as u32 as usize);
            if self.ranks[position] == rank {
                self.merge_at(symbols, position, table);
            }
        }
        let mut kept = 0;
        let mut position = 0;
        while position != NONE {
            symbols[kept] = symbols[position as usize];
            kept += 1;
            position = self.next[position as usize];
        }
        symbols.truncate(kept);
        self.release();
    }

    fn start(&mut self, symbols: &[u32], table: &MergeTable) {
        let length = symbols.len() as u32;
        self.next.clear();
        self.next.extend((1..length).chain([NONE]));
        self.previous.clear();
        self.previous.extend([NONE].into_iter().chain(0..length - 1));
        self.ranks.clear();
        self.ranks.extend(symbols.windows(2).map(|pair| table.rank(pair[0], pair[1])).chain([NO_MERGE]));
        self.cold.clear();
        let ranked = self.ranks.iter().zip(0u64..);
        self.cold.extend(ranked.filter(|(rank, _)| **rank != NO_MERGE).map(|(&rank, at)| u64::from(rank) << 32 | at));
        self.cold.sort_unstable();
        self.hot.clear();
    }

    fn pop(&mut self, cold: &mut usize) -> Option<u64> {
        let first = self.cold.get(*cold).copied();
        match (first, self.hot.peek()) {
            (Some(entry), Some(&Reverse(other))) if other < entry => {
                self.hot.pop();
                Some(other)
            }
            (None, Some(_)) => self.hot.pop().map(|Reverse(entry)| entry),
            (entry, _) => {
                *cold += 1;
                entry
            }
        }
    }

    fn merge_at(&mut self, symbols: &mut [u32], position: usize, table: &MergeTable) {
        let right = self.next[position] as usize;
        symbols[position] = table.product(self.ranks[position]);
        self.ranks[right] = NO_MERGE;
        let after = self.next[right];
        self.next[position] = after;
        if after == NONE {
            self.ranks[position] = NO_MERGE;
        } else {
            self.previous[after as usize] = position as u32;
            self.rank(position, table.rank(symbols[position], symbols[after as usize]));
        }
        let before = self.previous[position];
        if before != NONE {
            self.rank(before as usize, table.rank(symbols[before as usize], symbols[position]));
        }
    }

    fn rank(&mut self, position: usize, rank: u32) {
        self.ranks[position] = rank;
        if rank != NO_MERGE {
            self.hot.push(Reverse(u64::from(rank) << 32 | position as u64));
        }
    }

    /// Gives back what a single huge window made the buffers grow to.
    fn release(&mut self) {
        const KEEP: usize = 1 << 16;
        if self.next.capacity() > KEEP {
            *self = Self::default();
        }
    }
}
