//! Pruning vocabularies.

use std::sync::Arc;

use numpy::PyArray1;
use omnitok_core::parallel;
use omnitok_core::parallel::Watch;
use omnitok_core::refine::{self, EmittedOptions, Progress, PruneOptions};
use omnitok_core::vocabulary::TextTokens;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::counting::WordCounts;
use crate::error::OrRaise;
use crate::signals::{interruptible, with_progress};

type Uses<'py> = Bound<'py, PyArray1<u64>>;

fn text_of(py: Python<'_>, tokens: &[Bound<'_, PyBytes>]) -> PyResult<TextTokens> {
    let tokens: Vec<(u32, &[u8])> = (0..).zip(tokens.iter().map(PyBytesMethods::as_bytes)).collect();
    TextTokens::new(&tokens).or_raise(py)
}

/// The ranks of the tokens to keep, ascending, and the final use of each.
#[pyfunction]
#[pyo3(signature = (counts, tokens, vocab_size, *, min_use, whole_words, weights, num_threads=None, progress=None))]
#[expect(clippy::too_many_arguments, reason = "keyword-only, as Python has it")]
pub(crate) fn prune<'py>(
    py: Python<'py>,
    counts: &WordCounts,
    tokens: Vec<Bound<'py, PyBytes>>,
    vocab_size: usize,
    min_use: u64,
    whole_words: bool,
    weights: Vec<(String, f64)>,
    num_threads: Option<usize>,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Vec<u32>, Uses<'py>)> {
    let text = text_of(py, &tokens)?;
    let threads = num_threads.unwrap_or_else(parallel::available_threads);
    let options = PruneOptions { vocab_size, min_use, whole_words, weights, threads };
    let arguments = |progress: Progress| (progress.removed, progress.wanted);
    let counts = Arc::clone(&counts.0);
    let pruned = with_progress(py, progress, arguments, |report| refine::prune(&counts, &text, &options, report))?;
    Ok((pruned.kept, PyArray1::from_vec(py, pruned.uses)))
}

/// The ranks of the tokens that one step of pruning by the tokens that a text becomes leaves, ascending.
#[pyfunction]
#[pyo3(signature = (emitted, tokens, vocab_size, *, min_use, unwanted, weights, num_threads=None))]
#[expect(clippy::too_many_arguments, reason = "keyword-only, as Python has it")]
pub(crate) fn prune_emitted(
    py: Python<'_>,
    emitted: &WordCounts,
    tokens: Vec<Bound<'_, PyBytes>>,
    vocab_size: usize,
    min_use: u64,
    unwanted: Vec<u32>,
    weights: Vec<(String, f64)>,
    num_threads: Option<usize>,
) -> PyResult<Vec<u32>> {
    let text = text_of(py, &tokens)?;
    let threads = num_threads.unwrap_or_else(parallel::available_threads);
    let options = EmittedOptions { vocab_size, min_use, unwanted, weights, threads };
    let emitted = Arc::clone(&emitted.0);
    py.detach(|| refine::prune_emitted(&emitted, &text, &options)).or_raise(py)
}

/// The final use of every token, by rank.
#[pyfunction]
#[pyo3(signature = (counts, tokens, *, weights, num_threads=None))]
pub(crate) fn token_uses<'py>(
    py: Python<'py>,
    counts: &WordCounts,
    tokens: Vec<Bound<'py, PyBytes>>,
    weights: Vec<(String, f64)>,
    num_threads: Option<usize>,
) -> PyResult<Uses<'py>> {
    let text = text_of(py, &tokens)?;
    let threads = num_threads.unwrap_or_else(parallel::available_threads);
    let counts = Arc::clone(&counts.0);
    let uses = interruptible(py, |watch: Watch| refine::token_uses(&counts, &text, &weights, threads, watch))?;
    Ok(PyArray1::from_vec(py, uses))
}
