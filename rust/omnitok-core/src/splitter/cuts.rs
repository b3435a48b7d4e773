//! Places where a text may be cut into chunks that are split apart from each other.
//!
//! A cut is safe when the words of the two halves, split alone, are the words of the whole. For that (1) no word may
//! reach over the cut, whatever stands before it, and (2) no word before it may depend on what stands after it beyond
//! what the end of the text would tell it. (No rule here looks back, so the second half is never in doubt.)
//!
//! **Before a space that follows a character other than white space**, for every built-in pattern.
//! (1) A space is either the first character of a word or inside a word of nothing but white space; the word at
//! hand ends in another character. (2) Runs of letters, numbers and symbols, contractions and the `[\r\n/]*` after
//! symbols end at a space as they end at the end of the text, and that is as far as `omni` looks ahead for the end of a
//! number. Runs of white space before the cut are followed by the same other character either way.
//!
//! **After a line feed that is followed by neither white space nor a slash**, for `omni` and the families `cl100k` and
//! `o200k`. (1) A line feed is never the optional first character of a word of letters; it stands in the newlines after
//! symbols, which only newlines and (not in `cl100k`) slashes continue, or in white space, which the next character ends.
//! (2) The newlines after symbols end here either way. A run of white space up to here ends with its last newline here,
//! and so it does at the end of the text by `\s*[\r\n]+` as well as by `\s++$`.
//!
//! **Before a line feed that follows a character other than white space**, for the `gpt2` family, whose symbols take no
//! newlines: the argument for the space holds for all white space. After a line feed would be wrong there, as
//! `"\n\n"` is one word at the end of the text and two before a letter.
//!
//! Where words are phrases (`phrases.rs`), a space may lead the next word of a phrase, so it must follow **what closes a
//! phrase**: any symbol in ASCII but comma, colon and semicolon (and the apostrophe, which is no symbol to phrases). A word
//! that ends with such a symbol is one of symbols, and a phrase ends with it.
//! White space other than a single space is in no phrase, so the argument for the line feed holds as it stands.

use memchr::memchr2_iter;

/// Which cuts are safe.
#[derive(Clone, Copy)]
pub(super) struct Cuts {
    /// Before a line feed, as for the `gpt2` family, and not after one, as for all others.
    pub(super) before_newline: bool,
    /// Before a space behind whatever is no white space, and not only behind what closes a phrase.
    pub(super) in_phrases: bool,
}

/// Returns the first safe cut at or after `at_least` and after the first character, or `text.len()`.
/// O(distance to the cut).
pub(super) fn next_safe_cut(text: &str, at_least: usize, cuts: Cuts) -> usize {
    let bytes = text.as_bytes();
    let at_least = at_least.clamp(1, text.len().max(1));
    // A cut after a line feed at `at_least - 1` counts, so the search starts one byte early.
    for at in memchr2_iter(b' ', b'\n', &bytes[(at_least - 1).min(bytes.len())..]).map(|found| at_least - 1 + found) {
        if bytes[at] == b'\n' && !cuts.before_newline {
            let next = text[at + 1..].chars().next();
            if next.is_some_and(|next| !next.is_whitespace() && next != '/') {
                return at + 1;
            }
        } else if at >= at_least {
            let previous = text[..at].chars().next_back();
            let closes = |previous: char| previous.is_ascii_punctuation() && !",;:'".contains(previous);
            let is_safe = |previous: char| if cuts.in_phrases { !previous.is_whitespace() } else { closes(previous) };
            if previous.is_some_and(is_safe) {
                return at;
            }
        }
    }
    text.len()
}
