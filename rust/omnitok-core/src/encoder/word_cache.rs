//! What short words encode to, remembered per thread.
//!
//! A table of self-contained slots, two to a bucket: the word itself is the key, so a hit is proved by its bytes and
//! needs no other memory. Bounded: a new word takes the second slot of its bucket, and what was there is forgotten; a
//! word that is asked for in the second slot moves to the first. So words that come once do not drive out words that
//! come often. (With one slot to a bucket, a mix of 20 languages misses half as often again.)

/// A word, its ids, and in the last lane how many they are.
#[derive(Clone, Copy, Debug)]
struct Slot<const WORDS: usize, const LANES: usize> {
    key: [u64; WORDS],
    lanes: [u32; LANES],
}

/// Aligned so that a bucket of two 32-byte slots is one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Bucket<const WORDS: usize, const LANES: usize>([Slot<WORDS, LANES>; 2]);

/// Words of up to `8 * WORDS - 1` bytes that encode to fewer than `LANES` ids.
#[derive(Debug)]
pub(super) struct WordCache<const WORDS: usize, const LANES: usize> {
    buckets: Vec<Bucket<WORDS, LANES>>,
}

/// A word as a key: its bytes, zeros, and its length in the last byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key<const WORDS: usize>(pub(super) [u64; WORDS]);

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

impl<const WORDS: usize, const LANES: usize> WordCache<WORDS, LANES> {
    pub(super) const LANES: usize = LANES;

    /// A cache of `1 << bits` buckets of two words.
    pub(super) fn new(bits: u32) -> Self {
        let empty = Slot { key: [0; WORDS], lanes: [0; LANES] };
        Self { buckets: vec![Bucket([empty; 2]); 1 << bits] }
    }

    /// The bucket that `key` will be asked for in, which starts on its way here.
    #[inline]
    pub(super) fn announce(&self, key: Key<WORDS>) -> usize {
        let bucket = key.hash() as usize & (self.buckets.len() - 1);
        prefetch(&self.buckets[bucket]);
        bucket
    }

    /// Number of ids of the word, which are then the first of `ids`; 0 when it is not here. Writes [`Self::LANES`]
    /// ids, whatever the number: a copy of fixed length takes no branch.
    #[inline]
    pub(super) fn get(&mut self, key: Key<WORDS>, bucket: usize, ids: &mut [u32]) -> usize {
        let [first, second] = &mut self.buckets[bucket].0;
        // No word has the all-zero key of an empty slot: its length is not 0.
        if first.key != key.0 {
            if second.key != key.0 {
                return 0;
            }
            std::mem::swap(first, second);
        }
        ids[..LANES].copy_from_slice(&first.lanes);
        first.lanes[LANES - 1] as usize
    }

    /// Remembers a word that is not there, unless it has too many ids.
    pub(super) fn insert(&mut self, key: Key<WORDS>, bucket: usize, ids: &[u32]) {
        if ids.len() < LANES {
            let second = &mut self.buckets[bucket].0[1];
            second.key = key.0;
            second.lanes[..ids.len()].copy_from_slice(ids);
            second.lanes[LANES - 1] = ids.len() as u32;
        }
    }
}

/// Asks the memory for what lies at `place` without waiting for it.
#[cfg(target_arch = "x86_64")]
#[inline]
#[expect(unsafe_code, reason = "the intrinsic takes a pointer")]
fn prefetch<T>(place: &T) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: a prefetch reads nothing into the program, and the pointer comes from a reference.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(place).cast()) }
}

/// Other processors run ahead far enough by themselves, or have no stable intrinsic.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
fn prefetch<T>(_place: &T) {}
