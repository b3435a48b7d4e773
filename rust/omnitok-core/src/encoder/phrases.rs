//! Phrases to ids: the words of a block, then what superwords join.

use std::ops::{ControlFlow, Range};

use super::block::Block;
use super::merge_queues::MergeQueues;
use super::merge_table::{MergeTable, NO_MERGE};
use super::merge_window::{LONGEST, MergeWindow};
use super::pieces::LONGEST_WHOLE;
use super::push_pieces;
use super::scratch::Scratch;
use super::short_word::{SHORT, ShortWord};
use super::superwords::Superwords;
use super::whole_words::WholeWords;
use crate::error::Result;
use crate::memory::reserve;
use crate::splitter::{Ends, Splitter};

/// What is kept of a buffer that a long phrase made grow.
const KEPT: usize = 1 << 16;

/// What a thread needs for phrases.
#[derive(Debug, Default)]
pub(super) struct Phrases {
    /// Where phrases end in the text, from the one on that goes on or begins.
    ends: Vec<u32>,
    /// Ids of the first level: those of a phrase that goes on, and those of the block.
    ids: Vec<u32>,
    /// How many of them are known to be of the phrase that goes on, and where they end in the text.
    known: usize,
    known_end: usize,
    /// Where that phrase begins.
    start: usize,
    runs: Runs,
}

/// A text in normal form, cut into phrases by `splitter`. A whole phrase that is one of `whole` becomes it.
#[derive(Clone, Copy)]
pub(super) struct PhraseText<'t> {
    pub(super) text: &'t str,
    /// They begin with the text, as in [`Block::push`].
    pub(super) bytes: &'t [u8],
    pub(super) splitter: &'t Splitter,
    pub(super) whole: &'t WholeWords,
}

/// Ends of words on their way into a block, which takes many at a time.
struct Words {
    base: usize,
    offsets: [u8; Ends::MOST],
    count: usize,
}

impl Words {
    /// Takes in a word that ends at `end`. False when there is no room for it.
    #[inline]
    fn push(&mut self, end: usize) -> bool {
        if self.count == 0 {
            self.base = end;
        }
        let Ok(offset) = u8::try_from(end - self.base) else { return false };
        let Some(place) = self.offsets.get_mut(self.count) else { return false };
        *place = offset;
        self.count += 1;
        true
    }

    fn ends(&mut self) -> Ends<'_> {
        let count = std::mem::take(&mut self.count);
        Ends::new(self.base, &self.offsets[..count])
    }
}

impl Superwords {
    /// Calls `emit` with the ids of a text, many at a time; stops soon after it breaks. O(n log n).
    pub(super) fn for_each_id(
        &self,
        text: PhraseText,
        Scratch { block, merging, phrases, .. }: &mut Scratch,
        emit: &mut dyn FnMut(&[u32]) -> ControlFlow<()>,
    ) -> Result<()> {
        block.clear();
        phrases.clear();
        let mut failure = Ok(());
        let mut answer = |block: &mut Block, phrases: &mut Phrases| {
            let merge = |word: &str, ids: &mut Vec<u32>| self.words().merge_word(word, merging, ids);
            let mut room = Ok(());
            let answered = block.answer(text.text, text.bytes, merge, |ids| {
                room = std::mem::replace(&mut room, Ok(())).and_then(|()| reserve(&mut phrases.ids, ids.len()));
                if room.is_ok() {
                    phrases.ids.extend_from_slice(ids);
                }
            });
            answered.and(room).and_then(|()| phrases.finish(self, text, emit)).unwrap_or_else(|error| {
                // What it took so far goes back.
                *phrases = Phrases::default();
                failure = Err(error);
                ControlFlow::Break(())
            })
        };
        let mut words = Words { base: 0, offsets: [0; Ends::MOST], count: 0 };
        let mut start = 0;
        let mut push = |end: usize, ends_phrase: bool| {
            if ends_phrase {
                phrases.ends.push(end as u32);
            }
            let length = end - std::mem::replace(&mut start, end);
            if length <= LONGEST_WHOLE && words.push(end) {
                return ControlFlow::Continue(());
            }
            block.push(text.bytes, words.ends(), usize::MAX);
            if block.is_full() {
                answer(block, phrases)?;
            }
            if length <= LONGEST_WHOLE {
                words.push(end);
                return ControlFlow::Continue(());
            }
            push_pieces(&self.words().tables.pieces, text.bytes, end, block, &mut |block| answer(block, phrases))
        };
        // A word is taken in when it is known whether its phrase goes on behind it.
        let mut border = 0;
        let mut flow = ControlFlow::Continue(());
        text.splitter.try_for_each_end_in_phrases(text.text, |end, joins| {
            let border = std::mem::replace(&mut border, end);
            if border > 0 && !(joins && self.leaves_together(text.bytes, border)) {
                flow = push(border, !joins);
            }
            flow
        })?;
        if border > 0 && flow.is_continue() {
            flow = push(border, true);
        }
        if flow.is_continue() {
            block.push(text.bytes, words.ends(), usize::MAX);
            _ = answer(block, phrases);
        }
        failure
    }

    /// Merges ids of a phrase, and writes what is left to `ids[kept..]`, at or before them. Returns where that ends.
    fn merge_phrase(&self, ids: &mut [u32], phrase: Range<usize>, mut kept: usize, runs: &mut Runs) -> Result<usize> {
        let mut start = phrase.start;
        while start < phrase.end {
            let mut end = start + 1;
            while end < phrase.end && self.is_bridge(ids[end - 1], ids[end]) {
                end += 1;
            }
            if end == start + 1 {
                ids[kept] = ids[start];
                kept += 1;
            } else {
                kept += runs.merge(ids, start..end, kept, self)?;
            }
            start = end;
        }
        Ok(kept)
    }
}

impl Phrases {
    /// Forgets what an abandoned text left.
    fn clear(&mut self) {
        self.ends.clear();
        self.ids.clear();
        (self.known, self.known_end, self.start) = (0, 0, 0);
    }

    /// Gives out the phrases that ended.
    fn finish(
        &mut self,
        superwords: &Superwords,
        PhraseText { bytes, whole, .. }: PhraseText,
        emit: &mut dyn FnMut(&[u32]) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        let (mut first, mut kept, mut ended) = (0, 0, 0);
        for at in self.known..self.ids.len() {
            self.known_end += superwords.length(self.ids[at]);
            if self.ends.get(ended).is_none_or(|end| *end as usize != self.known_end) {
                continue;
            }
            if let Some(id) = whole.get(&bytes[self.start..self.known_end]) {
                self.ids[kept] = id;
                kept += 1;
            } else {
                kept = superwords.merge_phrase(&mut self.ids, first..at + 1, kept, &mut self.runs)?;
            }
            (first, self.start) = (at + 1, self.known_end);
            ended += 1;
        }
        self.known = self.ids.len() - first;
        // A phrase of many blocks is not moved from one to the next.
        if ended == 0 {
            return Ok(ControlFlow::Continue(()));
        }
        let flow = emit(&self.ids[..kept]);
        self.ends.drain(..ended);
        self.ids.copy_within(first.., 0);
        self.ids.truncate(self.known);
        self.ids.shrink_to(KEPT);
        Ok(flow)
    }
}

/// What merges ids that may all become one token.
#[derive(Debug, Default)]
struct Runs {
    window: MergeWindow,
    queues: MergeQueues,
    symbols: Vec<u32>,
}

impl Runs {
    /// Merges `ids[run]`, two or more, and writes what is left to `ids[kept..]`; returns the number of them.
    fn merge(&mut self, ids: &mut [u32], run: Range<usize>, kept: usize, superwords: &Superwords) -> Result<usize> {
        let merges = superwords.merges();
        let rank = |left: u32, right: u32| merges.rank(left, right);
        let product = |rank: u32| merges.product(rank);
        let length = run.len();
        if length == 2 {
            return Ok(merge_pair(ids, [ids[run.start], ids[run.start + 1]], kept, merges));
        }
        if length == 3 {
            let [first, middle, last] = [ids[run.start], ids[run.start + 1], ids[run.start + 2]];
            let ranks = [rank(first, middle), rank(middle, last)];
            if ranks == [NO_MERGE; 2] {
                ids[kept..kept + 3].copy_from_slice(&[first, middle, last]);
                return Ok(3);
            }
            let pair = if ranks[0] <= ranks[1] { [product(ranks[0]), last] } else { [first, product(ranks[1])] };
            return Ok(merge_pair(ids, pair, kept, merges));
        }
        if length <= SHORT {
            let mut word = ShortWord::new();
            ids[run].iter().for_each(|&id| word.push(id));
            let left = word.merge(rank, product);
            ids[kept..kept + left.len()].copy_from_slice(left);
            return Ok(left.len());
        }
        self.symbols.clear();
        reserve(&mut self.symbols, length)?;
        if length <= LONGEST {
            self.window.clear();
            ids[run].iter().for_each(|&id| self.window.push(id));
            self.symbols.extend(self.window.merge(rank, product));
        } else {
            self.symbols.extend_from_slice(&ids[run]);
            self.queues.reserve(length)?;
            self.queues.merge(&mut self.symbols, merges);
        }
        ids[kept..kept + self.symbols.len()].copy_from_slice(&self.symbols);
        let left = self.symbols.len();
        self.symbols.shrink_to(KEPT);
        Ok(left)
    }
}

/// Writes what two ids become to `ids[kept..]`; returns the number of them.
#[inline]
fn merge_pair(ids: &mut [u32], [left, right]: [u32; 2], kept: usize, merges: &MergeTable) -> usize {
    let rank = merges.rank(left, right);
    if rank == NO_MERGE {
        ids[kept..kept + 2].copy_from_slice(&[left, right]);
        return 2;
    }
    ids[kept] = merges.product(rank);
    1
}
