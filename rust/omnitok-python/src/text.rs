//! Python strings as UTF-8.

use std::borrow::Cow;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

/// The text of a Python string.
///
/// A string with surrogates has no UTF-8. It is repaired as tiktoken does: pairs become the character they stand for,
/// and a lone one becomes U+FFFD.
///
/// A string other than ASCII keeps the UTF-8 that Python makes of it here, as much memory as its own or half as much
/// again, until it dies; `encode_files` keeps nothing. Copies of our own were tried for texts that are encoded once.
/// Through `bytes` calls took as long as before (French, Hindi and Chinese, within 3 %). Through UCS-4 and a loop without
/// branches the UTF-8 was made in 10 to 30 % less time, 0.1 to 0.2 of some 5 ns a byte. A text that is encoded again took
/// 15 to 25 % more.
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

/// The texts of a batch; the error for anything else in it says where.
pub(crate) fn texts_of<'a>(texts: &'a [Bound<'_, PyAny>]) -> PyResult<Vec<Cow<'a, str>>> {
    let text = |(index, text): (usize, &'a Bound<'_, PyAny>)| {
        if let Ok(text) = text.cast::<PyString>() {
            return utf8(text);
        }
        let class = text.get_type().name()?;
        Err(PyTypeError::new_err(format!("text {index} of the batch is of type {class}; every text is a str")))
    };
    texts.iter().enumerate().map(text).collect()
}

/// What the core takes.
pub(crate) fn utf8_of<'a>(texts: &'a [Cow<'_, str>]) -> Vec<&'a str> {
    texts.iter().map(AsRef::as_ref).collect()
}
