//! 64 bytes with AVX2.

#![expect(unsafe_code, reason = "instructions that not every processor has")]

use std::arch::x86_64::{
    __m256i, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_set1_epi8,
    _mm256_sub_epi8,
};
use std::ops::ControlFlow;

use super::super::Ends;
use super::super::scanners::Scanner;
use super::{Bytes, Lanes, Windows, scan_with};

#[inline]
pub(super) fn is_available() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("bmi1")
        && std::arch::is_x86_feature_detected!("bmi2")
}

/// [`super::scan`] on a processor that has AVX2.
#[inline]
pub(super) fn scan<S: Scanner + Windows>(text: &str, visit: impl FnMut(Ends<'_>) -> ControlFlow<()>) {
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    fn scan<S: Scanner + Windows>(text: &str, visit: impl FnMut(Ends<'_>) -> ControlFlow<()>) {
        scan_with::<S, Avx2>(text, visit);
    }
    assert!(is_available());
    // SAFETY: the processor has what is asked for.
    unsafe { scan::<S>(text, visit) }
}

/// Two halves. Used inside of [`scan`] only, on a processor that has AVX2.
struct Avx2(__m256i, __m256i);

impl Avx2 {
    /// The top bits of what `of` makes of the bytes.
    #[inline(always)]
    fn mask(&self, of: impl Fn(__m256i) -> __m256i) -> u64 {
        // SAFETY: AVX2 as above.
        let top_bits = |bytes| u64::from(unsafe { _mm256_movemask_epi8(bytes) }.cast_unsigned());
        top_bits(of(self.0)) | top_bits(of(self.1)) << 32
    }
}

impl Lanes for Avx2 {
    #[inline(always)]
    fn load(bytes: &Bytes) -> Self {
        // SAFETY: AVX2 as above; 32 bytes can be read from each of the places.
        let load = |bytes: &[u8]| unsafe { _mm256_loadu_si256(bytes[..32].as_ptr().cast()) };
        Self(load(bytes), load(&bytes[32..]))
    }

    #[inline(always)]
    fn in_range(&self, first: u8, last: u8) -> u64 {
        if (first, last) == (0x80, 0xFF) {
            return self.mask(|bytes| bytes);
        }
        // SAFETY: AVX2 as above.
        self.mask(|bytes| unsafe {
            let from_first = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first.cast_signed()));
            let most = _mm256_set1_epi8((last - first).cast_signed());
            _mm256_cmpeq_epi8(_mm256_min_epu8(from_first, most), from_first)
        })
    }

    #[inline(always)]
    fn equal(&self, byte: u8) -> u64 {
        // SAFETY: AVX2 as above.
        self.mask(|bytes| unsafe { _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte.cast_signed())) })
    }
}

/// [`Lanes::in_range`] for a test, on a processor that has AVX2.
#[cfg(test)]
pub(super) fn in_range(bytes: &Bytes, first: u8, last: u8) -> u64 {
    #[target_feature(enable = "avx2")]
    fn in_range(bytes: &Bytes, first: u8, last: u8) -> u64 {
        Avx2::load(bytes).in_range(first, last)
    }
    assert!(is_available());
    // SAFETY: the processor has what is asked for.
    unsafe { in_range(bytes, first, last) }
}

/// [`Lanes::equal`] for a test, on a processor that has AVX2.
#[cfg(test)]
pub(super) fn equal(bytes: &Bytes, byte: u8) -> u64 {
    #[target_feature(enable = "avx2")]
    fn equal(bytes: &Bytes, byte: u8) -> u64 {
        Avx2::load(bytes).equal(byte)
    }
    assert!(is_available());
    // SAFETY: the processor has what is asked for.
    unsafe { equal(bytes, byte) }
}
