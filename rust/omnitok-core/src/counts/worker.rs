//! What one thread counts: a table for every language, and the runs of what had no room in memory.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use super::budget::SharedMemory;
use super::merge;
use super::run::{Run, RunFile, RunWriter};
use super::settings::Caps;
use super::table::{Batch, CountingTable, Room};
use crate::splitter::Splitter;
use crate::{Result, memory};

/// A table of less may stay with the allocator when a larger one has taken its place.
const WORTH_GIVING_BACK: usize = 1 << 20;

/// Where tables go that have no room.
#[derive(Clone)]
pub(crate) struct Spill {
    /// For the tables.
    memory: Arc<SharedMemory>,
    folder: PathBuf,
    file: Option<Arc<RunFile>>,
}

impl Spill {
    pub(crate) fn new(memory: Arc<SharedMemory>, folder: PathBuf) -> Self {
        Self { memory, folder, file: None }
    }
}

/// What is counted of a text in place of its words.
pub(crate) trait Pieces: Send + Sync {
    /// Hands the pieces of `text` to `visit`, until it breaks.
    fn try_for_each<'t>(&mut self, text: &'t str, visit: &mut dyn FnMut(&'t [u8]) -> ControlFlow<()>) -> Result<()>;
}

/// Tables by language, and their memory.
#[derive(Default)]
struct Tables {
    by_language: Vec<CountingTable>,
    bytes: usize,
}

impl Tables {
    fn of(&mut self, language: usize) -> &mut CountingTable {
        if self.by_language.len() <= language {
            self.by_language.resize_with(language + 1, CountingTable::default);
        }
        &mut self.by_language[language]
    }

    fn are_empty(&self) -> bool {
        self.by_language.iter().all(CountingTable::is_empty)
    }
}

/// The counts of one thread.
#[derive(Default)]
pub(crate) struct Worker {
    caps: Caps,
    tables: Tables,
    runs: Vec<Run>,
    spill: Option<Spill>,
    /// While a part is counted that may be dropped: the tables without it, and the number of runs without it.
    kept: Option<(Tables, usize)>,
    /// The words of the document at hand, when a cap asks how often each occurs in it.
    document: CountingTable,
    /// Finds what to count, where that is not words.
    pieces: Option<Box<dyn Pieces>>,
}

impl Worker {
    pub(crate) fn new(caps: Caps) -> Self {
        Self { caps, ..Self::default() }
    }

    /// Without caps, to which words are subject.
    pub(crate) fn of_pieces(pieces: Box<dyn Pieces>) -> Self {
        Self { pieces: Some(pieces), ..Self::default() }
    }

    pub(crate) fn set_spill(&mut self, spill: Spill) {
        self.spill = Some(spill);
    }

    /// Counts the words of a text, which is one document.
    pub(crate) fn count_text(&mut self, splitter: &Splitter, text: &str, language: usize) -> Result<()> {
        if self.caps.are_none() {
            return self.count_all(splitter, text, language);
        }
        self.document.clear();
        self.count(splitter, text, |worker, word| worker.add(word, language))
    }

    /// Counts the words of a text, or the pieces, as they are.
    fn count_all<'t>(&mut self, splitter: &Splitter, text: &'t str, language: usize) -> Result<()> {
        let mut batch = Batch::default();
        let mut outcome = Ok(());
        let mut pieces = self.pieces.take();
        let mut count = |word: &'t [u8]| {
            if batch.push(word) {
                outcome = self.add_batch(&batch, language);
                batch.clear();
            }
            if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        let found = match &mut pieces {
            None => splitter.try_for_each_word(text, |word| count(word.as_bytes())),
            Some(pieces) => pieces.try_for_each(text, &mut count),
        };
        self.pieces = pieces;
        found.and(outcome).and_then(|()| self.add_batch(&batch, language))
    }

    #[inline]
    fn add_batch(&mut self, batch: &Batch<'_>, language: usize) -> Result<()> {
        if self.tables.of(language).lacks_room(batch.room()) {
            self.make_room(batch.room(), language, 0)?;
        }
        self.tables.of(language).add_batch(batch);
        Ok(())
    }

    /// Counts the words of a text whose lines are documents. A word belongs to the line that it begins in.
    pub(crate) fn count_lines(&mut self, splitter: &Splitter, text: &str, language: usize) -> Result<()> {
        if self.caps.max_per_document.is_none() {
            return self.count_text(splitter, text, language);
        }
        let line_end = |from: usize| memchr::memchr(b'\n', &text.as_bytes()[from..]).map_or(text.len(), |at| from + at);
        let (mut at, mut end) = (0, line_end(0));
        self.document.clear();
        self.count(splitter, text, |worker, word| {
            if at > end {
                worker.document.clear();
                end = line_end(at);
            }
            at += word.len();
            worker.add(word, language)
        })
    }

    /// Hands every word to `add`, and stops at its first error.
    fn count(
        &mut self,
        splitter: &Splitter,
        text: &str,
        mut add: impl FnMut(&mut Self, &str) -> Result<()>,
    ) -> Result<()> {
        let mut outcome = Ok(());
        splitter.try_for_each_word(text, |word| match add(self, word) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                outcome = Err(error);
                ControlFlow::Break(())
            }
        })?;
        outcome
    }

    /// Counts a word, cut where a cap says so.
    #[inline]
    fn add(&mut self, word: &str, language: usize) -> Result<()> {
        let Some(most) = self.caps.max_word_bytes.filter(|most| word.len() as u64 > *most) else {
            return self.add_piece(word.as_bytes(), language);
        };
        let mut rest = word;
        while !rest.is_empty() {
            // At least one character fits: see `Caps::check`.
            let (piece, after) = rest.split_at(rest.floor_char_boundary(most as usize));
            self.add_piece(piece.as_bytes(), language)?;
            rest = after;
        }
        Ok(())
    }

    #[inline]
    fn add_piece(&mut self, word: &[u8], language: usize) -> Result<()> {
        if let Some(most) = self.caps.max_per_document {
            self.document.make_room(Room::of(word));
            if self.document.add(word, 1) > most {
                return Ok(());
            }
        }
        self.add_count(word, 1, language, 0)
    }

    /// Adds to the count of a word. `beside` is memory that something else takes meanwhile.
    #[inline]
    fn add_count(&mut self, word: &[u8], count: u64, language: usize, beside: usize) -> Result<()> {
        let new = Room::of(word);
        if self.tables.of(language).lacks_room(new) {
            self.make_room(new, language, beside)?;
        }
        self.tables.of(language).add(word, count);
        Ok(())
    }

    #[cold]
    fn make_room(&mut self, new: Room, language: usize, beside: usize) -> Result<()> {
        let growth = self.tables.of(language).growth(new);
        self.leave_room(beside + growth)?;
        let table = self.tables.of(language);
        let before = table.memory();
        table.make_room(new);
        self.tables.bytes += self.tables.by_language[language].memory() - before;
        if self.spill.is_some() && growth >= WORTH_GIVING_BACK {
            memory::give_back();
        }
        Ok(())
    }

    /// Spills tables where otherwise there would not be room for so many bytes.
    pub(crate) fn leave_room(&mut self, bytes: usize) -> Result<()> {
        let Some(limit) = self.spill.as_ref().map(|spill| spill.memory.of_each()) else { return Ok(()) };
        let kept = self.kept.as_ref().map_or(0, |(kept, _)| kept.bytes);
        if kept + self.tables.bytes + bytes > limit {
            self.spill_kept()?;
        }
        if self.tables.bytes + bytes > limit {
            let tables = std::mem::take(&mut self.tables);
            self.spill(tables)?;
        }
        Ok(())
    }

    /// Writes tables to a run, if there is something in them.
    fn spill(&mut self, tables: Tables) -> Result<()> {
        let Some(spill) = self.spill.as_mut().filter(|_| !tables.are_empty()) else { return Ok(()) };
        let file = match &spill.file {
            Some(file) => Arc::clone(file),
            None => Arc::clone(spill.file.insert(Arc::new(RunFile::temporary(&spill.folder)?))),
        };
        let tables = tables.by_language.into_iter().enumerate();
        let sorted: Vec<_> = tables
            .filter(|(_, table)| !table.is_empty())
            .map(|(language, table)| table.into_run(language as u16))
            .collect();
        let languages = sorted.last().map_or(0, |run| usize::from(run.language()) + 1);
        let mut writer = RunWriter::append(file, languages, 1 << 16)?;
        merge::everything(&sorted, &mut writer)?;
        self.runs.push(writer.finish()?);
        drop(sorted);
        memory::give_back();
        Ok(())
    }

    /// Spills what was there before the part that may be dropped. Its run goes before those of the part.
    fn spill_kept(&mut self) -> Result<()> {
        let Some((kept, before)) = self.kept.take() else { return Ok(()) };
        let runs = self.runs.len();
        self.spill(kept)?;
        let written = self.runs.len() - runs;
        self.runs[before..].rotate_right(written);
        self.kept = Some((Tables::default(), before + written));
        Ok(())
    }

    /// From here on everything is a part of its own, until it is kept or dropped.
    pub(crate) fn begin_part(&mut self) {
        self.kept = Some((std::mem::take(&mut self.tables), self.runs.len()));
    }

    /// Returns whether there was a part, and what was there before it is whole.
    pub(crate) fn drop_part(&mut self) -> bool {
        let is_whole = self.kept.is_some();
        if let Some((tables, runs)) = self.kept.take() {
            self.tables = tables;
            self.runs.truncate(runs);
        }
        is_whole
    }

    /// Adds the part to what was there before.
    pub(crate) fn keep_part(&mut self) -> Result<()> {
        let Some((tables, _)) = self.kept.take() else { return Ok(()) };
        let part = std::mem::replace(&mut self.tables, tables);
        let mut beside = part.bytes;
        for (language, table) in part.by_language.into_iter().enumerate().filter(|(_, table)| !table.is_empty()) {
            let memory = table.memory();
            if self.tables.of(language).is_empty() {
                let replaced = self.tables.of(language).memory();
                self.tables.by_language[language] = table;
                self.tables.bytes = self.tables.bytes + memory - replaced;
            } else {
                let mut word = Vec::new();
                table.for_each(|key, count| {
                    word.clear();
                    key.append_to(&mut word);
                    self.add_count(&word, count, language, beside)
                })?;
            }
            beside -= memory;
        }
        Ok(())
    }

    /// Spills what is left, so that everything is in runs.
    pub(crate) fn into_runs(mut self) -> Result<Vec<Run>> {
        let tables = std::mem::take(&mut self.tables);
        self.spill(tables)?;
        Ok(self.runs)
    }

    pub(crate) fn has_spilled(&self) -> bool {
        !self.runs.is_empty()
    }

    /// Whether words of a language were counted.
    pub(crate) fn has_language(&self, language: usize) -> bool {
        self.tables.by_language.get(language).is_some_and(|table| !table.is_empty())
            || self.runs.iter().any(|run| run.has_language.get(language) == Some(&true))
    }

    /// The tables of a worker that has spilled nothing, by language.
    pub(crate) fn into_tables(self) -> Vec<CountingTable> {
        self.tables.by_language
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::budget::Budget;
    use super::super::external;
    use super::*;
    use crate::parallel::unwatched;

    #[derive(Clone, Debug)]
    enum Step {
        Count(String, usize),
        Begin,
        Keep,
        Drop,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let text = prop::collection::vec("[ab]{1,3}|[abc]{1,2}[a-c]{16,18}", 0..60).prop_map(|words| words.join(" "));
        let step = prop_oneof![
            6 => (text, 0_usize..3).prop_map(|(text, language)| Step::Count(text, language)),
            1 => Just(Step::Begin),
            1 => Just(Step::Keep),
            1 => Just(Step::Drop),
        ];
        prop::collection::vec(step, 0..20)
    }

    type Counts = BTreeMap<Vec<u8>, BTreeMap<u16, u64>>;

    /// The slow way: what is kept, and what a part adds to it.
    fn oracle(splitter: &Splitter, steps: &[Step]) -> Counts {
        let (mut counts, mut kept) = (Counts::new(), None);
        for step in steps {
            match step {
                Step::Count(text, language) => splitter
                    .for_each_word(text, |word| {
                        *counts.entry(word.into()).or_default().entry(*language as u16).or_default() += 1;
                    })
                    .unwrap(),
                Step::Begin => kept = Some(counts.clone()),
                Step::Keep => kept = None,
                Step::Drop => counts = kept.take().unwrap_or(counts),
            }
        }
        counts
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_spilled_merges_into_what_was_counted(
            all in prop::collection::vec(steps(), 1..4),
            limit in 1_usize..40_000,
            threads in 1_usize..3,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let splitter = Splitter::new("o200k").unwrap();
            let (mut runs, mut expected) = (Vec::new(), Counts::new());
            for steps in &all {
                let mut worker = Worker::new(Caps::default());
                worker.set_spill(Spill::new(SharedMemory::new(limit, 1), folder.path().to_owned()));
                for step in steps {
                    match step {
                        Step::Count(text, language) => worker.count_text(&splitter, text, *language).unwrap(),
                        Step::Begin => {
                            worker.keep_part().unwrap();
                            worker.begin_part();
                        }
                        Step::Keep => worker.keep_part().unwrap(),
                        Step::Drop => {
                            worker.drop_part();
                        }
                    }
                    let held: usize = worker.tables.by_language.iter().map(CountingTable::memory).sum();
                    prop_assert_eq!(held, worker.tables.bytes);
                }
                worker.keep_part().unwrap();
                runs.extend(worker.into_runs().unwrap());
                for (word, shares) in oracle(&splitter, steps) {
                    for (language, count) in shares {
                        *expected.entry(word.clone()).or_default().entry(language).or_default() += count;
                    }
                }
            }
            // Memory for two readers at once, so that many runs become fewer first.
            let budget = Budget { memory: 1 << 15, folder: folder.path().to_owned() };
            let merged = external::into_runs(runs.clone(), 3, threads, &budget, &mut unwatched).unwrap();
            for runs in [runs, merged] {
                let words = external::into_words(&runs, threads, &mut unwatched).unwrap();
                let counted: Counts =
                    (0..words.len()).map(|at| (words.word(at).to_vec(), words.shares(at).collect())).collect();
                prop_assert_eq!(&counted, &expected);
                prop_assert_eq!(words.len(), expected.len());
            }
            prop_assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }
}
