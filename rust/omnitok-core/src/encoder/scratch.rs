//! What a thread needs while it encodes, and the pool that lends it.

use std::sync::{Mutex, MutexGuard, TryLockError};

use super::block::Block;
use super::merger::{Merger, Merging};
use super::phrases::Phrases;

/// Lent to one thread at a time: 23 MiB at most, of which a thread touches what its words need.
#[derive(Debug)]
pub(super) struct Scratch {
    pub(super) block: Block,
    pub(super) merging: Merging,
    pub(super) phrases: Phrases,
}

/// What is lent together.
#[derive(Debug)]
pub(super) struct Lent {
    pub(super) scratch: Scratch,
    /// A buffer for the ids of a text.
    pub(super) ids: Vec<u32>,
}

impl Lent {
    /// One for the moment. Never a part of its caller: the stack that it needs would be made ready for every short text.
    #[cold]
    #[inline(never)]
    fn new(merger: &Merger) -> Box<Self> {
        Box::new(Self::with_block(Block::new(), merger))
    }

    /// One that is kept: it takes longer to make, and knows many words.
    #[cold]
    #[inline(never)]
    fn seeded(merger: &Merger) -> Box<Self> {
        let block = Block::seeded(merger);
        merger.tables.bring_near();
        Box::new(Self::with_block(block, merger))
    }

    fn with_block(block: Block, merger: &Merger) -> Self {
        let scratch = Scratch { block, merging: Merging::new(merger), phrases: Phrases::default() };
        Self { scratch, ids: Vec::new() }
    }
}

/// Scratches that wait for the next text, each behind a lock of its own.
///
/// Nobody ever waits for a lock. One that is taken stands for a scratch in other hands, also in a forked child that
/// inherits a lock which no thread of it will ever open: that costs the child one place of the pool. (With one lock for
/// all, such a child had none left, and made a new scratch for every text.)
#[derive(Debug)]
pub(super) struct ScratchPool {
    /// More in use at once are a burst, whose memory goes back.
    places: Vec<Mutex<Option<Box<Lent>>>>,
}

impl ScratchPool {
    /// A pool for about `threads` threads at once, and the scratch of the first one.
    pub(super) fn new(threads: usize, merger: &Merger) -> Self {
        let first = std::iter::once(Some(Lent::seeded(merger)));
        // One more than threads, so that a forked child that lost the place of one of them has another.
        Self { places: first.chain((0..threads).map(|_| None)).map(Mutex::new).collect() }
    }

    /// Lends a scratch for `merger` to `work`. The lock of its place stays taken meanwhile: short texts come and go in
    /// 100 ns, and taking the scratch out and putting it back were two locks and a move.
    #[inline]
    pub(super) fn lend<R>(&self, merger: &Merger, work: impl FnOnce(&mut Lent) -> R) -> R {
        let (mut place, mut fresh) = (self.place(), None);
        let lent = match &mut place {
            Some(place) => place.get_or_insert_with(|| Lent::seeded(merger)),
            None => fresh.insert(Lent::new(merger)),
        };
        // Called from one place, it becomes a part of it, and what it returns is not moved.
        work(lent)
    }

    /// One that nobody holds.
    #[inline]
    fn place(&self) -> Option<MutexGuard<'_, Option<Box<Lent>>>> {
        self.places.iter().find_map(|place| match place.try_lock() {
            Ok(place) => Some(place),
            Err(TryLockError::Poisoned(left)) => {
                // A panic left this one in the middle of a word.
                place.clear_poison();
                let mut place = left.into_inner();
                *place = None;
                Some(place)
            }
            Err(TryLockError::WouldBlock) => None,
        })
    }

    /// Number of places that nobody holds.
    pub(super) fn idle(&self) -> usize {
        self.places.iter().filter(|place| !matches!(place.try_lock(), Err(TryLockError::WouldBlock))).count()
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;

    use super::*;
    use crate::encoder::{Rules, Tables};
    use crate::vocabulary::TextTokens;

    #[test]
    fn a_place_is_lent_once_at_a_time_and_comes_back_also_after_a_panic() {
        let bytes: Vec<u8> = (0..=255).collect();
        let tokens: Vec<(u32, &[u8])> = (0..).zip(bytes.chunks(1)).collect();
        let text = Arc::new(TextTokens::new(&tokens).expect("tokens"));
        let tables = Tables::new(&text, &Rules::default(), 1).expect("tables");
        let merger = Merger { text, tables };
        let pool = ScratchPool::new(1, &merger);
        pool.lend(&merger, |_| {
            assert_eq!(pool.idle(), 1);
            pool.lend(&merger, |_| {
                assert_eq!(pool.idle(), 0);
                pool.lend(&merger, |_| assert_eq!(pool.idle(), 0, "a third one is made for the moment"));
            });
        });
        let caught = catch_unwind(AssertUnwindSafe(|| pool.lend(&merger, |_| panic!("in the middle of a word"))));
        assert!(caught.is_err());
        assert_eq!(pool.idle(), 2);
        pool.lend(&merger, |_| assert_eq!(pool.idle(), 1));
    }
}
