//! Merges in a file, so that learning that was stopped can go on.
//!
//! The file is text: its kind, then what the merges were learned from, a line for each option, then a line for each merge
//! with both ids and the count, and a checksum. The words are not in it: from the merges they follow.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::options::LearnOptions;
use super::parity::Parity;
use super::{BYTE_TOKENS, Merge};
use crate::counts::WordCounts;
use crate::{Error, Result, atomic};

const FIRST_LINE: &str = "omnitok checkpoint 1";
const EVERY: Duration = Duration::from_secs(10);

/// The tokens that there are, the merges that made them, and where these are kept.
pub(super) struct Keeper<'a> {
    base: &'a [Vec<u8>],
    merges: Vec<Merge>,
    file: Option<&'a Path>,
    /// What the merges were learned from, in lines.
    origin: String,
    saved: Instant,
}

impl<'a> Keeper<'a> {
    /// What the file of `options` holds, or a beginning.
    pub(super) fn new(base: &'a [Vec<u8>], counts: &WordCounts, options: &'a LearnOptions) -> Result<Self> {
        check_base(base)?;
        let mut keeper = Self {
            base,
            merges: Vec::new(),
            file: options.checkpoint.as_deref(),
            origin: String::new(),
            saved: Instant::now(),
        };
        if let Some(path) = keeper.file {
            keeper.origin = origin(base, counts, options);
            match fs::read(path) {
                Ok(content) => keeper.merges = keeper.parse(path, &content)?,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(Error::io(path, error)),
            }
            keeper.merges.truncate(options.vocab_size - base.len());
        }
        Ok(keeper)
    }

    /// Number of tokens before all merges.
    pub(super) fn base(&self) -> usize {
        self.base.len()
    }

    /// The bytes of all tokens so far.
    pub(super) fn tokens(&self) -> Vec<Vec<u8>> {
        let mut tokens = self.base.to_vec();
        for merge in &self.merges {
            let joined = [tokens[merge.left as usize].as_slice(), &tokens[merge.right as usize]].concat();
            tokens.push(joined);
        }
        tokens
    }

    pub(super) fn push(&mut self, merge: Merge) {
        self.merges.push(merge);
    }

    pub(super) fn into_merges(self) -> Vec<Merge> {
        self.merges
    }

    /// Writes the file, if there is one and its time has come, or if it `must` be.
    pub(super) fn save(&mut self, must: bool) -> Result<()> {
        let Some(path) = self.file.filter(|_| must || self.saved.elapsed() >= EVERY) else { return Ok(()) };
        let mut text = format!("{FIRST_LINE}\n{}", self.origin);
        for Merge { left, right, count, .. } in &self.merges {
            writeln!(text, "{left} {right} {count}").expect("strings grow");
        }
        writeln!(text, "crc32 {:08x}", crc32fast::hash(text.as_bytes())).expect("strings grow");
        atomic::write_file(path, true, |file| file.write_all(text.as_bytes()).map_err(|error| Error::io(path, error)))?;
        self.saved = Instant::now();
        Ok(())
    }

    fn parse(&self, path: &Path, content: &[u8]) -> Result<Vec<Merge>> {
        let corrupt =
            |reason: &str| Error::corrupt(path, format!("{reason}; remove the file to learn from the beginning"));
        let text = std::str::from_utf8(content).map_err(|_| corrupt("this is no checkpoint of omnitok"))?;
        let body = text.strip_prefix(FIRST_LINE).and_then(|rest| rest.strip_prefix('\n'));
        let body = body.ok_or_else(|| corrupt("this is no checkpoint of omnitok, or one of another version"))?;
        let sum = text.trim_end_matches('\n').rfind('\n').map_or(0, |end| end + 1);
        if text[sum..] != format!("crc32 {:08x}\n", crc32fast::hash(&content[..sum])) {
            return Err(corrupt("the checksum is wrong: a part is missing or was changed"));
        }
        let mut lines = body.lines();
        for expected in self.origin.lines() {
            let found = lines.next().unwrap_or_default();
            if found != expected {
                return Err(Error::Training(format!(
                    "{}: this checkpoint is of another run: it has {found:?} where this one has {expected:?}; use the same \
                     counts and options, or another file",
                    path.display()
                )));
            }
        }
        let mut merges = Vec::new();
        for line in lines.take_while(|line| !line.starts_with("crc32 ")) {
            let id = (self.base.len() + merges.len()) as u32;
            let merge = parse_merge(line, id);
            merges.push(merge.ok_or_else(|| corrupt(&format!("{line:?} is no merge of tokens before {id}")))?);
        }
        Ok(merges)
    }
}

fn parse_merge(line: &str, id: u32) -> Option<Merge> {
    let mut numbers = line.split(' ');
    let left = numbers.next()?.parse().ok().filter(|&left| left < id)?;
    let right = numbers.next()?.parse().ok().filter(|&right| right < id)?;
    let count = numbers.next()?.parse().ok()?;
    numbers.next().is_none().then_some(Merge { left, right, id, count })
}

/// SHA-256 of tokens in their order, in hexadecimal.
pub(crate) fn digest_of(tokens: &[Vec<u8>]) -> String {
    let mut digest = Sha256::new();
    for token in tokens {
        digest.update((token.len() as u64).to_le_bytes());
        digest.update(token);
    }
    digest.finalize().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// What the merges depend on; the size of the vocabulary only says where they end.
fn origin(base: &[Vec<u8>], counts: &WordCounts, options: &LearnOptions) -> String {
    let base = digest_of(base);
    let mut weights = options.weights.clone();
    weights.sort_by(|one, other| one.0.cmp(&other.0));
    let parity = options.parity.as_ref().map_or_else(String::new, |parity| {
        let Parity { development, global_merges, window } = parity;
        format!("parity {} global_merges {global_merges} window {window:?}\n", development.digest())
    });
    let word_ends = if options.spare_word_ends { "spare_word_ends true\n" } else { "" };
    format!(
        "counts {}\nbase {base}\nmode {}\nmin_frequency {}\nmax_token_bytes {:?}\nwhole_characters {}\n{word_ends}{parity}weights {weights:?}\n",
        counts.digest(),
        options.mode.name(),
        options.min_frequency,
        options.max_token_bytes,
        options.whole_characters,
    )
}

pub(super) fn check_base(base: &[Vec<u8>]) -> Result<()> {
    let mut seen = HashSet::new();
    if let Some(token) = base.iter().find(|token| token.is_empty() || !seen.insert(token.as_slice())) {
        let token = token.escape_ascii();
        return Err(Error::Vocabulary(format!("the token \"{token}\" to go on from is empty or there twice")));
    }
    match (0..BYTE_TOKENS).find(|&byte| !seen.contains([byte as u8].as_slice())) {
        Some(byte) => {
            Err(Error::Vocabulary(format!("no token to go on from is the byte 0x{byte:02x}; all 256 must be there")))
        }
        None => Ok(()),
    }
}
