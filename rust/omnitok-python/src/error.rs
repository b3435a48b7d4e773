//! Which cause of the core becomes which Python exception.
//!
//! The exception classes are Python's own, in `omnitok/errors.py`: some have two bases, which Rust cannot give them.

use std::io::ErrorKind;

use omnitok_core::Error;
use omnitok_core::error::advice_on_special;
use pyo3::call::PyCallArgs;
use pyo3::exceptions::{PyFileExistsError, PyKeyboardInterrupt, PyMemoryError, PyOSError, PyValueError};
use pyo3::prelude::*;

/// The exception for an error of the core.
pub(crate) fn exception(py: Python<'_>, error: Error) -> PyErr {
    let class = match cause(&error) {
        Error::Vocabulary(_) | Error::UnknownSpecialToken { .. } => "VocabularyError",
        Error::Pattern { .. } => "PatternError",
        Error::SpecialToken { token, .. } => {
            let (message, advice) = (error.to_string(), advice_on_special(token));
            let what = message.strip_suffix(&advice).and_then(|rest| rest.strip_suffix(". ")).unwrap_or(&message);
            return instance_of(py, "SpecialTokenError", (what, advice));
        }
        Error::UnknownToken { .. } => "UnknownTokenError",
        Error::Sequence { .. } => "SequenceError",
        Error::CorruptFile { .. } => "CorruptFileError",
        Error::InvalidUtf8 { .. } | Error::NoCharacter { .. } => "InvalidTextError",
        Error::Corpus(_) => "CorpusError",
        Error::Training(_) | Error::CountOverflow(_) => "TrainingError",
        Error::Exhausted { tokens, .. } => {
            let raised = omnitok_error(py, "ExhaustedError", error.to_string());
            // An attribute that cannot be set is no reason to hide what is wrong.
            _ = raised.value(py).setattr("found", *tokens);
            return raised;
        }
        Error::Uncounted { .. } => "UncountedError",
        Error::Argument(_) => return PyValueError::new_err(error.to_string()),
        Error::Interrupted => return PyKeyboardInterrupt::new_err(()),
        Error::Memory { .. } => return PyMemoryError::new_err(error.to_string()),
        Error::Exists { .. } => return PyFileExistsError::new_err(error.to_string()),
        Error::Io { .. } => return os_error(error),
        _ => "OmnitokError",
    };
    omnitok_error(py, class, error.to_string())
}

/// What is wrong, wherever it is.
fn cause(error: &Error) -> &Error {
    match error {
        Error::Within { source, .. } => cause(source),
        other => other,
    }
}

/// An instance of `omnitok.errors.<class>`.
pub(crate) fn omnitok_error(py: Python<'_>, class: &str, message: String) -> PyErr {
    instance_of(py, class, (message,))
}

fn instance_of<'py>(py: Python<'py>, class: &str, arguments: impl PyCallArgs<'py>) -> PyErr {
    let instance = py.import("omnitok.errors").and_then(|errors| errors.getattr(class)?.call1(arguments));
    instance.map_or_else(|error| error, PyErr::from_value)
}

/// An `OSError`, which Python turns into the subclass of its number, with the path.
fn os_error(error: Error) -> PyErr {
    match error {
        Error::Io { path, source } => match source.raw_os_error() {
            Some(number) => {
                let words = source.to_string();
                let words = words.strip_suffix(&format!(" (os error {number})")).unwrap_or(&words).to_owned();
                PyOSError::new_err((number, words, path.into_os_string()))
            }
            None if source.kind() == ErrorKind::AlreadyExists => {
                PyFileExistsError::new_err(format!("{}: {source}", path.display()))
            }
            None => PyOSError::new_err(format!("{}: {source}", path.display())),
        },
        other => PyOSError::new_err(other.to_string()),
    }
}

/// Results of the core as results of Python.
pub(crate) trait OrRaise<T> {
    /// The value, or the exception for the error.
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> OrRaise<T> for omnitok_core::Result<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| exception(py, error))
    }
}
