//! 64 bytes on any processor, eight bytes at a time in a 64-bit word.

use super::{Bytes, Lanes, SIZE};

const EACH: u64 = 0x0101_0101_0101_0101;
const TOP: u64 = EACH << 7;

pub(super) struct Portable([u64; SIZE / 8]);

impl Lanes for Portable {
    #[inline(always)]
    fn load(bytes: &Bytes) -> Self {
        let words = bytes[..SIZE].as_chunks().0;
        Self(std::array::from_fn(|index| u64::from_le_bytes(words[index])))
    }

    #[inline(always)]
    fn in_range(&self, first: u8, last: u8) -> u64 {
        let half = first & 0x80;
        let (from, beyond) = (0x80 - (first - half), 0x7F - (last - half));
        self.0.iter().rev().fold(0, |found, word| {
            // The half of all bytes that the range lies in becomes the lower one, so that a sum has room in its byte.
            let word = word ^ (EACH * u64::from(half));
            let low_bits = word & !TOP;
            let from_first = low_bits + EACH * u64::from(from);
            let beyond_last = low_bits + EACH * u64::from(beyond);
            found << 8 | gather(from_first & !beyond_last & !word & TOP)
        })
    }
}

/// The top bits of the eight bytes, side by side.
#[inline(always)]
fn gather(flags: u64) -> u64 {
    (flags >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}
