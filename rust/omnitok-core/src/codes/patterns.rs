//! Codebook patterns: in which order the codes of a segment of audio stand in a sequence.
//!
//! A frame has a code of every codebook, and several of those that are finer. A pattern puts the codes of all frames into
//! rows, and the rows into stages, which follow each other:
//!
//! | order | stages | a row |
//! |---|---|---|
//! | flat, parallel | one | a frame, codebook after codebook |
//! | interleaved | one | a frame by time, at one time codebook after codebook: the slots of SNAC, from its strides |
//! | delay | one | row `r` has of each codebook frame `r - delay` |
//! | coarse-first | one a codebook | of a frame the codes of that codebook |
//! | semantic-then-acoustic | two | of a frame the codes of the first codebook, then those of all others |
//!
//! Where a delay leaves a place without a code, there is a mark: `start` before the first frame, `pad` behind the last.
//! Behind the first of several stages is the mark `next`, from which on the number of frames is known. Marks are ids of
//! their own, which no codebook has, so that none can be taken for a code. No frames have no rows.
//!
//! Claim: a pattern can be read back whatever the number of frames is. For a row of the first stage exists exactly if its
//! frame does, and what ends the frames differs from their codes: the end of the segment, the mark `next`, or, where
//! delays differ, a `pad` in the first place of a smallest delay. All that follows has a number that is known then.

use std::fmt;
use std::ops::Range;

use crate::vocabulary::{CodeLayout, Order};

/// The order of codes that a layout asks for. Immutable.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// The places of a row, stage after stage.
    places: Vec<Place>,
    stages: Vec<Range<usize>>,
    /// The smallest delay, and the largest.
    delays: Range<u64>,
    /// The first place of the smallest delay: what stands there tells whether there is one frame more.
    decides: usize,
    /// The last place of the last stage with the largest delay: with its code a frame is whole.
    completes: usize,
    /// Where in a frame its codes belong, in the order in which they come.
    arrival: Vec<usize>,
}

/// A place of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The codebook of its code.
    pub codebook: u16,
    /// Where its code is in a frame that has its codes codebook after codebook.
    pub slot: usize,
    /// Which of the codes of its codebook in a frame it is.
    pub nth: usize,
    /// Rows by which it comes later than its frame.
    pub delay: u64,
}

/// What stands somewhere between the begin and the end of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbol {
    /// The code of a frame at a place.
    Code {
        /// The place.
        place: usize,
        /// The frame.
        frame: u64,
    },
    /// The mark before the first code of a codebook.
    Start,
    /// The mark behind the last code of a codebook.
    Pad,
    /// The mark behind the first stage.
    Next,
}

impl fmt::Display for Symbol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Code { .. } => "code",
            Self::Start => "start",
            Self::Pad => "pad",
            Self::Next => "next",
        })
    }
}

/// How far a segment is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    stage: usize,
    row: u64,
    /// Within the row.
    place: usize,
    /// Number of frames, once it is known.
    frames: Option<u64>,
}

/// What may stand at a cursor. It is never nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// A code.
    pub code: Option<Symbol>,
    /// A mark.
    pub mark: Option<Symbol>,
    /// The end of the segment.
    pub end: bool,
}

impl Pattern {
    /// The pattern of a layout that was checked. O(codes of a frame · log of it).
    #[must_use]
    pub fn new(layout: &CodeLayout) -> Self {
        let mut places = Vec::new();
        for codebook in 0..layout.codebooks.len() {
            let delay = layout.delays.get(codebook).copied().unwrap_or_default().into();
            let times = layout.codes_a_frame(codebook);
            places.extend((0..times).map(|nth| Place { codebook: codebook as u16, slot: 0, nth, delay }));
        }
        for (slot, place) in places.iter_mut().enumerate() {
            place.slot = slot;
        }
        if layout.layout == Some(Order::Interleaved) {
            places.sort_by_key(|place| (layout.step_of(place.codebook.into(), place.nth), place.codebook));
        }
        let behind = |codebook: u16| places.partition_point(|place| place.codebook <= codebook);
        let stages = match layout.layout {
            Some(Order::CoarseFirst) => (0..layout.codebooks.len() as u16)
                .scan(0, |start, codebook| Some(std::mem::replace(start, behind(codebook))..behind(codebook)))
                .collect(),
            Some(Order::SemanticThenAcoustic) => vec![0..behind(0), behind(0)..places.len()],
            _ => std::iter::once(0..places.len()).collect(),
        };
        Self::of_places(places, stages)
    }

    fn of_places(places: Vec<Place>, stages: Vec<Range<usize>>) -> Self {
        let delays = || places.iter().map(|place| place.delay);
        let (least, most) = (delays().min().unwrap_or_default(), delays().max().unwrap_or_default());
        let mut arrival: Vec<&Place> = places.iter().collect();
        // Stable: places of one delay, or of one stage, come in their order.
        arrival.sort_by_key(|place| place.delay);
        let arrival = arrival.into_iter().map(|place| place.slot).collect();
        let decides = places.iter().position(|place| place.delay == least).unwrap_or_default();
        let completes = places.iter().rposition(|place| place.delay == most).unwrap_or_default();
        Self { places, stages, delays: least..most, decides, completes, arrival }
    }

    /// The places of a row, stage after stage.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// Whether the codes of each frame stand together and in the order of codebooks.
    #[must_use]
    pub fn is_flat(&self) -> bool {
        !self.has_next() && self.delays.end == 0 && self.arrival.is_sorted()
    }

    /// Number of symbols of so many frames; `None` beyond 64 bits. O(1).
    #[must_use]
    pub fn length(&self, frames: u64) -> Option<u64> {
        self.rows(frames).checked_mul(self.places.len() as u64)?.checked_add(self.has_next().into())
    }

    /// Rows of a stage of so many frames; the most there can be, where there are more.
    #[must_use]
    pub fn rows(&self, frames: u64) -> u64 {
        if frames == 0 { 0 } else { frames.saturating_add(self.delays.end) }
    }

    /// Whether there is a mark between stages.
    #[must_use]
    pub fn has_next(&self) -> bool {
        self.stages.len() > 1
    }

    /// All symbols of so many frames in their order, each with its row. O(length).
    pub fn each(&self, frames: u64, mut put: impl FnMut(u64, Symbol)) {
        let rows = self.rows(frames);
        for (stage, places) in self.stages.iter().enumerate() {
            if stage == 1 {
                put(rows, Symbol::Next);
            }
            for row in 0..rows {
                for place in places.clone() {
                    let symbol = match row.checked_sub(self.places[place].delay) {
                        None => Symbol::Start,
                        Some(frame) if frame < frames => Symbol::Code { place, frame },
                        Some(_) => Symbol::Pad,
                    };
                    put(row, symbol);
                }
            }
        }
    }

    /// What may stand at a cursor. O(1).
    #[must_use]
    pub fn expected(&self, cursor: Cursor) -> Expected {
        let Cursor { stage, row, place, frames } = cursor;
        let Some(places) = self.stages.get(stage) else { return Expected { end: true, ..Expected::default() } };
        let begins_row = place == 0;
        if self.has_next() {
            let mark = (stage == 0 && begins_row).then_some(Symbol::Next);
            return Expected { code: Some(Symbol::Code { place: places.start + place, frame: row }), mark, end: false };
        }
        let Range { start: least, end: most } = self.delays;
        if frames.is_some_and(|frames| row >= frames.saturating_add(most)) {
            return Expected { end: true, ..Expected::default() };
        }
        // With equal delays no pad tells the number of frames, and the segment may end behind any of them.
        let end = begins_row && (row == 0 || (least == most && row > most));
        let Some(frame) = row.checked_sub(self.places[place].delay) else {
            return Expected { mark: Some(Symbol::Start), end, ..Expected::default() };
        };
        let decides = frames.is_none() && place == self.decides;
        let is_past = frames.is_some_and(|frames| frame >= frames);
        let may_pad = is_past || (decides && frame > 0 && least < most);
        let code = (!is_past).then_some(Symbol::Code { place, frame });
        Expected { code, mark: may_pad.then_some(Symbol::Pad), end }
    }

    /// The cursor behind a symbol that may stand at `cursor`. O(1).
    #[must_use]
    pub fn behind(&self, cursor: Cursor, symbol: Symbol) -> Cursor {
        let Cursor { stage, row, place, mut frames } = cursor;
        if symbol == Symbol::Next {
            // No frames have no rows in any stage.
            let stage = if row == 0 { self.stages.len() } else { 1 };
            return Cursor { stage, row: 0, place: 0, frames: Some(row) };
        }
        if symbol == Symbol::Pad && frames.is_none() {
            frames = Some(row.saturating_sub(self.delays.start));
        }
        let places = self.stages.get(stage).map_or(0, Range::len);
        if place + 1 < places {
            return Cursor { stage, row, place: place + 1, frames };
        }
        let is_last = stage > 0 && frames == Some(row + 1);
        let (stage, row) = if is_last { (stage + 1, 0) } else { (stage, row + 1) };
        Cursor { stage, row, place: 0, frames }
    }

    /// Whether the code at a place is the last that comes of its frame.
    #[must_use]
    pub fn completes(&self, place: usize) -> bool {
        place == self.completes
    }

    /// The codes of a frame codebook after codebook, from the order in which they came.
    #[must_use]
    pub fn in_codebook_order(&self, codes: Vec<u32>) -> Vec<u32> {
        if self.arrival.is_sorted() {
            return codes;
        }
        let mut ordered = vec![0; codes.len()];
        for (&slot, &code) in self.arrival.iter().zip(&codes) {
            ordered[slot] = code;
        }
        ordered
    }

    /// The frame with which an id is read, so that ids of frames that are whole can be told from others: a mark belongs to
    /// the first frame or, behind the last code, to the last one.
    #[must_use]
    pub fn frame_of(&self, cursor: Cursor, symbol: Symbol) -> u64 {
        match symbol {
            Symbol::Code { frame, .. } => frame,
            Symbol::Start | Symbol::Next => 0,
            Symbol::Pad => cursor.frames.unwrap_or(cursor.row.saturating_sub(self.delays.start)).saturating_sub(1),
        }
    }
}

impl Cursor {
    /// The row of its stage and the place in it.
    #[must_use]
    pub fn row_and_place(self) -> (u64, usize) {
        (self.row, self.place)
    }
}
