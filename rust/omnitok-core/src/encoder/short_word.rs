//! Merging a short word: scan for the lowest rank, merge, repeat.
//!
//! Quadratic in the number of symbols, and the fastest there is while they are few. Nothing moves when two symbols
//! become one: a mask says which places still hold a symbol, and every place has an entry, its rank above its place,
//! so the smallest entry is the lowest rank and then the leftmost.
//!
//! The scan is a vector minimum. With AVX2 the entries never leave the registers: an entry that was just stored cannot be
//! read as part of a vector before it has reached the cache, and that wait took as long as all the rest.
//! (Moving the symbols and ranks behind a merge up, as the first version did, took half as long again.)
//!
//! What a merge costs is waiting: for the scan, then for the ranks that it names. So the scan leaves out the entries that
//! the merge is about to change and runs while their ranks are looked up; the lowest of what it finds and of the two new
//! entries is next. That made a first pass over 20 languages 3 to 5 % faster. Mostly it is what the scan found,
//! and a processor that expects so goes on with it before the ranks are here: that made it 4 to 5 % faster again.
//! (Two words at a time, each going on while the other waits, were no faster, and neither were up to sixteen with their
//! entries in memory, one merge of each in turn, with or without asking for far ranks a turn ahead: what is won by waiting
//! less is lost to more instructions and to turns that no processor foresees. Of the 2,900 instructions and 25 such
//! turns that a new word of 20 languages takes, 1,400 and 6 are these. With AVX-512, masks in place of comparisons and
//! blends, symbols in registers too, and the ones that are left moved together at once, a merge is 85 instructions instead
//! of 115; a first pass was 1 % faster at most. To keep the entries of the last merge out of the scan, so that it need not
//! wait for their ranks, or to ask first whether the scan found any, made it 1 to 4 % slower.)

#![expect(clippy::inline_always, reason = "vector instructions must end up in the one function that may use them")]

use super::merge_table::NO_MERGE;
use crate::vocabulary::MAX_TEXT_ID;

/// Places for symbols: as many as there are registers for. (With 64 in memory, words of
/// 60 symbols took half as long again as in `merge_window`.)
const PLACES: usize = 32;
/// The longest word, in symbols, that is merged by scanning; longer ones go to `long_word`. The first place and the one
/// behind the last symbol hold [`NOTHING`], so every symbol has neighbours, and no branch asks whether it does.
pub(super) const SHORT: usize = PLACES - 2;
/// No token has this id, so it merges with none.
const NOTHING: u32 = MAX_TEXT_ID - 1;

const PLACE_BITS: u32 = PLACES.trailing_zeros();
/// The entry of a place that does not merge with what follows; every other entry is smaller. Entries are signed because
/// the baseline of `x86_64` has a minimum of signed lanes only in three instructions and of unsigned ones in six.
const NONE: i32 = pack(NO_MERGE, 0);

const fn pack(rank: u32, place: usize) -> i32 {
    (rank << PLACE_BITS | place as u32) as i32
}

/// Up to [`SHORT`] symbols of a word, each at a place with a neighbour on both sides.
#[derive(Debug)]
pub(super) struct ShortWord {
    places: [u32; PLACES],
    length: usize,
}

impl ShortWord {
    pub(super) fn new() -> Self {
        Self { places: [NOTHING; PLACES], length: 0 }
    }

    /// Appends a symbol, one of at most [`SHORT`].
    #[inline]
    pub(super) fn push(&mut self, symbol: u32) {
        self.length += 1;
        self.places[self.length] = symbol;
    }

    /// The symbols that merging leaves.
    ///
    /// The merge with the lowest rank goes first and, among equals, the leftmost. `rank` gives the rank of a pair, or
    /// `NO_MERGE`, and `product` what the merge of a rank makes.
    #[inline]
    pub(super) fn merge(&mut self, rank: impl FnMut(u32, u32) -> u32, product: impl Fn(u32) -> u32) -> &[u32] {
        let kept = if self.length < 2 {
            self.places[0] = self.places[1];
            self.length
        } else {
            merge_places(&mut self.places, self.length, rank, product)
        };
        &self.places[..kept]
    }
}

/// Merges the `length` symbols from the second place on, moves those that are left to the front, and returns their number.
#[inline]
fn merge_places(
    places: &mut [u32; PLACES],
    length: usize,
    rank: impl FnMut(u32, u32) -> u32,
    product: impl Fn(u32) -> u32,
) -> usize {
    #[cfg(target_arch = "x86_64")]
    if avx2::is_available() {
        return avx2::merge(places, length, rank, product);
    }
    merge_with::<InMemory>(places, length, rank, product)
}

/// An entry for every place.
trait Entries {
    fn new(entries: &[i32; PLACES], used: usize) -> Self;
    fn lowest(&self) -> i32;
    /// Takes the entries of three places out, and returns the lowest of the others.
    fn lowest_without(&mut self, places: [usize; 3]) -> i32;
    fn set(&mut self, place: usize, entry: i32);
}

#[inline(always)]
fn merge_with<E: Entries>(
    places: &mut [u32; PLACES],
    length: usize,
    mut rank: impl FnMut(u32, u32) -> u32,
    product: impl Fn(u32) -> u32,
) -> usize {
    let mut first_entries = [NONE; PLACES];
    for place in 1..length {
        first_entries[place] = pack(rank(places[place], places[place + 1]), place);
    }
    let mut entries = E::new(&first_entries, length + 1);
    let mut alive = u64::MAX >> (u64::BITS as usize - 2 - length);
    let mut lowest = entries.lowest();
    while lowest < NONE {
        let merged = lowest.cast_unsigned();
        let place = merged as usize % PLACES;
        let left = (alive & !(u64::MAX << place)).ilog2() as usize % PLACES;
        let behind = alive & (u64::MAX << place << 1);
        let (dead, behind) = (behind.trailing_zeros() as usize % PLACES, behind & (behind - 1));
        let right = behind.trailing_zeros() as usize % PLACES;
        alive &= !(1 << dead);
        let others = entries.lowest_without([left, place, dead]);
        let symbol = product(merged >> PLACE_BITS);
        places[place] = symbol;
        let entry = pack(rank(symbol, places[right]), place);
        let left_entry = pack(rank(places[left], symbol), left);
        entries.set(place, entry);
        entries.set(left, left_entry);
        // A branch, not a minimum: as a rule the next merge is elsewhere, and then it begins before these ranks are here.
        lowest = others;
        let new = entry.min(left_entry);
        if new < others {
            rarely();
            lowest = new;
        }
    }
    // The symbols, without what stands before and behind them.
    let kept = alive.count_ones() as usize - 2;
    for index in 0..kept {
        alive &= alive - 1;
        places[index] = places[alive.trailing_zeros() as usize % PLACES];
    }
    kept
}

/// What calls this is a branch that the processor foresees, and no choice between two values that it waits for.
#[cold]
fn rarely() {}

/// Entries for any processor, scanned in groups.
struct InMemory {
    entries: [i32; PLACES],
    scanned: usize,
}

impl InMemory {
    const GROUP: usize = 8;
}

impl Entries for InMemory {
    #[inline(always)]
    fn new(entries: &[i32; PLACES], used: usize) -> Self {
        Self { entries: *entries, scanned: used.next_multiple_of(Self::GROUP) }
    }

    #[inline(always)]
    fn lowest_without(&mut self, places: [usize; 3]) -> i32 {
        for place in places {
            self.set(place, NONE);
        }
        self.lowest()
    }

    #[inline(always)]
    fn set(&mut self, place: usize, entry: i32) {
        self.entries[place % PLACES] = entry;
    }

    #[inline(always)]
    fn lowest(&self) -> i32 {
        let mut lanes = [NONE; Self::GROUP];
        for group in self.entries[..self.scanned].chunks_exact(Self::GROUP) {
            for (lane, &entry) in lanes.iter_mut().zip(group) {
                *lane = entry.min(*lane);
            }
        }
        lanes.into_iter().fold(NONE, i32::min)
    }
}

/// Entries in registers, 8 to each.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "instructions that not every processor has")]
mod avx2 {
    use std::arch::is_x86_feature_detected;
    use std::arch::x86_64::{
        __m256i, _mm_cvtsi128_si32, _mm_min_epi32, _mm_shuffle_epi32, _mm256_add_epi32, _mm256_blendv_epi8,
        _mm256_castsi256_si128, _mm256_cmpeq_epi32, _mm256_extracti128_si256, _mm256_loadu_si256, _mm256_min_epi32,
        _mm256_or_si256, _mm256_set1_epi32, _mm256_setr_epi32,
    };

    use super::{Entries, NONE, PLACES, merge_with};

    /// Every processor with AVX2 that is sold has the others, which make one instruction of each step on a mask.
    #[inline]
    pub(super) fn is_available() -> bool {
        is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt")
    }

    /// [`super::merge_places`].
    #[inline]
    pub(super) fn merge(
        places: &mut [u32; PLACES],
        length: usize,
        rank: impl FnMut(u32, u32) -> u32,
        product: impl Fn(u32) -> u32,
    ) -> usize {
        assert!(is_available());
        // SAFETY: the processor has these instructions.
        unsafe {
            match length + 2 {
                0..=8 => merge_in::<1>(places, length, rank, product),
                9..=16 => merge_in::<2>(places, length, rank, product),
                _ => merge_in::<4>(places, length, rank, product),
            }
        }
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn merge_in<const REGISTERS: usize>(
        places: &mut [u32; PLACES],
        length: usize,
        rank: impl FnMut(u32, u32) -> u32,
        product: impl Fn(u32) -> u32,
    ) -> usize {
        merge_with::<InRegisters<REGISTERS>>(places, length, rank, product)
    }

    /// Made and used inside of [`merge_in`] only, so its methods run on a processor that has AVX2.
    struct InRegisters<const REGISTERS: usize>([__m256i; REGISTERS]);

    impl<const REGISTERS: usize> Entries for InRegisters<REGISTERS> {
        #[inline(always)]
        fn new(entries: &[i32; PLACES], _used: usize) -> Self {
            // SAFETY: AVX2 as above; 8 entries can be read from each of the places.
            Self(std::array::from_fn(|index| unsafe { _mm256_loadu_si256(entries[8 * index..][..8].as_ptr().cast()) }))
        }

        #[inline(always)]
        fn lowest_without(&mut self, [first, second, third]: [usize; 3]) -> i32 {
            // SAFETY: AVX2 as above.
            unsafe {
                let [first, second, third] = [first, second, third].map(|place| _mm256_set1_epi32(place as i32));
                let mut places = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
                for entries in &mut self.0 {
                    let hit = _mm256_or_si256(_mm256_cmpeq_epi32(places, first), _mm256_cmpeq_epi32(places, second));
                    let hit = _mm256_or_si256(hit, _mm256_cmpeq_epi32(places, third));
                    *entries = _mm256_blendv_epi8(*entries, _mm256_set1_epi32(NONE), hit);
                    places = _mm256_add_epi32(places, _mm256_set1_epi32(8));
                }
            }
            self.lowest()
        }

        #[inline(always)]
        fn set(&mut self, place: usize, entry: i32) {
            // SAFETY: AVX2 as above.
            unsafe {
                let (place, entry) = (_mm256_set1_epi32(place as i32), _mm256_set1_epi32(entry));
                let mut places = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
                for entries in &mut self.0 {
                    *entries = _mm256_blendv_epi8(*entries, entry, _mm256_cmpeq_epi32(places, place));
                    places = _mm256_add_epi32(places, _mm256_set1_epi32(8));
                }
            }
        }

        #[inline(always)]
        fn lowest(&self) -> i32 {
            // SAFETY: AVX2 as above.
            unsafe {
                let lowest = self.0.iter().fold(self.0[0], |lowest, entries| _mm256_min_epi32(lowest, *entries));
                let lowest = _mm_min_epi32(_mm256_castsi256_si128(lowest), _mm256_extracti128_si256::<1>(lowest));
                let lowest = _mm_min_epi32(lowest, _mm_shuffle_epi32::<0b01_00_11_10>(lowest));
                _mm_cvtsi128_si32(_mm_min_epi32(lowest, _mm_shuffle_epi32::<0b10_11_00_01>(lowest)))
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::HashMap;

    use proptest::collection::{hash_map, vec};
    use proptest::prelude::*;

    use super::*;

    /// Pairs of a small alphabet with ranks; the merge of rank r makes the symbol 16 + r.
    type Pairs = HashMap<(u32, u32), u32>;

    pub(in crate::encoder) fn merge_slowly(mut symbols: Vec<u32>, pairs: &Pairs) -> Vec<u32> {
        loop {
            let ranks = symbols.windows(2).map(|pair| pairs.get(&(pair[0], pair[1])));
            let Some((rank, place)) = ranks.zip(0..).filter_map(|(rank, place)| Some((*rank?, place))).min() else {
                return symbols;
            };
            symbols.splice(place..place + 2, [16 + rank]);
        }
    }

    proptest! {
        #[test]
        fn every_way_to_scan_merges_like_the_slow_one(
            symbols in vec(0..4_u32, 0..=SHORT),
            pairs in hash_map((0..24_u32, 0..24_u32), 0..64_u32, 0..200),
        ) {
            let expected = merge_slowly(symbols.clone(), &pairs);
            let rank = |left, right| pairs.get(&(left, right)).copied().unwrap_or(NO_MERGE);
            let mut chosen = ShortWord::new();
            for &symbol in &symbols {
                chosen.push(symbol);
            }
            let mut portable = chosen.places;
            prop_assert_eq!(chosen.merge(rank, |rank| 16 + rank), &expected);
            let kept = merge_with::<InMemory>(&mut portable, symbols.len(), rank, |rank| 16 + rank);
            prop_assert_eq!(&portable[..kept], &expected);
        }
    }
}
