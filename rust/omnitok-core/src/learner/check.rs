//! Merges held against the words once more, by other means than those that found them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::options::{LearnOptions, Mode, Scale};
use super::order::{Order, ShorterFirst};
use super::pair::Pair;
use super::replay::{Replay, Scratch};
use super::tokens::Tokens;
use super::{BYTE_TOKENS, Learned, stages};
use crate::counts::WordCounts;
use crate::{Error, Result};

/// Derives every merge of `learned` again: that it is the pair that comes first in the words as all merges before it left
/// them, that it is as frequent as `learned` says, and that its token has the bytes of both.
///
/// It shares no index, no thresholds and no arithmetic of changes with the learner: every pair of every word is kept, and a
/// word that a merge touches is counted anew. So it takes some ten times as long, and memory for all pairs.
///
/// # Errors
/// [`Error::Training`] that names the first merge that is wrong, and for modes that copy another library's counts, of which
/// a recount knows nothing; [`Error::CountOverflow`].
pub fn check(counts: &WordCounts, options: &LearnOptions, learned: &Learned) -> Result<()> {
    if options.parity.is_some() {
        return Err(Error::Training(
            "merges chosen for parity cannot be checked: the check knows one choice, the most frequent pair of all words; \
             leave out check or parity"
                .into(),
        ));
    }
    match options.mode {
        Mode::Exact => check_in::<Pair>(counts, options, learned),
        Mode::SentencePiece => check_in::<ShorterFirst>(counts, options, learned),
        Mode::HuggingFace | Mode::RustBpe => Err(Error::Training(format!(
            "the counts of the mode {} are not those of the words, so there is nothing to check them against",
            options.mode.name()
        ))),
    }
}

fn check_in<O: Order>(counts: &WordCounts, options: &LearnOptions, learned: &Learned) -> Result<()> {
    let scale = options.scale(counts.languages().as_slice())?;
    let base = learned.tokens.len() - learned.merges.len();
    let tokens = stages::tokens_to_begin_with(counts, options, learned.tokens[..base].to_vec(), base)?;
    let mut ledger = Ledger::<O>::new(counts, &scale, tokens)?;
    let minimum = stages::minimum(counts, options, &scale)?;
    for (index, merge) in learned.merges.iter().enumerate() {
        let wrong = |reason: String| {
            Err(Error::Training(format!(
                "merge {index} ({} {} to {}) is wrong: {reason}",
                merge.left, merge.right, merge.id
            )))
        };
        let Some((pair, count)) = ledger.first().filter(|&(_, count)| count >= minimum) else {
            return wrong("no pair of the words may be merged any more".into());
        };
        let counted = scale.down(count);
        if (pair.left(), pair.right(), counted) != (merge.left, merge.right, merge.count) {
            return wrong(format!(
                "{} {} with {counted} comes first in the words, and it has {}",
                pair.left(),
                pair.right(),
                merge.count
            ));
        }
        if (ledger.merge(pair)?, true) != (merge.id, learned.tokens[merge.id as usize] == ledger.tokens.get(merge.id)) {
            return wrong("its token has another id or other bytes".into());
        }
    }
    Ok(())
}

/// All words and all their pairs.
struct Ledger<O> {
    tokens: Tokens,
    words: Vec<(Vec<u32>, u64)>,
    pairs: FxHashMap<Pair, u64>,
    /// Words that hold a pair or held it once.
    holders: FxHashMap<Pair, Vec<u32>>,
    /// Every pair with its count, and with counts that it once had.
    queue: BinaryHeap<(u64, Reverse<O>)>,
}

impl<O: Order> Ledger<O> {
    fn new(counts: &WordCounts, scale: &Scale, tokens: Tokens) -> Result<Self> {
        let sorted = counts.sorted_words();
        let (byte_ids, replay, mut scratch) = (tokens.byte_ids(), Replay::new(&tokens), Scratch::default());
        let mut words = Vec::with_capacity(sorted.len());
        for index in 0..sorted.len() {
            let mut word: Vec<u32> = sorted.word(index).iter().map(|&byte| byte_ids[usize::from(byte)]).collect();
            if tokens.len() > BYTE_TOKENS {
                let length = replay.replay_word(&mut scratch, &mut word);
                word.truncate(length);
            }
            words.push((word, scale.weigh(sorted.shares(index))?));
        }
        let mut ledger = Self {
            tokens,
            words,
            pairs: FxHashMap::default(),
            holders: FxHashMap::default(),
            queue: BinaryHeap::new(),
        };
        for index in 0..ledger.words.len() {
            ledger.enter(index as u32, None)?;
        }
        for (&pair, &count) in &ledger.pairs {
            ledger.queue.push((count, Reverse(O::of(pair, &ledger.tokens))));
        }
        Ok(ledger)
    }

    /// The pair that comes first.
    fn first(&mut self) -> Option<(Pair, u64)> {
        while let Some((count, Reverse(order))) = self.queue.pop() {
            let pair = order.pair();
            let is_allowed = self.tokens.may_join(pair) && !self.tokens.is_vetoed(pair);
            if is_allowed && count > 0 && self.pairs.get(&pair) == Some(&count) {
                return Some((pair, count));
            }
        }
        None
    }

    fn merge(&mut self, pair: Pair) -> Result<u32> {
        let (id, _) = self.tokens.join(pair);
        let mut touched = FxHashSet::default();
        for word in self.holders.remove(&pair).unwrap_or_default() {
            touched.extend(self.leave(word));
            self.words[word as usize].0 = merged(&self.words[word as usize].0, pair, id);
            touched.extend(self.enter(word, Some(id))?);
        }
        for pair in touched {
            self.queue.push((self.pairs[&pair], Reverse(O::of(pair, &self.tokens))));
        }
        Ok(id)
    }

    /// Counts the pairs of a word in, and returns them. Of pairs without the token that is `new` the word was a holder before.
    fn enter(&mut self, word: u32, new: Option<u32>) -> Result<Vec<Pair>> {
        let (tokens, count) = &self.words[word as usize];
        let pairs = pairs_of(tokens);
        for &pair in &pairs {
            let sum = self.pairs.entry(pair).or_default();
            *sum = sum.checked_add(*count).ok_or(Error::CountOverflow("checking the counts of merges"))?;
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
        let pairs = pairs_of(tokens);
        for pair in &pairs {
            *self.pairs.get_mut(pair).expect("it was counted in") -= count;
        }
        pairs
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
