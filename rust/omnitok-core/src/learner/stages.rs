//! Words first, then superwords (Liu et al. 2025, arXiv 2503.13423).
//!
//! A vocabulary with superwords is learnt in two stages. In the first one no token has a place inside where words end in
//! phrases, in the second all have one. Which of both a token is depends on its bytes alone, so all that `exact` proves
//! holds in both stages, and merging phrases by rank is the same as merging words and then what superwords join.

use rustc_hash::FxHashMap;

use super::cell::Cell;
use super::checkpoint::{check_base, digest_of};
use super::options::{LearnOptions, Mode, Scale};
use super::replay::{Replay, Scratch};
use super::run::veto_parts_of_unreachable;
use super::tokens::{Tokens, keeps_characters};
use crate::counts::{Candidates, WordCounts};
use crate::splitter::{Splitter, WordEnds};
use crate::{Error, Result};

/// The tokens to begin with, of which the first `base` were there before all merges, and what may become of them.
pub(super) fn tokens_to_begin_with(
    counts: &WordCounts,
    options: &LearnOptions,
    tokens: Vec<Vec<u8>>,
    base: usize,
) -> Result<Tokens> {
    let first_stage = counts.candidates().map(|candidates| (candidates, tokens[..base].to_vec()));
    let mut tokens = Tokens::new(tokens, options.max_token_bytes);
    if options.whole_characters || first_stage.is_some() {
        tokens.keep_characters_whole();
    }
    if options.spare_word_ends || first_stage.is_some() {
        tokens.keep_to(word_ends(counts.pattern())?, first_stage.is_some());
    }
    match first_stage {
        None => veto_parts_of_unreachable(&mut tokens, base),
        Some((candidates, first_stage)) => check_candidates(candidates, &first_stage)?,
    }
    Ok(tokens)
}

/// How words end in the phrases of a pattern.
fn word_ends(pattern: &str) -> Result<WordEnds> {
    Splitter::new(pattern)?.word_ends().ok_or_else(|| {
        Error::Training(format!(
            "the pattern {pattern:?} has no phrases, so there are no superwords for it; o200k and omni have some"
        ))
    })
}

fn check_candidates(candidates: &Candidates, tokens: &[Vec<u8>]) -> Result<()> {
    if candidates.first_stage == digest_of(tokens) {
        return Ok(());
    }
    Err(Error::Training(
        "the candidates of superwords were counted for another vocabulary; take that one, or count them again".into(),
    ))
}

/// Refuses tokens that phrases cannot be encoded with word by word.
///
/// # Errors
/// [`Error::Vocabulary`] when a byte is missing or a token is there twice; [`Error::Training`] for the first token that
/// reaches over the end of a word, that mixes parts of characters, or that no merges lead to.
pub(crate) fn check_first_stage(tokens: &[Vec<u8>], ends: WordEnds) -> Result<()> {
    check_base(tokens)?;
    let refuse = |id: usize, reason: &str| {
        Err(Error::Training(format!(
            "superwords cannot follow the token {id}, \"{}\": {reason}; train a vocabulary with superwords from the \
             beginning, or a first stage with whole_characters",
            tokens[id].escape_ascii()
        )))
    };
    for (id, token) in tokens.iter().enumerate().filter(|(_, token)| token.len() > 1) {
        if !keeps_characters(token, b"") {
            return refuse(id, "it mixes a part of a character with something else");
        }
        if ends.edges(token).has_end {
            return refuse(id, "it reaches over the end of a word");
        }
    }
    let all = Tokens::new(tokens.iter().cloned(), None);
    match Replay::new(&all).unreachable(tokens.len()).first() {
        Some(&id) => refuse(id as usize, "no merges lead to it, and inside a phrase it is never looked up"),
        None => Ok(()),
    }
}

/// Refuses what candidates of superwords cannot be learnt with.
pub(super) fn check_options(counts: &WordCounts, options: &LearnOptions, has_base: bool) -> Result<()> {
    let refuse = |reason: &str| Err(Error::Training(reason.into()));
    if counts.candidates().is_none() {
        return Ok(());
    }
    if !has_base {
        return refuse(
            "these are candidates of superwords; go on with them from the vocabulary that they were counted for",
        );
    }
    if options.mode != Mode::Exact {
        return refuse("superwords are learnt in the mode exact only");
    }
    if options.parity.is_some() {
        return refuse("superwords are chosen by all languages together; leave parity to the first stage");
    }
    Ok(())
}

/// The weighted count below which no pair is merged. Of what occurs `min_count` times or more in the candidates of
/// superwords everything is known, and of what weighs more than that can.
pub(super) fn minimum(counts: &WordCounts, options: &LearnOptions, scale: &Scale) -> Result<u64> {
    let minimum = scale.up(options.min_frequency)?;
    // Where every pair stays, everything is known.
    let Some(candidates) = counts.candidates().filter(|candidates| candidates.min_count > 1) else {
        return Ok(minimum);
    };
    let known = candidates.min_count.checked_mul(scale.largest());
    Ok(minimum.max(known.ok_or(Error::CountOverflow("weighing the min_count of candidates of superwords"))?))
}

/// The error of candidates that ran out of pairs of which everything is known.
pub(super) fn unknown(candidates: &Candidates, tokens: usize, options: &LearnOptions) -> Error {
    let reason = format!(
        "these candidates yield {tokens} tokens and {} were asked for: of what occurs fewer than {} times, or \
         weighs less than that can, not all was counted; lower vocab_size to {tokens}, or count with a smaller min_count",
        options.vocab_size, candidates.min_count
    );
    Error::Uncounted { tokens, reason }
}

/// Pieces of phrases to the tokens of the first stage: word by word, each of which is merged once.
pub(super) struct Pieces<'t, 'c> {
    ends: WordEnds,
    replay: Replay<'t>,
    scratch: Scratch,
    ids: [u32; 256],
    /// By the bytes of a word or a part of one: where its tokens stand in `found`.
    known: FxHashMap<&'c [u8], (u32, u32)>,
    found: Vec<u32>,
}

impl<'t, 'c> Pieces<'t, 'c> {
    pub(super) fn new(tokens: &'t Tokens, ends: WordEnds) -> Self {
        let (replay, ids) = (Replay::new(tokens), tokens.byte_ids());
        Self { ends, replay, scratch: Scratch::default(), ids, known: FxHashMap::default(), found: Vec::new() }
    }

    /// Appends the tokens of a piece.
    pub(super) fn append<C: Cell>(&mut self, piece: &'c [u8], cells: &mut Vec<C>) {
        let mut start = 0;
        // Candidates that were made elsewhere may hold anything; what is no text has no words.
        let text = std::str::from_utf8(piece).unwrap_or_default();
        for end in self.ends.places(text).chain([piece.len()]) {
            let word = &piece[std::mem::replace(&mut start, end)..end];
            let (from, to) = match self.known.get(word) {
                Some(&known) => known,
                None => self.learn(word),
            };
            cells.extend(self.found[from as usize..to as usize].iter().map(|&id| C::new(id)));
        }
    }

    fn learn(&mut self, word: &'c [u8]) -> (u32, u32) {
        let from = self.found.len();
        self.found.extend(word.iter().map(|&byte| self.ids[usize::from(byte)]));
        let length = self.replay.replay_word(&mut self.scratch, &mut self.found[from..]);
        self.found.truncate(from + length);
        let place = (from as u32, self.found.len() as u32);
        self.known.insert(word, place);
        place
    }
}
