//! Ends of words inside a token: whether some text has one there that a phrase goes on behind.
//!
//! A token is a piece of some text, and what stands beside it is not known, nor the rest of a character that it holds in
//! part. So the answer goes by what each character could be in the words around it (`phrases.rs`): an end lies between
//!
//! - the last character of a word of letters, which is a letter, a mark, or (in `omni`) a joiner, and what leads the next
//!   word of the phrase: a space or a symbol, but no apostrophe and (in `omni`) no joiner, which goes with the letters; or
//! - a comma, and the like, and a space.
//!
//! Whether a mark stands on letters is known from what stands before it in the token: in `omni` a mark on a symbol or on a
//! number is part of that; in `o200k` it is a letter wherever it is. Where that is not in the token, it may be anything,
//! and so may a character that the token holds in part. May be an end is taken for an end: the answer errs only so.

use super::Family;
use super::classes::{Classes, LETTER, MARK, OTHER, class_at};

/// Ends of words inside phrases, by what leads the next word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum WordEnd {
    /// A character of more than one byte. A token with a letter and the beginning of another character, as vocabularies
    /// have them that do not keep characters whole, may hold such an end.
    BeforeWide,
    /// A space or a symbol of ASCII.
    BeforeAscii,
}

/// What the character before could be, where an end may follow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// The last one of a word of letters.
    Letters,
    Comma,
    Other,
}

impl Family {
    /// What ends may lie inside `token`: none, one of the first kind, or one of the second and perhaps of the first.
    pub(super) fn end_inside(self, token: &[u8]) -> Option<WordEnd> {
        match self {
            Self::O200kSuper => end_inside::<false>(token),
            Self::OmniSuper => end_inside::<true>(token),
            _ => None,
        }
    }
}

/// With `IS_OMNI`, joiners join, and marks stay with symbols and numbers.
fn end_inside<const IS_OMNI: bool>(token: &[u8]) -> Option<WordEnd> {
    // Most tokens: an end is in front of a space or a symbol.
    if token.iter().skip(1).all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let is_text = std::str::from_utf8(token).is_ok();
    let (mut found, mut before) = (None, None);
    let mut rest = token;
    while let Some(&lead) = rest.first() {
        let (class, length) = if is_text { class_at(rest, 0) } else { class_of_part(rest) };
        let (character, behind) = rest.split_at(length);
        let is_part = class == 0;
        let is_joiner = IS_OMNI && lead == 0xE2 && matches!(character, [_, 0x80, 0x8C | 0x8D]);
        let leads = if is_part { lead >= 0xC0 } else { class & OTHER != 0 && lead != b'\'' && !is_joiner };
        let is_end = match before {
            Some(Before::Letters) => leads || lead == b' ',
            Some(Before::Comma) => lead == b' ',
            Some(Before::Other) | None => false,
        };
        if is_end {
            found = found.max(Some(if lead.is_ascii() { WordEnd::BeforeAscii } else { WordEnd::BeforeWide }));
        }
        let is_mark = class & MARK != 0 || is_joiner;
        before = Some(match before {
            Some(Before::Other | Before::Comma) if is_mark && IS_OMNI => Before::Other,
            _ if is_part || is_mark || class & LETTER != 0 => Before::Letters,
            _ if matches!(character, b"," | b";" | b":" | [0xD8, 0x8C]) => Before::Comma,
            _ => Before::Other,
        });
        rest = behind;
    }
    found
}

/// The class of the character that `bytes` begin with, 0 for a part of one, and its length.
fn class_of_part(bytes: &[u8]) -> (Classes, usize) {
    let length = 1 + bytes.iter().skip(1).take_while(|byte| **byte & 0xC0 == 0x80).count();
    match std::str::from_utf8(&bytes[..length]) {
        Ok(_) => class_at(bytes, 0),
        Err(_) => (0, length),
    }
}
