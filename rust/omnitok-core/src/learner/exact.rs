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
//!
//! Learning that goes on from a vocabulary keeps to this as well, wherever the vocabulary came from: what a stretch of bytes
//! between two borders becomes depends on these bytes alone. Only a token that no merges lead to could still come about
//! when one of its parts is made, so no part of such a token is ever made.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::arena::WordArena;
use super::cell::Cell;
use super::deltas::Deltas;
use super::index::{Candidate, Index};
use super::order::{Order, Ranked};
use super::pair::Pair;
use super::replay::Replay;
use super::rounds::index_pairs;
use super::run::Run;
use super::stages::Pieces;
use super::{Stage, blank};
use crate::Result;
use crate::counts::WordCounts;

/// Learns with ties in the order of `O` until there are `target` tokens.
pub(super) fn learn<O: Order>(run: &mut Run<'_>, counts: &WordCounts, target: usize) -> Result<()> {
    ExactLearner::<O>::new(run, target).learn(counts)
}

struct ExactLearner<'r, 'a, O> {
    run: &'r mut Run<'a>,
    target: usize,
    /// All pairs that occur at least `threshold` times and may be merged.
    index: Index,
    threshold: u64,
    /// The threshold below which no pair is ever merged.
    minimum: u64,
    /// Every indexed pair, with a count that is not below its own: pairs become rarer in silence, and the queue finds out
    /// when their turn comes.
    queue: BinaryHeap<Ranked<O>>,
    /// Scratch space of [`Self::merge`], one for each thread.
    deltas: Vec<Deltas>,
    /// Tokens in all words.
    symbols: u64,
}

impl<'r, 'a, O: Order> ExactLearner<'r, 'a, O> {
    fn new(run: &'r mut Run<'a>, target: usize) -> Self {
        Self {
            target,
            index: Index::default(),
            threshold: u64::MAX,
            minimum: run.minimum,
            queue: BinaryHeap::new(),
            deltas: std::iter::repeat_with(Deltas::default).take(run.options.threads.max(1)).collect(),
            symbols: 0,
            run,
        }
    }

    /// Learns in narrow cells for as long as ids fit into them, and then in wide ones.
    fn learn(&mut self, counts: &WordCounts) -> Result<()> {
        let wide = if self.fits::<u16>() {
            let narrow = self.words::<u16>(counts)?;
            match self.merge_all(narrow)? {
                None => return Ok(()),
                Some(rest) => rest.widened(),
            }
        } else {
            self.words::<u32>(counts)?
        };
        self.merge_all(wide).map(|_| ())
    }

    /// Whether a round may begin with cells of this type: its ids should not run out soon.
    fn fits<C: Cell>(&self) -> bool {
        self.run.tokens.len() < C::ROOM / 2
    }

    /// All words, as the tokens that there are.
    fn words<C: Cell>(&mut self, counts: &WordCounts) -> Result<WordArena<C>> {
        let (tokens, scale) = (&self.run.tokens, &self.run.scale);
        let (mut arena, done) = match tokens.word_ends_to_cross() {
            None => (WordArena::new(counts, scale, &tokens.byte_ids())?, super::BYTE_TOKENS),
            Some(ends) => {
                let mut pieces = Pieces::new(tokens, ends);
                (WordArena::encoded(counts, scale, |piece, cells| pieces.append(piece, cells))?, self.run.base())
            }
        };
        if arena.is_blank() {
            return Err(blank());
        }
        if tokens.len() > done {
            let replay = Replay::new(&self.run.tokens);
            arena.rewrite_all(self.deltas.len(), |scratch, word| replay.replay_word(scratch, word));
        }
        Ok(arena)
    }

    /// Learns until the vocabulary is full; gives the words back when cells of this type have no room for more ids.
    fn merge_all<C: Cell>(&mut self, mut arena: WordArena<C>) -> Result<Option<WordArena<C>>> {
        self.start_round(&mut arena)?;
        while self.run.tokens.len() < self.target {
            if self.run.tokens.len() == C::ROOM {
                self.leave_round();
                return Ok(Some(arena));
            }
            match self.next_pair() {
                Some((pair, candidate)) => self.merge(&mut arena, pair, &candidate)?,
                None if self.threshold <= self.minimum => {
                    return Err(self.run.exhausted());
                }
                None if self.fits::<C>() => self.start_round(&mut arena)?,
                None => return Ok(Some(arena)),
            }
        }
        self.run.report(Stage::Merging, self.symbols)?;
        Ok(None)
    }

    /// Ends a round whose pairs were not all merged: the next one has to find them again.
    fn leave_round(&mut self) {
        (self.index, self.threshold) = (Index::default(), u64::MAX);
    }

    fn start_round<C: Cell>(&mut self, arena: &mut WordArena<C>) -> Result<()> {
        self.run.report(Stage::CountingPairs, self.symbols)?;
        // Before the next index there must be room for it.
        self.index = Index::default();
        self.queue = BinaryHeap::new();
        arena.compact();
        self.symbols = arena.cells_len() as u64;
        let threads = self.deltas.len();
        (self.index, self.threshold) = index_pairs(arena, &self.run.tokens, self.minimum, self.threshold - 1, threads);
        let ranked = |(pair, count)| (count, Reverse(O::of(pair, &self.run.tokens)));
        self.queue = self.index.iter().map(ranked).collect();
        Ok(())
    }

    /// Takes the best pair out of the index, if one reaches the threshold.
    fn next_pair(&mut self) -> Option<(Pair, Candidate)> {
        while let Some((count, Reverse(order))) = self.queue.pop() {
            let pair = order.pair();
            let Some(candidate) = self.index.get(pair) else { continue };
            if candidate.count < count && candidate.count >= self.threshold {
                self.queue.push((candidate.count, Reverse(order)));
                continue;
            }
            let is_current = candidate.count == count;
            let candidate = self.index.remove(pair)?;
            if is_current {
                return Some((pair, candidate));
            }
        }
        None
    }

    fn merge<C: Cell>(&mut self, arena: &mut WordArena<C>, pair: Pair, candidate: &Candidate) -> Result<()> {
        let id = self.run.merge(pair, candidate.count);
        arena.join(pair, id, self.index.places(candidate), &mut self.deltas);
        let (tokens, threshold) = (&self.run.tokens, self.threshold);
        let is_frequent = |new, count| count >= threshold && tokens.may_join(new) && !tokens.is_vetoed(new);
        self.index.follow(&self.deltas[0], (pair, id), is_frequent, |new, count| {
            self.queue.push((count, Reverse(O::of(new, tokens))));
        });
        let replaced = self.deltas[0].replaced;
        self.symbols = self.symbols.saturating_sub(replaced);
        self.run.merged(replaced, self.symbols)
    }
}
