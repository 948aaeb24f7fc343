//! The ledger as people and scripts read it: ended calls with the names of what they point to.

use carpool_core::{call::CallId, period::Bar};
use jiff::Timestamp;
use sqlx::{FromRow, Row, SqlitePool};

use super::{calls::Tokens, millis, rollups::Cover, timestamp};

/// The rows with the names of what they point to; the rows are found first (hence CROSS).
macro_rules! entries {
    () => {
        "SELECT c.*, f.name AS friend, k.name AS key_name, a.name AS account
         FROM calls c
         CROSS JOIN friends f ON f.id = c.friend_id
         CROSS JOIN client_keys k ON k.id = c.key_id
         LEFT JOIN accounts a ON a.id = c.account_id"
    };
}

mod list;
mod narrow;
mod windows;

pub use self::list::{Column, Direction, Filter, Order, Portion, all, list};

/// A call as people and scripts read it.
#[derive(Clone, Debug)]
pub struct LedgerEntry {
    /// The ledger's name for it.
    pub id: CallId,
    /// When it arrived.
    pub at: Timestamp,
    /// The friend's name.
    pub friend: String,
    /// The key's name.
    pub key: String,
    /// The account's name.
    pub account: Option<String>,
    /// The account's provider.
    pub provider: Option<String>,
    /// The dialect it is written in.
    pub dialect: String,
    /// What it asked for.
    pub operation: String,
    /// The model as the client wrote it.
    pub model: Option<String>,
    /// The model the provider says it ran.
    pub upstream_model: Option<String>,
    /// Whether the answer was to be a stream.
    pub stream: bool,
    /// How it ended.
    pub status: String,
    /// The status of the answer.
    pub http_status: Option<u16>,
    /// What it consumed; 0 where nothing was reported.
    pub tokens: Tokens,
    /// Web searches the provider ran for it; 0 where nothing was reported.
    pub web_search_requests: i64,
    /// The service tier the provider says it served it in.
    pub service_tier: Option<String>,
    /// Where the provider says it ran it.
    pub inference_geo: Option<String>,
    /// The speed mode the provider says it served.
    pub speed: Option<String>,
    /// What it cost, in pico-dollars; `None`: unpriced.
    pub cost_pico_usd: Option<i64>,
    /// What the provider's prompt cache saved of that; `None` where it cannot be told.
    pub saved_pico_usd: Option<i64>,
    /// What it counts as against money caps; `None`: nothing.
    pub cap_pico_usd: Option<i64>,
    /// The price book that told.
    pub price_version: Option<i64>,
    /// Milliseconds until the first byte of the answer.
    pub ttfb_ms: Option<i64>,
    /// Milliseconds until its end.
    pub duration_ms: Option<i64>,
    /// How often it was sent upstream.
    pub attempts: u32,
}

impl FromRow<'_, sqlx::sqlite::SqliteRow> for LedgerEntry {
    fn from_row(row: &sqlx::sqlite::SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: CallId(row.try_get("id")?),
            at: timestamp(row.try_get("at")?),
            friend: row.try_get("friend")?,
            key: row.try_get("key_name")?,
            account: row.try_get("account")?,
            provider: row.try_get("provider")?,
            dialect: row.try_get("dialect")?,
            operation: row.try_get("operation")?,
            model: row.try_get("model")?,
            upstream_model: row.try_get("upstream_model")?,
            stream: row.try_get("stream")?,
            status: row.try_get("status")?,
            http_status: row.try_get("http_status")?,
            tokens: Tokens::read(row)?,
            web_search_requests: row.try_get::<Option<i64>, _>("web_search_requests")?.unwrap_or_default(),
            service_tier: row.try_get("service_tier")?,
            inference_geo: row.try_get("inference_geo")?,
            speed: row.try_get("speed")?,
            cost_pico_usd: row.try_get("cost_pico_usd")?,
            saved_pico_usd: row.try_get("saved_pico_usd")?,
            cap_pico_usd: row.try_get("cap_pico_usd")?,
            price_version: row.try_get("price_version")?,
            ttfb_ms: row.try_get("ttfb_ms")?,
            duration_ms: row.try_get("duration_ms")?,
            attempts: row.try_get("attempts")?,
        })
    }
}

/// Which rows of the ledger.
#[derive(Clone, Debug)]
pub struct Page<'a> {
    /// Calls that arrived in `[since, until)`.
    pub since: Timestamp,
    /// The end of the span.
    pub until: Timestamp,
    /// Only those of friends with this name, removed ones included.
    pub friend: Option<&'a str>,
    /// Only those before the call of this id.
    pub before: Option<CallId>,
    /// At most so many.
    pub limit: u32,
}

/// Ended calls, the newest first.
///
/// # Errors
/// When SQLite refuses.
pub async fn page(pool: &SqlitePool, page: Page<'_>) -> Result<Vec<LedgerEntry>, sqlx::Error> {
    sqlx::query_as(concat!(
        entries!(),
        " WHERE c.status <> 'open' AND c.at >= ?1 AND c.at < ?2 AND (?3 IS NULL OR f.name = ?3)
               AND (?4 IS NULL OR c.id < ?4)
          ORDER BY c.id DESC LIMIT ?5"
    ))
    .bind(millis(page.since))
    .bind(millis(page.until))
    .bind(page.friend)
    .bind(page.before.map(|id| id.0))
    .bind(page.limit)
    .fetch_all(pool)
    .await
}

/// Who made the first call that was answered to its end, and what it asked for.
///
/// # Errors
/// When SQLite refuses.
pub async fn first_answered(pool: &SqlitePool) -> Result<Option<(String, Option<String>)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT f.name, c.model FROM calls c JOIN friends f ON f.id = c.friend_id
         WHERE c.status = 'complete' AND c.operation = 'generate' ORDER BY c.id LIMIT 1",
    )
    .fetch_optional(pool)
    .await
}

/// The latest ended calls, the newest first; those of one friend when an id is given.
///
/// # Errors
/// When SQLite refuses.
pub async fn latest(pool: &SqlitePool, friend: Option<i64>, limit: u32) -> Result<Vec<LedgerEntry>, sqlx::Error> {
    let filter = Filter { friend_id: friend, ..Filter::span(Timestamp::MIN, Timestamp::MAX) };
    list(pool, &filter, Order::default(), Portion { after: None, limit }).await
}

/// How much there is of the calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Rows of ended calls.
    pub rows: i64,
    /// When the first of them came.
    pub oldest_at: Option<Timestamp>,
}

/// Counts the rows of the calls that arrived before then; those of one friend when an id is given.
///
/// # Errors
/// When SQLite refuses.
pub async fn extent(pool: &SqlitePool, friend: Option<i64>, until: Timestamp) -> Result<Extent, sqlx::Error> {
    let mut reading = pool.begin().await?;
    let cover = Cover::of_span(&mut reading, Bar { start: Timestamp::MIN, end: until }).await?;
    let rows: i64 = sqlx::query_scalar(
        "SELECT COALESCE(SUM(calls), 0)
         FROM (SELECT COUNT(*) AS calls FROM json_each(?1) b CROSS JOIN calls c
               WHERE c.status <> 'open' AND c.at >= b.value ->> 1 AND c.at < b.value ->> 2
                 AND (?3 IS NULL OR c.friend_id = ?3)
               UNION ALL
               SELECT SUM(r.complete + r.aborted + r.upstream_error + r.refused + r.interrupted)
               FROM json_each(?2) b CROSS JOIN rollups r JOIN rollup_spans s ON s.start = r.span
               WHERE s.state = 'built' AND r.span >= b.value ->> 1 AND r.span < b.value ->> 2
                 AND (?3 IS NULL OR r.friend_id = ?3))",
    )
    .bind(&cover.rows)
    .bind(&cover.rollups)
    .bind(friend)
    .fetch_one(&mut *reading)
    .await?;
    reading.rollback().await?;
    let earliest = Order { column: Column::At, direction: Direction::Ascending };
    let before = Filter { friend_id: friend, ..Filter::span(Timestamp::MIN, until) };
    let first = list(pool, &before, earliest, Portion { after: None, limit: 1 }).await?;
    Ok(Extent { rows, oldest_at: first.first().map(|first| first.at) })
}
