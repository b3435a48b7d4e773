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

use std::ops::ControlFlow;

use super::joining::Joining;
use super::scratch::Scratch;
use super::special::Policy;
use super::{Encoder, SpecialSet};
use crate::error::{Error, Result};
use crate::parallel::{self, JoinIn, Push, Watch};
use crate::splitter::Splitter;

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

/// What a thread takes at once: some short texts, or a part of a long one.
#[derive(Debug)]
struct Chunk<'t> {
    /// The index of the first.
    first: usize,
    texts: Vec<&'t str>,
    /// Where in its text a part begins, and whether it is the last one.
    start: usize,
    is_last: bool,
}

/// Texts that are handed over one after the other, and how many there will be.
pub struct FedTexts<'f, 't> {
    /// Their number.
    pub count: usize,
    /// Pushes them, in the caller's thread.
    pub feed: &'f mut dyn FnMut(Push<&'t str>) -> ControlFlow<()>,
    /// Joins in, in the caller's thread, once they are all there.
    pub then: &'f mut dyn FnMut(JoinIn),
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
        fed(texts, watch, |texts| self.encode_fed(texts, allowed, disallowed, threads))
    }

    /// [`Self::encode_batch`] of texts that are made ready in the caller's thread, while others encode.
    ///
    /// # Errors
    /// As [`Self::encode_batch`].
    pub fn encode_fed(
        &self,
        texts: FedTexts,
        allowed: SpecialSet,
        disallowed: SpecialSet,
        threads: usize,
    ) -> Result<TokenBatch> {
        self.encode_chunks(&self.policy(allowed, disallowed)?, texts, CHUNK_BYTES, threads)
    }

    /// [`Self::count`] for every text, by up to `threads` threads, which share a long text between them.
    ///
    /// # Errors
    /// As [`Self::encode_batch`].
    pub fn count_batch(&self, texts: &[&str], threads: usize, watch: Watch) -> Result<Vec<i64>> {
        fed(texts, watch, |texts| self.count_fed(texts, threads))
    }

    /// [`Self::count_batch`] of texts that are made ready in the caller's thread, while others count.
    ///
    /// # Errors
    /// As [`Self::encode_batch`].
    pub fn count_fed(&self, texts: FedTexts, threads: usize) -> Result<Vec<i64>> {
        let mut counts = vec![0; texts.count];
        let append = |counts: &mut Vec<(usize, i64)>, scratch: &mut Scratch, index: usize, text: &str, _| {
            counts.push((index, self.count_with(text, scratch)? as i64));
            Ok(())
        };
        let counted = self.share(&Policy::ORDINARY, texts, CHUNK_BYTES, threads, append, |_, _| Ok(()))?;
        for (index, count) in counted.into_iter().flatten() {
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

    fn encode_chunks(&self, policy: &Policy, texts: FedTexts, size: usize, threads: usize) -> Result<TokenBatch> {
        let joining = Joining::new(threads);
        let append = |own: &mut TokenBatch, scratch: &mut Scratch, _, text: &str, is_last| {
            self.append(policy, text, scratch, &mut own.ids)?;
            if is_last {
                own.offsets.push(own.ids.len() as i64);
            }
            Ok(())
        };
        let end = |own: &mut TokenBatch, at| joining.end_piece(own, at);
        let own = self.share(policy, texts, size, threads, append, end)?;
        Ok(joining.end(own))
    }

    /// Threads take chunks of texts. `append` is called with the index of a text, a part of it, and whether it is the last,
    /// for all that a chunk holds, and then `end` with the number of the chunk.
    fn share<W: Default + Send>(
        &self,
        policy: &Policy,
        texts: FedTexts,
        size: usize,
        threads: usize,
        append: impl Fn(&mut W, &mut Scratch, usize, &str, bool) -> Result<()> + Sync,
        end: impl Fn(&mut W, usize) -> Result<()> + Sync,
    ) -> Result<Vec<W>> {
        let FedTexts { count, feed, then } = texts;
        let feed = |push: Push<_>| {
            let mut chunker = Chunker::new(self, policy, size);
            feed(&mut |text| chunker.add(text, push))?;
            chunker.end(push)
        };
        let work = |own: &mut W, at: usize, Chunk { first, texts, start, is_last }: Chunk| {
            self.with_scratch(|scratch| {
                (first..).zip(texts).try_for_each(|(index, text)| {
                    let appended = append(own, scratch, index, text, is_last);
                    appended.map_err(|error| placed(error.behind(start), index, count))
                })?;
                // The scratch is kept so long: another thread that took it would find nothing of it in its near cache.
                end(own, at)
            })
        };
        parallel::gather_fed(threads, feed, then, work)
    }
}

/// Texts that are there already.
fn fed<R>(texts: &[&str], watch: Watch, work: impl FnOnce(FedTexts) -> R) -> R {
    let feed = &mut |push: Push<_>| texts.iter().try_for_each(|&text| push(text));
    work(FedTexts { count: texts.len(), feed, then: &mut |join_in| join_in(watch) })
}

/// Makes chunks of texts, one after the other: runs of short ones of about `size` bytes, and parts of long ones of at least
/// that.
struct Chunker<'e, 't> {
    splitter: &'e Splitter,
    may_cut: bool,
    size: usize,
    /// Short texts that are in no chunk yet, the index of the first, and their bytes.
    texts: Vec<&'t str>,
    first: usize,
    bytes: usize,
}

impl<'e, 't> Chunker<'e, 't> {
    fn new(encoder: &'e Encoder, policy: &Policy, size: usize) -> Self {
        let may_cut = policy.allows_cuts();
        Self { splitter: &encoder.splitter, may_cut, size, texts: Vec::new(), first: 0, bytes: 0 }
    }

    fn add(&mut self, text: &'t str, push: Push<Chunk<'t>>) -> ControlFlow<()> {
        if self.may_cut && text.len() >= 2 * self.size {
            self.end(push)?;
            self.first += 1;
            return self.cut(self.first - 1, text, push);
        }
        self.texts.push(text);
        self.bytes += text.len();
        if self.bytes < self.size { ControlFlow::Continue(()) } else { self.end(push) }
    }

    /// What is in no chunk yet.
    fn end(&mut self, push: Push<Chunk<'t>>) -> ControlFlow<()> {
        if self.texts.is_empty() {
            return ControlFlow::Continue(());
        }
        let (first, texts) = (self.first, std::mem::take(&mut self.texts));
        (self.first, self.bytes) = (first + texts.len(), 0);
        push(Chunk { first, texts, start: 0, is_last: true })
    }

    fn cut(&self, first: usize, text: &'t str, push: Push<Chunk<'t>>) -> ControlFlow<()> {
        let mut start = 0;
        while start < text.len() {
            let rest = &text[start..];
            let length = if rest.len() < 2 * self.size {
                rest.len()
            } else {
                self.splitter.next_safe_cut(rest, rest.ceil_char_boundary(self.size))
            };
            let is_last = length == rest.len();
            push(Chunk { first, texts: vec![&rest[..length]], start, is_last })?;
            start += length;
        }
        ControlFlow::Continue(())
    }
}

/// `error` with the index of its text, when there are several.
fn placed(error: Error, index: usize, texts: usize) -> Error {
    if texts == 1 { error } else { error.within(format!("text {index} of the batch")) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::encoder::{Normalizer, Rules, texts as texts_of};
    use crate::parallel::unwatched;
    use crate::splitter::PATTERNS;
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
                    let batch = fed(&texts, &mut unwatched, |texts| encoder.encode_chunks(&policy, texts, size, threads));
                    let batch = batch.expect("ids");
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
                let outcome = fed(&texts, &mut unwatched, |texts| encoder.encode_chunks(&policy, texts, size, threads));
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
            let policy = encoder.policy(allowed, SpecialSet::NONE).expect("a policy");
            let (mut chunker, mut chunks) = (Chunker::new(&encoder, &policy, 16), 0);
            let mut push = |_| {
                chunks += 1;
                ControlFlow::Continue(())
            };
            assert!(chunker.add(&text, &mut push).is_continue() && chunker.end(&mut push).is_continue());
            chunks
        };
        assert!(parts(&["<x>"], SpecialSet::All) > 20);
        assert_eq!(parts(&["a be"], SpecialSet::All), 1);
        assert!(parts(&["a be"], SpecialSet::NONE) > 20);
    }
}
