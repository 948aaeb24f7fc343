//! Accounts and the credentials that sign them in. Refresh tokens are not here but in the vault.

use std::time::Duration;

use carpool_core::{
    credential::AccountKind,
    oauth::Profile,
    options::Options,
    provider::{self, Provider},
};
use jiff::Timestamp;
use secrecy::SecretString;
use sqlx::{FromRow, Row, SqlitePool, sqlite::SqliteRow};
use url::Url;

use super::{millis, timestamp};

/// The priority of an account whose owner did not choose one.
pub const PRIORITY: i64 = 50;

/// An account that was not removed, as stored.
#[derive(Clone, Debug)]
pub struct Account {
    /// The row's id.
    pub id: i64,
    /// Its name, unique among accounts.
    pub name: String,
    /// Where it is an account.
    pub provider: &'static Provider,
    /// How it signs in.
    pub kind: AccountKind,
    /// Where its calls go instead of the provider's own address.
    pub base_url: Option<Url>,
    /// The sealed address of the proxy its calls go through.
    pub proxy_sealed: Option<Vec<u8>>,
    /// Lower is chosen first.
    pub priority: i64,
    /// The most calls at once; 0 means any number.
    pub max_concurrency: u32,
    /// The least time between the sending of two calls; none if zero.
    pub spacing: Duration,
    /// Whether the owner took it out of service.
    pub is_paused: bool,
    /// Grows when a command changes what keeps it out.
    pub holds_version: i64,
    /// Whose account it is, where known.
    pub profile: Profile,
    /// What it is set to.
    pub options: Options,
    /// The sealed secret of the owner's own OAuth client, where it signs in with one.
    pub client_secret_sealed: Option<Vec<u8>>,
}

/// A credential, as stored.
#[derive(Clone, Debug)]
pub struct SealedCredential {
    /// Grows with each renewal.
    pub generation: i64,
    /// The sealed API key, setup token or access token.
    pub sealed: Vec<u8>,
    /// When an access token ends.
    pub expires_at: Option<Timestamp>,
}

impl FromRow<'_, SqliteRow> for Account {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let provider: String = row.try_get("provider")?;
        let kind: String = row.try_get("kind")?;
        let base_url: Option<String> = row.try_get("base_url")?;
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            provider: provider::find(&provider)
                .ok_or_else(|| sqlx::Error::Decode(format!("unknown provider '{provider}'").into()))?,
            kind: kind.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
            base_url: base_url
                .map(|url| Url::parse(&url))
                .transpose()
                .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
            proxy_sealed: row.try_get("proxy_sealed")?,
            priority: row.try_get("priority")?,
            max_concurrency: row.try_get("max_concurrency")?,
            spacing: Duration::from_millis(row.try_get("spacing_ms")?),
            is_paused: row.try_get("paused")?,
            holds_version: row.try_get("holds_version")?,
            profile: Profile { email: row.try_get("email")?, plan: row.try_get("plan")? },
            options: serde_json::from_str(row.try_get("options")?)
                .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
            client_secret_sealed: row.try_get("client_secret_sealed")?,
        })
    }
}

/// What a new account is made of, besides its secrets.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its name.
    pub name: String,
    /// Where it is an account.
    pub provider: &'static Provider,
    /// How it signs in.
    pub kind: AccountKind,
    /// Where its calls go instead of the provider's own address.
    pub base_url: Option<Url>,
    /// Lower is chosen first.
    pub priority: i64,
    /// The most calls at once; 0 means any number.
    pub max_concurrency: u32,
    /// Whose account it is, where known.
    pub profile: Profile,
    /// What it is set to.
    pub options: Options,
    /// The secret of the owner's own OAuth client, where it signs in with one.
    pub client_secret: Option<SecretString>,
}

impl NewAccount {
    /// An account of this name at a provider, with nothing set.
    #[must_use]
    pub fn named(name: String, provider: &'static Provider, kind: AccountKind) -> Self {
        Self {
            name,
            provider,
            kind,
            base_url: None,
            priority: PRIORITY,
            max_concurrency: 0,
            profile: Profile::default(),
            options: Options::default(),
            client_secret: None,
        }
    }

    /// Keeps what an account that is signed in anew is set to already, unless it is said again.
    pub fn take_from(&mut self, known: &Account) {
        if self.options == Options::default() {
            self.options = known.options.clone();
        }
    }
}

/// All accounts that were not removed, by priority and name.
///
/// # Errors
/// When SQLite refuses.
pub async fn list(pool: &SqlitePool) -> Result<Vec<Account>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, name, provider, kind, base_url, proxy_sealed, priority, max_concurrency, spacing_ms, paused,
                holds_version, email, plan, options, client_secret_sealed
         FROM accounts WHERE removed_at IS NULL ORDER BY priority, name",
    )
    .fetch_all(pool)
    .await
}

/// Begins an account inside a transaction and returns its id, so that its secrets can be sealed under it before anyone
/// sees it.
///
/// # Errors
/// When the name is taken ([`super::is_taken`]) or SQLite refuses.
pub(crate) async fn insert(
    transaction: &mut sqlx::SqliteConnection,
    account: &NewAccount,
    now: Timestamp,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO accounts
         (name, provider, kind, base_url, priority, max_concurrency, email, plan, options, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(&account.name)
    .bind(account.provider.id)
    .bind(account.kind.as_str())
    .bind(account.base_url.as_ref().map(Url::as_str))
    .bind(account.priority)
    .bind(account.max_concurrency)
    .bind(account.profile.email.as_deref())
    .bind(account.profile.plan.as_deref())
    .bind(written(&account.options))
    .bind(millis(now))
    .fetch_one(transaction)
    .await
}

fn written(options: &Options) -> String {
    serde_json::to_string(options).expect("options are words and lists of words")
}

/// Sets what an account is set to.
///
/// # Errors
/// When SQLite refuses.
pub async fn set_options(
    connection: &mut sqlx::SqliteConnection,
    id: i64,
    options: &Options,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE accounts SET options = ? WHERE id = ?")
        .bind(written(options))
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Sets the sealed secret of the OAuth client an account signs in with.
pub(crate) async fn set_client_secret(
    connection: &mut sqlx::SqliteConnection,
    id: i64,
    sealed: &[u8],
) -> Result<(), sqlx::Error> {
    let update = sqlx::query("UPDATE accounts SET client_secret_sealed = ? WHERE id = ?");
    update.bind(sealed).bind(id).execute(connection).await?;
    Ok(())
}

/// Sets the sealed address of an account's proxy.
pub(crate) async fn set_proxy(
    transaction: &mut sqlx::SqliteConnection,
    id: i64,
    sealed: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE accounts SET proxy_sealed = ? WHERE id = ?").bind(sealed).bind(id).execute(transaction).await?;
    Ok(())
}

/// Stores what an account signs in with from now on. It takes effect only when it is newer than what is there.
pub(crate) async fn put_credential(
    connection: &mut sqlx::SqliteConnection,
    id: i64,
    credential: &SealedCredential,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO credentials (account_id, generation, sealed, expires_at, updated_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (account_id) DO UPDATE
         SET generation = excluded.generation, sealed = excluded.sealed, expires_at = excluded.expires_at,
             updated_at = excluded.updated_at
         WHERE excluded.generation > credentials.generation",
    )
    .bind(id)
    .bind(credential.generation)
    .bind(&credential.sealed)
    .bind(credential.expires_at.map(millis))
    .bind(millis(now))
    .execute(connection)
    .await?;
    Ok(())
}

/// What an account signs in with.
///
/// # Errors
/// When SQLite refuses.
pub async fn credential(pool: &SqlitePool, id: i64) -> Result<Option<SealedCredential>, sqlx::Error> {
    let row: Option<(i64, Vec<u8>, Option<i64>)> =
        sqlx::query_as("SELECT generation, sealed, expires_at FROM credentials WHERE account_id = ?")
            .bind(id)
            .fetch_optional(pool)
            .await?;
    Ok(row.map(|(generation, sealed, expires_at)| SealedCredential {
        generation,
        sealed,
        expires_at: expires_at.map(timestamp),
    }))
}

/// Changes how an account signs in, when its owner signs in anew.
pub(crate) async fn set_login(
    connection: &mut sqlx::SqliteConnection,
    id: i64,
    kind: AccountKind,
    profile: &Profile,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE accounts SET kind = ?, email = COALESCE(?, email), plan = COALESCE(?, plan) WHERE id = ?")
        .bind(kind.as_str())
        .bind(profile.email.as_deref())
        .bind(profile.plan.as_deref())
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes whose account it is.
///
/// # Errors
/// When SQLite refuses.
pub async fn set_profile(pool: &SqlitePool, id: i64, profile: &Profile) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE accounts SET email = COALESCE(?, email), plan = COALESCE(?, plan) WHERE id = ?")
        .bind(profile.email.as_deref())
        .bind(profile.plan.as_deref())
        .bind(id)
        .execute(pool)
        .await?;
    Ok(())
}

/// Gives an account another name.
///
/// # Errors
/// When the name is taken ([`super::is_taken`]) or SQLite refuses.
pub(crate) async fn rename(pool: &SqlitePool, id: i64, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE accounts SET name = ? WHERE id = ?").bind(name).bind(id).execute(pool).await?;
    Ok(())
}

/// Pauses or resumes an account.
///
/// # Errors
/// When SQLite refuses.
pub async fn set_paused(pool: &SqlitePool, id: i64, paused: bool) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE accounts SET paused = ? WHERE id = ?").bind(paused).bind(id).execute(pool).await?;
    Ok(())
}

/// Changes how an account takes its part; what is `None` stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tuning {
    /// Lower is chosen first.
    pub priority: Option<i64>,
    /// The most calls at once; 0 means any number.
    pub max_concurrency: Option<u32>,
    /// The least time between the sending of two calls; none if zero.
    pub spacing: Option<Duration>,
}

/// Changes how an account takes its part.
///
/// # Errors
/// When SQLite refuses; then it is as it was.
pub async fn tune(pool: &SqlitePool, id: i64, tuning: Tuning) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE accounts SET priority = COALESCE(?, priority), max_concurrency = COALESCE(?, max_concurrency),
                spacing_ms = COALESCE(?, spacing_ms) WHERE id = ?",
    )
    .bind(tuning.priority)
    .bind(tuning.max_concurrency)
    .bind(tuning.spacing.map(|spacing| i64::try_from(spacing.as_millis()).unwrap_or(i64::MAX)))
    .bind(id)
    .execute(pool)
    .await?;
    Ok(())
}

/// Puts accounts in this order: each gets the next priority number of a row that leaves room between.
///
/// # Errors
/// When SQLite refuses; then the order is as it was.
pub async fn arrange(pool: &SqlitePool, ids: &[i64]) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    for (priority, id) in (1_i64..).zip(ids) {
        sqlx::query("UPDATE accounts SET priority = ? WHERE id = ?")
            .bind(priority * 10)
            .bind(id)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}

/// Removes an account with its credential; the ledger goes on naming it.
///
/// # Errors
/// When SQLite refuses; then nothing is removed.
pub async fn remove(pool: &SqlitePool, id: i64, now: Timestamp) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query("DELETE FROM credentials WHERE account_id = ?").bind(id).execute(&mut *transaction).await?;
    for table in ["DELETE FROM account_holds WHERE account_id = ?", "DELETE FROM account_groups WHERE account_id = ?"] {
        sqlx::query(table).bind(id).execute(&mut *transaction).await?;
    }
    sqlx::query("UPDATE accounts SET removed_at = ?, proxy_sealed = NULL, client_secret_sealed = NULL WHERE id = ?")
        .bind(millis(now))
        .bind(id)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}
