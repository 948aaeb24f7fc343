//! Who used up how much of which account's windows lately, in small steps: what the fair share begins with at a start.

use carpool_core::price::PicoUsd;
use jiff::Timestamp;
use sqlx::SqlitePool;

use super::{millis, spent::whole, timestamp};

/// Milliseconds in a step: five minutes, a sixtieth of the shortest window.
const STEP: i64 = 300_000;

/// What a friend's calls at an account for a model counted as within five minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Burnt {
    /// The account that served them.
    pub account_id: i64,
    /// Whose calls.
    pub friend_id: i64,
    /// The model as the client wrote it.
    pub model: Option<String>,
    /// When the five minutes began.
    pub at: Timestamp,
    /// What they counted as.
    pub spent: PicoUsd,
}

/// What was used up since then, the oldest first; five minutes that cost nothing are left out.
///
/// # Errors
/// When SQLite refuses.
pub async fn since(pool: &SqlitePool, since: Timestamp) -> Result<Vec<Burnt>, sqlx::Error> {
    let rows: Vec<(i64, i64, Option<String>, i64, i64, i64)> = sqlx::query_as(
        "SELECT account_id, friend_id, model, at / ?1 AS step, SUM(cap_pico_usd >> 32), SUM(cap_pico_usd & 4294967295)
         FROM calls WHERE status <> 'open' AND account_id IS NOT NULL AND cap_pico_usd > 0 AND at >= ?2
         GROUP BY step, account_id, friend_id, model ORDER BY step, account_id, friend_id, model",
    )
    .bind(STEP)
    .bind(millis(since))
    .fetch_all(pool)
    .await?;
    let burnt = |(account_id, friend_id, model, step, high, low): (i64, i64, Option<String>, i64, i64, i64)| Burnt {
        account_id,
        friend_id,
        model,
        at: timestamp(step * STEP),
        spent: whole(high, low),
    };
    Ok(rows.into_iter().map(burnt).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{
        calls::CallStatus,
        rehearsal::{Rehearsal, row},
    };

    #[tokio::test]
    async fn what_was_used_up_is_told_in_steps_of_five_minutes() {
        let rehearsal = Rehearsal::start().await;
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let mut elsewhere = row(4, 1, at("2026-11-21T00:04:00Z"), Some(1000));
        elsewhere.account_id = Some(2);
        let mut open = row(5, 1, at("2026-11-21T00:06:00Z"), Some(9));
        open.status = CallStatus::Open;
        let rows = [
            row(1, 1, at("2026-11-20T23:59:59Z"), Some(7)),
            row(2, 1, at("2026-11-21T00:00:00Z"), Some(1)),
            row(3, 2, at("2026-11-21T00:04:59Z"), Some(10)),
            elsewhere,
            open,
            row(6, 1, at("2026-11-21T00:06:00Z"), None),
        ];
        rehearsal.write(&rows).await;

        let burnt = since(rehearsal.pool(), at("2026-11-21T00:00:00Z")).await.expect("rows");

        let sums: Vec<_> = burnt.iter().map(|one| (one.account_id, one.friend_id, one.at, one.spent.0)).collect();
        assert_eq!(sums, [(1, 1, at("2026-11-21T00:00:00Z"), 11), (2, 1, at("2026-11-21T00:00:00Z"), 1000)]);
        assert_eq!(burnt[0].model.as_deref(), Some("claude-sonnet-4-5"));
    }
}
