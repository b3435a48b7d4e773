//! Words in blocks: first every word of a block says which place of a cache it will ask for, then all of them are asked.
//!
//! A cache of some megabytes answers from far away. Asked word by word, each answer is waited for; announced a hundred
//! words ahead, the waits happen at the same time.

use super::merger::Merger;
use super::word_cache::{Key, WordCache};

/// Words of a block.
const WORDS: usize = 128;
/// Ids that are collected before they are handed over.
const IDS: usize = 512;

/// Tokens that a block knows from the start. Of the words that English text takes from `o200k_base`, 60 in 100 are among
/// the first 65,536 tokens; to take in all 200,000 took three times as long, more than most texts would win by it.
const SEEDS: usize = 1 << 16;

/// What is kept of the buffer for the ids of one word.
const KEPT_SYMBOLS: usize = 1 << 16;

/// Words of up to 15 bytes and 4 ids, 31 bytes and 8 ids, 63 bytes and 16 ids. One cache for nearly all words: which of
/// several it is would be a branch that no processor foresees.
type ShortWords = WordCache<2, 4>;
type LongWords = WordCache<4, 8>;
type HugeWords = WordCache<8, 16>;

/// Words that wait for their ids, and the caches that are asked for them.
#[derive(Debug)]
pub(super) struct Block {
    /// Where the words end in the text.
    ends: Box<[u32; WORDS]>,
    held: usize,
    words: Box<[Word; WORDS]>,
    ids: Box<[u32; IDS]>,
    short: ShortWords,
    long: LongWords,
    huge: HugeWords,
    symbols: Vec<u32>,
}

/// A word, as the key that a cache knows it by.
#[derive(Clone, Copy, Debug, Default)]
struct Word {
    /// Of a short word; the longer ones are read again.
    key: Key<2>,
    hash: u64,
}

impl Block {
    pub(super) fn new() -> Self {
        Self {
            ends: Box::new([0; WORDS]),
            held: 0,
            words: Box::new([Word::default(); WORDS]),
            ids: Box::new([0; IDS]),
            // At most 8 MiB, 8 MiB and 4 MiB.
            short: WordCache::new(1 << 17),
            long: WordCache::new(1 << 16),
            huge: WordCache::new(1 << 14),
            symbols: Vec::new(),
        }
    }

    /// A block that knows the first tokens of a vocabulary, those that are words and short ones, before it has met them.
    /// Theirs are the lowest ranks, which the most frequent words have. Takes a millisecond or two.
    pub(super) fn seeded(merger: &Merger) -> Self {
        let mut block = Self::new();
        let tokens = merger.text.iter().take(SEEDS);
        let words = tokens.filter(|(_, bytes)| (1..=Key::<2>::LONGEST).contains(&bytes.len()));
        let words = words.filter(|(id, _)| merger.tables.is_a_word(*id));
        block.short = block.short.with_room(merger.text.count().min(SEEDS));
        block.short.seed(words);
        block
    }

    /// Forgets the words that an abandoned text left.
    pub(super) fn clear(&mut self) {
        self.held = 0;
    }

    /// Takes in the word that ends at `end`, which is not empty. True when the block is full; then it must be answered
    /// before the next word.
    #[inline]
    pub(super) fn push(&mut self, end: usize) -> bool {
        self.ends[self.held] = end as u32;
        self.held += 1;
        self.held == WORDS
    }

    /// Calls `emit` with the ids of the words taken in, in order, many at a time, and returns where the last one ends.
    /// `merge` appends the ids of a word that no cache has, and `count` is told how many each word has. The first word
    /// starts at `start`, and `text` is shorter than 4 GiB.
    ///
    /// Never a part of its caller: that is the loop over words, which became so large that no compiler would keep its
    /// few variables in registers, and that took a third of the time that known words take.
    #[inline(never)]
    pub(super) fn answer(
        &mut self,
        text: &str,
        start: usize,
        mut merge: impl FnMut(&str, &mut Vec<u32>),
        mut count: impl FnMut(usize),
        mut emit: impl FnMut(&[u32]),
    ) -> usize {
        self.announce(text.as_bytes(), start);
        let (mut start, mut ready) = (start, 0);
        for index in 0..self.held {
            let end = self.ends[index] as usize;
            if ready > IDS - HugeWords::IDS {
                emit(&self.ids[..ready]);
                ready = 0;
            }
            let found = self.find(text.as_bytes(), index, start, end, ready);
            if found > 0 {
                count(found);
                ready += found;
            } else {
                self.symbols.clear();
                merge(&text[start..end], &mut self.symbols);
                self.remember(text.as_bytes(), index, start, end);
                count(self.symbols.len());
                if self.symbols.len() <= IDS - ready {
                    self.ids[ready..][..self.symbols.len()].copy_from_slice(&self.symbols);
                    ready += self.symbols.len();
                } else {
                    emit(&self.ids[..ready]);
                    emit(&self.symbols);
                    ready = 0;
                }
            }
            start = end;
        }
        emit(&self.ids[..ready]);
        self.held = 0;
        // What a single huge word made the buffer grow to goes back.
        self.symbols.shrink_to(KEPT_SYMBOLS);
        start
    }

    /// Makes the keys of all words, and lets their places in the caches start on their way here.
    #[inline]
    fn announce(&mut self, text: &[u8], mut start: usize) {
        for (&end, word) in self.ends[..self.held].iter().zip(self.words.iter_mut()) {
            let end = end as usize;
            let length = end - start;
            if length <= Key::<2>::LONGEST {
                word.key = Key::new(text, start, length);
                word.hash = word.key.hash();
                self.short.announce(word.hash);
            } else if length <= Key::<4>::LONGEST {
                word.hash = Key::<4>::new(text, start, length).hash();
                self.long.announce(word.hash);
            } else if length <= Key::<8>::LONGEST {
                word.hash = Key::<8>::new(text, start, length).hash();
                self.huge.announce(word.hash);
            }
            start = end;
        }
    }

    /// Number of ids of a word, which are then in `self.ids` from `ready` on; 0 when no cache has it.
    #[inline]
    fn find(&mut self, text: &[u8], index: usize, start: usize, end: usize, ready: usize) -> usize {
        let Word { key, hash } = self.words[index];
        let ids = &mut self.ids[ready..];
        let length = end - start;
        if length <= Key::<2>::LONGEST {
            self.short.get(key, hash, ids)
        } else if length <= Key::<4>::LONGEST {
            self.long.get(Key::new(text, start, length), hash, ids)
        } else if length <= Key::<8>::LONGEST {
            self.huge.get(Key::new(text, start, length), hash, ids)
        } else {
            0
        }
    }

    /// Puts the symbols of a word into its cache.
    fn remember(&mut self, text: &[u8], index: usize, start: usize, end: usize) {
        let Word { key, hash } = self.words[index];
        let length = end - start;
        if length <= Key::<2>::LONGEST {
            self.short.insert(key, hash, &self.symbols);
        } else if length <= Key::<4>::LONGEST {
            self.long.insert(Key::new(text, start, length), hash, &self.symbols);
        } else if length <= Key::<8>::LONGEST {
            self.huge.insert(Key::new(text, start, length), hash, &self.symbols);
        }
    }
}
