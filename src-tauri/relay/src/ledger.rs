//! The ledger: every call is written down once, and before its client sees the end.
//!
//! One thread writes what has come in since it last wrote, as one commit. A row is handed in, and noted in the journal,
//! before its call goes upstream, and again, whole, when the call has ended; the last frame of an answer waits for that
//! second commit. What is committed or in the journal is kept even if the process is killed the next moment.
//!
//! A call that ends soon is written once, with its end; one that lasts is written as open meanwhile. The thread is the
//! ledger's own, so that its waiting for the database never wakes the threads that carry calls; they wake it no more often
//! than there is a commit.

use std::{
    future::Future,
    io,
    path::Path,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    task::{Context, Poll},
    thread,
};

use carpool_core::call::CallId;
use jiff::Timestamp;
use tokio::{runtime::Builder, sync::oneshot};

use self::inbox::Inbox;
use crate::{
    journal::Journal,
    live::{Change, LiveCalls},
    store::{
        Store, StoreError,
        calls::{self, CallRow},
    },
};

mod inbox;
mod writer;

/// Rows that may wait to be written before new calls are refused: a disk that is full or gone must not lose calls.
const BACKLOG_ROWS: usize = 20_000;

/// Where calls are handed in to be written down. The writer ends when this is dropped.
#[derive(Debug)]
pub struct Ledger {
    last_id: AtomicI64,
    inbox: Arc<Inbox>,
    health: Arc<Health>,
}

/// Whether rows can be written.
#[derive(Debug)]
struct Health {
    is_failing: AtomicBool,
    trouble: Mutex<Option<LedgerTrouble>>,
    live: Arc<LiveCalls>,
}

/// Why the ledger cannot be written.
#[derive(Clone, Debug)]
pub struct LedgerTrouble {
    /// Whether there is no room on the disk.
    pub is_disk_full: bool,
    /// What SQLite says.
    pub message: String,
}

impl Ledger {
    /// Marks what an earlier process left open and starts the writer.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn start(store: &Store, data_dir: &Path, live: Arc<LiveCalls>) -> Result<Self, StoreError> {
        let unusable = |error| StoreError::Folder(data_dir.to_owned(), error);
        let (mut journal, opened) = Journal::open(data_dir).map_err(unusable)?;
        calls::take_over(store.pool(), &opened).await?;
        journal.clear().map_err(unusable)?;
        let interrupted = calls::interrupt_open(store.pool()).await?;
        if interrupted > 0 {
            tracing::warn!(calls = interrupted, "the last run ended in the middle of calls");
        }
        let last_id = calls::last_id(store.pool()).await?;
        let inbox = Arc::new(Inbox::new(journal));
        let health = Arc::new(Health { is_failing: AtomicBool::new(false), trouble: Mutex::default(), live });
        let writer = writer::connect(store, Arc::clone(&inbox), Arc::clone(&health)).await?;
        let runtime = Builder::new_current_thread().enable_time().build().map_err(unusable)?;
        // Not on the house's tracker: it ends after everything that hands in rows has ended.
        let run = move || runtime.block_on(writer);
        thread::Builder::new().name("ledger".to_owned()).spawn(run).map_err(unusable)?;
        Ok(Self { last_id: AtomicI64::new(last_id.0), inbox, health })
    }

    /// A name for a new call.
    pub fn next_id(&self, now: Timestamp) -> CallId {
        let next = |last| Some(CallId::after(CallId(last), now).0);
        let last = self.last_id.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        CallId::after(CallId(last.unwrap_or_else(|last| last)), now)
    }

    /// Says whether calls can be written down at the moment; if not, none may be let through.
    #[must_use]
    pub fn accepts_calls(&self) -> bool {
        let is_failing = self.health.is_failing.load(Ordering::Relaxed);
        !is_failing && self.inbox.waiting() < BACKLOG_ROWS
    }

    /// Why calls cannot be written down at the moment, if so.
    #[must_use]
    pub fn trouble(&self) -> Option<LedgerTrouble> {
        self.health.trouble.lock().expect("no one panics while holding the trouble").clone()
    }

    /// Hands in a call that is about to go upstream: it is in the journal when this returns, and soon in the database.
    ///
    /// # Errors
    /// When the journal cannot be written; the call must not be sent then.
    pub fn open(&self, row: CallRow) -> io::Result<()> {
        self.inbox.open(row)
    }

    /// Hands in a call that has ended. The future tells when that is committed, or that it took too long to wait for.
    #[must_use]
    pub fn settle(&self, row: CallRow) -> Written {
        Written(self.inbox.settle(row))
    }

    /// Waits until everything handed in so far is committed.
    pub async fn flush(&self) {
        // An error means that the writer ended, after everything was written.
        let _ = self.inbox.ask_for_all().await;
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.inbox.close();
    }
}

impl Health {
    fn report(&self, trouble: Option<LedgerTrouble>) {
        *self.trouble.lock().expect("no one panics while holding the trouble") = trouble;
        self.live.changes().note(Change::Ledger);
    }
}

/// Resolves when a settled call is committed, or when that takes longer than anyone may wait for.
#[derive(Debug)]
pub struct Written(oneshot::Receiver<()>);

impl Future for Written {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // The writer leaves no one waiting; an error means that it ended.
        Pin::new(&mut self.0).poll(context).map(drop)
    }
}
