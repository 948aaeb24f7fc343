//! How accounts did in a span: how many calls failed, and how long the others took.

use std::collections::BTreeMap;

use carpool_core::{latency::Histogram, period::Bar};
use futures_util::{TryStreamExt, stream::BoxStream};
use jiff::Timestamp;
use sqlx::{SqliteConnection, SqlitePool};

use super::rollups::Cover;

/// How an account did in a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountFigures {
    /// The account's id.
    pub account_id: i64,
    /// Its name; two that were removed may have the same.
    pub account: String,
    /// Ended calls of every kind.
    pub calls: i64,
    /// Those that the provider, the way to it, or the end of Carpool itself cut short.
    pub errors: i64,
    /// Those that Carpool refused after the account was chosen.
    pub refused: i64,
    /// Milliseconds until the first byte of an answer: half of the complete calls to a model took no longer. `None` when
    /// there was none. It is off by at most 3.1 %, see [`Histogram`].
    pub ttfb_ms_p50: Option<i64>,
    /// Likewise, 95 of a hundred.
    pub ttfb_ms_p95: Option<i64>,
    /// Milliseconds until the end, likewise.
    pub duration_ms_p50: Option<i64>,
    /// Likewise, 95 of a hundred.
    pub duration_ms_p95: Option<i64>,
}

/// How an account did with some calls.
#[derive(Clone, Debug, Default)]
pub(super) struct Did {
    pub(super) calls: i64,
    pub(super) errors: i64,
    pub(super) refused: i64,
    /// How long complete calls to a model took until the first byte, and until the end.
    pub(super) ttfb: Histogram,
    pub(super) duration: Histogram,
}

impl Did {
    /// Adds other calls.
    pub(super) fn merge(&mut self, other: &Self) {
        self.calls += other.calls;
        self.errors += other.errors;
        self.refused += other.refused;
        self.ttfb.merge(&other.ttfb);
        self.duration.merge(&other.duration);
    }
}

/// A row: the account, how the call ended, and the times if they count.
type CallRow = (i64, String, Option<i64>, Option<i64>);
/// A roll-up: the account, the three counts and the two histograms.
type RollupRow = (i64, i64, i64, i64, Vec<u8>, Vec<u8>);

/// How each account did with the calls that arrived in `[since, until)`, by name.
///
/// # Errors
/// When SQLite refuses.
pub async fn by_account(
    pool: &SqlitePool,
    since: Timestamp,
    until: Timestamp,
) -> Result<Vec<AccountFigures>, sqlx::Error> {
    let mut reading = pool.begin().await?;
    let cover = Cover::of_span(&mut reading, Bar { start: since, end: until }).await?;
    let mut all = read(&mut reading, &cover).await?;
    let names: Vec<(i64, String)> =
        sqlx::query_as("SELECT id, name FROM accounts ORDER BY name, id").fetch_all(&mut *reading).await?;
    reading.rollback().await?;
    let figures = |(account_id, account)| {
        let Did { calls, errors, refused, ttfb, duration } = all.remove(&account_id)?;
        Some(AccountFigures {
            account_id,
            account,
            calls,
            errors,
            refused,
            ttfb_ms_p50: ttfb.percentile(50),
            ttfb_ms_p95: ttfb.percentile(95),
            duration_ms_p50: duration.percentile(50),
            duration_ms_p95: duration.percentile(95),
        })
    };
    Ok(names.into_iter().filter_map(figures).collect())
}

/// The ended calls that reached an account, of those that are chosen.
macro_rules! calls {
    ($from:literal, $which:literal) => {
        concat!(
            "SELECT c.account_id, c.status, IIF(c.operation = 'generate', c.ttfb_ms, NULL),
                    IIF(c.operation = 'generate', c.duration_ms, NULL)
             FROM ",
            $from,
            " WHERE c.status <> 'open' AND c.account_id IS NOT NULL AND ",
            $which
        )
    };
}

async fn read(reading: &mut SqliteConnection, cover: &Cover) -> Result<BTreeMap<i64, Did>, sqlx::Error> {
    let mut all: BTreeMap<i64, Did> = BTreeMap::new();
    let rolled_up: Vec<RollupRow> = sqlx::query_as(
        "SELECT r.account_id, r.calls, r.errors, r.refused, r.ttfb, r.duration
         FROM json_each(?) b CROSS JOIN rollup_accounts r WHERE r.span >= b.value ->> 1 AND r.span < b.value ->> 2",
    )
    .bind(&cover.rollups)
    .fetch_all(&mut *reading)
    .await?;
    for row in rolled_up {
        all.entry(row.0).or_default().merge(&kept(row)?);
    }
    let rows =
        sqlx::query_as(calls!("json_each(?) b CROSS JOIN calls c", "c.at >= b.value ->> 1 AND c.at < b.value ->> 2"));
    add(&mut all, rows.bind(&cover.rows).fetch(&mut *reading)).await?;
    let late = sqlx::query_as(calls!(
        "json_each(?) b CROSS JOIN late_calls l CROSS JOIN calls c ON c.id = l.call_id",
        "c.at >= b.value ->> 1 AND c.at < b.value ->> 2"
    ));
    add(&mut all, late.bind(&cover.bars).fetch(&mut *reading)).await?;
    Ok(all)
}

/// How accounts did with the rows of a span.
pub(super) async fn of_rows(
    reading: &mut SqliteConnection,
    since: i64,
    until: i64,
) -> Result<BTreeMap<i64, Did>, sqlx::Error> {
    let mut all = BTreeMap::new();
    let rows = sqlx::query_as(calls!("calls c", "c.at >= ? AND c.at < ?")).bind(since).bind(until);
    add(&mut all, rows.fetch(reading)).await?;
    Ok(all)
}

/// How accounts did with some rows, whose ids are given as JSON.
pub(super) async fn of_some(reading: &mut SqliteConnection, ids: &str) -> Result<BTreeMap<i64, Did>, sqlx::Error> {
    let mut all = BTreeMap::new();
    let rows = sqlx::query_as(calls!("calls c", "c.id IN (SELECT value FROM json_each(?))")).bind(ids);
    add(&mut all, rows.fetch(reading)).await?;
    Ok(all)
}

/// Adds how an account did to what is kept of it in a span.
pub(super) async fn put(writing: &mut SqliteConnection, span: i64, account: i64, did: &Did) -> Result<(), sqlx::Error> {
    let there: Option<RollupRow> = sqlx::query_as(
        "SELECT account_id, calls, errors, refused, ttfb, duration FROM rollup_accounts WHERE span = ? AND account_id = ?",
    )
    .bind(span)
    .bind(account)
    .fetch_optional(&mut *writing)
    .await?;
    let mut did = did.clone();
    if let Some(there) = there {
        did.merge(&kept(there)?);
    }
    sqlx::query(
        "INSERT OR REPLACE INTO rollup_accounts (span, account_id, calls, errors, refused, ttfb, duration)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(span)
    .bind(account)
    .bind(did.calls)
    .bind(did.errors)
    .bind(did.refused)
    .bind(did.ttfb.to_bytes())
    .bind(did.duration.to_bytes())
    .execute(writing)
    .await?;
    Ok(())
}

async fn add(
    all: &mut BTreeMap<i64, Did>,
    mut rows: BoxStream<'_, Result<CallRow, sqlx::Error>>,
) -> Result<(), sqlx::Error> {
    while let Some((account, status, ttfb, duration)) = rows.try_next().await? {
        let did = all.entry(account).or_default();
        did.calls += 1;
        match status.as_str() {
            "complete" => {
                ttfb.into_iter().for_each(|millis| did.ttfb.add(millis));
                duration.into_iter().for_each(|millis| did.duration.add(millis));
            }
            "upstream_error" | "interrupted" => did.errors += 1,
            "refused" => did.refused += 1,
            _ => {}
        }
    }
    Ok(())
}

fn kept((_, calls, errors, refused, ttfb, duration): RollupRow) -> Result<Did, sqlx::Error> {
    let read = |bytes: &[u8]| {
        let kept = Histogram::from_bytes(bytes);
        kept.ok_or_else(|| sqlx::Error::Decode("what is kept of how long calls took cannot be read".into()))
    };
    Ok(Did { calls, errors, refused, ttfb: read(&ttfb)?, duration: read(&duration)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{
        calls::CallStatus,
        rehearsal::{Rehearsal, row},
    };

    #[tokio::test]
    async fn an_accounts_figures_are_of_its_ended_calls_and_its_times_of_the_complete_ones() {
        let rehearsal = Rehearsal::start().await;
        rehearsal
            .change("INSERT INTO accounts (name, provider, kind, created_at) VALUES ('work', 'claude', 'api_key', 0)")
            .await;
        let start: Timestamp = "2026-11-21T00:00:00Z".parse().expect("a time");
        let call = |id: i64, status| {
            let mut call = row(id, 1, start, None);
            (call.status, call.ttfb_ms, call.duration_ms) = (status, Some(id), Some(10 * id));
            call
        };
        let mut elsewhere = call(9, CallStatus::Refused);
        elsewhere.account_id = None;
        let rows = [
            call(1, CallStatus::Complete),
            call(2, CallStatus::Complete),
            call(3, CallStatus::Complete),
            call(4, CallStatus::UpstreamError),
            call(5, CallStatus::Interrupted),
            call(6, CallStatus::Refused),
            call(7, CallStatus::Aborted),
            call(8, CallStatus::Open),
            elsewhere,
        ];
        rehearsal.write(&rows).await;

        let figures = by_account(rehearsal.pool(), start, Timestamp::MAX).await.expect("figures");

        let expected = AccountFigures {
            account_id: 1,
            account: "work".to_owned(),
            calls: 7,
            errors: 2,
            refused: 1,
            ttfb_ms_p50: Some(2),
            ttfb_ms_p95: Some(3),
            duration_ms_p50: Some(20),
            duration_ms_p95: Some(30),
        };
        assert_eq!(figures, [expected]);
    }
}
