//! The threads that carry calls, each with a runtime of its own.
//!
//! A call stays on the thread its connection was given to, from its first byte to its last, and its provider's answer
//! comes in on the same thread. A runtime with several threads wakes another one whenever one finds work, to look for
//! more; with streams of small events that is mostly in vain, and on a small machine it costs more than the work.

use std::{
    io,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use tokio::runtime::{Builder, Handle};
use tokio_util::sync::{CancellationToken, DropGuard};

/// More threads than this a few friends cannot keep busy; each costs memory.
const MOST: usize = 8;

/// Where connections are served. The threads end when this is dropped.
#[derive(Debug)]
pub struct Workers {
    runtimes: Vec<Handle>,
    next: AtomicUsize,
    _end: Option<DropGuard>,
}

impl Workers {
    /// The runtime this is called on.
    #[must_use]
    pub fn here() -> Self {
        Self { runtimes: vec![Handle::current()], next: AtomicUsize::new(0), _end: None }
    }

    /// Threads of their own, one for each processor.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start() -> io::Result<Self> {
        let end = CancellationToken::new();
        let count = thread::available_parallelism().map_or(1, usize::from).min(MOST);
        let mut runtimes = Vec::with_capacity(count);
        for number in 0..count {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            runtimes.push(runtime.handle().clone());
            let ended = end.clone();
            let run = move || runtime.block_on(ended.cancelled());
            thread::Builder::new().name(format!("calls-{number}")).spawn(run)?;
        }
        Ok(Self { runtimes, next: AtomicUsize::new(0), _end: Some(end.drop_guard()) })
    }

    /// The next one in turn.
    pub(crate) fn next(&self) -> &Handle {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        &self.runtimes[turn % self.runtimes.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_take_turns_on_threads_of_their_own() {
        let workers = Workers::start().expect("threads");
        let here = Builder::new_current_thread().build().expect("a runtime");
        let turn = || here.block_on(workers.next().spawn(async { thread::current().id() })).expect("it runs");

        let first_round: Vec<_> = workers.runtimes.iter().map(|_| turn()).collect();
        let second_round: Vec<_> = workers.runtimes.iter().map(|_| turn()).collect();

        assert_eq!(first_round, second_round);
        assert!(!first_round.contains(&thread::current().id()));
    }
}
