//! Where tokens end among words and characters.

use super::class::{Utf8Kind, utf8_kind};
use super::layout::{Line, TextLayout};
use crate::parallel::{self, Watch};
use crate::{Error, Result};

/// The bytes of tokens by id. Ids may have none: those of special tokens, and those that nobody asked for.
#[derive(Debug)]
pub struct TokenTable {
    bytes: Vec<u8>,
    /// Where each token begins, and behind them where the last one ends.
    starts: Vec<usize>,
    has_bytes: Vec<bool>,
    is_fragment: Vec<bool>,
    adds_space: bool,
}

impl TokenTable {
    /// Takes the tokens with the ids 0, 1, ...
    pub fn new<'t>(tokens: impl IntoIterator<Item = Option<&'t [u8]>>) -> Self {
        let mut table = Self {
            bytes: Vec::new(),
            starts: vec![0],
            has_bytes: Vec::new(),
            is_fragment: Vec::new(),
            adds_space: false,
        };
        for token in tokens {
            table.bytes.extend_from_slice(token.unwrap_or_default());
            table.starts.push(table.bytes.len());
            table.has_bytes.push(token.is_some());
            table.is_fragment.push(token.is_some_and(|token| utf8_kind(token) != Utf8Kind::Whole));
        }
        table
    }

    /// The tokens of a tokenizer that puts a space before a text: the first token may begin with one more than the text.
    #[must_use]
    pub fn adding_space(mut self, adds_space: bool) -> Self {
        self.adds_space = adds_space;
        self
    }

    /// Number of ids.
    #[must_use]
    pub fn len(&self) -> usize {
        self.has_bytes.len()
    }

    /// Whether there is no id.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.has_bytes.is_empty()
    }

    /// The bytes of an id, if it has any.
    #[must_use]
    pub fn get(&self, id: u32) -> Option<&[u8]> {
        let id = id as usize;
        self.has_bytes.get(id).filter(|has| **has).map(|_| &self.bytes[self.starts[id]..self.starts[id + 1]])
    }
}

/// One line under one tokenizer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct LineTokens {
    /// Whether the bytes of the tokens are those of the line. All else is 0 where they are not.
    pub is_intact: bool,
    /// Words covered by two tokens or more.
    pub continued: u64,
    /// Words that are exactly one token, by themselves or with the space before them.
    pub kept: u64,
    /// Ends of tokens between two characters inside a word.
    pub cuts: u64,
    /// Tokens that are not valid UTF-8 by themselves.
    pub fragments: u64,
    /// Characters that a token ends inside of.
    pub split_characters: u64,
}

/// A text under one tokenizer.
#[derive(Debug, PartialEq)]
pub struct TextTokenFigures {
    /// By line.
    pub lines: Vec<LineTokens>,
    /// How often each distinct word was kept whole, in the order of [`TextLayout::word_uses`].
    pub kept_words: Vec<u64>,
}

/// Lines that a thread takes at once.
const LINES_AT_ONCE: usize = 128;

impl TextLayout {
    /// Compares the ends of tokens with the words and characters of every line. Linear in text and tokens.
    ///
    /// # Errors
    /// [`Error::Corpus`] when `offsets` do not cut `ids` into as many lines as there are; [`Error::Interrupted`] when
    /// `watch` breaks.
    pub fn measure(
        &self,
        ids: &[u32],
        offsets: &[i64],
        tokens: &TokenTable,
        threads: usize,
        watch: Watch,
    ) -> Result<TextTokenFigures> {
        let lines = self.cut(ids, offsets)?;
        let work = |done: &mut Share, index: usize| {
            let range = index * LINES_AT_ONCE..((index + 1) * LINES_AT_ONCE).min(lines.len());
            done.kept_words.resize(self.word_uses().len(), 0);
            let mut measured = Vec::with_capacity(range.len());
            for (line, ids) in self.lines[range.clone()].iter().zip(&lines[range]) {
                measured.push(line.measure(ids, tokens, &mut done.ends, &mut done.kept_words));
            }
            done.chunks.push((index, measured));
            Ok(())
        };
        let mut kept_words = vec![0; self.word_uses().len()];
        let mut chunks = Vec::new();
        for share in parallel::gather(threads, lines.len().div_ceil(LINES_AT_ONCE), watch, work)? {
            kept_words.iter_mut().zip(share.kept_words).for_each(|(sum, kept)| *sum += kept);
            chunks.extend(share.chunks);
        }
        chunks.sort_unstable_by_key(|&(index, _)| index);
        Ok(TextTokenFigures { lines: chunks.into_iter().flat_map(|(_, lines)| lines).collect(), kept_words })
    }

    fn cut<'i>(&self, ids: &'i [u32], offsets: &[i64]) -> Result<Vec<&'i [u32]>> {
        let cuts: Option<Vec<&[u32]>> = offsets
            .windows(2)
            .map(|pair| ids.get(usize::try_from(pair[0]).ok()?..usize::try_from(pair[1]).ok()?))
            .collect();
        cuts.filter(|cuts| cuts.len() == self.len()).ok_or_else(|| {
            let (offsets, lines, ids) = (offsets.len(), self.len(), ids.len());
            Error::Corpus(format!(
                "{offsets} offsets do not cut {ids} ids into {lines} lines; give one more than lines"
            ))
        })
    }
}

/// What a thread gathers.
#[derive(Default)]
struct Share {
    chunks: Vec<(usize, Vec<LineTokens>)>,
    kept_words: Vec<u64>,
    ends: Vec<u32>,
}

impl Line {
    /// `ends` is room for where tokens end.
    fn measure(&self, ids: &[u32], tokens: &TokenTable, ends: &mut Vec<u32>, kept_words: &mut [u64]) -> LineTokens {
        let mut figures = LineTokens::default();
        let text = self.text.as_bytes();
        ends.clear();
        let mut at = 0;
        for (place, &id) in ids.iter().enumerate() {
            let is_next = |token: &&[u8]| text[at..].starts_with(token);
            let found = tokens.get(id).map(|token| match token {
                [b' ', rest @ ..] if place == 0 && tokens.adds_space && !is_next(&token) => rest,
                _ => token,
            });
            let Some(token) = found.filter(is_next) else { return LineTokens::default() };
            figures.fragments += u64::from(tokens.is_fragment[id as usize]);
            at += token.len();
            // An empty token ends where the one before it does.
            if ends.last() != Some(&(at as u32)) && at > 0 {
                ends.push(at as u32);
            }
        }
        if at != text.len() {
            return LineTokens::default();
        }
        figures.is_intact = true;
        figures.split_characters = self.split_characters(ends);
        self.measure_words(ends, &mut figures, kept_words);
        figures
    }

    fn split_characters(&self, ends: &[u32]) -> u64 {
        let mut rest = ends.iter().copied().peekable();
        let mut split = 0;
        for pair in self.characters.windows(2) {
            while rest.next_if(|&end| end <= pair[0]).is_some() {}
            split += u64::from(rest.peek().is_some_and(|&end| end < pair[1]));
        }
        split
    }

    fn measure_words(&self, ends: &[u32], figures: &mut LineTokens, kept_words: &mut [u64]) {
        let (mut token, mut joint) = (0, 0);
        for word in &self.words {
            // Words do not overlap, so neither index ever goes back.
            token += ends[token..].partition_point(|&end| end <= word.start);
            let start = if token == 0 { 0 } else { ends[token - 1] };
            let end = ends[token];
            figures.continued += u64::from(end < word.end);
            let is_after_space = start + 1 == word.start && self.text.as_bytes()[start as usize] == b' ';
            if end == word.end && (start == word.start || is_after_space) {
                figures.kept += 1;
                kept_words[word.kind as usize] += 1;
            }
            joint += self.characters[joint..].partition_point(|&at| at <= word.start);
            let joints = &self.characters[joint..joint + word.joints as usize];
            figures.cuts += in_both(joints, &ends[token..]);
        }
    }
}

/// How many numbers two ascending lists share.
fn in_both(few: &[u32], many: &[u32]) -> u64 {
    let mut rest = many.iter().copied().peekable();
    let mut shared = 0;
    for &number in few {
        while rest.next_if(|&other| other < number).is_some() {}
        shared += u64::from(rest.peek() == Some(&number));
    }
    shared
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parallel::unwatched;

    /// Measures one line that is cut at `cuts`.
    fn measured(text: &str, cuts: &[usize]) -> LineTokens {
        let bounds: Vec<usize> = [0].iter().chain(cuts).copied().chain([text.len()]).collect();
        let tokens: Vec<&[u8]> = bounds.windows(2).map(|pair| &text.as_bytes()[pair[0]..pair[1]]).collect();
        let ids: Vec<u32> = (0..tokens.len() as u32).collect();
        let table = TokenTable::new(tokens.iter().copied().map(Some));
        let layout = TextLayout::new(&[text], 1, &mut unwatched).expect("short");
        let offsets = [0, ids.len() as i64];
        layout.measure(&ids, &offsets, &table, 1, &mut unwatched).expect("in order").lines[0]
    }

    #[test]
    fn a_word_is_kept_alone_or_with_its_space() {
        // The| quick| brown| fox.
        let line = measured("The quick brown fox.", &[3, 9, 12, 15]);
        assert_eq!(line.kept, 2);
        // "brown" begins in one token and ends in another; "fox" shares its token with " " and ".".
        assert_eq!(line.continued, 1);
        assert_eq!((line.cuts, line.fragments, line.split_characters), (1, 0, 0));
        // Two spaces are not one space.
        assert_eq!(measured("a  b", &[1]).kept, 1);
        assert_eq!(measured("a\u{a0}b", &[1]).kept, 1);
    }

    #[test]
    fn characters_and_code_points_are_cut_apart() {
        // क + virama | ष + i: one character of four code points, and a cut inside a code point.
        let line = measured("क्षि", &[6, 7]);
        assert_eq!((line.split_characters, line.fragments, line.continued), (1, 2, 1));
        assert_eq!(line.cuts, 0, "between code points of one character is no place between characters");
        assert_eq!(measured("한국", &[3]).cuts, 1);
    }

    #[test]
    fn what_does_not_give_the_line_is_not_measured() {
        let layout = TextLayout::new(&["ab", "ab"], 1, &mut unwatched).expect("short");
        let table = TokenTable::new([Some(&b"a"[..]), None]);
        let figures = layout.measure(&[0, 1, 0], &[0, 2, 3], &table, 1, &mut unwatched).expect("two lines");
        assert_eq!(figures.lines, [LineTokens::default(); 2]);
        let beyond = layout.measure(&[0, 7], &[0, 2, 2], &table, 1, &mut unwatched).expect("two lines");
        assert!(!beyond.lines[0].is_intact);
        for offsets in [&[0, 3][..], &[0, 1, 9], &[0, 2, 1], &[-1, 1, 2], &[]] {
            let error = layout.measure(&[0, 1, 0], offsets, &table, 1, &mut unwatched).expect_err("wrong offsets");
            assert!(error.to_string().contains("into 2 lines"), "{error}");
        }
    }

    #[test]
    fn a_space_before_the_text_is_no_part_of_it() {
        let line = |text: &str, tokens: &[&str], adds_space: bool| {
            let table = TokenTable::new(tokens.iter().map(|token| Some(token.as_bytes()))).adding_space(adds_space);
            let layout = TextLayout::new(&[text], 1, &mut unwatched).expect("short");
            let ids: Vec<u32> = (0..tokens.len() as u32).collect();
            let offsets = [0, ids.len() as i64];
            layout.measure(&ids, &offsets, &table, 1, &mut unwatched).expect("in order").lines[0]
        };
        let added = line("The fox", &[" The", " fox"], true);
        assert_eq!(added, line("The fox", &["The", " fox"], false));
        assert_eq!(line("The fox", &[" ", "The", " fox"], true), added);
        assert!(!line("The fox", &[" The", " fox"], false).is_intact);
        assert!(!line("The fox", &["The", "  fox"], true).is_intact, "only before the text");
        assert!(!line("The fox", &["  The", " fox"], true).is_intact, "only one");
        assert_eq!(line(" fox", &[" fox"], true).kept, 1, "a space that the text has stays");
    }

    /// The definitions, word by word and character by character.
    fn slow(text: &str, cuts: &[usize]) -> LineTokens {
        let layout = TextLayout::new(&[text], 1, &mut unwatched).expect("short");
        let line = &layout.lines[0];
        let is_cut = |at: usize| at == 0 || at == text.len() || cuts.contains(&at);
        let bounds: Vec<usize> = (0..=text.len()).filter(|&at| is_cut(at)).collect();
        let mut figures = LineTokens { is_intact: true, ..LineTokens::default() };
        for pair in bounds.windows(2) {
            figures.fragments += u64::from(text.get(pair[0]..pair[1]).is_none());
        }
        for pair in line.characters.windows(2) {
            figures.split_characters += u64::from((pair[0] as usize + 1..pair[1] as usize).any(is_cut));
        }
        for word in &line.words {
            let (start, end) = (word.start as usize, word.end as usize);
            let is_whole = !(start + 1..end).any(is_cut);
            figures.continued += u64::from(!is_whole);
            let begins = is_cut(start) || start > 0 && text.as_bytes()[start - 1] == b' ' && is_cut(start - 1);
            figures.kept += u64::from(is_whole && begins && is_cut(end));
            let inside = |at: &&u32| (start + 1..end).contains(&(**at as usize));
            figures.cuts += line.characters.iter().filter(inside).filter(|at| is_cut(**at as usize)).count() as u64;
        }
        figures
    }

    proptest! {
        #[test]
        fn measuring_is_the_definition(text in "[a-c ’.é\u{308}क्षिख한국私は学生👩\u{200d}]{0,24}", cuts in prop::collection::btree_set(0usize..80, 0..20)) {
            let cuts: Vec<usize> = cuts.into_iter().filter(|&at| at > 0 && at < text.len()).collect();
            prop_assert_eq!(measured(&text, &cuts), if text.is_empty() { measured("", &[]) } else { slow(&text, &cuts) });
        }
    }
}
