//! What goes on now, for whoever watches: the calls that have not ended, and what changed since one last looked.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
    },
};

use carpool_core::{call::CallId, meter::Observed};
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::{accounts::Lease, store::client_keys::ClientKey};

/// The calls that have not ended, the oldest first.
#[derive(Debug, Default)]
pub struct LiveCalls {
    calls: Mutex<BTreeMap<CallId, Arc<LiveCall>>>,
    changes: Changes,
}

/// A call that has not ended.
#[derive(Debug)]
pub struct LiveCall {
    /// The ledger's name for it.
    pub id: CallId,
    /// When it arrived.
    pub started_at: Timestamp,
    /// The key it came with.
    pub key: Arc<ClientKey>,
    /// The name of the account it was sent to last.
    pub account: Arc<str>,
    /// The model it asks for.
    pub model: Option<String>,
    is_answering: AtomicBool,
    input_tokens: AtomicU64,
    output_tokens: AtomicU64,
}

impl LiveCall {
    /// A call that is about to be sent to an account.
    #[must_use]
    pub fn new(id: CallId, started_at: Timestamp, key: Arc<ClientKey>, lease: &Lease, model: Option<String>) -> Self {
        Self {
            id,
            started_at,
            key,
            account: lease.name(),
            model,
            is_answering: AtomicBool::new(false),
            input_tokens: AtomicU64::new(0),
            output_tokens: AtomicU64::new(0),
        }
    }

    /// Notes that the answer has begun.
    pub fn answered(&self) {
        self.is_answering.store(true, Ordering::Relaxed);
    }

    /// Notes how far the answer is.
    pub fn grew(&self, observed: &Observed) {
        self.input_tokens.store(observed.usage.prompt_tokens(), Ordering::Relaxed);
        self.output_tokens.store(observed.output_so_far, Ordering::Relaxed);
    }

    /// Says whether the answer has begun.
    #[must_use]
    pub fn is_answering(&self) -> bool {
        self.is_answering.load(Ordering::Relaxed)
    }

    /// Input tokens of every class, once reported.
    #[must_use]
    pub fn input_tokens(&self) -> u64 {
        self.input_tokens.load(Ordering::Relaxed)
    }

    /// Output tokens so far, see [`Observed::output_so_far`].
    #[must_use]
    pub fn output_tokens(&self) -> u64 {
        self.output_tokens.load(Ordering::Relaxed)
    }
}

impl LiveCalls {
    /// Adds a call; one that is sent to another account takes its own place again.
    pub(crate) fn enter(&self, call: Arc<LiveCall>) {
        self.lock().insert(call.id, call);
        self.changes.note(Change::Calls);
    }

    /// Takes out a call that has ended.
    pub(crate) fn leave(&self, id: CallId) {
        self.lock().remove(&id);
        self.changes.note(Change::Calls);
    }

    /// The calls that have not ended, the oldest first.
    #[must_use]
    pub fn now(&self) -> Vec<Arc<LiveCall>> {
        self.lock().values().cloned().collect()
    }

    /// What changed lately.
    #[must_use]
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<CallId, Arc<LiveCall>>> {
        self.calls.lock().expect("no one panics while holding the calls in flight")
    }
}

/// Something that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A call began or ended.
    Calls = 1,
    /// Rows were written to the ledger, or it can no longer be written.
    Ledger = 2,
    /// Accounts, friends, keys or settings were read anew.
    Config = 4,
    /// Something keeps an account out, or no longer, or its windows filled.
    Accounts = 8,
    /// It was looked anew whether friends reach the relay.
    Reach = 16,
}

/// What changed since the one who watches last looked. Noting costs next to nothing while nobody does.
#[derive(Debug, Default)]
pub struct Changes {
    kinds: AtomicU8,
    noted: Notify,
}

/// Changes that were seen together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen(u8);

impl Seen {
    /// Says whether this kind is among them.
    #[must_use]
    pub fn has(self, change: Change) -> bool {
        self.0 & change as u8 != 0
    }
}

impl Changes {
    /// Notes a change.
    pub fn note(&self, change: Change) {
        if self.kinds.fetch_or(change as u8, Ordering::Release) == 0 {
            self.noted.notify_one();
        }
    }

    /// Waits until something changed, and forgets it. Only one may watch.
    pub async fn next(&self) -> Seen {
        loop {
            match self.kinds.swap(0, Ordering::Acquire) {
                0 => self.noted.notified().await,
                kinds => return Seen(kinds),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn changes_are_seen_once_and_together() {
        let changes = Changes::default();
        changes.note(Change::Calls);
        changes.note(Change::Ledger);

        let seen = changes.next().await;

        assert!(seen.has(Change::Calls) && seen.has(Change::Ledger) && !seen.has(Change::Config));
        changes.note(Change::Config);
        assert_eq!(changes.next().await, Seen(Change::Config as u8));
    }
}
