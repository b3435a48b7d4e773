//! Candidates of superwords: what has to be known of a text to learn tokens that reach over the ends of words.
//!
//! Superwords (Liu et al. 2025, arXiv 2503.13423) are merged inside phrases, and nearly all phrases of a text are different,
//! so a table of phrases is as long as the text. But a superword that occurs `min_count` times consists of tokens each two
//! of which stand side by side so often. So the text is read twice: first all pairs of tokens in phrases are counted, and
//! then phrases are cut between the tokens of rare pairs, and the pieces are counted as words are (the idea of counting
//! candidates first: arXiv 2604.05192).
//!
//! Pairs are counted in a [table](PairBounds) of fixed size by their hash. Several may share a place there, so what stands
//! in it is never below the count of any of them: cuts are rarer than they could be, and never wrong. The counts of
//! everything that occurs `min_count` times are exact, as if whole phrases had been counted.

mod bounds;
mod emitted;
mod kept;
mod phrases;

use std::collections::BTreeMap;
use std::sync::Arc;

use bounds::PairBounds;
use phrases::{Phrases, Task};

use crate::counts::{Candidates, WordCounter};
use crate::encoder::{Encoder, Rules};
use crate::learner::{check_first_stage, digest_of};
use crate::splitter::{Edges, Splitter};
use crate::vocabulary::Vocabulary;
use crate::{Error, Result};

pub use bounds::TABLE_BITS;
pub use emitted::token_counter;

/// The tokens that superwords are to be made of, and how often which two of them stand side by side in phrases.
///
/// [`Self::pair_counter`] makes a counter that takes note of the pairs in the texts that it is given, and
/// [`Self::candidate_counter`], when all are noted, one that counts the pieces in the same texts.
pub struct FirstStage {
    encoder: Encoder,
    phrases: Splitter,
    /// By id: where words end beside a token, if it is text by itself. No other is a part of a superword.
    edges: Vec<Option<Edges>>,
    bounds: PairBounds,
    digest: String,
}

impl FirstStage {
    /// The first stage with these tokens, by rank, over words of `pattern`.
    ///
    /// Memory: 128 MiB for the table of pairs, and an encoder.
    ///
    /// # Errors
    /// [`Error::Training`] for a pattern without phrases, and tokens that superwords cannot follow; [`Error::Vocabulary`]
    /// for tokens that are no vocabulary.
    pub fn new(pattern: &str, tokens: &[Vec<u8>]) -> Result<Self> {
        Self::with_table(pattern, tokens, TABLE_BITS)
    }

    /// [`Self::new`] with a table of `2^bits` places. Superwords do not depend on it, but how many pieces there are.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_table(pattern: &str, tokens: &[Vec<u8>], bits: u32) -> Result<Self> {
        let words = Splitter::new(pattern)?;
        let (Some(phrases), Some(ends)) = (words.phrases_of_words(), words.word_ends()) else {
            return Err(Error::Training(format!(
                "the pattern {pattern:?} has no phrases, so superwords cannot be counted; train the first stage with o200k \
                 or omni"
            )));
        };
        check_first_stage(tokens, ends)?;
        let ranked: Vec<(u32, &[u8])> = (0..).zip(tokens.iter().map(Vec::as_slice)).collect();
        let vocabulary = Vocabulary::from_tokens(&ranked, BTreeMap::new())?;
        Ok(Self {
            encoder: Encoder::new(Arc::new(vocabulary), words, Rules::default())?,
            phrases: Splitter::new(phrases)?,
            edges: tokens.iter().map(|token| str::from_utf8(token).is_ok().then(|| ends.edges(token))).collect(),
            bounds: PairBounds::new(bits),
            digest: digest_of(tokens),
        })
    }

    /// SHA-256 of the tokens, in hexadecimal, as in [`Candidates::first_stage`].
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// A counter that takes note of pairs, and counts nothing.
    #[must_use]
    pub fn pair_counter(self: &Arc<Self>, threads: usize) -> WordCounter {
        self.counter(None, threads, Task::NotePairs)
    }

    /// A counter of pieces of phrases, cut where two tokens stand side by side fewer than `min_count` times.
    ///
    /// # Errors
    /// [`Error::Argument`] for a `min_count` of 0, or one that is more than the table counts to.
    pub fn candidate_counter(self: &Arc<Self>, min_count: u64, threads: usize) -> Result<WordCounter> {
        let least = u32::try_from(min_count).ok().filter(|least| (1..=bounds::MANY).contains(least));
        let least = least.ok_or_else(|| {
            Error::Argument(format!("min_count is {min_count}; it must be at least 1 and at most {}", bounds::MANY))
        })?;
        let candidates = Candidates { first_stage: self.digest.clone(), min_count, pairs: self.bounds.digest() };
        Ok(self.counter(Some(candidates), threads, Task::FindPieces(least)))
    }

    fn counter(self: &Arc<Self>, candidates: Option<Candidates>, threads: usize, task: Task) -> WordCounter {
        let finder = || -> Box<dyn crate::counts::Pieces> { Box::new(Phrases::new(Arc::clone(self), task)) };
        WordCounter::of_pieces(self.phrases.clone(), candidates, threads, finder)
    }

    /// The highest `min_count` with which at least `pairs` pairs are left uncut, as far as the table tells them apart; 1 where
    /// there are not so many.
    #[must_use]
    pub fn min_count_for(&self, pairs: usize) -> u64 {
        self.bounds.reached_by(pairs)
    }
}
