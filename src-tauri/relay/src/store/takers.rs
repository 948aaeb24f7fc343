//! Who called through which subscription.

use carpool_core::period::Bar;
use jiff::Timestamp;
use sqlx::SqlitePool;

use super::{
    millis,
    rollups::{Cover, parts},
};

/// A friend's calls through a subscription.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Taker {
    /// The account.
    pub account_id: i64,
    /// The friend's row's id.
    pub friend_id: i64,
    /// The friend's name.
    pub friend: String,
    /// How many calls.
    pub calls: i64,
    /// What the priced ones cost at list price, in pico-dollars.
    pub cost_pico_usd: i64,
}

/// The subscriptions that are there, and those that served in `[since, until)` and were removed since: their ids and names.
///
/// # Errors
/// When SQLite refuses.
pub async fn subscriptions(
    pool: &SqlitePool,
    since: Timestamp,
    until: Timestamp,
) -> Result<Vec<(i64, String)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, name FROM accounts a WHERE kind IN ('oauth', 'setup_token') AND created_at < ?2
                AND (removed_at IS NULL OR removed_at >= ?1)
         ORDER BY removed_at IS NOT NULL, name",
    )
    .bind(millis(since))
    .bind(millis(until))
    .fetch_all(pool)
    .await
}

/// The sums of ended calls that arrived in `[since, until)`, by subscription and friend, the dearest first.
///
/// # Errors
/// When SQLite refuses.
pub async fn takers(pool: &SqlitePool, since: Timestamp, until: Timestamp) -> Result<Vec<Taker>, sqlx::Error> {
    let mut reading = pool.begin().await?;
    let cover = Cover::of_span(&mut reading, Bar { start: since, end: until }).await?;
    let takers = sqlx::query_as(concat!(
        "SELECT p.account_id, p.friend_id, f.name AS friend, SUM(p.calls) AS calls,
                COALESCE(SUM(p.cost_pico_usd), 0) AS cost_pico_usd
         FROM (",
        parts!(
            "c.account_id AS account_id, c.friend_id AS friend_id",
            "1, 2, 3",
            "COUNT(*) AS calls, SUM(c.cost_pico_usd) AS cost_pico_usd",
            "SUM(c.complete + c.aborted + c.upstream_error + c.refused + c.interrupted), SUM(c.cost_pico_usd)"
        ),
        ") p JOIN accounts a ON a.id = p.account_id JOIN friends f ON f.id = p.friend_id
         WHERE a.kind IN ('oauth', 'setup_token')
         GROUP BY p.account_id, p.friend_id ORDER BY 5 DESC, 4 DESC, 2"
    ))
    .bind(&cover.rows)
    .bind(&cover.rollups)
    .bind(&cover.bars)
    .fetch_all(&mut *reading)
    .await?;
    reading.rollback().await?;
    Ok(takers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rehearsal::{Rehearsal, row};

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[tokio::test]
    async fn calls_are_told_by_subscription_and_friend_and_not_those_through_api_keys() {
        let rehearsal = Rehearsal::start().await;
        rehearsal
            .change(
                "INSERT INTO accounts (id, name, provider, kind, created_at, removed_at)
                 VALUES (1, 'max', 'claude', 'oauth', 0, NULL), (2, 'key', 'claude', 'api_key', 0, NULL),
                        (3, 'gone', 'claude', 'oauth', 0, 5)",
            )
            .await;
        let mut priced = row(1, 1, at("2026-11-21T00:00:00Z"), None);
        priced.cost = Some(carpool_core::price::PicoUsd(7));
        let mut elsewhere = row(3, 1, at("2026-11-21T00:00:00Z"), None);
        elsewhere.account_id = Some(2);
        let late = row(4, 1, at("2026-11-22T00:00:00Z"), None);
        rehearsal.write(&[priced, row(2, 2, at("2026-11-21T01:00:00Z"), None), elsewhere, late]).await;
        let (since, until) = (at("2026-11-21T00:00:00Z"), at("2026-11-22T00:00:00Z"));

        let takers = takers(rehearsal.pool(), since, until).await.expect("rows");

        let alex = Taker { account_id: 1, friend_id: 1, friend: "Alex".to_owned(), calls: 2, cost_pico_usd: 7 };
        assert_eq!(takers, [alex]);
        let there = subscriptions(rehearsal.pool(), since, until).await.expect("rows");
        assert_eq!(there, [(1, "max".to_owned())]);
    }
}
