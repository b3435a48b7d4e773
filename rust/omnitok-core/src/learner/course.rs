//! What the exact engine asks of its alphabet, and whom it tells of its merges: text and codes are learned alike.

use super::Stage;
use super::pair::Pair;
use crate::parallel::Watch;
use crate::{Error, Result};

/// The symbols that there are so far: ids from 0 on.
pub(crate) trait Alphabet: Sync {
    /// Number of symbols.
    fn len(&self) -> usize;

    /// Whether a pair is short enough and of the right kind: a quick look, for every place where a pair stands.
    fn may_join(&self, pair: Pair) -> bool;

    /// Whether a pair may not be merged for what it holds: a long look, for pairs that are frequent.
    fn is_vetoed(&self, pair: Pair) -> bool;
}

/// A run of the learner.
pub(crate) trait Course {
    /// What is merged.
    type Symbols: Alphabet;

    fn symbols(&self) -> &Self::Symbols;

    /// The count below which no pair is merged.
    fn minimum(&self) -> u64;

    fn threads(&self) -> usize;

    /// Makes the symbol of `pair`, chosen for its count, and returns its id, which is the next one.
    fn merge(&mut self, pair: Pair, count: u64) -> u32;

    /// The last merge replaced so many symbols, and so many are left in all words.
    fn merged(&mut self, replaced: u64, left: u64) -> Result<()>;

    fn report(&mut self, stage: Stage, left: u64) -> Result<()>;

    /// Does `work` that takes long: whenever it looks whether to go on, that is a report.
    fn watched<T>(&mut self, stage: Stage, left: u64, work: impl FnOnce(&Self::Symbols, Watch) -> T) -> T;

    /// The error of words that ran out of pairs.
    fn exhausted(&self) -> Error;
}
