//! Two neighbouring tokens.

/// The ids of a left and a right token in one integer, ordered by the left one first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub(crate) struct Pair(u64);

impl Pair {
    pub(crate) const fn new(left: u32, right: u32) -> Self {
        Self((left as u64) << 32 | right as u64)
    }

    pub(crate) fn left(self) -> u32 {
        (self.0 >> 32) as u32
    }

    pub(crate) fn right(self) -> u32 {
        self.0 as u32
    }
}
