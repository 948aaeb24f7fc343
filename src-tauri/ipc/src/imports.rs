//! Moving over from another relay.

use serde::{Deserialize, Serialize};

/// Lets the owner choose an export of claude-relay-service, and tells what would become of it; `None`: none was chosen.
/// Nothing is changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LookAtExport {
    /// The keys that go on working: a name or id there, a tab, and the key, a line each; empty: none.
    pub keys: String,
    /// The secret that the other relay digested its keys with: then all go on working; empty: it is not given.
    pub encryption_key: String,
}

/// Takes an export over, all of it or nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TakeExport {
    /// The file that was looked at.
    pub path: String,
    /// The keys that go on working, likewise.
    pub keys: String,
    /// The secret that the other relay digested its keys with, likewise.
    pub encryption_key: String,
}

/// What an export holds, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The file.
    pub path: String,
    /// Each key.
    pub keys: Vec<ImportedKey>,
    /// What is not taken over of the file, in English.
    pub left_out: Vec<String>,
}

/// A key, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedKey {
    /// Its name there.
    pub source: String,
    /// Its friend.
    pub friend: String,
    /// Its name here.
    pub key: String,
    /// Whether it was there already.
    pub is_known: bool,
    /// Whether it goes on working.
    pub works: bool,
    /// Days of its history.
    pub days: usize,
    /// Months of it of which no days are known.
    pub months: usize,
    /// What is not taken over of it, in English.
    pub left_out: Vec<String>,
}
