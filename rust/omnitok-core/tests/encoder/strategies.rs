//! Vocabularies and texts that come from few characters.

use proptest::prelude::*;
use proptest::sample::select;

use crate::small::Small;

/// Characters whose bytes share beginnings and ends, so that tokens across characters have a chance.
pub(crate) const CHARACTERS: &[char] = &[
    'a', 'b', 'c', ' ', '\n', 'é', 'è', 'ä', 'и', 'й', 'क', 'ख', 'म', 'ম', '中', '丮', '为', '\u{FFFD}', '👍', '👎',
    '💍',
];

/// What is in no text and may be in tokens: ends and beginnings of characters, and what would be the beginning of a longer
/// character with the code of `é` or `и`.
const STRAYS: &[&[u8]] = &[b"\xE0\x83", b"\xE0\x90", b"\xE0", b"\xA9", b"\xC3", b"\xB8\xAD"];

/// Bytes that tokens come from: nearly a text.
fn source_of(pieces: usize) -> impl Strategy<Value = Vec<u8>> {
    let character = select(CHARACTERS).prop_map(|character| character.to_string().into_bytes());
    let piece = prop_oneof![9 => character, 1 => select(STRAYS).prop_map(<[u8]>::to_vec)];
    proptest::collection::vec(piece, pieces).prop_map(|pieces| pieces.concat())
}

pub(crate) fn text_of(characters: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = String> {
    proptest::collection::vec(select(CHARACTERS), characters).prop_map(String::from_iter)
}

/// Short texts, texts of one character over and over, and texts of some hundred characters.
pub(crate) fn any_text() -> impl Strategy<Value = String> {
    let runs = (select(CHARACTERS), 1..150_usize).prop_map(|(unit, times)| unit.to_string().repeat(times));
    prop_oneof![4 => text_of(0..16), 2 => text_of(20..60), 1 => text_of(100..300), 1 => runs]
}

/// See [`Small::out_of`].
pub(crate) fn any_vocabulary() -> impl Strategy<Value = Small> {
    let choices = proptest::collection::vec((any::<usize>(), any::<usize>(), any::<bool>()), 1..60);
    let rules = (any::<bool>(), any::<bool>(), select(vec![r"[\s\S]+", "gpt2", "o200k"]));
    (source_of(80), choices, rules).prop_map(|(source, choices, (listed, whole_words, pattern))| Small {
        pattern: pattern.to_owned(),
        whole_words,
        ..Small::out_of(&source, &choices, listed)
    })
}

pub(crate) fn configuration(cases: u32) -> ProptestConfig {
    let factor = std::env::var("PROPTEST_FACTOR").ok().and_then(|factor| factor.parse().ok()).unwrap_or(1);
    ProptestConfig { cases: cases * factor, failure_persistence: None, ..ProptestConfig::default() }
}
