//! The blocks of a vocabulary. What describes them travels as JSON, in the form of the manifest.

use omnitok_core::Error;
use omnitok_core::vocabulary::{BlockKind, NewBlock, Vocabulary};
use pyo3::prelude::*;
use serde::Serialize;
use serde_json::Value;

use crate::error::{OrRaise, omnitok_error};
use crate::tokenizer::Tokenizer;

fn vocabulary(tokenizer: &Tokenizer) -> &Vocabulary {
    tokenizer.encoder.vocabulary()
}

fn json(py: Python<'_>, value: &impl Serialize) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| omnitok_error(py, "OmnitokError", error.to_string()))
}

/// The tokenizer with blocks appended: a JSON list of new blocks.
#[pyfunction]
pub(crate) fn with_blocks(py: Python<'_>, tokenizer: &Tokenizer, blocks: &str) -> PyResult<Tokenizer> {
    let parse = |block: Value| {
        let name = block.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        serde_json::from_value(block).map_err(|error| Error::Vocabulary(format!("block {name:?}: {error}")))
    };
    let values: Vec<Value> = serde_json::from_str(blocks)
        .map_err(|error| omnitok_error(py, "VocabularyError", format!("the blocks are no JSON list: {error}")))?;
    let blocks: Result<Vec<NewBlock>, Error> = values.into_iter().map(parse).collect();
    tokenizer.extended(py, blocks.and_then(|blocks| vocabulary(tokenizer).with_blocks(blocks)))
}

/// The blocks as a JSON list.
#[pyfunction]
pub(crate) fn blocks(py: Python<'_>, tokenizer: &Tokenizer) -> PyResult<String> {
    json(py, &vocabulary(tokenizer).blocks())
}

/// (left, right, down) of all merges over the codes of a block.
#[pyfunction]
pub(crate) fn code_merges(tokenizer: &Tokenizer, parent: &str) -> Vec<(u32, u32, bool)> {
    let blocks = vocabulary(tokenizer).blocks().iter();
    let merges = blocks.filter_map(|block| match &block.kind {
        BlockKind::Merge(merges) if merges.parent == parent => Some(&merges.pairs[..]),
        _ => None,
    });
    merges.flatten().map(|merge| (merge.left, merge.right, merge.down)).collect()
}

/// How a vocabulary differs from an older one, as JSON.
#[pyfunction]
pub(crate) fn vocabulary_diff(py: Python<'_>, new: &Tokenizer, old: &Tokenizer) -> PyResult<String> {
    json(py, &py.detach(|| vocabulary(new).diff(vocabulary(old))))
}

/// Where the rows of a grown embedding table come from, as JSON.
#[pyfunction]
pub(crate) fn embedding_plan(py: Python<'_>, new: &Tokenizer, old: &Tokenizer) -> PyResult<String> {
    json(py, &py.detach(|| vocabulary(new).embedding_plan(vocabulary(old))).or_raise(py)?)
}
