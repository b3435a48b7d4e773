//! What a thread needs while it encodes, and the pool that lends it.

use std::sync::Mutex;

use super::block::Block;
use super::merger::{Merger, Merging};

/// Lent to one thread at a time: 23 MiB at most, of which a thread touches what its words need.
#[derive(Debug)]
pub(super) struct Scratch {
    pub(super) block: Block,
    pub(super) merging: Merging,
}

impl Scratch {
    fn new(merger: &Merger) -> Self {
        Self { block: Block::new(), merging: Merging::new(merger) }
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
    places: Vec<Mutex<Option<Box<Scratch>>>>,
}

impl ScratchPool {
    /// A pool for about `threads` threads at once.
    pub(super) fn new(threads: usize) -> Self {
        // One more, so that a forked child that lost the place of one thread has another.
        Self { places: (0..=threads).map(|_| Mutex::new(None)).collect() }
    }

    /// Lends a scratch for `merger` to `work`.
    pub(super) fn lend<R>(&self, merger: &Merger, work: impl FnOnce(&mut Scratch) -> R) -> R {
        let idle = self.places.iter().find_map(|place| place.try_lock().ok()?.take());
        let mut scratch = idle.unwrap_or_else(|| Box::new(Scratch::new(merger)));
        let result = work(&mut scratch);
        let free = self.places.iter().find_map(|place| place.try_lock().ok().filter(|place| place.is_none()));
        if let Some(mut place) = free {
            *place = Some(scratch);
        }
        result
    }
}
