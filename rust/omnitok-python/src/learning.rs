//! Learning ranks from counts.

use std::sync::Arc;

use omnitok_core::learner::{self, LearnOptions, Mode, Stage};
use omnitok_core::parallel;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::choice::choose;
use crate::counting::WordCounts;
use crate::signals::with_progress;

type Merges = Vec<(u32, u32, u32, u64)>;

/// Learns text tokens: (tokens by rank, merges as (left, right, id, count)).
#[pyfunction]
#[pyo3(signature = (counts, *, vocab_size, min_frequency, max_token_bytes, weights, mode, num_threads=None, progress=None))]
#[expect(clippy::too_many_arguments, reason = "keyword-only, as Python has it")]
pub(crate) fn learn<'py>(
    py: Python<'py>,
    counts: &WordCounts,
    vocab_size: usize,
    min_frequency: u64,
    max_token_bytes: Option<usize>,
    weights: Vec<(String, f64)>,
    mode: &str,
    num_threads: Option<usize>,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Bound<'py, PyList>, Merges)> {
    let options = LearnOptions {
        min_frequency,
        max_token_bytes,
        weights,
        mode: choose("mode", mode, &[("exact", Mode::Exact), ("huggingface", Mode::HuggingFace)])?,
        threads: num_threads.unwrap_or_else(parallel::available_threads),
        ..LearnOptions::new(vocab_size)
    };
    let arguments = |progress: learner::Progress| {
        let stage = match progress.stage {
            Stage::CountingPairs => "pairs",
            Stage::Merging => "merges",
        };
        (stage, progress.merges_done, progress.merges_wanted)
    };
    let counts = Arc::clone(&counts.0);
    let learned = with_progress(py, progress, arguments, |report| learner::learn(&counts, &options, report))?;
    let merges = learned.merges.iter().map(|merge| (merge.left, merge.right, merge.id, merge.count)).collect();
    Ok((PyList::new(py, learned.tokens.iter().map(|token| PyBytes::new(py, token)))?, merges))
}
