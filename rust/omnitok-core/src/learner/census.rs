//! Counting all pairs at the beginning of a round, to find those that are frequent, and where they are.
//!
//! Threads share the words, each a part of them, so that places come out in ascending order for any number of threads. While
//! there are few tokens, a table by both of them has a count for each pair (`dense`). Later most of such a table would be
//! empty, and what is counted would be all over far memory: then the places are first sorted by pair, as far as it takes for the
//! rest to be done in a near cache (`sparse`).

mod dense;
mod sparse;

use super::arena::WordArena;
use super::cell::Cell;
use super::course::Alphabet;
use super::pair::Pair;

/// Pairs with their counts and how many places they have, and these places: one list after the other, each ascending.
#[derive(Default)]
pub(super) struct Frequent {
    pub(super) pairs: Vec<(Pair, u64, u32)>,
    pub(super) places: Vec<u32>,
}

/// What is known of a pair, or of a part of its places.
#[derive(Clone, Copy, Default)]
struct Tally {
    count: u64,
    places: u32,
}

impl Tally {
    #[inline]
    fn note(&mut self, times: u32, count: u64) {
        self.count += u64::from(times) * count;
        self.places += 1;
    }
}

/// The pairs that occur at least as often as `threshold_of` says when it is told the highest count, or a bound of it. Returns
/// the threshold too. The words must be compact.
pub(super) fn frequent_pairs<C: Cell>(
    arena: &WordArena<C>,
    tokens: &impl Alphabet,
    threshold_of: impl Fn(u64) -> u64,
    threads: usize,
) -> (Frequent, u64) {
    if dense::fits(tokens.len()) {
        return dense::frequent_pairs(arena, tokens, threshold_of, threads);
    }
    let mut highest = u64::MAX;
    loop {
        let threshold = threshold_of(highest);
        let (frequent, found) = sparse::frequent_pairs(arena, tokens, threshold, threads);
        // A threshold that no pair reaches was a bad guess, and now the best is known.
        if !frequent.pairs.is_empty() || threshold_of(found) == threshold {
            return (frequent, threshold);
        }
        highest = found;
    }
}

/// Whether a pair may be merged.
fn may_join(tokens: &impl Alphabet, pair: Pair) -> bool {
    tokens.may_join(pair) && !tokens.is_vetoed(pair)
}
