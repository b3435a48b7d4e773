//! Text from bytes that arrive in pieces.

use omnitok_core::decoder;
use pyo3::prelude::*;

/// Turns bytes that arrive in pieces into text, without ever giving out half a character.
#[pyclass(module = "omnitok._native")]
#[derive(Default)]
pub(crate) struct Utf8Stream(decoder::Utf8Stream);

#[pymethods]
impl Utf8Stream {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// The text that `bytes` complete.
    fn push(&mut self, bytes: &[u8]) -> String {
        self.0.push(bytes)
    }

    /// What is left at the end: nothing, or U+FFFD.
    fn finish(&mut self) -> String {
        self.0.finish()
    }
}
