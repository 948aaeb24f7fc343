//! What the owner set, by name. Whoever reads a setting knows its values; here they are texts.

use std::collections::HashMap;

use carpool_core::schedule::Strategy;
use sqlx::SqlitePool;

/// Whether the owner paused sharing: `yes` or `no`.
pub const SHARING_PAUSED: &str = "sharing_paused";
/// Which proxy serves accounts that have none of their own: `none`, `system`, or `manual:` and a sealed address in hex.
pub const PROXY: &str = "proxy";

/// The strategy by which accounts are chosen.
pub const STRATEGY: &str = "strategy";

/// Every setting that was ever changed.
///
/// # Errors
/// When SQLite refuses.
pub async fn all(pool: &SqlitePool) -> Result<HashMap<String, String>, sqlx::Error> {
    let rows: Vec<(String, String)> = sqlx::query_as("SELECT name, value FROM settings").fetch_all(pool).await?;
    Ok(rows.into_iter().collect())
}

/// Changes a setting.
///
/// # Errors
/// When SQLite refuses; then it is as it was.
pub async fn put(pool: &SqlitePool, name: &str, value: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name)
    .bind(value)
    .execute(pool)
    .await?;
    Ok(())
}

/// A setting, if it was ever changed.
///
/// # Errors
/// When SQLite refuses.
pub async fn get(pool: &SqlitePool, name: &str) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT value FROM settings WHERE name = ?").bind(name).fetch_optional(pool).await
}

/// Says whether the owner paused sharing.
///
/// # Errors
/// When SQLite refuses.
pub async fn sharing_paused(pool: &SqlitePool) -> Result<bool, sqlx::Error> {
    Ok(get(pool, SHARING_PAUSED).await?.as_deref() == Some("yes"))
}

/// Pauses or resumes sharing.
///
/// # Errors
/// When SQLite refuses.
pub async fn pause_sharing(pool: &SqlitePool, paused: bool) -> Result<(), sqlx::Error> {
    put(pool, SHARING_PAUSED, if paused { "yes" } else { "no" }).await
}

/// The strategy by which accounts are chosen.
///
/// # Errors
/// When SQLite refuses, or the database holds a word that is none.
pub async fn strategy(pool: &SqlitePool) -> Result<Strategy, sqlx::Error> {
    let value: Option<String> =
        sqlx::query_scalar("SELECT value FROM settings WHERE name = ?").bind(STRATEGY).fetch_optional(pool).await?;
    let parsed = value.map(|word| word.parse()).transpose();
    Ok(parsed.map_err(|error| sqlx::Error::Decode(Box::new(error)))?.unwrap_or_default())
}
