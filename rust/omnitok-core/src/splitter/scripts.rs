//! The script of a letter, looked up with the bytes of UTF-8 as classes are.

use super::classes::first_stage;
use super::unicode_tables::{MIXED_SCRIPTS, SCRIPT_RUNS};

/// A place in `SCRIPTS` of `omni.rs`; [`OTHER`] for a letter of none of them.
pub(super) type Script = u8;

/// The script of ASCII.
pub(super) const LATIN: Script = 0;
/// Below this number are the scripts whose words break before capitals.
pub(super) const CASED_END: Script = 5;
/// All scripts that have no number of their own, and letters that belong to no script.
pub(super) const OTHER: Script = 26;

/// From here on a number is not that of a script but, without this bit, of a block in [`MIXED`].
const IS_MIXED: u8 = 1 << 7;

/// The script of the letters of every 64 code points below U+40000. Where there are several, the place of a block in
/// [`MIXED`].
static OF_BLOCKS: [u8; 4096] = of_blocks();

/// The scripts of the 64 characters of each block that holds letters of several.
static MIXED: [[Script; 64]; MIXED_SCRIPTS.len()] = mixed();

/// Returns the script of the letter of valid UTF-8 that starts at `at`; anything for other characters.
#[inline]
pub(super) fn script_at(bytes: &[u8], at: usize) -> Script {
    match bytes[at..] {
        [0xC0..=0xDF, _, ..] => two_byte_script(bytes, at),
        [0xE0..=0xEF, _, _, ..] => three_byte_script(bytes, at),
        [0xF0, second, third, last, ..] => script_in(usize::from(second & 0x3F) << 6 | usize::from(third & 0x3F), last),
        // Letters beyond ASCII and below U+40000 are all above.
        _ => LATIN,
    }
}

/// [`script_at`] for a letter of two bytes.
#[inline]
pub(super) fn two_byte_script(bytes: &[u8], at: usize) -> Script {
    script_in(usize::from(bytes[at] & 0x1F), bytes[at + 1])
}

/// [`script_at`] for a letter of three bytes.
#[inline]
pub(super) fn three_byte_script(bytes: &[u8], at: usize) -> Script {
    script_in(usize::from(bytes[at] & 0x0F) << 6 | usize::from(bytes[at + 1] & 0x3F), bytes[at + 2])
}

#[inline]
fn script_in(block_of: usize, last: u8) -> Script {
    let script = OF_BLOCKS[block_of];
    if script < IS_MIXED { script } else { MIXED[usize::from(script - IS_MIXED)][usize::from(last & 0x3F)] }
}

// Runs at compile time only, so no stack holds the array.
#[allow(clippy::large_stack_arrays)]
const fn of_blocks() -> [u8; 4096] {
    let numbers = first_stage(&SCRIPT_RUNS);
    let mut scripts = [0; 4096];
    let mut block = 0;
    while block < scripts.len() {
        assert!(numbers[block] <= u8::MAX as u16, "more mixed blocks than fit");
        scripts[block] = numbers[block] as u8;
        block += 1;
    }
    scripts
}

const fn mixed() -> [[Script; 64]; MIXED_SCRIPTS.len()] {
    let mut table = [[0; 64]; MIXED_SCRIPTS.len()];
    let mut block = 0;
    while block < MIXED_SCRIPTS.len() {
        let mut place = 0;
        while place < 64 {
            table[block][place] = MIXED_SCRIPTS[block][place] - b'0';
            place += 1;
        }
        block += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use regex_automata::meta::Regex;

    use super::super::classes::{LETTER, class_at};
    use super::super::omni::SCRIPTS;
    use super::*;

    /// The table is that of the scripts which the regular expression names, as another table of Unicode 16.0 has them.
    #[test]
    fn every_letter_has_the_script_that_the_regex_crate_gives_it() {
        let everything: String = ('\0'..=char::MAX).collect();
        let mut expected = vec![OTHER; 0x11_0000];
        for (script, members) in (0..).zip(SCRIPTS) {
            for found in Regex::new(&format!(r"[{members}&&\p{{L}}]")).expect("a class").find_iter(&everything) {
                let letter = everything[found.range()].chars().next().expect("a match of one character") as usize;
                assert_eq!(expected[letter], OTHER, "U+{letter:04X} is in two scripts");
                expected[letter] = script;
            }
        }
        assert_eq!(SCRIPTS.len(), usize::from(OTHER));
        let mut letters = 0;
        let mut buffer = [0; 4];
        for character in everything.chars() {
            let bytes = character.encode_utf8(&mut buffer).as_bytes();
            if class_at(bytes, 0).0 & LETTER != 0 {
                letters += 1;
                assert_eq!(script_at(bytes, 0), expected[character as usize], "U+{:04X}", character as u32);
            }
        }
        assert!(letters > 140_000);
    }
}
