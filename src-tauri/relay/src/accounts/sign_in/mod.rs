//! Adding accounts: by secret or by pasted authorization code, and testing them on the spot. Nothing is half-saved.

mod callback;
mod device;
mod error;
pub mod import;
mod probe;
mod setup;

use carpool_core::{
    attempt::Finding,
    credential::AccountKind,
    name,
    oauth::{Identity, LOGIN_RANDOM_BYTES, Login, OauthClient, PendingLogin, Profile, Tokens},
    options::Options,
    provider::Provider,
    schedule::health::{Charged, Health},
};
use secrecy::SecretString;
use url::Url;

pub use self::{
    callback::Callback,
    device::WaitingDevice,
    error::SignInError,
    probe::{renew, test},
};
use super::{Surroundings, base_url, client_secret_seal, credential_seal, proxy_seal, refresh, refresh_item};
use crate::{
    network::Route,
    store::{
        self,
        accounts::{self, Account, NewAccount, SealedCredential},
        holds,
    },
    upstream,
};

/// A sign-in that waits for its owner.
#[derive(Debug)]
pub enum Begun {
    /// To paste a code, or for the browser to bring it to this machine.
    Code {
        /// The sign-in.
        pending: PendingLogin,
        /// The page the browser is sent back to, where that is on this machine.
        callback: Option<Callback>,
    },
    /// To say yes on another page.
    Device(Box<WaitingDevice>),
}

impl Begun {
    /// The page to sign in on.
    #[must_use]
    pub fn url(&self) -> &Url {
        match self {
            Self::Code { pending, .. } => &pending.authorize_url,
            Self::Device(waiting) => waiting.url(),
        }
    }

    /// The page the browser brings the code to, where that is on this machine.
    #[must_use]
    pub fn callback(&self) -> Option<&Callback> {
        match self {
            Self::Code { callback, .. } => callback.as_ref(),
            Self::Device(_) => None,
        }
    }

    /// The short code to type there, where nothing is pasted.
    #[must_use]
    pub fn user_code(&self) -> Option<&str> {
        match self {
            Self::Code { .. } => None,
            Self::Device(waiting) => Some(waiting.user_code()),
        }
    }
}

/// What tokens are asked for with.
enum Grant<'a> {
    Code(&'a PendingLogin, SecretString),
    Device(&'a WaitingDevice),
}

/// Begins a sign-in.
///
/// # Errors
/// When the provider has none, or its endpoints are not known.
pub async fn begin(
    around: &Surroundings,
    provider: &'static Provider,
    options: &Options,
    proxy: Option<&SecretString>,
) -> Result<Begun, SignInError> {
    let login = provider.login.ok_or(SignInError::NoLogin(provider.label))?;
    let client = oauth_client(around, provider, options, None)?;
    if login.is_by_device() {
        let route = proxy.map(Route::through).transpose()?.unwrap_or_default();
        return Ok(Begun::Device(Box::new(device::begin(around, &login, client, &route).await?)));
    }
    let mut random = [0; LOGIN_RANDOM_BYTES];
    getrandom::fill(&mut random).map_err(SignInError::Random)?;
    let callback = match &client.endpoint.redirect_uri {
        Some(redirect_uri) => Callback::open(redirect_uri).await,
        None => None,
    };
    Ok(Begun::Code { pending: login.begin(client, &random)?, callback })
}

/// The OAuth client that an account signs in with.
pub(super) fn oauth_client<'a>(
    around: &'a Surroundings,
    provider: &'static Provider,
    options: &'a Options,
    secret: Option<&'a SecretString>,
) -> Result<OauthClient<'a>, SignInError> {
    let endpoint = around.endpoints.of(provider.id).ok_or(SignInError::NoLogin(provider.label))?;
    Ok(OauthClient { endpoint, id: options.client_id.as_deref(), secret })
}

/// Ends a sign-in: exchanges the pasted code and saves the account, or signs an existing one of that name in anew,
/// through the proxy it has. Returns the account's id.
///
/// # Errors
/// [`SignInError`]; then nothing was saved.
pub async fn finish(
    around: &Surroundings,
    begun: &Begun,
    pasted: &str,
    account: NewAccount,
) -> Result<i64, SignInError> {
    finish_through(around, begun, pasted, account, None).await
}

/// Does what [`finish`] does, through a proxy that is the account's own from then on.
///
/// # Errors
/// [`SignInError`]; then nothing was saved.
pub async fn finish_through(
    around: &Surroundings,
    begun: &Begun,
    pasted: &str,
    mut account: NewAccount,
    proxy: Option<&SecretString>,
) -> Result<i64, SignInError> {
    name::check(&account.name)?;
    let grant = match begun {
        Begun::Code { pending, callback } => {
            let arrived = callback.as_ref().and_then(Callback::arrived).filter(|_| pasted.trim().is_empty());
            Grant::Code(pending, pending.read_paste(arrived.as_deref().unwrap_or(pasted))?)
        }
        Begun::Device(waiting) => Grant::Device(waiting),
    };
    let login = account.provider.login.ok_or(SignInError::NoLogin(account.provider.label))?;
    let existing = accounts::list(around.store.pool()).await?.into_iter().find(|known| known.name == account.name);
    // An account of another provider or kind stays what it is: its address may not be meant for these tokens.
    let is_same = |known: &Account| known.provider.id == account.provider.id && known.kind == AccountKind::Oauth;
    if existing.as_ref().is_some_and(|known| !is_same(known)) {
        return Err(SignInError::NameTaken(account.name));
    }

    if let Some(known) = &existing {
        account.take_from(known);
        if account.client_secret.is_none() {
            account.client_secret = super::client_secret(around, known)?;
        }
    }
    let client = oauth_client(around, account.provider, &account.options, account.client_secret.as_ref())?;
    let route = match (proxy, &existing) {
        (Some(proxy), _) => Route::through(proxy)?,
        (None, Some(known)) => Route::of(around, known).await?,
        (None, None) => Route::default(),
    };
    let tokens = match grant {
        Grant::Code(pending, code) => {
            refresh::exchange(around, &route, login.exchange(client, pending, &code)?).await?
        }
        Grant::Device(waiting) => waiting.grant(around, &route).await?,
    };
    let id = save(around, &login, existing.as_ref(), account, proxy, &tokens, None).await?;
    set_up_after_sign_in(around, id).await?;
    Ok(id)
}

/// Finds out what the account's calls have to name. Where that fails the account stays, out of service, with the reason.
async fn set_up_after_sign_in(around: &Surroundings, id: i64) -> Result<(), SignInError> {
    let stored = accounts::list(around.store.pool()).await?.into_iter().find(|account| account.id == id);
    // What the owner named is taken as it is; the next test shows whether it is right.
    let Some(account) = stored.filter(|account| account.options.project.is_none()) else { return Ok(()) };
    if let Err(error) = setup::set_up(around, &account).await {
        let now = around.clock.now();
        let mut health = Health::default();
        health.note(&Finding::Blocked(error.to_string()), None, Charged::No, now);
        holds::replace_for_all(around.store.pool(), id, health.holds()).await?;
    }
    Ok(())
}

/// Saves an account that was signed in, or signs `existing` in anew. Returns the account's id.
pub(super) async fn save(
    around: &Surroundings,
    login: &Login,
    existing: Option<&Account>,
    mut account: NewAccount,
    proxy: Option<&SecretString>,
    tokens: &Tokens,
    plan: Option<String>,
) -> Result<i64, SignInError> {
    let Some(refresh_token) = tokens.refresh_token.clone() else { return Err(SignInError::NoRefreshToken) };
    let Identity { profile, project } = (login.identify)(tokens);
    account.kind = AccountKind::Oauth;
    account.profile = Profile { plan: profile.plan.or(plan), ..profile };
    account.options.project = project.or(account.options.project);
    match existing {
        Some(known) => sign_in_again(around, known, &account, proxy, tokens, &refresh_token).await,
        None => save_signed_in(around, &account, proxy, tokens, &refresh_token).await,
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
    put_client_secret(&mut transaction, id, account.client_secret.as_ref(), around).await?;
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
    account: &NewAccount,
    proxy: Option<&SecretString>,
    tokens: &Tokens,
    refresh_token: &SecretString,
) -> Result<i64, SignInError> {
    // A relay that is renewing the old sign-in must not put its tokens over these.
    let _lock = refresh::lock_account(&around.data_dir, known.id).await.map_err(SignInError::Lock)?;
    let generation = accounts::credential(around.store.pool(), known.id).await?.map_or(0, |stored| stored.generation);
    around.vault.put(&refresh_item(known.id), refresh_token).await?;
    let mut transaction = around.store.pool().begin().await?;
    put_proxy(&mut transaction, known.id, proxy, around).await?;
    put_client_secret(&mut transaction, known.id, account.client_secret.as_ref(), around).await?;
    let credential = refresh::seal(around, known.id, generation + 1, tokens);
    accounts::put_credential(&mut transaction, known.id, &credential, around.clock.now()).await?;
    accounts::set_login(&mut transaction, known.id, AccountKind::Oauth, &account.profile).await?;
    accounts::set_options(&mut transaction, known.id, &account.options).await?;
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
    base_url(around, account.provider, account.base_url.as_ref(), &account.options)?;
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

/// Keeps the secret of the owner's own OAuth client, where there is one.
async fn put_client_secret(
    transaction: &mut sqlx::SqliteConnection,
    id: i64,
    secret: Option<&SecretString>,
    around: &Surroundings,
) -> Result<(), sqlx::Error> {
    let Some(secret) = secret else { return Ok(()) };
    accounts::set_client_secret(transaction, id, &around.vault.seal(&client_secret_seal(id), secret)).await
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
