//! Words in blocks: first every word of a block says which place of a cache it will ask for, then all of them are asked.
//!
//! A cache of some megabytes answers from far away. Asked word by word, each answer is waited for; announced a hundred
//! words ahead, the waits happen at the same time, behind the work of cutting the text into words.

use super::word_cache::{Key, WordCache};

/// Words of a block.
const WORDS: usize = 128;
/// Ids that are collected before they are handed over.
const IDS: usize = 512;

/// What is kept of the buffer for the ids of one word.
const KEPT_SYMBOLS: usize = 1 << 16;

/// Words of up to 7 bytes and 2 ids, 15 bytes and 4 ids, 31 bytes and 8 ids, 63 bytes and 16 ids.
type TinyWords = WordCache<1, 2, 4>;
type ShortWords = WordCache<2, 4, 2>;
type LongWords = WordCache<4, 8, 2>;
type HugeWords = WordCache<8, 16, 2>;

/// Words that wait for their ids, and the caches that are asked for them.
#[derive(Debug)]
pub(super) struct Block {
    words: Box<[Word; WORDS]>,
    held: usize,
    ids: Box<[u32; IDS]>,
    tiny: TinyWords,
    short: ShortWords,
    long: LongWords,
    huge: HugeWords,
    symbols: Vec<u32>,
}

/// A word, as the key that a cache knows it by.
#[derive(Clone, Copy, Debug, Default)]
struct Word {
    key: [u64; 8],
    hash: u64,
    start: u32,
    end: u32,
}

impl Block {
    pub(super) fn new() -> Self {
        Self {
            words: Box::new([Word::default(); WORDS]),
            held: 0,
            ids: Box::new([0; IDS]),
            // At most 2 MiB, 8 MiB, 8 MiB and 4 MiB.
            tiny: WordCache::new(1 << 15),
            short: WordCache::new(1 << 17),
            long: WordCache::new(1 << 16),
            huge: WordCache::new(1 << 14),
            symbols: Vec::new(),
        }
    }

    /// Forgets the words that an abandoned text left.
    pub(super) fn clear(&mut self) {
        self.held = 0;
    }

    /// Takes the word `text[start..end]` in: not empty, and of a text shorter than 4 GiB. True when the block is full;
    /// then it must be answered before the next word.
    #[inline]
    pub(super) fn push(&mut self, text: &str, start: usize, end: usize) -> bool {
        let word = &mut self.words[self.held];
        (word.start, word.end) = (start as u32, end as u32);
        let length = end - start;
        if length <= Key::<1>::LONGEST {
            let key = Key::<1>::new(text.as_bytes(), start, length);
            [word.key[0]] = key.0;
            word.hash = key.hash();
            self.tiny.announce(word.hash);
        } else if length <= Key::<2>::LONGEST {
            let key = Key::<2>::new(text.as_bytes(), start, length);
            [word.key[0], word.key[1]] = key.0;
            word.hash = key.hash();
            self.short.announce(word.hash);
        } else if length <= Key::<4>::LONGEST {
            let key = Key::<4>::new(text.as_bytes(), start, length);
            word.key[..4].copy_from_slice(&key.0);
            word.hash = key.hash();
            self.long.announce(word.hash);
        } else if length <= Key::<8>::LONGEST {
            let key = Key::<8>::new(text.as_bytes(), start, length);
            word.key = key.0;
            word.hash = key.hash();
            self.huge.announce(word.hash);
        }
        self.held += 1;
        self.held == WORDS
    }

    /// Calls `emit` with the ids of the words taken in, in order, many at a time. `merge` appends those of a word that
    /// no cache has.
    #[inline]
    pub(super) fn answer(
        &mut self,
        text: &str,
        mut merge: impl FnMut(&str, &mut Vec<u32>),
        mut emit: impl FnMut(&[u32]),
    ) {
        let mut ready = 0;
        for word in &self.words[..self.held] {
            let Word { ref key, hash, .. } = *word;
            let (start, end) = (word.start as usize, word.end as usize);
            if ready > IDS - HugeWords::IDS {
                emit(&self.ids[..ready]);
                ready = 0;
            }
            let tail = &mut self.ids[ready..];
            let length = end - start;
            let count = if length <= Key::<1>::LONGEST {
                self.tiny.get(Key([key[0]]), hash, tail)
            } else if length <= Key::<2>::LONGEST {
                self.short.get(Key([key[0], key[1]]), hash, tail)
            } else if length <= Key::<4>::LONGEST {
                self.long.get(Key([key[0], key[1], key[2], key[3]]), hash, tail)
            } else if length <= Key::<8>::LONGEST {
                self.huge.get(Key(*key), hash, tail)
            } else {
                0
            };
            if count > 0 {
                ready += count;
                continue;
            }
            self.symbols.clear();
            merge(&text[start..end], &mut self.symbols);
            if length <= Key::<1>::LONGEST {
                self.tiny.insert(Key([key[0]]), hash, &self.symbols);
            } else if length <= Key::<2>::LONGEST {
                self.short.insert(Key([key[0], key[1]]), hash, &self.symbols);
            } else if length <= Key::<4>::LONGEST {
                self.long.insert(Key([key[0], key[1], key[2], key[3]]), hash, &self.symbols);
            } else if length <= Key::<8>::LONGEST {
                self.huge.insert(Key(*key), hash, &self.symbols);
            }
            if self.symbols.len() <= tail.len() {
                tail[..self.symbols.len()].copy_from_slice(&self.symbols);
                ready += self.symbols.len();
            } else {
                emit(&self.ids[..ready]);
                emit(&self.symbols);
                ready = 0;
            }
        }
        emit(&self.ids[..ready]);
        self.held = 0;
        // What a single huge word made the buffer grow to goes back.
        self.symbols.shrink_to(KEPT_SYMBOLS);
    }
}
