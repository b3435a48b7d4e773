//! The methods of a tokenizer that programs call once for every text.

#![expect(clippy::doc_markdown, reason = "Python's help shows these words, in its own style")]

use std::borrow::Cow;
use std::sync::Arc;

use numpy::PyArray1;
use omnitok_core::encoder::{Encoder, LONG_TEXT};
use omnitok_core::parallel::Watch;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use crate::error::OrRaise;
use crate::ids;
use crate::signals::interruptible;
use crate::special::SpecialNames;
use crate::text::utf8;
use crate::tokenizer::Tokenizer;

/// Below this many bytes the GIL is kept: to give it away and take it back takes as long as a text of 100 bytes.
const WORTH_DETACHING: usize = 1 << 11;

/// What `omnitok.Tokenizer` inherits, so that a call of these methods is not also a call of a function of Python.
#[pyclass(frozen, subclass, module = "omnitok._native")]
pub(crate) struct TextEncoder {
    encoder: Arc<Encoder>,
}

#[pymethods]
impl TextEncoder {
    #[new]
    fn new(tokenizer: &Tokenizer) -> Self {
        Self { encoder: Arc::clone(&tokenizer.encoder) }
    }

    /// The ids of a text, in which the names of special tokens raise unless they are allowed.
    ///
    /// Args:
    ///     text: any string.
    ///     allowed_special: ``"all"`` or names of special tokens; where the text spells one it becomes that token.
    ///     disallowed_special: ``"all"`` (every special token that is not allowed) or strings that the text must not
    ///         contain. Pass ``()`` to encode special tokens that are not allowed as plain text.
    ///     num_threads: as for every method.
    ///
    /// Raises:
    ///     SpecialTokenError: the text contains a disallowed string; the message says where.
    #[pyo3(
        signature = (text, allowed_special=SpecialNames::NONE, disallowed_special=SpecialNames::All, *, num_threads=None),
        text_signature = "($self, text, allowed_special=(), disallowed_special='all', *, num_threads=None)"
    )]
    fn encode<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyString>,
        allowed_special: SpecialNames,
        disallowed_special: SpecialNames,
        num_threads: Option<i64>,
    ) -> PyResult<Bound<'py, PyList>> {
        self.ids(py, text, (&allowed_special, &disallowed_special), num_threads, |ids| ids::list(py, &ids))
    }

    /// The ids of a text in which nothing is special: every id lies in a text block.
    #[pyo3(signature = (text, *, num_threads=None))]
    fn encode_ordinary<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyString>,
        num_threads: Option<i64>,
    ) -> PyResult<Bound<'py, PyList>> {
        self.ids(py, text, (&SpecialNames::NONE, &SpecialNames::NONE), num_threads, |ids| ids::list(py, &ids))
    }

    /// The ids of ``encode`` as a uint32 array of shape [n].
    #[pyo3(
        signature = (text, allowed_special=SpecialNames::NONE, disallowed_special=SpecialNames::All, *, num_threads=None),
        text_signature = "($self, text, allowed_special=(), disallowed_special='all', *, num_threads=None)"
    )]
    fn encode_to_numpy<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyString>,
        allowed_special: SpecialNames,
        disallowed_special: SpecialNames,
        num_threads: Option<i64>,
    ) -> PyResult<Bound<'py, PyArray1<u32>>> {
        self.ids(py, text, (&allowed_special, &disallowed_special), num_threads, |ids| {
            Ok(match ids {
                Cow::Owned(ids) if ids.len() >= WORTH_GIVING => PyArray1::from_vec(py, ids),
                ids => PyArray1::from_slice(py, &ids),
            })
        })
    }

    /// ``len(encode_ordinary(text))`` without making the ids.
    #[pyo3(signature = (text, *, num_threads=None))]
    fn count(&self, py: Python<'_>, text: &Bound<'_, PyString>, num_threads: Option<i64>) -> PyResult<i64> {
        let text = utf8(text)?;
        let text: &str = &text;
        if let Some(threads) = self.threads(py, text, num_threads)? {
            let counts = interruptible(py, |watch| self.encoder.count_batch(&[text], threads, watch))?;
            return Ok(counts[0]);
        }
        let count = || self.encoder.count(text);
        let counted = if text.len() < WORTH_DETACHING { count() } else { py.detach(count) };
        counted.map(|count| count as i64).or_raise(py)
    }
}

/// Fewer ids are copied into an array, which is sooner done than giving it memory of ours.
const WORTH_GIVING: usize = 1 << 12;

impl TextEncoder {
    /// Makes what Python wants of the ids of `text`, those of a short one while the encoder lends them.
    #[inline]
    fn ids<R>(
        &self,
        py: Python<'_>,
        text: &Bound<'_, PyString>,
        (allowed, disallowed): (&SpecialNames, &SpecialNames),
        num_threads: Option<i64>,
        make: impl FnOnce(Cow<'_, [u32]>) -> PyResult<R>,
    ) -> PyResult<R> {
        let text = utf8(text)?;
        let text: &str = &text;
        let (allowed, disallowed) = (allowed.set(), disallowed.set());
        if let Some(threads) = self.threads(py, text, num_threads)? {
            let encode = |watch: Watch| self.encoder.encode_batch(&[text], allowed, disallowed, threads, watch);
            return make(Cow::Owned(interruptible(py, encode)?.ids));
        }
        if text.len() < WORTH_DETACHING {
            return self.encoder.lend_ids(text, allowed, disallowed, |ids| make(Cow::Borrowed(ids))).or_raise(py)?;
        }
        make(Cow::Owned(py.detach(|| self.encoder.encode(text, allowed, disallowed)).or_raise(py)?))
    }

    /// How many threads share `text`; none when it is short. A number that was given is checked in any case.
    fn threads(&self, py: Python<'_>, text: &str, num_threads: Option<i64>) -> PyResult<Option<usize>> {
        let is_long = text.len() >= LONG_TEXT;
        if !is_long && num_threads.is_none() {
            return Ok(None);
        }
        let chosen = py.import("omnitok.threads")?.getattr("thread_count")?.call1((num_threads,))?;
        let chosen: Option<usize> = chosen.extract()?;
        Ok(is_long.then(|| chosen.unwrap_or_else(|| self.encoder.idle_threads())))
    }
}
