//! Memory whose size the caller's text or ids decide: what the system refuses is an error, where a `Vec` would end the process.

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
