//! Planes of 64 bytes with NEON, which every 64-bit ARM processor has.

#![expect(unsafe_code, reason = "the intrinsics for loads take pointers")]

use std::arch::aarch64::{
    uint8x16_t, vandq_u8, vceqq_u8, vcgeq_u8, vcleq_u8, vcltq_s8, vdupq_n_s8, vdupq_n_u8, vgetq_lane_u64, vld1q_u8,
    vorrq_u8, vpaddq_u8, vreinterpretq_s8_u8, vreinterpretq_u64_u8, vsubq_u8, vtstq_u8,
};

use super::{Ascii, Bytes, Classify, WideLeads};

pub(super) struct Neon;

impl Classify for Neon {
    #[inline(always)]
    fn ascii(bytes: &Bytes) -> Ascii {
        let bytes = Quarters::load(bytes);
        // SAFETY: NEON is part of the target.
        unsafe {
            let letter = bytes.mask(|bytes| in_range(vorrq_u8(bytes, vdupq_n_u8(0x20)), b'a', b'z'));
            let small = bytes.mask(|bytes| vtstq_u8(bytes, vdupq_n_u8(0x20)));
            Ascii {
                upper: letter & !small,
                lower: letter & small,
                digit: bytes.mask(|bytes| in_range(bytes, b'0', b'9')),
                space: bytes.mask(|bytes| equal(bytes, b' ')),
                control: bytes.mask(|bytes| in_range(bytes, b'\t', b'\r')),
                newline: bytes.mask(|bytes| vorrq_u8(equal(bytes, b'\r'), equal(bytes, b'\n'))),
                apostrophe: bytes.mask(|bytes| equal(bytes, b'\'')),
                slash: bytes.mask(|bytes| equal(bytes, b'/')),
                wide: bytes.mask(|bytes| vcgeq_u8(bytes, vdupq_n_u8(0x80))),
                // As signed numbers the bytes 0x80 to 0xBF are the lowest.
                continuation: bytes.mask(|bytes| vcltq_s8(vreinterpretq_s8_u8(bytes), vdupq_n_s8(-64))),
            }
        }
    }

    #[inline(always)]
    fn wide_leads(bytes: &Bytes) -> WideLeads {
        let bytes = Quarters::load(bytes);
        WideLeads {
            three_or_more: bytes.mask(|bytes| in_range(bytes, 0xE0, 0xFF)),
            four: bytes.mask(|bytes| in_range(bytes, 0xF0, 0xFF)),
        }
    }
}

/// 64 bytes.
struct Quarters([uint8x16_t; 4]);

impl Quarters {
    #[inline(always)]
    fn load(bytes: &Bytes) -> Self {
        // SAFETY: 16 bytes can be read from each of the places.
        Self(std::array::from_fn(|quarter| unsafe { vld1q_u8(bytes[16 * quarter..][..16].as_ptr()) }))
    }

    /// One bit for each byte of which `of` makes 0xFF, where it makes 0 of the others.
    #[inline(always)]
    fn mask(&self, of: impl Fn(uint8x16_t) -> uint8x16_t) -> u64 {
        const BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
        // SAFETY: NEON is part of the target, and 16 bytes can be read from the constant.
        unsafe {
            let bits = vld1q_u8(BITS.as_ptr());
            let [first, second, third, fourth] = self.0.map(|bytes| vandq_u8(of(bytes), bits));
            // Adding neighbours three times leaves a byte for eight.
            let pairs = vpaddq_u8(vpaddq_u8(first, second), vpaddq_u8(third, fourth));
            vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(pairs, pairs)))
        }
    }
}

#[inline(always)]
fn equal(bytes: uint8x16_t, byte: u8) -> uint8x16_t {
    // SAFETY: NEON is part of the target.
    unsafe { vceqq_u8(bytes, vdupq_n_u8(byte)) }
}

#[inline(always)]
fn in_range(bytes: uint8x16_t, first: u8, last: u8) -> uint8x16_t {
    // SAFETY: NEON is part of the target.
    unsafe { vcleq_u8(vsubq_u8(bytes, vdupq_n_u8(first)), vdupq_n_u8(last - first)) }
}
