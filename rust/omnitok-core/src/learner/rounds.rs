//! Rounds: the index from pairs to places, kept for frequent pairs only.
//!
//! Most pairs are rare and never merged, yet an index of all pairs spends most of its memory and time on them. So the
//! learner works in rounds. A round has a threshold: all pairs that occur at least so often are indexed, and merges go on
//! as long as the best of them does. Pairs below the threshold are not even remembered. Then the words, shorter by now, are
//! counted again for a lower threshold.
//!
//! This is exact. New pairs arise from new tokens only (`exact` proves it), so all their places are known when they arise,
//! and from then on pairs become rarer: one that is below the threshold stays there. Nor is it slow: thresholds fall
//! geometrically, so there are few rounds.

use std::sync::Mutex;

use super::arena::WordArena;
use super::cell::Cell;
use super::census::{Frequent, frequent_pairs};
use super::course::Alphabet;
use super::index::Index;
use crate::parallel;

/// Thresholds fall by this factor from round to round, measured from the best pair that is left.
const THRESHOLD_STEP: u64 = 16;

/// Indexes all pairs that occur at least `minimum` times, or more often if there are pairs more frequent than that by more
/// than [`THRESHOLD_STEP`]. Returns the index and its threshold; no pair that may be merged reaches `ceiling`. The words must
/// be compact.
///
/// O(S) for S tokens left in all words, in two or three passes.
pub(super) fn index_pairs<C: Cell>(
    arena: &WordArena<C>,
    tokens: &impl Alphabet,
    minimum: u64,
    ceiling: u64,
    threads: usize,
) -> (Index, u64) {
    let threshold_of = |highest: u64| (highest.min(ceiling) / THRESHOLD_STEP).max(minimum);
    let (mut frequent, threshold) = frequent_pairs(arena, tokens, threshold_of, threads);
    let places = collect(arena, &mut frequent);
    let pairs: Vec<_> = frequent.into_iter().flat_map(|own| own.pairs).collect();
    (Index::new(pairs.into_iter(), places), threshold)
}

/// The places of all pairs. Every thread writes the lists of its own pairs.
fn collect<C: Cell>(arena: &WordArena<C>, frequent: &mut [Frequent]) -> Vec<u32> {
    let length = |own: &Frequent| own.pairs.iter().map(|&(.., length)| length as usize).sum();
    let lengths: Vec<usize> = frequent.iter().map(length).collect();
    let mut places = vec![0; lengths.iter().sum()];
    let mut rest = places.as_mut_slice();
    let mut parts = Vec::with_capacity(frequent.len());
    for (own, length) in frequent.iter_mut().zip(lengths) {
        let (lists, later) = rest.split_at_mut(length);
        parts.push(Mutex::new((own, lists)));
        rest = later;
    }
    parallel::map(parts.len(), parts.len(), |part| {
        let mut part = parts[part].lock().expect("no holder panics");
        let (own, lists) = &mut *part;
        own.collect(arena, lists);
    });
    drop(parts);
    places
}
