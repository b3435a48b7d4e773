//! Bytes from a file to text, under a policy for those that are no UTF-8.

use crate::{Error, Result};

/// What to do with bytes that are not UTF-8.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Utf8Policy {
    /// Stop with [`Error::InvalidUtf8`], which names the place.
    #[default]
    Strict,
    /// Put U+FFFD for every maximal part that could have begun a character (Unicode 16, section 3.9), as
    /// `String::from_utf8_lossy` does.
    Replace,
    /// Leave them out.
    Skip,
}

/// Decodes a stream block by block; a character may lie across the border of two blocks.
pub(crate) struct Utf8Decoder {
    policy: Utf8Policy,
    /// Name of the stream, for the message.
    origin: String,
    /// Offset in the stream of the first byte that is not decoded yet.
    position: u64,
    /// Whether the start of the stream, where a byte-order mark would be, is still to come.
    at_start: bool,
}

const BYTE_ORDER_MARK: &str = "\u{feff}";

impl Utf8Decoder {
    pub(crate) fn new(policy: Utf8Policy, origin: String) -> Self {
        Self { policy, origin, position: 0, at_start: true }
    }

    /// From now on a byte-order mark at the start of the stream is text like any other.
    pub(crate) fn keep_byte_order_mark(&mut self) {
        self.at_start = false;
    }

    /// Appends what `block` spells to `text`, without a byte-order mark at the start of the stream.
    ///
    /// Returns the number of bytes decoded; the rest, at most three, begins a character and must begin the next block.
    /// With `is_last` there is no next block and no rest.
    pub(crate) fn decode(&mut self, block: &[u8], is_last: bool, text: &mut String) -> Result<usize> {
        let before = text.len();
        let mut done = 0;
        while done < block.len() {
            match simdutf8::compat::from_utf8(&block[done..]) {
                Ok(valid) => {
                    text.push_str(valid);
                    done = block.len();
                }
                Err(error) => {
                    let bad = done + error.valid_up_to();
                    text.push_str(std::str::from_utf8(&block[done..bad]).expect("validated just now"));
                    done = bad;
                    let length = match error.error_len() {
                        Some(length) => length,
                        None if is_last => block.len() - bad,
                        None => break,
                    };
                    self.refuse(self.position + bad as u64, block[bad], text)?;
                    done += length;
                }
            }
        }
        self.position += done as u64;
        if self.at_start && text.len() > before {
            self.at_start = false;
            if text[before..].starts_with(BYTE_ORDER_MARK) {
                text.drain(before..before + BYTE_ORDER_MARK.len());
            }
        }
        Ok(done)
    }

    fn refuse(&self, position: u64, byte: u8, text: &mut String) -> Result<()> {
        match self.policy {
            Utf8Policy::Strict => return Err(Error::InvalidUtf8 { origin: self.origin.clone(), position, byte }),
            Utf8Policy::Replace => text.push(char::REPLACEMENT_CHARACTER),
            Utf8Policy::Skip => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode_in_blocks(bytes: &[u8], size: usize, policy: Utf8Policy) -> Result<String> {
        let mut decoder = Utf8Decoder::new(policy, "input".into());
        let (mut text, mut rest) = (String::new(), Vec::new());
        for (index, block) in bytes.chunks(size).enumerate() {
            rest.extend_from_slice(block);
            let is_last = (index + 1) * size >= bytes.len();
            let done = decoder.decode(&rest, is_last, &mut text)?;
            rest.drain(..done);
        }
        assert!(rest.is_empty());
        Ok(text)
    }

    /// Bytes of characters of every length, continuations, a surrogate's first two bytes, and what is never valid.
    const FRAGMENTS: [u8; 13] = [b'a', 0x80, 0xbf, 0xc3, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0xff, 0xed, 0xa0];

    proptest! {
        #[test]
        fn replaces_as_the_standard_library_does(
            bytes in prop::collection::vec(prop::sample::select(FRAGMENTS.to_vec()), 0..40),
            size in 1_usize..9,
        ) {
            prop_assert_eq!(decode_in_blocks(&bytes, size, Utf8Policy::Replace).unwrap(), String::from_utf8_lossy(&bytes));
            let kept: String = String::from_utf8_lossy(&bytes).chars().filter(|char| *char != '\u{fffd}').collect();
            prop_assert_eq!(decode_in_blocks(&bytes, size, Utf8Policy::Skip).unwrap(), kept);
            let first_bad = std::str::from_utf8(&bytes).err().map(|error| error.valid_up_to() as u64);
            let found = match decode_in_blocks(&bytes, size, Utf8Policy::Strict) {
                Err(Error::InvalidUtf8 { position, .. }) => Some(position),
                _ => None,
            };
            prop_assert_eq!(found, first_bad);
        }
    }

    #[test]
    fn only_a_leading_byte_order_mark_goes() {
        for size in 1..8 {
            let text = decode_in_blocks("\u{feff}a\u{feff}b".as_bytes(), size, Utf8Policy::Strict).unwrap();
            assert_eq!(text, "a\u{feff}b");
        }
    }
}
