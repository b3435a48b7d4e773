//! What counts depend on beside the text: those of different settings are never added up.

use serde::{Deserialize, Serialize};

use crate::splitter::Splitter;
use crate::{Error, Result};

/// A cap on words must leave room for any one character.
const LEAST_WORD_BYTES: u64 = 4;

/// Limits to what is counted. The default is none: every word as it is, every time it occurs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caps {
    /// A longer word, in bytes of UTF-8, counts as several: from its start as many whole characters as fit, and so on. No
    /// token that is learnt reaches across a cut.
    ///
    /// It bounds the longest word, which scripts without spaces need, not their number: at 24 bytes, 24 MB of Chinese have
    /// 46 % more distinct words with 6 % fewer bytes, and Hindi and English hardly change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_word_bytes: Option<u64>,
    /// How often a word counts in one document at most, so that a page that repeats itself counts for little. A document
    /// is a text, a line of JSON or, in a text file, a line, to which the words belong that begin in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_per_document: Option<u64>,
}

impl Caps {
    /// # Errors
    /// [`Error::Argument`] for a cap that leaves nothing to count.
    pub(crate) fn check(self) -> Result<Self> {
        for (name, value, least) in
            [("max_word_bytes", self.max_word_bytes, LEAST_WORD_BYTES), ("max_per_document", self.max_per_document, 1)]
        {
            if let Some(value) = value.filter(|value| *value < least) {
                return Err(Error::Argument(format!("{name} is {value}; it must be at least {least}")));
            }
        }
        Ok(self)
    }

    pub(crate) fn are_none(self) -> bool {
        self == Self::default()
    }
}

/// What phrases were cut by whose pieces were counted in place of words: the candidates of superwords.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidates {
    /// SHA-256 of the tokens that phrases consist of, in hexadecimal.
    pub first_stage: String,
    /// Two of them that stand side by side fewer times are in no piece together, so what occurs so often is counted as it
    /// is, and the counts of what is rarer are too low.
    pub min_count: u64,
    /// SHA-256 of the counts of pairs that decided: parts of one text have it in common.
    pub pairs: String,
}

/// The split pattern and the caps of counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Settings {
    pub(crate) pattern: String,
    pub(crate) regex: String,
    pub(crate) caps: Caps,
    /// There where pieces of phrases were counted.
    pub(crate) candidates: Option<Candidates>,
}

impl Settings {
    pub(crate) fn of(splitter: &Splitter, caps: Caps) -> Self {
        Self { pattern: splitter.name().to_owned(), regex: splitter.regex().to_owned(), caps, candidates: None }
    }

    /// Refuses to mix counts.
    ///
    /// # Errors
    /// [`Error::Corpus`], which names what differs.
    pub(crate) fn check_same(&self, other: &Self) -> Result<()> {
        if (&self.pattern, &self.regex) != (&other.pattern, &other.regex) {
            return Err(Error::Corpus(format!(
                "these counts were made with different patterns, {} ({}) and {} ({}); count both parts with the same one",
                self.pattern, self.regex, other.pattern, other.regex
            )));
        }
        if self.candidates != other.candidates {
            return Err(Error::Corpus(
                "these counts were made of phrases cut in different ways, or one of phrases and one of words; count the \
                 superwords of all sources together"
                    .into(),
            ));
        }
        for (name, ours, theirs) in [
            ("max_word_bytes", self.caps.max_word_bytes, other.caps.max_word_bytes),
            ("max_per_document", self.caps.max_per_document, other.caps.max_per_document),
        ] {
            if ours != theirs {
                let spell = |cap: Option<u64>| cap.map_or("none".to_owned(), |cap| cap.to_string());
                return Err(Error::Corpus(format!(
                    "these counts were made with different caps, {name} {} and {}; count both parts with the same one",
                    spell(ours),
                    spell(theirs)
                )));
            }
        }
        Ok(())
    }
}
