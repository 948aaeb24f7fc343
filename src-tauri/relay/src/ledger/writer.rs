//! The ledger's writer, and what moves the database's write-ahead log along beside it.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use sqlx::{SqliteConnection, SqlitePool};
use tokio::{sync::mpsc, task::spawn_blocking, time::sleep};

use super::{
    Health, LedgerTrouble,
    inbox::{Batch, Inbox, Pace},
};
use crate::{
    live::Change,
    store::{
        self, Store,
        calls::{self, CallRow, CallStatus},
        client_keys, config,
    },
};

/// Rows in one commit: enough to be rare under load, few enough to stay a millisecond of work.
const BATCH_ROWS: usize = 256;
/// How long the writer waits before it tries again what SQLite refused.
const RETRY_PAUSE: Duration = Duration::from_millis(500);
/// A key's "last used" is written at most this often.
const LAST_USED_STEP: SignedDuration = SignedDuration::from_secs(60);
/// After so many commits the log is moved into the database: about a thousand pages.
const COMMITS_IN_LOG: u32 = 128;

/// Connects the writer. It ends when the ledger is closed and everything is written.
///
/// A commit does not wait for the disk, but moving the log into the database does, and for as long as the disk likes. So
/// that is done over another connection, while commits go on.
pub(super) async fn connect(
    store: &Store,
    inbox: Arc<Inbox>,
    health: Arc<Health>,
) -> Result<impl Future<Output = ()> + Send + use<>, sqlx::Error> {
    let mut connection = store.connect().await?;
    config::leave_log(&mut connection).await?;
    let (log_is_due, due) = mpsc::channel(1);
    let writer = Writer { connection, inbox, health, commits: 0, log_is_due, last_used: HashMap::default() };
    let pool = store.pool().clone();
    Ok(async move {
        tokio::join!(writer.run(), move_log(pool, due));
    })
}

/// Moves the log into the database whenever it is due, until the writer has ended.
async fn move_log(pool: SqlitePool, mut due: mpsc::Receiver<()>) {
    while due.recv().await.is_some() {
        match config::move_log(&pool).await {
            // Whoever closes the database last moves all of it.
            Ok(()) | Err(sqlx::Error::PoolClosed) => {}
            Err(error) => tracing::warn!(%error, "the database's log could not be moved into it; it goes on growing"),
        }
    }
}

struct Writer {
    connection: SqliteConnection,
    inbox: Arc<Inbox>,
    health: Arc<Health>,
    /// Since the log was last due.
    commits: u32,
    log_is_due: mpsc::Sender<()>,
    /// When each key's "last used" was last written.
    last_used: HashMap<i64, Timestamp>,
}

impl Writer {
    async fn run(mut self) {
        let inbox = Arc::clone(&self.inbox);
        let mut pace = Pace::start();
        while let Some(batch) = inbox.next_batch(&mut pace).await {
            tokio::select! {
                () = self.write(batch) => {}
                never = inbox.limit_patience() => match never {},
            }
        }
    }

    async fn write(&mut self, mut batch: Batch) {
        for chunk in batch.rows.chunks(BATCH_ROWS) {
            self.write_until_done(chunk).await;
            self.count_commit();
        }
        self.inbox.tell(&batch);
        self.health.live.changes().note(Change::Ledger);
        if let Some(full) = batch.full.take() {
            let emptied = spawn_blocking(|| full.empty()).await;
            if let Err(error) = emptied.unwrap_or_else(|error| Err(error.into())) {
                tracing::warn!(%error, "the journal could not be emptied; it goes on growing");
            }
        }
        self.note_last_used(&batch.rows).await;
    }

    fn count_commit(&mut self) {
        self.commits += 1;
        if self.commits >= COMMITS_IN_LOG {
            self.commits = 0;
            // Where it is being moved, it is due once more after that.
            let _ = self.log_is_due.try_send(());
        }
    }

    async fn write_until_done(&mut self, rows: &[CallRow]) {
        while let Err(error) = calls::write(&mut self.connection, rows).await {
            if !self.health.is_failing.swap(true, Ordering::Relaxed) {
                let trouble = LedgerTrouble { is_disk_full: store::is_disk_full(&error), message: error.to_string() };
                self.health.report(Some(trouble));
                tracing::error!(%error, rows = rows.len(), "the ledger cannot be written; new calls are refused");
            }
            sleep(RETRY_PAUSE).await;
        }
        if self.health.is_failing.swap(false, Ordering::Relaxed) {
            self.health.report(None);
            tracing::info!("the ledger can be written again");
        }
    }

    /// Once for each key, however many of its calls were written.
    async fn note_last_used(&mut self, rows: &[CallRow]) {
        let mut used: HashMap<i64, (Timestamp, Timestamp)> = HashMap::new();
        for row in rows.iter().filter(|row| row.status != CallStatus::Open) {
            let (first, last) = used.entry(row.key_id).or_insert((row.at, row.at));
            (*first, *last) = (row.at.min(*first), row.at.max(*last));
        }
        for (key_id, (first, last)) in used {
            let is_recent = |noted: &Timestamp| last.duration_since(*noted) < LAST_USED_STEP;
            if self.last_used.get(&key_id).is_some_and(is_recent) {
                continue;
            }
            self.last_used.insert(key_id, last);
            if let Err(error) = client_keys::touch(&mut self.connection, key_id, first, last).await {
                tracing::warn!(%error, "when a key was last used could not be noted");
            }
        }
    }
}
