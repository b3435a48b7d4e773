//! Which of the most frequent pairs comes first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

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
pub(crate) struct Queue<O>(BinaryHeap<Ranked<O>>);

impl<O: Ord> Default for Queue<O> {
    fn default() -> Self {
        Self(BinaryHeap::new())
    }
}

impl<O: Ord> FromIterator<(u64, O)> for Queue<O> {
    fn from_iter<I: IntoIterator<Item = (u64, O)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(count, order)| (count, Reverse(order))).collect())
    }
}

impl<O: Ord> Queue<O> {
    pub(crate) fn push(&mut self, count: u64, order: O) {
        self.0.push((count, Reverse(order)));
    }

    /// Takes the best pair out of the index, if one reaches the threshold.
    pub(crate) fn pop(
        &mut self,
        index: &mut Index,
        threshold: u64,
        pair_of: impl Fn(&O) -> Pair,
    ) -> Option<(Pair, Candidate)> {
        while let Some(mut best) = self.0.peek_mut() {
            let (count, Reverse(order)) = &mut *best;
            let pair = pair_of(order);
            let Some(candidate) = index.get(pair) else {
                PeekMut::pop(best);
                continue;
            };
            if candidate.count < *count && candidate.count >= threshold {
                *count = candidate.count;
                continue;
            }
            let is_current = candidate.count == *count;
            PeekMut::pop(best);
            let candidate = index.remove(pair)?;
            if is_current {
                return Some((pair, candidate));
            }
        }
        None
    }
}
