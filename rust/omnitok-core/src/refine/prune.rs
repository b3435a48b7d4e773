//! Taking the least used tokens away, one by one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::tree::Tree;
use super::usage::{Encoded, Usage};
use super::{Progress, ProgressCallback, PruneOptions, Pruned};
use crate::counts::WordCounts;
use crate::encoder::{RankMerges, WordScratch};
use crate::learner::BYTE_TOKENS;
use crate::vocabulary::TextTokens;
use crate::{Error, Result};

/// The callback hears of every step whose number is a multiple of this.
const STEPS_PER_REPORT: usize = 1000;

/// A stepping stone to tokens that stand in more words than this is not tried.
const MOST_WORDS: usize = 20_000;

/// Takes text tokens away until `options.vocab_size` are left, and after that those that are used less than
/// `options.min_use` times. Of several that are used as little, the one with the highest id goes first.
///
/// The 256 bytes stay, and so do stepping stones that earn their place: see the [module](super). The tokens that are left
/// keep their order, which is that of their merges, and every one of them is still reached.
///
/// O(n log n) in the bytes of the distinct words; the words in which a token stands that goes, or that is tried, are encoded
/// twice more. Memory: about 8 bytes for each token of a distinct word and 8 for each word.
///
/// # Errors
/// [`Error::Training`] for sizes below 256 or above that of `text`, counts that hold nothing and weights that make no sense;
/// [`Error::CountOverflow`]; [`Error::Interrupted`].
pub fn prune(
    counts: &WordCounts,
    text: &TextTokens,
    options: &PruneOptions,
    progress: ProgressCallback<'_>,
) -> Result<Pruned> {
    check(counts, text, options.vocab_size)?;
    let wanted = text.count() - options.vocab_size;
    let mut merges = RankMerges::new(text, options.threads);
    let mut watch = || progress(Progress { removed: 0, wanted });
    let usage = Usage::new(counts, &merges, text, &options.weights, options.threads, &mut watch)?;
    let min_use = usage.up(options.min_use)?;
    let mut scratch = WordScratch::default();
    let tree = Tree::new(merges.parts(&mut scratch));
    let owed = if options.whole_words { min_use } else { 0 };
    let mut pruning = Pruning::new(text, merges, usage, tree, scratch, options.whole_words, owed);
    let (mut removed, mut steps) = (0, 0_usize);
    while let Some(is_gone) = pruning.step(if removed < wanted { u64::MAX } else { min_use })? {
        removed += usize::from(is_gone);
        steps += 1;
        if steps.is_multiple_of(STEPS_PER_REPORT)
            && progress(Progress { removed, wanted: wanted.max(removed) }).is_break()
        {
            return Err(Error::Interrupted);
        }
    }
    let kept: Vec<u32> = text.iter().map(|(id, _)| id).filter(|&id| !pruning.is_gone[id as usize]).collect();
    let uses = kept.iter().map(|&id| pruning.usage.plain(id)).collect();
    Ok(Pruned { kept, uses })
}

/// Refuses sizes that cannot be, and counts that hold nothing.
pub(super) fn check(counts: &WordCounts, text: &TextTokens, vocab_size: usize) -> Result<()> {
    if !(BYTE_TOKENS..=text.count()).contains(&vocab_size) {
        return Err(Error::Training(format!(
            "{vocab_size} text tokens cannot be left of {}; the 256 bytes stay, so ask for {BYTE_TOKENS} to {}",
            text.count(),
            text.count()
        )));
    }
    if counts.total() == 0 {
        return Err(Error::Training(
            "no word was counted, so every token would be unused; check the sources, or give more of them".into(),
        ));
    }
    Ok(())
}

/// Tokens by use, then the highest id.
pub(super) type Queue = BinaryHeap<Reverse<(u64, Reverse<u32>)>>;

/// A vocabulary on the way to a smaller one.
struct Pruning<'c> {
    merges: RankMerges<'c>,
    usage: Usage<'c>,
    tree: Tree,
    scratch: WordScratch,
    whole_words: bool,
    /// Stepping stones that are used less go at any price.
    owed: u64,
    is_byte: Vec<bool>,
    is_gone: Vec<bool>,
    /// Stepping stones that earn their place.
    is_tried: Vec<bool>,
    /// An entry whose token is used more by now, or is no leaf any more or one by now, is put where it belongs; where it is
    /// used less, there is another entry that says so.
    leaves: Queue,
    stones: Queue,
}

impl<'c> Pruning<'c> {
    fn new(
        text: &TextTokens,
        merges: RankMerges<'c>,
        usage: Usage<'c>,
        tree: Tree,
        scratch: WordScratch,
        whole_words: bool,
        owed: u64,
    ) -> Self {
        let none = vec![false; text.arena().1.len()];
        let (mut is_byte, is_gone, is_tried) = (none.clone(), none.clone(), none);
        for &id in text.byte_ids() {
            is_byte[id as usize] = true;
        }
        let (leaves, stones) = (Queue::new(), Queue::new());
        let mut pruning =
            Self { merges, usage, tree, scratch, whole_words, owed, is_byte, is_gone, is_tried, leaves, stones };
        for (id, _) in text.iter() {
            pruning.offer(id);
        }
        pruning
    }

    /// Takes the next token away, of those that are used less than `limit` times, or lets a stone stay: whether one went.
    /// `None` when there is none.
    fn step(&mut self, limit: u64) -> Result<Option<bool>> {
        // Looking for one kind puts tokens that became the other kind among those, so the first look may miss the least.
        self.least(false);
        let (leaf, stone) = (self.least(true), self.least(false));
        let price = leaf.map_or(u64::MAX, |(used, _)| used);
        if let Some((used, id)) = stone.filter(|&(used, _)| used < price.min(limit)) {
            return self.try_stone(id, if used < self.owed { u64::MAX } else { price }).map(Some);
        }
        let Some((_, id)) = leaf.filter(|&(used, _)| used < limit) else { return Ok(None) };
        let before = self.usage.words_with(&[id], &self.merges, &mut self.scratch);
        self.merges.remove(id);
        let after = self.usage.again(&before, &self.merges, &mut self.scratch);
        self.let_go(id, &before, &after)?;
        Ok(Some(true))
    }

    /// Takes a stepping stone away if the text grows by less than `price` tokens, and every token is still reached.
    fn try_stone(&mut self, id: u32, price: u64) -> Result<bool> {
        self.is_tried[id as usize] = true;
        let descendants = self.tree.descendants(id);
        let mut ids = descendants.clone();
        ids.insert(descendants.partition_point(|&other| other < id), id);
        if self.usage.places(&ids) > MOST_WORDS && price < u64::MAX {
            return Ok(false);
        }
        let before = self.usage.words_with(&ids, &self.merges, &mut self.scratch);
        let taken = self.merges.remove(id);
        let is_merged = self.make_otherwise(&descendants);
        if is_merged || self.whole_words {
            let after = self.usage.again(&before, &self.merges, &mut self.scratch);
            if self.usage.growth(&before, &after) < i128::from(price) {
                self.let_go(id, &before, &after)?;
                for &other in &descendants {
                    self.offer(other);
                }
                return Ok(true);
            }
        }
        self.merges.put_back(taken);
        self.make_otherwise(&descendants);
        Ok(false)
    }

    /// Notes what tokens are merged of now; whether all of them still are, and of none of higher rank that they were not
    /// merged of before: the first tokens of a vocabulary must do without the last ones.
    fn make_otherwise(&mut self, ids: &[u32]) -> bool {
        let mut is_merged = true;
        for &id in ids {
            let parts = self.merges.make_otherwise(id, &mut self.scratch);
            is_merged &= parts.is_some_and(|(left, right)| left.max(right) < id) || parts == self.tree.parts(id);
            self.tree.set_parts(id, parts);
        }
        is_merged
    }

    /// Queues a token, if it may go.
    fn offer(&mut self, id: u32) {
        if self.is_byte[id as usize] || self.is_gone[id as usize] {
            return;
        }
        let entry = Reverse((self.usage.get(id), Reverse(id)));
        if self.tree.is_leaf(id) {
            self.leaves.push(entry);
        } else if self.may_be_tried(id) {
            self.stones.push(entry);
        }
    }

    /// Whether a stepping stone has not earned its place, or must go in spite of that.
    fn may_be_tried(&self, id: u32) -> bool {
        !self.is_tried[id as usize] || self.usage.get(id) < self.owed
    }

    /// The leaf, or the stone, that is used least, which is on top of its queue.
    fn least(&mut self, among_leaves: bool) -> Option<(u64, u32)> {
        loop {
            let queue = if among_leaves { &self.leaves } else { &self.stones };
            let &Reverse((noted, Reverse(id))) = queue.peek()?;
            let used = self.usage.get(id);
            let belongs = self.tree.is_leaf(id) == among_leaves && !self.is_gone[id as usize];
            if belongs && used == noted && (among_leaves || self.may_be_tried(id)) {
                return Some((used, id));
            }
            if among_leaves { &mut self.leaves } else { &mut self.stones }.pop();
            if !belongs || used > noted {
                self.offer(id);
            }
        }
    }

    /// Notes that a token is gone and what words became by that.
    fn let_go(&mut self, id: u32, before: &Encoded, after: &Encoded) -> Result<()> {
        self.is_gone[id as usize] = true;
        let parts = self.tree.parts(id);
        self.tree.set_parts(id, None);
        for touched in self.usage.replace(before, after)? {
            self.offer(touched);
        }
        if let Some((left, right)) = parts {
            self.offer(left);
            self.offer(right);
        }
        Ok(())
    }
}
