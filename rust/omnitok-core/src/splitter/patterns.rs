//! The built-in split patterns: their names, their defining regular expressions and the spellings they are found in.

use super::omni::{OMNI, OMNI_SUPER};

/// What leads a word of letters in a phrase: not an apostrophe, nor what ends a sentence without a space behind it.
macro_rules! next_lead {
    () => {
        r"(?:[,;:،]? |[^\s\p{L}\p{N}\p{M}'。！？．｡।॥۔؟])"
    };
}

/// The symbols at the end of a phrase. The first one leads no word, which would begin with one of `$letters`.
macro_rules! last_symbols {
    ($letters:literal) => {
        concat!(r"[^\s\p{L}\p{N}\p{M}'](?!", $letters, r")[^\s\p{L}\p{N}]*[\r\n/]*")
    };
}

pub(super) use {last_symbols, next_lead};

/// Built-in patterns: (name, defining regular expression).
///
/// `gpt2`, `r50k` and `p50k` are one rule in two spellings. `cl100k` and `llama3` differ only in white space that ends
/// the text and holds a newline (`"\n "` is one word of `cl100k` and two of `llama3`); `qwen2` is `llama3` with numbers
/// cut into single digits, `tekken` is `o200k` with single digits and without contractions. `omni` is ours (`omni.rs`), and
/// so are the patterns `-super`, whose words are the phrases of another pattern (`phrases.rs`).
pub const PATTERNS: &[(&str, &str)] = &[
    ("gpt2", GPT2),
    ("r50k", R50K),
    ("p50k", R50K),
    ("cl100k", CL100K),
    ("llama3", LLAMA3),
    ("qwen2", QWEN2),
    ("o200k", O200K),
    ("tekken", TEKKEN),
    ("omni", OMNI),
    ("o200k-super", O200K_SUPER),
    ("omni-super", OMNI_SUPER),
];

/// The release of GPT-2 (`encoder.py`), tiktoken up to 0.5, and `ByteLevel` of `tokenizers`.
const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
/// tiktoken since 0.8, for `gpt2`, `r50k_base`, `p50k_base` and `p50k_edit`.
const R50K: &str = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s";
/// tiktoken since 0.8, for `cl100k_base`.
const CL100K: &str = concat!(
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+",
    r"| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
);
/// `tokenizer.json` of Llama 3; tiktoken up to 0.5 for `cl100k_base`, and the `tokenizer.json` converted from it.
const LLAMA3: &str = concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}",
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
);
/// `tokenizer.json` of Qwen 2, 2.5 and 3.
const QWEN2: &str = concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}",
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
);
/// tiktoken for `o200k_base` and `o200k_harmony`, and the `tokenizer.json` of GPT-4o and Llama 4.
const O200K: &str = concat!(
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
);
/// The phrases of `o200k`: behind its first two alternatives as many words of letters as there are, then symbols.
const O200K_SUPER: &str = concat!(
    r"(?:[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?)(?:",
    next_lead!(),
    r"(?:[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"|[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?))*(?:",
    last_symbols!(r"[\p{L}\p{M}]"),
    r")?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
);
/// `tekken.json` of Mistral.
const TEKKEN: &str = concat!(
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+",
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*",
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
);

/// Other published spellings of the same rules: (spelling, name).
pub(super) const OTHER_SPELLINGS: &[(&str, &str)] = &[
    // GPT-2 as the comments of tiktoken quote it.
    (r"'s|'t|'re|'ve|'m|'ll|'d| ?[\p{L}]+| ?[\p{N}]+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", "gpt2"),
    // tiktoken 0.7. Its cl100k had not yet the alternative for white space at the end of the text.
    (r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", "r50k"),
    (
        concat!(
            r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}",
            r"| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
        ),
        "llama3",
    ),
];

/// Returns the entry of [`PATTERNS`] whose name or regular expression `pattern` is.
pub(super) fn published(pattern: &str) -> Option<(&'static str, &'static str)> {
    let entry = |name: &str| PATTERNS.iter().copied().find(|(known, _)| *known == name);
    let by_regex = || PATTERNS.iter().copied().find(|(_, regex)| *regex == pattern);
    let by_spelling = || OTHER_SPELLINGS.iter().find(|(regex, _)| *regex == pattern).and_then(|(_, name)| entry(name));
    entry(pattern).or_else(by_regex).or_else(by_spelling)
}

/// Whether `pattern` looks like the name of a pattern: as a regular expression it would match nothing but itself.
pub(super) fn looks_like_a_name(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}
