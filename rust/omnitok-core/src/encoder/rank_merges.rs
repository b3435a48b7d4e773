//! The merges of a rank file, from which tokens can be taken away.
//!
//! An encoder is made for its vocabulary and does not change. Pruning asks again and again what a few words become with one
//! token less, so it merges by the table alone.

use rustc_hash::FxHashSet;

use super::merge_queues::MergeQueues;
use super::merge_table::{MergeTable, NO_MERGE};
use super::short_word::{SHORT, ShortWord};
use crate::vocabulary::TextTokens;

/// Words to ids by tiktoken's rule: a word that is a token is that token; else neighbours whose bytes together are a token
/// merge, lowest rank first.
pub(crate) struct RankMerges<'t> {
    text: &'t TextTokens,
    table: MergeTable,
    /// Tokens that merges of lower rank do not make. Most of them only a whole word becomes.
    stray: FxHashSet<u32>,
}

/// What merging needs in each thread; afterwards `ids` are those of the word.
#[derive(Default)]
pub(crate) struct Scratch {
    pub(crate) ids: Vec<u32>,
    queues: MergeQueues,
}

/// A token that was taken away.
pub(crate) struct Removed {
    id: u32,
    is_stray: bool,
    cuts: Vec<(u32, u32)>,
}

impl<'t> RankMerges<'t> {
    /// The merges of all tokens. O(n log n) in their bytes.
    pub(crate) fn new(text: &'t TextTokens, threads: usize) -> Self {
        let (table, stray) = MergeTable::from_ranks(text, threads);
        Self { text, table, stray: stray.into_iter().collect() }
    }

    /// The two tokens that each token is merged of, by its id; `None` for bytes and for tokens that no merge makes.
    pub(crate) fn parts(&mut self, scratch: &mut Scratch) -> Vec<Option<(u32, u32)>> {
        let mut parts = vec![None; self.text.arena().1.len()];
        for (left, right, id) in self.table.pairs().filter(|(.., id)| !self.stray.contains(id)) {
            parts[id as usize] = Some((left, right));
        }
        let mut stray: Vec<u32> = self.stray.iter().copied().collect();
        stray.sort_unstable();
        for id in stray {
            parts[id as usize] = self.parts_of(id, scratch);
        }
        parts
    }

    /// What the bytes of a token become without it is the state before the merge that makes it, if there is one.
    fn parts_of(&mut self, id: u32, scratch: &mut Scratch) -> Option<(u32, u32)> {
        let cuts = self.cuts(id);
        for &(left, right) in &cuts {
            self.table.set_rank(left, right, NO_MERGE);
        }
        self.merge_bytes(self.text.get(id), scratch);
        for &(left, right) in &cuts {
            self.table.set_rank(left, right, id);
        }
        match scratch.ids[..] {
            [left, right] => Some((left, right)),
            _ => None,
        }
    }

    /// From now on nothing becomes the token with this id. Tokens that were merged of it must be [made
    /// otherwise](Self::make_otherwise). Returns what [`Self::put_back`] takes.
    pub(crate) fn remove(&mut self, id: u32) -> Removed {
        let cuts = self.cuts(id);
        for &(left, right) in &cuts {
            self.table.set_rank(left, right, NO_MERGE);
        }
        Removed { id, is_stray: self.stray.remove(&id), cuts }
    }

    /// Undoes a removal, but for the tokens that were made otherwise.
    pub(crate) fn put_back(&mut self, Removed { id, is_stray, cuts }: Removed) {
        for &(left, right) in &cuts {
            self.table.set_rank(left, right, id);
        }
        if is_stray {
            self.stray.insert(id);
        }
    }

    /// Lets any two tokens merge that have the bytes of this one, and returns the two that it is merged of now. If it is
    /// merged no longer, it is what a whole word with its bytes becomes.
    pub(crate) fn make_otherwise(&mut self, id: u32, scratch: &mut Scratch) -> Option<(u32, u32)> {
        self.table.insert_cuts(id, self.text.get(id), self.text);
        let parts = self.parts_of(id, scratch);
        if parts.is_some() {
            self.stray.remove(&id);
        } else {
            self.stray.insert(id);
        }
        parts
    }

    /// The pairs that merge into a token.
    fn cuts(&self, id: u32) -> Vec<(u32, u32)> {
        let bytes = self.text.get(id);
        let cuts = (1..bytes.len()).filter_map(|middle| {
            let (left, right) = bytes.split_at(middle);
            self.text.id(left).zip(self.text.id(right))
        });
        cuts.filter(|&(left, right)| self.table.rank(left, right) == id).collect()
    }

    /// The ids of a word. O(n log n).
    pub(crate) fn merge(&self, word: &[u8], scratch: &mut Scratch) {
        let whole = if self.stray.is_empty() { None } else { self.text.id(word) };
        match whole.filter(|id| self.stray.contains(id)) {
            Some(id) => {
                scratch.ids.clear();
                scratch.ids.push(id);
            }
            None => self.merge_bytes(word, scratch),
        }
    }

    fn merge_bytes(&self, bytes: &[u8], Scratch { ids, queues }: &mut Scratch) {
        ids.clear();
        let starts = bytes.iter().map(|&byte| self.text.byte_ids()[usize::from(byte)]);
        if bytes.len() <= SHORT {
            let mut short = ShortWord::new();
            starts.for_each(|symbol| short.push(symbol));
            let rank = |left, right| self.table.rank(left, right);
            ids.extend_from_slice(short.merge(rank, |rank| self.table.product(rank)));
        } else {
            ids.extend(starts);
            queues.merge(ids, &self.table);
        }
    }
}
