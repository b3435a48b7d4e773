//! What the learner is asked for, and the integer arithmetic of weights.

use std::path::PathBuf;

use crate::{Error, Result, parallel};

use super::BYTE_TOKENS;
use super::parity::Parity;

/// How pairs are counted, chosen and numbered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    /// The definition, kept to the letter.
    ///
    /// * Tokens 0 to 255 are the bytes in their order.
    /// * The next merge is the pair with the highest count; of several, the one with the smallest left id and then the
    ///   smallest right id.
    /// * The count of a pair is the number of places where it can be merged: occurrences do not overlap, so `aaa` holds
    ///   `aa` once and `aaaa` twice.
    /// * No two tokens have the same bytes. Nothing has to see to that: it follows from the other rules.
    /// * A pair longer than `max_token_bytes` is never chosen.
    #[default]
    Exact,
    /// The merges of `BpeTrainer` in Hugging Face `tokenizers` 0.23 on byte-level words with the full byte alphabet and no
    /// special tokens, including what it does differently:
    ///
    /// * Base tokens are in the order of the characters that stand for bytes (`!` is 0, `Ā`, the byte 0, is 188).
    /// * Overlapping occurrences count, so `aaa` holds `aa` twice.
    /// * The count of a merged pair stays, and its places are those noted when the pair last appeared.
    /// * Only pairs *shorter* than `max_token_bytes` are formed, and pairs of two bytes in any case.
    /// * Counts are 32-bit: where that library would overflow in silence, this is an error.
    HuggingFace,
    /// The merges of `rustbpe` 0.1: those of [`Self::HuggingFace`], but base tokens are in the order of the bytes, the count
    /// of a merged pair falls with its places, and there is no limit to the length of a token. Counts are 32-bit as well.
    RustBpe,
    /// [`Self::Exact`] with the ties of Google's `sentencepiece`: of the most frequent pairs the one with the shorter token in
    /// characters, then the one whose bytes come first.
    SentencePiece,
}

impl Mode {
    /// As it is written in options and files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::HuggingFace => "huggingface",
            Self::RustBpe => "rustbpe",
            Self::SentencePiece => "sentencepiece",
        }
    }

    /// Whether counts are kept as another library keeps them, wrong places and all.
    fn is_copy(self) -> bool {
        matches!(self, Self::HuggingFace | Self::RustBpe)
    }
}

/// What to learn.
#[derive(Clone, PartialEq, Debug)]
pub struct LearnOptions {
    /// Number of text tokens, the 256 bytes included.
    pub vocab_size: usize,
    /// Pairs that occur fewer times are not merged; at least 1.
    pub min_frequency: u64,
    /// The longest token, in bytes. No limit if `None`.
    pub max_token_bytes: Option<usize>,
    /// How much an occurrence in a language weighs; 1.0 for languages that are not listed, and 0 leaves one out.
    ///
    /// Weights are rounded to the nearest multiple of 2^-20 (halves away from zero), and all arithmetic after that is
    /// exact. The weighted count of a word is the sum of count times weight over its languages.
    pub weights: Vec<(String, f64)>,
    /// How pairs are counted, chosen and numbered.
    pub mode: Mode,
    /// No token is a part of a character, or holds one, except the beginnings that a character is built from byte by byte.
    ///
    /// Pairs are merged only if their bytes are whole characters, or the first bytes of one. The 256 bytes remain, and so do
    /// beginnings of two or three bytes: in tiktoken's files and those of Hugging Face a character of three bytes can only be
    /// reached through two of them.
    pub whole_characters: bool,
    /// No token reaches over a place where words end in phrases, also where none of its own does: what the first stage of
    /// a vocabulary with superwords has to keep to, beside `whole_characters`.
    pub spare_word_ends: bool,
    /// Who chooses the merges; all words together if `None`.
    pub parity: Option<Parity>,
    /// A file to keep the merges in, every ten seconds and when the work is stopped. Where it is there already, learning goes
    /// on from it, to the same result. It must be of the same counts and options; the vocabulary size may differ.
    pub checkpoint: Option<PathBuf>,
    /// Number of threads; the result does not depend on it.
    pub threads: usize,
}

impl LearnOptions {
    /// The defaults for a vocabulary of `vocab_size` text tokens.
    #[must_use]
    pub fn new(vocab_size: usize) -> Self {
        Self {
            vocab_size,
            min_frequency: 1,
            max_token_bytes: None,
            weights: Vec::new(),
            mode: Mode::Exact,
            whole_characters: false,
            spare_word_ends: false,
            parity: None,
            checkpoint: None,
            threads: parallel::available_threads(),
        }
    }

    /// Refuses what makes no sense for learning from `base` tokens on.
    pub(super) fn check(&self, base: usize) -> Result<()> {
        let refuse = |reason: String| Err(Error::Training(reason));
        if self.vocab_size < base {
            let reason = if base == BYTE_TOKENS { "every byte is a token" } else { "tokens are added, not taken away" };
            return refuse(format!(
                "vocab_size {} is below {base}; {reason}, so ask for at least {base}",
                self.vocab_size
            ));
        }
        if self.mode.is_copy() {
            for (is_set, name) in [
                (self.whole_characters, "whole_characters"),
                (self.spare_word_ends, "a first stage for superwords"),
                (self.parity.is_some(), "parity"),
                (self.checkpoint.is_some(), "a checkpoint"),
            ] {
                if is_set {
                    let mode = self.mode.name();
                    return refuse(format!(
                        "{name} is not to be had in the mode {mode}, which copies a library without it"
                    ));
                }
            }
        }
        if self.mode == Mode::RustBpe && self.max_token_bytes.is_some() {
            return refuse(
                "max_token_bytes is not to be had in the mode rustbpe, which copies a library without it".into(),
            );
        }
        if u32::try_from(self.vocab_size).is_err() {
            return refuse(format!("vocab_size {} is beyond the 32 bits of an id; ask for less", self.vocab_size));
        }
        if self.min_frequency == 0 {
            return refuse("min_frequency is 0; a pair that occurs nowhere cannot be merged, so 1 is the least".into());
        }
        if self.max_token_bytes == Some(0) {
            return refuse("max_token_bytes is 0; the bytes themselves have one byte".into());
        }
        match &self.parity {
            Some(parity) => parity.check(self.vocab_size - base, self.checkpoint.is_some()),
            None => Ok(()),
        }
    }

    /// The multipliers of `languages`, in their order.
    pub(super) fn scale(&self, languages: &[&str]) -> Result<Scale> {
        Scale::of(&self.weights, languages)
    }
}

/// Weights have this many binary places.
const WEIGHT_BITS: u32 = 20;
/// The largest weight: scaled, it still fits into 40 bits.
const MAX_WEIGHT: f64 = (1_u32 << WEIGHT_BITS) as f64;

/// Weights as integers: count times multiplier is the weighted count times `2^bits`.
pub(crate) struct Scale {
    multipliers: Vec<u64>,
    bits: u32,
}

impl Scale {
    /// The multipliers of `languages`, in their order, from weights by language; see [`LearnOptions::weights`].
    pub(crate) fn of(weights: &[(String, f64)], languages: &[&str]) -> Result<Self> {
        for (index, (name, weight)) in weights.iter().enumerate() {
            if !languages.contains(&name.as_str()) {
                return Err(Error::Training(format!(
                    "there is a weight for language {name:?}, in which nothing was counted; the counts have {languages:?}"
                )));
            }
            if weights[..index].iter().any(|(earlier, _)| earlier == name) {
                return Err(Error::Training(format!("language {name:?} has two weights; give one")));
            }
            if !(0.0..=MAX_WEIGHT).contains(weight) {
                return Err(Error::Training(format!(
                    "the weight {weight} of language {name:?} is not a number from 0 to {MAX_WEIGHT}"
                )));
            }
        }
        let weight_of =
            |language: &&str| weights.iter().find(|(name, _)| name == language).map_or(1.0, |found| found.1);
        Ok(Self::new(languages.iter().map(weight_of)))
    }

    fn new(weights: impl Iterator<Item = f64>) -> Self {
        // In range and not negative: `scale` checked.
        #[allow(clippy::cast_sign_loss)]
        let mut multipliers: Vec<u64> = weights.map(|weight| (weight * MAX_WEIGHT).round() as u64).collect();
        // Places that no weight uses would only bring the counts closer to overflow; plain counts need none at all.
        let unused = multipliers.iter().map(|multiplier| multiplier.trailing_zeros()).min().unwrap_or(WEIGHT_BITS);
        let unused = unused.min(WEIGHT_BITS);
        for multiplier in &mut multipliers {
            *multiplier >>= unused;
        }
        Self { multipliers, bits: WEIGHT_BITS - unused }
    }

    /// These weights for one language, and 0 for the others.
    pub(super) fn only(&self, language: usize) -> Self {
        let weight = |(at, &multiplier)| if at == language { multiplier } else { 0 };
        Self { multipliers: self.multipliers.iter().enumerate().map(weight).collect(), bits: self.bits }
    }

    /// 1 for one of so many languages, and 0 for the others.
    pub(super) fn of_one(language: usize, languages: usize) -> Self {
        Self::new((0..languages).map(|at| f64::from(u8::from(at == language))))
    }

    /// The multiplier of the language that weighs most.
    pub(super) fn largest(&self) -> u64 {
        self.multipliers.iter().copied().max().unwrap_or(0)
    }

    /// Whether nothing weighs anything.
    pub(super) fn is_zero(&self) -> bool {
        self.multipliers.iter().all(|&multiplier| multiplier == 0)
    }

    /// The weighted count of a word from its shares, times `2^bits`.
    pub(crate) fn weigh(&self, shares: impl Iterator<Item = (u16, u64)>) -> Result<u64> {
        let mut weighted = 0_u64;
        for (language, count) in shares {
            let product = count.checked_mul(self.multipliers[usize::from(language)]);
            let sum = product.and_then(|product| weighted.checked_add(product));
            weighted = sum.ok_or(Error::CountOverflow(OVERFLOW))?;
        }
        Ok(weighted)
    }

    /// The smallest weighted count that is at least `frequency`.
    pub(crate) fn up(&self, frequency: u64) -> Result<u64> {
        frequency.checked_mul(1 << self.bits).ok_or(Error::CountOverflow("scaling min_frequency by the weights"))
    }

    /// A weighted count in plain numbers, rounded down.
    pub(crate) fn down(&self, weighted: u64) -> u64 {
        weighted >> self.bits
    }
}

pub(super) const OVERFLOW: &str = "weighing the words (weights count in steps of 2^-20; smaller or rounder ones help)";
