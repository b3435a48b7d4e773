//! Learning ranks from counts.

use std::path::PathBuf;
use std::sync::Arc;

use omnitok_core::learner::{self, LearnOptions, Learned, Merge, Mixture, Mode, Stage};
use omnitok_core::parallel;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::choice::choose;
use crate::counting::WordCounts;
use crate::error::OrRaise;
use crate::signals::with_progress;

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
    spare_word_ends: bool,
    parity: Option<Parity>,
}

/// The development text, the merges chosen by all languages together, and the window.
type Parity = (Py<WordCounts>, usize, Option<usize>);

impl Options {
    fn to_core(&self, num_threads: Option<usize>, checkpoint: Option<PathBuf>) -> PyResult<LearnOptions> {
        Ok(LearnOptions {
            min_frequency: self.min_frequency,
            max_token_bytes: self.max_token_bytes,
            weights: self.weights.clone(),
            mode: choose("mode", &self.mode, &MODES)?,
            whole_characters: self.whole_characters,
            spare_word_ends: self.spare_word_ends,
            parity: self.parity.as_ref().map(|(development, global_merges, window)| learner::Parity {
                development: Arc::clone(&development.get().0),
                global_merges: *global_merges,
                window: *window,
            }),
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
