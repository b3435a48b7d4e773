//! Text normalisation of foreign vocabularies. omnitok's own vocabularies use none: it would lose what the user wrote.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use unicode_normalization_alignments::UnicodeNormalization;

/// A normalisation that runs before the splitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Normalizer {
    /// Unicode normalisation form C (UAX 15), by the tables that Hugging Face `tokenizers` 0.23 uses.
    Nfc,
}

impl Normalizer {
    /// `text` in normal form; borrowed when it is ASCII, which every form leaves alone. O(length).
    pub(super) fn apply(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Nfc if text.is_ascii() => Cow::Borrowed(text),
            Self::Nfc => Cow::Owned(text.nfc().map(|(character, _)| character).collect()),
        }
    }

    /// For every byte offset of the normal form, its end included, the byte offset of `text` that it comes from.
    pub(super) fn origins(text: &str) -> Vec<u32> {
        let mut source = text.chars();
        let mut origin = 0;
        let mut origins = Vec::with_capacity(text.len() + 1);
        for (character, change) in text.nfc() {
            origins.extend(std::iter::repeat_n(origin, character.len_utf8()));
            // `change` is 1 for a character that was added, and -n for one that stands for n + 1 of the source.
            for _ in change..1 {
                origin += source.next().map_or(0, |read| read.len_utf8() as u32);
            }
        }
        origins.push(text.len() as u32);
        origins
    }
}
