//! Memory for tables that are asked all over the place.
//!
//! Each page of 4 KiB costs a fault when it is first touched and an entry of the translation cache while it is in use:
//! a cold cache of words spent more time on faults than on words. Pages of 2 MiB make both rare. They are a request:
//! where the system has none to give, the memory is the same, only slower.

use std::hint::black_box;
use std::ops::{Deref, DerefMut};

const HUGE_PAGE: usize = 2 << 20;
const CACHE_LINE: usize = 64;

/// Numbers, from the start of a huge page on, or where they are fewer, of a cache line.
#[derive(Debug)]
pub(super) struct HugePages {
    words: Vec<u64>,
    start: usize,
    length: usize,
}

impl HugePages {
    /// `length` zeros.
    pub(super) fn zeros(length: usize) -> Self {
        let is_huge = length * size_of::<u64>() >= HUGE_PAGE;
        let alignment = if is_huge { HUGE_PAGE } else { CACHE_LINE };
        let slack = alignment / size_of::<u64>();
        let mut words = vec![0_u64; length + slack];
        let start = words.as_ptr().align_offset(alignment).min(slack);
        if is_huge {
            request(&mut words[start..start + length]);
        }
        Self { words, start, length }
    }

    /// `length` times the same.
    pub(super) fn filled(word: u64, length: usize) -> Self {
        let mut pages = Self::zeros(length);
        pages.fill(word);
        pages
    }

    pub(super) fn copied(words: &[u64]) -> Self {
        let mut pages = Self::zeros(words.len());
        pages.copy_from_slice(words);
        pages
    }
}

impl Deref for HugePages {
    type Target = [u64];

    #[inline]
    fn deref(&self) -> &[u64] {
        &self.words[self.start..self.start + self.length]
    }
}

impl DerefMut for HugePages {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u64] {
        &mut self.words[self.start..self.start + self.length]
    }
}

/// Reads some of every cache line, from front to back: the order in which memory answers before it is asked.
pub(super) fn bring_near<T: Copy>(numbers: &[T]) {
    numbers.iter().step_by(CACHE_LINE / size_of::<T>()).for_each(|number| _ = black_box(*number));
}

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "some advice changes what memory holds")]
fn request(words: &mut [u64]) {
    // SAFETY: the range is ours alone, and this advice does not change what it holds. A refusal changes nothing.
    _ = unsafe {
        rustix::mm::madvise(words.as_mut_ptr().cast(), size_of_val(words), rustix::mm::Advice::LinuxHugepage)
    };
}

#[cfg(not(target_os = "linux"))]
fn request(_words: &mut [u64]) {}
