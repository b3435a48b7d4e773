//! Learning from lines, by the engine that learns from text: a line is a word that occurs once.

use super::learn::{CodeRun, Sample};
use crate::error::Result;
use crate::learner::arena::WordArena;
use crate::learner::cell::Cell;
use crate::learner::course::{Alphabet, Course};
use crate::learner::exact::{self, Words};
use crate::learner::pair::Pair;

/// Samples in time, and planes row by row.
struct Lines<'s>(&'s [Sample<'s>]);

impl Words<CodeRun<'_>> for Lines<'_> {
    fn arena<C: Cell>(&self, run: &CodeRun<'_>) -> Result<WordArena<C>> {
        let rows = |sample: &Sample<'_>| sample.codes.len() / sample.columns.unwrap_or(sample.codes.len()).max(1);
        let (codes, borders) = (self.0.iter().map(|sample| sample.codes.len()).sum(), self.0.iter().map(rows).sum());
        let lines = self.0.iter().flat_map(|sample| {
            let columns = sample.columns.unwrap_or(sample.codes.len()).max(1);
            sample.codes.chunks(columns).map(move |codes| run.symbols_of(&Sample { codes, ..*sample }))
        });
        WordArena::once_each(lines, codes, borders)
    }
}

pub(super) fn learn(run: &mut CodeRun, samples: &[Sample]) -> Result<()> {
    if run.is_done() {
        return Ok(());
    }
    let target = run.symbols().len() + run.options.merges;
    exact::learn::<Pair, _>(run, &Lines(samples), target)
}
