//! What is common to every way to choose merges: the tokens, the merges so far and how far they are.

use super::checkpoint::Keeper;
use super::course::{Alphabet, Course};
use super::options::{LearnOptions, Scale};
use super::pair::Pair;
use super::replay::Replay;
use super::tokens::Tokens;
use super::work::Work;
use super::{Learned, MERGES_PER_REPORT, Merge, Progress, ProgressCallback, Stage, exhausted, stages};
use crate::counts::{Candidates, WordCounts};
use crate::parallel::Watch;
use crate::{Error, Result};

pub(super) struct Run<'a> {
    pub(super) options: &'a LearnOptions,
    pub(super) scale: Scale,
    pub(super) tokens: Tokens,
    /// The weighted count below which no pair is merged.
    pub(super) minimum: u64,
    candidates: Option<Candidates>,
    progress: ProgressCallback<'a>,
    keeper: Keeper<'a>,
    /// Number of tokens that there were before all merges, and before those of this run.
    base: usize,
    first: usize,
    work: Work,
}

impl<'a> Run<'a> {
    /// Goes on from the tokens of `keeper`.
    pub(super) fn new(
        counts: &WordCounts,
        options: &'a LearnOptions,
        keeper: Keeper<'a>,
        progress: ProgressCallback<'a>,
    ) -> Result<Self> {
        let tokens = stages::tokens_to_begin_with(counts, options, keeper.tokens(), keeper.base())?;
        let scale = options.scale(counts.languages().as_slice())?;
        Ok(Self {
            options,
            minimum: stages::minimum(counts, options, &scale)?,
            candidates: counts.candidates().cloned(),
            scale,
            base: keeper.base(),
            first: tokens.len(),
            tokens,
            progress,
            keeper,
            work: Work::default(),
        })
    }

    /// Number of tokens before all merges.
    pub(super) fn base(&self) -> usize {
        self.base
    }

    /// Keeps the merges, if they are to be kept, and gives them back.
    pub(super) fn finish(mut self, outcome: Result<()>) -> Result<Learned> {
        self.keeper.save(matches!(outcome, Err(Error::Interrupted)) || outcome.is_ok())?;
        outcome?;
        Ok(Learned { tokens: self.tokens.into_bytes(), merges: self.keeper.into_merges() })
    }
}

impl Course for Run<'_> {
    type Symbols = Tokens;

    fn symbols(&self) -> &Tokens {
        &self.tokens
    }

    fn minimum(&self) -> u64 {
        self.minimum
    }

    fn threads(&self) -> usize {
        self.options.threads
    }

    fn merge(&mut self, pair: Pair, count: u64) -> u32 {
        let (id, is_new) = self.tokens.join(pair);
        debug_assert!(is_new, "no two merges make the same bytes");
        let count = self.scale.down(count);
        self.keeper.push(Merge { left: pair.left(), right: pair.right(), id, count });
        id
    }

    fn merged(&mut self, replaced: u64, symbols: u64) -> Result<()> {
        self.work.add(replaced);
        if self.work.is_much() || self.tokens.len().is_multiple_of(MERGES_PER_REPORT) {
            self.report(Stage::Merging, symbols)?;
            self.keeper.save(false)?;
        }
        Ok(())
    }

    fn report(&mut self, stage: Stage, symbols: u64) -> Result<()> {
        let flow = self.watched(stage, symbols, |_, watch| watch());
        if flow.is_break() { Err(Error::Interrupted) } else { Ok(()) }
    }

    fn watched<T>(&mut self, stage: Stage, symbols: u64, work: impl FnOnce(&Tokens, Watch) -> T) -> T {
        let wanted = self.options.vocab_size;
        let now = Progress {
            stage,
            merges_done: self.tokens.len() - self.base,
            merges_wanted: wanted - self.base,
            work_done: self.work.done(),
            work_expected: self.work.expected(wanted - self.first, symbols),
        };
        work(&self.tokens, &mut || (self.progress)(now))
    }

    fn exhausted(&self) -> Error {
        let is_known = self.scale.up(self.options.min_frequency).is_ok_and(|least| least == self.minimum);
        match &self.candidates {
            Some(candidates) if !is_known => stages::unknown(candidates, self.tokens.len(), self.options),
            _ => exhausted(self.tokens.len(), self.options),
        }
    }
}

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
