//! Merging runs that lie in files, in little memory: the reduce step of counting when the tables were too large.
//!
//! As in `merge`, pivots cut the words into ranges that have nothing to do with each other, and each thread merges one
//! range out of all runs.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::budget::Budget;
use super::key::WordKey;
use super::run::{Run, RunFile, RunWriter};
use super::run_reader::RunReader;
use super::words::{SortedWords, WordSink};
use crate::parallel::{self, Watch};
use crate::{Error, Result};

/// Ranges for each thread: so often does a merge look whether to go on, and so little do unequal ranges matter.
const RANGES_PER_THREAD: usize = 8;
/// The buffer of a reader when nobody set a limit.
const BUFFER: usize = 1 << 16;
const WRITE_BUFFER: usize = 1 << 16;

/// Words of which the first is not less than `first`, and all are less than `end`.
struct Range<'a> {
    first: &'a [u8],
    end: Option<&'a [u8]>,
}

impl Range<'_> {
    fn is_past(&self, word: &[u8]) -> bool {
        self.end.is_some_and(|end| word >= end)
    }
}

/// Merges everything into memory.
pub(crate) fn into_words(runs: &[Run], threads: usize, watch: Watch) -> Result<SortedWords> {
    let parts = each_range(runs, threads, watch, |range| {
        let mut words = SortedWords::default();
        merge_range(runs, range, BUFFER, &mut words)?;
        Ok(words)
    })?;
    let mut words = SortedWords::default();
    for part in parts {
        words.append(&part)?;
    }
    Ok(words)
}

/// Merges everything into new runs, the words of each of which sort after those of the one before, within `budget`.
/// `languages` is the number of languages in them.
pub(crate) fn into_runs(
    mut runs: Vec<Run>,
    languages: usize,
    threads: usize,
    budget: &Budget,
    watch: Watch,
) -> Result<Vec<Run>> {
    while budget.buffer(1, runs.len()).is_none() {
        runs = into_fewer(&runs, languages, threads, budget, watch)?;
    }
    let (threads, buffer) = match budget.buffer(threads, runs.len()) {
        Some(buffer) => (threads, buffer),
        None => (1, budget.buffer(1, runs.len()).unwrap_or(BUFFER)),
    };
    each_range(&runs, threads, watch, |range| {
        let file = Arc::new(RunFile::temporary(&budget.folder)?);
        let mut writer = RunWriter::append(file, languages, WRITE_BUFFER)?;
        merge_range(&runs, range, buffer, &mut writer)?;
        writer.finish()
    })
}

/// Merges groups of runs into one each.
fn into_fewer(runs: &[Run], languages: usize, threads: usize, budget: &Budget, watch: Watch) -> Result<Vec<Run>> {
    let fan_in = budget.fan_in(threads);
    let groups: Vec<&[Run]> = runs.chunks(fan_in).collect();
    let buffer = budget.buffer(threads, fan_in).unwrap_or(BUFFER);
    let everything = Range { first: b"", end: None };
    in_order(threads, groups.len(), watch, |group| {
        let file = Arc::new(RunFile::temporary(&budget.folder)?);
        let mut writer = RunWriter::append(file, languages, WRITE_BUFFER)?;
        merge_range(groups[group], &everything, buffer, &mut writer)?;
        writer.finish()
    })
}

/// What `work` makes of ranges of words of similar size, in their order.
fn each_range<R: Send>(
    runs: &[Run],
    threads: usize,
    watch: Watch,
    work: impl Fn(&Range<'_>) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let pivots = pivots(runs, threads * RANGES_PER_THREAD);
    in_order(threads, pivots.len() + 1, watch, |index| {
        let first = index.checked_sub(1).map_or(&b""[..], |before| pivots[before]);
        work(&Range { first, end: pivots.get(index).copied() })
    })
}

/// `parallel::map` of work that can fail and be stopped.
fn in_order<R: Send>(
    threads: usize,
    count: usize,
    watch: Watch,
    work: impl Fn(usize) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let keep = |done: &mut Vec<(usize, R)>, index| {
        done.push((index, work(index)?));
        Ok(())
    };
    let mut done = parallel::gather(threads, count, watch, keep)?.into_iter().flatten().collect::<Vec<_>>();
    done.sort_unstable_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

/// At most `ranges - 1` different words, ascending, that cut the runs into ranges of similar size.
fn pivots(runs: &[Run], ranges: usize) -> Vec<&[u8]> {
    let mut samples: Vec<(&[u8], u64)> = Vec::new();
    for run in runs {
        let (words, step) = run.samples();
        samples.extend(words.iter().map(|(word, _)| (word.as_slice(), step)));
    }
    samples.sort_unstable();
    let whole: u64 = samples.iter().map(|(_, step)| step).sum();
    let mut pivots: Vec<&[u8]> = Vec::new();
    let mut seen = 0;
    for (word, step) in samples {
        let is_due = seen * ranges as u64 >= whole * (pivots.len() as u64 + 1);
        if is_due && pivots.len() + 1 < ranges && pivots.last() != Some(&word) {
            pivots.push(word);
        }
        seen += step;
    }
    pivots
}

/// Merges the words of a range out of all runs. O(n log(number of runs)).
fn merge_range(runs: &[Run], range: &Range<'_>, buffer: usize, sink: &mut impl WordSink) -> Result<()> {
    let mut readers = BinaryHeap::new();
    for run in runs {
        let mut reader = RunReader::new(run, range.first, buffer);
        let mut has_more = reader.advance()?;
        while has_more && reader.word() < range.first {
            has_more = reader.advance()?;
        }
        if has_more && !range.is_past(reader.word()) {
            readers.push(Reverse(reader));
        }
    }
    let (mut word, mut shares) = (Vec::new(), Vec::new());
    while let Some(mut top) = readers.peek_mut() {
        let Reverse(reader) = &mut *top;
        if reader.word() != word {
            hand_over(&word, &mut shares, sink)?;
            word.clear();
            word.extend_from_slice(reader.word());
        }
        shares.extend_from_slice(reader.shares());
        if !reader.advance()? || range.is_past(reader.word()) {
            PeekMut::pop(top);
        }
    }
    hand_over(&word, &mut shares, sink)
}

/// Gives a word and its shares, in any order, to the sink.
fn hand_over(word: &[u8], shares: &mut Vec<(u16, u64)>, sink: &mut impl WordSink) -> Result<()> {
    let key = WordKey::new(word);
    shares.sort_unstable();
    for (index, (language, count)) in shares.drain(..).enumerate() {
        sink.push(&key, language, count, index > 0)?;
    }
    Ok(())
}

/// Hands all bytes of `runs` to `write`, in order.
pub(crate) fn copy(runs: &[Run], watch: Watch, write: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let mut block = vec![0; WRITE_BUFFER];
    for run in runs {
        let mut at = run.from;
        while at < run.to {
            if matches!(watch(), ControlFlow::Break(())) {
                return Err(Error::Interrupted);
            }
            let wanted = usize::try_from(run.to - at).unwrap_or(usize::MAX).min(block.len());
            let read = run.file.read(&mut block[..wanted], at)?;
            if read == 0 {
                return Err(Error::corrupt(run.file.path(), "a temporary file in it has become shorter"));
            }
            write(&block[..read])?;
            at += read as u64;
        }
    }
    Ok(())
}
