//! Friends: the people calls are counted for.

use jiff::Timestamp;
use sqlx::{FromRow, SqlitePool};

use super::millis;

/// A friend, as stored.
#[derive(Clone, Debug, FromRow)]
pub struct Friend {
    /// The row's id.
    pub id: i64,
    /// The friend's name, unique among those not removed.
    pub name: String,
    /// The friend's weight in a shared window.
    pub share: f64,
    /// Whether the owner paused the friend.
    pub paused: bool,
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
    sqlx::query_as("SELECT id, name, share, paused FROM friends WHERE removed_at IS NULL ORDER BY name")
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

/// Removes a friend and revokes the friend's keys; the ledger goes on naming both.
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
    sqlx::query("UPDATE friends SET removed_at = ? WHERE id = ?")
        .bind(millis(now))
        .bind(id)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}
