//! 64 bytes with NEON, which every 64-bit ARM processor has.

#![expect(unsafe_code, reason = "the intrinsics for loads take pointers")]

use std::arch::aarch64::{
    uint8x16_t, vandq_u8, vcleq_u8, vdupq_n_u8, vgetq_lane_u64, vld1q_u8, vpaddq_u8, vreinterpretq_u64_u8, vsubq_u8,
};

use super::{Bytes, Lanes};

/// Four quarters.
pub(super) struct Neon([uint8x16_t; 4]);

impl Lanes for Neon {
    #[inline(always)]
    fn load(bytes: &Bytes) -> Self {
        // SAFETY: 16 bytes can be read from each of the places.
        Self(std::array::from_fn(|quarter| unsafe { vld1q_u8(bytes[16 * quarter..][..16].as_ptr()) }))
    }

    #[inline(always)]
    fn in_range(&self, first: u8, last: u8) -> u64 {
        const BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
        // SAFETY: NEON is part of the target, and 16 bytes can be read from the constant.
        unsafe {
            let (bits, most) = (vld1q_u8(BITS.as_ptr()), vdupq_n_u8(last - first));
            let [first, second, third, fourth] =
                self.0.map(|bytes| vandq_u8(vcleq_u8(vsubq_u8(bytes, vdupq_n_u8(first)), most), bits));
            // Adding neighbours three times leaves a byte for eight.
            let pairs = vpaddq_u8(vpaddq_u8(first, second), vpaddq_u8(third, fourth));
            vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(pairs, pairs)))
        }
    }
}
