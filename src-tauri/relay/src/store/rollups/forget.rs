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
///
/// They are found first (hence CROSS): the whole ledger would be read else, while it waits.
pub(crate) async fn add_late(pool: &SqlitePool, limit: u32) -> Result<u64, sqlx::Error> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    let first: Option<i64> = sqlx::query_scalar(
        "SELECT c.at FROM late_calls l CROSS JOIN calls c ON c.id = l.call_id
         WHERE c.status <> 'open' AND c.id <= (SELECT call_id FROM key_totals_through) LIMIT 1",
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(first) = first.map(timestamp) else { return Ok(0) };
    let Some(span) = rollup_of(&mut transaction, first).await? else { return Ok(0) };
    let ids: Vec<i64> = sqlx::query_scalar(
        "SELECT c.id FROM late_calls l CROSS JOIN calls c ON c.id = l.call_id
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
    let free: i64 = sqlx::query_scalar("PRAGMA freelist_count").fetch_one(&mut *connection).await?;
    if !can_give_back(&mut connection).await? || free <= i64::from(left) {
        return Ok(false);
    }
    // A quarter of a megabyte: a millisecond of work.
    sqlx::query("PRAGMA incremental_vacuum(64)").fetch_all(&mut *connection).await?;
    Ok(true)
}

/// Whether room that nothing is on any more can be given back to the system; not by a database that an earlier Carpool made.
pub(crate) async fn can_give_back(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT auto_vacuum <> 0 FROM pragma_auto_vacuum").fetch_one(connection).await
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use carpool_core::price::PicoUsd;
    use jiff::{SignedDuration, tz::TimeZone};

    use super::*;
    use crate::{
        retention::{self, Days},
        store::{
            calls::CallStatus,
            rehearsal::{Rehearsal, row},
            statements,
            usage::{self, GroupBy},
        },
    };

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    /// When calls of before 1 October are older than they are kept.
    async fn tidy_in_december(rehearsal: &Rehearsal) {
        let now = at("2026-12-02T12:00:00Z");
        retention::tidy(rehearsal.pool(), now, &TimeZone::UTC, Days::LEAST, Duration::ZERO).await.expect("tidied");
    }

    async fn count(rehearsal: &Rehearsal, statement: &'static str) -> i64 {
        sqlx::query_scalar(statement).fetch_one(rehearsal.pool()).await.expect("a number")
    }

    async fn calls_and_cost(rehearsal: &Rehearsal) -> (i64, i64) {
        let sums =
            usage::by_name(rehearsal.pool(), GroupBy::Friend, Timestamp::MIN, Timestamp::MAX).await.expect("sums");
        sums.iter().fold((0, 0), |(calls, cost), (_, sums)| (calls + sums.calls, cost + sums.cost_pico_usd))
    }

    #[tokio::test]
    async fn old_calls_are_deleted_their_sums_stay_and_their_room_is_given_back() {
        let rehearsal = Rehearsal::start().await;
        let calls: Vec<_> = (0..6_000_i64)
            .map(|number| {
                let minutes = SignedDuration::from_mins(10 * number);
                let mut call = row(number + 1, 1, at("2026-09-01T00:00:00Z") + minutes, Some(3));
                call.cost = Some(PicoUsd(number));
                call
            })
            .collect();
        rehearsal.write(&calls).await;
        let (before, pages) = (calls_and_cost(&rehearsal).await, count(&rehearsal, "PRAGMA page_count").await);

        tidy_in_december(&rehearsal).await;

        let rows = count(&rehearsal, "SELECT COUNT(*) FROM calls").await;
        assert_eq!(rows, 6_000 - 30 * 24 * 6, "those since October");
        assert_eq!(calls_and_cost(&rehearsal).await, before);
        assert_eq!(before.0, 6_000);
        // What is left for rows to come is more than all of this.
        while give_back_some(rehearsal.pool(), 0).await.expect("given back") {}
        assert!(count(&rehearsal, "PRAGMA page_count").await < pages - 50, "{pages}");
        let september = Bar { start: at("2026-09-01T00:00:00Z"), end: at("2026-10-01T00:00:00Z") };
        let october = Bar { start: september.end, end: at("2026-11-01T00:00:00Z") };
        let mut reading = rehearsal.pool().acquire().await.expect("a connection");
        assert!(statements::is_incomplete(&mut reading, september).await.expect("told"));
        assert!(!statements::is_incomplete(&mut reading, october).await.expect("told"));
    }

    #[tokio::test]
    async fn a_day_is_kept_as_long_as_one_of_its_calls_goes_on() {
        let rehearsal = Rehearsal::start().await;
        let mut open = row(2, 1, at("2026-09-01T12:00:00Z"), None);
        open.status = CallStatus::Open;
        rehearsal.write(&[row(1, 1, at("2026-09-01T00:00:00Z"), None), open]).await;

        tidy_in_december(&rehearsal).await;
        let while_it_goes_on = count(&rehearsal, "SELECT COUNT(*) FROM calls").await;
        rehearsal.change("UPDATE calls SET status = 'interrupted' WHERE id = 2").await;
        tidy_in_december(&rehearsal).await;

        assert_eq!((while_it_goes_on, count(&rehearsal, "SELECT COUNT(*) FROM calls").await), (2, 0));
        assert_eq!(calls_and_cost(&rehearsal).await.0, 2);
    }

    #[tokio::test]
    async fn what_a_recount_kept_of_a_call_goes_with_it() {
        let rehearsal = Rehearsal::start().await;
        rehearsal
            .write(&[row(1, 1, at("2026-09-01T00:00:00Z"), None), row(2, 1, at("2026-11-01T00:00:00Z"), None)])
            .await;
        rehearsal.change("INSERT INTO price_books (digest, source, added_at) VALUES (x'00', 'a book', 0)").await;
        rehearsal.change("INSERT INTO price_recounts (at, since, until, version) VALUES (0, 0, 1, 1)").await;
        rehearsal.change("INSERT INTO recounted_calls (recount_id, call_id) VALUES (1, 1), (1, 2)").await;

        tidy_in_december(&rehearsal).await;

        assert_eq!(count(&rehearsal, "SELECT SUM(call_id) FROM recounted_calls").await, 2);
    }

    #[tokio::test]
    async fn a_call_that_comes_into_a_day_that_is_gone_is_added_to_its_sums_and_goes_too() {
        let rehearsal = Rehearsal::start().await;
        rehearsal.write(&[row(1, 1, at("2026-09-01T00:00:00Z"), None)]).await;
        tidy_in_december(&rehearsal).await;

        rehearsal.write(&[row(2, 1, at("2026-09-01T01:00:00Z"), None)]).await;
        let before = calls_and_cost(&rehearsal).await;
        tidy_in_december(&rehearsal).await;

        assert_eq!((before.0, calls_and_cost(&rehearsal).await.0), (2, 2));
        assert_eq!(count(&rehearsal, "SELECT COUNT(*) FROM calls").await, 0);
        assert_eq!(count(&rehearsal, "SELECT COUNT(*) FROM late_calls").await, 0);
    }
}
