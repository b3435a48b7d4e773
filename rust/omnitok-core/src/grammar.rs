//! Which id may follow which: an automaton compiled from the blocks of a vocabulary.
//!
//! Text and special tokens stand anywhere outside segments. A segment of audio is `begin codes end`, perhaps behind a voice;
//! its codes stand in the order of the block's [pattern](crate::codes::Pattern). An image is `begin cell* end` with exactly
//! the cells of its size, which the grid, two size tokens or marks behind rows tell. Reserved ids stand nowhere. Merges over
//! codes are taken apart before: [`Walk`] takes steps of the automaton for the codes that they stand for.

mod medium;
mod state;
mod walk;

use std::ops::Range;

use crate::codes::{Cursor, Expected, Symbol, count_codes};
use crate::error::{Error, Result};
use crate::vocabulary::{Axis, Block, BlockKind, Order, Vocabulary};
pub use medium::Medium;
pub use state::{Cells, State, Token};
pub use walk::{Merged, Step, Walk};

/// The most codes of an image whose codes are merged: merges bring codes ahead of their turn, and so many ids as an image is
/// wide bring as many codes as it has.
const MOST_MERGED: u64 = 1 << 24;

/// The automaton. Immutable.
#[derive(Clone, Debug)]
pub struct Grammar {
    roles: Vec<(Range<u32>, Role)>,
    media: Vec<Medium>,
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

impl Grammar {
    /// The automaton of a vocabulary. O(blocks + marks).
    ///
    /// # Errors
    /// [`Error::Vocabulary`] when images tell their sizes by tokens and there are none, and with merges for 2^29 codes, or
    /// images of more than 2^24.
    pub fn new(vocabulary: &Vocabulary) -> Result<Self> {
        let blocks = vocabulary.blocks();
        let media: Vec<Medium> =
            blocks.iter().filter_map(|block| Medium::new(block, blocks).transpose()).collect::<Result<_>>()?;
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
        let grammar = Self { roles, media };
        let has = |axis| grammar.sizes(axis).next().is_some();
        if let Some(medium) = grammar.media.iter().find(|medium| medium.layout.layout.is_some_and(Order::is_sized))
            && !(has(Axis::Height) && has(Axis::Width))
        {
            return Err(Error::Vocabulary(format!(
                "images of block {:?} tell their sizes, and there are no size tokens h and w; add both, or give it a grid",
                medium.name
            )));
        }
        grammar.check_merged()?;
        Ok(grammar)
    }

    /// Refuses images with merges that could take any amount of memory.
    fn check_merged(&self) -> Result<()> {
        for medium in self.media.iter().filter(|medium| medium.merged.is_some() && medium.layout.patch.is_some()) {
            let longest =
                |axis| self.sizes(axis).map(|(ids, first)| u64::from(first) + u64::from(ids.end - ids.start) - 1).max();
            let [height, width] = match medium.layout.grid {
                Some(grid) => grid.map(u64::from),
                None => [Axis::Height, Axis::Width].map(|axis| longest(axis).unwrap_or(0)),
            };
            let codes = height.saturating_mul(width).saturating_mul(medium.places.len() as u64);
            if codes > MOST_MERGED {
                return Err(Error::Vocabulary(format!(
                    "images of block {:?} have up to {height} x {width} cells of {} codes and merges over them, for which \
                     {MOST_MERGED} codes are the most; leave the merges out, or declare smaller images",
                    medium.name,
                    medium.places.len()
                )));
            }
        }
        Ok(())
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
        self.sizes(axis).find_map(|(ids, first)| {
            let id = ids.start.checked_add(size.checked_sub(first)?)?;
            ids.contains(&id).then_some(id)
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
            State::Height(_) => self.sizes(Axis::Height).map(|(ids, _)| ids).collect(),
            State::Width(..) => self.sizes(Axis::Width).map(|(ids, _)| ids).collect(),
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

    /// The ids of sizes, and the size of the first.
    fn sizes(&self, axis: Axis) -> impl Iterator<Item = (Range<u32>, u32)> + '_ {
        self.roles.iter().filter_map(move |(ids, role)| match role {
            Role::Size(other, first) if *other == axis => Some((ids.clone(), *first)),
            _ => None,
        })
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

    /// Makes sure that a sequence can be read at once. O(n log blocks).
    ///
    /// # Errors
    /// [`Error::Sequence`] where merges stand for more codes than [`MOST_DECODED`](crate::codes::MOST_DECODED) and ids.
    pub fn check_size(&self, ids: &[u32]) -> Result<()> {
        if self.media.iter().all(|medium| medium.merged.is_none()) {
            return Ok(());
        }
        let codes = ids.iter().map(|&id| match self.role(id) {
            Role::Merge(index) => self.media[index].merged.as_ref().map_or(0, |merged| merged.codes(id)),
            _ => 1,
        });
        count_codes(codes).map(|_| ())
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

fn describe(medium: &Medium, Cells { height, width, row, column, .. }: Cells) -> String {
    let most = if medium.layout.layout == Some(Order::Rows) { "up to " } else { "" };
    format!("an image of {:?} of {most}{height} x {width} cells, at row {row} and column {column}", medium.name)
}
