//! How often each token occurs in the text that counts stand for.

use std::ops::Range;

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
        let encode = |parts: &mut Vec<(usize, Part)>, index: usize| {
            let range = index * CHUNK..words.len().min((index + 1) * CHUNK);
            parts.push((index, Part::encode(words, range, merges)));
            Ok(())
        };
        let parts = parallel::gather(threads, words.len().div_ceil(CHUNK), watch, encode)?;
        let mut parts: Vec<(usize, Part)> = parts.into_iter().flatten().collect();
        parts.sort_unstable_by_key(|&(index, _)| index);

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
    fn note(&mut self, parts: &[(usize, Part)]) -> Result<()> {
        let words = || parts.iter().flat_map(|(_, part)| part.words()).zip(0_u32..);
        for (ids, word) in words() {
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
        for (ids, word) in words() {
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

    /// Takes a token away and encodes the words that had it anew. Returns the tokens that these words had: the only ones
    /// that may be used less than before.
    pub(super) fn remove(
        &mut self,
        id: u32,
        merges: &mut RankMerges<'_>,
        scratch: &mut WordScratch,
    ) -> Result<Vec<u32>> {
        let mut words = std::mem::take(&mut self.more[id as usize]);
        words.extend_from_slice(&self.places[self.starts[id as usize]..self.starts[id as usize + 1]]);
        words.sort_unstable();
        words.dedup();
        let mut touched = Vec::new();
        // It may have gone from some of them when other tokens went.
        words.retain(|&word| {
            merges.merge(self.words.word(word as usize), scratch);
            let is_there = scratch.ids.contains(&id);
            if is_there {
                let weight = self.weights[word as usize];
                scratch.ids.iter().for_each(|&old| self.uses[old as usize] -= weight);
                touched.extend_from_slice(&scratch.ids);
            }
            is_there
        });
        merges.remove(id);
        for word in words {
            let weight = self.weights[word as usize];
            merges.merge(self.words.word(word as usize), scratch);
            for &new in &scratch.ids {
                self.add(new, weight)?;
                if self.more[new as usize].last() != Some(&word) {
                    self.more[new as usize].push(word);
                }
            }
        }
        touched.sort_unstable();
        touched.dedup();
        Ok(touched)
    }
}

/// What some words in a row become.
struct Part {
    ids: Vec<u32>,
    /// Where the tokens of each word end.
    ends: Vec<usize>,
}

impl Part {
    fn encode(words: &SortedWords, range: Range<usize>, merges: &RankMerges<'_>) -> Self {
        let mut scratch = WordScratch::default();
        let mut part = Self { ids: Vec::new(), ends: Vec::with_capacity(range.len()) };
        for word in range {
            merges.merge(words.word(word), &mut scratch);
            part.ids.extend_from_slice(&scratch.ids);
            part.ends.push(part.ids.len());
        }
        part
    }

    fn words(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.ids[start..end])
    }
}
