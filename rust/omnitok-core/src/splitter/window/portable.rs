//! Planes of 64 bytes on any processor, eight bytes at a time in a 64-bit word.

use super::{Ascii, Bytes, Classify, SIZE, WideLeads};

const EACH: u64 = 0x0101_0101_0101_0101;
const TOP: u64 = EACH << 7;

pub(super) struct Portable;

impl Classify for Portable {
    #[inline(always)]
    fn ascii(bytes: &Bytes) -> Ascii {
        let mut all = Ascii::default();
        for (shift, word) in words(bytes) {
            let place = |flags: u64| gather(flags) << shift;
            let letter = in_range(word | (EACH * 0x20), b'a', b'z');
            all.upper |= place(letter & !(word << 2));
            all.lower |= place(letter & (word << 2));
            all.digit |= place(in_range(word, b'0', b'9'));
            all.space |= place(in_range(word, b' ', b' '));
            all.control |= place(in_range(word, b'\t', b'\r'));
            all.newline |= place(in_range(word, b'\r', b'\r') | in_range(word, b'\n', b'\n'));
            all.apostrophe |= place(in_range(word, b'\'', b'\''));
            all.slash |= place(in_range(word, b'/', b'/'));
            all.wide |= place(word & TOP);
            all.continuation |= place(word & !(word << 1) & TOP);
        }
        all
    }

    #[inline(always)]
    fn wide_leads(bytes: &Bytes) -> WideLeads {
        let mut leads = WideLeads::default();
        for (shift, word) in words(bytes) {
            let three_or_more = word & (word << 1) & (word << 2) & TOP;
            leads.three_or_more |= gather(three_or_more) << shift;
            leads.four |= gather(three_or_more & (word << 3)) << shift;
        }
        leads
    }
}

/// The bytes of a window, eight in a word, and which of them is the first.
#[inline(always)]
fn words(bytes: &Bytes) -> impl Iterator<Item = (usize, u64)> {
    let words = bytes[..SIZE].as_chunks().0.iter().map(|word| u64::from_le_bytes(*word));
    (0..).step_by(8).zip(words)
}

/// The top bit of each byte that lies between `first` and `last`, which are ASCII.
#[inline(always)]
fn in_range(word: u64, first: u8, last: u8) -> u64 {
    let low_bits = word & !TOP;
    let from_first = low_bits + EACH * u64::from(0x80 - first);
    let beyond_last = low_bits + EACH * u64::from(0x7F - last);
    from_first & !beyond_last & !word & TOP
}

/// The top bits of the eight bytes, side by side.
#[inline(always)]
fn gather(flags: u64) -> u64 {
    (flags >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}
