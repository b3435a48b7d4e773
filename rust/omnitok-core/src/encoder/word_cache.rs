//! What short words encode to, remembered per thread.
//!
//! A table of self-contained slots, two to a bucket: the word itself is the key, so a hit is proved by its bytes and needs
//! no other memory. Bounded: a new word takes the first slot of its bucket, the word there moves to the second, and what
//! was in the second is forgotten. (With one slot to a bucket, a mix of 20 languages misses half as often again.)

#[derive(Clone, Copy, Debug)]
struct Slot<const WORDS: usize, const IDS: usize> {
    key: [u64; WORDS],
    ids: [u32; IDS],
    count: u32,
}

/// Aligned so that a bucket of two 32-byte slots is one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Bucket<const WORDS: usize, const IDS: usize>([Slot<WORDS, IDS>; 2]);

/// Words of up to `8 * WORDS - 1` bytes that encode to up to `IDS` ids.
#[derive(Debug)]
pub(super) struct WordCache<const WORDS: usize, const IDS: usize> {
    buckets: Vec<Bucket<WORDS, IDS>>,
}

/// A word as a key: its bytes, zeros, and its length in the last byte.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Key<WORDS> {
    /// The longest word that fits.
    pub(super) const LONGEST: usize = 8 * WORDS - 1;

    /// The key of `text[start..start + length]`; `length` is at most `LONGEST` and not 0.
    #[inline]
    pub(super) fn new(text: &[u8], start: usize, length: usize) -> Self {
        let mut key = [0; WORDS];
        if let Some(bytes) = text.get(start..start + WORDS * 8) {
            // The whole width can be read: load words and mask what lies behind the word off.
            for (index, word) in key.iter_mut().enumerate() {
                let word_bytes: [u8; 8] = bytes[index * 8..index * 8 + 8].try_into().unwrap_or_default();
                let kept = length.saturating_sub(index * 8).min(8);
                let mask = if kept == 8 { u64::MAX } else { (1 << (kept * 8)) - 1 };
                *word = u64::from_le_bytes(word_bytes) & mask;
            }
        } else {
            for (index, &byte) in text[start..start + length].iter().enumerate() {
                key[index / 8] |= u64::from(byte) << (index % 8 * 8);
            }
        }
        key[WORDS - 1] |= (length as u64) << 56;
        Self(key)
    }

    #[inline]
    fn hash(self) -> u64 {
        let mut hash = 0x243F_6A88_85A3_08D3_u64;
        for word in self.0 {
            let product = u128::from(hash ^ word) * 0x9E37_79B9_7F4A_7C15_u128;
            hash = (product as u64) ^ (product >> 64) as u64;
        }
        hash
    }
}

impl<const WORDS: usize, const IDS: usize> WordCache<WORDS, IDS> {
    /// A cache of `1 << bits` buckets of two words.
    pub(super) fn new(bits: u32) -> Self {
        let empty = Slot { key: [0; WORDS], ids: [0; IDS], count: 0 };
        Self { buckets: vec![Bucket([empty; 2]); 1 << bits] }
    }

    #[inline]
    fn index(&self, key: Key<WORDS>) -> usize {
        key.hash() as usize & (self.buckets.len() - 1)
    }

    /// The ids of the word, when it is there. No word has the all-zero key of an empty slot: its length is not 0.
    #[inline]
    pub(super) fn get(&self, key: Key<WORDS>) -> Option<&[u32]> {
        let [first, second] = &self.buckets[self.index(key)].0;
        let slot = if first.key == key.0 { first } else { second };
        if slot.key == key.0 { slot.ids.get(..slot.count as usize) } else { None }
    }

    /// Remembers a word that is not there, unless it has too many ids.
    pub(super) fn insert(&mut self, key: Key<WORDS>, ids: &[u32]) {
        let index = self.index(key);
        let [first, second] = &mut self.buckets[index].0;
        if ids.len() <= IDS {
            *second = *first;
            *first = Slot { key: key.0, ids: [0; IDS], count: ids.len() as u32 };
            first.ids[..ids.len()].copy_from_slice(ids);
        }
    }
}
