//! Tokens that reach over the ends of words: two levels of merging in place of one.
//!
//! A word of a pattern for superwords is a phrase, many words long, and hardly any comes twice, so no cache knows it. The
//! words inside come again and again.
//!
//! # Why two levels are exact
//!
//! Let `first` be the lowest rank whose merge makes a token that may hold an end of a word inside a phrase
//! ([`Splitter::may_hold_end`]). Merges of lower rank never cross such an end, so those of a phrase are those of its words,
//! each word alone, and in a phrase they all come before the first merge of rank `first` or more. That is the first level.
//! What goes on from there is merging the ids of the whole phrase. No merge of lower rank comes up again there: what such a
//! merge joins would have to be made by a merge of rank `first` or more, and a vocabulary that has one is not taken.
//! So the second level asks for merges from `first` on only.
//!
//! Which ids came from which word does not matter to the second level, and where the phrase ends does. A word that is a
//! token becomes it without merging by the rules of some vocabularies; their words are our phrases, so the words in a
//! phrase are merged only, and the few tokens that merging does not make are looked for among whole phrases.
//!
//! # Why hardly anything is merged
//!
//! Let the second level make a token T somewhere. Up to there nothing crossed the ends of T, so its bytes became at the
//! first level what they become alone. Hence two ids beside each other in the phrase end in one token only if they are
//! beside each other in what the bytes of some token of rank `first` or more become at the first level. These pairs
//! are the *bridges*; where two ids are none, the phrase is cut. What is left between cuts is a few ids.
//!
//! # Ends that are not used
//!
//! Where vocabularies do not keep characters whole, some tokens of low rank hold a letter and the beginning of what might be
//! a symbol, such as `؟` behind an Arabic letter. Then words are left together where a character of more than one byte
//! leads the second: any ends may be used as long as phrases are cut at all of them or at fewer.

use super::Rules;
use super::merge_table::{MergeTable, NO_MERGE, hash, pack};
use super::merger::Merger;
use crate::parallel;
use crate::splitter::{Splitter, WordEnd};
use crate::vocabulary::TextTokens;

/// Tokens that a thread takes at once.
const CHUNK: usize = 1024;
/// Stands for any length from here on.
const LONG: u8 = u8::MAX;

/// What encodes phrases.
#[derive(Debug)]
pub(super) struct Superwords {
    /// The first level.
    words: Merger,
    /// The merges of the second.
    merges: MergeTable,
    bridges: Bridges,
    /// Bytes of each token, [`LONG`] for more: an eighth of what the vocabulary has to be asked for.
    lengths: Vec<u8>,
    /// All ends from this kind on are used.
    ends: WordEnd,
}

impl Superwords {
    /// For a pattern of phrases and merges that allow it; `None` for others. O(bytes of the vocabulary).
    pub(super) fn of(merger: &Merger, splitter: &Splitter, rules: &Rules, threads: usize) -> Option<Self> {
        splitter.words_of_phrases()?;
        let Merger { text, tables } = merger;
        let (first, ends) = first_rank(&tables.merges, text, splitter, threads);
        if !are_levels(&tables.merges, first, text) {
            return None;
        }
        let second = tables.merges.of_ranks(first..NO_MERGE);
        let words = Merger { text: text.clone(), tables: tables.below(first, text, rules, threads) };
        let bridges = Bridges::new(&second, &words);
        let length = |id: u32| u8::try_from(text.get(id).len()).unwrap_or(LONG);
        let lengths = (0..).take(text.arena().1.len()).map(length).collect();
        Some(Self { words, merges: second, bridges, lengths, ends })
    }

    /// What the first level merges by.
    pub(super) fn words(&self) -> &Merger {
        &self.words
    }

    /// What the second level merges by.
    pub(super) fn merges(&self) -> &MergeTable {
        &self.merges
    }

    /// Number of bytes of a text token.
    #[inline]
    pub(super) fn length(&self, id: u32) -> usize {
        match self.lengths[id as usize] {
            LONG => self.words.length(id),
            length => usize::from(length),
        }
    }

    /// Whether the word that begins at `start` inside a phrase is left with the one before it.
    #[inline]
    pub(super) fn leaves_together(&self, text: &[u8], start: usize) -> bool {
        self.ends == WordEnd::BeforeAscii && !text[start].is_ascii()
    }

    /// Whether two ids of the first level can become one token, or parts of one. Sometimes true where they cannot.
    #[inline]
    pub(super) fn is_bridge(&self, left: u32, right: u32) -> bool {
        self.bridges.may_have(left, right)
    }
}

/// The lowest rank of a merge whose token may hold an end that is used, [`NO_MERGE`] when none does; and which are used: all
/// ends, unless that leaves fewer than half of the merges to the first level.
fn first_rank(merges: &MergeTable, text: &TextTokens, splitter: &Splitter, threads: usize) -> (u32, WordEnd) {
    let tokens: Vec<(u32, &[u8])> = text.iter().filter(|(_, bytes)| bytes.len() > 1).collect();
    let chunks: Vec<&[(u32, &[u8])]> = tokens.chunks(CHUNK).collect();
    let found = parallel::map(threads, chunks.len(), |index| {
        let ends = chunks[index].iter().map(|(id, bytes)| (*id, splitter.end_inside(bytes)));
        ends.filter(|(_, end)| end.is_some()).collect::<Vec<_>>()
    });
    let mut ends = vec![None; text.arena().1.len()];
    found.into_iter().flatten().for_each(|(id, end)| ends[id as usize] = end);
    let (mut any, mut ascii) = (NO_MERGE, NO_MERGE);
    for (rank, product) in merges.ranked_products() {
        match ends[product as usize] {
            None => {}
            Some(WordEnd::BeforeWide) => any = any.min(rank),
            Some(WordEnd::BeforeAscii) => ascii = ascii.min(rank),
        }
    }
    let any = any.min(ascii);
    let below = merges.ranked_products().filter(|(rank, _)| *rank < any).count();
    if 2 * below >= merges.ranked_products().count() {
        (any, WordEnd::BeforeWide)
    } else {
        (ascii, WordEnd::BeforeAscii)
    }
}

/// Whether no merge of a rank below `first` joins what a merge of rank `first` or more makes.
fn are_levels(merges: &MergeTable, first: u32, text: &TextTokens) -> bool {
    let made = merges.ranked_products().filter(|(rank, _)| *rank >= first).map(|(_, product)| product);
    let made = IdSet::of(made, text);
    merges.pairs().all(|(left, right, rank)| rank >= first || !made.has(left) && !made.has(right))
}

/// Ids of text tokens.
struct IdSet(Vec<bool>);

impl IdSet {
    fn of(ids: impl IntoIterator<Item = u32>, text: &TextTokens) -> Self {
        let mut has = vec![false; text.arena().1.len()];
        ids.into_iter().for_each(|id| has[id as usize] = true);
        Self(has)
    }

    fn has(&self, id: u32) -> bool {
        self.0[id as usize]
    }
}

/// Pairs of ids, and a few more: two bits of a word for each.
#[derive(Debug)]
struct Bridges(Vec<u64>);

/// 128 KiB: 50,000 superwords set a tenth of the bits.
const BRIDGE_BITS: u32 = 14;

impl Bridges {
    /// Those of the tokens that `merges` make. O(n log n) in their bytes, and less where each token is made by one merge.
    fn new(merges: &MergeTable, words: &Merger) -> Self {
        let mut bridges = Self(vec![0; 1 << BRIDGE_BITS]);
        let mut steps: Vec<(u32, u32, u32)> = merges.pairs().map(|(left, right, rank)| (rank, left, right)).collect();
        steps.sort_unstable();
        // The first and the last of the ids that a token of the second level is made of; those of an id of the first are
        // the id itself. Another way to make the same token is seen when its parts are known by then.
        let mut sides: Vec<(u32, u32)> = (0..).take(words.text.arena().1.len()).map(|id| (id, id)).collect();
        let mut ways = vec![0_u8; sides.len()];
        let late = steps.iter().map(|step| merges.product(step.0));
        let early = words.tables.merges.ranked_products().map(|(_, product)| product);
        let early = IdSet::of(early, &words.text);
        late.for_each(|product| ways[product as usize] = ways[product as usize].saturating_add(1));
        let mut symbols = Vec::new();
        for (rank, left, right) in steps {
            let product = merges.product(rank);
            let is_known = |id: u32| ways[id as usize] == 0;
            if ways[product as usize] == 1 && !early.has(product) && is_known(left) && is_known(right) {
                bridges.add(sides[left as usize].1, sides[right as usize].0);
                sides[product as usize] = (sides[left as usize].0, sides[right as usize].1);
            } else {
                words.tables.merges.merge_bytes(words.text.get(product), &words.text, &mut symbols);
                symbols.windows(2).for_each(|pair| bridges.add(pair[0], pair[1]));
                sides[product as usize] = (symbols[0], symbols[symbols.len() - 1]);
            }
            ways[product as usize] = 0;
        }
        bridges
    }

    fn add(&mut self, left: u32, right: u32) {
        let (word, bits) = Self::place(left, right);
        self.0[word] |= bits;
    }

    #[inline]
    fn may_have(&self, left: u32, right: u32) -> bool {
        let (word, bits) = Self::place(left, right);
        !self.0[word] & bits == 0
    }

    #[inline]
    fn place(left: u32, right: u32) -> (usize, u64) {
        let hash = hash(pack(left, right, 0));
        let bit = |shift: u32| 1 << (hash >> (64 - BRIDGE_BITS - shift) & 63);
        ((hash >> (64 - BRIDGE_BITS)) as usize, bit(6) | bit(12))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::encoder::Tables;

    /// The merger of the 256 bytes and these tokens, and what takes their phrases.
    fn levels(pattern: &str, tokens: &[&[u8]], merges: Option<Vec<(u32, u32)>>) -> (Merger, Option<Superwords>) {
        let bytes: Vec<[u8; 1]> = (0..=255).map(|byte| [byte]).collect();
        let tokens = bytes.iter().map(<[u8; 1]>::as_slice).chain(tokens.iter().copied());
        let tokens: Vec<(u32, &[u8])> = (0..).zip(tokens).collect();
        let text = Arc::new(TextTokens::new(&tokens).expect("tokens"));
        let rules = Rules { merges, ..Rules::default() };
        let tables = Tables::new(&text, &rules, 1).expect("tables");
        let words = Merger { text, tables };
        let superwords = Superwords::of(&words, &Splitter::new(pattern).expect("a pattern"), &rules, 1);
        (words, superwords)
    }

    fn of_second_level(superwords: &Superwords) -> Vec<u32> {
        let mut ranks: Vec<u32> = superwords.merges.pairs().map(|(.., rank)| rank).collect();
        ranks.sort_unstable();
        ranks
    }

    #[test]
    fn the_second_level_begins_with_the_first_token_that_may_hold_an_end() {
        let tokens: &[&[u8]] = &[b" a", b"ab", b" ab", b"b a", b"b ab", b"ba"];
        let (_, found) = levels("o200k-super", tokens, None);
        let found = found.expect("two levels");
        assert_eq!((of_second_level(&found), found.ends), (vec![259, 260, 261], WordEnd::BeforeWide));
        let id = |byte: u8| u32::from(byte);
        assert!(found.is_bridge(id(b'b'), 256), "b| a");
        assert!(found.is_bridge(id(b'b'), 258), "b| ab");
        assert!(found.is_bridge(id(b'b'), id(b'a')), "a token that comes later");
        assert!(!found.is_bridge(257, 256) && !found.is_bridge(256, 256), "no token is made of these");
        assert!(levels("o200k", tokens, None).1.is_none(), "words are words");
        assert!(of_second_level(&levels("omni-super", &[b" a", b"ab"], None).1.expect("two levels")).is_empty());
    }

    #[test]
    fn what_is_made_of_parts_of_characters_leaves_words_together() {
        let tokens: &[&[u8]] = &["ا".as_bytes(), b"\xD8\xA7\xD8", b"ab", b"abc", b" b", b"a b"];
        let found = levels("o200k-super", tokens, None).1.expect("two levels");
        assert_eq!(found.ends, WordEnd::BeforeAscii);
        assert_eq!(of_second_level(&found), [261]);
        let text = "ا؟ab ا".as_bytes();
        assert!(found.leaves_together(text, 2) && !found.leaves_together(text, 4));
    }

    #[test]
    fn a_merge_that_would_come_up_again_behind_the_first_level_is_refused() {
        let tokens: &[&[u8]] = &[b"ab", b"b ", b"1ab"];
        let has_levels = |merges: &[(u32, u32)]| levels("o200k-super", tokens, Some(merges.to_vec())).1.is_some();
        assert!(has_levels(&[(97, 98), (49, 256), (98, 32)]));
        assert!(has_levels(&[(97, 98), (98, 32), (49, 256)]), "words may be merged behind superwords");
        assert!(!has_levels(&[(49, 256), (98, 32), (97, 98)]), "\"1ab\" before \"b \", and \"ab\" behind it");
    }
}
