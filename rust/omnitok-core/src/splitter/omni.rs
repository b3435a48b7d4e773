//! The pattern `omni`: `o200k` with the same care for every script.
//!
//! It differs from `o200k` in four points; everything else (one character that leads a word, capitals, contractions,
//! symbols, white space) is the same.
//!
//! 1. **Marks stay.** Marks, ZWNJ and ZWJ stay with what they stand on, be it a letter, a number or a symbol, so that no
//!    word starts with one unless it stands on nothing. They have no case: `É` in two characters is a capital as `É` in
//!    one is. In `o200k` a mark is a letter without case, and a mark behind a number starts a word.
//! 2. **Joiners join.** So letters go on behind ZWNJ and ZWJ, as in the Persian `می‌خواهم`, one word here and two in
//!    `o200k`.
//! 3. **One script a word.** Letters of another script start a word. The scripts are those that Unicode recommends for
//!    identifiers (UAX #31, table 5); Japanese is written in three, so Han, Hiragana, Katakana and Bopomofo count as one
//!    here. All other scripts share a place at the end of the list, and in words of those capitals are letters like others.
//! 4. **Numbers from the right.** Digits come in threes as they are read, `1234567` as `1 234 567`. To find the end of a
//!    number takes looking ahead, which must be bounded or long numbers are quadratic: one of more than 21 digits, which
//!    no 64-bit number has, gives threes from the left until 21 or fewer are left.
//!
//! [`OMNI`] says it as a regular expression. Its dialect is what the engines of tiktoken (`fancy-regex`) and of
//! `tokenizers` (Oniguruma) share: `&&` in classes, `\uXXXX`, look-ahead, and no possessive quantifier. Both have the
//! scripts of Unicode 16.0, and the tests compare them with our tables over every code point. Of a script with capitals,
//! `U*W+|U+W*` of `o200k` became `U*W+|U+`: where `W` could match at all, the first alternative did.

use super::classes::{CASELESS, Classes, LETTER, LOWER, MARK, NEWLINE, NUMBER, UPPER, ascii_lower_end, class_at};
use super::patterns::{last_symbols, next_lead};
use super::scanners::{Scanner, contraction_end, symbols_or_white_space_end};
use super::scripts::{CASED_END, LATIN, Script, script_at};

/// Numbers of more characters than this are cut from the left first.
pub(super) const LONGEST_FROM_THE_RIGHT: usize = 21;

/// Defines the regular expression and the list of scripts at once. A script is written as what stands in a class.
macro_rules! define {
    (marks: $marks:literal, cased: $($cased:literal)+, caseless: $($caseless:literal)+) => {
        /// The defining regular expression.
        pub(super) const OMNI: &str = define!(@rule $marks, [$($cased)+], [$($caseless)+], "");

        /// The phrases of `omni`: behind a word of letters as many others as there are, then symbols.
        pub(super) const OMNI_SUPER: &str = define!(@rule $marks, [$($cased)+], [$($caseless)+], concat!(
            "(?:", next_lead!(), define!(@letters $marks, [$($cased)+], [$($caseless)+]), ")*(?:",
            last_symbols!(r"\p{L}"), ")?",
        ));

        /// The scripts, each as part of a class of characters; those with capitals first. Letters that Unicode counts
        /// among no script are with the one that they occur in.
        #[cfg(test)]
        pub(super) const SCRIPTS: &[&str] = &[$($cased,)+ $($caseless,)+];

        const _: () = assert!([$($cased),+].len() == CASED_END as usize);
    };
    // A word of letters from its first letter on.
    (@letters $marks:literal, [$($cased:literal)+], [$($caseless:literal)+]) => {
        concat!(
            "(?:",
            $(
                "(?:[", $cased, r"&&[\p{Lu}\p{Lt}\p{Lm}\p{Lo}]]", $marks, "*)*",
                "(?:[", $cased, r"&&[\p{Ll}\p{Lm}\p{Lo}]]", $marks, "*)+",
                "|(?:[", $cased, r"&&[\p{Lu}\p{Lt}\p{Lm}\p{Lo}]]", $marks, "*)+|",
            )+
            $("(?:[", $caseless, r"&&\p{L}]", $marks, "*)+|",)+
            r"(?:[^\P{L}", $($cased,)+ $($caseless,)+ "]", $marks, "*)+",
            ")(?:(?i:'s|'t|'re|'ve|'m|'ll|'d)", $marks, "*)?",
        )
    };
    // All alternatives; `$after` may follow a word of letters.
    (@rule $marks:literal, [$($cased:literal)+], [$($caseless:literal)+], $after:expr) => {
        concat!(
            r"[^\r\n\p{L}\p{N}]?", define!(@letters $marks, [$($cased)+], [$($caseless)+]), $after,
            r"|(?:\p{N}", $marks, r"*){1,3}(?=(?:(?:\p{N}", $marks, r"*){3}){0,6}(?!\p{N}|", $marks, "))",
            r"|(?:\p{N}", $marks, "*){3}",
            r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        )
    };
}

define! {
    marks: r"[\p{M}\u200C\u200D]",
    cased: r"\p{Latin}\u00B5\u02B9-\u02EE" r"\p{Cyrillic}" r"\p{Greek}\u0374" r"\p{Armenian}" r"\p{Georgian}",
    caseless: r"\p{Arabic}\u0640" r"\p{Devanagari}"
        r"\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\u3006\u3031-\u303C\u30FC\uFF70\uFF9E\uFF9F" r"\p{Hangul}"
        r"\p{Gujarati}" r"\p{Telugu}" r"\p{Tamil}" r"\p{Bengali}" r"\p{Thai}" r"\p{Hebrew}" r"\p{Gurmukhi}"
        r"\p{Kannada}" r"\p{Malayalam}" r"\p{Oriya}" r"\p{Sinhala}" r"\p{Myanmar}" r"\p{Khmer}" r"\p{Lao}" r"\p{Tibetan}"
        r"\p{Ethiopic}" r"\p{Thaana}"
}

/// `omni`, see above.
pub(super) struct Omni;

impl Scanner for Omni {
    #[inline]
    fn word_end(bytes: &[u8], start: usize) -> usize {
        let (class, length) = class_at(bytes, start);
        if class & LETTER != 0 {
            return letters_end(bytes, start);
        }
        if class & NUMBER != 0 {
            return number_end(bytes, start);
        }
        let next = start + length;
        // Any one character but a newline may lead, also a mark that stands on nothing.
        if class & NEWLINE == 0 && class_at(bytes, next).0 & LETTER != 0 {
            return letters_end(bytes, next);
        }
        symbols_or_white_space_end(bytes, start)
    }
}

/// A word from its first letter on.
#[inline]
fn letters_end(bytes: &[u8], start: usize) -> usize {
    let script = script_at(bytes, start);
    let end = if script < CASED_END { cased_end(bytes, start, script) } else { run_end(bytes, start, script, LETTER) };
    let after = contraction_end(bytes, end);
    if after > end { marks_end(bytes, after) } else { end }
}

/// `U*W+|U+`, with `U` for a letter of the script that is no lower case letter, `W` for one that is no capital, each with
/// its marks. As in `o200k`, `U*` gives back down to the last letter without case where no lower case letter follows.
#[inline]
fn cased_end(bytes: &[u8], start: usize, script: Script) -> usize {
    let mut at = start;
    let mut after_caseless = None;
    loop {
        let (class, length) = class_at(bytes, at);
        let is_ours = class & LETTER != 0 && script_at(bytes, at) == script;
        if is_ours && class & LOWER != 0 {
            return run_end(bytes, at, script, LOWER | CASELESS);
        }
        if !is_ours {
            return after_caseless.unwrap_or(at);
        }
        at = marks_end(bytes, at + length);
        if class & UPPER == 0 {
            after_caseless = Some(at);
        }
    }
}

/// The end of the letters of `set` and the script, with their marks, from the letter at `at` on.
#[inline]
fn run_end(bytes: &[u8], mut at: usize, script: Script, set: Classes) -> usize {
    loop {
        if script == LATIN {
            at = ascii_lower_end(bytes, at);
        }
        at = marks_end(bytes, at);
        let (class, length) = class_at(bytes, at);
        if class & set == 0 || script_at(bytes, at) != script {
            return at;
        }
        at += length;
    }
}

/// With `N` for a number and its marks: `N{1,3}(?=(?:N{3}){0,6}(?!N))|N{3}`. Reads a digit more than the longest number
/// that is cut from the right, so each is read eight times at most.
#[inline]
fn number_end(bytes: &[u8], start: usize) -> usize {
    let mut ends = [start; 3];
    let (mut at, mut digits) = (start, 0);
    loop {
        let (class, length) = class_at(bytes, at);
        if class & NUMBER == 0 {
            return ends[(digits - 1) % 3];
        }
        if digits == LONGEST_FROM_THE_RIGHT {
            return ends[2];
        }
        at = marks_end(bytes, at + length);
        if let Some(end) = ends.get_mut(digits) {
            *end = at;
        }
        digits += 1;
    }
}

/// The end of the marks and joiners at `at`.
#[inline]
fn marks_end(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|first| !first.is_ascii()) {
        let (class, length) = class_at(bytes, at);
        if class & MARK == 0 && !is_joiner(bytes, at) {
            break;
        }
        at += length;
    }
    at
}

/// Whether ZWNJ (U+200C) or ZWJ (U+200D) starts at `at`.
#[inline]
pub(super) fn is_joiner(bytes: &[u8], at: usize) -> bool {
    matches!(bytes[at..], [0xE2, 0x80, 0x8C | 0x8D, ..])
}
