//! Two neighbouring tokens.

use super::cell::Cell;

/// The ids of a left and a right token in one integer, ordered by the left one first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Pair(u64);

impl Pair {
    pub(super) fn new(left: u32, right: u32) -> Self {
        Self(u64::from(left) << 32 | u64::from(right))
    }

    pub(super) fn left(self) -> u32 {
        (self.0 >> 32) as u32
    }

    pub(super) fn right(self) -> u32 {
        self.0 as u32
    }

    /// An even spread over 64 bits, of which the upper ones are the best.
    pub(super) fn hash(self) -> u64 {
        // Half of the golden ratio's bits; one multiplication leaves the low bits poor, hence the fold.
        let product = u128::from(self.0) * 0x9e37_79b9_7f4a_7c15;
        (product as u64) ^ (product >> 64) as u64
    }
}

/// The pairs of a word and how many of each can be merged in it.
///
/// A run of `n` equal tokens counts `n / 2` for the pair of that token with itself, because occurrences do not overlap;
/// two different neighbours count 1. A pair may come up more than once.
#[inline]
pub(super) fn for_each_pair<C: Cell>(symbols: &[C], mut found: impl FnMut(Pair, u32)) {
    let Some((&first, rest)) = symbols.split_first() else { return };
    let (mut last, mut run) = (first, 1);
    for &symbol in rest {
        if symbol == last {
            run += 1;
            continue;
        }
        if run > 1 {
            found(Pair::new(last.get(), last.get()), run / 2);
        }
        found(Pair::new(last.get(), symbol.get()), 1);
        (last, run) = (symbol, 1);
    }
    if run > 1 {
        found(Pair::new(last.get(), last.get()), run / 2);
    }
}
