//! Phrases to ids: the words of a block, then what superwords join.

use std::ops::{ControlFlow, Range};

use super::block::Block;
use super::merge_queues::MergeQueues;
use super::merge_table::{MergeTable, NO_MERGE};
use super::merge_window::{LONGEST, MergeWindow};
use super::pieces::LONGEST_WHOLE;
use super::scratch::Scratch;
use super::short_word::{SHORT, ShortWord};
use super::superwords::Superwords;
use super::whole_words::WholeWords;
use crate::error::Result;
use crate::splitter::Splitter;

/// What is kept of a buffer that a long phrase made grow.
const KEPT: usize = 1 << 16;

/// What a thread needs for phrases.
#[derive(Debug, Default)]
pub(super) struct Phrases {
    /// For each word in the block, where the phrase ends that ends with it, or 0.
    ends: Vec<u32>,
    /// Ids of the first level: those of a phrase that goes on, and those of the block.
    ids: Vec<u32>,
    /// The phrases that end in them: the number of ids up to there, and the number of bytes.
    ended: Vec<(usize, usize)>,
    /// Where the first phrase begins.
    start: usize,
    runs: Runs,
}

/// A text in normal form, cut into phrases by `splitter`. A whole phrase that is one of `whole` becomes it.
#[derive(Clone, Copy)]
pub(super) struct PhraseText<'t> {
    pub(super) text: &'t str,
    pub(super) splitter: &'t Splitter,
    pub(super) whole: &'t WholeWords,
}

impl Superwords {
    /// Calls `emit` with the ids of a text, many at a time; stops soon after it breaks. O(n log n).
    pub(super) fn for_each_id(
        &self,
        text: PhraseText,
        Scratch { block, merging, phrases }: &mut Scratch,
        emit: &mut dyn FnMut(&[u32]) -> ControlFlow<()>,
    ) -> Result<()> {
        block.clear();
        phrases.clear();
        let mut start = 0;
        let mut answer = |block: &mut Block, phrases: &mut Phrases| {
            let mut words = phrases.ends.iter();
            let (ids, ended) = (&mut phrases.ids, &mut phrases.ended);
            let mut total = ids.len();
            start = block.answer(
                text.text,
                start,
                |word, ids| self.words().merge_word(word, merging, ids),
                |count| {
                    total += count;
                    if let Some(&end) = words.next().filter(|end| **end > 0) {
                        ended.push((total, end as usize));
                    }
                },
                |found| ids.extend_from_slice(found),
            );
            phrases.finish(self, text, emit)
        };
        let bytes = text.text.as_bytes();
        let mut push = |word: Range<usize>, ends_phrase: bool| {
            let mut push_end = |end: usize, of_phrase: usize| {
                phrases.ends.push(of_phrase as u32);
                if block.push(end) { answer(block, phrases) } else { ControlFlow::Continue(()) }
            };
            if word.len() > LONGEST_WHOLE {
                let pieces = &self.words().tables.pieces;
                pieces.try_for_each_cut(bytes, word.start, word.end, |cut| push_end(cut, 0))?;
            }
            push_end(word.end, if ends_phrase { word.end } else { 0 })
        };
        // A word is taken in when it is known whether its phrase goes on behind it.
        let (mut start_of_word, mut end_of_word) = (0, 0);
        let mut flow = ControlFlow::Continue(());
        text.splitter.try_for_each_end_in_phrases(text.text, |end, joins| {
            let border = std::mem::replace(&mut end_of_word, end);
            if border > 0 && !(joins && self.leaves_together(bytes, border)) {
                flow = push(std::mem::replace(&mut start_of_word, border)..border, !joins);
            }
            flow
        })?;
        if end_of_word > 0 && flow.is_continue() {
            flow = push(start_of_word..end_of_word, true);
        }
        if flow.is_continue() {
            _ = answer(block, phrases);
        }
        Ok(())
    }

    /// Merges ids of a phrase, and writes what is left to `ids[kept..]`, at or before them. Returns where that ends.
    fn merge_phrase(&self, ids: &mut [u32], phrase: Range<usize>, mut kept: usize, runs: &mut Runs) -> usize {
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
                kept += runs.merge(ids, start..end, kept, self);
            }
            start = end;
        }
        kept
    }
}

impl Phrases {
    /// Forgets what an abandoned text left.
    fn clear(&mut self) {
        self.ends.clear();
        self.ids.clear();
        self.ended.clear();
        self.start = 0;
    }

    /// Gives out the phrases that ended.
    fn finish(
        &mut self,
        superwords: &Superwords,
        PhraseText { text, whole, .. }: PhraseText,
        emit: &mut dyn FnMut(&[u32]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.ends.clear();
        let (mut start, mut kept) = (0, 0);
        for (end, end_in_text) in self.ended.drain(..) {
            let phrase = std::mem::replace(&mut self.start, end_in_text)..end_in_text;
            if let Some(id) = whole.get(&text.as_bytes()[phrase]) {
                self.ids[kept] = id;
                kept += 1;
            } else {
                kept = superwords.merge_phrase(&mut self.ids, start..end, kept, &mut self.runs);
            }
            start = end;
        }
        // A phrase of many blocks is not moved from one to the next.
        if start == 0 {
            return ControlFlow::Continue(());
        }
        let flow = emit(&self.ids[..kept]);
        self.ids.copy_within(start.., 0);
        self.ids.truncate(self.ids.len() - start);
        self.ids.shrink_to(KEPT);
        flow
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
    fn merge(&mut self, ids: &mut [u32], run: Range<usize>, kept: usize, superwords: &Superwords) -> usize {
        let merges = superwords.merges();
        let rank = |left: u32, right: u32| merges.rank(left, right);
        let product = |rank: u32| merges.product(rank);
        let length = run.len();
        if length == 2 {
            return merge_pair(ids, [ids[run.start], ids[run.start + 1]], kept, merges);
        }
        if length == 3 {
            let [first, middle, last] = [ids[run.start], ids[run.start + 1], ids[run.start + 2]];
            let ranks = [rank(first, middle), rank(middle, last)];
            if ranks == [NO_MERGE; 2] {
                ids[kept..kept + 3].copy_from_slice(&[first, middle, last]);
                return 3;
            }
            let pair = if ranks[0] <= ranks[1] { [product(ranks[0]), last] } else { [first, product(ranks[1])] };
            return merge_pair(ids, pair, kept, merges);
        }
        if length <= SHORT {
            let mut word = ShortWord::new();
            ids[run].iter().for_each(|&id| word.push(id));
            let left = word.merge(rank, product);
            ids[kept..kept + left.len()].copy_from_slice(left);
            return left.len();
        }
        self.symbols.clear();
        if length <= LONGEST {
            self.window.clear();
            ids[run].iter().for_each(|&id| self.window.push(id));
            self.symbols.extend(self.window.merge(rank, product));
        } else {
            self.symbols.extend_from_slice(&ids[run]);
            self.queues.merge(&mut self.symbols, merges);
        }
        ids[kept..kept + self.symbols.len()].copy_from_slice(&self.symbols);
        let left = self.symbols.len();
        self.symbols.shrink_to(KEPT);
        left
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
