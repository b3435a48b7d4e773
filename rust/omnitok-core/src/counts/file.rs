//! Counts as a file: canonical, so equal counts are equal bytes, and checked, so no damaged file is believed.
//!
//! ```text
//! "omnitok counts\n"  15 bytes
//! version             u8: 1, 2 where there are caps, 3 where pieces of phrases were counted
//! header length       u32, little-endian
//! header              JSON: pattern, regex, caps and candidates if there are any, languages (sorted), words, total, bytes
//! words, sorted       each: length, bytes, number of languages, then for each of them, ascending:
//!                     index of the language, count          (numbers in LEB128, shortest form)
//! digest              SHA-256 of everything before
//! ```
//!
//! Nothing is compressed: a word takes about four bytes beside its own, no library version can change a byte, and a small
//! file cannot blow up in memory. Files are written and read in pieces; only [`WordCounts`] are held as a whole.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::external;
use super::key::WordKey;
use super::run::{Run, RunFile, Samples, Totals, push_entry};
use super::run_reader::RunReader;
use super::settings::{Candidates, Caps, Settings};
use super::words::{SortedWords, WordCounts, WordSink};
use crate::atomic::write_file;
use crate::parallel::{self, Watch};
use crate::{Error, Result};

const MAGIC: &[u8; 15] = b"omnitok counts\n";
/// The versions of counts without caps, with some, and of candidates of superwords.
const VERSIONS: [u8; 3] = [1, 2, 3];
const DIGEST_BYTES: usize = 32;
/// Bytes before the header: magic, version, length.
const START_BYTES: usize = MAGIC.len() + 5;
/// Files are read in pieces of this size.
const BLOCK: usize = 1 << 16;

#[derive(Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Header {
    pattern: String,
    regex: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    caps: Option<Caps>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    candidates: Option<Candidates>,
    languages: Vec<String>,
    words: u64,
    total: u64,
    bytes: u64,
}

impl Header {
    fn new(settings: &Settings, languages: Vec<String>, totals: Totals) -> Self {
        Self {
            pattern: settings.pattern.clone(),
            regex: settings.regex.clone(),
            caps: (!settings.caps.are_none()).then_some(settings.caps),
            candidates: settings.candidates.clone(),
            languages,
            words: totals.words,
            total: totals.total,
            bytes: totals.bytes,
        }
    }

    fn settings(&self) -> Settings {
        let (caps, candidates) = (self.caps.unwrap_or_default(), self.candidates.clone());
        Settings { pattern: self.pattern.clone(), regex: self.regex.clone(), caps, candidates }
    }

    fn totals(&self) -> Totals {
        Totals { words: self.words, total: self.total, bytes: self.bytes }
    }

    fn version(&self) -> u8 {
        if self.candidates.is_some() { VERSIONS[2] } else { VERSIONS[usize::from(self.caps.is_some())] }
    }

    /// What stands before the words.
    fn start(&self) -> std::io::Result<Vec<u8>> {
        let json = serde_json::to_vec(self)?;
        let mut start = MAGIC.to_vec();
        start.push(self.version());
        start.extend_from_slice(&(json.len() as u32).to_le_bytes());
        start.extend_from_slice(&json);
        Ok(start)
    }
}

/// What was written to a counts file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Saved {
    /// SHA-256 of the counts in hexadecimal, as [`WordCounts::digest`].
    pub digest: String,
    /// The languages that have words, sorted.
    pub languages: Vec<String>,
    /// Number of words counted, repetitions included.
    pub total: u64,
    /// Number of distinct words over all languages.
    pub distinct: u64,
    /// Bytes of text that the counted words make up.
    pub bytes: u64,
}

impl WordCounts {
    /// Writes the counts to a file, which appears whole or not at all.
    ///
    /// # Errors
    /// [`Error::Exists`] unless `force`, [`Error::Io`].
    pub fn save(&self, path: &Path, force: bool) -> Result<Saved> {
        let header = self.header();
        write_counts(path, force, &header, |write| self.write_words(write))
    }

    /// SHA-256 of the canonical form, in hexadecimal: equal for equal counts, wherever and in whatever order they were
    /// made. It is also the digest that ends a saved file.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "neither hashing nor writing JSON to memory fails")]
    pub fn digest(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(self.header().start().expect("JSON of strings and numbers"));
        let hashed = self.write_words(&mut |bytes| {
            digest.update(bytes);
            Ok(())
        });
        hashed.expect("hashing does not fail");
        hexadecimal(&digest.finalize())
    }

    /// Reads counts that were saved.
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::CorruptFile`] for any file that [`Self::save`] would not have written.
    pub fn load(path: &Path) -> Result<Self> {
        let file = CountsFile::open(path)?;
        let mut words = SortedWords::default();
        file.read(|_, word, shares| {
            let key = WordKey::new(word);
            let mut shares = shares.iter().enumerate();
            shares.try_for_each(|(index, &(language, count))| words.push(&key, language, count, index > 0))
        })?;
        Self::new(file.header.settings(), file.header.languages, words)
    }

    fn header(&self) -> Header {
        let languages = self.languages().into_iter().map(str::to_owned).collect();
        let totals = Totals { words: self.distinct() as u64, total: self.total(), bytes: self.bytes() };
        Header::new(self.settings(), languages, totals)
    }

    /// The words and their counts, in pieces of a few dozen kilobytes.
    fn write_words(&self, write: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut piece = Vec::new();
        let words = self.sorted_words();
        for index in 0..words.len() {
            push_entry(&mut piece, words.word(index), words.shares(index));
            if piece.len() >= 1 << 15 {
                write(&piece)?;
                piece.clear();
            }
        }
        write(&piece)
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("strings grow");
        hex
    })
}

/// Writes a file: the header, what `write_words` writes, and the digest.
fn write_counts(
    path: &Path,
    force: bool,
    header: &Header,
    write_words: impl FnOnce(&mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()>,
) -> Result<Saved> {
    let mut digest = Sha256::new();
    let mut hex = String::new();
    let failed = |source| Error::io(path, source);
    write_file(path, force, |file| {
        let mut write = |bytes: &[u8]| {
            digest.update(bytes);
            file.write_all(bytes).map_err(failed)
        };
        write(&header.start().map_err(failed)?)?;
        write_words(&mut write)?;
        let digest = std::mem::take(&mut digest).finalize();
        hex = hexadecimal(&digest);
        file.write_all(&digest).map_err(failed)
    })?;
    Ok(Saved {
        digest: hex,
        languages: header.languages.clone(),
        total: header.total,
        distinct: header.words,
        bytes: header.bytes,
    })
}

/// Writes the words of runs, each of which sorts after the one before.
pub(crate) fn save_runs(
    settings: &Settings,
    languages: &[String],
    runs: &[Run],
    path: &Path,
    force: bool,
    watch: Watch,
) -> Result<Saved> {
    let totals = runs.iter().try_fold(Totals::default(), |sum, run| sum.plus(run.totals));
    let totals = totals.ok_or(Error::CountOverflow("adding up the counts of all words"))?;
    let header = Header::new(settings, languages.to_vec(), totals);
    write_counts(path, force, &header, |write| external::copy(runs, watch, write))
}

/// Opens counts files that are to be merged into counts with `settings`.
///
/// # Errors
/// As [`CountsFile::open`], and [`Error::Corpus`] where the settings differ.
pub(crate) fn open_all(paths: &[&Path], settings: &Settings, threads: usize) -> Result<Vec<CountsFile>> {
    let open = |index: usize| {
        let file = CountsFile::open(paths[index])?;
        file.check(settings)?;
        Ok(file)
    };
    parallel::map(threads, paths.len(), open).into_iter().collect()
}

/// A counts file whose digest is right, and what its header says.
pub struct CountsFile {
    file: Arc<RunFile>,
    header: Header,
    /// Where the words begin and end.
    from: u64,
    to: u64,
    digest: String,
}

impl CountsFile {
    /// Opens a file and checks its digest; the words are not looked at. O(bytes) time, little memory.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::CorruptFile`].
    pub fn open(path: &Path) -> Result<Self> {
        let file = RunFile::open(path)?;
        let refuse = |reason: String| Error::corrupt(path, reason);
        let length = file.len()?;
        let mut start = vec![0; START_BYTES.min(usize::try_from(length).unwrap_or(START_BYTES))];
        file.read(&mut start, 0)?;
        check_start(&start).map_err(refuse)?;
        let Some(to) = length.checked_sub(DIGEST_BYTES as u64).filter(|to| *to > MAGIC.len() as u64) else {
            return Err(refuse(format!("the file ends at byte {length}, before its digest")));
        };
        let digest = checked_digest(&file, to)?;
        let json_length = start.last_chunk().filter(|_| start.len() == START_BYTES).copied().map(u32::from_le_bytes);
        let from = json_length.map(|length| START_BYTES as u64 + u64::from(length)).filter(|from| *from <= to);
        let from = from.ok_or_else(|| refuse("the file ends within its header".into()))?;
        let mut json = vec![0; from as usize - START_BYTES];
        file.read(&mut json, START_BYTES as u64)?;
        let header = read_header(&json, start[MAGIC.len()]).map_err(refuse)?;
        Ok(Self { file: Arc::new(file), header, from, to, digest })
    }

    /// SHA-256 of the counts, in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The pattern of the counts: a built-in name, or the regular expression itself.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.header.pattern
    }

    /// The caps of the counts.
    #[must_use]
    pub fn caps(&self) -> Caps {
        self.header.caps.unwrap_or_default()
    }

    pub(crate) fn languages(&self) -> &[String] {
        &self.header.languages
    }

    fn check(&self, settings: &Settings) -> Result<()> {
        let same = settings.check_same(&self.header.settings());
        same.map_err(|error| error.within(self.file.path().display().to_string()))
    }

    /// Hands every word to `visit`, with its place in bytes from the first and its shares, and checks that the header is
    /// true.
    fn read(&self, mut visit: impl FnMut(u64, &[u8], &[(u16, u64)]) -> Result<()>) -> Result<()> {
        let numbers: Vec<u16> = (0..self.header.languages.len()).map(|language| language as u16).collect();
        let mut is_used = vec![false; numbers.len()];
        let mut reader = RunReader::of_part(Arc::clone(&self.file), self.from, self.to, numbers, BLOCK);
        let mut totals = Totals::default();
        loop {
            let place = reader.place() - self.from;
            if !reader.advance()? {
                break;
            }
            for (index, &(language, count)) in reader.shares().iter().enumerate() {
                totals.add(reader.word().len(), count, index == 0)?;
                is_used[usize::from(language)] = true;
            }
            visit(place, reader.word(), reader.shares())?;
        }
        if let Some(unused) = is_used.iter().position(|used| !used) {
            let reason = format!("header: language {:?} has no words", self.header.languages[unused]);
            return Err(Error::corrupt(self.file.path(), reason));
        }
        if totals != self.header.totals() {
            let reason = "the totals in the header are not those of the words";
            return Err(Error::corrupt(self.file.path(), reason));
        }
        Ok(())
    }

    /// The words as a run, whose languages are numbered as in a longer sorted list.
    pub(crate) fn run(&self, languages: &[String]) -> Result<Run> {
        let mut samples = Samples::new();
        self.read(|place, word, _| {
            samples.see(word, place);
            Ok(())
        })?;
        let place = |name| languages.binary_search(name).expect("the list holds all our languages") as u16;
        Ok(Run {
            file: Arc::clone(&self.file),
            from: self.from,
            to: self.to,
            samples,
            totals: self.header.totals(),
            has_language: vec![true; self.header.languages.len()],
            languages: self.header.languages.iter().map(place).collect(),
        })
    }
}

fn check_start(start: &[u8]) -> Result<(), String> {
    if !start.starts_with(MAGIC) {
        return Err("not a counts file of omnitok (it does not begin with \"omnitok counts\")".into());
    }
    match start.get(MAGIC.len()) {
        Some(version) if VERSIONS.contains(version) => Ok(()),
        Some(version) => Err(format!("counts file of version {version}, and this program reads versions 1 to 3")),
        None => Err("the file ends after its first line".into()),
    }
}

/// The digest of the bytes before `to`, which must be the one that follows.
fn checked_digest(file: &RunFile, to: u64) -> Result<String> {
    let mut digest = Sha256::new();
    let mut block = vec![0; BLOCK];
    let mut at = 0;
    while at < to {
        let wanted = usize::try_from(to - at).unwrap_or(usize::MAX).min(BLOCK);
        let read = file.read(&mut block[..wanted], at)?;
        if read == 0 {
            break;
        }
        digest.update(&block[..read]);
        at += read as u64;
    }
    let mut stored = [0; DIGEST_BYTES];
    file.read(&mut stored, to)?;
    let digest = digest.finalize();
    if digest[..] != stored {
        let reason = "the digest does not match: the file is damaged or cut short; save or fetch it again";
        return Err(Error::corrupt(file.path(), reason));
    }
    Ok(hexadecimal(&digest))
}

fn read_header(json: &[u8], version: u8) -> Result<Header, String> {
    let header: Header = serde_json::from_slice(json).map_err(|error| format!("header: {error}"))?;
    let is_empty = header.caps.is_some_and(Caps::are_none);
    if serde_json::to_vec(&header).map_err(|error| format!("header: {error}"))? != json || is_empty {
        return Err("header: not in canonical form".into());
    }
    if header.version() != version {
        return Err(format!("header: not that of a file of version {version}"));
    }
    if !header.languages.is_sorted_by(|left, right| left < right) {
        return Err("header: the languages are not sorted".into());
    }
    if header.languages.len() > usize::from(u16::MAX) + 1 {
        return Err("header: more than 65,536 languages".into());
    }
    Ok(header)
}
