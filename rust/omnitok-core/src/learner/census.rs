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
use crate::Result;
use crate::parallel::Watch;

/// Pairs with their counts and how many places they have, and these places: one list after the other, each ascending.
#[derive(Default)]
pub(super) struct Frequent {
    pub(super) pairs: Vec<(Pair, u64, u32)>,
    pub(super) places: Vec<u32>,
}

impl Frequent {
    /// Leaves those that occur at least so often.
    fn leave(&mut self, threshold: u64) {
        let (mut from, mut to) = (0, 0);
        self.pairs.retain(|&(_, count, length)| {
            let list = from..from + length as usize;
            from = list.end;
            if count >= threshold {
                self.places.copy_within(list, to);
                to += length as usize;
            }
            count >= threshold
        });
        self.places.truncate(to);
    }
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

/// The pairs that occur at least as often as `threshold_of` says when it is told the highest count, or a bound of it; where
/// these are many more than `enough`, only the most frequent ones. Returns the threshold that was reached too. The words must
/// be compact.
///
/// # Errors
/// [`Error::Interrupted`](crate::Error::Interrupted).
pub(super) fn frequent_pairs<C: Cell>(
    arena: &WordArena<C>,
    tokens: &impl Alphabet,
    threshold_of: impl Fn(u64) -> u64,
    enough: usize,
    threads: usize,
    watch: Watch,
) -> Result<(Frequent, u64)> {
    if dense::fits(tokens.len(), arena.cells_len()) {
        return dense::frequent_pairs(arena, tokens, threshold_of, enough, threads, watch);
    }
    let mut highest = u64::MAX;
    loop {
        let threshold = threshold_of(highest);
        let found = sparse::frequent_pairs(arena, tokens, threshold, enough, threads, watch)?;
        // A threshold that no pair reaches was a bad guess, and now the best is known.
        if !found.frequent.pairs.is_empty() || threshold_of(found.highest) == threshold {
            return Ok((found.frequent, found.threshold));
        }
        highest = found.highest;
    }
}

const UNPOISONED: &str = "no holder panics";

/// The threshold that leaves `enough` pairs and those that are as frequent as the last of them, if there are more. It is at
/// most half of the best count: so thresholds fall geometrically, however soon the pairs of a round become rare.
fn raised(threshold: u64, pairs: &[(Pair, u64, u32)], enough: usize) -> u64 {
    if pairs.len() <= enough {
        return threshold;
    }
    let mut counts: Vec<u64> = pairs.iter().map(|&(_, count, _)| count).collect();
    let last = counts.len() - enough.max(1);
    let (_, &mut count, better) = counts.select_nth_unstable(last);
    let best = better.iter().copied().max().unwrap_or(count);
    threshold.max(count.min(best / 2))
}

/// Whether a pair may be merged.
fn may_join(tokens: &impl Alphabet, pair: Pair) -> bool {
    tokens.may_join(pair) && !tokens.is_vetoed(pair)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::parallel::unwatched;
    use proptest::prelude::*;

    /// So many tokens, no two of which make more than a sum.
    struct Sums {
        tokens: usize,
        most: u32,
    }

    impl Alphabet for Sums {
        fn len(&self) -> usize {
            self.tokens
        }

        fn may_join(&self, pair: Pair) -> bool {
            pair.left() + pair.right() <= self.most
        }

        fn is_vetoed(&self, pair: Pair) -> bool {
            pair.left() == 3
        }
    }

    type Known = BTreeMap<Pair, (u64, Vec<u32>)>;

    /// All pairs that may be merged, one by one.
    fn pairs(words: &[(Vec<u32>, u64)], tokens: &Sums) -> Known {
        let (mut known, mut place) = (Known::new(), 1);
        for (word, count) in words {
            let mut run = 0;
            for two in word.windows(2) {
                place += 1;
                run = if two[0] == two[1] { run + 1 } else { 0 };
                let pair = Pair::new(two[0], two[1]);
                if may_join(tokens, pair) {
                    let (sum, places) = known.entry(pair).or_default();
                    *sum += if run % 2 == 1 || run == 0 { *count } else { 0 };
                    places.push(place);
                }
            }
            place += 2;
        }
        known
    }

    fn as_map(frequent: Frequent) -> Known {
        let mut places = frequent.places.into_iter();
        let list = |(pair, count, length)| (pair, (count, places.by_ref().take(length as usize).collect()));
        frequent.pairs.into_iter().map(list).collect()
    }

    proptest! {
        #[test]
        fn tables_and_partitions_find_the_pairs_that_are_frequent(
            words in prop::collection::vec((prop::collection::vec(0_u32..6, 1..20), 1_u64..9), 1..40),
            tokens in prop::sample::select(vec![6_usize, 9, 1000, 1 << 16, 1 << 21, u32::MAX as usize]),
            scale in 1_u32..200, most in 0_u32..14, threshold in 1_u64..60, enough in prop_oneof![1_usize..40, Just(usize::MAX)], threads in 1_usize..5,
        ) {
            // Spread over all ids that there are.
            let scale = scale.min((tokens / 6) as u32);
            let spread = |word: Vec<u32>| word.into_iter().map(|token| token * scale).collect();
            let mut words: Vec<_> = words.into_iter().map(|(word, count)| (spread(word), count)).collect();
            words.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
            let tokens = Sums { tokens, most: most * scale };
            let arena = WordArena::<u32>::of_words(&words);
            let mut expected = pairs(&words, &tokens);
            let best = expected.values().map(|&(count, _)| count).max().unwrap_or(0);
            let all = expected.values().filter(|&&(count, _)| count >= threshold).count();
            let found = sparse::frequent_pairs(&arena, &tokens, threshold, enough, threads, &mut unwatched)?;
            prop_assert_eq!(found.highest, best);
            // A sample says how many there are.
            prop_assert!(found.threshold == threshold || enough < usize::MAX && found.threshold > threshold);
            prop_assert_eq!(found.frequent.pairs.is_empty(), all == 0);
            expected.retain(|_, (count, _)| *count >= found.threshold);
            prop_assert_eq!(&as_map(found.frequent), &expected);
            if dense::fits(tokens.tokens, arena.cells_len()) {
                let told = |highest: u64| if highest == best { threshold } else { u64::MAX };
                let (found, reached) = dense::frequent_pairs(&arena, &tokens, told, enough, threads, &mut unwatched)?;
                prop_assert!(found.pairs.len() >= enough.min(all));
                let mut expected = pairs(&words, &tokens);
                let mut counts: Vec<u64> = expected.values().map(|&(count, _)| count).collect();
                counts.sort_unstable_by_key(|&count| std::cmp::Reverse(count));
                let last = if enough < all { counts[enough - 1].min(best / 2) } else { 0 };
                prop_assert_eq!(reached, threshold.max(last));
                expected.retain(|_, (count, _)| *count >= reached);
                prop_assert_eq!(as_map(found), expected);
            }
        }

        #[test]
        fn a_threshold_that_is_too_high_is_lowered_to_find_a_pair(
            words in prop::collection::vec((prop::collection::vec(0_u32..6, 1..20), 1_u64..9), 1..40),
            minimum in 1_u64..30, ceiling in 1_u64..10_000,
        ) {
            let mut words = words;
            words.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
            let tokens = Sums { tokens: 2000, most: 9 };
            let expected = pairs(&words, &tokens);
            let best = expected.values().map(|&(count, _)| count).max().unwrap_or(0);
            let threshold_of = |highest: u64| (highest.min(ceiling) / 16).max(minimum);
            let arena = WordArena::<u16>::of_words(&words);
            let (found, threshold) = frequent_pairs(&arena, &tokens, threshold_of, usize::MAX, 2, &mut unwatched)?;
            prop_assert_eq!(found.pairs.is_empty(), best < minimum);
            prop_assert!(threshold <= threshold_of(u64::MAX));
            let is_frequent = |(pair, (count, places)): (Pair, (u64, Vec<u32>))| (count >= threshold).then_some((pair, (count, places)));
            prop_assert_eq!(as_map(found), expected.into_iter().filter_map(is_frequent).collect());
        }
    }
}
