//! Memory whose size the caller's text or ids decide: what the system refuses is an error, where a `Vec` would end the process.
//! And memory that was freed, which goes back to the system where a limit was set.

use crate::error::{Error, Result};

/// A vector with room for `count` items.
///
/// # Errors
/// [`Error::Memory`].
pub fn reserved<T>(count: usize) -> Result<Vec<T>> {
    let mut items = Vec::new();
    reserve(&mut items, count)?;
    Ok(items)
}

/// Makes room for `count` more items.
///
/// # Errors
/// [`Error::Memory`].
#[inline]
pub fn reserve<T>(items: &mut Vec<T>, count: usize) -> Result<()> {
    let bytes = count.saturating_mul(size_of::<T>());
    items.try_reserve(count).map_err(|_| Error::Memory { bytes })
}

/// Gives the system what was freed. glibc keeps freed memory of up to 32 MiB a piece for later, for each thread on its own:
/// what a table or the window of a decompressor had still counts as used when others have grown.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "a function of C")]
pub(crate) fn give_back() {
    unsafe extern "C" {
        fn malloc_trim(pad: usize) -> std::ffi::c_int;
    }
    // SAFETY: any thread may call it at any time, and it changes nothing that is in use.
    unsafe { malloc_trim(0) };
}

/// Other allocators keep less.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn give_back() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_system_has_is_refused_and_what_was_there_stays() {
        let mut items = reserved::<u64>(3).expect("24 bytes");
        items.push(7);
        match reserve(&mut items, usize::MAX / 16) {
            Err(Error::Memory { bytes }) => assert_eq!(bytes, usize::MAX / 16 * 8),
            other => panic!("{other:?}"),
        }
        assert_eq!(items, [7]);
        assert!(matches!(reserved::<u64>(usize::MAX), Err(Error::Memory { bytes: usize::MAX })));
    }
}
