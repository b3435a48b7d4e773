//! `WordCounter`: texts and files in, counts out.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::budget::{Budget, SharedMemory};
use super::external;
use super::file::{self, Saved};
use super::merge;
use super::pipeline;
use super::reader::{ChunkReader, ChunkSizes, Cuts};
use super::run::Run;
use super::settings::{Candidates, Caps, Settings};
use super::table::CountingTable;
use super::unpack::window_of;
use super::utf8::Utf8Policy;
use super::words::WordCounts;
use super::worker::{Pieces, Spill, Worker};
use crate::parallel::Watch;
use crate::splitter::Splitter;
use crate::{Error, Result, memory, parallel};

/// How a file holds texts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum FileFormat {
    /// The whole file is one text; its line ends are part of it and are counted.
    #[default]
    Txt,
    /// Every line, of at most a gibibyte, is a JSON object, one field of which is a text. Blank lines are ignored.
    Jsonl,
}

/// How to read a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileOptions {
    /// How the file holds texts. Compression (gzip, zstandard) is recognised by itself.
    pub format: FileFormat,
    /// The language to count the words under; `""` if unspecified.
    pub language: String,
    /// Jsonl only: the field that holds the text.
    pub text_field: String,
    /// What to do with bytes that are not UTF-8, and in jsonl with escapes that spell half of a surrogate pair.
    pub errors: Utf8Policy,
}

impl Default for FileOptions {
    fn default() -> Self {
        Self { format: FileFormat::Txt, language: String::new(), text_field: "text".into(), errors: Utf8Policy::Strict }
    }
}

/// Counts the words of texts and files.
///
/// The result does not depend on the order of the texts, the number of threads or how the work is cut up. There is one
/// exception: a text file is cut into chunks where the splitter can prove that a word ends, and one that offers no such
/// place for 64 MiB is cut there after a line or, in one endless line, after a character. Real text does not come to that
/// under the built-in patterns; under a pattern of your own, about which nothing can be proved, every longer file does.
///
/// Memory: the distinct words at 32 to 85 bytes each (longer ones more) per worker that met them, and a few chunks of about
/// a mebibyte. With a [`Budget`] no more than that: tables that grow beyond their share go to temporary files as sorted
/// runs, and [`save`](Self::save) merges these without ever holding all words.
pub struct WordCounter {
    splitter: Splitter,
    caps: Caps,
    candidates: Option<Candidates>,
    sizes: ChunkSizes,
    budget: Option<Budget>,
    /// What of the budget the workers share.
    memory: Option<Arc<SharedMemory>>,
    /// In the order of their first use; their index here is their number while we count.
    languages: Vec<String>,
    /// One for each thread.
    workers: Vec<Worker>,
    /// Set when a text or file was counted in part: the counts would no longer be those of any corpus.
    is_spoilt: bool,
}

impl WordCounter {
    /// A counter that cuts words with `splitter` on `threads` threads (at least one).
    #[must_use]
    pub fn new(splitter: Splitter, threads: usize) -> Self {
        Self {
            splitter,
            caps: Caps::default(),
            candidates: None,
            sizes: ChunkSizes::default(),
            budget: None,
            memory: None,
            languages: Vec::new(),
            workers: std::iter::repeat_with(Worker::default).take(threads.max(1)).collect(),
            is_spoilt: false,
        }
    }

    /// A counter with the same splitter and threads that counts under caps. What was counted before is forgotten.
    ///
    /// # Errors
    /// [`Error::Argument`] for a cap that leaves nothing to count.
    pub fn with_caps(mut self, caps: Caps) -> Result<Self> {
        self.caps = caps.check()?;
        self.workers.iter_mut().for_each(|worker| *worker = Worker::new(caps));
        Ok(self)
    }

    /// A counter of pieces of the words of `splitter`, each thread of which finds them with a `finder` of its own.
    pub(crate) fn of_pieces(
        splitter: Splitter,
        candidates: Option<Candidates>,
        threads: usize,
        finder: impl Fn() -> Box<dyn Pieces>,
    ) -> Self {
        let mut counter = Self::new(splitter, threads);
        counter.workers.iter_mut().for_each(|worker| *worker = Worker::of_pieces(finder()));
        Self { candidates, ..counter }
    }

    /// The same counter, which keeps to a memory budget. The counts are the same.
    ///
    /// # Errors
    /// [`Error::Argument`] when that is too little to work with, with the least.
    pub fn with_budget(mut self, budget: Budget) -> Result<Self> {
        let threads = self.workers.len();
        budget.check(threads)?;
        self.sizes = budget.chunk_sizes(threads);
        let memory = SharedMemory::new(budget.beside_chunks(threads), threads);
        let spill = Spill::new(Arc::clone(&memory), budget.folder.clone());
        self.memory = Some(memory);
        self.workers.iter_mut().for_each(|worker| worker.set_spill(spill.clone()));
        self.budget = Some(budget);
        Ok(self)
    }

    /// The same counter with other chunk sizes in bytes: where chunks may end, and where they must. Results are the same
    /// as long as no text goes `limit` bytes without a safe cut; small sizes are for tests and for little memory.
    #[must_use]
    pub fn with_chunk_size(mut self, chunk: usize, limit: usize) -> Self {
        self.sizes = ChunkSizes { block: chunk.max(1), chunk: chunk.max(1), limit: limit.max(4), ..self.sizes };
        self
    }

    /// Counts whole texts, each on its own: no word crosses from one to the next.
    ///
    /// # Errors
    /// What the splitter reports, and [`Error::Corpus`] after an earlier failure or with more than 65,536 languages.
    pub fn add_texts(&mut self, texts: &[&str], language: &str) -> Result<()> {
        // Under a cap a text is one document and stays whole.
        let longest = self.caps.max_per_document.is_none().then_some(self.sizes.chunk);
        let splitter = self.splitter.clone();
        self.add(language, |language, workers| pipeline::count_texts(&splitter, texts, language, longest, workers))
    }

    /// Counts a file, reading and counting at the same time. `progress` hears the bytes read from the disk so far and may
    /// stop the work.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::InvalidUtf8`] with the offset in the decompressed stream, [`Error::CorruptFile`] for
    /// damaged compression or JSON with its line, [`Error::Argument`] for one that takes more than the budget to unpack,
    /// [`Error::Interrupted`]. Part of the file may have been counted by then,
    /// so the counter refuses further work.
    pub fn add_file(
        &mut self,
        path: &Path,
        options: &FileOptions,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<()> {
        let (splitter, sizes) = (self.splitter.clone(), self.sizes);
        let (cuts, text_field) = match options.format {
            FileFormat::Txt if self.caps.max_per_document.is_some() => (Cuts::WordsAndLines(&splitter), None),
            FileFormat::Txt => (Cuts::Words(&splitter), None),
            FileFormat::Jsonl => (Cuts::Lines, Some(options.text_field.as_str())),
        };
        let mut reader = ChunkReader::open(path, options.errors, cuts, sizes)?;
        let (threads, budget, memory) = (self.workers.len(), self.budget.clone(), self.memory.clone());
        let watch = |window: usize| {
            if let (Some(budget), Some(memory)) = (&budget, &memory) {
                budget.check_window(path, window, threads)?;
                memory.reserve(window);
            }
            Ok(())
        };
        let counted = self.add(&options.language, |language, workers| {
            let count =
                pipeline::ChunkCounter { splitter: &splitter, path, language, text_field, errors: options.errors };
            pipeline::count_chunks(&count, &mut reader, progress, &watch, workers)
        });
        drop(reader);
        watch(0)?;
        if self.budget.is_some() {
            memory::give_back();
        }
        counted
    }

    /// Refuses a file that takes too much memory to unpack, before the long work. What else is wrong with it is for
    /// [`Self::add_file`] to say.
    ///
    /// # Errors
    /// [`Error::Argument`], which names the least memory for the file.
    pub fn check_window(&self, path: &Path) -> Result<()> {
        let Some(budget) = &self.budget else { return Ok(()) };
        budget.check_window(path, window_of(path), self.workers.len())
    }

    /// Runs `count` on the workers, with the number of the language.
    fn add(&mut self, language: &str, count: impl FnOnce(usize, &mut [Worker]) -> Result<()>) -> Result<()> {
        self.check_unspoilt()?;
        let at = match self.languages.iter().position(|name| name == language) {
            Some(at) => at,
            None if self.languages.len() > usize::from(u16::MAX) => {
                return Err(Error::Corpus(format!("{language:?} would be language number 65,537; use fewer")));
            }
            None => {
                self.languages.push(language.to_owned());
                self.languages.len() - 1
            }
        };
        let result = count(at, &mut self.workers);
        self.is_spoilt = result.is_err();
        result
    }

    /// From here on what is added is a part, such as a file that may turn out to be damaged: [`Self::keep_part`] or
    /// [`Self::drop_part`] says whether it counts. A part that was begun before is kept.
    ///
    /// # Errors
    /// As [`Self::keep_part`].
    pub fn begin_part(&mut self) -> Result<()> {
        self.check_unspoilt()?;
        self.keep_part()?;
        self.workers.iter_mut().for_each(Worker::begin_part);
        Ok(())
    }

    /// Adds the part to what was there before it. O(distinct words of the part).
    ///
    /// # Errors
    /// [`Error::Corpus`] when adding to the part failed, [`Error::Io`] when tables must go to a file and cannot.
    pub fn keep_part(&mut self) -> Result<()> {
        self.check_unspoilt()?;
        let kept = pipeline::keep_parts(&mut self.workers);
        self.is_spoilt = kept.is_err();
        kept
    }

    /// Forgets what was added since [`Self::begin_part`], also when that failed half-way: a counter that a part has
    /// spoilt is as it was before, unless it was a temporary file that failed.
    pub fn drop_part(&mut self) {
        let mut is_whole = true;
        for worker in &mut self.workers {
            is_whole &= worker.drop_part();
        }
        self.is_spoilt &= !is_whole;
    }

    fn settings(&self) -> Settings {
        Settings { candidates: self.candidates.clone(), ..Settings::of(&self.splitter, self.caps) }
    }

    fn check_unspoilt(&self) -> Result<()> {
        if self.is_spoilt {
            let reason = "an earlier text or file was counted only in part; start again with a new counter";
            return Err(Error::Corpus(reason.into()));
        }
        Ok(())
    }

    /// Refuses a counts file that could not be merged into what this counter counts, before the long work.
    ///
    /// # Errors
    /// [`Error::Corpus`] for another pattern or other caps, [`Error::CorruptFile`], [`Error::Io`].
    pub fn check_mergeable(&self, path: &Path) -> Result<()> {
        file::open_all(&[path], &self.settings(), 1).map(|_| ())
    }

    /// Whether nothing was counted so far; while a part is open, in that part.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        (0..self.languages.len()).all(|language| self.workers.iter().all(|worker| !worker.has_language(language)))
    }

    /// The counts of everything added, in memory, whatever the budget. Languages that no word was counted in are left out.
    ///
    /// # Errors
    /// [`Error::Corpus`] after an earlier failure, [`Error::CountOverflow`], [`Error::Io`] of temporary files.
    pub fn finish(self) -> Result<WordCounts> {
        self.finish_watched(&mut parallel::unwatched)
    }

    /// [`Self::finish`] that can be stopped while it reads temporary files.
    ///
    /// # Errors
    /// As [`Self::finish`], and [`Error::Interrupted`] when `watch` breaks.
    pub fn finish_watched(mut self, watch: Watch) -> Result<WordCounts> {
        let (names, numbers) = self.close()?;
        let (settings, threads) = (self.settings(), self.workers.len());
        let words = if self.workers.iter().any(Worker::has_spilled) {
            external::into_words(&self.into_runs(&numbers)?, threads, watch)?
        } else {
            let tables = self.workers.into_iter().map(|worker| worker.into_tables().into_iter().zip(&numbers));
            let tables = tables.flatten().filter(|(table, _)| !table.is_empty());
            let tables: Vec<(u16, CountingTable)> = tables.map(|(table, number)| (*number, table)).collect();
            merge::all(&merge::sorted_runs(tables, threads), threads)?
        };
        WordCounts::new(settings, names, words)
    }

    /// Writes the counts of everything added and of the counts files `merging` to a file, which appears whole or not at
    /// all: the file that [`WordCounts::save`] writes. With a budget no more memory is used than that; temporary files then
    /// take about twice the size of the file. Files that are merged are never held as a whole.
    ///
    /// # Errors
    /// As [`Self::finish_watched`]; [`Error::Corpus`] for a file with another pattern or other caps, [`Error::CorruptFile`]
    /// for a damaged one; [`Error::Exists`] unless `force`.
    pub fn save(mut self, path: &Path, merging: &[&Path], force: bool, watch: Watch) -> Result<Saved> {
        let budget = match self.budget.take() {
            Some(budget) => budget,
            None if merging.is_empty() => return self.finish_watched(watch)?.save(path, force),
            None => {
                let budget = Budget::of_merge(path);
                let spill = Spill::new(SharedMemory::new(usize::MAX, self.workers.len()), budget.folder.clone());
                self.workers.iter_mut().for_each(|worker| worker.set_spill(spill.clone()));
                budget
            }
        };
        let (settings, threads) = (self.settings(), self.workers.len());
        let files = file::open_all(merging, &settings, threads)?;
        let (mut languages, _) = self.close()?;
        languages.extend(files.iter().flat_map(file::CountsFile::languages).cloned());
        languages.sort_unstable();
        languages.dedup();
        let place = |name| languages.binary_search(name).map_or(0, |at| at as u16);
        let numbers: Vec<u16> = self.languages.iter().map(place).collect();
        let mut runs = self.into_runs(&numbers)?;
        let others: Result<Vec<Run>> =
            parallel::map(threads, files.len(), |index| files[index].run(&languages)).into_iter().collect();
        runs.append(&mut others?);
        let runs = external::into_runs(runs, languages.len(), threads, &budget, watch)?;
        file::save_runs(&settings, &languages, &runs, path, force, watch)
    }

    /// Ends a part that is still open. Returns the languages that have words, sorted, and the new numbers of all.
    fn close(&mut self) -> Result<(Vec<String>, Vec<u16>)> {
        self.keep_part()?;
        let has_words = |at: &usize| self.workers.iter().any(|worker| worker.has_language(*at));
        let mut used: Vec<usize> = (0..self.languages.len()).filter(has_words).collect();
        used.sort_unstable_by_key(|at| &self.languages[*at]);
        let mut numbers = vec![0; self.languages.len()];
        for (number, at) in used.iter().enumerate() {
            numbers[*at] = number as u16;
        }
        Ok((used.into_iter().map(|at| self.languages[at].clone()).collect(), numbers))
    }

    /// Everything as runs in files, in which language `i` has become `numbers[i]`.
    fn into_runs(self, numbers: &[u16]) -> Result<Vec<Run>> {
        let mut all = Vec::new();
        for worker in self.workers {
            for mut run in worker.into_runs()? {
                run.languages = numbers[..run.languages.len()].to_vec();
                all.push(run);
            }
        }
        Ok(all)
    }
}
