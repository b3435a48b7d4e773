//! Phrases merged in two levels give what merging each as one word gives.

use std::ops::ControlFlow;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::definition::Definition;
use crate::every_way::{check, check_engines, check_truncation};
use crate::small::{Small, words};
use crate::strategies::configuration;

/// What phrases are made of, and what ends one: words and parts of words, so that tokens reach over ends.
const PIECES: &[&str] = &[
    "a",
    "b",
    "ab",
    " a",
    " b",
    " ab",
    "B",
    ".",
    ",",
    ", ",
    "-a",
    ".b",
    "'s",
    "'",
    " ",
    "  ",
    "\n",
    "1",
    " (",
    "/",
    "क",
    "ा",
    " म",
    "।",
    "中",
    "，",
    "。",
    "ا",
    "؟",
    "\u{301}",
    "\u{200D}",
    "❤\u{FE0F}",
    "’",
];

fn text_of(pieces: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = String> {
    vec(select(PIECES), pieces).prop_map(|pieces| pieces.concat())
}

/// Short phrases, long ones, and one word over and over: for each way to merge.
fn any_text() -> impl Strategy<Value = String> {
    let runs = (text_of(1..4), 1..300_usize).prop_map(|(unit, times)| unit.repeat(times));
    prop_oneof![4 => text_of(0..20), 2 => text_of(30..80), 1 => runs]
}

/// Tokens out of a text; with `ordered`, those that reach over the end of a word come last, as training makes them.
fn any_vocabulary() -> impl Strategy<Value = Small> {
    let choices = vec((any::<usize>(), any::<usize>(), any::<bool>()), 1..80);
    let rules = (any::<bool>(), any::<bool>(), any::<bool>(), select(vec!["o200k-super", "omni-super"]));
    (text_of(60..90), choices, rules).prop_map(|(source, choices, (ordered, listed, whole_words, pattern))| {
        let mut small =
            Small { pattern: pattern.to_owned(), whole_words, ..Small::out_of(source.as_bytes(), &choices, listed) };
        if ordered && !listed {
            small.tokens.sort_by_key(|token| holds_an_end(&small.pattern, token));
        }
        small
    })
}

/// Whether a token by itself is more than one word of a phrase.
fn holds_an_end(pattern: &str, token: &[u8]) -> bool {
    let splitter = omnitok_core::splitter::Splitter::new(pattern).expect("a pattern");
    let mut holds = false;
    let visit = |_, joins| {
        holds |= joins;
        ControlFlow::Continue(())
    };
    splitter.try_for_each_end_in_phrases(&String::from_utf8_lossy(token), visit).expect("ends");
    holds
}

proptest! {
    #![proptest_config(configuration(1500))]
    #[test]
    fn every_vocabulary_encodes_phrases_as_single_words(small in any_vocabulary(), text in any_text()) {
        let definition = Definition::new(&small);
        let encoder = small.encoder();
        let ids: Vec<u32> = words(&encoder, &text).iter().flat_map(|word| definition.word(word)).collect();
        prop_assert_eq!(encoder.encode_ordinary(&text).expect("ids"), &ids[..]);
        // Words come out of caches, and one phrase behind another.
        prop_assert_eq!(encoder.encode_ordinary(&text).expect("ids"), ids);
    }
}

proptest! {
    #![proptest_config(configuration(60))]
    #[test]
    fn every_function_gives_these_ids(small in any_vocabulary(), text in text_of(0..40)) {
        check_engines(&small, &text);
        let ids = small.encoder().encode_ordinary(&text).expect("ids");
        check(&small.encoder(), &text, &[], &ids);
        check_truncation(&small.encoder(), &text, &ids);
    }
}

/// A vocabulary as training makes one: words, then superwords of superwords.
fn trained(pattern: &str) -> Small {
    let words = [" a", "th", "the", " t", "he", " the", " o", " of", "in", " in", "en", " en", "end", " end"];
    let superwords =
        [" a a", " of the", "in the", " in the", " the end", " end.", " a a a a", " of the end", ", the", "a a"];
    let tokens = words.iter().chain(&superwords).map(|token| token.as_bytes().to_vec()).collect();
    Small { pattern: pattern.to_owned(), tokens, whole_words: true, ..Small::default() }
}

#[test]
fn long_phrases_are_merged_in_every_way() {
    for pattern in ["o200k-super", "omni-super"] {
        let small = trained(pattern);
        let encoder = small.encoder();
        let definition = Definition::new(&small);
        for unit in [" a", " of the", " in the end of the", " the end, the", " a a. a", " of a the", "a"] {
            for times in [1, 2, 10, 31, 100, 170, 300] {
                let text = unit.repeat(times);
                let ids: Vec<u32> = words(&encoder, &text).iter().flat_map(|word| definition.word(word)).collect();
                check(&encoder, &text, &[], &ids);
            }
        }
    }
}

#[test]
fn a_phrase_that_is_a_token_becomes_it_and_a_word_inside_one_does_not() {
    // No merge makes "xyz" and "x yz", "yz" alone lacks a way too.
    let tokens = ["xyz", "x yz"].map(|token| token.as_bytes().to_vec()).to_vec();
    let small = Small { pattern: "o200k-super".to_owned(), tokens, whole_words: true, ..Small::default() };
    let encoder = small.encoder();
    let ids = |text: &str| encoder.encode_ordinary(text).expect("ids");
    assert_eq!(ids("xyz"), [256]);
    assert_eq!(ids("x yz"), [257]);
    assert_eq!(ids("xyz 1x yz"), [256, 32, 49, 257]);
    assert_eq!(ids("xyz a"), [120, 121, 122, 32, 97]);
    assert_eq!(ids("xyz\nxyz"), [256, 10, 256]);
    let merged = Small { whole_words: false, ..small };
    assert_eq!(merged.encoder().encode_ordinary("xyz").expect("ids"), [120, 121, 122]);
}
