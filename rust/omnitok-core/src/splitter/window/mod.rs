//! Words found 64 bytes at a time.
//!
//! A window is 64 bytes from the start of a word on. What each of its bytes belongs to becomes one bit of a mask for each
//! class (a *plane*), and the ends of words come out of the planes by shifts and additions, all at once (`families.rs`).
//! The next window starts where the last of these words ends. No rule looks back beyond the start of a word, so windows
//! know nothing of each other.
//!
//! Windows decide only what their 64 bytes decide without doubt. From the first doubtful byte on, at the end of the
//! text, and for words longer than a window, the scalar scanner walks one word, and windows go on behind it. So the
//! scanner defines the words, and windows are a faster way to the same ones, which the tests compare.

#![expect(clippy::inline_always, reason = "vector instructions must end up in the one function that may use them")]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod families;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon;
mod omni;
mod portable;

use std::ops::ControlFlow;

use super::Ends;
use super::classes::{Classes, LETTER, OTHER, UPPER, WHITE, three_byte_class, two_byte_class, wide_class_at};
use super::scanners::Scanner;
use super::scripts::{Script, script_at, three_byte_script, two_byte_script};
pub(super) use families::Windows;

/// Bytes of a window.
pub(super) const SIZE: usize = 64;
/// Bytes that are read: a character may begin at the last byte of the window.
const READ: usize = SIZE + 4;
/// Ends up to here are decided by what follows in the window: three bytes for a contraction or a wide space.
const DECIDED: u64 = (1 << 61) - 1;
/// Words that the scanner walks after a window that decided nothing. Where one window fails, the next is likely to.
const WALKED: usize = 3;

/// The bytes of a window and the few behind it.
pub(super) type Bytes = [u8; READ];

/// For each byte of a window, what it is by itself: one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Ascii {
    /// `A` to `Z`.
    upper: u64,
    /// `a` to `z`.
    lower: u64,
    digit: u64,
    /// U+0020.
    space: u64,
    /// U+0009 to U+000D.
    control: u64,
    /// `\r` and `\n`.
    newline: u64,
    apostrophe: u64,
    slash: u64,
    /// Bytes of characters that are longer than one.
    wide: u64,
    /// All bytes of such characters but the first.
    continuation: u64,
}

/// 64 bytes, to be compared all at once. Masks have a bit for each byte.
trait Lanes: Sized {
    fn load(bytes: &Bytes) -> Self;

    /// The last bytes of a text, and spaces behind them. `bytes` holds both, but was just written, and would be waited for.
    #[inline(always)]
    fn load_last(_rest: &[u8], bytes: &Bytes) -> Self {
        Self::load(bytes)
    }

    /// The bytes from `first` to `last`. Both are below 0x80, or neither.
    fn in_range(&self, first: u8, last: u8) -> u64;

    #[inline(always)]
    fn equal(&self, byte: u8) -> u64 {
        self.in_range(byte, byte)
    }

    /// The planes of the characters of two and three bytes that start at `leads`, where that is faster than one after the
    /// other.
    #[inline(always)]
    fn wide_classes(&self, _bytes: &Bytes, _leads: u64, _continuation: u64) -> Option<[u64; 8]> {
        None
    }

    /// The places of the bits of `mask`, in order, and their number. What stands behind them is not said.
    #[inline(always)]
    fn places(mut mask: u64) -> ([u8; SIZE], usize) {
        let (mut places, mut count) = ([0; SIZE], 0);
        while mask != 0 {
            places[count] = mask.trailing_zeros() as u8;
            count += 1;
            mask &= mask - 1;
        }
        (places, count)
    }
}

impl Ascii {
    #[inline(always)]
    fn of(lanes: &impl Lanes) -> Self {
        Self {
            upper: lanes.in_range(b'A', b'Z'),
            lower: lanes.in_range(b'a', b'z'),
            digit: lanes.in_range(b'0', b'9'),
            space: lanes.equal(b' '),
            control: lanes.in_range(b'\t', b'\r'),
            newline: lanes.equal(b'\r') | lanes.equal(b'\n'),
            apostrophe: lanes.equal(b'\''),
            slash: lanes.equal(b'/'),
            wide: lanes.in_range(0x80, 0xFF),
            continuation: lanes.in_range(0x80, 0xBF),
        }
    }
}

/// For each class a mask for each plane: all bits for its own.
static CHOICE: [[u64; 8]; 8] = {
    let mut choice = [[0; 8]; 8];
    let mut class = 0;
    while class < 8 {
        choice[class][class] = u64::MAX;
        class += 1;
    }
    choice
};

/// For each byte of a window, the class of the character it belongs to, and what the rules ask beside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planes {
    ascii: Ascii,
    /// One for each class, in the order of their bits.
    classes: [u64; 8],
    /// The scripts of the letters of more than one byte, a bit for each, where the rules ask for them.
    scripts: u32,
    /// ZWNJ and ZWJ, but not those that the window cuts, where the rules ask for them.
    joiner: u64,
}

impl Planes {
    #[inline(always)]
    fn of<S: Windows>(bytes: &Bytes, lanes: &impl Lanes) -> Self {
        let ascii = Ascii::of(lanes);
        let blank = ascii.space | (ascii.control & !ascii.newline);
        let white = ascii.space | ascii.control;
        let other = !(ascii.upper | ascii.lower | ascii.digit | white | ascii.wide);
        let classes = [ascii.upper, ascii.lower, 0, 0, ascii.digit, ascii.newline, blank, other];
        let mut planes = Self { ascii, classes, scripts: 0, joiner: 0 };
        if ascii.wide != 0 {
            planes.add_wide::<S>(bytes, lanes);
            if S::SCRIPTS {
                planes.joiner = joiners(lanes);
            }
        }
        planes
    }

    /// Adds the characters of more than one byte. Those of one length at a time: which comes next would be a branch that
    /// no processor foresees in text of mixed scripts.
    #[inline(always)]
    fn add_wide<S: Windows>(&mut self, bytes: &Bytes, lanes: &impl Lanes) {
        type At<T> = fn(&[u8], usize) -> T;
        let (three_or_more, four) = (lanes.in_range(0xE0, 0xFF), lanes.in_range(0xF0, 0xFF));
        let (leads, continuation) = (self.ascii.wide & !self.ascii.continuation, self.ascii.continuation);
        let found = if S::SCRIPTS { None } else { lanes.wide_classes(bytes, leads & !four, continuation) };
        let mut add = |mut leads: u64, length: u32, class_at: At<Classes>, script_at: At<Script>| {
            while leads != 0 {
                let at = leads.trailing_zeros();
                let class = class_at(bytes, at as usize);
                let covered = ((1 << length) - 1) << at;
                // All planes with a mask, not one by its index: what was just stored could be read again only later.
                for (plane, chosen) in self.classes.iter_mut().zip(CHOICE[class.trailing_zeros() as usize % 8]) {
                    *plane |= covered & chosen;
                }
                if S::SCRIPTS {
                    self.scripts |= u32::from(class & LETTER != 0) << script_at(bytes, at as usize);
                }
                leads &= leads - 1;
            }
        };
        if let Some(found) = found {
            add(four, 4, |bytes, at| wide_class_at(bytes, at).0, script_at);
            self.classes.iter_mut().zip(found).for_each(|(plane, found)| *plane |= found);
            return;
        }
        add(leads & !three_or_more, 2, two_byte_class, two_byte_script);
        add(three_or_more & !four, 3, three_byte_class, three_byte_script);
        add(four, 4, |bytes, at| wide_class_at(bytes, at).0, script_at);
    }

    /// The bytes of characters of a class in `set`.
    #[inline(always)]
    fn of_classes(&self, set: Classes) -> u64 {
        const { assert!(UPPER == 1 && OTHER == 1 << 7) };
        (0..8).filter(|bit| set >> bit & 1 != 0).fold(0, |all, bit| all | self.classes[bit])
    }
}

/// ZWNJ (U+200C) and ZWJ (U+200D).
#[inline(always)]
fn joiners(lanes: &impl Lanes) -> u64 {
    let first = lanes.equal(0xE2);
    if first == 0 {
        return 0;
    }
    let first = first & lanes.equal(0x80) >> 1 & lanes.in_range(0x8C, 0x8D) >> 2;
    first | first << 1 | first << 2
}

/// Calls `visit` with the ends of the words of `text`, in order and some at a time, until it breaks. (Called for each word
/// by itself, a visitor that did little took more time for being called than for all the rest.)
#[inline]
pub(super) fn scan<S: Scanner + Windows>(text: &str, visit: impl FnMut(Ends<'_>) -> ControlFlow<()>) {
    #[cfg(target_arch = "x86_64")]
    if avx512::is_available() {
        return avx512::scan::<S>(text, visit);
    }
    #[cfg(target_arch = "x86_64")]
    if avx2::is_available() {
        return avx2::scan::<S>(text, visit);
    }
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    return scan_with::<S, neon::Neon>(text, visit);
    #[cfg(not(all(target_arch = "aarch64", target_endian = "little")))]
    scan_with::<S, portable::Portable>(text, visit);
}

#[inline(always)]
fn scan_with<S: Scanner + Windows, L: Lanes>(text: &str, mut visit: impl FnMut(Ends<'_>) -> ControlFlow<()>) {
    let bytes = text.as_bytes();
    let mut start = 0;
    let mut walked = 0;
    while start < bytes.len() {
        if walked == 0 {
            let rest = &bytes[start..];
            let ends = match rest.first_chunk() {
                Some(window) => S::ends(window, &Planes::of::<S>(window, &L::load(window))),
                None => last_ends::<S, L>(rest),
            };
            if ends != 0 {
                let (places, count) = L::places(ends);
                if visit(Ends::new(start, &places[..count])).is_break() {
                    return;
                }
                start += ends.ilog2() as usize;
                continue;
            }
            walked = WALKED;
        }
        start = S::word_end(bytes, start);
        if visit(Ends::one(start)).is_break() {
            return;
        }
        walked = walked.saturating_sub(1);
    }
}

/// The ends of words in the last bytes of a text, fewer than a window has, but for those of white space at its very end.
///
/// Spaces fill the window up. They end every word that the end of a text ends, but a run of white space would go on.
#[inline(always)]
fn last_ends<S: Scanner + Windows, L: Lanes>(rest: &[u8]) -> u64 {
    let mut window = [b' '; READ];
    window[..rest.len()].copy_from_slice(rest);
    let planes = Planes::of::<S>(&window, &L::load_last(rest, &window));
    let white = planes.of_classes(WHITE);
    let text = u64::MAX.checked_shl(rest.len() as u32).map_or(u64::MAX, |behind| !behind);
    let inked = text & !white;
    // Ends up to the one behind the last byte that is not white.
    let kept = 1_u64.checked_shl(65 - inked.leading_zeros()).map_or(u64::MAX, |behind| behind - 1);
    S::ends(&window, &planes) & kept
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::super::omni::Omni;
    use super::super::scanners::{Cl100k, Gpt2, O200k};
    use super::*;

    /// What texts are made of: every class in every width, and whatever a rule treats in a way of its own.
    #[rustfmt::skip]
    const PIECES: &[&str] = &[
        "a", "b", "the", "Word", "HTML", "s", "t", "re", "LL", "ve", "'", "'s", "'S", "'re", "'ve", "n't", "'\u{17F}", "\u{17F}",
        " ", " ", "  ", "        ", "\t", "\u{B}", "\u{A0}", "\u{3000}", "\u{85}", "\n", "\r\n", "\n\n", "\n \n", " \n",
        "1", "12", "345", "1234567", "12345678901234567890123", "²", "९", "௧", "½", "Ⅷ",
        "!", ".", ",", "/", "//", "-", "“", "—", "。", "\u{200D}", "🙂", "\0", "\u{7F}", "_", "(", "\"",
        "é", "É", "ǅ", "ß", "ж", "Ж", "中", "文", "한", "か", "カ", "ー", "ا", "ـ", "ª", "ʻ", "µ", "α", "Ω", "Ꭰ", "ꭰ", "𝓍", "𞤀", "ʰ", "𝒳", "𝐚", "𐐀",
        "\u{301}", "\u{200C}", "\u{200D}", "क", "્", "்", "ક", "्", "ि", "த", "ு", "ไ", "่", "\u{FE0F}", "\u{E0100}", "\u{FFFD}", "\u{10FFFF}", "\u{378}",
    ];

    fn ends_by<'t>(text: &'t str, scan: impl Fn(&'t str, &mut dyn FnMut(Ends<'_>) -> ControlFlow<()>)) -> Vec<usize> {
        let mut ends = Vec::new();
        scan(text, &mut |some| {
            ends.extend(some.iter());
            ControlFlow::Continue(())
        });
        ends
    }

    /// Every way to find the words of a text finds those of the scanner.
    fn check<S: Scanner + Windows>(text: &str) {
        let mut walked = Vec::new();
        while walked.last().copied().unwrap_or(0) < text.len() {
            walked.push(S::word_end(text.as_bytes(), walked.last().copied().unwrap_or(0)));
        }
        assert_eq!(ends_by(text, |text, visit| scan_with::<S, portable::Portable>(text, visit)), walked, "{text:?}");
        #[cfg(target_arch = "x86_64")]
        if avx2::is_available() {
            assert_eq!(ends_by(text, |text, visit| avx2::scan::<S>(text, visit)), walked, "{text:?}");
        }
        assert_eq!(ends_by(text, |text, visit| scan::<S>(text, visit)), walked, "{text:?}");
    }

    fn check_all(text: &str) {
        check::<Gpt2>(text);
        check::<Cl100k<3, true>>(text);
        check::<Cl100k<3, false>>(text);
        check::<Cl100k<1, false>>(text);
        check::<O200k<3, true>>(text);
        check::<O200k<1, false>>(text);
        check::<Omni>(text);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn windows_find_the_words_of_the_scanner(pieces in vec(select(PIECES), 0..200)) {
            check_all(&pieces.concat());
        }

        #[test]
        fn windows_find_the_words_of_the_scanner_in_text_of_few_characters(
            alphabet in vec(select(PIECES), 1..5),
            choice in vec(0..5_usize, 60..300),
        ) {
            check_all(&choice.iter().map(|&index| alphabet[index % alphabet.len()]).collect::<String>());
        }

        #[test]
        fn windows_find_the_words_of_the_scanner_in_any_text(text in any::<[char; 60]>()) {
            check_all(&String::from_iter(text));
        }

        #[test]
        fn every_way_to_compare_bytes_finds_the_same(
            bytes in any::<[[u8; 17]; 4]>(),
            ends in any::<(u8, u8)>(),
            half in select(&[0, 0x80][..]),
        ) {
            let bytes = bytes.as_flattened().first_chunk().expect("68 bytes");
            let (first, last) = (ends.0 % 0x80 + half, ends.1 % 0x80 + half);
            let (first, last) = (first.min(last), first.max(last));
            for (first, last) in [(first, last), (first, first), (half, half + 0x7F)] {
                let found = bytes[..SIZE].iter().rev().fold(0, |found, byte| found << 1 | u64::from((first..=last).contains(byte)));
                let places: Vec<u8> = (0..64).filter(|place| found >> place & 1 != 0).collect();
                let portable = portable::Portable::load(bytes);
                let (portable_places, count) = portable::Portable::places(found);
                prop_assert_eq!(&portable_places[..count], &places);
                prop_assert_eq!(portable.in_range(first, last), found);
                prop_assert_eq!(portable.equal(first), portable.in_range(first, first));
                #[cfg(target_arch = "x86_64")]
                if avx2::is_available() {
                    prop_assert_eq!(avx2::in_range(bytes, first, last), found);
                    prop_assert_eq!(avx2::equal(bytes, first), portable.equal(first));
                }
                #[cfg(target_arch = "x86_64")]
                if avx512::is_available() {
                    prop_assert_eq!(avx512::in_range(bytes, first, last), found);
                    prop_assert_eq!(avx512::equal_to(bytes, first), portable.equal(first));
                    prop_assert_eq!(avx512::places(found), places);
                }
                #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
                {
                    prop_assert_eq!(neon::Neon::load(bytes).in_range(first, last), found);
                    prop_assert_eq!(neon::Neon::load(bytes).equal(first), portable.equal(first));
                }
            }
        }
    }
}
