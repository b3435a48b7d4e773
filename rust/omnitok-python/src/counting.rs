//! Counting words, and counts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use omnitok_core::counts::{self, Budget, Caps, FileFormat, FileOptions};
use omnitok_core::parallel;
use omnitok_core::splitter::Splitter;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::choice::{choose, utf8_policy};
use crate::error::{OrRaise, exception, omnitok_error};
use crate::signals::{interruptible, with_progress};
use crate::text::{texts_of, utf8_of};

/// Counts words of texts and files.
#[pyclass(module = "omnitok._native")]
pub(crate) struct WordCounter(pub(crate) Option<counts::WordCounter>);

impl WordCounter {
    fn get(&mut self, py: Python<'_>) -> PyResult<&mut counts::WordCounter> {
        self.0
            .as_mut()
            .ok_or_else(|| omnitok_error(py, "CorpusError", "this counter is finished; make a new one".into()))
    }

    fn take(&mut self, py: Python<'_>) -> PyResult<counts::WordCounter> {
        self.get(py)?;
        self.0.take().ok_or_else(|| exception(py, omnitok_core::Error::Interrupted))
    }
}

#[pymethods]
impl WordCounter {
    #[new]
    #[pyo3(signature = (pattern, *, max_word_bytes=None, max_per_document=None, budget=None, num_threads=None))]
    fn new(
        py: Python<'_>,
        pattern: &str,
        max_word_bytes: Option<u64>,
        max_per_document: Option<u64>,
        budget: Option<(u64, PathBuf)>,
        num_threads: Option<usize>,
    ) -> PyResult<Self> {
        let threads = num_threads.unwrap_or_else(parallel::available_threads);
        let counter = counts::WordCounter::new(Splitter::new(pattern).or_raise(py)?, threads);
        let counter = counter.with_caps(Caps { max_word_bytes, max_per_document }).or_raise(py)?;
        Ok(Self(Some(match budget {
            Some((memory, folder)) => counter.with_budget(Budget { memory, folder }).or_raise(py)?,
            None => counter,
        })))
    }

    #[pyo3(signature = (texts, *, language=""))]
    fn add_texts(&mut self, py: Python<'_>, texts: Vec<Bound<'_, PyAny>>, language: &str) -> PyResult<()> {
        let counter = self.get(py)?;
        let texts = texts_of(&texts)?;
        let texts = utf8_of(&texts);
        py.detach(|| counter.add_texts(&texts, language)).or_raise(py)
    }

    #[pyo3(signature = (path, *, format, language="", text_field="text", errors="strict", progress=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword-only, as Python has it")]
    fn add_file(
        &mut self,
        py: Python<'_>,
        path: PathBuf,
        format: &str,
        language: &str,
        text_field: &str,
        errors: &str,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        let options = FileOptions {
            format: choose("format", format, &[("txt", FileFormat::Txt), ("jsonl", FileFormat::Jsonl)])?,
            language: language.to_owned(),
            text_field: text_field.to_owned(),
            errors: utf8_policy(errors)?,
        };
        let counter = self.get(py)?;
        with_progress(py, progress, |read: u64| (read,), |report| counter.add_file(&path, &options, report))
    }

    fn begin_part(&mut self, py: Python<'_>) -> PyResult<()> {
        let counter = self.get(py)?;
        py.detach(|| counter.begin_part()).or_raise(py)
    }

    fn keep_part(&mut self, py: Python<'_>) -> PyResult<()> {
        let counter = self.get(py)?;
        py.detach(|| counter.keep_part()).or_raise(py)
    }

    fn drop_part(&mut self, py: Python<'_>) -> PyResult<()> {
        let counter = self.get(py)?;
        py.detach(|| counter.drop_part());
        Ok(())
    }

    fn is_empty(&mut self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.get(py)?.is_empty())
    }

    fn check_window(&mut self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let counter = self.get(py)?;
        py.detach(|| counter.check_window(&path)).or_raise(py)
    }

    fn check_mergeable(&mut self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let counter = self.get(py)?;
        py.detach(|| counter.check_mergeable(&path)).or_raise(py)
    }

    fn finish(&mut self, py: Python<'_>) -> PyResult<WordCounts> {
        let counter = self.take(py)?;
        let counts = interruptible(py, |watch| counter.finish_watched(watch))?;
        Ok(WordCounts(Arc::new(counts)))
    }

    #[pyo3(signature = (path, merging=Vec::new(), *, force=false))]
    fn save(
        &mut self,
        py: Python<'_>,
        path: PathBuf,
        merging: Vec<PathBuf>,
        force: bool,
    ) -> PyResult<(String, Vec<String>, u64, u64, u64)> {
        let counter = self.take(py)?;
        let merging: Vec<&Path> = merging.iter().map(PathBuf::as_path).collect();
        let saved = interruptible(py, |watch| counter.save(&path, &merging, force, watch))?;
        Ok((saved.digest, saved.languages, saved.total, saved.distinct, saved.bytes))
    }
}

/// (digest, pattern, `max_word_bytes`, `max_per_document`) of a counts file, unless it is damaged.
#[pyfunction]
pub(crate) fn check_counts(py: Python<'_>, path: PathBuf) -> PyResult<(String, String, Option<u64>, Option<u64>)> {
    let file = py.detach(|| counts::CountsFile::open(&path)).or_raise(py)?;
    let caps = file.caps();
    Ok((file.digest().to_owned(), file.pattern().to_owned(), caps.max_word_bytes, caps.max_per_document))
}

/// Distinct words and how often each occurs, by language: all that learning needs to know of a corpus.
///
/// Counts never change. Those of two parts of a corpus merge into those of the whole, wherever they were made.
#[pyclass(frozen, module = "omnitok._native")]
pub(crate) struct WordCounts(pub(crate) Arc<counts::WordCounts>);

#[pymethods]
impl WordCounts {
    /// Reads a counts file; `CorruptFileError` when it is damaged.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        Ok(Self(Arc::new(py.detach(|| counts::WordCounts::load(&path)).or_raise(py)?)))
    }

    /// Counts of one language, from (word, count) pairs.
    #[staticmethod]
    fn from_items(py: Python<'_>, pattern: &str, language: &str, items: Vec<(Vec<u8>, u64)>) -> PyResult<Self> {
        Ok(Self(Arc::new(py.detach(|| counts::WordCounts::from_items(pattern, language, items)).or_raise(py)?)))
    }

    /// Writes a counts file, whole or not at all; `FileExistsError` when it is there and force is false.
    #[pyo3(signature = (path, *, force=false))]
    fn save(&self, py: Python<'_>, path: PathBuf, force: bool) -> PyResult<()> {
        py.detach(|| self.0.save(&path, force).map(|_| ())).or_raise(py)
    }

    /// The counts of both; `CorpusError` when they were made with different patterns or caps.
    fn merge(&self, py: Python<'_>, other: &Self) -> PyResult<Self> {
        let merged = py.detach(|| (*self.0).clone().merge((*other.0).clone())).or_raise(py)?;
        Ok(Self(Arc::new(merged)))
    }

    /// (word, count) pairs of one language, or of all together, in order of the words.
    #[pyo3(signature = (language=None))]
    fn items<'py>(&self, py: Python<'py>, language: Option<&str>) -> PyResult<Bound<'py, PyList>> {
        let items: Vec<_> = self.0.items(language).map(|(word, count)| (PyBytes::new(py, word), count)).collect();
        PyList::new(py, items)
    }

    /// The split pattern: a built-in name, or the regular expression itself.
    #[getter]
    fn pattern(&self) -> &str {
        self.0.pattern()
    }

    /// The regular expression that defines the pattern.
    #[getter]
    fn regex(&self) -> &str {
        self.0.regex()
    }

    /// The bytes beyond which a word counted as several; None: there was no such cap.
    #[getter]
    fn max_word_bytes(&self) -> Option<u64> {
        self.0.caps().max_word_bytes
    }

    /// How often a word counted in one document at most; None: there was no such cap.
    #[getter]
    fn max_per_document(&self) -> Option<u64> {
        self.0.caps().max_per_document
    }

    /// Where these are candidates of superwords: SHA-256 of the first stage's tokens, the `min_count` that phrases were cut
    /// by, and SHA-256 of the counts of pairs; None: these are words.
    #[getter]
    fn candidates(&self) -> Option<(&str, u64, &str)> {
        let candidates = self.0.candidates()?;
        Some((&candidates.first_stage, candidates.min_count, &candidates.pairs))
    }

    /// Codes of the languages counted, sorted; "" for text whose language nobody named.
    #[getter]
    fn languages(&self) -> Vec<&str> {
        self.0.languages()
    }

    /// Number of words, repeats included.
    #[getter]
    fn total(&self) -> u64 {
        self.0.total()
    }

    /// Number of distinct words.
    #[getter]
    fn distinct(&self) -> usize {
        self.0.distinct()
    }

    /// Bytes of all words, repeats included.
    #[getter]
    fn bytes(&self) -> u64 {
        self.0.bytes()
    }

    /// SHA-256 of the content: equal counts have equal digests, whatever the order they were counted in.
    #[getter]
    fn digest(&self, py: Python<'_>) -> String {
        py.detach(|| self.0.digest())
    }

    fn __repr__(&self) -> String {
        let (total, distinct, pattern) = (self.0.total(), self.0.distinct(), self.0.pattern());
        let languages = self.0.languages().into_iter().filter(|code| !code.is_empty()).collect::<Vec<_>>().join(" ");
        let languages = if languages.is_empty() { "not named".to_owned() } else { languages };
        let kind = if self.0.candidates().is_some() { "pieces of phrases" } else { "words" };
        format!("<omnitok.WordCounts: {total} {kind}, {distinct} distinct, pattern '{pattern}', languages {languages}>")
    }
}
