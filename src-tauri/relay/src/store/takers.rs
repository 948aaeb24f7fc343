//! Who called through which subscription.

use jiff::Timestamp;
use sqlx::SqlitePool;

use super::millis;

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
    sqlx::query_as(
        "SELECT c.account_id, c.friend_id, f.name AS friend, COUNT(*) AS calls,
                COALESCE(SUM(c.cost_pico_usd), 0) AS cost_pico_usd
         FROM calls c JOIN accounts a ON a.id = c.account_id JOIN friends f ON f.id = c.friend_id
         WHERE c.status <> 'open' AND c.at >= ?1 AND c.at < ?2 AND a.kind IN ('oauth', 'setup_token')
         GROUP BY c.account_id, c.friend_id ORDER BY cost_pico_usd DESC, calls DESC, c.friend_id",
    )
    .bind(millis(since))
    .bind(millis(until))
    .fetch_all(pool)
    .await
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
