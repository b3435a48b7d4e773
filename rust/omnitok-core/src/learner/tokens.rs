//! The tokens made so far: bytes to id and back.

use rustc_hash::FxHashMap;

use super::pair::Pair;

pub(super) struct Tokens {
    bytes: Vec<Vec<u8>>,
    ids: FxHashMap<Vec<u8>, u32>,
    /// Tokens may be this long.
    max_bytes: usize,
}

impl Tokens {
    /// The single bytes, in the given order.
    pub(super) fn new(alphabet: impl Iterator<Item = u8>, max_bytes: Option<usize>) -> Self {
        let bytes: Vec<Vec<u8>> = alphabet.map(|byte| vec![byte]).collect();
        let ids = bytes.iter().cloned().zip(0..).collect();
        Self { bytes, ids, max_bytes: max_bytes.unwrap_or(usize::MAX) }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Length of a token in bytes.
    pub(super) fn length(&self, id: u32) -> usize {
        self.bytes[id as usize].len()
    }

    pub(super) fn may_join(&self, pair: Pair) -> bool {
        self.length(pair.left()) + self.length(pair.right()) <= self.max_bytes
    }

    /// The token that a pair becomes, and whether it is new.
    pub(super) fn join(&mut self, pair: Pair) -> (u32, bool) {
        let joined = [self.bytes[pair.left() as usize].as_slice(), &self.bytes[pair.right() as usize]].concat();
        if let Some(&id) = self.ids.get(&joined) {
            return (id, false);
        }
        let id = self.bytes.len() as u32;
        self.bytes.push(joined.clone());
        self.ids.insert(joined, id);
        (id, true)
    }

    pub(super) fn into_bytes(self) -> Vec<Vec<u8>> {
        self.bytes
    }
}
