//! One text through every way to encode it. The fuzz targets (`rust/fuzz`) use it too.

use omnitok_core::decoder::Utf8Stream;
use omnitok_core::encoder::{Encoder, SpecialSet, TokenBatch, character_spans};
use omnitok_core::parallel::unwatched;

use crate::definition::Definition;
use crate::small::{Small, words};

/// More symbols than the short engine takes, and a word that no cache holds.
const LONG: usize = 80;

/// Checks that each engine gives the ids of the definition for `text`, in which nothing is special: short words by
/// scanning, long words by queues, characters that start whole, and what the caches remember of each.
///
/// The definition takes the square of the length of a word: for texts of up to a kilobyte.
pub(crate) fn check_engines(small: &Small, text: &str) {
    let definition = Definition::new(small);
    let uncut = Small { pattern: r"[\s\S]+".to_owned(), ..small.clone() };
    let long = text.repeat(LONG.div_ceil(text.len().max(1)));
    for (small, text) in [(small, text), (&uncut, &long)] {
        let encoder = small.encoder();
        let normal = normal_form(&encoder, text);
        let ids: Vec<u32> = words(&encoder, &normal).iter().flat_map(|word| definition.word(word)).collect();
        check(&encoder, text, &[], &ids);
        // Words that come in another order meet caches in another state.
        for word in words(&encoder, &normal).iter().rev() {
            assert_eq!(encoder.encode_ordinary(word).expect("ids"), definition.word(word), "{word:?}");
        }
    }
}

/// Checks that every function gives what belongs to `ids`, the ids of `text` with the `allowed` special tokens: a first
/// time and from the caches, alone and in batches, by any number of threads, and back to text.
pub(crate) fn check(encoder: &Encoder, text: &str, allowed: &[String], ids: &[u32]) {
    for pass in ["at first", "again"] {
        let found = encoder.encode(text, SpecialSet::Only(allowed), SpecialSet::NONE).expect("ids");
        assert_eq!(found, ids, "{pass}, {text:?}");
    }
    check_batches(encoder, text, allowed, ids);
    check_decoding(encoder, text, ids);
    if allowed.is_empty() {
        assert_eq!(encoder.encode_ordinary(text).expect("ids"), ids, "{text:?}");
        assert_eq!(encoder.count(text).expect("a count"), ids.len(), "{text:?}");
        check_spans(encoder, text, ids);
    }
}

/// `text` as its ids spell it: its normal form, where the rules have one.
fn normal_form(encoder: &Encoder, text: &str) -> String {
    let ids = encoder.encode_ordinary(text).expect("ids");
    let bytes = encoder.vocabulary().decode(&ids).expect("bytes");
    let normal = String::from_utf8(bytes).expect("text");
    assert!(encoder.rules().normalizer.is_some() || normal == text, "{text:?} became {normal:?}");
    normal
}

fn check_batches(encoder: &Encoder, text: &str, allowed: &[String], ids: &[u32]) {
    // Empty texts share an offset with their neighbours.
    let texts = ["", text, text, "", text];
    let lengths = [0, ids.len(), ids.len(), 0, ids.len()];
    let ends = lengths.iter().scan(0, |end, length| {
        *end += *length as i64;
        Some(*end)
    });
    let expected = TokenBatch { ids: ids.repeat(3), offsets: [0].into_iter().chain(ends).collect() };
    let counts: Vec<i64> = lengths.iter().map(|&length| length as i64).collect();
    for threads in 1..=3 {
        let batch = encoder.encode_batch(&texts, SpecialSet::Only(allowed), SpecialSet::NONE, threads, &mut unwatched);
        assert_eq!(batch.expect("ids"), expected, "{threads} threads, {text:?}");
        if allowed.is_empty() {
            assert_eq!(
                encoder.encode_batch(&texts, SpecialSet::NONE, SpecialSet::NONE, threads, &mut unwatched).expect("ids"),
                expected,
                "{text:?}"
            );
            assert_eq!(encoder.count_batch(&texts, threads, &mut unwatched).expect("counts"), counts, "{text:?}");
        }
    }
}

/// The ids at once and one by one give the text, or its normal form, which has the same ids.
fn check_decoding(encoder: &Encoder, text: &str, ids: &[u32]) {
    let bytes = encoder.vocabulary().decode(ids).expect("bytes");
    let mut stream = Utf8Stream::default();
    let mut decoded = String::new();
    for &id in ids {
        decoded += &stream.push(encoder.vocabulary().token_bytes(id).expect("bytes"));
    }
    assert_eq!(stream.finish(), "", "{text:?}");
    assert_eq!(decoded.as_bytes(), bytes, "{text:?}");
    if encoder.rules().normalizer.is_none() {
        assert_eq!(decoded, text);
    }
}

/// Spans lie end to end, cover the text, and are where the tokens come from.
pub(crate) fn check_spans(encoder: &Encoder, text: &str, ids: &[u32]) {
    let spans = encoder.spans(text, ids).expect("spans");
    assert_eq!(spans.len(), ids.len(), "{text:?}");
    let mut end = 0;
    for (&id, &(from, to)) in ids.iter().zip(&spans) {
        assert_eq!(from, end, "{text:?}");
        if encoder.rules().normalizer.is_none() {
            assert_eq!(encoder.vocabulary().token_bytes(id), text.as_bytes().get(from..to), "{text:?}");
        }
        end = to;
    }
    assert_eq!(end, if ids.is_empty() { 0 } else { text.len() }, "{text:?}");
    // By definition: the characters that have a byte in the span.
    let characters: Vec<_> = text.char_indices().map(|(at, found)| at..at + found.len_utf8()).collect();
    let of_characters = character_spans(text, &spans).expect("spans");
    for (&(from, to), (first, last)) in spans.iter().zip(of_characters) {
        if from < to {
            let touched = characters.iter().zip(0..).filter(|(bytes, _)| bytes.start < to && from < bytes.end);
            let touched: Vec<usize> = touched.map(|(_, index)| index).collect();
            assert_eq!((first, last), (touched[0], touched[touched.len() - 1] + 1), "{from}..{to} of {text:?}");
        }
    }
}

/// A text cut at every number of tokens is a beginning that fits, and the longest that ends where a token does, where
/// that one fits. Quadratic.
pub(crate) fn check_truncation(encoder: &Encoder, text: &str, ids: &[u32]) {
    let ends = ids.iter().scan(0, |end, &id| {
        *end += encoder.vocabulary().token_bytes(id).expect("bytes").len();
        Some(*end)
    });
    let ends: Vec<usize> = [0].into_iter().chain(ends).collect();
    for most in 0..=ids.len() + 1 {
        let short = encoder.truncate(text, most).expect("a text");
        assert!(text.starts_with(short), "{short:?} is no beginning of {text:?}");
        assert!(encoder.count(short).expect("a count") <= most, "{short:?} has more than {most} tokens");
        if most >= ids.len() {
            assert_eq!(short, text);
        } else if encoder.rules().normalizer.is_none() {
            let kept = ends[..=most].iter().rfind(|end| text.is_char_boundary(**end)).expect("0 is a boundary");
            if encoder.count(&text[..*kept]).expect("a count") <= most {
                assert_eq!(short, &text[..*kept], "{most} of {text:?}");
            }
        }
    }
}
