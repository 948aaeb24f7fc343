//! How accounts did in a span: how many calls failed, and how long the others took.

use std::collections::BTreeMap;

use carpool_core::{latency::Histogram, period::Bar};
use futures_util::{TryStreamExt, stream::BoxStream};
use jiff::Timestamp;
use sqlx::{SqliteConnection, SqlitePool};

use super::rollups::{Cover, parts};

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

/// How long the calls of an account took.
#[derive(Clone, Debug, Default)]
pub(super) struct Times {
    /// Until the first byte.
    pub(super) ttfb: Histogram,
    /// Until the end.
    pub(super) duration: Histogram,
}

impl Times {
    /// Adds those of other calls.
    pub(super) fn merge(&mut self, other: &Self) {
        self.ttfb.merge(&other.ttfb);
        self.duration.merge(&other.duration);
    }
}

/// Times of rows: the account and the milliseconds.
type TimesRow = (i64, Option<i64>, Option<i64>);
/// Times of a roll-up: the account and the two histograms.
type TimesRollup = (i64, Vec<u8>, Vec<u8>);

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
    let counts: Vec<(i64, String, i64, i64, i64)> = sqlx::query_as(concat!(
        "SELECT p.account_id, a.name, SUM(p.calls), SUM(p.errors), SUM(p.refused) FROM (",
        parts!(
            "c.account_id",
            "1, 2",
            "COUNT(*) AS calls, SUM(c.status IN ('upstream_error', 'interrupted')) AS errors,
             SUM(c.status = 'refused') AS refused",
            "SUM(c.complete + c.aborted + c.upstream_error + c.refused + c.interrupted),
             SUM(c.upstream_error + c.interrupted), SUM(c.refused)"
        ),
        ") p JOIN accounts a ON a.id = p.account_id GROUP BY p.account_id ORDER BY a.name, p.account_id"
    ))
    .bind(&cover.rows)
    .bind(&cover.rollups)
    .bind(&cover.bars)
    .fetch_all(&mut *reading)
    .await?;
    let mut times = times_of(&mut reading, &cover).await?;
    reading.rollback().await?;
    let figures = |(account_id, account, calls, errors, refused)| {
        let Times { ttfb, duration } = times.remove(&account_id).unwrap_or_default();
        AccountFigures {
            account_id,
            account,
            calls,
            errors,
            refused,
            ttfb_ms_p50: ttfb.percentile(50),
            ttfb_ms_p95: ttfb.percentile(95),
            duration_ms_p50: duration.percentile(50),
            duration_ms_p95: duration.percentile(95),
        }
    };
    Ok(counts.into_iter().map(figures).collect())
}

/// The times of complete calls to a model, of those that are chosen.
macro_rules! times {
    ($from:literal, $which:literal) => {
        concat!(
            "SELECT c.account_id, c.ttfb_ms, c.duration_ms FROM ",
            $from,
            " WHERE c.status = 'complete' AND c.operation = 'generate' AND c.account_id IS NOT NULL AND ",
            $which
        )
    };
}

/// How long complete calls to a model took, by account.
async fn times_of(reading: &mut SqliteConnection, cover: &Cover) -> Result<BTreeMap<i64, Times>, sqlx::Error> {
    let mut all: BTreeMap<i64, Times> = BTreeMap::new();
    let rolled_up: Vec<TimesRollup> = sqlx::query_as(
        "SELECT r.account_id, r.ttfb, r.duration
         FROM json_each(?) b CROSS JOIN rollup_latency r WHERE r.span >= b.value ->> 1 AND r.span < b.value ->> 2",
    )
    .bind(&cover.rollups)
    .fetch_all(&mut *reading)
    .await?;
    for (account, ttfb, duration) in rolled_up {
        all.entry(account).or_default().merge(&stored(&ttfb, &duration)?);
    }
    let rows =
        sqlx::query_as(times!("json_each(?) b CROSS JOIN calls c", "c.at >= b.value ->> 1 AND c.at < b.value ->> 2"));
    add(&mut all, rows.bind(&cover.rows).fetch(&mut *reading)).await?;
    let late = sqlx::query_as(times!(
        "json_each(?) b CROSS JOIN late_calls l CROSS JOIN calls c ON c.id = l.call_id",
        "c.at >= b.value ->> 1 AND c.at < b.value ->> 2"
    ));
    add(&mut all, late.bind(&cover.bars).fetch(&mut *reading)).await?;
    Ok(all)
}

/// Those of the rows of a span.
pub(super) async fn times_of_rows(
    reading: &mut SqliteConnection,
    since: i64,
    until: i64,
) -> Result<BTreeMap<i64, Times>, sqlx::Error> {
    let mut all = BTreeMap::new();
    let rows = sqlx::query_as(times!("calls c", "c.at >= ? AND c.at < ?")).bind(since).bind(until);
    add(&mut all, rows.fetch(reading)).await?;
    Ok(all)
}

/// Those of some rows, whose ids are given as JSON.
pub(super) async fn times_of_some(
    reading: &mut SqliteConnection,
    ids: &str,
) -> Result<BTreeMap<i64, Times>, sqlx::Error> {
    let mut all = BTreeMap::new();
    let rows = sqlx::query_as(times!("calls c", "c.id IN (SELECT value FROM json_each(?))")).bind(ids);
    add(&mut all, rows.fetch(reading)).await?;
    Ok(all)
}

/// What is kept of an account's times in a span.
pub(super) async fn times_of_rollup(
    reading: &mut SqliteConnection,
    span: i64,
    account: i64,
) -> Result<Option<Times>, sqlx::Error> {
    let kept: Option<TimesRollup> =
        sqlx::query_as("SELECT account_id, ttfb, duration FROM rollup_latency WHERE span = ? AND account_id = ?")
            .bind(span)
            .bind(account)
            .fetch_optional(reading)
            .await?;
    kept.map(|(_, ttfb, duration)| stored(&ttfb, &duration)).transpose()
}

async fn add(
    all: &mut BTreeMap<i64, Times>,
    mut rows: BoxStream<'_, Result<TimesRow, sqlx::Error>>,
) -> Result<(), sqlx::Error> {
    while let Some((account, ttfb, duration)) = rows.try_next().await? {
        let times = all.entry(account).or_default();
        ttfb.into_iter().for_each(|millis| times.ttfb.add(millis));
        duration.into_iter().for_each(|millis| times.duration.add(millis));
    }
    Ok(())
}

fn stored(ttfb: &[u8], duration: &[u8]) -> Result<Times, sqlx::Error> {
    let read = |bytes| {
        let kept = Histogram::from_bytes(bytes);
        kept.ok_or_else(|| sqlx::Error::Decode("what is kept of how long calls took cannot be read".into()))
    };
    Ok(Times { ttfb: read(ttfb)?, duration: read(duration)? })
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
