//! Python strings as UTF-8.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::ControlFlow;

use omnitok_core::encoder::FedTexts;
use omnitok_core::parallel::{JoinIn, Push};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::error::OrRaise;
use crate::signals::interruptible;

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

/// The strings of a batch; the error for anything else in it says where.
fn strings_of<'a, 'py>(texts: &'a [Bound<'py, PyAny>]) -> PyResult<Vec<&'a Bound<'py, PyString>>> {
    let string = |(index, text): (usize, &'a Bound<'py, PyAny>)| {
        if let Ok(text) = text.cast() {
            return Ok(text);
        }
        let class = text.get_type().name()?;
        Err(PyTypeError::new_err(format!("text {index} of the batch is of type {class}; every text is a str")))
    };
    texts.iter().enumerate().map(string).collect()
}

/// The texts of a batch.
pub(crate) fn texts_of<'a>(texts: &'a [Bound<'_, PyAny>]) -> PyResult<Vec<Cow<'a, str>>> {
    strings_of(texts)?.into_iter().map(utf8).collect()
}

/// What the core takes.
pub(crate) fn utf8_of<'a>(texts: &'a [Cow<'_, str>]) -> Vec<&'a str> {
    texts.iter().map(AsRef::as_ref).collect()
}

/// So many bytes are made between two looks for Ctrl-C: in a millisecond or so.
const LOOK_EVERY: usize = 1 << 20;

/// Runs `work`, which other threads begin with the first texts of a batch while later ones become UTF-8 in this one. That
/// takes the GIL; when it is done this thread gives it away and joins in. (With all of them made before any thread began,
/// two threads were 1.56 times as fast as one, on strings that had no UTF-8 yet.)
pub(crate) fn while_converting<R>(
    py: Python<'_>,
    texts: &[Bound<'_, PyAny>],
    work: impl FnOnce(FedTexts) -> omnitok_core::Result<R>,
) -> PyResult<R> {
    let strings = strings_of(texts)?;
    let made: Vec<OnceCell<Cow<str>>> = strings.iter().map(|_| OnceCell::new()).collect();
    let (mut failure, mut interrupt) = (None, None);
    let feed = &mut |push: Push<_>| {
        convert(py, &strings, &made, push).unwrap_or_else(|error| {
            failure = Some(error);
            ControlFlow::Break(())
        })
    };
    let then = &mut |join_in: JoinIn| {
        interrupt = interruptible(py, |watch| {
            join_in(watch);
            Ok(())
        })
        .err();
    };
    let result = work(FedTexts { count: strings.len(), feed, then });
    failure.or(interrupt).map_or_else(|| result.or_raise(py), Err)
}

/// Pushes strings, each of which is kept where it was `made` UTF-8.
fn convert<'a>(
    py: Python<'_>,
    strings: &[&'a Bound<'_, PyString>],
    made: &'a [OnceCell<Cow<'a, str>>],
    push: Push<&'a str>,
) -> PyResult<ControlFlow<()>> {
    let mut unseen = 0;
    for (string, made) in strings.iter().zip(made) {
        if unseen >= LOOK_EVERY {
            py.check_signals()?;
            unseen = 0;
        }
        let text = utf8(string)?;
        unseen += text.len();
        if push(made.get_or_init(|| text)).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}
