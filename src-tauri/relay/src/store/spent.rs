//! What was spent, as money caps count it: read when the relay starts, counted in memory from then on.
//!
//! A sum may be greater than SQLite's integers, because a row may hold the estimate of a call that asked for the moon: so
//! the two halves of the amounts are summed apart, and what does not fit counts as the largest amount that does.

use std::collections::HashMap;

use carpool_core::{period::Bar, price::PicoUsd};
use jiff::Timestamp;
use sqlx::{SqliteConnection, SqlitePool};

use super::{
    millis,
    rollups::{Cover, parts},
    timestamp,
};

/// Milliseconds in a minute.
const MINUTE: i64 = 60_000;
/// Bits of the lower half of an amount.
const HALF_BITS: u32 = 32;
/// Rows that are added to the totals in one transaction: some milliseconds of work, for which the ledger waits.
const ROWS_AT_ONCE: u32 = 2_000;

/// A row: the bar, friend, key, and the sums of the halves.
type Row = (i64, i64, i64, i64, i64);

/// When the owner's day, week and month began.
#[derive(Clone, Copy, Debug)]
pub struct Since {
    /// The day.
    pub day: Timestamp,
    /// The week.
    pub week: Timestamp,
    /// The month.
    pub month: Timestamp,
}

/// What calls counted as, in each of the spans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Since the day began.
    pub day: PicoUsd,
    /// Since the week began.
    pub week: PicoUsd,
    /// Since the month began.
    pub month: PicoUsd,
    /// Ever.
    pub total: PicoUsd,
}

impl Spent {
    fn add(&mut self, other: Self) {
        self.day = self.day.saturating_add(other.day);
        self.week = self.week.saturating_add(other.week);
        self.month = self.month.saturating_add(other.month);
        self.total = self.total.saturating_add(other.total);
    }
}

/// What was spent with each key and by each friend, by their ids; keys that were revoked count for their friends too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpentBy {
    /// With each key.
    pub keys: HashMap<i64, Spent>,
    /// By each friend.
    pub friends: HashMap<i64, Spent>,
}

impl SpentBy {
    fn add(&mut self, friend_id: i64, key_id: i64, spent: Spent) {
        self.keys.entry(key_id).or_default().add(spent);
        self.friends.entry(friend_id).or_default().add(spent);
    }
}

/// What was spent with a key within a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpentMinute {
    /// The friend.
    pub friend_id: i64,
    /// The key.
    pub key_id: i64,
    /// When the minute began.
    pub minute: Timestamp,
    /// What its calls counted as.
    pub spent: PicoUsd,
}

/// What was spent so far. It is asked after the ledger has taken over what an earlier process left open, and before the
/// first call: calls under way are left out.
///
/// # Errors
/// When SQLite refuses.
pub async fn at_start(pool: &SqlitePool, since: Since) -> Result<SpentBy, sqlx::Error> {
    let mut by = SpentBy::default();
    while add_to_totals(pool).await? {}
    for (friend_id, key_id, total) in totals(pool).await? {
        by.add(friend_id, key_id, Spent { total, ..Spent::default() });
    }
    let mut reading = pool.begin().await?;
    let spans = [since.day, since.week, since.month].map(|start| Bar { start, end: Timestamp::MAX });
    let cover = Cover::of(&mut reading, &spans).await?;
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT p.bar, p.friend_id, p.key_id, SUM(p.high), SUM(p.low) FROM (",
        parts!(
            "c.friend_id, c.key_id",
            "1, 2, 3",
            "COALESCE(SUM(c.cap_pico_usd >> 32), 0) AS high, COALESCE(SUM(c.cap_pico_usd & 4294967295), 0) AS low",
            "SUM(c.cap_high), SUM(c.cap_low)"
        ),
        ") p GROUP BY p.bar, p.friend_id, p.key_id"
    ))
    .bind(&cover.rows)
    .bind(&cover.rollups)
    .bind(&cover.bars)
    .fetch_all(&mut *reading)
    .await?;
    reading.rollback().await?;
    for (bar, friend_id, key_id, high, low) in rows {
        let spent = whole(high, low);
        let spent = match bar {
            0 => Spent { day: spent, ..Spent::default() },
            1 => Spent { week: spent, ..Spent::default() },
            _ => Spent { month: spent, ..Spent::default() },
        };
        by.add(friend_id, key_id, spent);
    }
    Ok(by)
}

/// What was spent with each key, minute by minute.
///
/// # Errors
/// When SQLite refuses.
pub async fn by_minute(pool: &SqlitePool, since: Timestamp) -> Result<Vec<SpentMinute>, sqlx::Error> {
    let rows: Vec<(i64, i64, i64, i64, i64)> = sqlx::query_as(
        "SELECT at / ?1 AS minute, friend_id, key_id, SUM(cap_pico_usd >> 32), SUM(cap_pico_usd & 4294967295)
         FROM calls WHERE status <> 'open' AND cap_pico_usd IS NOT NULL AND at >= ?2
         GROUP BY minute, friend_id, key_id ORDER BY minute, key_id",
    )
    .bind(MINUTE)
    .bind(millis(since))
    .fetch_all(pool)
    .await?;
    let minute = |(minute, friend_id, key_id, high, low): (i64, i64, i64, i64, i64)| SpentMinute {
        friend_id,
        key_id,
        minute: timestamp(minute * MINUTE),
        spent: whole(high, low),
    };
    Ok(rows.into_iter().map(minute).collect())
}

/// Friend, key and what was spent ever, up to the last call that was added to the totals.
async fn totals(pool: &SqlitePool) -> Result<Vec<(i64, i64, PicoUsd)>, sqlx::Error> {
    let kept: Vec<(i64, i64, i64)> =
        sqlx::query_as("SELECT friend_id, key_id, cap_pico_usd FROM key_totals").fetch_all(pool).await?;
    Ok(kept.into_iter().map(|(friend_id, key_id, spent)| (friend_id, key_id, PicoUsd(spent))).collect())
}

/// Adds the next rows to what is kept of every key, so that a start takes as long as there are new rows, and old ones may
/// be forgotten. Says whether there are more.
pub(crate) async fn add_to_totals(pool: &SqlitePool) -> Result<bool, sqlx::Error> {
    // One that takes the lock for writing before it reads.
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    let kept: Vec<(i64, i64)> =
        sqlx::query_as("SELECT key_id, cap_pico_usd FROM key_totals").fetch_all(&mut *transaction).await?;
    let kept: HashMap<i64, PicoUsd> = kept.into_iter().map(|(key_id, spent)| (key_id, PicoUsd(spent))).collect();
    let (rows, has_more) = new_rows(&mut transaction).await?;
    for (friend_id, key_id, spent) in rows {
        let total = kept.get(&key_id).copied().unwrap_or_default().saturating_add(spent);
        sqlx::query(
            "INSERT INTO key_totals (key_id, friend_id, cap_pico_usd) VALUES (?, ?, ?)
             ON CONFLICT (key_id) DO UPDATE SET cap_pico_usd = excluded.cap_pico_usd",
        )
        .bind(key_id)
        .bind(friend_id)
        .bind(total.0)
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await?;
    Ok(has_more)
}

/// Sums the next rows that are in no total yet, and notes that they are now. Ids grow even when the clock goes back; what is
/// behind the oldest call under way has its turn later. Says whether there are more.
async fn new_rows(connection: &mut SqliteConnection) -> Result<(Vec<(i64, i64, PicoUsd)>, bool), sqlx::Error> {
    let after: i64 = sqlx::query_scalar("SELECT call_id FROM key_totals_through").fetch_one(&mut *connection).await?;
    // The plus lets SQLite look into the index of open calls instead of reading all rows in their order.
    let through: i64 = sqlx::query_scalar(
        "SELECT COALESCE((SELECT MIN(+id) - 1 FROM calls WHERE status = 'open'), (SELECT MAX(id) FROM calls), 0)",
    )
    .fetch_one(&mut *connection)
    .await?;
    let last_of_these: Option<i64> =
        sqlx::query_scalar("SELECT id FROM calls WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?")
            .bind(after)
            .bind(ROWS_AT_ONCE - 1)
            .fetch_optional(&mut *connection)
            .await?;
    let now_through = last_of_these.map_or(through, |last| last.min(through));
    let rows: Vec<(i64, i64, i64, i64)> = sqlx::query_as(
        "SELECT friend_id, key_id, SUM(cap_pico_usd >> 32), SUM(cap_pico_usd & 4294967295)
         FROM calls WHERE id > ? AND id <= ? AND cap_pico_usd IS NOT NULL GROUP BY friend_id, key_id",
    )
    .bind(after)
    .bind(now_through)
    .fetch_all(&mut *connection)
    .await?;
    // Rows may have been forgotten since, but what they counted as stays counted.
    sqlx::query("UPDATE key_totals_through SET call_id = MAX(call_id, ?)")
        .bind(now_through)
        .execute(&mut *connection)
        .await?;
    let rows = rows.into_iter().map(|(friend_id, key_id, high, low)| (friend_id, key_id, whole(high, low)));
    Ok((rows.collect(), now_through < through))
}

/// An amount from the sums of its halves.
pub(super) fn whole(high: i64, low: i64) -> PicoUsd {
    let sum = (i128::from(high) << HALF_BITS) + i128::from(low);
    PicoUsd(i64::try_from(sum).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{
        calls::{self, CallStatus},
        rehearsal::{Rehearsal, row},
    };

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn since() -> Since {
        Since { day: at("2026-11-21T00:00:00Z"), week: at("2026-11-16T00:00:00Z"), month: at("2026-11-01T00:00:00Z") }
    }

    fn spent([day, week, month, total]: [i64; 4]) -> Spent {
        Spent { day: PicoUsd(day), week: PicoUsd(week), month: PicoUsd(month), total: PicoUsd(total) }
    }

    #[tokio::test]
    async fn what_was_spent_is_told_by_key_and_by_friend_for_each_span() {
        let rehearsal = Rehearsal::start().await;
        let interrupted = |mut call: calls::CallRow| {
            call.status = CallStatus::Interrupted;
            call
        };
        let rows = [
            row(1, 1, at("2026-10-31T23:59:59Z"), Some(1)),
            row(2, 1, at("2026-11-01T00:00:00Z"), Some(10)),
            row(3, 2, at("2026-11-16T00:00:00Z"), Some(100)),
            interrupted(row(4, 1, at("2026-11-21T00:00:00Z"), Some(1000))),
            row(5, 1, at("2026-11-21T01:00:00Z"), None),
        ];
        rehearsal.write(&rows).await;

        let by = at_start(rehearsal.pool(), since()).await.expect("sums");

        assert_eq!(by.keys[&1], spent([1000, 1000, 1010, 1011]));
        assert_eq!(by.keys[&2], spent([0, 100, 100, 100]));
        assert_eq!(by.friends[&1], spent([1000, 1100, 1110, 1111]));
    }

    #[tokio::test]
    async fn a_total_counts_every_row_once_however_often_the_relay_starts_and_also_rows_that_are_forgotten() {
        let rehearsal = Rehearsal::start().await;
        let mut open = row(2, 1, at("2026-11-21T01:00:00Z"), Some(20));
        open.status = CallStatus::Open;
        let late = row(3, 1, at("2026-11-21T00:30:00Z"), Some(300));
        rehearsal.write(&[row(1, 1, at("2026-11-21T00:00:00Z"), Some(1)), open.clone(), late]).await;
        let total = async || at_start(rehearsal.pool(), since()).await.expect("sums").keys[&1].total;

        let while_open = [total().await, total().await];
        open.status = CallStatus::Interrupted;
        rehearsal.write(&[open]).await;
        let ended = [total().await, total().await];
        sqlx::query("DELETE FROM calls").execute(rehearsal.pool()).await.expect("done");

        assert_eq!(while_open, [PicoUsd(1); 2]);
        assert_eq!(ended, [PicoUsd(321); 2]);
        assert_eq!(total().await, PicoUsd(321));
    }

    #[tokio::test]
    async fn a_sum_that_does_not_fit_counts_as_the_largest_that_does() {
        let rehearsal = Rehearsal::start().await;
        let moon = |id| row(id, 1, at("2026-11-21T00:00:00Z"), Some(i64::MAX - 1));
        rehearsal.write(&[moon(1), moon(2), moon(3)]).await;

        let by = at_start(rehearsal.pool(), since()).await.expect("sums");
        let minutes = by_minute(rehearsal.pool(), since().day).await.expect("sums");

        assert_eq!(by.friends[&1], spent([i64::MAX; 4]));
        assert_eq!(minutes[0].spent, PicoUsd(i64::MAX));
        assert_eq!(whole((i64::MAX - 1) >> 32, (i64::MAX - 1) & 0xffff_ffff), PicoUsd(i64::MAX - 1));
    }

    #[tokio::test]
    async fn the_last_hours_are_told_by_minute() {
        let rehearsal = Rehearsal::start().await;
        let rows = [
            row(1, 1, at("2026-11-21T00:59:59Z"), Some(1)),
            row(2, 1, at("2026-11-21T01:00:00Z"), Some(10)),
            row(3, 1, at("2026-11-21T01:00:59.999Z"), Some(100)),
            row(4, 2, at("2026-11-21T01:00:30Z"), Some(1000)),
        ];
        rehearsal.write(&rows).await;

        let minutes = by_minute(rehearsal.pool(), at("2026-11-21T01:00:00Z")).await.expect("sums");

        let minute = |key_id, spent| SpentMinute {
            friend_id: 1,
            key_id,
            minute: at("2026-11-21T01:00:00Z"),
            spent: PicoUsd(spent),
        };
        assert_eq!(minutes, [minute(1, 110), minute(2, 1000)]);
    }
}
