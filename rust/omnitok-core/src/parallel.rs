//! Threads. The only file that starts them.
//!
//! Threads are scoped to a call and end with it: a pool that outlives the call would leave locks and workers behind in
//! a forked child, which hangs there for good. Starting a thread costs some 20 µs, so callers hand over chunks of work
//! that are worth it.

use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::{Error, Result};

/// What the caller's thread does between two pieces of work, for example to look for Ctrl-C. When it breaks, the work
/// ends with [`Error::Interrupted`].
pub type Watch<'w> = &'w mut dyn FnMut() -> ControlFlow<()>;

/// The [`Watch`] of work that nobody ends.
pub fn unwatched() -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Number of threads that this process may use at once: the CPUs of its affinity mask.
#[must_use]
pub fn available_threads() -> usize {
    thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// `[work(0), work(1), ..., work(count - 1)]`, computed by up to `threads` threads, the caller's among them.
///
/// The result does not depend on `threads`.
///
/// # Panics
/// Where `work` does.
pub fn map<R: Send>(threads: usize, count: usize, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let collect = |done: &mut Vec<(usize, R)>, index| {
        done.push((index, work(index)));
        Ok(())
    };
    let done = gather(threads, count, &mut unwatched, collect).expect("nobody stops this, and nothing of it fails");
    let mut results: Vec<(usize, R)> = done.into_iter().flatten().collect();
    results.sort_unstable_by_key(|&(index, _)| index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Calls `work` with 0, 1, ... `count - 1` on up to `threads` threads, the caller's among them, each with a `W` of its own
/// to gather results in. Returns these; which index went to which depends on chance.
///
/// # Errors
/// As [`gather_fed`].
pub fn gather<W: Default + Send>(
    threads: usize,
    count: usize,
    watch: Watch,
    work: impl Fn(&mut W, usize) -> Result<()> + Sync,
) -> Result<Vec<W>> {
    let feed = |push: Push<()>| (0..count).try_for_each(|_| push(()));
    gather_fed(threads, feed, |join_in| join_in(watch), |own, index, ()| work(own, index))
}

/// Hands over a piece of work; breaks when no more is wanted.
pub type Push<'p, T> = &'p mut dyn FnMut(T) -> ControlFlow<()>;

/// The share of the caller's thread in work that is all handed over.
pub type JoinIn<'j> = &'j mut (dyn FnMut(Watch) + Send);

/// Calls `work` with the items that `feed` pushes, and their numbers 0, 1, ..., on up to `threads` threads, each with a `W`
/// of its own to gather results in. Returns these; which item went to which depends on chance.
///
/// The caller's thread runs `feed` while others work already, and then `then`, from where it joins in: so it can hold a lock
/// for the one and not for the other. One thread alone works when all is fed.
///
/// # Errors
/// That of the first item that fails, for any number of threads; it ends the work soon. [`Error::Interrupted`] when `feed`
/// or the watch breaks.
pub fn gather_fed<W: Default + Send, T: Send>(
    threads: usize,
    feed: impl FnOnce(Push<T>) -> ControlFlow<()>,
    then: impl FnOnce(JoinIn),
    work: impl Fn(&mut W, usize, T) -> Result<()> + Sync,
) -> Result<Vec<W>> {
    let (sender, receiver) = channel();
    let (queue, is_over, is_interrupted) = (Mutex::new(receiver), AtomicBool::new(false), AtomicBool::new(false));
    let interrupt = || {
        is_interrupted.store(true, Ordering::Relaxed);
        is_over.store(true, Ordering::Relaxed);
    };
    let join_in = |watch: Watch| {
        let mut own = W::default();
        // Items come in order, so those before a failure were all begun, and are finished.
        while !is_over.load(Ordering::Relaxed)
            && let Some((index, item)) = receive(&queue)
        {
            if let Err(error) = work(&mut own, index, item) {
                is_over.store(true, Ordering::Relaxed);
                return (own, Some((index, error)));
            }
            if watch().is_break() {
                interrupt();
            }
        }
        (own, None)
    };
    let done = thread::scope(|scope| {
        let (mut others, mut wanted, mut sent) = (Vec::new(), threads.max(1) - 1, 0);
        let mut push = |item| {
            if sender.send((sent, item)).is_err() {
                return ControlFlow::Break(());
            }
            sent += 1;
            if sent > 1 && wanted > 0 {
                // Where the system refuses a thread, those that there are do its work.
                let other = thread::Builder::new().spawn_scoped(scope, || join_in(&mut unwatched));
                wanted = if other.is_ok() { wanted - 1 } else { 0 };
                others.extend(other);
            }
            if is_over.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        if feed(&mut push).is_break() && !is_over.load(Ordering::Relaxed) {
            interrupt();
        }
        drop(sender);
        let mut done = Vec::new();
        then(&mut |watch| done.push(join_in(watch)));
        done.extend(others.into_iter().map(|other| match other.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        }));
        done
    });
    if is_interrupted.into_inner() {
        return Err(Error::Interrupted);
    }
    let (results, failures): (Vec<W>, Vec<_>) = done.into_iter().unzip();
    let first = failures.into_iter().flatten().min_by_key(|&(index, _)| index);
    first.map_or(Ok(results), |(_, error)| Err(error))
}

/// The next item; none when there will be no more.
fn receive<T>(queue: &Mutex<Receiver<T>>) -> Option<T> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// Hands what `next` gives to `workers`, each in a thread of its own, beside this one, which runs `next`. With a single
/// worker everything happens in this thread. At most two items a worker are on the way.
///
/// # Errors
/// Of several errors the one of the earliest item, whichever worker met it; an error of `next` when no worker has one.
/// [`Error::Corpus`] when the system refuses a thread.
pub fn pipe<W: Send, T: Send>(
    workers: &mut [W],
    mut next: impl FnMut() -> Result<Option<T>>,
    work: impl Fn(&mut W, usize, T) -> Result<()> + Sync,
) -> Result<()> {
    if let [worker] = workers {
        for index in 0.. {
            let Some(item) = next()? else { break };
            work(worker, index, item)?;
        }
        return Ok(());
    }
    let (sender, receiver) = sync_channel(workers.len());
    let queue = Mutex::new(receiver);
    let wanted = AtomicUsize::new(usize::MAX);
    let receive = |worker: &mut W| work_through(&queue, &wanted, |index, item| work(worker, index, item));
    let (fed, outcomes) = beside(workers, receive, || feed(next, sender, &wanted))
        .map_err(|refusal| Error::Corpus(format!("no thread to work in ({refusal}); ask for fewer (num_threads)")))?;
    let first_failure = outcomes.into_iter().filter_map(Result::err).min_by_key(|(index, _)| *index);
    // A worker's error lies before whatever the feeder stopped at.
    first_failure.map_or(fed, |(_, error)| Err(error))
}

/// Sends numbered items until there are no more or none further are `wanted`; dropping the sender ends the workers.
fn feed<T>(
    mut next: impl FnMut() -> Result<Option<T>>,
    sender: SyncSender<(usize, T)>,
    wanted: &AtomicUsize,
) -> Result<()> {
    for index in 0.. {
        if index >= wanted.load(Ordering::Relaxed) {
            break;
        }
        // Who interrupts does not wait for what is on the way.
        let item = next().inspect_err(|error| {
            if matches!(error, Error::Interrupted) {
                wanted.store(0, Ordering::Relaxed);
            }
        })?;
        let Some(item) = item else { break };
        sender.send((index, item)).expect("workers receive until the sender is gone");
    }
    drop(sender);
    Ok(())
}

/// Works on items from the queue as far as they are `wanted`, which after an error, its own or another's, are those
/// before it: an item may leave the queue before a later one and be begun after that has failed. All others are
/// received too, so that the feeder is never blocked.
fn work_through<T>(
    queue: &Mutex<Receiver<(usize, T)>>,
    wanted: &AtomicUsize,
    mut work: impl FnMut(usize, T) -> Result<()>,
) -> Result<(), (usize, Error)> {
    let mut outcome = Ok(());
    loop {
        let Some((index, item)) = receive(queue) else { return outcome };
        if index < wanted.load(Ordering::Relaxed) {
            // What a worker is handed comes in order, so after its own error nothing more is wanted of it.
            outcome = work(index, item).map_err(|error| (index, error));
            if outcome.is_err() {
                wanted.fetch_min(index, Ordering::Relaxed);
            }
        }
    }
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

    use super::*;

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

    #[test]
    fn the_first_failure_by_index_is_told_for_any_number_of_threads() {
        let work = |done: &mut Vec<usize>, index: usize| {
            done.push(index);
            if index >= 300 && index.is_multiple_of(7) { Err(Error::Corpus(format!("item {index}"))) } else { Ok(()) }
        };
        for threads in [1, 2, 7] {
            for _ in 0..20 {
                let error = gather(threads, 1000, &mut unwatched, work).expect_err("item 301 fails");
                assert_eq!(error.to_string(), "item 301");
            }
            let mut all = gather(threads, 300, &mut unwatched, work).expect("none of these fails").concat();
            all.sort_unstable();
            assert_eq!(all, (0..300).collect::<Vec<_>>());
        }
    }

    #[test]
    fn work_begins_before_all_is_fed_and_ends_where_the_feeder_ends_it() {
        for breaks in [false, true] {
            let (sender, receiver) = channel();
            let sender = Mutex::new(sender);
            let feed = |push: Push<i32>| {
                push(3)?;
                push(4)?;
                assert_eq!(receiver.recv().expect("another thread works on the first item"), (0, 3));
                if breaks { ControlFlow::Break(()) } else { push(5) }
            };
            let tell = |own: &mut Vec<usize>, index: usize, item: i32| {
                sender.lock().expect("nobody panics").send((index, item)).expect("the receiver is there");
                own.push(index);
                Ok(())
            };
            let outcome = gather_fed(2, feed, |join_in| join_in(&mut unwatched), tell);
            if breaks {
                assert!(matches!(outcome, Err(Error::Interrupted)));
            } else {
                let mut all = outcome.expect("nothing fails").concat();
                all.sort_unstable();
                assert_eq!(all, [0, 1, 2]);
            }
        }
    }

    #[test]
    fn a_watch_that_breaks_ends_the_work_soon() {
        for threads in [1, 2, 7] {
            let (done, mut looks) = (AtomicUsize::new(0), 0);
            let mut watch = || {
                looks += 1;
                if looks == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let outcome = gather(threads, 1_000_000, &mut watch, |(): &mut (), _| {
                thread::sleep(std::time::Duration::from_millis(1));
                done.fetch_add(1, Ordering::Relaxed);
                Ok(())
            });
            assert!(matches!(outcome, Err(Error::Interrupted)));
            assert!(done.into_inner() < 1000);
        }
    }

    #[test]
    fn a_pipe_hands_every_item_to_one_worker_and_tells_the_earliest_failure() {
        for workers in [1, 2, 7] {
            let mut sums = vec![0; workers];
            let numbers = |limit: usize| {
                let mut numbers = 0..limit;
                move || Ok(numbers.next())
            };
            let add = |sum: &mut usize, index: usize, item: usize| {
                *sum += item;
                if item < 500 && index == item { Ok(()) } else { Err(Error::Corpus(format!("item {item}"))) }
            };
            pipe(&mut sums, numbers(500), add).expect("all of them are good");
            assert_eq!(sums.iter().sum::<usize>(), 499 * 500 / 2);
            assert_eq!(pipe(&mut sums, numbers(900), add).expect_err("500 fails").to_string(), "item 500");
        }
    }

    #[test]
    fn an_item_is_worked_on_though_a_later_one_has_failed() {
        // The order in which chance once put them: 1 fails while 0 has left the queue and is not begun.
        let (sender, receiver) = sync_channel(2);
        let (queue, wanted) = (Mutex::new(receiver), AtomicUsize::new(1));
        sender.send((0, ())).expect("room for two");
        sender.send((2, ())).expect("room for two");
        drop(sender);
        let fail = |index, ()| Err(Error::Corpus(format!("item {index}")));
        let (index, error) = work_through(&queue, &wanted, fail).expect_err("item 0 is worked on");
        assert_eq!((index, error.to_string().as_str(), wanted.into_inner()), (0, "item 0", 0));
    }
}
