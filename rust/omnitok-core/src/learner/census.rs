//! Counting all pairs at the beginning of a round, to find those that are frequent.
//!
//! Threads do not share the words, they share the pairs: each walks over all words and cares for the pairs that are its
//! own. The walk is cheap, as it reads memory in order; what is not are the tables, and so every thread has smaller ones and
//! nothing is left to be added up.

use super::arena::WordArena;
use super::cell::Cell;
use super::pair::Pair;
use super::pair_table::PairTable;
use super::tokens::Tokens;
use crate::parallel;

/// As many entries may all threads have in tables that a pair of tokens is an index of.
const MOST_DENSE: usize = 1 << 23;

/// A pair that is counted.
#[derive(Clone, Copy, Default)]
struct Tally {
    count: u64,
    places: u32,
}

impl Tally {
    #[inline]
    fn note(&mut self, counts: bool, count: u64) {
        self.count += if counts { count } else { 0 };
        self.places += 1;
    }
}

/// The frequent pairs of one thread, with their counts and how many places they have.
pub(super) struct Frequent {
    pub(super) pairs: Vec<(Pair, u64, u32)>,
    finder: Finder,
}

/// Which of the frequent pairs one is.
enum Finder {
    /// By both tokens: the position plus one, or 0.
    Dense { rows: Rows, positions: Vec<u32> },
    /// By hash. Most pairs are rare, and a filter that fits into a near cache turns them away.
    Sparse { owner: Owner, table: PairTable, filter: Vec<u64> },
}

impl Frequent {
    #[inline]
    pub(super) fn position(&self, pair: Pair) -> Option<usize> {
        match &self.finder {
            Finder::Dense { rows, positions } => (positions[rows.index(pair)?] as usize).checked_sub(1),
            Finder::Sparse { owner, table, filter } => {
                let (hash, bit) = (pair.hash(), pair.hash() as usize >> 7);
                let is_known = owner.owns(hash) && filter[(bit / 64) & (filter.len() - 1)] >> (bit % 64) & 1 == 1;
                is_known.then(|| table.get(pair)).flatten()
            }
        }
    }
}

/// The pairs that occur at least as often as `threshold_of` says when it is told a bound of the highest count, by thread.
/// Returns the threshold too.
pub(super) fn frequent_pairs<C: Cell>(
    arena: &WordArena<C>,
    tokens: &Tokens,
    threshold_of: impl Fn(u64) -> u64,
    threads: usize,
) -> (Vec<Frequent>, u64) {
    if tokens.len() * tokens.len() <= MOST_DENSE {
        dense(arena, tokens, threshold_of, threads)
    } else {
        sparse(arena, tokens, threshold_of, threads)
    }
}

/// The part of a table by both tokens that belongs to one thread: its share of the left tokens.
#[derive(Clone)]
struct Rows {
    /// Where the row of a left token begins.
    starts: Vec<u32>,
    tokens: usize,
}

const OTHERS: u32 = u32::MAX;

impl Rows {
    fn new(tokens: usize, thread: usize, threads: usize) -> Self {
        let start = |left: usize| if left % threads == thread { (left / threads * tokens) as u32 } else { OTHERS };
        Self { starts: (0..tokens).map(start).collect(), tokens }
    }

    fn table<T: Clone + Default>(&self) -> Vec<T> {
        vec![T::default(); self.starts.iter().filter(|&&start| start != OTHERS).count() * self.tokens]
    }

    #[inline]
    fn index(&self, pair: Pair) -> Option<usize> {
        let start = self.starts[pair.left() as usize];
        (start != OTHERS).then_some(start as usize + pair.right() as usize)
    }

    /// The pairs of the table, in its order.
    fn pairs(&self) -> impl Iterator<Item = Pair> + '_ {
        let own = (0..).zip(&self.starts).filter(|(_, start)| **start != OTHERS);
        own.flat_map(|(left, _)| (0..self.tokens as u32).map(move |right| Pair::new(left, right)))
    }
}

/// For few tokens.
fn dense<C: Cell>(
    arena: &WordArena<C>,
    tokens: &Tokens,
    threshold_of: impl Fn(u64) -> u64,
    threads: usize,
) -> (Vec<Frequent>, u64) {
    let may_join = |pair: &Pair| tokens.may_join(*pair) && !tokens.is_vetoed(*pair);
    let counted = parallel::map(threads, threads, |thread| {
        let rows = Rows::new(tokens.len(), thread, threads);
        let mut table: Vec<Tally> = rows.table();
        arena.for_each_place(|pair, counts, _, count| {
            if let Some(index) = rows.index(pair) {
                table[index].note(counts, count);
            }
        });
        let highest =
            table.iter().zip(rows.pairs()).filter(|(_, pair)| may_join(pair)).map(|(tally, _)| tally.count).max();
        (rows, table, highest.unwrap_or(0))
    });
    let threshold = threshold_of(counted.iter().map(|(.., highest)| *highest).max().unwrap_or(0));
    let frequent = counted.into_iter().map(|(rows, table, _)| {
        let (mut positions, mut pairs): (Vec<u32>, _) = (rows.table(), Vec::new());
        for ((pair, tally), position) in rows.pairs().zip(table).zip(&mut positions) {
            if tally.count >= threshold && tally.count > 0 && may_join(&pair) {
                pairs.push((pair, tally.count, tally.places));
                *position = pairs.len() as u32;
            }
        }
        Frequent { pairs, finder: Finder::Dense { rows, positions } }
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
    tokens: &Tokens,
    threshold_of: impl Fn(u64) -> u64,
    threads: usize,
) -> (Vec<Frequent>, u64) {
    let owner = |thread: usize| Owner { thread: thread as u64, threads: threads as u64 };
    let sketches = parallel::map(threads, threads, |thread| Sketch::new(arena, tokens, owner(thread)));
    let threshold = threshold_of(sketches.iter().map(Sketch::highest).max().unwrap_or(0));
    let count = |thread: usize| {
        let (owner, sketch) = (owner(thread), &sketches[thread]);
        let (mut table, mut tallies): (PairTable, Vec<Tally>) = Default::default();
        arena.for_each_place(|pair, counts, _, count| {
            let hash = pair.hash();
            if owner.owns(hash) && sketch.bound(hash) >= threshold && tokens.may_join(pair) {
                let position = table.position(pair);
                if position == tallies.len() {
                    tallies.push(Tally::default());
                }
                tallies[position].note(counts, count);
            }
        });
        let counted = table.pairs().iter().zip(tallies);
        let is_frequent = |&(&pair, tally): &(&Pair, Tally)| tally.count >= threshold && !tokens.is_vetoed(pair);
        let frequent = counted.filter(is_frequent).map(|(&pair, tally)| (pair, tally.count, tally.places));
        Frequent::sparse(frequent.collect(), owner)
    };
    (parallel::map(threads, threads, count), threshold)
}

/// The largest filter has 2^22 bits, half a mebibyte.
const MOST_FILTER: usize = 1 << 16;

impl Frequent {
    fn sparse(pairs: Vec<(Pair, u64, u32)>, owner: Owner) -> Self {
        let mut table = PairTable::default();
        let mut filter = vec![0_u64; (pairs.len() / 4).next_power_of_two().clamp(1, MOST_FILTER)];
        for (pair, ..) in &pairs {
            table.position(*pair);
            let bit = pair.hash() as usize >> 7;
            let word = (bit / 64) & (filter.len() - 1);
            filter[word] |= 1 << (bit % 64);
        }
        Self { pairs, finder: Finder::Sparse { owner, table, filter } }
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
    fn new<C: Cell>(arena: &WordArena<C>, tokens: &Tokens, owner: Owner) -> Self {
        let bits = arena.cells_len().max(1).ilog2().clamp(*SKETCH_BITS.start(), *SKETCH_BITS.end());
        let mut cells = vec![0_u64; (1 << bits >> owner.threads.ilog2()).max(1)];
        let mask = cells.len() - 1;
        arena.for_each_place(|pair, counts, _, count| {
            let hash = pair.hash();
            if owner.owns(hash) && counts && tokens.may_join(pair) {
                cells[hash as usize & mask] += count;
            }
        });
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
