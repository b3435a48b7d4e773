//! Rank files: one token a line, its bytes in base64, a space, its rank. The format of `*.tiktoken`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::{Error, Result};
use crate::vocabulary::Vocabulary;

/// The tokens of a rank file, in file order.
#[derive(Debug)]
pub struct RankFile {
    bytes: Vec<u8>,
    tokens: Vec<(u32, Range<usize>)>,
}

impl RankFile {
    /// Reads a rank file. `origin` is the path for messages. O(bytes).
    ///
    /// # Errors
    /// [`Error::CorruptFile`] with the line: no rank, bad base64, an empty token, a last line that is cut short.
    pub fn parse(data: &[u8], origin: &Path) -> Result<Self> {
        let mut file = Self { bytes: Vec::with_capacity(data.len()), tokens: Vec::with_capacity(data.len() / 16) };
        let mut start = 0;
        for (end, line) in memchr::memchr_iter(b'\n', data).zip(1..) {
            let content = &data[start..end];
            start = end + 1;
            file.line(content.strip_suffix(b"\r").unwrap_or(content))
                .map_err(|reason| Error::corrupt(origin, format!("line {line}: {reason}")))?;
        }
        if start < data.len() {
            let line = 1 + memchr::memchr_iter(b'\n', data).count();
            let cut = format!("line {line} has no end: the file is cut short; fetch or copy it again");
            return Err(Error::corrupt(origin, cut));
        }
        Ok(file)
    }

    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        if line.is_empty() {
            return Ok(());
        }
        let shown = || String::from_utf8_lossy(&line[..line.len().min(60)]).into_owned();
        let space = line.iter().position(|&byte| byte == b' ');
        let space = space.ok_or_else(|| format!("{:?} is not a token in base64, a space and a rank", shown()))?;
        let (token, rank) = (&line[..space], &line[space + 1..]);
        let rank = std::str::from_utf8(rank).ok().and_then(|digits| digits.parse::<u32>().ok());
        let rank = rank.ok_or_else(|| format!("{:?} has no rank from 0 to 2^32 - 1", shown()))?;
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

    /// The tokens and their ranks, in file order.
    #[must_use]
    pub fn tokens(&self) -> Vec<(u32, &[u8])> {
        self.tokens.iter().map(|(rank, range)| (*rank, &self.bytes[range.clone()])).collect()
    }

    /// The vocabulary of these tokens and `special`, whose ids may fill holes between the ranks.
    ///
    /// # Errors
    /// [`Error::CorruptFile`] when a rank is missing or occurs twice; otherwise as [`Vocabulary::from_tokens`].
    pub fn vocabulary(&self, special: &BTreeMap<String, u32>, origin: &Path) -> Result<Vocabulary> {
        let mut ranks: Vec<u32> = self.tokens.iter().map(|(rank, _)| *rank).collect();
        ranks.sort_unstable();
        if ranks.is_empty() {
            return Err(Error::corrupt(origin, "the file holds no tokens"));
        }
        if let Some(pair) = ranks.windows(2).find(|pair| pair[0] == pair[1]) {
            let rank = pair[0];
            let mut lines = self.tokens.iter().zip(1..).filter(|((other, _), _)| *other == rank).map(|(_, line)| line);
            let (first, second) = (lines.next().unwrap_or(0), lines.next().unwrap_or(0));
            return Err(Error::corrupt(origin, format!("rank {rank} occurs twice, as tokens {first} and {second}")));
        }
        let mut filled: Vec<u32> = ranks.iter().chain(special.values()).copied().collect();
        #[expect(clippy::stable_sort_primitive, reason = "these are two ascending runs, which it merges")]
        filled.sort();
        let last = ranks[ranks.len() - 1];
        if let Some((expected, _)) = (0..).zip(&filled).find(|(expected, id)| **id > *expected && *expected < last) {
            let hole = format!("rank {expected} is missing and no special token has this id");
            return Err(Error::corrupt(origin, hole));
        }
        Vocabulary::from_tokens(&self.tokens(), special.clone()).map_err(|error| match error {
            Error::Vocabulary(reason) => Error::corrupt(origin, reason),
            other => other,
        })
    }
}

/// The text tokens of a vocabulary as a rank file, in id order.
#[must_use]
pub fn write_rank_file(vocabulary: &Vocabulary) -> Vec<u8> {
    let mut lines = String::with_capacity(vocabulary.text_len() * 18);
    for (id, bytes) in vocabulary.text_tokens() {
        STANDARD.encode_string(bytes, &mut lines);
        lines.push(' ');
        lines.push_str(&id.to_string());
        lines.push('\n');
    }
    lines.into_bytes()
}
