//! The tokens made so far: bytes to id and back.

use rustc_hash::{FxHashMap, FxHashSet};

use super::course::Alphabet;
use super::pair::Pair;
use crate::splitter::{Edges, WordEnds};

pub(crate) struct Tokens {
    bytes: Vec<Vec<u8>>,
    ids: FxHashMap<Vec<u8>, u32>,
    /// Tokens may be this long.
    max_bytes: usize,
    /// Tokens that may not be made.
    vetoed: FxHashSet<Vec<u8>>,
    whole_characters: bool,
    /// Of which kind tokens may be made.
    reach: Option<Reach>,
}

/// Tokens are made of the one kind or of the other: without ends of words inside, or with some.
struct Reach {
    ends: WordEnds,
    /// By id.
    edges: Vec<Edges>,
    over_ends: bool,
}

impl Tokens {
    /// The tokens to begin with, by id; every single byte is among them.
    pub(super) fn new(first: impl IntoIterator<Item = Vec<u8>>, max_bytes: Option<usize>) -> Self {
        let bytes: Vec<Vec<u8>> = first.into_iter().collect();
        let ids = bytes.iter().cloned().zip(0..).collect();
        let max_bytes = max_bytes.unwrap_or(usize::MAX);
        Self { bytes, ids, max_bytes, vetoed: FxHashSet::default(), whole_characters: false, reach: None }
    }

    /// No token is made that mixes a part of a character with anything else; see `LearnOptions::whole_characters`.
    pub(super) fn keep_characters_whole(&mut self) {
        self.whole_characters = true;
    }

    /// Only tokens are made that have an end of a word inside, or only others.
    pub(super) fn keep_to(&mut self, ends: WordEnds, over_ends: bool) {
        let edges = self.bytes.iter().map(|token| ends.edges(token)).collect();
        self.reach = Some(Reach { ends, edges, over_ends });
    }

    /// How words end, where only tokens are made that have such a place inside.
    pub(super) fn word_ends_to_cross(&self) -> Option<WordEnds> {
        self.reach.as_ref().filter(|reach| reach.over_ends).map(|reach| reach.ends)
    }

    /// None of these tokens is ever made.
    pub(super) fn veto(&mut self, tokens: impl IntoIterator<Item = Vec<u8>>) {
        self.vetoed.extend(tokens);
    }

    pub(super) fn get(&self, id: u32) -> &[u8] {
        &self.bytes[id as usize]
    }

    pub(super) fn id(&self, bytes: &[u8]) -> Option<u32> {
        self.ids.get(bytes).copied()
    }

    /// The ids of the single bytes.
    pub(super) fn byte_ids(&self) -> [u32; 256] {
        std::array::from_fn(|byte| self.ids[[byte as u8].as_slice()])
    }

    /// Length of a token in bytes.
    pub(super) fn length(&self, id: u32) -> usize {
        self.bytes[id as usize].len()
    }

    /// The bytes of both tokens of a pair.
    pub(super) fn joined(&self, pair: Pair) -> Vec<u8> {
        [self.get(pair.left()), self.get(pair.right())].concat()
    }

    /// The token that a pair becomes, and whether it is new.
    pub(super) fn join(&mut self, pair: Pair) -> (u32, bool) {
        let joined = self.joined(pair);
        if let Some(&id) = self.ids.get(&joined) {
            return (id, false);
        }
        let id = self.bytes.len() as u32;
        if let Some(reach) = &mut self.reach {
            reach.edges.push(reach.ends.edges(&joined));
        }
        self.bytes.push(joined.clone());
        self.ids.insert(joined, id);
        (id, true)
    }

    pub(super) fn into_bytes(self) -> Vec<Vec<u8>> {
        self.bytes
    }
}

impl Alphabet for Tokens {
    fn len(&self) -> usize {
        self.bytes.len()
    }

    #[inline]
    fn may_join(&self, pair: Pair) -> bool {
        let is_short =
            self.max_bytes == usize::MAX || self.length(pair.left()) + self.length(pair.right()) <= self.max_bytes;
        is_short
            && self.reach.as_ref().is_none_or(|Reach { edges, over_ends, .. }| {
                edges[pair.left() as usize].with_next_have_end(edges[pair.right() as usize]) == *over_ends
            })
    }

    fn is_vetoed(&self, pair: Pair) -> bool {
        let (left, right) = (self.get(pair.left()), self.get(pair.right()));
        self.whole_characters && !keeps_characters(left, right)
            || !self.vetoed.is_empty() && self.vetoed.contains(&[left, right].concat())
    }
}

/// Whether two tokens make whole characters, or the beginning of one.
pub(super) fn keeps_characters(left: &[u8], right: &[u8]) -> bool {
    match std::str::from_utf8(&[left, right].concat()) {
        Ok(_) => true,
        // Valid so far, if nothing comes before the character that is cut off.
        Err(error) => error.valid_up_to() == 0 && error.error_len().is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::keeps_characters;

    #[test]
    fn characters_are_made_from_their_beginning() {
        for (left, right, is_kept) in [
            (&b"a"[..], &b"b"[..], true),
            ("é".as_bytes(), b"a", true),
            (b"\xe0", b"\xa4", true),
            (b"\xe0\xa4", b"\xb9", true),
            (b"\xf0\x9f", b"\x98", true),
            (b"\xa4", b"\xb9", false),
            (b"a", b"\xe0", false),
            (b"\xe0\xa4\xb9", b"\xe0", false),
            (b"\xe0\xa4", b"a", false),
            (b"\xff", b"\xfe", false),
            (b"\xe0", b"\x80", false),
        ] {
            assert_eq!(keeps_characters(left, right), is_kept, "{left:x?} {right:x?}");
        }
    }
}
