//! How often the word at a place occurs.

use std::ops::Range;

/// Words in the order of their counts, so that a count stands for many places: it is not kept beside each word.
#[derive(Default)]
pub(super) struct Levels {
    /// Where each level begins, ascending, and what its words count.
    levels: Vec<(u32, u64)>,
    /// The level of every place that is a multiple of [`BLOCK`]: between two of them there is nothing to search, mostly.
    blocks: Vec<u32>,
}

const BLOCK: usize = 1 << 10;

impl Levels {
    /// Words from `place` on count so much.
    pub(super) fn push(&mut self, place: usize, count: u64) {
        if self.levels.last().is_none_or(|&(_, last)| last != count) {
            self.levels.push((place as u32, count));
        }
    }

    /// No words come after `end`: from now on counts can be asked for.
    pub(super) fn close(&mut self, end: usize) {
        self.levels.shrink_to_fit();
        self.blocks.clear();
        let mut level = 0;
        for place in (0..=end + BLOCK).step_by(BLOCK) {
            while self.levels.get(level + 1).is_some_and(|&(start, _)| start as usize <= place) {
                level += 1;
            }
            self.blocks.push(level as u32);
        }
    }

    pub(super) fn are_empty(&self) -> bool {
        self.levels.is_empty()
    }

    /// Every level that begins before `end`: its places up to there, and its count.
    pub(super) fn ranges(&self, end: usize) -> impl Iterator<Item = (Range<usize>, u64)> + '_ {
        self.ranges_from(0, 0, end)
    }

    /// Every level with some of the `places`, which begin with a word: those, and its count.
    pub(super) fn ranges_in(&self, places: Range<usize>) -> impl Iterator<Item = (Range<usize>, u64)> + '_ {
        let first = if places.is_empty() { self.levels.len() } else { self.level(places.start) };
        self.ranges_from(first, places.start, places.end)
    }

    fn ranges_from(&self, first: usize, from: usize, end: usize) -> impl Iterator<Item = (Range<usize>, u64)> + '_ {
        let levels = &self.levels[first..];
        let ends = levels.iter().skip(1).map(|&(start, _)| start as usize).chain([usize::MAX]);
        let ranges = levels
            .iter()
            .zip(ends)
            .map(move |(&(start, count), own_end)| (from.max(start as usize)..end.min(own_end), count));
        ranges.take_while(move |(range, _)| range.start < end)
    }

    /// What the word at a place counts.
    #[inline]
    pub(super) fn count(&self, place: usize) -> u64 {
        self.levels[self.level(place)].1
    }

    /// The same for places that ascend, without a search in most cases.
    pub(super) fn ascending(&self) -> impl FnMut(u32) -> u64 + '_ {
        let (mut end, mut count) = (0, 0);
        move |place| {
            if u64::from(place) >= end {
                let level = self.level(place as usize);
                end = self.levels.get(level + 1).map_or(u64::MAX, |&(start, _)| u64::from(start));
                count = self.levels[level].1;
            }
            count
        }
    }

    #[inline]
    fn level(&self, place: usize) -> usize {
        let (first, last) = (self.blocks[place / BLOCK] as usize, self.blocks[place / BLOCK + 1] as usize);
        if first == last {
            return first;
        }
        first + self.levels[first + 1..=last].partition_point(|&(start, _)| start as usize <= place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_place_has_the_count_of_its_word(
            words in prop::collection::vec((2_usize..3000, 0_u64..4), 1..20), step in 1_usize..5000,
        ) {
            let (mut levels, mut expected, mut count) = (Levels::default(), vec![0], u64::MAX);
            for &(cells, step) in &words {
                count -= step;
                levels.push(expected.len(), count);
                expected.resize(expected.len() + cells, count);
            }
            levels.close(expected.len());
            for (place, &count) in expected.iter().enumerate().skip(1) {
                prop_assert_eq!(levels.count(place), count, "at {}", place);
            }
            let mut ascending = levels.ascending();
            let from_to = [step.min(expected.len() - 1), expected.len()];
            for place in (1..expected.len()).step_by(step) {
                prop_assert_eq!(ascending(place as u32), expected[place]);
            }
            let ranges: Vec<_> = levels.ranges_in(from_to[0].max(1)..from_to[1]).collect();
            prop_assert!(ranges.iter().all(|(range, _)| !range.is_empty()));
            prop_assert_eq!(ranges.first().map_or(from_to[1], |(range, _)| range.start), from_to[0].max(1));
            prop_assert!(ranges.windows(2).all(|two| two[0].0.end == two[1].0.start));
            prop_assert!(ranges.iter().all(|(range, count)| expected[range.clone()].iter().all(|other| other == count)));
            let ranges: Vec<_> = levels.ranges(expected.len()).collect();
            prop_assert_eq!(ranges.iter().map(|(range, _)| range.len()).sum::<usize>(), expected.len() - 1);
            prop_assert!(ranges.iter().all(|(range, count)| expected[range.clone()].iter().all(|other| other == count)));
        }
    }
}
