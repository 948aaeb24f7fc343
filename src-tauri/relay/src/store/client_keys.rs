//! Client keys: only their digests are here.

use std::{num::NonZeroU32, sync::Arc};

use carpool_core::{client_key::KeyDigest, limits::Limits};
use jiff::Timestamp;
use sqlx::{FromRow, Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};

use super::{limits, millis, timestamp};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

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
    /// Whether the owner, or the friend, paused the key.
    pub paused: bool,
    /// Whether it was the friend: then the friend may resume it.
    pub paused_by_friend: bool,
    /// Whether the owner paused the friend.
    pub friend_paused: bool,
    /// The accounts it may use, if not all.
    pub bound: Option<Bound>,
    /// What it may do.
    pub limits: Arc<Limits>,
    /// What is wrong with what is stored of that, if it cannot be read: the key is refused then, whatever `limits` says.
    pub limits_fault: Option<String>,
    /// What the friend may do with all keys together.
    pub friend_limits: Arc<Limits>,
    /// What is wrong with what is stored of that, likewise.
    pub friend_limits_fault: Option<String>,
    /// When the key stops working.
    pub expires_at: Option<Timestamp>,
    /// How many days after its first use it stops working, where that was not a fixed time: `expires_at` is set then.
    pub expires_after_days: Option<u32>,
    /// When the key served its first call.
    pub first_used_at: Option<Timestamp>,
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
        let own = limits::read(row.try_get("limits")?);
        let of_friend = limits::read(row.try_get("friend_limits")?);
        Ok(Self {
            id: row.try_get("id")?,
            friend_id: row.try_get("friend_id")?,
            friend: row.try_get("friend")?,
            name: row.try_get("name")?,
            digest: KeyDigest(digest),
            prefix: row.try_get("prefix")?,
            paused: row.try_get("paused")?,
            paused_by_friend: row.try_get("paused_by_friend")?,
            friend_paused: row.try_get("friend_paused")?,
            bound: row
                .try_get::<Option<i64>, _>("account_id")?
                .map(Bound::Account)
                .or(row.try_get::<Option<String>, _>("account_group")?.map(Bound::Group)),
            limits: own.limits,
            limits_fault: own.fault,
            friend_limits: of_friend.limits,
            friend_limits_fault: of_friend.fault,
            expires_at: row.try_get::<Option<i64>, _>("expires_at")?.map(timestamp),
            expires_after_days: row.try_get("expires_after_days")?,
            first_used_at: row.try_get::<Option<i64>, _>("first_used_at")?.map(timestamp),
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
        "SELECT k.id, k.friend_id, f.name AS friend, k.name, k.digest, k.prefix, k.paused, k.paused_by_friend,
                f.paused AS friend_paused, k.account_id, k.account_group, k.limits, f.limits AS friend_limits, k.expires_at, k.expires_after_days,
                k.first_used_at, k.last_used_at, k.created_at
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
    rotate_within(&mut *pool.acquire().await?, id, digest, prefix).await
}

/// The same within a transaction.
pub(crate) async fn rotate_within(
    connection: &mut SqliteConnection,
    id: i64,
    digest: KeyDigest,
    prefix: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE client_keys SET digest = ?, prefix = ? WHERE id = ?")
        .bind(digest.0.to_vec())
        .bind(prefix)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// The same, if the secret is still the old one. Says whether it was.
pub(crate) async fn rotate_from(
    pool: &SqlitePool,
    old: &ClientKey,
    digest: KeyDigest,
    prefix: &str,
) -> Result<bool, sqlx::Error> {
    let rotated =
        sqlx::query("UPDATE client_keys SET digest = ?, prefix = ? WHERE id = ? AND digest = ? AND revoked_at IS NULL")
            .bind(digest.0.to_vec())
            .bind(prefix)
            .bind(old.id)
            .bind(old.digest.0.to_vec())
            .execute(pool)
            .await?;
    Ok(rotated.rows_affected() == 1)
}

/// Changes what a key may do.
///
/// # Errors
/// When SQLite refuses.
pub async fn set_limits(pool: &SqlitePool, id: i64, limits: &Limits) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE client_keys SET limits = ? WHERE id = ?")
        .bind(limits::written(limits))
        .bind(id)
        .execute(pool)
        .await?;
    Ok(())
}

/// Sets when a key stops working; `None`: never.
///
/// # Errors
/// When SQLite refuses.
pub async fn set_expires_at(pool: &SqlitePool, id: i64, at: Option<Timestamp>) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE client_keys SET expires_at = ?, expires_after_days = NULL WHERE id = ?")
        .bind(at.map(millis))
        .bind(id)
        .execute(pool)
        .await?;
    Ok(())
}

/// Lets a key stop working so many days of 24 hours after its first use, which may have been already.
///
/// # Errors
/// When SQLite refuses.
pub async fn set_expires_after(pool: &SqlitePool, id: i64, days: NonZeroU32) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE client_keys SET expires_after_days = ?1, expires_at = first_used_at + ?1 * ?2 WHERE id = ?3")
        .bind(days.get())
        .bind(DAY_MS)
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
    let (account, group) = columns(bound);
    sqlx::query("UPDATE client_keys SET account_id = ?, account_group = ? WHERE id = ?")
        .bind(account)
        .bind(group)
        .bind(id)
        .execute(pool)
        .await?;
    Ok(())
}

/// What a key is bound to, as the columns for an account and for a group hold it.
pub(super) fn columns(bound: Option<&Bound>) -> (Option<i64>, Option<&str>) {
    match bound {
        None => (None, None),
        Some(Bound::Account(id)) => (Some(*id), None),
        Some(Bound::Group(name)) => (None, Some(name)),
    }
}

/// Pauses or resumes a key, as its owner. A key that its friend paused is the owner's pause from then on.
///
/// # Errors
/// When SQLite refuses.
pub async fn set_paused(pool: &SqlitePool, id: i64, paused: bool) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE client_keys SET paused = ?, paused_by_friend = 0 WHERE id = ?")
        .bind(paused)
        .bind(id)
        .execute(pool)
        .await?;
    Ok(())
}

/// Pauses a key as its friend, unless it is paused; or resumes it, if it was the friend who paused it.
///
/// # Errors
/// When SQLite refuses.
pub(crate) async fn set_paused_by_friend(pool: &SqlitePool, id: i64, paused: bool) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE client_keys SET paused = ?1, paused_by_friend = ?1 WHERE id = ?2 AND paused = NOT ?1
             AND (NOT paused OR paused_by_friend)",
    )
    .bind(paused)
    .bind(id)
    .execute(pool)
    .await?;
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

/// Notes that a key served calls from the first to the last of these times. One that ends some days after its first use gets
/// its end with that.
pub(crate) async fn touch(
    connection: &mut SqliteConnection,
    id: i64,
    first: Timestamp,
    last: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE client_keys SET last_used_at = ?, first_used_at = COALESCE(first_used_at, ?) WHERE id = ?")
        .bind(millis(last))
        .bind(millis(first))
        .bind(id)
        .execute(&mut *connection)
        .await?;
    // A statement of its own: it counts as a change, which the running relay picks up, and only when there is one.
    sqlx::query(
        "UPDATE client_keys SET expires_at = first_used_at + expires_after_days * ?
         WHERE id = ? AND expires_at IS NULL AND expires_after_days IS NOT NULL",
    )
    .bind(DAY_MS)
    .bind(id)
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{config, rehearsal::Rehearsal};

    async fn laptop(rehearsal: &Rehearsal) -> ClientKey {
        list(rehearsal.pool()).await.expect("keys").into_iter().find(|key| key.id == 1).expect("the key")
    }

    async fn touch_at(rehearsal: &Rehearsal, second: i64) {
        let mut connection = rehearsal.pool().acquire().await.expect("a connection");
        let at = Timestamp::from_second(second).expect("a time");
        touch(&mut connection, 1, at, at).await.expect("noted");
    }

    #[tokio::test]
    async fn a_key_ends_some_days_after_its_first_use_and_not_after_a_later_one() {
        let rehearsal = Rehearsal::start().await;
        let days = NonZeroU32::new(2).expect("some");
        set_expires_after(rehearsal.pool(), 1, days).await.expect("set");
        assert_eq!(laptop(&rehearsal).await.expires_at, None);

        touch_at(&rehearsal, 1000).await;
        touch_at(&rehearsal, 5000).await;

        let key = laptop(&rehearsal).await;
        let second = |at: Option<Timestamp>| at.map(Timestamp::as_second);
        assert_eq!((second(key.first_used_at), second(key.last_used_at)), (Some(1000), Some(5000)));
        assert_eq!((second(key.expires_at), key.expires_after_days), (Some(1000 + 2 * 86400), Some(2)));
        set_expires_after(rehearsal.pool(), 1, NonZeroU32::MIN).await.expect("set");
        assert_eq!(second(laptop(&rehearsal).await.expires_at), Some(1000 + 86400));
        set_expires_at(rehearsal.pool(), 1, None).await.expect("set");
        touch_at(&rehearsal, 9000).await;
        assert_eq!(laptop(&rehearsal).await.expires_at, None);
    }

    #[tokio::test]
    async fn limits_are_a_change_to_pick_up_and_use_is_none_but_for_an_end_that_comes_with_it() {
        let rehearsal = Rehearsal::start().await;
        let version = async || config::version(rehearsal.pool()).await.expect("a number");
        let before = version().await;

        touch_at(&rehearsal, 1000).await;
        let used = version().await;
        set_limits(rehearsal.pool(), 1, &Limits { rpm: NonZeroU32::new(5), ..Limits::default() }).await.expect("set");
        let limited = version().await;
        set_expires_at(rehearsal.pool(), 1, None).await.expect("set");

        assert_eq!((used, limited, version().await), (before, before + 1, before + 2));
        assert_eq!(laptop(&rehearsal).await.limits.rpm, NonZeroU32::new(5));
    }

    #[tokio::test]
    async fn limits_that_cannot_be_read_close_their_key_and_no_other() {
        let rehearsal = Rehearsal::start().await;

        rehearsal.change("UPDATE client_keys SET limits = '{\"rpm\":0}' WHERE id = 1").await;

        let keys = list(rehearsal.pool()).await.expect("keys");
        let faults: Vec<_> = keys.iter().map(|key| (&*key.name, key.limits_fault.is_some())).collect();
        assert_eq!(faults, [("laptop", true), ("phone", false)]);
        assert!(keys[0].limits.caps().any(|(_, cap)| cap.0 == 0), "whoever overlooks the fault lets nothing be spent");
        rehearsal.change("UPDATE friends SET limits = 'x'").await;
        let keys = list(rehearsal.pool()).await.expect("keys");
        assert!(keys.iter().all(|key| key.friend_limits_fault.is_some()));
    }
}
