//! Merging some hundred symbols: scan for the lowest rank, merge, repeat.
//!
//! As in `short_word`, nothing moves, and the smallest entry, a rank above a place, is the next merge. The entries of so
//! many places lie in memory, where a scan takes time in proportion to their number. But there the entry behind a merge
//! can be looked at: when it has the same rank and no new one is as low, it is next, without a scan. Runs
//! of one character, which large windows are for, went from 15 to 60 MB/s with that and with vectors chosen by hand.
//!
//! Against the queues, which are O(n log n): random letters in windows of 120 symbols, 34 MB/s instead of 21.

#![expect(clippy::inline_always, reason = "vector instructions must end up in the one function that may use them")]

use super::merge_table::NO_MERGE;
use crate::vocabulary::MAX_TEXT_ID;

const PLACES: usize = 512;
/// The most symbols. The first place and the one behind the last symbol hold [`NOTHING`].
pub(super) const LONGEST: usize = PLACES - 2;
/// No token has this id, so it merges with none.
const NOTHING: u32 = MAX_TEXT_ID - 1;
/// Entries that are compared at a time.
const GROUP: usize = 16;

const PLACE_BITS: u32 = PLACES.trailing_zeros();
/// The entry of a place that does not merge with what follows; every other entry is smaller.
const NONE: i32 = pack(NO_MERGE, 0);

const fn pack(rank: u32, place: usize) -> i32 {
    (rank << PLACE_BITS | place as u32) as i32
}

const fn rank_in(entry: i32) -> u32 {
    entry.cast_unsigned() >> PLACE_BITS
}

/// Up to [`LONGEST`] symbols, each at a place, and for each place the nearest ones that still hold a symbol.
#[derive(Debug)]
pub(super) struct MergeWindow {
    entries: [i32; PLACES],
    symbols: [u32; PLACES],
    next: [u16; PLACES],
    previous: [u16; PLACES],
    length: usize,
}

impl Default for MergeWindow {
    fn default() -> Self {
        let (entries, symbols) = ([NONE; PLACES], [NOTHING; PLACES]);
        Self { entries, symbols, next: [0; PLACES], previous: [0; PLACES], length: 0 }
    }
}

impl MergeWindow {
    pub(super) fn clear(&mut self) {
        self.length = 0;
    }

    /// Appends a symbol, one of at most [`LONGEST`].
    #[inline]
    pub(super) fn push(&mut self, symbol: u32) {
        self.length += 1;
        self.symbols[self.length] = symbol;
    }

    /// The symbols that merging leaves, the lowest rank first and, among equals, the leftmost.
    ///
    /// `rank` gives the rank of a pair, or `NO_MERGE`, and `product` what the merge of a rank makes.
    pub(super) fn merge(
        &mut self,
        rank: impl FnMut(u32, u32) -> u32,
        product: impl Fn(u32) -> u32,
    ) -> impl Iterator<Item = u32> {
        #[cfg(target_arch = "x86_64")]
        if avx2::is_available() {
            avx2::merge(self, rank, product);
            return self.left();
        }
        self.merge_by(lowest, rank, product);
        self.left()
    }

    fn left(&self) -> impl Iterator<Item = u32> {
        let places = std::iter::successors(Some(1), |&place| Some(usize::from(self.next[place])));
        places.take_while(|&place| place <= self.length).map(|place| self.symbols[place])
    }

    #[inline(always)]
    fn merge_by(
        &mut self,
        lowest: impl Fn(&[i32]) -> i32,
        mut rank: impl FnMut(u32, u32) -> u32,
        product: impl Fn(u32) -> u32,
    ) {
        let used = self.start(&mut rank);
        loop {
            let entry = lowest(&self.entries[..used]);
            if entry >= NONE {
                return;
            }
            let merged = rank_in(entry);
            let symbol = product(merged);
            let mut place = entry.cast_unsigned() as usize % PLACES;
            let mut before = usize::from(self.previous[place]) % PLACES;
            loop {
                let dead = usize::from(self.next[place]) % PLACES;
                let behind = usize::from(self.next[dead]) % PLACES;
                self.next[place] = behind as u16;
                self.previous[behind] = place as u16;
                self.symbols[place] = symbol;
                let (left, right) = (rank(self.symbols[before], symbol), rank(symbol, self.symbols[behind]));
                self.entries[dead] = NONE;
                self.entries[place] = pack(right, place);
                self.entries[before] = pack(left, before);
                if rank_in(self.entries[behind]) != merged || left <= merged || right <= merged {
                    break;
                }
                (before, place) = (place, behind);
            }
        }
    }

    /// Links the places and ranks the pairs; returns the number of entries to scan, whole groups.
    #[inline(always)]
    fn start(&mut self, rank: &mut impl FnMut(u32, u32) -> u32) -> usize {
        let used = (self.length + 2).next_multiple_of(GROUP);
        self.symbols[self.length + 1] = NOTHING;
        self.entries[..used].fill(NONE);
        for place in 1..self.length {
            self.entries[place] = pack(rank(self.symbols[place], self.symbols[place + 1]), place);
        }
        for place in 0..used {
            self.next[place] = place as u16 + 1;
            self.previous[place] = (place as u16).wrapping_sub(1);
        }
        used
    }
}

#[inline(always)]
fn lowest(entries: &[i32]) -> i32 {
    let mut lanes = [NONE; GROUP / 2];
    for group in entries.chunks_exact(lanes.len()) {
        for (lane, &entry) in lanes.iter_mut().zip(group) {
            *lane = entry.min(*lane);
        }
    }
    lanes.into_iter().fold(NONE, i32::min)
}

/// The compiler finds the vectors of [`lowest`] by itself, but with AVX2 it shuffles more than it compares.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "instructions that not every processor has")]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm_cvtsi128_si32, _mm_min_epi32, _mm_shuffle_epi32, _mm256_castsi256_si128, _mm256_extracti128_si256,
        _mm256_loadu_si256, _mm256_min_epi32, _mm256_set1_epi32,
    };

    use super::{GROUP, MergeWindow, NONE};

    #[inline]
    pub(super) fn is_available() -> bool {
        std::arch::is_x86_feature_detected!("avx2")
    }

    #[inline]
    pub(super) fn merge(window: &mut MergeWindow, rank: impl FnMut(u32, u32) -> u32, product: impl Fn(u32) -> u32) {
        assert!(is_available());
        // SAFETY: the processor has AVX2.
        unsafe { merge_in(window, rank, product) }
    }

    #[target_feature(enable = "avx2")]
    fn merge_in(window: &mut MergeWindow, rank: impl FnMut(u32, u32) -> u32, product: impl Fn(u32) -> u32) {
        window.merge_by(|entries| lowest(entries), rank, product);
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn lowest(entries: &[i32]) -> i32 {
        let mut lowest = [_mm256_set1_epi32(NONE); 2];
        for group in entries.as_chunks::<GROUP>().0 {
            let (first, second) = group.split_at(GROUP / 2);
            lowest = [_mm256_min_epi32(lowest[0], load(first)), _mm256_min_epi32(lowest[1], load(second))];
        }
        let lowest = _mm256_min_epi32(lowest[0], lowest[1]);
        let lowest = _mm_min_epi32(_mm256_castsi256_si128(lowest), _mm256_extracti128_si256::<1>(lowest));
        let lowest = _mm_min_epi32(lowest, _mm_shuffle_epi32::<0b01_00_11_10>(lowest));
        _mm_cvtsi128_si32(_mm_min_epi32(lowest, _mm_shuffle_epi32::<0b10_11_00_01>(lowest)))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(entries: &[i32]) -> __m256i {
        // SAFETY: half a group can be read.
        unsafe { _mm256_loadu_si256(entries[..GROUP / 2].as_ptr().cast()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::{hash_map, vec};
    use proptest::prelude::*;

    use super::super::short_word::tests::merge_slowly;
    use super::*;

    proptest! {
        #[test]
        fn every_way_to_scan_merges_like_the_slow_one(
            units in vec((vec(0..4_u32, 1..4), 1..40_usize), 0..8),
            pairs in hash_map((0..24_u32, 0..24_u32), 0..64_u32, 0..200),
        ) {
            let mut symbols: Vec<u32> = units.iter().flat_map(|(unit, times)| unit.repeat(*times)).collect();
            symbols.truncate(LONGEST);
            let expected = merge_slowly(symbols.clone(), &pairs);
            let rank = |left, right| pairs.get(&(left, right)).copied().unwrap_or(NO_MERGE);
            // A window is used many times.
            let mut window = MergeWindow::default();
            for _ in 0..2 {
                window.clear();
                for &symbol in &symbols {
                    window.push(symbol);
                }
                prop_assert_eq!(&window.merge(rank, |rank| 16 + rank).collect::<Vec<_>>(), &expected);
                window.clear();
                for &symbol in &symbols {
                    window.push(symbol);
                }
                window.merge_by(lowest, rank, |rank| 16 + rank);
                prop_assert_eq!(&window.left().collect::<Vec<_>>(), &expected);
            }
        }
    }
}
