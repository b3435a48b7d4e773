//! `WordCounts`: what counting gives and learning takes.

use std::collections::BTreeMap;
use std::fmt;

use super::key::WordKey;
use super::merge;
use super::run::Totals;
use super::settings::{Candidates, Caps, Settings};
use crate::splitter::Splitter;
use crate::{Error, Result};

/// Exact counts of the distinct words of a corpus, kept per language.
///
/// Words are sorted by their bytes; a word knows the languages that it was seen in and its count in each. Counts of two
/// parts of a corpus [merge](Self::merge) into the counts of the whole, whoever counted them.
///
/// Memory: a word takes its bytes and 12 more, and 10 for each language that it occurs in.
#[derive(Clone, PartialEq, Eq)]
pub struct WordCounts {
    settings: Settings,
    /// Sorted, each once; `""` stands for text whose language nobody named.
    languages: Vec<String>,
    words: SortedWords,
    /// Occurrences of all words in all languages.
    total: u64,
    /// Bytes of all those occurrences.
    bytes: u64,
}

/// Sorted words and their counts, in flat vectors. `ends[i]` closes the bytes of word `i`, `share_ends[i]` its shares.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct SortedWords {
    bytes: Vec<u8>,
    ends: Vec<u64>,
    share_ends: Vec<u32>,
    /// The share of a language in a word: the index of the language, ascending within a word ...
    share_languages: Vec<u16>,
    /// ... and how often the word occurs in it, never 0.
    share_counts: Vec<u64>,
}

/// What takes sorted words.
pub(crate) trait WordSink {
    /// Appends a share. Words must come in the order of their bytes and the languages of a word in ascending order; a
    /// share of the word and language of the last one is added to it.
    ///
    /// # Errors
    /// [`Error::CountOverflow`], and what the sink has no room for.
    fn push(&mut self, key: &WordKey<'_>, language: u16, count: u64, same_word: bool) -> Result<()>;
}

impl WordSink for SortedWords {
    fn push(&mut self, key: &WordKey<'_>, language: u16, count: u64, same_word: bool) -> Result<()> {
        if !same_word {
            key.append_to(&mut self.bytes);
            self.ends.push(self.bytes.len() as u64);
            self.share_ends.push(self.share_counts.len() as u32);
        } else if self.share_languages.last() == Some(&language) {
            let last = self.share_counts.last_mut().expect("as many counts as languages");
            *last = last.checked_add(count).ok_or(Error::CountOverflow("adding up the counts of a word"))?;
            return Ok(());
        }
        self.share_languages.push(language);
        self.share_counts.push(count);
        let shares = u32::try_from(self.share_counts.len()).map_err(|_| too_many_words())?;
        *self.share_ends.last_mut().expect("a word was pushed") = shares;
        Ok(())
    }
}

impl SortedWords {
    /// Appends the words of `other`, all of which must sort after the words of `self`.
    pub(crate) fn append(&mut self, other: &Self) -> Result<()> {
        let (bytes, shares) = (self.bytes.len() as u64, self.share_counts.len());
        u32::try_from(shares + other.share_counts.len()).map_err(|_| too_many_words())?;
        self.bytes.extend_from_slice(&other.bytes);
        self.ends.extend(other.ends.iter().map(|end| end + bytes));
        self.share_ends.extend(other.share_ends.iter().map(|end| end + shares as u32));
        self.share_languages.extend_from_slice(&other.share_languages);
        self.share_counts.extend_from_slice(&other.share_counts);
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn word(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.bytes[start..self.ends[index] as usize]
    }

    /// The languages of a word, ascending, and its count in each.
    pub(crate) fn shares(&self, index: usize) -> impl ExactSizeIterator<Item = (u16, u64)> + '_ {
        let start = if index == 0 { 0 } else { self.share_ends[index - 1] as usize };
        let range = start..self.share_ends[index] as usize;
        self.share_languages[range.clone()].iter().copied().zip(self.share_counts[range].iter().copied())
    }
}

fn too_many_words() -> Error {
    Error::Corpus(
        "more than 2^32 pairs of a word and a language; count parts of the corpus into files of their own".into(),
    )
}

/// The outline only: the words may be millions.
impl fmt::Debug for WordCounts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("WordCounts")
            .field("pattern", &self.settings.pattern)
            .field("caps", &self.settings.caps)
            .field("languages", &self.languages)
            .field("distinct", &self.distinct())
            .field("total", &self.total)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

impl WordCounts {
    /// Checks the totals and closes the counts. `words` must be sorted, `languages` sorted and each named once.
    pub(crate) fn new(settings: Settings, languages: Vec<String>, words: SortedWords) -> Result<Self> {
        let mut totals = Totals::default();
        for index in 0..words.len() {
            for (_, count) in words.shares(index) {
                totals.add(words.word(index).len(), count, false)?;
            }
        }
        Ok(Self { settings, languages, words, total: totals.total, bytes: totals.bytes })
    }

    /// Counts made elsewhere, such as on a Spark cluster: words, in any order and more than once if need be, with their
    /// counts. Words that occur 0 times are left out.
    ///
    /// # Errors
    /// [`Error::Pattern`] if the pattern is unknown, [`Error::Corpus`] for an empty word, [`Error::CountOverflow`].
    pub fn from_items<W: AsRef<[u8]>>(
        pattern: &str,
        language: &str,
        items: impl IntoIterator<Item = (W, u64)>,
    ) -> Result<Self> {
        let splitter = Splitter::new(pattern)?;
        let mut sorted: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
        for (index, (word, count)) in items.into_iter().enumerate().filter(|(_, (_, count))| *count > 0) {
            if word.as_ref().is_empty() {
                return Err(Error::Corpus(format!("item {index} is an empty word; a word has at least one byte")));
            }
            let sum = sorted.entry(word.as_ref().to_vec()).or_default();
            *sum = sum.checked_add(count).ok_or(Error::CountOverflow("adding up the counts of a word"))?;
        }
        let mut words = SortedWords::default();
        for (word, count) in &sorted {
            words.push(&WordKey::new(word), 0, *count, false)?;
        }
        let languages = if sorted.is_empty() { Vec::new() } else { vec![language.to_owned()] };
        Self::new(Settings::of(&splitter, Caps::default()), languages, words)
    }

    /// The name of the split pattern that cut the words.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.settings.pattern
    }

    /// The regular expression that the pattern's name stands for.
    #[must_use]
    pub fn regex(&self) -> &str {
        &self.settings.regex
    }

    /// The caps that the words were counted under.
    #[must_use]
    pub fn caps(&self) -> Caps {
        self.settings.caps
    }

    /// How the phrases were cut, where the words are pieces of phrases; see [`crate::superwords`].
    #[must_use]
    pub fn candidates(&self) -> Option<&Candidates> {
        self.settings.candidates.as_ref()
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The languages that have words, sorted; `""` is text without a named language.
    #[must_use]
    pub fn languages(&self) -> Vec<&str> {
        self.languages.iter().map(String::as_str).collect()
    }

    /// Number of words counted, repetitions included.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Number of distinct words over all languages.
    #[must_use]
    pub fn distinct(&self) -> usize {
        self.words.len()
    }

    /// Bytes of text that the counted words make up.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The distinct words in the order of their bytes with their counts: in one language, or summed over all. A language
    /// that nothing was counted in has no items.
    pub fn items<'a>(&'a self, language: Option<&str>) -> impl Iterator<Item = (&'a [u8], u64)> + 'a {
        let wanted = language.map(|name| self.languages.iter().position(|known| known == name));
        (0..self.words.len()).filter_map(move |index| {
            let shares = self.words.shares(index);
            // The sum cannot overflow: it is part of `total`, which `new` checked.
            let count: u64 = match wanted {
                None => shares.map(|(_, count)| count).sum(),
                Some(wanted) => shares.filter(|(at, _)| Some(usize::from(*at)) == wanted).map(|(_, count)| count).sum(),
            };
            (count > 0).then(|| (self.words.word(index), count))
        })
    }

    /// The counts of two parts of a corpus together. Associative and commutative. O(n) in the words of both.
    ///
    /// # Errors
    /// [`Error::Corpus`] if they were made with different patterns or caps, [`Error::CountOverflow`] beyond 2^64 - 1.
    #[expect(clippy::needless_pass_by_value, reason = "both parts are used up, and their memory is free afterwards")]
    pub fn merge(self, other: Self) -> Result<Self> {
        self.settings.check_same(&other.settings)?;
        let mut languages: Vec<String> = self.languages.iter().chain(&other.languages).cloned().collect();
        languages.sort_unstable();
        languages.dedup();
        let words = merge::two(&self.words, &self.places(&languages), &other.words, &other.places(&languages))?;
        Self::new(self.settings, languages, words)
    }

    /// Where each language of these counts stands in a longer sorted list.
    fn places(&self, languages: &[String]) -> Vec<u16> {
        let place = |name| languages.binary_search(name).expect("the list holds all our languages") as u16;
        self.languages.iter().map(place).collect()
    }

    pub(crate) fn sorted_words(&self) -> &SortedWords {
        &self.words
    }
}
