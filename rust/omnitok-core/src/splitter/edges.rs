//! Where words end inside phrases, told from the two characters at the place alone.
//!
//! In a phrase (`phrases.rs`) every word but the first begins with a space or with a symbol, and neither stands behind a
//! letter inside a word. So whether a sequence of tokens holds the end of a word is seen from its bytes, whatever stood
//! around it, and tokens fall into two kinds: those that hold no such place, which words are made of, and those that do,
//! the superwords. The two characters can also stand where no word ends, such as a mark on nothing and a symbol; tokens
//! of such bytes are superwords as well.
//!
//! That holds of tokens that keep characters whole. What may lie inside the tokens of any vocabulary, with parts of
//! characters, `word_ends.rs` says, for encoding; it finds no end where there is none here.

use super::classes::{BLANK, LETTER, MARK, NEWLINE, OTHER, WHITE, class_at};
use super::omni::is_joiner;

/// The rule of one family of patterns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WordEnds {
    /// Whether ZWNJ and ZWJ lead words, as symbols do, or stay with what they stand on.
    pub(super) joiners_lead: bool,
}

/// What a character is to the end of a word behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// A letter, or what stands on one.
    Letter,
    /// White space, or no whole character.
    Nothing,
    /// Anything else.
    Other,
}

/// What a character is to the end of a word before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// A space.
    Space,
    /// What leads a word behind a letter.
    Symbol,
    /// What leads no word in a phrase, or no whole character.
    Nothing,
}

/// What of a token decides where words end in it and at its sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edges {
    first: After,
    last: Before,
    /// Whether a word ends inside.
    pub(crate) has_end: bool,
}

impl Edges {
    /// Whether a word ends inside of this token and `next` put together.
    #[inline]
    pub(crate) fn with_next_have_end(self, next: Self) -> bool {
        self.has_end || next.has_end || is_end(self.last, next.first)
    }
}

impl WordEnds {
    /// Of the bytes of a token. Bytes that are no whole characters have no ends.
    pub(crate) fn edges(self, token: &[u8]) -> Edges {
        let mut edges = Edges { first: After::Nothing, last: Before::Nothing, has_end: false };
        if std::str::from_utf8(token).is_err() || token.is_empty() {
            return edges;
        }
        edges.first = self.sides(token, 0).1;
        let mut at = class_at(token, 0).1;
        edges.last = self.sides(token, 0).0;
        while at < token.len() {
            let (before, after) = self.sides(token, at);
            edges.has_end |= is_end(edges.last, after);
            edges.last = before;
            at += class_at(token, at).1;
        }
        edges
    }

    /// The places in whole characters where a word ends, ascending.
    pub(crate) fn places(self, text: &str) -> impl Iterator<Item = usize> + '_ {
        let mut last = Before::Nothing;
        text.char_indices().filter_map(move |(at, _)| {
            let (before, after) = self.sides(text.as_bytes(), at);
            is_end(std::mem::replace(&mut last, before), after).then_some(at)
        })
    }

    /// What the character at `at` is to the places at its sides.
    #[inline]
    fn sides(self, bytes: &[u8], at: usize) -> (Before, After) {
        let (class, length) = class_at(bytes, at);
        match class {
            BLANK if bytes[at] == b' ' => (Before::Nothing, After::Space),
            BLANK | NEWLINE => (Before::Nothing, After::Nothing),
            OTHER if is_joiner(bytes, at) => {
                (Before::Letter, if self.joiners_lead { After::Symbol } else { After::Nothing })
            }
            OTHER if bytes[at..at + length] == *b"'" => (Before::Other, After::Nothing),
            OTHER => (Before::Other, After::Symbol),
            class if class & (LETTER | MARK) != 0 => (Before::Letter, After::Nothing),
            class => {
                debug_assert_eq!(class & WHITE, 0);
                (Before::Other, After::Nothing)
            }
        }
    }
}

#[inline]
fn is_end(before: Before, after: After) -> bool {
    match after {
        After::Space => before != Before::Nothing,
        After::Symbol => before == Before::Letter,
        After::Nothing => false,
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use proptest::prelude::*;

    use super::super::Splitter;

    /// The places inside phrases where words end, and those where the two characters say so.
    fn places(pattern: &str, text: &str) -> (Vec<usize>, Vec<usize>) {
        let splitter = Splitter::new(pattern).unwrap();
        let (mut real, mut start) = (Vec::new(), 0);
        let visit = |end, joins: bool| {
            real.extend(joins.then_some(start));
            start = end;
            ControlFlow::Continue(())
        };
        splitter.try_for_each_end_in_phrases(text, visit).unwrap();
        let ends = splitter.word_ends().unwrap();
        let (mut told, mut start) = (Vec::new(), 0);
        splitter
            .for_each_word(text, |phrase| {
                told.extend(ends.places(phrase).map(|at| start + at));
                start += phrase.len();
            })
            .unwrap();
        (real, told)
    }

    #[test]
    fn cases() {
        for (text, expected) in [
            ("so, the state-of-it.", vec![2, 3, 7, 13, 16, 19]),
            ("don't 12 34 you", vec![]),
            ("你好，世界！", vec![6, 15]),
            ("\u{645}\u{6cc}\u{200c}\u{62e}\u{648}! a", vec![11]),
        ] {
            let (real, told) = places("omni-super", text);
            assert_eq!(real, expected, "{text}");
            assert_eq!(told, expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_end_in_a_phrase_is_told_by_its_characters(
            text in "[ab A1,.:'’。，\u{200c}\u{200d}\u{301}\u{fe0f}❤क\u{94d}\u{964}\n\r\t中\u{3b1}«(/]{0,40}",
        ) {
            for pattern in ["o200k-super", "omni-super"] {
                let (real, told) = places(pattern, &text);
                prop_assert!(real.iter().all(|place| told.contains(place)), "{pattern} {real:?} {told:?}");
                let splitter = Splitter::new(pattern).unwrap();
                let has_end = splitter.word_ends().unwrap().edges(text.as_bytes()).has_end;
                prop_assert!(has_end || splitter.end_inside(text.as_bytes()).is_none(), "{pattern}");
                // The other way round it is so but for marks on nothing, among which are joiners.
                let plain = |c: char| !"\u{200c}\u{200d}\u{301}\u{fe0f}\u{94d}".contains(c);
                if text.chars().all(plain) {
                    prop_assert_eq!(real, told, "{}", pattern);
                }
            }
        }
    }
}
