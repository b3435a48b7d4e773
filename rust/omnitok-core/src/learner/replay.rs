//! Words as the tokens of a vocabulary that is already there.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use super::cell::Cell;
use super::pair::Pair;
use super::tokens::Tokens;

/// Brings words to where the merges of `tokens` leave them: of all neighbours whose bytes together are a token with an id
/// below `limit`, those with the lowest id merge first, the leftmost of several (tiktoken's rule).
pub(super) struct Replay<'t> {
    tokens: &'t Tokens,
}

/// What replaying needs in each thread.
#[derive(Default)]
pub(super) struct Scratch {
    /// What pairs become. Pairs that were met come up again and again.
    known: FxHashMap<Pair, Option<u32>>,
    queue: BinaryHeap<Reverse<(u32, u32)>>,
    /// By position: the next and the previous token that are still there.
    next: Vec<u32>,
    previous: Vec<u32>,
    bytes: Vec<u8>,
}

/// Where a word ends, and what stands where a token was merged into the one before it.
const NONE: u32 = u32::MAX;

impl<'t> Replay<'t> {
    pub(super) fn new(tokens: &'t Tokens) -> Self {
        Self { tokens }
    }

    /// Replaces the bytes of a word, as tokens, by what they become: the token with these bytes, if there is one, else what
    /// merging leads to. Returns the new length. O(n log n).
    pub(super) fn replay_word<C: Cell>(&self, scratch: &mut Scratch, word: &mut [C]) -> usize {
        let mut bytes = std::mem::take(&mut scratch.bytes);
        bytes.clear();
        bytes.extend(word.iter().flat_map(|token| self.tokens.get(token.get())));
        let whole = self.tokens.id(&bytes);
        scratch.bytes = bytes;
        if let Some(id) = whole {
            word[0] = C::new(id);
            return 1;
        }
        self.merge(scratch, word, NONE)
    }

    /// Of the first `base` tokens, those that their own bytes do not lead to when only lower ids merge.
    pub(super) fn unreachable(&self, base: usize) -> Vec<u32> {
        let (byte_ids, mut scratch) = (self.tokens.byte_ids(), Scratch::default());
        let mut is_unreachable = |&id: &u32| {
            let mut word: Vec<u32> = self.tokens.get(id).iter().map(|&byte| byte_ids[usize::from(byte)]).collect();
            word.len() > 1 && self.merge(&mut scratch, &mut word, id) != 2
        };
        (0..base as u32).filter(|id| is_unreachable(id)).collect()
    }

    fn merge<C: Cell>(&self, scratch: &mut Scratch, word: &mut [C], limit: u32) -> usize {
        let length = word.len() as u32;
        scratch.next.clear();
        scratch.next.extend((1..length).chain([NONE]));
        scratch.previous.clear();
        scratch.previous.extend([NONE].into_iter().chain(0..length - 1));
        for at in 0..length - 1 {
            self.offer(scratch, word, at, limit);
        }
        while let Some(Reverse((id, at))) = scratch.queue.pop() {
            let next = scratch.next[at as usize];
            // Entries of tokens that are gone, or that have another neighbour by now, mean nothing any more.
            if next == NONE || word[at as usize] == C::FREE || self.joined(scratch, word, at, next) != Some(id) {
                continue;
            }
            word[at as usize] = C::new(id);
            word[next as usize] = C::FREE;
            let after = scratch.next[next as usize];
            scratch.next[at as usize] = after;
            if after != NONE {
                scratch.previous[after as usize] = at;
                self.offer(scratch, word, at, limit);
            }
            let before = scratch.previous[at as usize];
            if before != NONE {
                self.offer(scratch, word, before, limit);
            }
        }
        let mut end = 0;
        for at in 0..word.len() {
            if word[at] != C::FREE {
                word[end] = word[at];
                end += 1;
            }
        }
        end
    }

    fn joined<C: Cell>(&self, scratch: &mut Scratch, word: &[C], at: u32, next: u32) -> Option<u32> {
        let pair = Pair::new(word[at as usize].get(), word[next as usize].get());
        *scratch.known.entry(pair).or_insert_with(|| self.tokens.id(&self.tokens.joined(pair)))
    }

    fn offer<C: Cell>(&self, scratch: &mut Scratch, word: &[C], at: u32, limit: u32) {
        let next = scratch.next[at as usize];
        if let Some(id) = self.joined(scratch, word, at, next).filter(|&id| id < limit) {
            scratch.queue.push(Reverse((id, at)));
        }
    }
}
