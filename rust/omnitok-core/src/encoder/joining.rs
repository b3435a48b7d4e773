//! Pieces of a batch that threads finish in any order, end to end.
//!
//! Each piece goes to its place as soon as all before it are there, while it is in a near cache and others encode. (With
//! everything that a thread had made kept until all were done, and copied then, twice as much memory was touched for the
//! first time, and that took a fifth of a call of two threads.)

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::batch::TokenBatch;
use crate::error::Result;
use crate::memory::reserve;

/// Brings pieces together: ids, and ends of texts that are counted from the start of the piece.
#[derive(Debug)]
pub(super) struct Joining {
    /// A single thread finishes pieces in order, so it just goes on with what it has.
    whole: Option<Mutex<Whole>>,
}

#[derive(Debug, Default)]
struct Whole {
    batch: TokenBatch,
    /// Pieces that are in the batch.
    joined: usize,
    /// Pieces by number that one before them is missing for, and what had such ids before.
    waiting: BTreeMap<usize, TokenBatch>,
    spare: Vec<TokenBatch>,
}

impl Joining {
    /// Of pieces from so many threads.
    pub(super) fn new(threads: usize) -> Self {
        Self { whole: (threads > 1).then(Mutex::default) }
    }

    /// What `own` holds now, all of a thread's, is the piece `index` of the whole.
    ///
    /// # Errors
    /// [`crate::Error::Memory`].
    pub(super) fn end_piece(&self, own: &mut TokenBatch, index: usize) -> Result<()> {
        let Some(whole) = &self.whole else { return Ok(()) };
        let mut whole = whole.lock().unwrap_or_else(PoisonError::into_inner);
        if index > whole.joined {
            let empty = whole.spare.pop().unwrap_or_default();
            whole.waiting.insert(index, std::mem::replace(own, empty));
            return Ok(());
        }
        whole.join(own)?;
        loop {
            let next = whole.joined;
            let Some(mut piece) = whole.waiting.remove(&next) else { return Ok(()) };
            whole.join(&mut piece)?;
            whole.spare.push(piece);
        }
    }

    /// All of it; `own` is what the threads have.
    pub(super) fn end(self, mut own: Vec<TokenBatch>) -> TokenBatch {
        let whole = self.whole.map(|whole| whole.into_inner().unwrap_or_else(PoisonError::into_inner).batch);
        let mut batch = whole.or_else(|| own.pop()).unwrap_or_default();
        batch.offsets.insert(0, 0);
        batch
    }
}

impl Whole {
    /// Moves what `piece` holds to the end.
    fn join(&mut self, piece: &mut TokenBatch) -> Result<()> {
        self.joined += 1;
        let base = self.batch.ids.len();
        if base == 0 && self.batch.offsets.is_empty() {
            std::mem::swap(&mut self.batch, piece);
            return Ok(());
        }
        reserve(&mut self.batch.ids, piece.ids.len())?;
        self.batch.ids.append(&mut piece.ids);
        reserve(&mut self.batch.offsets, piece.offsets.len())?;
        self.batch.offsets.extend(piece.offsets.drain(..).map(|end| base as i64 + end));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_join_alike_in_any_order(
            texts in prop::collection::vec(prop::collection::vec(0_usize..9, 0..4), 0..12),
            order in prop::collection::vec(any::<usize>(), 12),
        ) {
            let (mut ids, mut offsets, mut pieces) = (Vec::new(), vec![0], Vec::new());
            for (index, lengths) in texts.into_iter().enumerate() {
                let mut piece = TokenBatch::default();
                for length in lengths {
                    piece.ids.extend((ids.len() + piece.ids.len()..).take(length).map(|id| id as u32));
                    piece.offsets.push(piece.ids.len() as i64);
                }
                offsets.extend(piece.offsets.iter().map(|end| ids.len() as i64 + end));
                ids.extend(&piece.ids);
                pieces.push((index, piece));
            }
            let alone = Joining::new(1);
            let mut own = TokenBatch::default();
            for (index, piece) in &pieces {
                let base = own.ids.len() as i64;
                own.ids.extend(&piece.ids);
                own.offsets.extend(piece.offsets.iter().map(|end| base + end));
                alone.end_piece(&mut own, *index).expect("memory");
            }
            let expected = TokenBatch { ids, offsets };
            prop_assert_eq!(alone.end(vec![own]), expected.clone());
            let shared = Joining::new(2);
            pieces.sort_by_key(|(index, _)| order[*index]);
            for (index, mut piece) in pieces {
                shared.end_piece(&mut piece, index).expect("memory");
                prop_assert_eq!(piece, TokenBatch::default());
            }
            prop_assert_eq!(shared.end(vec![TokenBatch::default(); 2]), expected);
        }
    }
}
