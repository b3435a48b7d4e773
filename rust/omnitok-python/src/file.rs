//! Files and folders that appear whole or not at all, and the digest of their content.

use std::io::Write as _;
use std::path::PathBuf;

use omnitok_core::Error;
use omnitok_core::atomic;
use pyo3::prelude::*;

use crate::error::OrRaise;

/// Writes a file under a temporary name first and then renames it.
#[pyfunction]
#[pyo3(signature = (path, data, *, force=false))]
pub(crate) fn write_file(py: Python<'_>, path: PathBuf, data: &[u8], force: bool) -> PyResult<()> {
    let write =
        || atomic::write_file(&path, force, |file| file.write_all(data).map_err(|error| Error::io(&path, error)));
    py.detach(write).or_raise(py)
}

/// SHA-256 in lower-case hex: `hashlib` without its import, which takes as long as to hash a vocabulary.
#[pyfunction]
pub(crate) fn sha256(py: Python<'_>, data: &[u8]) -> String {
    py.detach(|| omnitok_core::format::sha256(data))
}

/// Gives a folder its place; what was there before has its name then. `mark` is the file by which a folder that may be
/// replaced is known.
#[pyfunction]
#[pyo3(signature = (new, target, *, mark, force=false))]
pub(crate) fn place_folder(py: Python<'_>, new: PathBuf, target: PathBuf, mark: &str, force: bool) -> PyResult<()> {
    py.detach(|| atomic::place_folder(&new, &target, force, mark)).or_raise(py)
}
