//! A word to ids by merges, for the words that no cache has.

use std::sync::Arc;

use super::long_word::LongWord;
use super::recent_ranks::RecentRanks;
use super::short_word::{SHORT, ShortWord};
use super::tables::Tables;
use crate::error::Result;
use crate::vocabulary::TextTokens;

/// The text tokens of a vocabulary, and what merging looks up.
#[derive(Debug)]
pub(super) struct Merger {
    pub(super) text: Arc<TextTokens>,
    pub(super) tables: Tables,
}

/// What merging needs in each thread.
#[derive(Debug)]
pub(super) struct Merging {
    pub(super) recent: RecentRanks,
    long_word: LongWord,
}

impl Merging {
    pub(super) fn new(merger: &Merger) -> Self {
        Self { recent: RecentRanks::new(&merger.tables.merges), long_word: LongWord::default() }
    }
}

impl Merger {
    /// Appends the ids of `word` to `ids`, which is empty. O(n log n).
    ///
    /// # Errors
    /// [`Error::Memory`](crate::Error::Memory), for a long word.
    pub(super) fn merge_word(&self, word: &str, merging: &mut Merging, ids: &mut Vec<u32>) -> Result<()> {
        if let Some(id) = self.tables.whole_words.get(word.as_bytes()) {
            ids.push(id);
            return Ok(());
        }
        let mut short_word = ShortWord::new();
        if self.tables.seeds.start_window(word.as_bytes(), SHORT, |symbol| short_word.push(symbol)) == word.len() {
            ids.extend_from_slice(self.merge_short_word(&mut short_word, &mut merging.recent));
            Ok(())
        } else {
            let merged = merging.long_word.merge(word.as_bytes(), self, &mut merging.recent, ids);
            if merged.is_err() {
                // What it took so far goes back.
                (merging.long_word, *ids) = (LongWord::default(), Vec::new());
            }
            merged
        }
    }

    /// Number of bytes of a text token.
    pub(super) fn length(&self, id: u32) -> usize {
        self.text.get(id).len()
    }

    #[inline]
    pub(super) fn merge_short_word<'w>(&self, word: &'w mut ShortWord, recent: &mut RecentRanks) -> &'w [u32] {
        word.merge(|left, right| recent.rank(left, right, &self.tables.merges), |rank| self.tables.merges.product(rank))
    }
}
