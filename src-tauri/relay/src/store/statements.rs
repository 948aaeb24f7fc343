//! Statements: what the ledger has to say about a month, and the ones that were kept.

use carpool_core::{
    period::{Bar, Month},
    statement::{LedgerDigest, LedgerRows, Statement},
};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use sqlx::{FromRow, Row, SqliteConnection, SqlitePool};

use super::{
    millis,
    rollups::{Cover, parts},
    timestamp,
};

/// What a friend's calls of an account come to in a month.
#[derive(Clone, Debug, FromRow)]
pub struct MonthUse {
    /// The friend.
    pub friend_id: i64,
    /// The account.
    pub account_id: i64,
    /// The account's name.
    pub account: String,
    /// Whether the account is billed by use.
    pub is_billed: bool,
    /// How many calls.
    pub calls: i64,
    /// Those of them that have no price.
    pub unpriced_calls: i64,
    /// The price of the others, in pico-dollars.
    pub cost_pico_usd: i64,
}

/// Who used what in a span. Calls that reached no account are left out: they cost nothing.
///
/// # Errors
/// When SQLite refuses.
pub async fn uses(reading: &mut SqliteConnection, span: Bar) -> Result<Vec<MonthUse>, sqlx::Error> {
    let cover = Cover::of_span(reading, span).await?;
    sqlx::query_as(concat!(
        "SELECT p.friend_id, p.account_id, a.name AS account, a.kind = 'api_key' AS is_billed, SUM(p.calls) AS calls,
                SUM(p.unpriced_calls) AS unpriced_calls, COALESCE(SUM(p.cost_pico_usd), 0) AS cost_pico_usd
         FROM (",
        parts!(
            "c.friend_id, c.account_id",
            "1, 2, 3",
            "COUNT(*) AS calls, SUM(c.cost_pico_usd IS NULL) AS unpriced_calls, SUM(c.cost_pico_usd) AS cost_pico_usd",
            "SUM(c.complete + c.aborted + c.upstream_error + c.refused + c.interrupted), SUM(c.unpriced_calls),
             SUM(c.cost_pico_usd)"
        ),
        ") p JOIN accounts a ON a.id = p.account_id
         GROUP BY p.friend_id, p.account_id ORDER BY p.friend_id, p.account_id"
    ))
    .bind(&cover.rows)
    .bind(&cover.rollups)
    .bind(&cover.bars)
    .fetch_all(reading)
    .await
}

/// The friends of a span, by id: those who were there for a part of it, and those who called in it.
///
/// # Errors
/// When SQLite refuses.
pub async fn friends(reading: &mut SqliteConnection, span: Bar) -> Result<Vec<(i64, String)>, sqlx::Error> {
    let cover = Cover::of_span(reading, span).await?;
    sqlx::query_as(concat!(
        "SELECT f.id, f.name FROM friends f
         WHERE (f.created_at < ?5 AND (f.removed_at IS NULL OR f.removed_at > ?4))
            OR f.id IN (SELECT p.friend_id FROM (",
        parts!("c.friend_id", "1, 2", "1 AS calls", "MAX(c.slices <> 0)"),
        ") p WHERE p.calls > 0) ORDER BY f.id"
    ))
    .bind(&cover.rows)
    .bind(&cover.rollups)
    .bind(&cover.bars)
    .bind(millis(span.start))
    .bind(millis(span.end))
    .fetch_all(reading)
    .await
}

/// Whether rows of a span were deleted, or are being deleted.
///
/// # Errors
/// When SQLite refuses.
pub async fn is_incomplete(reading: &mut SqliteConnection, span: Bar) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM rollup_spans s JOIN rollups r ON r.span = s.start
                        WHERE s.until > ? AND s.start < ? AND s.state IN ('closing', 'kept') AND r.slices <> 0)",
    )
    .bind(millis(span.start))
    .bind(millis(span.end))
    .fetch_one(reading)
    .await
}

/// The digest of the rows of a span.
///
/// # Errors
/// When SQLite refuses.
pub async fn digest(reading: &mut SqliteConnection, span: Bar) -> Result<LedgerDigest, sqlx::Error> {
    const NUMBERS: usize = 14;
    let mut rows = sqlx::query(
        "SELECT id, at, friend_id, key_id, account_id, input_tokens, cache_read_tokens, cache_write_5m_tokens,
                cache_write_1h_tokens, output_tokens, reasoning_tokens, web_search_requests, cost_pico_usd, price_version,
                status
         FROM calls WHERE status <> 'open' AND at >= ? AND at < ? ORDER BY id",
    )
    .bind(millis(span.start))
    .bind(millis(span.end))
    .fetch(reading);
    let mut digest = LedgerRows::default();
    while let Some(row) = rows.try_next().await? {
        let numbers = (0..NUMBERS).map(|column| row.try_get(column)).collect::<Result<Vec<Option<i64>>, _>>()?;
        digest.add(&numbers, row.try_get(NUMBERS)?);
    }
    Ok(digest.finish())
}

/// A statement that was kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The row's id.
    pub id: i64,
    /// The month.
    pub month: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// The hash it was kept with.
    pub sha256: String,
    /// The canonical form.
    pub canonical: String,
}

impl FromRow<'_, sqlx::sqlite::SqliteRow> for Kept {
    fn from_row(row: &sqlx::sqlite::SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            month: row.try_get("month")?,
            made_at: timestamp(row.try_get("made_at")?),
            sha256: row.try_get("sha256")?,
            canonical: row.try_get("canonical")?,
        })
    }
}

impl Kept {
    /// The statement, when it is the one that its hash was made of.
    #[must_use]
    pub fn statement(&self) -> Option<Statement> {
        let statement: Statement = serde_json::from_str(&self.canonical).ok()?;
        (statement.canonical() == self.canonical && statement.hash() == self.sha256).then_some(statement)
    }
}

/// Keeps a statement, for ever.
///
/// # Errors
/// When SQLite refuses.
pub async fn keep(pool: &SqlitePool, statement: &Statement) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("INSERT INTO statements (month, made_at, sha256, canonical) VALUES (?, ?, ?, ?) RETURNING id")
        .bind(statement.month.to_string())
        .bind(millis(statement.made_at))
        .bind(statement.hash())
        .bind(statement.canonical())
        .fetch_one(pool)
        .await
}

/// The latest statement of a month that was kept.
///
/// # Errors
/// When SQLite refuses.
pub async fn latest(pool: &SqlitePool, month: Month) -> Result<Option<Kept>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM statements WHERE month = ? ORDER BY id DESC LIMIT 1")
        .bind(month.to_string())
        .fetch_optional(pool)
        .await
}

/// A statement that was kept, by its id.
///
/// # Errors
/// When SQLite refuses.
pub async fn by_id(pool: &SqlitePool, id: i64) -> Result<Option<Kept>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM statements WHERE id = ?").bind(id).fetch_optional(pool).await
}

/// Every statement that was kept, the latest first.
///
/// # Errors
/// When SQLite refuses.
pub async fn list(pool: &SqlitePool) -> Result<Vec<Kept>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM statements ORDER BY month DESC, id DESC").fetch_all(pool).await
}
