//! All distinct words as sequences of tokens, in one vector.

use std::cmp::Reverse;
use std::ops::{ControlFlow, Range};
use std::sync::Mutex;

use super::cell::Cell;
use super::deltas::Deltas;
use super::join::Join;
use super::levels::Levels;
use super::options::{OVERFLOW, Scale};
use super::pair::Pair;
use crate::counts::WordCounts;
use crate::parallel::Watch;
use crate::{Error, Result, parallel};

/// Distinct words end to end, those that count most first, with a [border](Cell::BORDER) before, between and after them.
///
/// A token that was merged keeps the cells of its parts: its id is in the first and in the last of them, and what is
/// between is [free](Cell::FREE). So a *place*, where one token ends and the next begins, stays where it is until the two
/// become one; whoever knows the place of a pair finds the pair there, and the tokens at its sides, without a look at the
/// rest of the word. [`compact`](Self::compact) gives every token a single cell again.
pub(crate) struct WordArena<C> {
    cells: Vec<C>,
    levels: Levels,
    /// By id: how many cells a token takes. Those beyond the end take one.
    spans: Vec<u32>,
    /// Whether every token has a single cell.
    is_compact: bool,
}

/// Two cells side by side.
///
/// Where words end is chance to a processor that guesses, so there is nothing to guess: whoever sees this may well go on as
/// if it were a pair, and make up for it by arithmetic.
#[derive(Clone, Copy)]
pub(crate) struct Neighbours {
    /// Whether both are tokens, and none a border.
    pub(crate) is_pair: bool,
    pub(crate) left: u32,
    pub(crate) right: u32,
    /// Where the second token begins.
    pub(crate) place: u32,
    /// 1 if the pair can be merged here, 0 if it overlaps with one that can.
    pub(crate) times: u32,
}

/// Places end here.
const MOST_CELLS: usize = u32::MAX as usize - (1 << 16);
/// Fewer places than this are merged faster than a thread is started: to start one and to wait for it takes some 90 µs, as
/// long as 5,000 places do. With 2^13 two threads were slower than one.
const WORTH_A_THREAD: usize = 1 << 15;
/// Fewer cells than this are walked over faster than a thread is started.
const WORTH_A_PART: usize = if cfg!(test) { 8 } else { 1 << 16 };
/// Cells between two looks whether to go on: some 10 ms.
const LOOK_EVERY: usize = if cfg!(test) { 16 } else { 1 << 20 };
/// Places that are fetched from memory at the same time.
const BATCH: usize = 16;

impl<C: Cell> WordArena<C> {
    /// The bytes of all words that weigh anything, each as the token that `ids` has for it.
    pub(crate) fn new(counts: &WordCounts, scale: &Scale, ids: &[u32; 256]) -> Result<Self> {
        Self::encoded(counts, scale, |word, cells| {
            cells.extend(word.iter().map(|&byte| C::new(ids[usize::from(byte)])));
        })
    }

    /// All words that weigh anything, of each the tokens that `encode` appends: at most as many as it has bytes.
    pub(crate) fn encoded<'c>(
        counts: &'c WordCounts,
        scale: &Scale,
        mut encode: impl FnMut(&'c [u8], &mut Vec<C>),
    ) -> Result<Self> {
        let words = counts.sorted_words();
        let order = by_count(counts, scale)?;
        let room = 1 + order.iter().map(|&(_, index)| words.word(index as usize).len() + 1).sum::<usize>();
        if room > MOST_CELLS {
            return Err(Error::Training(
                "the distinct words have nearly 2^32 bytes or more together; train on fewer words".into(),
            ));
        }
        let mut arena =
            Self { cells: Vec::with_capacity(room), levels: Levels::default(), spans: Vec::new(), is_compact: true };
        arena.cells.push(C::BORDER);
        let mut all_visits = 0_u64;
        for (count, index) in order {
            let word = words.word(index as usize);
            // No pair can ever occur more often than all positions of all words together, and while a merge is under way
            // each of them comes up four times at most. With room for that no later sum needs a check.
            let visits = count.checked_mul(4 * word.len() as u64).and_then(|visits| all_visits.checked_add(visits));
            all_visits = visits.ok_or(Error::CountOverflow(OVERFLOW))?;
            arena.levels.push(arena.cells.len(), count);
            encode(word, &mut arena.cells);
            arena.cells.push(C::BORDER);
        }
        arena.levels.close(arena.cells.len());
        Ok(arena)
    }

    /// Words that count 1 each: sequences of symbols, given with the number of all of them.
    pub(crate) fn once_each<W: IntoIterator<Item = u32>>(
        words: impl IntoIterator<Item = W>,
        symbols: usize,
        borders: usize,
    ) -> Result<Self> {
        let room = 1 + symbols + borders;
        if room > MOST_CELLS {
            return Err(Error::Training("there are nearly 2^32 codes or more; learn from fewer".into()));
        }
        let mut arena = Self {
            cells: crate::memory::reserved(room)?,
            levels: Levels::default(),
            spans: Vec::new(),
            is_compact: true,
        };
        arena.cells.push(C::BORDER);
        arena.levels.push(arena.cells.len(), 1);
        for word in words {
            arena.cells.extend(word.into_iter().map(C::new));
            arena.cells.push(C::BORDER);
        }
        arena.levels.close(arena.cells.len());
        Ok(arena)
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.levels.are_empty()
    }

    /// Cells of all words and the borders between them.
    pub(crate) fn cells_len(&self) -> usize {
        self.cells.len()
    }

    /// Replaces every word by fewer tokens, on several threads; `change` returns how many. Each thread has a `W` of its own
    /// to work with. Nothing may have been merged since the words were compact.
    pub(crate) fn rewrite_all<W: Default>(
        &mut self,
        threads: usize,
        change: impl Fn(&mut W, &mut [C]) -> usize + Sync,
    ) {
        self.is_compact = false;
        let parts = self.parts(threads);
        let shares = shares(&mut self.cells, &parts);
        parallel::map(parts.len(), parts.len(), |part| {
            let (mut cells, mut own) = (shares[part].lock().expect("no holder panics"), W::default());
            for word in cells.split_mut(|&cell| cell == C::BORDER).filter(|word| !word.is_empty()) {
                let length = change(&mut own, word);
                word[length..].fill(C::FREE);
            }
        });
    }

    /// Tokens of all words, each as often as its word counts, where nothing was merged since the words were compact.
    pub(crate) fn weighted_tokens(&self) -> u64 {
        let is_token = |cell: &&C| **cell != C::BORDER && **cell != C::FREE;
        let of_level =
            |(range, count): (Range<usize>, u64)| self.cells[range].iter().filter(is_token).count() as u64 * count;
        self.levels.ranges(self.cells.len()).map(of_level).sum()
    }

    /// Forgets words of one token, which have no pairs, and gives every token a single cell. Words keep their order and get
    /// new places.
    pub(crate) fn compact(&mut self, threads: usize) {
        if std::mem::replace(&mut self.is_compact, true) {
            return;
        }
        let parts = self.parts(threads);
        let shares = shares(&mut self.cells, &parts);
        let (levels, spans) = (std::mem::take(&mut self.levels), std::mem::take(&mut self.spans));
        let compacted = parallel::map(parts.len(), parts.len(), |part| {
            let mut cells = shares[part].lock().expect("no holder panics");
            compact_part(&mut cells, &levels, parts[part].clone(), &spans)
        });
        drop(shares);
        let mut to = 1;
        for (part, (length, starts)) in parts.into_iter().zip(compacted) {
            self.cells.copy_within(part.start..part.start + length, to);
            for (start, count) in starts {
                self.levels.push(to + start, count);
            }
            to += length;
        }
        self.cells.truncate(to);
        self.cells.shrink_to_fit();
        self.levels.close(to);
    }

    /// Cuts all cells into a part for each thread, of about the same length, or into fewer where these would have little to
    /// do: each of whole words and the borders behind them.
    pub(crate) fn parts(&self, threads: usize) -> Vec<Range<usize>> {
        let parts = threads.min(self.cells.len() / WORTH_A_PART).max(1);
        let (mut ranges, mut start) = (Vec::with_capacity(parts), 1);
        for part in 1..=parts {
            let from = (self.cells.len() / parts * part).max(start);
            let end =
                if part == parts { self.cells.len() } else { self.cells.len().min(next_border(&self.cells, from) + 1) };
            if start < end {
                ranges.push(start..end);
                start = end;
            }
        }
        ranges
    }

    /// Every cell of a [part](Self::parts) in words that are compact, and the one before it: `seen` hears of both as
    /// [`Neighbours`], and of what the word counts.
    ///
    /// A run of `n` equal tokens has `n / 2` places where the pair of that token with itself can be merged, because
    /// occurrences do not overlap: the first of two, and so on from left to right.
    ///
    /// Breaks when a `look` does, which there is every [`LOOK_EVERY`] cells.
    #[inline]
    #[expect(clippy::needless_bitwise_bool, reason = "a lazy operator is a branch, and these would be guessed wrong")]
    pub(crate) fn walk(
        &self,
        part: Range<usize>,
        look: Watch,
        mut seen: impl FnMut(Neighbours, u64),
    ) -> ControlFlow<()> {
        let mut looked = part.start;
        for (range, count) in self.levels.ranges_in(part) {
            let (mut last, mut is_odd, mut start) = (C::BORDER, false, range.start);
            while start < range.end {
                let end = range.end.min(looked + LOOK_EVERY);
                for (&cell, place) in self.cells[start..end].iter().zip(start as u32..) {
                    let (is_pair, is_run) = ((cell != C::BORDER) & (last != C::BORDER), cell == last);
                    is_odd = is_pair & is_run & !is_odd;
                    let (left, right) = (last.get(), cell.get());
                    seen(Neighbours { is_pair, left, right, place, times: u32::from(is_odd | !is_run) }, count);
                    last = cell;
                }
                if end == looked + LOOK_EVERY {
                    look()?;
                    looked = end;
                }
                start = end;
            }
        }
        ControlFlow::Continue(())
    }

    /// What the words at places count that ascend.
    pub(crate) fn counts(&self) -> impl FnMut(u32) -> u64 + '_ {
        self.levels.ascending()
    }

    /// Replaces `pair` by `id`, which is new, at those of the `places` where it still is, and notes what that changes. Places
    /// ascend.
    pub(crate) fn join(&mut self, pair: Pair, id: u32, places: &[u32], deltas: &mut [Deltas]) {
        let threads = deltas.len();
        for deltas in deltas.iter_mut() {
            deltas.start(pair, id);
        }
        let spans = [span(&self.spans, pair.left()), span(&self.spans, pair.right())];
        self.is_compact = false;
        self.spans.resize(id as usize, 1);
        self.spans.push((spans[0] + spans[1]) as u32);
        let (levels, spans_of, join) = (&self.levels, &self.spans, |base| Join::new(pair, id, spans, base));
        if threads == 1 || places.len() < WORTH_A_THREAD {
            return join_places(&mut self.cells, levels, join(0), places, &mut deltas[0]);
        }
        let mut parts = Vec::with_capacity(threads);
        let (mut cells, mut base, mut rest) = (self.cells.as_mut_slice(), 0, places);
        for (part, deltas) in deltas.iter_mut().enumerate() {
            let (mut share, mut end) = (rest.len(), cells.len());
            let middle = rest.len().saturating_sub(1) / (threads - part);
            let (own, places) = (join(base), if part + 1 < threads { &rest[middle..] } else { &[] });
            if let Some(from) = places.iter().map(|&place| place as usize - base).find(|&at| own.is_at(cells, at)) {
                end = next_cut(cells, from, pair, |id| span(spans_of, id));
                share = rest.partition_point(|&place| (place as usize) < base + end);
            }
            let (here, later) = cells.split_at_mut(end);
            parts.push(Mutex::new((here, own, &rest[..share], deltas)));
            // Where the cut is, the pair is no more.
            let gone = usize::from(rest.get(share) == Some(&((base + end) as u32)));
            (cells, base, rest) = (later, base + end, &rest[share + gone..]);
        }
        parallel::map(threads, parts.len(), |part| {
            let mut part = parts[part].lock().expect("no holder panics");
            let (cells, join, places, deltas) = &mut *part;
            join_places(cells, levels, join.clone(), places, deltas);
        });
        drop(parts);
        let (first, others) = deltas.split_first_mut().expect("one for each thread");
        for other in others {
            first.absorb(other);
        }
    }
}

#[cfg(test)]
impl<C: Cell> WordArena<C> {
    /// Words with counts that descend.
    pub(crate) fn of_words(words: &[(Vec<u32>, u64)]) -> Self {
        let mut arena = Self { cells: vec![C::BORDER], levels: Levels::default(), spans: Vec::new(), is_compact: true };
        for (word, count) in words {
            arena.levels.push(arena.cells.len(), *count);
            arena.cells.extend(word.iter().map(|&token| C::new(token)));
            arena.cells.push(C::BORDER);
        }
        arena.levels.close(arena.cells.len());
        arena
    }

    /// The words, if they are compact.
    pub(crate) fn words(&self) -> Vec<(Vec<u32>, u64)> {
        let words = |(range, count): (Range<usize>, u64)| {
            let words = self.cells[range].split(|&cell| cell == C::BORDER).filter(|word| !word.is_empty());
            words.map(move |word| (word.iter().map(|cell| cell.get()).collect(), count)).collect::<Vec<_>>()
        };
        self.levels.ranges(self.cells.len()).flat_map(words).collect()
    }
}

impl WordArena<u16> {
    /// The same words in wider cells, for more tokens.
    pub(crate) fn widened(mut self, threads: usize) -> WordArena<u32> {
        self.compact(threads);
        let widen = |&cell: &u16| if cell == u16::BORDER { u32::BORDER } else { cell.get() };
        let cells = self.cells.iter().map(widen).collect();
        WordArena { cells, levels: self.levels, spans: self.spans, is_compact: true }
    }
}

/// The weighted counts and indices of all words that weigh anything, the highest count first.
fn by_count(counts: &WordCounts, scale: &Scale) -> Result<Vec<(u64, u32)>> {
    let words = counts.sorted_words();
    let mut order = Vec::with_capacity(words.len());
    for index in 0..words.len() {
        let count = scale.weigh(words.shares(index))?;
        if count > 0 {
            order.push((count, index as u32));
        }
    }
    // Stable, so that words that look alike stay together.
    order.sort_by_key(|&(count, _)| Reverse(count));
    Ok(order)
}

/// The cells of each part.
fn shares<'c, C>(cells: &'c mut [C], parts: &[Range<usize>]) -> Vec<Mutex<&'c mut [C]>> {
    let (mut shares, mut rest) = (Vec::with_capacity(parts.len()), &mut cells[1..]);
    for part in parts {
        let (own, later) = rest.split_at_mut(part.len());
        shares.push(Mutex::new(own));
        rest = later;
    }
    shares
}

/// Gives every token of a part a single cell, without the words that are one token. Returns how many cells are left, and
/// where among them each level begins.
fn compact_part<C: Cell>(
    cells: &mut [C],
    levels: &Levels,
    part: Range<usize>,
    spans: &[u32],
) -> (usize, Vec<(usize, u64)>) {
    let (base, mut to, mut starts) = (part.start, 0, Vec::new());
    for (range, count) in levels.ranges_in(part) {
        let (start, mut from, end) = (to, range.start - base, range.end - base);
        while from < end {
            let word = to;
            while cells[from] != C::BORDER {
                let cell = cells[from];
                if cell == C::FREE {
                    from += 1;
                    continue;
                }
                cells[to] = cell;
                to += 1;
                from += span(spans, cell.get());
            }
            from += 1;
            if to - word < 2 {
                to = word;
            } else {
                cells[to] = C::BORDER;
                to += 1;
            }
        }
        if to > start {
            starts.push((start, count));
        }
    }
    (to, starts)
}

fn span(spans: &[u32], id: u32) -> usize {
    spans.get(id as usize).map_or(1, |&span| span as usize)
}

/// The first border at `from` or behind it; the end of all cells when there is none.
fn next_border<C: Cell>(cells: &[C], from: usize) -> usize {
    let rest = cells.get(from..).unwrap_or_default();
    rest.iter().position(|&cell| cell == C::BORDER).map_or(cells.len(), |gap| from + gap)
}

/// Where cells can be cut so that merging `pair` on one side neither sees nor changes the other: at a border, or between two
/// tokens that are none of the pair. The first such place behind `from`, where a token begins; the end when there is none.
fn next_cut<C: Cell>(cells: &[C], from: usize, pair: Pair, span: impl Fn(u32) -> usize) -> usize {
    let (mut at, mut is_behind_other) = (from, false);
    while let Some(&cell) = cells.get(at) {
        let is_other = cell.get() != pair.left() && cell.get() != pair.right();
        if cell == C::BORDER || (is_other && is_behind_other) {
            return at;
        }
        is_behind_other = is_other;
        at += span(cell.get());
    }
    cells.len()
}

/// Merges within a part of the arena.
fn join_places<C: Cell>(cells: &mut [C], levels: &Levels, mut join: Join<C>, places: &[u32], deltas: &mut Deltas) {
    let base = join.base();
    for batch in places.chunks(BATCH) {
        // The places lie far apart and waiting for the memory takes longer than the work. Loads that do not depend on each
        // other wait together, so a batch is touched before it is worked on.
        let touch = |&place: &u32| cells[place as usize - base] == C::FREE;
        std::hint::black_box(batch.iter().filter(|place| touch(place)).count());
        for &place in batch {
            let at = place as usize - base;
            if join.is_at(cells, at) {
                deltas.enter(levels.count(place as usize));
                join.replace(cells, at, deltas);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::join::tests::joined;
    use super::*;
    use crate::parallel::unwatched;
    use proptest::prelude::*;

    #[test]
    fn a_walk_ends_when_a_look_breaks() {
        let arena = WordArena::<u16>::of_words(&[(vec![1; 3 * LOOK_EVERY], 2), (vec![2; LOOK_EVERY], 1)]);
        let [part] = <[_; 1]>::try_from(arena.parts(1)).expect("one thread has one part");
        let (mut looks, mut seen) = (0, 0);
        let mut look = || {
            looks += 1;
            if looks == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        assert!(arena.walk(part, &mut look, |_, _| seen += 1).is_break());
        assert_eq!((looks, seen), (2, 2 * LOOK_EVERY));
    }

    proptest! {
        #[test]
        fn merged_words_are_compact_for_any_number_of_threads(
            words in prop::collection::vec((prop::collection::vec(0_u32..4, 1..12), 1_u64..4), 1..60),
            merges in prop::collection::vec((0_u32..6, 0_u32..6), 0..4),
            threads in 1_usize..6,
        ) {
            let mut words = words;
            words.sort_by_key(|&(_, count)| Reverse(count));
            let mut arena = WordArena::<u16>::of_words(&words);
            let mut deltas = [Deltas::default()];
            for (id, (left, right)) in (4..).zip(merges) {
                let pair = Pair::new(left.min(id - 1), right.min(id - 1));
                let mut places = Vec::new();
                for part in arena.parts(threads) {
                    let flow = arena.walk(part, &mut unwatched, |seen, _| {
                        if seen.is_pair && Pair::new(seen.left, seen.right) == pair {
                            places.push(seen.place);
                        }
                    });
                    prop_assert!(flow.is_continue());
                }
                prop_assert!(places.is_sorted());
                arena.join(pair, id, &places, &mut deltas);
                arena.compact(threads);
                for (word, _) in &mut words {
                    *word = joined(word, pair, id);
                }
                words.retain(|(word, _)| word.len() > 1);
                prop_assert_eq!(arena.words(), words.clone());
            }
            prop_assert_eq!(arena.widened(threads).words(), words);
        }
    }
}
