//! Taking over friends, keys and history from another relay, all of it or nothing.
//!
//! A dry run does the same and takes it back at the end, so that it shows exactly what would be done. What was taken over
//! before is known by its id there and stays as it is, whatever the owner made of it since.

use std::collections::BTreeMap;

use carpool_core::{
    client_key::KeyDigest,
    import::{BadExport, Export, ImportedKey, Used},
    period::{self, Bar, Month},
};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sqlx::SqliteConnection;

use crate::{
    accounts::Surroundings,
    people::free_name,
    store::{
        self, SqlError,
        imports::{self, KnownKey, NewKey, Place},
        settings,
    },
    vault::VaultError,
};

/// Where everything is from.
const SOURCE: &str = "claude-relay-service";
/// What is shown of a key that was taken over without itself.
const NO_PREFIX: &str = "not given";
/// What is shown of a key that was taken over as that relay keeps it.
const HASH_PREFIX: &str = "as it was";
/// The setting that holds the secret which that relay digested its keys with, sealed, in hex.
const SALT: &str = "imported_salt";
/// What it is bound to.
const SALT_SEAL: &str = "settings/imported-salt";
/// How much of a key may be shown.
const SHOWN_CHARS: usize = 11;

/// Whether it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It is only shown what would be done.
    Shown,
    /// It is done.
    Done,
}

/// What was done, or would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Each key.
    pub keys: Vec<KeyReport>,
    /// What is in the file and is not taken over.
    pub left_out: Vec<String>,
}

/// What became of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyReport {
    /// Its name there.
    pub source: String,
    /// Its friend here.
    pub friend: String,
    /// Its name here.
    pub key: String,
    /// Whether it was added.
    pub outcome: Outcome,
    /// Whether the friend was.
    pub friend_added: bool,
    /// Whether the key goes on working: it was given, or that relay's secret was, and it was not switched off there.
    pub works: bool,
    /// Days of history that were added.
    pub days: usize,
    /// Months of history that were added, of which no days are known.
    pub months: usize,
    /// What of it is not taken over, in words.
    pub left_out: Vec<String>,
}

/// What became of a key itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was added.
    Added,
    /// It was there, and now has what it hashes to.
    SecretAdded,
    /// It was there.
    Known,
}

/// Why nothing was taken over.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is no export.
    #[error(transparent)]
    Export(#[from] BadExport),
    /// A key that was given is in use here.
    #[error("the key that was given for '{0}' is in use here already")]
    KeyInUse(String),
    /// Another secret of that relay's is in use.
    #[error(
        "keys were taken over with another ENCRYPTION_KEY, and go on working by it: leave this one out, and give the keys \
         themselves"
    )]
    OtherSalt,
    /// A key that was given does not hash to what the export has.
    #[error("the ENCRYPTION_KEY is not that of this export, or the key that was given for '{0}' is not that key")]
    WrongSalt(String),
    /// What is stored of that relay's secret cannot be unsealed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers: {0}")]
    Random(getrandom::Error),
    /// The database refused.
    #[error("the database refused")]
    Store(#[from] SqlError),
}

impl ImportError {
    /// The error's name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Export(_) => "bad_export",
            Self::OtherSalt | Self::WrongSalt(_) => "bad_encryption_key",
            Self::Vault(error) => error.code(),
            Self::KeyInUse(_) => "key_in_use",
            Self::Random(_) => "no_randomness",
            Self::Store(_) => "database",
        }
    }
}

/// What keys of another relay are digested with, where some were taken over as it kept them.
///
/// # Errors
/// When the database refuses. One that cannot be unsealed lets no such key in.
pub(crate) async fn salt(around: &Surroundings) -> Result<Option<SecretString>, SqlError> {
    let salt = stored_salt(around).await;
    match salt {
        Err(ImportError::Store(error)) => Err(error),
        Err(error) => {
            tracing::error!(%error, "keys of another relay cannot be told");
            Ok(None)
        }
        Ok(salt) => Ok(salt),
    }
}

async fn stored_salt(around: &Surroundings) -> Result<Option<SecretString>, ImportError> {
    let Some(stored) = settings::get(around.store.pool(), SALT).await? else { return Ok(None) };
    let sealed = hex::decode(stored).map_err(|error| SqlError::Decode(Box::new(error)))?;
    Ok(Some(around.vault.unseal(SALT_SEAL, &sealed)?))
}

/// Takes over what an export holds. With the secret that the other relay digested its keys with, all of them go on working.
///
/// # Errors
/// [`ImportError`]; then nothing was taken over.
pub async fn import(
    around: &Surroundings,
    export: &Export,
    salt: Option<&SecretString>,
    doing: Doing,
) -> Result<Report, ImportError> {
    let stored = stored_salt(around).await?;
    if let Some(salt) = salt {
        check_salt(export, salt, stored.as_ref())?;
    }
    let now = around.clock.now();
    let zone = TimeZone::system();
    let months = months(export);
    let mut transaction = around.store.pool().begin_with("BEGIN IMMEDIATE").await?;
    let mut keys = Vec::new();
    for key in &export.keys {
        let (mut report, ids) = take_key(&mut transaction, key, given(key, salt), now).await?;
        let taking = Taking { ids, now };
        let days =
            key.days.iter().map(|used| (period::days(used.when, used.when.saturating_add(1.day()), &zone), used));
        let (added, left) = taking.history(&mut transaction, days).await?;
        report.days = added;
        report.left_out.extend(says(left, "days of use: Carpool has calls of its own there, or they are not over"));
        let rests = key.months.iter().map(|used| (rest_of(used.when, &months, &zone), used));
        let (added, left) = taking.history(&mut transaction, rests).await?;
        report.months = added;
        report.left_out.extend(says(left, "months of use: Carpool has calls of its own there, or they are not over"));
        keys.push(report);
    }
    if let Some(salt) = salt.filter(|_| stored.is_none()) {
        let sealed = hex::encode(around.vault.seal(SALT_SEAL, salt));
        settings::put_within(&mut transaction, SALT, &sealed).await?;
    }
    match doing {
        Doing::Done => transaction.commit().await?,
        Doing::Shown => transaction.rollback().await?,
    }
    Ok(Report { keys, left_out: export.left_out.clone() })
}

/// What a key hashes to and what may be shown of it, where that can be told.
fn given(key: &ImportedKey, salt: Option<&SecretString>) -> Option<(KeyDigest, String)> {
    let plain = key.secret.as_deref().map(|secret| (KeyDigest::of(secret), shown(secret)));
    let as_it_was = || salt.and(key.hash).map(|hash| (KeyDigest(hash), HASH_PREFIX.to_owned()));
    plain.or_else(as_it_was)
}

/// Keys that are given show whether the secret is that of the export; and there is room for one.
fn check_salt(export: &Export, salt: &SecretString, stored: Option<&SecretString>) -> Result<(), ImportError> {
    if stored.is_some_and(|stored| stored.expose_secret() != salt.expose_secret()) {
        return Err(ImportError::OtherSalt);
    }
    let is_wrong = |key: &&ImportedKey| match (&key.secret, key.hash) {
        (Some(secret), Some(hash)) => !KeyDigest::salted(&secret.as_str().into(), salt).matches(&KeyDigest(hash)),
        (Some(_) | None, _) => false,
    };
    match export.keys.iter().find(is_wrong) {
        Some(key) => Err(ImportError::WrongSalt(key.source_name.clone())),
        None => Ok(()),
    }
}

/// Takes over a key without its history.
async fn take_key(
    connection: &mut SqliteConnection,
    key: &ImportedKey,
    given: Option<(KeyDigest, String)>,
    now: Timestamp,
) -> Result<(KeyReport, [i64; 2]), ImportError> {
    let mut report = KeyReport {
        source: key.source_name.clone(),
        friend: key.friend.clone(),
        key: key.name.clone(),
        outcome: Outcome::Known,
        friend_added: false,
        works: given.is_some() && key.is_active,
        days: 0,
        months: 0,
        left_out: key.left_out.clone(),
    };
    let in_use =
        |error| if store::is_taken(&error) { ImportError::KeyInUse(key.source_name.clone()) } else { error.into() };
    if let Some(KnownKey { key_id, friend_id, has_secret }) = imports::known(connection, SOURCE, &key.source_id).await?
    {
        report.works = has_secret && key.is_active;
        if let Some((digest, prefix)) = given.filter(|_| !has_secret)
            && imports::give_secret(connection, key_id, digest, &prefix, NO_PREFIX).await.map_err(in_use)?
        {
            report.outcome = Outcome::SecretAdded;
            report.works = key.is_active;
        }
        return Ok((report, [friend_id, key_id]));
    }
    let friend_id = match imports::friend(connection, &key.friend).await? {
        Some(id) => id,
        None => {
            report.friend_added = true;
            imports::add_friend(connection, &key.friend, now).await?
        }
    };
    report.key = free_name(Some(&key.name), &imports::key_names(connection, friend_id).await?);
    report.outcome = Outcome::Added;
    let has_secret = given.is_some();
    let (digest, prefix) = match given {
        Some(given) => given,
        None => (unknown_key()?, NO_PREFIX.to_owned()),
    };
    let new = NewKey {
        source: [SOURCE, &key.source_id],
        friend_id,
        name: &report.key,
        digest,
        prefix: &prefix,
        has_secret,
        limits: &key.limits,
        expiry: key.expiry,
        paused: !key.is_active,
        created_at: key.created_at.unwrap_or(now),
    };
    let key_id = imports::add_key(connection, &new).await.map_err(in_use)?;
    Ok((report, [friend_id, key_id]))
}

/// Takes over the history of one key.
struct Taking {
    /// The friend's and the key's.
    ids: [i64; 2],
    now: Timestamp,
}

impl Taking {
    /// Adds what a key used in spans, and returns how many spans were added and how many were left out.
    async fn history<'a, When: 'a>(
        &self,
        connection: &mut SqliteConnection,
        used: impl Iterator<Item = (Bar, &'a Used<When>)>,
    ) -> Result<(usize, usize), SqlError> {
        let mut spans: BTreeMap<Timestamp, (Bar, Vec<&Used<When>>)> = BTreeMap::new();
        for (span, used) in used {
            spans.entry(span.start).or_insert_with(|| (span, Vec::new())).1.push(used);
        }
        let (mut added, mut left) = (0, 0);
        for (span, parts) in spans.into_values() {
            let place = if span.start < span.end && span.end <= self.now {
                imports::place(connection, span, self.ids[1]).await?
            } else {
                Place::Own
            };
            match place {
                Place::Known => continue,
                Place::Own => {
                    left += 1;
                    continue;
                }
                Place::Free => imports::add_span(connection, span, SOURCE).await?,
                Place::Shared => {}
            }
            for part in parts {
                let used = (part.model.as_deref(), &part.amount);
                imports::add_use(connection, span, self.ids, SOURCE, used).await?;
            }
            added += 1;
        }
        Ok((added, left))
    }
}

/// The first day of each month of which days are known, of any key: what is known of a month alone was before that.
fn months(export: &Export) -> BTreeMap<Month, Date> {
    let mut first: BTreeMap<Month, Date> = BTreeMap::new();
    for day in export.keys.iter().flat_map(|key| &key.days).map(|used| used.when) {
        let earliest = first.entry(Month::of(day)).or_insert(day);
        *earliest = day.min(*earliest);
    }
    first
}

/// The days of a month that are before those that are known.
fn rest_of(month: Month, first_days: &BTreeMap<Month, Date>, zone: &TimeZone) -> Bar {
    let end = first_days.get(&month).copied().unwrap_or(month.end());
    period::days(month.first_day(), end, zone)
}

fn says(count: usize, words: &str) -> Option<String> {
    (count > 0).then(|| format!("{count} {words}"))
}

/// What may be shown of a key.
fn shown(secret: &str) -> String {
    secret.chars().take(SHOWN_CHARS).collect()
}

/// What no key hashes to that anybody has.
fn unknown_key() -> Result<KeyDigest, ImportError> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(ImportError::Random)?;
    Ok(KeyDigest(random))
}
