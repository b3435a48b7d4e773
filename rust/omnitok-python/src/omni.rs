//! Sequences of text, images and audio.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1};
use omnitok_core::Error;
use omnitok_core::grammar::Grammar;
use omnitok_core::segments::{Event, Piece, Reader, Segment, Sequence, Weighted, Writer, read, steps};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::error::{OrRaise, exception};
use crate::text::utf8;
use crate::tokenizer::Tokenizer;

/// A segment: its kind; its text; the name of its block; its special token or voice; codes, one array a codebook for audio;
/// rows and columns; weight.
type Given<'py> =
    (String, Option<Bound<'py, PyString>>, String, Option<u32>, Vec<PyReadonlyArray1<'py, u32>>, (u32, u32), f32);

/// A piece or an event: its kind; the name of its block; its special token or voice; ids or codes; rows or place; reason.
type Found<'py> = (&'static str, Option<String>, Option<u32>, Bound<'py, PyArray1<u32>>, usize, Option<String>);

/// Writes and reads sequences of one vocabulary.
#[pyclass(frozen, module = "omnitok._native")]
pub(crate) struct Omni {
    writer: Arc<Writer>,
}

#[pymethods]
impl Omni {
    #[new]
    fn new(py: Python<'_>, tokenizer: &Tokenizer, weights: Vec<(String, Vec<f32>)>) -> PyResult<Self> {
        let mut writer = Writer::new(Arc::clone(&tokenizer.encoder)).or_raise(py)?;
        for (name, weights) in weights {
            let medium = writer.grammar().medium(&name).or_raise(py)?;
            writer = writer.with_weights(medium, &weights).or_raise(py)?;
        }
        Ok(Self { writer: Arc::new(writer) })
    }

    /// The ids and side tables of segments.
    fn write<'py>(&self, py: Python<'py>, segments: Vec<Given<'py>>) -> PyResult<Bound<'py, PyDict>> {
        columns(py, self.with_segments(py, &segments, Writer::write)?)
    }

    /// Number of ids of segments.
    fn count(&self, py: Python<'_>, segments: Vec<Given<'_>>) -> PyResult<usize> {
        self.with_segments(py, &segments, Writer::count)
    }

    /// The segments of ids.
    fn read<'py>(&self, py: Python<'py>, ids: PyReadonlyArray1<'py, u32>, lenient: bool) -> PyResult<Vec<Found<'py>>> {
        let ids: &[u32] = ids.as_slice()?;
        let grammar = self.writer.grammar();
        let pieces = py.detach(|| read(grammar, ids, lenient)).or_raise(py)?;
        Ok(pieces.into_iter().map(|piece| of_piece(py, grammar, piece)).collect())
    }

    /// The step of each id and its place there.
    #[expect(clippy::type_complexity, reason = "two arrays")]
    fn steps<'py>(
        &self,
        py: Python<'py>,
        ids: PyReadonlyArray1<'py, u32>,
    ) -> PyResult<(Bound<'py, PyArray1<usize>>, Bound<'py, PyArray1<usize>>)> {
        let ids: &[u32] = ids.as_slice()?;
        let found = py.detach(|| steps(self.writer.grammar(), ids)).or_raise(py)?;
        let (steps, places): (Vec<usize>, Vec<usize>) = found.into_iter().unzip();
        Ok((PyArray1::from_vec(py, steps), PyArray1::from_vec(py, places)))
    }

    /// Refuses ids that do not follow the grammar.
    fn validate(&self, py: Python<'_>, ids: PyReadonlyArray1<'_, u32>) -> PyResult<()> {
        let ids: &[u32] = ids.as_slice()?;
        py.detach(|| self.writer.grammar().validate(ids)).or_raise(py)
    }
}

impl Omni {
    fn with_segments<R: Send>(
        &self,
        py: Python<'_>,
        given: &[Given<'_>],
        work: impl Fn(&Writer, &[Weighted]) -> omnitok_core::Result<R> + Sync,
    ) -> PyResult<R> {
        let grammar = self.writer.grammar();
        let texts: Vec<_> =
            given.iter().map(|(_, text, ..)| text.as_ref().map(utf8).transpose()).collect::<PyResult<_>>()?;
        let slices: Vec<Vec<&[u32]>> = given
            .iter()
            .map(|(.., codes, _, _)| codes.iter().map(|codes| Ok(codes.as_slice()?)).collect())
            .collect::<PyResult<_>>()?;
        let mut segments = Vec::with_capacity(given.len());
        for ((index, (kind, _, block, id, _, (height, width), weight)), (text, codes)) in
            given.iter().enumerate().zip(texts.iter().zip(&slices))
        {
            let medium =
                || grammar.medium(block).map_err(|error| exception(py, error.within(format!("segment {index}"))));
            let segment = match (kind.as_str(), text, id) {
                ("audio", ..) => Segment::Audio { medium: medium()?, voice: *id, codes },
                ("image", ..) => {
                    let codes = codes.first().copied().unwrap_or_default();
                    Segment::Image { medium: medium()?, height: *height, width: *width, codes }
                }
                (_, Some(text), _) => Segment::Text(text),
                (_, None, Some(id)) => Segment::Special(*id),
                _ => return Err(exception(py, Error::Argument(format!("segment {index} is of no known kind")))),
            };
            segments.push(Weighted { segment, weight: *weight });
        }
        py.detach(|| work(&self.writer, &segments)).or_raise(py)
    }
}

fn columns(py: Python<'_>, sequence: Sequence) -> PyResult<Bound<'_, PyDict>> {
    let count = sequence.ids.len();
    let columns = PyDict::new(py);
    columns.set_item("ids", PyArray1::from_vec(py, sequence.ids))?;
    columns.set_item("modality", PyArray1::from_vec(py, sequence.modality))?;
    columns.set_item("codebook", PyArray1::from_vec(py, sequence.codebook))?;
    columns.set_item("segment", PyArray1::from_vec(py, sequence.segment))?;
    columns.set_item("time_ms", PyArray1::from_vec(py, sequence.time))?;
    let positions = PyArray1::from_vec(py, sequence.positions.into_flattened());
    columns.set_item("positions", positions.reshape([count, 3])?)?;
    columns.set_item("loss_weight", PyArray1::from_vec(py, sequence.weight))?;
    columns.set_item("labels", PyArray1::from_vec(py, sequence.labels))?;
    Ok(columns)
}

fn of_piece<'py>(py: Python<'py>, grammar: &Grammar, piece: Piece) -> Found<'py> {
    let name = |medium: usize| Some(grammar.media()[medium].name.clone());
    let array = |values| PyArray1::from_vec(py, values);
    match piece {
        Piece::Text(ids) => ("text", None, None, array(ids), 0, None),
        Piece::Special(id) => ("special", None, Some(id), array(Vec::new()), 0, None),
        Piece::Audio { medium, voice, codes } => ("audio", name(medium), voice, array(codes), 0, None),
        Piece::Image { medium, height, codes } => ("image", name(medium), None, array(codes), height as usize, None),
        Piece::Invalid { position, ids, reason } => ("invalid", None, None, array(ids), position, Some(reason)),
    }
}

fn of_event<'py>(py: Python<'py>, grammar: &Grammar, event: Event) -> Found<'py> {
    let name = |medium: usize| Some(grammar.media()[medium].name.clone());
    let array = |values| PyArray1::from_vec(py, values);
    match event {
        Event::Text(id) => ("text", None, Some(id), array(Vec::new()), 0, None),
        Event::Special(id) => ("special", None, Some(id), array(Vec::new()), 0, None),
        Event::Begin(medium, voice) => ("begin", name(medium), voice, array(Vec::new()), 0, None),
        Event::Frame(codes) => ("frame", None, None, array(codes), 0, None),
        Event::Row(codes) => ("row", None, None, array(codes), 0, None),
        Event::End => ("end", None, None, array(Vec::new()), 0, None),
        Event::Invalid { position, ids, reason } => ("invalid", None, None, array(ids), position, Some(reason)),
    }
}

/// Reads ids as they arrive.
#[pyclass(frozen, module = "omnitok._native")]
pub(crate) struct OmniStream {
    writer: Arc<Writer>,
    reader: Mutex<Reader>,
}

#[pymethods]
impl OmniStream {
    #[new]
    fn new(omni: &Omni) -> Self {
        Self { writer: Arc::clone(&omni.writer), reader: Mutex::default() }
    }

    fn push<'py>(&self, py: Python<'py>, id: u32) -> Vec<Found<'py>> {
        self.events(py, |reader, grammar, tell| reader.push(grammar, id, tell))
    }

    fn finish<'py>(&self, py: Python<'py>) -> Vec<Found<'py>> {
        self.events(py, |reader, grammar, tell| reader.finish(grammar, tell))
    }

    /// The ids that a sampler may draw next, as ranges.
    fn allowed(&self) -> Vec<(u32, u32)> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let ranges = reader.allowed(self.writer.grammar());
        ranges.into_iter().map(|Range { start, end }| (start, end)).collect()
    }

    /// Which of so many ids a sampler may draw next.
    fn mask<'py>(&self, py: Python<'py>, size: usize) -> Bound<'py, PyArray1<bool>> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let mut mask = vec![false; size];
        for Range { start, end } in reader.allowed(self.writer.grammar()) {
            mask[start as usize..end as usize].fill(true);
        }
        PyArray1::from_vec(py, mask)
    }
}

impl OmniStream {
    fn events<'py>(
        &self,
        py: Python<'py>,
        work: impl FnOnce(&mut Reader, &Grammar, &mut dyn FnMut(Event)),
    ) -> Vec<Found<'py>> {
        let grammar = self.writer.grammar();
        let mut events = Vec::new();
        work(&mut self.reader.lock().unwrap_or_else(PoisonError::into_inner), grammar, &mut |event| events.push(event));
        events.into_iter().map(|event| of_event(py, grammar, event)).collect()
    }
}
