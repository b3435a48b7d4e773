//! Classes of characters, looked up with the bytes of UTF-8 themselves.
//!
//! A class is one bit of a `u8`, so a set of classes is a `u8` too and membership is one `&`.
//! The source of truth is `unicode_tables.rs` (Unicode 16.0); everything here is derived from it at compile time.

use super::unicode_tables::{BLOCK_RUNS, BLOCKS, HIGH_MARKS};

/// A class, or a set of them.
pub(super) type Classes = u8;

/// Upper and title case letters: `\p{Lu}`, `\p{Lt}`.
pub(super) const UPPER: Classes = 1;
/// Lower case letters: `\p{Ll}`.
pub(super) const LOWER: Classes = 1 << 1;
/// Letters without case: `\p{Lm}`, `\p{Lo}`.
pub(super) const CASELESS: Classes = 1 << 2;
/// Marks: `\p{M}`.
pub(super) const MARK: Classes = 1 << 3;
/// Numbers of all kinds: `\p{N}`.
pub(super) const NUMBER: Classes = 1 << 4;
/// `[\r\n]`.
pub(super) const NEWLINE: Classes = 1 << 5;
/// White space other than `[\r\n]`.
pub(super) const BLANK: Classes = 1 << 6;
/// Everything else: punctuation, symbols, format and control characters, what is not assigned.
pub(super) const OTHER: Classes = 1 << 7;

/// `\p{L}`.
pub(super) const LETTER: Classes = UPPER | LOWER | CASELESS;
/// `\s`.
pub(super) const WHITE: Classes = NEWLINE | BLANK;
/// `[^\s\p{L}\p{N}]`.
pub(super) const SYMBOL: Classes = MARK | OTHER;

/// The class of every byte below 0x80; 0, which is no class, for the bytes of longer characters.
pub(super) static ASCII: [Classes; 256] = ascii_classes();

/// The block of every 64 code points below U+40000.
static FIRST_STAGE: [u16; 4096] = first_stage(&BLOCK_RUNS);

/// The classes of the 64 characters of each block.
static SECOND_STAGE: [[Classes; 64]; BLOCKS.len()] = second_stage();

/// Returns the class and the length in bytes of the character of valid UTF-8 that starts at `at`; `(0, 0)` at the end.
#[inline]
pub(super) fn class_at(bytes: &[u8], at: usize) -> (Classes, usize) {
    match bytes.get(at) {
        None => (0, 0),
        Some(&first) if first < 0x80 => (ASCII[usize::from(first)], 1),
        Some(_) => wide_class_at(bytes, at),
    }
}

/// [`class_at`] for a character of two bytes or more.
#[inline]
pub(super) fn wide_class_at(bytes: &[u8], at: usize) -> (Classes, usize) {
    match bytes[at..] {
        [first @ 0xC0..=0xDF, last, ..] => (class_in(usize::from(first & 0x1F), last), 2),
        [first @ 0xE0..=0xEF, second, last, ..] => {
            (class_in(usize::from(first & 0x0F) << 6 | usize::from(second & 0x3F), last), 3)
        }
        // Planes 1 to 3 are those whose first byte is 0xF0, and they end the table.
        [0xF0, second, third, last, ..] => {
            (class_in(usize::from(second & 0x3F) << 6 | usize::from(third & 0x3F), last), 4)
        }
        [first, second, third, last, ..] => (high_class([first, second, third, last]), 4),
        _ => (0, 0),
    }
}

/// The class of the character of two bytes at `at`.
#[inline]
pub(super) fn two_byte_class(bytes: &[u8], at: usize) -> Classes {
    class_in(usize::from(bytes[at] & 0x1F), bytes[at + 1])
}

/// The class of the character of three bytes at `at`.
#[inline]
pub(super) fn three_byte_class(bytes: &[u8], at: usize) -> Classes {
    class_in(usize::from(bytes[at] & 0x0F) << 6 | usize::from(bytes[at + 1] & 0x3F), bytes[at + 2])
}

/// The class of the character in the 64 that start at code point `64 * block_of` whose last byte is `last`.
#[inline]
fn class_in(block_of: usize, last: u8) -> Classes {
    SECOND_STAGE[usize::from(FIRST_STAGE[block_of])][usize::from(last & 0x3F)]
}

/// The classes of the 64 characters that differ in the last byte from the one of two or three bytes at `at`.
#[inline]
pub(super) fn block_at(bytes: &[u8], at: usize) -> &'static [Classes; 64] {
    let first = usize::from(bytes[at]);
    let block_of = if first < 0xE0 { first & 0x1F } else { (first & 0x0F) << 6 | usize::from(bytes[at + 1] & 0x3F) };
    &SECOND_STAGE[usize::from(FIRST_STAGE[block_of])]
}

/// For the first byte of a character of three bytes, by its low bits: the class that all such characters have; 0 where
/// they have several. Most ideographs and syllables of Hangul are found here.
pub(super) static OF_FIRST: [Classes; 16] = of_first();

/// For such a byte, and by the low bits of the second byte: the class that all 64 characters with both have; 0 where they
/// have several.
pub(super) static OF_SECOND: [[Classes; 64]; 16] = of_second();

const fn of_second() -> [[Classes; 64]; 16] {
    let (first, second) = (first_stage(&BLOCK_RUNS), second_stage());
    let mut table = [[0; 64]; 16];
    // Below U+0800 are characters of two bytes.
    let mut block_of = 0x20;
    while block_of < 0x400 {
        table[block_of >> 6][block_of & 0x3F] = common(&second[first[block_of] as usize]);
        block_of += 1;
    }
    table
}

const fn of_first() -> [Classes; 16] {
    let second = of_second();
    let mut table = [0; 16];
    let mut first = 0;
    while first < 16 {
        table[first] = common(&second[first]);
        first += 1;
    }
    table
}

/// The class that all 64 have; 0 where they have several.
const fn common(classes: &[Classes; 64]) -> Classes {
    let mut place = 1;
    while place < 64 {
        if classes[place] != classes[0] {
            return 0;
        }
        place += 1;
    }
    classes[0]
}

/// The class of a character above U+3FFFF.
#[cold]
fn high_class(bytes: [u8; 4]) -> Classes {
    let code_point = bytes[1..].iter().fold(u32::from(bytes[0] & 0x07), |high, &low| high << 6 | u32::from(low & 0x3F));
    if (HIGH_MARKS.0..=HIGH_MARKS.1).contains(&code_point) { MARK } else { OTHER }
}

/// Returns the end of the longest run of characters in `set` that starts at `at`; `at` itself where there is none.
#[inline]
pub(super) fn run_end(bytes: &[u8], mut at: usize, set: Classes) -> usize {
    loop {
        if set & LOWER != 0 {
            at = ascii_lower_end(bytes, at);
        }
        let Some(&first) = bytes.get(at) else { return at };
        let (class, length) = if first < 0x80 { (ASCII[usize::from(first)], 1) } else { wide_class_at(bytes, at) };
        if class & set == 0 {
            return at;
        }
        at += length;
    }
}

/// Returns the end of the run of `a` to `z` that starts at `at`. Eight bytes at a time: a loop over single bytes ends
/// where no processor expects it, once a word.
#[inline]
pub(super) fn ascii_lower_end(bytes: &[u8], mut at: usize) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    while let Some(chunk) = bytes.get(at..at + 8) {
        let chunk = u64::from_le_bytes(chunk.try_into().unwrap_or_default());
        let low_bits = chunk & (EACH * 0x7F);
        let from_a = low_bits + EACH * u64::from(0x80 - b'a');
        let beyond_z = low_bits + EACH * u64::from(0x7F - b'z');
        let other = !(from_a & !beyond_z & !chunk) & (EACH * 0x80);
        if other != 0 {
            return at + other.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + bytes[at..].iter().take_while(|byte| byte.is_ascii_lowercase()).count()
}

const fn bit_of(letter: u8) -> Classes {
    match letter {
        b'U' => UPPER,
        b'l' => LOWER,
        b'c' => CASELESS,
        b'm' => MARK,
        b'n' => NUMBER,
        b'r' => NEWLINE,
        b'w' => BLANK,
        b'o' => OTHER,
        _ => panic!("a letter that the generator does not write"),
    }
}

// Runs at compile time only, so no stack holds the array.
#[allow(clippy::large_stack_arrays)]
const fn second_stage() -> [[Classes; 64]; BLOCKS.len()] {
    let mut table = [[0; 64]; BLOCKS.len()];
    let mut block = 0;
    while block < BLOCKS.len() {
        let mut place = 0;
        while place < 64 {
            table[block][place] = bit_of(BLOCKS[block][place]);
            place += 1;
        }
        block += 1;
    }
    table
}

/// The block of every 64 code points below U+40000, out of runs of blocks.
pub(super) const fn first_stage(runs: &[(u16, u16)]) -> [u16; 4096] {
    let mut table = [0; 4096];
    let (mut run, mut filled) = (0, 0);
    while run < runs.len() {
        let (length, block) = runs[run];
        let end = filled + length as usize;
        while filled < end {
            table[filled] = block;
            filled += 1;
        }
        run += 1;
    }
    assert!(filled == 4096, "the runs cover U+0000 to U+3FFFF exactly");
    table
}

const fn ascii_classes() -> [Classes; 256] {
    let (first, second) = (first_stage(&BLOCK_RUNS), second_stage());
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 0x80 {
        table[byte] = second[first[byte >> 6] as usize][byte & 0x3F];
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use regex_automata::meta::Regex;

    use super::*;

    /// Another table of Unicode 16.0, made by other people with another tool, must say the same of every character.
    #[test]
    fn every_character_has_the_class_that_the_regex_crate_gives_it() {
        let everything: String = ('\0'..=char::MAX).collect();
        let mut expected = vec![0; 0x11_0000];
        for (pattern, class) in [
            (r"[\p{Lu}\p{Lt}]", UPPER),
            (r"\p{Ll}", LOWER),
            (r"[\p{Lm}\p{Lo}]", CASELESS),
            (r"\p{M}", MARK),
            (r"\p{N}", NUMBER),
            (r"[\r\n]", NEWLINE),
            (r"[\s--\r\n]", BLANK),
            (r"[^\s\p{L}\p{M}\p{N}]", OTHER),
        ] {
            for found in Regex::new(pattern).expect("a valid pattern").find_iter(&everything) {
                let character = everything[found.range()].chars().next().expect("a match of one character");
                assert_eq!(expected[character as usize], 0, "{character:?} is in two classes");
                expected[character as usize] = class;
            }
        }
        let mut buffer = [0; 4];
        for character in everything.chars() {
            let bytes = character.encode_utf8(&mut buffer).as_bytes();
            assert_eq!(class_at(bytes, 0), (expected[character as usize], bytes.len()), "U+{:04X}", character as u32);
        }
    }

    #[test]
    fn the_end_of_the_text_has_no_class() {
        assert_eq!(class_at(b"", 0), (0, 0));
        assert_eq!(class_at(b"ab", 2), (0, 0));
        assert_eq!(run_end("aÄ中𝒳 ".as_bytes(), 0, LETTER), 10);
        assert_eq!(run_end(b"ab", 2, LETTER), 2);
    }
}
