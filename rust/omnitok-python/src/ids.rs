//! Lists of ids whose integers are shared.
//!
//! A fresh Python integer for every id took longer than the encoder takes to find the id. So the process keeps one
//! integer for every id that it has ever put into a list, as Python itself does for those up to 256: 32 bytes, and 8 for
//! its place here. A program that uses arrays only has none of them.
//!
//! The limited API fills a list with two calls per item: one counts the reference, one sets the item. Where the running
//! interpreter has its lists and counts laid out as `CPython` had them from 2.x to 3.14, which is found out once, both
//! are written straight into memory instead. Free-threaded builds take the calls.

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

/// Reference counts from here on may be those of immortal objects: 3.12 has them at 2^32 - 1, 3.14 at 3 * 2^30.
const MORTAL: usize = 1 << 30;

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
        *FASTEST.get_or_init(|| if is_laid_out_as_known(py) { Self::Direct } else { Self::Calls })
    }
}

/// `ids` as a list.
pub(crate) fn list<'py>(py: Python<'py>, ids: &[u32]) -> PyResult<Bound<'py, PyList>> {
    list_filled_by(py, ids, Fill::fastest(py))
}

/// `ids` as a list whose items are set as `fill` says.
#[expect(unsafe_code, reason = "with calls for each item an id of English takes 3.8 ns instead of 1.8")]
pub(crate) fn list_filled_by<'py>(py: Python<'py>, ids: &[u32], fill: Fill) -> PyResult<Bound<'py, PyList>> {
    // SAFETY: the interpreter is attached. The list is new, so nobody else sees it while its items are set; should an
    // item fail, those not set are null, which lists allow until they are handed out, and this one is dropped.
    unsafe {
        let list = Bound::from_owned_ptr_or_err(py, ffi::PyList_New(ids.len() as ffi::Py_ssize_t))?;
        if fill == Fill::Direct && !ids.is_empty() {
            let items = list.as_ptr().cast::<KnownList>().read().items;
            for (position, &id) in ids.iter().enumerate() {
                items.add(position).write(integer(py, id, |object| count_in_place(object))?);
            }
        } else {
            for (position, &id) in ids.iter().enumerate() {
                let item = integer(py, id, |object| count_by_call(object))?;
                // It takes the item over, also when it fails.
                if ffi::PyList_SetItem(list.as_ptr(), position as ffi::Py_ssize_t, item) != 0 {
                    return Err(PyErr::fetch(py));
                }
            }
        }
        Ok(list.cast_into_unchecked())
    }
}

/// A new reference to the integer `id`, which `count` counts when it is one of the table's.
#[inline]
fn integer(py: Python<'_>, id: u32, count: impl FnOnce(*mut ffi::PyObject)) -> PyResult<*mut ffi::PyObject> {
    let Some(place) = INTEGERS.get(id as usize) else { return fresh(py, id) };
    let mut shared = place.load(Ordering::Acquire);
    if shared.is_null() {
        shared = share(py, place, id)?;
    }
    count(shared);
    Ok(shared)
}

/// Counts a reference by a call, which knows what is immortal and, in a free-threaded build, whose count it is.
///
/// # Safety
/// The interpreter is attached and the object alive.
#[expect(unsafe_code, reason = "references of the table are counted by hand")]
unsafe fn count_by_call(object: *mut ffi::PyObject) {
    // SAFETY: the caller's promise.
    unsafe { ffi::Py_INCREF(object) }
}

/// Counts a reference in the object's memory. Every interpreter with [`KnownList`] has the count first, in its lower
/// half at least; where there are immortal objects (3.12), their lower half is beyond [`MORTAL`], and the call decides.
///
/// # Safety
/// The interpreter is attached, the object alive, and [`is_laid_out_as_known`].
#[inline]
#[expect(unsafe_code, reason = "with the call an id of English takes 2.6 ns instead of 1.8")]
unsafe fn count_in_place(object: *mut ffi::PyObject) {
    // SAFETY: the caller's promise; the lock of the interpreter makes it the only one to write here.
    unsafe {
        let count = object.cast::<usize>();
        if *count & 0xffff_ffff < MORTAL { *count += 1 } else { ffi::Py_INCREF(object) }
    }
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
fn is_laid_out_as_known(py: Python<'_>) -> bool {
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
    is_alike
        && counts_references(list.as_ptr())
        && list.iter().enumerate().all(|(position, item)| unsafe { *known.items.add(position) } == item.as_ptr())
}

/// Whether a reference more is one more in the first word of this object, which is new.
#[expect(unsafe_code, reason = "reads an object as memory")]
fn counts_references(object: *mut ffi::PyObject) -> bool {
    // SAFETY: the interpreter is attached, the object alive and larger than a word, and the reference is given back.
    unsafe {
        let count = object.cast::<usize>();
        let before = *count;
        ffi::Py_INCREF(object);
        let after = *count;
        ffi::Py_DECREF(object);
        (1..MORTAL).contains(&before) && after == before + 1 && *count == before
    }
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
