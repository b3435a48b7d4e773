//! Finding the names of special tokens in text.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, Match, MatchKind};
use rustc_hash::FxHashSet;

use crate::error::{Error, Result};

/// A set of special tokens, as tiktoken's `allowed_special` and `disallowed_special` name it.
#[derive(Clone, Copy, Debug)]
pub enum SpecialSet<'a> {
    /// Every special token of the vocabulary; as the disallowed set: every one that is not allowed.
    All,
    /// Exactly these.
    Only(&'a [String]),
}

impl SpecialSet<'_> {
    /// The empty set.
    pub const NONE: SpecialSet<'static> = SpecialSet::Only(&[]);

    /// Says which names the set holds. Asking every name of a vocabulary takes time in proportion to both, not to the
    /// product: with ten thousand names the product took half a second a call.
    fn membership(&self) -> impl Fn(&str) -> bool {
        let names: Option<FxHashSet<&str>> = match self {
            Self::All => None,
            Self::Only(names) => Some(names.iter().map(String::as_str).collect()),
        };
        move |name| names.as_ref().is_none_or(|names| names.contains(name))
    }
}

/// Finds names in text in one pass, whatever their number; the leftmost first and, of several there, the longest.
#[derive(Debug)]
pub(super) struct SpecialMatcher {
    names: Vec<String>,
    ids: Vec<u32>,
    /// The bytes that names begin with, when they are at most three, as is usual: `<` and `[` of most vocabularies.
    first_bytes: Vec<u8>,
    automaton: Option<AhoCorasick>,
}

impl SpecialMatcher {
    pub(super) fn new(tokens: impl IntoIterator<Item = (String, u32)>) -> Result<Self> {
        let (names, ids): (Vec<_>, Vec<_>) = tokens.into_iter().filter(|(name, _)| !name.is_empty()).unzip();
        let automaton = if names.is_empty() { None } else { Some(automaton(&names)?) };
        let mut first_bytes: Vec<u8> = names.iter().map(|name| name.as_bytes()[0]).collect();
        first_bytes.sort_unstable();
        first_bytes.dedup();
        Ok(Self { names, ids, first_bytes, automaton })
    }

    /// The first name at or after byte `from`.
    ///
    /// Starting the automaton takes longer than a short text does, and most texts hold no byte that a name begins with.
    fn first(&self, text: &str, from: usize) -> Option<Match> {
        let automaton = self.automaton.as_ref()?;
        let bytes = &text.as_bytes()[from..];
        let skipped = match *self.first_bytes {
            [one] => memchr::memchr(one, bytes)?,
            [one, two] => memchr::memchr2(one, two, bytes)?,
            [one, two, three] => memchr::memchr3(one, two, three, bytes)?,
            _ => 0,
        };
        automaton.find(aho_corasick::Input::new(text).range(from + skipped..))
    }

    /// The first name at or after byte `from`: its start, its end, its id.
    fn find(&self, text: &str, from: usize) -> Option<(usize, usize, u32)> {
        let found = self.first(text, from)?;
        Some((found.start(), found.end(), self.ids[found.pattern().as_usize()]))
    }

    fn first_name(&self, text: &str) -> Option<(usize, &str)> {
        let found = self.first(text, 0)?;
        Some((found.start(), &self.names[found.pattern().as_usize()]))
    }

    /// Whether a cut of the splitter can lie inside a name: cuts lie next to a space or a line feed.
    fn crosses_cuts(&self) -> bool {
        self.names.iter().any(|name| name.contains([' ', '\n']))
    }
}

fn automaton(names: &[String]) -> Result<AhoCorasick> {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(names)
        .map_err(|error| Error::Vocabulary(format!("the special tokens cannot be searched for: {error}")))
}

/// What the special tokens of a vocabulary do in the texts of one call.
#[derive(Debug)]
pub(super) struct Policy<'a> {
    refused: Chosen<'a>,
    allowed: Chosen<'a>,
}

#[derive(Debug)]
enum Chosen<'a> {
    All(&'a SpecialMatcher),
    Some(SpecialMatcher),
    None,
}

impl Chosen<'_> {
    fn matcher(&self) -> Option<&SpecialMatcher> {
        match self {
            Self::All(matcher) => Some(matcher),
            Self::Some(matcher) => Some(matcher),
            Self::None => None,
        }
    }
}

impl<'a> Policy<'a> {
    /// `all` finds the names of `special`.
    pub(super) fn new(
        all: &'a SpecialMatcher,
        special: &BTreeMap<String, u32>,
        allowed: SpecialSet,
        disallowed: SpecialSet,
    ) -> Result<Self> {
        let is_allowed = allowed.membership();
        let none_allowed = matches!(allowed, SpecialSet::Only([]));
        let refused = match disallowed {
            SpecialSet::Only([]) => Chosen::None,
            SpecialSet::All if none_allowed => Chosen::All(all),
            SpecialSet::All => {
                let names = special.keys().filter(|name| !is_allowed(name));
                Chosen::Some(SpecialMatcher::new(names.map(|name| (name.clone(), 0)))?)
            }
            // As in tiktoken, any string can be disallowed here, also one that is no special token.
            SpecialSet::Only(names) => Chosen::Some(SpecialMatcher::new(names.iter().map(|name| (name.clone(), 0)))?),
        };
        let allowed = match allowed {
            SpecialSet::All => Chosen::All(all),
            SpecialSet::Only([]) => Chosen::None,
            SpecialSet::Only(_) => {
                let names = special.iter().filter(|(name, _)| is_allowed(name));
                Chosen::Some(SpecialMatcher::new(names.map(|(name, &id)| (name.clone(), id)))?)
            }
        };
        Ok(Self { refused, allowed })
    }

    /// Under this policy text is text, whatever it spells.
    pub(super) const ORDINARY: Self = Self { refused: Chosen::None, allowed: Chosen::None };

    /// Whether a text under this policy may be cut wherever the splitter may cut it.
    pub(super) fn allows_cuts(&self) -> bool {
        !self.refused.matcher().is_some_and(SpecialMatcher::crosses_cuts)
            && !self.allowed.matcher().is_some_and(SpecialMatcher::crosses_cuts)
    }

    /// Refuses text that spells a disallowed name.
    ///
    /// # Errors
    /// [`Error::SpecialToken`] with the leftmost name and its place.
    pub(super) fn check(&self, text: &str) -> Result<()> {
        match self.refused.matcher().and_then(|refused| refused.first_name(text)) {
            Some((position, token)) => Err(Error::SpecialToken { token: token.to_owned(), position }),
            None => Ok(()),
        }
    }

    /// The first allowed name at or after byte `from`: its start, its end, its id.
    pub(super) fn find(&self, text: &str, from: usize) -> Option<(usize, usize, u32)> {
        self.allowed.matcher()?.find(text, from)
    }
}
