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

use super::arena::WordArena;
use super::cell::Cell;
use super::course::{Alphabet, Course};
use super::deltas::Deltas;
use super::index::{Candidate, Index};
use super::order::{Order, Queue};
use super::pair::Pair;
use super::replay::Replay;
use super::rounds::index_pairs;
use super::run::Run;
use super::stages::Pieces;
use super::{Stage, blank};
use crate::Result;
use crate::counts::WordCounts;
use crate::parallel::Watch;

/// What is learned from.
pub(crate) trait Words<R> {
    /// All words, as the symbols that there are.
    ///
    /// # Errors
    /// There are none, or too many.
    fn arena<C: Cell>(&self, course: &R) -> Result<WordArena<C>>;
}

impl Words<Run<'_>> for WordCounts {
    fn arena<C: Cell>(&self, run: &Run<'_>) -> Result<WordArena<C>> {
        let (tokens, scale) = (&run.tokens, &run.scale);
        let (mut arena, done) = match tokens.word_ends_to_cross() {
            None => (WordArena::new(self, scale, &tokens.byte_ids())?, super::BYTE_TOKENS),
            Some(ends) => {
                let mut pieces = Pieces::new(tokens, ends);
                (WordArena::encoded(self, scale, |piece, cells| pieces.append(piece, cells))?, run.base())
            }
        };
        if arena.is_blank() {
            return Err(blank());
        }
        if tokens.len() > done {
            let replay = Replay::new(tokens);
            arena.rewrite_all(run.threads().max(1), |scratch, word| replay.replay_word(scratch, word));
        }
        Ok(arena)
    }
}

/// Learns with ties in the order of `O` until there are `target` symbols.
pub(crate) fn learn<O: Order<R::Symbols>, R: Course>(
    course: &mut R,
    words: &impl Words<R>,
    target: usize,
) -> Result<()> {
    ExactLearner::<O, R>::new(course, target).learn(words)
}

struct ExactLearner<'r, O, R> {
    course: &'r mut R,
    target: usize,
    /// All pairs that occur at least `threshold` times and may be merged.
    index: Index,
    threshold: u64,
    queue: Queue<O>,
    /// Scratch space of [`Self::merge`], one for each thread.
    deltas: Vec<Deltas>,
    /// Symbols in all words.
    symbols: u64,
}

impl<'r, O: Order<R::Symbols>, R: Course> ExactLearner<'r, O, R> {
    fn new(course: &'r mut R, target: usize) -> Self {
        Self {
            target,
            index: Index::default(),
            threshold: u64::MAX,
            queue: Queue::default(),
            deltas: std::iter::repeat_with(Deltas::default).take(course.threads().max(1)).collect(),
            symbols: 0,
            course,
        }
    }

    /// Learns in narrow cells for as long as ids fit into them, and then in wide ones.
    fn learn(&mut self, words: &impl Words<R>) -> Result<()> {
        let wide = if self.fits::<u16>() {
            let narrow = words.arena::<u16>(self.course)?;
            match self.merge_all(narrow)? {
                None => return Ok(()),
                Some(rest) => rest.widened(self.deltas.len()),
            }
        } else {
            words.arena::<u32>(self.course)?
        };
        self.merge_all(wide).map(|_| ())
    }

    /// Whether a round may begin with cells of this type: its ids should not run out soon.
    fn fits<C: Cell>(&self) -> bool {
        self.course.symbols().len() < C::ROOM / 2
    }

    /// Learns until there are enough symbols; gives the words back when cells of this type have no room for more ids.
    fn merge_all<C: Cell>(&mut self, mut arena: WordArena<C>) -> Result<Option<WordArena<C>>> {
        self.start_round(&mut arena)?;
        let mut last = u64::MAX;
        while self.course.symbols().len() < self.target {
            if self.course.symbols().len() == C::ROOM {
                self.leave_round(last);
                return Ok(Some(arena));
            }
            match self.queue.pop(&mut self.index, self.threshold, O::pair) {
                Some((pair, candidate)) => {
                    last = candidate.count;
                    self.merge(&mut arena, pair, &candidate)?;
                }
                None if self.threshold <= self.course.minimum() => {
                    return Err(self.course.exhausted());
                }
                None if self.fits::<C>() => self.start_round(&mut arena)?,
                None => return Ok(Some(arena)),
            }
        }
        self.course.report(Stage::Merging, self.symbols)?;
        Ok(None)
    }

    /// Ends a round whose pairs were not all merged: the next one has to find them again, none of them more frequent than
    /// the `last` that was.
    fn leave_round(&mut self, last: u64) {
        (self.index, self.threshold) = (Index::default(), last.saturating_add(1));
    }

    fn start_round<C: Cell>(&mut self, arena: &mut WordArena<C>) -> Result<()> {
        self.course.report(Stage::CountingPairs, self.symbols)?;
        // Before the next index there must be room for it.
        self.index = Index::default();
        self.queue = Queue::default();
        let (minimum, threads) = (self.course.minimum(), self.deltas.len());
        arena.compact(threads);
        self.symbols = arena.cells_len() as u64;
        let (ceiling, merges) = (self.threshold - 1, self.target.min(C::ROOM) - self.course.symbols().len());
        let index = |symbols: &_, watch: Watch| index_pairs(arena, symbols, minimum, ceiling, merges, threads, watch);
        (self.index, self.threshold) = self.course.watched(Stage::CountingPairs, self.symbols, index)?;
        let symbols = self.course.symbols();
        self.queue = self.index.iter().map(|(pair, count)| (count, O::of(pair, symbols))).collect();
        Ok(())
    }

    fn merge<C: Cell>(&mut self, arena: &mut WordArena<C>, pair: Pair, candidate: &Candidate) -> Result<()> {
        let id = self.course.merge(pair, candidate.count);
        arena.join(pair, id, self.index.places(candidate), &mut self.deltas);
        let (symbols, threshold) = (self.course.symbols(), self.threshold);
        let is_frequent = |new, count| count >= threshold && symbols.may_join(new) && !symbols.is_vetoed(new);
        self.index.follow(&self.deltas[0], (pair, id), is_frequent, |new, count| {
            self.queue.push(count, O::of(new, symbols));
        });
        let replaced = self.deltas[0].replaced;
        self.symbols = self.symbols.saturating_sub(replaced);
        self.course.merged(replaced, self.symbols)
    }
}
