//! What the owner is told without asking: alerts when something is not as it should be, and a digest each week; on the
//! desktop, where there is one, and by webhooks.
//!
//! A running relay looks once a minute, beside the calls and never in their way. What it found, what is told of it, and that
//! it was told, are written together: after a restart nothing is told twice, and what was not yet sent is sent.

mod letters;
mod watch;
pub mod webhooks;
mod week;

use carpool_core::{
    alert::{Event, Rules},
    digest::{Digest, Schedule},
    statement::Language,
};
use serde::{Deserialize, Serialize};
use sqlx::SqlitePool;

pub(crate) use self::watch::Watching;
pub use self::{
    letters::{send_now, test_note},
    week::digest,
};
use crate::store::{SqlError, settings};

/// The setting that holds what the owner wants to be told of, in JSON.
const ALERTS: &str = "alerts";
/// The setting that says until when digests were told: the day that the last one's week ended before.
const DIGEST_TOLD: &str = "digest_told";
/// The window's setting for its language.
const LANGUAGE: &str = "language";

/// What the owner wants to be told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertSettings {
    /// The rules of alerts.
    pub rules: Rules,
    /// When the digest is due; `None` for never.
    pub digest: Option<Schedule>,
}

impl Default for AlertSettings {
    fn default() -> Self {
        Self { rules: Rules::default(), digest: Some(Schedule::default()) }
    }
}

/// Something to tell on the desktop.
#[derive(Clone, Debug)]
pub enum Told {
    /// An episode began, or is over.
    Alert(Event),
    /// A week.
    Digest(Digest),
}

/// What the owner wants to be told of.
///
/// # Errors
/// When SQLite refuses, or holds what is none of it.
pub async fn settings(pool: &SqlitePool) -> Result<AlertSettings, SqlError> {
    Ok(settings::record(pool, ALERTS).await?.unwrap_or_default())
}

/// Changes what the owner wants to be told of. A digest whose time is changed is told when it is due next.
///
/// # Errors
/// When SQLite refuses.
pub async fn set_settings(pool: &SqlitePool, new: &AlertSettings) -> Result<(), SqlError> {
    if settings(pool).await?.digest != new.digest {
        settings::put(pool, DIGEST_TOLD, "").await?;
    }
    settings::put_record(pool, ALERTS, new).await
}

/// The language in which webhooks are told: the one the owner chose for the window, or else English.
///
/// # Errors
/// When SQLite refuses.
pub async fn language(pool: &SqlitePool) -> Result<Language, SqlError> {
    let tag = settings::get(pool, LANGUAGE).await?;
    let is_chinese = tag.is_some_and(|tag| tag.starts_with("zh"));
    Ok(if is_chinese { Language::Chinese } else { Language::English })
}
