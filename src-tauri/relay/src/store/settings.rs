//! What the owner set, by name. Whoever reads a setting knows its values; here they are texts.

use std::collections::HashMap;

use carpool_core::{schedule::Strategy, share};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{SqliteConnection, SqlitePool};

/// Whether the owner paused sharing: `yes` or `no`.
pub const SHARING_PAUSED: &str = "sharing_paused";
/// Which proxy serves accounts that have none of their own: `none`, `system`, or `manual:` and a sealed address in hex.
pub const PROXY: &str = "proxy";

/// Which tunnel the owner wants, as JSON with its secret sealed; empty for none that can be read.
pub const TUNNEL: &str = "tunnel";

/// The strategy by which accounts are chosen.
pub const STRATEGY: &str = "strategy";

/// How the windows of subscriptions are shared: `off`, `gentle` or `strict`.
pub const SHARE_MODE: &str = "share_mode";
/// Up to how much of a window nobody is held to a share, in percent.
pub const SHARE_SOFT_LINE: &str = "share_soft_line";
/// How much of a window is kept for the owner, in percent.
pub const SHARE_OWNER_RESERVE: &str = "share_owner_reserve";

/// Where the public address is told whenever it changes: `none`, or `url:` and a sealed address in hex.
pub const PUBLISH: &str = "publish";
/// How telling it went, in JSON; empty when it is to be told again.
pub const PUBLISHED: &str = "published";
/// The public address that was seen last, in JSON.
pub const ADDRESS: &str = "address";
/// When a command asked last how the relay is reached.
pub const REACH_ASKED: &str = "reach_asked";
/// What the last privacy proof found, in JSON.
pub const PRIVACY_PROOF: &str = "privacy_proof";

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
    put_within(&mut *pool.acquire().await?, name, value).await
}

/// Changes a setting together with what else the connection's transaction changes.
///
/// # Errors
/// When SQLite refuses; then it is as it was.
pub(crate) async fn put_within(connection: &mut SqliteConnection, name: &str, value: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name)
    .bind(value)
    .execute(connection)
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

/// What a setting holds in JSON; `None` where it was never set, or is empty.
///
/// # Errors
/// When SQLite refuses, or the database holds something else there.
pub async fn record<T: DeserializeOwned>(pool: &SqlitePool, name: &str) -> Result<Option<T>, sqlx::Error> {
    let stored = get(pool, name).await?.filter(|stored| !stored.is_empty());
    let parsed = stored.map(|stored| serde_json::from_str(&stored)).transpose();
    parsed.map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// Keeps something in JSON.
///
/// # Errors
/// When SQLite refuses; then the setting is as it was.
pub async fn put_record<T: Serialize>(pool: &SqlitePool, name: &str, record: &T) -> Result<(), sqlx::Error> {
    let text = serde_json::to_string(record).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    put(pool, name, &text).await
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

/// How the windows of subscriptions are shared.
///
/// # Errors
/// When SQLite refuses, or the database holds what is no such setting.
pub async fn share(pool: &SqlitePool) -> Result<share::Settings, sqlx::Error> {
    let default = share::Settings::default();
    let mode = get(pool, SHARE_MODE).await?.map(|word| word.parse()).transpose();
    let soft_line = percent(get(pool, SHARE_SOFT_LINE).await?)?;
    let owner_reserve = percent(get(pool, SHARE_OWNER_RESERVE).await?)?;
    Ok(share::Settings {
        mode: mode.map_err(|error| sqlx::Error::Decode(Box::new(error)))?.unwrap_or_default(),
        soft_line: soft_line.unwrap_or(default.soft_line),
        owner_reserve: owner_reserve.unwrap_or(default.owner_reserve),
    })
}

/// Changes how the windows of subscriptions are shared. The values were checked where they came in.
///
/// # Errors
/// When SQLite refuses; then it is as it was.
pub async fn set_share(pool: &SqlitePool, settings: &share::Settings) -> Result<(), sqlx::Error> {
    put(pool, SHARE_MODE, settings.mode.as_str()).await?;
    put(pool, SHARE_SOFT_LINE, &(settings.soft_line * 100.0).to_string()).await?;
    put(pool, SHARE_OWNER_RESERVE, &(settings.owner_reserve * 100.0).to_string()).await
}

/// Reads percents as a part of one.
fn percent(stored: Option<String>) -> Result<Option<f64>, sqlx::Error> {
    let Some(text) = stored else { return Ok(None) };
    let number = text.parse().ok().filter(|number| (0.0..=100.0).contains(number));
    number
        .map(|number| Some(number / 100.0))
        .ok_or_else(|| sqlx::Error::Decode(format!("'{text}' is no percentage").into()))
}
