//! Pairs, numbered in the order in which they are met.

use super::pair::Pair;

#[derive(Default)]
pub(super) struct PairTable {
    /// A pair and its position plus one, 0 for a free place; a power of two of places, at most half of them taken.
    places: Vec<(u32, Pair)>,
    pairs: Vec<Pair>,
}

const FIRST_PLACES: usize = 256;

impl PairTable {
    /// The position of `pair`, which is the number of pairs so far when it is new.
    #[inline]
    pub(super) fn position(&mut self, pair: Pair) -> usize {
        if self.pairs.len() * 2 >= self.places.len() {
            self.grow();
        }
        let at = self.find(pair);
        if self.places[at].0 == 0 {
            self.pairs.push(pair);
            self.places[at] = (self.pairs.len() as u32, pair);
        }
        self.places[at].0 as usize - 1
    }

    /// The position of `pair`, if it was met.
    #[inline]
    pub(super) fn get(&self, pair: Pair) -> Option<usize> {
        if self.places.is_empty() {
            return None;
        }
        (self.places[self.find(pair)].0 as usize).checked_sub(1)
    }

    /// All pairs, by position.
    pub(super) fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// Where `pair` is in the table, or where it would go.
    #[inline]
    fn find(&self, pair: Pair) -> usize {
        let mask = self.places.len() - 1;
        let mut at = pair.hash() as usize & mask;
        while self.places[at].0 != 0 && self.places[at].1 != pair {
            at = (at + 1) & mask;
        }
        at
    }

    fn grow(&mut self) {
        let places = (self.places.len() * 2).max(FIRST_PLACES);
        self.places = vec![(0, Pair::new(0, 0)); places];
        for index in 0..self.pairs.len() {
            let at = self.find(self.pairs[index]);
            self.places[at] = (index as u32 + 1, self.pairs[index]);
        }
    }
}
