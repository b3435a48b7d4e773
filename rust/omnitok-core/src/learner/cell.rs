//! How wide a token is in memory.

/// An unsigned integer that holds the ids of tokens. Ids are small while the words are long, and at first two bytes do.
pub(super) trait Cell: Copy + Eq + Send + Sync + 'static {
    /// How many of them hold 32 bits.
    const PER_U32: usize;
    /// No token: what fills the room that a word has left.
    const FREE: Self;

    /// `value` must be below that of [`Self::FREE`].
    fn new(value: u32) -> Self;

    fn get(self) -> u32;

    /// Takes a number apart, the upper part first.
    fn write(number: u32, cells: &mut [Self]);

    /// Puts together what [`Self::write`] took apart.
    fn read(cells: &[Self]) -> u32;
}

impl Cell for u16 {
    const PER_U32: usize = 2;
    const FREE: Self = Self::MAX;

    #[inline]
    fn new(value: u32) -> Self {
        debug_assert!(value < u32::from(Self::FREE));
        value as Self
    }

    #[inline]
    fn get(self) -> u32 {
        u32::from(self)
    }

    #[inline]
    fn write(number: u32, cells: &mut [Self]) {
        (cells[0], cells[1]) = ((number >> 16) as Self, number as Self);
    }

    #[inline]
    fn read(cells: &[Self]) -> u32 {
        u32::from(cells[0]) << 16 | u32::from(cells[1])
    }
}

impl Cell for u32 {
    const PER_U32: usize = 1;
    const FREE: Self = Self::MAX;

    #[inline]
    fn new(value: u32) -> Self {
        value
    }

    #[inline]
    fn get(self) -> u32 {
        self
    }

    #[inline]
    fn write(number: u32, cells: &mut [Self]) {
        cells[0] = number;
    }

    #[inline]
    fn read(cells: &[Self]) -> u32 {
        cells[0]
    }
}
