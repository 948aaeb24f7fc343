//! Deletes the rows of spans that are rolled up, a few at a time, so that nobody waits for it.

use carpool_core::{period::Bar, rollup::Kept};
use jiff::Timestamp;
use sqlx::{SqliteConnection, SqlitePool};

use super::put;
use crate::store::{millis, timestamp};

/// The spans that ended by then and whose rows are to be deleted, or are being deleted, the oldest first.
pub(crate) async fn to_forget(pool: &SqlitePool, kept_since: Timestamp) -> Result<Vec<Bar>, sqlx::Error> {
    let spans: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT start, until FROM rollup_spans WHERE until <= ? AND state IN ('built', 'closing') ORDER BY start",
    )
    .bind(millis(kept_since))
    .fetch_all(pool)
    .await?;
    Ok(spans.into_iter().map(|(start, until)| Bar { start: timestamp(start), end: timestamp(until) }).collect())
}

/// Begins to delete the rows of a span: from now on its roll-up alone counts. Says whether that may be: only of one that is
/// rolled up as it is, and whose calls have ended and are in the totals of their keys, or where it was begun before.
pub(crate) async fn begin_to_forget(pool: &SqlitePool, span: Bar) -> Result<bool, sqlx::Error> {
    let begun = sqlx::query(
        "UPDATE rollup_spans SET state = 'closing'
         WHERE start = ?1 AND until = ?2
           AND (state = 'closing'
                OR state = 'built' AND NOT EXISTS (
                    SELECT 1 FROM calls WHERE at >= ?1 AND at < ?2
                    AND (status = 'open' OR id > (SELECT call_id FROM key_totals_through))))",
    )
    .bind(millis(span.start))
    .bind(millis(span.end))
    .execute(pool)
    .await?;
    Ok(begun.rows_affected() > 0)
}

/// Deletes some rows of a span that [`begin_to_forget`] was asked for, with what recounts kept of them. Says how many.
pub(crate) async fn forget_some(pool: &SqlitePool, span: Bar, limit: u32) -> Result<u64, sqlx::Error> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    let ids: Vec<i64> = sqlx::query_scalar(
        "SELECT c.id FROM calls c
         WHERE c.at >= ?1 AND c.at < ?2 AND EXISTS (SELECT 1 FROM rollup_spans WHERE start = ?1 AND state = 'closing')
           AND NOT EXISTS (SELECT 1 FROM late_calls l WHERE l.call_id = c.id) AND c.status <> 'open'
         LIMIT ?3",
    )
    .bind(millis(span.start))
    .bind(millis(span.end))
    .bind(limit)
    .fetch_all(&mut *transaction)
    .await?;
    let deleted = delete(&mut transaction, &json(&ids)).await?;
    transaction.commit().await?;
    Ok(deleted)
}

/// Notes that the rows of a span are gone, and with them what only finds them.
pub(crate) async fn finish_forgetting(pool: &SqlitePool, span: Bar) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query("UPDATE rollup_spans SET state = 'kept' WHERE start = ? AND state = 'closing'")
        .bind(millis(span.start))
        .execute(&mut *transaction)
        .await?;
    sqlx::query("DELETE FROM rollup_slices WHERE span = ?").bind(millis(span.start)).execute(&mut *transaction).await?;
    transaction.commit().await
}

/// Adds some rows that came late to the roll-up of their span, which alone counts, and deletes them. Says how many.
pub(crate) async fn add_late(pool: &SqlitePool, limit: u32) -> Result<u64, sqlx::Error> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    let first: Option<i64> = sqlx::query_scalar(
        "SELECT c.at FROM late_calls l JOIN calls c ON c.id = l.call_id
         WHERE c.status <> 'open' AND c.id <= (SELECT call_id FROM key_totals_through) LIMIT 1",
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(first) = first.map(timestamp) else { return Ok(0) };
    let Some(span) = rollup_of(&mut transaction, first).await? else { return Ok(0) };
    let ids: Vec<i64> = sqlx::query_scalar(
        "SELECT c.id FROM late_calls l JOIN calls c ON c.id = l.call_id
         WHERE c.status <> 'open' AND c.id <= (SELECT call_id FROM key_totals_through) AND c.at >= ? AND c.at < ? LIMIT ?",
    )
    .bind(millis(span.start))
    .bind(millis(span.end))
    .bind(limit)
    .fetch_all(&mut *transaction)
    .await?;
    let ids = json(&ids);
    let sum = put::read_some(&mut transaction, span, &ids).await?;
    put::put(&mut transaction, millis(span.start), &sum).await?;
    sqlx::query("DELETE FROM late_calls WHERE call_id IN (SELECT value FROM json_each(?))")
        .bind(&ids)
        .execute(&mut *transaction)
        .await?;
    let added = delete(&mut transaction, &ids).await?;
    transaction.commit().await?;
    Ok(added)
}

/// Gives pages that nothing is on any more back to the system, if there are more than are to be left for new rows. Says
/// whether there are still more. A database from before it could do so never has any that can be given back.
pub(crate) async fn give_back_some(pool: &SqlitePool, left: u32) -> Result<bool, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let can: i64 = sqlx::query_scalar("PRAGMA auto_vacuum").fetch_one(&mut *connection).await?;
    let free: i64 = sqlx::query_scalar("PRAGMA freelist_count").fetch_one(&mut *connection).await?;
    if can == 0 || free <= i64::from(left) {
        return Ok(false);
    }
    // A quarter of a megabyte: a millisecond of work.
    sqlx::query("PRAGMA incremental_vacuum(64)").fetch_all(&mut *connection).await?;
    Ok(true)
}

/// Whether room that nothing is on any more can be given back to the system; not by a database that an earlier Carpool made.
pub(crate) async fn can_give_back(pool: &SqlitePool) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT auto_vacuum <> 0 FROM pragma_auto_vacuum").fetch_one(pool).await
}

/// The span that an instant is in, if its roll-up alone counts.
async fn rollup_of(reading: &mut SqliteConnection, at: Timestamp) -> Result<Option<Bar>, sqlx::Error> {
    let instant = Bar { start: at, end: timestamp(millis(at) + 1) };
    let rolled = super::within(reading, instant).await?;
    Ok(rolled.into_iter().find(|one| one.kept == Kept::Rollup).map(|one| one.span))
}

async fn delete(writing: &mut SqliteConnection, ids: &str) -> Result<u64, sqlx::Error> {
    sqlx::query(
        "DELETE FROM recounted_calls WHERE recount_id IN (SELECT id FROM price_recounts)
                                       AND call_id IN (SELECT value FROM json_each(?))",
    )
    .bind(ids)
    .execute(&mut *writing)
    .await?;
    let deleted = sqlx::query("DELETE FROM calls WHERE id IN (SELECT value FROM json_each(?))").bind(ids);
    Ok(deleted.execute(writing).await?.rows_affected())
}

fn json(ids: &[i64]) -> String {
    serde_json::to_string(ids).expect("numbers serialize")
}
