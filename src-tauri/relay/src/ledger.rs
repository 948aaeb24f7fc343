//! The ledger: every call is written down once, and before its client sees the end.
//!
//! One thread writes what has come in since it last wrote, as one commit. A row is handed in, and noted in the journal,
//! before its call goes upstream, and again, whole, when the call has ended; the last frame of an answer waits for that
//! second commit. What is committed or in the journal is kept even if the process is killed the next moment.
//!
//! A call that ends soon is written once, with its end; one that lasts is written as open meanwhile. The thread is the
//! ledger's own, so that its waiting for the database never wakes the threads that carry calls.

use std::{
    collections::HashMap,
    future::Future,
    io,
    path::Path,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    thread,
    time::Duration,
};

use carpool_core::call::CallId;
use jiff::Timestamp;
use tokio::{
    runtime::Builder,
    sync::{Notify, oneshot},
    time::{Instant, Sleep, sleep, timeout_at},
};

use crate::{
    journal::{Full, Journal},
    live::{Change, LiveCalls},
    store::{
        Store, StoreError,
        calls::{self, CallRow},
    },
};

mod writer;

/// How long an answer's last frame waits for its commit. A disk that takes longer must not hold up the friends.
const COMMIT_PATIENCE: Duration = Duration::from_millis(250);
/// Rows that may wait to be written before new calls are refused: a disk that is full or gone must not lose calls.
const BACKLOG_ROWS: usize = 20_000;
/// How long the row of an open call may lie until it is written: a screen that shows it does not tell the difference, and
/// most of the database's work is spared for calls that end sooner. It is in the journal meanwhile.
const OPEN_LINGER: Duration = Duration::from_millis(200);
/// Under load, i.e. after a batch of so many rows, the next one is given a moment to grow: fewer commits, less work.
const BUSY_ROWS: usize = 16;
const BUSY_LINGER: Duration = Duration::from_millis(1);

/// Where calls are handed in to be written down. The writer ends when this is dropped.
#[derive(Debug)]
pub struct Ledger {
    last_id: AtomicI64,
    inbox: Arc<Inbox>,
}

/// What waits to be written.
#[derive(Debug)]
struct Inbox {
    entries: Mutex<Entries>,
    /// A call began while the writer slept.
    begun: Notify,
    /// There is something that somebody waits for.
    awaited: Notify,
    /// Rows handed in and not yet written.
    waiting: AtomicUsize,
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

#[derive(Debug)]
struct Entries {
    open: HashMap<CallId, CallRow>,
    ended: Vec<CallRow>,
    /// Those who wait for the commit of what is in `ended` and of all before it.
    waiters: Vec<oneshot::Sender<()>>,
    /// Somebody waits for the open rows too.
    is_flushed: bool,
    journal: Journal,
    /// The writer sleeps until it is woken, by the first call too.
    is_asleep: bool,
    is_closed: bool,
}

/// What the writer finds in the inbox.
enum Taken {
    Batch(Batch),
    Nothing,
    Closed,
}

/// Which rows are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Ended,
    All,
}

/// What is written in one go.
struct Batch {
    rows: Vec<CallRow>,
    waiters: Vec<oneshot::Sender<()>>,
    /// The part of the journal that is superfluous once these are committed.
    full: Option<Full>,
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
        let entries = Entries {
            open: HashMap::new(),
            ended: Vec::new(),
            waiters: Vec::new(),
            is_flushed: false,
            journal,
            is_asleep: true,
            is_closed: false,
        };
        let inbox = Arc::new(Inbox {
            entries: Mutex::new(entries),
            begun: Notify::new(),
            awaited: Notify::new(),
            waiting: AtomicUsize::new(0),
            is_failing: AtomicBool::new(false),
            trouble: Mutex::default(),
            live,
        });
        let writer = writer::connect(store, Arc::clone(&inbox)).await?;
        let runtime = Builder::new_current_thread().enable_time().build().map_err(unusable)?;
        // Not on the house's tracker: it ends after everything that hands in rows has ended.
        let run = move || runtime.block_on(writer);
        thread::Builder::new().name("ledger".to_owned()).spawn(run).map_err(unusable)?;
        Ok(Self { last_id: AtomicI64::new(last_id.0), inbox })
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
        let is_failing = self.inbox.is_failing.load(Ordering::Relaxed);
        !is_failing && self.inbox.waiting.load(Ordering::Relaxed) < BACKLOG_ROWS
    }

    /// Why calls cannot be written down at the moment, if so.
    #[must_use]
    pub fn trouble(&self) -> Option<LedgerTrouble> {
        self.inbox.trouble.lock().expect("no one panics while holding the trouble").clone()
    }

    /// Hands in a call that is about to go upstream: it is in the journal when this returns, and soon in the database.
    ///
    /// # Errors
    /// When the journal cannot be written; the call must not be sent then.
    pub fn open(&self, row: CallRow) -> io::Result<()> {
        let mut entries = self.inbox.lock();
        entries.journal.write(&row)?;
        if entries.open.insert(row.id, row).is_none() {
            self.inbox.waiting.fetch_add(1, Ordering::Relaxed);
        }
        let must_wake = std::mem::take(&mut entries.is_asleep);
        drop(entries);
        if must_wake {
            self.inbox.begun.notify_one();
        }
        Ok(())
    }

    /// Hands in a call that has ended. The future tells when that is committed, or that it took too long to wait for.
    #[must_use]
    pub fn settle(&self, row: CallRow) -> Written {
        let (written, receiver) = oneshot::channel();
        let mut entries = self.inbox.lock();
        if entries.open.remove(&row.id).is_none() {
            self.inbox.waiting.fetch_add(1, Ordering::Relaxed);
        }
        entries.ended.push(row);
        entries.waiters.push(written);
        drop(entries);
        self.inbox.awaited.notify_one();
        Written { receiver, patience: Box::pin(sleep(COMMIT_PATIENCE)) }
    }

    /// Waits until everything handed in so far is committed.
    pub async fn flush(&self) {
        // An error means that the writer ended, after everything was written.
        let _ = self.inbox.ask_for_all().await;
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.inbox.lock().is_closed = true;
        self.inbox.awaited.notify_one();
    }
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().expect("no one panics while holding the inbox")
    }

    fn report(&self, trouble: Option<LedgerTrouble>) {
        *self.trouble.lock().expect("no one panics while holding the trouble") = trouble;
        self.live.changes().note(Change::Ledger);
    }

    /// Asks for open rows too, and to be told when all so far is committed.
    fn ask_for_all(&self) -> oneshot::Receiver<()> {
        let (written, receiver) = oneshot::channel();
        let mut entries = self.lock();
        entries.is_flushed = true;
        entries.waiters.push(written);
        drop(entries);
        self.awaited.notify_one();
        receiver
    }

    /// Waits until there is something to write, and under load a little longer for what comes soon after; `None` when the
    /// ledger is closed and everything is written.
    async fn next_batch(&self, pace: &mut Pace) -> Option<Batch> {
        loop {
            if pace.last_rows >= BUSY_ROWS {
                sleep(BUSY_LINGER).await;
            }
            let due = if pace.open_since.elapsed() >= OPEN_LINGER { Due::All } else { Due::Ended };
            if due == Due::All {
                pace.open_since = Instant::now();
            }
            match self.take(due) {
                Taken::Batch(batch) => {
                    pace.last_rows = batch.rows.len();
                    return Some(batch);
                }
                Taken::Closed => return None,
                Taken::Nothing => pace.last_rows = 0,
            }
            // Open rows are looked for now and then while calls come; only when there are none is the writer to be woken.
            if due == Due::Ended {
                let _ = timeout_at(pace.open_since + OPEN_LINGER, self.awaited.notified()).await;
            } else if self.fall_asleep() {
                tokio::select! {
                    () = self.begun.notified() => {}
                    () = self.awaited.notified() => {}
                }
                self.lock().is_asleep = false;
                pace.open_since = Instant::now();
            }
        }
    }

    /// Notes that the writer has to be woken, unless there is something for it.
    fn fall_asleep(&self) -> bool {
        let mut entries = self.lock();
        entries.is_asleep = entries.open.is_empty() && entries.waiters.is_empty() && !entries.is_closed;
        entries.is_asleep
    }

    fn take(&self, due: Due) -> Taken {
        let mut entries = self.lock();
        let full = entries.journal.rotate();
        // A journal is emptied when all rows in it are written.
        if due == Due::All || full.is_some() || entries.is_flushed || entries.is_closed {
            let Entries { open, ended, .. } = &mut *entries;
            ended.extend(open.drain().map(|(_, row)| row));
        }
        if entries.ended.is_empty() && entries.waiters.is_empty() && full.is_none() {
            return if entries.is_closed { Taken::Closed } else { Taken::Nothing };
        }
        entries.is_flushed = false;
        let rows = std::mem::take(&mut entries.ended);
        let waiters = std::mem::take(&mut entries.waiters);
        Taken::Batch(Batch { rows, waiters, full })
    }
}

/// How the writer goes on.
struct Pace {
    /// Rows in the last batch.
    last_rows: usize,
    /// When open rows were last looked at.
    open_since: Instant,
}

/// Resolves when a settled call is committed, or when that takes longer than anyone may wait for.
#[derive(Debug)]
pub struct Written {
    receiver: oneshot::Receiver<()>,
    patience: Pin<Box<Sleep>>,
}

impl Future for Written {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if Pin::new(&mut self.receiver).poll(context).is_ready() {
            return Poll::Ready(());
        }
        ready!(self.patience.as_mut().poll(context));
        tracing::warn!("a commit took too long to wait for; the row will follow");
        Poll::Ready(())
    }
}
