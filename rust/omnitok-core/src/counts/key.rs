//! A word as a sort key that compares by two integers before it ever touches memory.

use std::cmp::Ordering;

/// Bytes of a word that the integer part of its key holds.
pub(crate) const HEAD_BYTES: usize = 15;

/// The last byte of the head of a word that is longer than [`HEAD_BYTES`].
const LONG: u64 = 16;

/// The first fifteen bytes of a word and its length up to sixteen, as two big-endian integers.
///
/// Comparing heads compares words: missing bytes are zero, and where the bytes are equal the length decides, so
/// `a` < `a\0` < `ab`. Two different words have equal heads only if both are longer than fifteen bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub(crate) struct Head(pub(crate) u64, pub(crate) u64);

impl Head {
    /// True if the word has bytes that the head does not hold.
    pub(crate) fn is_long(self) -> bool {
        self.1 & 0xff == LONG
    }

    /// Number of bytes of the word that the head holds.
    fn len(self) -> usize {
        ((self.1 & 0xff) as usize).min(HEAD_BYTES)
    }

    fn of(word: &[u8]) -> Self {
        let len = word.len();
        if len > HEAD_BYTES {
            return Self(big_endian(&word[..8]), load(&word[7..15]) << 8 | LONG);
        }
        let (first, second) = if len > 8 { word.split_at(8) } else { (word, &[][..]) };
        Self(big_endian(first), big_endian(second) | len as u64)
    }
}

/// Eight bytes as a big-endian integer.
fn load(bytes: &[u8]) -> u64 {
    u64::from_be_bytes(bytes.try_into().expect("eight bytes"))
}

/// At most eight bytes, left-aligned in a big-endian integer. Two overlapping loads replace a copy of variable length.
fn big_endian(bytes: &[u8]) -> u64 {
    let half = |at: usize| u64::from(u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes")));
    match bytes.len() {
        0 => 0,
        len @ 1..4 => {
            let (first, middle, last) = (bytes[0], bytes[len / 2], bytes[len - 1]);
            (u64::from(first) << 56) | (u64::from(middle) << (56 - 8 * (len / 2))) | (u64::from(last) << (64 - 8 * len))
        }
        len @ 4..8 => half(0) << 32 | half(len - 4) << (64 - 8 * len),
        _ => load(bytes),
    }
}

/// A word in the order of its bytes: the head, then whatever the head does not hold.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct WordKey<'a> {
    pub(crate) head: Head,
    pub(crate) tail: &'a [u8],
}

impl<'a> WordKey<'a> {
    pub(crate) fn new(word: &'a [u8]) -> Self {
        Self { head: Head::of(word), tail: word.get(HEAD_BYTES..).unwrap_or_default() }
    }

    pub(crate) fn append_to(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.head.0.to_be_bytes()[..self.head.len().min(8)]);
        bytes.extend_from_slice(&self.head.1.to_be_bytes()[..self.head.len().saturating_sub(8)]);
        bytes.extend_from_slice(self.tail);
    }
}

impl Ord for WordKey<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.head.cmp(&other.head).then_with(|| self.tail.cmp(other.tail))
    }
}

impl PartialOrd for WordKey<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_order_and_restore_words(a in "[\\x00ab\u{ff}]{0,20}", b in "[\\x00ab\u{ff}]{0,20}") {
            let (left, right) = (WordKey::new(a.as_bytes()), WordKey::new(b.as_bytes()));
            prop_assert_eq!(left.cmp(&right), a.as_bytes().cmp(b.as_bytes()));
            let mut restored = Vec::new();
            left.append_to(&mut restored);
            prop_assert_eq!(restored, a.as_bytes());
        }
    }
}
