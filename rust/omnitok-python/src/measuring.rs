//! Words and characters of texts, and the tokens of a vocabulary.

use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1};
use omnitok_core::measure::{self, LineFigures, LineTokens};
use omnitok_core::parallel::{self, Watch};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::signals::interruptible;
use crate::text::{texts_of, utf8_of};

type Rows<'py> = Bound<'py, PyArray2<u64>>;
type Numbers<'py> = Bound<'py, PyArray1<u64>>;
type Bytes<'py> = Bound<'py, PyArray1<u8>>;

/// Lines with the places of their words and characters.
#[pyclass(frozen, module = "omnitok._native")]
pub(crate) struct TextLayout(measure::TextLayout);

#[pymethods]
impl TextLayout {
    #[new]
    #[pyo3(signature = (lines, num_threads=None))]
    fn new(py: Python<'_>, lines: Vec<Bound<'_, PyAny>>, num_threads: Option<usize>) -> PyResult<Self> {
        let lines = texts_of(&lines)?;
        let lines = utf8_of(&lines);
        let threads = num_threads.unwrap_or_else(parallel::available_threads);
        interruptible(py, |watch: Watch| measure::TextLayout::new(&lines, threads, watch)).map(Self)
    }

    /// By line: bytes, code points, characters, words, runs without white space, joints inside words.
    fn figures<'py>(&self, py: Python<'py>) -> PyResult<Rows<'py>> {
        let row = |line: &LineFigures| {
            [line.bytes, line.code_points, line.characters, line.words, line.spaced_words, line.joints]
        };
        rows(py, self.0.figures().iter().map(row))
    }

    fn words(&self) -> Vec<&str> {
        self.0.distinct_words().collect()
    }

    fn word_uses<'py>(&self, py: Python<'py>) -> Numbers<'py> {
        PyArray1::from_slice(py, self.0.word_uses())
    }

    /// By line: whether intact, continued words, kept words, cuts, fragments, split characters. By distinct word: kept.
    #[pyo3(signature = (ids, offsets, tokens, num_threads=None))]
    fn measure<'py>(
        &self,
        py: Python<'py>,
        ids: PyReadonlyArray1<'py, u32>,
        offsets: PyReadonlyArray1<'py, i64>,
        tokens: &TokenTable,
        num_threads: Option<usize>,
    ) -> PyResult<(Rows<'py>, Numbers<'py>)> {
        let (ids, offsets) = (ids.as_slice()?, offsets.as_slice()?);
        let threads = num_threads.unwrap_or_else(parallel::available_threads);
        let work = |watch: Watch| self.0.measure(ids, offsets, &tokens.0, threads, watch);
        let figures = interruptible(py, work)?;
        let row = |line: &LineTokens| {
            [u64::from(line.is_intact), line.continued, line.kept, line.cuts, line.fragments, line.split_characters]
        };
        Ok((rows(py, figures.lines.iter().map(row))?, PyArray1::from_vec(py, figures.kept_words)))
    }
}

/// `[lines, 6]`.
fn rows(py: Python<'_>, lines: impl Iterator<Item = [u64; 6]>) -> PyResult<Rows<'_>> {
    let flat: Vec<u64> = lines.flatten().collect();
    let lines = flat.len() / 6;
    PyArray1::from_vec(py, flat).reshape([lines, 6])
}

/// The bytes of tokens by id; ids may have none.
#[pyclass(frozen, module = "omnitok._native")]
pub(crate) struct TokenTable(pub(crate) measure::TokenTable);

#[pymethods]
impl TokenTable {
    #[new]
    #[pyo3(signature = (tokens, adds_space=false))]
    fn new(tokens: Vec<Option<Bound<'_, PyBytes>>>, adds_space: bool) -> Self {
        let tokens = tokens.iter().map(|token| token.as_ref().map(PyBytesMethods::as_bytes));
        Self(measure::TokenTable::new(tokens).adding_space(adds_space))
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    /// By id: place in `UTF8_KINDS` (255 without bytes), place in the names that follow, bits of `JUNK_KINDS`; names.
    fn classes<'py>(&self, py: Python<'py>) -> (Bytes<'py>, Bytes<'py>, Bytes<'py>, Vec<&'static str>) {
        let count = self.0.len();
        let (mut kinds, mut scripts, mut junk) = (vec![u8::MAX; count], vec![u8::MAX; count], vec![0; count]);
        let mut names: Vec<&'static str> = Vec::new();
        for id in 0..count {
            let Some(token) = self.0.get(id as u32) else { continue };
            let class = measure::classify(token);
            let place = names.iter().position(|name| *name == class.script).unwrap_or_else(|| {
                names.push(class.script);
                names.len() - 1
            });
            // Unicode has fewer scripts than a byte has values.
            (kinds[id], scripts[id], junk[id]) = (class.utf8 as u8, place as u8, class.junk);
        }
        (PyArray1::from_vec(py, kinds), PyArray1::from_vec(py, scripts), PyArray1::from_vec(py, junk), names)
    }

    /// By id: the first id whose token differs only in case, or in white space around it; its own id without one.
    fn folded_duplicates<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<u32>> {
        // An id without bytes folds to nothing, and nothing is nobody's duplicate.
        let first = measure::folded_duplicates((0..self.0.len()).map(|id| self.0.get(id as u32).unwrap_or_default()));
        PyArray1::from_vec(py, first.into_iter().map(|id| id as u32).collect())
    }
}
