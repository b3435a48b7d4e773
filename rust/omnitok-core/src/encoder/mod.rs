//! Text to ids.
//!
//! The splitter cuts the text into words, and each word becomes ids by itself: from a cache of the thread, else by
//! merges, lowest rank first. Short words are merged by scanning, long ones in windows, so that no input is quadratic.

mod batch;
mod block;
mod files;
mod huge_pages;
mod joining;
mod long_word;
mod merge_queues;
mod merge_table;
mod merge_window;
mod merger;
mod normalizer;
mod padding;
mod phrases;
mod pieces;
mod rank_merges;
mod recent_ranks;
mod scratch;
mod seeds;
mod short_word;
mod special;
mod superwords;
mod tables;
mod whole_words;
mod word_cache;

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::Arc;

pub use batch::{FedTexts, LONG_TEXT, TokenBatch};
use block::Block;
pub use files::{Documents, FileTexts};
pub use normalizer::Normalizer;
pub use padding::{Padding, Rows, Side, pad_id, padded, texts};
pub use special::SpecialSet;

use crate::error::{Error, Result};
use crate::memory::{reserve, reserved};
use crate::parallel;
use crate::splitter::Splitter;
use crate::vocabulary::{TextTokens, Vocabulary};
use merger::Merger;
use phrases::PhraseText;
use pieces::{LONGEST_WHOLE, Pieces};
pub(crate) use rank_merges::{RankMerges, Scratch as WordScratch};
use scratch::{Lent, Scratch, ScratchPool};
use special::{Policy, SpecialMatcher};
use superwords::Superwords;
use tables::Tables;
pub(crate) use tables::{Arrays, Compiled};
use word_cache::LONGEST_KEY;

/// What distinguishes the encoders of different families.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Merges in priority order. `None`: two tokens merge when their bytes end to end are a token, whose id is the
    /// priority (tiktoken).
    pub merges: Option<Vec<(u32, u32)>>,
    /// A word that is a token becomes that token without merging (tiktoken; `ignore_merges` of Hugging Face).
    pub whole_words: bool,
    /// Normalisation before splitting.
    pub normalizer: Option<Normalizer>,
}

/// Texts of up to so many bytes are copied to where keys can be read in one piece, also those of the last words. That
/// took a quarter of the time of a text of 13 bytes.
const SHORT_TEXT: usize = 128;
/// What is kept of the buffer for the ids of a text.
const KEPT_IDS: usize = 1 << 16;

/// Encodes text with one vocabulary. Immutable, and shared between threads.
#[derive(Debug)]
pub struct Encoder {
    vocabulary: Arc<Vocabulary>,
    splitter: Splitter,
    rules: Rules,
    merger: Merger,
    /// Where words are merged before phrases are.
    superwords: Option<Superwords>,
    special: SpecialMatcher,
    scratches: ScratchPool,
}

impl Encoder {
    /// An encoder for `vocabulary`. O(bytes of the vocabulary).
    ///
    /// # Errors
    /// [`Error::Vocabulary`] when a merge of `rules` does not fit the vocabulary.
    pub fn new(vocabulary: Arc<Vocabulary>, splitter: Splitter, rules: Rules) -> Result<Self> {
        let tables = Tables::new(vocabulary.text(), &rules, parallel::available_threads())?;
        Self::with_tables(vocabulary, splitter, rules, tables)
    }

    /// The encoder whose text tokens, tables and merges are `compiled`; `vocabulary` makes a vocabulary of the tokens.
    ///
    /// # Errors
    /// Those of `vocabulary`.
    pub(crate) fn from_compiled(
        compiled: Compiled,
        vocabulary: impl FnOnce(Arc<TextTokens>) -> Result<Vocabulary>,
        splitter: Splitter,
        rules: &Rules,
    ) -> Result<Self> {
        let rules = Rules { merges: compiled.merges, ..*rules };
        Self::with_tables(Arc::new(vocabulary(compiled.text)?), splitter, rules, compiled.tables)
    }

    fn with_tables(vocabulary: Arc<Vocabulary>, splitter: Splitter, rules: Rules, tables: Tables) -> Result<Self> {
        let merger = Merger { text: Arc::clone(vocabulary.text()), tables };
        let special = SpecialMatcher::new(vocabulary.special_tokens().iter().map(|(name, &id)| (name.clone(), id)))?;
        let threads = parallel::available_threads();
        let superwords = Superwords::of(&merger, &splitter, &rules, threads);
        let words = superwords.as_ref().map_or(&merger, Superwords::words);
        let scratches = ScratchPool::new(threads, words);
        Ok(Self { vocabulary, splitter, rules, merger, superwords, special, scratches })
    }

    /// What merges the words that the caches of a thread know.
    fn words(&self) -> &Merger {
        self.superwords.as_ref().map_or(&self.merger, Superwords::words)
    }

    /// The arrays from which this encoder can be made again without computing.
    pub(crate) fn arrays(&self) -> Arrays<'_> {
        Arrays::of(&self.merger)
    }

    /// The vocabulary.
    #[must_use]
    pub fn vocabulary(&self) -> &Arc<Vocabulary> {
        &self.vocabulary
    }

    /// The splitter.
    #[must_use]
    pub fn splitter(&self) -> &Splitter {
        &self.splitter
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The ids of `text`, in which nothing is special: all of them lie in text blocks. O(n log n).
    ///
    /// # Errors
    /// [`Error::Pattern`] when a custom pattern gives up on the text; no built-in pattern does. [`Error::Corpus`] for a
    /// text of 4 GiB or more, [`Error::Memory`] when the system has none for the ids.
    pub fn encode_ordinary(&self, text: &str) -> Result<Vec<u32>> {
        self.encode_under(&Policy::ORDINARY, text)
    }

    /// The ids of `text`, in which the names of allowed special tokens are those tokens.
    ///
    /// # Errors
    /// [`Error::SpecialToken`] when the text spells a disallowed one; otherwise as [`Self::encode_ordinary`].
    pub fn encode(&self, text: &str, allowed: SpecialSet, disallowed: SpecialSet) -> Result<Vec<u32>> {
        self.encode_under(&self.policy(allowed, disallowed)?, text)
    }

    /// Lends the ids of [`Self::encode`] to `take`, and keeps their memory for the next text: for short ones, a call of
    /// which takes no longer than to ask the system for memory and give it back.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub fn lend_ids<R>(
        &self,
        text: &str,
        allowed: SpecialSet,
        disallowed: SpecialSet,
        take: impl FnOnce(&[u32]) -> R,
    ) -> Result<R> {
        let policy = self.policy(allowed, disallowed)?;
        self.scratches.lend(self.words(), |Lent { scratch, ids }| {
            ids.clear();
            ids.shrink_to(KEPT_IDS);
            self.append(&policy, text, scratch, ids).map(|()| take(ids))
        })
    }

    fn policy(&self, allowed: SpecialSet, disallowed: SpecialSet) -> Result<Policy<'_>> {
        if let (SpecialSet::Only([]), SpecialSet::Only([])) = (allowed, disallowed) {
            return Ok(Policy::ORDINARY);
        }
        Policy::new(&self.special, self.vocabulary.special_tokens(), allowed, disallowed)
    }

    fn encode_under(&self, policy: &Policy, text: &str) -> Result<Vec<u32>> {
        let mut ids = reserved(text.len() / 3)?;
        self.with_scratch(|scratch| self.append(policy, text, scratch, &mut ids))?;
        Ok(ids)
    }

    /// Appends the ids of `text` to `ids`.
    fn append(&self, policy: &Policy, text: &str, scratch: &mut Scratch, ids: &mut Vec<u32>) -> Result<()> {
        policy.check(text)?;
        let mut start = 0;
        loop {
            let found = policy.find(text, start);
            let end = found.map_or(text.len(), |(from, ..)| from);
            let mut room = Ok(());
            self.for_each_id(&text[start..end], scratch, &mut |found| {
                room = reserve(ids, found.len());
                if room.is_err() {
                    return ControlFlow::Break(());
                }
                ids.extend_from_slice(found);
                ControlFlow::Continue(())
            })?;
            room?;
            let Some((_, to, id)) = found else { return Ok(()) };
            ids.push(id);
            start = to;
        }
    }

    /// Number of ids of [`Self::encode_ordinary`], without making them.
    ///
    /// # Errors
    /// As [`Self::encode_ordinary`].
    pub fn count(&self, text: &str) -> Result<usize> {
        self.with_scratch(|scratch| self.count_with(text, scratch))
    }

    fn count_with(&self, text: &str, scratch: &mut Scratch) -> Result<usize> {
        let mut count = 0;
        self.for_each_id(text, scratch, &mut |ids| {
            count += ids.len();
            ControlFlow::Continue(())
        })?;
        Ok(count)
    }

    /// The longest beginning of `text` that ends between two characters where a token ends and that has at most
    /// `max_tokens` tokens when it is encoded by itself.
    ///
    /// The end of a text can change how its last words are split, so a candidate is encoded again, and when it is too
    /// long after all the next one gives up twice as many tokens: O(n log n) in all.
    ///
    /// # Errors
    /// As [`Self::encode_ordinary`].
    pub fn truncate<'t>(&self, text: &'t str, max_tokens: usize) -> Result<&'t str> {
        let mut rest = text;
        let mut spare = 0;
        loop {
            let (ids, complete) = self.first_ids(rest, max_tokens)?;
            if complete {
                return Ok(rest);
            }
            let origins = self.rules.normalizer.map(|Normalizer::Nfc| Normalizer::origins(rest));
            let mut kept = max_tokens.saturating_sub(spare);
            let mut end: usize = ids[..kept].iter().map(|&id| self.byte_length(id)).sum();
            let source = |end: usize| origins.as_ref().map_or(end, |origins| origins[end] as usize);
            while !rest.is_char_boundary(source(end)) {
                kept -= 1;
                end -= self.byte_length(ids[kept]);
            }
            rest = &rest[..source(end)];
            spare = 2 * spare + 1;
        }
    }

    /// The first `limit` ids, and whether these are all.
    fn first_ids(&self, text: &str, limit: usize) -> Result<(Vec<u32>, bool)> {
        let mut ids = Vec::new();
        self.with_scratch(|scratch| {
            self.for_each_id(text, scratch, &mut |found| {
                ids.extend_from_slice(found);
                if ids.len() > limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
        })?;
        let complete = ids.len() <= limit;
        ids.truncate(limit);
        Ok((ids, complete))
    }

    /// The byte range of each id in `text`, for ids that [`Self::encode_ordinary`] gave for it.
    ///
    /// Ranges lie end to end and cover the text. With a normalizer they are ranges of the text before normalisation,
    /// and an id whose characters normalisation added has an empty one.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn spans(&self, text: &str, ids: &[u32]) -> Result<Vec<(usize, usize)>> {
        let origins = self.rules.normalizer.map(|Normalizer::Nfc| Normalizer::origins(text));
        let place = |offset: usize| match &origins {
            Some(origins) => origins.get(offset).map_or(text.len(), |&origin| origin as usize),
            None => offset,
        };
        let mut end = 0;
        let mut spans = reserved(ids.len())?;
        for &id in ids {
            let start = end;
            end += self.byte_length(id);
            spans.push((place(start), place(end)));
        }
        Ok(spans)
    }

    fn byte_length(&self, id: u32) -> usize {
        self.vocabulary.token_bytes(id).map_or(0, <[u8]>::len)
    }

    fn normalize<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.rules.normalizer.map_or(Cow::Borrowed(text), |normalizer| normalizer.apply(text))
    }

    fn with_scratch<R>(&self, work: impl FnOnce(&mut Scratch) -> R) -> R {
        self.scratches.lend(self.words(), |lent| work(&mut lent.scratch))
    }

    /// Calls `emit` with the ids of `text`, many at a time; stops soon after it breaks.
    ///
    /// `emit` is called so rarely that which one it is may be found out at run time, and this code is there once.
    fn for_each_id(
        &self,
        text: &str,
        scratch: &mut Scratch,
        emit: &mut dyn FnMut(&[u32]) -> ControlFlow<()>,
    ) -> Result<()> {
        let text = self.normalize(text);
        // Of the normal form: it can be three times as long.
        if u32::try_from(text.len()).is_err() {
            let limit = "a text of 4 GiB or more cannot be encoded in one call; encode it in parts";
            return Err(Error::Corpus(limit.to_owned()));
        }
        let mut padded = [0; SHORT_TEXT + LONGEST_KEY];
        let bytes = if text.len() > SHORT_TEXT {
            text.as_bytes()
        } else {
            padded[..text.len()].copy_from_slice(text.as_bytes());
            &padded
        };
        if let Some(superwords) = &self.superwords {
            let (splitter, whole) = (&self.splitter, &self.merger.tables.whole_words);
            return superwords.for_each_id(PhraseText { text: &text, bytes, splitter, whole }, scratch, emit);
        }
        let Scratch { block, merging, .. } = scratch;
        block.clear();
        // Once it breaks, `emit` is not called again, whatever still comes.
        let mut flow = ControlFlow::Continue(());
        let mut failure = Ok(());
        let mut answer = |block: &mut Block| {
            let answered = block.answer(
                &text,
                bytes,
                |word, ids| self.merger.merge_word(word, merging, ids),
                |ids| {
                    if flow.is_continue() {
                        flow = emit(ids);
                    }
                },
            );
            if answered.is_err() {
                (failure, flow) = (answered, ControlFlow::Break(()));
            }
            flow
        };
        let pieces = &self.merger.tables.pieces;
        self.splitter.try_for_some_ends(&text, |mut ends| {
            loop {
                ends = ends.behind(block.push(bytes, ends, LONGEST_WHOLE));
                if block.is_full() {
                    answer(block)?;
                }
                let Some(end) = ends.iter().next() else { return ControlFlow::Continue(()) };
                push_pieces(pieces, bytes, end, block, &mut answer)?;
                ends = ends.behind(1);
            }
        })?;
        _ = answer(block);
        failure
    }
}

/// Pushes the pieces of a long word. Few words are long, and the loop over all is short without it.
#[inline(never)]
fn push_pieces(
    pieces: &Pieces,
    text: &[u8],
    end: usize,
    block: &mut Block,
    answer: &mut dyn FnMut(&mut Block) -> ControlFlow<()>,
) -> ControlFlow<()> {
    pieces.try_for_some_ends(text, block.end(), end, |ends| {
        block.push(text, ends, usize::MAX);
        if block.is_full() { answer(block) } else { ControlFlow::Continue(()) }
    })
}

/// Byte spans of `text` as spans of its characters: those that the bytes touch, so two tokens that share a character
/// both have it. Spans must ascend, as [`Encoder::spans`] gives them. O(length).
///
/// # Errors
/// [`Error::Memory`].
pub fn character_spans(text: &str, spans: &[(usize, usize)]) -> Result<Vec<(usize, usize)>> {
    let mut touched = reserved(spans.len())?;
    let mut starts = text.char_indices().map(|(offset, _)| offset).peekable();
    let mut before = 0; // characters that start before `offset`
    let mut advance = |offset: usize| {
        while starts.next_if(|&start| start < offset).is_some() {
            before += 1;
        }
        before
    };
    let mut place = |offset: usize| (advance(offset), text.is_char_boundary(offset));
    touched.extend(spans.iter().map(|&(start, end)| {
        let (first, whole) = place(start);
        (if whole { first } else { first - 1 }, place(end).0)
    }));
    Ok(touched)
}
