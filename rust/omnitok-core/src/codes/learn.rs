//! Codes to merges over them.

use super::grid::MOST_SYMBOLS;
use super::table::{check_codes, check_columns, check_layout, codebooks, keeps_frames};
use super::{lines, planes};
use crate::error::{Error, Result};
use crate::learner::course::{Alphabet, Course};
use crate::learner::pair::Pair;
use crate::learner::work::Work;
use crate::learner::{MERGES_PER_REPORT, Progress, ProgressCallback, Stage};
use crate::parallel::Watch;
use crate::vocabulary::{CodeLayout, CodeMerge, MAX_CODES, Symbols};

/// More symbols take too much room in tables by symbol.
const MOST_LEARNED: u64 = 1 << 24;

/// Places on a grid between two reports: some 10 ms.
const PLACES_PER_REPORT: usize = 1 << 16;

/// How to learn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeLearnOptions {
    /// Number of merges.
    pub merges: usize,
    /// A pair that occurs less often is not merged.
    pub min_count: u64,
    /// The most steps of the finest codebook that a merge may take in time; a codebook with a stride has a code every so many.
    pub max_steps: Option<u64>,
    /// Whether merges keep to frames: each lies inside one, or is made of whole ones. It means nothing for codebooks with one
    /// code a frame.
    pub whole_frames: bool,
    /// Whether planes are merged along their rows only: each row is a line.
    pub rows_only: bool,
    /// Threads. The result does not depend on them.
    pub threads: usize,
}

/// Codes of one codebook that belong together: no merge reaches beyond them.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'s> {
    /// Of which codebook.
    pub codebook: usize,
    /// Columns of a plane, whose rows follow each other; `None` in time.
    pub columns: Option<usize>,
    /// The codes, by their place in the codebook.
    pub codes: &'s [u32],
}

/// What learning gives.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CodesLearned {
    /// The merges, in the order of their symbols.
    pub merges: Vec<CodeMerge>,
    /// How often the pair of each occurred when it was chosen.
    pub counts: Vec<u64>,
}

/// Learns merges: one after the other the pair that can be replaced most often, and of several the one with the smallest left
/// symbol, then the smallest right one, then beside before below.
///
/// A run of a symbol counts half its length, as it is replaced from its begin. The result is the same for any number of
/// threads; the callback hears of every thousand merges, and several times a second, and may stop the work.
///
/// Lines are learned by the engine of text, in O(n) replacements in all for n codes and O(log pairs) for each merge; so are
/// planes and lines that keep to frames, on a grid. Memory: about 2 bytes a code, or 4 on a grid, and 4 for each place of a
/// frequent pair.
///
/// # Errors
/// [`Error::Argument`] for samples that are none of this layout, [`Error::Training`] for options that make no sense,
/// [`Error::Exhausted`] for codes that yield fewer merges; [`Error::Interrupted`]; [`Error::Memory`].
pub fn learn(
    layout: &CodeLayout,
    samples: &[Sample],
    options: &CodeLearnOptions,
    progress: ProgressCallback<'_>,
) -> Result<CodesLearned> {
    check(layout, samples, options)?;
    let mut run = CodeRun::new(layout, options, progress);
    let is_plane = layout.patch.is_some() && !options.rows_only;
    let has_frames = options.whole_frames && run.codebooks.iter().any(|&(.., frame)| frame > 1);
    if is_plane || has_frames {
        planes::learn(&mut run, samples)?;
    } else {
        lines::learn(&mut run, samples)?;
    }
    Ok(run.learned)
}

fn check(layout: &CodeLayout, samples: &[Sample], options: &CodeLearnOptions) -> Result<()> {
    check_layout(layout)?;
    let is_plane = layout.patch.is_some();
    if layout.codes().saturating_add(options.merges as u64) >= MOST_LEARNED.min(u64::from(MOST_SYMBOLS)) {
        let reason =
            format!("{} codes and {} merges are more than {MOST_LEARNED} symbols", layout.codes(), options.merges);
        return Err(Error::Training(reason));
    }
    if is_plane && (options.max_steps.is_some() || options.whole_frames) {
        return Err(Error::Training("codes in a plane have no duration and no frames; leave these options out".into()));
    }
    if !is_plane && options.rows_only {
        return Err(Error::Training("codes in time have no rows; leave rows_only out".into()));
    }
    let known = codebooks(layout);
    for (index, sample) in samples.iter().enumerate() {
        let within = |error: Error| error.within(format!("sample {index}"));
        let Some(&(_, size, _)) = known.get(sample.codebook) else {
            let (found, most) = (sample.codebook, known.len());
            return Err(within(Error::Argument(format!("it is of codebook {found}, and there are {most} codebooks"))));
        };
        if sample.columns.is_some() != is_plane {
            let what =
                if is_plane { "lie in a plane, and it has no columns" } else { "lie in time, and it has columns" };
            return Err(within(Error::Argument(format!("codes of this layout {what}"))));
        }
        check_columns(sample.codes.len(), sample.columns).map_err(within)?;
        check_codes(sample.codebook, size, sample.codes).map_err(within)?;
    }
    Ok(())
}

/// A run of learning: the symbols and merges so far, and who is told of them.
pub(super) struct CodeRun<'a> {
    pub(super) options: &'a CodeLearnOptions,
    pub(super) alphabet: CodeAlphabet,
    /// Of each codebook the first symbol, its codes, and how many of them in a frame.
    pub(super) codebooks: Vec<(u32, u32, u32)>,
    pub(super) learned: CodesLearned,
    progress: ProgressCallback<'a>,
    work: Work,
}

/// The symbols, and how long they may get.
pub(super) struct CodeAlphabet {
    pub(super) symbols: Symbols,
    /// By codebook, in codes.
    longest: Vec<u64>,
    /// Whether any two symbols of a line make one: of one codebook, without a limit, and none longer than half of the longest.
    is_free: bool,
}

impl CodeAlphabet {
    /// Whether a merge is a run or a rectangle, and not too long.
    #[inline]
    pub(super) fn may_merge(&self, merge: CodeMerge) -> bool {
        self.symbols.joined(merge).is_some_and(|whole| whole.codes() <= self.longest[whole.codebook as usize])
    }
}

impl Alphabet for CodeAlphabet {
    fn len(&self) -> usize {
        self.symbols.codes() as usize + self.symbols.merges()
    }

    #[inline]
    fn may_join(&self, pair: Pair) -> bool {
        self.is_free || self.may_merge(CodeMerge { left: pair.left(), right: pair.right(), down: false })
    }

    fn is_vetoed(&self, _: Pair) -> bool {
        false
    }
}

impl<'a> CodeRun<'a> {
    fn new(layout: &CodeLayout, options: &'a CodeLearnOptions, progress: ProgressCallback<'a>) -> Self {
        let longest = |codebook: usize| {
            options.max_steps.map_or(u64::MAX, |steps| steps / u64::from(layout.stride(codebook).max(1)))
        };
        let alphabet = CodeAlphabet {
            symbols: Symbols::new(layout),
            longest: (0..layout.codebooks.len()).map(longest).collect(),
            is_free: layout.codebooks.len() == 1 && options.max_steps.is_none(),
        };
        let (codebooks, learned) = (codebooks(layout), CodesLearned::default());
        Self { options, alphabet, codebooks, learned, progress, work: Work::default() }
    }

    /// Whether merges of so many codes may begin at a place of a codebook; lines begin at multiples of a frame.
    #[inline]
    pub(super) fn may_begin(&self, merge: CodeMerge, place: u32) -> bool {
        !self.options.whole_frames
            || self.alphabet.symbols.joined(merge).is_some_and(|whole| {
                keeps_frames(whole.width, place as usize, self.codebooks[whole.codebook as usize].2)
            })
    }

    /// The symbols of a sample.
    pub(super) fn symbols_of<'s>(&self, sample: &Sample<'s>) -> impl ExactSizeIterator<Item = u32> + use<'s> {
        let (first, ..) = self.codebooks[sample.codebook];
        sample.codes.iter().map(move |code| first + code)
    }

    /// Whether there are as many merges as asked for.
    pub(super) fn is_done(&self) -> bool {
        self.learned.merges.len() >= self.options.merges
    }

    /// To be called at every place of many: few of them make a report.
    pub(super) fn report_now_and_then(&mut self, number: usize, stage: Stage, left: u64) -> Result<()> {
        if number % PLACES_PER_REPORT == PLACES_PER_REPORT - 1 { self.report(stage, left) } else { Ok(()) }
    }

    /// Makes the symbol of a merge, and returns it.
    pub(super) fn push(&mut self, merge: CodeMerge, count: u64) -> u32 {
        let symbol = self.alphabet.len() as u32;
        let outcome = self.alphabet.symbols.push(merge);
        debug_assert_eq!(outcome, Ok(()), "only pairs that may be merged are chosen");
        self.alphabet.is_free &= self.alphabet.symbols.extent(symbol).is_some_and(|of| 2 * of.codes() <= MAX_CODES);
        self.learned.merges.push(merge);
        self.learned.counts.push(count);
        symbol
    }
}

impl Course for CodeRun<'_> {
    type Symbols = CodeAlphabet;

    fn symbols(&self) -> &CodeAlphabet {
        &self.alphabet
    }

    fn minimum(&self) -> u64 {
        self.options.min_count.max(1)
    }

    fn threads(&self) -> usize {
        self.options.threads
    }

    fn merge(&mut self, pair: Pair, count: u64) -> u32 {
        self.push(CodeMerge { left: pair.left(), right: pair.right(), down: false }, count)
    }

    fn merged(&mut self, replaced: u64, left: u64) -> Result<()> {
        self.work.add(replaced);
        let is_due = self.work.is_much() || self.learned.merges.len().is_multiple_of(MERGES_PER_REPORT);
        if is_due { self.report(Stage::Merging, left) } else { Ok(()) }
    }

    fn report(&mut self, stage: Stage, left: u64) -> Result<()> {
        let flow = self.watched(stage, left, |_, watch| watch());
        if flow.is_break() { Err(Error::Interrupted) } else { Ok(()) }
    }

    fn watched<T>(&mut self, stage: Stage, left: u64, work: impl FnOnce(&CodeAlphabet, Watch) -> T) -> T {
        let now = Progress {
            stage,
            merges_done: self.learned.merges.len(),
            merges_wanted: self.options.merges,
            work_done: self.work.done(),
            work_expected: self.work.expected(self.options.merges, left),
        };
        work(&self.alphabet, &mut || (self.progress)(now))
    }

    fn exhausted(&self) -> Error {
        let (found, CodeLearnOptions { merges, min_count, .. }) = (self.learned.merges.len(), self.options);
        let least = if *min_count > 1 { ", or lower min_count" } else { "" };
        let reason = format!(
            "these codes yield {found} merges and {merges} were asked for (min_count {min_count}); ask for {found}, learn from \
             more codes{least}"
        );
        Error::Exhausted { tokens: found, reason }
    }
}
