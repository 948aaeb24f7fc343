//! How the windows of accounts filled, as a series of samples.

use std::collections::HashMap;

use carpool_core::window::{self, Window};
use jiff::Timestamp;
use sqlx::SqlitePool;

use super::{millis, timestamp};

/// A row: account, hours, family, when, used, when it begins anew.
type Row = (i64, u32, String, i64, f64, Option<i64>);

/// What was known of a window at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// What.
    pub window: Window,
}

/// Adds samples of an account. One of the same window and millisecond is replaced.
pub(crate) async fn add(pool: &SqlitePool, account: i64, samples: &[Sample]) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    for Sample { at, window } in samples {
        sqlx::query(
            "INSERT OR REPLACE INTO window_samples (account_id, hours, family, at, used, resets_at)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(account)
        .bind(window.hours)
        .bind(window.family.as_deref().unwrap_or_default())
        .bind(millis(*at))
        .bind(window.used)
        .bind(window.resets_at.map(millis))
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await
}

/// The latest sample of each window, by account.
///
/// # Errors
/// When SQLite refuses.
pub async fn latest(pool: &SqlitePool) -> Result<HashMap<i64, Vec<Sample>>, sqlx::Error> {
    // SQLite takes the other columns from the row of the greatest `at`.
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT account_id, hours, family, MAX(at), used, resets_at FROM window_samples
         GROUP BY account_id, hours, family",
    )
    .fetch_all(pool)
    .await?;
    let mut by_account = by_account(rows);
    for samples in by_account.values_mut() {
        samples.sort_by(|one, other| window::order(&one.window, &other.window));
    }
    Ok(by_account)
}

/// The samples since then of each account, the oldest first.
///
/// # Errors
/// When SQLite refuses.
pub async fn since(pool: &SqlitePool, since: Timestamp) -> Result<HashMap<i64, Vec<Sample>>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT account_id, hours, family, at, used, resets_at FROM window_samples WHERE at >= ? ORDER BY at",
    )
    .bind(millis(since))
    .fetch_all(pool)
    .await?;
    Ok(by_account(rows))
}

/// Forgets samples from before a time.
pub(crate) async fn forget(pool: &SqlitePool, before: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM window_samples WHERE at < ?").bind(millis(before)).execute(pool).await?;
    Ok(())
}

fn by_account(rows: Vec<Row>) -> HashMap<i64, Vec<Sample>> {
    let mut by_account: HashMap<i64, Vec<Sample>> = HashMap::new();
    for row in rows {
        by_account.entry(row.0).or_default().push(sample(row));
    }
    by_account
}

fn sample((_, hours, family, at, used, resets_at): Row) -> Sample {
    let family = Some(family).filter(|family| !family.is_empty());
    Sample { at: timestamp(at), window: Window { hours, family, used, resets_at: resets_at.map(timestamp) } }
}
