//! Client keys: only their digests are here.

use carpool_core::client_key::KeyDigest;
use jiff::Timestamp;
use sqlx::{FromRow, Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};

use super::{millis, timestamp};

/// A key that was not revoked, with the friend it belongs to.
#[derive(Clone, Debug)]
pub struct ClientKey {
    /// The row's id.
    pub id: i64,
    /// The friend's id.
    pub friend_id: i64,
    /// The friend's name.
    pub friend: String,
    /// The key's name, unique among the friend's keys, e.g. the device.
    pub name: String,
    /// What the key hashes to.
    pub digest: KeyDigest,
    /// What may be shown of the key.
    pub prefix: String,
    /// Whether the owner paused the key.
    pub paused: bool,
    /// Whether the owner paused the friend.
    pub friend_paused: bool,
    /// The accounts it may use, if not all.
    pub bound: Option<Bound>,
    /// When the key stops working.
    pub expires_at: Option<Timestamp>,
    /// When the key last served a call, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When the key was made.
    pub created_at: Timestamp,
}

/// What a key is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// One account, by its id.
    Account(i64),
    /// A group of accounts, by its name.
    Group(String),
}

impl FromRow<'_, SqliteRow> for ClientKey {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let digest: Vec<u8> = row.try_get("digest")?;
        let digest = digest.try_into().map_err(|_| sqlx::Error::Decode("a key digest is not 32 bytes long".into()))?;
        Ok(Self {
            id: row.try_get("id")?,
            friend_id: row.try_get("friend_id")?,
            friend: row.try_get("friend")?,
            name: row.try_get("name")?,
            digest: KeyDigest(digest),
            prefix: row.try_get("prefix")?,
            paused: row.try_get("paused")?,
            friend_paused: row.try_get("friend_paused")?,
            bound: row
                .try_get::<Option<i64>, _>("account_id")?
                .map(Bound::Account)
                .or(row.try_get::<Option<String>, _>("account_group")?.map(Bound::Group)),
            expires_at: row.try_get::<Option<i64>, _>("expires_at")?.map(timestamp),
            last_used_at: row.try_get::<Option<i64>, _>("last_used_at")?.map(timestamp),
            created_at: timestamp(row.try_get("created_at")?),
        })
    }
}

/// What is stored of a new key.
#[derive(Clone, Copy, Debug)]
pub struct NewClientKey<'a> {
    /// The friend it is for.
    pub friend_id: i64,
    /// Its name.
    pub name: &'a str,
    /// What it hashes to.
    pub digest: KeyDigest,
    /// What may be shown of it.
    pub prefix: &'a str,
}

/// Adds a key and returns the new id.
///
/// # Errors
/// When the friend has a key of that name ([`super::is_taken`]) or SQLite refuses.
pub async fn insert(pool: &SqlitePool, key: NewClientKey<'_>, now: Timestamp) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO client_keys (friend_id, name, digest, prefix, created_at) VALUES (?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(key.friend_id)
    .bind(key.name)
    .bind(key.digest.0.to_vec())
    .bind(key.prefix)
    .bind(millis(now))
    .fetch_one(pool)
    .await
}

/// All keys that were not revoked, by friend and name.
///
/// # Errors
/// When SQLite refuses.
pub async fn list(pool: &SqlitePool) -> Result<Vec<ClientKey>, sqlx::Error> {
    sqlx::query_as(
        "SELECT k.id, k.friend_id, f.name AS friend, k.name, k.digest, k.prefix, k.paused, f.paused AS friend_paused,
                k.account_id, k.account_group, k.expires_at, k.last_used_at, k.created_at
         FROM client_keys k JOIN friends f ON f.id = k.friend_id
         WHERE k.revoked_at IS NULL AND f.removed_at IS NULL
         ORDER BY f.name, k.name",
    )
    .fetch_all(pool)
    .await
}

/// A friend's key, if it is the friend's only one.
///
/// # Errors
/// When SQLite refuses.
pub async fn only_one_of(pool: &SqlitePool, friend_id: i64) -> Result<Option<ClientKey>, sqlx::Error> {
    let mut of_friend = list(pool).await?.into_iter().filter(|key| key.friend_id == friend_id);
    Ok(of_friend.next().filter(|_| of_friend.next().is_none()))
}

/// Gives a key a new secret: from now on the old one is unknown.
///
/// # Errors
/// When SQLite refuses.
pub async fn rotate(pool: &SqlitePool, id: i64, digest: KeyDigest, prefix: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE client_keys SET digest = ?, prefix = ? WHERE id = ?")
        .bind(digest.0.to_vec())
        .bind(prefix)
        .bind(id)
        .execute(pool)
        .await?;
    Ok(())
}

/// Binds a key to an account or a group; `None` lets it use all accounts.
///
/// # Errors
/// When SQLite refuses.
pub async fn bind(pool: &SqlitePool, id: i64, bound: Option<&Bound>) -> Result<(), sqlx::Error> {
    let (account, group) = match bound {
        None => (None, None),
        Some(Bound::Account(id)) => (Some(*id), None),
        Some(Bound::Group(name)) => (None, Some(name)),
    };
    sqlx::query("UPDATE client_keys SET account_id = ?, account_group = ? WHERE id = ?")
        .bind(account)
        .bind(group)
        .bind(id)
        .execute(pool)
        .await?;
    Ok(())
}

/// Pauses or resumes a key.
///
/// # Errors
/// When SQLite refuses.
pub async fn set_paused(pool: &SqlitePool, id: i64, paused: bool) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE client_keys SET paused = ? WHERE id = ?").bind(paused).bind(id).execute(pool).await?;
    Ok(())
}

/// Revokes a key for good.
///
/// # Errors
/// When SQLite refuses.
pub async fn revoke(pool: &SqlitePool, id: i64, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE client_keys SET revoked_at = ? WHERE id = ?").bind(millis(now)).bind(id).execute(pool).await?;
    Ok(())
}

/// Notes that a key served a call.
pub(crate) async fn touch(connection: &mut SqliteConnection, id: i64, at: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE client_keys SET last_used_at = ? WHERE id = ?")
        .bind(millis(at))
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}
