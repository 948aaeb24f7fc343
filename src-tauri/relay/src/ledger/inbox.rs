//! What waits to be written, and for whom; and when the writer is to be woken for it.

use std::{
    collections::HashMap,
    convert::Infallible,
    io,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use carpool_core::call::CallId;
use tokio::{
    sync::{Notify, oneshot},
    time::{Instant, sleep, sleep_until, timeout_at},
};

use crate::{
    journal::{Full, Journal},
    store::calls::CallRow,
};

/// How long an answer's last frame waits for its commit. A disk that takes longer must not hold up the friends.
const COMMIT_PATIENCE: Duration = Duration::from_millis(250);
/// How long the row of an open call may lie until it is written: a screen that shows it does not tell the difference, and
/// most of the database's work is spared for calls that end sooner. It is in the journal meanwhile.
const OPEN_LINGER: Duration = Duration::from_millis(200);
/// Under load, i.e. after a batch of so many rows, the next one is given a moment to grow: fewer commits, less work.
const BUSY_ROWS: usize = 16;
const BUSY_LINGER: Duration = Duration::from_millis(1);

/// What waits to be written.
#[derive(Debug)]
pub(super) struct Inbox {
    entries: Mutex<Entries>,
    /// Rows that were handed in and are not yet written. One is counted before the writer can see it.
    waiting: AtomicUsize,
    /// Wakes the writer.
    due: Notify,
}

#[derive(Debug)]
struct Entries {
    open: HashMap<CallId, CallRow>,
    ended: Vec<CallRow>,
    waiters: Vec<Waiter>,
    /// The number of the batch that is collected.
    batch: u64,
    /// Somebody waits for the open rows too.
    is_flushed: bool,
    journal: Journal,
    /// What the writer sleeps for; `None` while it is awake, and will look.
    sleep: Option<Sleep>,
    is_closed: bool,
}

/// What the writer is woken by, beside flushing and closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sleep {
    /// By the first call that ends.
    UntilEnded,
    /// By the first call, begun or ended.
    UntilCall,
}

/// Who waits for the commit of a batch.
#[derive(Debug)]
struct Waiter {
    batch: u64,
    /// No longer than this; a flush waits as long as it takes.
    until: Option<Instant>,
    written: oneshot::Sender<()>,
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
pub(super) struct Batch {
    pub(super) rows: Vec<CallRow>,
    /// The part of the journal that is superfluous once these are committed.
    pub(super) full: Option<Full>,
    number: u64,
}

/// How the writer goes on.
pub(super) struct Pace {
    /// Rows in the last batch.
    last_rows: usize,
    /// When open rows were last looked at.
    open_since: Instant,
}

impl Pace {
    /// That of a writer who has not written yet.
    pub(super) fn start() -> Self {
        Self { last_rows: 0, open_since: Instant::now() }
    }
}

impl Inbox {
    pub(super) fn new(journal: Journal) -> Self {
        let entries = Entries {
            open: HashMap::new(),
            ended: Vec::new(),
            waiters: Vec::new(),
            batch: 0,
            is_flushed: false,
            journal,
            sleep: None,
            is_closed: false,
        };
        Self { entries: Mutex::new(entries), waiting: AtomicUsize::new(0), due: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().expect("no one panics while holding the inbox")
    }

    /// How many rows were handed in and are not yet written.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Takes in a call that begins: it is in the journal when this returns.
    pub(super) fn open(&self, row: CallRow) -> io::Result<()> {
        let mut entries = self.lock();
        entries.journal.write(&row)?;
        if entries.open.insert(row.id, row).is_none() {
            self.waiting.fetch_add(1, Ordering::Relaxed);
        }
        let must_wake = entries.sleep == Some(Sleep::UntilCall);
        self.wake_if(must_wake, entries);
        Ok(())
    }

    /// Takes in a call that has ended; the channel tells when it is written.
    pub(super) fn settle(&self, row: CallRow) -> oneshot::Receiver<()> {
        let until = Some(Instant::now() + COMMIT_PATIENCE);
        let mut entries = self.lock();
        if entries.open.remove(&row.id).is_none() {
            self.waiting.fetch_add(1, Ordering::Relaxed);
        }
        entries.ended.push(row);
        let written = entries.wait(until);
        let must_wake = entries.sleep.is_some();
        self.wake_if(must_wake, entries);
        written
    }

    /// Asks for open rows too, and to be told when all so far is committed.
    pub(super) fn ask_for_all(&self) -> oneshot::Receiver<()> {
        let mut entries = self.lock();
        entries.is_flushed = true;
        let written = entries.wait(None);
        self.wake_if(true, entries);
        written
    }

    /// Nothing comes any more.
    pub(super) fn close(&self) {
        let mut entries = self.lock();
        entries.is_closed = true;
        self.wake_if(true, entries);
    }

    fn wake_if(&self, must_wake: bool, mut entries: MutexGuard<'_, Entries>) {
        if must_wake {
            entries.sleep = None;
        }
        drop(entries);
        if must_wake {
            self.due.notify_one();
        }
    }

    /// Waits until there is something to write, and under load a little longer for what comes soon after; `None` when the
    /// ledger is closed and everything is written.
    pub(super) async fn next_batch(&self, pace: &mut Pace) -> Option<Batch> {
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
                let _ = timeout_at(pace.open_since + OPEN_LINGER, self.wakes(Sleep::UntilEnded)).await;
            } else {
                self.wakes(Sleep::UntilCall).await;
                pace.open_since = Instant::now();
            }
        }
    }

    /// Waits until something wakes the writer, or is there already that would.
    async fn wakes(&self, sleep: Sleep) {
        while self.falls_asleep(sleep) {
            self.due.notified().await;
        }
    }

    fn falls_asleep(&self, sleep: Sleep) -> bool {
        let mut entries = self.lock();
        let stays_awake = match sleep {
            Sleep::UntilEnded => !entries.ended.is_empty(),
            Sleep::UntilCall => !entries.ended.is_empty() || !entries.open.is_empty(),
        };
        entries.sleep = (!stays_awake && !entries.is_flushed && !entries.is_closed).then_some(sleep);
        entries.sleep.is_some()
    }

    fn take(&self, due: Due) -> Taken {
        let mut entries = self.lock();
        let full = entries.journal.rotate();
        // A journal is emptied when all rows in it are written.
        if due == Due::All || full.is_some() || entries.is_flushed || entries.is_closed {
            let Entries { open, ended, .. } = &mut *entries;
            ended.extend(open.drain().map(|(_, row)| row));
        }
        if entries.ended.is_empty() && !entries.is_flushed && full.is_none() {
            return if entries.is_closed { Taken::Closed } else { Taken::Nothing };
        }
        entries.is_flushed = false;
        let number = entries.batch;
        entries.batch += 1;
        Taken::Batch(Batch { rows: std::mem::take(&mut entries.ended), full, number })
    }

    /// Tells those who wait for a batch that it is committed.
    pub(super) fn tell(&self, batch: &Batch) {
        self.waiting.fetch_sub(batch.rows.len(), Ordering::Relaxed);
        let mut entries = self.lock();
        let covered = entries.waiters.partition_point(|waiter| waiter.batch <= batch.number);
        let told: Vec<_> = entries.waiters.drain(..covered).collect();
        drop(entries);
        release(told);
    }

    /// Lets go whoever has waited long enough, for as long as this is polled.
    pub(super) async fn limit_patience(&self) -> Infallible {
        loop {
            let first = self.lock().waiters.iter().find_map(|waiter| waiter.until);
            // Whoever comes while nobody waits has more patience than this.
            sleep_until(first.unwrap_or_else(|| Instant::now() + COMMIT_PATIENCE)).await;
            let now = Instant::now();
            let late: Vec<_> =
                self.lock().waiters.extract_if(.., |waiter| waiter.until.is_some_and(|until| until <= now)).collect();
            if !late.is_empty() {
                tracing::warn!(calls = late.len(), "a commit took too long to wait for; the rows will follow");
            }
            release(late);
        }
    }
}

fn release(waiters: Vec<Waiter>) {
    for waiter in waiters {
        // The one who asked may have left.
        let _ = waiter.written.send(());
    }
}

impl Entries {
    /// Notes that somebody waits for the batch that is collected.
    fn wait(&mut self, until: Option<Instant>) -> oneshot::Receiver<()> {
        let (written, receiver) = oneshot::channel();
        self.waiters.push(Waiter { batch: self.batch, until, written });
        receiver
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::FutureExt;
    use jiff::Timestamp;
    use tempfile::TempDir;

    use super::*;
    use crate::store::{calls::CallStatus, rehearsal};

    fn row(id: usize, status: CallStatus) -> CallRow {
        let id = i64::try_from(id).expect("a small number");
        CallRow { status, ..rehearsal::row(id, 1, Timestamp::UNIX_EPOCH, None) }
    }

    fn inbox() -> (Inbox, TempDir) {
        let folder = TempDir::new().expect("a folder");
        let (journal, _) = Journal::open(folder.path()).expect("a journal");
        (Inbox::new(journal), folder)
    }

    #[tokio::test]
    async fn who_has_waited_long_enough_is_let_go_but_a_flush_waits() {
        let (inbox, _folder) = inbox();
        let ended = inbox.settle(row(1, CallStatus::Complete));
        let flushed = inbox.ask_for_all();

        let began = Instant::now();
        tokio::select! {
            told = ended => told.expect("it is told"),
            never = inbox.limit_patience() => match never {},
        }

        assert!(began.elapsed() >= COMMIT_PATIENCE);
        assert!(flushed.now_or_never().is_none());
    }

    #[tokio::test]
    async fn a_batch_is_told_to_those_whose_rows_are_in_it() {
        let (inbox, _folder) = inbox();
        let mut pace = Pace::start();
        let first = inbox.settle(row(1, CallStatus::Complete));
        let batch = inbox.next_batch(&mut pace).await.expect("a batch");
        let second = inbox.settle(row(2, CallStatus::Complete));

        inbox.tell(&batch);

        assert_eq!(batch.rows.len(), 1);
        assert_eq!(first.now_or_never(), Some(Ok(())));
        assert!(second.now_or_never().is_none());
        assert_eq!(inbox.waiting(), 1);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_row_is_written_before_it_is_counted() {
        const ROWS: usize = 200_000;
        let (inbox, _folder) = inbox();
        let inbox = Arc::new(inbox);
        let hand_in = Arc::clone(&inbox);
        let handed_in = tokio::task::spawn_blocking(move || {
            for id in 0..ROWS {
                drop(hand_in.settle(row(id, CallStatus::Complete)));
            }
            hand_in.close();
        });

        let mut pace = Pace::start();
        while let Some(batch) = inbox.next_batch(&mut pace).await {
            // As if it took no time.
            pace.last_rows = 0;
            inbox.tell(&batch);
            assert!(inbox.waiting() <= ROWS, "more rows are written than were counted");
        }

        handed_in.await.expect("all are handed in");
        assert_eq!(inbox.waiting(), 0);
    }

    #[tokio::test]
    async fn a_writer_is_woken_once_by_what_it_sleeps_for() {
        let (inbox, _folder) = inbox();
        let is_woken = || inbox.due.notified().now_or_never().is_some();

        assert!(inbox.falls_asleep(Sleep::UntilCall));
        inbox.open(row(1, CallStatus::Open)).expect("it is noted");
        inbox.open(row(2, CallStatus::Open)).expect("it is noted");
        assert_eq!([is_woken(), is_woken()], [true, false]);

        assert!(inbox.falls_asleep(Sleep::UntilEnded));
        inbox.open(row(3, CallStatus::Open)).expect("it is noted");
        assert!(!is_woken());
        for id in 1..4 {
            drop(inbox.settle(row(id, CallStatus::Complete)));
        }
        assert_eq!([is_woken(), is_woken()], [true, false]);
        assert!(!inbox.falls_asleep(Sleep::UntilEnded), "there is something to do");
    }
}
