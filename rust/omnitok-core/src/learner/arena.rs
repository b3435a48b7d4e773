//! All distinct words as sequences of tokens, in one vector.

use std::sync::Mutex;

use super::deltas::Deltas;
use super::join::join_in_word;
use super::options::{OVERFLOW, Scale};
use super::pair::Pair;
use crate::counts::WordCounts;
use crate::{Error, Result, parallel};

/// Distinct words with their weighted counts. A word starts at `start` and its tokens only become fewer, so it is rewritten
/// in place; [`compact`](Self::compact) closes the gaps.
pub(super) struct WordArena {
    words: Vec<Word>,
    symbols: Vec<u32>,
}

#[derive(Clone, Copy)]
pub(super) struct Word {
    start: u32,
    length: u32,
    pub(super) count: u64,
}

/// Fewer words than this are merged faster than a thread is started.
const WORTH_A_THREAD: usize = 1 << 14;
/// Words that are fetched from memory at the same time.
const BATCH: usize = 16;

impl WordArena {
    /// The bytes of all words that weigh anything, as tokens 0 to 255.
    pub(super) fn new(counts: &WordCounts, scale: &Scale) -> Result<Self> {
        let sorted = counts.sorted_words();
        let (mut words, mut symbols, mut all_visits) = (Vec::new(), Vec::new(), 0_u64);
        for index in 0..sorted.len() {
            let (word, count) = (sorted.word(index), scale.weigh(sorted.shares(index))?);
            if count == 0 {
                continue;
            }
            let start = symbols.len();
            symbols.extend(word.iter().map(|&byte| u32::from(byte)));
            if u32::try_from(symbols.len()).is_err() {
                return Err(Error::Training(
                    "the distinct words have more than 2^32 bytes together; train on fewer words".into(),
                ));
            }
            // No pair can ever occur more often than all positions of all words together, and while a merge is under way
            // each of them comes up four times at most. With room for that no later sum needs a check.
            let visits = count.checked_mul(4 * word.len() as u64).and_then(|visits| all_visits.checked_add(visits));
            all_visits = visits.ok_or(Error::CountOverflow(OVERFLOW))?;
            words.push(Word { start: start as u32, length: word.len() as u32, count });
        }
        Ok(Self { words, symbols })
    }

    pub(super) fn is_blank(&self) -> bool {
        self.words.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    pub(super) fn symbols_len(&self) -> usize {
        self.symbols.len()
    }

    pub(super) fn count(&self, word: usize) -> u64 {
        self.words[word].count
    }

    pub(super) fn word(&self, word: usize) -> &[u32] {
        let Word { start, length, .. } = self.words[word];
        &self.symbols[start as usize..(start + length) as usize]
    }

    /// Replaces a word by fewer tokens.
    pub(super) fn rewrite(&mut self, word: usize, change: impl FnOnce(&mut [u32]) -> usize) {
        let Word { start, length, .. } = self.words[word];
        self.words[word].length = change(&mut self.symbols[start as usize..(start + length) as usize]) as u32;
    }

    /// Renames every token; the first step of an engine whose base tokens are not in the order of the bytes.
    pub(super) fn rename(&mut self, name: impl Fn(u32) -> u32) {
        self.symbols.iter_mut().for_each(|symbol| *symbol = name(*symbol));
    }

    /// Forgets words of one token, which have no pairs, and closes the gaps between the others. Words keep their order and
    /// get new numbers.
    pub(super) fn compact(&mut self) {
        let mut end = 0;
        let symbols = &mut self.symbols;
        self.words.retain_mut(|word| {
            if word.length < 2 {
                return false;
            }
            let start = word.start as usize;
            symbols.copy_within(start..start + word.length as usize, end);
            word.start = end as u32;
            end += word.length as usize;
            true
        });
        symbols.truncate(end);
        symbols.shrink_to_fit();
        self.words.shrink_to_fit();
    }

    /// At most `parts` ranges of words with about the same number of tokens each.
    pub(super) fn ranges(&self, parts: usize) -> Vec<std::ops::Range<usize>> {
        let bound = |part: usize| {
            let target = self.symbols.len() as u64 * part as u64 / parts as u64;
            self.words.partition_point(|word| u64::from(word.start) < target)
        };
        (0..parts).map(|part| bound(part)..if part + 1 == parts { self.words.len() } else { bound(part + 1) }).collect()
    }

    /// Replaces `pair` by `id` in the given words, ascending, and notes what that changes. Words that do not hold the pair
    /// any more stay as they are.
    pub(super) fn join(&mut self, pair: Pair, id: u32, words: &[u32], deltas: &mut [Deltas]) {
        let threads = deltas.len();
        if threads == 1 || words.len() < WORTH_A_THREAD {
            return join_words(&mut self.words, &mut self.symbols, (0, 0), (pair, id), words, &mut deltas[0]);
        }
        let share = words.len().div_ceil(threads);
        let mut parts = Vec::with_capacity(threads);
        let (mut rest_words, mut rest_symbols) = (self.words.as_mut_slice(), self.symbols.as_mut_slice());
        let mut bases = (0, 0);
        for (members, deltas) in words.chunks(share).zip(deltas.iter_mut()) {
            // Everything up to the last word of this part belongs to it: no two threads see one word.
            let word_end = *members.last().expect("chunks are not empty") as usize + 1;
            let (own_words, later_words) = rest_words.split_at_mut(word_end - bases.0);
            let last = own_words.last().expect("the part has a word");
            let symbol_end = (last.start + last.length) as usize;
            let (own_symbols, later_symbols) = rest_symbols.split_at_mut(symbol_end - bases.1);
            parts.push(Mutex::new((own_words, own_symbols, bases, members, deltas)));
            (rest_words, rest_symbols, bases) = (later_words, later_symbols, (word_end, symbol_end));
        }
        parallel::map(threads, parts.len(), |part| {
            let mut part = parts[part].lock().expect("no holder panics");
            let (words, symbols, bases, members, deltas) = &mut *part;
            join_words(words, symbols, *bases, (pair, id), members, deltas);
        });
        drop(parts);
        let (first, others) = deltas.split_first_mut().expect("one for each thread");
        for other in others.iter_mut() {
            first.absorb(other);
        }
    }
}

/// Merges within a slice of the arena that begins at word `bases.0` and symbol `bases.1`.
fn join_words(
    words: &mut [Word],
    symbols: &mut [u32],
    bases: (usize, usize),
    (pair, id): (Pair, u32),
    members: &[u32],
    deltas: &mut Deltas,
) {
    for batch in members.chunks(BATCH) {
        // The words lie far apart and waiting for the memory takes longer than the work. Loads that do not depend on each
        // other wait together, so a batch is touched before it is worked on.
        let first_symbol = |&member: &u32| symbols[words[member as usize - bases.0].start as usize - bases.1];
        std::hint::black_box(batch.iter().map(first_symbol).fold(0, u32::wrapping_add));
        for &member in batch {
            let word = &mut words[member as usize - bases.0];
            let start = word.start as usize - bases.1;
            let own = &mut symbols[start..start + word.length as usize];
            let note = |changed, times| deltas.add(changed, times, member, word.count);
            word.length = join_in_word(own, pair, id, note) as u32;
        }
    }
}
