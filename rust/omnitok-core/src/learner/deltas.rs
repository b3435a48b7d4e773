//! What one merge changes, added up before the index hears of it.

use super::pair::Pair;

/// Changes of the counts of pairs, in a small hash table that stays in the nearest cache, and the words that gained a pair.
#[derive(Default)]
pub(super) struct Deltas {
    /// Positions in `entries` plus one, 0 for a free place; a power of two of places, at most half of them taken.
    table: Vec<u32>,
    entries: Vec<Delta>,
    /// Entry and word for every word that gained a pair, in the order of the words.
    gains: Vec<(u32, u32)>,
}

#[derive(Clone, Copy)]
pub(super) struct Delta {
    pub(super) pair: Pair,
    pub(super) gained: u64,
    pub(super) lost: u64,
    /// Number of words that gained the pair.
    pub(super) words: u32,
    last_word: u32,
}

impl Delta {
    /// The count of the pair after the merge, from that before.
    pub(super) fn after(&self, before: u64) -> u64 {
        (before + self.gained).saturating_sub(self.lost)
    }
}

const NO_WORD: u32 = u32::MAX;
const FIRST_PLACES: usize = 256;

impl Deltas {
    /// Notes that `pair` has `times` more places, or fewer, in a word that occurs `count` times. Words come one by one.
    pub(super) fn add(&mut self, pair: Pair, times: i32, word: u32, count: u64) {
        let index = self.entry(pair);
        let delta = &mut self.entries[index as usize];
        // No overflow: the arena left room for every position to come up four times.
        let amount = u64::from(times.unsigned_abs()) * count;
        if times < 0 {
            delta.lost += amount;
            return;
        }
        delta.gained += amount;
        if delta.last_word != word {
            delta.last_word = word;
            delta.words += 1;
            self.gains.push((index, word));
        }
    }

    /// Takes over what another thread noted for later words, and leaves it empty.
    pub(super) fn absorb(&mut self, other: &mut Self) {
        let places: Vec<u32> = other
            .entries
            .iter()
            .map(|delta| {
                let index = self.entry(delta.pair);
                let own = &mut self.entries[index as usize];
                own.gained += delta.gained;
                own.lost += delta.lost;
                own.words += delta.words;
                index
            })
            .collect();
        self.gains.extend(other.gains.iter().map(|&(index, word)| (places[index as usize], word)));
        other.clear();
    }

    fn entry(&mut self, pair: Pair) -> u32 {
        if self.entries.len() * 2 >= self.table.len() {
            self.grow();
        }
        let at = self.place(pair);
        if self.table[at] == 0 {
            self.entries.push(Delta { pair, gained: 0, lost: 0, words: 0, last_word: NO_WORD });
            self.table[at] = self.entries.len() as u32;
        }
        self.table[at] - 1
    }

    /// Where `pair` is in the table, or where it would go.
    fn place(&self, pair: Pair) -> usize {
        let mask = self.table.len() - 1;
        let mut at = pair.hash() as usize & mask;
        while let Some(index) = self.table[at].checked_sub(1)
            && self.entries[index as usize].pair != pair
        {
            at = (at + 1) & mask;
        }
        at
    }

    fn grow(&mut self) {
        let places = (self.table.len() * 2).max(FIRST_PLACES);
        self.table.clear();
        self.table.resize(places, 0);
        for index in 0..self.entries.len() {
            let at = self.place(self.entries[index].pair);
            self.table[at] = index as u32 + 1;
        }
    }

    pub(super) fn entries(&self) -> &[Delta] {
        &self.entries
    }

    /// Entry and word for every word that gained a pair; the words of each entry ascend.
    pub(super) fn gains(&self) -> &[(u32, u32)] {
        &self.gains
    }

    /// Forgets everything and keeps the memory. The table starts small again, because clearing one that a huge merge made
    /// huge would cost more than most merges do.
    pub(super) fn clear(&mut self) {
        self.table.clear();
        self.table.resize(FIRST_PLACES, 0);
        self.entries.clear();
        self.gains.clear();
    }
}
