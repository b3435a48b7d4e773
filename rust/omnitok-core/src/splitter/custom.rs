//! Any other pattern: an automaton that reads the text from left to right and never goes back.
//!
//! The parts of the pattern ([`super::syntax`]) run as one lazily built automaton with leftmost-first preference.
//! Its search starts anew where the last word ended. That is linear as long as words end about where the search for
//! them does; a pattern such as `a+b` reads `aaaa…` to its end from every place. So the bytes read are counted, and a
//! text that needs too many is refused instead of stalling the caller.

use std::fmt;
use std::ops::ControlFlow;

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{Compiler, Config, WhichCaptures};
use regex_automata::util::{pool::Pool, syntax};
use regex_automata::{Anchored, Input, MatchKind};

use super::syntax::{Part, read_parts};
use crate::error::{Error, Result};

/// Bytes of states that one thread keeps; beyond it the automaton forgets them and starts to build anew.
const CACHE_CAPACITY: usize = 16 << 20;
/// Bytes of the automaton's program. Large Unicode classes with counted repetitions can exceed any limit.
const PROGRAM_LIMIT: usize = 64 << 20;
/// A text may be read so many times over, plus [`READING_ALLOWANCE`] bytes.
const READINGS_LIMIT: usize = 64;
const READING_ALLOWANCE: usize = 1 << 20;

type NewCache = Box<dyn Fn() -> Cache + Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe>;

/// A pattern without a scanner of its own.
pub(super) struct CustomPattern {
    regex: String,
    automaton: DFA,
    /// For each part, whether it is `\s+(?!\S)|\s+`, which gives its last character back before text.
    gives_back: Vec<bool>,
    caches: Pool<Cache, NewCache>,
}

impl fmt::Debug for CustomPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CustomPattern").field("regex", &self.regex).finish_non_exhaustive()
    }
}

impl CustomPattern {
    /// Compiles `regex`. See [`super::Splitter::new`] for the errors.
    pub(super) fn new(regex: &str) -> Result<Self> {
        let refuse = |reason: String| Error::Pattern { pattern: regex.to_owned(), reason };
        let parts = read_parts(regex)?;
        let sources: Vec<&str> = parts.iter().map(Part::source).collect();
        sources.iter().try_for_each(|source| check(source)).map_err(refuse)?;
        let automaton = compile(&sources).map_err(refuse)?;
        let source = automaton.clone();
        Ok(Self {
            regex: regex.to_owned(),
            automaton,
            gives_back: parts.iter().map(|part| *part == Part::WhiteSpaceBeforeText).collect(),
            caches: Pool::new(Box::new(move || source.create_cache())),
        })
    }

    pub(super) fn regex(&self) -> &str {
        &self.regex
    }

    /// See [`super::Splitter::try_for_each_end`].
    pub(super) fn try_for_each_end(&self, text: &str, mut visit: impl FnMut(usize) -> ControlFlow<()>) -> Result<()> {
        let mut cache = self.caches.get();
        let mut search = Search { pattern: self, cache: &mut cache, text, bytes_read: 0 };
        // Text from `unmatched` to `at` belongs to no match so far.
        let (mut unmatched, mut at) = (0, 0);
        while at < text.len() {
            let Some(end) = search.match_end(at)? else {
                at += text[at..].chars().next().map_or(1, char::len_utf8);
                continue;
            };
            if unmatched < at && visit(at).is_break() {
                return Ok(());
            }
            if visit(end).is_break() {
                return Ok(());
            }
            (unmatched, at) = (end, end);
        }
        if unmatched < at {
            // The text is over, so it does not matter any more whether to go on.
            let _ = visit(at);
        }
        Ok(())
    }
}

/// Refuses, with the reason, a part of a pattern that is not valid or cannot make words.
fn check(source: &str) -> Result<(), String> {
    let expression = syntax::parse(source)
        .map_err(|error| format!("syntax that is not valid ({})", last_line(&error.to_string())))?;
    let properties = expression.properties();
    if properties.minimum_len() == Some(0) {
        return Err("an alternative that matches the empty string, which is no word (ask for a character),".to_owned());
    }
    if properties.look_set().contains_word_unicode() {
        return Err(r"a Unicode word boundary (write (?-u:\b) for that of ASCII)".to_owned());
    }
    Ok(())
}

/// Compiles the parts into one automaton that prefers the earlier ones, or says why it cannot.
fn compile(sources: &[&str]) -> Result<DFA, String> {
    let too_large = |error: &dyn fmt::Display| format!("more than can be compiled ({})", last_line(&error.to_string()));
    let program = Compiler::new()
        .configure(Config::new().which_captures(WhichCaptures::None).nfa_size_limit(Some(PROGRAM_LIMIT)))
        .build_many(sources)
        .map_err(|error| too_large(&error))?;
    DFA::builder()
        .configure(DFA::config().match_kind(MatchKind::LeftmostFirst).cache_capacity(CACHE_CAPACITY))
        .build_from_nfa(program)
        .map_err(|error| too_large(&error))
}

/// One pass over one text.
struct Search<'s, 't> {
    pattern: &'s CustomPattern,
    cache: &'s mut Cache,
    text: &'t str,
    bytes_read: usize,
}

impl Search<'_, '_> {
    /// Returns the end of the match that starts at `start`, if there is one.
    fn match_end(&mut self, start: usize) -> Result<Option<usize>> {
        let Some((part, end)) = self.preferred_match(start)? else { return Ok(None) };
        if !self.pattern.gives_back[part] || end == self.text.len() {
            return Ok(Some(end));
        }
        // `\s+` took all the white space there is, so text follows, and the look-ahead holds one character earlier.
        let last = self.text[start..end].chars().next_back().map_or(0, char::len_utf8);
        Ok(Some(if last < end - start { end - last } else { end }))
    }

    /// Runs the automaton from `start`: returns the index of the part that matches first, and where it ends.
    fn preferred_match(&mut self, start: usize) -> Result<Option<(usize, usize)>> {
        let automaton = &self.pattern.automaton;
        let input = Input::new(self.text).range(start..).anchored(Anchored::Yes);
        let mut state =
            automaton.start_state_forward(self.cache, &input).map_err(|error| self.give_up(start, &error))?;
        let mut found = None;
        for (at, &byte) in self.text.as_bytes().iter().enumerate().skip(start) {
            state = automaton.next_state(self.cache, state, byte).map_err(|error| self.give_up(at, &error))?;
            if state.is_match() {
                // The automaton reports a match one byte late.
                found = Some((automaton.match_pattern(self.cache, state, 0).as_usize(), at));
            } else if state.is_dead() || state.is_quit() {
                self.count(start, at + 1 - start)?;
                return Ok(found);
            }
        }
        self.count(start, self.text.len() - start)?;
        state = automaton.next_eoi_state(self.cache, state).map_err(|error| self.give_up(self.text.len(), &error))?;
        if state.is_match() {
            found = Some((automaton.match_pattern(self.cache, state, 0).as_usize(), self.text.len()));
        }
        Ok(found)
    }

    /// Adds to the bytes read, and refuses the text when they are too many.
    fn count(&mut self, start: usize, bytes: usize) -> Result<()> {
        self.bytes_read += bytes;
        if self.bytes_read <= READINGS_LIMIT.saturating_mul(self.text.len()).saturating_add(READING_ALLOWANCE) {
            return Ok(());
        }
        let reason = format!(
            "too much reading ahead (at byte {start} of a text of {} bytes, more than {READINGS_LIMIT} times its \
             length was read; rewrite the alternatives that go far before they fail)",
            self.text.len()
        );
        Err(Error::Pattern { pattern: self.pattern.regex.clone(), reason })
    }

    fn give_up(&self, at: usize, error: &impl fmt::Display) -> Error {
        let reason = format!("no way on at byte {at} of the text ({error})");
        Error::Pattern { pattern: self.pattern.regex.clone(), reason }
    }
}

/// The last line of a message of several lines, where the parser of regular expressions says what is wrong.
fn last_line(message: &str) -> &str {
    message.lines().last().unwrap_or(message).trim_start_matches("error: ")
}
