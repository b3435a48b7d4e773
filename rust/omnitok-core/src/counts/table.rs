//! The hash table that one worker counts the words of one language in.
//!
//! Open addressing over 32-byte slots, two to a cache line. A word of at most fifteen bytes lives in its slot, so most
//! probes touch one line and compare integers; the bytes beyond the fifteenth of longer words lie in one arena.

use super::key::{HEAD_BYTES, Head, WordKey};
use crate::Result;

/// Counts of distinct words. Memory: 32 bytes per slot at no more than 3/4 load, and an arena for long words.
#[derive(Default)]
pub(crate) struct CountingTable {
    /// A power of two of slots, or none.
    slots: Vec<Slot>,
    /// `64 - log2(slots.len())`: the top bits of a hash choose the slot.
    shift: u32,
    used: usize,
    arena: Vec<u8>,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    head: Head,
    /// Long words only: hash tag in the upper 24 bits, offset into the arena in the lower 40.
    tail: u64,
    /// 0 marks a free slot. Cannot overflow: every word counted is text that somebody read.
    count: u64,
}

const OFFSET_BITS: u32 = 40;
const OFFSET_MASK: u64 = (1 << OFFSET_BITS) - 1;
const FIRST_SLOTS: usize = 1 << 6;
/// Bytes that hold the length of a tail in the arena, before the tail.
const LENGTH_BYTES: usize = 8;

/// What new words take of a table.
#[derive(Clone, Copy, Default)]
pub(crate) struct Room {
    words: usize,
    /// In the arena.
    bytes: usize,
}

impl Room {
    #[inline]
    pub(crate) fn of(word: &[u8]) -> Self {
        Self { words: 1, bytes: if word.len() > HEAD_BYTES { LENGTH_BYTES + word.len() - HEAD_BYTES } else { 0 } }
    }
}

/// Words that are looked up together, so that the processor fetches all their slots at once.
#[derive(Default)]
pub(crate) struct Batch<'t> {
    keys: [WordKey<'t>; BATCH],
    hashes: [u64; BATCH],
    len: usize,
    room: Room,
}

const BATCH: usize = 16;

impl<'t> Batch<'t> {
    /// Appends a word, and returns whether the batch is full.
    #[inline]
    pub(crate) fn push(&mut self, word: &'t [u8]) -> bool {
        let (key, room) = (WordKey::new(word), Room::of(word));
        self.keys[self.len] = key;
        self.hashes[self.len] = hash(&key);
        self.len += 1;
        self.room = Room { words: self.len, bytes: self.room.bytes + room.bytes };
        self.len == BATCH
    }

    pub(crate) fn room(&self) -> Room {
        self.room
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        self.len = 0;
        self.room = Room::default();
    }
}

impl CountingTable {
    /// Adds to the count of a word, for which there must be [room](Self::make_room), and returns the sum.
    /// O(length of the word).
    #[inline]
    pub(crate) fn add(&mut self, word: &[u8], count: u64) -> u64 {
        let key = WordKey::new(word);
        self.add_key(&key, hash(&key), count)
    }

    /// Counts words, for all of which there must be room.
    #[inline]
    pub(crate) fn add_batch(&mut self, batch: &Batch<'_>) {
        // These loads do not wait for each other, as those of one lookup after the other would for the branches between.
        let slots = &self.slots;
        let counts = batch.hashes[..batch.len].iter().map(|hash| slots[(hash >> self.shift) as usize].count);
        std::hint::black_box(counts.fold(0, |all, count| all ^ count));
        for (key, hash) in batch.keys[..batch.len].iter().zip(batch.hashes) {
            self.add_key(key, hash, 1);
        }
    }

    #[inline]
    fn add_key(&mut self, key: &WordKey<'_>, hash: u64, count: u64) -> u64 {
        let tag = if key.head.is_long() { hash << OFFSET_BITS } else { 0 };
        let mask = self.slots.len() - 1;
        let mut at = (hash >> self.shift) as usize;
        loop {
            let slot = self.slots[at];
            if slot.count == 0 {
                break;
            }
            if slot.head == key.head
                && (!key.head.is_long()
                    || (slot.tail & !OFFSET_MASK == tag && tail(&self.arena, slot.tail) == key.tail))
            {
                let slot = &mut self.slots[at];
                slot.count += count;
                return slot.count;
            }
            at = (at + 1) & mask;
        }
        let offset = if key.head.is_long() { self.store(key.tail) } else { 0 };
        self.slots[at] = Slot { head: key.head, tail: tag | offset, count };
        self.used += 1;
        count
    }

    /// Whether so many new words, with so many bytes for the arena, would need more memory.
    #[inline]
    pub(crate) fn lacks_room(&self, new: Room) -> bool {
        (self.used + new.words) * 4 > self.slots.len() * 3 || self.arena.len() + new.bytes > self.arena.capacity()
    }

    /// Bytes that [`Self::make_room`] takes from the system before it gives back what they replace.
    pub(crate) fn growth(&self, new: Room) -> usize {
        let (slots, arena) = self.next_sizes(new);
        let slots = if slots > self.slots.len() { slots * size_of::<Slot>() } else { 0 };
        let arena = if arena > self.arena.capacity() { arena } else { 0 };
        slots + arena
    }

    /// Makes room for new words.
    pub(crate) fn make_room(&mut self, new: Room) {
        let (slots, arena) = self.next_sizes(new);
        if arena > self.arena.capacity() {
            self.arena.reserve_exact(arena - self.arena.len());
        }
        if slots > self.slots.len() {
            self.grow(slots);
        }
    }

    /// The number of slots and the capacity of the arena that new words ask for.
    fn next_sizes(&self, new: Room) -> (usize, usize) {
        let mut slots = self.slots.len();
        while (self.used + new.words) * 4 > slots * 3 {
            slots = (slots * 2).max(FIRST_SLOTS);
        }
        let (needed, capacity) = (self.arena.len() + new.bytes, self.arena.capacity());
        (slots, if needed > capacity { needed.max(capacity * 2) } else { capacity })
    }

    /// Bytes of memory.
    pub(crate) fn memory(&self) -> usize {
        self.slots.len() * size_of::<Slot>() + self.arena.capacity()
    }

    /// Forgets all words. A table that was much larger than its words becomes smaller, so that clearing takes no longer
    /// than filling did.
    pub(crate) fn clear(&mut self) {
        if self.used * 8 < self.slots.len() && self.slots.len() > FIRST_SLOTS {
            *self = Self::default();
        } else if self.used > 0 {
            self.slots.fill(Slot::default());
            self.arena.clear();
            self.used = 0;
        }
    }

    /// Calls `visit` with every word and its count, in no order, until it fails.
    pub(crate) fn for_each(&self, mut visit: impl FnMut(&WordKey<'_>, u64) -> Result<()>) -> Result<()> {
        self.slots.iter().filter(|slot| slot.count > 0).try_for_each(|slot| {
            let key = WordKey { head: slot.head, tail: slot_tail(&self.arena, slot) };
            visit(&key, slot.count)
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.used == 0
    }

    fn store(&mut self, tail: &[u8]) -> u64 {
        let offset = self.arena.len() as u64;
        assert!(offset <= OFFSET_MASK, "a terabyte of distinct words in memory");
        self.arena.extend_from_slice(&(tail.len() as u64).to_le_bytes());
        self.arena.extend_from_slice(tail);
        offset
    }

    fn grow(&mut self, size: usize) {
        let old = std::mem::replace(&mut self.slots, vec![Slot::default(); size]);
        self.shift = 64 - size.trailing_zeros();
        for slot in old.into_iter().filter(|slot| slot.count > 0) {
            let hash = hash(&WordKey { head: slot.head, tail: slot_tail(&self.arena, &slot) });
            let mut at = (hash >> self.shift) as usize;
            while self.slots[at].count > 0 {
                at = (at + 1) & (size - 1);
            }
            self.slots[at] = slot;
        }
    }

    /// Gives up the table for its words in the order of their bytes. O(n log n), no second copy of the table.
    pub(crate) fn into_run(mut self, language: u16) -> CountedRun {
        self.slots.retain(|slot| slot.count > 0);
        self.slots.shrink_to_fit();
        let arena = &self.arena;
        self.slots
            .sort_unstable_by(|a, b| a.head.cmp(&b.head).then_with(|| slot_tail(arena, a).cmp(slot_tail(arena, b))));
        CountedRun { language, slots: self.slots, arena: self.arena }
    }
}

/// The distinct words of one language that one worker saw, sorted by their bytes.
pub(crate) struct CountedRun {
    language: u16,
    slots: Vec<Slot>,
    arena: Vec<u8>,
}

impl CountedRun {
    pub(crate) fn language(&self) -> u16 {
        self.language
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The word at `index` in sorted order and its count.
    pub(crate) fn get(&self, index: usize) -> (WordKey<'_>, u64) {
        let slot = &self.slots[index];
        (WordKey { head: slot.head, tail: slot_tail(&self.arena, slot) }, slot.count)
    }

    /// Number of words that sort before `key`.
    pub(crate) fn position(&self, key: &WordKey<'_>) -> usize {
        self.slots.partition_point(|slot| WordKey { head: slot.head, tail: slot_tail(&self.arena, slot) } < *key)
    }
}

fn slot_tail<'a>(arena: &'a [u8], slot: &Slot) -> &'a [u8] {
    if slot.head.is_long() { tail(arena, slot.tail) } else { &[] }
}

fn tail(arena: &[u8], reference: u64) -> &[u8] {
    let start = (reference & OFFSET_MASK) as usize + LENGTH_BYTES;
    let length = u64::from_le_bytes(arena[start - LENGTH_BYTES..start].try_into().expect("eight bytes"));
    &arena[start..start + length as usize]
}

/// Multiply-and-fold: the high half of a 128-bit product carries what the low half loses.
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}

/// Seeds from the binary digits of pi, so that no word is special.
const SEEDS: [u64; 3] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0];

fn hash(key: &WordKey<'_>) -> u64 {
    let mut state = fold(key.head.0 ^ SEEDS[0], key.head.1 ^ SEEDS[1]);
    let mut blocks = key.tail.chunks_exact(8);
    for block in &mut blocks {
        state = fold(state ^ u64::from_le_bytes(block.try_into().expect("eight bytes")), SEEDS[2]);
    }
    if !blocks.remainder().is_empty() {
        let mut block = [0; 8];
        block[..blocks.remainder().len()].copy_from_slice(blocks.remainder());
        state = fold(state ^ u64::from_le_bytes(block), SEEDS[2] ^ key.tail.len() as u64);
    }
    fold(state, SEEDS[1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn counts_like_a_map(
            words in prop::collection::vec("[ab]{0,3}|[abc]{14,17}|[ab]{30,33}", 0..3000),
            alone in 0_usize..3000,
        ) {
            let mut table = CountingTable::default();
            let mut expected = BTreeMap::new();
            let (alone, together) = words.split_at(alone.min(words.len()));
            for word in alone {
                table.make_room(Room::of(word.as_bytes()));
                table.add(word.as_bytes(), 1);
            }
            let mut batch = Batch::default();
            for (index, word) in together.iter().enumerate() {
                if batch.push(word.as_bytes()) || index + 1 == together.len() {
                    table.make_room(batch.room());
                    table.add_batch(&batch);
                    batch.clear();
                }
            }
            for word in &words {
                *expected.entry(word.as_bytes().to_vec()).or_insert(0) += 1;
            }
            let run = table.into_run(0);
            let counted: Vec<_> = (0..run.len())
                .map(|index| {
                    let (key, count) = run.get(index);
                    let mut word = Vec::new();
                    key.append_to(&mut word);
                    (word, count)
                })
                .collect();
            prop_assert_eq!(counted, expected.into_iter().collect::<Vec<_>>());
        }
    }
}
