//! Where a sequence is, and what an id is there.

use crate::codes::{Cursor, Symbol};

/// Where a sequence is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Outside segments.
    #[default]
    Open,
    /// Behind a voice: its segment must begin.
    Voiced(usize),
    /// In a segment of audio.
    Frame(usize, Cursor),
    /// In an image, before its height.
    Height(usize),
    /// In an image of this height, before its width.
    Width(usize, u32),
    /// In an image.
    Cells(usize, Cells),
}

/// Where an image is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cells {
    /// Rows; under [`Order::Rows`](crate::vocabulary::Order::Rows) at most so many.
    pub height: u32,
    /// Columns; under `Order::Rows` at most so many in the first row, and so many in the others.
    pub width: u32,
    /// Rows that are complete.
    pub row: u32,
    /// Complete cells of this row.
    pub column: u32,
    /// Place in the cell.
    pub place: usize,
}

/// What an id is where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// A token of text.
    Text,
    /// A special token.
    Special,
    /// The voice of the segment that follows.
    Voice,
    /// The mark where a segment of this medium begins.
    Begin(usize),
    /// A height or a width.
    Size(u32),
    /// A code, by its place in its codebook.
    Code(u32),
    /// A mark between codes of audio.
    Mark(Symbol),
    /// The mark behind a row of an image.
    Row,
    /// The mark where a segment ends.
    End,
}

impl Cells {
    /// Whether a row may end here: the first one anywhere, where the width `is_free`.
    pub(super) fn row_may_end(self, is_free: bool) -> bool {
        self.place == 0 && if is_free && self.row == 0 { self.column > 0 } else { self.column == self.width }
    }
}
