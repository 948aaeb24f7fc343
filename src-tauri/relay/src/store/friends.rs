//! Friends: the people calls are counted for.

use std::sync::Arc;

use carpool_core::limits::Limits;
use jiff::Timestamp;
use sqlx::{FromRow, Row, SqlitePool, sqlite::SqliteRow};

use super::{limits, millis};

/// A friend, as stored.
#[derive(Clone, Debug)]
pub struct Friend {
    /// The row's id.
    pub id: i64,
    /// The friend's name, unique among those not removed.
    pub name: String,
    /// The friend's weight in a shared window.
    pub share: f64,
    /// Whether the owner paused the friend.
    pub paused: bool,
    /// What the friend may do with all keys together.
    pub limits: Arc<Limits>,
    /// What is wrong with what is stored of that, if it cannot be read: the friend's calls are refused then.
    pub limits_fault: Option<String>,
}

impl FromRow<'_, SqliteRow> for Friend {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let limits = limits::read(row.try_get("limits")?);
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            share: row.try_get("share")?,
            paused: row.try_get("paused")?,
            limits: limits.limits,
            limits_fault: limits.fault,
        })
    }
}

/// Adds a friend and returns the new id.
///
/// # Errors
/// When the name is taken ([`super::is_taken`]) or SQLite refuses.
pub async fn insert(pool: &SqlitePool, name: &str, share: f64, now: Timestamp) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("INSERT INTO friends (name, share, created_at) VALUES (?, ?, ?) RETURNING id")
        .bind(name)
        .bind(share)
        .bind(millis(now))
        .fetch_one(pool)
        .await
}

/// All friends that were not removed, by name.
///
/// # Errors
/// When SQLite refuses.
pub async fn list(pool: &SqlitePool) -> Result<Vec<Friend>, sqlx::Error> {
    sqlx::query_as("SELECT id, name, share, paused, limits FROM friends WHERE removed_at IS NULL ORDER BY name")
        .fetch_all(pool)
        .await
}

/// The name of a friend, removed or not.
///
/// # Errors
/// When SQLite refuses.
pub async fn name(pool: &SqlitePool, id: i64) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT name FROM friends WHERE id = ?").bind(id).fetch_optional(pool).await
}

/// Gives a friend another name.
///
/// # Errors
/// When the name is taken ([`super::is_taken`]) or SQLite refuses.
pub async fn rename(pool: &SqlitePool, id: i64, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE friends SET name = ? WHERE id = ?").bind(name).bind(id).execute(pool).await?;
    Ok(())
}

/// Pauses or resumes a friend.
///
/// # Errors
/// When SQLite refuses.
pub async fn set_paused(pool: &SqlitePool, id: i64, paused: bool) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE friends SET paused = ? WHERE id = ?").bind(paused).bind(id).execute(pool).await?;
    Ok(())
}

/// Pauses or resumes all friends.
///
/// # Errors
/// When SQLite refuses; then nobody is paused or resumed.
pub async fn set_all_paused(pool: &SqlitePool, paused: bool) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE friends SET paused = ? WHERE removed_at IS NULL").bind(paused).execute(pool).await?;
    Ok(())
}

/// Changes what a friend may do with all keys together.
///
/// # Errors
/// When SQLite refuses.
pub async fn set_limits(pool: &SqlitePool, id: i64, limits: &Limits) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE friends SET limits = ? WHERE id = ?")
        .bind(limits::written(limits))
        .bind(id)
        .execute(pool)
        .await?;
    Ok(())
}

/// Changes a friend's weight in a shared window.
///
/// # Errors
/// When SQLite refuses.
pub async fn set_share(pool: &SqlitePool, id: i64, share: f64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE friends SET share = ? WHERE id = ?").bind(share).bind(id).execute(pool).await?;
    Ok(())
}

/// Removes a friend and revokes the friend's keys and invites; the ledger goes on naming both.
///
/// # Errors
/// When SQLite refuses; then nothing is removed.
pub async fn remove(pool: &SqlitePool, id: i64, now: Timestamp) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query("UPDATE client_keys SET revoked_at = ? WHERE friend_id = ? AND revoked_at IS NULL")
        .bind(millis(now))
        .bind(id)
        .execute(&mut *transaction)
        .await?;
    sqlx::query("UPDATE invites SET revoked_at = ? WHERE friend_id = ? AND redeemed_at IS NULL AND revoked_at IS NULL")
        .bind(millis(now))
        .bind(id)
        .execute(&mut *transaction)
        .await?;
    sqlx::query("UPDATE friends SET removed_at = ? WHERE id = ?")
        .bind(millis(now))
        .bind(id)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}
