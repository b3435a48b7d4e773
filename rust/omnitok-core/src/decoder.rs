//! Ids to bytes, and bytes to text as they arrive.

use crate::error::{Error, Result};
use crate::memory::{reserve, reserved};
use crate::vocabulary::Vocabulary;

impl Vocabulary {
    /// The bytes of `ids`, end to end. Special tokens give their names. O(bytes).
    ///
    /// # Errors
    /// [`Error::UnknownToken`] for an id without bytes: outside the vocabulary, reserved, or a code. [`Error::Memory`].
    pub fn decode(&self, ids: &[u32]) -> Result<Vec<u8>> {
        let mut bytes = reserved(ids.len().saturating_mul(4))?;
        for (position, &id) in ids.iter().enumerate() {
            let token = self.token_bytes(id).ok_or_else(|| self.unknown(id, position))?;
            reserve(&mut bytes, token.len())?;
            bytes.extend_from_slice(token);
        }
        Ok(bytes)
    }

    /// The error for an id without bytes, which says what the id is instead.
    #[must_use]
    pub fn unknown(&self, id: u32, position: usize) -> Error {
        let what = match self.block_of(id) {
            Some(block) => format!("lies in block {:?}, whose ids have no text form", block.name),
            None => format!("is outside this vocabulary of {} ids", self.size()),
        };
        Error::UnknownToken { id, position, what }
    }
}

/// Turns bytes that arrive in pieces into text, without ever giving out half a character.
///
/// Bytes that can belong to no character become U+FFFD, one for each maximal part of a character, as the Unicode
/// Standard (3.9) recommends; the text of all pieces together is `String::from_utf8_lossy` of all bytes together.
#[derive(Clone, Debug, Default)]
pub struct Utf8Stream {
    pending: Vec<u8>,
}

impl Utf8Stream {
    /// The text that `bytes` complete. O(bytes).
    pub fn push(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let mut text = String::with_capacity(self.pending.len());
        let mut rest = self.pending.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(valid) => {
                    text.push_str(valid);
                    rest = &[];
                    break;
                }
                Err(error) => {
                    let (valid, after) = rest.split_at(error.valid_up_to());
                    text.push_str(&String::from_utf8_lossy(valid));
                    rest = after;
                    let Some(length) = error.error_len() else { break };
                    text.push(char::REPLACEMENT_CHARACTER);
                    rest = &rest[length..];
                }
            }
        }
        let kept = rest.len();
        self.pending.drain(..self.pending.len() - kept);
        text
    }

    /// What is left at the end: nothing, or U+FFFD for a character that never became whole.
    pub fn finish(&mut self) -> String {
        let text = String::from_utf8_lossy(&self.pending).into_owned();
        self.pending.clear();
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Utf8Stream;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_give_the_text_of_the_whole(
            bytes in proptest::collection::vec(
                prop_oneof![any::<u8>(), 0xE0..=0xF4u8, 0x80..=0xBFu8, Just(b'a')], 0..40),
            cut in 1..5usize,
        ) {
            let mut stream = Utf8Stream::default();
            let mut text: String = bytes.chunks(cut).map(|piece| stream.push(piece)).collect();
            text += &stream.finish();
            prop_assert_eq!(text, String::from_utf8_lossy(&bytes));
        }
    }
}
