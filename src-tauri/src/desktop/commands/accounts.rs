//! Accounts at providers.

use std::sync::Arc;

use carpool_core::{
    credential::AccountKind,
    oauth::Profile,
    provider::{self, PROVIDERS},
    schedule::AccountId,
};
use carpool_ipc::{
    Failure,
    accounts::{
        Account, AddAccount, BeginLogin, ClearAccount, FinishLogin, ImportLogin, ListAccounts, Login, PauseAccount,
        RemoveAccount, RenameAccount, TestAccount, Tested,
    },
    providers::ListProviders,
};
use carpool_relay::{
    House,
    accounts::sign_in::{self, SignInError},
    store::{
        accounts::{self, NewAccount},
        friends, groups, holds,
        usage::{self, Whose},
    },
};
use jiff::tz::TimeZone;
use secrecy::SecretString;
use tauri::{AppHandle, State};
use url::Url;

use super::{
    super::{host::Host, login::Waiting, periods},
    Reply,
    account_options::{read_options, shown_options, shown_provider},
    shown::{self, failed, found, refused, taken_up},
    status::open,
    windows::{Names, shown_window},
};
use crate::failure;

type TheHost<'a> = State<'a, Arc<Host>>;

#[tauri::command]
pub(in super::super) async fn providers(ask: ListProviders) -> Reply<ListProviders> {
    let ListProviders {} = ask;
    Ok(PROVIDERS.iter().map(|provider| shown_provider(provider)).collect())
}

#[tauri::command]
pub(in super::super) async fn accounts(ask: ListAccounts, host: TheHost<'_>) -> Reply<ListAccounts> {
    let ListAccounts {} = ask;
    listed(&*host.house()?).await
}

#[tauri::command]
pub(in super::super) async fn begin_login(ask: BeginLogin, host: TheHost<'_>, app: AppHandle) -> Reply<BeginLogin> {
    begin(&host, &app, ask).await
}

#[tauri::command]
pub(in super::super) async fn finish_login(ask: FinishLogin, host: TheHost<'_>) -> Reply<FinishLogin> {
    finish(&host, ask).await
}

#[tauri::command]
pub(in super::super) async fn import_login(ask: ImportLogin, host: TheHost<'_>) -> Reply<ImportLogin> {
    import(&*host.house()?, ask).await
}

#[tauri::command]
pub(in super::super) async fn add_account(ask: AddAccount, host: TheHost<'_>) -> Reply<AddAccount> {
    add(&*host.house()?, ask).await
}

#[tauri::command]
pub(in super::super) async fn test_account(ask: TestAccount, host: TheHost<'_>) -> Reply<TestAccount> {
    test(&*host.house()?, ask.id).await
}

#[tauri::command]
pub(in super::super) async fn rename_account(ask: RenameAccount, host: TheHost<'_>) -> Reply<RenameAccount> {
    sign_in::rename(host.house()?.around(), ask.id, ask.name.trim()).await.map_err(failed)
}

#[tauri::command]
pub(in super::super) async fn pause_account(ask: PauseAccount, host: TheHost<'_>) -> Reply<PauseAccount> {
    let house = host.house()?;
    accounts::set_paused(house.around().store.pool(), ask.id, ask.paused).await.map_err(refused)?;
    taken_up(&house).await
}

#[tauri::command]
pub(in super::super) async fn clear_account(ask: ClearAccount, host: TheHost<'_>) -> Reply<ClearAccount> {
    let house = host.house()?;
    holds::clear(house.around().store.pool(), ask.id).await.map_err(refused)?;
    taken_up(&house).await
}

#[tauri::command]
pub(in super::super) async fn remove_account(ask: RemoveAccount, host: TheHost<'_>) -> Reply<RemoveAccount> {
    sign_in::remove(host.house()?.around(), ask.id).await.map_err(failed)
}

fn known_provider(id: &str) -> Result<&'static provider::Provider, Failure> {
    found(provider::find(id))
}

/// All of them, as the window shows them.
pub(in super::super) async fn listed(house: &House) -> Result<Vec<Account>, Failure> {
    let pool = house.around().store.pool();
    let midnight = periods::day(&house.around().clock.now().to_zoned(TimeZone::system()));
    let today = usage::by_id(pool, Whose::Accounts, midnight).await.map_err(refused)?;
    let stored = accounts::list(pool).await.map_err(refused)?;
    let friends = friends::list(pool).await.map_err(refused)?;
    let names: Names = friends.into_iter().map(|friend| (friend.id, friend.name)).collect();
    let shared = house.accounts().shared();
    let all_groups = groups::list(pool).await.map_err(refused)?;
    // One that was added this moment is not in use yet; the next list shows it.
    let shown = stored.into_iter().filter_map(|account| {
        let now = house.accounts().snapshot(AccountId(account.id))?;
        let divided = shared.iter().find(|shared| shared.account.0 == account.id);
        let of_account = all_groups.iter().filter(|(_, ids)| ids.contains(&account.id));
        Some(Account {
            id: account.id,
            provider: account.provider.id.to_owned(),
            provider_label: account.provider.label.to_owned(),
            kind: shown::kind(account.kind),
            verdict: shown::verdict(&now.standing),
            reason: now.standing.reason().map(str::to_owned),
            until_ms: now.standing.until().map(|at| at.as_millisecond()),
            limited: now.limited_families.iter().map(shown::limited_family).collect(),
            email: account.profile.email,
            plan: account.profile.plan,
            base_url: account.base_url.as_ref().map(Url::to_string),
            options: shown_options(&account.options),
            has_proxy: account.proxy_sealed.is_some(),
            priority: account.priority,
            in_flight: now.in_flight,
            max_concurrency: account.max_concurrency,
            spacing_ms: u64::try_from(account.spacing.as_millis()).unwrap_or(u64::MAX),
            groups: of_account.map(|(name, _)| name.clone()).collect(),
            troubles: now.troubles.into_iter().map(shown::trouble).collect(),
            today: today.get(&account.id).map(shown::sums).unwrap_or_default(),
            windows: now.windows.iter().map(|window| shown_window(window, divided, &names)).collect(),
            name: account.name,
        })
    });
    Ok(shown.collect())
}

/// Begins a sign-in and opens its page. Where no browser opens, the owner opens the page by hand.
async fn begin(host: &Host, app: &AppHandle, ask: BeginLogin) -> Result<Login, Failure> {
    let (house, provider) = (host.house()?, known_provider(&ask.provider)?);
    let options = read_options(&ask.options)?;
    let client_secret = Some(ask.client_secret).filter(|secret| !secret.is_empty()).map(SecretString::from);
    let begun = sign_in::begin(house.around(), provider, &options, None).await.map_err(failed)?;
    let (authorize_url, user_code) = (begun.url().to_string(), begun.user_code().map(str::to_owned));
    let comes_back = begun.callback().is_some();
    let opened = open(app, &authorize_url);
    if let Err(failure) = &opened {
        tracing::info!(reason = failure.message, "no browser opened");
    }
    let login = host.logins.keep(Waiting { provider, begun, options, client_secret });
    Ok(Login { login, authorize_url, user_code, comes_back, is_opened: opened.is_ok() })
}

async fn finish(host: &Host, ask: FinishLogin) -> Result<Tested, Failure> {
    let (house, waiting) = (host.house()?, host.logins.find(ask.login)?);
    let account = NewAccount {
        options: waiting.options.clone(),
        client_secret: waiting.client_secret.clone(),
        ..new_account(&ask.name, waiting.provider, AccountKind::Oauth, None)
    };
    let id = sign_in::finish(house.around(), &waiting.begun, &ask.pasted, account).await.map_err(failed)?;
    host.logins.forget(ask.login);
    let account = stored(&house, id).await?;
    let outcome = prove(&house, &account).await;
    Ok(tested(account, outcome))
}

async fn import(house: &House, ask: ImportLogin) -> Result<Tested, Failure> {
    let provider = known_provider(&ask.provider)?;
    let login = found(provider.local_login)?;
    let file = found(sign_in::import::file_of(login))?;
    let account = NewAccount {
        options: read_options(&ask.options)?,
        client_secret: Some(ask.client_secret).filter(|secret| !secret.is_empty()).map(SecretString::from),
        ..new_account(&ask.name, provider, AccountKind::Oauth, None)
    };
    let id = sign_in::import::import(house.around(), login, &file, account, None).await.map_err(failed)?;
    let account = stored(house, id).await?;
    let outcome = prove(house, &account).await;
    Ok(tested(account, outcome))
}

async fn add(house: &House, ask: AddAccount) -> Result<Tested, Failure> {
    let provider = known_provider(&ask.provider)?;
    let account = NewAccount {
        options: read_options(&ask.options)?,
        ..new_account(&ask.name, provider, AccountKind::ApiKey, read_base_url(ask.base_url.trim())?)
    };
    let secret = ask.secret.trim().to_owned().into();
    let id = sign_in::add_by_secret(house.around(), account, &secret, None).await.map_err(failed)?;
    let account = stored(house, id).await?;
    match prove(house, &account).await {
        // A secret that does not work is not worth keeping; one that could not be tried is.
        Err(error @ SignInError::Refused { .. }) => {
            sign_in::remove(house.around(), id).await.map_err(failed)?;
            Err(failed(error))
        }
        outcome => Ok(tested(account, outcome)),
    }
}

async fn test(house: &House, id: i64) -> Result<Tested, Failure> {
    let account = stored(house, id).await?;
    let profile = prove(house, &account).await.map_err(failed)?;
    Ok(tested(account, Ok(profile)))
}

/// Tests an account; the relay knows at once what came of it.
async fn prove(house: &House, account: &accounts::Account) -> Result<Profile, SignInError> {
    let outcome = sign_in::test(house.around(), account).await;
    house.reload().await.map_err(SignInError::Load)?;
    outcome
}

fn tested(account: accounts::Account, outcome: Result<Profile, SignInError>) -> Tested {
    let (profile, untested) = match outcome {
        Ok(profile) => (profile, None),
        Err(error) => (account.profile, Some(failure::Failure::from(error).message)),
    };
    let kind = shown::kind(account.kind);
    Tested { id: account.id, name: account.name, kind, email: profile.email, plan: profile.plan, untested }
}

fn new_account(
    name: &str,
    provider: &'static provider::Provider,
    kind: AccountKind,
    base_url: Option<Url>,
) -> NewAccount {
    let name = name.trim().to_owned();
    NewAccount { base_url, ..NewAccount::named(name, provider, kind) }
}

fn read_base_url(text: &str) -> Result<Option<Url>, Failure> {
    if text.is_empty() {
        return Ok(None);
    }
    let parsed = provider::parse_base_url(text);
    parsed.map(Some).map_err(|why| failed(failure::Failure::new("bad_address", why.to_string())))
}

async fn stored(house: &House, id: i64) -> Result<accounts::Account, Failure> {
    let all = accounts::list(house.around().store.pool()).await.map_err(refused)?;
    found(all.into_iter().find(|account| account.id == id))
}
