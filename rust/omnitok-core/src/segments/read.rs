//! Ids to segments, all at once or as they arrive.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::grammar::{Grammar, State, Step, Token, Walk};
use crate::vocabulary::Order;

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
        /// The ids.
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
    /// The ids of which something is not whole yet.
    pending: Vec<Pending>,
    /// Frames or rows of this segment that were whole, and the codes since.
    whole: usize,
    codes: Vec<u32>,
    steps: Vec<Step>,
}

/// An id of a segment.
#[derive(Clone, Copy, Debug)]
struct Pending {
    id: u32,
    position: usize,
    /// So many frames or rows must be whole before all of it is.
    until: usize,
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
        self.codes.clear();
        self.voice = None;
        self.walk = Walk::default();
        self.whole = 0;
        let position = self.pending.first().map_or(self.position, |first| first.position);
        let ids = self.pending.drain(..).map(|pending| pending.id).collect();
        tell(Event::Invalid { position, ids, reason });
    }

    fn take(&mut self, grammar: &Grammar, (id, span): (u32, usize), steps: &[Step], tell: &mut dyn FnMut(Event)) {
        self.pending.push(Pending { id, position: self.position, until: self.whole + span });
        for &(before, next, token) in steps {
            self.step(grammar, id, (before, next, token), tell);
        }
    }

    fn step(&mut self, grammar: &Grammar, id: u32, (before, next, token): Step, tell: &mut dyn FnMut(Event)) {
        match token {
            Token::Text => self.done(Event::Text(id), tell),
            Token::Special => self.done(Event::Special(id), tell),
            // It stays with what is pending: if nothing of its segment gets whole, it is invalid too.
            Token::Begin(medium) => tell(Event::Begin(medium, self.voice.take())),
            Token::Voice => self.voice = Some(id),
            Token::Size(_) => {}
            Token::Code(code) => {
                self.codes.push(code);
                match next {
                    State::Frame(_, 0) => self.got(Event::Frame, tell),
                    State::Cells(_, cells) if cells.column == 0 && cells.place == 0 => self.got(Event::Row, tell),
                    _ => {}
                }
            }
            Token::Row => self.got(Event::Row, tell),
            Token::End => {
                if let State::Cells(index, _) = before
                    && grammar.media()[index].layout.layout == Some(Order::Rows)
                {
                    self.got(Event::Row, tell);
                }
                self.done(Event::End, tell);
            }
        }
    }

    /// A frame or a row is whole.
    fn got(&mut self, event: impl FnOnce(Vec<u32>) -> Event, tell: &mut dyn FnMut(Event)) {
        self.whole += 1;
        let whole = self.whole;
        self.pending.retain(|pending| pending.until > whole);
        tell(event(std::mem::take(&mut self.codes)));
    }

    /// Something is over, and nothing is left of it.
    fn done(&mut self, event: Event, tell: &mut dyn FnMut(Event)) {
        self.pending.clear();
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
