//! Invites: only the digests of their secrets are here. Each becomes at most one key, whoever else tries at that moment.

use std::num::NonZeroU32;

use carpool_core::{
    client_key::KeyDigest,
    invite::{Code, SecretDigest},
    limits::Limits,
};
use jiff::Timestamp;
use sqlx::{FromRow, Row, SqlitePool, sqlite::SqliteRow};

use super::{
    client_keys::{self, Bound},
    limits, millis, timestamp,
};

/// An invite, as stored.
#[derive(Clone, Debug)]
pub struct Invite {
    /// The row's id.
    pub id: i64,
    /// The friend's id.
    pub friend_id: i64,
    /// The friend's name.
    pub friend: String,
    /// What finds it: it stands in the link's path.
    pub code: String,
    /// What its secret hashes to.
    pub digest: SecretDigest,
    /// What the key is to be called, if the owner said so.
    pub key_name: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// How it ended, if it did before that.
    pub end: Option<End>,
}

/// How an invite ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// A friend has the key.
    Redeemed(Redeemed),
    /// The owner took it back.
    Revoked(Timestamp),
}

/// What became of an invite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redeemed {
    /// When it was redeemed.
    pub at: Timestamp,
    /// The key's id.
    pub key_id: i64,
    /// The key's name.
    pub key: String,
    /// When the key served its first call.
    pub first_call_at: Option<Timestamp>,
}

/// How an invite stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can be redeemed.
    Open,
    /// It was.
    Redeemed,
    /// Nobody did in time.
    Expired,
    /// The owner took it back.
    Revoked,
}

impl Standing {
    /// The word for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Redeemed => "redeemed",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl Invite {
    /// How it stands now.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Standing {
        match self.end {
            Some(End::Redeemed(_)) => Standing::Redeemed,
            Some(End::Revoked(_)) => Standing::Revoked,
            None if self.expires_at <= now => Standing::Expired,
            None => Standing::Open,
        }
    }

    /// What became of it, if it was redeemed.
    #[must_use]
    pub fn redeemed(&self) -> Option<&Redeemed> {
        match &self.end {
            Some(End::Redeemed(redeemed)) => Some(redeemed),
            _ => None,
        }
    }
}

impl FromRow<'_, SqliteRow> for Invite {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let digest: Vec<u8> = row.try_get("digest")?;
        let digest = digest.try_into().map_err(|_| sqlx::Error::Decode("a digest is not 32 bytes long".into()))?;
        let time = |name: &str| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(name)?.map(timestamp));
        let end = match (time("redeemed_at")?, time("revoked_at")?) {
            (Some(at), _) => Some(End::Redeemed(Redeemed {
                at,
                key_id: row.try_get("key_id")?,
                key: row.try_get("key")?,
                first_call_at: time("first_call_at")?,
            })),
            (None, Some(at)) => Some(End::Revoked(at)),
            (None, None) => None,
        };
        Ok(Self {
            id: row.try_get("id")?,
            friend_id: row.try_get("friend_id")?,
            friend: row.try_get("friend")?,
            code: row.try_get("code")?,
            digest: SecretDigest(digest),
            key_name: row.try_get("key_name")?,
            created_at: timestamp(row.try_get("created_at")?),
            expires_at: timestamp(row.try_get("expires_at")?),
            end,
        })
    }
}

/// What the key of an invite is called and given.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// What it is called; the first free name without.
    pub name: Option<String>,
    /// What it may do.
    pub limits: Limits,
    /// The accounts it may use, if not all.
    pub bound: Option<Bound>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// How many days after its first use it stops working, where that is not a fixed time.
    pub expires_after_days: Option<NonZeroU32>,
}

/// What is stored of a new invite.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewInvite<'a> {
    pub(crate) friend_id: i64,
    pub(crate) code: &'a Code,
    pub(crate) digest: SecretDigest,
    pub(crate) terms: &'a Terms,
    pub(crate) expires_at: Timestamp,
}

/// Adds an invite and returns the new id.
///
/// # Errors
/// When SQLite refuses.
pub(crate) async fn insert(pool: &SqlitePool, invite: NewInvite<'_>, now: Timestamp) -> Result<i64, sqlx::Error> {
    let Terms { name, limits, bound, expires_at, expires_after_days } = invite.terms;
    let (account, group) = client_keys::columns(bound.as_ref());
    sqlx::query_scalar(
        "INSERT INTO invites (friend_id, code, digest, key_name, key_limits, key_account_id, key_account_group,
                              key_expires_at, key_expires_after_days, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(invite.friend_id)
    .bind(invite.code.as_str())
    .bind(invite.digest.0.to_vec())
    .bind(name)
    .bind(limits::written(limits))
    .bind(account)
    .bind(group)
    .bind(expires_at.map(millis))
    .bind(expires_after_days.map(NonZeroU32::get))
    .bind(millis(now))
    .bind(millis(invite.expires_at))
    .fetch_one(pool)
    .await
}

/// Invites with the names of what they point to.
macro_rules! invites {
    () => {
        "SELECT i.id, i.friend_id, f.name AS friend, i.code, i.digest, i.key_name, i.created_at, i.expires_at,
                i.revoked_at, i.redeemed_at, i.key_id, k.name AS key, k.first_used_at AS first_call_at
         FROM invites i JOIN friends f ON f.id = i.friend_id LEFT JOIN client_keys k ON k.id = i.key_id"
    };
}

/// All invites of friends that were not removed, the newest first.
///
/// # Errors
/// When SQLite refuses.
pub async fn list(pool: &SqlitePool) -> Result<Vec<Invite>, sqlx::Error> {
    sqlx::query_as(concat!(invites!(), " WHERE f.removed_at IS NULL ORDER BY i.id DESC")).fetch_all(pool).await
}

/// Until when the last of the open invites is good, whether that is over or not.
///
/// # Errors
/// When SQLite refuses.
pub(crate) async fn open_until(pool: &SqlitePool) -> Result<Option<Timestamp>, sqlx::Error> {
    let last: Option<i64> = sqlx::query_scalar(
        "SELECT max(i.expires_at) FROM invites i JOIN friends f ON f.id = i.friend_id
         WHERE i.redeemed_at IS NULL AND i.revoked_at IS NULL AND f.removed_at IS NULL",
    )
    .fetch_one(pool)
    .await?;
    Ok(last.map(timestamp))
}

/// The invite of a code.
///
/// # Errors
/// When SQLite refuses.
pub(crate) async fn find(pool: &SqlitePool, code: &Code) -> Result<Option<Invite>, sqlx::Error> {
    sqlx::query_as(concat!(invites!(), " WHERE i.code = ?")).bind(code.as_str()).fetch_optional(pool).await
}

/// A key that an invite became.
#[derive(Debug)]
pub(crate) struct NewKeyRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) expires_at: Option<Timestamp>,
}

/// Redeems an invite: makes its key, under the name that `choose_name` finds among those the friend has keys of. `None` if
/// somebody else was faster, or it can be redeemed no more.
///
/// # Errors
/// When SQLite refuses; then it is as it was.
pub(crate) async fn redeem(
    pool: &SqlitePool,
    id: i64,
    (digest, prefix): (KeyDigest, &str),
    choose_name: impl FnOnce(&[String]) -> String,
    now: Timestamp,
) -> Result<Option<NewKeyRow>, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    // The first statement: it takes the database's one place for a writer, so that of several only one finds it open.
    let friend_id: Option<i64> = sqlx::query_scalar(
        "UPDATE invites SET redeemed_at = ?1
         WHERE id = ?2 AND redeemed_at IS NULL AND revoked_at IS NULL AND expires_at > ?1
         RETURNING friend_id",
    )
    .bind(millis(now))
    .bind(id)
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(friend_id) = friend_id else { return Ok(None) };
    let taken: Vec<String> =
        sqlx::query_scalar("SELECT name FROM client_keys WHERE friend_id = ? AND revoked_at IS NULL")
            .bind(friend_id)
            .fetch_all(&mut *transaction)
            .await?;
    let name = choose_name(&taken);
    let (key_id, expires_at): (i64, Option<i64>) = sqlx::query_as(
        "INSERT INTO client_keys (friend_id, name, digest, prefix, limits, account_id, account_group, expires_at,
                                  expires_after_days, created_at)
         SELECT friend_id, ?, ?, ?, key_limits, key_account_id, key_account_group, key_expires_at,
                key_expires_after_days, ?
         FROM invites WHERE id = ? RETURNING id, expires_at",
    )
    .bind(&name)
    .bind(digest.0.to_vec())
    .bind(prefix)
    .bind(millis(now))
    .bind(id)
    .fetch_one(&mut *transaction)
    .await?;
    sqlx::query("UPDATE invites SET key_id = ? WHERE id = ?").bind(key_id).bind(id).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Some(NewKeyRow { id: key_id, name, expires_at: expires_at.map(timestamp) }))
}

/// Takes an invite back. `false` if it was redeemed or taken back before.
///
/// # Errors
/// When SQLite refuses.
pub(crate) async fn revoke(pool: &SqlitePool, id: i64, now: Timestamp) -> Result<bool, sqlx::Error> {
    let revoked =
        sqlx::query("UPDATE invites SET revoked_at = ? WHERE id = ? AND redeemed_at IS NULL AND revoked_at IS NULL")
            .bind(millis(now))
            .bind(id)
            .execute(pool)
            .await?;
    Ok(revoked.rows_affected() == 1)
}

#[cfg(test)]
mod tests {
    use carpool_core::invite::{NewCode, RANDOM_BYTES};
    use futures_util::future::join_all;

    use super::*;
    use crate::store::{friends, rehearsal::Rehearsal};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    /// An invite for Alex that is good from 0 s to 100 s.
    async fn invite(rehearsal: &Rehearsal, seed: u8, terms: &Terms) -> i64 {
        let NewCode { code, digest, .. } = NewCode::from_random([seed; RANDOM_BYTES]);
        let new = NewInvite { friend_id: 1, code: &code, digest, terms, expires_at: at(100) };
        insert(rehearsal.pool(), new, at(0)).await.expect("an invite")
    }

    async fn try_to_redeem(rehearsal: &Rehearsal, id: i64, key: &str, second: i64) -> Option<NewKeyRow> {
        let name = |taken: &[String]| format!("new-{}", taken.len());
        redeem(rehearsal.pool(), id, (KeyDigest::of(key), "cr_1"), name, at(second)).await.expect("an answer")
    }

    #[tokio::test]
    async fn of_a_hundred_who_redeem_at_once_one_gets_the_key() {
        let rehearsal = Rehearsal::start().await;
        let id = invite(&rehearsal, 1, &Terms::default()).await;

        let keys: Vec<_> = (0..100).map(|number| format!("key {number}")).collect();
        let tries = join_all(keys.iter().map(|key| try_to_redeem(&rehearsal, id, key, 50))).await;

        let winners: Vec<_> = tries.into_iter().flatten().collect();
        let [winner] = winners.as_slice() else { panic!("{winners:?}") };
        let listed = list(rehearsal.pool()).await.expect("invites").remove(0);
        let redeemed = listed.redeemed().expect("it was redeemed");
        assert_eq!((redeemed.key_id, &redeemed.key, redeemed.first_call_at), (winner.id, &"new-2".to_owned(), None));
        assert_eq!(client_keys::list(rehearsal.pool()).await.expect("keys").len(), 3);
    }

    #[tokio::test]
    async fn an_invite_that_is_over_revoked_or_of_a_friend_who_is_gone_is_not_redeemed() {
        let rehearsal = Rehearsal::start().await;
        let late = invite(&rehearsal, 1, &Terms::default()).await;
        let revoked = invite(&rehearsal, 2, &Terms::default()).await;
        let orphan = invite(&rehearsal, 3, &Terms::default()).await;

        assert!(revoke(rehearsal.pool(), revoked, at(10)).await.expect("an answer"));
        assert!(!revoke(rehearsal.pool(), revoked, at(11)).await.expect("an answer"));
        assert!(try_to_redeem(&rehearsal, late, "a", 100).await.is_none());
        assert!(try_to_redeem(&rehearsal, revoked, "b", 50).await.is_none());
        let standings: Vec<_> =
            list(rehearsal.pool()).await.expect("invites").iter().map(|one| one.standing(at(100)).as_str()).collect();
        assert_eq!(standings, ["expired", "revoked", "expired"]);
        friends::remove(rehearsal.pool(), 1, at(20)).await.expect("removed");
        assert!(try_to_redeem(&rehearsal, orphan, "c", 50).await.is_none());
    }

    #[tokio::test]
    async fn the_key_is_given_what_the_owner_said_when_inviting() {
        let rehearsal = Rehearsal::start().await;
        let terms = Terms {
            limits: Limits { rpm: NonZeroU32::new(7), ..Limits::default() },
            bound: Some(Bound::Group("work".to_owned())),
            expires_at: Some(at(5000)),
            ..Terms::default()
        };
        let id = invite(&rehearsal, 1, &terms).await;

        let new = try_to_redeem(&rehearsal, id, "a", 50).await.expect("a key");

        let keys = client_keys::list(rehearsal.pool()).await.expect("keys");
        let key = keys.iter().find(|key| key.id == new.id).expect("the key");
        assert_eq!((key.limits.rpm, &key.bound, key.expires_at), (NonZeroU32::new(7), &terms.bound, Some(at(5000))));
        assert_eq!(new.expires_at, Some(at(5000)));
    }
}
