//! What is known of pairs, by their hash.

use super::pair::Pair;

/// A hash table from pairs to small values, each beside its pair: one look into far memory finds both.
pub(super) struct PairMap<V> {
    /// A power of two of slots, at most half of them taken.
    slots: Vec<(Pair, V)>,
    length: usize,
}

const FIRST_SLOTS: usize = 256;
/// No pair: its tokens would have no id.
const NONE: Pair = Pair::new(u32::MAX, u32::MAX);

impl<V: Copy + Default> Default for PairMap<V> {
    fn default() -> Self {
        Self::with_slots(FIRST_SLOTS)
    }
}

impl<V: Copy + Default> PairMap<V> {
    /// Room for so many pairs.
    pub(super) fn for_pairs(pairs: usize) -> Self {
        Self::with_slots((pairs * 2).next_power_of_two().max(FIRST_SLOTS))
    }

    fn with_slots(slots: usize) -> Self {
        Self { slots: vec![(NONE, V::default()); slots], length: 0 }
    }

    /// The value of a pair, which is the default when the pair is new.
    #[inline]
    pub(super) fn entry(&mut self, pair: Pair, hash: u64) -> &mut V {
        if self.length * 2 >= self.slots.len() {
            self.grow();
        }
        let at = self.find(pair, hash);
        let slot = &mut self.slots[at];
        self.length += usize::from(slot.0 == NONE);
        slot.0 = pair;
        &mut slot.1
    }

    #[inline]
    pub(super) fn get_mut(&mut self, pair: Pair, hash: u64) -> Option<&mut V> {
        let at = self.find(pair, hash);
        let slot = &mut self.slots[at];
        (slot.0 != NONE).then_some(&mut slot.1)
    }

    /// Fetches the first places where pairs of these hashes can be, all at the same time.
    #[inline]
    pub(super) fn touch(&self, hashes: impl Iterator<Item = u64>) {
        let taken = hashes.filter(|&hash| self.slots[hash as usize & (self.slots.len() - 1)].0 == NONE).count();
        std::hint::black_box(taken);
    }

    /// All pairs and their values.
    pub(super) fn into_pairs(self) -> impl Iterator<Item = (Pair, V)> {
        self.slots.into_iter().filter(|(pair, _)| *pair != NONE)
    }

    /// Where `pair` is, or where it would go.
    #[inline]
    fn find(&self, pair: Pair, hash: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at].0 != pair && self.slots[at].0 != NONE {
            at = (at + 1) & mask;
        }
        at
    }

    #[cold]
    fn grow(&mut self) {
        let larger = Self::with_slots(self.slots.len() * 2);
        for (pair, value) in std::mem::replace(self, larger).into_pairs() {
            *self.entry(pair, pair.hash()) = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_a_map(pairs in prop::collection::vec((0_u32..40, 0_u32..40), 0..2000), roomy in 0_usize..600) {
            let (mut map, mut expected) = (PairMap::<u64>::for_pairs(roomy), HashMap::new());
            for &(left, right) in &pairs {
                let pair = Pair::new(left, right);
                *map.entry(pair, pair.hash()) += 1;
                *expected.entry(pair).or_insert(0) += 1;
            }
            for pair in (0..40).map(|token| Pair::new(token, token)) {
                prop_assert_eq!(map.get_mut(pair, pair.hash()).copied(), expected.get(&pair).copied());
            }
            prop_assert_eq!(map.into_pairs().collect::<HashMap<_, _>>(), expected);
        }
    }
}
