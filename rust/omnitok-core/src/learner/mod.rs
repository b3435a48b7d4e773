//! Counts to ranks: which pair of tokens to join next, some hundred thousand times.
//!
//! Byte-pair encoding (Gage 1994; Sennrich, Haddow and Birch 2016) starts from the 256 bytes and repeats one step: find
//! the pair of neighbouring tokens that occurs most often, make it a token, and replace it everywhere. Only distinct words
//! matter, each weighing as much as its count, so the work depends on how many different words there are and not on the
//! length of the corpus.
//!
//! Every replacement shortens a word by one token. The words together hold `S` bytes, so all merges together make fewer
//! than `S` replacements, whatever the size of the vocabulary. What remains is to find the places without looking at all
//! words (an index from pair to words), to find the best pair without looking at all pairs (a queue), and to keep index
//! and queue small (`rounds`).

pub(crate) mod arena;
pub(crate) mod cell;
mod census;
mod check;
mod checkpoint;
pub(crate) mod course;
mod deltas;
pub(crate) mod exact;
mod huggingface;
pub(crate) mod index;
mod join;
mod levels;
mod options;
pub(crate) mod order;
pub(crate) mod pair;
mod parity;
mod replay;
mod rounds;
mod run;
mod stages;
mod tokens;
mod turns;
mod weights;
pub(crate) mod work;

use std::ops::ControlFlow;

pub use check::check;
pub(crate) use checkpoint::digest_of;
pub(crate) use options::Scale;
pub use options::{LearnOptions, Mode};
pub use parity::Parity;
pub(crate) use stages::check_first_stage;
pub use weights::{Mixture, language_weights};

use crate::counts::WordCounts;
use crate::{Error, Result};
use checkpoint::Keeper;
use order::{Order, ShorterFirst};
use pair::Pair;
use run::Run;

/// One learned merge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Merge {
    /// Id of the left token.
    pub left: u32,
    /// Id of the right token.
    pub right: u32,
    /// Id of the token that both become. In the compatible mode that may be an older token with the same bytes.
    pub id: u32,
    /// How often the pair occurred when it was chosen, by the counting of the mode and in the words that chose it. Under
    /// weights: the weighted count, rounded down.
    pub count: u64,
}

/// What learning gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Learned {
    /// The bytes of every token; the index is the rank and the id. No two are equal.
    pub tokens: Vec<Vec<u8>>,
    /// The merges in the order in which they apply, each pair once. Those of a vocabulary that was extended are not here.
    pub merges: Vec<Merge>,
}

/// What the learner is at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Counting the pairs of all words.
    CountingPairs,
    /// Choosing and applying merges.
    Merging,
}

/// How far the learner is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// What it is doing.
    pub stage: Stage,
    /// Tokens made by merging so far.
    pub merges_done: usize,
    /// Tokens to make by merging in all.
    pub merges_wanted: usize,
    /// Work done in this run, in replaced tokens: unlike merges, each takes about the same time.
    pub work_done: u64,
    /// Work of the whole run, estimated from how the merges so far became cheaper; 0 when nothing is known.
    pub work_expected: u64,
}

/// How progress is told and interruption asked for.
pub type ProgressCallback<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// The callback hears of every merge whose number is a multiple of this.
pub(crate) const MERGES_PER_REPORT: usize = 1000;

/// Number of tokens that no merge makes: the bytes.
pub const BYTE_TOKENS: usize = 256;

/// Learns `options.vocab_size` tokens from counts. The result is the same for any number of threads.
///
/// `progress` is called about every thousand merges and may stop the work.
///
/// Complexity: O(S) replacements in all, where S is the number of bytes of the distinct words, and O(log n) queue steps for
/// each merge. Memory: about 2 bytes for each of those bytes, 4 for each place of a frequent pair, and at first 18 a word;
/// while a round begins, 8 for each place that is sorted, which are at most half as many as those bytes or 2^23.
///
/// # Errors
/// [`Error::Training`] for options that make no sense and counts that hold nothing; [`Error::Exhausted`] for a corpus that
/// yields fewer tokens than asked for; [`Error::CountOverflow`]; [`Error::Interrupted`]; those of the checkpoint's file.
pub fn learn(counts: &WordCounts, options: &LearnOptions, progress: ProgressCallback<'_>) -> Result<Learned> {
    let bytes: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
    options.check(bytes.len())?;
    stages::check_options(counts, options, false)?;
    match options.mode {
        Mode::Exact => go_on::<Pair>(counts, &bytes, options, progress),
        Mode::SentencePiece => go_on::<ShorterFirst>(counts, &bytes, options, progress),
        Mode::HuggingFace | Mode::RustBpe => huggingface::learn(counts, options, progress),
    }
}

/// Goes on from a vocabulary until there are `options.vocab_size` tokens: those of `base` keep their ids, which are their
/// ranks, and new ones come behind them.
///
/// The words become what `base` makes of them by tiktoken's rule, and from there on learning is as if it had never stopped:
/// a vocabulary that was learned in the exact mode goes on to what a larger one would have been. The next merge is always
/// the most frequent pair in the text as the tokens so far encode it. Where merges lead to all tokens of `base`, as they do
/// wherever BPE made them, that is all; otherwise no part of a token that they do not lead to becomes a token, because with
/// it that token could suddenly be reached.
///
/// From [candidates](WordCounts::candidates) it learns superwords: tokens that have an end of a word inside. `base` must be
/// the vocabulary that the candidates were counted for, and no superword is rarer than they allow to know exactly.
///
/// Complexity: that of [`learn`], and O(S log S) for the words of `base`.
///
/// # Errors
/// Those of [`learn`]; [`Error::Uncounted`] for candidates that yield fewer tokens than asked for, of which more would be
/// known with a smaller `min_count`; [`Error::Vocabulary`] when `base` lacks a byte or has a token twice;
/// [`Error::Training`] for modes with other rules.
pub fn extend(
    counts: &WordCounts,
    base: &[Vec<u8>],
    options: &LearnOptions,
    progress: ProgressCallback<'_>,
) -> Result<Learned> {
    options.check(base.len())?;
    stages::check_options(counts, options, true)?;
    if options.mode != Mode::Exact {
        return Err(Error::Training(format!(
            "the mode {} has no rule for going on from a vocabulary; use the mode exact",
            options.mode.name()
        )));
    }
    go_on::<Pair>(counts, base, options, progress)
}

/// Learns with ties in the order of `O`, from the tokens of `base` and those of the checkpoint on.
fn go_on<O: Order + Send>(
    counts: &WordCounts,
    base: &[Vec<u8>],
    options: &LearnOptions,
    progress: ProgressCallback<'_>,
) -> Result<Learned> {
    let mut run = Run::new(counts, options, Keeper::new(base, counts, options)?, progress)?;
    let outcome = match &options.parity {
        None => exact::learn::<O, _>(&mut run, counts, options.vocab_size),
        Some(parity) => parity::learn::<O>(&mut run, counts, parity),
    };
    run.finish(outcome)
}

/// The error of counts without words.
fn blank() -> Error {
    Error::Training(
        "there is nothing to learn from: no word was counted, or all have the weight 0; check the sources and weights"
            .into(),
    )
}

/// The error of a corpus that ran out of pairs.
fn exhausted(tokens: usize, options: &LearnOptions) -> Error {
    let limit = options.max_token_bytes.map_or_else(String::new, |bytes| format!(", max_token_bytes {bytes}"));
    let reason = format!(
        "this corpus yields {tokens} tokens and {} were asked for (min_frequency {}{limit}); lower vocab_size to {tokens}, \
         train on more text{}",
        options.vocab_size,
        options.min_frequency,
        if options.min_frequency > 1 { ", or lower min_frequency" } else { "" },
    );
    Error::Exhausted { tokens, reason }
}
