//! 64 bytes in one register, with AVX-512.

#![expect(unsafe_code, reason = "instructions that not every processor has")]

use std::arch::is_x86_feature_detected;
use std::arch::x86_64::{
    __m512i, _mm_loadu_si128, _mm512_broadcast_i32x4, _mm512_cmpeq_epi8_mask, _mm512_cmple_epu8_mask,
    _mm512_loadu_si512, _mm512_mask_loadu_epi8, _mm512_mask_permutexvar_epi8, _mm512_mask_testn_epi8_mask,
    _mm512_maskz_compress_epi8, _mm512_movepi8_mask, _mm512_set1_epi8, _mm512_storeu_si512, _mm512_sub_epi8,
    _mm512_test_epi8_mask,
};
use std::ops::ControlFlow;

use super::super::Ends;
use super::super::classes::{OF_FIRST, OF_SECOND, block_at};
use super::super::scanners::Scanner;
use super::{Bytes, Lanes, SIZE, Windows, scan_with};

/// Every processor with VBMI2 that is sold has the others.
#[inline]
pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vbmi")
        && is_x86_feature_detected!("avx512vbmi2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("popcnt")
}

/// [`super::scan`] on a processor that has these instructions.
#[inline]
pub(super) fn scan<S: Scanner + Windows>(text: &str, visit: impl FnMut(Ends<'_>) -> ControlFlow<()>) {
    #[target_feature(enable = "avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt")]
    fn scan<S: Scanner + Windows>(text: &str, visit: impl FnMut(Ends<'_>) -> ControlFlow<()>) {
        scan_with::<S, Avx512>(text, visit);
    }
    assert!(is_available());
    // SAFETY: the processor has what is asked for.
    unsafe { scan::<S>(text, visit) }
}

/// Used inside of [`scan`] only, on a processor that has these instructions.
struct Avx512(__m512i);

impl Avx512 {
    /// The first 64 bytes.
    #[inline(always)]
    fn from(bytes: &[u8]) -> __m512i {
        // SAFETY: AVX-512 as above; 64 bytes can be read.
        unsafe { _mm512_loadu_si512(bytes[..SIZE].as_ptr().cast()) }
    }
}

/// The bytes that are equal to one.
#[inline(always)]
fn equal(bytes: __m512i, byte: u8) -> u64 {
    // SAFETY: AVX-512 as above.
    unsafe { _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed())) }
}

/// `classes`, but for those in `mask`: they are what the low six bits of `places` choose of `table`.
#[inline(always)]
fn choose(classes: __m512i, mask: u64, places: __m512i, table: __m512i) -> __m512i {
    // SAFETY: AVX-512 as above.
    unsafe { _mm512_mask_permutexvar_epi8(classes, mask, places, table) }
}

/// Those in `mask` that are zero.
#[inline(always)]
fn without_class(mask: u64, classes: __m512i) -> u64 {
    // SAFETY: AVX-512 as above.
    unsafe { _mm512_mask_testn_epi8_mask(mask, classes, classes) }
}

impl Lanes for Avx512 {
    #[inline(always)]
    fn load(bytes: &Bytes) -> Self {
        Self(Self::from(bytes))
    }

    #[inline(always)]
    fn load_last(rest: &[u8], _: &Bytes) -> Self {
        let mask = u64::MAX.checked_shl(rest.len() as u32).map_or(u64::MAX, |behind| !behind);
        // SAFETY: AVX-512 as above; only the bytes in the mask are read, and those are of `rest`.
        Self(unsafe { _mm512_mask_loadu_epi8(_mm512_set1_epi8(b' '.cast_signed()), mask, rest.as_ptr().cast()) })
    }

    #[inline(always)]
    fn in_range(&self, first: u8, last: u8) -> u64 {
        // SAFETY: AVX-512 as above.
        unsafe {
            if (first, last) == (0x80, 0xFF) {
                return _mm512_movepi8_mask(self.0);
            }
            let from_first = _mm512_sub_epi8(self.0, _mm512_set1_epi8(first.cast_signed()));
            _mm512_cmple_epu8_mask(from_first, _mm512_set1_epi8((last - first).cast_signed()))
        }
    }

    #[inline(always)]
    fn equal(&self, byte: u8) -> u64 {
        equal(self.0, byte)
    }

    /// Characters that differ in nothing but the last byte get their classes at once: the letters of most texts are in one
    /// or two such blocks. Ideographs are in many, but nearly all of these have one class.
    #[inline(always)]
    fn wide_classes(&self, bytes: &Bytes, leads: u64, continuation: u64) -> Option<[u64; 8]> {
        let [first, second, third] = [self.0, Self::from(&bytes[1..]), Self::from(&bytes[2..])];
        // SAFETY: AVX-512 as above, also below; 16 bytes can be read.
        let of_first = unsafe { _mm512_broadcast_i32x4(_mm_loadu_si128(OF_FIRST.as_ptr().cast())) };
        let three = leads & self.in_range(0xE0, 0xEF);
        let mut classes = choose(Self::from(&[0; SIZE]), three, first, of_first);
        let mut rest = without_class(leads, classes);
        while rest != 0 {
            let at = rest.trailing_zeros() as usize;
            let mut alike = rest & equal(first, bytes[at]);
            rest &= !alike;
            if bytes[at] < 0xE0 {
                classes = choose(classes, alike, second, Self::from(block_at(bytes, at)));
                continue;
            }
            classes = choose(classes, alike, second, Self::from(&OF_SECOND[usize::from(bytes[at] & 0x0F)]));
            alike = without_class(alike, classes);
            while alike != 0 {
                let at = alike.trailing_zeros() as usize;
                let block = alike & equal(second, bytes[at + 1]);
                classes = choose(classes, block, third, Self::from(block_at(bytes, at)));
                alike &= !block;
            }
        }
        // The bytes behind the first have its class.
        let last = continuation & continuation << 1;
        Some(std::array::from_fn(|bit| {
            // SAFETY: AVX-512 as above.
            let leads = unsafe { _mm512_test_epi8_mask(classes, _mm512_set1_epi8(1 << bit)) };
            leads | leads << 1 & continuation | leads << 2 & last
        }))
    }

    #[inline(always)]
    fn places(mask: u64) -> ([u8; SIZE], usize) {
        const ALL: [u8; SIZE] = {
            let mut all = [0; SIZE];
            let mut place = 0;
            while place < SIZE {
                all[place] = place as u8;
                place += 1;
            }
            all
        };
        let mut places = [0; SIZE];
        // SAFETY: AVX-512 as above; 64 bytes can be read from the constant and written to the array.
        unsafe {
            let found = _mm512_maskz_compress_epi8(mask, _mm512_loadu_si512(ALL.as_ptr().cast()));
            _mm512_storeu_si512(places.as_mut_ptr().cast(), found);
        }
        (places, mask.count_ones() as usize)
    }
}

/// [`Lanes::in_range`] for a test, on a processor that has these instructions.
#[cfg(test)]
pub(super) fn in_range(bytes: &Bytes, first: u8, last: u8) -> u64 {
    #[target_feature(enable = "avx512bw,avx512vbmi,avx512vbmi2,popcnt")]
    fn in_range(bytes: &Bytes, first: u8, last: u8) -> u64 {
        Avx512::load(bytes).in_range(first, last)
    }
    assert!(is_available());
    // SAFETY: the processor has what is asked for.
    unsafe { in_range(bytes, first, last) }
}

/// [`Lanes::equal`] for a test, on a processor that has these instructions.
#[cfg(test)]
pub(super) fn equal_to(bytes: &Bytes, byte: u8) -> u64 {
    #[target_feature(enable = "avx512bw,avx512vbmi,avx512vbmi2,popcnt")]
    fn equal_to(bytes: &Bytes, byte: u8) -> u64 {
        Avx512::load(bytes).equal(byte)
    }
    assert!(is_available());
    // SAFETY: the processor has what is asked for.
    unsafe { equal_to(bytes, byte) }
}

/// The places of the bits of a mask for a test, on a processor that has these instructions.
#[cfg(test)]
pub(super) fn places(mask: u64) -> Vec<u8> {
    #[target_feature(enable = "avx512bw,avx512vbmi,avx512vbmi2,popcnt")]
    fn places(mask: u64) -> ([u8; SIZE], usize) {
        Avx512::places(mask)
    }
    assert!(is_available());
    // SAFETY: the processor has what is asked for.
    let (places, count) = unsafe { places(mask) };
    places[..count].to_vec()
}
