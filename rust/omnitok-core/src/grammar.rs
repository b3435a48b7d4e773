//! Which id may follow which: an automaton compiled from the blocks of a vocabulary.
//!
//! Text and special tokens stand anywhere outside segments. A segment of audio is `begin codes end`, perhaps behind a voice;
//! its codes stand in the order of the block's [pattern](crate::codes::Pattern). An image is `begin cell* end` with exactly
//! the cells of its size, which the grid, two size tokens or marks behind rows tell. Reserved ids stand nowhere. Merges over
//! codes are taken apart before: [`Walk`] takes steps of the automaton for the codes that they stand for.

mod walk;

use std::ops::Range;

use crate::codes::{Cursor, Expected, Pattern, Symbol};
use crate::error::{Error, Result};
use crate::vocabulary::{Axis, Block, BlockKind, CodeLayout, Order, Vocabulary};
pub use walk::{Merged, Step, Walk};

/// The automaton. Immutable.
#[derive(Clone, Debug)]
pub struct Grammar {
    roles: Vec<(Range<u32>, Role)>,
    media: Vec<Medium>,
}

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
    voiced: bool,
}

impl Medium {
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
    fn ids_of(&self, symbol: Symbol) -> Option<Range<u32>> {
        let Symbol::Code { place, .. } = symbol else { return None };
        Some(self.places[self.pattern.places()[place].slot].1.clone())
    }
}

/// What the ids of a block do in a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Text,
    Special,
    Voice(usize),
    Mark(usize),
    Code(usize),
    Merge(usize),
    Size(Axis, u32),
    Nothing,
}

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
    /// Rows; under [`Order::Rows`] at most so many.
    pub height: u32,
    /// Columns; under [`Order::Rows`] at most so many in the first row, and so many in the others.
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

impl Grammar {
    /// The automaton of a vocabulary. O(blocks + marks).
    ///
    /// # Errors
    /// [`Error::Vocabulary`] when images tell their sizes by tokens and there are none, and for 2^29 codes with merges.
    pub fn new(vocabulary: &Vocabulary) -> Result<Self> {
        let blocks = vocabulary.blocks();
        let media: Vec<Medium> =
            blocks.iter().filter_map(|block| medium(block, blocks).transpose()).collect::<Result<_>>()?;
        let index = |name: &str| media.iter().position(|medium| medium.name == name);
        let role = |block: &Block| match &block.kind {
            BlockKind::Text => Role::Text,
            BlockKind::Special => Role::Special,
            BlockKind::Voice(voices) => index(&voices.parent).map_or(Role::Nothing, Role::Voice),
            BlockKind::Mark(marks) => index(&marks.parent).map_or(Role::Nothing, Role::Mark),
            BlockKind::Code(_) => index(&block.name).map_or(Role::Nothing, Role::Code),
            BlockKind::Size(sizes) => Role::Size(sizes.axis, sizes.first),
            BlockKind::Merge(merges) => {
                index(&merges.parent).filter(|&index| media[index].merged.is_some()).map_or(Role::Nothing, Role::Merge)
            }
            BlockKind::Reserved => Role::Nothing,
        };
        let roles: Vec<_> = blocks.iter().map(|block| (block.ids(), role(block))).collect();
        let has = |axis| roles.iter().any(|(_, role)| matches!(role, Role::Size(other, _) if *other == axis));
        if let Some(medium) = media.iter().find(|medium| medium.layout.layout.is_some_and(Order::is_sized))
            && !(has(Axis::Height) && has(Axis::Width))
        {
            return Err(Error::Vocabulary(format!(
                "images of block {:?} tell their sizes, and there are no size tokens h and w; add both, or give it a grid",
                medium.name
            )));
        }
        Ok(Self { roles, media })
    }

    /// The media, in the order of their blocks.
    #[must_use]
    pub fn media(&self) -> &[Medium] {
        &self.media
    }

    /// The medium of a block.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] when the block is none of codes, or has no marks.
    pub fn medium(&self, name: &str) -> Result<usize> {
        self.media.iter().position(|medium| medium.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.media.iter().map(|medium| medium.name.as_str()).collect();
            Error::Vocabulary(format!(
                "there is no block {name:?} of codes with marks; segments are of {known:?}; VocabBuilder.marks adds them"
            ))
        })
    }

    /// The id of a height or a width.
    #[must_use]
    pub fn size_id(&self, axis: Axis, size: u32) -> Option<u32> {
        self.roles.iter().find_map(|(ids, role)| match role {
            Role::Size(other, first) if *other == axis => {
                let id = ids.start.checked_add(size.checked_sub(*first)?)?;
                ids.contains(&id).then_some(id)
            }
            _ => None,
        })
    }

    /// What `id` is behind `state`, and the state behind it. O(log blocks).
    ///
    /// # Errors
    /// Why it cannot stand there.
    pub fn step(&self, state: State, id: u32) -> Result<(State, Token), String> {
        match state {
            State::Open => self.open(id),
            State::Voiced(index) if self.media[index].begin == id => Ok((self.begun(index), Token::Begin(index))),
            State::Voiced(index) => {
                Err(self.refusal(id, &format!("the begin of {:?} must follow its voice", self.media[index].name)))
            }
            State::Frame(index, cursor) => self.frame(index, cursor, id),
            State::Height(index) => {
                let height = self.size(Axis::Height, id)?;
                Ok((State::Width(index, height), Token::Size(height)))
            }
            State::Width(index, height) => {
                let width = self.size(Axis::Width, id)?;
                Ok((State::Cells(index, Cells { height, width, row: 0, column: 0, place: 0 }), Token::Size(width)))
            }
            State::Cells(index, cells) => self.cell(index, cells, id),
        }
    }

    fn open(&self, id: u32) -> Result<(State, Token), String> {
        match self.role(id) {
            Role::Text => Ok((State::Open, Token::Text)),
            Role::Special => Ok((State::Open, Token::Special)),
            Role::Voice(index) => Ok((State::Voiced(index), Token::Voice)),
            Role::Mark(index) if self.media[index].begin == id => Ok((self.begun(index), Token::Begin(index))),
            _ => Err(self.refusal(id, "it stands outside of any segment")),
        }
    }

    fn begun(&self, index: usize) -> State {
        match (self.media[index].layout.layout, self.media[index].layout.grid) {
            (Some(order), _) if order.is_sized() => State::Height(index),
            (Some(Order::Raster | Order::Rows), Some([height, width])) => {
                State::Cells(index, Cells { height, width, row: 0, column: 0, place: 0 })
            }
            _ => State::Frame(index, Cursor::default()),
        }
    }

    fn frame(&self, index: usize, cursor: Cursor, id: u32) -> Result<(State, Token), String> {
        let medium = &self.media[index];
        let Expected { code, mark, end } = medium.pattern.expected(cursor);
        if end && id == medium.end {
            return Ok((State::Open, Token::End));
        }
        let behind = |symbol| State::Frame(index, medium.pattern.behind(cursor, symbol));
        if let Some(symbol) = mark.filter(|symbol| medium.mark(*symbol) == id) {
            return Ok((behind(symbol), Token::Mark(symbol)));
        }
        match (code, mark) {
            (Some(symbol @ Symbol::Code { place, .. }), _) => {
                let code = self.code(index, medium.pattern.places()[place].slot, id)?;
                Ok((behind(symbol), Token::Code(code)))
            }
            (_, Some(symbol)) => {
                let mark = medium.mark(symbol);
                Err(self.refusal(id, &format!("the mark {symbol} of {:?} must follow, id {mark}", medium.name)))
            }
            _ => Err(self.refusal(id, &format!("the end of {:?} must follow, id {}", medium.name, medium.end))),
        }
    }

    fn cell(&self, index: usize, cells: Cells, id: u32) -> Result<(State, Token), String> {
        let medium = &self.media[index];
        let has_marks = medium.row.is_some();
        let row_may_end = has_marks && cells.row_may_end(medium.layout.layout == Some(Order::Rows));
        let is_last = cells.row + 1 == cells.height;
        let may_end = match medium.layout.layout {
            Some(Order::Rows) => row_may_end,
            Some(Order::SizedRows) => row_may_end && is_last,
            _ => cells.row == cells.height,
        };
        if id == medium.end && may_end {
            return Ok((State::Open, Token::End));
        }
        if medium.row == Some(id) && row_may_end && !is_last {
            let next = Cells { width: cells.column, row: cells.row + 1, column: 0, ..cells };
            return Ok((State::Cells(index, next), Token::Row));
        }
        if cells.row == cells.height || (has_marks && cells.column == cells.width) {
            return Err(self.refusal(id, &format!("{} has all its cells", describe(medium, cells))));
        }
        let code = self.code(index, cells.place, id)?;
        let mut next = Cells { place: cells.place + 1, ..cells };
        if next.place == medium.places.len() {
            next = Cells { place: 0, column: next.column + 1, ..next };
            if !has_marks && next.column == next.width {
                next = Cells { column: 0, row: next.row + 1, ..next };
            }
        }
        Ok((State::Cells(index, next), Token::Code(code)))
    }

    fn code(&self, index: usize, place: usize, id: u32) -> Result<u32, String> {
        let (codebook, ids) = &self.media[index].places[place];
        if ids.contains(&id) {
            return Ok(id - ids.start);
        }
        let name = &self.media[index].name;
        Err(self.refusal(id, &format!("a code of codebook {codebook} of {name:?} must follow, ids {ids:?}")))
    }

    fn size(&self, axis: Axis, id: u32) -> Result<u32, String> {
        match self.find(id) {
            Some((ids, Role::Size(other, first))) if *other == axis => Ok(first + (id - ids.start)),
            _ => Err(self.refusal(id, &format!("a size {axis} must follow"))),
        }
    }

    fn role(&self, id: u32) -> Role {
        self.find(id).map_or(Role::Nothing, |(_, role)| *role)
    }

    fn find(&self, id: u32) -> Option<&(Range<u32>, Role)> {
        self.roles.get(self.roles.partition_point(|(ids, _)| ids.end <= id))
    }

    fn refusal(&self, id: u32, reason: &str) -> String {
        let what = match self.role(id) {
            Role::Text => "a token of text".to_owned(),
            Role::Special => "a special token".to_owned(),
            Role::Voice(index) => format!("a voice of {:?}", self.media[index].name),
            Role::Mark(index) => format!("a mark of {:?}", self.media[index].name),
            Role::Code(index) => format!("a code of {:?}", self.media[index].name),
            Role::Merge(index) => format!("a merge over codes of {:?}", self.media[index].name),
            Role::Size(axis, _) => format!("a size {axis}"),
            Role::Nothing if self.find(id).is_some() => "reserved, or stands for several codes".to_owned(),
            Role::Nothing => "outside the vocabulary".to_owned(),
        };
        format!("id {id} is {what}, and {reason}")
    }

    /// The ids that a sampler may draw behind `state`, as ascending ranges. A voice is none of them, and neither is the begin
    /// of a segment whose medium has voices: only who is trusted places these. O(blocks).
    #[must_use]
    pub fn allowed(&self, state: State) -> Vec<Range<u32>> {
        let one = |id: u32| id..id + 1;
        let mut ranges: Vec<Range<u32>> = match state {
            State::Open => {
                let free = self.roles.iter().filter(|(_, role)| matches!(role, Role::Text | Role::Special));
                let begins = self.media.iter().filter(|medium| !medium.voiced).map(|medium| one(medium.begin));
                free.map(|(ids, _)| ids.clone()).chain(begins).collect()
            }
            State::Voiced(index) => vec![one(self.media[index].begin)],
            State::Frame(index, cursor) => {
                let medium = &self.media[index];
                let Expected { code, mark, end } = medium.pattern.expected(cursor);
                let code = code.and_then(|symbol| medium.ids_of(symbol));
                let mark = mark.map(|symbol| one(medium.mark(symbol)));
                code.into_iter().chain(mark).chain(end.then(|| one(medium.end))).collect()
            }
            State::Height(_) => self.sizes(Axis::Height),
            State::Width(..) => self.sizes(Axis::Width),
            State::Cells(index, cells) => {
                let medium = &self.media[index];
                let marks = medium.row.into_iter().chain([medium.end]).map(one);
                let code = std::iter::once(medium.places[cells.place].1.clone());
                code.chain(marks).filter(|ids| self.cell(index, cells, ids.start).is_ok()).collect()
            }
        };
        ranges.sort_unstable_by_key(|ids| ids.start);
        ranges
    }

    fn sizes(&self, axis: Axis) -> Vec<Range<u32>> {
        let sizes = self.roles.iter().filter(|(_, role)| matches!(role, Role::Size(other, _) if *other == axis));
        sizes.map(|(ids, _)| ids.clone()).collect()
    }

    /// Checks a whole sequence. O(n log blocks).
    ///
    /// # Errors
    /// [`Error::Sequence`] at the first id that cannot stand where it does, or at the end when a segment is open there.
    pub fn validate(&self, ids: &[u32]) -> Result<()> {
        let (mut walk, mut steps) = (Walk::default(), Vec::new());
        for (position, &id) in ids.iter().enumerate() {
            walk.step(self, id, &mut steps).map_err(|reason| Error::Sequence { position, reason })?;
        }
        match self.unfinished(walk.state()) {
            Some(reason) => Err(Error::Sequence { position: ids.len(), reason }),
            None => Ok(()),
        }
    }

    /// What is missing where a sequence ends; `None` outside segments.
    #[must_use]
    pub fn unfinished(&self, state: State) -> Option<String> {
        let name = |index: usize| &self.media[index].name;
        Some(match state {
            State::Open => return None,
            State::Voiced(index) => format!("the sequence ends behind a voice, before the begin of {:?}", name(index)),
            State::Frame(index, cursor) => {
                let (row, place) = cursor.row_and_place();
                let medium = &self.media[index];
                match (place, medium.layout.layout) {
                    (0, _) => format!("the sequence ends before the end of {:?}", medium.name),
                    (_, Some(Order::Flat | Order::Parallel | Order::Interleaved)) => format!(
                        "the sequence ends inside a frame of {:?}, behind {place} of its {} codes",
                        medium.name,
                        medium.places.len()
                    ),
                    _ => format!("the sequence ends inside row {row} of {:?}, behind {place} of its ids", medium.name),
                }
            }
            State::Height(index) | State::Width(index, _) => {
                format!("the sequence ends before the size of an image of {:?}", name(index))
            }
            State::Cells(index, cells) => format!("the sequence ends inside {}", describe(&self.media[index], cells)),
        })
    }
}

impl Cells {
    /// Whether a row may end here: the first one anywhere, where the width `is_free`.
    fn row_may_end(self, is_free: bool) -> bool {
        self.place == 0 && if is_free && self.row == 0 { self.column > 0 } else { self.column == self.width }
    }
}

fn describe(medium: &Medium, Cells { height, width, row, column, .. }: Cells) -> String {
    let most = if medium.layout.layout == Some(Order::Rows) { "up to " } else { "" };
    format!("an image of {:?} of {most}{height} x {width} cells, at row {row} and column {column}", medium.name)
}

/// The medium of a block of codes that has marks.
fn medium(block: &Block, blocks: &[Block]) -> Result<Option<Medium>> {
    let BlockKind::Code(layout) = &block.kind else { return Ok(None) };
    let marks = blocks.iter().find(|other| matches!(&other.kind, BlockKind::Mark(marks) if marks.parent == block.name));
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
    Ok(Some(Medium { name, layout, places, pattern, begin, row, end, start, merged, voiced }))
}
