//! `manifest.json`: everything about a vocabulary that is not in its other files, and their checksums.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::folder::sha256;
use crate::encoder::Normalizer;
use crate::error::{Error, Result};
use crate::vocabulary::{Block, BlockKind};

/// The newest version of the folder format. A vocabulary of text is still version 1, byte for byte; version 2 has blocks of
/// every kind, and a checksum of the manifest itself.
pub const FORMAT_VERSION: u64 = 2;

/// What is wrong with a manifest that is not as it was written, and the way out.
const CHANGED: &str = "it was changed after it was written; restore it or build the vocabulary again";

/// The version of vocabularies that have only text, special tokens and reserved ids.
const TEXT_VERSION: u64 = 1;

/// The content of `manifest.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The oldest version that has all of its blocks.
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
    /// From version 2 on: SHA-256, in hex, of this manifest without its checksum.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub checksum: Option<String>,
}

/// The version in which a vocabulary with these blocks is written.
pub(super) fn version_of(blocks: &[Block]) -> u64 {
    let is_old = |block: &Block| matches!(block.kind, BlockKind::Text | BlockKind::Special | BlockKind::Reserved);
    if blocks.iter().all(is_old) { TEXT_VERSION } else { FORMAT_VERSION }
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

    /// This manifest with the checksum that its version asks for.
    #[must_use]
    pub fn sealed(self) -> Self {
        let open = Self { checksum: None, ..self };
        let checksum = (open.format_version > TEXT_VERSION).then(|| sha256(&open.to_bytes()));
        Self { checksum, ..open }
    }

    /// Reads a manifest. `origin` is its path for messages. Whether it [is as it was written](Self::check_unchanged) is
    /// another question, asked when nothing in it is wrong by itself.
    ///
    /// # Errors
    /// [`Error::CorruptFile`] when it is no manifest, or of a version that this crate does not know.
    pub fn parse(data: &[u8], origin: &Path) -> Result<Self> {
        let fault = |error: &dyn std::fmt::Display| Error::corrupt(origin, format!("is no omnitok manifest: {error}"));
        let value: serde_json::Value = serde_json::from_slice(data).map_err(|error| fault(&error))?;
        match value.get("format_version").and_then(serde_json::Value::as_u64) {
            Some(TEXT_VERSION..=FORMAT_VERSION) => {}
            Some(other) => {
                let reason = format!(
                    "has format version {other}, and this omnitok reads versions {TEXT_VERSION} to {FORMAT_VERSION}; use \
                     the omnitok that wrote it, or a newer one"
                );
                return Err(Error::corrupt(origin, reason));
            }
            None => return Err(fault(&"it has no format_version")),
        }
        // What is wrong inside a block is found after serde has left its place, so the block is named first.
        for (index, block) in
            value.get("blocks").and_then(serde_json::Value::as_array).into_iter().flatten().enumerate()
        {
            let name = block.get("name").and_then(serde_json::Value::as_str).unwrap_or_default();
            Block::deserialize(block).map_err(|error| fault(&format_args!("blocks[{index}] ({name:?}): {error}")))?;
        }
        // From the text rather than from the value: this error names line and column.
        let manifest: Self = serde_json::from_slice(data).map_err(|error| fault(&error))?;
        let (stated, needed) = (manifest.format_version, version_of(&manifest.blocks));
        if stated != needed {
            let reason = format!("has format version {stated}, and a vocabulary with such blocks has version {needed}");
            return Err(Error::corrupt(origin, reason));
        }
        Ok(manifest)
    }

    /// Checks that `data`, which this manifest was read from, is what was written: canonical, and with its checksum.
    /// Version 1 promises neither.
    ///
    /// # Errors
    /// [`Error::CorruptFile`] that names the first line that is otherwise, or the checksum.
    pub fn check_unchanged(&self, data: &[u8], origin: &Path) -> Result<()> {
        if self.format_version == TEXT_VERSION {
            return Ok(());
        }
        let canonical = self.to_bytes();
        if canonical != data {
            let lines = || canonical.split(|&byte| byte == b'\n').zip(data.split(|&byte| byte == b'\n'));
            let line = lines().take_while(|(expected, found)| expected == found).count();
            let found =
                lines().nth(line).map_or_else(String::new, |(_, found)| String::from_utf8_lossy(found).into_owned());
            let reason = format!("line {} is {}, which is not written so: {CHANGED}", line + 1, found.trim());
            return Err(Error::corrupt(origin, reason));
        }
        let sealed = self.clone().sealed().checksum;
        if sealed != self.checksum {
            let [stated, found] = [&self.checksum, &sealed].map(|checksum| checksum.as_deref().unwrap_or("none"));
            let reason = format!("its checksum is {stated}, but that of its content is {found}: {CHANGED}");
            return Err(Error::corrupt(origin, reason));
        }
        Ok(())
    }
}
