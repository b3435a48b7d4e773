//! How often each token occurs in the text that counts stand for.

use crate::counts::{SortedWords, WordCounts};
use crate::encoder::{RankMerges, WordScratch};
use crate::learner::Scale;
use crate::parallel::{self, Watch};
use crate::vocabulary::TextTokens;
use crate::{Error, Result};

/// Words that a thread encodes at once.
const CHUNK: usize = 4096;

/// The use of every token, and the words that it occurs in.
pub(super) struct Usage<'c> {
    words: &'c SortedWords,
    scale: Scale,
    /// The weighted count of each word.
    weights: Vec<u64>,
    uses: Vec<u64>,
    /// The words of token `id` are `places[starts[id]..starts[id + 1]]` ...
    starts: Vec<usize>,
    places: Vec<u32>,
    /// ... and these, in which it occurs since other tokens went.
    more: Vec<Vec<u32>>,
}

/// The final use of every text token, by id: how often it occurs in the text that `counts` stand for, weighted and rounded
/// down. Ids of other blocks have 0.
///
/// O(n log n) in the bytes of the distinct words; 4 bytes of memory for each of their tokens, twice.
///
/// # Errors
/// [`Error::Training`] for weights that make no sense, [`Error::CountOverflow`], [`Error::Interrupted`].
pub fn token_uses(
    counts: &WordCounts,
    text: &TextTokens,
    weights: &[(String, f64)],
    threads: usize,
    watch: Watch,
) -> Result<Vec<u64>> {
    let usage = Usage::new(counts, &RankMerges::new(text, threads), text, weights, threads, watch)?;
    Ok((0..usage.uses.len() as u32).map(|id| usage.plain(id)).collect())
}

impl<'c> Usage<'c> {
    /// Encodes all words.
    pub(super) fn new(
        counts: &'c WordCounts,
        merges: &RankMerges<'_>,
        text: &TextTokens,
        weights: &[(String, f64)],
        threads: usize,
        watch: Watch,
    ) -> Result<Self> {
        let (words, scale) = (counts.sorted_words(), Scale::of(weights, &counts.languages())?);
        let weights = (0..words.len()).map(|word| scale.weigh(words.shares(word))).collect::<Result<Vec<u64>>>()?;
        let encode = |parts: &mut Vec<Encoded>, index: usize| {
            let (mut scratch, mut part) = (WordScratch::default(), Encoded::default());
            for word in index * CHUNK..words.len().min((index + 1) * CHUNK) {
                merges.merge(words.word(word), &mut scratch);
                part.push(word as u32, &scratch.ids);
            }
            parts.push(part);
            Ok(())
        };
        let parts = parallel::gather(threads, words.len().div_ceil(CHUNK), watch, encode)?;
        let mut parts: Vec<Encoded> = parts.into_iter().flatten().collect();
        parts.sort_unstable_by_key(|part| part.words[0]);

        let size = text.arena().1.len();
        let mut usage = Self {
            words,
            scale,
            weights,
            uses: vec![0; size],
            starts: vec![0; size + 1],
            places: Vec::new(),
            more: vec![Vec::new(); size],
        };
        usage.note(&parts)?;
        Ok(usage)
    }

    /// Notes the use of the tokens and their words. O(tokens).
    fn note(&mut self, parts: &[Encoded]) -> Result<()> {
        for (word, ids) in parts.iter().flat_map(Encoded::iter) {
            for &id in ids {
                self.starts[id as usize + 1] += 1;
                self.add(id, self.weights[word as usize])?;
            }
        }
        for id in 1..self.starts.len() {
            self.starts[id] += self.starts[id - 1];
        }
        let mut ends = self.starts.clone();
        self.places = vec![0; *self.starts.last().expect("one more than tokens")];
        for (word, ids) in parts.iter().flat_map(Encoded::iter) {
            for &id in ids {
                self.places[ends[id as usize]] = word;
                ends[id as usize] += 1;
            }
        }
        Ok(())
    }

    fn add(&mut self, id: u32, weight: u64) -> Result<()> {
        let uses = &mut self.uses[id as usize];
        *uses = uses.checked_add(weight).ok_or(Error::CountOverflow("adding up the use of a token"))?;
        Ok(())
    }

    /// The weighted use of a token, to compare with others.
    pub(super) fn get(&self, id: u32) -> u64 {
        self.uses[id as usize]
    }

    /// The same in plain numbers.
    pub(super) fn plain(&self, id: u32) -> u64 {
        self.scale.down(self.get(id))
    }

    /// A plain number as a weighted use.
    pub(super) fn up(&self, uses: u64) -> Result<u64> {
        self.scale.up(uses)
    }

    /// Number of words that may have one of these tokens, some of them counted more than once.
    pub(super) fn places(&self, ids: &[u32]) -> usize {
        let of = |&id: &u32| self.starts[id as usize + 1] - self.starts[id as usize] + self.more[id as usize].len();
        ids.iter().map(of).sum()
    }

    /// The words that have one of these tokens, which ascend, and what they become.
    pub(super) fn words_with(&self, ids: &[u32], merges: &RankMerges<'_>, scratch: &mut WordScratch) -> Encoded {
        let mut words = Vec::with_capacity(self.places(ids));
        for &id in ids {
            words.extend_from_slice(&self.places[self.starts[id as usize]..self.starts[id as usize + 1]]);
            words.extend_from_slice(&self.more[id as usize]);
        }
        words.sort_unstable();
        words.dedup();
        let mut encoded = Encoded::default();
        for word in words {
            merges.merge(self.words.word(word as usize), scratch);
            // It may have become something else when other tokens went.
            if scratch.ids.iter().any(|id| ids.binary_search(id).is_ok()) {
                encoded.push(word, &scratch.ids);
            }
        }
        encoded
    }

    /// What the same words become now.
    pub(super) fn again(&self, before: &Encoded, merges: &RankMerges<'_>, scratch: &mut WordScratch) -> Encoded {
        let mut encoded = Encoded::default();
        for &word in &before.words {
            merges.merge(self.words.word(word as usize), scratch);
            encoded.push(word, &scratch.ids);
        }
        encoded
    }

    /// The weighted number of tokens that words have more than before.
    pub(super) fn growth(&self, before: &Encoded, after: &Encoded) -> i128 {
        let tokens = |encoded: &Encoded| -> i128 {
            encoded.iter().map(|(word, ids)| i128::from(self.weights[word as usize]) * ids.len() as i128).sum()
        };
        tokens(after) - tokens(before)
    }

    /// Notes that words became something else. Returns the tokens that they had, ascending: the only ones that may be used
    /// less than before.
    pub(super) fn replace(&mut self, before: &Encoded, after: &Encoded) -> Result<Vec<u32>> {
        for (word, ids) in before.iter() {
            for &id in ids {
                self.uses[id as usize] -= self.weights[word as usize];
            }
        }
        for (word, ids) in after.iter() {
            for &id in ids {
                self.add(id, self.weights[word as usize])?;
                if self.more[id as usize].last() != Some(&word) {
                    self.more[id as usize].push(word);
                }
            }
        }
        let mut touched = before.ids.clone();
        touched.sort_unstable();
        touched.dedup();
        Ok(touched)
    }
}

/// Some words, and what they become.
#[derive(Default)]
pub(super) struct Encoded {
    words: Vec<u32>,
    ids: Vec<u32>,
    /// Where the tokens of each word end.
    ends: Vec<usize>,
}

impl Encoded {
    fn push(&mut self, word: u32, ids: &[u32]) {
        self.words.push(word);
        self.ids.extend_from_slice(ids);
        self.ends.push(self.ids.len());
    }

    fn iter(&self) -> impl Iterator<Item = (u32, &[u32])> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        self.words.iter().zip(starts.zip(&self.ends)).map(|(&word, (start, &end))| (word, &self.ids[start..end]))
    }
}
