//! Replacing a pair within one word, and saying which pairs that made rarer and more frequent.

use super::cell::Cell;
use super::pair::Pair;

/// Who hears how the number of places of each other pair changes. A pair may come up several times, and the sum is what
/// counts; what is said of the merged pair itself, of which nothing is left, means nothing.
pub(super) trait Changes {
    /// `token left` became `token id`.
    fn turn_before(&mut self, token: u32);

    /// `right token` became `id token`.
    fn turn_after(&mut self, token: u32);

    /// `pair` has so many more places, or fewer.
    fn change(&mut self, pair: Pair, times: i32);

    /// So many places of the merged pair were replaced.
    fn replaced(&mut self, places: usize);
}

/// Replaces every occurrence of `pair` in a word by `id`, from left to right without overlap, and returns the new length.
/// O(length), without any allocation.
///
///
/// The only pairs that change are those around an occurrence. Where tokens repeat, the pair of a token with itself changes
/// by halves of a run, so an occurrence is looked at together with the whole runs at its sides.
pub(super) fn join_in_word<C: Cell>(symbols: &mut [C], pair: Pair, id: u32, changes: &mut impl Changes) -> usize {
    let (left, right, joined) = (C::new(pair.left()), C::new(pair.right()), C::new(id));
    let Some(first) = symbols.windows(2).position(|window| window[0] == left && window[1] == right) else {
        return symbols.len();
    };
    // Before `end` all is final; `joined_run` new tokens stand there last.
    let (mut read, mut end, mut joined_run) = (first, first, 0);
    while read < symbols.len() {
        if symbols[read] != left || symbols.get(read + 1) != Some(&right) {
            symbols[end] = symbols[read];
            (read, end, joined_run) = (read + 1, end + 1, 0);
            continue;
        }
        // Where both tokens are the same, the whole run of them is one occurrence of `run / 2` merges.
        let run = if left == right { run_length(symbols[read..].iter()) } else { 2 };
        let before = end.checked_sub(1).map(|last| symbols[last]);
        let after = symbols.get(read + run).copied();
        let touches_a_run = left == right
            || before.is_some_and(|symbol| symbol == left || symbol == joined)
            || after.is_some_and(|symbol| symbol == right || symbol == joined);
        if touches_a_run {
            // Looking back is linear in all: a run of old tokens is followed by one occurrence.
            let run_before =
                |symbol| if symbol == joined { joined_run } else { run_length(symbols[..end].iter().rev()) };
            let before = before.map(|symbol| (symbol.get(), run_before(symbol) as u32));
            let after = after.map(|symbol| (symbol.get(), run_length(symbols[read + run..].iter()) as u32));
            Occurrence { before, run: run as u32, after }.report(pair, id, changes);
        } else {
            if let Some(symbol) = before {
                changes.turn_before(symbol.get());
            }
            if let Some(symbol) = after {
                changes.turn_after(symbol.get());
            }
        }
        symbols[end..end + run / 2].fill(joined);
        (read, end, joined_run) = (read + run, end + run / 2, joined_run + run / 2);
        if run % 2 == 1 {
            symbols[end] = left;
            (end, joined_run) = (end + 1, 0);
        }
    }
    changes.replaced(symbols.len() - end);
    end
}

/// A pair, or a run of its one token, between the runs of tokens at its sides.
struct Occurrence {
    before: Option<(u32, u32)>,
    run: u32,
    after: Option<(u32, u32)>,
}

impl Occurrence {
    fn report(&self, pair: Pair, id: u32, changes: &mut impl Changes) {
        let (before, after) = (self.before.unwrap_or_default(), self.after.unwrap_or_default());
        let (left, right) = (pair.left(), pair.right());
        let (lefts, rights) = if left == right { (self.run, 0) } else { (1, 1) };
        for_each_run_pair(&[before, (left, lefts), (right, rights), after], |found, times| {
            changes.change(found, -times);
        });
        for_each_run_pair(&[before, (id, self.run / 2), (left, self.run % 2), after], |found, times| {
            changes.change(found, times);
        });
    }
}

/// How many symbols are equal to the first one, until another comes.
fn run_length<'s, C: Cell>(mut symbols: impl Iterator<Item = &'s C>) -> usize {
    let Some(first) = symbols.next() else { return 0 };
    1 + symbols.take_while(|symbol| *symbol == first).count()
}

/// The pairs in a sequence of runs, given as symbol and length; runs may be empty and neighbours may be equal.
fn for_each_run_pair(runs: &[(u32, u32)], mut found: impl FnMut(Pair, i32)) {
    let mut runs = runs.iter().copied().filter(|(_, length)| *length > 0);
    let Some((mut symbol, mut length)) = runs.next() else { return };
    for (next, more) in runs {
        if next == symbol {
            length += more;
            continue;
        }
        if length > 1 {
            found(Pair::new(symbol, symbol), (length / 2) as i32);
        }
        found(Pair::new(symbol, next), 1);
        (symbol, length) = (next, more);
    }
    if length > 1 {
        found(Pair::new(symbol, symbol), (length / 2) as i32);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::pair::for_each_pair;
    use super::*;
    use proptest::prelude::*;

    fn pairs(symbols: &[u32]) -> HashMap<Pair, i32> {
        let mut pairs = HashMap::new();
        for_each_pair(symbols, |pair, times| *pairs.entry(pair).or_default() += times as i32);
        pairs
    }

    /// What each pair changes by, in sum.
    struct Sums {
        pairs: HashMap<Pair, i32>,
        merged: Pair,
        id: u32,
        replaced: usize,
    }

    impl Changes for Sums {
        fn turn_before(&mut self, token: u32) {
            self.change(Pair::new(token, self.merged.left()), -1);
            self.change(Pair::new(token, self.id), 1);
        }

        fn turn_after(&mut self, token: u32) {
            self.change(Pair::new(self.merged.right(), token), -1);
            self.change(Pair::new(self.id, token), 1);
        }

        fn change(&mut self, pair: Pair, times: i32) {
            *self.pairs.entry(pair).or_default() += times;
        }

        fn replaced(&mut self, places: usize) {
            self.replaced += places;
        }
    }

    proptest! {
        #[test]
        fn changes_are_the_difference_of_before_and_after(
            word in prop::collection::vec(0_u32..3, 0..24), left in 0_u32..3, right in 0_u32..3,
        ) {
            let id = 3;
            let pair = Pair::new(left, right);
            let mut expected = Vec::new();
            let mut at = 0;
            while at < word.len() {
                if word[at..].starts_with(&[left, right]) {
                    expected.push(id);
                    at += 2;
                } else {
                    expected.push(word[at]);
                    at += 1;
                }
            }
            let mut sums = Sums { pairs: pairs(&word), merged: pair, id, replaced: 0 };
            let mut joined = word.clone();
            let length = join_in_word(&mut joined, pair, id, &mut sums);
            joined.truncate(length);
            prop_assert_eq!(&joined, &expected);
            prop_assert_eq!(sums.replaced, word.len() - expected.len());
            sums.pairs.retain(|found, times| *times != 0 && *found != pair);
            prop_assert_eq!(sums.pairs, pairs(&joined));
        }
    }
}
