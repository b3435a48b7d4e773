//! Sorted runs of words into one: the reduce step of counting.
//!
//! Every run is sorted, so the words between two pivots can be merged without looking at any other: each thread takes one
//! range of words out of all runs, and the results are laid end to end. No step is serial but that last copy.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Mutex;

use super::key::WordKey;
use super::table::{CountedRun, CountingTable};
use super::words::{SortedWords, WordSink};
use crate::{Result, parallel};

/// Pivots are chosen among this many words of each run.
const SAMPLES_PER_RUN: usize = 64;

/// Sorts the table of every worker and language.
pub(crate) fn sorted_runs(tables: Vec<(u16, CountingTable)>, threads: usize) -> Vec<CountedRun> {
    let tables: Vec<_> = tables.into_iter().map(|table| Mutex::new(Some(table))).collect();
    parallel::map(threads, tables.len(), |index| {
        let (language, table) = tables[index].lock().expect("no holder panics").take().expect("taken once");
        table.into_run(language)
    })
}

/// Merges runs by `threads` threads. O(n log(number of runs)).
pub(crate) fn all(runs: &[CountedRun], threads: usize) -> Result<SortedWords> {
    let pivots = pivots(runs, threads);
    let bounds: Vec<Vec<usize>> = std::iter::once(vec![0; runs.len()])
        .chain(pivots.iter().map(|pivot| runs.iter().map(|run| run.position(pivot)).collect()))
        .chain(std::iter::once(runs.iter().map(CountedRun::len).collect()))
        .collect();
    let ranges = bounds.len() - 1;
    let parts = parallel::map(threads, ranges, |part| {
        let mut words = SortedWords::default();
        range(runs, &bounds[part], &bounds[part + 1], &mut words)?;
        Ok::<_, crate::Error>(words)
    });
    let mut parts = parts.into_iter();
    let mut words = parts.next().expect("at least one range")?;
    for part in parts {
        words.append(&part?)?;
    }
    Ok(words)
}

/// At most `ranges - 1` words that cut the runs into ranges of similar size, ascending.
fn pivots(runs: &[CountedRun], ranges: usize) -> Vec<WordKey<'_>> {
    let mut samples: Vec<(WordKey<'_>, usize)> = Vec::new();
    for run in runs {
        let step = run.len().div_ceil(SAMPLES_PER_RUN).max(1);
        samples.extend((0..run.len()).step_by(step).map(|index| (run.get(index).0, step)));
    }
    samples.sort_unstable();
    let weight: usize = samples.iter().map(|(_, step)| step).sum();
    let mut pivots = Vec::new();
    let mut seen = 0;
    for (key, step) in samples {
        if seen * ranges >= weight * (pivots.len() + 1) && pivots.len() + 1 < ranges {
            pivots.push(key);
        }
        seen += step;
    }
    pivots
}

/// Merges all words of runs into `sink`, on this thread.
pub(crate) fn everything(runs: &[CountedRun], sink: &mut impl WordSink) -> Result<()> {
    let ends: Vec<usize> = runs.iter().map(CountedRun::len).collect();
    range(runs, &vec![0; runs.len()], &ends, sink)
}

/// Merges the words `from[i]..to[i]` of every run `i`.
fn range(runs: &[CountedRun], from: &[usize], to: &[usize], sink: &mut impl WordSink) -> Result<()> {
    let mut heads: BinaryHeap<Reverse<(WordKey<'_>, u16, usize, usize)>> = (0..runs.len())
        .filter(|&run| from[run] < to[run])
        .map(|run| Reverse((runs[run].get(from[run]).0, runs[run].language(), run, from[run])))
        .collect();
    let mut last = None;
    while let Some(mut top) = heads.peek_mut() {
        let Reverse((key, language, run, index)) = *top;
        sink.push(&key, language, runs[run].get(index).1, last == Some(key))?;
        last = Some(key);
        if index + 1 < to[run] {
            *top = Reverse((runs[run].get(index + 1).0, language, run, index + 1));
        } else {
            std::collections::binary_heap::PeekMut::pop(top);
        }
    }
    Ok(())
}

/// Merges two sets of counts whose languages get the new indices `left_languages` and `right_languages`.
pub(crate) fn two(
    left: &SortedWords,
    left_languages: &[u16],
    right: &SortedWords,
    right_languages: &[u16],
) -> Result<SortedWords> {
    let mut words = SortedWords::default();
    let (mut at_left, mut at_right) = (0, 0);
    let mut shares: Vec<(u16, u64)> = Vec::new();
    while at_left < left.len() || at_right < right.len() {
        let left_key = (at_left < left.len()).then(|| WordKey::new(left.word(at_left)));
        let right_key = (at_right < right.len()).then(|| WordKey::new(right.word(at_right)));
        let key = match (left_key, right_key) {
            (Some(a), Some(b)) => a.min(b),
            (a, b) => a.or(b).expect("one side has words left"),
        };
        shares.clear();
        if left_key == Some(key) {
            shares.extend(left.shares(at_left).map(|(language, count)| (left_languages[usize::from(language)], count)));
            at_left += 1;
        }
        if right_key == Some(key) {
            let right_shares = right.shares(at_right);
            shares.extend(right_shares.map(|(language, count)| (right_languages[usize::from(language)], count)));
            at_right += 1;
        }
        shares.sort_unstable();
        for (index, &(language, count)) in shares.iter().enumerate() {
            words.push(&key, language, count, index > 0)?;
        }
    }
    Ok(words)
}
