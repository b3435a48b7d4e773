//! Phrases: the words that superwords may span (Liu et al. 2025, arXiv 2503.13423).
//!
//! A phrase is a run of words of letters inside a sentence, with the symbols that end it. Two words next to each other
//! are in one phrase when the first one is of letters and the second
//!
//! - is of letters too and led by a space or by a symbol, as in `in the`, `state-of`, `d’un`, `foo.bar` and `你好，世界`;
//! - or is of symbols, with which the phrase ends, as in `end.` and `main();`;
//!
//! and a comma, a colon or a semicolon goes on to the word behind its space, as in `so, the`. Numbers, white space that is
//! more than a space, and what ends a sentence in front of letters (`。`, `।`) are in no phrase with what stands before.
//!
//! The rule is chosen so that words remain what they were: a token that was learnt inside words never reaches over the
//! end of one in a phrase, because **no word has a letter in front of anything but a letter, a mark, a joiner or an
//! apostrophe, nor a symbol in front of a space**. That is why an apostrophe leads nothing here (`n't` is one word), why
//! numbers are left out (`1234` would be merged as one), and why `helloWorld` is two phrases. So merging a whole phrase by
//! rank is the same as merging its words, and then what superwords join, as long as all superwords come after the other
//! tokens and none of these has such an end inside. (It could only out of parts of characters, or of a mark on nothing.)
//! The regular expressions of the patterns `-super` say the same to other engines.

use std::ops::ControlFlow;

use super::Ends;
use super::classes::{Classes, LETTER, MARK, NEWLINE, OTHER, class_at};
use super::omni::Omni;
use super::scanners::{O200k, Scanner};
use super::window::{Windows, scan};

/// A scanner whose words form phrases.
pub(super) trait Phrased: Scanner + Windows {
    /// What makes a word one of letters, as its first character or as that behind the one that leads it.
    const LETTERS: Classes;
}

impl<const DIGITS: usize, const CONTRACTIONS: bool> Phrased for O200k<DIGITS, CONTRACTIONS> {
    const LETTERS: Classes = LETTER | MARK;
}

impl Phrased for Omni {
    const LETTERS: Classes = LETTER;
}

/// What the last word was, to decide whether the next one is in its phrase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Last {
    /// Nothing follows it in its phrase.
    #[default]
    Closed,
    /// A word of letters.
    Letters,
    /// A comma, a colon or a semicolon in a phrase.
    Comma,
}

impl Last {
    /// Whether the word at `start..end` of valid UTF-8 is in the phrase of the word before it, which was `self`, and what
    /// it is to the next one. Looks at two characters.
    #[inline]
    pub(super) fn joins<S: Phrased>(self, bytes: &[u8], start: usize, end: usize) -> (bool, Self) {
        // What most words are where words have spaces between them.
        match bytes[start..end] {
            [b' ', b'a'..=b'z' | b'A'..=b'Z', ..] => (self != Self::Closed, Self::Letters),
            [b'a'..=b'z' | b'A'..=b'Z', ..] => (false, Self::Letters),
            _ => self.joins_of_any::<S>(bytes, start, end),
        }
    }

    #[inline(never)]
    fn joins_of_any<S: Phrased>(self, bytes: &[u8], start: usize, end: usize) -> (bool, Self) {
        let (first, length) = class_at(bytes, start);
        if first & S::LETTERS != 0 {
            return (false, Self::Letters);
        }
        let second = if start + length < end { class_at(bytes, start + length).0 } else { 0 };
        let lead = &bytes[start..start + length];
        if first & NEWLINE == 0 && second & S::LETTERS != 0 {
            let joins = match self {
                Self::Closed => false,
                Self::Letters => lead == b" " || may_follow(first, lead),
                Self::Comma => lead == b" ",
            };
            return (joins, Self::Letters);
        }
        if self != Self::Letters || !may_follow_as_symbol(first, lead) {
            return (false, Self::Closed);
        }
        let is_comma = matches!(&bytes[start..end], b"," | b";" | b":" | [0xD8, 0x8C]);
        (true, if is_comma { Self::Comma } else { Self::Closed })
    }
}

/// `[^\s\p{L}\p{N}\p{M}'。！？．｡।॥۔؟]`
#[inline]
fn may_follow(class: Classes, character: &[u8]) -> bool {
    const SENTENCE_ENDS: [&str; 9] = ["。", "！", "？", "．", "｡", "।", "॥", "۔", "؟"];
    may_follow_as_symbol(class, character)
        && (character.len() == 1 || SENTENCE_ENDS.iter().all(|end| end.as_bytes() != character))
}

/// `[^\s\p{L}\p{N}\p{M}']`
#[inline]
fn may_follow_as_symbol(class: Classes, character: &[u8]) -> bool {
    class & OTHER != 0 && character != b"'"
}

/// [`scan`] for phrases: the ends of the phrases of `text`, each when the word behind it is known.
pub(super) fn scan_phrases<S: Phrased>(text: &str, mut visit: impl FnMut(Ends<'_>) -> ControlFlow<()>) {
    let mut flow = ControlFlow::Continue(());
    let mut before = 0;
    scan_words::<S>(text, |end, joins| {
        if !joins && before > 0 {
            flow = visit(Ends::one(before));
        }
        before = end;
        flow
    });
    if before > 0 && flow.is_continue() {
        _ = visit(Ends::one(before));
    }
}

/// Calls `visit` with the end of every word of `text` and whether the word is in the phrase of the one before it, until
/// it breaks.
pub(super) fn scan_words<S: Phrased>(text: &str, mut visit: impl FnMut(usize, bool) -> ControlFlow<()>) {
    let (mut start, mut last) = (0, Last::default());
    scan::<S>(text, |ends| {
        ends.iter().try_for_each(|end| {
            let joins;
            (joins, last) = last.joins::<S>(text.as_bytes(), std::mem::replace(&mut start, end), end);
            visit(end, joins)
        })
    });
}
