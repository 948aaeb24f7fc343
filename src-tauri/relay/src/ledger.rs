//! The ledger: every call is written down once, and before its client sees the end.
//!
//! One task writes what has come in since it last wrote, as one commit. A row is handed in before its call goes
//! upstream and again, whole, when the call has ended; the last frame of an answer waits for that second commit. SQLite
//! keeps what is committed even if the process is killed the next moment.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use carpool_core::call::CallId;
use jiff::{SignedDuration, Timestamp};
use sqlx::SqliteConnection;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, Sleep, sleep, timeout_at},
};

use crate::store::{
    Store, StoreError,
    calls::{self, CallRow, CallStatus},
    client_keys,
};

/// How long an answer's last frame waits for its commit. A disk that takes longer must not hold up the friends.
const COMMIT_PATIENCE: Duration = Duration::from_millis(250);
/// Rows in one commit: enough to be rare under load, few enough to stay a millisecond of work.
const BATCH_ROWS: usize = 256;
/// Rows that may wait to be written before new calls are refused: a disk that is full or gone must not lose calls.
const BACKLOG_ROWS: usize = 20_000;
/// How long rows that nobody waits for may lie until they are written: calls that begin together, and those that end soon
/// after, then share a commit, and the answer's first byte does not compete with the database for the processor.
const OPEN_LINGER: Duration = Duration::from_millis(5);
/// How long the writer waits before it tries again what SQLite refused.
const RETRY_PAUSE: Duration = Duration::from_millis(500);
/// A key's "last used" is written at most this often.
const LAST_USED_STEP: SignedDuration = SignedDuration::from_secs(60);

/// Where calls are handed in to be written down.
#[derive(Debug)]
pub struct Ledger {
    entries: mpsc::UnboundedSender<Entry>,
    last_id: AtomicI64,
    state: Arc<WriterState>,
}

#[derive(Debug, Default)]
struct WriterState {
    waiting: AtomicUsize,
    is_failing: AtomicBool,
}

#[derive(Debug)]
enum Entry {
    Row { row: Box<CallRow>, written: Option<oneshot::Sender<()>> },
    Flush(oneshot::Sender<()>),
}

impl Entry {
    /// Whether somebody waits for it to be committed.
    fn is_awaited(&self) -> bool {
        matches!(self, Self::Row { written: Some(_), .. } | Self::Flush(_))
    }
}

impl Ledger {
    /// Marks what an earlier process left open and starts the writer.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn start(store: &Store) -> Result<Self, StoreError> {
        let interrupted = calls::interrupt_open(store.pool()).await?;
        if interrupted > 0 {
            tracing::warn!(calls = interrupted, "the last run ended in the middle of calls");
        }
        let last_id = calls::last_id(store.pool()).await?;
        let state = Arc::<WriterState>::default();
        let (entries, incoming) = mpsc::unbounded_channel();
        let writer =
            Writer { connection: store.connect().await?, state: Arc::clone(&state), last_used: HashMap::default() };
        // Not on the house's tracker: it ends with the last sender, after everything that hands in rows has ended.
        tokio::spawn(writer.run(incoming));
        Ok(Self { entries, last_id: AtomicI64::new(last_id.0), state })
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
        let is_failing = self.state.is_failing.load(Ordering::Relaxed);
        !is_failing && self.state.waiting.load(Ordering::Relaxed) < BACKLOG_ROWS
    }

    /// Hands in a call that is about to go upstream, and does not wait.
    pub fn open(&self, row: CallRow) {
        self.hand_in(row, None);
    }

    /// Hands in a call that has ended. The future tells when that is committed, or that it took too long to wait for.
    #[must_use]
    pub fn settle(&self, row: CallRow) -> Written {
        let (written, receiver) = oneshot::channel();
        self.hand_in(row, Some(written));
        Written { receiver, patience: Box::pin(sleep(COMMIT_PATIENCE)) }
    }

    /// Waits until everything handed in so far is committed.
    pub async fn flush(&self) {
        let (done, receiver) = oneshot::channel();
        if self.entries.send(Entry::Flush(done)).is_ok() {
            // An error means that the writer ended, after everything was written.
            let _ = receiver.await;
        }
    }

    fn hand_in(&self, row: CallRow, written: Option<oneshot::Sender<()>>) {
        self.state.waiting.fetch_add(1, Ordering::Relaxed);
        if self.entries.send(Entry::Row { row: Box::new(row), written }).is_err() {
            tracing::error!("the ledger's writer is gone");
        }
    }
}

/// Resolves when a settled call is committed, or after [`COMMIT_PATIENCE`].
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

struct Writer {
    connection: SqliteConnection,
    state: Arc<WriterState>,
    /// When each key's "last used" was last written.
    last_used: HashMap<i64, Timestamp>,
}

impl Writer {
    async fn run(mut self, mut incoming: mpsc::UnboundedReceiver<Entry>) {
        let mut batch = Vec::with_capacity(BATCH_ROWS);
        while incoming.recv_many(&mut batch, BATCH_ROWS).await > 0 {
            linger(&mut incoming, &mut batch).await;
            let handed_in = batch.iter().filter(|entry| matches!(entry, Entry::Row { .. })).count();
            let (rows, waiting) = gather(&mut batch);
            self.write_until_done(&rows).await;
            self.state.waiting.fetch_sub(handed_in, Ordering::Relaxed);
            for written in waiting {
                // The one who asked may have left.
                let _ = written.send(());
            }
            self.note_last_used(&rows).await;
        }
    }

    async fn write_until_done(&mut self, rows: &[CallRow]) {
        if rows.is_empty() {
            return;
        }
        while let Err(error) = calls::write(&mut self.connection, rows).await {
            if !self.state.is_failing.swap(true, Ordering::Relaxed) {
                tracing::error!(%error, rows = rows.len(), "the ledger cannot be written; new calls are refused");
            }
            sleep(RETRY_PAUSE).await;
        }
        if self.state.is_failing.swap(false, Ordering::Relaxed) {
            tracing::info!("the ledger can be written again");
        }
    }

    async fn note_last_used(&mut self, rows: &[CallRow]) {
        for row in rows.iter().filter(|row| row.status != CallStatus::Open) {
            let is_recent = |last: &Timestamp| row.at.duration_since(*last) < LAST_USED_STEP;
            if self.last_used.get(&row.key_id).is_some_and(is_recent) {
                continue;
            }
            self.last_used.insert(row.key_id, row.at);
            if let Err(error) = client_keys::touch(&mut self.connection, row.key_id, row.at).await {
                tracing::warn!(%error, "when a key was last used could not be noted");
            }
        }
    }
}

/// Lets a batch grow that nobody waits for yet.
async fn linger(incoming: &mut mpsc::UnboundedReceiver<Entry>, batch: &mut Vec<Entry>) {
    let deadline = Instant::now() + OPEN_LINGER;
    while batch.len() < BATCH_ROWS && !batch.iter().any(Entry::is_awaited) {
        let free = BATCH_ROWS - batch.len();
        match timeout_at(deadline, incoming.recv_many(batch, free)).await {
            Ok(received) if received > 0 => {}
            _ => break,
        }
    }
}

/// Takes the rows out of a batch, the latest of each call, and those who wait for them.
fn gather(batch: &mut Vec<Entry>) -> (Vec<CallRow>, Vec<oneshot::Sender<()>>) {
    let mut rows: Vec<CallRow> = Vec::with_capacity(batch.len());
    let mut places: HashMap<CallId, usize> = HashMap::new();
    let mut waiting = Vec::new();
    for entry in batch.drain(..) {
        match entry {
            Entry::Row { row, written } => {
                waiting.extend(written);
                match places.get(&row.id) {
                    Some(place) => rows[*place] = *row,
                    None => {
                        places.insert(row.id, rows.len());
                        rows.push(*row);
                    }
                }
            }
            Entry::Flush(done) => waiting.push(done),
        }
    }
    (rows, waiting)
}
