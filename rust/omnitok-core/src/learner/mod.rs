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

mod arena;
mod deltas;
mod exact;
mod huggingface;
mod join;
mod options;
mod pair;
mod rounds;
mod tokens;

use std::ops::ControlFlow;

pub use options::{LearnOptions, Mode};

use crate::counts::WordCounts;
use crate::{Error, Result};

/// One learned merge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Merge {
    /// Id of the left token.
    pub left: u32,
    /// Id of the right token.
    pub right: u32,
    /// Id of the token that both become. In the compatible mode that may be an older token with the same bytes.
    pub id: u32,
    /// How often the pair occurred when it was chosen, by the counting of the mode. Under weights: the weighted count,
    /// rounded down.
    pub count: u64,
}

/// What learning gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Learned {
    /// The bytes of every token; the index is the rank and the id. No two are equal.
    pub tokens: Vec<Vec<u8>>,
    /// The merges in the order in which they apply, each pair once.
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
}

/// How progress is told and interruption asked for.
pub type ProgressCallback<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// The callback hears of every merge whose number is a multiple of this.
const MERGES_PER_REPORT: usize = 1000;

/// Number of tokens that no merge makes: the bytes.
pub const BYTE_TOKENS: usize = 256;

/// Learns `options.vocab_size` tokens from counts. The result is the same for any number of threads.
///
/// `progress` is called about every thousand merges and may stop the work.
///
/// Complexity: O(S) replacements in all, where S is the number of bytes of the distinct words, and O(log n) queue steps for
/// each merge. Memory: about 4 bytes for each of those bytes, 16 for each word and 4 for each occurrence of a frequent pair.
///
/// # Errors
/// [`Error::Training`] for options that make no sense, counts that hold nothing and corpora that yield fewer tokens than
/// asked for; [`Error::CountOverflow`]; [`Error::Interrupted`].
pub fn learn(counts: &WordCounts, options: &LearnOptions, progress: ProgressCallback<'_>) -> Result<Learned> {
    options.check()?;
    let scale = options.scale(counts.languages().as_slice())?;
    let arena = arena::WordArena::new(counts, &scale)?;
    if arena.is_blank() {
        return Err(Error::Training(
            "there is nothing to learn from: no word was counted, or all have the weight 0; check the sources and weights"
                .into(),
        ));
    }
    match options.mode {
        Mode::Exact => exact::learn(arena, &scale, options, progress),
        Mode::HuggingFace => huggingface::learn(arena, &scale, options, progress),
    }
}

/// Tells `progress` where the learner is, if the number of merges calls for it.
fn report(progress: ProgressCallback<'_>, stage: Stage, tokens: usize, vocab_size: usize) -> Result<()> {
    let now = Progress { stage, merges_done: tokens - BYTE_TOKENS, merges_wanted: vocab_size - BYTE_TOKENS };
    if progress(now).is_break() { Err(Error::Interrupted) } else { Ok(()) }
}

/// The error of a corpus that ran out of pairs.
fn exhausted(tokens: usize, options: &LearnOptions) -> Error {
    let limit = options.max_token_bytes.map_or_else(String::new, |bytes| format!(", max_token_bytes {bytes}"));
    Error::Training(format!(
        "this corpus yields {tokens} tokens and {} were asked for (min_frequency {}{limit}); lower vocab_size to {tokens}, \
         train on more text{}",
        options.vocab_size,
        options.min_frequency,
        if options.min_frequency > 1 { ", or lower min_frequency" } else { "" },
    ))
}
