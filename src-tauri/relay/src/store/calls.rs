//! The ledger's rows: one per call, written in batches, replaced as a whole when the call ends.

use std::sync::LazyLock;

use carpool_core::{
    call::{CallId, Operation},
    price::PicoUsd,
    usage::Usage,
};
use jiff::Timestamp;
use sqlx::{Connection, Row, SqliteConnection, SqlitePool, query::Query, sqlite::SqliteArguments};

use super::millis;
use crate::journal::Opened;

/// How a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallStatus {
    /// It is under way.
    Open,
    /// It was answered to its end.
    Complete,
    /// The client left before the end.
    Aborted,
    /// The provider answered with an error, broke off, or could not be reached.
    UpstreamError,
    /// Carpool refused it.
    Refused,
    /// Carpool itself ended in the middle of it.
    Interrupted,
}

impl CallStatus {
    /// How a call can have ended.
    pub const ENDED: [Self; 5] = [Self::Complete, Self::Aborted, Self::UpstreamError, Self::Refused, Self::Interrupted];

    /// How a call can have ended that was not answered to its end.
    pub(crate) const FAILED: [Self; 4] = [Self::Aborted, Self::UpstreamError, Self::Refused, Self::Interrupted];

    /// The word in the database and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Complete => "complete",
            Self::Aborted => "aborted",
            Self::UpstreamError => "upstream_error",
            Self::Refused => "refused",
            Self::Interrupted => "interrupted",
        }
    }
}

/// A call as it is written down.
#[derive(Clone, Debug)]
pub struct CallRow {
    /// The ledger's name for it.
    pub id: CallId,
    /// When it arrived.
    pub at: Timestamp,
    /// Whose call it is.
    pub friend_id: i64,
    /// The key it came with.
    pub key_id: i64,
    /// The account that served it last.
    pub account_id: Option<i64>,
    /// That account's provider.
    pub provider: Option<&'static str>,
    /// The dialect it is written in.
    pub dialect: &'static str,
    /// What it asks for.
    pub operation: Operation,
    /// The model as the client wrote it.
    pub model: Option<String>,
    /// The model the provider says it ran.
    pub upstream_model: Option<String>,
    /// Whether the answer was to be a stream.
    pub stream: bool,
    /// How it stands.
    pub status: CallStatus,
    /// The status of the answer.
    pub http_status: Option<u16>,
    /// What it consumed.
    pub usage: Usage,
    /// What that cost; `None` when it cannot be priced.
    pub cost: Option<PicoUsd>,
    /// What the provider's prompt cache saved; `None` when that cannot be told.
    pub saved: Option<PicoUsd>,
    /// What it counts as against money caps: its cost; its estimate while it is under way and where the cost cannot be
    /// told; `None`: nothing.
    pub cap: Option<PicoUsd>,
    /// The price book that told.
    pub price_version: Option<i64>,
    /// Milliseconds until the first byte of the answer.
    pub ttfb_ms: Option<i64>,
    /// Milliseconds until its end.
    pub duration_ms: Option<i64>,
    /// How often it was sent upstream.
    pub attempts: u32,
}

/// Rows per statement. What is left over of one has NULL for an id and is skipped: a batch is a single statement, i.e. one way
/// to the database's thread and back, and few statements are prepared and kept.
const ROWS_PER_STATEMENT: [usize; 4] = [1, 4, 16, MOST_ROWS];
const MOST_ROWS: usize = 64;
/// What is kept of a call.
pub(crate) const COLUMNS: [&str; 30] = [
    "id",
    "at",
    "friend_id",
    "key_id",
    "account_id",
    "provider",
    "dialect",
    "operation",
    "model",
    "upstream_model",
    "stream",
    "status",
    "http_status",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "reasoning_tokens",
    "web_search_requests",
    "service_tier",
    "inference_geo",
    "speed",
    "cost_pico_usd",
    "saved_pico_usd",
    "cap_pico_usd",
    "price_version",
    "ttfb_ms",
    "duration_ms",
    "attempts",
];

static STATEMENTS: LazyLock<[String; ROWS_PER_STATEMENT.len()]> = LazyLock::new(|| {
    let row = format!("({})", vec!["?"; COLUMNS.len()].join(", "));
    ROWS_PER_STATEMENT.map(|rows| {
        format!(
            "INSERT OR REPLACE INTO calls ({}) SELECT * FROM (VALUES {}) WHERE column1 IS NOT NULL",
            COLUMNS.join(", "),
            vec![row.as_str(); rows].join(", ")
        )
    })
});

/// Writes rows in one transaction; a row that is there is replaced.
pub(crate) async fn write(connection: &mut SqliteConnection, rows: &[CallRow]) -> Result<(), sqlx::Error> {
    // One statement is a transaction by itself.
    if rows.len() <= MOST_ROWS {
        return insert(connection, rows).await;
    }
    let mut transaction = connection.begin().await?;
    for some in rows.chunks(MOST_ROWS) {
        insert(&mut transaction, some).await?;
    }
    transaction.commit().await
}

/// Writes as many rows as a statement takes, or fewer.
async fn insert(connection: &mut SqliteConnection, rows: &[CallRow]) -> Result<(), sqlx::Error> {
    let place = ROWS_PER_STATEMENT.iter().position(|size| *size >= rows.len()).expect("at most a statement's rows");
    // What is not bound is NULL.
    rows.iter().fold(sqlx::query(STATEMENTS[place].as_str()), bind).execute(connection).await.map(drop)
}

/// Binds one row in the order of [`COLUMNS`].
fn bind<'q>(
    query: Query<'q, sqlx::Sqlite, SqliteArguments>,
    row: &CallRow,
) -> Query<'q, sqlx::Sqlite, SqliteArguments> {
    let counter = |value: Option<u64>| value.map(|value| i64::try_from(value).unwrap_or(i64::MAX));
    query
        .bind(row.id.0)
        .bind(millis(row.at))
        .bind(row.friend_id)
        .bind(row.key_id)
        .bind(row.account_id)
        .bind(row.provider)
        .bind(row.dialect)
        .bind(row.operation.as_str())
        .bind(row.model.clone())
        .bind(row.upstream_model.clone())
        .bind(row.stream)
        .bind(row.status.as_str())
        .bind(row.http_status)
        .bind(counter(row.usage.input_tokens))
        .bind(counter(row.usage.cache_read_tokens))
        .bind(counter(row.usage.cache_write_5m_tokens))
        .bind(counter(row.usage.cache_write_1h_tokens))
        .bind(counter(row.usage.output_tokens))
        .bind(counter(row.usage.reasoning_tokens))
        .bind(counter(row.usage.web_search_requests))
        .bind(row.usage.service_tier.clone())
        .bind(row.usage.inference_geo.clone())
        .bind(row.usage.speed.clone())
        .bind(row.cost.map(|cost| cost.0))
        .bind(row.saved.map(|saved| saved.0))
        .bind(row.cap.map(|cap| cap.0))
        .bind(row.price_version)
        .bind(row.ttfb_ms)
        .bind(row.duration_ms)
        .bind(row.attempts)
}

/// The greatest id in the ledger; new ones follow it even if the clock went back.
pub(crate) async fn last_id(pool: &SqlitePool) -> Result<CallId, sqlx::Error> {
    sqlx::query_scalar("SELECT COALESCE(MAX(id), 0) FROM calls").fetch_one(pool).await.map(CallId)
}

/// Takes over the calls that only the journal of a killed process knows. They went upstream, or nearly.
pub(crate) async fn take_over(pool: &SqlitePool, opened: &[Opened]) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    for call in opened {
        sqlx::query(
            "INSERT OR IGNORE INTO calls (id, at, friend_id, key_id, account_id, provider, dialect, operation, model,
                                          stream, status, attempts, cap_pico_usd)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?)",
        )
        .bind(call.id)
        .bind(call.at)
        .bind(call.friend_id)
        .bind(call.key_id)
        .bind(call.account_id)
        .bind(&call.provider)
        .bind(&call.dialect)
        .bind(&call.operation)
        .bind(&call.model)
        .bind(call.stream)
        .bind(call.attempts)
        .bind(call.cap)
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await
}

/// Marks the calls that a process which is no more left open, and says how many they were.
pub(crate) async fn interrupt_open(pool: &SqlitePool) -> Result<u64, sqlx::Error> {
    let done = sqlx::query("UPDATE calls SET status = 'interrupted' WHERE status = 'open'").execute(pool).await?;
    Ok(done.rows_affected())
}

/// How many calls each account is serving, by account id.
///
/// # Errors
/// When SQLite refuses.
pub async fn in_flight(pool: &SqlitePool) -> Result<Vec<(i64, i64)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT account_id, COUNT(*) FROM calls WHERE status = 'open' AND account_id IS NOT NULL GROUP BY account_id",
    )
    .fetch_all(pool)
    .await
}

/// Token counters as sums: what was not reported counts as none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Uncached input.
    pub input: i64,
    /// Cache reads.
    pub cache_read: i64,
    /// Five-minute cache writes.
    pub cache_write_5m: i64,
    /// One-hour cache writes.
    pub cache_write_1h: i64,
    /// Output, reasoning included.
    pub output: i64,
    /// Reasoning.
    pub reasoning: i64,
}

impl Tokens {
    /// Reads the counters under the names of the table's columns.
    pub(super) fn read(row: &sqlx::sqlite::SqliteRow) -> Result<Self, sqlx::Error> {
        let counter = |name| row.try_get::<Option<i64>, _>(name).map(Option::unwrap_or_default);
        Ok(Self {
            input: counter("input_tokens")?,
            cache_read: counter("cache_read_tokens")?,
            cache_write_5m: counter("cache_write_5m_tokens")?,
            cache_write_1h: counter("cache_write_1h_tokens")?,
            output: counter("output_tokens")?,
            reasoning: counter("reasoning_tokens")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        journal::Journal,
        store::{
            rehearsal::{Rehearsal, row},
            spent::{self, Since},
        },
    };

    #[tokio::test]
    async fn a_batch_of_any_size_is_written_once_and_nothing_of_the_batch_before() {
        let rehearsal = Rehearsal::start().await;
        let at = Timestamp::UNIX_EPOCH;
        let mut ids = 1..;
        for size in [20, 1, 0, 64, 3, 65, 16, 150, 2] {
            let rows: Vec<_> = ids.by_ref().take(size).map(|id| row(id, 1, at, None)).collect();
            rehearsal.write(&rows).await;
            // What a later batch leaves unbound must not bring back what it was.
            rehearsal.change("UPDATE calls SET attempts = 9").await;
        }

        let written = sqlx::query_as("SELECT COUNT(*), MAX(id), MIN(attempts) FROM calls");
        let counted: (i64, i64, i64) = written.fetch_one(rehearsal.pool()).await.expect("sums");
        assert_eq!(counted, (321, 321, 9));
    }

    #[tokio::test]
    async fn a_call_that_only_the_journal_knows_counts_as_its_estimate() {
        let (rehearsal, folder) = (Rehearsal::start().await, tempfile::TempDir::new().expect("a folder"));
        let (mut journal, _) = Journal::open(folder.path()).expect("a journal");
        journal.write(&row(7, 1, Timestamp::UNIX_EPOCH, Some(42))).expect("written");
        let (_, opened) = Journal::open(folder.path()).expect("a journal");

        take_over(rehearsal.pool(), &opened).await.expect("taken over");
        let interrupted = interrupt_open(rehearsal.pool()).await.expect("marked");

        let ever = Since { day: Timestamp::UNIX_EPOCH, week: Timestamp::UNIX_EPOCH, month: Timestamp::UNIX_EPOCH };
        let by = spent::at_start(rehearsal.pool(), ever).await.expect("sums");
        assert_eq!((interrupted, by.keys[&1].total, by.keys[&1].day), (1, PicoUsd(42), PicoUsd(42)));
    }

    #[test]
    fn a_journal_from_before_there_were_caps_can_be_read() {
        let line = r#"{"id":1,"at":2,"friend_id":3,"key_id":4,"account_id":5,"provider":"claude","dialect":"messages",
                       "operation":"generate","model":null,"stream":true,"attempts":1}"#;

        let opened: Opened = serde_json::from_str(line).expect("a call");

        assert_eq!(opened.cap, None);
    }
}
