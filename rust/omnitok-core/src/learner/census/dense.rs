//! For few tokens: a table that a pair of them is an index of.

use std::ops::{ControlFlow, Range};
use std::slice::IterMut;
use std::sync::Mutex;

use super::{Frequent, Tally, UNPOISONED, may_join, raised};
use crate::Result;
use crate::learner::arena::{Neighbours, WordArena};
use crate::learner::cell::Cell;
use crate::learner::course::Alphabet;
use crate::learner::pair::Pair;
use crate::parallel::{self, Watch};

/// Entries of the largest table: with 16 bytes each it takes 32 MiB.
const MOST: usize = 1 << 21;
/// Entries of the tables of all threads.
const MOST_OF_ALL: usize = 1 << 22;
/// So many places are found before the first of them is written.
const VIEW: usize = 128;
/// No list: the pair is rare.
const NOWHERE: u32 = u32::MAX;

/// Whether there are few tokens for so many cells.
pub(super) fn fits(tokens: usize, cells: usize) -> bool {
    tokens.saturating_mul(tokens) < MOST.min(cells)
}

pub(super) fn frequent_pairs<C: Cell>(
    arena: &WordArena<C>,
    tokens: &impl Alphabet,
    threshold_of: impl Fn(u64) -> u64,
    enough: usize,
    threads: usize,
    watch: Watch,
) -> Result<(Frequent, u64)> {
    let grid = Grid { width: tokens.len() };
    let parts = arena.parts(threads.min(MOST_OF_ALL / grid.entries()));
    let tables = parallel::map_watched(parts.len(), parts.len(), watch, |part, look| {
        let mut table = vec![Tally::default(); grid.entries()];
        arena.walk(parts[part].clone(), look, |seen, count| table[grid.index(seen)].note(seen.times, count))?;
        ControlFlow::Continue(table)
    })?;
    let (pairs, threshold) = grid.frequent(&tables, tokens, threshold_of, enough);
    let lengths: Vec<Vec<usize>> = pairs
        .iter()
        .map(|&(pair, ..)| tables.iter().map(|table| table[grid.index_of(pair)].places as usize).collect())
        .collect();
    drop(tables);
    let mut lists = vec![NOWHERE; grid.entries()];
    for (list, &(pair, ..)) in (0..).zip(&pairs) {
        lists[grid.index_of(pair)] = list;
    }
    let mut places = vec![0; lengths.iter().flatten().sum()];
    // Of every list a stretch for each part, one after the other.
    let mut stretches: Vec<Vec<IterMut<u32>>> = parts.iter().map(|_| Vec::with_capacity(pairs.len())).collect();
    let mut rest = places.as_mut_slice();
    for lengths in lengths {
        for (stretches, length) in stretches.iter_mut().zip(lengths) {
            let (stretch, later) = rest.split_at_mut(length);
            stretches.push(stretch.iter_mut());
            rest = later;
        }
    }
    let stretches: Vec<_> = stretches.into_iter().map(Mutex::new).collect();
    parallel::map_watched(parts.len(), parts.len(), watch, |part, look| {
        let mut stretches = stretches[part].lock().expect(UNPOISONED);
        collect(arena, parts[part].clone(), look, |seen| lists[grid.index(seen)], &mut stretches)
    })?;
    Ok((Frequent { pairs, places }, threshold))
}

/// A table by both tokens.
struct Grid {
    /// Tokens.
    width: usize,
}

impl Grid {
    /// One for each pair, and one for what is none.
    fn entries(&self) -> usize {
        self.width * self.width + 1
    }

    fn index_of(&self, pair: Pair) -> usize {
        pair.left() as usize * self.width + pair.right() as usize
    }

    #[inline]
    fn index(&self, seen: Neighbours) -> usize {
        if seen.is_pair { seen.left as usize * self.width + seen.right as usize } else { self.width * self.width }
    }

    /// The pairs that are frequent in all tables together, in the order of their ids, and the threshold.
    fn frequent(
        &self,
        tables: &[Vec<Tally>],
        tokens: &impl Alphabet,
        threshold_of: impl Fn(u64) -> u64,
        enough: usize,
    ) -> (Vec<(Pair, u64, u32)>, u64) {
        let ids = 0..self.width as u32;
        let sum = |pair: Pair| {
            let of_part = tables.iter().map(|table| table[self.index_of(pair)]);
            of_part.fold((pair, 0, 0), |(_, count, places), tally| (pair, count + tally.count, places + tally.places))
        };
        let all = ids.clone().flat_map(|left| ids.clone().map(move |right| sum(Pair::new(left, right))));
        let mut pairs: Vec<_> = all.filter(|&(pair, count, _)| count > 0 && may_join(tokens, pair)).collect();
        let threshold = threshold_of(pairs.iter().map(|&(_, count, _)| count).max().unwrap_or(0));
        pairs.retain(|&(_, count, _)| count >= threshold);
        let threshold = raised(threshold, &pairs, enough);
        pairs.retain(|&(_, count, _)| count >= threshold);
        (pairs, threshold)
    }
}

/// Writes the places of a part into the lists that they belong to.
fn collect<C: Cell>(
    arena: &WordArena<C>,
    part: Range<usize>,
    look: Watch,
    list: impl Fn(Neighbours) -> u32,
    lists: &mut [IterMut<u32>],
) -> ControlFlow<()> {
    let (mut found, mut length) = ([(0, 0); VIEW], 0);
    let mut write = |found: &[(u32, u32)]| {
        for &(list, place) in found {
            if let Some(slot) = lists[list as usize].next() {
                *slot = place;
            }
        }
    };
    arena.walk(part, look, |seen, _| {
        // Whether a pair is frequent cannot be guessed either.
        let list = list(seen);
        found[length] = (list, seen.place);
        length += usize::from(list != NOWHERE);
        if length == VIEW {
            write(&found);
            length = 0;
        }
    })?;
    write(&found[..length]);
    ControlFlow::Continue(())
}
