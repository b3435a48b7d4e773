//! What must hold for any bytes. Each function is a fuzz target: it takes an input and panics where a promise is broken.
//!
//! The checks are those of the core's own tests, from the same files. They go through public doors only: which engine
//! answers is a matter of the length of a word and of what the caches have seen, and inputs reach all of them.
//!
//! Inputs are text, so that seeds can be written and read: the first line is a letter for each option, a second line,
//! where there is one, chooses tokens, and the rest is what is encoded. Bytes that make no sense mean something anyway.

mod batches;
mod hostile;
mod input;
mod vocabularies;

#[path = "../../omnitok-core/tests/backtracking/mod.rs"]
mod backtracking;
#[path = "../../omnitok-core/tests/encoder/definition.rs"]
mod definition;
#[path = "../../omnitok-core/tests/encoder/every_way.rs"]
mod every_way;
#[path = "../../omnitok-core/tests/encoder/small.rs"]
mod small;

use std::ops::ControlFlow;
use std::sync::LazyLock;

pub use batches::threads_agree;
use fancy_regex::Regex;
pub use hostile::hostile_bytes;
use omnitok_core::splitter::{PATTERNS, Splitter};

use backtracking::{backtracked_words, check_safe_cut, words};
use vocabularies::TRAINED;

/// Trains the vocabularies of the targets that use some, which takes longer than an input may.
pub fn train() {
    LazyLock::force(&TRAINED);
}

/// A text becomes ids and then itself again, in every function, under vocabularies trained on real text.
pub fn round_trip(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for encoder in TRAINED.iter() {
        let ids = encoder.encode_ordinary(&text).expect("ids");
        every_way::check(encoder, &text, &[], &ids);
        let decoded = encoder.vocabulary().decode(&ids).expect("bytes");
        let decoded = String::from_utf8(decoded).expect("text");
        if encoder.rules().normalizer.is_some() {
            assert_eq!(encoder.encode_ordinary(&decoded).expect("ids"), ids, "{text:?} in normal form");
        } else {
            assert_eq!(decoded, text);
        }
    }
}

/// Every engine gives what the definition gives, under any small vocabulary.
pub fn engines_agree(data: &[u8]) {
    let (small, text) = input::vocabulary_and_text(data);
    every_way::check_engines(&small, &text);
}

/// The spans of a text partition it, and a text that is truncated anywhere is a beginning that fits.
///
/// Every cut of a text is tried, so longer ones would take seconds each.
pub fn offsets_partition(data: &[u8]) {
    let text = String::from_utf8_lossy(&data[..data.len().min(120)]);
    for encoder in TRAINED.iter() {
        let ids = encoder.encode_ordinary(&text).expect("ids");
        every_way::check_spans(encoder, &text, &ids);
        every_way::check_truncation(encoder, &text, &ids);
    }
}

static RIVALS: LazyLock<Vec<(Splitter, Regex)>> = LazyLock::new(|| {
    let rival = |(name, regex): &(&str, &str)| {
        (Splitter::new(name).expect("a built-in name"), Regex::new(regex).expect("a good pattern"))
    };
    PATTERNS.iter().map(rival).collect()
});

/// The scanner of each published pattern cuts as a backtracking engine does that runs the pattern as it is written; the
/// words partition the text, also when a visitor stops; and a safe cut changes none.
pub fn splitter_agrees(data: &[u8]) {
    let (at_least, text) = data.split_first().map_or((0, data), |(first, rest)| (usize::from(*first), rest));
    let text = String::from_utf8_lossy(text);
    for (splitter, rival) in RIVALS.iter() {
        let found = words(splitter, &text);
        assert_eq!(found.concat(), text, "{}", splitter.name());
        assert!(found.iter().all(|word| !word.is_empty()));
        if let Some(expected) = backtracked_words(rival, &text) {
            assert_eq!(found, expected, "{} on {text:?}", splitter.name());
        }
        check_safe_cut(splitter, &text, at_least);
        let mut seen = Vec::new();
        let stop = splitter.try_for_each_word(&text, |word| {
            seen.push(word);
            if seen.len() > at_least { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        stop.expect("a built-in pattern");
        assert_eq!(seen, &found[..found.len().min(at_least + 1)]);
    }
}
