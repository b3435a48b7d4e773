//! Places inside long words that no token reaches across.
//!
//! A merge makes a token. Where no token of the vocabulary holds the end of one character together with the beginning of
//! the next, no merge ever crosses from one to the other, so what stands before and behind that place is merged as
//! if it stood alone, and a word can be cut there. Words of Chinese and Japanese are long and nearly all come once; the
//! pieces that they are cut into are a character or two and come again and again, so the caches know them.
//!
//! Which pairs of characters share a token is remembered in a filter: it may claim a pair too many, which costs a cut, and
//! never one too few. Tokens that hold a character in part share it with every character that has this part: the
//! end of one and all of another, or the end of one and the beginning of another, are kept as bits of both characters.

use std::ops::ControlFlow;

use crate::splitter::Ends;
use crate::vocabulary::TextTokens;

/// Words of this many bytes or fewer are not cut: their caches know them as often as their pieces. (Cutting the ones that
/// no cache knew was tried too: merging them took no longer than asking for their pieces.)
pub(super) const LONGEST_WHOLE: usize = 31;

const FILTER_BITS: u32 = 18;
const FILTER_WORDS: usize = 1 << (FILTER_BITS - 6);

/// Ends like a token that goes on with the next character. Bits of the left character; those of the right are shifted.
const OPEN_BEFORE_WHOLE: u8 = 1;
/// Ends like a token that goes on with a beginning of the next character.
const OPEN_BEFORE_PART: u8 = 2;
/// Goes on with too many characters to name them.
const OPEN_BEFORE_ALL: u8 = 4;
/// What every right character has the counterpart of, and what every left character has.
const LEFT_OF_ALL: u8 = 8;
const RIGHT: u8 = 4;

/// For every two characters of several bytes in the basic plane, whether a word can be cut between them.
#[derive(Clone, Debug)]
pub(super) struct Pieces {
    pairs: Vec<u64>,
    sides: Vec<u8>,
}

/// Part of a token: a character of the basic plane, the rest of one, or the beginning of one.
enum Part {
    Whole(u16),
    /// The last bytes of a character: those with a code that ends in these bits.
    End {
        low_bits: u32,
        bits: u16,
    },
    /// The first bytes of a character: those with codes from the first to the last.
    Beginning {
        first: u16,
        last: u16,
    },
    /// Something that is never cut at: ASCII, a character beyond the basic plane, or bytes that are in no text.
    Other,
}

impl Pieces {
    /// For these tokens, of which `whole_words` are taken for whole words only. O(bytes of the tokens).
    pub(super) fn new(text: &TextTokens, whole_words: &[u32]) -> Self {
        let mut pieces =
            Self { pairs: vec![0; FILTER_WORDS], sides: vec![LEFT_OF_ALL | OPEN_BEFORE_ALL << RIGHT; 1 << 16] };
        // Stands for whatever is never cut at.
        pieces.sides[0] = u8::MAX;
        for (_, token) in text.iter().filter(|(_, token)| token.len() > 1 && !token.is_ascii()) {
            pieces.join_all(token);
        }
        // A piece must not be taken for a word.
        for token in whole_words.iter().map(|&id| text.get(id)) {
            let (mut first, mut last) = (None, Part::Other);
            for_each_part(token, |part| {
                if let (None, Part::Whole(code)) = (first, &part) {
                    first = Some(*code);
                }
                last = part;
            });
            if let Some(first) = first {
                pieces.sides[usize::from(first)] |= LEFT_OF_ALL << RIGHT;
            }
            if let Part::Whole(last) = last {
                pieces.sides[usize::from(last)] |= OPEN_BEFORE_ALL;
            }
        }
        pieces
    }

    /// The filter, and the bits of every character.
    pub(super) fn arrays(&self) -> (&[u64], &[u8]) {
        (&self.pairs, &self.sides)
    }

    /// Takes them back, if their sizes are right: other bits cut a text elsewhere, and nothing worse.
    pub(super) fn from_arrays(pairs: Vec<u64>, sides: Vec<u8>) -> Option<Self> {
        (pairs.len() == FILTER_WORDS && sides.len() == 1 << 16).then_some(Self { pairs, sides })
    }

    /// Calls `visit` with the ends of the pieces of the word `text[start..end]`, some at a time, until it breaks.
    #[inline]
    pub(super) fn try_for_some_ends(
        &self,
        text: &[u8],
        start: usize,
        end: usize,
        mut visit: impl FnMut(Ends<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let (mut base, mut offsets, mut count) = (start, [0; Ends::MOST], 0);
        let (mut left, mut at) = read(text, start);
        while at < end {
            let (right, next) = read(text, at);
            if self.is_cut(left, right) {
                if count == offsets.len() || at - base > usize::from(u8::MAX) {
                    visit(Ends::new(base, &offsets[..count]))?;
                    (base, count) = (at, 0);
                }
                offsets[count] = (at - base) as u8;
                count += 1;
            }
            (left, at) = (right, next);
        }
        visit(Ends::new(base, &offsets[..count]))?;
        visit(Ends::one(end))
    }

    #[inline]
    fn is_cut(&self, left: u16, right: u16) -> bool {
        let (word, bit) = place(left, right);
        let joined = self.pairs[word] & bit;
        let open = self.sides[usize::from(left)] & self.sides[usize::from(right)] >> RIGHT;
        joined == 0 && open == 0
    }

    /// Notes which characters a token holds together.
    fn join_all(&mut self, token: &[u8]) {
        let mut left = Part::Other;
        for_each_part(token, |right| {
            self.join(&left, &right);
            left = right;
        });
    }

    fn join(&mut self, left: &Part, right: &Part) {
        match (left, right) {
            (Part::Whole(left), Part::Whole(right)) => self.join_pair(*left, *right),
            (Part::Whole(left), Part::Beginning { first, last }) if last - first < 64 => {
                (*first..=*last).for_each(|right| self.join_pair(*left, right));
            }
            (Part::Whole(left), Part::Beginning { .. }) => self.sides[usize::from(*left)] |= OPEN_BEFORE_ALL,
            (Part::End { low_bits, bits }, Part::Whole(right)) => {
                self.sides[usize::from(*right)] |= OPEN_BEFORE_WHOLE << RIGHT;
                self.open(*low_bits, *bits, OPEN_BEFORE_WHOLE);
            }
            (Part::End { low_bits, bits }, Part::Beginning { first, last }) => {
                for right in *first..=*last {
                    self.sides[usize::from(right)] |= OPEN_BEFORE_PART << RIGHT;
                }
                self.open(*low_bits, *bits, OPEN_BEFORE_PART);
            }
            (Part::Other | Part::Beginning { .. }, _) | (_, Part::Other | Part::End { .. }) => {}
        }
    }

    fn join_pair(&mut self, left: u16, right: u16) {
        let (word, bit) = place(left, right);
        self.pairs[word] |= bit;
    }

    /// Sets bits of every character whose code ends with these.
    fn open(&mut self, low_bits: u32, code: u16, bits: u8) {
        self.sides.iter_mut().skip(usize::from(code)).step_by(1 << low_bits).for_each(|side| *side |= bits);
    }
}

/// Calls `visit` with the parts of a token.
fn for_each_part(mut token: &[u8], mut visit: impl FnMut(Part)) {
    while !token.is_empty() {
        let length = 1 + token.iter().skip(1).take_while(|byte| **byte & 0xC0 == 0x80).count();
        let (bytes, rest) = token.split_at(length);
        let low = |byte: u8| u16::from(byte & 0x3F);
        let beginning = |code: u16, missing: u32| Part::Beginning { first: code, last: code | ((1 << missing) - 1) };
        let part = match *bytes {
            [first @ 0xC2..=0xDF] => beginning(u16::from(first & 0x1F) << 6, 6),
            [first @ 0xE0..=0xEF] => beginning(u16::from(first) << 12, 12),
            [first @ 0xE0..=0xEF, second] => beginning(u16::from(first) << 12 | low(second) << 6, 6),
            [0xC2..=0xDF, _] | [0xE0..=0xEF, _, _] => Part::Whole(read(bytes, 0).0),
            [last @ 0x80..=0xBF] => Part::End { low_bits: 6, bits: low(last) },
            [second @ 0x80..=0xBF, last] => Part::End { low_bits: 12, bits: low(second) << 6 | low(last) },
            _ => Part::Other,
        };
        visit(part);
        token = rest;
    }
}

/// The code of the character at `at`, 0 for one that is never cut at, and where it ends.
#[inline]
fn read(text: &[u8], at: usize) -> (u16, usize) {
    let low = |byte: u8| u16::from(byte & 0x3F);
    match text[at..] {
        [first @ 0xE0..=0xEF, second, third, ..] => (u16::from(first) << 12 | low(second) << 6 | low(third), at + 3),
        [first @ 0xC0..=0xDF, second, ..] => (u16::from(first & 0x1F) << 6 | low(second), at + 2),
        [..0x80, ..] => (0, at + 1),
        _ => (0, text.len().min(at + 4)),
    }
}

/// Where the filter keeps a pair.
#[inline]
fn place(left: u16, right: u16) -> (usize, u64) {
    let pair = u32::from(left) << 16 | u32::from(right);
    let hash = pair.wrapping_mul(0x9E37_79B1) >> (32 - FILTER_BITS);
    (hash as usize >> 6, 1 << (hash & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces of a word.
    fn pieces<'t>(tokens: &[&[u8]], whole_words: &[&str], word: &'t str) -> Vec<&'t str> {
        let bytes: Vec<[u8; 1]> = (0..=255).map(|byte| [byte]).collect();
        let tokens = bytes.iter().map(<[u8; 1]>::as_slice).chain(tokens.iter().copied());
        let tokens: Vec<(u32, &[u8])> = (0..).zip(tokens).collect();
        let text = TextTokens::new(&tokens).expect("tokens");
        let whole_words: Vec<u32> = whole_words.iter().filter_map(|word| text.id(word.as_bytes())).collect();
        let (mut start, mut found) = (0, Vec::new());
        _ = Pieces::new(&text, &whole_words).try_for_some_ends(word.as_bytes(), 0, word.len(), |ends| {
            for end in ends.iter() {
                found.push(&word[start..end]);
                start = end;
            }
            ControlFlow::Continue(())
        });
        found
    }

    #[test]
    fn a_word_is_cut_where_no_token_reaches_across() {
        let word = "日本語ёжaé👍中";
        assert_eq!(pieces(&[], &[], word), ["日", "本", "語", "ё", "жaé👍中"], "not beside ASCII or an emoji");
        assert_eq!(pieces(&["日本".as_bytes(), "本語x".as_bytes()], &[], "日本語中"), ["日本語", "中"]);
    }

    #[test]
    fn a_token_with_a_part_of_a_character_joins_all_that_have_the_part() {
        // 本 is E6 9C AC, 朡 is E6 9C A1, 日 is E6 97 A5.
        assert_eq!(pieces(&[b"\xE8\xAA\x9E\xE6\x9C"], &[], "語本語朡語日"), ["語本", "語朡", "語", "日"]);
        // Too many to name: behind this one there is no cut at all.
        assert_eq!(pieces(&[b"\xE8\xAA\x9E\xE6"], &[], "語中語日中"), ["語中", "語日", "中"]);
        assert_eq!(pieces(&[b"\xAC\xE8\xAA\x9E"], &[], "本語日語"), ["本語", "日", "語"]);
        assert_eq!(pieces(&[b"\xAC\xE8"], &[], "本語日語"), ["本語", "日", "語"]);
    }

    #[test]
    fn no_piece_is_a_token_for_whole_words() {
        assert_eq!(pieces(&["日本".as_bytes()], &["日本"], "中日本語中中"), ["中日本語", "中", "中"]);
    }
}
