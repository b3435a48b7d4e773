//! What short words encode to, remembered per thread.
//!
//! A table of self-contained slots, two to a bucket: the word itself is the key, so a hit is proved by its bytes and needs
//! no other memory. Two buckets side by side take in what has no place in the other, so that every word has four slots to be
//! in and comes with one cache line in most cases. (Two buckets more take in what these have no place for.) Bounded: where
//! none of them is free, a new word takes that of a seed or, where there is none, the last one of its own bucket, and what
//! was there is forgotten; a word that is asked for moves one slot up. So words that come once do not drive out words that
//! come often. (Buckets of four slots fetch two lines for every word: known English words were as fast, but all 20 languages
//! 12 % slower. Comparing all four slots without a branch, and never moving words, were slower too, and so was comparing
//! both slots of a bucket without a branch and moving one word of eight: English by 14 %.)

use super::huge_pages::HugePages;
use crate::vocabulary::MAX_TEXT_ID;

/// The number of ids is kept above the bits of the first one: to count them took as long as to copy them.
const COUNT_SHIFT: u32 = 24;
const _: () = assert!(MAX_TEXT_ID <= 1 << COUNT_SHIFT);
/// In place of a second id: the word is a seed, which no text may have. Where a word has no place, one of these makes room.
const SEED: u32 = u32::MAX;
/// How many times larger a cache becomes when it grows, which it does at most twice.
const GROWTH: usize = 4;
/// Words that are on their way at the same time.
const SEEDS_AT_ONCE: usize = 64;
/// What the processor moves at a time, in 64-bit words.
const LINE: usize = 8;

/// Slots of a bucket.
const WAYS: usize = 2;

/// Words of up to `8 * KEY - 1` bytes. A slot is `SLOT` 64-bit words: `KEY` for the word, the others with two ids each.
#[derive(Debug)]
pub(super) struct WordCache<const KEY: usize, const SLOT: usize> {
    slots: HugePages,
    buckets: usize,
    most_buckets: usize,
    /// Words that came since the cache got this size.
    inserted: usize,
}

/// The longest key there is, in bytes.
pub(super) const LONGEST_KEY: usize = 64;
/// So many ones, and behind them zeros: from the place that is `n` bytes before the zeros on, a mask of `n` bytes.
static MASKS: [u8; 2 * LONGEST_KEY] = {
    let mut masks = [0; 2 * LONGEST_KEY];
    let mut at = 0;
    while at < LONGEST_KEY {
        masks[at] = u8::MAX;
        at += 1;
    }
    masks
};

/// A word as a key: its bytes, zeros, and its length in the last byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key<const WORDS: usize>(pub(super) [u64; WORDS]);

impl<const WORDS: usize> Default for Key<WORDS> {
    fn default() -> Self {
        Self([0; WORDS])
    }
}

impl Key<2> {
    /// What stands for a word that is too long for a key of this size: the key of no word. It keeps the hash of another.
    #[inline]
    pub(super) fn of_longer_word(hash: u64) -> Self {
        Self([hash, u64::MAX])
    }

    /// The hash that [`Self::of_longer_word`] was given.
    #[inline]
    pub(super) fn hash_of_longer_word(self) -> u64 {
        self.0[0]
    }
}

impl<const WORDS: usize> Key<WORDS> {
    /// The longest word that fits.
    pub(super) const LONGEST: usize = 8 * WORDS - 1;

    /// The key of `text[start..start + length]`; `length` is at most `LONGEST` and not 0.
    #[inline]
    pub(super) fn new(text: &[u8], start: usize, length: usize) -> Self {
        let tag = |index: usize| if index == WORDS - 1 { (length as u64) << 56 } else { 0 };
        let Some(bytes) = text.get(start..start + WORDS * 8) else {
            let key: [u64; WORDS] = last_bytes(&text[start..start + length]);
            return Self(std::array::from_fn(|index| key[index] | tag(index)));
        };
        // The whole width can be read: load words and mask what lies behind the word off. In one expression for each word:
        // where the length was added afterwards, the processor waited for the key to reach the cache and come back, a
        // quarter of the time that known words take.
        let masks = MASKS[LONGEST_KEY - length..][..WORDS * 8].as_chunks().0;
        let bytes = bytes.as_chunks().0;
        let masked = |index: usize| u64::from_le_bytes(bytes[index]) & u64::from_le_bytes(masks[index]);
        Self(std::array::from_fn(|index| masked(index) | tag(index)))
    }

    /// Multiplies two words at a time, and folds the product.
    #[inline]
    pub(super) fn hash(self) -> u64 {
        let mut hash = 0;
        for pair in self.0.as_chunks().0 {
            let [first, second]: [u64; 2] = *pair;
            let product = u128::from(first ^ 0x243F_6A88_85A3_08D3 ^ hash) * u128::from(second ^ 0x9E37_79B9_7F4A_7C15);
            hash = product as u64 ^ (product >> 64) as u64;
        }
        hash
    }
}

impl<const KEY: usize, const SLOT: usize> WordCache<KEY, SLOT> {
    /// The most ids that a word of this cache has.
    pub(super) const IDS: usize = 2 * (SLOT - KEY);

    /// A cache of at most `most_buckets` buckets, a power of two.
    pub(super) fn new(most_buckets: usize) -> Self {
        let buckets = most_buckets / GROWTH / GROWTH;
        Self { slots: HugePages::zeros(buckets * SLOT * WAYS), buckets, most_buckets, inserted: 0 }
    }

    /// The cache, empty, with room for `words` words beside five times as many others, if it may become so large. For many
    /// words that is all that it may have: a cache that grew from half of that when 65,000 words had come left known English
    /// words 14 % slower and a first pass over 20 languages 4 %, and the memory that it grew out of stayed with the process.
    pub(super) fn with_room(self, words: usize) -> Self {
        let buckets = (2 * words).next_power_of_two().clamp(self.buckets, self.most_buckets);
        Self { slots: HugePages::zeros(buckets * SLOT * WAYS), buckets, ..self }
    }

    /// Takes in words that are one id each. They don't count as words that came.
    pub(super) fn seed<'w>(&mut self, words: impl Iterator<Item = (u32, &'w [u8])>) {
        let mut words = words.map(|(id, word)| (id, Key::<KEY>::new(word, 0, word.len())));
        let mut held = Vec::with_capacity(SEEDS_AT_ONCE);
        loop {
            held.extend(words.by_ref().take(SEEDS_AT_ONCE).map(|(id, key)| (id, key, key.hash())));
            if held.is_empty() {
                return;
            }
            for (.., hash) in &held {
                self.announce(*hash);
            }
            for (id, key, hash) in held.drain(..) {
                let mut seed = slot(key, &[id]);
                seed[KEY] |= u64::from(SEED) << 32;
                self.place(hash, seed);
            }
        }
    }

    /// Lets the bucket of the key with this hash start on its way here.
    #[inline]
    pub(super) fn announce(&self, hash: u64) {
        self.announced().announce(hash);
    }

    /// The cache, ready for many announcements.
    #[inline]
    pub(super) fn announced(&self) -> Announced<'_, SLOT> {
        let slots: &[[u64; SLOT]] = self.slots.as_chunks().0;
        Announced(slots.as_chunks().0)
    }

    /// The cache, ready for many questions.
    #[inline]
    pub(super) fn asked(&mut self) -> Asked<'_, KEY, SLOT> {
        let slots: &mut [[u64; SLOT]] = self.slots.as_chunks_mut().0;
        Asked { buckets: slots.as_chunks_mut().0 }
    }

    /// [`Asked::get`], and then [`Self::get_from_neighbour`].
    #[inline]
    pub(super) fn get(&mut self, key: Key<KEY>, hash: u64, ids: &mut [u32]) -> usize {
        let count = self.asked().get(key, hash, ids);
        if count > 0 { count } else { self.get_from_neighbour(key, hash, ids) }
    }

    /// [`Asked::get`] for a word that is not in its own bucket: it may have had no place there.
    pub(super) fn get_from_neighbour(&mut self, key: Key<KEY>, hash: u64, ids: &mut [u32]) -> usize {
        let buckets = self.asked().buckets;
        let [own, beside, others @ ..] = neighbourhood(place(hash, buckets.len()));
        let find = |bucket: usize| Some((bucket, buckets[bucket].iter().position(|slot| slot[..KEY] == key.0)?));
        if Self::is_free(&buckets[own][WAYS - 1]) {
            return 0;
        }
        let mut found = find(beside);
        if found.is_none() && !Self::is_free(&buckets[beside][WAYS - 1]) {
            found = others.into_iter().find_map(find);
        }
        let Some((bucket, way)) = found else { return 0 };
        // It goes where it belongs, and what has to make room may be here too.
        let slot = buckets[bucket][way];
        buckets[bucket][way] = std::mem::replace(&mut buckets[own][WAYS - 1], slot);
        copy_ids(&buckets[own][WAYS - 1][KEY..], &mut ids[..Self::IDS])
    }

    /// Remembers a word that is not there, unless it has too many ids.
    pub(super) fn insert(&mut self, key: Key<KEY>, hash: u64, ids: &[u32]) {
        if ids.len() > Self::IDS {
            return;
        }
        self.place(hash, slot(key, ids));
        self.inserted += 1;
        if 2 * self.inserted > self.buckets * WAYS && self.buckets < self.most_buckets {
            self.grow();
        }
    }

    /// The last word of a key has the length of its word.
    fn is_free(slot: &[u64; SLOT]) -> bool {
        slot[KEY - 1] == 0
    }

    fn is_seed(slot: &[u64; SLOT]) -> bool {
        (slot[KEY] >> 32) as u32 == SEED
    }

    fn place(&mut self, hash: u64, slot: [u64; SLOT]) {
        let buckets = self.asked().buckets;
        let own = place(hash, buckets.len());
        let find = |wanted: fn(&[u64; SLOT]) -> bool, [first, second]: [usize; WAYS]| {
            let is_wanted = |bucket: usize, way: usize| wanted(&buckets[bucket][way]).then_some((bucket, way));
            let in_bucket = |bucket| is_wanted(bucket, first).or_else(|| is_wanted(bucket, second));
            neighbourhood(own).into_iter().find_map(in_bucket)
        };
        // Words that are asked for come before others, so of seeds the last.
        let (bucket, way) = find(Self::is_free, [0, 1]).or_else(|| find(Self::is_seed, [1, 0])).unwrap_or((own, 1));
        buckets[bucket][way] = slot;
    }

    /// The system gives memory only after it has cleared it, so a cache starts small: its full size would take longer to
    /// clear than a hundred kilobytes of text take to encode.
    fn grow(&mut self) {
        let buckets = self.most_buckets.min(self.buckets * GROWTH);
        let slots = std::mem::replace(&mut self.slots, HugePages::zeros(buckets * SLOT * WAYS));
        (self.buckets, self.inserted) = (buckets, 0);
        for slot in slots.as_chunks().0.iter().filter(|slot| slot[KEY - 1] != 0) {
            let mut key = [0; KEY];
            key.copy_from_slice(&slot[..KEY]);
            self.place(Key(key).hash(), *slot);
        }
    }
}

/// Two slots, at least one line.
type Bucket<const SLOT: usize> = [[u64; SLOT]; WAYS];

/// A cache to which many words are announced: where it is and how large does not change meanwhile.
pub(super) struct Announced<'c, const SLOT: usize>(&'c [Bucket<SLOT>]);

impl<const SLOT: usize> Announced<'_, SLOT> {
    /// [`WordCache::announce`].
    #[inline]
    pub(super) fn announce(&self, hash: u64) {
        self.0[place(hash, self.0.len())].as_flattened().iter().step_by(LINE).for_each(prefetch);
    }
}

/// A cache that is asked for many words in turn, likewise.
pub(super) struct Asked<'c, const KEY: usize, const SLOT: usize> {
    buckets: &'c mut [Bucket<SLOT>],
}

impl<const KEY: usize, const SLOT: usize> Asked<'_, KEY, SLOT> {
    /// Number of ids of the word, which are then the first of `ids`; 0 when it is not in its own bucket. Writes
    /// [`WordCache::IDS`] ids, whatever their number: a copy of fixed length takes no branch.
    #[inline]
    pub(super) fn get(&mut self, key: Key<KEY>, hash: u64, ids: &mut [u32]) -> usize {
        let ids = &mut ids[..WordCache::<KEY, SLOT>::IDS];
        let bucket = &mut self.buckets[place(hash, self.buckets.len())];
        // No word has the all-zero key of an empty slot: its length is not 0.
        let Some(way) = bucket.iter().position(|slot| slot[..KEY] == key.0) else { return 0 };
        let count = copy_ids(&bucket[way][KEY..], ids);
        if way > 0 {
            bucket.swap(way, way - 1);
        }
        count
    }
}

/// The bucket of the key with this hash, among a power of two of them.
#[inline]
fn place(hash: u64, buckets: usize) -> usize {
    hash as usize & (buckets - 1)
}

/// The bucket, the one beside it, and the two beside these. What has no place in the first two goes to the others; what has
/// none in these, to the first.
#[inline]
fn neighbourhood(bucket: usize) -> [usize; 4] {
    [bucket, bucket ^ 1, bucket ^ 2, bucket ^ 3]
}

/// The bytes of a word near the end of its text.
#[inline(never)]
fn last_bytes<const WORDS: usize>(word: &[u8]) -> [u64; WORDS] {
    let mut key = [0; WORDS];
    let (words, rest) = word.as_chunks();
    for (word, bytes) in key.iter_mut().zip(words) {
        *word = u64::from_le_bytes(*bytes);
    }
    if let Some(word) = key.get_mut(words.len()) {
        *word = few_bytes(rest);
    }
    key
}

/// Fewer than eight bytes, low ones first. Two loads that overlap take less time than a loop.
fn few_bytes(bytes: &[u8]) -> u64 {
    let length = bytes.len();
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << (8 * (length - 4));
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return u64::from(u16::from_le_bytes(*first)) | u64::from(u16::from_le_bytes(*last)) << (8 * (length - 2));
    }
    bytes.first().copied().map_or(0, u64::from)
}

/// A word and its ids as one piece of memory.
fn slot<const KEY: usize, const SLOT: usize>(key: Key<KEY>, ids: &[u32]) -> [u64; SLOT] {
    let id = |index: usize| u64::from(ids.get(index).copied().unwrap_or_default());
    let mut slot = [0; SLOT];
    slot[..KEY].copy_from_slice(&key.0);
    for (index, pair) in slot[KEY..].iter_mut().enumerate() {
        *pair = id(2 * index) | id(2 * index + 1) << 32;
    }
    slot[KEY] |= (ids.len() as u64) << COUNT_SHIFT;
    slot
}

/// Number of the ids packed in `pairs`, which are then the first of `ids`.
#[inline]
fn copy_ids(pairs: &[u64], ids: &mut [u32]) -> usize {
    for (pair, ids) in pairs.iter().zip(ids.as_chunks_mut().0) {
        *ids = [*pair as u32, (pair >> 32) as u32];
    }
    let first = pairs[0] as u32;
    ids[0] = first & ((1 << COUNT_SHIFT) - 1);
    (first >> COUNT_SHIFT) as usize
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cache_still_has_is_what_it_was_given_also_after_it_grew() {
        let mut cache: WordCache<2, 4> = WordCache::new(1 << 8);
        let words: Vec<String> = (0..600).map(|number| format!("w{number}")).collect();
        let key = |word: &str| Key::<2>::new(word.as_bytes(), 0, word.len());
        let mut ids = [0; 4];
        for (number, word) in (1..).zip(&words) {
            let expected = &[number, number + 1, 7, 9][..=word.len() % 4];
            cache.insert(key(word), key(word).hash(), expected);
            let count = cache.get(key(word), key(word).hash(), &mut ids);
            assert_eq!(&ids[..count], expected);
        }
        let found = words.iter().zip(1..).filter(|(word, number)| {
            let count = cache.get(key(word), key(word).hash(), &mut ids);
            assert!(count == 0 || ids[0] == *number, "{word} has the ids of another word");
            count > 0
        });
        assert!(found.count() > 256, "a cache of 512 words keeps most of the last ones");
        cache.insert(key("many"), key("many").hash(), &[1; 5]);
        assert_eq!(cache.get(key("many"), key("many").hash(), &mut ids), 0);
    }

    #[test]
    fn seeds_make_room_for_words() {
        let key = |word: &str| Key::<2>::new(word.as_bytes(), 0, word.len());
        let seeds: Vec<String> = (0..2000).map(|number| format!("s{number}")).collect();
        let words: Vec<String> = (0..120).map(|number| format!("w{number}")).collect();
        let mut cache: WordCache<2, 4> = WordCache::new(1 << 8).with_room(2000);
        cache.seed(seeds.iter().zip(0..).map(|(seed, id)| (id, seed.as_bytes())));
        let mut ids = [0; 4];
        let mut found = |cache: &mut WordCache<2, 4>, words: &[String]| {
            words.iter().filter(|word| cache.get(key(word), key(word).hash(), &mut ids) > 0).count()
        };
        let before = found(&mut cache, &seeds);
        assert!(before > 480, "512 slots are full");
        for word in &words {
            cache.insert(key(word), key(word).hash(), &[1, 2]);
        }
        // (One seed for each word, as no eight slots had more words than that.)
        assert_eq!((found(&mut cache, &words), found(&mut cache, &seeds)), (120, before - 120));
    }

    #[test]
    fn a_key_is_the_same_in_the_middle_and_at_the_end_of_a_text() {
        let text = b"abcdefghijklmnopqrstuvwxyz abcdefghijklmno";
        for length in 1..=Key::<2>::LONGEST {
            assert_eq!(Key::<2>::new(text, 0, length), Key::<2>::new(&text[27..27 + length], 0, length));
        }
    }
}
