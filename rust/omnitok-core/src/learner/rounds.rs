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

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::arena::WordArena;
use super::pair::{Pair, for_each_pair};
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
const THRESHOLD_STEP: u64 = 8;

/// Indexes all pairs that occur at least `minimum` times, or more often if there are pairs more frequent than that by more
/// than [`THRESHOLD_STEP`]. Returns the index and its threshold; no pair that may be merged reaches `ceiling`.
///
/// O(S) for S tokens left in all words, three passes shared among `threads` threads.
pub(super) fn index_pairs(
    arena: &WordArena,
    tokens: &Tokens,
    minimum: u64,
    ceiling: u64,
    threads: usize,
) -> (Index, u64) {
    let ranges = arena.ranges(threads);
    let sketch = Sketch::sum(parallel::map(threads, threads, |part| Sketch::new(arena, tokens, ranges[part].clone())));
    let threshold = (sketch.highest().min(ceiling) / THRESHOLD_STEP).max(minimum);
    let parts =
        parallel::map(threads, threads, |part| count_exactly(arena, tokens, &sketch, threshold, ranges[part].clone()));
    let mut pairs: FxHashMap<Pair, Vec<Found>> = FxHashMap::default();
    drop(sketch);
    for (part, found) in parts.into_iter().enumerate() {
        for (pair, found) in found {
            pairs.entry(pair).or_insert_with(|| vec![Found::default(); threads])[part] = found;
        }
    }
    pairs.retain(|_, found| found.iter().map(|found| found.count).sum::<u64>() >= threshold);
    (collect_words(arena, &ranges, &pairs), threshold)
}

/// Counts of pairs by hash alone: never below the true count, so what is rare here is rare.
struct Sketch {
    cells: Vec<u64>,
}

/// Bounds of the number of cells as powers of two; the larger table takes 16 MiB.
const SKETCH_BITS: std::ops::RangeInclusive<u32> = 12..=21;

impl Sketch {
    fn new(arena: &WordArena, tokens: &Tokens, words: Range<usize>) -> Self {
        let bits = arena.symbols_len().max(1).ilog2().clamp(*SKETCH_BITS.start(), *SKETCH_BITS.end());
        let mut cells = vec![0_u64; 1 << bits];
        let mask = cells.len() - 1;
        for word in words {
            let count = arena.count(word);
            for_each_pair(arena.word(word), |pair, times| {
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

/// A pair in one range of words.
#[derive(Clone, Copy, Default)]
struct Found {
    count: u64,
    words: u32,
    /// One more than the number of the last word that held the pair.
    last_word: u32,
}

fn count_exactly(
    arena: &WordArena,
    tokens: &Tokens,
    sketch: &Sketch,
    threshold: u64,
    words: Range<usize>,
) -> FxHashMap<Pair, Found> {
    let mut pairs: FxHashMap<Pair, Found> = FxHashMap::default();
    for word in words {
        let (count, mark) = (arena.count(word), word as u32 + 1);
        for_each_pair(arena.word(word), |pair, times| {
            if sketch.bound(pair) >= threshold && tokens.may_join(pair) {
                let found = pairs.entry(pair).or_default();
                found.count += u64::from(times) * count;
                found.words += u32::from(found.last_word != mark);
                found.last_word = mark;
            }
        });
    }
    pairs
}

/// Fills in the words of each pair: the lists have their exact sizes, and every thread writes its part of each.
fn collect_words(arena: &WordArena, ranges: &[Range<usize>], pairs: &FxHashMap<Pair, Vec<Found>>) -> Index {
    let mut index = Index::with_capacity_and_hasher(pairs.len(), FxBuildHasher);
    for (&pair, found) in pairs {
        let words = found.iter().map(|found| found.words as usize).sum();
        index.insert(pair, Candidate { count: found.iter().map(|found| found.count).sum(), words: vec![0; words] });
    }
    let mut places: Vec<FxHashMap<Pair, (&mut [u32], usize)>> =
        ranges.iter().map(|_| FxHashMap::with_capacity_and_hasher(pairs.len(), FxBuildHasher)).collect();
    for (pair, candidate) in &mut index {
        let mut rest = candidate.words.as_mut_slice();
        for (place, found) in places.iter_mut().zip(&pairs[pair]) {
            let (own, later) = rest.split_at_mut(found.words as usize);
            place.insert(*pair, (own, 0));
            rest = later;
        }
    }
    let places: Vec<_> = places.into_iter().map(Mutex::new).collect();
    parallel::map(ranges.len(), ranges.len(), |part| {
        let mut places = places[part].lock().expect("no holder panics");
        fill_words(arena, ranges[part].clone(), &mut places);
    });
    drop(places);
    index
}

fn fill_words(arena: &WordArena, words: Range<usize>, places: &mut FxHashMap<Pair, (&mut [u32], usize)>) {
    for word in words {
        for_each_pair(arena.word(word), |pair, _| {
            let Some((list, filled)) = places.get_mut(&pair) else { return };
            if filled.checked_sub(1).is_none_or(|last| list[last] != word as u32) {
                list[*filled] = word as u32;
                *filled += 1;
            }
        });
    }
}
