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
use super::checkpoint::Keeper;
use super::deltas::{Deltas, Side};
use super::options::{LearnOptions, Scale};
use super::order::{Order, Ranked};
use super::pair::Pair;
use super::replay::Replay;
use super::rounds::{Candidate, Index, index_pairs};
use super::tokens::Tokens;
use super::work::Work;
use super::{Learned, MERGES_PER_REPORT, Merge, Progress, ProgressCallback, Stage, blank, exhausted};
use crate::counts::WordCounts;
use crate::{Error, Result};

/// Learns with ties in the order of `O`, from the tokens of `keeper` on.
pub(super) fn learn<O: Order>(
    counts: &WordCounts,
    options: &LearnOptions,
    keeper: Keeper<'_>,
    progress: ProgressCallback<'_>,
) -> Result<Learned> {
    let scale = options.scale(counts.languages().as_slice())?;
    let mut learner = ExactLearner::<O>::new(&scale, options, keeper, progress)?;
    let outcome = learner.learn(counts);
    learner.keeper.save(matches!(outcome, Err(Error::Interrupted)) || outcome.is_ok())?;
    outcome?;
    Ok(Learned { tokens: learner.tokens.into_bytes(), merges: learner.keeper.into_merges() })
}

struct ExactLearner<'a, O> {
    scale: &'a Scale,
    options: &'a LearnOptions,
    progress: ProgressCallback<'a>,
    tokens: Tokens,
    /// Number of tokens that there were before all merges, and before those of this run.
    base: usize,
    first: usize,
    keeper: Keeper<'a>,
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
    work: Work,
    /// Tokens in all words.
    symbols: u64,
}

impl<'a, O: Order> ExactLearner<'a, O> {
    fn new(
        scale: &'a Scale,
        options: &'a LearnOptions,
        keeper: Keeper<'a>,
        progress: ProgressCallback<'a>,
    ) -> Result<Self> {
        let mut tokens = Tokens::new(keeper.tokens(), options.max_token_bytes);
        if options.whole_characters {
            tokens.keep_characters_whole();
        }
        veto_parts_of_unreachable(&mut tokens, keeper.base());
        Ok(Self {
            scale,
            options,
            progress,
            base: keeper.base(),
            first: tokens.len(),
            tokens,
            keeper,
            index: Index::default(),
            threshold: u64::MAX,
            minimum: scale.up(options.min_frequency)?,
            queue: BinaryHeap::new(),
            deltas: std::iter::repeat_with(Deltas::default).take(options.threads.max(1)).collect(),
            work: Work::default(),
            symbols: 0,
        })
    }

    /// Learns in narrow cells for as long as ids fit into them, and then in wide ones.
    fn learn(&mut self, counts: &WordCounts) -> Result<()> {
        let wide = if self.fits::<u16>() {
            let narrow = self.words::<u16>(counts)?;
            match self.run(narrow)? {
                None => return Ok(()),
                Some(rest) => rest.widened(),
            }
        } else {
            self.words::<u32>(counts)?
        };
        self.run(wide).map(|_| ())
    }

    /// Whether a round may begin with cells of this type: its ids should not run out soon.
    fn fits<C: Cell>(&self) -> bool {
        C::PER_U32 == 1 || self.tokens.len() < usize::from(u16::MAX / 2)
    }

    /// All words, as the tokens that there are.
    fn words<C: Cell>(&mut self, counts: &WordCounts) -> Result<WordArena<C>> {
        let mut arena = WordArena::new(counts, self.scale, &self.tokens.byte_ids())?;
        if arena.is_blank() {
            return Err(blank());
        }
        if self.tokens.len() > super::BYTE_TOKENS {
            let replay = Replay::new(&self.tokens);
            arena.rewrite_all(self.deltas.len(), |scratch, word| replay.replay_word(scratch, word));
        }
        Ok(arena)
    }

    /// Learns until the vocabulary is full; gives the words back when cells of this type have no room for more ids.
    fn run<C: Cell>(&mut self, mut arena: WordArena<C>) -> Result<Option<WordArena<C>>> {
        let room = if C::PER_U32 == 1 { u32::MAX as usize } else { usize::from(u16::MAX) };
        self.start_round(&mut arena)?;
        while self.tokens.len() < self.options.vocab_size {
            if self.tokens.len() == room {
                self.leave_round();
                return Ok(Some(arena));
            }
            match self.next_pair() {
                Some((pair, candidate)) => self.merge(&mut arena, pair, &candidate)?,
                None if self.threshold <= self.minimum => {
                    return Err(exhausted(self.tokens.len(), self.options));
                }
                None if self.fits::<C>() => self.start_round(&mut arena)?,
                None => return Ok(Some(arena)),
            }
        }
        self.report(Stage::Merging)?;
        Ok(None)
    }

    /// Ends a round whose pairs were not all merged: the next one has to find them again.
    fn leave_round(&mut self) {
        (self.index, self.threshold) = (Index::default(), u64::MAX);
    }

    fn start_round<C: Cell>(&mut self, arena: &mut WordArena<C>) -> Result<()> {
        self.report(Stage::CountingPairs)?;
        // Before the next index there must be room for it.
        self.index = Index::default();
        self.queue = BinaryHeap::new();
        arena.compact();
        self.symbols = arena.cells_len() as u64;
        let threads = self.deltas.len();
        (self.index, self.threshold) = index_pairs(arena, &self.tokens, self.minimum, self.threshold - 1, threads);
        let ranked = |(&pair, candidate): (&Pair, &Candidate)| (candidate.count, Reverse(O::of(pair, &self.tokens)));
        self.queue = self.index.iter().map(ranked).collect();
        Ok(())
    }

    /// Takes the best pair out of the index, if one reaches the threshold.
    fn next_pair(&mut self) -> Option<(Pair, Candidate)> {
        while let Some((count, Reverse(order))) = self.queue.pop() {
            let pair = order.pair();
            let Some(candidate) = self.index.get(&pair) else { continue };
            if candidate.count < count && candidate.count >= self.threshold {
                self.queue.push((candidate.count, Reverse(order)));
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

    fn merge<C: Cell>(&mut self, arena: &mut WordArena<C>, pair: Pair, candidate: &Candidate) -> Result<()> {
        let (id, is_new) = self.tokens.join(pair);
        debug_assert!(is_new, "no two merges make the same bytes");
        let count = self.scale.down(candidate.count);
        self.keeper.push(Merge { left: pair.left(), right: pair.right(), id, count });
        arena.join(pair, id, &candidate.words, &mut self.deltas);
        let deltas = std::mem::take(&mut self.deltas[0]);
        let [before, after] = deltas.sides();
        self.apply(before, |token| (Pair::new(token, pair.left()), Pair::new(token, id)));
        self.apply(after, |token| (Pair::new(pair.right(), token), Pair::new(id, token)));
        self.work.add(deltas.replaced);
        self.symbols = self.symbols.saturating_sub(deltas.replaced);
        self.deltas[0] = deltas;
        if self.tokens.len().is_multiple_of(MERGES_PER_REPORT) {
            self.report(Stage::Merging)?;
            self.keeper.save(false)?;
        }
        Ok(())
    }

    /// Brings the index up to date with what a merge changed on one side. `pairs` are those of a neighbour with the old
    /// token and with the new one.
    fn apply(&mut self, side: &Side, pairs: impl Fn(u32) -> (Pair, Pair)) {
        // For each neighbour, where its words go: a list in `fresh`, or nowhere.
        let mut fresh: Vec<(Pair, Candidate)> = Vec::new();
        let mut places: Vec<u32> = Vec::with_capacity(side.neighbours().len());
        for neighbour in side.neighbours() {
            let (old, new) = pairs(neighbour.token);
            if let Some(known) = self.index.get_mut(&old) {
                known.count = known.count.wrapping_add(neighbour.change);
            }
            let count = neighbour.gained;
            if count >= self.threshold && self.tokens.may_join(new) && !self.tokens.is_vetoed(new) {
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
            self.queue.push((candidate.count, Reverse(O::of(pair, &self.tokens))));
            self.index.insert(pair, candidate);
        }
    }

    fn report(&mut self, stage: Stage) -> Result<()> {
        let wanted = self.options.vocab_size;
        let now = Progress {
            stage,
            merges_done: self.tokens.len() - self.base,
            merges_wanted: wanted - self.base,
            work_done: self.work.done(),
            work_expected: self.work.expected(wanted - self.first, self.symbols),
        };
        if (self.progress)(now).is_break() { Err(Error::Interrupted) } else { Ok(()) }
    }
}

const NOWHERE: u32 = u32::MAX;

/// Of the first `base` tokens some may be such that no merges lead to them: no part of these is made.
pub(super) fn veto_parts_of_unreachable(tokens: &mut Tokens, base: usize) {
    if base == super::BYTE_TOKENS {
        return;
    }
    let mut parts = Vec::new();
    for id in Replay::new(tokens).unreachable(base) {
        let bytes = tokens.get(id);
        for start in 0..bytes.len() {
            parts.extend((start + 1..=bytes.len()).map(|end| bytes[start..end].to_vec()));
        }
    }
    tokens.veto(parts);
}
