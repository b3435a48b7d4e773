//! Finding the names of special tokens in text.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};

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

    fn holds(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.iter().any(|other| other == name),
        }
    }
}

/// Finds names in text in one pass, whatever their number; the leftmost first and, of several there, the longest.
#[derive(Debug)]
pub(super) struct SpecialMatcher {
    names: Vec<String>,
    ids: Vec<u32>,
    automaton: Option<AhoCorasick>,
}

impl SpecialMatcher {
    pub(super) fn new(tokens: impl IntoIterator<Item = (String, u32)>) -> Result<Self> {
        let (names, ids): (Vec<_>, Vec<_>) = tokens.into_iter().filter(|(name, _)| !name.is_empty()).unzip();
        let automaton = if names.is_empty() { None } else { Some(automaton(&names)?) };
        Ok(Self { names, ids, automaton })
    }

    /// The first name at or after byte `from`: its start, its end, its id.
    pub(super) fn find(&self, text: &str, from: usize) -> Option<(usize, usize, u32)> {
        let found = self.automaton.as_ref()?.find(aho_corasick::Input::new(text).range(from..))?;
        Some((found.start(), found.end(), self.ids[found.pattern().as_usize()]))
    }

    fn first_name(&self, text: &str) -> Option<(usize, &str)> {
        let found = self.automaton.as_ref()?.find(text)?;
        Some((found.start(), &self.names[found.pattern().as_usize()]))
    }
}

fn automaton(names: &[String]) -> Result<AhoCorasick> {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(names)
        .map_err(|error| Error::Vocabulary(format!("the special tokens cannot be searched for: {error}")))
}

/// Refuses text that spells a disallowed name.
///
/// # Errors
/// [`Error::SpecialToken`] with the leftmost name and its place.
pub(super) fn refuse(
    text: &str,
    all: &SpecialMatcher,
    special: &BTreeMap<String, u32>,
    allowed: SpecialSet,
    disallowed: SpecialSet,
) -> Result<()> {
    let none_allowed = matches!(allowed, SpecialSet::Only([]));
    let chosen;
    let matcher = match disallowed {
        SpecialSet::Only([]) => return Ok(()),
        SpecialSet::All if none_allowed => all,
        SpecialSet::All => {
            let names = special.keys().filter(|name| !allowed.holds(name));
            chosen = SpecialMatcher::new(names.map(|name| (name.clone(), 0)))?;
            &chosen
        }
        // As in tiktoken, any string can be disallowed here, also one that is no special token.
        SpecialSet::Only(names) => {
            chosen = SpecialMatcher::new(names.iter().map(|name| (name.clone(), 0)))?;
            &chosen
        }
    };
    match matcher.first_name(text) {
        Some((position, token)) => Err(Error::SpecialToken { token: token.to_owned(), position }),
        None => Ok(()),
    }
}

/// The matcher of the allowed tokens; `None` stands for all of them.
pub(super) fn allowed_matcher(special: &BTreeMap<String, u32>, allowed: SpecialSet) -> Result<Option<SpecialMatcher>> {
    match allowed {
        SpecialSet::All => Ok(None),
        SpecialSet::Only(_) => {
            let names = special.iter().filter(|(name, _)| allowed.holds(name));
            SpecialMatcher::new(names.map(|(name, &id)| (name.clone(), id))).map(Some)
        }
    }
}
