//! Where the words and characters of a text are.

use hashbrown::HashMap;
use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{GraphemeClusterSegmenter, WordSegmenter};
use rustc_hash::FxBuildHasher;

use crate::parallel::{self, Watch};
use crate::{Error, Result};

/// What finds words and characters, with the version of its rules and dictionaries.
pub const SEGMENTER: &str = "icu_segmenter 2.4, UAX 29, dictionaries for Chinese, Japanese, Thai, Lao, Khmer, Burmese";

/// So many lines are worth handing to a thread.
const LINES_AT_ONCE: usize = 64;

/// The lines of a text with their words (Unicode annex 29, with dictionaries where words have no spaces between them) and
/// their characters (extended grapheme clusters). About eight bytes of memory for each byte of text.
#[derive(Debug)]
pub struct TextLayout {
    pub(super) lines: Vec<Line>,
    /// How often each distinct word occurs, by its number.
    uses: Vec<u64>,
    /// Where each distinct word occurs first: line and number of the word in it.
    firsts: Vec<(usize, usize)>,
}

/// One line. Offsets are bytes; the layout refuses lines that they cannot count.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) text: Box<str>,
    /// Where characters begin, and behind them the length of the line.
    pub(super) characters: Vec<u32>,
    /// Segments that hold a letter or digit: start, end, and the number of the distinct word.
    pub(super) words: Vec<Word>,
    code_points: u32,
    spaced_words: u32,
}

/// A word of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Its number among the distinct words of the text.
    pub(super) kind: u32,
    /// Places between two characters inside it.
    pub(super) joints: u32,
}

/// What is counted in one line without any tokenizer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct LineFigures {
    /// UTF-8 bytes.
    pub bytes: u64,
    /// Unicode code points.
    pub code_points: u64,
    /// Extended grapheme clusters.
    pub characters: u64,
    /// Words that hold a letter or digit.
    pub words: u64,
    /// Runs of characters other than white space.
    pub spaced_words: u64,
    /// Places between two characters inside a word.
    pub joints: u64,
}

impl TextLayout {
    /// Finds words and characters of every line. Linear in the text.
    ///
    /// # Errors
    /// [`Error::Corpus`] for a line of 4 GiB or more; [`Error::Interrupted`] when `watch` breaks.
    pub fn new(lines: &[&str], threads: usize, watch: Watch) -> Result<Self> {
        let chunks: Vec<&[&str]> = lines.chunks(LINES_AT_ONCE).collect();
        let find = |done: &mut Vec<(usize, Vec<Line>)>, index: usize| {
            let finder = Finder::new();
            let first = index * LINES_AT_ONCE;
            let found: Result<Vec<Line>> =
                chunks[index].iter().enumerate().map(|(number, line)| finder.line(line, first + number)).collect();
            done.push((index, found?));
            Ok(())
        };
        let mut found: Vec<(usize, Vec<Line>)> =
            parallel::gather(threads, chunks.len(), watch, find)?.into_iter().flatten().collect();
        found.sort_unstable_by_key(|&(index, _)| index);
        let mut layout = Self {
            lines: found.into_iter().flat_map(|(_, lines)| lines).collect(),
            uses: Vec::new(),
            firsts: Vec::new(),
        };
        layout.number_words();
        Ok(layout)
    }

    fn number_words(&mut self) {
        let mut numbers: HashMap<&str, u32, FxBuildHasher> = HashMap::default();
        for (at, line) in self.lines.iter_mut().enumerate() {
            let Line { text, words, .. } = line;
            for (place, word) in words.iter_mut().enumerate() {
                let next = self.uses.len() as u32;
                word.kind = *numbers.entry(&text[word.start as usize..word.end as usize]).or_insert(next);
                if word.kind == next {
                    self.uses.push(0);
                    self.firsts.push((at, place));
                }
                self.uses[word.kind as usize] += 1;
            }
        }
    }

    /// What is counted in each line.
    #[must_use]
    pub fn figures(&self) -> Vec<LineFigures> {
        let figures = |line: &Line| LineFigures {
            bytes: line.text.len() as u64,
            code_points: u64::from(line.code_points),
            characters: line.characters.len() as u64 - 1,
            words: line.words.len() as u64,
            spaced_words: u64::from(line.spaced_words),
            joints: line.words.iter().map(|word| u64::from(word.joints)).sum(),
        };
        self.lines.iter().map(figures).collect()
    }

    /// Number of lines.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How often each distinct word occurs, in the order in which they occur first.
    #[must_use]
    pub fn word_uses(&self) -> &[u64] {
        &self.uses
    }

    /// The distinct words, in the order in which they occur first.
    pub fn distinct_words(&self) -> impl Iterator<Item = &str> {
        self.firsts.iter().map(|&(line, place)| {
            let line = &self.lines[line];
            let word = line.words[place];
            &line.text[word.start as usize..word.end as usize]
        })
    }
}

/// The rules, which are data inside the program.
struct Finder {
    words: icu_segmenter::WordSegmenterBorrowed<'static>,
    characters: icu_segmenter::GraphemeClusterSegmenterBorrowed<'static>,
}

impl Finder {
    fn new() -> Self {
        Self {
            words: WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()),
            characters: GraphemeClusterSegmenter::new(),
        }
    }

    fn line(&self, text: &str, number: usize) -> Result<Line> {
        if u32::try_from(text.len()).is_err() {
            return Err(Error::Corpus(format!("line {} has {} bytes; split it", number + 1, text.len())));
        }
        let mut characters: Vec<u32> = self.characters.segment_str(text).map(|at| at as u32).collect();
        if characters.is_empty() {
            characters.push(0);
        }
        let mut words = Vec::new();
        let mut start = 0;
        for end in self.words.segment_str(text) {
            // Not its `is_word_like`, which is false for a word whose last character is a vowel sign.
            if text[start..end].contains(char::is_alphanumeric) {
                let (start, end) = (start as u32, end as u32);
                let inside = characters.partition_point(|&at| at <= start)..characters.partition_point(|&at| at < end);
                words.push(Word { start, end, kind: 0, joints: inside.len() as u32 });
            }
            start = end;
        }
        Ok(Line {
            code_points: text.chars().count() as u32,
            spaced_words: text.split_whitespace().count() as u32,
            text: text.into(),
            characters,
            words,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parallel::unwatched;

    fn words_of(text: &str) -> Vec<String> {
        let layout = TextLayout::new(&[text], 1, &mut unwatched).expect("short");
        let line = &layout.lines[0];
        line.words.iter().map(|word| line.text[word.start as usize..word.end as usize].to_owned()).collect()
    }

    #[test]
    fn words_hold_a_letter_or_digit() {
        assert_eq!(words_of("Can’t pay $3.50, “no”!"), ["Can’t", "pay", "3.50", "no"]);
        assert_eq!(words_of(" \u{3000}…"), [""; 0]);
        assert_eq!(words_of("नमस्ते दुनिया।"), ["नमस्ते", "दुनिया"]);
    }

    #[test]
    fn dictionaries_find_words_without_spaces() {
        assert_eq!(words_of("私は学生です。"), ["私", "は", "学生", "です"]);
        assert_eq!(words_of("我们喜欢学习"), ["我们", "喜欢", "学习"]);
        assert_eq!(words_of("ภาษาไทย"), ["ภาษา", "ไทย"]);
    }

    #[test]
    fn figures_of_lines_by_hand() {
        let layout = TextLayout::new(&["u\u{308}x क्षि", "", "ab ab"], 2, &mut unwatched).expect("short");
        let figures = layout.figures();
        let hindi = "क्षि";
        assert_eq!(
            figures[0],
            LineFigures {
                bytes: 5 + hindi.len() as u64,
                code_points: 8,
                characters: 4,
                words: 2,
                spaced_words: 2,
                joints: 1
            }
        );
        assert_eq!(figures[1], LineFigures::default());
        assert_eq!((figures[2].words, figures[2].joints), (2, 2));
        assert_eq!(layout.word_uses(), [1, 1, 2]);
        assert_eq!(layout.distinct_words().collect::<Vec<_>>(), ["u\u{308}x", hindi, "ab"]);
    }

    #[test]
    fn threads_change_nothing() {
        let lines: Vec<String> = (0..500).map(|number| format!("Zeile {number}: 私は学生 {}", number % 7)).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let one = TextLayout::new(&lines, 1, &mut unwatched).expect("short");
        let many = TextLayout::new(&lines, 5, &mut unwatched).expect("short");
        assert_eq!(one.figures(), many.figures());
        assert_eq!(one.word_uses(), many.word_uses());
    }
}
