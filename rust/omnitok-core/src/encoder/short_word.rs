//! Merging a short word: scan for the lowest rank, merge, repeat.
//!
//! Quadratic in the number of symbols, and the fastest there is while they are few. Nothing moves when two symbols
//! become one: a mask says which places still hold a symbol, and every place has an entry, its rank above its place,
//! so the smallest entry is the lowest rank and then the leftmost.
//!
//! The scan is a vector minimum. With AVX2 the entries never leave the registers: an entry that was just stored cannot be
//! read as part of a vector before it has reached the cache, and that wait took as long as all the rest.
//! (Moving the symbols and ranks behind a merge up, as the first version did, took half as long again.)

use super::merge_table::NO_MERGE;

/// The longest word, in symbols, that is merged by scanning; longer ones go to `long_word`. One bit of a mask each.
pub(super) const SHORT: usize = 64;

const PLACE_BITS: u32 = SHORT.trailing_zeros();
/// The entry of a place that does not merge with what follows; every other entry is smaller. Entries are signed because
/// the baseline of `x86_64` has a minimum of signed lanes only in three instructions and of unsigned ones in six.
const NONE: i32 = pack(NO_MERGE, 0);

const fn pack(rank: u32, place: usize) -> i32 {
    (rank << PLACE_BITS | place as u32) as i32
}

/// Merges at most [`SHORT`] symbols in place.
///
/// The merge with the lowest rank goes first and, among equals, the leftmost. `rank` gives the rank of a pair, or
/// `NO_MERGE`, and `product` what the merge of a rank makes.
#[inline]
pub(super) fn merge(symbols: &mut Vec<u32>, rank: impl FnMut(u32, u32) -> u32, product: impl Fn(u32) -> u32) {
    #[cfg(target_arch = "x86_64")]
    if symbols.len() <= 32 && avx2::is_available() {
        return avx2::merge(symbols, rank, product);
    }
    merge_with::<InMemory>(symbols, rank, product);
}

/// An entry for every place.
trait Entries {
    fn new(entries: &[i32; SHORT], length: usize) -> Self;
    fn set(&mut self, place: usize, entry: i32);
    fn lowest(&self) -> i32;
}

#[inline(always)]
fn merge_with<E: Entries>(symbols: &mut Vec<u32>, mut rank: impl FnMut(u32, u32) -> u32, product: impl Fn(u32) -> u32) {
    let length = symbols.len();
    let mut first_entries = [NONE; SHORT];
    for (place, (entry, pair)) in first_entries.iter_mut().zip(symbols.windows(2)).enumerate() {
        *entry = pack(rank(pair[0], pair[1]), place);
    }
    let mut entries = E::new(&first_entries, length);
    let mut alive = u64::MAX.checked_shr((SHORT - length) as u32).unwrap_or(0);
    loop {
        let lowest = entries.lowest();
        if lowest >= NONE {
            break;
        }
        let place = lowest as usize % SHORT;
        let (before, behind) = (alive & !(u64::MAX << place), alive & (u64::MAX << place << 1));
        let right = behind.trailing_zeros() as usize;
        let behind = behind & (behind - 1);
        alive = before | 1 << place | behind;
        entries.set(right, NONE);
        let symbol = product(lowest as u32 >> PLACE_BITS);
        symbols[place] = symbol;
        let entry = match behind {
            0 => NONE,
            _ => pack(rank(symbol, symbols[behind.trailing_zeros() as usize]), place),
        };
        entries.set(place, entry);
        if before != 0 {
            let left = before.ilog2() as usize;
            entries.set(left, pack(rank(symbols[left], symbol), left));
        }
    }
    let mut kept = 0;
    while alive != 0 {
        symbols[kept] = symbols[alive.trailing_zeros() as usize];
        kept += 1;
        alive &= alive - 1;
    }
    symbols.truncate(kept);
}

/// Entries for any processor, scanned in groups.
struct InMemory {
    entries: [i32; SHORT],
    scanned: usize,
}

impl InMemory {
    const GROUP: usize = 8;
}

impl Entries for InMemory {
    #[inline(always)]
    fn new(entries: &[i32; SHORT], length: usize) -> Self {
        Self { entries: *entries, scanned: length.next_multiple_of(Self::GROUP).min(SHORT) }
    }

    #[inline(always)]
    fn set(&mut self, place: usize, entry: i32) {
        self.entries[place % SHORT] = entry;
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
    use std::arch::x86_64::{
        __m256i, _mm_cvtsi128_si32, _mm_min_epi32, _mm_shuffle_epi32, _mm256_add_epi32, _mm256_blendv_epi8,
        _mm256_castsi256_si128, _mm256_cmpeq_epi32, _mm256_extracti128_si256, _mm256_loadu_si256, _mm256_min_epi32,
        _mm256_set1_epi32, _mm256_setr_epi32,
    };

    use super::{Entries, SHORT, merge_with};

    #[inline]
    pub(super) fn is_available() -> bool {
        std::arch::is_x86_feature_detected!("avx2")
    }

    /// [`super::merge`] of at most 32 symbols.
    #[inline]
    pub(super) fn merge(symbols: &mut Vec<u32>, rank: impl FnMut(u32, u32) -> u32, product: impl Fn(u32) -> u32) {
        assert!(is_available());
        // SAFETY: the processor has AVX2.
        unsafe {
            match symbols.len() {
                ..=8 => merge_in::<1>(symbols, rank, product),
                ..=16 => merge_in::<2>(symbols, rank, product),
                _ => merge_in::<4>(symbols, rank, product),
            }
        }
    }

    #[target_feature(enable = "avx2")]
    fn merge_in<const REGISTERS: usize>(
        symbols: &mut Vec<u32>,
        rank: impl FnMut(u32, u32) -> u32,
        product: impl Fn(u32) -> u32,
    ) {
        merge_with::<InRegisters<REGISTERS>>(symbols, rank, product);
    }

    /// Made and used inside of [`merge_in`] only, so its methods run on a processor that has AVX2.
    struct InRegisters<const REGISTERS: usize>([__m256i; REGISTERS]);

    impl<const REGISTERS: usize> Entries for InRegisters<REGISTERS> {
        #[inline(always)]
        fn new(entries: &[i32; SHORT], _length: usize) -> Self {
            // SAFETY: AVX2 as above; 8 entries can be read from each of the places.
            Self(std::array::from_fn(|index| unsafe { _mm256_loadu_si256(entries[8 * index..][..8].as_ptr().cast()) }))
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
