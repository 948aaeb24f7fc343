//! How accounts did in a span: how many calls failed, and how long the others took.

use std::collections::BTreeMap;

use carpool_core::latency::Histogram;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use sqlx::{SqliteConnection, SqlitePool};

use super::millis;

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
    let counts: Vec<(i64, String, i64, i64, i64)> = sqlx::query_as(
        "SELECT c.account_id, a.name, COUNT(*), SUM(c.status IN ('upstream_error', 'interrupted')),
                SUM(c.status = 'refused')
         FROM calls c JOIN accounts a ON a.id = c.account_id
         WHERE c.status <> 'open' AND c.at >= ? AND c.at < ? GROUP BY c.account_id ORDER BY a.name, c.account_id",
    )
    .bind(millis(since))
    .bind(millis(until))
    .fetch_all(&mut *reading)
    .await?;
    let mut times = times_of_rows(&mut reading, millis(since), millis(until)).await?;
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

/// How long complete calls to a model took, by account.
pub(super) async fn times_of_rows(
    reading: &mut SqliteConnection,
    since: i64,
    until: i64,
) -> Result<BTreeMap<i64, Times>, sqlx::Error> {
    let mut rows = sqlx::query_as::<_, (i64, Option<i64>, Option<i64>)>(
        "SELECT account_id, ttfb_ms, duration_ms FROM calls
         WHERE status = 'complete' AND operation = 'generate' AND account_id IS NOT NULL AND at >= ? AND at < ?",
    )
    .bind(since)
    .bind(until)
    .fetch(reading);
    let mut all: BTreeMap<i64, Times> = BTreeMap::new();
    while let Some((account_id, ttfb, duration)) = rows.try_next().await? {
        let times = all.entry(account_id).or_default();
        ttfb.into_iter().for_each(|millis| times.ttfb.add(millis));
        duration.into_iter().for_each(|millis| times.duration.add(millis));
    }
    Ok(all)
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
