//! Episodes of things that were not as they should be, and how keys and friends use the relay by the hour.

use std::collections::BTreeMap;

use carpool_core::{
    alert::{Episode, Event, unusual::Use},
    price::PicoUsd,
};
use jiff::Timestamp;
use sqlx::{SqliteConnection, SqlitePool};

use super::{millis, timestamp};

/// Milliseconds in an hour.
const HOUR: i64 = 3_600_000;

/// The episodes that are not over.
///
/// # Errors
/// When SQLite refuses, or holds what is no episode.
pub async fn open(pool: &SqlitePool) -> Result<Vec<Episode>, sqlx::Error> {
    let stored: Vec<String> =
        sqlx::query_scalar("SELECT episode FROM episodes WHERE ended_at IS NULL ORDER BY id").fetch_all(pool).await?;
    stored.iter().map(|episode| read(episode)).collect()
}

/// The latest episodes and when each ended, those that are not over first.
///
/// # Errors
/// When SQLite refuses, or holds what is no episode.
pub async fn latest(pool: &SqlitePool, limit: u32) -> Result<Vec<(Episode, Option<Timestamp>)>, sqlx::Error> {
    let stored: Vec<(String, Option<i64>)> =
        sqlx::query_as("SELECT episode, ended_at FROM episodes ORDER BY ended_at IS NOT NULL, id DESC LIMIT ?")
            .bind(limit)
            .fetch_all(pool)
            .await?;
    stored.into_iter().map(|(episode, ended_at)| Ok((read(&episode)?, ended_at.map(timestamp)))).collect()
}

/// Notes that an episode began or is over.
///
/// # Errors
/// When SQLite refuses.
pub async fn note(connection: &mut SqliteConnection, event: &Event) -> Result<(), sqlx::Error> {
    let subject = written(&event.episode().subject)?;
    match event {
        Event::Began(episode) => {
            sqlx::query("INSERT INTO episodes (subject, episode, since) VALUES (?, ?, ?)")
                .bind(subject)
                .bind(written(episode)?)
                .bind(millis(episode.since))
                .execute(connection)
                .await?;
        }
        Event::Over(_, until) => {
            sqlx::query("UPDATE episodes SET ended_at = ? WHERE subject = ? AND ended_at IS NULL")
                .bind(millis(*until))
                .bind(subject)
                .execute(connection)
                .await?;
        }
    }
    Ok(())
}

/// Forgets episodes that ended before then.
///
/// # Errors
/// When SQLite refuses.
pub async fn forget(connection: &mut SqliteConnection, before: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM episodes WHERE ended_at < ?").bind(millis(before)).execute(connection).await?;
    Ok(())
}

/// What each friend's calls cost that ended and arrived since then, the dearest first. Prices that are not known count as
/// what the calls were estimated at.
///
/// # Errors
/// When SQLite refuses.
pub async fn spent_since(pool: &SqlitePool, since: Timestamp) -> Result<Vec<(String, PicoUsd)>, sqlx::Error> {
    let spent: Vec<(String, i64)> = sqlx::query_as(
        "SELECT f.name, SUM(COALESCE(c.cost_pico_usd, c.cap_pico_usd)) AS spent
         FROM calls c JOIN friends f ON f.id = c.friend_id
         WHERE c.status <> 'open' AND c.at >= ? GROUP BY c.friend_id HAVING spent IS NOT NULL ORDER BY spent DESC",
    )
    .bind(millis(since))
    .fetch_all(pool)
    .await?;
    Ok(spent.into_iter().map(|(friend, spent)| (friend, PicoUsd(spent))).collect())
}

/// The use of each key in each hour of `[since, until)` in which it was used, in hours since the epoch, in order. Calls that
/// were refused here were not sent anywhere and are no use.
///
/// # Errors
/// When SQLite refuses.
pub async fn use_by_hour(
    pool: &SqlitePool,
    since: i64,
    until: i64,
) -> Result<BTreeMap<i64, Vec<(i64, Use)>>, sqlx::Error> {
    let rows: Vec<(i64, i64, i64, i64)> = sqlx::query_as(
        "SELECT key_id, at / ?1 AS hour, COUNT(*), COALESCE(SUM(cost_pico_usd), 0) FROM calls
         WHERE status NOT IN ('open', 'refused') AND at >= ?2 AND at < ?3 GROUP BY key_id, hour ORDER BY key_id, hour",
    )
    .bind(HOUR)
    .bind(since.saturating_mul(HOUR))
    .bind(until.saturating_mul(HOUR))
    .fetch_all(pool)
    .await?;
    let mut keys: BTreeMap<i64, Vec<(i64, Use)>> = BTreeMap::new();
    for (key, hour, calls, cost) in rows {
        keys.entry(key).or_default().push((hour, Use { calls, cost: PicoUsd(cost) }));
    }
    Ok(keys)
}

/// The hour since the epoch that an instant is in.
#[must_use]
pub fn hour_of(at: Timestamp) -> i64 {
    millis(at).div_euclid(HOUR)
}

fn written(value: &impl serde::Serialize) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

fn read(episode: &str) -> Result<Episode, sqlx::Error> {
    serde_json::from_str(episode).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
