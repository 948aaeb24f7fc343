//! Calls that are priced anew, a page at a time, and what their rows said before.

use carpool_core::{price::PicoUsd, usage::Usage};
use jiff::Timestamp;
use sqlx::{FromRow, Row, SqlitePool, sqlite::SqliteRow};

use super::millis;

/// A call as it is priced.
#[derive(Clone, Debug)]
pub struct PricedCall {
    /// The row's id.
    pub id: i64,
    /// The account's provider.
    pub provider: String,
    /// The model as the client wrote it.
    pub model: Option<String>,
    /// The model the provider says it ran.
    pub upstream_model: Option<String>,
    /// What it consumed.
    pub usage: Usage,
    /// What it cost so far.
    pub cost: Option<PicoUsd>,
    /// The version that told.
    pub version: Option<i64>,
}

/// A call and its new price.
#[derive(Clone, Debug)]
pub struct Repriced {
    /// The call as it was.
    pub call: PricedCall,
    /// What it costs now.
    pub cost: PicoUsd,
    /// What the provider's prompt cache saved by these prices.
    pub saved: Option<PicoUsd>,
}

impl FromRow<'_, SqliteRow> for PricedCall {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let counter = |name| -> Result<Option<u64>, sqlx::Error> {
            let stored: Option<i64> = row.try_get(name)?;
            Ok(stored.and_then(|count| u64::try_from(count).ok()))
        };
        Ok(Self {
            id: row.try_get("id")?,
            provider: row.try_get("provider")?,
            model: row.try_get("model")?,
            upstream_model: row.try_get("upstream_model")?,
            usage: Usage {
                input_tokens: counter("input_tokens")?,
                cache_read_tokens: counter("cache_read_tokens")?,
                cache_write_5m_tokens: counter("cache_write_5m_tokens")?,
                cache_write_1h_tokens: counter("cache_write_1h_tokens")?,
                output_tokens: counter("output_tokens")?,
                reasoning_tokens: counter("reasoning_tokens")?,
                web_search_requests: counter("web_search_requests")?,
                service_tier: row.try_get("service_tier")?,
                inference_geo: row.try_get("inference_geo")?,
                speed: row.try_get("speed")?,
            },
            cost: row.try_get::<Option<i64>, _>("cost_pico_usd")?.map(PicoUsd),
            version: row.try_get("price_version")?,
        })
    }
}

/// Calls of a span that are charged for and reported usage, in the order of their ids, after the one of this id.
///
/// # Errors
/// When SQLite refuses.
pub async fn page(
    pool: &SqlitePool,
    since: Timestamp,
    until: Timestamp,
    after: i64,
    limit: u32,
) -> Result<Vec<PricedCall>, sqlx::Error> {
    // By the ids, whose order is that of time, and not by the index on time (hence the +): a page reads no row twice.
    sqlx::query_as(
        "SELECT id, provider, model, upstream_model, input_tokens, cache_read_tokens, cache_write_5m_tokens,
                cache_write_1h_tokens, output_tokens, reasoning_tokens, web_search_requests, service_tier, inference_geo,
                speed, cost_pico_usd, price_version
         FROM calls
         WHERE status <> 'open' AND +at >= ? AND +at < ? AND id > ? AND provider IS NOT NULL
               AND operation IN ('generate', 'embed') AND (input_tokens IS NOT NULL OR output_tokens IS NOT NULL)
         ORDER BY id LIMIT ?",
    )
    .bind(millis(since))
    .bind(millis(until))
    .bind(after)
    .bind(limit)
    .fetch_all(pool)
    .await
}

/// Writes down that a span is priced anew, and returns the recount's id.
///
/// # Errors
/// When SQLite refuses.
pub async fn begin(
    pool: &SqlitePool,
    since: Timestamp,
    until: Timestamp,
    version: i64,
    now: Timestamp,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("INSERT INTO price_recounts (at, since, until, version) VALUES (?, ?, ?, ?) RETURNING id")
        .bind(millis(now))
        .bind(millis(since))
        .bind(millis(until))
        .bind(version)
        .fetch_one(pool)
        .await
}

/// Gives calls their new price, and keeps what their rows said before. What they count as against caps stays: it was
/// decided by then.
///
/// # Errors
/// When SQLite refuses; then none of them is changed.
pub async fn put(pool: &SqlitePool, recount: i64, version: i64, calls: &[Repriced]) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    for Repriced { call, cost, saved } in calls {
        sqlx::query(
            "INSERT INTO recounted_calls (recount_id, call_id, cost_before, version_before) VALUES (?, ?, ?, ?)",
        )
        .bind(recount)
        .bind(call.id)
        .bind(call.cost.map(|cost| cost.0))
        .bind(call.version)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("UPDATE calls SET cost_pico_usd = ?, saved_pico_usd = ?, price_version = ? WHERE id = ?")
            .bind(cost.0)
            .bind(saved.map(|saved| saved.0))
            .bind(version)
            .bind(call.id)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}
