//! Special tokens, and ids back to bytes.

use omnitok_core::Error;
use omnitok_core::decoder::Utf8Stream;
use omnitok_core::encoder::{Encoder, SpecialSet};
use omnitok_core::vocabulary::BlockKind;
use proptest::prelude::*;
use proptest::sample::select;

use crate::small::Small;
use crate::strategies::{any_text, any_vocabulary, configuration};

pub(crate) const NAMES: &[&str] = &["<a>", "<a>b", "b", "<", "a><a", "<|x|>"];

pub(crate) fn special_encoder() -> Encoder {
    let special = NAMES.iter().zip(300..).map(|(name, id)| ((*name).to_owned(), id)).collect();
    Small { pattern: "gpt2".into(), tokens: vec![b"ab".to_vec(), b"<a".to_vec()], special, ..Small::default() }
        .encoder()
}

pub(crate) fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

proptest! {
    #![proptest_config(configuration(2000))]

    #[test]
    fn special_tokens_are_the_leftmost_and_then_the_longest(
        pieces in proptest::collection::vec(select(vec!["<a>", "<a", "b", "a>", "<|x|>", " ", "é", "<", "x"]), 0..10),
        allowed in proptest::sample::subsequence(NAMES.to_vec(), 0..=NAMES.len()),
    ) {
        let encoder = special_encoder();
        let text = pieces.concat();
        let mut expected = Vec::new();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let places = rest.char_indices().map(|(at, _)| at);
            let found = places.flat_map(|at| allowed.iter().map(move |&name| (at, name)));
            let found = found.filter(|&(at, name)| rest[at..].starts_with(name));
            let Some((at, name)) = found.min_by_key(|&(at, name)| (at, std::cmp::Reverse(name.len()))) else { break };
            expected.extend(encoder.encode_ordinary(&rest[..at]).expect("ids"));
            expected.push(encoder.vocabulary().special_tokens()[name]);
            rest = &rest[at + name.len()..];
        }
        expected.extend(encoder.encode_ordinary(rest).expect("ids"));
        let allowed = owned(&allowed);
        let found = encoder.encode(&text, SpecialSet::Only(&allowed), SpecialSet::NONE).expect("ids");
        prop_assert_eq!(&found, &expected);
        // Nothing that is not allowed is ever refused or made without cause.
        let refused = NAMES.iter().any(|&name| !allowed.iter().any(|other| other == name) && text.contains(name));
        match encoder.encode(&text, SpecialSet::Only(&allowed), SpecialSet::All) {
            Ok(ids) => prop_assert!(!refused && ids == expected),
            Err(Error::SpecialToken { token, position }) => {
                prop_assert!(refused && text[position..].starts_with(&token) && !allowed.contains(&token));
            }
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        }
    }
}

#[test]
fn what_is_disallowed_is_refused_with_its_place() {
    let encoder = special_encoder();
    let refused =
        |text: &str, allowed: SpecialSet, disallowed: SpecialSet| match encoder.encode(text, allowed, disallowed) {
            Err(Error::SpecialToken { token, position }) => Some((token, position)),
            Err(other) => panic!("{other}"),
            Ok(_) => None,
        };
    let some = |token: &str, position| Some((token.to_owned(), position));
    let (names, other) = (owned(&["<|x|>"]), owned(&["no special token"]));
    assert_eq!(refused("é<|x|>", SpecialSet::NONE, SpecialSet::All), some("<|x|>", 2));
    assert_eq!(refused("é<|x|>", SpecialSet::All, SpecialSet::All), None);
    assert_eq!(refused("é<|x|>", SpecialSet::All, SpecialSet::Only(&names)), some("<|x|>", 2));
    assert_eq!(refused("é<|x|>", SpecialSet::NONE, SpecialSet::NONE), None);
    assert_eq!(refused("no special token", SpecialSet::NONE, SpecialSet::Only(&other)), some("no special token", 0));
}

#[test]
fn ordinary_text_never_leaves_the_text_blocks() {
    let encoder = special_encoder();
    for name in NAMES {
        for id in encoder.encode_ordinary(&name.repeat(3)).expect("ids") {
            let block = encoder.vocabulary().block_of(id).expect("an id of the vocabulary");
            assert_eq!(block.kind, BlockKind::Text, "{name:?} gives {id}");
        }
    }
}

#[test]
fn ids_without_bytes_are_refused_by_place_and_kind() {
    let vocabulary = special_encoder().vocabulary().with_block("pad", BlockKind::Reserved, 10).expect("a block");
    let message = |ids: &[u32]| vocabulary.decode(ids).expect_err("no bytes").to_string();
    assert_eq!(message(&[97, 258]), r#"id 258 at position 1 lies in block "reserved", whose ids have no text form"#);
    assert_eq!(message(&[310]), r#"id 310 at position 0 lies in block "pad", whose ids have no text form"#);
    assert_eq!(message(&[316]), "id 316 at position 0 is outside this vocabulary of 316 ids");
    assert_eq!(message(&[u32::MAX]), "id 4294967295 at position 0 is outside this vocabulary of 316 ids");
    assert_eq!(vocabulary.decode(&[300, 256]).expect("bytes"), b"<a>ab");
}

proptest! {
    #[test]
    fn tokens_decoded_one_by_one_give_the_text(small in any_vocabulary(), text in any_text()) {
        let encoder = small.encoder();
        let mut stream = Utf8Stream::default();
        let mut decoded = String::new();
        for id in encoder.encode_ordinary(&text).expect("ids") {
            decoded += &stream.push(encoder.vocabulary().token_bytes(id).expect("bytes"));
        }
        prop_assert_eq!(decoded, text);
        prop_assert_eq!(stream.finish(), "");
    }
}
