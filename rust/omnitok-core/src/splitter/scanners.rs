//! Scanners written by hand for the three families of published patterns.
//!
//! A scanner answers one question: where does the word that starts here end? The regular expressions it stands for
//! are tried alternative by alternative, the first that matches wins, and each quantifier takes as much as it can and
//! gives back only when the rest fails. The comments say which alternative a branch is, and where a backtracking engine
//! would give something back, why the shortcut taken here ends at the same place.
//!
//! Each scanner reads every byte a bounded number of times, whatever the text.

use super::classes::{
    BLANK, CASELESS, Classes, LETTER, LOWER, MARK, NEWLINE, NUMBER, SYMBOL, UPPER, WHITE, class_at, run_end,
};

/// One family of split rules.
pub(super) trait Scanner {
    /// Returns the end of the word that starts at `start`, which is greater than `start`.
    /// `bytes` are valid UTF-8 and `start` is the first byte of one of its characters.
    fn word_end(bytes: &[u8], start: usize) -> usize;
}

/// `gpt2`, `r50k`, `p50k`: letters, numbers and symbols, each run with the space before it.
pub(super) struct Gpt2;

/// `cl100k`, `llama3`, `qwen2`: numbers of at most `DIGITS` characters, and any one character but a newline may lead
/// letters.
/// With `WHOLE_TAIL` the white space that ends the text is one word even when it holds newlines.
pub(super) struct Cl100k<const DIGITS: usize, const WHOLE_TAIL: bool>;

/// `o200k`, `tekken`: as `cl100k`, but marks count as letters and words also break before capitals.
/// With `CONTRACTIONS` a word keeps the `'s` that follows it.
pub(super) struct O200k<const DIGITS: usize, const CONTRACTIONS: bool>;

impl Scanner for Gpt2 {
    #[inline]
    fn word_end(bytes: &[u8], start: usize) -> usize {
        let first = bytes[start];
        let contraction = gpt2_contraction_end(bytes, start);
        if contraction > start {
            return contraction;
        }
        // ` ?\p{L}+`, ` ?\p{N}+`, ` ?[^\s\p{L}\p{N}]+`
        let lead = usize::from(first == b' ');
        let (class, length) = class_at(bytes, start + lead);
        let run = [LETTER, NUMBER, SYMBOL].into_iter().find(|set| set & class != 0);
        match run {
            Some(set) => run_end(bytes, start + lead + length, set),
            None => WhiteSpace::read(bytes, start).end_before_text(),
        }
    }
}

impl<const DIGITS: usize, const WHOLE_TAIL: bool> Scanner for Cl100k<DIGITS, WHOLE_TAIL> {
    #[inline]
    fn word_end(bytes: &[u8], start: usize) -> usize {
        let (class, length) = class_at(bytes, start);
        let next = start + length;
        if class & LETTER != 0 {
            return run_end(bytes, next, LETTER);
        }
        if class & NUMBER != 0 {
            return number_end(bytes, next, DIGITS);
        }
        let contraction = contraction_end(bytes, start);
        if contraction > start {
            return contraction;
        }
        // `[^\r\n\p{L}\p{N}]?\p{L}+`
        let (next_class, next_length) = class_at(bytes, next);
        if next_class & LETTER != 0 && class & NEWLINE == 0 {
            return run_end(bytes, next + next_length, LETTER);
        }
        // ` ?[^\s\p{L}\p{N}]+[\r\n]*`
        if class & SYMBOL != 0 {
            return run_end(bytes, run_end(bytes, next, SYMBOL), NEWLINE);
        }
        if bytes[start] == b' ' && next_class & SYMBOL != 0 {
            return run_end(bytes, run_end(bytes, next + next_length, SYMBOL), NEWLINE);
        }
        let white_space = WhiteSpace::read(bytes, start);
        if WHOLE_TAIL && white_space.ends_text { white_space.end } else { white_space.end_after_newline() }
    }
}

impl<const DIGITS: usize, const CONTRACTIONS: bool> Scanner for O200k<DIGITS, CONTRACTIONS> {
    #[inline]
    fn word_end(bytes: &[u8], start: usize) -> usize {
        let (class, length) = class_at(bytes, start);
        let next = start + length;
        // A mark may be the one character before the letters or the first of them: it may stand in both places of the
        // pattern, so the word ends at the same place, and only the second reading also finds a mark that is alone.
        if class & (LETTER | MARK) != 0 {
            return Self::cased_word_end(bytes, start);
        }
        if class & NUMBER != 0 {
            return number_end(bytes, next, DIGITS);
        }
        let (next_class, _) = class_at(bytes, next);
        if next_class & (LETTER | MARK) != 0 && class & NEWLINE == 0 {
            return Self::cased_word_end(bytes, next);
        }
        symbols_or_white_space_end(bytes, start)
    }
}

impl<const DIGITS: usize, const CONTRACTIONS: bool> O200k<DIGITS, CONTRACTIONS> {
    /// The two alternatives for letters, from the first letter or mark on. They are `U*W+` and `U+W*`, the first
    /// preferred, with `U` for `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]` and `W` for `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`.
    ///
    /// `U*` takes all it can. If a lower case letter follows, `W+` goes on from there. If not, `U*` gives back
    /// characters until `W+` can have one, that is down to the last one without case; those after it are capitals, so
    /// `W+` takes that one alone. And if there is none, only `U+W*` matches: the capitals.
    ///
    /// What stays behind are capitals only, so no byte is read more than twice.
    #[inline]
    fn cased_word_end(bytes: &[u8], start: usize) -> usize {
        // Most words: a capital or none, and lower case letters.
        let small = start + usize::from(bytes[start].is_ascii_uppercase());
        if bytes.get(small).is_some_and(u8::is_ascii_lowercase) {
            let end = run_end(bytes, small, LOWER | CASELESS | MARK);
            return if CONTRACTIONS { contraction_end(bytes, end) } else { end };
        }
        let mut at = start;
        let mut after_caseless = None;
        let end = loop {
            let (class, length) = class_at(bytes, at);
            if class & (UPPER | CASELESS | MARK) == 0 {
                let lower_case_follows = class & LOWER != 0;
                break if lower_case_follows {
                    run_end(bytes, at + length, LOWER | CASELESS | MARK)
                } else {
                    after_caseless.unwrap_or(at)
                };
            }
            at += length;
            if class & UPPER == 0 {
                after_caseless = Some(at);
            }
        };
        if CONTRACTIONS { contraction_end(bytes, end) } else { end }
    }
}

/// `(?:'s|'t|'re|'ve|'m|'ll|'d)?` at `at`, in lower case only: returns where it ends, `at` itself where there is none.
#[inline]
pub(super) fn gpt2_contraction_end(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at) != Some(&b'\'') {
        return at;
    }
    match bytes[at + 1..] {
        [b's' | b't' | b'm' | b'd', ..] => at + 2,
        [b'r' | b'v', b'e', ..] | [b'l', b'l', ..] => at + 3,
        _ => at,
    }
}

/// `(?i:'s|'t|'re|'ve|'m|'ll|'d)?` at `at`: returns where it ends, `at` itself where there is none.
///
/// U+017F LATIN SMALL LETTER LONG S is an `s` when case is ignored; the other letters have no such relatives.
#[inline]
pub(super) fn contraction_end(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at) != Some(&b'\'') {
        return at;
    }
    match bytes[at + 1..] {
        [b's' | b'S' | b't' | b'T' | b'm' | b'M' | b'd' | b'D', ..] => at + 2,
        [b'r' | b'R' | b'v' | b'V', b'e' | b'E', ..] | [b'l' | b'L', b'l' | b'L', ..] | [0xC5, 0xBF, ..] => at + 3,
        _ => at,
    }
}

/// `\p{N}{1,digits}` whose first character ends at `at`.
#[inline]
fn number_end(bytes: &[u8], mut at: usize, digits: usize) -> usize {
    for _ in 1..digits {
        let (class, length) = class_at(bytes, at);
        if class & NUMBER == 0 {
            break;
        }
        at += length;
    }
    at
}

/// ` ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+` at `start`, where no letter and no number is.
#[inline]
pub(super) fn symbols_or_white_space_end(bytes: &[u8], start: usize) -> usize {
    let symbols = start + usize::from(bytes[start] == b' ');
    let (class, length) = class_at(bytes, symbols);
    if class & SYMBOL == 0 {
        return WhiteSpace::read(bytes, start).end_after_newline();
    }
    let end = run_end(bytes, symbols + length, SYMBOL);
    let tail = bytes[end..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n' | b'/')).count();
    end + tail
}

/// The longest run of white space from a place on, and the places in it that the rules ask for.
struct WhiteSpace {
    start: usize,
    end: usize,
    /// Start of its last character.
    last: usize,
    /// End of its last newline character.
    after_newline: Option<usize>,
    /// Whether the run ends the text.
    ends_text: bool,
}

impl WhiteSpace {
    fn read(bytes: &[u8], start: usize) -> Self {
        let (mut end, mut last, mut after_newline) = (start, start, None);
        loop {
            let (class, length): (Classes, usize) = class_at(bytes, end);
            if class & WHITE == 0 {
                break;
            }
            last = end;
            end += length;
            if class & BLANK == 0 {
                after_newline = Some(end);
            }
        }
        Self { start, end, last, after_newline, ends_text: end == bytes.len() }
    }

    /// `\s+(?!\S)|\s+`: all of it at the end of the text; otherwise all but its last character, which goes with the
    /// text that follows, unless it is the only one.
    fn end_before_text(&self) -> usize {
        if self.ends_text || self.last == self.start { self.end } else { self.last }
    }

    /// `\s*[\r\n]+|\s+(?!\S)|\s+`: up to its last newline if it has one.
    fn end_after_newline(&self) -> usize {
        self.after_newline.unwrap_or_else(|| self.end_before_text())
    }
}
