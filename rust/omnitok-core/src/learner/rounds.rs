//! Rounds: the index from pairs to places, kept for frequent pairs only.
//!
//! Most pairs are rare and never merged, yet an index of all pairs spends most of its memory and time on them. So the
//! learner works in rounds. A round has a threshold: all pairs that occur at least so often are indexed, and merges go on
//! as long as the best of them does. Pairs below the threshold are not even remembered. Then the words, shorter by now, are
//! counted again for a lower threshold.
//!
//! This is exact. New pairs arise from new tokens only (`exact` proves it), so all their places are known when they arise,
//! and from then on pairs become rarer: one that is below the threshold stays there. Nor is it slow: thresholds fall
//! geometrically, so there are few rounds.

use super::arena::WordArena;
use super::cell::Cell;
use super::census;
use super::course::Alphabet;
use super::index::Index;
use crate::Result;
use crate::parallel::Watch;

/// Thresholds fall by this factor from round to round, measured from the best pair that is left.
const THRESHOLD_STEP: u64 = 16;
/// A round merges this part of its pairs or more: others become too rare before their turn, and some are new. Measured: two
/// thirds.
const PAIRS_A_MERGE: usize = 2;

/// Indexes all pairs that occur at least `minimum` times, or more often if there are pairs more frequent than that by more
/// than [`THRESHOLD_STEP`], or enough others for so many `merges`. Returns the index and its threshold; no pair that may be
/// merged is more frequent than `ceiling`. The words must be compact.
///
/// O(S) for S tokens left in all words, in two or three passes.
///
/// # Errors
/// [`Error::Interrupted`](crate::Error::Interrupted).
pub(super) fn index_pairs<C: Cell>(
    arena: &WordArena<C>,
    tokens: &impl Alphabet,
    minimum: u64,
    ceiling: u64,
    merges: usize,
    threads: usize,
    watch: Watch,
) -> Result<(Index, u64)> {
    let threshold_of = |highest: u64| (highest.min(ceiling) / THRESHOLD_STEP).max(minimum);
    let (frequent, threshold) =
        census::frequent_pairs(arena, tokens, threshold_of, merges.saturating_mul(PAIRS_A_MERGE), threads, watch)?;
    Ok((Index::new(frequent.pairs.into_iter(), frequent.places), threshold))
}
