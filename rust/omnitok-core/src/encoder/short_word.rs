//! Merging a short word: scan for the lowest rank, merge, repeat.
//!
//! Quadratic in the number of symbols, and the fastest there is while they are few: both arrays stay in registers and
//! first-level cache, and the scan is vectorised by the compiler.

use super::merge_table::NO_MERGE;

/// The longest word, in symbols, that is merged by scanning; longer ones go to `long_word`.
pub(super) const SHORT: usize = 48;

/// Merges at most [`SHORT`] symbols in place.
///
/// The merge with the lowest rank goes first and, among equals, the leftmost. `rank` gives the rank of a pair, or
/// `NO_MERGE`, and `product` what the merge of a rank makes.
#[inline]
pub(super) fn merge(symbols: &mut Vec<u32>, mut rank: impl FnMut(u32, u32) -> u32, product: impl Fn(u32) -> u32) {
    let mut length = symbols.len();
    let mut ranks = [NO_MERGE; SHORT];
    for (slot, pair) in ranks.iter_mut().zip(symbols.windows(2)) {
        *slot = rank(pair[0], pair[1]);
    }
    while length > 1 {
        let (position, lowest) = lowest(&ranks[..length - 1]);
        if lowest == NO_MERGE {
            break;
        }
        symbols[position] = product(lowest);
        symbols.copy_within(position + 2..length, position + 1);
        ranks.copy_within(position + 1..length, position);
        length -= 1;
        ranks[length - 1] = NO_MERGE;
        if position + 1 < length {
            ranks[position] = rank(symbols[position], symbols[position + 1]);
        }
        if position > 0 {
            ranks[position - 1] = rank(symbols[position - 1], symbols[position]);
        }
    }
    symbols.truncate(length);
}

/// The first position of the smallest value.
#[inline]
fn lowest(ranks: &[u32]) -> (usize, u32) {
    let mut best = (0, NO_MERGE);
    for (position, &rank) in ranks.iter().enumerate() {
        if rank < best.1 {
            best = (position, rank);
        }
    }
    best
}
