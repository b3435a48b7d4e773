//! A vocabulary as a folder: written whole or not at all, read only when every checksum fits.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::code_merges;
use super::compiled::{self, Places, Source};
use super::manifest::{Manifest, version_of};
use super::rank_file::{RankFile, write_rank_file};
use crate::atomic::write_folder;
use crate::encoder::{Encoder, Rules};
use crate::error::{Error, Result};
use crate::splitter::Splitter;
use crate::vocabulary::{TextTokens, Vocabulary, check_blocks};

/// Every vocabulary folder has this file, and is known by it.
const MANIFEST: &str = "manifest.json";
const RANKS: &str = "text.tiktoken";
const MERGES: &str = "text.merges";

/// What a manifest says beside the vocabulary and its encoder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Label {
    /// The vocabulary's name.
    pub name: String,
    /// How it was trained.
    pub training: Option<serde_json::Value>,
    /// Digest of the vocabulary that it extends.
    pub parent: Option<String>,
}

/// SHA-256 in lower-case hex.
#[must_use]
pub fn sha256(data: &[u8]) -> String {
    Sha256::digest(data).iter().fold(String::with_capacity(64), |mut hex, byte| {
        _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The files of a vocabulary folder, by name. Equal vocabularies give equal bytes.
#[must_use]
pub fn files(encoder: &Encoder, label: &Label) -> BTreeMap<String, Vec<u8>> {
    let vocabulary = encoder.vocabulary();
    let mut files = code_merges::files(vocabulary.blocks());
    files.insert(RANKS.to_owned(), write_rank_file(vocabulary));
    if let Some(merges) = &encoder.rules().merges {
        let lines = merges.iter().fold(String::new(), |mut lines, (left, right)| {
            _ = writeln!(lines, "{left} {right}");
            lines
        });
        files.insert(MERGES.to_owned(), lines.into_bytes());
    }
    let manifest = Manifest {
        format_version: version_of(vocabulary.blocks()),
        name: label.name.clone(),
        pattern: encoder.splitter().name().to_owned(),
        regex: encoder.splitter().regex().to_owned(),
        whole_words: encoder.rules().whole_words,
        normalizer: encoder.rules().normalizer,
        blocks: vocabulary.blocks().to_vec(),
        special_tokens: vocabulary.special_tokens().clone(),
        files: files.iter().map(|(name, data)| (name.clone(), sha256(data))).collect(),
        training: label.training.clone(),
        parent: label.parent.clone(),
        checksum: None,
    };
    files.insert(MANIFEST.to_owned(), manifest.sealed().to_bytes());
    files
}

/// SHA-256 of the manifest, and through its checksums of the whole folder.
#[must_use]
pub fn digest(encoder: &Encoder, label: &Label) -> String {
    files(encoder, label).get(MANIFEST).map(|manifest| sha256(manifest)).unwrap_or_default()
}

/// Writes a vocabulary as `folder`: all of it, or on any failure nothing; what was there before stays until then.
///
/// # Errors
/// [`Error::Exists`] when the folder is there and `force` is false; [`Error::Io`] when it holds something else than a
/// vocabulary, which is never replaced, or when the system refuses.
pub fn save(folder: &Path, encoder: &Encoder, label: &Label, force: bool) -> Result<()> {
    save_beside(folder, encoder, label, force, BTreeMap::new())
}

/// [`save`] with other files beside its own, of which the manifest says nothing. Its own win over others of their names.
///
/// # Errors
/// Those of [`save`].
pub fn save_beside(
    folder: &Path,
    encoder: &Encoder,
    label: &Label,
    force: bool,
    mut beside: BTreeMap<String, Vec<u8>>,
) -> Result<()> {
    beside.extend(files(encoder, label));
    write_folder(folder, force, MANIFEST, &beside)
}

/// Reads a vocabulary folder, or where one of `places` has it, what was computed from its files before.
///
/// # Errors
/// [`Error::Io`] when a file cannot be read, [`Error::CorruptFile`] when one does not have the checksum or the content
/// that the manifest promises, [`Error::Pattern`] within the manifest when nobody can run its pattern.
pub fn load(folder: &Path, places: &Places) -> Result<(Encoder, Label)> {
    let origin = folder.join(MANIFEST);
    let data = fs::read(&origin).map_err(|error| Error::io(&origin, error))?;
    let names = Manifest::parse(&data, &origin)?.files;
    let mut files = BTreeMap::from([(MANIFEST.to_owned(), data)]);
    for name in names.into_keys() {
        if Path::new(&name).file_name() != Some(name.as_ref()) {
            return Err(Error::corrupt(&origin, format!("names the file {name:?}, which is not in its folder")));
        }
        let path = folder.join(&name);
        let content = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(Error::corrupt(&origin, format!("there is no file {name}, which it names")));
            }
            result => result.map_err(|error| Error::io(&path, error))?,
        };
        files.insert(name, content);
    }
    assemble(&files, folder, places)
}

/// The vocabulary whose folder holds these files. `origin` is the folder for messages.
///
/// # Errors
/// [`Error::CorruptFile`] when a file is missing, or does not have the checksum or the content that the manifest
/// promises, [`Error::Pattern`] within the manifest when nobody can run its pattern.
pub fn from_files(files: &BTreeMap<String, Vec<u8>>, origin: &Path) -> Result<(Encoder, Label)> {
    assemble(files, origin, &Places::NONE)
}

fn assemble(files: &BTreeMap<String, Vec<u8>>, origin: &Path, places: &Places) -> Result<(Encoder, Label)> {
    let path = origin.join(MANIFEST);
    let file = |name: &str| {
        files.get(name).ok_or_else(|| Error::corrupt(&path, format!("there is no file {name}, which it names")))
    };
    let mut manifest = Manifest::parse(file(MANIFEST)?, &path)?;
    let corrupt = |error| match error {
        Error::Vocabulary(reason) => Error::corrupt(&path, reason),
        other => other,
    };
    if !manifest.files.contains_key(RANKS) {
        return Err(Error::corrupt(&path, format!("names no file {RANKS}, which every vocabulary has")));
    }
    for (name, expected) in &manifest.files {
        let found = sha256(file(name)?);
        if found != *expected {
            let reason = format!(
                "the SHA-256 is {found}, but {MANIFEST} promises {expected}: the file was changed or cut short; restore \
                 it or train again"
            );
            return Err(Error::corrupt(origin.join(name), reason));
        }
    }
    code_merges::fill(&mut manifest.blocks, files, origin)?;
    check_blocks(&manifest.blocks).map_err(corrupt)?;
    let splitter = Splitter::new(&manifest.pattern).map_err(|error| error.within(path.display().to_string()))?;
    if splitter.regex() != manifest.regex {
        let reason = format!("says that the pattern {:?} is {:?}, and it is not", manifest.pattern, manifest.regex);
        return Err(Error::corrupt(path, reason));
    }
    let Manifest { whole_words, normalizer, ref blocks, ref special_tokens, files: ref digests, .. } = manifest;
    let ranks_path = origin.join(RANKS);
    let source = Source {
        path: &ranks_path,
        size: file(RANKS)?.len(),
        ranks: &digests[RANKS],
        merges: digests.get(MERGES).map(String::as_str),
        whole_words,
    };
    let encoder = compiled::load(&source, places, |compiled| {
        let vocabulary = |text| Vocabulary::new(blocks.clone(), text, special_tokens.clone());
        let rules = Rules { merges: None, whole_words, normalizer };
        if let Some(compiled) = compiled {
            return Encoder::from_compiled(compiled, vocabulary, splitter.clone(), &rules);
        }
        let ranks = RankFile::parse(file(RANKS)?, &ranks_path)?;
        let merges = source.merges.map(|_| parse_merges(file(MERGES)?, &origin.join(MERGES))).transpose()?;
        let vocabulary = TextTokens::new(&ranks.tokens()).and_then(|text| vocabulary(Arc::new(text)));
        let encoder = |vocabulary| Encoder::new(Arc::new(vocabulary), splitter.clone(), Rules { merges, ..rules });
        vocabulary.and_then(encoder).map_err(corrupt)
    })?;
    // Last, because whatever is wrong by itself says better what was changed.
    manifest.check_unchanged(file(MANIFEST)?, &path)?;
    Ok((encoder, Label { name: manifest.name, training: manifest.training, parent: manifest.parent }))
}

fn parse_merges(data: &[u8], origin: &Path) -> Result<Vec<(u32, u32)>> {
    let text = std::str::from_utf8(data).map_err(|error| Error::corrupt(origin, error.to_string()))?;
    let pair = |line: &str| {
        let (left, right) = line.split_once(' ')?;
        Some((left.parse().ok()?, right.parse().ok()?))
    };
    text.lines()
        .zip(1..)
        .map(|(line, number)| {
            pair(line).ok_or_else(|| Error::corrupt(origin, format!("line {number}: {line:?} is not two ids")))
        })
        .collect()
}
