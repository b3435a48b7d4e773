//! Taking away what a text never becomes, by the tokens that it was found to become.
//!
//! Nearly all phrases of a text are different, so there is no table of them to encode anew when a token goes, as
//! [`prune`](super::prune()) does with words. What there is are the uses of all tokens, from encoding the text with them
//! ([`token_counter`](crate::superwords::token_counter)). They say what is never used, and nearly what each of the others
//! would be used if one went: its occurrences become its parts. So this is one step: whoever takes it encodes the text with
//! what is left, and tells the next one of what is still unused.
//!
//! A token of which others are merged may be used by nobody because these always are. It goes if all of them can be merged of
//! other tokens. If not, one of the two is too many, and the one that is merged of it is taken away with all that is merged
//! of that in turn, where the least use is lost: what it was becomes the token again. So every token that is left is still
//! reached by merges alone; nothing is looked up inside a phrase.

use std::cmp::Reverse;

use super::prune::{Queue, check};
use super::tree::Tree;
use crate::counts::WordCounts;
use crate::encoder::{RankMerges, WordScratch};
use crate::learner::Scale;
use crate::vocabulary::TextTokens;
use crate::{Error, Result};

/// What to leave of a vocabulary.
#[derive(Clone, PartialEq, Debug)]
pub struct EmittedOptions {
    /// Number of text tokens to leave, the 256 bytes included.
    pub vocab_size: usize,
    /// Tokens that are used less often go also when there are not too many.
    pub min_use: u64,
    /// Tokens that go in any case, and with them those that can only be merged of them.
    pub unwanted: Vec<u32>,
    /// How much an occurrence in a language weighs: as in [`LearnOptions`](crate::learner::LearnOptions).
    pub weights: Vec<(String, f64)>,
    /// Number of threads; the result does not depend on it.
    pub threads: usize,
}

/// The ids of the text tokens that are left after one step, ascending. The step takes those away that are unwanted, or used
/// less than `options.min_use` times, and then the least used of those that no others are merged of, until no more than
/// `options.vocab_size` are left. Of several that are used as little, the one with the highest id goes first.
///
/// `emitted` are the tokens that the text becomes, counted. O(n log n) in the bytes of the tokens, and for every token that
/// goes though others are merged of it, in the bytes of these.
///
/// # Errors
/// [`Error::Training`] for sizes below 256 or above that of `text`, counts that hold nothing or something else than tokens,
/// ids that are no text and weights that make no sense; [`Error::CountOverflow`].
pub fn prune_emitted(emitted: &WordCounts, text: &TextTokens, options: &EmittedOptions) -> Result<Vec<u32>> {
    check(emitted, text, options.vocab_size)?;
    let scale = Scale::of(&options.weights, &emitted.languages())?;
    let mut pruning = Pruning::new(text, uses_of(emitted, text, &scale)?, options.threads);
    pruning.take_unused(scale.up(options.min_use)?, &options.unwanted)?;
    let left = text.count() - pruning.is_gone.iter().filter(|&&is_gone| is_gone).count();
    pruning.take_least(left.saturating_sub(options.vocab_size))?;
    Ok(text.iter().map(|(id, _)| id).filter(|&id| !pruning.is_gone[id as usize]).collect())
}

/// The weighted use of every token, by id.
fn uses_of(emitted: &WordCounts, text: &TextTokens, scale: &Scale) -> Result<Vec<u64>> {
    let (tokens, mut uses) = (emitted.sorted_words(), vec![0; text.arena().1.len()]);
    for at in 0..tokens.len() {
        let token = tokens.word(at);
        let Some(id) = text.id(token) else {
            return Err(Error::Training(format!(
                "the text was found to become \"{}\", which is no token; count it with this vocabulary",
                token.escape_ascii()
            )));
        };
        uses[id as usize] = scale.weigh(tokens.shares(at))?;
    }
    Ok(uses)
}

/// A vocabulary on the way to a smaller one.
struct Pruning<'t> {
    text: &'t TextTokens,
    merges: RankMerges<'t>,
    tree: Tree,
    scratch: WordScratch,
    uses: Vec<u64>,
    is_byte: Vec<bool>,
    is_gone: Vec<bool>,
}

impl<'t> Pruning<'t> {
    fn new(text: &'t TextTokens, uses: Vec<u64>, threads: usize) -> Self {
        let (mut merges, mut scratch) = (RankMerges::new(text, threads), WordScratch::default());
        let tree = Tree::new(merges.parts(&mut scratch));
        let (mut is_byte, is_gone) = (vec![false; uses.len()], vec![false; uses.len()]);
        text.byte_ids().iter().for_each(|&id| is_byte[id as usize] = true);
        Self { text, merges, tree, scratch, uses, is_byte, is_gone }
    }

    /// Takes away what is unwanted, or used less than `min_use` times. What is merged of others comes before these, so that
    /// they are leaves, or used, when their turn comes.
    fn take_unused(&mut self, min_use: u64, unwanted: &[u32]) -> Result<()> {
        let mut is_unwanted = vec![false; self.uses.len()];
        for &id in unwanted {
            match is_unwanted.get_mut(id as usize) {
                Some(unwanted) if !self.text.get(id).is_empty() => *unwanted = true,
                _ => return Err(Error::Training(format!("the id {id} is unwanted, and no text token has it"))),
            }
        }
        for id in (0..self.uses.len() as u32).rev().filter(|&id| !self.text.get(id).is_empty()) {
            if self.is_byte[id as usize] || self.is_gone[id as usize] {
                continue;
            }
            if is_unwanted[id as usize] {
                if !self.take_stone(id) {
                    self.take_with_users(id)?;
                }
            } else if self.uses[id as usize] < min_use {
                self.settle(id, min_use)?;
            }
        }
        Ok(())
    }

    /// Takes a token away that is hardly used, or what keeps it from being used.
    fn settle(&mut self, id: u32, min_use: u64) -> Result<()> {
        while self.uses[id as usize] < min_use {
            if self.take_stone(id) {
                return Ok(());
            }
            let lost = |child: u32| -> u128 {
                let descendants = self.tree.descendants(child).into_iter().chain([child]);
                descendants.map(|id| u128::from(self.uses[id as usize])).sum()
            };
            let children = self.tree.users(id).iter().copied();
            match children.min_by_key(|&child| (lost(child), Reverse(child))) {
                Some(child) => self.take_with_users(child)?,
                None => return self.take(id),
            }
        }
        Ok(())
    }

    /// Takes a token away, and before it all that is merged of it.
    fn take_with_users(&mut self, id: u32) -> Result<()> {
        for descendant in self.tree.descendants(id).into_iter().rev() {
            self.take(descendant)?;
        }
        self.take(id)
    }

    /// Takes a token away of which others are merged, if these can all be merged of tokens of lower rank.
    fn take_stone(&mut self, id: u32) -> bool {
        if self.tree.is_leaf(id) {
            return false;
        }
        let descendants = self.tree.descendants(id);
        let taken = self.merges.remove(id);
        let mut made = Vec::with_capacity(descendants.len());
        for &other in &descendants {
            let parts = self.merges.make_otherwise(other, &mut self.scratch);
            made.push(parts);
            let is_made = parts.is_some_and(|(left, right)| left.max(right) < other) || parts == self.tree.parts(other);
            if !is_made {
                self.merges.put_back(taken);
                for &other in &descendants[..made.len()] {
                    self.merges.make_otherwise(other, &mut self.scratch);
                }
                return false;
            }
        }
        for (&other, parts) in descendants.iter().zip(made) {
            self.tree.set_parts(other, parts);
        }
        self.tree.set_parts(id, None);
        self.is_gone[id as usize] = true;
        true
    }

    /// Takes a leaf away: its occurrences become its parts.
    fn take(&mut self, id: u32) -> Result<()> {
        self.merges.remove(id);
        self.is_gone[id as usize] = true;
        let lost = self.uses[id as usize];
        let Some((left, right)) = self.tree.parts(id) else { return Ok(()) };
        for part in [left, right] {
            let gained = self.uses[part as usize].checked_add(lost);
            self.uses[part as usize] = gained.ok_or(Error::CountOverflow("adding up the use of a token"))?;
        }
        self.tree.set_parts(id, None);
        Ok(())
    }

    /// Takes so many leaves away, each time the one that is used least.
    fn take_least(&mut self, number: usize) -> Result<()> {
        let ids = 0..self.uses.len() as u32;
        let mut leaves: Queue = ids.filter_map(|id| self.leaf(id)).collect();
        for _ in 0..number {
            let id = loop {
                let Some(Reverse((used, Reverse(id)))) = leaves.pop() else { return Ok(()) };
                // One that became used more since it was queued is queued again, and one that was both parts is there twice.
                match self.leaf(id) {
                    Some(Reverse((now, _))) if now == used => break id,
                    queued => leaves.extend(queued),
                }
            };
            let parts = self.tree.parts(id);
            self.take(id)?;
            leaves.extend(parts.into_iter().flat_map(|(left, right)| [left, right]).filter_map(|part| self.leaf(part)));
        }
        Ok(())
    }

    /// The token as it is queued, if it is one and may go.
    fn leaf(&self, id: u32) -> Option<Reverse<(u64, Reverse<u32>)>> {
        let at = id as usize;
        let may_go = !self.is_byte[at] && !self.is_gone[at] && !self.text.get(id).is_empty() && self.tree.is_leaf(id);
        may_go.then_some(Reverse((self.uses[at], Reverse(id))))
    }
}
