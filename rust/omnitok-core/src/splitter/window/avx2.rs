//! Planes of 64 bytes with AVX2.

#![expect(unsafe_code, reason = "instructions that not every processor has")]

use std::arch::x86_64::{
    __m256i, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8,
    _mm256_or_si256, _mm256_set1_epi8, _mm256_slli_epi16, _mm256_sub_epi8,
};
use std::ops::ControlFlow;

use super::super::scanners::Scanner;
use super::{Ascii, Bytes, Classify, WideLeads, Windows, scan_with};

#[inline]
pub(super) fn is_available() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("bmi1")
        && std::arch::is_x86_feature_detected!("bmi2")
}

/// [`super::scan`] on a processor that has AVX2.
#[inline]
pub(super) fn scan<S: Scanner + Windows>(text: &str, visit: impl FnMut(usize) -> ControlFlow<()>) {
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    fn scan<S: Scanner + Windows>(text: &str, visit: impl FnMut(usize) -> ControlFlow<()>) {
        scan_with::<S, Avx2>(text, visit);
    }
    assert!(is_available());
    // SAFETY: the processor has what is asked for.
    unsafe { scan::<S>(text, visit) }
}

/// Used inside of [`scan`] only, on a processor that has AVX2.
struct Avx2;

impl Classify for Avx2 {
    #[inline(always)]
    fn ascii(bytes: &Bytes) -> Ascii {
        let bytes = Halves::load(bytes);
        // SAFETY: AVX2 as above.
        unsafe {
            let letter = bytes.mask(|bytes| in_range(_mm256_or_si256(bytes, _mm256_set1_epi8(0x20)), b'a', b'z'));
            // The bit that makes a letter small, moved to where the mask is taken from.
            let small = bytes.mask(|bytes| _mm256_slli_epi16::<2>(bytes));
            Ascii {
                upper: letter & !small,
                lower: letter & small,
                digit: bytes.mask(|bytes| in_range(bytes, b'0', b'9')),
                space: bytes.mask(|bytes| equal(bytes, b' ')),
                control: bytes.mask(|bytes| in_range(bytes, b'\t', b'\r')),
                newline: bytes.mask(|bytes| _mm256_or_si256(equal(bytes, b'\r'), equal(bytes, b'\n'))),
                apostrophe: bytes.mask(|bytes| equal(bytes, b'\'')),
                slash: bytes.mask(|bytes| equal(bytes, b'/')),
                wide: bytes.mask(|bytes| bytes),
                continuation: bytes.mask(|bytes| _mm256_cmpgt_epi8(_mm256_set1_epi8(-64), bytes)),
            }
        }
    }

    #[inline(always)]
    fn wide_leads(bytes: &Bytes) -> WideLeads {
        let bytes = Halves::load(bytes);
        WideLeads {
            three_or_more: bytes.mask(|bytes| in_range(bytes, 0xE0, 0xFF)),
            four: bytes.mask(|bytes| in_range(bytes, 0xF0, 0xFF)),
        }
    }
}

/// 64 bytes.
struct Halves(__m256i, __m256i);

impl Halves {
    #[inline(always)]
    fn load(bytes: &Bytes) -> Self {
        // SAFETY: AVX2 as above; 32 bytes can be read from each of the places.
        let load = |bytes: &[u8]| unsafe { _mm256_loadu_si256(bytes[..32].as_ptr().cast()) };
        Self(load(bytes), load(&bytes[32..]))
    }

    /// The top bits of what `of` makes of the bytes.
    #[inline(always)]
    fn mask(&self, of: impl Fn(__m256i) -> __m256i) -> u64 {
        // SAFETY: called on a processor that has AVX2 only.
        let top_bits = |bytes| u64::from(unsafe { _mm256_movemask_epi8(bytes) }.cast_unsigned());
        top_bits(of(self.0)) | top_bits(of(self.1)) << 32
    }
}

#[inline(always)]
fn equal(bytes: __m256i, byte: u8) -> __m256i {
    // SAFETY: as in `Halves::mask`.
    unsafe { _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte.cast_signed())) }
}

#[inline(always)]
fn in_range(bytes: __m256i, first: u8, last: u8) -> __m256i {
    // SAFETY: as in `Halves::mask`.
    unsafe {
        let from_first = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first.cast_signed()));
        let most = _mm256_set1_epi8((last - first).cast_signed());
        _mm256_cmpeq_epi8(_mm256_min_epu8(from_first, most), from_first)
    }
}

/// What [`Classify`] makes with AVX2, where the processor has it.
#[cfg(test)]
pub(super) fn planes(bytes: &Bytes) -> Option<(Ascii, WideLeads)> {
    #[target_feature(enable = "avx2")]
    fn planes(bytes: &Bytes) -> (Ascii, WideLeads) {
        (Avx2::ascii(bytes), Avx2::wide_leads(bytes))
    }
    // SAFETY: the processor has what is asked for.
    is_available().then(|| unsafe { planes(bytes) })
}
