//! Vocabularies and texts that come from few characters.

use proptest::prelude::*;
use proptest::sample::select;

use crate::small::Small;

/// Characters whose bytes share beginnings and ends, so that tokens across characters have a chance.
pub(crate) const CHARACTERS: &[char] = &[
    'a', 'b', 'c', ' ', '\n', 'é', 'è', 'ä', 'и', 'й', 'क', 'ख', 'म', 'ম', '中', '丮', '为', '\u{FFFD}', '👍', '👎',
    '💍',
];

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
    (text_of(80), choices, rules).prop_map(|(source, choices, (listed, whole_words, pattern))| Small {
        pattern: pattern.to_owned(),
        whole_words,
        ..Small::out_of(source.as_bytes(), &choices, listed)
    })
}

pub(crate) fn configuration(cases: u32) -> ProptestConfig {
    let factor = std::env::var("PROPTEST_FACTOR").ok().and_then(|factor| factor.parse().ok()).unwrap_or(1);
    ProptestConfig { cases: cases * factor, failure_persistence: None, ..ProptestConfig::default() }
}
