//! Counting words and learning ranks from them.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use omnitok_core::counts::{self, FileFormat, FileOptions};
use omnitok_core::learner::{self, LearnOptions, Learned, Merge, Mixture, Mode, Stage};
use omnitok_core::parallel;
use omnitok_core::splitter::Splitter;
use pyo3::call::PyCallArgs;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::choice::{choose, utf8_policy};
use crate::error::{OrRaise, exception, omnitok_error};
use crate::signals::stoppable;
use crate::text::{texts_of, utf8_of};

/// Runs `work` without the GIL. `report` is its progress callback: it takes the GIL, lets Ctrl-C through and calls
/// `progress`; what either raises stops the work and is raised here.
fn with_progress<P, A: for<'py> PyCallArgs<'py>, R: Send>(
    py: Python<'_>,
    progress: Option<Py<PyAny>>,
    arguments: impl Fn(P) -> A + Sync,
    work: impl FnOnce(&mut dyn FnMut(P) -> ControlFlow<()>) -> omnitok_core::Result<R> + Send,
) -> PyResult<R> {
    let report = |event: P| {
        Python::attach(|py| {
            py.check_signals()?;
            if let Some(progress) = &progress {
                progress.call1(py, arguments(event))?;
            }
            Ok(())
        })
    };
    stoppable(py, report, work)
}

/// Counts words of texts and files.
#[pyclass(module = "omnitok._native")]
pub(crate) struct WordCounter(Option<counts::WordCounter>);

impl WordCounter {
    fn get(&mut self, py: Python<'_>) -> PyResult<&mut counts::WordCounter> {
        self.0
            .as_mut()
            .ok_or_else(|| omnitok_error(py, "CorpusError", "this counter is finished; make a new one".into()))
    }
}

#[pymethods]
impl WordCounter {
    #[new]
    #[pyo3(signature = (pattern, *, num_threads=None))]
    fn new(py: Python<'_>, pattern: &str, num_threads: Option<usize>) -> PyResult<Self> {
        let threads = num_threads.unwrap_or_else(parallel::available_threads);
        Ok(Self(Some(counts::WordCounter::new(Splitter::new(pattern).or_raise(py)?, threads))))
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

    fn finish(&mut self, py: Python<'_>) -> PyResult<WordCounts> {
        self.get(py)?;
        let counter = self.0.take();
        let counts = py.detach(|| counter.map(counts::WordCounter::finish)).transpose().or_raise(py)?;
        let counts = counts.ok_or_else(|| exception(py, omnitok_core::Error::Interrupted))?;
        Ok(WordCounts(Arc::new(counts)))
    }
}

/// Distinct words and how often each occurs, by language: all that learning needs to know of a corpus.
///
/// Counts never change. Those of two parts of a corpus merge into those of the whole, wherever they were made.
#[pyclass(frozen, module = "omnitok._native")]
pub(crate) struct WordCounts(Arc<counts::WordCounts>);

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
        py.detach(|| self.0.save(&path, force)).or_raise(py)
    }

    /// The counts of both; `CorpusError` when they were made with different patterns.
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
        format!("<omnitok.WordCounts: {total} words, {distinct} distinct, pattern '{pattern}', languages {languages}>")
    }
}

type Merges = Vec<(u32, u32, u32, u64)>;

const MODES: [(&str, Mode); 4] = [
    ("exact", Mode::Exact),
    ("huggingface", Mode::HuggingFace),
    ("rustbpe", Mode::RustBpe),
    ("sentencepiece", Mode::SentencePiece),
];

/// What learning and checking are told.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Options {
    vocab_size: usize,
    min_frequency: u64,
    max_token_bytes: Option<usize>,
    weights: Vec<(String, f64)>,
    mode: String,
    whole_characters: bool,
}

impl Options {
    fn to_core(&self, num_threads: Option<usize>, checkpoint: Option<PathBuf>) -> PyResult<LearnOptions> {
        Ok(LearnOptions {
            min_frequency: self.min_frequency,
            max_token_bytes: self.max_token_bytes,
            weights: self.weights.clone(),
            mode: choose("mode", &self.mode, &MODES)?,
            whole_characters: self.whole_characters,
            checkpoint,
            threads: num_threads.unwrap_or_else(parallel::available_threads),
            ..LearnOptions::new(self.vocab_size)
        })
    }
}

/// Learns text tokens, on from those of base if there are some: (tokens by rank, new merges as (left, right, id, count)).
#[pyfunction]
#[pyo3(signature = (counts, options, *, base=None, checkpoint=None, num_threads=None, progress=None))]
pub(crate) fn learn<'py>(
    py: Python<'py>,
    counts: &WordCounts,
    options: Options,
    base: Option<Vec<Vec<u8>>>,
    checkpoint: Option<PathBuf>,
    num_threads: Option<usize>,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Bound<'py, PyList>, Merges)> {
    let options = options.to_core(num_threads, checkpoint)?;
    let arguments = |progress: learner::Progress| {
        let stage = match progress.stage {
            Stage::CountingPairs => "pairs",
            Stage::Merging => "merges",
        };
        let work = (progress.work_done, progress.work_expected);
        (stage, progress.merges_done, progress.merges_wanted, work)
    };
    let counts = Arc::clone(&counts.0);
    let learned = with_progress(py, progress, arguments, |report| match &base {
        Some(base) => learner::extend(&counts, base, &options, report),
        None => learner::learn(&counts, &options, report),
    })?;
    let merges = learned.merges.iter().map(|merge| (merge.left, merge.right, merge.id, merge.count)).collect();
    Ok((PyList::new(py, learned.tokens.iter().map(|token| PyBytes::new(py, token)))?, merges))
}

/// Derives merges again from the counts; `TrainingError` that names the first one that is wrong.
#[pyfunction]
pub(crate) fn check_merges(
    py: Python<'_>,
    counts: &WordCounts,
    options: Options,
    tokens: Vec<Vec<u8>>,
    merges: Merges,
) -> PyResult<()> {
    let options = options.to_core(None, None)?;
    let merges = merges.into_iter().map(|(left, right, id, count)| Merge { left, right, id, count }).collect();
    let learned = Learned { tokens, merges };
    py.detach(|| learner::check(&counts.0, &options, &learned)).or_raise(py)
}

/// The weight of every language, from weights, a temperature and shares to aim at.
#[pyfunction]
#[pyo3(signature = (counts, *, weights, temperature=None, targets))]
pub(crate) fn language_weights(
    py: Python<'_>,
    counts: &WordCounts,
    weights: Vec<(String, f64)>,
    temperature: Option<f64>,
    targets: Vec<(String, f64)>,
) -> PyResult<Vec<(String, f64)>> {
    let mixture = Mixture { weights, temperature, targets };
    py.detach(|| learner::language_weights(&counts.0, &mixture)).or_raise(py)
}
