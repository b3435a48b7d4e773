//! Taking the least used leaves away, one by one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::ControlFlow;

use super::usage::Usage;
use super::{Progress, ProgressCallback, PruneOptions, Pruned};
use crate::counts::WordCounts;
use crate::encoder::{RankMerges, WordScratch};
use crate::learner::BYTE_TOKENS;
use crate::vocabulary::TextTokens;
use crate::{Error, Result};

/// The callback hears of every removal whose number is a multiple of this.
const REMOVALS_PER_REPORT: usize = 1000;

/// Takes text tokens away until `options.vocab_size` are left, and after that for as long as some leaf is used less than
/// `options.min_use` times: always the leaf that is used least, of several the one with the highest id. The 256 bytes stay.
///
/// The tokens that are left keep their order, which is that of their merges, and every one of them is still reached.
///
/// O(n log n) in the bytes of the distinct words, and the words in which the removed tokens stand are encoded twice more for
/// each. Memory: about 8 bytes for each token of a distinct word and 8 for each word.
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
    check(counts, text, options)?;
    let wanted = text.count() - options.vocab_size;
    let mut merges = RankMerges::new(text, options.threads);
    let mut watch = || progress(Progress { removed: 0, wanted });
    let usage = Usage::new(counts, &merges, text, &options.weights, options.threads, &mut watch)?;
    let min_use = usage.up(options.min_use)?;
    let mut leaves = Leaves::new(text, &mut merges, usage);
    let mut scratch = WordScratch::default();
    let mut removed = 0;
    while let Some(leaf) = leaves.pop() {
        if removed >= wanted && leaves.usage.get(leaf) >= min_use {
            break;
        }
        let touched = leaves.usage.remove(leaf, &mut merges, &mut scratch)?;
        leaves.let_go(leaf, &touched);
        removed += 1;
        if removed.is_multiple_of(REMOVALS_PER_REPORT) {
            let progress = progress(Progress { removed, wanted: wanted.max(removed) });
            if progress == ControlFlow::Break(()) {
                return Err(Error::Interrupted);
            }
        }
    }
    let kept: Vec<u32> = text.iter().map(|(id, _)| id).filter(|&id| !leaves.is_gone[id as usize]).collect();
    let uses = kept.iter().map(|&id| leaves.usage.plain(id)).collect();
    Ok(Pruned { kept, uses })
}

fn check(counts: &WordCounts, text: &TextTokens, options: &PruneOptions) -> Result<()> {
    let PruneOptions { vocab_size, .. } = options;
    if !(BYTE_TOKENS..=text.count()).contains(vocab_size) {
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

/// The tokens that can go, by their use.
struct Leaves<'c> {
    usage: Usage<'c>,
    parts: Vec<Option<(u32, u32)>>,
    /// How often each token is a part of one that is there; for bytes one more, so that they are never leaves.
    children: Vec<u32>,
    is_gone: Vec<bool>,
    /// By use, then the highest id. An entry whose token is used more by now is put back; where it is used less, there is
    /// another entry that says so.
    queue: BinaryHeap<Reverse<(u64, Reverse<u32>)>>,
}

impl<'c> Leaves<'c> {
    fn new(text: &TextTokens, merges: &mut RankMerges<'_>, usage: Usage<'c>) -> Self {
        let parts = merges.parts();
        let mut children = vec![0; parts.len()];
        for part in parts.iter().flatten().flat_map(|&(left, right)| [left, right]).chain(*text.byte_ids()) {
            children[part as usize] += 1;
        }
        let is_gone = vec![false; parts.len()];
        let mut leaves = Self { usage, parts, children, is_gone, queue: BinaryHeap::new() };
        text.iter().for_each(|(id, _)| leaves.offer(id));
        leaves
    }

    /// Queues a token if it is a leaf.
    fn offer(&mut self, id: u32) {
        if self.children[id as usize] == 0 {
            self.queue.push(Reverse((self.usage.get(id), Reverse(id))));
        }
    }

    /// The leaf that is used least.
    fn pop(&mut self) -> Option<u32> {
        while let Some(Reverse((noted, Reverse(id)))) = self.queue.pop() {
            let used = self.usage.get(id);
            if self.is_gone[id as usize] || used < noted {
                continue;
            }
            if used == noted {
                return Some(id);
            }
            self.offer(id);
        }
        None
    }

    /// Notes that a leaf is gone and that the tokens `touched` may be used less.
    fn let_go(&mut self, leaf: u32, touched: &[u32]) {
        self.is_gone[leaf as usize] = true;
        if let Some((left, right)) = self.parts[leaf as usize] {
            for part in [left, right] {
                self.children[part as usize] -= 1;
                // A part that is twice the same becomes a leaf once.
                self.offer(part);
            }
        }
        touched.iter().for_each(|&id| self.offer(id));
    }
}
