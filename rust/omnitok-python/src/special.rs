//! Sets of special tokens, as Python spells them.

use omnitok_core::encoder::SpecialSet;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// `"all"`, or a collection of names.
pub(crate) enum SpecialNames {
    All,
    Only(Vec<String>),
}

impl SpecialNames {
    /// The empty collection.
    pub(crate) const NONE: Self = Self::Only(Vec::new());

    pub(crate) fn set(&self) -> SpecialSet<'_> {
        match self {
            Self::All => SpecialSet::All,
            Self::Only(names) => SpecialSet::Only(names),
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for SpecialNames {
    type Error = PyErr;

    fn extract(names: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(word) = names.cast::<PyString>() {
            if word.to_cow()? == "all" {
                return Ok(Self::All);
            }
            let message =
                format!("a set of special tokens is 'all' or a collection of names, not the string {}", word.repr()?);
            return Err(PyTypeError::new_err(message));
        }
        names.try_iter()?.map(|name| name?.extract()).collect::<PyResult<_>>().map(Self::Only)
    }
}
