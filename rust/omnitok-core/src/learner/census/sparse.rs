//! For any number of tokens: places sorted by pair, roughly at first.
//!
//! A table of all pairs is larger than the near cache, and there is a new one at almost every place. So the places go, in
//! their order, into partitions by the hash of their pair, and each partition is counted by itself: its table is near, its
//! places are read in order, and no two threads have anything to add up. One pass over the words finds how long partitions
//! are, a second one fills them; where all of them would take too much memory, some are filled at a time.
//!
//! What did not help: bounds of all counts by hash in a first pass, to leave out rare pairs in a second one, which needs
//! three random accesses for each place and finds that half of the places are of frequent pairs; threads that each walk over
//! all words and care for pairs of their own, as they do the same walk.

use std::ops::Range;
use std::sync::Mutex;

use super::{Frequent, Tally, may_join, shares};
use crate::learner::arena::{Neighbours, WordArena};
use crate::learner::cell::Cell;
use crate::learner::course::Alphabet;
use crate::parallel;

/// About so many places should a partition have.
const PARTITION: usize = 1 << 15;
/// More partitions are not filled at once: they are in as many pages of memory.
const MOST_BITS: u32 = 10;
/// Places of partitions that are filled at a time: at most this, or half as many as there are cells.
const MOST_AT_ONCE: usize = 1 << 22;

/// The pairs that occur at least `threshold` times, and the highest count of a pair.
pub(super) fn frequent_pairs<C: Cell>(
    arena: &WordArena<C>,
    tokens: &impl Alphabet,
    threshold: u64,
    threads: usize,
) -> (Frequent, u64) {
    let hash = Hash::new(tokens.len(), arena.cells_len());
    if hash.rest() <= u64::KEY {
        sorted::<u64, C>(arena, tokens, threshold, threads, hash)
    } else {
        sorted::<u128, C>(arena, tokens, threshold, threads, hash)
    }
}

/// A one-to-one hash of pairs, the upper bits of which are the number of a partition.
#[derive(Clone, Copy)]
struct Hash {
    /// Of a token.
    bits: u32,
    /// Of a partition.
    partition: u32,
}

impl Hash {
    fn new(tokens: usize, places: usize) -> Self {
        let bits = usize::BITS - tokens.saturating_sub(1).leading_zeros();
        let bits = bits.clamp(1, u32::BITS);
        // A little more than wanted, if that makes the rest fit.
        let missing = (2 * bits).saturating_sub(u64::KEY);
        let wanted = (places / PARTITION).max(2).ilog2().min(MOST_BITS);
        Self { bits, partition: if missing > MOST_BITS { wanted } else { wanted.max(missing) }.min(2 * bits - 1) }
    }

    fn partitions(self) -> usize {
        1 << self.partition
    }

    /// Bits that tell the pairs of a partition from each other.
    fn rest(self) -> u32 {
        2 * self.bits - self.partition
    }

    /// The partition of two tokens, and the other bits from the top on.
    #[inline]
    fn of(self, left: u32, right: u32) -> (usize, u64) {
        let pair = u64::from(left) << self.bits | u64::from(right);
        // Multiplied by an odd number modulo a power of two, so no two pairs become the same.
        let hash = (pair << (u64::BITS - 2 * self.bits)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((hash >> (u64::BITS - self.partition)) as usize, hash << self.partition)
    }
}

/// A place with the hash of its pair.
trait Record: Copy + Default + Send {
    /// Bits of a key: what is left of the hash within a partition.
    const KEY: u32;

    /// `key` has its bits at the top; `flag` is 0 or 1.
    fn new(key: u64, flag: u32, place: u32) -> Self;

    fn key(self) -> u64;

    fn flag(self) -> u32;

    fn place(self) -> u32;
}

impl Record for u64 {
    const KEY: u32 = 31;

    #[inline]
    fn new(key: u64, flag: u32, place: u32) -> Self {
        key | Self::from(flag) << 32 | Self::from(place)
    }

    #[inline]
    fn key(self) -> u64 {
        self >> 33 << 33
    }

    #[inline]
    fn flag(self) -> u32 {
        (self >> 32) as u32 & 1
    }

    #[inline]
    fn place(self) -> u32 {
        self as u32
    }
}

/// For more tokens than half a million or so.
impl Record for u128 {
    const KEY: u32 = u64::BITS;

    #[inline]
    fn new(key: u64, flag: u32, place: u32) -> Self {
        Self::from(key) << 64 | Self::from(flag) << 32 | Self::from(place)
    }

    #[inline]
    fn key(self) -> u64 {
        (self >> 64) as u64
    }

    #[inline]
    fn flag(self) -> u32 {
        (self >> 32) as u32 & 1
    }

    #[inline]
    fn place(self) -> u32 {
        self as u32
    }
}

fn sorted<R: Record, C: Cell>(
    arena: &WordArena<C>,
    tokens: &impl Alphabet,
    threshold: u64,
    threads: usize,
    hash: Hash,
) -> (Frequent, u64) {
    let parts = shares(arena, threads);
    let lengths = parallel::map(parts.len(), parts.len(), |part| lengths(arena, parts[part].clone(), hash));
    let most = MOST_AT_ONCE.max(arena.cells_len() / 2);
    let (mut frequent, mut highest, mut first) = (Frequent::default(), 0, 0);
    while first < hash.partitions() {
        let (mut last, mut total) = (first, 0);
        let length = |partition: usize| lengths.iter().map(|lengths| lengths[partition] as usize).sum::<usize>();
        while last < hash.partitions() && (last == first || total + length(last) <= most) {
            total += length(last);
            last += 1;
        }
        let mut records = vec![R::default(); total];
        fill(arena, &parts, &lengths, first..last, hash, &mut records);
        let mut partitions = Vec::with_capacity(last - first);
        let mut rest = records.as_mut_slice();
        for partition in first..last {
            let (own, later) = rest.split_at_mut(length(partition));
            partitions.push(Mutex::new(own));
            rest = later;
        }
        let found = parallel::map(parts.len(), partitions.len(), |partition| {
            let mut records = partitions[partition].lock().expect("no holder panics");
            count(arena, tokens, threshold, hash.rest(), &mut records)
        });
        frequent.places.reserve_exact(found.iter().map(|(own, _)| own.places.len()).sum());
        for (own, own_highest) in found {
            frequent.pairs.extend(own.pairs);
            frequent.places.extend(own.places);
            highest = highest.max(own_highest);
        }
        first = last;
    }
    (frequent, highest)
}

/// How many places of a part each partition has.
fn lengths<C: Cell>(arena: &WordArena<C>, part: Range<usize>, hash: Hash) -> Vec<u32> {
    let mut lengths = vec![0; hash.partitions()];
    arena.walk(part, |Neighbours { is_pair, left, right, .. }, _| {
        let (partition, _) = hash.of(left, right);
        lengths[partition] += u32::from(is_pair);
    });
    lengths
}

/// Fills some of the partitions, one after the other, with the places of all `parts`.
fn fill<R: Record, C: Cell>(
    arena: &WordArena<C>,
    parts: &[Range<usize>],
    lengths: &[Vec<u32>],
    partitions: Range<usize>,
    hash: Hash,
    records: &mut [R],
) {
    // By part: a stretch of each partition.
    let mut stretches: Vec<Vec<&mut [R]>> = parts.iter().map(|_| Vec::with_capacity(partitions.len())).collect();
    let mut rest = records;
    for partition in partitions.clone() {
        for (stretches, lengths) in stretches.iter_mut().zip(lengths) {
            let (stretch, later) = rest.split_at_mut(lengths[partition] as usize);
            stretches.push(stretch);
            rest = later;
        }
    }
    let stretches: Vec<_> = stretches.into_iter().map(Mutex::new).collect();
    parallel::map(parts.len(), parts.len(), |part| {
        // What belongs nowhere goes to the first slot of a stretch of its own.
        let mut nowhere = [R::default()];
        let mut stretches = std::mem::take(&mut *stretches[part].lock().expect("no holder panics"));
        stretches.push(&mut nowhere);
        let mut ends = vec![0; stretches.len()];
        arena.walk(parts[part].clone(), |Neighbours { is_pair, left, right, place, times }, _| {
            let (partition, key) = hash.of(left, right);
            let own = partition.wrapping_sub(partitions.start);
            let is_wanted = is_pair & (own < partitions.len());
            let own = if is_wanted { own } else { partitions.len() };
            stretches[own][ends[own]] = R::new(key, times, place);
            ends[own] += usize::from(is_wanted);
        });
    });
}

/// Of a pair in a partition.
#[derive(Default)]
struct Known {
    tally: Tally,
    /// One of its places.
    place: u32,
}

/// The frequent pairs of a partition, and the highest count of a pair in it. Of the records only places are left.
fn count<R: Record, C: Cell>(
    arena: &WordArena<C>,
    tokens: &impl Alphabet,
    threshold: u64,
    rest: u32,
    records: &mut [R],
) -> (Frequent, u64) {
    // By key the number of a pair, beside its key, at most half of them taken. Where there are as many slots as keys, that
    // is no matter.
    let bits = (records.len() * 2).next_power_of_two().ilog2().min(rest).max(1);
    let (mut slots, mut known) = (vec![R::default(); 1 << bits], Vec::<Known>::new());
    let mut counts = arena.counts();
    for record in records.iter_mut() {
        let mut at = (record.key() >> (u64::BITS - bits)) as usize;
        while slots[at].flag() == 1 && slots[at].key() != record.key() {
            at = (at + 1) & (slots.len() - 1);
        }
        if slots[at].flag() == 0 {
            slots[at] = R::new(record.key(), 1, known.len() as u32);
            known.push(Known { place: record.place(), ..Known::default() });
        }
        let number = slots[at].place();
        known[number as usize].tally.note(record.flag(), counts(record.place()));
        *record = R::new(u64::from(number) << 33, 0, record.place());
    }
    drop(slots);
    let (mut pairs, mut highest, mut end) = (Vec::new(), 0, 0);
    // By number: where the next place goes, and how far that moves on. What is rare goes behind all others and stays there.
    let mut ends = Vec::with_capacity(known.len());
    for Known { tally, place } in known {
        let mut own_end = (usize::MAX, 0);
        // A look at the place of a pair that does not matter is one into far memory.
        if tally.count > highest || tally.count >= threshold {
            let pair = arena.pair_at(place);
            if may_join(tokens, pair) {
                highest = highest.max(tally.count);
                if tally.count >= threshold {
                    pairs.push((pair, tally.count, tally.places));
                    own_end = (end, 1);
                    end += tally.places as usize;
                }
            }
        }
        ends.push(own_end);
    }
    let mut places = vec![0; end + 1];
    for record in records {
        let (next, step) = &mut ends[(record.key() >> 33) as usize];
        places[(*next).min(end)] = record.place();
        *next += *step;
    }
    places.truncate(end);
    (Frequent { pairs, places }, highest)
}
