//! Threads. The only file that starts them.
//!
//! Threads are scoped to a call and end with it: a pool that outlives the call would leave locks and workers behind in
//! a forked child, which hangs there for good. Starting a thread costs some 20 µs, so callers hand over chunks of work
//! that are worth it.

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
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(drain)).collect();
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

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn results_keep_their_order_for_any_number_of_threads() {
        let expected: Vec<usize> = (0..1000).map(|index| index * index).collect();
        for threads in [0, 1, 2, 3, 16, 5000] {
            assert_eq!(map(threads, 1000, |index| index * index), expected);
        }
        assert!(map(4, 0, |index| index).is_empty());
    }
}
