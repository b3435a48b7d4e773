//! Codes cut into tiles, and which of them are neighbours.

use crate::error::{Error, Result};
use crate::learner::pair::Pair;
use crate::memory::reserved;
use crate::vocabulary::{CodeMerge, Symbols};

/// Symbols are below this: the bits above say which corner of its tile a cell is.
pub(super) const MOST_SYMBOLS: u32 = 1 << 29;
const TOP_LEFT: u32 = 1 << 31;
const TOP_RIGHT: u32 = 1 << 30;
const BOTTOM_LEFT: u32 = 1 << 29;
/// No corner of any tile: a border, or inside.
const FREE: u32 = 0;

/// Planes and lines of codes in one vector, with borders between them.
///
/// A tile has its symbol at three of its corners, which is where its neighbours look: whoever begins where it ends, at the
/// right or below, and has the same height or width, can be merged with it. What lies between its corners is never read, so a
/// merge takes the same time for every size.
pub(super) struct Grid {
    cells: Vec<u32>,
    /// Where planes of a width begin, ascending, and how far a cell is from the one below it; 0 for lines.
    sheets: Vec<(usize, usize)>,
}

/// Two tiles that can be merged: the pair, packed, and where the first begins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link {
    pub(super) pair: Pair,
    pub(super) place: u32,
}

/// A merge as a pair, in the order that breaks ties: left symbol, right symbol, beside before below.
pub(super) fn packed(CodeMerge { left, right, down }: CodeMerge) -> Pair {
    Pair::new(left, right << 1 | u32::from(down))
}

pub(super) fn unpacked(pair: Pair) -> CodeMerge {
    CodeMerge { left: pair.left(), right: pair.right() >> 1, down: pair.right() & 1 == 1 }
}

impl Grid {
    /// Room for so many cells.
    pub(super) fn with_room(cells: usize) -> Result<Self> {
        if cells > u32::MAX as usize {
            return Err(Error::Argument(format!("{cells} codes are too many at once; take fewer than 2^32")));
        }
        Ok(Self { cells: reserved(cells)?, sheets: Vec::new() })
    }

    /// How many cells a line takes, which begins at a multiple of `frame`.
    pub(super) fn room_of_line(codes: usize, frame: usize) -> usize {
        codes + 1 + frame
    }

    /// How many cells a plane takes.
    pub(super) fn room_of_plane(codes: usize, columns: usize) -> usize {
        codes + codes / columns.max(1) + 2 * (columns + 1)
    }

    /// Adds a line, and returns where it begins: at a multiple of `frame`.
    pub(super) fn push_line(&mut self, symbols: impl Iterator<Item = u32>, frame: usize) -> usize {
        self.sheet(0);
        self.cells.push(FREE);
        let start = self.cells.len().next_multiple_of(frame);
        self.cells.resize(start, FREE);
        self.push_cells(symbols);
        start
    }

    /// Adds a plane, whose symbols come row after row, and returns where it begins. Planes of one width should follow each
    /// other.
    pub(super) fn push_plane(&mut self, mut symbols: impl ExactSizeIterator<Item = u32>, columns: usize) -> usize {
        let stride = columns + 1;
        if self.sheet(stride) {
            self.cells.resize(self.cells.len() + stride, FREE);
        }
        let start = self.cells.len();
        while symbols.len() > 0 {
            self.push_cells(symbols.by_ref().take(columns));
            self.cells.push(FREE);
        }
        self.cells.resize(self.cells.len() + stride, FREE);
        start
    }

    fn push_cells(&mut self, symbols: impl Iterator<Item = u32>) {
        self.cells.extend(symbols.map(|symbol| symbol | TOP_LEFT | TOP_RIGHT | BOTTOM_LEFT));
    }

    /// Whether a sheet begins here because the last one is another.
    fn sheet(&mut self, stride: usize) -> bool {
        let is_new = self.sheets.last().is_none_or(|&(_, last)| last != stride);
        if is_new {
            self.sheets.push((self.cells.len(), stride));
        }
        is_new
    }

    /// How far the cell below is; 0 in lines.
    fn stride(&self, at: usize) -> usize {
        match self.sheets.as_slice() {
            [(_, stride)] => *stride,
            sheets => sheets[sheets.partition_point(|&(start, _)| start <= at) - 1].1,
        }
    }

    #[inline]
    fn corner(&self, at: usize, corner: u32) -> Option<u32> {
        let cell = *self.cells.get(at)?;
        (cell & corner != 0).then_some(cell & (MOST_SYMBOLS - 1))
    }

    /// The tiles, by where they begin.
    pub(super) fn tiles(&self) -> impl Iterator<Item = (usize, u32)> {
        let begins = self.cells.iter().enumerate().filter(|(_, cell)| **cell & TOP_LEFT != 0);
        begins.map(|(at, cell)| (at, cell & (MOST_SYMBOLS - 1)))
    }

    /// The merges of the tile that begins at `at` with what is at its right and below it.
    pub(super) fn for_each_link_behind(&self, at: usize, symbols: &Symbols, mut found: impl FnMut(Link)) {
        let Some((symbol, extent)) = self.tile(at, symbols) else { return };
        let (height, width, stride) = (extent.height as usize, extent.width as usize, self.stride(at));
        let mut link = |right: u32, down: bool| {
            found(Link { pair: packed(CodeMerge { left: symbol, right, down }), place: at as u32 });
        };
        if let Some((other, of)) = self.tile(at + width, symbols)
            && of.height == extent.height
        {
            link(other, false);
        }
        if stride > 0
            && let Some((other, of)) = self.tile(at + height * stride, symbols)
            && of.width == extent.width
        {
            link(other, true);
        }
    }

    /// The merges of the tile that begins at `at` with what is at its left and above it.
    pub(super) fn for_each_link_before(&self, at: usize, symbols: &Symbols, mut found: impl FnMut(Link)) {
        let Some((symbol, extent)) = self.tile(at, symbols) else { return };
        let stride = self.stride(at);
        let mut link = |left: u32, down: bool, back: usize| {
            found(Link { pair: packed(CodeMerge { left, right: symbol, down }), place: (at - back) as u32 });
        };
        let other = at.checked_sub(1).and_then(|before| self.corner(before, TOP_RIGHT));
        if let Some((other, of)) = other.and_then(|other| Some((other, symbols.extent(other)?)))
            && of.height == extent.height
        {
            link(other, false, of.width as usize);
        }
        let other = at.checked_sub(stride).filter(|_| stride > 0).and_then(|above| self.corner(above, BOTTOM_LEFT));
        if let Some((other, of)) = other.and_then(|other| Some((other, symbols.extent(other)?)))
            && of.width == extent.width
        {
            link(other, true, of.height as usize * stride);
        }
    }

    fn tile(&self, at: usize, symbols: &Symbols) -> Option<(u32, crate::vocabulary::Extent)> {
        let symbol = self.corner(at, TOP_LEFT)?;
        Some((symbol, symbols.extent(symbol)?))
    }

    /// Where the second tile of a link begins.
    pub(super) fn second(&self, Link { pair, place }: Link, symbols: &Symbols) -> usize {
        let merge = unpacked(pair);
        let extent = symbols.extent(merge.left).map_or((1, 1), |of| (of.height as usize, of.width as usize));
        let step = if merge.down { extent.0 * self.stride(place as usize) } else { extent.1 };
        place as usize + step
    }

    /// Whether the two tiles of a link are there.
    pub(super) fn has(&self, link: Link, symbols: &Symbols) -> bool {
        let merge = unpacked(link.pair);
        self.corner(link.place as usize, TOP_LEFT) == Some(merge.left)
            && self.corner(self.second(link, symbols), TOP_LEFT) == Some(merge.right)
    }

    /// Makes one tile of the two of a link that [is there](Self::has).
    pub(super) fn join(&mut self, link: Link, symbol: u32, symbols: &Symbols) {
        let (merge, first, second) = (unpacked(link.pair), link.place as usize, self.second(link, symbols));
        let (Some(one), Some(two)) = (symbols.extent(merge.left), symbols.extent(merge.right)) else { return };
        let stride = self.stride(first);
        let top_right = |at: usize, width: u32| at + width as usize - 1;
        let bottom_left = |at: usize, height: u32| at + (height as usize - 1) * stride;
        self.cells[second] &= !TOP_LEFT;
        let (right, bottom) = if merge.down {
            self.cells[bottom_left(first, one.height)] &= !BOTTOM_LEFT;
            self.cells[top_right(second, two.width)] &= !TOP_RIGHT;
            (top_right(first, one.width), bottom_left(second, two.height))
        } else {
            self.cells[top_right(first, one.width)] &= !TOP_RIGHT;
            self.cells[bottom_left(second, two.height)] &= !BOTTOM_LEFT;
            (top_right(second, two.width), bottom_left(first, one.height))
        };
        for corner in [first, right, bottom] {
            self.cells[corner] = self.cells[corner] & !(MOST_SYMBOLS - 1) | symbol;
        }
    }
}
