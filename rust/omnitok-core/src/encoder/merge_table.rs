//! Which pairs of tokens merge, at what priority, into what.
//!
//! One open-addressing table of 8-byte slots: 21 bits each for the left id, the right id and the rank. Eight bytes
//! rather than sixteen keep the table of a vocabulary of 200,000 tokens at 2 MiB, and one probe is one cache line.

use std::ops::Range;

use super::huge_pages::{HugePages, bring_near};
use super::merge_queues::MergeQueues;
use super::short_word::{SHORT, ShortWord};
use crate::error::{Error, Result};
use crate::parallel;
use crate::vocabulary::{MAX_TEXT_ID, TextTokens};

const ID_BITS: u32 = MAX_TEXT_ID.trailing_zeros();
pub(super) const EMPTY: u64 = u64::MAX;
/// Tokens of the first round of [`MergeTable::from_ranks`], and of the piece of a round that a thread takes at once.
const FIRST_ROUND: usize = 2048;
const CHUNK: usize = 1024;
pub(super) const FILTER_BITS: u32 = 15;
/// The rank of a pair that does not merge; larger than every rank, and what the empty slot holds for one.
pub(super) const NO_MERGE: u32 = MAX_TEXT_ID - 1;

/// Pairs of token ids with their merge rank and product.
#[derive(Debug)]
pub(super) struct MergeTable {
    /// A power of two. Looked at all over, and in a virtual machine the walk to a small page takes longer than the look.
    slots: HugePages,
    pairs: usize,
    shift: u32,
    /// Whether a pair may be in the table: some bits of one of `1 << FILTER_BITS` words.
    filter: Vec<u64>,
    /// Product of each rank. Empty when the rank is the product, as in rank files.
    products: Vec<u32>,
}

impl MergeTable {
    /// The merges of a rank file, where any two tokens merge whose bytes end to end are a token, and the rank is that
    /// token's id.
    ///
    /// Of all the ways to cut a token in two, encoding meets at most one: whatever stands around them, its bytes go
    /// through the same states as when they are encoded alone, as long as no merge crosses their borders. So a token is
    /// encoded with the merges of lower rank, and when two symbols are left, they are its pair. (Keeping every cut that
    /// gives two tokens is as exact, but `o200k_base` has three times as many of those, and looking them all up took
    /// longer.) When more are left, no merge of lower rank makes the token: then all its cuts go in, which is right for
    /// any vocabulary.
    ///
    /// Tokens are handled in rounds of ascending rank, each as large as all before it; within a round they do not see
    /// each other. A token of which more than two symbols are left is therefore tried again at the end of its round.
    /// O(n log n) in the bytes of the vocabulary.
    ///
    /// Also returns the tokens of which more symbols were left: all others become themselves by merging.
    pub(super) fn from_ranks(text: &TextTokens, threads: usize) -> (Self, Vec<u32>) {
        let tokens: Vec<(u32, &[u8])> = text.iter().filter(|(_, bytes)| bytes.len() > 1).collect();
        let mut table = Self::with_capacity(tokens.len(), Vec::new());
        let mut unreached = Vec::new();
        let mut done = 0;
        while done < tokens.len() {
            let round = &tokens[done..tokens.len().min(2 * done + FIRST_ROUND)];
            let chunks: Vec<&[(u32, &[u8])]> = round.chunks(CHUNK).collect();
            let found = parallel::map(threads, chunks.len(), |index| {
                let mut symbols = Vec::new();
                let pairs = chunks[index].iter().map(|(_, bytes)| table.pair_of(bytes, text, &mut symbols));
                pairs.collect::<Vec<_>>()
            });
            let mut symbols = Vec::new();
            for (pair, &(id, bytes)) in found.into_iter().flatten().zip(round) {
                if let Some((left, right)) = pair.or_else(|| table.pair_of(bytes, text, &mut symbols)) {
                    table.insert(pack(left, right, id));
                } else {
                    table.insert_cuts(id, bytes, text);
                    unreached.push(id);
                }
            }
            done += round.len();
        }
        (table, unreached)
    }

    /// The two symbols that `bytes` become by the merges there are, if they become two.
    fn pair_of(&self, bytes: &[u8], text: &TextTokens, symbols: &mut Vec<u32>) -> Option<(u32, u32)> {
        self.merge_bytes(bytes, text, symbols);
        match symbols[..] {
            [left, right] => Some((left, right)),
            _ => None,
        }
    }

    /// What `bytes` become by these merges. O(n log n).
    pub(super) fn merge_bytes(&self, bytes: &[u8], text: &TextTokens, symbols: &mut Vec<u32>) {
        symbols.clear();
        let starts = bytes.iter().map(|&byte| text.byte_ids()[usize::from(byte)]);
        if bytes.len() <= SHORT {
            let mut word = ShortWord::new();
            starts.for_each(|symbol| word.push(symbol));
            symbols.extend_from_slice(word.merge(|left, right| self.rank(left, right), |rank| self.product(rank)));
        } else {
            symbols.extend(starts);
            MergeQueues::default().merge(symbols, self);
        }
    }

    /// The tokens of `text` that do not become themselves by these merges. O(bytes of the vocabulary).
    pub(super) fn unreached(&self, text: &TextTokens, threads: usize) -> Vec<u32> {
        let tokens: Vec<(u32, &[u8])> = text.iter().collect();
        let chunks: Vec<&[(u32, &[u8])]> = tokens.chunks(CHUNK).collect();
        let found = parallel::map(threads, chunks.len(), |index| {
            let mut symbols = Vec::new();
            let mut is_reached = |id: u32, bytes: &[u8]| {
                self.merge_bytes(bytes, text, &mut symbols);
                symbols == [id]
            };
            chunks[index].iter().filter(|(id, bytes)| !is_reached(*id, bytes)).map(|(id, _)| *id).collect::<Vec<_>>()
        });
        found.into_iter().flatten().collect()
    }

    pub(super) fn insert_cuts(&mut self, id: u32, bytes: &[u8], text: &TextTokens) {
        for middle in 1..bytes.len() {
            let cut = text.id(&bytes[..middle]).zip(text.id(&bytes[middle..]));
            if let Some((left, right)) = cut {
                self.insert(pack(left, right, id));
            }
        }
    }

    /// The merges of a list in priority order, as in a Hugging Face `tokenizer.json`.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] when a merge names an id without text, its product is no token, or it occurs twice.
    pub(super) fn from_list(text: &TextTokens, merges: &[(u32, u32)]) -> Result<Self> {
        if merges.len() >= MAX_TEXT_ID as usize - 1 {
            return Err(Error::Vocabulary(format!("{} merges; the limit is {}", merges.len(), MAX_TEXT_ID - 2)));
        }
        let mut table = Self::with_capacity(merges.len(), Vec::with_capacity(merges.len()));
        let mut joined = Vec::new();
        for (rank, &(left, right)) in merges.iter().enumerate() {
            let fault = |what: &str| Error::Vocabulary(format!("merge {rank} of ids {left} and {right} {what}"));
            joined.clear();
            for id in [left, right] {
                let bytes = Some(text.get(id)).filter(|bytes| !bytes.is_empty());
                joined.extend_from_slice(bytes.ok_or_else(|| fault("names an id that is no text token"))?);
            }
            let product = text.id(&joined).ok_or_else(|| fault("makes no token of the vocabulary"))?;
            if !table.insert(pack(left, right, rank as u32)) {
                return Err(fault("occurs twice"));
            }
            table.products.push(product);
        }
        Ok(table)
    }

    /// The arrays that [`Self::from_arrays`] takes: slots, filter, products.
    pub(super) fn arrays(&self) -> (&[u64], &[u64], &[u32]) {
        (&self.slots, &self.filter, &self.products)
    }

    /// The table of these arrays; `None` when they are none of the tokens of `text`.
    ///
    /// What comes out ends every search, finds every pair that it holds, and merges only what ends in a token with the
    /// bytes of both: whoever wrote the arrays, ids stand for the text that they were made from. O(slots).
    pub(super) fn from_arrays(
        slots: &[u64],
        filter: Vec<u64>,
        products: Vec<u32>,
        text: &TextTokens,
        threads: usize,
    ) -> Option<Self> {
        let size = slots.len();
        let has_shape = size.is_power_of_two() && size > 1 && filter.len() == 1 << FILTER_BITS;
        if !has_shape || !slots.contains(&EMPTY) {
            return None;
        }
        let slots = HugePages::copied(slots);
        let mut table = Self { slots, pairs: 0, shift: 64 - size.trailing_zeros(), filter, products };
        let chunk = size.div_ceil(2 * threads).max(CHUNK);
        let checked = parallel::map(threads, size.div_ceil(chunk), |index| {
            table.check(index * chunk..size.min((index + 1) * chunk), text)
        });
        table.pairs = checked.into_iter().sum::<Option<usize>>()?;
        Some(table)
    }

    /// How many pairs lie in a range of the slots; `None` when one cannot be found there, or does not make its product.
    fn check(&self, range: Range<usize>, text: &TextTokens) -> Option<usize> {
        let mask = self.slots.len() - 1;
        let is_filled = |index: &usize| self.slots[(range.start + index) & mask] != EMPTY;
        let before = (1..self.slots.len()).map(|back| self.slots.len() - back).take_while(is_filled).count();
        let (mut filled, mut pairs) = (before, 0);
        for index in range {
            let slot = self.slots[index];
            if slot == EMPTY {
                filled = 0;
                continue;
            }
            let (key, rank) = (slot & !u64::from(NO_MERGE), rank_in(slot));
            let hash = hash(key);
            let bits = filter_bits(key, hash);
            let is_found =
                index.wrapping_sub(self.home(hash)) & mask <= filled && self.filter[filter_word(hash)] & bits == bits;
            let product = if self.products.is_empty() { rank } else { *self.products.get(rank as usize)? };
            let (left, right) = (text.get((key >> ID_BITS >> ID_BITS) as u32), text.get(rank_in(key >> ID_BITS)));
            let is_joined =
                text.get(product).strip_prefix(left) == Some(right) && !left.is_empty() && !right.is_empty();
            if !is_found || !is_joined {
                return None;
            }
            filled += 1;
            pairs += 1;
        }
        Some(pairs)
    }

    /// The merges in the order of their ranks; `None` when some rank is none of exactly one pair.
    pub(super) fn list(&self) -> Option<Vec<(u32, u32)>> {
        let mut merges = vec![(u32::MAX, u32::MAX); self.pairs];
        for (left, right, rank) in self.pairs() {
            *merges.get_mut(rank as usize).filter(|merge| merge.0 == u32::MAX)? = (left, right);
        }
        Some(merges)
    }

    /// Left token, right token and rank of every merge, in no particular order.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (u32, u32, u32)> {
        self.slots
            .iter()
            .filter(|slot| **slot != EMPTY)
            .map(|&slot| ((slot >> (2 * ID_BITS)) as u32, rank_in(slot >> ID_BITS), rank_in(slot)))
    }

    /// The table of the merges whose rank is in `ranks`.
    pub(super) fn of_ranks(&self, ranks: Range<u32>) -> Self {
        let of_slots = |slots: &&u64| **slots != EMPTY && ranks.contains(&rank_in(**slots));
        let mut table = Self::with_capacity(self.slots.iter().filter(of_slots).count(), self.products.clone());
        self.slots.iter().filter(of_slots).for_each(|&slot| _ = table.insert(slot));
        table
    }

    /// Changes the rank of a pair that is in the table; with [`NO_MERGE`] it merges no longer.
    pub(super) fn set_rank(&mut self, left: u32, right: u32, rank: u32) {
        let key = pack(left, right, 0);
        let mask = self.slots.len() - 1;
        let mut index = self.home(hash(key));
        while !is_of(self.slots[index & mask], key) {
            index += 1;
        }
        self.slots[index & mask] = key | u64::from(rank);
    }

    fn with_capacity(pairs: usize, products: Vec<u32>) -> Self {
        let size = (pairs * 8 / 7 + 2).next_power_of_two();
        Self {
            slots: HugePages::filled(EMPTY, size),
            pairs: 0,
            shift: 64 - size.trailing_zeros(),
            filter: vec![0; 1 << FILTER_BITS],
            products,
        }
    }

    /// False when the pair is there already.
    fn insert(&mut self, slot: u64) -> bool {
        // Without an empty slot a search would never end.
        if 8 * (self.pairs + 1) > 7 * self.slots.len() {
            self.grow();
        }
        let key = slot & !u64::from(NO_MERGE);
        let mask = self.slots.len() - 1;
        let hash = hash(key);
        let mut index = self.home(hash);
        while self.slots[index] != EMPTY {
            if is_of(self.slots[index], key) {
                return false;
            }
            index = (index + 1) & mask;
        }
        self.slots[index] = slot;
        self.filter[filter_word(hash)] |= filter_bits(key, hash);
        self.pairs += 1;
        true
    }

    fn grow(&mut self) {
        let larger = Self::with_capacity(2 * self.pairs, Vec::new());
        let smaller = std::mem::replace(&mut self.slots, larger.slots);
        (self.shift, self.pairs) = (larger.shift, 0);
        smaller.iter().filter(|slot| **slot != EMPTY).for_each(|&slot| _ = self.insert(slot));
    }

    #[inline]
    fn home(&self, hash: u64) -> usize {
        (hash >> self.shift) as usize
    }

    pub(super) fn bring_near(&self) {
        bring_near(&self.slots);
    }

    /// The rank of the merge of `left` and `right`, or [`NO_MERGE`]. O(1).
    #[inline]
    pub(super) fn rank(&self, left: u32, right: u32) -> u32 {
        let key = pack(left, right, 0);
        let hash = hash(key);
        // Most pairs do not merge, and the filter is an eighth of the table.
        if !self.filter[filter_word(hash)] & filter_bits(key, hash) != 0 {
            return NO_MERGE;
        }
        self.rank_at(key, hash)
    }

    #[inline]
    pub(super) fn rank_at(&self, key: u64, hash: u64) -> u32 {
        let mask = self.slots.len() - 1;
        let mut index = self.home(hash);
        loop {
            let slot = self.slots[index & mask];
            if is_of(slot, key) || slot == EMPTY {
                return rank_in(slot);
            }
            index += 1;
        }
    }

    /// Rank and product of every merge, in no particular order; a product can occur more than once.
    pub(super) fn ranked_products(&self) -> impl Iterator<Item = (u32, u32)> {
        let ranks = self.slots.iter().filter(|slot| **slot != EMPTY).map(|&slot| rank_in(slot));
        ranks.map(|rank| (rank, self.product(rank)))
    }

    /// The filter: some bits of each word.
    pub(super) fn filter(&self) -> &[u64] {
        &self.filter
    }

    /// The token that the merge of this rank makes.
    #[inline]
    pub(super) fn product(&self, rank: u32) -> u32 {
        if self.products.is_empty() { rank } else { self.products[rank as usize] }
    }
}

/// Whether a slot is that of a pair.
#[inline]
fn is_of(slot: u64, key: u64) -> bool {
    slot ^ key <= u64::from(NO_MERGE)
}

#[inline]
pub(super) fn rank_in(slot: u64) -> u32 {
    (slot & u64::from(MAX_TEXT_ID - 1)) as u32
}

#[inline]
pub(super) fn pack(left: u32, right: u32, rank: u32) -> u64 {
    (u64::from(left) << ID_BITS | u64::from(right)) << ID_BITS | u64::from(rank)
}

/// The word of the filter that a pair with this hash has its bits in.
#[inline]
pub(super) fn filter_word(hash: u64) -> usize {
    (hash >> (64 - FILTER_BITS)) as usize
}

/// Its two bits there.
#[inline]
fn filter_bits(key: u64, hash: u64) -> u64 {
    1 << (key >> ID_BITS & 63) | 1 << (hash >> 37 & 63)
}

/// The high bits count: the low ones are those of the rank, which a key has not.
#[inline]
pub(super) fn hash(key: u64) -> u64 {
    key.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_finds_what_it_has_and_ends_every_search() {
        for capacity in [0, 1, 2, 3, 7, 100] {
            let mut table = MergeTable::with_capacity(capacity, Vec::new());
            for rank in 0..300 {
                assert!(table.insert(pack(rank, 2 * rank, rank)));
                assert!(!table.insert(pack(rank, 2 * rank, rank + 1)));
                assert_eq!(table.rank(rank, 2 * rank), rank);
                assert_eq!(table.rank(rank + 1, rank), NO_MERGE, "capacity {capacity}, {rank} pairs");
            }
        }
    }

    type Change<'a> = &'a dyn Fn(&mut Vec<u64>, &mut Vec<u64>);

    #[test]
    fn only_arrays_of_a_table_that_answers_are_taken() {
        let bytes: Vec<[u8; 1]> = (0..=255).map(|byte| [byte]).collect();
        let mut tokens: Vec<(u32, &[u8])> = (0..).zip(bytes.iter().map(<[u8; 1]>::as_slice)).collect();
        tokens.extend([(256, &b"ab"[..]), (257, b"abc"), (258, b"bc")]);
        let text = TextTokens::new(&tokens).expect("tokens that can exist");
        let (table, _) = MergeTable::from_ranks(&text, 1);
        let taken = |change: Change| {
            let (mut slots, mut filter) = (table.slots.to_vec(), table.filter.clone());
            change(&mut slots, &mut filter);
            let from = |threads| MergeTable::from_arrays(&slots, filter.clone(), Vec::new(), &text, threads);
            let pairs = [1, 2, 3].map(|threads| from(threads).map(|table| table.pairs));
            assert!(pairs.iter().all(|other| *other == pairs[0]));
            pairs[0]
        };
        assert_eq!(taken(&|_, _| ()), Some(3));
        let at = |rank| table.slots.iter().position(|slot| *slot != EMPTY && rank_in(*slot) == rank).expect("a pair");
        let changes: [(Change, &str); 11] = [
            (&|slots, _| slots.clear(), "no slots"),
            (&|slots, _| slots.truncate(3), "a number of slots that is no power of two"),
            (&|slots, _| slots.fill(pack(97, 98, 256)), "no empty slot"),
            (&|slots, _| slots.extend(vec![EMPTY; slots.len()]), "pairs that are not where they are looked for"),
            (&|slots, _| slots.rotate_right(1), "pairs beside where they are looked for"),
            (&|slots, _| slots[at(256)] = pack(97, 98, 258), "a product with other bytes"),
            (&|slots, _| slots[at(256)] = pack(97, 98, 300), "a product that is no token"),
            (&|slots, _| slots[at(256)] = pack(97, 300, 256), "an id that is no token"),
            (&|slots, _| slots[at(256)] |= 1 << 63, "a slot with one more bit"),
            (&|_, filter| filter.fill(0), "a filter that denies pairs"),
            (&|_, filter| filter.push(0), "a filter of another length"),
        ];
        for (change, what) in changes {
            assert_eq!(taken(change), None, "{what}");
        }
    }
}
