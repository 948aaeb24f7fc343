//! Who is calling: no key, no service, from any address. Loopback is not trusted, because tunnels arrive from it.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

use carpool_core::{
    client_key::{self, KeyDigest},
    refusal::Refusal,
};
use http::{HeaderMap, request::Parts};
use jiff::Timestamp;
use secrecy::SecretString;

use crate::store::client_keys::ClientKey;

/// The keys that are valid now.
#[derive(Debug, Default)]
pub struct Keys(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Found by the first bytes of their digest, and compared whole in constant time.
    buckets: HashMap<u64, Vec<Arc<ClientKey>>>,
    /// What another relay digested its keys with, where some were taken over as it kept them.
    salt: Option<SecretString>,
}

/// The friend, and the key, a call came with.
#[derive(Clone, Debug)]
pub struct Caller(pub Arc<ClientKey>);

impl Keys {
    /// Replaces all keys, and what those of another relay are digested with.
    pub fn replace(&self, keys: Vec<ClientKey>, salt: Option<SecretString>) {
        let mut buckets: HashMap<u64, Vec<Arc<ClientKey>>> = HashMap::with_capacity(keys.len());
        for key in keys {
            buckets.entry(key.digest.bucket()).or_default().push(Arc::new(key));
        }
        *self.0.write().expect("no one panics while holding the keys") = Known { buckets, salt };
    }

    fn find(&self, presented: &SecretString) -> Option<Arc<ClientKey>> {
        let known = self.0.read().expect("no one panics while holding the keys");
        let of_digest = |digest: KeyDigest| {
            known.buckets.get(&digest.bucket())?.iter().find(|key| key.digest.matches(&digest)).cloned()
        };
        let salted = || of_digest(KeyDigest::salted(presented, known.salt.as_ref()?));
        of_digest(client_key::digest_of(presented)).or_else(salted)
    }

    /// Says whether any key lets its friend in now.
    #[must_use]
    pub fn admit_anyone(&self, now: Timestamp) -> bool {
        self.all().iter().any(|key| admits(key, now).is_ok())
    }

    /// All keys.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<ClientKey>> {
        let known = self.0.read().expect("no one panics while holding the keys");
        known.buckets.values().flatten().cloned().collect()
    }
}

/// Finds out who sent a request.
///
/// # Errors
/// [`Refusal`] without a key, with two, with an unknown, expired or paused one.
pub fn authenticate(keys: &Keys, head: &Parts, now: Timestamp) -> Result<Caller, Refusal> {
    let caller = authenticate_friend(keys, &head.headers, head.uri.query(), now)?;
    if caller.0.paused {
        return Err(Refusal::KeyPausedByFriend(caller.0.name.clone()));
    }
    Ok(caller)
}

/// Finds out who sent a request about themselves, which needs no more than a key the owner has nothing against: its friend
/// may have paused it, and nothing is spent.
///
/// # Errors
/// [`Refusal`] without a key, with two, with an unknown or expired one, or one that the owner paused.
pub fn authenticate_friend(
    keys: &Keys,
    headers: &HeaderMap,
    query: Option<&str>,
    now: Timestamp,
) -> Result<Caller, Refusal> {
    let presented = client_key::presented(headers, query).map_err(Refusal::NoKey)?;
    let key = keys.find(&presented).ok_or(Refusal::UnknownKey)?;
    admits(&key, now)?;
    Ok(Caller(key))
}

/// Says whether a key lets its friend in.
fn admits(key: &ClientKey, now: Timestamp) -> Result<(), Refusal> {
    if let Some(expires_at) = key.expires_at.filter(|expires_at| *expires_at <= now) {
        return Err(Refusal::KeyExpired(expires_at));
    }
    if key.friend_paused {
        return Err(Refusal::Paused(key.friend.clone()));
    }
    if key.paused && !key.paused_by_friend {
        return Err(Refusal::Paused(format!("this key ({})", key.name)));
    }
    let of_key = key.limits_fault.as_ref().map(|fault| (fault, format!("this key ({})", key.name)));
    let of_friend = || key.friend_limits_fault.as_ref().map(|fault| (fault, key.friend.clone()));
    if let Some((fault, whose)) = of_key.or_else(of_friend) {
        tracing::error!(key = key.id, fault, "the limits of a key cannot be read; it is refused");
        return Err(Refusal::LimitsUnreadable(whose));
    }
    Ok(())
}
