//! Many texts, and long ones, over threads.
//!
//! A long text is cut where the splitter can prove that words end, and its parts are encoded apart from each other. That
//! is the same as encoding it whole:
//!
//! - Words lie in one part, by the proof in `splitter/cuts.rs`.
//! - Names of special tokens lie in one part: every cut lies next to a space or a line feed, so a name that a cut could
//!   split holds one of these; where a call looks for such a name no text is cut.
//! - Normalisation sees no difference: of the two characters at a cut one is a space or a line feed, which compose with
//!   nothing and reorder with nothing, and no other character becomes one of them or a slash.

use std::sync::{Mutex, PoisonError};

use super::scratch::Scratch;
use super::special::Policy;
use super::{Encoder, SpecialSet};
use crate::error::{Error, Result};
use crate::memory::reserved;
use crate::parallel::{self, Watch};

/// The ids of many texts, end to end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenBatch {
    /// All ids.
    pub ids: Vec<u32>,
    /// Text `i` has `ids[offsets[i]..offsets[i + 1]]`; one more than there are texts.
    pub offsets: Vec<i64>,
}

/// Bytes of text that a thread takes at once: large enough to pay for handing them out, small enough to share the
/// work of a batch evenly, and to notice soon that the caller wants to stop.
const CHUNK_BYTES: usize = 1 << 16;

/// A text from here on is cut into parts: two chunks.
pub const LONG_TEXT: usize = 2 * CHUNK_BYTES;

/// Ids from here on are brought together by all threads: most of that is the first touch of new memory.
const MANY_IDS: usize = 1 << 20;

/// What a thread takes at once.
#[derive(Debug)]
enum Chunk<'a, 't> {
    /// Some short texts, and the index of the first.
    Texts(usize, &'a [&'t str]),
    /// A part of the long text `index`, which begins at byte `start` of it.
    Part { index: usize, start: usize, text: &'t str, is_last: bool },
}

impl Encoder {
    /// [`Self::encode`] for every text, by up to `threads` threads, which share a long text between them. The result does
    /// not depend on their number.
    ///
    /// # Errors
    /// That of the first text that fails, which it names by its index if there are several; [`Error::Interrupted`].
    pub fn encode_batch(
        &self,
        texts: &[&str],
        allowed: SpecialSet,
        disallowed: SpecialSet,
        threads: usize,
        watch: Watch,
    ) -> Result<TokenBatch> {
        self.encode_chunks(&self.policy(allowed, disallowed)?, texts, CHUNK_BYTES, threads, watch)
    }

    /// [`Self::count`] for every text, by up to `threads` threads, which share a long text between them.
    ///
    /// # Errors
    /// As [`Self::encode_batch`].
    pub fn count_batch(&self, texts: &[&str], threads: usize, watch: Watch) -> Result<Vec<i64>> {
        let chunks = self.chunks(&Policy::ORDINARY, texts, CHUNK_BYTES);
        let count = |counts: &mut Vec<(usize, i64)>, at: usize| {
            self.with_scratch(|scratch| {
                let mut count = |index, text| {
                    let counted = self.count_with(text, scratch).map_err(|error| placed(error, index, texts.len()))?;
                    counts.push((index, counted as i64));
                    Ok(())
                };
                match chunks[at] {
                    Chunk::Texts(first, texts) => (first..).zip(texts).try_for_each(|(index, text)| count(index, text)),
                    Chunk::Part { index, text, .. } => count(index, text),
                }
            })
        };
        let mut counts = vec![0; texts.len()];
        for (index, count) in parallel::gather(threads, chunks.len(), watch, count)?.into_iter().flatten() {
            counts[index] += count;
        }
        Ok(counts)
    }

    /// The number of threads that a call may use which was not given one: as many as the processor has, less those that
    /// calls on other threads are using. So threads of the caller do not multiply with ours.
    #[must_use]
    pub fn idle_threads(&self) -> usize {
        self.scratches.idle().clamp(1, parallel::available_threads())
    }

    fn encode_chunks(
        &self,
        policy: &Policy,
        texts: &[&str],
        size: usize,
        threads: usize,
        watch: Watch,
    ) -> Result<TokenBatch> {
        let chunks = self.chunks(policy, texts, size);
        let encode = |share: &mut Share, at: usize| {
            self.with_scratch(|scratch| {
                self.encode_chunk(policy, &chunks[at], texts.len(), scratch, &mut share.batch)
            })?;
            share.end_piece(at);
            Ok(())
        };
        join(parallel::gather(threads, chunks.len(), watch, encode)?)
    }

    /// Appends the ids of `chunk` and the ends of the texts that end in it.
    fn encode_chunk(
        &self,
        policy: &Policy,
        chunk: &Chunk,
        texts_in_all: usize,
        scratch: &mut Scratch,
        into: &mut TokenBatch,
    ) -> Result<()> {
        let mut append = |index: usize, start: usize, text: &str, is_last: bool| {
            let appended = self.append(policy, text, scratch, &mut into.ids);
            appended.map_err(|error| placed(error.behind(start), index, texts_in_all))?;
            if is_last {
                into.offsets.push(into.ids.len() as i64);
            }
            Ok(())
        };
        match *chunk {
            Chunk::Texts(first, texts) => {
                (first..).zip(texts).try_for_each(|(index, text)| append(index, 0, text, true))
            }
            Chunk::Part { index, start, text, is_last } => append(index, start, text, is_last),
        }
    }

    /// Runs of short texts of about `size` bytes, and parts of long ones of at least that.
    fn chunks<'a, 't>(&self, policy: &Policy, texts: &'a [&'t str], size: usize) -> Vec<Chunk<'a, 't>> {
        let may_cut = policy.allows_cuts();
        let mut chunks = Vec::new();
        let (mut first, mut bytes) = (0, 0);
        for (index, text) in texts.iter().enumerate() {
            let is_long = may_cut && text.len() >= 2 * size;
            bytes += text.len();
            if is_long && first < index {
                chunks.push(Chunk::Texts(first, &texts[first..index]));
            }
            if is_long {
                self.cut(index, text, size, &mut chunks);
            } else if bytes >= size {
                chunks.push(Chunk::Texts(first, &texts[first..=index]));
            } else {
                continue;
            }
            (first, bytes) = (index + 1, 0);
        }
        if first < texts.len() {
            chunks.push(Chunk::Texts(first, &texts[first..]));
        }
        chunks
    }

    fn cut<'t>(&self, index: usize, text: &'t str, size: usize, chunks: &mut Vec<Chunk<'_, 't>>) {
        let mut start = 0;
        while start < text.len() {
            let rest = &text[start..];
            let length = if rest.len() < 2 * size {
                rest.len()
            } else {
                self.splitter.next_safe_cut(rest, rest.ceil_char_boundary(size))
            };
            chunks.push(Chunk::Part { index, start, text: &rest[..length], is_last: length == rest.len() });
            start += length;
        }
    }
}

/// `error` with the index of its text, when there are several.
fn placed(error: Error, index: usize, texts: usize) -> Error {
    if texts == 1 { error } else { error.within(format!("text {index} of the batch")) }
}

/// What one thread encoded: pieces of a whole, in the order in which they came to it.
#[derive(Debug, Default)]
pub(super) struct Share {
    /// Ids and ends of texts, both of this share.
    pub(super) batch: TokenBatch,
    pieces: Vec<Piece>,
}

/// A piece of a share: its place in the whole, and where its ids and ends of texts end.
#[derive(Clone, Copy, Debug)]
struct Piece {
    index: usize,
    ids: usize,
    ends: usize,
}

impl Share {
    /// What was appended since the last piece is the piece `index` of the whole.
    pub(super) fn end_piece(&mut self, index: usize) {
        self.pieces.push(Piece { index, ids: self.batch.ids.len(), ends: self.batch.offsets.len() });
    }

    /// Index, ids and ends of every piece; ends are counted from the start of the share, which comes last.
    fn pieces(&self) -> impl Iterator<Item = (usize, &[u32], &[i64], i64)> {
        let (mut ids, mut ends) = (0, 0);
        self.pieces.iter().map(move |piece| {
            let start = std::mem::replace(&mut ids, piece.ids);
            let first = std::mem::replace(&mut ends, piece.ends);
            let of_piece = &self.batch.ids[start..piece.ids];
            (piece.index, of_piece, &self.batch.offsets[first..piece.ends], start as i64)
        })
    }
}

/// The pieces of all shares in order of their places. As many threads as there are shares copy.
///
/// # Errors
/// [`Error::Memory`].
pub(super) fn join(mut shares: Vec<Share>) -> Result<TokenBatch> {
    if let [share] = shares.as_mut_slice()
        && share.pieces.is_sorted_by_key(|piece| piece.index)
    {
        let mut batch = std::mem::take(&mut share.batch);
        batch.offsets.insert(0, 0);
        return Ok(batch);
    }
    let mut pieces: Vec<_> = shares.iter().flat_map(Share::pieces).collect();
    pieces.sort_unstable_by_key(|&(index, ..)| index);
    let mut offsets = reserved(1 + pieces.iter().map(|(_, _, ends, _)| ends.len()).sum::<usize>())?;
    offsets.push(0);
    let mut base = 0;
    for &(_, ids, ends, start) in &pieces {
        offsets.extend(ends.iter().map(|end| base as i64 + end - start));
        base += ids.len();
    }
    let mut ids = reserved(base)?;
    ids.resize(base, 0);
    let threads = if ids.len() < MANY_IDS { 1 } else { shares.len() };
    let mut places = Vec::new();
    let mut rest = ids.as_mut_slice();
    for pieces in pieces.chunks(pieces.len().div_ceil(threads).max(1)) {
        let (place, after) = rest.split_at_mut(pieces.iter().map(|(_, ids, ..)| ids.len()).sum());
        places.push((place, pieces.iter().map(|&(_, ids, ..)| ids).collect::<Vec<_>>()));
        rest = after;
    }
    let places: Vec<_> = places.into_iter().map(Mutex::new).collect();
    parallel::map(threads, places.len(), |index| {
        fill(&mut places[index].lock().unwrap_or_else(PoisonError::into_inner));
    });
    Ok(TokenBatch { ids, offsets })
}

/// Copies ids to their place.
fn fill((place, pieces): &mut (&mut [u32], Vec<&[u32]>)) {
    let mut start = 0;
    for ids in pieces {
        let end = start + ids.len();
        place[start..end].copy_from_slice(ids);
        start = end;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::encoder::{Normalizer, Rules, texts as texts_of};
    use crate::parallel::unwatched;
    use crate::splitter::{PATTERNS, Splitter};
    use crate::vocabulary::Vocabulary;

    /// Characters that cuts lie next to, that compose with others, and that special tokens are made of.
    const PIECES: [&str; 16] = [
        " ", "\n", "\r\n", "/", "a", "be", "E", "7", "<x>", "<x", "'s", "\u{301}", "\u{1161}", "\u{1100}", "नि",
        "\u{2028}",
    ];

    fn encoder(pattern: &str, normalizer: Option<Normalizer>, special: &[&str]) -> Encoder {
        let mut tokens: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
        tokens.extend([" a", "be", "\n\n", " \n", "ab", "  "].map(|token| token.as_bytes().to_vec()));
        let tokens: Vec<(u32, &[u8])> = (0..).zip(tokens.iter().map(Vec::as_slice)).collect();
        let special: BTreeMap<String, u32> = special.iter().map(|&name| name.to_owned()).zip(300..).collect();
        let vocabulary = Arc::new(Vocabulary::from_tokens(&tokens, special).expect("a vocabulary"));
        let rules = Rules { whole_words: true, normalizer, ..Rules::default() };
        Encoder::new(vocabulary, Splitter::new(pattern).expect("a pattern"), rules).expect("an encoder")
    }

    fn text_of(pieces: &[usize]) -> String {
        pieces.iter().map(|&piece| PIECES[piece]).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn parts_give_what_the_whole_text_gives(
            texts in prop::collection::vec(prop::collection::vec(0..PIECES.len(), 0..120), 0..6),
            pattern in 0..PATTERNS.len(),
            normalized in any::<bool>(),
            size in 1_usize..40,
        ) {
            let normalizer = normalized.then_some(Normalizer::Nfc);
            let encoder = encoder(PATTERNS[pattern].0, normalizer, &["<x>", "<x>a", "<x> "]);
            let texts: Vec<String> = texts.iter().map(|pieces| text_of(pieces)).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let names = ["<x>".to_owned(), "<x>a".to_owned()];
            for allowed in [SpecialSet::NONE, SpecialSet::Only(&names), SpecialSet::All] {
                let policy = encoder.policy(allowed, SpecialSet::NONE).expect("a policy");
                let expected: Vec<Vec<u32>> =
                    texts.iter().map(|text| encoder.encode(text, allowed, SpecialSet::NONE).expect("ids")).collect();
                for threads in [1, 2, 7] {
                    let batch = encoder.encode_chunks(&policy, &texts, size, threads, &mut unwatched).expect("ids");
                    let found = texts_of(&batch.ids, &batch.offsets).expect("offsets that fit");
                    prop_assert_eq!(&found, &expected);
                }
            }
        }

        #[test]
        fn the_first_refused_name_is_told_with_its_place_for_any_size(
            texts in prop::collection::vec(prop::collection::vec(0..PIECES.len(), 0..80), 2..5),
            size in 1_usize..40,
        ) {
            let encoder = encoder("o200k", None, &["<x>"]);
            let texts: Vec<String> = texts.iter().map(|pieces| text_of(pieces)).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let first = texts.iter().enumerate().find_map(|(index, text)| Some((index, text.find("<x>")?)));
            let policy = encoder.policy(SpecialSet::NONE, SpecialSet::All).expect("a policy");
            for threads in [1, 3] {
                let outcome = encoder.encode_chunks(&policy, &texts, size, threads, &mut unwatched);
                let found = outcome.err().map(|error| match error {
                    Error::Within { place, source } => match *source {
                        Error::SpecialToken { position, .. } => (place, position),
                        other => panic!("{other}"),
                    },
                    other => panic!("{other}"),
                });
                prop_assert_eq!(found, first.map(|(index, at)| (format!("text {index} of the batch"), at)));
            }
        }
    }

    #[test]
    fn long_texts_are_cut_unless_a_name_could_be_cut_with_them() {
        let text = "a be ".repeat(100);
        let parts = |special: &[&str], allowed| {
            let encoder = encoder("o200k", None, special);
            encoder.chunks(&encoder.policy(allowed, SpecialSet::NONE).expect("a policy"), &[&text], 16).len()
        };
        assert!(parts(&["<x>"], SpecialSet::All) > 20);
        assert_eq!(parts(&["a be"], SpecialSet::All), 1);
        assert!(parts(&["a be"], SpecialSet::NONE) > 20);
    }

    #[test]
    fn pieces_join_alike_whoever_had_them() {
        let lengths = [700_000_u32, 3, 0, 600_000, 1];
        for owners in [[0, 0, 0, 0, 0], [0, 1, 0, 1, 0], [2, 1, 1, 0, 2], [1, 1, 0, 0, 0]] {
            let mut shares = [Share::default(), Share::default(), Share::default()];
            let mut first = 0;
            for ((index, length), owner) in lengths.into_iter().enumerate().zip(owners) {
                let share: &mut Share = &mut shares[owner];
                share.batch.ids.extend(first..first + length);
                // The piece of three ids ends no text.
                share.batch.offsets.extend((length != 3).then_some(share.batch.ids.len() as i64));
                share.end_piece(index);
                first += length;
            }
            let joined = join(shares.into()).expect("memory");
            assert!(joined.ids.iter().copied().eq(0..1_300_004));
            assert_eq!(joined.offsets, [0, 700_000, 700_003, 1_300_003, 1_300_004]);
        }
        assert_eq!(join(vec![Share::default()]).expect("memory"), TokenBatch { ids: vec![], offsets: vec![0] });
    }
}
