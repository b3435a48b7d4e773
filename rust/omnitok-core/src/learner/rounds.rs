//! Rounds: the index from pairs to words, kept for frequent pairs only.
//!
//! Most pairs are rare and never merged, yet an index of all pairs spends most of its memory and time on them. So the
//! learner works in rounds. A round has a threshold: all pairs that occur at least so often are indexed, and merges go on
//! as long as the best of them does. Pairs below the threshold are not even remembered. Then the words, shorter by now, are
//! counted again for a lower threshold.
//!
//! This is exact. New pairs arise from new tokens only (`exact` proves it), so all their places are known when they arise,
//! and from then on pairs become rarer: one that is below the threshold stays there. Nor is it slow: thresholds fall
//! geometrically, so there are few rounds.

use std::ops::Range;
use std::sync::Mutex;

use rustc_hash::FxHashMap;

use super::arena::{Word, WordArena};
use super::cell::Cell;
use super::deltas::{Deltas, Side};
use super::pair::{Pair, for_each_pair};
use super::pair_table::PairTable;
use super::tokens::Tokens;
use crate::parallel;

/// A pair that may be merged: how often it occurs and the words that hold it, ascending. Words that held it once and do
/// not any more may still be listed.
#[derive(Default, Debug)]
pub(super) struct Candidate {
    pub(super) count: u64,
    pub(super) words: Vec<u32>,
}

pub(super) type Index = FxHashMap<Pair, Candidate>;

/// Thresholds fall by this factor from round to round, measured from the best pair that is left.
const THRESHOLD_STEP: u64 = 16;

/// Indexes all pairs that occur at least `minimum` times, or more often if there are pairs more frequent than that by more
/// than [`THRESHOLD_STEP`]. Returns the index and its threshold; no pair that may be merged reaches `ceiling`.
///
/// O(S) for S tokens left in all words, two or three passes shared among `threads` threads.
pub(super) fn index_pairs<C: Cell>(
    arena: &WordArena<C>,
    tokens: &Tokens,
    minimum: u64,
    ceiling: u64,
    threads: usize,
) -> (Index, u64) {
    let parts = arena.parts(threads);
    let threshold_of = |highest: u64| (highest.min(ceiling) / THRESHOLD_STEP).max(minimum);
    let square = tokens.len() * tokens.len();
    let (census, threshold) = if square * threads <= MOST_DENSE {
        Census::dense(arena, tokens, &parts, threshold_of)
    } else {
        Census::sparse(arena, tokens, &parts, threshold_of)
    };
    (census.collect(arena, &parts), threshold)
}

/// Brings an index up to date with what a merge of `pair` into `id` changed. Of the new pairs those are indexed that are
/// `wanted` for their count, and `entered` hears of them.
pub(super) fn follow(
    index: &mut Index,
    deltas: &Deltas,
    (pair, id): (Pair, u32),
    wanted: impl Fn(Pair, u64) -> bool,
    mut entered: impl FnMut(Pair, u64),
) {
    let [before, after] = deltas.sides();
    let turn_before = |token| (Pair::new(token, pair.left()), Pair::new(token, id));
    let turn_after = |token| (Pair::new(pair.right(), token), Pair::new(id, token));
    follow_side(index, before, turn_before, &wanted, &mut entered);
    follow_side(index, after, turn_after, &wanted, &mut entered);
}

/// As [`follow`], for one side. `pairs` are those of a neighbour with the old token and with the new one.
fn follow_side(
    index: &mut Index,
    side: &Side,
    pairs: impl Fn(u32) -> (Pair, Pair),
    wanted: &impl Fn(Pair, u64) -> bool,
    entered: &mut impl FnMut(Pair, u64),
) {
    // For each neighbour, where its words go: a list in `fresh`, or nowhere.
    let mut fresh: Vec<(Pair, Candidate)> = Vec::new();
    let mut places: Vec<u32> = Vec::with_capacity(side.neighbours().len());
    for neighbour in side.neighbours() {
        let (old, new) = pairs(neighbour.token);
        if let Some(known) = index.get_mut(&old) {
            known.count = known.count.wrapping_add(neighbour.change);
        }
        let count = neighbour.gained;
        if wanted(new, count) {
            places.push(fresh.len() as u32);
            fresh.push((new, Candidate { count, words: Vec::with_capacity(neighbour.words as usize) }));
        } else {
            places.push(NOWHERE);
        }
    }
    if fresh.is_empty() {
        return;
    }
    for &(neighbour, word) in side.gains() {
        if let Some((_, candidate)) = fresh.get_mut(places[neighbour as usize] as usize) {
            candidate.words.push(word);
        }
    }
    for (pair, candidate) in fresh {
        entered(pair, candidate.count);
        index.insert(pair, candidate);
    }
}

const NOWHERE: u32 = u32::MAX;

/// As many entries of [`Found`] may all threads have in tables that a pair of tokens is an index of.
const MOST_DENSE: usize = 1 << 23;

/// A pair in one part of the words.
#[derive(Clone, Copy, Default)]
struct Found {
    count: u64,
    words: u32,
    /// One more than the place of the last word that held the pair.
    last_word: u32,
}

impl Found {
    #[inline]
    fn note(&mut self, times: u32, count: u64, place: u32) {
        self.count += u64::from(times) * count;
        self.words += u32::from(self.last_word != place + 1);
        self.last_word = place + 1;
    }
}

/// Where a pair of the index is found during the passes over the words.
enum Places {
    /// By both tokens: the position in the census plus one, or 0.
    Dense { tokens: usize, positions: Vec<u32> },
    /// By hash. Most pairs are rare, and a filter that fits into a near cache turns them away.
    Sparse { table: PairTable, filter: Vec<u64> },
}

impl Places {
    #[inline]
    fn get(&self, pair: Pair) -> Option<usize> {
        match self {
            Self::Dense { tokens, positions } => {
                (positions[pair.left() as usize * tokens + pair.right() as usize] as usize).checked_sub(1)
            }
            Self::Sparse { table, filter } => {
                let bit = pair.hash() as usize >> 7;
                (filter[(bit / 64) & (filter.len() - 1)] >> (bit % 64) & 1 == 1).then(|| table.get(pair)).flatten()
            }
        }
    }
}

/// The pairs of a round.
struct Census {
    places: Places,
    pairs: Vec<(Pair, u64)>,
    /// For each part of the words, how many of its words hold each pair.
    words: Vec<Vec<u32>>,
}

impl Census {
    /// For few tokens.
    fn dense<C: Cell>(
        arena: &WordArena<C>,
        tokens: &Tokens,
        parts: &[Range<usize>],
        threshold_of: impl Fn(u64) -> u64,
    ) -> (Self, u64) {
        let side = tokens.len();
        let tables = parallel::map(parts.len(), parts.len(), |part| {
            let mut table = vec![Found::default(); side * side];
            for Word { place, count, tokens } in arena.words(parts[part].clone()) {
                for_each_pair(tokens, |pair, times| {
                    table[pair.left() as usize * side + pair.right() as usize].note(times, count, place);
                });
            }
            table
        });
        let pair_of = |at: usize| Pair::new((at / side) as u32, (at % side) as u32);
        let count_of = |at: usize| tables.iter().map(|table| table[at].count).sum::<u64>();
        let counted: Vec<(usize, u64)> = (0..side * side)
            .map(|at| (at, count_of(at)))
            .filter(|&(at, count)| count > 0 && tokens.may_join(pair_of(at)) && !tokens.is_vetoed(pair_of(at)))
            .collect();
        let threshold = threshold_of(counted.iter().map(|&(_, count)| count).max().unwrap_or(0));
        let mut positions = vec![0; side * side];
        let (mut pairs, mut words) = (Vec::new(), vec![Vec::new(); parts.len()]);
        for (at, count) in counted.into_iter().filter(|&(_, count)| count >= threshold) {
            pairs.push((pair_of(at), count));
            positions[at] = pairs.len() as u32;
            words.iter_mut().zip(&tables).for_each(|(words, table)| words.push(table[at].words));
        }
        (Self { places: Places::Dense { tokens: side, positions }, pairs, words }, threshold)
    }

    /// For any number of tokens.
    fn sparse<C: Cell>(
        arena: &WordArena<C>,
        tokens: &Tokens,
        parts: &[Range<usize>],
        threshold_of: impl Fn(u64) -> u64,
    ) -> (Self, u64) {
        let threads = parts.len();
        let sketches = parallel::map(threads, threads, |part| Sketch::new(arena, tokens, parts[part].clone()));
        let sketch = Sketch::sum(sketches);
        let threshold = threshold_of(sketch.highest());
        let found = parallel::map(threads, threads, |part| {
            let (mut table, mut found): (PairTable, Vec<Found>) = Default::default();
            for Word { place, count, tokens: word } in arena.words(parts[part].clone()) {
                for_each_pair(word, |pair, times| {
                    if sketch.bound(pair) >= threshold && tokens.may_join(pair) {
                        let position = table.position(pair);
                        if position == found.len() {
                            found.push(Found::default());
                        }
                        found[position].note(times, count, place);
                    }
                });
            }
            (table, found)
        });
        drop(sketch);
        Self::frequent(&found, tokens, threshold)
    }

    /// Of what the parts found, the pairs that reach the threshold together.
    fn frequent(found: &[(PairTable, Vec<Found>)], tokens: &Tokens, threshold: u64) -> (Self, u64) {
        let mut table = PairTable::default();
        let (mut pairs, mut words) = (Vec::new(), vec![Vec::new(); found.len()]);
        for part in 0..found.len() {
            for &pair in found[part].0.pairs() {
                // Parts before this one have been through.
                if found[..part].iter().any(|(earlier, _)| earlier.get(pair).is_some()) {
                    continue;
                }
                let of =
                    |(table, found): &(PairTable, Vec<Found>)| table.get(pair).map_or(Found::default(), |at| found[at]);
                let all: Vec<Found> = found.iter().map(of).collect();
                let count = all.iter().map(|found| found.count).sum();
                if count >= threshold && !tokens.is_vetoed(pair) {
                    table.position(pair);
                    pairs.push((pair, count));
                    words.iter_mut().zip(&all).for_each(|(words, found)| words.push(found.words));
                }
            }
        }
        let mut filter = vec![0_u64; (pairs.len() / 4).next_power_of_two().clamp(1, MOST_FILTER)];
        for (pair, _) in &pairs {
            let bit = pair.hash() as usize >> 7;
            let word = (bit / 64) & (filter.len() - 1);
            filter[word] |= 1 << (bit % 64);
        }
        (Self { places: Places::Sparse { table, filter }, pairs, words }, threshold)
    }

    /// Fills in the words of each pair: the lists have their exact sizes, and every thread writes its part of each.
    fn collect<C: Cell>(self, arena: &WordArena<C>, parts: &[Range<usize>]) -> Index {
        let length = |at: usize| self.words.iter().map(|words| words[at] as usize).sum();
        let mut lists: Vec<Vec<u32>> = (0..self.pairs.len()).map(|at| vec![0; length(at)]).collect();
        let mut shares: Vec<Vec<Share>> = parts.iter().map(|_| Vec::with_capacity(lists.len())).collect();
        for (at, list) in lists.iter_mut().enumerate() {
            let mut rest = list.as_mut_slice();
            for (share, words) in shares.iter_mut().zip(&self.words) {
                let (own, later) = rest.split_at_mut(words[at] as usize);
                share.push(Share { list: own, filled: 0, last: NO_WORD });
                rest = later;
            }
        }
        let shares: Vec<_> = shares.into_iter().map(Mutex::new).collect();
        parallel::map(parts.len(), parts.len(), |part| {
            let mut shares = shares[part].lock().expect("no holder panics");
            for Word { place, tokens, .. } in arena.words(parts[part].clone()) {
                for_each_pair(tokens, |pair, _| {
                    if let Some(at) = self.places.get(pair) {
                        shares[at].push(place);
                    }
                });
            }
        });
        drop(shares);
        let candidates = self.pairs.into_iter().zip(lists);
        candidates.map(|((pair, count), words)| (pair, Candidate { count, words })).collect()
    }
}

/// The words of a pair in one part, which are on their way into its list.
struct Share<'l> {
    list: &'l mut [u32],
    filled: u32,
    last: u32,
}

const NO_WORD: u32 = u32::MAX;

impl Share<'_> {
    #[inline]
    fn push(&mut self, word: u32) {
        if self.last != word {
            self.list[self.filled as usize] = word;
            self.filled += 1;
            self.last = word;
        }
    }
}

/// The largest filter has 2^22 bits, half a mebibyte.
const MOST_FILTER: usize = 1 << 16;

/// Counts of pairs by hash alone: never below the true count, so what is rare here is rare.
struct Sketch {
    cells: Vec<u64>,
}

/// Bounds of the number of cells as powers of two; the larger table takes 16 MiB.
const SKETCH_BITS: std::ops::RangeInclusive<u32> = 12..=21;

impl Sketch {
    fn new<C: Cell>(arena: &WordArena<C>, tokens: &Tokens, part: Range<usize>) -> Self {
        let bits = arena.cells_len().max(1).ilog2().clamp(*SKETCH_BITS.start(), *SKETCH_BITS.end());
        let mut cells = vec![0_u64; 1 << bits];
        let mask = cells.len() - 1;
        for Word { count, tokens: word, .. } in arena.words(part) {
            for_each_pair(word, |pair, times| {
                if tokens.may_join(pair) {
                    cells[pair.hash() as usize & mask] += u64::from(times) * count;
                }
            });
        }
        Self { cells }
    }

    fn sum(sketches: Vec<Self>) -> Self {
        let mut sketches = sketches.into_iter();
        let mut sum = sketches.next().expect("at least one range");
        for sketch in sketches {
            sum.cells.iter_mut().zip(&sketch.cells).for_each(|(cell, other)| *cell += other);
        }
        sum
    }

    fn bound(&self, pair: Pair) -> u64 {
        self.cells[pair.hash() as usize & (self.cells.len() - 1)]
    }

    fn highest(&self) -> u64 {
        self.cells.iter().copied().max().unwrap_or(0)
    }
}
