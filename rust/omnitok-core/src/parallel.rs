//! Threads. The only file that starts them.
//!
//! Threads are scoped to a call and end with it: a pool that outlives the call would leave locks and workers behind in
//! a forked child, which hangs there for good. Starting a thread costs some 20 µs, so callers hand over chunks of work
//! that are worth it.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Number of threads that this process may use at once: the CPUs of its affinity mask.
#[must_use]
pub fn available_threads() -> usize {
    thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// `[work(0), work(1), ..., work(count - 1)]`, computed by up to `threads` threads, the caller's among them.
///
/// The result does not depend on `threads`. A panic in `work` continues in the caller.
pub fn map<R: Send>(threads: usize, count: usize, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let threads = threads.clamp(1, count.max(1));
    if threads == 1 {
        return (0..count).map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let drain = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return done;
            }
            done.push((index, work(index)));
        }
    };
    let mut results: Vec<(usize, R)> = thread::scope(|scope| {
        // Where the system refuses a thread, those that there are do its work.
        let others: Vec<_> =
            (1..threads).map_while(|_| thread::Builder::new().spawn_scoped(scope, drain).ok()).collect();
        let mut results = drain();
        for other in others {
            match other.join() {
                Ok(done) => results.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    results.sort_unstable_by_key(|&(index, _)| index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Runs `work` for every one of `items`, each in a thread of its own, and `lead` beside them in this one.
///
/// Returns what `lead` gave, and what `work` gave in the order of the items. A panic in `work` continues in the caller.
///
/// # Errors
/// When the system refuses a thread: then `lead` is dropped, and those that did start must end by that.
pub fn beside<T: Send, R: Send, L>(
    items: &mut [T],
    work: impl Fn(&mut T) -> R + Sync,
    lead: impl FnOnce() -> L,
) -> io::Result<(L, Vec<R>)> {
    let work = &work;
    thread::scope(|scope| {
        let start = |item| thread::Builder::new().spawn_scoped(scope, move || work(item));
        let workers = match items.iter_mut().map(start).collect::<io::Result<Vec<_>>>() {
            Ok(workers) => workers,
            Err(refusal) => {
                drop(lead);
                return Err(refusal);
            }
        };
        let result = lead();
        let done = workers.into_iter().map(|worker| match worker.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        Ok((result, done.collect()))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::{beside, map};

    #[test]
    fn every_item_has_a_thread_beside_the_leader() {
        let (sender, receiver) = channel();
        let mut senders = vec![sender; 3];
        // The leader waits for all of them, so none may wait for it.
        let (threads, sent) = beside(
            &mut senders,
            |sender| sender.send(std::thread::current().id()).is_ok(),
            || receiver.iter().take(3).collect::<std::collections::HashSet<_>>().len(),
        )
        .expect("threads");
        assert_eq!((threads, sent), (3, vec![true; 3]));
        let (led, doubled) = beside(&mut [5, 6, 7], |item| *item * 2, || "led").expect("threads");
        assert_eq!((led, doubled), ("led", vec![10, 12, 14]));
    }

    #[test]
    fn results_keep_their_order_for_any_number_of_threads() {
        let expected: Vec<usize> = (0..1000).map(|index| index * index).collect();
        for threads in [0, 1, 2, 3, 16, 5000] {
            assert_eq!(map(threads, 1000, |index| index * index), expected);
        }
        assert!(map(4, 0, |index| index).is_empty());
    }
}
