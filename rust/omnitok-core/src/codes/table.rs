//! Merges made ready for use: codes to tiles, and symbols to what they cover.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use super::MOST_DECODED;
use super::cover::{Cover, PlaneSpot, Spot};
use super::grid::{Grid, Link, MOST_SYMBOLS, packed};
use crate::error::{Error, Result};
use crate::learner::pair::Pair;
use crate::memory::reserve;
use crate::vocabulary::{CodeLayout, CodeMerge, Extent, Symbols, symbols_of};

/// A symbol, and the index of the first code that it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    /// The index among the codes of its codebook.
    pub place: u32,
    /// The symbol.
    pub symbol: u32,
}

/// The merges over the codes of a block. Immutable.
#[derive(Clone, Debug)]
pub struct CodeTable {
    symbols: Symbols,
    merges: Vec<CodeMerge>,
    ranks: FxHashMap<Pair, u32>,
    /// The first symbol of each codebook, how many codes it has, and how many of them in a frame.
    codebooks: Vec<(u32, u32, u32)>,
    whole_frames: bool,
}

impl CodeTable {
    /// The merges over codes of this layout, in the order of their symbols.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] for a layout or merges that cannot be, and for 2^29 symbols or more.
    pub fn new(layout: &CodeLayout, merges: Vec<CodeMerge>, whole_frames: bool) -> Result<Self> {
        check_layout(layout)?;
        let (codes, room) = (layout.codes(), u64::from(MOST_SYMBOLS));
        if codes + merges.len() as u64 >= room {
            let reason = format!("{codes} codes and {} merges are more than {room} symbols", merges.len());
            return Err(Error::Vocabulary(reason));
        }
        let symbols = symbols_of(&merges, layout).map_err(Error::Vocabulary)?;
        let ranks = merges.iter().map(|&merge| packed(merge)).zip(0..).collect();
        Ok(Self { symbols, merges, ranks, codebooks: codebooks(layout), whole_frames })
    }

    /// The symbols.
    #[must_use]
    pub fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// Number of codebooks.
    pub(super) fn codebooks(&self) -> usize {
        self.codebooks.len()
    }

    /// Codes of a codebook in a frame; 1 in planes.
    pub(crate) fn frame(&self, codebook: usize) -> u32 {
        self.codebooks[codebook].2
    }

    /// Whether a symbol may begin at a code of a codebook in time, by its place: under whole frames not everywhere.
    #[must_use]
    pub fn may_begin(&self, extent: Extent, place: usize) -> bool {
        !self.whole_frames || keeps_frames(extent.width, place, self.frame(extent.codebook as usize))
    }

    /// Codes of one codebook as the tiles that the merges make of them, by place. In a plane of so many `columns` the codes lie
    /// row after row; without, they lie in time.
    ///
    /// The merges apply in their order, each to all of its pairs, first to those whose first code comes first. O(n log n).
    ///
    /// # Errors
    /// [`Error::Argument`] for a code that the codebook does not have, and codes that fill no rows; [`Error::Memory`].
    pub fn tiles(&self, codebook: usize, codes: &[u32], columns: Option<usize>) -> Result<Vec<Tile>> {
        let (first, size, frame) = self.codebook(codebook)?;
        check_codes(codebook, size, codes)?;
        check_columns(codes.len(), columns)?;
        let symbols = codes.iter().map(|code| first + code);
        let (mut grid, start);
        if let Some(columns) = columns {
            grid = Grid::with_room(Grid::room_of_plane(codes.len(), columns))?;
            start = grid.push_plane(symbols, columns);
        } else {
            grid = Grid::with_room(Grid::room_of_line(codes.len(), frame as usize))?;
            start = grid.push_line(symbols, frame as usize);
        }
        self.merge(&mut grid)?;
        let index = |at: usize| columns.map_or(at, |columns| at / (columns + 1) * columns + at % (columns + 1)) as u32;
        Ok(grid.tiles().map(|(at, symbol)| Tile { place: index(at - start), symbol }).collect())
    }

    fn codebook(&self, codebook: usize) -> Result<(u32, u32, u32)> {
        self.codebooks.get(codebook).copied().ok_or_else(|| {
            let most = self.codebooks.len();
            Error::Argument(format!("there are codes of codebook {codebook}, and there are {most} codebooks"))
        })
    }

    /// Applies the merges in their order.
    fn merge(&self, grid: &mut Grid) -> Result<()> {
        let mut entries: Vec<Reverse<(u32, u32)>> = Vec::new();
        let rank = |link: Link| {
            let rank = *self.ranks.get(&link.pair)?;
            let extent = self.symbols.extent(self.symbols.codes() as u32 + rank)?;
            self.may_begin(extent, link.place as usize).then_some(Reverse((rank, link.place)))
        };
        for (at, _) in grid.tiles() {
            reserve(&mut entries, 2)?;
            grid.for_each_link_behind(at, &self.symbols, |link| entries.extend(rank(link)));
        }
        let mut queue = BinaryHeap::from(entries);
        while let Some(Reverse((rank_of, place))) = queue.pop() {
            let link = Link { pair: packed(self.merges[rank_of as usize]), place };
            if !grid.has(link, &self.symbols) {
                continue;
            }
            grid.join(link, self.symbols.codes() as u32 + rank_of, &self.symbols);
            grid.for_each_link_behind(place as usize, &self.symbols, |link| queue.extend(rank(link)));
            grid.for_each_link_before(place as usize, &self.symbols, |link| queue.extend(rank(link)));
        }
        Ok(())
    }

    /// Calls `found` with the row, the column and the code of each place that a symbol covers; codes by their place in the
    /// block. O(codes).
    pub(super) fn for_each_code(&self, symbol: u32, mut found: impl FnMut(u32, u32, u32)) {
        let mut left = vec![(symbol, 0, 0)];
        while let Some((symbol, row, column)) = left.pop() {
            let merge = u64::from(symbol).checked_sub(self.symbols.codes()).map(|rank| self.merges[rank as usize]);
            let Some(merge) = merge else {
                found(row, column, symbol);
                continue;
            };
            let Some(extent) = self.symbols.extent(merge.left) else { continue };
            let (below, beside) = if merge.down { (extent.height, 0) } else { (0, extent.width) };
            left.push((merge.right, row + below, column + beside));
            left.push((merge.left, row, column));
        }
    }

    /// The symbols of a segment, in the order of a sequence: codes of each codebook, by their place in it; in a plane of so many
    /// `columns` row after row. O(n log n).
    ///
    /// # Errors
    /// Those of [`Self::tiles`]; [`Error::Argument`] for codes that make no whole frames.
    pub fn encode(&self, codes: &[&[u32]], columns: Option<usize>) -> Result<Vec<u32>> {
        let frames = self.frames(codes)?;
        let all: Vec<Vec<Tile>> =
            (0..codes.len()).map(|codebook| self.tiles(codebook, codes[codebook], columns)).collect::<Result<_>>()?;
        let mut rest: Vec<_> = all.iter().map(|tiles| tiles.iter().peekable()).collect();
        let mut symbols = Vec::new();
        reserve(&mut symbols, all.iter().map(Vec::len).sum())?;
        for frame in 0..frames {
            for (codebook, tiles) in rest.iter_mut().enumerate() {
                let end = (frame as u32 + 1) * self.frame(codebook);
                while let Some(tile) = tiles.next_if(|tile| tile.place < end) {
                    symbols.push(tile.symbol);
                }
            }
        }
        Ok(symbols)
    }

    /// Frames, or cells, of which every codebook has its codes.
    fn frames(&self, codes: &[&[u32]]) -> Result<usize> {
        if codes.len() != self.codebooks.len() {
            let (found, wanted) = (codes.len(), self.codebooks.len());
            return Err(Error::Argument(format!(
                "there are codes of {found} codebooks, and there are {wanted} codebooks"
            )));
        }
        let frames = codes.first().map_or(0, |first| first.len() / self.frame(0) as usize);
        for (codebook, of) in codes.iter().enumerate() {
            let wanted = frames * self.frame(codebook) as usize;
            if of.len() != wanted {
                let found = of.len();
                return Err(Error::Argument(format!(
                    "{frames} frames have {wanted} codes of codebook {codebook}, and there are {found}"
                )));
            }
        }
        Ok(frames)
    }

    /// The codes of [`Self::encode`]: of each codebook, by their place in it. O(codes).
    ///
    /// # Errors
    /// [`Error::Sequence`] at the first symbol that cannot stand where it does, where more codes come together than
    /// [`MOST_DECODED`] and symbols, or at the end when frames or rows are not full; [`Error::Memory`].
    pub fn decode(&self, symbols: &[u32], columns: Option<usize>) -> Result<Vec<Vec<u32>>> {
        check_columns(0, columns)?;
        let each = symbols.iter().map(|&symbol| self.symbols.extent(symbol).map_or(0, Extent::codes));
        let each = count_codes(each)? / self.codebooks();
        let mut codes: Vec<Vec<u32>> = vec![Vec::new(); self.codebooks()];
        for of in &mut codes {
            reserve(of, each)?;
        }
        let (mut cover, mut given) = (Cover::default(), symbols.iter().enumerate());
        let (mut cell, width) = (0_usize, columns.unwrap_or(1));
        loop {
            let column = cell % width;
            for codebook in 0..self.codebooks() {
                let (first, ..) = self.codebooks[codebook];
                for _ in 0..self.frame(codebook) {
                    let plane = columns.map(|_| PlaneSpot { column, columns: width - column, rows: usize::MAX });
                    let spot = Spot { codebook, before: codes[codebook].len(), plane };
                    if cover.is_free(self, spot) {
                        let Some((position, &symbol)) = given.next() else {
                            let at_end = codebook == 0 && codes[0].len() == cell * self.frame(0) as usize;
                            if at_end && cover.is_clear() && column == 0 {
                                return Ok(codes);
                            }
                            let reason = "the symbols end before all frames or rows are full".to_owned();
                            return Err(Error::Sequence { position: symbols.len(), reason });
                        };
                        let refused =
                            |reason| Error::Sequence { position, reason: format!("symbol {symbol} {reason}") };
                        cover.lay(self, symbol, spot).map_err(refused)?;
                    }
                    codes[codebook].extend(cover.take(self, spot).map(|code| code - first));
                }
            }
            cell += 1;
        }
    }
}

/// How many codes a sequence stands for.
///
/// # Errors
/// [`Error::Sequence`] where they are more than [`MOST_DECODED`] and the sequence is long.
pub(crate) fn count_codes(each: impl ExactSizeIterator<Item = u64>) -> Result<usize> {
    let (most, mut codes) = (MOST_DECODED.max(each.len()) as u64, 0);
    for (position, of) in each.enumerate() {
        codes += of;
        if codes > most {
            let reason =
                format!("up to here the sequence stands for more than {most} codes; read parts of it, or a stream");
            return Err(Error::Sequence { position, reason });
        }
    }
    Ok(codes as usize)
}

/// Refuses a layout that is none, and one without codes.
pub(super) fn check_layout(layout: &CodeLayout) -> Result<()> {
    let reason = if layout.codebooks.is_empty() { Some("it has no codebooks".to_owned()) } else { layout.fault() };
    reason.map_or(Ok(()), |reason| Err(Error::Vocabulary(format!("codes cannot be merged: {reason}"))))
}

/// Of each codebook the first symbol, the number of codes, and how many are in a frame.
pub(super) fn codebooks(layout: &CodeLayout) -> Vec<(u32, u32, u32)> {
    let ends = layout.ends().zip(&layout.codebooks).enumerate();
    ends.map(|(codebook, (end, &size))| {
        ((end - u64::from(size)) as u32, size, layout.period() / layout.stride(codebook).max(1))
    })
    .collect()
}

/// Whether so many codes from a place on lie inside a frame, or are whole frames.
#[inline]
pub(super) fn keeps_frames(width: u32, place: usize, frame: u32) -> bool {
    let phase = (place % frame as usize) as u32;
    phase + width <= frame || (phase == 0 && width.is_multiple_of(frame))
}

/// Refuses a code that its codebook does not have.
pub(super) fn check_codes(codebook: usize, size: u32, codes: &[u32]) -> Result<()> {
    match codes.iter().position(|&code| code >= size) {
        Some(index) => Err(Error::Argument(format!(
            "code {index} of codebook {codebook} is {}, which is not below {size}, the number of its codes; was it made by \
             another codec, or does it belong to another codebook?",
            codes[index]
        ))),
        None => Ok(()),
    }
}

/// Refuses codes that fill no rows.
pub(super) fn check_columns(codes: usize, columns: Option<usize>) -> Result<()> {
    match columns {
        Some(columns) if columns == 0 || !codes.is_multiple_of(columns) => {
            Err(Error::Argument(format!("{codes} codes do not fill rows of {columns} columns")))
        }
        _ => Ok(()),
    }
}
