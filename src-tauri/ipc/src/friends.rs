//! Friends and their keys.

use serde::{Deserialize, Serialize};

use crate::{
    invites::IssuedInvite,
    limits::{KeyTerms, LimitUse, LimitsForm},
    usage::Sums,
};

/// Asks for every friend.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ListFriends {}

/// A friend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Friend {
    /// The row's id.
    pub id: i64,
    /// The name.
    pub name: String,
    /// Whether the owner paused the friend.
    pub paused: bool,
    /// The weight in a shared window, beside the other friends'.
    pub share: f64,
    /// What may be done with all keys together.
    pub limits: LimitsForm,
    /// How far that is used.
    pub uses: Vec<LimitUse>,
    /// Ended calls since midnight.
    pub today: Sums,
    /// Ended calls since the first of the month.
    pub month: Sums,
    /// The keys, by name.
    pub keys: Vec<Key>,
}

/// A client key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The row's id.
    pub id: i64,
    /// The name, e.g. of the device.
    pub name: String,
    /// What may be shown of it, as `cr_12ab…`.
    pub prefix: String,
    /// Whether the owner paused it.
    pub paused: bool,
    /// When it was made.
    pub created_ms: i64,
    /// When it last served a call, to the minute.
    pub last_used_ms: Option<i64>,
    /// What may be done with it.
    pub limits: LimitsForm,
    /// What only a key has.
    pub terms: KeyTerms,
    /// When it ends; `None`: never, or not before its first call.
    pub expires_ms: Option<i64>,
    /// How far what may be done with it is used.
    pub uses: Vec<LimitUse>,
    /// Where it was used, the latest first.
    pub devices: Vec<Device>,
    /// Whether it was lately used from two addresses at nearly the same time, as by two people.
    pub is_shared_hint: bool,
}

/// Where a key was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The program, as its user agent begins.
    pub client: String,
    /// The address it called from.
    pub address: String,
    /// When it was seen first.
    pub first_seen_ms: i64,
    /// When it was seen last.
    pub last_seen_ms: i64,
    /// How many calls came from there.
    pub calls: u64,
}

/// Adds a friend with a first key, or with an invite that becomes one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AddFriend {
    /// The name.
    pub name: String,
    /// What the friend is given.
    pub first: First,
}

/// What a new friend is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum First {
    /// A link, by which the friend gets a key.
    Invite,
    /// A key, which the owner sends.
    Key,
}

/// A new friend.
#[derive(Clone, Serialize, Deserialize)]
pub struct AddedFriend {
    /// The row's id.
    pub id: i64,
    /// What to send.
    pub given: Given,
}

/// What a friend was given, with its secret: shown this once.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// A link.
    Invite(IssuedInvite),
    /// A key.
    Key(IssuedKey),
}

/// Gives a friend another name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RenameFriend {
    /// The friend.
    pub id: i64,
    /// The new name.
    pub name: String,
}

/// Refuses a friend's calls for now, or takes them again.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct PauseFriend {
    /// The friend.
    pub id: i64,
    /// Whether calls are refused.
    pub paused: bool,
}

/// Removes a friend and revokes the keys; the ledger goes on naming both.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct RemoveFriend {
    /// The friend.
    pub id: i64,
}

/// Makes another key for a friend.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CreateKey {
    /// The friend.
    pub friend_id: i64,
    /// Its name, e.g. of the device; empty: the first of laptop, laptop-2, … that is free.
    pub name: String,
}

/// Replaces a key by a new one; the old one stops working at once.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct RotateKey {
    /// The key.
    pub id: i64,
}

/// Replaces every key by a new one; the old ones stop working at once.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct RotateAllKeys {}

/// Asks where to, and writes new keys there as a text. Replies with the path; `None` when the owner thought better of it.
#[derive(Clone, Serialize, Deserialize)]
pub struct SaveKeys {
    /// The keys.
    pub keys: Vec<IssuedKey>,
}

/// A key with its secret: shown this once, stored nowhere.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedKey {
    /// The row's id.
    pub id: i64,
    /// Whose it is.
    pub friend: String,
    /// Its name.
    pub name: String,
    /// The key itself: `cr_` and 64 hex digits.
    pub key: String,
}

/// Refuses a key's calls for now, or takes them again.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct PauseKey {
    /// The key.
    pub id: i64,
    /// Whether calls are refused.
    pub paused: bool,
}

/// Revokes a key for good.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct RevokeKey {
    /// The key.
    pub id: i64,
}
