//! A vocabulary to a smaller one: which tokens a text can best do without.
//!
//! Byte-pair encoding never takes a token back, so some of what it learns is hardly used once larger tokens are there.
//! Learning more tokens than are asked for and taking the least used ones away again gives those ids to others (arXiv
//! 2512.03989).
//!
//! # Leaves
//!
//! Call the two tokens that merge into a token in the end, when its own bytes are encoded, its *parts*, and a token that is
//! part of no other a *leaf*. Taking a leaf away changes the parts of no other token: had the leaf come up while the bytes of
//! that token were merged, then some token on the way would have been merged of it and would be there still, with the leaf
//! among its parts. So every other token is still reached in the same way, and its parts may become leaves in turn.
//!
//! The words in which the leaf stood are encoded anew. Mostly they fall back to its parts, but these can also merge with what
//! stands beside them. The use of every token is kept exact through all of this.
//!
//! # Stepping stones
//!
//! Only what is merged of a token takes occurrences from it. So a leaf is used as often as its pair was when it was learnt,
//! and the leaf that is used least is the last one: taking leaves away by the counts that they were learnt from undoes
//! learning step by step. (By other counts, or other weights, it does not.) What is wasted there are the other tokens, those
//! that are hardly ever the end of a merge: *stones* to step on. One that is used less than every leaf is tried. The tokens
//! that are merged of it can often be merged of others instead; where not, a word that is such a token can still be looked
//! up, if that is allowed. It goes if the text grows by less than it would without the least used leaf. Else it earns its
//! place, and stays for as long as tokens are merged of it, even when it is never used itself.
//!
//! A model learns nothing of a token that its text never has. Where words can be looked up, a stone that is used less than
//! the least use asked for goes whatever the text grows by: tokens that were merged of it stay as the words that they are,
//! and those that are no words are used no more, and go too. Where words cannot be looked up, tokens that are used much
//! would go with it, so there it stays.

mod emitted;
mod prune;
mod tree;
mod usage;

use std::ops::ControlFlow;

pub use emitted::{EmittedOptions, prune_emitted};
pub use prune::prune;
pub use usage::token_uses;

/// What to leave of a vocabulary.
#[derive(Clone, PartialEq, Debug)]
pub struct PruneOptions {
    /// Number of text tokens to leave, the 256 bytes included.
    pub vocab_size: usize,
    /// Tokens that are used less often go also when there are not too many; with `whole_words` all of them, else all but
    /// stepping stones that earn their place.
    pub min_use: u64,
    /// Whether a token may stay although merging leads to it no longer, because tiktoken, tokenizers and omnitok look a whole
    /// word up before they merge it. Engines that only merge never reach such a token.
    pub whole_words: bool,
    /// How much an occurrence in a language weighs: as in [`LearnOptions`](crate::learner::LearnOptions).
    pub weights: Vec<(String, f64)>,
    /// Number of threads; the result does not depend on it.
    pub threads: usize,
}

/// What is left of a vocabulary.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pruned {
    /// The ids of the text tokens that stay, ascending.
    pub kept: Vec<u32>,
    /// How often each of them occurs in the text, as these tokens encode it. Under weights: the weighted number, rounded
    /// down.
    pub uses: Vec<u64>,
}

/// How far pruning is: tokens that went, and how many will go. The second number is a guess where `min_use` decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Tokens that went.
    pub removed: usize,
    /// Tokens to go in all, as far as it is known.
    pub wanted: usize,
}

/// How progress is told and interruption asked for.
pub type ProgressCallback<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;
