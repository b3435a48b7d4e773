//! Words with all their pairs, counted one by one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::BYTE_TOKENS;
use super::super::course::Alphabet;
use super::super::options::Scale;
use super::super::order::{Order, Ranked};
use super::super::pair::Pair;
use super::super::replay::{Replay, Scratch};
use super::super::tokens::Tokens;
use crate::counts::WordCounts;
use crate::{Error, Result};

/// Words that weigh anything, and all their pairs.
pub(super) struct Ledger {
    words: Vec<(Vec<u32>, u64)>,
    pairs: FxHashMap<Pair, u64>,
    /// Words that hold a pair or held it once.
    holders: FxHashMap<Pair, Vec<u32>>,
    /// Tokens of all words, each as often as its word counts.
    taken: u64,
}

impl Ledger {
    pub(super) fn new(counts: &WordCounts, scale: &Scale, tokens: &Tokens) -> Result<Self> {
        let sorted = counts.sorted_words();
        let (byte_ids, replay, mut scratch) = (tokens.byte_ids(), Replay::new(tokens), Scratch::default());
        let mut words = Vec::new();
        for index in 0..sorted.len() {
            let weight = scale.weigh(sorted.shares(index))?;
            if weight == 0 {
                continue;
            }
            let mut word: Vec<u32> = sorted.word(index).iter().map(|&byte| byte_ids[usize::from(byte)]).collect();
            if tokens.len() > BYTE_TOKENS {
                let length = replay.replay_word(&mut scratch, &mut word);
                word.truncate(length);
            }
            words.push((word, weight));
        }
        let mut ledger = Self { words, pairs: FxHashMap::default(), holders: FxHashMap::default(), taken: 0 };
        for index in 0..ledger.words.len() {
            ledger.enter(index as u32, None)?;
        }
        Ok(ledger)
    }

    /// Tokens of all words, each as often as its word counts.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Merges a pair wherever it stands, and returns the pairs of all words that it touched.
    pub(super) fn merge(&mut self, pair: Pair, id: u32) -> Result<FxHashSet<Pair>> {
        let mut touched = FxHashSet::default();
        for word in self.holders.remove(&pair).unwrap_or_default() {
            touched.extend(self.leave(word));
            self.words[word as usize].0 = merged(&self.words[word as usize].0, pair, id);
            touched.extend(self.enter(word, Some(id))?);
        }
        Ok(touched)
    }

    /// Counts the pairs of a word in, and returns them. Of pairs without the token that is `new` the word was a holder before.
    fn enter(&mut self, word: u32, new: Option<u32>) -> Result<Vec<Pair>> {
        let overflow = || Error::CountOverflow("checking the counts of merges");
        let (tokens, count) = &self.words[word as usize];
        let taken = count.checked_mul(tokens.len() as u64).and_then(|taken| self.taken.checked_add(taken));
        self.taken = taken.ok_or_else(overflow)?;
        let pairs = pairs_of(tokens);
        for &pair in &pairs {
            let sum = self.pairs.entry(pair).or_default();
            *sum = sum.checked_add(*count).ok_or_else(overflow)?;
            let holders = self.holders.entry(pair).or_default();
            let is_new = new.is_none_or(|id| pair.left() == id || pair.right() == id);
            if is_new && holders.last() != Some(&word) {
                holders.push(word);
            }
        }
        Ok(pairs)
    }

    /// Counts the pairs of a word out, and returns them.
    fn leave(&mut self, word: u32) -> Vec<Pair> {
        let (tokens, count) = &self.words[word as usize];
        self.taken -= count * tokens.len() as u64;
        let pairs = pairs_of(tokens);
        for pair in &pairs {
            *self.pairs.get_mut(pair).expect("it was counted in") -= count;
        }
        pairs
    }
}

/// A ledger that knows which of its pairs comes first.
pub(super) struct Contest<O> {
    ledger: Ledger,
    /// Every pair with its count, and with counts that it once had.
    queue: BinaryHeap<Ranked<O>>,
}

impl<O: Order> Contest<O> {
    pub(super) fn new(counts: &WordCounts, scale: &Scale, tokens: &Tokens) -> Result<Self> {
        let ledger = Ledger::new(counts, scale, tokens)?;
        let queue = ledger.pairs.iter().map(|(&pair, &count)| (count, Reverse(O::of(pair, tokens)))).collect();
        Ok(Self { ledger, queue })
    }

    /// The pair that comes first of those that may be merged and are so frequent, and its count.
    pub(super) fn first(&mut self, tokens: &Tokens, minimum: u64) -> Option<(Pair, u64)> {
        while let Some((count, Reverse(order))) = self.queue.peek() {
            let (pair, count) = (order.pair(), *count);
            if self.ledger.pairs.get(&pair) == Some(&count) && tokens.may_join(pair) && !tokens.is_vetoed(pair) {
                return (count >= minimum).then_some((pair, count));
            }
            self.queue.pop();
        }
        None
    }

    /// Merges a pair, whoever chose it.
    pub(super) fn merge(&mut self, pair: Pair, id: u32, tokens: &Tokens) -> Result<()> {
        for pair in self.ledger.merge(pair, id)? {
            self.queue.push((self.ledger.pairs[&pair], Reverse(O::of(pair, tokens))));
        }
        Ok(())
    }
}

/// The pairs of a word, without those that overlap one before them: each as often as it can be merged.
fn pairs_of(word: &[u32]) -> Vec<Pair> {
    let mut pairs: Vec<(Pair, bool)> = Vec::with_capacity(word.len());
    for neighbours in word.windows(2) {
        let pair = Pair::new(neighbours[0], neighbours[1]);
        let overlaps = pairs.last() == Some(&(pair, true));
        pairs.push((pair, !overlaps));
    }
    pairs.into_iter().filter(|&(_, counts)| counts).map(|(pair, _)| pair).collect()
}

fn merged(word: &[u32], pair: Pair, id: u32) -> Vec<u32> {
    let (mut result, mut rest) = (Vec::with_capacity(word.len()), word);
    while let Some((&first, others)) = rest.split_first() {
        let is_pair = first == pair.left() && others.first() == Some(&pair.right());
        result.push(if is_pair { id } else { first });
        rest = &rest[1 + usize::from(is_pair)..];
    }
    result
}
