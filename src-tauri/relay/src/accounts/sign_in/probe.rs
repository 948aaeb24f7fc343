//! Showing that an account works, without cost.

use std::{sync::Arc, time::Duration};

use carpool_core::{
    credential::{AccountKind, Credential},
    oauth::Profile,
    provider::{self, Probe},
};
use http::{Method, StatusCode, Uri};
use tokio_util::task::TaskTracker;

use super::{SignInError, setup};
use crate::{
    accounts::{
        Accounts, Surroundings, base_url, credential_seal,
        question::{Answered, Question, Unanswered},
    },
    network::Route,
    store::{
        accounts::{self, Account},
        holds,
    },
};

/// How long a test may take.
pub(super) const PROBE_TIMEOUT: Duration = Duration::from_secs(30);
/// How much of an answer a test reads.
pub(super) const PROBE_ANSWER: usize = 1024 * 1024;

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
    let profile = setup::set_up(around, account).await?.unwrap_or(profile);
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
    let (method, to, body) = match (account.provider.probe)(account.kind, &account.options) {
        Probe::Profile => (Method::GET, profile_url(around, account)?, None),
        Probe::Get(path) => (Method::GET, address(around, account, &path)?, None),
        Probe::Post(path, body) => (Method::POST, address(around, account, &path)?, Some(body)),
        Probe::Renewal => {
            renew(around, account).await?;
            return Ok(account.profile.clone());
        }
    };
    let question = Question { method, to, body, within: PROBE_TIMEOUT, at_most: PROBE_ANSWER };
    let Answered { status, body } = ask(around, account, question).await?;
    read_probe(around, account, status, &body).await
}

/// Asks an account's provider with what it signs in with now.
pub(super) async fn ask(around: &Surroundings, account: &Account, question: Question) -> Result<Answered, SignInError> {
    let stored = accounts::credential(around.store.pool(), account.id).await?.ok_or(SignInError::NoCredential)?;
    let credential = Credential {
        kind: account.kind,
        secret: around.vault.unseal(&credential_seal(account.id), &stored.sealed)?,
        expires_at: stored.expires_at,
        generation: stored.generation,
    };
    let route = Route::of(around, account).await?;
    question.ask(around, account, &route, &credential).await.map_err(|error| match error {
        Unanswered::Secret(error) => error.into(),
        Unanswered::Way(error) => error.into(),
        Unanswered::Unreachable(_) | Unanswered::TooLong => SignInError::Unreachable(error.to_string()),
    })
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

pub(super) fn address(around: &Surroundings, account: &Account, path: &str) -> Result<Uri, SignInError> {
    let base = base_url(around, account.provider, account.base_url.as_ref(), &account.options)?;
    provider::join_target(&base, path).map_err(|_| SignInError::NoAddress)
}

fn profile_url(around: &Surroundings, account: &Account) -> Result<Uri, SignInError> {
    let endpoint = around.endpoints.of(account.provider.id);
    let url = endpoint.and_then(|endpoint| endpoint.profile_url.as_ref()).ok_or(SignInError::NoAddress)?;
    url.as_str().parse().map_err(|_| SignInError::NoAddress)
}
