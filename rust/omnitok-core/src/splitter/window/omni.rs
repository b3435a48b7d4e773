//! The rules of `omni` as algebra of planes.

use super::super::classes::{CASELESS, LETTER, LOWER, MARK, NUMBER, OTHER, UPPER};
use super::super::omni::{LONGEST_FROM_THE_RIGHT, Omni};
use super::super::scripts;
use super::families::{Starts, Windows, join_contractions, led_words, newline_slashes};
use super::{Bytes, DECIDED, Planes};

impl Windows for Omni {
    const SCRIPTS: bool = true;

    #[inline(always)]
    fn ends(bytes: &Bytes, planes: &Planes) -> u64 {
        // Capitals of the scripts that share a place are letters like others, which no plane says.
        if planes.scripts & 1 << scripts::OTHER != 0 {
            return 0;
        }
        let letter = planes.of_classes(LETTER);
        let mark = planes.of_classes(MARK) | planes.joiner;
        // Marks go on with what they stand on: a carry runs through those right behind a class.
        let with_marks = |class: u64| class | mark & !mark.wrapping_add(mark & (class << 1));
        let text = with_marks(letter);
        let symbol = (planes.of_classes(OTHER) | mark) & !text;
        let mut starts = led_words(planes, text, symbol, &numbers(planes, mark));

        // Another script starts a word.
        let other_script = changes_of_script(bytes, planes, letter, with_marks);
        // So does a capital that follows a small letter. Behind a letter without case it depends on what comes before
        // and behind.
        let [upper, lower, caseless] = [UPPER, LOWER, CASELESS].map(|class| planes.of_classes(class));
        starts.sure |= other_script | upper & (with_marks(lower) << 1);
        starts.doubtful |= upper & (with_marks(caseless) << 1) & !other_script;
        starts.doubtful |= newline_slashes(planes, symbol);
        join_contractions(bytes, planes.ascii.apostrophe & (text << 1), text, &mut starts);
        // Marks behind a contraction stay with it, and only such marks could be a start here.
        starts.doubtful |= starts.sure & text & !letter;
        starts.decided()
    }
}

/// Letters behind others, and perhaps their marks, that are not of the same script.
#[inline(always)]
fn changes_of_script(bytes: &Bytes, planes: &Planes, letter: u64, with_marks: impl Fn(u64) -> u64) -> u64 {
    let characters = !planes.ascii.continuation;
    if planes.scripts & !(1 << scripts::LATIN) == 0 {
        return 0;
    }
    if planes.scripts.is_power_of_two() {
        // All Latin letters are ASCII, as in most windows.
        let (latin, other) = (letter & !planes.ascii.wide, letter & planes.ascii.wide);
        return characters & (latin & with_marks(other) << 1 | other & with_marks(latin) << 1);
    }
    changes_one_by_one(bytes, letter & characters, letter & characters & with_marks(letter) << 1)
}

/// Those letters `behind` others whose script is not that of the letter before them.
#[cold]
fn changes_one_by_one(bytes: &Bytes, letters: u64, behind: u64) -> u64 {
    let mut changes = 0;
    let mut rest = behind;
    while rest != 0 {
        let at = rest.trailing_zeros();
        let before = (letters & ((1 << at) - 1)).ilog2();
        let [script, script_before] = [at, before].map(|at| scripts::script_at(bytes, at as usize));
        changes |= u64::from(script != script_before) << at;
        rest &= rest - 1;
    }
    changes
}

/// Starts of numbers in threes from the right, and where they are in doubt: where characters of several bytes or marks
/// are in them, where they are long, and where they may go on behind the window.
#[inline(always)]
fn numbers(planes: &Planes, mark: u64) -> Starts {
    let number = planes.of_classes(NUMBER);
    let mut sure = number & !(number << 1);
    let inside = number & (number << 1);
    let three = number & (number >> 1) & (number >> 2);
    let mut next = (number & !(number >> 1)) >> 2 & three;
    while next != 0 {
        sure |= next;
        next = next >> 3 & three;
    }
    let runs_out = (number | !DECIDED).leading_ones();
    let mut doubtful = inside & !u64::MAX.checked_shr(runs_out).unwrap_or(0);
    let marks = mark & (number << 1);
    if number & planes.ascii.wide | marks != 0 || has_long_run(number) {
        doubtful |= inside | marks;
    }
    Starts { sure, doubtful }
}

/// Whether some run of bits is longer than the numbers that are cut from the right.
#[inline(always)]
fn has_long_run(number: u64) -> bool {
    if (number.count_ones() as usize) <= LONGEST_FROM_THE_RIGHT {
        return false;
    }
    const { assert!(LONGEST_FROM_THE_RIGHT == 21) };
    // Bits that begin runs of 2, 4, 8, 16, 20 and 22.
    let two = number & number >> 1;
    let four = two & two >> 2;
    let sixteen = four & four >> 4 & (four & four >> 4) >> 8;
    sixteen & four >> 16 & two >> 20 != 0
}
