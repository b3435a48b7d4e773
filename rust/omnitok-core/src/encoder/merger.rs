//! A word to ids by merges, for the words that no cache has.

use std::sync::Arc;

use super::Rules;
use super::long_word::LongWord;
use super::merge_table::{MergeTable, RecentRanks};
use super::seeds::Seeds;
use super::short_word::{SHORT, ShortWord};
use super::whole_words::WholeWords;
use crate::error::Result;
use crate::vocabulary::Vocabulary;

/// The merges of a vocabulary and what is proved about them when they are loaded.
#[derive(Debug)]
pub(super) struct Merger {
    pub(super) vocabulary: Arc<Vocabulary>,
    pub(super) table: MergeTable,
    pub(super) seeds: Seeds,
    whole_words: WholeWords,
}

/// What merging needs in each thread.
#[derive(Debug)]
pub(super) struct Merging {
    pub(super) recent: RecentRanks,
    long_word: LongWord,
}

impl Merging {
    pub(super) fn new(merger: &Merger) -> Self {
        Self { recent: RecentRanks::new(&merger.table), long_word: LongWord::default() }
    }
}

impl Merger {
    /// # Errors
    /// As [`MergeTable::from_list`].
    pub(super) fn new(vocabulary: Arc<Vocabulary>, rules: &Rules, threads: usize) -> Result<Self> {
        let (table, unreached) = match &rules.merges {
            Some(merges) => {
                let table = MergeTable::from_list(&vocabulary, merges)?;
                let unreached = if rules.whole_words { table.unreached(&vocabulary, threads) } else { Vec::new() };
                (table, unreached)
            }
            None => MergeTable::from_ranks(&vocabulary, threads),
        };
        let whole_words = WholeWords::new(&vocabulary, if rules.whole_words { unreached } else { Vec::new() });
        let seeds = Seeds::new(&vocabulary, &table);
        Ok(Self { vocabulary, table, seeds, whole_words })
    }

    /// Appends the ids of `word` to `ids`, which is empty. O(n log n).
    pub(super) fn merge_word(&self, word: &str, merging: &mut Merging, ids: &mut Vec<u32>) {
        if let Some(id) = self.whole_words.get(word.as_bytes()) {
            ids.push(id);
            return;
        }
        let mut short_word = ShortWord::new();
        if self.seeds.start_window(word.as_bytes(), SHORT, |symbol| short_word.push(symbol)) == word.len() {
            ids.extend_from_slice(self.merge_short_word(&mut short_word, &mut merging.recent));
        } else {
            merging.long_word.merge(word.as_bytes(), self, &mut merging.recent, ids);
        }
    }

    /// Number of bytes of a text token.
    pub(super) fn length(&self, id: u32) -> usize {
        self.vocabulary.token_bytes(id).map_or(0, <[u8]>::len)
    }

    #[inline]
    pub(super) fn merge_short_word<'w>(&self, word: &'w mut ShortWord, recent: &mut RecentRanks) -> &'w [u32] {
        word.merge(|left, right| recent.rank(left, right, &self.table), |rank| self.table.product(rank))
    }
}
