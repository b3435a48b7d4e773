//! Which of the most frequent pairs comes first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::index::{Candidate, Index};
use super::pair::Pair;
use super::tokens::Tokens;

/// What ties between pairs of an alphabet are broken by; the smallest comes first.
pub(crate) trait Order<A = Tokens>: Ord {
    fn of(pair: Pair, symbols: &A) -> Self;

    fn pair(&self) -> Pair;
}

/// The smallest left id, then the smallest right one.
impl<A> Order<A> for Pair {
    fn of(pair: Pair, _: &A) -> Self {
        pair
    }

    fn pair(&self) -> Pair {
        *self
    }
}

/// Those of `sentencepiece`: the shorter token, then the one whose bytes come first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ShorterFirst {
    characters: usize,
    bytes: Box<[u8]>,
    pair: Pair,
}

impl Order for ShorterFirst {
    fn of(pair: Pair, tokens: &Tokens) -> Self {
        let bytes = tokens.joined(pair);
        // As that library counts: every byte but those that continue a character.
        let characters = bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count();
        Self { characters, bytes: bytes.into(), pair }
    }

    fn pair(&self) -> Pair {
        self.pair
    }
}

/// A pair in the queue: the highest count comes first, then the smallest in its order.
pub(super) type Ranked<O> = (u64, Reverse<O>);

/// Every indexed pair, with a count that is not below its own: pairs become rarer in silence, and the queue finds out when
/// their turn comes.
///
/// Most pairs wait for long, and become rarer many times before their turn. So only the best of them are in order, few
/// enough for a near cache; a single heap of all pairs took a fifth of the time of all merges.
pub(crate) struct Queue<O> {
    /// Pairs that count at least `cut`, the best last.
    near: Vec<Ranked<O>>,
    /// Those that joined them when these were in order already.
    late: BinaryHeap<Ranked<O>>,
    /// Pairs that count less, in any order.
    far: Vec<Ranked<O>>,
    cut: u64,
}

/// So many pairs are put in order at least, or this part of all.
const LEAST_NEAR: usize = 1 << 12;
const NEAR_SHARE: usize = 16;

impl<O: Ord> Default for Queue<O> {
    fn default() -> Self {
        Self { near: Vec::new(), late: BinaryHeap::new(), far: Vec::new(), cut: u64::MAX }
    }
}

impl<O: Ord> FromIterator<(u64, O)> for Queue<O> {
    fn from_iter<I: IntoIterator<Item = (u64, O)>>(pairs: I) -> Self {
        let far = pairs.into_iter().map(|(count, order)| (count, Reverse(order))).collect();
        Self { far, ..Self::default() }
    }
}

impl<O: Ord> Queue<O> {
    pub(crate) fn push(&mut self, count: u64, order: O) {
        let pair = (count, Reverse(order));
        if count < self.cut { self.far.push(pair) } else { self.late.push(pair) }
    }

    /// Takes the best pair out of the index, if one reaches the threshold. Amortized O(log n) for n pairs.
    pub(crate) fn pop(
        &mut self,
        index: &mut Index,
        threshold: u64,
        pair_of: impl Fn(&O) -> Pair,
    ) -> Option<(Pair, Candidate)> {
        while let Some((count, Reverse(order))) = self.best() {
            let pair = pair_of(&order);
            let Some(candidate) = index.get(pair) else { continue };
            if candidate.count < count && candidate.count >= threshold {
                self.push(candidate.count, order);
                continue;
            }
            let is_current = candidate.count == count;
            let candidate = index.remove(pair)?;
            if is_current {
                return Some((pair, candidate));
            }
        }
        None
    }

    /// Takes the best pair by its noted count.
    fn best(&mut self) -> Option<Ranked<O>> {
        if self.near.is_empty() && self.late.is_empty() {
            self.approach();
        }
        if self.near.last() < self.late.peek() { self.late.pop() } else { self.near.pop() }
    }

    /// Puts the best of the pairs that are far in order.
    fn approach(&mut self) {
        let Some(most) = self.far.len().checked_sub(1) else { return };
        let wanted = (self.far.len() / NEAR_SHARE).max(LEAST_NEAR).min(most);
        self.cut = self.far.select_nth_unstable_by_key(most - wanted, |&(count, _)| count).1.0;
        let mut at = 0;
        while let Some(&(count, _)) = self.far.get(at) {
            if count < self.cut {
                at += 1;
            } else {
                self.near.push(self.far.swap_remove(at));
            }
        }
        self.near.sort_unstable();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_best_comes_first(
            first in prop::collection::vec((0_u64..40, 0_u32..1000), 0..3 * LEAST_NEAR),
            later in prop::collection::vec((0_u64..60, 0_u32..1000), 0..300),
            every in 1_usize..20,
        ) {
            let order = |order: u32| Pair::new(order, 0);
            let mut queue: Queue<Pair> = first.iter().map(|&(count, id)| (count, order(id))).collect();
            let mut heap: BinaryHeap<Ranked<Pair>> = first.iter().map(|&(count, id)| (count, Reverse(order(id)))).collect();
            let mut later = later.into_iter();
            for turn in 0.. {
                if turn % every == 0 && let Some((count, id)) = later.next() {
                    queue.push(count, order(id));
                    heap.push((count, Reverse(order(id))));
                }
                let best = heap.pop();
                prop_assert_eq!(queue.best(), best);
                if best.is_none() {
                    break;
                }
            }
        }
    }
}
