//! The ids of many texts as a rectangle.

use numpy::{Element, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1};
use omnitok_core::encoder::{Padding, Side, padded};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::choice::choose;
use crate::error::OrRaise;

const SIDES: [(&str, Side); 2] = [("right", Side::Right), ("left", Side::Left)];

/// (ids, mask), both [n, length].
#[pyfunction]
#[pyo3(signature = (ids, offsets, *, length, pad_id, side, truncate, dtype))]
#[expect(clippy::too_many_arguments, reason = "keyword-only, as Python has it")]
pub(crate) fn pad<'py>(
    py: Python<'py>,
    ids: PyReadonlyArray1<'py, u32>,
    offsets: PyReadonlyArray1<'py, i64>,
    length: Option<i64>,
    pad_id: u32,
    side: &str,
    truncate: Option<&str>,
    dtype: &str,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyArray2<bool>>)> {
    let negative = |length: i64| PyValueError::new_err(format!("length is {length}; it must be at least 0"));
    let padding = Padding {
        length: length.map(|length| usize::try_from(length).map_err(|_| negative(length))).transpose()?,
        pad_id,
        side: choose("side", side, &SIDES)?,
        truncate: truncate.map(|truncate| choose("truncate", truncate, &SIDES)).transpose()?,
    };
    let (ids, offsets) = (ids.as_slice()?, offsets.as_slice()?);
    if choose("dtype", dtype, &[("uint32", false), ("int64", true)])? {
        rows::<i64>(py, ids, offsets, padding)
    } else {
        rows::<u32>(py, ids, offsets, padding)
    }
}

fn rows<'py, T: Element + Copy + From<u32>>(
    py: Python<'py>,
    ids: &[u32],
    offsets: &[i64],
    padding: Padding,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyArray2<bool>>)> {
    let rows = padded::<T>(ids, offsets, padding).or_raise(py)?;
    let ids = PyArray1::from_vec(py, rows.ids).reshape(rows.shape)?;
    Ok((ids.into_any(), PyArray1::from_vec(py, rows.mask).reshape(rows.shape)?))
}
