//! Invites, as the owner makes and takes them back, and as a friend redeems one for a key.

use std::sync::{Mutex, MutexGuard};

use carpool_core::{
    client_key::NewKey,
    invite::{self, Code, LONGEST_LIFE, NewCode, RANDOM_BYTES, SecretDigest},
    name,
};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use sqlx::SqlitePool;

use crate::{
    House,
    accounts::Surroundings,
    people::{self, IssuedKey, PeopleError},
    store::invites::{self, Invite, Standing, Terms},
};

/// An invite with its secret, which is stored nowhere.
#[derive(Debug)]
pub struct NewInvite {
    /// The row's id.
    pub id: i64,
    /// What finds it.
    pub code: Code,
    /// What opens it.
    pub secret: SecretString,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

impl NewInvite {
    /// The link that is sent to the friend, who reaches this relay at `base`, e.g. `https://host`.
    #[must_use]
    pub fn link(&self, base: &str) -> SecretString {
        invite::link(base, &self.code, &self.secret)
    }
}

/// Why an invite was not made or taken back.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// The key cannot be called so, or something else refused.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// It would be good for no time, or for too long.
    #[error("an invite is good for 1 to {} hours", LONGEST_LIFE.as_hours())]
    Life,
    /// It was redeemed already: the friend has the key.
    #[error("this invite was redeemed: the friend has its key; revoke the key instead")]
    Used,
    /// It was taken back before.
    #[error("this invite was revoked before")]
    Revoked,
    /// There is none.
    #[error("there is no such invite")]
    Unknown,
}

impl InviteError {
    /// The error's name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::People(error) => error.code(),
            Self::Life => "bad_time",
            Self::Used => "invite_used",
            Self::Revoked => "invite_revoked",
            Self::Unknown => "not_found",
        }
    }
}

impl From<sqlx::Error> for InviteError {
    fn from(error: sqlx::Error) -> Self {
        Self::People(error.into())
    }
}

/// Makes an invite for a friend, good for `life`.
///
/// # Errors
/// [`InviteError`]; then nothing was made.
pub async fn create(
    around: &Surroundings,
    friend_id: i64,
    terms: &Terms,
    life: SignedDuration,
) -> Result<NewInvite, InviteError> {
    if let Some(name) = &terms.name {
        name::check(name).map_err(PeopleError::from)?;
    }
    if !life.is_positive() || life > LONGEST_LIFE {
        return Err(InviteError::Life);
    }
    let mut random = [0; RANDOM_BYTES];
    getrandom::fill(&mut random).map_err(PeopleError::Random)?;
    let NewCode { code, secret, digest } = NewCode::from_random(random);
    let now = around.clock.now();
    let expires_at = now + life;
    let new = invites::NewInvite { friend_id, code: &code, digest, terms, expires_at };
    let id = invites::insert(around.store.pool(), new, now).await?;
    Ok(NewInvite { id, code, secret, expires_at })
}

/// All invites, the newest first.
///
/// # Errors
/// When the database refuses.
pub async fn list(around: &Surroundings) -> Result<Vec<Invite>, InviteError> {
    Ok(invites::list(around.store.pool()).await?)
}

/// Takes an invite back, so that nobody can redeem it.
///
/// # Errors
/// [`InviteError`] when it is over already.
pub async fn revoke(around: &Surroundings, id: i64) -> Result<(), InviteError> {
    let now = around.clock.now();
    if invites::revoke(around.store.pool(), id, now).await? {
        return Ok(());
    }
    let all = list(around).await?;
    let found = all.iter().find(|invite| invite.id == id);
    Err(found.map_or(InviteError::Unknown, |invite| match invite.standing(now) {
        Standing::Redeemed => InviteError::Used,
        _ => InviteError::Revoked,
    }))
}

/// Until when the last of the open invites is good, as the relay last read it.
#[derive(Debug, Default)]
pub(crate) struct Invited(Mutex<Option<Timestamp>>);

impl Invited {
    /// Reads it anew.
    ///
    /// # Errors
    /// When the database refuses; then it is as it was.
    pub(crate) async fn read(&self, pool: &SqlitePool) -> Result<(), sqlx::Error> {
        let until = invites::open_until(pool).await?;
        *self.until() = until;
        Ok(())
    }

    fn is_anyone(&self, now: Timestamp) -> bool {
        self.until().is_some_and(|until| now < until)
    }

    fn until(&self) -> MutexGuard<'_, Option<Timestamp>> {
        self.0.lock().expect("no one panics while holding a time")
    }
}

impl House {
    /// Says whether there is anybody whom the port could serve: a friend with a key, or one who may get it by an open
    /// invite. While there is not, no tunnel is opened to it.
    #[must_use]
    pub fn admits_anyone(&self) -> bool {
        let now = self.clock.now();
        self.keys.admit_anyone(now) || self.invited.is_anyone(now)
    }
}

/// A key that a friend got for an invite.
#[derive(Debug)]
pub(crate) struct Welcome {
    pub(crate) friend: String,
    pub(crate) key: IssuedKey,
    pub(crate) expires_at: Option<Timestamp>,
}

/// Why an invite was not redeemed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotRedeemed {
    /// There is none of that code, or the secret is not its own: nobody may find out which.
    #[error("this invite is not known")]
    Unknown,
    /// With the right secret: it was redeemed.
    #[error("this invite was redeemed before")]
    Used,
    /// With the right secret: it is over.
    #[error("this invite expired")]
    Expired,
    /// With the right secret: the owner took it back.
    #[error("the owner took this invite back")]
    Revoked,
    /// Something refused.
    #[error(transparent)]
    Failed(#[from] PeopleError),
}

/// Redeems an invite for a key, once.
///
/// # Errors
/// [`NotRedeemed`]; then there is no key.
pub(crate) async fn redeem(around: &Surroundings, code: &Code, secret: &SecretString) -> Result<Welcome, NotRedeemed> {
    let (pool, now) = (around.store.pool(), around.clock.now());
    let found = invites::find(pool, code).await.map_err(PeopleError::from)?;
    // The same work whether there is such an invite or not.
    let stored = found.as_ref().map_or(SecretDigest::NONE, |invite| invite.digest);
    let is_right = stored.matches(&SecretDigest::of(secret));
    let invite = found.filter(|_| is_right).ok_or(NotRedeemed::Unknown)?;
    match invite.standing(now) {
        Standing::Open => {}
        Standing::Redeemed => return Err(NotRedeemed::Used),
        Standing::Expired => return Err(NotRedeemed::Expired),
        Standing::Revoked => return Err(NotRedeemed::Revoked),
    }
    let NewKey { key, digest, prefix } = people::new_key()?;
    let choose_name = |taken: &[String]| people::free_name(invite.key_name.as_deref(), taken);
    let made = invites::redeem(pool, invite.id, (digest, &prefix), choose_name, now).await;
    let made = made.map_err(PeopleError::from)?.ok_or(NotRedeemed::Used)?;
    let key = IssuedKey { id: made.id, name: made.name, prefix, key };
    Ok(Welcome { friend: invite.friend, key, expires_at: made.expires_at })
}
