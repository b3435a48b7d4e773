//! Learning on a grid: rectangles in planes, and lines that keep to frames.
//!
//! It works in rounds as the engine of text does, with its index and its queue, and it is exact for the same reason: all
//! tiles of a symbol are made by one merge, so a pair arises only when one of its two symbols does, and from then on becomes
//! rarer. On a plane two symbols may cover the same codes, made of other parts; they are two symbols.

use rustc_hash::{FxHashMap, FxHashSet};

use super::grid::{Grid, Link, unpacked};
use super::learn::{CodeRun, Sample};
use crate::error::Result;
use crate::learner::Stage;
use crate::learner::course::Course;
use crate::learner::index::{Candidate, Index};
use crate::learner::order::Queue;
use crate::learner::pair::Pair;

/// Thresholds fall by this factor from round to round, measured from the best pair that is left.
const THRESHOLD_STEP: u64 = 16;

pub(super) fn learn(run: &mut CodeRun, samples: &[Sample]) -> Result<()> {
    let mut learner = PlaneLearner {
        grid: grid(run, samples)?,
        run,
        index: Index::default(),
        queue: Queue::default(),
        threshold: u64::MAX,
        stale: FxHashSet::default(),
        tiles: samples.iter().map(|sample| sample.codes.len() as u64).sum(),
    };
    learner.learn()
}

/// All samples, planes of one width together.
fn grid(run: &CodeRun, samples: &[Sample]) -> Result<Grid> {
    let period = run.codebooks.iter().map(|&(.., frame)| frame as usize).max().unwrap_or(1);
    let room = samples.iter().map(|sample| match sample.columns {
        Some(columns) => Grid::room_of_plane(sample.codes.len(), columns),
        None => Grid::room_of_line(sample.codes.len(), period),
    });
    let mut grid = Grid::with_room(room.sum())?;
    let mut order: Vec<&Sample> = samples.iter().collect();
    order.sort_by_key(|sample| sample.columns);
    for sample in order {
        let symbols = run.symbols_of(sample);
        match sample.columns {
            Some(columns) => grid.push_plane(symbols, columns),
            None => grid.push_line(symbols, period),
        };
    }
    Ok(grid)
}

struct PlaneLearner<'r, 'a> {
    run: &'r mut CodeRun<'a>,
    grid: Grid,
    /// All pairs that occur at least `threshold` times and may be merged.
    index: Index,
    queue: Queue<Pair>,
    threshold: u64,
    /// Pairs of a symbol with itself that are new or lost places: how many can be replaced in their runs is seen when their
    /// turn comes.
    stale: FxHashSet<Pair>,
    /// Tiles in all samples.
    tiles: u64,
}

impl PlaneLearner<'_, '_> {
    fn learn(&mut self) -> Result<()> {
        while !self.run.is_done() {
            match self.next_pair()? {
                Some((pair, candidate)) => self.merge(pair, &candidate)?,
                None if self.threshold <= self.run.minimum() => return Err(self.run.exhausted()),
                None => self.start_round()?,
            }
        }
        self.run.report(Stage::Merging, self.tiles)
    }

    /// Indexes all pairs that occur at least so often as the best of them by [`THRESHOLD_STEP`].
    fn start_round(&mut self) -> Result<()> {
        (self.index, self.queue) = (Index::default(), Queue::default());
        self.stale.clear();
        let mut links: FxHashMap<Pair, u32> = FxHashMap::default();
        self.for_each_link(|link| *links.entry(link.pair).or_default() += 1)?;
        let highest = u64::from(links.values().copied().max().unwrap_or(0)).min(self.threshold - 1);
        self.threshold = (highest / THRESHOLD_STEP).max(self.run.minimum());
        links.retain(|_, count| u64::from(*count) >= self.threshold);
        let pairs: Vec<(Pair, u64, u32)> = links.into_iter().map(|(pair, count)| (pair, count.into(), count)).collect();
        // A list of places for each pair, end to end. They come in the order of the grid, so nothing is to be sorted.
        let (mut ends, mut start) = (FxHashMap::default(), 0);
        for &(pair, _, length) in &pairs {
            ends.insert(pair, start);
            start += length as usize;
        }
        let mut places = vec![0; start];
        self.for_each_link(|link| {
            if let Some(end) = ends.get_mut(&link.pair) {
                places[*end] = link.place;
                *end += 1;
            }
        })?;
        self.stale.extend(pairs.iter().map(|&(pair, ..)| pair).filter(|&pair| is_twin(pair)));
        self.queue = pairs.iter().map(|&(pair, count, _)| (count, pair)).collect();
        self.index = Index::new(pairs.into_iter(), places);
        Ok(())
    }

    /// All merges that may be made.
    fn for_each_link(&mut self, mut found: impl FnMut(Link)) -> Result<()> {
        self.run.report(Stage::CountingPairs, self.tiles)?;
        for (number, (at, _)) in self.grid.tiles().enumerate() {
            self.run.report_now_and_then(number, Stage::CountingPairs, self.tiles)?;
            self.grid.for_each_link_behind(at, &self.run.alphabet.symbols, |link| {
                if may_merge(self.run, link) {
                    found(link);
                }
            });
        }
        Ok(())
    }

    /// Indexes the pairs of links that are frequent. All links of a pair are given.
    fn enter(&mut self, mut links: Vec<Link>) {
        links.sort_unstable();
        let mut places = Vec::new();
        for links in links.chunk_by(|one, other| one.pair == other.pair) {
            let (pair, count) = (links[0].pair, links.len() as u64);
            if count >= self.threshold {
                places.clear();
                places.extend(links.iter().map(|link| link.place));
                self.index.insert(pair, count, &places);
                self.queue.push(count, pair);
                if is_twin(pair) {
                    self.stale.insert(pair);
                }
            }
        }
    }

    /// How many links of a pair of a symbol with itself can be replaced: of links that share tiles the first goes first.
    fn replaceable(&mut self, pair: Pair, candidate: &Candidate) -> Result<u64> {
        // Of each link that would be replaced, the second tile, which is the first one of the link behind it.
        let (mut taken, mut count) = (FxHashSet::default(), 0);
        for (number, &place) in self.index.places(candidate).iter().enumerate() {
            self.run.report_now_and_then(number, Stage::Merging, self.tiles)?;
            let (link, symbols) = (Link { pair, place }, &self.run.alphabet.symbols);
            if self.grid.has(link, symbols) && !taken.remove(&(place as usize)) {
                taken.insert(self.grid.second(link, symbols));
                count += 1;
            }
        }
        Ok(count)
    }

    fn next_pair(&mut self) -> Result<Option<(Pair, Candidate)>> {
        while let Some((pair, candidate)) = self.queue.pop(&mut self.index, self.threshold, |pair| *pair) {
            if !self.stale.remove(&pair) {
                return Ok(Some((pair, candidate)));
            }
            let count = self.replaceable(pair, &candidate)?;
            if count == candidate.count {
                return Ok(Some((pair, candidate)));
            }
            if count >= self.threshold {
                self.index.put_back(pair, candidate, count);
                self.queue.push(count, pair);
            }
        }
        Ok(None)
    }

    fn merge(&mut self, pair: Pair, candidate: &Candidate) -> Result<()> {
        let symbol = self.run.push(unpacked(pair), candidate.count);
        let places = self.index.places(candidate).to_vec();
        let mut made = Vec::with_capacity(candidate.count as usize);
        for (number, place) in places.into_iter().enumerate() {
            self.run.report_now_and_then(number, Stage::Merging, self.tiles)?;
            let (link, symbols) = (Link { pair, place }, &self.run.alphabet.symbols);
            if !self.grid.has(link, symbols) {
                continue;
            }
            let (index, stale, run) = (&mut self.index, &mut self.stale, &*self.run);
            let mut lose = |lost: Link| {
                if is_twin(lost.pair) {
                    stale.insert(lost.pair);
                } else if may_merge(run, lost) {
                    index.lower(lost.pair);
                }
            };
            for at in [place as usize, self.grid.second(link, symbols)] {
                self.grid.for_each_link_before(at, symbols, &mut lose);
                self.grid.for_each_link_behind(at, symbols, &mut lose);
            }
            self.grid.join(link, symbol, symbols);
            made.push(place);
        }
        debug_assert_eq!(made.len() as u64, candidate.count, "counts are exact");
        let links = self.links_of(symbol, &made)?;
        self.enter(links);
        self.tiles = self.tiles.saturating_sub(made.len() as u64);
        self.run.merged(made.len() as u64, self.tiles)
    }

    /// The merges of the tiles of a new symbol with others and with each other.
    fn links_of(&mut self, symbol: u32, made: &[u32]) -> Result<Vec<Link>> {
        let mut links = Vec::new();
        for (number, &place) in made.iter().enumerate() {
            self.run.report_now_and_then(number, Stage::Merging, self.tiles)?;
            let (at, symbols) = (place as usize, &self.run.alphabet.symbols);
            self.grid.for_each_link_behind(at, symbols, |link| links.push(link));
            self.grid.for_each_link_before(at, symbols, |link| {
                // What two new tiles make was found behind the first of them.
                if unpacked(link.pair).left != symbol {
                    links.push(link);
                }
            });
        }
        links.retain(|&link| may_merge(self.run, link));
        Ok(links)
    }
}

/// Whether a link is short enough, and keeps to frames if it must.
fn may_merge(run: &CodeRun, link: Link) -> bool {
    let merge = unpacked(link.pair);
    run.alphabet.may_merge(merge) && run.may_begin(merge, link.place)
}

/// Whether a pair is of a symbol with itself.
fn is_twin(pair: Pair) -> bool {
    let merge = unpacked(pair);
    merge.left == merge.right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_are_broken_by_left_then_right_then_direction() {
        let merge = |left, right, down| super::super::grid::packed(crate::vocabulary::CodeMerge { left, right, down });
        let mut pairs = vec![merge(1, 0, false), merge(0, 2, true), merge(0, 2, false), merge(0, 1, true)];
        pairs.sort_unstable();
        let order: Vec<_> = pairs.into_iter().map(unpacked).map(|one| (one.left, one.right, one.down)).collect();
        assert_eq!(order, [(0, 1, true), (0, 2, false), (0, 2, true), (1, 0, false)]);
    }
}
