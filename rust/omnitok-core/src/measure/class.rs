//! What a token is by itself: whole text or a part of a character, its script, and whether it looks like junk.

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use unicode_script::{Script, UnicodeScript};

/// How the bytes of a token lie in UTF-8.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Utf8Kind {
    /// Valid UTF-8.
    Whole,
    /// Ends inside a character, and begins with one or is part of its beginning only.
    Prefix,
    /// Begins inside a character and ends with one.
    Suffix,
    /// Begins and ends inside of characters, or has nothing but continuation bytes.
    Inner,
    /// Bytes that no text in UTF-8 holds.
    Impossible,
}

/// Names of the kinds, in the order of their numbers.
pub const UTF8_KINDS: [&str; 5] = ["whole", "prefix", "suffix", "inner", "impossible"];

/// The kinds of junk, each a bit of [`TokenClass::junk`] in this order.
pub const JUNK: [&str; 6] = ["control", "digits", "repeat", "url", "markup", "long"];

/// Digits in a row that no splitter of ours would leave together.
const MANY_DIGITS: usize = 5;
/// The same character so often in a row, white space aside.
const MANY_REPEATS: usize = 8;
/// Characters of a token that is hardly ever used.
const MANY_CHARACTERS: usize = 32;

/// What [`classify`] finds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TokenClass {
    /// How its bytes lie in UTF-8.
    pub utf8: Utf8Kind,
    /// The script of all its letters and marks; `Mixed` for several, `None` for none, `Fragment` unless it is whole.
    pub script: &'static str,
    /// Bits of [`JUNK`].
    pub junk: u8,
}

/// Classes of a token.
#[must_use]
pub fn classify(token: &[u8]) -> TokenClass {
    let Ok(text) = str::from_utf8(token) else {
        return TokenClass { utf8: utf8_kind(token), script: "Fragment", junk: 0 };
    };
    TokenClass { utf8: Utf8Kind::Whole, script: script_of(text), junk: junk_of(text) }
}

/// How the bytes of a token lie in UTF-8.
pub(super) fn utf8_kind(token: &[u8]) -> Utf8Kind {
    if str::from_utf8(token).is_ok() {
        return Utf8Kind::Whole;
    }
    let is_continuation = |byte: &&u8| (0x80..0xC0).contains(*byte);
    let led = token.iter().take_while(is_continuation).count();
    let rest = &token[led..];
    if led > 3 {
        return Utf8Kind::Impossible;
    }
    if rest.is_empty() {
        return Utf8Kind::Inner;
    }
    match (led > 0, str::from_utf8(rest)) {
        (_, Ok(_)) => Utf8Kind::Suffix,
        // An error without a length is one at the end, where bytes are missing.
        (is_led, Err(error)) => match (error.error_len(), is_led) {
            (Some(_), _) => Utf8Kind::Impossible,
            (None, false) => Utf8Kind::Prefix,
            (None, true) => Utf8Kind::Inner,
        },
    }
}

fn script_of(text: &str) -> &'static str {
    let is_shared = |script: &Script| matches!(script, Script::Common | Script::Inherited | Script::Unknown);
    let mut scripts = text.chars().map(|character| character.script()).filter(|script| !is_shared(script));
    let Some(first) = scripts.next() else { return "None" };
    if scripts.all(|script| script == first) { first.full_name() } else { "Mixed" }
}

fn junk_of(text: &str) -> u8 {
    let lower = text.to_lowercase();
    let is_control = |character: char| {
        (character.is_control() && !matches!(character, '\t' | '\n' | '\r'))
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffd}')
            || matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..)
    };
    let runs = longest_runs(text);
    let is_markup =
        |part: &str| part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/' || first == '!');
    let findings = [
        text.chars().any(is_control),
        runs.digits >= MANY_DIGITS,
        runs.repeat >= MANY_REPEATS,
        ["http", "www.", "://", ".com", ".org", ".net"].iter().any(|part| lower.contains(part)),
        lower.split('<').skip(1).any(is_markup) || lower.contains("&nbsp") || lower.contains("/>"),
        text.chars().filter(|character| !character.is_whitespace()).count() > MANY_CHARACTERS,
    ];
    findings.iter().enumerate().map(|(bit, &found)| u8::from(found) << bit).sum()
}

struct Runs {
    digits: usize,
    repeat: usize,
}

fn longest_runs(text: &str) -> Runs {
    let mut longest = Runs { digits: 0, repeat: 0 };
    let (mut digits, mut repeat, mut before) = (0, 0, None);
    for character in text.chars() {
        digits = if character.is_numeric() { digits + 1 } else { 0 };
        repeat = if character.is_whitespace() {
            0
        } else if before == Some(character) {
            repeat + 1
        } else {
            1
        };
        before = Some(character);
        longest = Runs { digits: longest.digits.max(digits), repeat: longest.repeat.max(repeat) };
    }
    longest
}

/// For every token the place of the first one that differs from it only in case, or in white space around it: its own
/// place where there is none before it.
#[must_use]
pub fn folded_duplicates<'t>(tokens: impl IntoIterator<Item = &'t [u8]>) -> Vec<usize> {
    let mut first: HashMap<String, usize, FxBuildHasher> = HashMap::default();
    let place_of = |(place, token)| {
        let folded = str::from_utf8(token).map(|text| text.trim().to_lowercase()).unwrap_or_default();
        if folded.is_empty() { place } else { *first.entry(folded).or_insert(place) }
    };
    tokens.into_iter().enumerate().map(place_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_characters_are_told_apart() {
        let kinds = [
            (&b"abc"[..], Utf8Kind::Whole),
            (b"", Utf8Kind::Whole),
            (b" \xE0\xA4", Utf8Kind::Prefix),
            (b"\xE0", Utf8Kind::Prefix),
            (b"\x95 a", Utf8Kind::Suffix),
            (b"\x95\xE0\xA4", Utf8Kind::Inner),
            (b"\xA4\x95", Utf8Kind::Inner),
            (b"\xFF", Utf8Kind::Impossible),
            (b"\x80\x80\x80\x80", Utf8Kind::Impossible),
            (b"\xE0a", Utf8Kind::Impossible),
        ];
        for (token, kind) in kinds {
            assert_eq!(classify(token).utf8, kind, "{token:?}");
        }
    }

    #[test]
    fn a_script_is_that_of_letters_and_marks() {
        let scripts = [
            (" the", "Latin"),
            ("ка", "Cyrillic"),
            ("नि।", "Devanagari"),
            (" 12", "None"),
            ("\u{301}", "None"),
            ("aя", "Mixed"),
            ("東", "Han"),
            ("カー", "Katakana"),
            ("した", "Hiragana"),
            ("東し", "Mixed"),
        ];
        for (token, script) in scripts {
            assert_eq!(classify(token.as_bytes()).script, script, "{token:?}");
        }
        assert_eq!(classify(b"\xE0").script, "Fragment");
    }

    #[test]
    fn junk_has_a_name() {
        let names = |token: &str| -> Vec<&str> {
            let junk = classify(token.as_bytes()).junk;
            JUNK.iter().enumerate().filter(|(bit, _)| junk >> bit & 1 == 1).map(|(_, name)| *name).collect()
        };
        let nothing: [&str; 0] = [];
        for token in [" the", "\n\n\n\n\n\n\n\n\n\n", "1234", "a < b", "=======", "                    "] {
            assert_eq!(names(token), nothing, "{token:?}");
        }
        assert_eq!(names("12345"), ["digits"]);
        assert_eq!(names("========"), ["repeat"]);
        assert_eq!(names("://www"), ["url"]);
        assert_eq!(names("</div"), ["markup"]);
        assert_eq!(names("\u{7}"), ["control"]);
        assert_eq!(names("abcdefghijklmnopqrstuvwxyzabcdefg"), ["long"]);
        assert_eq!(names("_0123456789_________http"), ["digits", "repeat", "url"]);
    }

    #[test]
    fn duplicates_differ_in_case_and_space() {
        let tokens = ["the", " the", " The", "THE\n", " ", "a", "\n"];
        assert_eq!(folded_duplicates(tokens.iter().map(|token| token.as_bytes())), [0, 0, 0, 0, 4, 5, 6]);
    }
}
