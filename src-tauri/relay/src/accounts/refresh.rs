//! Renewing a sign-in: one flight per account, in this process and among all that share the data folder, because a
//! refresh token that is used twice may sign everybody out. What was granted is kept before it is used.

use std::{fs::File, io, path::Path, sync::Arc, time::Duration};

use carpool_core::{
    credential::Freshness,
    oauth::{TokenError, TokenRequest, Tokens},
    schedule::AccountId,
};
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use http::{HeaderMap, StatusCode, header};
use jiff::SignedDuration;
use secrecy::ExposeSecret;

use super::{Accounts, LiveAccount, Surroundings, client_secret, credential_seal, refresh_item, sign_in::oauth_client};
use crate::{
    network::Route,
    store::accounts::{self, SealedCredential},
    upstream,
};

/// How long a token endpoint may take in all.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(30);
/// How long an access token lives whose answer does not say.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(3600);
/// The largest token answer that is read.
const MAX_TOKEN_ANSWER: usize = 1024 * 1024;

/// A renewal under way, which any number of calls may wait for.
pub(super) type Flight = Shared<BoxFuture<'static, Result<(), RefreshError>>>;

/// Takes a flight off its account when it is over, however it ends, so that there can be another.
struct Landing<'a>(&'a LiveAccount);

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        self.0.vitals.refresh.lock().expect("no one panics while holding a flight").take();
    }
}

/// Why a sign-in was not renewed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RefreshError {
    /// It is over: the owner has to sign in again.
    #[error("the account needs login: {0}")]
    SignedOut(String),
    /// It may work later; the account stays as it is.
    #[error("the sign-in could not be renewed: {0}")]
    Unavailable(String),
}

impl Accounts {
    /// The renewal of this account that is under way, or a new one. It goes on even if nobody waits for it.
    pub(super) fn refresh_flight(self: &Arc<Self>, account: &Arc<LiveAccount>) -> Flight {
        let mut slot = account.vitals.refresh.lock().expect("no one panics while holding a flight");
        if let Some(flight) = slot.as_ref() {
            return flight.clone();
        }
        let (accounts, seen) = (Arc::clone(self), Arc::clone(account));
        let task = self.tasks.spawn(async move {
            let _landing = Landing(&seen);
            let outcome = accounts.refresh(&seen).await;
            seen.vitals.condition().renewed(outcome.is_ok(), accounts.around.clock.now());
            if let Err(RefreshError::SignedOut(reason)) = &outcome {
                accounts.mark_signed_out(&seen, reason).await;
            }
            outcome
        });
        let flight = task
            .map(|joined| {
                joined.unwrap_or_else(|_| Err(RefreshError::Unavailable("the renewal was cut short".to_owned())))
            })
            .boxed()
            .shared();
        *slot = Some(flight.clone());
        flight
    }

    async fn refresh(self: &Arc<Self>, seen: &LiveAccount) -> Result<(), RefreshError> {
        let unavailable = |error: &dyn std::error::Error| RefreshError::Unavailable(error.to_string());
        let id = seen.account.id;
        let _lock = lock_account(&self.around.data_dir, id).await.map_err(|error| unavailable(&error))?;

        // Another process may have renewed it while this one waited for the lock.
        self.reload().await.map_err(|error| unavailable(&error))?;
        let account = self.find(AccountId(id)).ok_or_else(|| RefreshError::SignedOut("it was removed".to_owned()))?;
        let is_renewed = account.credential.as_ref().is_some_and(|credential| {
            credential.generation > seen.generation()
                && credential.freshness(self.around.clock.now()) != Freshness::Expired
        });
        if is_renewed {
            return Ok(());
        }
        let tokens = self.ask(&account).await?;
        keep(&self.around, id, account.generation() + 1, tokens).await.map_err(|error| unavailable(&*error))?;
        self.reload().await.map_err(|error| unavailable(&error))
    }

    async fn ask(&self, account: &LiveAccount) -> Result<Tokens, RefreshError> {
        let unavailable = |error: &dyn std::error::Error| RefreshError::Unavailable(error.to_string());
        let (id, provider) = (account.account.id, account.account.provider);
        let login = provider
            .login
            .filter(|_| account.account.kind == carpool_core::credential::AccountKind::Oauth)
            .ok_or_else(|| RefreshError::SignedOut("its credential is refused and cannot be renewed".to_owned()))?;
        let secret = client_secret(&self.around, &account.account).map_err(|error| unavailable(&error))?;
        let client = oauth_client(&self.around, provider, &account.account.options, secret.as_ref());
        let client = client.map_err(|error| unavailable(&error))?;
        let refresh_token = self
            .around
            .vault
            .get(&refresh_item(id))
            .await
            .map_err(|error| unavailable(&error))?
            .ok_or_else(|| RefreshError::SignedOut("its refresh token is not in the vault".to_owned()))?;
        let request = login.refresh(client, &refresh_token).map_err(|error| unavailable(&error))?;
        exchange(&self.around, &account.route, request).await.map_err(|error| match error {
            ExchangeError::Token(TokenError::InvalidGrant(reason)) => RefreshError::SignedOut(reason),
            error => unavailable(&error),
        })
    }
}

/// Why a token endpoint gave no tokens.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// It said so.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// It could not be asked.
    #[error("the token endpoint could not be reached ({0})")]
    Unreachable(String),
    /// There is no way to it that may be taken.
    #[error(transparent)]
    Way(#[from] upstream::WayError),
}

/// Asks a token endpoint for tokens.
pub(super) async fn exchange(
    around: &Surroundings,
    route: &Route,
    request: TokenRequest,
) -> Result<Tokens, ExchangeError> {
    let (status, headers, body) = send(around, route, request).await?;
    Ok(carpool_core::oauth::read_token_answer(status, &headers, &body)?)
}

/// Sends a request to a token endpoint and returns its answer, whatever it is.
pub(super) async fn send(
    around: &Surroundings,
    route: &Route,
    request: TokenRequest,
) -> Result<(StatusCode, HeaderMap, Vec<u8>), ExchangeError> {
    let unreachable = |error| ExchangeError::Unreachable(upstream::cause(error));
    let mut answer = around
        .upstream
        .client(route, request.url.as_str())?
        .post(request.url)
        .timeout(TOKEN_TIMEOUT)
        .header(header::CONTENT_TYPE, request.media_type)
        .header(header::ACCEPT, "application/json")
        .body(request.body.expose_secret().to_owned())
        .send()
        .await
        .map_err(unreachable)?;
    let body = upstream::read_at_most(&mut answer, MAX_TOKEN_ANSWER).await.map_err(unreachable)?;
    if body.len() > MAX_TOKEN_ANSWER {
        return Err(TokenError::NotATokenAnswer(answer.status().as_u16()).into());
    }
    Ok((answer.status(), answer.headers().clone(), body))
}

/// Keeps what was granted, the refresh token first: an access token can be had again, a refresh token cannot.
async fn keep(
    around: &Surroundings,
    account: i64,
    generation: i64,
    tokens: Tokens,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    if let Some(refresh_token) = &tokens.refresh_token {
        around.vault.put(&refresh_item(account), refresh_token).await?;
    }
    let credential = seal(around, account, generation, &tokens);
    let mut connection = around.store.pool().acquire().await?;
    accounts::put_credential(&mut connection, account, &credential, around.clock.now()).await?;
    Ok(())
}

/// Seals a granted access token for the database.
pub(super) fn seal(around: &Surroundings, account: i64, generation: i64, tokens: &Tokens) -> SealedCredential {
    let lifetime =
        SignedDuration::try_from(tokens.expires_in.unwrap_or(DEFAULT_LIFETIME)).unwrap_or(SignedDuration::MAX);
    let expires_at = around.clock.now().checked_add(lifetime).unwrap_or(jiff::Timestamp::MAX);
    SealedCredential {
        generation,
        sealed: around.vault.seal(&credential_seal(account), &tokens.access_token),
        expires_at: Some(expires_at),
    }
}

/// Takes the lock of an account's sign-in among all processes that share the data folder.
pub(super) async fn lock_account(data_dir: &Path, account: i64) -> io::Result<File> {
    let path = data_dir.join(format!("account-{account}.lock"));
    let locked = tokio::task::spawn_blocking(move || {
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        file.lock()?;
        Ok(file)
    });
    locked.await.map_err(io::Error::other)?
}
