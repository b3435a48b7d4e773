//! Replacing a pair at one place, and saying which pairs that made rarer and more frequent.

use super::cell::Cell;
use super::pair::Pair;

/// Who hears how the number of places of each other pair changes. A pair may come up several times, and the sum is what
/// counts; what is said of the merged pair itself, of which nothing is left, means nothing.
pub(super) trait Changes {
    /// At `place`, `token left` became `token id`.
    fn turn_before(&mut self, token: u32, place: u32);

    /// At `place`, `right token` became `id token`.
    fn turn_after(&mut self, token: u32, place: u32);

    /// `pair` has so many more places where it can be merged, or fewer.
    fn change(&mut self, pair: Pair, times: i32);

    /// `token id` is now at `place`, which may also be left out of its count or be gone soon.
    fn place_before(&mut self, token: u32, place: u32);

    /// `id token` is now at `place`, likewise.
    fn place_after(&mut self, token: u32, place: u32);

    /// So many places of the merged pair were replaced.
    fn replaced(&mut self, places: usize);
}

/// The replacement of a pair by a token, in a part of the arena; see [`WordArena`](super::arena::WordArena) for the cells.
///
/// The only pairs that change are those around an occurrence. Where tokens repeat, the pair of a token with itself changes
/// by halves of a run, so an occurrence is looked at together with the whole runs at its sides.
#[derive(Clone)]
pub(super) struct Join<C> {
    pair: Pair,
    id: u32,
    /// The two tokens, how many cells each takes, and what they become.
    left: C,
    right: C,
    spans: [usize; 2],
    joined: C,
    /// The place of the first cell of the part.
    base: usize,
    /// Where the last token that was made ends, and how many of them stand there in a row.
    last_end: usize,
    last_run: u32,
}

impl<C: Cell> Join<C> {
    pub(super) fn new(pair: Pair, id: u32, spans: [usize; 2], base: usize) -> Self {
        let (left, right, joined) = (C::new(pair.left()), C::new(pair.right()), C::new(id));
        Self { pair, id, left, right, spans, joined, base, last_end: 0, last_run: 0 }
    }

    pub(super) fn base(&self) -> usize {
        self.base
    }

    /// Whether the pair is still there. A place where it was is inside of a token now, and there is no way to mistake that:
    /// the inside is free, but for the ends of a token of two cells, which are both its own id.
    #[inline]
    pub(super) fn is_at(&self, cells: &[C], at: usize) -> bool {
        cells[at] == self.right && cells[at - 1] == self.left
    }

    /// Replaces the pair that [is](Self::is_at) at `at`, an index into the cells of this part. Places must come in ascending
    /// order, because occurrences do not overlap and the leftmost comes first. O(1), but for runs.
    #[inline]
    pub(super) fn replace(&mut self, cells: &mut [C], at: usize, changes: &mut impl Changes) {
        if self.left == self.right {
            return self.replace_run(cells, at, changes);
        }
        let (start, end) = (at - self.spans[0], at + self.spans[1]);
        let (before, after) = (cells[start - 1], token_at(cells, end));
        self.write(cells, start);
        let run_before = if self.last_end == start { self.last_run } else { 0 };
        (self.last_end, self.last_run) = (end, run_before + 1);
        let (start_place, end_place) = (self.place(start), self.place(end));
        if before == self.left || before == self.joined || after == self.right {
            let run_before = if before == self.left { self.run_before(cells, start) } else { run_before.max(1) };
            let run_after = if after == self.right { self.run_after(cells, end) } else { 1 };
            self.report((before, run_before), 1, (after, run_after), changes);
            if before != C::BORDER {
                changes.place_before(before.get(), start_place);
            }
            if after != C::BORDER {
                changes.place_after(after.get(), end_place);
            }
        } else {
            if before != C::BORDER {
                changes.turn_before(before.get(), start_place);
            }
            if after != C::BORDER {
                changes.turn_after(after.get(), end_place);
            }
        }
        changes.replaced(1);
    }

    /// Where both tokens are the same, the whole run of them is one occurrence of several merges. Every place in a run is
    /// among those of its pair, so the first that is found is that of the first two tokens.
    #[cold]
    fn replace_run(&mut self, cells: &mut [C], at: usize, changes: &mut impl Changes) {
        let (span, start) = (self.spans[0], at - self.spans[0]);
        let run = 1 + self.run_after(cells, at);
        let end = start + run as usize * span;
        let (before, after) = (cells[start - 1], token_at(cells, end));
        let joined = run as usize / 2;
        for index in 0..joined {
            self.write(cells, start + 2 * span * index);
        }
        self.report((before, 1), run, (after, 1), changes);
        if before != C::BORDER {
            changes.place_before(before.get(), self.place(start));
        }
        for index in 1..joined {
            changes.place_before(self.id, self.place(start + 2 * span * index));
        }
        let next = if run % 2 == 1 { self.left } else { after };
        if next != C::BORDER {
            changes.place_after(next.get(), self.place(start + 2 * span * joined));
        }
        changes.replaced(joined);
    }

    /// Writes the new token over the two that start at `start`.
    #[inline]
    fn write(&self, cells: &mut [C], start: usize) {
        let (middle, end) = (start + self.spans[0], start + self.spans[0] + self.spans[1]);
        (cells[middle - 1], cells[middle]) = (C::FREE, C::FREE);
        (cells[start], cells[end - 1]) = (self.joined, self.joined);
    }

    fn place(&self, at: usize) -> u32 {
        (self.base + at) as u32
    }

    /// How many left tokens in a row end at `end`.
    fn run_before(&self, cells: &[C], end: usize) -> u32 {
        (0..end).take_while(|run| cells[end - 1 - run * self.spans[0]] == self.left).count() as u32
    }

    /// How many right tokens in a row begin at `start`.
    fn run_after(&self, cells: &[C], start: usize) -> u32 {
        (0..=cells.len()).take_while(|run| token_at(cells, start + run * self.spans[1]) == self.right).count() as u32
    }

    /// Reports the changes of a pair, or of a run of its one token, between runs of the tokens at its sides.
    fn report(&self, before: (C, u32), run: u32, after: (C, u32), changes: &mut impl Changes) {
        let side = |(token, run): (C, u32)| if token == C::BORDER { (0, 0) } else { (token.get(), run) };
        let (before, after) = (side(before), side(after));
        let (left, right) = (self.pair.left(), self.pair.right());
        let (lefts, rights, joined, rest) = if left == right { (run, 0, run / 2, run % 2) } else { (1, 1, 1, 0) };
        for_each_run_pair(&[before, (left, lefts), (right, rights), after], |found, times| {
            changes.change(found, -times);
        });
        for_each_run_pair(&[before, (self.id, joined), (left, rest), after], |found, times| {
            changes.change(found, times);
        });
    }
}

/// The token that begins at `at`; behind the cells of a part there is a border.
#[inline]
fn token_at<C: Cell>(cells: &[C], at: usize) -> C {
    cells.get(at).copied().unwrap_or(C::BORDER)
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
pub(super) mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;
    use proptest::prelude::*;

    /// The pairs of a word and how many of each can be merged in it.
    ///
    /// A run of `n` equal tokens counts `n / 2` for the pair of that token with itself, because occurrences do not overlap;
    /// two different neighbours count 1. A pair may come up more than once.
    fn for_each_pair(symbols: &[u32], mut found: impl FnMut(Pair, u32)) {
        let Some((&first, rest)) = symbols.split_first() else { return };
        let (mut last, mut run) = (first, 1);
        for &symbol in rest {
            if symbol == last {
                run += 1;
                continue;
            }
            if run > 1 {
                found(Pair::new(last, last), run / 2);
            }
            found(Pair::new(last, symbol), 1);
            (last, run) = (symbol, 1);
        }
        if run > 1 {
            found(Pair::new(last, last), run / 2);
        }
    }

    fn pairs(symbols: &[u32]) -> HashMap<Pair, i32> {
        let mut pairs = HashMap::new();
        for_each_pair(symbols, |pair, times| *pairs.entry(pair).or_default() += times as i32);
        pairs
    }

    /// A token takes one cell more than its id says, and the new one those of both parts.
    struct Spans(usize);

    const ID: u32 = 3;

    impl Spans {
        fn of(&self, token: u32) -> usize {
            if token == ID { self.0 } else { token as usize + 1 }
        }

        fn cells(&self, word: &[u32]) -> Vec<u32> {
            let mut cells = vec![u32::BORDER];
            for &token in word {
                let start = cells.len();
                cells.resize(start + self.of(token), u32::FREE);
                cells[start] = token;
                *cells.last_mut().unwrap() = token;
            }
            cells.push(u32::BORDER);
            cells
        }

        /// Every two neighbours and the place between them.
        fn places(&self, word: &[u32]) -> Vec<(Pair, u32)> {
            let mut place = 1;
            let mut at = |tokens: &[u32]| {
                place += self.of(tokens[0]) as u32;
                (Pair::new(tokens[0], tokens[1]), place)
            };
            word.windows(2).map(&mut at).collect()
        }
    }

    /// What each pair changes by, in sum, and where the new ones are.
    struct Sums {
        pairs: HashMap<Pair, i32>,
        places: Vec<(Pair, u32)>,
        merged: Pair,
        replaced: usize,
    }

    impl Changes for Sums {
        fn turn_before(&mut self, token: u32, place: u32) {
            self.change(Pair::new(token, self.merged.left()), -1);
            self.change(Pair::new(token, ID), 1);
            self.place_before(token, place);
        }

        fn turn_after(&mut self, token: u32, place: u32) {
            self.change(Pair::new(self.merged.right(), token), -1);
            self.change(Pair::new(ID, token), 1);
            self.place_after(token, place);
        }

        fn change(&mut self, pair: Pair, times: i32) {
            *self.pairs.entry(pair).or_default() += times;
        }

        fn place_before(&mut self, token: u32, place: u32) {
            self.places.push((Pair::new(token, ID), place));
        }

        fn place_after(&mut self, token: u32, place: u32) {
            self.places.push((Pair::new(ID, token), place));
        }

        fn replaced(&mut self, places: usize) {
            self.replaced += places;
        }
    }

    /// `pair` replaced by `id` from left to right.
    pub(in super::super) fn joined(word: &[u32], pair: Pair, id: u32) -> Vec<u32> {
        let (mut joined, mut at) = (Vec::new(), 0);
        while at < word.len() {
            let is_pair = word[at..].starts_with(&[pair.left(), pair.right()]);
            joined.push(if is_pair { id } else { word[at] });
            at += 1 + usize::from(is_pair);
        }
        joined
    }

    proptest! {
        #[test]
        fn changes_and_places_are_the_difference_of_before_and_after(
            word in prop::collection::vec(0_u32..ID, 0..24), left in 0_u32..ID, right in 0_u32..ID,
        ) {
            let pair = Pair::new(left, right);
            let expected = joined(&word, pair, ID);
            let spans = Spans((left + right + 2) as usize);
            let mut sums = Sums { pairs: pairs(&word), places: Vec::new(), merged: pair, replaced: 0 };
            let mut cells = spans.cells(&word);
            let mut join = Join::new(pair, ID, [spans.of(left), spans.of(right)], 0);
            for (_, place) in spans.places(&word).into_iter().filter(|(found, _)| *found == pair) {
                if join.is_at(&cells, place as usize) {
                    join.replace(&mut cells, place as usize, &mut sums);
                }
            }
            prop_assert_eq!(cells, spans.cells(&expected));
            prop_assert_eq!(sums.replaced, word.len() - expected.len());
            sums.pairs.retain(|found, times| *times != 0 && *found != pair);
            prop_assert_eq!(sums.pairs, pairs(&expected));
            let places: HashSet<_> = sums.places.iter().copied().collect();
            prop_assert_eq!(places.len(), sums.places.len(), "no place is noted twice");
            let is_new = |(found, _): &(Pair, u32)| found.left() == ID || found.right() == ID;
            for place in spans.places(&expected).iter().filter(|place| is_new(place)) {
                prop_assert!(places.contains(place), "{:?} is missing", place);
            }
            let of_pair = |found: Pair| sums.places.iter().filter(move |(other, _)| *other == found).map(|(_, place)| place);
            prop_assert!(places.iter().all(|(found, _)| of_pair(*found).is_sorted()));
        }
    }
}
