//! Texts to the tokens that they become, which are counted as words are.
//!
//! Candidates say what superwords can be learnt from, and not what texts become in the end: a pair that is cut there, or a
//! phrase of one word, is in no piece. So what is used of a vocabulary is found out by encoding the texts once more.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::Result;
use crate::counts::{Pieces, WordCounter};
use crate::encoder::{Encoder, Rules};
use crate::splitter::Splitter;
use crate::vocabulary::Vocabulary;

/// A counter of the tokens that texts become, by rank `tokens`, in place of their words. What it counts is the same for
/// any order of the texts and any number of threads.
///
/// Memory: an encoder, and the tokens once for each language and thread.
///
/// # Errors
/// [`Error::Pattern`](crate::Error::Pattern) for a pattern that cannot be run, and
/// [`Error::Vocabulary`](crate::Error::Vocabulary) for tokens that are no vocabulary.
pub fn token_counter(pattern: &str, tokens: &[Vec<u8>], threads: usize) -> Result<WordCounter> {
    let splitter = Splitter::new(pattern)?;
    let ranked: Vec<(u32, &[u8])> = (0..).zip(tokens.iter().map(Vec::as_slice)).collect();
    let vocabulary = Arc::new(Vocabulary::from_tokens(&ranked, BTreeMap::new())?);
    let encoder = Arc::new(Encoder::new(vocabulary, splitter.clone(), Rules::default())?);
    Ok(WordCounter::of_pieces(splitter, None, threads, || Box::new(Emitted(Arc::clone(&encoder)))))
}

/// What one thread needs to find the tokens of texts.
struct Emitted(Arc<Encoder>);

impl Pieces for Emitted {
    fn try_for_each<'t>(&mut self, text: &'t str, visit: &mut dyn FnMut(&'t [u8]) -> ControlFlow<()>) -> Result<()> {
        let tokens = self.0.vocabulary().text();
        let mut rest = text.as_bytes();
        for id in self.0.encode_ordinary(text)? {
            let (token, after) = rest.split_at(tokens.get(id).len());
            rest = after;
            if visit(token).is_break() {
                break;
            }
        }
        Ok(())
    }
}
