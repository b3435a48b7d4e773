//! Lists of ids whose integers are shared.
//!
//! A fresh Python integer for every id took longer than the encoder takes to find the id. So the process keeps one
//! integer for every id that it has ever put into a list, as Python itself does for those up to 256: 32 bytes, and 8 for
//! its place here. A program that uses arrays only has none of them.
//!
//! The limited API fills a list one call per item. Where the running interpreter has its lists laid out as `CPython` had
//! them from 2.x to 3.14, which is found out once, the items are written straight into the list instead. Free-threaded
//! builds take the calls.

use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};

use numpy::PyReadonlyArray1;
use omnitok_core::encoder::texts;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::error::OrRaise;

/// Ids from here on get a fresh integer each: no vocabulary of ours is so large.
const SHARED: usize = 1 << 20;

/// The integers there are, by id; null for one that no list has needed yet. They stay for as long as the process.
///
/// Parts of the table that nothing was written to cost no memory: a static of zeros is none in the file either.
static INTEGERS: [AtomicPtr<ffi::PyObject>; SHARED] = [const { AtomicPtr::new(ptr::null_mut()) }; SHARED];

/// How the items of a list are set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fill {
    /// Into the memory of the list.
    Direct,
    /// By a call for each, which every Python understands.
    Calls,
}

impl Fill {
    /// The faster one that this interpreter allows.
    pub(crate) fn fastest(py: Python<'_>) -> Self {
        static FASTEST: OnceLock<Fill> = OnceLock::new();
        *FASTEST.get_or_init(|| if lists_are_laid_out_as_known(py) { Self::Direct } else { Self::Calls })
    }
}

/// `ids` as a list.
pub(crate) fn list<'py>(py: Python<'py>, ids: &[u32]) -> PyResult<Bound<'py, PyList>> {
    list_filled_by(py, ids, Fill::fastest(py))
}

/// `ids` as a list whose items are set as `fill` says.
#[expect(unsafe_code, reason = "with a call for each item an id takes 3.1 ns instead of 2.0")]
pub(crate) fn list_filled_by<'py>(py: Python<'py>, ids: &[u32], fill: Fill) -> PyResult<Bound<'py, PyList>> {
    // SAFETY: the interpreter is attached. The list is new, so nobody else sees it while its items are set; should an
    // item fail, those not set are null, which lists allow until they are handed out, and this one is dropped.
    unsafe {
        let list = Bound::from_owned_ptr_or_err(py, ffi::PyList_New(ids.len() as ffi::Py_ssize_t))?;
        if fill == Fill::Direct && !ids.is_empty() {
            let items = list.as_ptr().cast::<KnownList>().read().items;
            for (position, &id) in ids.iter().enumerate() {
                items.add(position).write(integer(py, id)?);
            }
        } else {
            for (position, &id) in ids.iter().enumerate() {
                let item = integer(py, id)?;
                // It takes the item over, also when it fails.
                if ffi::PyList_SetItem(list.as_ptr(), position as ffi::Py_ssize_t, item) != 0 {
                    return Err(PyErr::fetch(py));
                }
            }
        }
        Ok(list.cast_into_unchecked())
    }
}

/// A new reference to the integer `id`.
#[inline]
#[expect(unsafe_code, reason = "references of the table are counted by hand")]
fn integer(py: Python<'_>, id: u32) -> PyResult<*mut ffi::PyObject> {
    let Some(place) = INTEGERS.get(id as usize) else { return fresh(py, id) };
    let mut shared = place.load(Ordering::Acquire);
    if shared.is_null() {
        shared = share(py, place, id)?;
    }
    // SAFETY: the table holds a reference for good, so the integer lives. The call knows what is immortal and, in a
    // free-threaded build, whose count it is; both are why the count is not raised in place.
    unsafe { ffi::Py_INCREF(shared) };
    Ok(shared)
}

/// Puts the integer `id` into its place of the table, unless another thread was faster.
#[cold]
#[expect(unsafe_code, reason = "references of the table are counted by hand")]
fn share(py: Python<'_>, place: &AtomicPtr<ffi::PyObject>, id: u32) -> PyResult<*mut ffi::PyObject> {
    let made = fresh(py, id)?;
    match place.compare_exchange(ptr::null_mut(), made, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => Ok(made),
        Err(first) => {
            // SAFETY: the reference made above, which nobody else has.
            unsafe { ffi::Py_DECREF(made) };
            Ok(first)
        }
    }
}

#[cold]
#[expect(unsafe_code, reason = "a conversion without a wrapper")]
fn fresh(py: Python<'_>, id: u32) -> PyResult<*mut ffi::PyObject> {
    // SAFETY: the interpreter is attached.
    let made = unsafe { ffi::PyLong_FromUnsignedLongLong(u64::from(id)) };
    if made.is_null() { Err(PyErr::fetch(py)) } else { Ok(made) }
}

/// A list as `CPython` lays it out: a header of reference count, type and length, and then where the items are.
#[repr(C)]
#[derive(Clone, Copy)]
struct KnownList {
    references: isize,
    class: *mut ffi::PyObject,
    length: isize,
    items: *mut *mut ffi::PyObject,
    room: isize,
}

/// Compares a list with what [`KnownList`] says of it, field by field, so that no pointer is followed before all around
/// it is right.
#[expect(unsafe_code, reason = "reads a list as memory")]
fn lists_are_laid_out_as_known(py: Python<'_>) -> bool {
    let list_class = py.get_type::<PyList>();
    let size = list_class.getattr("__basicsize__").and_then(|size| size.extract::<usize>());
    let header = py.get_type::<PyAny>().getattr("__basicsize__").and_then(|size| size.extract::<usize>());
    let expected = 1 << 16;
    let Ok(list) = PyList::new(py, [expected, expected + 1, expected + 2]) else { return false };
    if !matches!((size, header), (Ok(size), Ok(header)) if size == size_of::<KnownList>() && header == 2 * size_of::<isize>())
    {
        return false;
    }
    // SAFETY: lists have this size.
    let known = unsafe { list.as_ptr().cast::<KnownList>().read() };
    let is_alike = known.class == list_class.as_ptr()
        && known.length == 3
        && (3..16).contains(&known.room)
        && !known.items.is_null()
        && known.items.is_aligned();
    // SAFETY: between a length and an allocation that are right stands the only pointer a list has, and it is aligned.
    is_alike && list.iter().enumerate().all(|(position, item)| unsafe { *known.items.add(position) } == item.as_ptr())
}

/// The ids of many texts as nested lists. Without `direct` they are filled by calls, wherever that is slower.
#[pyfunction]
#[pyo3(signature = (ids, offsets, *, direct=true))]
pub(crate) fn id_lists<'py>(
    py: Python<'py>,
    ids: PyReadonlyArray1<'py, u32>,
    offsets: PyReadonlyArray1<'py, i64>,
    direct: bool,
) -> PyResult<Bound<'py, PyList>> {
    let fill = if direct { Fill::fastest(py) } else { Fill::Calls };
    let (ids, offsets) = (ids.as_slice()?, offsets.as_slice()?);
    let lists = PyList::empty(py);
    for ids in texts(ids, offsets).or_raise(py)? {
        lists.append(list_filled_by(py, ids, fill)?)?;
    }
    Ok(lists)
}
