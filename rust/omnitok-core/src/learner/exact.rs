//! The engine of [`Mode::Exact`](super::Mode::Exact).
//!
//! It relies on this: **no two merges make the same bytes, and no pair is merged twice.** Say that the token `B` was made
//! from `u v` at step `s`, and that later, at step `t`, the same bytes stand somewhere as two tokens `x y`. Both ends of
//! that place are borders between tokens at step `t`, so they were at every step before: merges only remove borders.
//! Between two borders that stay, merges do the same whatever stands outside. (Only a run of equal tokens could reach
//! over a border, and one that is replaced from left to right across a border would remove it.) So the place went
//! through the same merges as the one that became `B`: at step `s` it read `u v`, and it became `B`. It follows that all
//! copies of a token are made at one step, so a pair can arise only when one of its tokens is made, and not again once
//! it is merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::arena::WordArena;
use super::deltas::Deltas;
use super::options::{LearnOptions, Scale};
use super::pair::Pair;
use super::rounds::{Candidate, Index, index_pairs};
use super::tokens::Tokens;
use super::{BYTE_TOKENS, Learned, MERGES_PER_REPORT, Merge, ProgressCallback, Stage, exhausted, report};
use crate::Result;

pub(super) fn learn(
    arena: WordArena,
    scale: &Scale,
    options: &LearnOptions,
    progress: ProgressCallback<'_>,
) -> Result<Learned> {
    let mut learner = ExactLearner::new(arena, scale, options)?;
    learner.start_round(progress, options)?;
    while learner.tokens.len() < options.vocab_size {
        match learner.next_pair() {
            Some((pair, candidate)) => learner.merge(pair, &candidate, progress, options)?,
            None if learner.threshold > learner.minimum => learner.start_round(progress, options)?,
            None => return Err(exhausted(learner.tokens.len(), options)),
        }
    }
    report(progress, Stage::Merging, learner.tokens.len(), options.vocab_size)?;
    Ok(Learned { tokens: learner.tokens.into_bytes(), merges: learner.merges })
}

struct ExactLearner<'a> {
    arena: WordArena,
    scale: &'a Scale,
    tokens: Tokens,
    merges: Vec<Merge>,
    /// All pairs that occur at least `threshold` times and may be merged.
    index: Index,
    threshold: u64,
    /// The threshold below which no pair is ever merged.
    minimum: u64,
    /// Every indexed pair, with a count that is not below its own: pairs become rarer in silence, and the queue finds out
    /// when their turn comes. The highest count comes first and then the smallest pair.
    queue: BinaryHeap<(u64, Reverse<Pair>)>,
    /// Scratch space of [`Self::merge`], one for each thread.
    deltas: Vec<Deltas>,
}

impl<'a> ExactLearner<'a> {
    fn new(arena: WordArena, scale: &'a Scale, options: &LearnOptions) -> Result<Self> {
        Ok(Self {
            arena,
            scale,
            tokens: Tokens::new(0..=255, options.max_token_bytes),
            merges: Vec::with_capacity(options.vocab_size - BYTE_TOKENS),
            index: Index::default(),
            threshold: u64::MAX,
            minimum: scale.up(options.min_frequency)?,
            queue: BinaryHeap::new(),
            deltas: std::iter::repeat_with(Deltas::default).take(options.threads.max(1)).collect(),
        })
    }

    fn start_round(&mut self, progress: ProgressCallback<'_>, options: &LearnOptions) -> Result<()> {
        report(progress, Stage::CountingPairs, self.tokens.len(), options.vocab_size)?;
        // Before the next index there must be room for it.
        self.index = Index::default();
        self.arena.compact();
        let threads = self.deltas.len();
        (self.index, self.threshold) =
            index_pairs(&self.arena, &self.tokens, self.minimum, self.threshold - 1, threads);
        self.queue = self.index.iter().map(|(&pair, candidate)| (candidate.count, Reverse(pair))).collect();
        Ok(())
    }

    /// Takes the best pair out of the index, if one reaches the threshold.
    fn next_pair(&mut self) -> Option<(Pair, Candidate)> {
        while let Some((count, Reverse(pair))) = self.queue.pop() {
            let Some(candidate) = self.index.get(&pair) else { continue };
            if candidate.count < count && candidate.count >= self.threshold {
                self.queue.push((candidate.count, Reverse(pair)));
                continue;
            }
            let is_current = candidate.count == count;
            let candidate = self.index.remove(&pair)?;
            if is_current {
                return Some((pair, candidate));
            }
        }
        None
    }

    fn merge(
        &mut self,
        pair: Pair,
        candidate: &Candidate,
        progress: ProgressCallback<'_>,
        options: &LearnOptions,
    ) -> Result<()> {
        let (id, is_new) = self.tokens.join(pair);
        debug_assert!(is_new, "no two merges make the same bytes");
        let count = self.scale.down(candidate.count);
        self.merges.push(Merge { left: pair.left(), right: pair.right(), id, count });
        self.arena.join(pair, id, &candidate.words, &mut self.deltas);
        let mut deltas = std::mem::take(&mut self.deltas[0]);
        self.apply(&deltas, pair);
        deltas.clear();
        self.deltas[0] = deltas;
        if self.tokens.len().is_multiple_of(MERGES_PER_REPORT) {
            report(progress, Stage::Merging, self.tokens.len(), options.vocab_size)?;
        }
        Ok(())
    }

    /// Brings the index up to date with a merge of `merged`.
    fn apply(&mut self, deltas: &Deltas, merged: Pair) {
        // For each entry, where its words go: a list in `fresh`, or nowhere.
        let mut fresh: Vec<(Pair, Candidate)> = Vec::new();
        let mut places: Vec<u32> = Vec::with_capacity(deltas.entries().len());
        for delta in deltas.entries() {
            places.push(NOWHERE);
            if delta.pair == merged {
                continue;
            }
            if let Some(known) = self.index.get_mut(&delta.pair) {
                known.count = delta.after(known.count);
            } else if delta.after(0) >= self.threshold && self.tokens.may_join(delta.pair) {
                *places.last_mut().expect("pushed above") = fresh.len() as u32;
                let words = Vec::with_capacity(delta.words as usize);
                fresh.push((delta.pair, Candidate { count: delta.after(0), words }));
            }
        }
        if fresh.is_empty() {
            return;
        }
        for &(entry, word) in deltas.gains() {
            if let Some((_, candidate)) = fresh.get_mut(places[entry as usize] as usize) {
                candidate.words.push(word);
            }
        }
        for (pair, candidate) in fresh {
            self.queue.push((candidate.count, Reverse(pair)));
            self.index.insert(pair, candidate);
        }
    }
}

const NOWHERE: u32 = u32::MAX;
