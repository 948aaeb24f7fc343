//! Rolls a span up: its rows are read without a lock, and what they come to is put in one short transaction.

use std::collections::BTreeMap;

use carpool_core::{period::Bar, rollup::SLICES};
use jiff::Timestamp;
use sqlx::{SqliteConnection, SqlitePool};

use crate::store::{
    figures::{self, Did},
    millis, timestamp,
};

/// The columns of a roll-up after its span and part, and what they are of a group of calls. The start of the span is ?1,
/// its length ?2. A bit for each slice is summed once, so that the sum is all bits together.
macro_rules! group {
    ($which:literal) => {
        concat!(
            "SELECT json_group_array(json(part)) FROM (SELECT json_array(
                c.friend_id, c.key_id, c.account_id, c.provider, c.model,
                SUM(DISTINCT 1 << ((c.at - ?1) * 32 / ?2)),
                SUM(c.status = 'complete'), SUM(c.status = 'aborted'), SUM(c.status = 'upstream_error'),
                SUM(c.status = 'refused'), SUM(c.status = 'interrupted'),
                COALESCE(SUM(c.input_tokens), 0), COALESCE(SUM(c.cache_read_tokens), 0),
                COALESCE(SUM(c.cache_write_5m_tokens), 0), COALESCE(SUM(c.cache_write_1h_tokens), 0),
                COALESCE(SUM(c.output_tokens), 0), COALESCE(SUM(c.reasoning_tokens), 0),
                COALESCE(SUM(c.web_search_requests), 0), COALESCE(SUM(c.cost_pico_usd), 0),
                COALESCE(SUM(c.saved_pico_usd), 0), COALESCE(SUM(c.cap_pico_usd >> 32), 0),
                COALESCE(SUM(c.cap_pico_usd & 4294967295), 0),
                SUM(c.cost_pico_usd IS NULL),
                SUM(c.cost_pico_usd IS NULL AND c.input_tokens IS NULL AND c.output_tokens IS NULL),
                SUM((c.cost_pico_usd IS NULL)
                    * (COALESCE(c.input_tokens, 0) + COALESCE(c.cache_read_tokens, 0)
                       + COALESCE(c.cache_write_5m_tokens, 0) + COALESCE(c.cache_write_1h_tokens, 0))),
                SUM((c.cost_pico_usd IS NULL) * COALESCE(c.output_tokens, 0)),
                MAX(CASE WHEN c.cost_pico_usd IS NULL THEN c.at END),
                MIN(c.cost_pico_usd), MAX(c.cost_pico_usd), MIN(c.tokens), MAX(c.tokens), MIN(c.ttfb_ms), MAX(c.ttfb_ms),
                MIN(c.duration_ms), MAX(c.duration_ms)
             ) AS part FROM (SELECT *, COALESCE(input_tokens, 0) + COALESCE(cache_read_tokens, 0)
                                   + COALESCE(cache_write_5m_tokens, 0) + COALESCE(cache_write_1h_tokens, 0)
                                   + COALESCE(output_tokens, 0) AS tokens FROM calls) c
              WHERE c.status <> 'open' AND ",
            $which,
            " GROUP BY c.friend_id, c.key_id, c.account_id, c.provider, c.model)"
        )
    };
}

/// Puts the groups of a span, ?1, that were read as JSON, ?2, behind those that are there.
const PUT_GROUPS: &str =
    "INSERT INTO rollups (span, part, friend_id, key_id, account_id, provider, model, slices, complete, aborted,
                          upstream_error, refused, interrupted, input_tokens, cache_read_tokens, cache_write_5m_tokens,
                          cache_write_1h_tokens, output_tokens, reasoning_tokens, web_search_requests, cost_pico_usd,
                          saved_pico_usd, cap_high, cap_low, unpriced_calls, unreported_calls, unpriced_input_tokens,
                          unpriced_output_tokens, unpriced_last_at, min_cost, max_cost, min_tokens, max_tokens, min_ttfb,
                          max_ttfb, min_duration, max_duration)
     SELECT ?1, p.key + 1 + COALESCE((SELECT MAX(part) FROM rollups WHERE span = ?1), 0),
            p.value ->> 0, p.value ->> 1, p.value ->> 2, p.value ->> 3, p.value ->> 4, p.value ->> 5, p.value ->> 6,
            p.value ->> 7, p.value ->> 8, p.value ->> 9, p.value ->> 10, p.value ->> 11, p.value ->> 12, p.value ->> 13,
            p.value ->> 14, p.value ->> 15, p.value ->> 16, p.value ->> 17, p.value ->> 18, p.value ->> 19,
            p.value ->> 20, p.value ->> 21, p.value ->> 22, p.value ->> 23, p.value ->> 24, p.value ->> 25,
            p.value ->> 26, p.value ->> 27, p.value ->> 28, p.value ->> 29, p.value ->> 30, p.value ->> 31, p.value ->> 32,
            p.value ->> 33, p.value ->> 34
     FROM json_each(?2) p WHERE true";

/// What the rows of a span come to.
#[derive(Debug)]
pub(super) struct Sum {
    /// The parts, as JSON.
    groups: String,
    /// Calls by the version of the prices.
    versions: Vec<(i64, i64)>,
    /// The least and the greatest values of each slice, as JSON; none where the rows are to be deleted.
    slices: String,
    /// How each account did.
    accounts: BTreeMap<i64, Did>,
}

/// When the first call arrived, from an instant on.
pub(crate) async fn first_call(pool: &SqlitePool, from: Timestamp) -> Result<Option<Timestamp>, sqlx::Error> {
    let first = sqlx::query_scalar("SELECT MIN(at) FROM calls WHERE at >= ?").bind(millis(from));
    let at: Option<i64> = first.fetch_one(pool).await?;
    Ok(at.map(timestamp))
}

/// Rolls a span up, in place of the roll-ups that it overlaps. Says whether it did: not if a call of the past changed
/// meanwhile, and not where a roll-up alone is kept.
pub(crate) async fn roll_up(pool: &SqlitePool, span: Bar) -> Result<bool, sqlx::Error> {
    announce(pool, span).await?;
    let mut reading = pool.begin().await?;
    let changes: i64 = sqlx::query_scalar("SELECT changes FROM rollup_progress").fetch_one(&mut *reading).await?;
    let sum = read_span(&mut reading, span).await?;
    reading.rollback().await?;

    // One that takes the lock for writing before it reads.
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    let is_current: bool = sqlx::query_scalar(
        "SELECT changes = ?1 AND NOT EXISTS (SELECT 1 FROM rollup_spans WHERE start < ?3 AND until > ?2
                                             AND state IN ('closing', 'kept'))
         FROM rollup_progress",
    )
    .bind(changes)
    .bind(millis(span.start))
    .bind(millis(span.end))
    .fetch_one(&mut *transaction)
    .await?;
    if !is_current {
        return Ok(false);
    }
    drop_overlapping(&mut transaction, span).await?;
    sqlx::query("INSERT INTO rollup_spans (start, until, state) VALUES (?, ?, 'built')")
        .bind(millis(span.start))
        .bind(millis(span.end))
        .execute(&mut *transaction)
        .await?;
    put(&mut transaction, millis(span.start), &sum).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Takes roll-ups back that nobody wants any more: those of an hour that has a day by now, and of another zone's days. What
/// is kept as a roll-up alone stays.
pub(crate) async fn drop_unwanted(pool: &SqlitePool, span: Bar) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    drop_overlapping(&mut transaction, span).await?;
    transaction.commit().await
}

/// Sees to it that calls of this span are noticed from now on when they come or change.
async fn announce(pool: &SqlitePool, span: Bar) -> Result<(), sqlx::Error> {
    let until: i64 = sqlx::query_scalar("SELECT until FROM rollup_progress").fetch_one(pool).await?;
    if until < millis(span.end) {
        sqlx::query("UPDATE rollup_progress SET until = MAX(until, ?)").bind(millis(span.end)).execute(pool).await?;
    }
    Ok(())
}

async fn read_span(reading: &mut SqliteConnection, span: Bar) -> Result<Sum, sqlx::Error> {
    let (start, end) = (millis(span.start), millis(span.end));
    let groups = sqlx::query_scalar(group!("c.at >= ?1 AND c.at < ?1 + ?2"))
        .bind(start)
        .bind(end - start)
        .fetch_one(&mut *reading)
        .await?;
    let versions = sqlx::query_as(
        "SELECT price_version, COUNT(*) FROM calls
         WHERE status <> 'open' AND price_version IS NOT NULL AND at >= ? AND at < ? GROUP BY price_version",
    )
    .bind(start)
    .bind(end)
    .fetch_all(&mut *reading)
    .await?;
    let slices = sqlx::query_scalar(
        "SELECT json_group_array(json(slice)) FROM (SELECT json_array(
            (at - ?1) * ?3 / ?2, MIN(cost_pico_usd), MAX(cost_pico_usd), MIN(tokens), MAX(tokens), MIN(ttfb_ms),
            MAX(ttfb_ms), MIN(duration_ms), MAX(duration_ms)) AS slice
         FROM (SELECT at, cost_pico_usd, ttfb_ms, duration_ms,
                      COALESCE(input_tokens, 0) + COALESCE(cache_read_tokens, 0) + COALESCE(cache_write_5m_tokens, 0)
                      + COALESCE(cache_write_1h_tokens, 0) + COALESCE(output_tokens, 0) AS tokens
               FROM calls WHERE status <> 'open' AND at >= ?1 AND at < ?1 + ?2)
         GROUP BY (at - ?1) * ?3 / ?2)",
    )
    .bind(start)
    .bind(end - start)
    .bind(SLICES)
    .fetch_one(&mut *reading)
    .await?;
    let accounts = figures::of_rows(reading, start, end).await?;
    Ok(Sum { groups, versions, slices, accounts })
}

/// What some rows of a span come to, whose ids are given as JSON.
pub(super) async fn read_some(reading: &mut SqliteConnection, span: Bar, ids: &str) -> Result<Sum, sqlx::Error> {
    let groups = sqlx::query_scalar(group!("c.id IN (SELECT value FROM json_each(?3))"))
        .bind(millis(span.start))
        .bind(millis(span.end) - millis(span.start))
        .bind(ids)
        .fetch_one(&mut *reading)
        .await?;
    let versions = sqlx::query_as(
        "SELECT price_version, COUNT(*) FROM calls
         WHERE price_version IS NOT NULL AND id IN (SELECT value FROM json_each(?)) GROUP BY price_version",
    )
    .bind(ids)
    .fetch_all(&mut *reading)
    .await?;
    let accounts = figures::of_some(reading, ids).await?;
    Ok(Sum { groups, versions, slices: "[]".to_owned(), accounts })
}

/// Adds what was read to the roll-up of a span.
pub(super) async fn put(writing: &mut SqliteConnection, span: i64, sum: &Sum) -> Result<(), sqlx::Error> {
    sqlx::query(PUT_GROUPS).bind(span).bind(&sum.groups).execute(&mut *writing).await?;
    sqlx::query(
        "INSERT INTO rollup_slices (span, slice, min_cost, max_cost, min_tokens, max_tokens, min_ttfb, max_ttfb,
                                    min_duration, max_duration)
         SELECT ?1, s.value ->> 0, s.value ->> 1, s.value ->> 2, s.value ->> 3, s.value ->> 4, s.value ->> 5,
                s.value ->> 6, s.value ->> 7, s.value ->> 8
         FROM json_each(?2) s",
    )
    .bind(span)
    .bind(&sum.slices)
    .execute(&mut *writing)
    .await?;
    for (version, calls) in &sum.versions {
        sqlx::query(
            "INSERT INTO rollup_versions (span, price_version, calls) VALUES (?, ?, ?)
             ON CONFLICT (span, price_version) DO UPDATE SET calls = calls + excluded.calls",
        )
        .bind(span)
        .bind(version)
        .bind(calls)
        .execute(&mut *writing)
        .await?;
    }
    for (account, did) in &sum.accounts {
        figures::put(writing, span, *account, did).await?;
    }
    Ok(())
}

async fn drop_overlapping(writing: &mut SqliteConnection, span: Bar) -> Result<(), sqlx::Error> {
    let starts: Vec<i64> = sqlx::query_scalar(
        "DELETE FROM rollup_spans WHERE start < ? AND until > ? AND state IN ('built', 'stale') RETURNING start",
    )
    .bind(millis(span.end))
    .bind(millis(span.start))
    .fetch_all(&mut *writing)
    .await?;
    for start in starts {
        for statement in [
            "DELETE FROM rollups WHERE span = ?",
            "DELETE FROM rollup_slices WHERE span = ?",
            "DELETE FROM rollup_versions WHERE span = ?",
            "DELETE FROM rollup_accounts WHERE span = ?",
        ] {
            sqlx::query(statement).bind(start).execute(&mut *writing).await?;
        }
    }
    Ok(())
}
