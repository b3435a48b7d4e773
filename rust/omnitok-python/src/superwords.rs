//! Counting candidates of superwords.

use std::path::PathBuf;
use std::sync::Arc;

use omnitok_core::counts::Budget;
use omnitok_core::parallel;
use omnitok_core::superwords;
use pyo3::prelude::*;

use crate::counting::WordCounter;
use crate::error::OrRaise;

/// The tokens that superwords are to be made of, and how often which two of them stand side by side.
#[pyclass(frozen, module = "omnitok._native")]
pub(crate) struct FirstStage(Arc<superwords::FirstStage>);

#[pymethods]
impl FirstStage {
    #[new]
    #[pyo3(signature = (pattern, tokens, *, table_bits=25))]
    fn new(py: Python<'_>, pattern: &str, tokens: Vec<Vec<u8>>, table_bits: u32) -> PyResult<Self> {
        let stage = py.detach(|| superwords::FirstStage::with_table(pattern, &tokens, table_bits));
        Ok(Self(Arc::new(stage.or_raise(py)?)))
    }

    /// A counter that takes note of the pairs in phrases, and counts nothing.
    #[pyo3(signature = (*, num_threads=None))]
    fn pair_counter(&self, num_threads: Option<usize>) -> WordCounter {
        let threads = num_threads.unwrap_or_else(parallel::available_threads);
        WordCounter(Some(self.0.pair_counter(threads)))
    }

    /// A counter of pieces of phrases, cut where two tokens stand side by side fewer than `min_count` times.
    #[pyo3(signature = (min_count, *, budget=None, num_threads=None))]
    fn candidate_counter(
        &self,
        py: Python<'_>,
        min_count: u64,
        budget: Option<(u64, PathBuf)>,
        num_threads: Option<usize>,
    ) -> PyResult<WordCounter> {
        let threads = num_threads.unwrap_or_else(parallel::available_threads);
        let counter = self.0.candidate_counter(min_count, threads).or_raise(py)?;
        Ok(WordCounter(Some(match budget {
            Some((memory, folder)) => counter.with_budget(Budget { memory, folder }).or_raise(py)?,
            None => counter,
        })))
    }

    /// Writes the table of pairs, whole or not at all.
    fn save_pairs(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.0.save_pairs(&path)).or_raise(py)
    }

    /// Takes up a table that was saved; `CorruptFileError` where it is damaged or of another first stage.
    fn restore_pairs(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.0.restore_pairs(&path)).or_raise(py)
    }

    /// SHA-256 of the tokens.
    #[getter]
    fn digest(&self) -> &str {
        self.0.digest()
    }

    /// The highest `min_count` with which at least so many pairs are left uncut.
    fn min_count_for(&self, py: Python<'_>, pairs: usize) -> u64 {
        py.detach(|| self.0.min_count_for(pairs))
    }
}

/// A counter of the tokens that texts become, in place of their words.
#[pyfunction]
#[pyo3(signature = (pattern, tokens, *, num_threads=None))]
pub(crate) fn token_counter(
    py: Python<'_>,
    pattern: &str,
    tokens: Vec<Vec<u8>>,
    num_threads: Option<usize>,
) -> PyResult<WordCounter> {
    let threads = num_threads.unwrap_or_else(parallel::available_threads);
    let counter = py.detach(|| superwords::token_counter(pattern, &tokens, threads)).or_raise(py)?;
    Ok(WordCounter(Some(counter)))
}
