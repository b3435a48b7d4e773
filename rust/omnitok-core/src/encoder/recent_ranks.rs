//! Ranks looked up lately, per thread: 512 KiB in front of a table of 2 MiB.
//!
//! Most pairs that a text asks for do not merge, and a filter says so of nearly all of them: two bits of a word for each
//! pair of the table. The others are as skewed as the words of the text. Filter and memory lie side by side, so nearly
//! every answer is one access to the second-level cache and takes no branch that depends on it. (Remembering the pairs
//! that do not merge too, instead of the filter, left three quarters of the time of a new word to waiting for memory. To let
//! the pairs of a word that are not known start on their way here before the first is asked for cost more than it won: a
//! first pass was 5 % slower. Two, three or four pairs to a place ask the table up to half as often and take longer to look at: no
//! faster, and Indic text up to 4 % slower. A huge page for all this, or a look at a whole line of the table without a
//! branch, changed nothing.)

use super::merge_table::{EMPTY, FILTER_BITS, MergeTable, NO_MERGE, filter_word, hash, pack};

/// What was looked up in one table.
#[derive(Debug)]
pub(super) struct RecentRanks {
    places: Box<[Place; 1 << FILTER_BITS]>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    filter: u64,
    slot: u64,
}

impl RecentRanks {
    /// For `table`, which must be the same in every call of [`Self::rank`].
    pub(super) fn new(table: &MergeTable) -> Self {
        let places: Box<[Place]> = table.filter().iter().map(|&filter| Place { filter, slot: EMPTY }).collect();
        // As many as `filter_word` has values: an access needs no check. (Made as an array, they would pass over the stack.)
        let Ok(places) = places.try_into() else { unreachable!("every filter has `1 << FILTER_BITS` words") };
        Self { places }
    }

    /// [`MergeTable::rank`] of `table`.
    #[inline]
    pub(super) fn rank(&mut self, left: u32, right: u32, table: &MergeTable) -> u32 {
        let key = pack(left, right, 0);
        let hash = hash(key);
        let place = filter_word(hash);
        let Place { filter, slot } = self.places[place];
        let difference = slot ^ key;
        let is_known = u64::from(difference <= u64::from(NO_MERGE));
        let absent = !(filter >> (right & 63) & filter >> (hash >> 37 & 63)) & 1;
        // Whether a pair is known, and whether it merges, is anybody's guess. Only both together are rare, so they are
        // one number and one branch: as two conditions they cost more than all else here.
        if absent | is_known == 0 {
            return self.look_up(place, key, hash, table);
        }
        difference.min(u64::from(NO_MERGE)) as u32
    }

    #[cold]
    #[inline(never)]
    fn look_up(&mut self, place: usize, key: u64, hash: u64, table: &MergeTable) -> u32 {
        let rank = table.rank_at(key, hash);
        self.places[place].slot = key | u64::from(rank);
        rank
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::TextTokens;

    #[test]
    fn a_rank_is_that_of_the_table_the_first_time_and_later() {
        let letters: Vec<[u8; 1]> = (0..=255).map(|byte| [byte]).collect();
        let pairs: Vec<[u8; 2]> = (0..=255).map(|left| [left, left ^ 1]).collect();
        let tokens = letters.iter().map(<[u8; 1]>::as_slice).chain(pairs.iter().map(<[u8; 2]>::as_slice));
        let tokens: Vec<(u32, &[u8])> = (0..).zip(tokens).collect();
        let (table, _) = MergeTable::from_ranks(&TextTokens::new(&tokens).expect("tokens"), 1);
        let mut recent = RecentRanks::new(&table);
        for (left, right) in (0..2).flat_map(|_| (0..256).flat_map(|left| (0..256).map(move |right| (left, right)))) {
            let expected = if left ^ 1 == right { 256 + left } else { NO_MERGE };
            assert_eq!(recent.rank(left, right, &table), expected, "{left} {right}");
            assert_eq!(table.rank(left, right), expected);
        }
    }
}
