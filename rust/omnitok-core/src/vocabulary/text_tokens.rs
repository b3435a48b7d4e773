//! The text tokens of a vocabulary: bytes by id, and ids by bytes.

use std::hash::Hasher;
use std::ops::Range;
use std::sync::OnceLock;

use hashbrown::HashTable;
use rustc_hash::FxHasher;

use super::MAX_TEXT_ID;
use crate::error::{Error, Result};

/// Byte strings with the ids that text encoding returns for them: one or more, each once, among them every single byte.
#[derive(Debug)]
pub struct TextTokens {
    arena: Arena,
    byte_ids: [u32; 256],
    count: usize,
    /// Ids by bytes. Only making merges asks for it, so what is read from a compiled form never makes it.
    ids: OnceLock<HashTable<u32>>,
}

/// Token bytes end to end, in id order; an id that is no text has an empty range.
#[derive(Debug)]
struct Arena {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Arena {
    /// `tokens` must be sorted by id.
    fn new(tokens: &[(u32, &[u8])]) -> Result<Self> {
        let total: usize = tokens.iter().map(|(_, bytes)| bytes.len()).sum();
        if u32::try_from(total).is_err() {
            return Err(Error::Vocabulary(format!("the tokens hold {total} bytes; the limit is 2^32 - 1")));
        }
        let mut arena = Self { bytes: Vec::with_capacity(total), ends: Vec::with_capacity(tokens.len()) };
        for &(id, bytes) in tokens {
            arena.ends.resize(id as usize, arena.bytes.len() as u32);
            arena.bytes.extend_from_slice(bytes);
            arena.ends.push(arena.bytes.len() as u32);
        }
        Ok(arena)
    }

    #[inline]
    fn get(&self, id: u32) -> &[u8] {
        let index = id as usize;
        let Some(&end) = self.ends.get(index) else { return &[] };
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start as usize..end as usize]
    }

    fn index(&self, tokens: &[(u32, &[u8])]) -> Result<HashTable<u32>> {
        let mut ids: HashTable<u32> = HashTable::with_capacity(tokens.len());
        for &(id, bytes) in tokens {
            let hash_value = hash(bytes);
            if let Some(&other) = ids.find(hash_value, |&other| self.get(other) == bytes) {
                let token = bytes.escape_ascii();
                return Err(Error::Vocabulary(format!("the token {token} has two ids, {other} and {id}")));
            }
            ids.insert_unique(hash_value, id, |&id| hash(self.get(id)));
        }
        Ok(ids)
    }
}

#[inline]
fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    hasher.finish()
}

impl TextTokens {
    /// From tokens in any order. O(bytes) for those in id order.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] when an id or a token occurs twice, an id is too large, a token is empty, or a single byte
    /// is none.
    pub fn new(tokens: &[(u32, &[u8])]) -> Result<Self> {
        if !tokens.is_sorted_by_key(|&(id, _)| id) {
            let mut sorted = tokens.to_vec();
            sorted.sort_by_key(|&(id, _)| id);
            return Self::new(&sorted);
        }
        check(tokens)?;
        let arena = Arena::new(tokens)?;
        let ids = arena.index(tokens)?;
        let byte_ids = byte_ids(tokens.iter().copied())?;
        Ok(Self { arena, byte_ids, count: tokens.len(), ids: ids.into() })
    }

    /// From what [`Self::arena`] gave; `None` when it is something else. Whether a token occurs twice is not looked at.
    pub(crate) fn from_arena(bytes: Vec<u8>, ends: Vec<u32>) -> Option<Self> {
        // Without ids at the end that are no text, equal tokens are equal arenas.
        let last = ends.len().checked_sub(2).map_or(0, |index| ends[index]);
        let is_whole = ends.is_sorted() && ends.len() < MAX_TEXT_ID as usize && last < *ends.last()?;
        if !is_whole || *ends.last()? as usize != bytes.len() {
            return None;
        }
        let arena = Arena { bytes, ends };
        let tokens = (0..arena.ends.len() as u32).map(|id| (id, arena.get(id))).filter(|(_, bytes)| !bytes.is_empty());
        let (byte_ids, count) = (byte_ids(tokens.clone()).ok()?, tokens.count());
        Some(Self { arena, byte_ids, count, ids: OnceLock::new() })
    }

    /// The bytes of all tokens, end to end in id order, and where those of each id end.
    pub(crate) fn arena(&self) -> (&[u8], &[u32]) {
        (&self.arena.bytes, &self.arena.ends)
    }

    /// The bytes of the token with this id; empty when there is none. O(1).
    #[inline]
    #[must_use]
    pub fn get(&self, id: u32) -> &[u8] {
        self.arena.get(id)
    }

    /// The id of the token with exactly these bytes. O(length), once it was asked.
    #[must_use]
    pub fn id(&self, bytes: &[u8]) -> Option<u32> {
        let ids = self.ids.get_or_init(|| {
            let mut ids = HashTable::with_capacity(self.count);
            for (id, bytes) in self.iter() {
                ids.insert_unique(hash(bytes), id, |&id| hash(self.get(id)));
            }
            ids
        });
        ids.find(hash(bytes), |&id| self.get(id) == bytes).copied()
    }

    /// The ids of the 256 single bytes.
    #[inline]
    #[must_use]
    pub fn byte_ids(&self) -> &[u32; 256] {
        &self.byte_ids
    }

    /// The tokens in id order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[u8])> {
        (0..self.arena.ends.len() as u32).map(|id| (id, self.get(id))).filter(|(_, bytes)| !bytes.is_empty())
    }

    /// Number of tokens.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The ids of the tokens, as ranges that are as long as they can be.
    pub fn runs(&self) -> impl Iterator<Item = Range<u32>> {
        let size = self.arena.ends.len() as u32;
        let is_text = |id: &u32| !self.get(*id).is_empty();
        let mut next = 0;
        std::iter::from_fn(move || {
            let start = (next..size).find(is_text)?;
            next = (start..size).find(|id| !is_text(id)).unwrap_or(size);
            Some(start..next)
        })
    }
}

/// `tokens` must be sorted by id.
fn check(tokens: &[(u32, &[u8])]) -> Result<()> {
    if let Some(pair) = tokens.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let (id, first, second) = (pair[0].0, pair[0].1.escape_ascii(), pair[1].1.escape_ascii());
        return Err(Error::Vocabulary(format!("id {id} has two tokens, {first} and {second}")));
    }
    if let Some((id, _)) = tokens.iter().find(|(_, bytes)| bytes.is_empty()) {
        return Err(Error::Vocabulary(format!("the token of id {id} is empty")));
    }
    match tokens.last() {
        Some((id, _)) if *id >= MAX_TEXT_ID - 1 => {
            Err(Error::Vocabulary(format!("text id {id} is beyond the limit of {} ids", MAX_TEXT_ID - 1)))
        }
        _ => Ok(()),
    }
}

fn byte_ids<'t>(tokens: impl Iterator<Item = (u32, &'t [u8])>) -> Result<[u32; 256]> {
    let mut ids = [None; 256];
    for (id, bytes) in tokens {
        if let [byte] = *bytes {
            ids[usize::from(byte)] = Some(id);
        }
    }
    let missing: Vec<usize> = (0..256).filter(|&byte| ids[byte].is_none()).collect();
    if let [first, ..] = missing[..] {
        return Err(Error::Vocabulary(format!(
            "{} of the 256 single bytes are no tokens (the first is 0x{first:02x}); a byte-level vocabulary needs all of \
             them, or some text could not be encoded",
            missing.len(),
        )));
    }
    Ok(ids.map(Option::unwrap_or_default))
}
