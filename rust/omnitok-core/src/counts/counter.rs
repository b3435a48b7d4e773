//! `WordCounter`: texts and files in, counts out.

use std::ops::ControlFlow;
use std::path::Path;

use super::merge;
use super::pipeline;
use super::reader::{ChunkReader, ChunkSizes, Cuts};
use super::table::CountingTable;
use super::utf8::Utf8Policy;
use super::words::WordCounts;
use crate::splitter::Splitter;
use crate::{Error, Result};

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
/// a mebibyte.
pub struct WordCounter {
    splitter: Splitter,
    threads: usize,
    sizes: ChunkSizes,
    /// Languages in the order of their first use, with a table for every worker.
    languages: Vec<(String, Vec<CountingTable>)>,
    /// Set when a text or file was counted in part: the counts would no longer be those of any corpus.
    is_spoilt: bool,
}

impl WordCounter {
    /// A counter that cuts words with `splitter` on `threads` threads (at least one).
    #[must_use]
    pub fn new(splitter: Splitter, threads: usize) -> Self {
        Self {
            splitter,
            threads: threads.max(1),
            sizes: ChunkSizes::default(),
            languages: Vec::new(),
            is_spoilt: false,
        }
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
        let (splitter, sizes) = (self.splitter.clone(), self.sizes);
        self.add(language, |tables| pipeline::count_texts(&splitter, texts, sizes.chunk, tables))
    }

    /// Counts a file, reading and counting at the same time. `progress` hears the bytes read from the disk so far and may
    /// stop the work.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::InvalidUtf8`] with the offset in the decompressed stream, [`Error::CorruptFile`] for
    /// damaged compression or JSON with its line, [`Error::Interrupted`]. Part of the file may have been counted by then,
    /// so the counter refuses further work.
    pub fn add_file(
        &mut self,
        path: &Path,
        options: &FileOptions,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<()> {
        let (splitter, sizes) = (self.splitter.clone(), self.sizes);
        let (cuts, text_field) = match options.format {
            FileFormat::Txt => (Cuts::Words(&splitter), None),
            FileFormat::Jsonl => (Cuts::Lines, Some(options.text_field.as_str())),
        };
        let mut reader = ChunkReader::open(path, options.errors, cuts, sizes)?;
        let count = pipeline::ChunkCounter { splitter: &splitter, path, text_field, errors: options.errors };
        self.add(&options.language, |tables| pipeline::count_chunks(&count, &mut reader, progress, tables))
    }

    /// Runs `count` on the tables of a language.
    fn add(&mut self, language: &str, count: impl FnOnce(&mut [CountingTable]) -> Result<()>) -> Result<()> {
        self.check_unspoilt()?;
        let at = match self.languages.iter().position(|(name, _)| name == language) {
            Some(at) => at,
            None if self.languages.len() > usize::from(u16::MAX) => {
                return Err(Error::Corpus(format!("{language:?} would be language number 65,537; use fewer")));
            }
            None => {
                let tables = std::iter::repeat_with(CountingTable::default).take(self.threads).collect();
                self.languages.push((language.to_owned(), tables));
                self.languages.len() - 1
            }
        };
        let result = count(&mut self.languages[at].1);
        self.is_spoilt = result.is_err();
        result
    }

    fn check_unspoilt(&self) -> Result<()> {
        if self.is_spoilt {
            let reason = "an earlier text or file was counted only in part; start again with a new counter";
            return Err(Error::Corpus(reason.into()));
        }
        Ok(())
    }

    /// The counts of everything added. Languages that no word was counted in are left out.
    ///
    /// # Errors
    /// [`Error::Corpus`] after an earlier failure, [`Error::CountOverflow`].
    pub fn finish(mut self) -> Result<WordCounts> {
        self.check_unspoilt()?;
        self.languages.retain(|(_, tables)| tables.iter().any(|table| !table.is_empty()));
        self.languages.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
        let (names, tables): (Vec<String>, Vec<Vec<CountingTable>>) = self.languages.into_iter().unzip();
        let tables = tables.into_iter().enumerate();
        let tables =
            tables.flat_map(|(language, tables)| tables.into_iter().map(move |table| (language as u16, table)));
        let runs = merge::sorted_runs(tables.collect(), self.threads);
        let words = merge::all(&runs, self.threads)?;
        WordCounts::new(self.splitter.name().to_owned(), self.splitter.regex().to_owned(), names, words)
    }
}
