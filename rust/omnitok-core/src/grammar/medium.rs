//! What segments are made of.

use std::ops::Range;

use super::Merged;
use crate::codes::{Pattern, Symbol};
use crate::error::Result;
use crate::vocabulary::{Block, BlockKind, CodeLayout, Order};

/// Codes that segments are made of: those of one block, with its marks.
#[derive(Clone, Debug)]
pub struct Medium {
    /// The name of the block.
    pub name: String,
    /// What the block says.
    pub layout: CodeLayout,
    /// The codebook and its ids at each place of a frame or a cell, codebook after codebook.
    pub places: Vec<(u16, Range<u32>)>,
    /// The order of codes in time.
    pub pattern: Pattern,
    /// The mark where a segment begins.
    pub begin: u32,
    /// The mark behind a row of an image.
    pub row: Option<u32>,
    /// The mark where a segment ends.
    pub end: u32,
    /// The id of the first code.
    pub start: u32,
    /// The merges over its codes.
    pub merged: Option<Merged>,
    pub(super) voiced: bool,
}

impl Medium {
    /// The medium of a block of codes; `None` where it has no marks.
    ///
    /// # Errors
    /// Those of [`Merged::new`].
    pub(super) fn new(block: &Block, blocks: &[Block]) -> Result<Option<Self>> {
        let BlockKind::Code(layout) = &block.kind else { return Ok(None) };
        let marks =
            blocks.iter().find(|other| matches!(&other.kind, BlockKind::Mark(marks) if marks.parent == block.name));
        let Some(marks) = marks else { return Ok(None) };
        let merged = Merged::new(&block.name, layout, blocks)?;
        let voiced =
            blocks.iter().any(|other| matches!(&other.kind, BlockKind::Voice(voices) if voices.parent == block.name));
        let mut places = Vec::new();
        let mut start = block.start;
        for (codebook, &size) in layout.codebooks.iter().enumerate() {
            places.extend((0..layout.codes_a_frame(codebook)).map(|_| (codebook as u16, start..start + size)));
            start += size;
        }
        let row = layout.layout.is_some_and(Order::has_row_marks).then_some(marks.start + 1);
        let (begin, end, pattern) = (marks.start, marks.end - 1, Pattern::new(layout));
        let (name, layout, start) = (block.name.clone(), layout.clone(), block.start);
        Ok(Some(Self { name, layout, places, pattern, begin, row, end, start, merged, voiced }))
    }

    /// The id of a mark of its pattern. Their order is that of [`CodeLayout::marks`].
    #[must_use]
    pub fn mark(&self, symbol: Symbol) -> u32 {
        self.begin + if symbol == Symbol::Pad { 2 } else { 1 }
    }

    /// Whether models draw all that stands in a row in one step.
    #[must_use]
    pub fn is_stacked(&self) -> bool {
        self.layout.layout.is_some_and(Order::is_stacked)
    }

    /// The ids that a code at its place may have.
    pub(super) fn ids_of(&self, symbol: Symbol) -> Option<Range<u32>> {
        let Symbol::Code { place, .. } = symbol else { return None };
        Some(self.places[self.pattern.places()[place].slot].1.clone())
    }
}
