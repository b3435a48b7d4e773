//! Options whose values are words.

use omnitok_core::counts::Utf8Policy;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// One of the values that an option has, by name.
pub(crate) fn choose<T: Copy>(option: &str, value: &str, choices: &[(&str, T)]) -> PyResult<T> {
    let found = choices.iter().find(|(name, _)| *name == value).map(|&(_, choice)| choice);
    found.ok_or_else(|| {
        let names: Vec<String> = choices.iter().map(|(name, _)| format!("{name:?}")).collect();
        PyValueError::new_err(format!("{option} is {value:?}; it is one of {}", names.join(", ")))
    })
}

/// What to do with bytes that are not UTF-8.
pub(crate) fn utf8_policy(errors: &str) -> PyResult<Utf8Policy> {
    let policies = [("strict", Utf8Policy::Strict), ("replace", Utf8Policy::Replace), ("skip", Utf8Policy::Skip)];
    choose("errors", errors, &policies)
}
