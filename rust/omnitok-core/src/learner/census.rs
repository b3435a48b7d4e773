//! Counting all pairs at the beginning of a round, to find those that are frequent.
//!
//! Threads do not share the words, they share the pairs: each walks over all words and cares for the pairs that are its
//! own. The walk is cheap, as it reads memory in order; what is not are the tables, and so every thread has smaller ones and
//! nothing is left to be added up.

use super::arena::{Neighbours, VIEW, WordArena};
use super::cell::Cell;
use super::course::Alphabet;
use super::pair::Pair;
use super::pair_map::PairMap;
use crate::parallel;

/// As many entries may all threads have in tables that a pair of tokens is an index of.
const MOST_DENSE: usize = 1 << 20;

/// A pair that is counted.
#[derive(Clone, Copy, Default)]
struct Tally {
    count: u64,
    places: u32,
}

impl Tally {
    #[inline]
    fn note(&mut self, times: u32, count: u64) {
        self.count += u64::from(times) * count;
        self.places += 1;
    }
}

/// The frequent pairs of one thread, with their counts and how many places they have.
pub(super) struct Frequent {
    pub(super) pairs: Vec<(Pair, u64, u32)>,
    finder: Finder,
}

/// Where the next place of a frequent pair goes.
enum Finder {
    /// By both tokens.
    Dense { rows: Rows, ends: Vec<usize> },
    /// By hash. Most pairs are rare, and a filter that fits into a near cache turns them away.
    Sparse { owner: Owner, ends: PairMap<usize>, filter: Vec<u64> },
}

/// The pairs that occur at least as often as `threshold_of` says when it is told a bound of the highest count, by thread.
/// Returns the threshold too.
pub(super) fn frequent_pairs<C: Cell>(
    arena: &WordArena<C>,
    tokens: &impl Alphabet,
    threshold_of: impl Fn(u64) -> u64,
    threads: usize,
) -> (Vec<Frequent>, u64) {
    if tokens.len() * tokens.len() <= MOST_DENSE {
        dense(arena, tokens, threshold_of, threads)
    } else {
        sparse(arena, tokens, threshold_of, threads)
    }
}

impl Frequent {
    /// Writes the places of all pairs, one list after the other, each of them ascending.
    pub(super) fn collect<C: Cell>(&mut self, arena: &WordArena<C>, places: &mut [u32]) {
        match &mut self.finder {
            Finder::Dense { rows, ends } => arena.for_each_place(
                |pair, _| rows.own(pair),
                |batch, _| {
                    for &Neighbours { pair, place, .. } in batch {
                        let end = &mut ends[rows.index(pair)];
                        if *end != NOWHERE {
                            places[*end] = place;
                            *end += 1;
                        }
                    }
                },
            ),
            Finder::Sparse { owner, ends, filter } => arena.for_each_place(
                |_, hash| owner.owns(hash) & is_in(filter, hash),
                |batch, _| {
                    ends.touch(batch.iter().map(|seen| seen.hash));
                    for &Neighbours { pair, hash, place, .. } in batch {
                        if let Some(end) = ends.get_mut(pair, hash) {
                            places[*end] = place;
                            *end += 1;
                        }
                    }
                },
            ),
        }
    }
}

/// The part of a table by both tokens that belongs to one thread: its share of the left tokens.
struct Rows {
    /// Where the row of a left token begins.
    starts: Vec<usize>,
    tokens: usize,
}

const NOWHERE: usize = usize::MAX;

impl Rows {
    fn new(tokens: usize, thread: usize, threads: usize) -> Self {
        let start = |left: usize| if left % threads == thread { left / threads * tokens } else { NOWHERE };
        Self { starts: (0..tokens).map(start).collect(), tokens }
    }

    fn table<T: Clone>(&self, value: T) -> Vec<T> {
        vec![value; self.starts.iter().filter(|&&start| start != NOWHERE).count() * self.tokens]
    }

    #[inline]
    fn own(&self, pair: Pair) -> bool {
        self.starts.get(pair.left() as usize).is_some_and(|&start| start != NOWHERE)
    }

    /// Of a pair that is [own](Self::own).
    #[inline]
    fn index(&self, pair: Pair) -> usize {
        self.starts[pair.left() as usize] + pair.right() as usize
    }

    /// The pairs of the table, in its order.
    fn pairs(&self) -> impl Iterator<Item = Pair> + '_ {
        let own = (0..).zip(&self.starts).filter(|(_, start)| **start != NOWHERE);
        own.flat_map(|(left, _)| (0..self.tokens as u32).map(move |right| Pair::new(left, right)))
    }
}

/// For few tokens.
fn dense<C: Cell>(
    arena: &WordArena<C>,
    tokens: &impl Alphabet,
    threshold_of: impl Fn(u64) -> u64,
    threads: usize,
) -> (Vec<Frequent>, u64) {
    let may_join = |pair: Pair| tokens.may_join(pair) && !tokens.is_vetoed(pair);
    let counted = parallel::map(threads, threads, |thread| {
        let rows = Rows::new(tokens.len(), thread, threads);
        let mut table = rows.table(Tally::default());
        arena.for_each_place(
            |pair, _| rows.own(pair),
            |batch, count| batch.iter().for_each(|seen| table[rows.index(seen.pair)].note(seen.times, count)),
        );
        let counts = table.iter().zip(rows.pairs()).filter(|(tally, pair)| tally.count > 0 && may_join(*pair));
        let highest = counts.map(|(tally, _)| tally.count).max().unwrap_or(0);
        (rows, table, highest)
    });
    let threshold = threshold_of(counted.iter().map(|(.., highest)| *highest).max().unwrap_or(0));
    let frequent = counted.into_iter().map(|(rows, table, _)| {
        let (mut ends, mut pairs, mut end) = (rows.table(NOWHERE), Vec::new(), 0);
        for ((pair, tally), own_end) in rows.pairs().zip(table).zip(&mut ends) {
            if tally.count > 0 && tally.count >= threshold && may_join(pair) {
                pairs.push((pair, tally.count, tally.places));
                *own_end = end;
                end += tally.places as usize;
            }
        }
        Frequent { pairs, finder: Finder::Dense { rows, ends } }
    });
    (frequent.collect(), threshold)
}

/// One of several threads that share all pairs by their hashes.
#[derive(Clone, Copy)]
struct Owner {
    thread: u64,
    threads: u64,
}

impl Owner {
    #[inline]
    fn owns(self, hash: u64) -> bool {
        ((hash >> 32) * self.threads) >> 32 == self.thread
    }
}

/// For any number of tokens.
fn sparse<C: Cell>(
    arena: &WordArena<C>,
    tokens: &impl Alphabet,
    threshold_of: impl Fn(u64) -> u64,
    threads: usize,
) -> (Vec<Frequent>, u64) {
    let owner = |thread: usize| Owner { thread: thread as u64, threads: threads as u64 };
    let sketches = parallel::map(threads, threads, |thread| Sketch::new(arena, tokens, owner(thread)));
    let threshold = threshold_of(sketches.iter().map(Sketch::highest).max().unwrap_or(0));
    let count = |thread: usize| {
        let (owner, sketch, mut tallies) = (owner(thread), &sketches[thread], PairMap::<Tally>::default());
        let mut likely = [Neighbours::default(); VIEW];
        arena.for_each_place(
            |_, hash| owner.owns(hash),
            |batch, count| {
                let mut length = 0;
                for &seen in batch {
                    likely[length] = seen;
                    length += usize::from((sketch.bound(seen.hash) >= threshold) & tokens.may_join(seen.pair));
                }
                tallies.touch(likely[..length].iter().map(|seen| seen.hash));
                for &Neighbours { pair, hash, times, .. } in &likely[..length] {
                    tallies.entry(pair, hash).note(times, count);
                }
            },
        );
        let is_frequent = |&(pair, tally): &(Pair, Tally)| tally.count >= threshold && !tokens.is_vetoed(pair);
        let frequent = tallies.into_pairs().filter(is_frequent).map(|(pair, tally)| (pair, tally.count, tally.places));
        Frequent::sparse(frequent.collect(), owner)
    };
    (parallel::map(threads, threads, count), threshold)
}

/// The largest filter has 2^22 bits, half a mebibyte.
const MOST_FILTER: usize = 1 << 16;

fn bit(filter: &[u64], hash: u64) -> (usize, u32) {
    let bit = hash as usize >> 7;
    ((bit / 64) & (filter.len() - 1), (bit % 64) as u32)
}

#[inline]
fn is_in(filter: &[u64], hash: u64) -> bool {
    let (word, bit) = bit(filter, hash);
    filter[word] >> bit & 1 == 1
}

impl Frequent {
    fn sparse(pairs: Vec<(Pair, u64, u32)>, owner: Owner) -> Self {
        let mut ends = PairMap::for_pairs(pairs.len());
        let mut filter = vec![0_u64; (pairs.len() / 4).next_power_of_two().clamp(1, MOST_FILTER)];
        let mut end = 0;
        for &(pair, _, places) in &pairs {
            let hash = pair.hash();
            *ends.entry(pair, hash) = end;
            end += places as usize;
            let (word, bit) = bit(&filter, hash);
            filter[word] |= 1 << bit;
        }
        Self { pairs, finder: Finder::Sparse { owner, ends, filter } }
    }
}

/// Counts of pairs by hash alone: never below the true count, so what is rare here is rare.
struct Sketch {
    cells: Vec<u64>,
}

/// Bounds of the number of cells of all threads as powers of two; the larger tables take 16 MiB.
const SKETCH_BITS: std::ops::RangeInclusive<u32> = 12..=21;

impl Sketch {
    /// Of the pairs of one thread.
    fn new<C: Cell>(arena: &WordArena<C>, tokens: &impl Alphabet, owner: Owner) -> Self {
        let bits = arena.cells_len().max(1).ilog2().clamp(*SKETCH_BITS.start(), *SKETCH_BITS.end());
        let mut cells = vec![0_u64; (1 << bits >> owner.threads.ilog2()).max(1)];
        let mask = cells.len() - 1;
        arena.for_each_place(
            |_, hash| owner.owns(hash),
            |batch, count| {
                for &Neighbours { pair, hash, times, .. } in batch {
                    let times = if tokens.may_join(pair) { times } else { 0 };
                    cells[hash as usize & mask] += count * u64::from(times);
                }
            },
        );
        Self { cells }
    }

    #[inline]
    fn bound(&self, hash: u64) -> u64 {
        self.cells[hash as usize & (self.cells.len() - 1)]
    }

    fn highest(&self) -> u64 {
        self.cells.iter().copied().max().unwrap_or(0)
    }
}
