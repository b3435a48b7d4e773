//! Which ids a model with a head for each codebook draws in one step.

use crate::error::{Error, Result};
use crate::grammar::{Grammar, State, Walk};

/// The step of each id, from 0 on, and its place there: under [`Order::is_stacked`](crate::vocabulary::Order::is_stacked)
/// the ids of a row are one step; any other id is one by itself. O(n log blocks).
///
/// # Errors
/// Those of [`Grammar::validate`], but for a sequence that has not ended.
pub fn steps(grammar: &Grammar, ids: &[u32]) -> Result<Vec<(usize, usize)>> {
    let (mut walk, mut within) = (Walk::default(), Vec::new());
    let mut steps: Vec<(usize, usize)> = Vec::with_capacity(ids.len());
    for (position, &id) in ids.iter().enumerate() {
        let place = match walk.state() {
            State::Frame(index, cursor) if grammar.media()[index].is_stacked() => cursor.row_and_place().1,
            _ => 0,
        };
        let step = steps.last().map_or(0, |(last, _)| last + usize::from(place == 0));
        steps.push((step, place));
        walk.step(grammar, id, &mut within).map_err(|reason| Error::Sequence { position, reason })?;
    }
    Ok(steps)
}
