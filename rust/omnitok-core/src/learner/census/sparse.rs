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

use std::ops::{ControlFlow, Range};
use std::sync::Mutex;

use super::{Frequent, Tally, UNPOISONED, may_join, raised};
use crate::Result;
use crate::learner::arena::{Neighbours, WordArena};
use crate::learner::cell::Cell;
use crate::learner::course::Alphabet;
use crate::learner::pair::Pair;
use crate::parallel::{self, Watch};

/// About so many places should a partition have.
const PARTITION: usize = if cfg!(test) { 8 } else { 1 << 15 };
/// More partitions are not filled at once: they are in as many pages of memory.
const MOST_BITS: u32 = 10;
/// Places of partitions that are filled at a time: at most this, or half as many as there are cells.
const MOST_AT_ONCE: usize = if cfg!(test) { 16 } else { 1 << 23 };

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) frequent: Frequent,
    pub(super) threshold: u64,
    /// The highest count of a pair that may be merged.
    pub(super) highest: u64,
}

/// The pairs that occur at least `threshold` times; about `enough` of them, the most frequent ones, if there are more.
pub(super) fn frequent_pairs<C: Cell>(
    arena: &WordArena<C>,
    tokens: &impl Alphabet,
    threshold: u64,
    enough: usize,
    threads: usize,
    watch: Watch,
) -> Result<Found> {
    let hash = Hash::new(tokens.len(), arena.cells_len());
    let found = Found { threshold, ..Found::default() };
    if hash.rest() <= u64::KEY {
        Sorter::new(arena, tokens, hash, threads, watch)?.find::<u64>(found, enough, watch)
    } else {
        Sorter::new(arena, tokens, hash, threads, watch)?.find::<u128>(found, enough, watch)
    }
}

/// Partitions that a thread takes at a time.
const GROUP: usize = if cfg!(test) { 3 } else { 16 };
/// The golden ratio's bits, and its inverse modulo 2^64.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
const INVERSE: u64 = 0xf1de_83e1_9937_733d;

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
        let hash = (pair << (u64::BITS - 2 * self.bits)).wrapping_mul(FACTOR);
        ((hash >> (u64::BITS - self.partition)) as usize, hash << self.partition)
    }

    /// The pair that has this hash.
    fn pair(self, partition: usize, key: u64) -> Pair {
        let hash = (partition as u64) << (u64::BITS - self.partition) | key >> self.partition;
        let pair = hash.wrapping_mul(INVERSE) >> (u64::BITS - 2 * self.bits);
        Pair::new((pair >> self.bits) as u32, (pair & ((1 << self.bits) - 1)) as u32)
    }
}

/// A place with the hash of its pair.
trait Record: Copy + Default + Send {
    /// Bits of a key: what is left of the hash within a partition.
    const KEY: u32;
    /// The bits below a key.
    const SHIFT: u32 = u64::BITS - Self::KEY;

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
        self >> Self::SHIFT << Self::SHIFT
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

/// Sorts places into partitions.
struct Sorter<'a, A, C> {
    arena: &'a WordArena<C>,
    tokens: &'a A,
    hash: Hash,
    /// The parts of the words, and how many places of each are in each partition.
    parts: Vec<Range<usize>>,
    lengths: Vec<Vec<u32>>,
}

/// Partitions and their records, end to end.
type Group<'r, R> = (Range<usize>, &'r mut [R]);

impl<'a, A: Alphabet, C: Cell> Sorter<'a, A, C> {
    fn new(arena: &'a WordArena<C>, tokens: &'a A, hash: Hash, threads: usize, watch: Watch) -> Result<Self> {
        let parts = arena.parts(threads);
        let of_part = |part: usize, look: Watch| lengths(arena, parts[part].clone(), hash, look);
        let lengths = parallel::map_watched(parts.len(), parts.len(), watch, of_part)?;
        Ok(Self { arena, tokens, hash, parts, lengths })
    }

    fn length(&self, partition: usize) -> usize {
        self.lengths.iter().map(|lengths| lengths[partition] as usize).sum()
    }

    fn find<R: Record>(&self, mut found: Found, enough: usize, watch: Watch) -> Result<Found> {
        let all = self.hash.partitions();
        let (mut first, mut records) = (0, Vec::new());
        while first < all {
            let last = self.last_at_once(first);
            let length = (first..last).map(|partition| self.length(partition)).sum();
            if records.len() < length {
                records = vec![R::default(); length];
            }
            self.fill(first..last, &mut records[..length], watch)?;
            let mut groups = self.groups(first..last, &mut records[..length]);
            if first == 0 {
                // The hash is fair, so what there is in a few partitions tells what there is in all.
                let mut sample = groups.remove(0);
                let enough = enough / (all / sample.get_mut().expect(UNPOISONED).0.len());
                self.count(&[sample], &mut found, watch)?;
                found.threshold = raised(found.threshold, &found.frequent.pairs, enough);
                found.frequent.leave(found.threshold);
            }
            self.count(&groups, &mut found, watch)?;
            first = last;
        }
        Ok(found)
    }

    /// Where partitions end that are filled together from `first` on.
    fn last_at_once(&self, first: usize) -> usize {
        let most = MOST_AT_ONCE.max(self.arena.cells_len() / 2);
        let (mut last, mut total) = (first, 0);
        while last < self.hash.partitions() && (last == first || total + self.length(last) <= most) {
            total += self.length(last);
            last += 1;
        }
        last
    }

    fn groups<'r, R>(&self, partitions: Range<usize>, mut records: &'r mut [R]) -> Vec<Mutex<Group<'r, R>>> {
        let mut groups = Vec::with_capacity(partitions.len().div_ceil(GROUP));
        for start in partitions.clone().step_by(GROUP) {
            let own = start..partitions.end.min(start + GROUP);
            let (here, later) = records.split_at_mut(own.clone().map(|partition| self.length(partition)).sum());
            groups.push(Mutex::new((own, here)));
            records = later;
        }
        groups
    }

    /// Adds what is frequent in the groups.
    fn count<R: Record>(&self, groups: &[Mutex<Group<R>>], found: &mut Found, watch: Watch) -> Result<()> {
        let counted = parallel::map_watched(self.parts.len(), groups.len(), watch, |group, look| {
            let mut group = groups[group].lock().expect(UNPOISONED);
            let (partitions, records) = &mut *group;
            let mut counter = Counter::new(self.arena, self.tokens, found.threshold, self.hash);
            let mut rest = std::mem::take(records);
            for partition in partitions {
                let (own, later) = rest.split_at_mut(self.length(partition));
                counter.count(partition, own);
                rest = later;
                look()?;
            }
            ControlFlow::Continue((counter.frequent, counter.highest))
        })?;
        let Found { frequent, highest, .. } = found;
        frequent.places.reserve_exact(counted.iter().map(|(own, _)| own.places.len()).sum());
        for (own, own_highest) in counted {
            frequent.pairs.extend(own.pairs);
            frequent.places.extend(own.places);
            *highest = own_highest.max(*highest);
        }
        Ok(())
    }

    /// Fills some of the partitions, one after the other, with the places of all `parts`.
    fn fill<R: Record>(&self, partitions: Range<usize>, records: &mut [R], watch: Watch) -> Result<()> {
        let Self { arena, hash, parts, lengths, .. } = self;
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
        parallel::map_watched(parts.len(), parts.len(), watch, |part, look| {
            // What is not wanted goes to a slot for each of the other partitions, and one for borders.
            let mut unwanted = vec![R::default(); self.hash.partitions() - partitions.len() + 1];
            let stretches = std::mem::take(&mut *stretches[part].lock().expect(UNPOISONED));
            let mut slots = unwanted.chunks_mut(1).map(|records| Stretch { records, end: 0, step: 0 });
            let mut all: Vec<_> = slots.by_ref().take(partitions.start).collect();
            all.extend(stretches.into_iter().map(|records| Stretch { records, end: 0, step: 1 }));
            all.extend(slots);
            let hash = *hash;
            arena.walk(parts[part].clone(), look, move |Neighbours { is_pair, left, right, place, times }, _| {
                let (partition, key) = hash.of(left, right);
                let partition = partition.max(usize::from(!is_pair) << hash.partition);
                let stretch = &mut all[partition];
                stretch.records[stretch.end] = R::new(key, times, place);
                stretch.end += stretch.step;
            })
        })?;
        Ok(())
    }
}

/// How many places of a part each partition has.
fn lengths<C: Cell>(arena: &WordArena<C>, part: Range<usize>, hash: Hash, look: Watch) -> ControlFlow<(), Vec<u32>> {
    let mut lengths = vec![0; hash.partitions()];
    arena.walk(part, look, |Neighbours { is_pair, left, right, .. }, _| {
        let (partition, _) = hash.of(left, right);
        lengths[partition] += u32::from(is_pair);
    })?;
    ControlFlow::Continue(lengths)
}

/// Records of a part and a partition.
struct Stretch<'r, R> {
    records: &'r mut [R],
    /// Where the next one goes, and how far that moves on.
    end: usize,
    step: usize,
}

/// Finds what is frequent in partitions, one after the other.
struct Counter<'a, A, R, C> {
    arena: &'a WordArena<C>,
    tokens: &'a A,
    threshold: u64,
    hash: Hash,
    frequent: Frequent,
    highest: u64,
    /// By key the number of a pair, beside its key.
    slots: Vec<R>,
    /// By number.
    known: Vec<Known>,
    /// By number: where the next place goes, and how far that moves on. What is rare goes behind all others and stays there.
    ends: Vec<(usize, usize)>,
}

/// Of a pair in a partition.
struct Known {
    key: u64,
    tally: Tally,
}

impl<'a, A: Alphabet, R: Record, C: Cell> Counter<'a, A, R, C> {
    fn new(arena: &'a WordArena<C>, tokens: &'a A, threshold: u64, hash: Hash) -> Self {
        let (frequent, slots, known, ends) = (Frequent::default(), Vec::new(), Vec::new(), Vec::new());
        Self { arena, tokens, threshold, hash, frequent, highest: 0, slots, known, ends }
    }

    /// Of the records only their places are left.
    fn count(&mut self, partition: usize, records: &mut [R]) {
        self.number(records);
        let first = self.frequent.places.len();
        let mut end = first;
        self.ends.clear();
        for Known { key, tally } in self.known.drain(..) {
            let mut own_end = (usize::MAX, 0);
            if tally.count > self.highest || tally.count >= self.threshold {
                let pair = self.hash.pair(partition, key);
                if may_join(self.tokens, pair) {
                    self.highest = self.highest.max(tally.count);
                    if tally.count >= self.threshold {
                        self.frequent.pairs.push((pair, tally.count, tally.places));
                        own_end = (end, 1);
                        end += tally.places as usize;
                    }
                }
            }
            self.ends.push(own_end);
        }
        let places = &mut self.frequent.places;
        places.resize(end + 1, 0);
        for record in records {
            let (next, step) = &mut self.ends[(record.key() >> R::SHIFT) as usize];
            places[(*next).min(end)] = record.place();
            *next += *step;
        }
        places.truncate(end);
    }

    /// Gives the pairs of the records numbers, in place of their keys, and counts them.
    fn number(&mut self, records: &mut [R]) {
        // At most half of the slots are taken. Where there are as many of them as keys, that is no matter.
        let bits = (records.len() * 2).next_power_of_two().ilog2().min(self.hash.rest()).max(1);
        self.slots.clear();
        self.slots.resize(1 << bits, R::default());
        let (slots, known) = (self.slots.as_mut_slice(), &mut self.known);
        let mut count_at = self.arena.counts();
        for record in records {
            let (key, place) = (record.key(), record.place());
            let mut at = (key >> (u64::BITS - bits)) as usize;
            while slots[at].flag() == 1 && slots[at].key() != key {
                at = (at + 1) & (slots.len() - 1);
            }
            if slots[at].flag() == 0 {
                slots[at] = R::new(key, 1, known.len() as u32);
                known.push(Known { key, tally: Tally::default() });
            }
            let number = slots[at].place();
            known[number as usize].tally.note(record.flag(), count_at(place));
            *record = R::new(u64::from(number) << R::SHIFT, 0, place);
        }
    }
}
