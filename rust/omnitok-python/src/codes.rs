//! Merges over codes.

use numpy::{PyArray1, PyReadonlyArray1};
use omnitok_core::codes::{self, CodeLearnOptions, Sample};
use omnitok_core::learner::{Progress, Stage};
use omnitok_core::parallel;
use omnitok_core::vocabulary::{CodeLayout, CodeMerge};
use pyo3::prelude::*;

use crate::error::{OrRaise, omnitok_error};
use crate::signals::with_progress;

type Merges = Vec<(u32, u32, bool)>;

fn layout(py: Python<'_>, block: &str) -> PyResult<CodeLayout> {
    serde_json::from_str(block).map_err(|error| omnitok_error(py, "VocabularyError", format!("the codes: {error}")))
}

/// What learning is told.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct CodeOptions {
    merges: usize,
    min_count: u64,
    max_steps: Option<u64>,
    whole_frames: bool,
    rows_only: bool,
}

/// Learns merges from samples, which are (codebook, columns or None, codes): (merges, counts).
#[pyfunction]
#[pyo3(signature = (block, samples, options, *, num_threads=None, progress=None))]
pub(crate) fn learn_code_merges(
    py: Python<'_>,
    block: &str,
    samples: Vec<(usize, Option<usize>, PyReadonlyArray1<'_, u32>)>,
    options: CodeOptions,
    num_threads: Option<usize>,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Merges, Vec<u64>)> {
    let layout = layout(py, block)?;
    let samples: Vec<Sample> = samples
        .iter()
        .map(|(codebook, columns, codes)| {
            Ok(Sample { codebook: *codebook, columns: *columns, codes: codes.as_slice()? })
        })
        .collect::<PyResult<_>>()?;
    let CodeOptions { merges, min_count, max_steps, whole_frames, rows_only } = options;
    let threads = num_threads.unwrap_or_else(parallel::available_threads);
    let options = CodeLearnOptions { merges, min_count, max_steps, whole_frames, rows_only, threads };
    let arguments = |progress: Progress| {
        let stage = match progress.stage {
            Stage::CountingPairs => "pairs",
            Stage::Merging => "merges",
        };
        (stage, progress.merges_done, progress.merges_wanted, (progress.work_done, progress.work_expected))
    };
    let learned = with_progress(py, progress, arguments, |report| codes::learn(&layout, &samples, &options, report))?;
    let merges = learned.merges.iter().map(|merge| (merge.left, merge.right, merge.down)).collect();
    Ok((merges, learned.counts))
}

/// Merges over codes, ready for use.
#[pyclass(frozen, module = "omnitok._native")]
pub(crate) struct CodeTable(codes::CodeTable);

#[pymethods]
impl CodeTable {
    #[new]
    fn new(py: Python<'_>, block: &str, merges: Merges, whole_frames: bool) -> PyResult<Self> {
        let merges = merges.into_iter().map(|(left, right, down)| CodeMerge { left, right, down }).collect();
        codes::CodeTable::new(&layout(py, block)?, merges, whole_frames).or_raise(py).map(Self)
    }

    /// The symbols of codes, one array a codebook.
    fn encode<'py>(
        &self,
        py: Python<'py>,
        codes: Vec<PyReadonlyArray1<'py, u32>>,
        columns: Option<usize>,
    ) -> PyResult<Bound<'py, PyArray1<u32>>> {
        let codes: Vec<&[u32]> = codes.iter().map(|codes| Ok(codes.as_slice()?)).collect::<PyResult<_>>()?;
        let symbols = py.detach(|| self.0.encode(&codes, columns)).or_raise(py)?;
        Ok(PyArray1::from_vec(py, symbols))
    }

    /// The codes of symbols, one array a codebook.
    fn decode<'py>(
        &self,
        py: Python<'py>,
        symbols: PyReadonlyArray1<'py, u32>,
        columns: Option<usize>,
    ) -> PyResult<Vec<Bound<'py, PyArray1<u32>>>> {
        let symbols: &[u32] = symbols.as_slice()?;
        let codes = py.detach(|| self.0.decode(symbols, columns)).or_raise(py)?;
        Ok(codes.into_iter().map(|codes| PyArray1::from_vec(py, codes)).collect())
    }
}
