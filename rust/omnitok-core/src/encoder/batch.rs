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

use super::scratch::Scratch;
use super::special::Policy;
use super::{Encoder, SpecialSet};
use crate::error::{Error, Result};
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
        let of_text = |index, text, scratch: &mut Scratch| {
            let counted = self.count_with(text, scratch).map_err(|error| placed(error, index, texts.len()))?;
            Ok((index, counted as i64))
        };
        let parts = parallel::try_map(threads, chunks.len(), watch, |at| {
            self.with_scratch(|scratch| match chunks[at] {
                Chunk::Texts(first, texts) => {
                    (first..).zip(texts).map(|(index, text)| of_text(index, text, scratch)).collect::<Result<Vec<_>>>()
                }
                Chunk::Part { index, text, .. } => Ok(vec![of_text(index, text, scratch)?]),
            })
        })?;
        let mut counts = vec![0; texts.len()];
        for (index, count) in parts.into_iter().flatten() {
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
        if threads == 1 || chunks.len() < 2 {
            let bytes: usize = texts.iter().map(|text| text.len()).sum();
            let mut batch =
                TokenBatch { ids: Vec::with_capacity(bytes / 3), offsets: Vec::with_capacity(texts.len() + 1) };
            batch.offsets.push(0);
            for chunk in &chunks {
                self.with_scratch(|scratch| self.encode_chunk(policy, chunk, texts.len(), scratch, &mut batch))?;
                if watch().is_break() {
                    return Err(Error::Interrupted);
                }
            }
            return Ok(batch);
        }
        let parts = parallel::try_map(threads, chunks.len(), watch, |at| {
            let mut part = TokenBatch { ids: Vec::with_capacity(size / 3), offsets: Vec::new() };
            self.with_scratch(|scratch| self.encode_chunk(policy, &chunks[at], texts.len(), scratch, &mut part))?;
            Ok(part)
        })?;
        Ok(join(&parts, threads))
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
        let mut end = |index: usize, start: usize, text: &str, is_last: bool| {
            let appended = self.append(policy, text, scratch, &mut into.ids);
            appended.map_err(|error| placed(error.behind(start), index, texts_in_all))?;
            if is_last {
                into.offsets.push(into.ids.len() as i64);
            }
            Ok(())
        };
        match *chunk {
            Chunk::Texts(first, texts) => (first..).zip(texts).try_for_each(|(index, text)| end(index, 0, text, true)),
            Chunk::Part { index, start, text, is_last } => end(index, start, text, is_last),
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

/// Parts end to end.
pub(super) fn join(parts: &[TokenBatch], threads: usize) -> TokenBatch {
    let mut base = 0;
    let mut offsets = vec![0];
    for part in parts {
        offsets.extend(part.offsets.iter().map(|end| base + end));
        base += part.ids.len() as i64;
    }
    let mut ids = vec![0; base as usize];
    let threads = if ids.len() < MANY_IDS { 1 } else { threads };
    let mut shares = Vec::new();
    let mut rest = ids.as_mut_slice();
    for parts in parts.chunks(parts.len().div_ceil(threads).max(1)) {
        let (share, after) = rest.split_at_mut(parts.iter().map(|part| part.ids.len()).sum());
        shares.push((share, parts));
        rest = after;
    }
    if let Some((first, others)) = shares.split_first_mut() {
        parallel::beside(others, fill, || fill(first));
    }
    TokenBatch { ids, offsets }
}

/// Copies the ids of parts to their place.
fn fill((place, parts): &mut (&mut [u32], &[TokenBatch])) {
    let mut start = 0;
    for part in *parts {
        let end = start + part.ids.len();
        place[start..end].copy_from_slice(&part.ids);
        start = end;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::encoder::{Normalizer, Rules};
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
                    let found: Vec<&[u32]> = batch
                        .offsets
                        .windows(2)
                        .map(|ends| &batch.ids[ends[0] as usize..ends[1] as usize])
                        .collect();
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
    fn parts_join_alike_for_any_number_of_threads() {
        let part = |first: u32, length: u32| TokenBatch {
            ids: (first..first + length).collect(),
            offsets: vec![i64::from(length)],
        };
        let parts = [part(0, 700_000), part(700_000, 3), part(700_003, 0), part(700_003, 600_000)];
        for threads in [1, 2, 3, 7] {
            let joined = join(&parts, threads);
            assert!(joined.ids.iter().copied().eq(0..1_300_003));
            assert_eq!(joined.offsets, [0, 700_000, 700_003, 700_003, 1_300_003]);
        }
        assert_eq!(join(&[], 2), TokenBatch { ids: vec![], offsets: vec![0] });
    }
}
