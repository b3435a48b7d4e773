//! Text to words. A word is what merges never cross; the words of a text partition it.
//!
//! The rule that cuts is a regular expression. The published ones, and `omni`, which is ours, are known by name and have
//! scanners written by hand (`scanners.rs`, `omni.rs`), which see the classes of Unicode 16.0 as tiktoken does; any other
//! runs in an automaton of linear time (`custom.rs`), whose classes are those of the crate `regex-syntax` (0.8.12 has
//! Unicode 16.0 too).

mod classes;
mod custom;
mod cuts;
mod edges;
mod omni;
mod patterns;
mod phrases;
mod scanners;
mod scripts;
mod syntax;
mod unicode_tables;
mod window;
mod word_ends;

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::error::{Error, Result};
use custom::CustomPattern;
use cuts::Cuts;
pub(crate) use edges::{Edges, WordEnds};
use omni::Omni;
pub use patterns::PATTERNS;
use phrases::{scan_phrases, scan_words};
use scanners::{Cl100k, Gpt2, O200k};
use window::scan;
pub(crate) use word_ends::WordEnd;

/// Cuts text into words. Cheap to clone, and one can serve any number of threads.
#[derive(Clone, Debug)]
pub struct Splitter {
    engine: Engine,
}

#[derive(Clone, Debug)]
enum Engine {
    Published { name: &'static str, regex: &'static str, family: Family },
    Custom(Arc<CustomPattern>),
}

/// Where some words end that follow one another: at most [`Ends::MOST`].
///
/// A byte for each: an instruction writes those of a window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends<'f> {
    base: usize,
    /// How far behind `base` they are.
    offsets: &'f [u8],
}

impl<'f> Ends<'f> {
    /// As many as a window has.
    pub(crate) const MOST: usize = window::SIZE;

    /// At most [`Self::MOST`] ends, that far behind `base`.
    #[inline]
    pub(crate) fn new(base: usize, offsets: &'f [u8]) -> Self {
        Self { base, offsets }
    }

    pub(crate) fn one(end: usize) -> Self {
        Self::new(end, &[0])
    }

    #[inline]
    pub(crate) fn iter(self) -> impl ExactSizeIterator<Item = usize> + use<'f> {
        self.offsets.iter().map(move |&offset| self.base + usize::from(offset))
    }

    /// All but the first `count`.
    #[inline]
    pub(crate) fn behind(self, count: usize) -> Self {
        Self { offsets: &self.offsets[count..], ..self }
    }
}

/// The scanners there are; each published pattern has one of them.
#[derive(Clone, Copy, Debug)]
enum Family {
    Gpt2,
    Cl100k,
    Llama3,
    Qwen2,
    O200k,
    Tekken,
    Omni,
    O200kSuper,
    OmniSuper,
}

impl Family {
    fn of(name: &str) -> Self {
        match name {
            "cl100k" => Self::Cl100k,
            "llama3" => Self::Llama3,
            "qwen2" => Self::Qwen2,
            "o200k" => Self::O200k,
            "tekken" => Self::Tekken,
            "omni" => Self::Omni,
            "o200k-super" => Self::O200kSuper,
            "omni-super" => Self::OmniSuper,
            _ => Self::Gpt2,
        }
    }
}

impl Splitter {
    /// Makes the splitter for `pattern`: a name out of [`PATTERNS`] or a regular expression.
    ///
    /// A regular expression that is, character by character, one of the published spellings of a built-in pattern
    /// gets its scanner and its name. Any other is read in the syntax of the `regex` crate, with one addition:
    /// `\s+(?!\S)` may stand as an alternative of its own where the next one is `\s+` or `\s`.
    ///
    /// # Errors
    /// [`Error::Pattern`] for a name that is not known, for a regular expression that is not valid, that matches the
    /// empty string, or that needs what no automaton of linear time has: other look-around, possessive quantifiers,
    /// atomic groups, back-references.
    pub fn new(pattern: &str) -> Result<Self> {
        if let Some((name, regex)) = patterns::published(pattern) {
            return Ok(Self { engine: Engine::Published { name, regex, family: Family::of(name) } });
        }
        if patterns::looks_like_a_name(pattern) {
            let known: Vec<&str> = PATTERNS.iter().map(|(name, _)| *name).collect();
            let reason = format!(
                "unknown name (known: {}; write (?:{pattern}) if you mean a regular expression)",
                known.join(", ")
            );
            return Err(Error::Pattern { pattern: pattern.to_owned(), reason });
        }
        Ok(Self { engine: Engine::Custom(Arc::new(CustomPattern::new(pattern)?)) })
    }

    /// The name of the built-in pattern; for any other, the regular expression itself.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.engine {
            Engine::Published { name, .. } => name,
            Engine::Custom(pattern) => pattern.regex(),
        }
    }

    /// The defining regular expression. For a built-in pattern it is the one in [`PATTERNS`],
    /// even when the splitter was made from another spelling of the same rule.
    #[must_use]
    pub fn regex(&self) -> &str {
        match &self.engine {
            Engine::Published { regex, .. } => regex,
            Engine::Custom(pattern) => pattern.regex(),
        }
    }

    /// Calls `visit` with every word of `text`, in order. The words partition the text; what a custom pattern does not
    /// match becomes a word of its own.
    ///
    /// O(length of the text), without allocating, for the built-in patterns.
    ///
    /// # Errors
    /// [`Error::Pattern`] when a custom pattern reads this text many times over (64 times its length and 1 MiB), as
    /// `a+b` does in `aaaa…`. The built-in patterns never fail.
    #[inline]
    pub fn for_each_word<'t>(&self, text: &'t str, mut visit: impl FnMut(&'t str)) -> Result<()> {
        self.try_for_each_word(text, |word| {
            visit(word);
            ControlFlow::Continue(())
        })
    }

    /// [`Self::for_each_word`] that stops as soon as `visit` breaks.
    ///
    /// # Errors
    /// As [`Self::for_each_word`].
    #[inline]
    pub fn try_for_each_word<'t>(
        &self,
        text: &'t str,
        mut visit: impl FnMut(&'t str) -> ControlFlow<()>,
    ) -> Result<()> {
        let mut start = 0;
        self.try_for_each_end(text, |end| {
            let word = &text[start..end];
            start = end;
            visit(word)
        })
    }

    /// [`Self::try_for_each_word`] with the byte offset where each word ends. The first starts at 0, and each other where
    /// the one before it ends.
    ///
    /// # Errors
    /// As [`Self::for_each_word`].
    #[inline]
    pub fn try_for_each_end(&self, text: &str, mut visit: impl FnMut(usize) -> ControlFlow<()>) -> Result<()> {
        self.try_for_some_ends(text, |ends| ends.iter().try_for_each(&mut visit))
    }

    /// [`Self::try_for_each_end`], as many ends at a time as the engine finds at once: never none.
    #[inline]
    pub(crate) fn try_for_some_ends(
        &self,
        text: &str,
        mut visit: impl FnMut(Ends<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        match &self.engine {
            Engine::Published { family, .. } => {
                match family {
                    Family::Gpt2 => scan::<Gpt2>(text, visit),
                    Family::Cl100k => scan::<Cl100k<3, true>>(text, visit),
                    Family::Llama3 => scan::<Cl100k<3, false>>(text, visit),
                    Family::Qwen2 => scan::<Cl100k<1, false>>(text, visit),
                    Family::O200k => scan::<O200k<3, true>>(text, visit),
                    Family::Tekken => scan::<O200k<1, false>>(text, visit),
                    Family::Omni => scan::<Omni>(text, visit),
                    Family::O200kSuper => scan_phrases::<O200k<3, true>>(text, visit),
                    Family::OmniSuper => scan_phrases::<Omni>(text, visit),
                }
                Ok(())
            }
            Engine::Custom(pattern) => pattern.try_for_each_end(text, |end| visit(Ends::one(end))),
        }
    }

    /// For a pattern whose words are phrases, the pattern that cuts these into words; `None` for any other.
    #[must_use]
    pub fn words_of_phrases(&self) -> Option<&'static str> {
        match self.engine {
            Engine::Published { family: Family::O200kSuper, .. } => Some("o200k"),
            Engine::Published { family: Family::OmniSuper, .. } => Some("omni"),
            _ => None,
        }
    }

    /// The pattern whose words are phrases of the words of this one, where there is one: the inverse of
    /// [`Self::words_of_phrases`].
    #[must_use]
    pub fn phrases_of_words(&self) -> Option<&'static str> {
        match self.engine {
            Engine::Published { family: Family::O200k, .. } => Some("o200k-super"),
            Engine::Published { family: Family::Omni, .. } => Some("omni-super"),
            _ => None,
        }
    }

    /// How two characters tell that a word ends between them, for a pattern of phrases or of the words in them.
    pub(crate) fn word_ends(&self) -> Option<WordEnds> {
        match self.engine {
            Engine::Published { family: Family::O200k | Family::O200kSuper, .. } => {
                Some(WordEnds { joiners_lead: true })
            }
            Engine::Published { family: Family::Omni | Family::OmniSuper, .. } => {
                Some(WordEnds { joiners_lead: false })
            }
            _ => None,
        }
    }

    /// Calls `visit` with the end of every word that a phrase is made of (see [`Self::words_of_phrases`]), and whether the
    /// word is in the phrase of the one before it, until `visit` breaks. For a pattern without phrases every word is one
    /// by itself.
    ///
    /// # Errors
    /// As [`Self::for_each_word`].
    #[inline]
    pub fn try_for_each_end_in_phrases(
        &self,
        text: &str,
        mut visit: impl FnMut(usize, bool) -> ControlFlow<()>,
    ) -> Result<()> {
        match self.engine {
            Engine::Published { family: Family::O200kSuper, .. } => scan_words::<O200k<3, true>>(text, visit),
            Engine::Published { family: Family::OmniSuper, .. } => scan_words::<Omni>(text, visit),
            _ => return self.try_for_each_end(text, |end| visit(end, false)),
        }
        Ok(())
    }

    /// What ends of words inside a phrase may lie inside `token`, wherever it occurs: none, one of the first kind, or one of
    /// the second and perhaps of the first. O(length).
    pub(crate) fn end_inside(&self, token: &[u8]) -> Option<WordEnd> {
        match self.engine {
            Engine::Published { family, .. } => family.end_inside(token),
            Engine::Custom(_) => None,
        }
    }

    /// Returns a cut at or after `at_least` such that the words of the two halves are the words of the text, or
    /// `text.len()` when there is none. It depends on the few bytes around it only, so it holds whatever stands before
    /// them or far after them, and long texts can be split by several threads. Never 0, unless the text is empty.
    ///
    /// The built-in patterns can be cut before a single space and next to a line feed; `cuts.rs` proves
    /// which. A custom pattern may look anywhere: always `text.len()`.
    #[must_use]
    pub fn next_safe_cut(&self, text: &str, at_least: usize) -> usize {
        match &self.engine {
            Engine::Published { family, .. } => {
                let cuts = match family {
                    Family::Gpt2 => Cuts { before_newline: true, in_phrases: true },
                    Family::O200kSuper | Family::OmniSuper => Cuts { before_newline: false, in_phrases: false },
                    _ => Cuts { before_newline: false, in_phrases: true },
                };
                cuts::next_safe_cut(text, at_least, cuts)
            }
            Engine::Custom(_) => text.len(),
        }
    }
}
