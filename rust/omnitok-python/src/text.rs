//! Python strings as UTF-8, alone and in batches.

use std::borrow::Cow;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};

/// The text of a Python string.
///
/// A string with surrogates has no UTF-8. It is repaired as tiktoken does: pairs become the character they stand for,
/// and a lone one becomes U+FFFD.
pub(crate) fn utf8<'a>(text: &'a Bound<'_, PyString>) -> PyResult<Cow<'a, str>> {
    if let Ok(text) = text.to_str() {
        return Ok(Cow::Borrowed(text));
    }
    // Of `str` itself: a subclass may have an `encode` of its own, which says something else.
    let encode = text.py().get_type::<PyString>().getattr("encode")?;
    let encoded = encode.call1((text, "utf-16-le", "surrogatepass"))?.cast_into::<PyBytes>()?;
    let units = encoded.as_bytes().chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    Ok(Cow::Owned(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()))
}

/// The texts of a batch.
pub(crate) struct Texts<'py>(Vec<Bound<'py, PyString>>);

impl Texts<'_> {
    /// See [`utf8`].
    pub(crate) fn utf8(&self) -> PyResult<Vec<Cow<'_, str>>> {
        self.0.iter().map(utf8).collect()
    }
}

impl<'py> FromPyObject<'_, 'py> for Texts<'py> {
    type Error = PyErr;

    /// A list of strings; the error for anything else in it says where.
    fn extract(texts: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let text = |(index, text): (usize, Bound<'py, PyAny>)| {
            text.cast_into::<PyString>().map_err(|error| {
                let what = error.into_inner().get_type().name().map_or_else(|_| "?".into(), |name| name.to_string());
                PyTypeError::new_err(format!("text {index} of the batch is of type {what}; every text is a str"))
            })
        };
        texts.cast::<PyList>()?.iter().enumerate().map(text).collect::<PyResult<_>>().map(Self)
    }
}
