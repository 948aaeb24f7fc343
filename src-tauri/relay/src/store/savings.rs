//! Rows from before it was written down what caching saved, until they have their figure.

use carpool_core::price::PicoUsd;
use sqlx::SqlitePool;

use super::recounts::PricedCall;

/// The next priced calls that are to be given their figure, and the id up to which these are all; `None` when every call
/// has it.
///
/// # Errors
/// When SQLite refuses.
pub(crate) async fn page(pool: &SqlitePool, limit: u32) -> Result<Option<(Vec<PricedCall>, i64)>, sqlx::Error> {
    let due: Option<(i64, i64)> =
        sqlx::query_as("SELECT after_id, until_id FROM savings_due WHERE after_id < until_id")
            .fetch_optional(pool)
            .await?;
    let Some((after, until)) = due else { return Ok(None) };
    let calls: Vec<PricedCall> = sqlx::query_as(
        "SELECT id, provider, model, upstream_model, input_tokens, cache_read_tokens, cache_write_5m_tokens,
                cache_write_1h_tokens, output_tokens, reasoning_tokens, web_search_requests, service_tier, inference_geo,
                speed, cost_pico_usd, price_version
         FROM calls
         WHERE id > ? AND id <= ? AND saved_pico_usd IS NULL AND cost_pico_usd IS NOT NULL AND provider IS NOT NULL
         ORDER BY id LIMIT ?",
    )
    .bind(after)
    .bind(until)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    let is_full = calls.len() == limit as usize;
    let through = calls.last().filter(|_| is_full).map_or(until, |last| last.id);
    Ok(Some((calls, through)))
}

/// Gives calls their figures, and notes that all up to this id have theirs.
///
/// # Errors
/// When SQLite refuses; then none has.
pub(crate) async fn put(pool: &SqlitePool, saved: &[(i64, PicoUsd)], through: i64) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    for (id, saved) in saved {
        // Not of one that was priced anew meanwhile: that has its figure.
        sqlx::query("UPDATE calls SET saved_pico_usd = ? WHERE id = ? AND saved_pico_usd IS NULL")
            .bind(saved.0)
            .bind(id)
            .execute(&mut *transaction)
            .await?;
    }
    sqlx::query("UPDATE savings_due SET after_id = MAX(after_id, ?)").bind(through).execute(&mut *transaction).await?;
    transaction.commit().await
}
