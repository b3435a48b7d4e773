//! All distinct words as sequences of tokens, in one vector.

use std::ops::Range;
use std::sync::Mutex;

use super::cell::Cell;
use super::deltas::Deltas;
use super::join::join_in_word;
use super::options::{OVERFLOW, Scale};
use super::pair::Pair;
use crate::counts::WordCounts;
use crate::{Error, Result, parallel};

/// Distinct words with their weighted counts, end to end: for each its length, its count and its tokens, so that one look
/// into far memory finds all of a word. A word only becomes shorter, so it is rewritten in place and the room that it
/// leaves is filled with [`Cell::FREE`]; [`compact`](Self::compact) closes the gaps.
///
/// A word is known by its place, the index of its first cell.
pub(super) struct WordArena<C> {
    cells: Vec<C>,
    /// A place about every [`STRIDE`] cells, ascending: where threads may part.
    borders: Vec<usize>,
}

/// What a walk over the arena sees of a word.
pub(super) struct Word<'a, C> {
    pub(super) place: u32,
    pub(super) count: u64,
    pub(super) tokens: &'a [C],
}

const STRIDE: usize = 1 << 14;
/// Places end here, so that the upper part of a length is never [`Cell::FREE`].
const MOST_CELLS: usize = u32::MAX as usize - (1 << 16);
/// Fewer words than this are merged faster than a thread is started.
const WORTH_A_THREAD: usize = 1 << 13;
/// Words that are fetched from memory at the same time.
const BATCH: usize = 16;

const fn header<C: Cell>() -> usize {
    3 * C::PER_U32
}

fn length_of<C: Cell>(word: &[C]) -> usize {
    C::read(word) as usize
}

fn count_of<C: Cell>(word: &[C]) -> u64 {
    u64::from(C::read(&word[C::PER_U32..])) << 32 | u64::from(C::read(&word[2 * C::PER_U32..]))
}

impl<C: Cell> WordArena<C> {
    /// The bytes of all words that weigh anything, each as the token that `ids` has for it.
    pub(super) fn new(counts: &WordCounts, scale: &Scale, ids: &[u32; 256]) -> Result<Self> {
        Self::encoded(counts, scale, |word, cells| {
            cells.extend(word.iter().map(|&byte| C::new(ids[usize::from(byte)])))
        })
    }

    /// All words that weigh anything, of each the tokens that `encode` appends: at most as many as it has bytes.
    pub(super) fn encoded<'c>(
        counts: &'c WordCounts,
        scale: &Scale,
        mut encode: impl FnMut(&'c [u8], &mut Vec<C>),
    ) -> Result<Self> {
        let sorted = counts.sorted_words();
        let (mut cells, mut all_visits) = (Vec::with_capacity(Self::cells_for(counts)), 0_u64);
        let mut borders = Vec::new();
        for index in 0..sorted.len() {
            let (word, count) = (sorted.word(index), scale.weigh(sorted.shares(index))?);
            if count == 0 {
                continue;
            }
            let start = cells.len();
            if start + header::<C>() + word.len() > MOST_CELLS {
                return Err(Error::Training(
                    "the distinct words have nearly 2^32 bytes or more together; train on fewer words".into(),
                ));
            }
            // No pair can ever occur more often than all positions of all words together, and while a merge is under way
            // each of them comes up four times at most. With room for that no later sum needs a check.
            let visits = count.checked_mul(4 * word.len() as u64).and_then(|visits| all_visits.checked_add(visits));
            all_visits = visits.ok_or(Error::CountOverflow(OVERFLOW))?;
            if borders.len() * STRIDE <= start {
                borders.push(start);
            }
            cells.resize(start + header::<C>(), C::FREE);
            encode(word, &mut cells);
            let length = cells.len() - start - header::<C>();
            let parts = [length as u32, (count >> 32) as u32, count as u32];
            parts.iter().zip(cells[start..].chunks_mut(C::PER_U32)).for_each(|(&part, cells)| C::write(part, cells));
        }
        Ok(Self { cells, borders })
    }

    /// Enough for all words, so that the vector never moves.
    fn cells_for(counts: &WordCounts) -> usize {
        let sorted = counts.sorted_words();
        (0..sorted.len()).map(|index| header::<C>() + sorted.word(index).len()).sum()
    }

    /// Gives back the room that no word needs.
    pub(super) fn shrink(&mut self) {
        self.cells.shrink_to_fit();
    }

    pub(super) fn is_blank(&self) -> bool {
        self.cells.is_empty()
    }

    pub(super) fn cells_len(&self) -> usize {
        self.cells.len()
    }

    pub(super) fn count(&self, place: u32) -> u64 {
        count_of(&self.cells[place as usize..])
    }

    /// The words whose places are in `range`, which begins at a place.
    pub(super) fn words(&self, range: Range<usize>) -> impl Iterator<Item = Word<'_, C>> {
        let mut rest = range;
        std::iter::from_fn(move || {
            let place = next_word(&self.cells[..rest.end], rest.start)?;
            let word = &self.cells[place..];
            let end = header::<C>() + length_of(word);
            rest.start = place + end;
            Some(Word { place: place as u32, count: count_of(word), tokens: &word[header::<C>()..end] })
        })
    }

    /// All words.
    pub(super) fn all_words(&self) -> impl Iterator<Item = Word<'_, C>> {
        self.words(0..self.cells.len())
    }

    /// Replaces the word at `place` by fewer tokens; `change` returns how many.
    pub(super) fn rewrite(&mut self, place: u32, change: impl FnOnce(&mut [C]) -> usize) {
        rewrite(&mut self.cells[place as usize..], change);
    }

    /// Replaces every word by fewer tokens, on several threads. Each has a `W` of its own to work with.
    pub(super) fn rewrite_all<W: Default>(
        &mut self,
        threads: usize,
        change: impl Fn(&mut W, &mut [C]) -> usize + Sync,
    ) {
        let (mut parts, mut rest, mut base) = (Vec::new(), self.cells.as_mut_slice(), 0);
        for range in parts_of(&self.borders, rest.len(), threads) {
            let (own, later) = rest.split_at_mut(range.end - base);
            parts.push(Mutex::new(own));
            (rest, base) = (later, range.end);
        }
        parallel::map(threads, parts.len(), |part| {
            let mut cells = parts[part].lock().expect("no holder panics");
            let (mut own, mut at) = (W::default(), 0);
            while let Some(place) = next_word(&cells, at) {
                at = place + header::<C>() + length_of(&cells[place..]);
                rewrite(&mut cells[place..], |tokens| change(&mut own, tokens));
            }
        });
    }

    /// Forgets words of one token, which have no pairs, and closes the gaps between the others. Words keep their order and
    /// get new places.
    pub(super) fn compact(&mut self) {
        let (mut from, mut to) = (0, 0);
        self.borders.clear();
        while let Some(place) = next_word(&self.cells, from) {
            let length = length_of(&self.cells[place..]);
            from = place + header::<C>() + length;
            if length < 2 {
                continue;
            }
            if self.borders.len() * STRIDE <= to {
                self.borders.push(to);
            }
            self.cells.copy_within(place..from, to);
            to += from - place;
        }
        self.cells.truncate(to);
        self.cells.shrink_to_fit();
    }

    /// At most `parts` ranges with about the same number of tokens each, which begin and end between words.
    pub(super) fn parts(&self, parts: usize) -> Vec<Range<usize>> {
        parts_of(&self.borders, self.cells.len(), parts)
    }

    /// Replaces `pair` by `id` in the words at `places`, ascending, and notes what that changes. Words that do not hold the
    /// pair any more stay as they are.
    pub(super) fn join(&mut self, pair: Pair, id: u32, places: &[u32], deltas: &mut [Deltas]) {
        let threads = deltas.len();
        for deltas in deltas.iter_mut() {
            deltas.start(pair, id);
        }
        if threads == 1 || places.len() < WORTH_A_THREAD {
            return join_words(&mut self.cells, 0, (pair, id), places, &mut deltas[0]);
        }
        let share = places.len().div_ceil(threads);
        let (mut parts, mut rest, mut base) = (Vec::with_capacity(threads), self.cells.as_mut_slice(), 0);
        for (members, deltas) in places.chunks(share).zip(deltas.iter_mut()) {
            // Everything up to the last word of this part belongs to it: no two threads see one word.
            let last = *members.last().expect("chunks are not empty") as usize;
            let end = last + header::<C>() + length_of(&rest[last - base..]);
            let (own, later) = rest.split_at_mut(end - base);
            parts.push(Mutex::new((own, base, members, deltas)));
            (rest, base) = (later, end);
        }
        parallel::map(threads, parts.len(), |part| {
            let mut part = parts[part].lock().expect("no holder panics");
            let (cells, base, members, deltas) = &mut *part;
            join_words(cells, *base, (pair, id), members, deltas);
        });
        drop(parts);
        let (first, others) = deltas.split_first_mut().expect("one for each thread");
        for other in others {
            first.absorb(other);
        }
    }
}

impl WordArena<u16> {
    /// The same words in wider cells, for more tokens.
    pub(super) fn widened(self) -> WordArena<u32> {
        let mut cells = Vec::with_capacity(self.cells.len());
        for Word { count, tokens, .. } in self.all_words() {
            cells.extend([tokens.len() as u32, (count >> 32) as u32, count as u32]);
            cells.extend(tokens.iter().map(|token| token.get()));
        }
        let mut arena = WordArena { cells, borders: Vec::new() };
        arena.compact();
        arena
    }
}

/// The first place at `from` or behind it, if there is one.
#[inline]
fn next_word<C: Cell>(cells: &[C], from: usize) -> Option<usize> {
    // The upper part of a length is never FREE.
    cells.get(from..)?.iter().position(|&cell| cell != C::FREE).map(|gap| from + gap)
}

fn parts_of(borders: &[usize], end: usize, parts: usize) -> Vec<Range<usize>> {
    let border =
        |part: usize| if part == parts { end } else { borders.get(borders.len() * part / parts).map_or(end, |&at| at) };
    (0..parts).map(|part| border(part)..border(part + 1)).collect()
}

/// Replaces the word that `cells` begin with.
#[inline]
fn rewrite<C: Cell>(cells: &mut [C], change: impl FnOnce(&mut [C]) -> usize) {
    let (header, tokens) = cells.split_at_mut(header::<C>());
    let tokens = &mut tokens[..C::read(header) as usize];
    let length = change(tokens);
    tokens[length..].fill(C::FREE);
    C::write(length as u32, header);
}

/// Merges within a part of the arena that begins at `base`.
fn join_words<C: Cell>(cells: &mut [C], base: usize, (pair, id): (Pair, u32), places: &[u32], deltas: &mut Deltas) {
    for batch in places.chunks(BATCH) {
        // The words lie far apart and waiting for the memory takes longer than the work. Loads that do not depend on each
        // other wait together, so a batch is touched before it is worked on.
        let touch = |&place: &u32| cells[place as usize - base].get();
        std::hint::black_box(batch.iter().map(touch).fold(0, u32::wrapping_add));
        for &place in batch {
            let word = &mut cells[place as usize - base..];
            deltas.enter(place, count_of(word));
            rewrite(word, |tokens| join_in_word(tokens, pair, id, deltas));
        }
    }
}
