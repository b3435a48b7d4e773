//! Words in blocks: each word that comes in says which place of a cache it will ask for; when a block is full all are asked.
//!
//! A cache of some megabytes answers from far away. Asked word by word, each answer is waited for; announced a hundred
//! words ahead, the waits happen at the same time.

use super::merger::Merger;
use super::word_cache::{Key, WordCache};
use crate::error::Result;
use crate::splitter::Ends;

/// Words of a block. It is full when it may have no room for those of a window.
const WORDS: usize = 128 + Ends::MOST;
/// Ids that are collected before they are handed over: there is room for those of all words that the caches know.
const IDS: usize = HugeWords::IDS * WORDS;

/// Tokens that a block knows from the start. More of them help a first pass over English (all 200,000 by 12 to 25 %) and take
/// room from all other words: known words of 20 languages were 15 % slower with all of them, 5 % with 65,536.
const SEEDS: usize = 3 << 14;

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
    held: usize,
    /// Where the first word starts in the text, and where each of them ends.
    ends: Box<[u32; WORDS + 1]>,
    words: Box<[Word; WORDS]>,
    ids: Box<[u32; IDS]>,
    caches: Caches,
    symbols: Vec<u32>,
}

#[derive(Debug)]
struct Caches {
    short: ShortWords,
    long: LongWords,
    huge: HugeWords,
}

/// A word, as the cache of short words is asked for it.
#[derive(Clone, Copy, Debug, Default)]
struct Word {
    /// Of a longer word, [`Key::of_longer_word`].
    key: Key<2>,
    hash: u64,
}

impl Word {
    #[inline]
    fn set(&mut self, key: Key<2>) {
        // The halves by themselves: put together in memory first, as a result that is returned, they could be read again
        // only when they had reached the cache, and that took half of the time that known words take.
        ([self.key.0[0], self.key.0[1]], self.hash) = (key.0, key.hash());
    }

    #[inline]
    fn set_longer(&mut self, hash: u64) {
        (self.key, self.hash) = (Key::of_longer_word(hash), 0);
    }
}

impl Caches {
    /// The hash of a word that is not short.
    #[inline(never)]
    fn announce_longer(&self, text: &[u8], start: usize, length: usize) -> u64 {
        if length <= Key::<4>::LONGEST {
            let hash = Key::<4>::new(text, start, length).hash();
            self.long.announce(hash);
            hash
        } else if length <= Key::<8>::LONGEST {
            let hash = Key::<8>::new(text, start, length).hash();
            self.huge.announce(hash);
            hash
        } else {
            0
        }
    }

    /// Number of ids of a word that is not short, or not where the cache of short words would have it first.
    #[inline(never)]
    fn find(&mut self, word: &Word, text: &[u8], start: usize, length: usize, ids: &mut [u32]) -> usize {
        if length <= Key::<2>::LONGEST {
            self.short.get_from_neighbour(word.key, word.hash, ids)
        } else if length <= Key::<4>::LONGEST {
            self.long.get(Key::new(text, start, length), word.key.hash_of_longer_word(), ids)
        } else if length <= Key::<8>::LONGEST {
            self.huge.get(Key::new(text, start, length), word.key.hash_of_longer_word(), ids)
        } else {
            0
        }
    }
}

impl Block {
    pub(super) fn new() -> Self {
        Self {
            held: 0,
            ends: Box::new([0; WORDS + 1]),
            words: Box::new([Word::default(); WORDS]),
            ids: Box::new([0; IDS]),
            // At most 8 MiB, 8 MiB and 2 MiB.
            caches: Caches {
                short: WordCache::new(1 << 17),
                long: WordCache::new(1 << 16),
                huge: WordCache::new(1 << 13),
            },
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
        block.caches.short = block.caches.short.with_room(merger.text.count().min(SEEDS));
        block.caches.short.seed(words);
        block
    }

    /// Begins a text, and forgets the words that an abandoned one left.
    pub(super) fn clear(&mut self) {
        self.held = 0;
        self.ends[0] = 0;
    }

    /// Whether the words must be answered before more are taken in.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.held > WORDS - Ends::MOST
    }

    /// Where the last word ends.
    pub(super) fn end(&self) -> usize {
        self.ends[self.held] as usize
    }

    /// Takes in words of `text` that end at `ends`, up to one of more than `longest` bytes, and returns how many.
    ///
    /// Never a part of its caller, nor [`Self::answer`]: that is the loop over windows, which became so large that no
    /// compiler would keep its few variables in registers, and that took a third of the time that known words take.
    #[inline(never)]
    pub(super) fn push(&mut self, text: &[u8], ends: Ends<'_>, longest: usize) -> usize {
        let Self { caches, held, .. } = self;
        let short = caches.short.announced();
        let mut start = self.ends[*held] as usize;
        let places = self.ends[*held + 1..].iter_mut().zip(&mut self.words[*held..]);
        let mut count = 0;
        for (end, (place, word)) in ends.iter().zip(places) {
            let length = end - start;
            if length > longest {
                break;
            }
            *place = end as u32;
            if length <= Key::<2>::LONGEST {
                word.set(Key::new(text, start, length));
                short.announce(word.hash);
            } else {
                word.set_longer(caches.announce_longer(text, start, length));
            }
            start = end;
            count += 1;
        }
        *held += count;
        count
    }

    /// Calls `emit` with the ids of the words taken in, in order, many at a time. `merge` appends the ids of a word that no
    /// cache has. `text` is shorter than 4 GiB, and `bytes` begins with it, as in [`Self::push`].
    ///
    /// # Errors
    /// That of `merge`, after which the block must be [cleared](Self::clear).
    #[inline(never)]
    pub(super) fn answer(
        &mut self,
        text: &str,
        bytes: &[u8],
        mut merge: impl FnMut(&str, &mut Vec<u32>) -> Result<()>,
        mut emit: impl FnMut(&[u32]),
    ) -> Result<()> {
        let (mut index, mut ready) = (0, 0);
        loop {
            (index, ready) = self.answer_known(bytes, index, ready);
            if index == self.held {
                break;
            }
            let (start, end) = (self.ends[index] as usize, self.ends[index + 1] as usize);
            self.symbols.clear();
            merge(&text[start..end], &mut self.symbols)?;
            self.remember(bytes, index, start, end);
            index += 1;
            if self.symbols.len() + HugeWords::IDS * (self.held - index) <= IDS - ready {
                self.ids[ready..][..self.symbols.len()].copy_from_slice(&self.symbols);
                ready += self.symbols.len();
            } else {
                emit(&self.ids[..ready]);
                emit(&self.symbols);
                ready = 0;
            }
        }
        emit(&self.ids[..ready]);
        self.ends[0] = self.ends[self.held];
        self.held = 0;
        // What a single huge word made the buffer grow to goes back.
        self.symbols.shrink_to(KEPT_SYMBOLS);
        Ok(())
    }

    /// Writes the ids of the words from `index` on, up to the first one that no cache has, behind those that are `ready`.
    /// Returns the index of that word, and how many ids are ready then.
    ///
    /// Nearly all words are where the cache of short words has them first, so the loop has nothing else in it.
    #[inline(never)]
    fn answer_known(&mut self, text: &[u8], mut index: usize, mut ready: usize) -> (usize, usize) {
        let Self { held, ends, words, ids, caches, .. } = self;
        let (words, ids) = (&words[..*held], ids.as_mut_slice());
        loop {
            let mut short = caches.short.asked();
            while let Some(word) = words.get(index) {
                let count = short.get(word.key, word.hash, &mut ids[ready..]);
                if count == 0 {
                    break;
                }
                ready += count;
                index += 1;
            }
            let Some(word) = words.get(index) else { break };
            let (start, end) = (ends[index] as usize, ends[index + 1] as usize);
            let count = caches.find(word, text, start, end - start, &mut ids[ready..]);
            if count == 0 {
                break;
            }
            ready += count;
            index += 1;
        }
        (index, ready)
    }

    /// Puts the symbols of a word into its cache.
    fn remember(&mut self, text: &[u8], index: usize, start: usize, end: usize) {
        let Word { key, hash } = self.words[index];
        let length = end - start;
        if length <= Key::<2>::LONGEST {
            self.caches.short.insert(key, hash, &self.symbols);
        } else if length <= Key::<4>::LONGEST {
            self.caches.long.insert(Key::new(text, start, length), key.hash_of_longer_word(), &self.symbols);
        } else if length <= Key::<8>::LONGEST {
            self.caches.huge.insert(Key::new(text, start, length), key.hash_of_longer_word(), &self.symbols);
        }
    }
}
