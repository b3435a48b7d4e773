//! The tokenizer: a vocabulary, its encoder, and its label.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1};
use omnitok_core::encoder::{
    Documents, Encoder, FedTexts, FileTexts, Normalizer, Rules, TokenBatch, character_spans, pad_id,
};
use omnitok_core::format::{self, Label, Places};
use omnitok_core::memory::reserved;
use omnitok_core::splitter::Splitter;
use omnitok_core::vocabulary::{BlockKind, Vocabulary};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

use crate::choice::{choose, utf8_policy};
use crate::error::{OrRaise, exception, omnitok_error};
use crate::ids;
use crate::signals::interruptible;
use crate::special::SpecialNames;
use crate::text::{utf8, while_converting};

type Batch<'py> = (Bound<'py, PyArray1<u32>>, Bound<'py, PyArray1<i64>>);
/// Whether compiled forms are kept beside their sources, and the folder where they are kept else.
type CompiledPlaces = (bool, Option<PathBuf>);

/// The tokenizer of the core.
#[pyclass(frozen, module = "omnitok._native")]
pub(crate) struct Tokenizer {
    pub(crate) encoder: Arc<Encoder>,
    label: Label,
}

fn places((beside, folder): CompiledPlaces) -> Places {
    Places { beside, folder }
}

fn json(py: Python<'_>, text: Option<&str>) -> PyResult<Option<serde_json::Value>> {
    let parse =
        |text| serde_json::from_str(text).map_err(|error| omnitok_error(py, "OmnitokError", format!("{error}")));
    text.map(parse).transpose()
}

#[pymethods]
impl Tokenizer {
    #[new]
    #[pyo3(signature = (*, name, pattern, ranks, special_tokens, merges=None, whole_words=true, normalizer=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword-only, as Python has it")]
    fn new(
        py: Python<'_>,
        name: String,
        pattern: &str,
        ranks: &Bound<'_, PyDict>,
        special_tokens: BTreeMap<String, u32>,
        merges: Option<Vec<(u32, u32)>>,
        whole_words: bool,
        normalizer: Option<&str>,
    ) -> PyResult<Self> {
        let items: Vec<(Bound<'_, PyBytes>, u32)> =
            ranks.iter().map(|(token, id)| Ok((token.cast_into()?, id.extract()?))).collect::<PyResult<_>>()?;
        let tokens: Vec<(u32, &[u8])> = items.iter().map(|(token, id)| (*id, token.as_bytes())).collect();
        let normalizer = match normalizer {
            None => None,
            Some("nfc") => Some(Normalizer::Nfc),
            Some(other) => {
                let message = format!("there is no normalizer {other:?}; the one there is is 'nfc'");
                return Err(omnitok_error(py, "VocabularyError", message));
            }
        };
        let rules = Rules { merges, whole_words, normalizer };
        let vocabulary = Vocabulary::from_tokens(&tokens, special_tokens).or_raise(py)?;
        Self::assemble(py, vocabulary, pattern, rules, Label { name, ..Label::default() })
    }

    /// A tokenizer from the bytes of a rank file, whose SHA-256 is known. `origin` is its path, or names it in messages.
    #[staticmethod]
    #[pyo3(signature = (data, origin, *, sha256, name, pattern, special_tokens, compiled))]
    #[expect(clippy::too_many_arguments, reason = "keyword-only, as Python has it")]
    fn from_rank_file(
        py: Python<'_>,
        data: &[u8],
        origin: PathBuf,
        sha256: &str,
        name: String,
        pattern: &str,
        special_tokens: BTreeMap<String, u32>,
        compiled: CompiledPlaces,
    ) -> PyResult<Self> {
        let splitter = Splitter::new(pattern).or_raise(py)?;
        let places = places(compiled);
        let encoder = py.detach(|| format::load_rank_file(data, sha256, &origin, &special_tokens, &splitter, &places));
        Ok(Self { encoder: Arc::new(encoder.or_raise(py)?), label: Label { name, ..Label::default() } })
    }

    /// Reads a vocabulary folder.
    #[staticmethod]
    #[pyo3(signature = (folder, *, compiled))]
    fn from_folder(py: Python<'_>, folder: PathBuf, compiled: CompiledPlaces) -> PyResult<Self> {
        let (encoder, label) = py.detach(|| format::load(&folder, &places(compiled))).or_raise(py)?;
        Ok(Self { encoder: Arc::new(encoder), label })
    }

    /// The tokenizer whose folder holds these files.
    #[staticmethod]
    fn from_files(py: Python<'_>, files: BTreeMap<String, Vec<u8>>) -> PyResult<Self> {
        let (encoder, label) = py.detach(|| format::from_files(&files, Path::new(""))).or_raise(py)?;
        Ok(Self { encoder: Arc::new(encoder), label })
    }

    /// The files of its folder, by name.
    fn to_files<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let files = PyDict::new(py);
        for (name, data) in format::files(&self.encoder, &self.label) {
            files.set_item(name, PyBytes::new(py, &data))?;
        }
        Ok(files)
    }

    /// Writes a vocabulary folder, and others files beside its own.
    #[pyo3(signature = (folder, *, force=false, beside=BTreeMap::new()))]
    fn save(&self, py: Python<'_>, folder: PathBuf, force: bool, beside: BTreeMap<String, Vec<u8>>) -> PyResult<()> {
        py.detach(|| format::save_beside(&folder, &self.encoder, &self.label, force, beside)).or_raise(py)
    }

    /// This tokenizer under another name. With a training record, it is a vocabulary of its own, without a parent.
    #[pyo3(signature = (name, *, training=None))]
    fn with_label(&self, py: Python<'_>, name: String, training: Option<&str>) -> PyResult<Self> {
        let label = match json(py, training)? {
            Some(training) => Label { name, training: Some(training), parent: None },
            None => Label { name, ..self.label.clone() },
        };
        Ok(Self { encoder: Arc::clone(&self.encoder), label })
    }

    /// This tokenizer with text tokens appended, and with the record of how they were learnt; under another pattern, if there
    /// is one.
    #[pyo3(signature = (tokens, *, name, training, pattern=None))]
    fn with_text_tokens(
        &self,
        py: Python<'_>,
        tokens: Vec<Vec<u8>>,
        name: String,
        training: &str,
        pattern: Option<&str>,
    ) -> PyResult<Self> {
        let training = json(py, Some(training))?;
        let vocabulary = self.encoder.vocabulary().with_text_tokens(&tokens).or_raise(py)?;
        let parent = Some(format::digest(&self.encoder, &self.label));
        let rules = self.encoder.rules().clone();
        Self::assemble(py, vocabulary, pattern.unwrap_or(self.pattern()), rules, Label { name, training, parent })
    }

    /// This tokenizer with only these text tokens, and the old id of each id. It has no parent: ids changed.
    #[pyo3(signature = (kept, *, name, training))]
    fn with_text_kept<'py>(
        &self,
        py: Python<'py>,
        kept: Vec<u32>,
        name: String,
        training: &str,
    ) -> PyResult<(Self, Bound<'py, PyArray1<u32>>)> {
        let (vocabulary, old_ids) = self.encoder.vocabulary().with_text_kept(&kept).or_raise(py)?;
        let training = json(py, Some(training))?;
        let kept = self.extended(py, Ok(vocabulary))?;
        let label = Label { name, training, parent: None };
        Ok((Self { encoder: kept.encoder, label }, PyArray1::from_vec(py, old_ids)))
    }

    /// This tokenizer with special tokens appended.
    fn with_special_tokens(&self, py: Python<'_>, names: Vec<String>) -> PyResult<Self> {
        self.extended(py, self.encoder.vocabulary().with_special_tokens(&names))
    }

    /// This tokenizer with reserved ids appended.
    fn with_reserved(&self, py: Python<'_>, name: &str, size: u32) -> PyResult<Self> {
        self.extended(py, self.encoder.vocabulary().with_block(name, BlockKind::Reserved, size))
    }

    #[getter]
    fn name(&self) -> &str {
        &self.label.name
    }

    #[getter]
    fn pattern(&self) -> &str {
        self.encoder.splitter().name()
    }

    #[getter]
    fn regex(&self) -> &str {
        self.encoder.splitter().regex()
    }

    #[getter]
    fn vocab_size(&self) -> u32 {
        self.encoder.vocabulary().size()
    }

    #[getter]
    fn special_tokens(&self) -> BTreeMap<String, u32> {
        self.encoder.vocabulary().special_tokens().clone()
    }

    /// (name, kind, start, end) of every block.
    #[getter]
    fn blocks(&self) -> Vec<(String, &'static str, u32, u32)> {
        let blocks = self.encoder.vocabulary().blocks().iter();
        blocks.map(|block| (block.name.clone(), block.kind.name(), block.start, block.end)).collect()
    }

    #[getter]
    fn merges(&self) -> Option<Vec<(u32, u32)>> {
        self.encoder.rules().merges.clone()
    }

    #[getter]
    fn whole_words(&self) -> bool {
        self.encoder.rules().whole_words
    }

    #[getter]
    fn normalizer(&self) -> Option<&'static str> {
        self.encoder.rules().normalizer.map(|Normalizer::Nfc| "nfc")
    }

    /// The special token that is for padding.
    #[getter]
    fn pad_id(&self) -> Option<u32> {
        pad_id(self.encoder.vocabulary().special_tokens())
    }

    /// SHA-256 of the manifest.
    #[getter]
    fn digest(&self, py: Python<'_>) -> String {
        py.detach(|| format::digest(&self.encoder, &self.label))
    }

    /// The training record as JSON.
    #[getter]
    fn training(&self) -> Option<String> {
        self.label.training.as_ref().map(ToString::to_string)
    }

    /// Text tokens and their ids.
    fn ranks<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let ranks = PyDict::new(py);
        for (id, bytes) in self.encoder.vocabulary().text().iter() {
            ranks.set_item(PyBytes::new(py, bytes), id)?;
        }
        Ok(ranks)
    }

    /// (ids, offsets) of many texts.
    #[pyo3(signature = (texts, allowed, disallowed, num_threads=None))]
    fn encode_batch<'py>(
        &self,
        py: Python<'py>,
        texts: Vec<Bound<'py, PyAny>>,
        allowed: SpecialNames,
        disallowed: SpecialNames,
        num_threads: Option<usize>,
    ) -> PyResult<Batch<'py>> {
        let (allowed, disallowed) = (allowed.set(), disallowed.set());
        let threads = num_threads.unwrap_or_else(|| self.encoder.idle_threads());
        let encode = |texts: FedTexts| self.encoder.encode_fed(texts, allowed, disallowed, threads);
        Ok(arrays(py, while_converting(py, &texts, encode)?))
    }

    /// (ids, offsets) of the texts in files. `documents` is `"file"`, `"line"` or `"record"`.
    #[pyo3(signature = (paths, allowed, disallowed, num_threads=None, *, documents, text_field, errors))]
    #[expect(clippy::too_many_arguments, reason = "keyword-only, as Python has it")]
    fn encode_files<'py>(
        &self,
        py: Python<'py>,
        paths: Vec<PathBuf>,
        allowed: SpecialNames,
        disallowed: SpecialNames,
        num_threads: Option<usize>,
        documents: &str,
        text_field: String,
        errors: &str,
    ) -> PyResult<Batch<'py>> {
        let kinds = [("file", None), ("line", Some(false)), ("record", Some(true))];
        let documents = match choose("documents", documents, &kinds)? {
            None => Documents::File,
            Some(false) => Documents::Lines,
            Some(true) => Documents::Records(text_field),
        };
        let how =
            FileTexts { documents, errors: utf8_policy(errors)?, allowed: allowed.set(), disallowed: disallowed.set() };
        let threads = num_threads.unwrap_or_else(|| self.encoder.idle_threads());
        Ok(arrays(py, interruptible(py, |watch| self.encoder.encode_files(&paths, &how, threads, watch))?))
    }

    /// The ids and their spans, [n, 2], in bytes or in characters of the text.
    fn encode_with_offsets<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyString>,
        characters: bool,
    ) -> PyResult<(Bound<'py, PyList>, Bound<'py, PyArray2<i64>>)> {
        let text = utf8(text)?;
        let text: &str = &text;
        let (ids, spans) = py
            .detach(|| {
                let ids = self.encoder.encode_ordinary(text)?;
                let spans = self.encoder.spans(text, &ids)?;
                let spans = if characters { character_spans(text, &spans)? } else { spans };
                Ok((ids, spans))
            })
            .or_raise(py)?;
        let mut flat = reserved(2 * spans.len()).or_raise(py)?;
        flat.extend(spans.iter().flat_map(|&(start, end)| [start as i64, end as i64]));
        let spans = PyArray1::from_vec(py, flat).reshape([spans.len(), 2])?;
        Ok((ids::list(py, &ids)?, spans))
    }

    #[pyo3(signature = (texts, num_threads=None))]
    fn count_batch<'py>(
        &self,
        py: Python<'py>,
        texts: Vec<Bound<'py, PyAny>>,
        num_threads: Option<usize>,
    ) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let threads = num_threads.unwrap_or_else(|| self.encoder.idle_threads());
        let counts = while_converting(py, &texts, |texts| self.encoder.count_fed(texts, threads))?;
        Ok(PyArray1::from_vec(py, counts))
    }

    fn truncate(&self, py: Python<'_>, text: &Bound<'_, PyString>, max_tokens: usize) -> PyResult<String> {
        let text = utf8(text)?;
        let text: &str = &text;
        py.detach(|| self.encoder.truncate(text, max_tokens).map(str::to_owned)).or_raise(py)
    }

    /// The words of a text.
    fn split<'py>(&self, py: Python<'py>, text: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyList>> {
        let text = utf8(text)?;
        let text: &str = &text;
        let mut words: Vec<&str> = Vec::new();
        self.encoder.splitter().for_each_word(text, |word| words.push(word)).or_raise(py)?;
        PyList::new(py, words)
    }

    fn decode_bytes<'py>(&self, py: Python<'py>, ids: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let ids = self.ids(ids)?;
        let bytes = py.detach(|| self.encoder.vocabulary().decode(&ids)).or_raise(py)?;
        // Where `PyBytes::new` has no memory it panics.
        PyBytes::new_with(py, bytes.len(), |copy| {
            copy.copy_from_slice(&bytes);
            Ok(())
        })
    }

    fn token_bytes<'py>(&self, py: Python<'py>, id: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let id = self.id(id, 0)?;
        let vocabulary = self.encoder.vocabulary();
        match vocabulary.token_bytes(id) {
            Some(bytes) => Ok(PyBytes::new(py, bytes)),
            None => Err(exception(py, vocabulary.unknown(id, 0))),
        }
    }
}

fn arrays(py: Python<'_>, batch: TokenBatch) -> Batch<'_> {
    (PyArray1::from_vec(py, batch.ids), PyArray1::from_vec(py, batch.offsets))
}

impl Tokenizer {
    fn assemble(py: Python<'_>, vocabulary: Vocabulary, pattern: &str, rules: Rules, label: Label) -> PyResult<Self> {
        let splitter = Splitter::new(pattern).or_raise(py)?;
        let encoder = py.detach(|| Encoder::new(Arc::new(vocabulary), splitter, rules)).or_raise(py)?;
        Ok(Self { encoder: Arc::new(encoder), label })
    }

    /// The same text encoder over a vocabulary that grew; the old one becomes its parent.
    pub(crate) fn extended(&self, py: Python<'_>, vocabulary: omnitok_core::Result<Vocabulary>) -> PyResult<Self> {
        let (splitter, rules) = (self.encoder.splitter().clone(), self.encoder.rules().clone());
        let encoder = Encoder::new(Arc::new(vocabulary.or_raise(py)?), splitter, rules).or_raise(py)?;
        let parent = Some(format::digest(&self.encoder, &self.label));
        Ok(Self { encoder: Arc::new(encoder), label: Label { parent, ..self.label.clone() } })
    }

    /// One id from any Python integer.
    fn id(&self, id: &Bound<'_, PyAny>, position: usize) -> PyResult<u32> {
        if let Ok(id) = id.extract::<u32>() {
            return Ok(id);
        }
        let Ok(number) = id.call_method0("__index__") else {
            let message = format!("{} at position {position} is no id; an id is an integer", id.repr()?);
            return Err(PyTypeError::new_err(message));
        };
        // An integer that is no u32 is outside every vocabulary.
        let size = self.encoder.vocabulary().size();
        let message = format!("id {number} at position {position} is outside this vocabulary of {size} ids");
        Err(omnitok_error(id.py(), "UnknownTokenError", message))
    }

    /// Ids from a numpy array or from any iterable of integers.
    fn ids(&self, ids: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
        if ids.is_instance_of::<PyList>() {
            if let Ok(ids) = ids.extract::<Vec<u32>>() {
                return Ok(ids);
            }
        } else if let Ok(array) = ids.extract::<PyReadonlyArray1<'_, u32>>() {
            let array = array.as_array();
            let mut copy = reserved(array.len()).or_raise(ids.py())?;
            copy.extend(array);
            return Ok(copy);
        }
        ids.try_iter()?.enumerate().map(|(position, id)| self.id(&id?, position)).collect()
    }
}
