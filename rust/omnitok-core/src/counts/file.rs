//! Counts as a file: canonical, so equal counts are equal bytes, and checked, so no damaged file is believed.
//!
//! ```text
//! "omnitok counts\n"  15 bytes
//! version             u8, 1
//! header length       u32, little-endian
//! header              JSON: pattern, regex, languages (sorted), words, total, bytes
//! words, sorted       each: length, bytes, number of languages, then for each of them, ascending:
//!                     index of the language, count          (numbers in LEB128, shortest form)
//! digest              SHA-256 of everything before
//! ```
//!
//! Nothing is compressed: a word takes about four bytes beside its own, no library version can change a byte, and a small
//! file cannot blow up in memory.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::key::WordKey;
use super::words::{SortedWords, WordCounts};
use crate::atomic::write_file;
use crate::{Error, Result};

const MAGIC: &[u8; 15] = b"omnitok counts\n";
const VERSION: u8 = 1;
const DIGEST_BYTES: usize = 32;

#[derive(Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Header {
    pattern: String,
    regex: String,
    languages: Vec<String>,
    words: u64,
    total: u64,
    bytes: u64,
}

impl WordCounts {
    /// Writes the counts to a file, which appears whole or not at all.
    ///
    /// # Errors
    /// [`Error::Exists`] unless `force`, [`Error::Io`].
    pub fn save(&self, path: &Path, force: bool) -> Result<()> {
        write_file(path, force, |file| {
            let mut digest = Sha256::new();
            let written = self.write_canonical(&mut |bytes| {
                digest.update(bytes);
                file.write_all(bytes)
            });
            written.and_then(|()| file.write_all(&digest.finalize())).map_err(|source| Error::io(path, source))
        })
    }

    /// SHA-256 of the canonical form, in hexadecimal: equal for equal counts, wherever and in whatever order they were
    /// made. It is also the digest that ends a saved file.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "neither hashing nor a growing string fails")]
    pub fn digest(&self) -> String {
        let mut digest = Sha256::new();
        let hashed = self.write_canonical(&mut |bytes| {
            digest.update(bytes);
            Ok(())
        });
        hashed.expect("hashing does not fail");
        digest.finalize().iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("strings grow");
            hex
        })
    }

    /// Reads counts that were saved.
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::CorruptFile`] for any file that [`Self::save`] would not have written.
    pub fn load(path: &Path) -> Result<Self> {
        let content = std::fs::read(path).map_err(|source| Error::io(path, source))?;
        let refuse = |reason: String| Error::corrupt(path, reason);
        let body = checked_body(&content).map_err(refuse)?;
        let mut cursor = Cursor { rest: body, length: body.len() };
        let header = read_header(&mut cursor).map_err(refuse)?;
        let words = read_words(&mut cursor, &header).map_err(refuse)?;
        let counts = Self::new(header.pattern.clone(), header.regex.clone(), header.languages.clone(), words)?;
        if counts.header() != header {
            return Err(refuse("the totals in the header are not those of the words".into()));
        }
        Ok(counts)
    }

    fn header(&self) -> Header {
        Header {
            pattern: self.pattern().to_owned(),
            regex: self.regex().to_owned(),
            languages: self.languages().into_iter().map(str::to_owned).collect(),
            words: self.distinct() as u64,
            total: self.total(),
            bytes: self.bytes(),
        }
    }

    /// Everything but the digest, in pieces of a few dozen kilobytes.
    fn write_canonical(&self, write: &mut dyn FnMut(&[u8]) -> std::io::Result<()>) -> std::io::Result<()> {
        let header = serde_json::to_vec(&self.header())?;
        let mut piece = MAGIC.to_vec();
        piece.push(VERSION);
        piece.extend_from_slice(&(header.len() as u32).to_le_bytes());
        piece.extend_from_slice(&header);
        let words = self.sorted_words();
        for index in 0..words.len() {
            let word = words.word(index);
            push_number(&mut piece, word.len() as u64);
            piece.extend_from_slice(word);
            push_number(&mut piece, words.shares(index).count() as u64);
            for (language, count) in words.shares(index) {
                push_number(&mut piece, u64::from(language));
                push_number(&mut piece, count);
            }
            if piece.len() >= 1 << 15 {
                write(&piece)?;
                piece.clear();
            }
        }
        write(&piece)
    }
}

/// LEB128: seven bits a byte from the lowest up, the top bit set on all bytes but the last.
fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// What lies between the version and the digest, once both are known to be right.
fn checked_body(content: &[u8]) -> Result<&[u8], String> {
    if !content.starts_with(MAGIC) {
        return Err("not a counts file of omnitok (it does not begin with \"omnitok counts\")".into());
    }
    match content.get(MAGIC.len()) {
        Some(&VERSION) => {}
        Some(version) => {
            return Err(format!("counts file of version {version}, and this program reads version {VERSION}"));
        }
        None => return Err("the file ends after its first line".into()),
    }
    let Some((signed, digest)) = content.split_last_chunk::<DIGEST_BYTES>() else {
        return Err(format!("the file ends at byte {}, before its digest", content.len()));
    };
    if Sha256::digest(signed)[..] != digest[..] {
        return Err("the digest does not match: the file is damaged or cut short; save or fetch it again".into());
    }
    signed.get(MAGIC.len() + 1..).ok_or_else(|| "the file ends before its header".into())
}

/// The unread part of the body; every read says where it failed.
struct Cursor<'a> {
    rest: &'a [u8],
    length: usize,
}

impl<'a> Cursor<'a> {
    fn place(&self) -> usize {
        MAGIC.len() + 1 + self.length - self.rest.len()
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], String> {
        let split = usize::try_from(length).ok().and_then(|length| self.rest.split_at_checked(length));
        let (taken, rest) = split.ok_or_else(|| format!("the file ends within {length} bytes at {}", self.place()))?;
        self.rest = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u64, String> {
        let mut number = 0_u64;
        for index in 0..10 {
            let byte = self.take(1)?[0];
            let bits = u64::from(byte & 0x7f);
            number |= bits << (7 * index);
            if index == 9 && byte > 1 {
                break;
            }
            if byte < 0x80 {
                if byte == 0 && index > 0 {
                    break;
                }
                return Ok(number);
            }
        }
        Err(format!("the number before byte {} is not in its shortest form", self.place()))
    }
}

fn read_header(cursor: &mut Cursor<'_>) -> Result<Header, String> {
    let length = u32::from_le_bytes(cursor.take(4)?.try_into().expect("four bytes"));
    let json = cursor.take(u64::from(length))?;
    let header: Header = serde_json::from_slice(json).map_err(|error| format!("header: {error}"))?;
    if serde_json::to_vec(&header).map_err(|error| format!("header: {error}"))? != json {
        return Err("header: not in canonical form".into());
    }
    if !header.languages.is_sorted_by(|left, right| left < right) {
        return Err("header: the languages are not sorted".into());
    }
    if header.languages.len() > usize::from(u16::MAX) + 1 {
        return Err("header: more than 65,536 languages".into());
    }
    Ok(header)
}

fn read_words(cursor: &mut Cursor<'_>, header: &Header) -> Result<SortedWords, String> {
    let mut words = SortedWords::default();
    let mut is_used = vec![false; header.languages.len()];
    let mut last: &[u8] = b"";
    while !cursor.rest.is_empty() {
        let place = cursor.place();
        let length = cursor.number()?;
        let word = cursor.take(length)?;
        if word <= last {
            return Err(format!("the word at byte {place} does not sort after the one before"));
        }
        last = word;
        read_shares(cursor, word, &mut words, &mut is_used)
            .map_err(|reason| format!("the word at byte {place}: {reason}"))?;
    }
    match is_used.iter().position(|used| !used) {
        Some(unused) => Err(format!("header: language {:?} has no words", header.languages[unused])),
        None => Ok(words),
    }
}

fn read_shares(
    cursor: &mut Cursor<'_>,
    word: &[u8],
    words: &mut SortedWords,
    is_used: &mut [bool],
) -> Result<(), String> {
    let key = WordKey::new(word);
    let mut previous = None;
    let shares = cursor.number()?;
    if shares == 0 {
        return Err("it occurs in no language".into());
    }
    for _ in 0..shares {
        let (language, count) = (cursor.number()?, cursor.number()?);
        let known = usize::try_from(language).ok().and_then(|language| is_used.get_mut(language));
        *known.ok_or_else(|| format!("there is no language number {language}"))? = true;
        if previous.is_some_and(|previous| previous >= language) || count == 0 {
            return Err("its languages are not ascending or one has the count 0".into());
        }
        words.push(&key, language as u16, count, previous.is_some()).map_err(|error| error.to_string())?;
        previous = Some(language);
    }
    Ok(())
}
