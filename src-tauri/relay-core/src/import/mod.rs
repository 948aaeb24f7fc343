//! Moving over from another relay: what its export holds, in Carpool's own terms, and what of it has none.
//!
//! Nothing is guessed: a limit that Carpool does not have is named and left out, and what was used elsewhere is history,
//! which counts against no cap and in no statement.

pub mod claude_relay;
mod fields;
mod limits;
mod usage;

use std::num::NonZeroU32;

use jiff::{Timestamp, civil::Date};

use crate::{limits::Limits, period::Month, price::PicoUsd};

/// What an export holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Export {
    /// The keys that were not deleted, by friend and name.
    pub keys: Vec<ImportedKey>,
    /// What is in the file and is not taken over, in words.
    pub left_out: Vec<String>,
}

/// A key, whose it is, what it may do, and what it was used for.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedKey {
    /// Its id there.
    pub source_id: String,
    /// Its name there.
    pub source_name: String,
    /// The friend.
    pub friend: String,
    /// The key.
    pub name: String,
    /// Whether it worked.
    pub is_active: bool,
    /// The key itself, where the export holds it.
    pub secret: Option<String>,
    /// What that relay keeps of it.
    pub hash: Option<[u8; 32]>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it stops working.
    pub expiry: Expiry,
    /// What it may do.
    pub limits: Limits,
    /// What else was set there, in words.
    pub left_out: Vec<String>,
    /// What it was used for, by day and model.
    pub days: Vec<Used<Date>>,
    /// What it was used for in months of which not all days are known, less those days; by month and model.
    pub months: Vec<Used<Month>>,
}

/// When a key stops working.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expiry {
    /// Never.
    #[default]
    Never,
    /// Then.
    At(Timestamp),
    /// So many days after its first use.
    AfterFirstUse(NonZeroU32),
}

/// What a key was used for within a time, with one model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Used<When> {
    /// The time.
    pub when: When,
    /// The model; `None`: it is not known.
    pub model: Option<String>,
    /// How much.
    pub amount: Amount,
}

/// How much was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Calls.
    pub calls: i64,
    /// Uncached input tokens.
    pub input: i64,
    /// Tokens read from a cache.
    pub cache_read: i64,
    /// Tokens written to one for five minutes.
    pub cache_write_5m: i64,
    /// Tokens written to one for an hour.
    pub cache_write_1h: i64,
    /// Output tokens.
    pub output: i64,
    /// What it cost at list price; `None`: it was not written down.
    pub cost: Option<PicoUsd>,
}

/// Why a file is no export.
#[derive(Debug, thiserror::Error)]
pub enum BadExport {
    /// It is a table.
    #[error("this is a CSV file, which lacks most of it: export as JSON (data-transfer-enhanced.js export)")]
    Csv,
    /// It is no JSON.
    #[error("this is no JSON file")]
    Json(#[source] serde_json::Error),
    /// It is some other JSON.
    #[error("this is no export of claude-relay-service: it has no {0}")]
    Lacks(&'static str),
    /// A version that is not known.
    #[error(
        "the export has the version {0}, and 1.0 and 2.0 are known: export with a version of claude-relay-service of 2026"
    )]
    Version(String),
    /// A key in it cannot be read.
    #[error("the key '{key}' in the export cannot be read: {why}")]
    Key {
        /// Its name or id there.
        key: String,
        /// Why.
        why: String,
    },
    /// A line of a file with keys is none.
    #[error("line {0} of the keys is no name, a tab and a key")]
    Line(usize),
    /// A key is so short that it could be guessed.
    #[error("the key in line {0} of the keys has fewer than 32 characters")]
    Short(usize),
    /// A key was given for a name that the export does not have, or has twice.
    #[error("the keys name '{name}', and the export has {found}: name a key by its id or name there")]
    Name {
        /// The name that was given.
        name: String,
        /// What the export has.
        found: &'static str,
    },
}

#[cfg(test)]
mod tests;
