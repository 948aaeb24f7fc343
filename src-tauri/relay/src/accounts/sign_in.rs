//! Adding accounts: by secret or by pasted authorization code, and testing them on the spot. Nothing is half-saved.

use std::{sync::Arc, time::Duration};

use carpool_core::{
    credential::{AccountKind, Credential},
    name::{self, BadName},
    oauth::{LOGIN_RANDOM_BYTES, PasteError, PendingLogin, Tokens},
    provider::{self, MissingEndpoint, NotASecret, Probe, Profile, Provider, UnsendableSecret},
};
use http::{HeaderMap, StatusCode};
use secrecy::SecretString;
use tokio_util::task::TaskTracker;
use url::Url;

use super::{
    Accounts, RefreshError, Surroundings, credential_seal, proxy_seal, refresh, refresh::ExchangeError, refresh_item,
};
use crate::{
    network::Route,
    store::{
        self, StoreError,
        accounts::{self, Account, NewAccount, SealedCredential},
        holds,
    },
    upstream::{self, WayError},
    vault::VaultError,
};

/// How long a test may take.
const PROBE_TIMEOUT: Duration = Duration::from_secs(30);
/// How much of an answer a test reads.
const PROBE_ANSWER: usize = 64 * 1024;

/// Why an account was not added or did not pass its test.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The pasted text is of no use.
    #[error(transparent)]
    Paste(#[from] PasteError),
    /// The secret cannot be one of the provider's.
    #[error(transparent)]
    Secret(#[from] NotASecret),
    /// The secret cannot be sent.
    #[error(transparent)]
    Unsendable(#[from] UnsendableSecret),
    /// The token endpoint gave no tokens.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// The grant cannot be renewed, so it would end within hours.
    #[error("the provider granted no refresh token, so this sign-in would end within hours; nothing was saved")]
    NoRefreshToken,
    /// The provider has no sign-in.
    #[error("{0} has no sign-in by code: add it with its API key (`carpool account add`)")]
    NoLogin(&'static str),
    /// The providers file lacks a field.
    #[error(transparent)]
    Endpoint(#[from] MissingEndpoint),
    /// The account has no address.
    #[error("the provider has no api_base: pass --base-url")]
    NoAddress,
    /// The proxy address cannot be used, or there is no way to the provider that may be taken.
    #[error(transparent)]
    Way(#[from] WayError),
    /// Another account has that name.
    #[error("there is an account named '{0}' already: choose another name, or remove that one first")]
    NameTaken(String),
    /// The account has no credential.
    #[error("the account has no credential: sign in again")]
    NoCredential,
    /// The provider did not accept the credential.
    #[error("the provider refused the account (HTTP {status}): {text}")]
    Refused {
        /// The status it answered.
        status: u16,
        /// What it said, shortened.
        text: String,
    },
    /// The provider could not be reached.
    #[error("the provider could not be reached ({0})")]
    Unreachable(String),
    /// The account's lock cannot be taken.
    #[error("the account's lock file in the data folder cannot be used")]
    Lock(#[source] std::io::Error),
    /// The vault refused.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database refused.
    #[error("the database refused")]
    Store(#[from] sqlx::Error),
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers: {0}")]
    Random(getrandom::Error),
    /// The accounts cannot be read.
    #[error(transparent)]
    Load(StoreError),
    /// The name cannot be one.
    #[error(transparent)]
    Name(#[from] BadName),
    /// The sign-in could not be renewed.
    #[error(transparent)]
    Refresh(#[from] RefreshError),
    /// Not every kind of sign-in can be renewed.
    #[error("'{0}' is signed in by {1}, which is not renewed")]
    NotRenewable(String, AccountKind),
}

impl SignInError {
    /// The error's name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Paste(error) => error.code(),
            Self::Secret(_) | Self::Unsendable(_) => "not_a_secret",
            Self::Exchange(ExchangeError::Token(error)) => error.code(),
            Self::Exchange(ExchangeError::Unreachable(_)) => "token_endpoint_unreachable",
            Self::Exchange(ExchangeError::Way(error)) | Self::Way(error) => error.code(),
            Self::NoRefreshToken => "no_refresh_token",
            Self::NoLogin(_) => "no_login",
            Self::Endpoint(_) | Self::NoAddress => "missing_endpoint",
            Self::NameTaken(_) => "name_taken",
            Self::NoCredential => "no_credential",
            Self::Refused { .. } => "account_refused",
            Self::Unreachable(_) => "provider_unreachable",
            Self::Lock(_) => "data_folder",
            Self::Vault(error) => error.code(),
            Self::Store(_) => "database",
            Self::Random(_) => "no_randomness",
            Self::Load(error) => error.code(),
            Self::Name(_) => "bad_name",
            Self::Refresh(_) => "refresh_failed",
            Self::NotRenewable(..) => "not_renewable",
        }
    }
}

/// Begins a sign-in by pasted code.
///
/// # Errors
/// When the provider has none, or its endpoints are not known.
pub fn begin(around: &Surroundings, provider: &'static Provider) -> Result<PendingLogin, SignInError> {
    let login = provider.login.ok_or(SignInError::NoLogin(provider.label))?;
    let endpoint = around.endpoints.of(provider.id).ok_or(SignInError::NoLogin(provider.label))?;
    let mut random = [0; LOGIN_RANDOM_BYTES];
    getrandom::fill(&mut random).map_err(SignInError::Random)?;
    Ok((login.begin)(endpoint, &random)?)
}

/// Ends a sign-in: exchanges the pasted code and saves the account, or signs an existing one of that name in anew,
/// through the proxy it has. Returns the account's id.
///
/// # Errors
/// [`SignInError`]; then nothing was saved.
pub async fn finish(
    around: &Surroundings,
    pending: &PendingLogin,
    pasted: &str,
    account: NewAccount,
) -> Result<i64, SignInError> {
    finish_through(around, pending, pasted, account, None).await
}

/// Does what [`finish`] does, through a proxy that is the account's own from then on.
///
/// # Errors
/// [`SignInError`]; then nothing was saved.
pub async fn finish_through(
    around: &Surroundings,
    pending: &PendingLogin,
    pasted: &str,
    mut account: NewAccount,
    proxy: Option<&SecretString>,
) -> Result<i64, SignInError> {
    name::check(&account.name)?;
    let code = pending.read_paste(pasted)?;
    let login = account.provider.login.ok_or(SignInError::NoLogin(account.provider.label))?;
    let endpoint = around.endpoints.of(account.provider.id).ok_or(SignInError::NoAddress)?;
    let existing = accounts::list(around.store.pool()).await?.into_iter().find(|known| known.name == account.name);
    // An account of another provider or kind stays what it is: its address may not be meant for these tokens.
    let is_same = |known: &Account| known.provider.id == account.provider.id && known.kind == AccountKind::Oauth;
    if existing.as_ref().is_some_and(|known| !is_same(known)) {
        return Err(SignInError::NameTaken(account.name));
    }

    let request = (login.exchange)(endpoint, pending, &code)?;
    let route = match (proxy, &existing) {
        (Some(proxy), _) => Route::through(proxy)?,
        (None, Some(known)) => Route::of(around, known).await?,
        (None, None) => Route::default(),
    };
    let tokens = refresh::exchange(around, &route, request).await?;
    let Some(refresh_token) = tokens.refresh_token.clone() else { return Err(SignInError::NoRefreshToken) };
    account.kind = AccountKind::Oauth;
    account.profile.email.clone_from(&tokens.email);
    match existing {
        Some(known) => sign_in_again(around, &known, proxy, &tokens, &refresh_token).await,
        None => save_signed_in(around, &account, proxy, &tokens, &refresh_token).await,
    }
}

async fn save_signed_in(
    around: &Surroundings,
    account: &NewAccount,
    proxy: Option<&SecretString>,
    tokens: &Tokens,
    refresh_token: &SecretString,
) -> Result<i64, SignInError> {
    let mut transaction = around.store.pool().begin().await?;
    let id = insert(&mut transaction, account, around).await?;
    put_proxy(&mut transaction, id, proxy, around).await?;
    let credential = refresh::seal(around, id, 1, tokens);
    accounts::put_credential(&mut transaction, id, &credential, around.clock.now()).await?;
    // The vault comes between the rows and their commit: if it refuses, the rows go; if the commit fails, its item goes.
    around.vault.put_within(&mut transaction, &refresh_item(id), refresh_token).await?;
    if let Err(error) = transaction.commit().await {
        around.vault.delete(&refresh_item(id)).await?;
        return Err(error.into());
    }
    Ok(id)
}

async fn sign_in_again(
    around: &Surroundings,
    known: &Account,
    proxy: Option<&SecretString>,
    tokens: &Tokens,
    refresh_token: &SecretString,
) -> Result<i64, SignInError> {
    // A relay that is renewing the old sign-in must not put its tokens over these.
    let _lock = refresh::lock_account(&around.data_dir, known.id).await.map_err(SignInError::Lock)?;
    let generation = accounts::credential(around.store.pool(), known.id).await?.map_or(0, |stored| stored.generation);
    let profile = Profile { email: tokens.email.clone(), plan: None };
    around.vault.put(&refresh_item(known.id), refresh_token).await?;
    let mut transaction = around.store.pool().begin().await?;
    put_proxy(&mut transaction, known.id, proxy, around).await?;
    let credential = refresh::seal(around, known.id, generation + 1, tokens);
    accounts::put_credential(&mut transaction, known.id, &credential, around.clock.now()).await?;
    accounts::set_login(&mut transaction, known.id, AccountKind::Oauth, &profile).await?;
    holds::clear_within(&mut transaction, known.id).await?;
    transaction.commit().await?;
    Ok(known.id)
}

/// Adds an account by API key or setup token and returns its id.
///
/// # Errors
/// [`SignInError`]; then nothing was saved.
pub async fn add_by_secret(
    around: &Surroundings,
    mut account: NewAccount,
    secret: &SecretString,
    proxy: Option<&SecretString>,
) -> Result<i64, SignInError> {
    name::check(&account.name)?;
    account.kind = (account.provider.kind_of_secret)(secret)?;
    if let Some(proxy) = proxy {
        upstream::check_proxy(proxy)?;
    }
    let mut transaction = around.store.pool().begin().await?;
    let id = insert(&mut transaction, &account, around).await?;
    let credential =
        SealedCredential { generation: 1, sealed: around.vault.seal(&credential_seal(id), secret), expires_at: None };
    accounts::put_credential(&mut transaction, id, &credential, around.clock.now()).await?;
    put_proxy(&mut transaction, id, proxy, around).await?;
    transaction.commit().await?;
    Ok(id)
}

/// Gives an account its proxy, where one was named.
async fn put_proxy(
    transaction: &mut sqlx::SqliteConnection,
    id: i64,
    proxy: Option<&SecretString>,
    around: &Surroundings,
) -> Result<(), sqlx::Error> {
    let Some(proxy) = proxy else { return Ok(()) };
    accounts::set_proxy(transaction, id, &around.vault.seal(&proxy_seal(id), proxy)).await
}

async fn insert(
    transaction: &mut sqlx::SqliteConnection,
    account: &NewAccount,
    around: &Surroundings,
) -> Result<i64, SignInError> {
    accounts::insert(transaction, account, around.clock.now()).await.map_err(|error| {
        if store::is_taken(&error) { SignInError::NameTaken(account.name.clone()) } else { error.into() }
    })
}

/// Gives an account another name.
///
/// # Errors
/// When it cannot be a name, is taken, or the database refuses; then nothing changes.
pub async fn rename(around: &Surroundings, account: i64, name: &str) -> Result<(), SignInError> {
    name::check(name)?;
    accounts::rename(around.store.pool(), account, name)
        .await
        .map_err(|error| if store::is_taken(&error) { SignInError::NameTaken(name.to_owned()) } else { error.into() })
}

/// Removes an account, with its secrets.
///
/// # Errors
/// When the database or the vault refuses.
pub async fn remove(around: &Surroundings, account: i64) -> Result<(), SignInError> {
    accounts::remove(around.store.pool(), account, around.clock.now()).await?;
    Ok(around.vault.delete(&refresh_item(account)).await?)
}

/// Shows that an account works, without cost, after renewing a sign-in that is over; it may serve again then. Notes whose
/// it is where that can be told.
///
/// # Errors
/// [`SignInError`] that says what is wrong with it.
pub async fn test(around: &Surroundings, account: &Account) -> Result<Profile, SignInError> {
    let stored = accounts::credential(around.store.pool(), account.id).await?;
    let is_over = stored.and_then(|stored| stored.expires_at).is_some_and(|end| end <= around.clock.now());
    if is_over {
        renew(around, account).await?;
    }
    let profile = probe(around, account).await?;
    holds::end_by_test(around.store.pool(), account.id).await?;
    Ok(profile)
}

/// Renews an account's sign-in now.
///
/// # Errors
/// [`SignInError`] when it has none that can be renewed, or that fails.
pub async fn renew(around: &Surroundings, account: &Account) -> Result<(), SignInError> {
    if account.kind != AccountKind::Oauth {
        return Err(SignInError::NotRenewable(account.name.clone(), account.kind));
    }
    // Accounts of its own: the flights of a relay, in this process or another, are kept apart by the account's lock.
    let live = Accounts::load(around.clone(), TaskTracker::new(), Arc::default()).await.map_err(SignInError::Load)?;
    Ok(live.renew_by_id(account.id).await?)
}

async fn probe(around: &Surroundings, account: &Account) -> Result<Profile, SignInError> {
    let stored = accounts::credential(around.store.pool(), account.id).await?.ok_or(SignInError::NoCredential)?;
    let credential = Credential {
        kind: account.kind,
        secret: around.vault.unseal(&credential_seal(account.id), &stored.sealed)?,
        expires_at: stored.expires_at,
        generation: stored.generation,
    };
    let route = Route::of(around, account).await?;

    let mut headers = HeaderMap::new();
    (account.provider.authorize)(&credential, &mut headers)?;
    let (to, body) = match (account.provider.probe)(account.kind) {
        Probe::Profile => (profile_url(around, account)?.to_string(), None),
        Probe::Post(path, body) => (address(around, account, path)?, Some(body)),
    };
    let client = around.upstream.client(&route, &to)?;
    let request = match body {
        None => client.get(to),
        Some(body) => client.post(to).header(http::header::CONTENT_TYPE, "application/json").body(body),
    };
    let unreachable = |error| SignInError::Unreachable(upstream::cause(error));
    let mut answer = request.headers(headers).timeout(PROBE_TIMEOUT).send().await.map_err(unreachable)?;
    let body = upstream::read_at_most(&mut answer, PROBE_ANSWER).await.map_err(unreachable)?;
    read_probe(around, account, answer.status(), &body).await
}

async fn read_probe(
    around: &Surroundings,
    account: &Account,
    status: StatusCode,
    body: &[u8],
) -> Result<Profile, SignInError> {
    if !status.is_success() {
        let text = String::from_utf8_lossy(body).chars().take(300).collect();
        return Err(SignInError::Refused { status: status.as_u16(), text });
    }
    let read = account.provider.login.map(|login| login.read_profile);
    let profile = read.and_then(|read| read(body)).unwrap_or_default();
    if profile != Profile::default() {
        accounts::set_profile(around.store.pool(), account.id, &profile).await?;
    }
    Ok(profile)
}

fn address(around: &Surroundings, account: &Account, path: &str) -> Result<String, SignInError> {
    let shipped = || around.endpoints.of(account.provider.id).and_then(|endpoint| endpoint.api_base.clone());
    let base = account.base_url.clone().or_else(shipped).ok_or(SignInError::NoAddress)?;
    provider::join(&base, path, None).map(|address| address.to_string()).map_err(|_| SignInError::NoAddress)
}

fn profile_url(around: &Surroundings, account: &Account) -> Result<Url, SignInError> {
    let endpoint = around.endpoints.of(account.provider.id);
    endpoint.and_then(|endpoint| endpoint.profile_url.clone()).ok_or(SignInError::NoAddress)
}
