//! What encoding looks up: computed from the text tokens and the rules, or read back as it was computed before.

use std::borrow::Cow;
use std::sync::Arc;

use super::Rules;
use super::merge_table::MergeTable;
use super::merger::Merger;
use super::pieces::Pieces;
use super::seeds::Seeds;
use super::whole_words::WholeWords;
use crate::error::Result;
use crate::vocabulary::TextTokens;

/// The tables of an encoder. Neither the split pattern nor the special tokens have a part in them.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) merges: MergeTable,
    pub(super) seeds: Seeds,
    pub(super) pieces: Pieces,
    pub(super) whole_words: WholeWords,
    /// The tokens that no word becomes, ascending: merging does not make them, and no whole word is looked up.
    strays: Vec<u32>,
}

impl Tables {
    /// Computes the tables. O(bytes of the tokens).
    ///
    /// # Errors
    /// [`Error::Vocabulary`](crate::Error::Vocabulary) when a merge of `rules` does not fit the tokens.
    pub(super) fn new(text: &TextTokens, rules: &Rules, threads: usize) -> Result<Self> {
        let (merges, unreached) = match &rules.merges {
            Some(merges) => {
                let merges = MergeTable::from_list(text, merges)?;
                let unreached = merges.unreached(text, threads);
                (merges, unreached)
            }
            None => MergeTable::from_ranks(text, threads),
        };
        let (whole_words, strays) = sort_unreached(unreached, rules.whole_words);
        let pieces = Pieces::new(text, &whole_words);
        let whole_words = WholeWords::new(text, whole_words);
        let seeds = Seeds::new(text, &merges, threads);
        Ok(Self { merges, seeds, pieces, whole_words, strays })
    }

    /// The tables of the merges of ranks below `limit`, by which words become tokens where superwords come after them.
    pub(super) fn below(&self, limit: u32, text: &TextTokens, rules: &Rules, threads: usize) -> Self {
        let merges = self.merges.of_ranks(0..limit);
        let (seeds, strays) = if rules.merges.is_some() {
            (Seeds::new(text, &merges, threads), merges.unreached(text, threads))
        } else {
            let mut strays = self.unreached();
            strays.retain(|id| *id < limit);
            strays.extend(text.iter().map(|(id, _)| id).filter(|id| *id >= limit));
            (self.seeds.below(limit), strays)
        };
        Self { merges, seeds, pieces: self.pieces.clone(), whole_words: WholeWords::default(), strays }
    }

    /// Brings what merging looks up nearer, for a thread that begins: the caches that were made for it have driven it far
    /// away, and word by word it came back so slowly that the first half megabyte of Chinese and Japanese took 6 % longer.
    pub(super) fn bring_near(&self) {
        self.merges.bring_near();
        self.seeds.bring_near();
    }

    /// Tokens that merging does not make.
    fn unreached(&self) -> Vec<u32> {
        let mut unreached = self.whole_words.ids();
        unreached.extend_from_slice(&self.strays);
        unreached
    }

    /// Whether a word that has the bytes of this token becomes it.
    pub(super) fn is_a_word(&self, id: u32) -> bool {
        self.strays.binary_search(&id).is_err()
    }
}

/// Tokens that merging does not make: those that a word becomes nevertheless, and those that none becomes.
fn sort_unreached(unreached: Vec<u32>, are_words: bool) -> (Vec<u32>, Vec<u32>) {
    if are_words { (unreached, Vec::new()) } else { (Vec::new(), unreached) }
}

/// The text tokens and the tables of an encoder as plain arrays.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Arrays<'a> {
    pub(crate) bytes: Cow<'a, [u8]>,
    pub(crate) ends: Cow<'a, [u32]>,
    pub(crate) slots: Cow<'a, [u64]>,
    pub(crate) filter: Cow<'a, [u64]>,
    pub(crate) products: Cow<'a, [u32]>,
    pub(crate) characters: Cow<'a, [u32]>,
    pub(crate) pairs: Cow<'a, [u64]>,
    pub(crate) sides: Cow<'a, [u8]>,
    /// Tokens that merging does not make, ascending.
    pub(crate) unreached: Cow<'a, [u32]>,
}

/// What the arrays of an encoder stand for.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) text: Arc<TextTokens>,
    /// The merges, where they have an order of their own.
    pub(crate) merges: Option<Vec<(u32, u32)>>,
    pub(super) tables: Tables,
}

impl<'a> Arrays<'a> {
    pub(super) fn of(Merger { text, tables }: &'a Merger) -> Self {
        let (bytes, ends) = text.arena();
        let (slots, filter, products) = tables.merges.arrays();
        let (pairs, sides) = tables.pieces.arrays();
        Self {
            bytes: bytes.into(),
            ends: ends.into(),
            slots: slots.into(),
            filter: filter.into(),
            products: products.into(),
            characters: tables.seeds.array().into(),
            pairs: pairs.into(),
            sides: sides.into(),
            unreached: tables.unreached().into(),
        }
    }

    /// Takes arrays back, whoever wrote them: `None` when they are not of one encoder, whose rules have a list of merges
    /// or not, and take whole words for tokens or not.
    ///
    /// An encoder of arrays that pass gives ids of tokens that have the bytes of the text, and never fails or hangs.
    /// Whether these ids are the right ones only a checksum can tell. O(arrays).
    pub(crate) fn open(self, has_list: bool, has_whole_words: bool, threads: usize) -> Option<Compiled> {
        let text = TextTokens::from_arena(self.bytes.into_owned(), self.ends.into_owned())?;
        let (filter, products) = (self.filter.into_owned(), self.products.into_owned());
        if !has_list && !products.is_empty() {
            return None;
        }
        let table = MergeTable::from_arrays(&self.slots, filter, products, &text, threads)?;
        let merges = if has_list { Some(table.list()?) } else { None };
        let seeds = Seeds::from_array(self.characters.into_owned(), &text)?;
        let pieces = Pieces::from_arrays(self.pairs.into_owned(), self.sides.into_owned())?;
        if !self.unreached.is_sorted() {
            return None;
        }
        let (whole_words, strays) = sort_unreached(self.unreached.into_owned(), has_whole_words);
        let whole_words = WholeWords::new(&text, whole_words);
        let tables = Tables { merges: table, seeds, pieces, whole_words, strays };
        Some(Compiled { text: Arc::new(text), merges, tables })
    }
}
