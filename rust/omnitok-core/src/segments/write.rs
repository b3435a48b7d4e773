//! Segments to ids and side tables.

use std::sync::Arc;

use super::audio::Track;
use super::check::frames;
use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::grammar::{Grammar, Medium};
use crate::memory::reserve;
use crate::vocabulary::{Axis, Order};

/// The label of an id that counts nothing in the loss.
pub const NO_LABEL: i64 = -100;

/// A piece of a sequence.
#[derive(Clone, Copy, Debug)]
pub enum Segment<'s> {
    /// A text in which nothing is special.
    Text(&'s str),
    /// A special token, by its id.
    Special(u32),
    /// Codes in time.
    Audio {
        /// Which medium of the grammar.
        medium: usize,
        /// The id of its voice.
        voice: Option<u32>,
        /// The codes of each codebook, by their place in it.
        codes: &'s [&'s [u32]],
    },
    /// Codes in a plane, row after row, in a cell codebook after codebook.
    Image {
        /// Which medium of the grammar.
        medium: usize,
        /// Rows of cells.
        height: u32,
        /// Columns of cells.
        width: u32,
        /// The codes by their place in their codebook.
        codes: &'s [u32],
    },
}

/// A segment and what its ids count in the loss.
#[derive(Clone, Copy, Debug)]
pub struct Weighted<'s> {
    /// The segment.
    pub segment: Segment<'s>,
    /// What every id of it counts; a voice counts nothing, because no sampler draws it.
    pub weight: f32,
}

/// Ids, and what is known of each: columns of one length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sequence {
    /// The ids.
    pub ids: Vec<u32>,
    /// 0 for text and special tokens, 1 for images, 2 for audio.
    pub modality: Vec<u8>,
    /// The codebook of a code, else -1.
    pub codebook: Vec<i16>,
    /// The place of the segment in its document.
    pub segment: Vec<u32>,
    /// For codes of audio, milliseconds from the beginning of the segment, rounded down; else -1.
    pub time: Vec<i64>,
    /// Time, row and column for rotary embeddings of three axes.
    pub positions: Vec<[i32; 3]>,
    /// What the id counts in the loss.
    pub weight: Vec<f32>,
    /// The id, or [`NO_LABEL`] where it counts nothing.
    pub labels: Vec<i64>,
}

/// What is the same for some ids in a row.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) modality: u8,
    pub(super) segment: u32,
    pub(super) weight: f32,
}

impl Sequence {
    fn reserve(&mut self, count: usize) -> Result<()> {
        reserve(&mut self.ids, count)?;
        reserve(&mut self.modality, count)?;
        reserve(&mut self.codebook, count)?;
        reserve(&mut self.segment, count)?;
        reserve(&mut self.time, count)?;
        reserve(&mut self.positions, count)?;
        reserve(&mut self.weight, count)?;
        reserve(&mut self.labels, count)
    }

    #[inline]
    pub(super) fn push(&mut self, id: u32, row: Row, codebook: i16, time: i64, position: [i32; 3]) {
        self.ids.push(id);
        self.modality.push(row.modality);
        self.codebook.push(codebook);
        self.segment.push(row.segment);
        self.time.push(time);
        self.positions.push(position);
        self.weight.push(row.weight);
        self.labels.push(if row.weight == 0.0 { NO_LABEL } else { i64::from(id) });
    }
}

/// Writes segments of one vocabulary.
#[derive(Clone, Debug)]
pub struct Writer {
    encoder: Arc<Encoder>,
    pub(super) grammar: Grammar,
    /// What a code counts in the loss, by medium and codebook.
    pub(super) weights: Vec<Vec<f32>>,
}

impl Writer {
    /// A writer whose codes all count as their segments do.
    ///
    /// # Errors
    /// Those of [`Grammar::new`].
    pub fn new(encoder: Arc<Encoder>) -> Result<Self> {
        let grammar = Grammar::new(encoder.vocabulary())?;
        let weights = grammar.media().iter().map(|medium| vec![1.0; medium.layout.codebooks.len()]).collect();
        Ok(Self { encoder, grammar, weights })
    }

    /// This writer with a factor for the codes of each codebook of a medium.
    ///
    /// # Errors
    /// [`Error::Argument`] when they are not as many as its codebooks, or one is no finite number from 0 on.
    pub fn with_weights(mut self, medium: usize, weights: &[f32]) -> Result<Self> {
        let Medium { name, layout, .. } = &self.grammar.media()[medium];
        if weights.len() != layout.codebooks.len() || weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0)
        {
            return Err(Error::Argument(format!(
                "the weights of {name:?} are {weights:?}; they are {} finite numbers from 0 on, one a codebook",
                layout.codebooks.len()
            )));
        }
        self.weights[medium] = weights.to_vec();
        Ok(self)
    }

    /// The grammar.
    #[must_use]
    pub fn grammar(&self) -> &Grammar {
        &self.grammar
    }

    /// The encoder.
    #[must_use]
    pub fn encoder(&self) -> &Arc<Encoder> {
        &self.encoder
    }

    /// Number of ids that [`Self::write`] gives.
    ///
    /// # Errors
    /// Those of [`Self::write`].
    pub fn count(&self, segments: &[Weighted]) -> Result<usize> {
        let mut count = self.sum(segments, |text| self.encoder.count(text))?;
        for Weighted { segment, .. } in segments {
            count -= self.saved(*segment)?;
        }
        Ok(count)
    }

    fn sum(&self, segments: &[Weighted], of_text: impl Fn(&str) -> Result<usize>) -> Result<usize> {
        let mut sum = 0;
        for (index, Weighted { segment, weight }) in segments.iter().enumerate() {
            let found = match *segment {
                _ if !weight.is_finite() || *weight < 0.0 => {
                    Err(Error::Argument(format!("it counts {weight} in the loss, which is no finite number from 0 on")))
                }
                Segment::Text(text) => of_text(text),
                other => self.check(other, *weight),
            };
            sum += found.map_err(|error| error.within(format!("segment {index}")))?;
        }
        Ok(sum)
    }

    /// The ids and side tables of a document. O(ids) but for text, which takes what its encoder does.
    ///
    /// # Errors
    /// [`Error::Within`] that names the segment: a code that its codebook does not have, codes that make no whole frames, an
    /// image of another size than the vocabulary has; or those of encoding its text.
    pub fn write(&self, segments: &[Weighted]) -> Result<Sequence> {
        let mut sequence = Sequence::default();
        sequence.reserve(self.sum(segments, |text| Ok(text.len() / 3))?)?;
        let mut next = 0;
        for (index, Weighted { segment, weight }) in segments.iter().enumerate() {
            let row = |modality| Row { modality, segment: index as u32, weight: *weight };
            let written = match *segment {
                Segment::Text(text) => self.text(text, row(0), &mut next, &mut sequence),
                Segment::Special(id) => {
                    sequence.push(id, row(0), -1, -1, advance(&mut next));
                    Ok(())
                }
                Segment::Audio { medium, voice, codes } => {
                    self.audio((medium, voice, codes), row(2), &mut next, &mut sequence)
                }
                Segment::Image { medium, height, width, codes } => {
                    self.image((medium, [height, width], codes), row(1), &mut next, &mut sequence)
                }
            };
            written.map_err(|error| error.within(format!("segment {index}")))?;
        }
        Ok(sequence)
    }

    fn text(&self, text: &str, row: Row, next: &mut i32, sequence: &mut Sequence) -> Result<()> {
        let ids = self.encoder.encode_ordinary(text)?;
        sequence.reserve(ids.len())?;
        for id in ids {
            sequence.push(id, row, -1, -1, advance(next));
        }
        Ok(())
    }

    fn audio(
        &self,
        (index, voice, codes): (usize, Option<u32>, &[&[u32]]),
        row: Row,
        next: &mut i32,
        sequence: &mut Sequence,
    ) -> Result<()> {
        let (medium, weights) = (&self.grammar.media()[index], &self.weights[index]);
        if let Some(voice) = voice {
            sequence.push(voice, Row { weight: 0.0, ..row }, -1, -1, advance(next));
        }
        sequence.push(medium.begin, row, -1, -1, advance(next));
        let frames = frames(medium, codes)?;
        let track = Track::new(medium, *next);
        if medium.merged.is_some() {
            self.merged_audio(index, codes, row, *next, sequence)?;
        } else if medium.pattern.is_flat() {
            track.flat(codes, frames, (row, weights), sequence);
        } else {
            track.any(codes, frames, (row, weights), sequence);
        }
        *next = track.behind(frames);
        sequence.push(medium.end, row, -1, -1, advance(next));
        Ok(())
    }

    fn image(
        &self,
        (index, [height, width], codes): (usize, [u32; 2], &[u32]),
        row: Row,
        next: &mut i32,
        sequence: &mut Sequence,
    ) -> Result<()> {
        let (medium, weights) = (&self.grammar.media()[index], &self.weights[index]);
        sequence.push(medium.begin, row, -1, -1, advance(next));
        if medium.layout.layout.is_some_and(Order::is_sized) {
            for id in self.sizes(height, width)? {
                sequence.push(id, row, -1, -1, advance(next));
            }
        }
        let origin = *next;
        if medium.merged.is_some() {
            self.merged_image(index, (width as usize, codes), row, origin, sequence)?;
            *next = origin.saturating_add(height.max(width) as i32);
            sequence.push(medium.end, row, -1, -1, advance(next));
            return Ok(());
        }
        let mut rows = codes.chunks_exact(width as usize * medium.places.len());
        for line in 0..height as i32 {
            if let Some(mark) = medium.row.filter(|_| line > 0) {
                let position = [origin, origin.saturating_add(line), origin.saturating_add(width as i32)];
                sequence.push(mark, row, -1, -1, position);
            }
            let cells = rows.next().unwrap_or_default().chunks_exact(medium.places.len());
            for (column, cell) in cells.enumerate() {
                let position = [origin, origin.saturating_add(line), origin.saturating_add(column as i32)];
                for (place, &code) in cell.iter().enumerate() {
                    let row = Row { weight: row.weight * weights[place], ..row };
                    sequence.push(medium.places[place].1.start + code, row, place as i16, -1, position);
                }
            }
        }
        // The mark behind a row stands at the column behind the last.
        let columns = width + u32::from(medium.row.is_some());
        *next = origin.saturating_add(height.max(columns) as i32);
        sequence.push(medium.end, row, -1, -1, advance(next));
        Ok(())
    }

    /// The size tokens of an image.
    pub(super) fn sizes(&self, height: u32, width: u32) -> Result<[u32; 2]> {
        let size = |axis, size| {
            self.grammar.size_id(axis, size).ok_or_else(|| {
                Error::Argument(format!(
                    "the image has {height} x {width} cells, and there is no size token {axis} = {size}; cut or scale it, or \
                     add size tokens"
                ))
            })
        };
        Ok([size(Axis::Height, height)?, size(Axis::Width, width)?])
    }
}

/// The position of an id that covers no time or space of its own.
pub(super) fn advance(next: &mut i32) -> [i32; 3] {
    let position = *next;
    *next = next.saturating_add(1);
    [position; 3]
}
