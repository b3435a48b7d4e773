//! Replacing a pair within one word, and saying which pairs that made rarer and more frequent.

use super::pair::Pair;

/// Replaces every occurrence of `pair` in a word by `id`, from left to right without overlap, and returns the new length.
///
/// `changed` hears by how much the number of places of each other pair changes. A pair may come up several times, and the
/// sum is what counts; what it hears of `pair` itself, of which nothing is left, means nothing. O(length), without any
/// allocation.
///
/// The only pairs that change are those around an occurrence. Where tokens repeat, the pair of a token with itself changes
/// by halves of a run, so an occurrence is looked at together with the whole runs at its sides.
pub(super) fn join_in_word(symbols: &mut [u32], pair: Pair, id: u32, mut changed: impl FnMut(Pair, i32)) -> usize {
    let (left, right) = (pair.left(), pair.right());
    let Some(first) = symbols.windows(2).position(|window| window[0] == left && window[1] == right) else {
        return symbols.len();
    };
    let mut output = Output::after(symbols, first);
    let mut read = first;
    while read < symbols.len() {
        if symbols[read] != left || symbols.get(read + 1) != Some(&right) {
            output.push(symbols, symbols[read]);
            read += 1;
            continue;
        }
        // Where both tokens are the same, the whole run of them is one occurrence of `run / 2` merges.
        let run = if left == right { run_length(&symbols[read..]) } else { 2 };
        let (before, after) = (output.last_run(), symbols.get(read + run).copied());
        let touches_a_run = left == right
            || before.is_some_and(|(symbol, _)| symbol == left || symbol == id)
            || after.is_some_and(|symbol| symbol == right || symbol == id);
        if touches_a_run {
            let after = after.map(|symbol| (symbol, run_length(&symbols[read + run..]) as u32));
            let occurrence = Occurrence { before, run: run as u32, after };
            occurrence.report(pair, id, &mut changed);
        } else {
            if let Some((symbol, _)) = before {
                changed(Pair::new(symbol, left), -1);
                changed(Pair::new(symbol, id), 1);
            }
            if let Some(symbol) = after {
                changed(Pair::new(right, symbol), -1);
                changed(Pair::new(id, symbol), 1);
            }
        }
        (0..run / 2).for_each(|_| output.push(symbols, id));
        if run % 2 == 1 {
            output.push(symbols, left);
        }
        read += run;
    }
    output.length
}

/// A pair, or a run of its one token, between the runs of tokens at its sides.
struct Occurrence {
    before: Option<(u32, u32)>,
    run: u32,
    after: Option<(u32, u32)>,
}

impl Occurrence {
    fn report(&self, pair: Pair, id: u32, changed: &mut impl FnMut(Pair, i32)) {
        let (before, after) = (self.before.unwrap_or_default(), self.after.unwrap_or_default());
        let (left, right) = (pair.left(), pair.right());
        let (lefts, rights) = if left == right { (self.run, 0) } else { (1, 1) };
        for_each_run_pair(&[before, (left, lefts), (right, rights), after], |found, times| changed(found, -times));
        for_each_run_pair(&[before, (id, self.run / 2), (left, self.run % 2), after], changed);
    }
}

/// The part of the word that is final, and the run of equal tokens that it ends with.
struct Output {
    length: usize,
    last: u32,
    run: usize,
}

impl Output {
    /// The first `length` tokens are final as they are.
    fn after(symbols: &[u32], length: usize) -> Self {
        let last = if length == 0 { 0 } else { symbols[length - 1] };
        let run = symbols[..length].iter().rev().take_while(|&&symbol| symbol == last).count();
        Self { length, last, run }
    }

    fn last_run(&self) -> Option<(u32, u32)> {
        (self.run > 0).then_some((self.last, self.run as u32))
    }

    fn push(&mut self, symbols: &mut [u32], symbol: u32) {
        symbols[self.length] = symbol;
        self.length += 1;
        self.run = if symbol == self.last { self.run + 1 } else { 1 };
        self.last = symbol;
    }
}

fn run_length(symbols: &[u32]) -> usize {
    symbols.iter().take_while(|&&symbol| symbol == symbols[0]).count()
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
            let mut sums = pairs(&word);
            let mut joined = word.clone();
            let length = join_in_word(&mut joined, pair, id, |changed, times| *sums.entry(changed).or_default() += times);
            joined.truncate(length);
            prop_assert_eq!(&joined, &expected);
            sums.retain(|found, times| *times != 0 && *found != pair);
            prop_assert_eq!(sums, pairs(&joined));
        }
    }
}
