//! The rules of each family of patterns, as algebra of planes.
//!
//! Bit i of a plane is byte i of the window, so what stands before a byte is a shift to the left. A carry runs through
//! a run of bits: `((at << 1) + run) & !run` is the place behind the run that starts behind `at`.

use super::super::classes::{BLANK, CASELESS, LETTER, LOWER, MARK, NEWLINE, NUMBER, OTHER, UPPER};
use super::super::scanners::{Cl100k, Gpt2, O200k, contraction_end, gpt2_contraction_end};
use super::{Bytes, DECIDED, Planes};

/// The ends of words in a window that starts with a word.
pub(in super::super) trait Windows {
    /// Whether the rules ask for the scripts of letters and for joiners.
    const SCRIPTS: bool = false;

    /// Bit i says that a word ends before byte i. Only ends without doubt, and all that come before the last of them.
    fn ends(bytes: &Bytes, planes: &Planes) -> u64;
}

/// Starts of words, and the places from which on they are not sure.
pub(super) struct Starts {
    pub(super) sure: u64,
    pub(super) doubtful: u64,
}

impl Starts {
    #[inline(always)]
    pub(super) fn decided(&self) -> u64 {
        let before_doubt = self.doubtful.wrapping_sub(1) & !self.doubtful;
        // The word at the start of the window starts there, but does not end there.
        self.sure & before_doubt & DECIDED & !1
    }
}

impl Windows for Gpt2 {
    #[inline(always)]
    fn ends(bytes: &Bytes, planes: &Planes) -> u64 {
        let characters = !planes.ascii.continuation;
        let (letter, number, symbol) =
            (planes.of_classes(LETTER), planes.of_classes(NUMBER), planes.of_classes(MARK | OTHER));
        let white = planes.of_classes(NEWLINE | BLANK);
        let first = |class: u64| class & characters & !(class << 1);
        let behind_space = planes.ascii.space << 1;
        let text = (first(letter) | first(number) | first(symbol)) & !behind_space;
        let mut starts = Starts { sure: text | first(white) | last_white(planes, white, white), doubtful: 0 };
        let quotes = planes.ascii.apostrophe & first(symbol) & !behind_space;
        split_contractions(bytes, quotes, letter, gpt2_contraction_end, &mut starts);
        starts.decided()
    }
}

impl<const DIGITS: usize, const WHOLE_TAIL: bool> Windows for Cl100k<DIGITS, WHOLE_TAIL> {
    #[inline(always)]
    fn ends(bytes: &Bytes, planes: &Planes) -> u64 {
        let (letter, symbol) = (planes.of_classes(LETTER), planes.of_classes(MARK | OTHER));
        let mut starts = led_words(planes, letter, symbol, &numbers::<DIGITS>(planes));
        let first_symbol = symbol & !planes.ascii.continuation & !(symbol << 1);
        let quotes = planes.ascii.apostrophe & first_symbol & !(planes.ascii.space << 1);
        split_contractions(bytes, quotes, letter, contraction_end, &mut starts);
        starts.decided()
    }
}

impl<const DIGITS: usize, const CONTRACTIONS: bool> Windows for O200k<DIGITS, CONTRACTIONS> {
    #[inline(always)]
    fn ends(bytes: &Bytes, planes: &Planes) -> u64 {
        let letter = planes.of_classes(LETTER | MARK);
        let [upper, lower] = [UPPER, LOWER].map(|class| planes.of_classes(class));
        let mut starts = led_words(planes, letter, planes.of_classes(OTHER), &numbers::<DIGITS>(planes));
        // A word breaks before a capital that follows a small letter.
        starts.sure |= upper & (lower << 1);
        // Behind a letter without case it depends on what comes before and behind.
        starts.doubtful |= upper & (planes.of_classes(CASELESS | MARK) << 1);
        // A mark without a letter to stand on is part of symbols, or it leads letters.
        starts.doubtful |= planes.of_classes(MARK) & !planes.ascii.continuation & !(letter << 1);
        starts.doubtful |= newline_slashes(planes, planes.of_classes(OTHER));
        if CONTRACTIONS {
            join_contractions(bytes, planes.ascii.apostrophe & (letter << 1), letter, &mut starts);
        }
        starts.decided()
    }
}

/// Slashes with which newlines after symbols go on.
#[inline(always)]
pub(super) fn newline_slashes(planes: &Planes, symbol: u64) -> u64 {
    let newline = planes.of_classes(NEWLINE);
    (newline & (symbol << 1)).wrapping_add(newline) & !newline & planes.ascii.slash
}

/// What `cl100k`, `o200k` and `omni` have in common: letters with any one character but a newline before them, numbers,
/// symbols with a space before and newlines behind them, white space up to its last newline.
#[inline(always)]
pub(super) fn led_words(planes: &Planes, letter: u64, symbol: u64, numbers: &Starts) -> Starts {
    let continuation = planes.ascii.continuation;
    let characters = !continuation;
    let [newline, blank] = [NEWLINE, BLANK].map(|class| planes.of_classes(class));
    let white = newline | blank;
    let first = |class: u64| class & characters & !(class << 1);
    let behind_space = planes.ascii.space << 1;

    // ` ?[^\s\p{L}\p{N}]+[\r\n]*`
    let symbols = first(symbol) & !behind_space;
    // `[^\r\n\p{L}\p{N}]?\p{L}+`: what leads them is the last of the white space, or a single symbol. That is one which
    // starts a word and behind which the letters start at once.
    let behind_first_symbol = (symbols << 1).wrapping_add(continuation) & characters;
    let letters = first(letter) & !(blank << 1) & !behind_first_symbol;
    // `\s*[\r\n]+|\s+(?!\S)|\s+`: newlines right behind symbols belong to those.
    let white_space = first(white) & !(newline & (symbol << 1));
    let behind_newline = blank & (newline << 1);
    let last_blank = last_white(planes, white, blank);

    // White space between newlines is one word with them. Whether there is another newline may lie behind the window.
    let (runs_out, is_cut) = behind_newline.overflowing_add(blank);
    let mut doubtful = numbers.doubtful;
    if runs_out & newline != 0 {
        doubtful |= behind_newline;
    }
    if is_cut {
        doubtful |= 1 << behind_newline.ilog2();
    }
    Starts { sure: symbols | letters | numbers.sure | white_space | behind_newline | last_blank, doubtful }
}

/// The last characters of runs of `white` that are in `set` and do not end the window.
#[inline(always)]
fn last_white(planes: &Planes, white: u64, set: u64) -> u64 {
    let continuation = planes.ascii.continuation;
    let text = !white & !continuation;
    let mut last = set & !planes.ascii.wide & (text >> 1);
    let wide = set & planes.ascii.wide & !continuation;
    if wide != 0 {
        // No white space takes four bytes.
        let third = continuation >> 2;
        last |= wide & ((!third & (text >> 2)) | (third & (text >> 3)));
    }
    last
}

/// Starts of numbers of at most `DIGITS` characters, and where they are in doubt: characters of several bytes are not
/// counted here.
#[inline(always)]
fn numbers<const DIGITS: usize>(planes: &Planes) -> Starts {
    let number = planes.of_classes(NUMBER);
    if DIGITS == 1 {
        return Starts { sure: number & !planes.ascii.continuation, doubtful: 0 };
    }
    let mut starts = number & !(number << 1);
    let inside = number & (number << 1) & (number << 2) & (number << 3);
    let mut next = (starts << DIGITS) & inside;
    while next != 0 {
        starts |= next;
        next = (next << DIGITS) & inside;
    }
    Starts { sure: starts, doubtful: number & planes.ascii.wide }
}

/// Contractions that are words of their own: letters behind them start another.
#[inline(always)]
fn split_contractions(
    bytes: &Bytes,
    quotes: u64,
    letter: u64,
    contraction_end: impl Fn(&[u8], usize) -> usize,
    starts: &mut Starts,
) {
    for quote in decided_places(quotes) {
        let end = contraction_end(bytes, quote);
        if end > quote {
            starts.sure = starts.sure & !between(quote + 1, end) | letter & 1 << end;
        }
    }
}

/// Contractions that belong to the letters before them; `quotes` all have some.
#[inline(always)]
pub(super) fn join_contractions(bytes: &Bytes, quotes: u64, letter: u64, starts: &mut Starts) {
    let mut behind_last = 0;
    for quote in decided_places(quotes) {
        let end = contraction_end(bytes, quote);
        // Behind a contraction there is no word that another one could belong to.
        if end > quote && quote != behind_last {
            starts.sure = starts.sure & !between(quote, end) | letter & 1 << end;
            behind_last = end;
        }
    }
}

/// The places of the bits of `mask` behind which a contraction still ends in the window.
#[inline(always)]
fn decided_places(mask: u64) -> impl Iterator<Item = usize> {
    let mut rest = mask & DECIDED;
    std::iter::from_fn(move || {
        let place = rest.trailing_zeros() as usize;
        let some = rest != 0;
        rest &= rest.wrapping_sub(1);
        some.then_some(place)
    })
}

/// The bits from `start` to before `end`.
#[inline(always)]
fn between(start: usize, end: usize) -> u64 {
    (1 << end) - (1 << start)
}
