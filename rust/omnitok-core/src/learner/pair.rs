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

    /// An even spread over 64 bits, of which the upper ones are the best.
    pub(crate) fn hash(self) -> u64 {
        // Half of the golden ratio's bits; one multiplication leaves the low bits poor, hence the fold.
        let product = u128::from(self.0) * 0x9e37_79b9_7f4a_7c15;
        (product as u64) ^ (product >> 64) as u64
    }
}
