//! Merging a short word: scan for the lowest rank, merge, repeat.
//!
//! Quadratic in the number of symbols, and the fastest there is while they are few. Nothing moves when two symbols
//! become one: a mask says which places still hold a symbol, and every place has an entry, its rank above its place,
//! so the smallest entry is the lowest rank and then the leftmost. The scan for it is a vector minimum, without branches.
//! (Moving the symbols and ranks behind the merge up, as the first version did, took a third longer.)

use super::merge_table::NO_MERGE;

/// The longest word, in symbols, that is merged by scanning; longer ones go to `long_word`. One bit of a mask each.
pub(super) const SHORT: usize = 64;

const PLACE_BITS: u32 = SHORT.trailing_zeros();
/// Entries are scanned in groups of this size, the last of them filled up with [`NONE`].
const GROUP: usize = 8;
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
pub(super) fn merge(symbols: &mut Vec<u32>, mut rank: impl FnMut(u32, u32) -> u32, product: impl Fn(u32) -> u32) {
    let length = symbols.len();
    let mut entries = [NONE; SHORT];
    for (place, (entry, pair)) in entries.iter_mut().zip(symbols.windows(2)).enumerate() {
        *entry = pack(rank(pair[0], pair[1]), place);
    }
    let scanned = length.next_multiple_of(GROUP).min(SHORT);
    let mut alive = u64::MAX.checked_shr((SHORT - length) as u32).unwrap_or(0);
    loop {
        let lowest = lowest(&entries[..scanned]);
        if lowest >= NONE {
            break;
        }
        let place = lowest as usize % SHORT;
        let (before, behind) = (alive & !(u64::MAX << place), alive & (u64::MAX << place << 1));
        let right = behind.trailing_zeros() as usize % SHORT;
        let behind = behind & (behind - 1);
        alive = before | 1 << place | behind;
        entries[right] = NONE;
        let symbol = product(lowest as u32 >> PLACE_BITS);
        symbols[place] = symbol;
        entries[place] = match behind {
            0 => NONE,
            _ => pack(rank(symbol, symbols[behind.trailing_zeros() as usize]), place),
        };
        if before != 0 {
            let left = before.ilog2() as usize;
            entries[left] = pack(rank(symbols[left], symbol), left);
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

#[inline]
fn lowest(entries: &[i32]) -> i32 {
    let mut lanes = [NONE; GROUP];
    for group in entries.chunks_exact(GROUP) {
        for (lane, &entry) in lanes.iter_mut().zip(group) {
            *lane = entry.min(*lane);
        }
    }
    lanes.into_iter().fold(NONE, i32::min)
}
