//! Bytes as a vocabulary and a text.

use std::collections::BTreeMap;

use omnitok_core::encoder::Normalizer;

use crate::small::{Choice, Small};

/// The definition merges in quadratic time.
const LONGEST_TEXT: usize = 500;
/// Choosing a token looks at every end of the source.
const LONGEST_SOURCE: usize = 100;

/// What stands before the first `separator`, and what behind it.
pub(crate) fn cut(data: &[u8], separator: u8) -> (&[u8], &[u8]) {
    match data.iter().position(|&byte| byte == separator) {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &[]),
    }
}

/// A vocabulary whose tokens come out of the text, and the text.
///
/// Options: `g c l q o t i` for a built-in pattern, `x` for one of the automaton, else nothing is cut; `m` for a list of
/// merges, `w` for whole words, `n` for the normal form, `s` for special tokens. A token is chosen by three bytes: its
/// place, what else there is to decide, and in the lowest bit whether it is cut out of the text.
pub(crate) fn vocabulary_and_text(data: &[u8]) -> (Small, String) {
    let (options, rest) = cut(data, b'\n');
    let (choices, rest) = cut(rest, b'\n');
    let text = String::from_utf8_lossy(&rest[..rest.len().min(LONGEST_TEXT)]).into_owned();
    let choices: Vec<Choice> = choices
        .as_chunks::<3>()
        .0
        .iter()
        .map(|choice| (usize::from(choice[0]), usize::from(choice[1]), choice[2] & 1 == 1))
        .collect();
    let has = |option: u8| options.contains(&option);
    let source = &text.as_bytes()[..text.len().min(LONGEST_SOURCE)];
    let special: &[&str] = if has(b's') { &["<|end|>", "<|end|>x", " a"] } else { &[] };
    let small = Small {
        pattern: pattern(options).to_owned(),
        whole_words: has(b'w'),
        normalizer: has(b'n').then_some(Normalizer::Nfc),
        special: special.iter().zip(1000..).map(|(name, id)| ((*name).to_owned(), id)).collect::<BTreeMap<_, _>>(),
        ..Small::out_of(source, &choices, has(b'm'))
    };
    (small, text)
}

fn pattern(options: &[u8]) -> &'static str {
    let known = options.iter().find_map(|option| match option {
        b'g' => Some("gpt2"),
        b'c' => Some("cl100k"),
        b'l' => Some("llama3"),
        b'q' => Some("qwen2"),
        b'o' => Some("o200k"),
        b't' => Some("tekken"),
        b'i' => Some("omni"),
        b'x' => Some(r"\p{L}+|\s+(?!\S)|\s+|\p{N}"),
        _ => None,
    });
    known.unwrap_or(r"[\s\S]+")
}
