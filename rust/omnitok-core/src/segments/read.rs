//! Ids to segments, all at once or as they arrive.

use std::collections::VecDeque;

use crate::codes::{Cursor, Pattern, Symbol};
use crate::error::{Error, Result};
use crate::grammar::{Cells, Grammar, State, Token};

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
        /// The ids. Those of frames that are whole are not among them, though they may have stood between.
        ids: Vec<u32>,
        /// Why.
        reason: String,
    },
}

/// Reads ids as they arrive. No id is ever an error here, and none is lost: what cannot stand where it does is an event.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    state: State,
    voice: Option<u32>,
    /// Number of ids so far.
    position: usize,
    /// The ids of what is not whole yet.
    pending: VecDeque<Pending>,
    /// The codes since a row of an image was whole.
    codes: Vec<u32>,
    /// The frames that are not whole yet, each with its codes as they came.
    frames: VecDeque<Vec<u32>>,
    /// The number of those that are.
    whole: u64,
}

/// An id of something that is not whole yet.
#[derive(Clone, Copy, Debug)]
struct Pending {
    id: u32,
    position: usize,
    /// The frame that it belongs to.
    frame: u64,
}

impl Reader {
    /// Where the sequence is.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Takes an id, and tells `tell` what it brings: nothing while a frame or a row goes on.
    ///
    /// An id that can only stand outside of the segment that is open ends it; what was begun of it is invalid then.
    pub fn push(&mut self, grammar: &Grammar, id: u32, tell: &mut dyn FnMut(Event)) {
        let position = self.position;
        match grammar.step(self.state, id) {
            Ok((next, token)) => self.take(grammar, id, (next, token), tell),
            Err(reason) if self.state == State::Open => tell(Event::Invalid { position, ids: vec![id], reason }),
            Err(reason) => match grammar.step(State::Open, id) {
                Ok(step) => {
                    self.cut(reason, tell);
                    self.take(grammar, id, step, tell);
                }
                Err(_) => tell(Event::Invalid { position, ids: vec![id], reason }),
            },
        }
        self.position += 1;
    }

    /// The sequence ends here. The reader is at the beginning of another one then.
    pub fn finish(&mut self, grammar: &Grammar, tell: &mut dyn FnMut(Event)) {
        if let Some(reason) = grammar.unfinished(self.state) {
            self.cut(reason, tell);
        }
        *self = Self::default();
    }

    fn cut(&mut self, reason: String, tell: &mut dyn FnMut(Event)) {
        let left: Vec<Pending> = self.pending.drain(..).filter(|pending| pending.frame >= self.whole).collect();
        let position = left.first().map_or(self.position, |pending| pending.position);
        self.begin_anew(State::Open);
        tell(Event::Invalid { position, ids: left.iter().map(|pending| pending.id).collect(), reason });
    }

    fn begin_anew(&mut self, state: State) {
        *self = Self { state, position: self.position, ..Self::default() };
    }

    fn take(&mut self, grammar: &Grammar, id: u32, (next, token): (State, Token), tell: &mut dyn FnMut(Event)) {
        let before = std::mem::replace(&mut self.state, next);
        if let State::Frame(index, cursor) = before
            && token != Token::End
        {
            self.take_audio(&grammar.media()[index].pattern, cursor, (id, token), tell);
            return;
        }
        let event = match token {
            Token::Text => Event::Text(id),
            Token::Special => Event::Special(id),
            Token::Begin(medium) => {
                // It stays with what is pending: if nothing of its segment gets whole, it is invalid too.
                self.keep(id, 0);
                tell(Event::Begin(medium, self.voice.take()));
                return;
            }
            Token::Voice => {
                self.voice = Some(id);
                return self.keep(id, 0);
            }
            Token::Code(code) => {
                self.codes.push(code);
                match next {
                    State::Cells(_, Cells { column: 0, place: 0, .. }) => Event::Row(std::mem::take(&mut self.codes)),
                    _ => return self.keep(id, 0),
                }
            }
            Token::Size(_) | Token::Mark(_) => return self.keep(id, 0),
            Token::Row => Event::Row(std::mem::take(&mut self.codes)),
            Token::End => {
                if !self.codes.is_empty() {
                    tell(Event::Row(std::mem::take(&mut self.codes)));
                }
                self.begin_anew(next);
                Event::End
            }
        };
        self.pending.clear();
        tell(event);
    }

    /// Takes a code or a mark of audio.
    fn take_audio(
        &mut self,
        pattern: &Pattern,
        cursor: Cursor,
        (id, token): (u32, Token),
        tell: &mut dyn FnMut(Event),
    ) {
        let expected = pattern.expected(cursor);
        let (symbol, code) = match (token, expected.code) {
            (Token::Mark(symbol), _) => (symbol, 0),
            (Token::Code(code), Some(symbol)) => (symbol, code),
            // The grammar gives no other tokens there.
            _ => return,
        };
        self.keep(id, pattern.frame_of(cursor, symbol));
        let Symbol::Code { place, frame } = symbol else { return };
        let index = (frame - self.whole) as usize;
        if index == self.frames.len() {
            self.frames.push_back(Vec::new());
        }
        self.frames[index].push(code);
        if pattern.completes(place) {
            let codes = self.frames.pop_front().unwrap_or_default();
            self.whole += 1;
            while self.pending.front().is_some_and(|pending| pending.frame < self.whole) {
                self.pending.pop_front();
            }
            tell(Event::Frame(pattern.in_codebook_order(codes)));
        }
    }

    fn keep(&mut self, id: u32, frame: u64) {
        self.pending.push_back(Pending { id, position: self.position, frame });
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
/// `lenient`: then such ids are pieces.
pub fn read(grammar: &Grammar, ids: &[u32], lenient: bool) -> Result<Vec<Piece>> {
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
