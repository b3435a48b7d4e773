//! Words that are tokens though merging does not make them.
//!
//! Where the rules look a whole word up before they merge, the answer differs from the merges' only for the tokens that
//! their own merges do not reach: 12 of 200,000 in `o200k_base`. Which ones is found out when the vocabulary is loaded,
//! by merging every token; after that a word that is none of them is merged without a look into the vocabulary. That
//! look waits for memory three times, longer than the merges of most words take.

use rustc_hash::FxHashMap;

use crate::vocabulary::TextTokens;

/// The tokens that a word becomes as a whole and not by merging.
#[derive(Debug, Default)]
pub(super) struct WholeWords {
    ids: FxHashMap<Box<[u8]>, u32>,
    /// Bit `n % 64` for a token of `n` bytes: answers for most words without hashing them.
    lengths: u64,
}

impl WholeWords {
    /// The tokens of `text` with these ids; ids that it does not have are left out.
    pub(super) fn new(text: &TextTokens, ids: impl IntoIterator<Item = u32>) -> Self {
        let tokens = ids.into_iter().map(|id| (text.get(id).into(), id));
        let ids: FxHashMap<Box<[u8]>, u32> = tokens.filter(|(bytes, _): &(Box<[u8]>, _)| !bytes.is_empty()).collect();
        let lengths = ids.keys().fold(0, |lengths, token| lengths | 1 << (token.len() % 64));
        Self { ids, lengths }
    }

    /// The ids of these tokens, ascending.
    pub(super) fn ids(&self) -> Vec<u32> {
        let mut ids: Vec<u32> = self.ids.values().copied().collect();
        ids.sort_unstable();
        ids
    }

    #[inline]
    pub(super) fn get(&self, word: &[u8]) -> Option<u32> {
        if self.lengths >> (word.len() % 64) & 1 == 0 { None } else { self.ids.get(word).copied() }
    }
}
