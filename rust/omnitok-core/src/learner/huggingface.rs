//! The engine of [`Mode::HuggingFace`] and [`Mode::RustBpe`]: the merges of other libraries, quirk by quirk.
//!
//! Their counts are not what a recount would give, so nothing can be forgotten and every pair stays in the table; memory and
//! time are therefore higher than in the exact engine. What is reproduced, and where it differs from the definition, is
//! described at the mode.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::course::Alphabet;
use super::options::{LearnOptions, Mode, Scale};
use super::pair::Pair;
use super::tokens::Tokens;
use super::work::Work;
use super::{BYTE_TOKENS, Learned, MERGES_PER_REPORT, Merge, Progress, ProgressCallback, Stage, blank, exhausted};
use crate::counts::WordCounts;
use crate::{Error, Result};

pub(super) fn learn(counts: &WordCounts, options: &LearnOptions, progress: ProgressCallback<'_>) -> Result<Learned> {
    let scale = options.scale(counts.languages().as_slice())?;
    let is_rustbpe = options.mode == Mode::RustBpe;
    let alphabet = if is_rustbpe { (0..=255).collect() } else { alphabet() };
    let tokens = Tokens::new(alphabet.into_iter().map(|byte| vec![byte]), None);
    let words = Words::new(counts, &scale, &tokens)?;
    if words.words.is_empty() {
        return Err(blank());
    }
    let mut learner = CompatibleLearner {
        words,
        tokens,
        longest: options.max_token_bytes.map_or(usize::MAX, |bytes| bytes - 1),
        merged_pairs_fall: is_rustbpe,
        counts: FxHashMap::default(),
        queue: BinaryHeap::new(),
        places: Vec::new(),
        work: Work::default(),
        options,
        progress,
    };
    learner.report(Stage::CountingPairs)?;
    learner.count_pairs()?;
    let minimum = scale.up(options.min_frequency)?;
    let mut merges = Vec::new();
    while learner.tokens.len() < options.vocab_size {
        let Some((count, pair, words)) = learner.next_pair().filter(|(count, ..)| *count >= minimum) else {
            return Err(exhausted(learner.tokens.len(), options));
        };
        let (id, is_new) = learner.merge(pair, &words)?;
        merges.push(Merge { left: pair.left(), right: pair.right(), id, count: scale.down(count) });
        if is_new && learner.tokens.len().is_multiple_of(MERGES_PER_REPORT) {
            learner.report(Stage::Merging)?;
        }
    }
    learner.report(Stage::Merging)?;
    Ok(Learned { tokens: learner.tokens.into_bytes(), merges: last_of_each_pair(merges) })
}

/// The bytes in the order of the characters that stand for them in byte-level files (GPT-2's table): printable Latin-1
/// stands for itself, and the others take the characters from U+0100 on, in their order.
fn alphabet() -> Vec<u8> {
    let is_printable = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    (0..=255).filter(is_printable).chain((0..=255).filter(|byte| !is_printable(byte))).collect()
}

/// Where a pair was merged twice its later merge is the one that the library keeps.
fn last_of_each_pair(mut merges: Vec<Merge>) -> Vec<Merge> {
    let mut seen = FxHashSet::default();
    merges.reverse();
    merges.retain(|merge| seen.insert((merge.left, merge.right)));
    merges.reverse();
    merges
}

struct CompatibleLearner<'a> {
    words: Words,
    tokens: Tokens,
    /// The longest token in bytes, pairs of single bytes apart.
    longest: usize,
    /// The library's counts: of overlapping places, and not reset when a pair is merged. They can fall below zero.
    counts: FxHashMap<Pair, i64>,
    /// Count, pair, and the list in `places` that this entry merges.
    queue: BinaryHeap<(u64, Reverse<Pair>, Reverse<u32>)>,
    places: Vec<Vec<u32>>,
    /// Whether a merged pair loses its places, as in rustbpe.
    merged_pairs_fall: bool,
    work: Work,
    options: &'a LearnOptions,
    progress: ProgressCallback<'a>,
}

/// All words that weigh anything.
struct Words {
    tokens: Vec<u32>,
    /// Where each begins in `tokens`, its length and its count.
    words: Vec<(usize, u32, i64)>,
}

impl Words {
    fn new(counts: &WordCounts, scale: &Scale, tokens: &Tokens) -> Result<Self> {
        let (sorted, ids) = (counts.sorted_words(), tokens.byte_ids());
        let mut all = Self { tokens: Vec::new(), words: Vec::with_capacity(sorted.len()) };
        for index in 0..sorted.len() {
            let (word, count) = (sorted.word(index), scale.weigh(sorted.shares(index))?);
            if count > 0 {
                let count = i64::try_from(count).map_err(|_| too_frequent())?;
                all.words.push((all.tokens.len(), word.len() as u32, count));
                all.tokens.extend(word.iter().map(|&byte| ids[usize::from(byte)]));
            }
        }
        Ok(all)
    }
}

/// The library's counts are 32-bit.
const LARGEST_COUNT: i64 = i32::MAX as i64;

/// New places of pairs, by word.
type Gains = FxHashMap<Pair, Vec<u32>>;

fn note(gains: &mut Gains, pair: Pair, word: u32) {
    let words = gains.entry(pair).or_default();
    if words.last() != Some(&word) {
        words.push(word);
    }
}

impl CompatibleLearner<'_> {
    fn count_pairs(&mut self) -> Result<()> {
        let mut gains = Gains::default();
        for (&(start, length, count), index) in self.words.words.iter().zip(0..) {
            for neighbours in self.words.tokens[start..][..length as usize].windows(2) {
                let pair = Pair::new(neighbours[0], neighbours[1]);
                add(self.counts.entry(pair).or_default(), count)?;
                note(&mut gains, pair, index);
            }
        }
        self.enqueue(gains);
        Ok(())
    }

    fn enqueue(&mut self, gains: Gains) {
        for (pair, words) in gains {
            if let Ok(count @ 1..) = u64::try_from(self.counts[&pair]) {
                self.queue.push((count, Reverse(pair), Reverse(self.places.len() as u32)));
                self.places.push(words);
            }
        }
    }

    /// The entry that comes first once its count is the current one; `None` if that count is below 1.
    fn next_pair(&mut self) -> Option<(u64, Pair, Vec<u32>)> {
        while let Some((count, Reverse(pair), Reverse(place))) = self.queue.pop() {
            // A count below zero turns into a huge one there, which makes its pair the next to be merged.
            #[allow(clippy::cast_sign_loss)]
            let current = self.counts[&pair] as u64;
            if count == current {
                return (count > 0).then(|| (count, pair, std::mem::take(&mut self.places[place as usize])));
            }
            self.queue.push((current, Reverse(pair), Reverse(place)));
        }
        None
    }

    fn merge(&mut self, pair: Pair, words: &[u32]) -> Result<(u32, bool)> {
        let (id, is_new) = self.tokens.join(pair);
        let mut changes: FxHashMap<Pair, i64> = FxHashMap::default();
        let mut gains = Gains::default();
        let (tokens, longest, merged_pairs_fall) = (&self.tokens, self.longest, self.merged_pairs_fall);
        let mut replaced = 0;
        for &word in words {
            let (start, length, count) = &mut self.words.words[word as usize];
            let symbols = &mut self.words.tokens[*start..][..*length as usize];
            let shorter = join_in_word(symbols, pair, id, |changed, sign| {
                if sign > 0 {
                    if tokens.length(changed.left()) + tokens.length(changed.right()) > longest {
                        return;
                    }
                    note(&mut gains, changed, word);
                }
                *changes.entry(changed).or_default() += sign * *count;
            }) as u32;
            if merged_pairs_fall {
                *changes.entry(pair).or_default() -= i64::from(*length - shorter) * *count;
            }
            replaced += u64::from(*length - shorter);
            *length = shorter;
        }
        self.work.add(replaced);
        for (changed, change) in changes {
            add(self.counts.entry(changed).or_default(), change)?;
        }
        self.enqueue(gains);
        Ok((id, is_new))
    }

    fn report(&mut self, stage: Stage) -> Result<()> {
        let wanted = self.options.vocab_size - BYTE_TOKENS;
        let now = Progress {
            stage,
            merges_done: self.tokens.len() - BYTE_TOKENS,
            merges_wanted: wanted,
            work_done: self.work.done(),
            work_expected: self.work.expected(wanted, u64::MAX),
        };
        if (self.progress)(now).is_break() { Err(Error::Interrupted) } else { Ok(()) }
    }
}

fn add(sum: &mut i64, change: i64) -> Result<()> {
    *sum = sum.checked_add(change).filter(|sum| sum.abs() <= LARGEST_COUNT).ok_or_else(too_frequent)?;
    Ok(())
}

fn too_frequent() -> Error {
    Error::Training(format!(
        "a pair occurs more than {LARGEST_COUNT} times, where the 32-bit counts of the library overflow and \
         there is nothing to be compatible with; use the exact mode or less text"
    ))
}

/// Replaces `pair` by `id` from left to right and reports the neighbours that each replacement separates and joins.
fn join_in_word(symbols: &mut [u32], pair: Pair, id: u32, mut changed: impl FnMut(Pair, i64)) -> usize {
    let (left, right) = (pair.left(), pair.right());
    let (mut read, mut end) = (0, 0);
    while read < symbols.len() {
        if symbols[read] != left || symbols.get(read + 1) != Some(&right) {
            symbols[end] = symbols[read];
            (read, end) = (read + 1, end + 1);
            continue;
        }
        if let Some(&before) = end.checked_sub(1).and_then(|before| symbols.get(before)) {
            changed(Pair::new(before, left), -1);
            changed(Pair::new(before, id), 1);
        }
        if let Some(&after) = symbols.get(read + 2) {
            changed(Pair::new(right, after), -1);
            changed(Pair::new(id, after), 1);
        }
        symbols[end] = id;
        (read, end) = (read + 2, end + 1);
    }
    end
}
