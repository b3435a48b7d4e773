//! How wide a token is in memory.

/// An unsigned integer that holds the ids of tokens. Ids are small while the words are long, and at first two bytes do.
pub(crate) trait Cell: Copy + Eq + Send + Sync + 'static {
    /// Between two words.
    const BORDER: Self;
    /// The inside of a token that was merged from others.
    const FREE: Self;
    /// Ids are below this.
    const ROOM: usize;

    /// `value` must be below [`Self::ROOM`].
    fn new(value: u32) -> Self;

    fn get(self) -> u32;
}

impl Cell for u16 {
    const BORDER: Self = Self::MAX;
    const FREE: Self = Self::MAX - 1;
    const ROOM: usize = Self::FREE as usize;

    #[inline]
    fn new(value: u32) -> Self {
        debug_assert!((value as usize) < Self::ROOM);
        value as Self
    }

    #[inline]
    fn get(self) -> u32 {
        u32::from(self)
    }
}

impl Cell for u32 {
    const BORDER: Self = Self::MAX;
    const FREE: Self = Self::MAX - 1;
    const ROOM: usize = Self::FREE as usize;

    #[inline]
    fn new(value: u32) -> Self {
        value
    }

    #[inline]
    fn get(self) -> u32 {
        self
    }
}
