//! From a pair to where it is.

use rustc_hash::FxHashMap;

use super::deltas::{Deltas, Side};
use super::pair::Pair;

/// A pair that may be merged: how often it occurs, and its list of places.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Candidate {
    pub(crate) count: u64,
    start: usize,
    length: u32,
}

impl Candidate {
    /// How many places are in its list.
    pub(crate) fn places(&self) -> usize {
        self.length as usize
    }
}

/// Pairs with their places, ascending: all where the pair is, and maybe some where it was.
#[derive(Default)]
pub(crate) struct Index {
    candidates: FxHashMap<Pair, Candidate>,
    /// All lists, end to end. They go together, when a round is over.
    places: Vec<u32>,
}

impl Index {
    /// Of pairs with their counts and the lengths of their lists, which are in `places` in the same order.
    pub(crate) fn new(pairs: impl ExactSizeIterator<Item = (Pair, u64, u32)>, places: Vec<u32>) -> Self {
        let mut candidates = FxHashMap::with_capacity_and_hasher(pairs.len(), rustc_hash::FxBuildHasher);
        let mut start = 0;
        for (pair, count, length) in pairs {
            candidates.insert(pair, Candidate { count, start, length });
            start += length as usize;
        }
        Self { candidates, places }
    }

    pub(crate) fn get(&self, pair: Pair) -> Option<&Candidate> {
        self.candidates.get(&pair)
    }

    /// One place of a pair is gone. It may be that nobody indexed it.
    pub(crate) fn lower(&mut self, pair: Pair) {
        if let Some(known) = self.candidates.get_mut(&pair) {
            known.count = known.count.saturating_sub(1);
        }
    }

    /// A candidate that was removed comes back, with a lower count.
    pub(crate) fn put_back(&mut self, pair: Pair, candidate: Candidate, count: u64) {
        self.candidates.insert(pair, Candidate { count, ..candidate });
    }

    pub(crate) fn remove(&mut self, pair: Pair) -> Option<Candidate> {
        self.candidates.remove(&pair)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Pair, u64)> + '_ {
        self.candidates.iter().map(|(&pair, candidate)| (pair, candidate.count))
    }

    /// The places of a candidate, which may have left the index since.
    pub(crate) fn places(&self, candidate: &Candidate) -> &[u32] {
        &self.places[candidate.start..][..candidate.places()]
    }

    pub(crate) fn insert(&mut self, pair: Pair, count: u64, places: &[u32]) {
        let candidate = Candidate { count, start: self.places.len(), length: places.len() as u32 };
        self.places.extend_from_slice(places);
        self.candidates.insert(pair, candidate);
    }

    /// Brings the index up to date with what a merge of `pair` into `id` changed. Of the new pairs those are indexed that are
    /// `wanted` for their count, and `entered` hears of them.
    pub(crate) fn follow(
        &mut self,
        deltas: &Deltas,
        (pair, id): (Pair, u32),
        wanted: impl Fn(Pair, u64) -> bool,
        mut entered: impl FnMut(Pair, u64),
    ) {
        let [before, after] = deltas.sides();
        let turn_before = |token| (Pair::new(token, pair.left()), Pair::new(token, id));
        let turn_after = |token| (Pair::new(pair.right(), token), Pair::new(id, token));
        self.follow_side(before, turn_before, &wanted, &mut entered);
        self.follow_side(after, turn_after, &wanted, &mut entered);
    }

    /// As [`follow`](Self::follow), for one side. `pairs` are those of a neighbour with the old token and with the new one.
    fn follow_side(
        &mut self,
        side: &Side,
        pairs: impl Fn(u32) -> (Pair, Pair),
        wanted: &impl Fn(Pair, u64) -> bool,
        entered: &mut impl FnMut(Pair, u64),
    ) {
        // For each neighbour, where the next of its places goes, if anywhere.
        let mut ends: Vec<Option<usize>> = Vec::with_capacity(side.neighbours().len());
        let first = self.places.len();
        let mut end = first;
        for neighbour in side.neighbours() {
            let (old, new) = pairs(neighbour.token);
            if let Some(known) = self.candidates.get_mut(&old) {
                known.count = known.count.wrapping_add(neighbour.change);
            }
            let (count, length) = (neighbour.gained, neighbour.places);
            let is_wanted = wanted(new, count);
            ends.push(is_wanted.then_some(end));
            if is_wanted {
                self.candidates.insert(new, Candidate { count, start: end, length });
                entered(new, count);
                end += length as usize;
            }
        }
        if end == first {
            return;
        }
        self.places.resize(end, 0);
        for &(neighbour, place) in side.gains() {
            if let Some(end) = &mut ends[neighbour as usize] {
                self.places[*end] = place;
                *end += 1;
            }
        }
    }
}
