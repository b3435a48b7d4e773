//! Ids to segments, all at once or as they arrive.

use std::collections::VecDeque;
use std::ops::Range;

use crate::codes::{Cursor, Pattern, Symbol};
use crate::error::{Error, Result};
use crate::grammar::{Cells, Grammar, State, Step, Token, Walk};

/// What an id brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A token of text.
    Text(u32),
    /// A special token.
    Special(u32),
    /// A segment of a medium begins; audio perhaps in a voice.
    Begin(usize, Option<u32>),
    /// A frame of audio is complete: its codes in codebook order.
    Frame(Vec<u32>),
    /// A row of an image is complete: its codes cell after cell.
    Row(Vec<u32>),
    /// The segment ends.
    End,
    /// Ids that cannot stand where they do, or that were left when a segment ended too early.
    Invalid {
        /// The place of the first in the sequence.
        position: usize,
        /// The ids. Those of frames and rows that are whole are not among them, though they may have stood between; a merge
        /// of which only the first are whole is.
        ids: Vec<u32>,
        /// Why.
        reason: String,
    },
}

/// Reads ids as they arrive. No id is ever an error here, and none is lost: what cannot stand where it does is an event.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    walk: Walk,
    voice: Option<u32>,
    /// Number of ids so far.
    position: usize,
    /// The ids of what is not whole yet.
    pending: VecDeque<Pending>,
    /// The codes since a row of an image was whole.
    codes: Vec<u32>,
    /// The frames that are not whole yet, each with its codes as they came.
    frames: VecDeque<Vec<u32>>,
    /// The number of frames or rows that are.
    whole: u64,
    /// Room for the steps of an id.
    steps: Vec<Step>,
}

/// An id of something that is not whole yet.
#[derive(Clone, Copy, Debug)]
struct Pending {
    id: u32,
    position: usize,
    /// The frame or row that it belongs to, the last one for a merge.
    until: u64,
}

impl Reader {
    /// Where the sequence is.
    #[must_use]
    pub fn state(&self) -> State {
        self.walk.state()
    }

    /// The ids that a sampler may draw next, as ascending ranges; see [`Walk::allowed`].
    #[must_use]
    pub fn allowed(&self, grammar: &Grammar) -> Vec<Range<u32>> {
        self.walk.allowed(grammar)
    }

    /// Takes an id, and tells `tell` what it brings: nothing while a frame or a row goes on, several where a merge fills them.
    ///
    /// An id that can only stand outside of the segment that is open ends it; what was begun of it is invalid then, a merge
    /// also of which only the first frames or rows were whole.
    pub fn push(&mut self, grammar: &Grammar, id: u32, tell: &mut dyn FnMut(Event)) {
        let position = self.position;
        let mut steps = std::mem::take(&mut self.steps);
        match self.walk.step(grammar, id, &mut steps) {
            Ok(span) => self.take(grammar, (id, span), &steps, tell),
            Err(reason) if self.walk.state() == State::Open => {
                tell(Event::Invalid { position, ids: vec![id], reason });
            }
            Err(reason) => {
                let mut outside = Walk::default();
                match outside.step(grammar, id, &mut steps) {
                    Ok(span) => {
                        self.cut(reason, tell);
                        self.walk = outside;
                        self.take(grammar, (id, span), &steps, tell);
                    }
                    Err(_) => tell(Event::Invalid { position, ids: vec![id], reason }),
                }
            }
        }
        self.steps = steps;
        self.position += 1;
    }

    /// The sequence ends here. The reader is at the beginning of another one then.
    pub fn finish(&mut self, grammar: &Grammar, tell: &mut dyn FnMut(Event)) {
        if let Some(reason) = grammar.unfinished(self.walk.state()) {
            self.cut(reason, tell);
        }
        *self = Self::default();
    }

    fn cut(&mut self, reason: String, tell: &mut dyn FnMut(Event)) {
        let left: Vec<Pending> = self.pending.drain(..).filter(|pending| pending.until >= self.whole).collect();
        let position = left.first().map_or(self.position, |pending| pending.position);
        *self = Self { position: self.position, ..Self::default() };
        tell(Event::Invalid { position, ids: left.iter().map(|pending| pending.id).collect(), reason });
    }

    fn take(&mut self, grammar: &Grammar, (id, span): (u32, usize), steps: &[Step], tell: &mut dyn FnMut(Event)) {
        // What begins a segment stays with what is pending: if nothing of it gets whole, that is invalid too.
        let until = match steps.first() {
            Some(&(State::Frame(index, cursor), _, token)) => {
                let pattern = &grammar.media()[index].pattern;
                let symbol = if let Token::Mark(symbol) = token { Some(symbol) } else { pattern.expected(cursor).code };
                let own = symbol.map_or(self.whole, |symbol| pattern.frame_of(cursor, symbol));
                own + (span as u64 - 1)
            }
            _ => self.whole + (span as u64 - 1),
        };
        self.pending.push_back(Pending { id, position: self.position, until });
        for &step in steps {
            self.step(grammar, id, step, tell);
        }
    }

    fn step(&mut self, grammar: &Grammar, id: u32, (before, next, token): Step, tell: &mut dyn FnMut(Event)) {
        match token {
            Token::Text => self.done(Event::Text(id), tell),
            Token::Special => self.done(Event::Special(id), tell),
            Token::Begin(medium) => tell(Event::Begin(medium, self.voice.take())),
            Token::Voice => self.voice = Some(id),
            Token::Size(_) | Token::Mark(_) => {}
            Token::Code(code) => {
                if let State::Frame(index, cursor) = before {
                    return self.audio(&grammar.media()[index].pattern, cursor, code, tell);
                }
                self.codes.push(code);
                if matches!(next, State::Cells(_, Cells { column: 0, place: 0, .. })) {
                    self.row(tell);
                }
            }
            Token::Row => self.row(tell),
            Token::End => {
                if !self.codes.is_empty() {
                    self.row(tell);
                }
                self.done(Event::End, tell);
            }
        }
    }

    /// Takes a code of audio.
    fn audio(&mut self, pattern: &Pattern, cursor: Cursor, code: u32, tell: &mut dyn FnMut(Event)) {
        let Some(Symbol::Code { place, frame }) = pattern.expected(cursor).code else { return };
        let index = (frame - self.whole) as usize;
        if index == self.frames.len() {
            self.frames.push_back(Vec::new());
        }
        self.frames[index].push(code);
        if pattern.completes(place) {
            let codes = self.frames.pop_front().unwrap_or_default();
            self.one_more();
            tell(Event::Frame(pattern.in_codebook_order(codes)));
        }
    }

    fn row(&mut self, tell: &mut dyn FnMut(Event)) {
        self.one_more();
        tell(Event::Row(std::mem::take(&mut self.codes)));
    }

    /// A frame or a row is whole. An id behind one that is not stays a while longer, and is left out when that ends early.
    fn one_more(&mut self) {
        self.whole += 1;
        while self.pending.front().is_some_and(|pending| pending.until < self.whole) {
            self.pending.pop_front();
        }
    }

    /// Something is over, and nothing is left of it.
    fn done(&mut self, event: Event, tell: &mut dyn FnMut(Event)) {
        self.pending.clear();
        self.frames.clear();
        self.whole = 0;
        tell(event);
    }
}

/// A segment that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The ids of a text.
    Text(Vec<u32>),
    /// A special token.
    Special(u32),
    /// Frames of audio, one after the other.
    Audio {
        /// Which medium of the grammar.
        medium: usize,
        /// The id of its voice.
        voice: Option<u32>,
        /// The codes in the order of the sequence.
        codes: Vec<u32>,
    },
    /// Rows of an image, one after the other.
    Image {
        /// Which medium of the grammar.
        medium: usize,
        /// Complete rows.
        height: u32,
        /// The codes in the order of the sequence.
        codes: Vec<u32>,
    },
    /// Ids that cannot stand where they do. What was complete of the segment around them is a piece before.
    Invalid {
        /// The place of the first in the sequence.
        position: usize,
        /// The ids.
        ids: Vec<u32>,
        /// Why.
        reason: String,
    },
}

/// The segments of a sequence. Texts that follow each other are one. O(n log blocks).
///
/// # Errors
/// [`Error::Sequence`] at the first id that cannot stand where it does, or when the sequence ends inside a segment, unless
/// `lenient`: then such ids are pieces. In any case that of [`Grammar::check_size`].
pub fn read(grammar: &Grammar, ids: &[u32], lenient: bool) -> Result<Vec<Piece>> {
    grammar.check_size(ids)?;
    let mut pieces = Pieces::default();
    let mut reader = Reader::default();
    let mut fault = None;
    for position in 0..=ids.len() {
        let mut tell = |event: Event| {
            if let (Event::Invalid { reason, .. }, None, false) = (&event, &fault, lenient) {
                fault = Some(Error::Sequence { position, reason: reason.clone() });
            }
            pieces.add(grammar, event);
        };
        match ids.get(position) {
            Some(&id) => reader.push(grammar, id, &mut tell),
            None => reader.finish(grammar, &mut tell),
        }
        if let Some(fault) = fault {
            return Err(fault);
        }
    }
    pieces.close();
    Ok(pieces.all)
}

/// What was read so far.
#[derive(Default)]
struct Pieces {
    all: Vec<Piece>,
    /// Where in `all` the segment is whose end has not come. Behind it lie the ids that cannot stand in it.
    open: Option<usize>,
}

impl Pieces {
    fn add(&mut self, grammar: &Grammar, event: Event) {
        match event {
            Event::Frame(new) | Event::Row(new) => match self.open.and_then(|index| self.all.get_mut(index)) {
                Some(Piece::Audio { codes, .. }) => codes.extend(new),
                Some(Piece::Image { codes, height, .. }) => {
                    codes.extend(new);
                    *height += 1;
                }
                _ => {}
            },
            Event::End => self.open = None,
            Event::Invalid { position, ids, reason } => self.all.push(Piece::Invalid { position, ids, reason }),
            Event::Begin(medium, voice) => {
                self.close();
                self.open = Some(self.all.len());
                self.all.push(match grammar.media()[medium].layout.rate {
                    Some(_) => Piece::Audio { medium, voice, codes: Vec::new() },
                    None => Piece::Image { medium, height: 0, codes: Vec::new() },
                });
            }
            Event::Special(id) => {
                self.close();
                self.all.push(Piece::Special(id));
            }
            Event::Text(id) => {
                self.close();
                match self.all.last_mut() {
                    Some(Piece::Text(ids)) => ids.push(id),
                    _ => self.all.push(Piece::Text(vec![id])),
                }
            }
        }
    }

    /// No end comes for the segment that is open. If nothing of it was complete, what follows it tells of it.
    fn close(&mut self) {
        let Some(index) = self.open.take() else { return };
        if matches!(&self.all[index], Piece::Audio { codes, .. } | Piece::Image { codes, .. } if codes.is_empty()) {
            self.all.remove(index);
        }
    }
}
