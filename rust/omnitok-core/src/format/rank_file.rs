//! Rank files: one token a line, its bytes in base64, a space, its rank. The format of `*.tiktoken`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::compiled::{self, Places, Source};
use crate::encoder::{Encoder, Rules};
use crate::error::{Error, Result};
use crate::parallel;
use crate::splitter::Splitter;
use crate::vocabulary::{TextTokens, Vocabulary};

/// Bytes of a file that a thread parses at once.
const CHUNK: usize = 1 << 18;

/// The tokens of a rank file, in file order.
#[derive(Debug)]
pub struct RankFile {
    parts: Vec<Part>,
}

/// Some lines of the file.
#[derive(Debug, Default)]
struct Part {
    bytes: Vec<u8>,
    tokens: Vec<(u32, Range<usize>)>,
}

impl Part {
    /// Parses whole lines.
    ///
    /// # Errors
    /// How many lines stand before the bad one, and what is wrong with it.
    fn parse(lines: &[u8]) -> Result<Self, (usize, String)> {
        let mut part = Self { bytes: Vec::with_capacity(lines.len()), tokens: Vec::with_capacity(lines.len() / 16) };
        let mut start = 0;
        for (index, end) in memchr::memchr_iter(b'\n', lines).enumerate() {
            let line = &lines[start..end];
            start = end + 1;
            part.line(line.strip_suffix(b"\r").unwrap_or(line)).map_err(|reason| (index, reason))?;
        }
        Ok(part)
    }

    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        if line.is_empty() {
            return Ok(());
        }
        let shown = || String::from_utf8_lossy(&line[..line.len().min(60)]).into_owned();
        let space = memchr::memchr(b' ', line);
        let space = space.ok_or_else(|| format!("{:?} is not a token in base64, a space and a rank", shown()))?;
        let (token, rank) = (&line[..space], &line[space + 1..]);
        let rank = number(rank).ok_or_else(|| format!("{:?} has no rank from 0 to 2^32 - 1", shown()))?;
        let start = self.bytes.len();
        self.bytes.resize(start + base64::decoded_len_estimate(token.len()), 0);
        let length = STANDARD
            .decode_slice(token, &mut self.bytes[start..])
            .map_err(|error| format!("the token {:?} is not base64: {error}", shown()))?;
        if length == 0 {
            return Err("the token is empty".to_owned());
        }
        self.bytes.truncate(start + length);
        self.tokens.push((rank, start..start + length));
        Ok(())
    }
}

/// Decimal digits, and nothing else, as a number.
fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u32, |number, digit| {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 { None } else { number.checked_mul(10)?.checked_add(u32::from(digit)) }
    })
}

/// `data` in pieces of about [`CHUNK`] bytes, each of which ends with a line.
fn chunks(mut data: &[u8]) -> Vec<&[u8]> {
    let mut chunks = Vec::with_capacity(data.len() / CHUNK + 1);
    while let Some(end) = data.get(CHUNK..).and_then(|rest| memchr::memchr(b'\n', rest)) {
        let (chunk, rest) = data.split_at(CHUNK + end + 1);
        chunks.push(chunk);
        data = rest;
    }
    chunks.push(data);
    chunks
}

impl RankFile {
    /// Reads a rank file, on all CPUs. `origin` is the path for messages. O(bytes).
    ///
    /// # Errors
    /// [`Error::CorruptFile`] with the line: no rank, bad base64, an empty token, a last line that is cut short.
    pub fn parse(data: &[u8], origin: &Path) -> Result<Self> {
        let chunks = chunks(data);
        let parsed = parallel::map(parallel::available_threads(), chunks.len(), |index| Part::parse(chunks[index]));
        let lines = |data: &[u8]| memchr::memchr_iter(b'\n', data).count();
        let mut parts = Vec::with_capacity(chunks.len());
        for (index, part) in parsed.into_iter().enumerate() {
            parts.push(part.map_err(|(before, reason)| {
                let line = 1 + before + chunks[..index].iter().map(|chunk| lines(chunk)).sum::<usize>();
                Error::corrupt(origin, format!("line {line}: {reason}"))
            })?);
        }
        if data.last().is_some_and(|&byte| byte != b'\n') {
            let line = 1 + lines(data);
            let cut = format!("line {line} has no end: the file is cut short; fetch or copy it again");
            return Err(Error::corrupt(origin, cut));
        }
        Ok(Self { parts })
    }

    /// The tokens and their ranks, in file order.
    #[must_use]
    pub fn tokens(&self) -> Vec<(u32, &[u8])> {
        let mut tokens = Vec::with_capacity(self.parts.iter().map(|part| part.tokens.len()).sum());
        for Part { bytes, tokens: ranges } in &self.parts {
            tokens.extend(ranges.iter().map(|(rank, range)| (*rank, &bytes[range.clone()])));
        }
        tokens
    }

    /// The vocabulary of these tokens and `special`, whose ids may fill holes between the ranks.
    ///
    /// # Errors
    /// [`Error::CorruptFile`] when a rank is missing or occurs twice, or [`Vocabulary::from_tokens`] refuses.
    pub fn vocabulary(&self, special: &BTreeMap<String, u32>, origin: &Path) -> Result<Vocabulary> {
        let tokens = self.tokens();
        let mut ranks: Vec<u32> = tokens.iter().map(|&(rank, _)| rank).collect();
        ranks.sort_unstable();
        if let Some(pair) = ranks.windows(2).find(|pair| pair[0] == pair[1]) {
            let rank = pair[0];
            let mut lines = tokens.iter().zip(1..).filter(|((other, _), _)| *other == rank).map(|(_, line)| line);
            let (first, second) = (lines.next().unwrap_or(0), lines.next().unwrap_or(0));
            return Err(Error::corrupt(origin, format!("rank {rank} occurs twice, as tokens {first} and {second}")));
        }
        require_no_hole(ranks, special, origin)?;
        let text = TextTokens::new(&tokens).map_err(|error| of_file(error, origin))?;
        Vocabulary::from_text(Arc::new(text), special.clone()).map_err(|error| of_file(error, origin))
    }
}

/// The encoder of a rank file and `special`, as tiktoken has it; or where one of `places` has it, what was computed from
/// this file before. `digest` is the SHA-256 of `data`, in hex; `origin` is the path of the file.
///
/// # Errors
/// [`Error::CorruptFile`], as [`RankFile::parse`] and [`RankFile::vocabulary`].
pub fn load_rank_file(
    data: &[u8],
    digest: &str,
    origin: &Path,
    special: &BTreeMap<String, u32>,
    splitter: &Splitter,
    places: &Places,
) -> Result<Encoder> {
    let source = Source { path: origin, size: data.len(), ranks: digest, merges: None, whole_words: true };
    let rules = Rules { whole_words: true, ..Rules::default() };
    compiled::load(&source, places, |compiled| {
        let splitter = splitter.clone();
        if let Some(compiled) = compiled {
            let vocabulary = |text: Arc<TextTokens>| {
                require_no_hole(text.iter().map(|(id, _)| id), special, origin)?;
                Vocabulary::from_text(text, special.clone())
            };
            return Encoder::from_compiled(compiled, vocabulary, splitter, &rules);
        }
        let vocabulary = RankFile::parse(data, origin)?.vocabulary(special, origin)?;
        Encoder::new(Arc::new(vocabulary), splitter, rules.clone())
    })
}

/// Checks that every number below the last of the ascending `ranks` is a rank or the id of a special token.
fn require_no_hole(ranks: impl IntoIterator<Item = u32>, special: &BTreeMap<String, u32>, origin: &Path) -> Result<()> {
    let special: BTreeSet<u32> = special.values().copied().collect();
    let mut next = 0;
    let mut is_empty = true;
    for rank in ranks {
        if let Some(hole) = (next..rank).find(|id| !special.contains(id)) {
            let hole = format!("rank {hole} is missing and no special token has this id");
            return Err(Error::corrupt(origin, hole));
        }
        next = rank.saturating_add(1);
        is_empty = false;
    }
    if is_empty { Err(Error::corrupt(origin, "the file holds no tokens")) } else { Ok(()) }
}

fn of_file(error: Error, origin: &Path) -> Error {
    match error {
        Error::Vocabulary(reason) => Error::corrupt(origin, reason),
        other => other,
    }
}

/// The text tokens of a vocabulary as a rank file, in id order.
#[must_use]
pub fn write_rank_file(vocabulary: &Vocabulary) -> Vec<u8> {
    let mut lines = String::with_capacity(vocabulary.text().count() * 18);
    for (id, bytes) in vocabulary.text().iter() {
        STANDARD.encode_string(bytes, &mut lines);
        lines.push(' ');
        lines.push_str(&id.to_string());
        lines.push('\n');
    }
    lines.into_bytes()
}
