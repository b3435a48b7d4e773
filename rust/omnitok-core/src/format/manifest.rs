//! `manifest.json`: everything about a vocabulary that is not in its other files, and their checksums.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::encoder::Normalizer;
use crate::error::{Error, Result};
use crate::vocabulary::Block;

/// The version of the folder format that this crate writes, and the only one it reads.
pub const FORMAT_VERSION: u64 = 1;

/// The content of `manifest.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT_VERSION`].
    pub format_version: u64,
    /// The vocabulary's name.
    pub name: String,
    /// The split pattern: a built-in name, or a regular expression.
    pub pattern: String,
    /// The regular expression that defines the pattern, for readers that do not know the name.
    pub regex: String,
    /// A word that is a token becomes that token without merging.
    pub whole_words: bool,
    /// Normalisation before splitting, if any.
    pub normalizer: Option<Normalizer>,
    /// The id space, in id order.
    pub blocks: Vec<Block>,
    /// Special tokens and their ids.
    pub special_tokens: BTreeMap<String, u32>,
    /// SHA-256, in hex, of every other file of the folder.
    pub files: BTreeMap<String, String>,
    /// How the vocabulary was trained: options, corpus digests, versions.
    pub training: Option<serde_json::Value>,
    /// Digest of the vocabulary that this one extends.
    pub parent: Option<String>,
}

impl Manifest {
    /// Canonical JSON: keys sorted, two spaces, one newline at the end. Equal manifests are equal bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // A `Value` keeps its keys sorted, which the derived serializer alone would not.
        let value = serde_json::to_value(self).unwrap_or_default();
        let mut bytes = serde_json::to_vec_pretty(&value).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Reads a manifest. `origin` is its path for messages.
    ///
    /// # Errors
    /// [`Error::CorruptFile`] when it is no manifest, or of a version that this crate does not know.
    pub fn parse(data: &[u8], origin: &Path) -> Result<Self> {
        let fault = |error: &dyn std::fmt::Display| Error::corrupt(origin, format!("is no omnitok manifest: {error}"));
        let value: serde_json::Value = serde_json::from_slice(data).map_err(|error| fault(&error))?;
        match value.get("format_version").and_then(serde_json::Value::as_u64) {
            Some(FORMAT_VERSION) => {}
            Some(other) => {
                let reason = format!(
                    "has format version {other}, and this omnitok reads version {FORMAT_VERSION}; use the omnitok that \
                     wrote it, or a newer one"
                );
                return Err(Error::corrupt(origin, reason));
            }
            None => return Err(fault(&"it has no format_version")),
        }
        // From the text rather than from the value: this error names line and column.
        serde_json::from_slice(data).map_err(|error| fault(&error))
    }
}
