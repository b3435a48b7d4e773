//! Merging a word of any length, a window at a time.
//!
//! # Why windows are exact
//!
//! Call two tokens *neighbours* when their bytes, end to end, encode to just these two. Then tokens are the encoding of
//! their bytes exactly when each one and the next are neighbours.
//!
//! Which merge comes next depends on the ranks of pairs and, among equal ones, on which is further left. So as long as
//! no merge has crossed the borders of some stretch of a word, the merges inside the stretch are those of the stretch
//! alone, in the same order, whatever is merged elsewhere in between. Let the tokens be the encoding: no merge ever
//! crossed a border between them, so two of them are such a stretch to the end, and alone they become the same two.
//! Conversely let each one and the next be neighbours, and suppose that some merge of the whole crosses a border between
//! them; take the first that does. Up to there the two tokens at that border have gone through states that they go
//! through alone as well. In the last of these the crossing merge comes before every other one in the word, so before
//! every other one in the two, and alone they would have merged across their border. But they are neighbours.
//!
//! So: encode a window. Keep its tokens but for the last few, which the cut at its end may have spoilt, and let the next
//! window begin where those began. If it begins with the token that was dropped there, that token and the last one kept
//! have been seen to be neighbours; if with another one, the two are encoded to see. If they are no neighbours, some of
//! the tokens kept are given up, and the window grows.
//!
//! # Why this is O(n log n)
//!
//! A window that does not bring the word further by a quarter of its own length is followed by one of twice as many
//! symbols, which begins at most half a length (and a token) earlier. So all the windows up to the next one that does
//! are together at most twice as long as that one, and what it wins pays for them. Windows too large for `MergeWindow`
//! go to queues. Vocabularies that need all this can be made: where every letter of a long alphabet merges with its
//! successor, the last ones first, it depends on where the window ends how it begins.

use super::merge_queues::MergeQueues;
use super::merge_window::{LONGEST, MergeWindow};
use super::merger::Merger;
use super::recent_ranks::RecentRanks;
use crate::error::Result;
use crate::memory::reserve;

/// Symbols of the smallest window. (Of 30 to 240, for random letters, Chinese and English without spaces.)
const WINDOW: usize = 60;
/// Tokens at the end of a window that the next one begins with. (With 1, English without spaces is a seventh slower and
/// runs of one character take three times as long; with 2, runs take a fifth longer.)
const OVERLAP: usize = 3;
/// A window that brought fewer tokens is followed by a larger one, one that brought more than `MANY` by a smaller one.
const FEW: usize = 2;
const MANY: usize = 18;
/// What is kept of the buffer for the tokens of a window.
const KEPT_SYMBOLS: usize = 1 << 16;

/// Buffers that are kept between words.
#[derive(Debug, Default)]
pub(super) struct LongWord {
    engines: Engines,
    window: Vec<u32>,
    pair: Vec<u32>,
}

/// A place between two tokens of a word.
#[derive(Clone, Copy)]
struct Border {
    at: usize,
    /// The token that followed here in the last window: a neighbour of the one before.
    neighbour: Option<u32>,
}

impl LongWord {
    /// Appends the ids of `word`, which is not empty, to `ids`, which is.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::Error::Memory): windows can be as long as the word.
    pub(super) fn merge(
        &mut self,
        word: &[u8],
        merger: &Merger,
        recent: &mut RecentRanks,
        ids: &mut Vec<u32>,
    ) -> Result<()> {
        let mut size = WINDOW;
        let mut border = Border { at: 0, neighbour: None };
        let mut furthest = 0;
        loop {
            let rest = &word[border.at..];
            let length = self.engines.encode(rest, size, merger, recent, &mut self.window)?;
            if !self.is_joined(word, border, ids.last().copied(), merger, recent)? {
                border = retreat(border, length / 2, ids, merger);
                size *= 2;
                continue;
            }
            reserve(ids, self.window.len())?;
            if length == rest.len() {
                ids.extend_from_slice(&self.window);
                // What a single huge window made the buffer grow to goes back.
                self.window.shrink_to(KEPT_SYMBOLS);
                return Ok(());
            }
            let (kept, dropped) = self.window.split_at(self.window.len().saturating_sub(OVERLAP));
            let end = border.at + length - dropped.iter().map(|&id| merger.length(id)).sum::<usize>();
            if end < furthest + length / 4 {
                size *= 2;
                continue;
            }
            ids.extend_from_slice(kept);
            border = repeat(word, Border { at: end, neighbour: dropped.first().copied() }, ids, merger)?;
            furthest = border.at;
            size = match kept.len() {
                0..FEW => 2 * size,
                FEW..=MANY => size,
                _ => WINDOW.max(size / 2),
            };
        }
    }

    /// Whether `last`, which ends at `border`, and the first token of the window, which begins there, are neighbours.
    fn is_joined(
        &mut self,
        word: &[u8],
        border: Border,
        last: Option<u32>,
        merger: &Merger,
        recent: &mut RecentRanks,
    ) -> Result<bool> {
        let first = self.window[0];
        let Some(last) = last.filter(|_| border.neighbour != Some(first)) else { return Ok(true) };
        let bytes = &word[border.at - merger.length(last)..border.at + merger.length(first)];
        self.engines.encode(bytes, usize::MAX, merger, recent, &mut self.pair)?;
        Ok(self.pair == [last, first])
    }
}

/// Gives up tokens before `border`, as many as have `length` bytes.
fn retreat(mut border: Border, length: usize, ids: &mut Vec<u32>, merger: &Merger) -> Border {
    let least = border.at.saturating_sub(length);
    while border.at > least
        && let Some(id) = ids.pop()
    {
        border = Border { at: border.at - merger.length(id), neighbour: Some(id) };
    }
    border
}

/// In a run of one token, takes all of the run but the last one: two of them in a row are neighbours of each other.
fn repeat(word: &[u8], mut border: Border, ids: &mut Vec<u32>, merger: &Merger) -> Result<Border> {
    if let (Some(&id), Some(following)) = (ids.last(), border.neighbour)
        && id == following
    {
        let length = merger.length(id);
        let token = &word[border.at..border.at + length];
        let repeats = word[border.at + length..].chunks_exact(length).take_while(|other| *other == token).count();
        reserve(ids, repeats)?;
        ids.extend(std::iter::repeat_n(id, repeats));
        border.at += repeats * length;
    }
    Ok(border)
}

/// What merges windows of any size.
#[derive(Debug, Default)]
struct Engines {
    window: MergeWindow,
    queues: MergeQueues,
}

impl Engines {
    /// Encodes a beginning of `bytes` of at most `most` symbols, and returns its length.
    fn encode(
        &mut self,
        bytes: &[u8],
        most: usize,
        merger: &Merger,
        recent: &mut RecentRanks,
        ids: &mut Vec<u32>,
    ) -> Result<usize> {
        ids.clear();
        let most = most.min(bytes.len());
        reserve(ids, most)?;
        if most <= LONGEST {
            self.window.clear();
            let length = merger.tables.seeds.start_window(bytes, most, |symbol| self.window.push(symbol));
            let table = &merger.tables.merges;
            let rank = |left, right| recent.rank(left, right, table);
            ids.extend(self.window.merge(rank, |rank| table.product(rank)));
            Ok(length)
        } else {
            let length = merger.tables.seeds.start_window(bytes, most, |symbol| ids.push(symbol));
            self.queues.reserve(ids.len())?;
            self.queues.merge(ids, &merger.tables.merges);
            Ok(length)
        }
    }
}
