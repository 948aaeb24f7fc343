//! `carpool account …`

use std::{
    collections::HashMap,
    io::{self, BufRead, IsTerminal, Read},
    time::Duration,
};

use carpool_core::{
    credential::AccountKind,
    name,
    provider::{self, PROVIDERS, Profile, Provider},
    schedule::{Strategy, health::HoldKind},
    window::Window,
};
use carpool_relay::{
    OpenError,
    accounts::{Standing, Surroundings, sign_in, standings},
    store::{
        accounts::{self, Account, NewAccount, Tuning},
        calls, groups, holds, settings, windows,
    },
    upstream,
};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::json;
use url::Url;

use super::{
    named::{self, account_id, database},
    output::Output,
};
use crate::failure::Failure;

/// The largest secret that is read.
const MAX_SECRET_BYTES: u64 = 64 * 1024;

/// What an owner must know before sharing a subscription.
const TERMS: &str = "Note: sharing a consumer subscription with other people is against most vendors' terms and can cost \
                     you the account. API-key, Bedrock and Azure accounts are the sanctioned way to serve several people. \
                     By default a subscription account serves only calls from the vendor's own client.";

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Add an account by API key or setup token
    Add(AddArgs),
    /// Add a subscription account by signing in and pasting the code; an existing name is signed in anew
    Login(LoginArgs),
    /// List the accounts
    List,
    /// Show one account
    Show { id: String },
    /// Test an account at its provider, without cost
    Test { id: String },
    /// Take an account out of service
    Pause { id: String },
    /// Put a paused account back
    Resume { id: String },
    /// Clear the state that keeps an account out
    Clear { id: String },
    /// Change how an account takes its part
    Set(SetArgs),
    /// Put accounts in this order: the first is chosen first
    Order {
        /// The accounts, by id or name
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Show, or set, how one of several accounts is chosen
    Strategy {
        /// balanced (the least busy), fill-first (the most used up) or round-robin
        strategy: Option<Strategy>,
    },
    /// Renew an account's sign-in now
    Refresh { id: String },
    /// Remove an account and its secrets; the ledger keeps its name
    Remove { id: String },
}

#[derive(Args, Debug)]
pub(crate) struct AddArgs {
    /// Provider (claude)
    #[arg(value_parser = parse_provider)]
    provider: &'static Provider,
    /// A name for the account
    #[arg(long)]
    name: String,
    /// Another address than the provider's own
    #[arg(long, value_name = "URL", value_parser = provider::parse_base_url)]
    base_url: Option<Url>,
    /// Read the API key or setup token from stdin instead of asking for it
    #[arg(long)]
    secret_stdin: bool,
    /// Proxy for this account: http, https, socks5 or socks5h, with user:password@ if it wants one
    #[arg(long, value_name = "URL")]
    proxy: Option<SecretString>,
    /// Lower is chosen first
    #[arg(long, default_value_t = 50)]
    priority: i64,
    /// The most calls at once; 0 means any number
    #[arg(long, default_value_t = 0)]
    max_concurrency: u32,
}

#[derive(Args, Debug)]
pub(crate) struct SetArgs {
    /// The account, by id or name
    id: String,
    /// Lower is chosen first
    #[arg(long)]
    priority: Option<i64>,
    /// The most calls at once; 0 means any number
    #[arg(long)]
    max_concurrency: Option<u32>,
    /// The least time between the sending of two calls, in milliseconds; 0 for none (200 is usual)
    #[arg(long, value_name = "MS")]
    spacing: Option<u64>,
    /// The groups it is in, and no others: a key can be bound to a group
    #[arg(long, value_name = "NAME", num_args = 1..)]
    group: Vec<String>,
    /// Take it out of all groups
    #[arg(long, conflicts_with = "group")]
    no_group: bool,
}

#[derive(Args, Debug)]
pub(crate) struct LoginArgs {
    /// Provider (claude)
    #[arg(value_parser = parse_provider)]
    provider: &'static Provider,
    /// A name for the account
    #[arg(long)]
    name: String,
    /// Proxy for this account and this sign-in: http, https, socks5 or socks5h, with user:password@ if it wants one
    #[arg(long, value_name = "URL")]
    proxy: Option<SecretString>,
}

fn parse_provider(text: &str) -> Result<&'static Provider, String> {
    provider::find(text).ok_or_else(|| {
        let known: Vec<_> = PROVIDERS.iter().map(|provider| provider.id).collect();
        format!("unknown provider; known are: {}", known.join(", "))
    })
}

pub(crate) async fn run(command: AccountCommand, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let pool = around.store.pool();
    match command {
        AccountCommand::Add(args) => add(args, around, output).await,
        AccountCommand::Login(args) => login(args, around, output).await,
        AccountCommand::List => list(around, output).await,
        AccountCommand::Test { id } => test(&named::account(around, &id).await?, around, output).await,
        AccountCommand::Remove { id } => {
            let account = named::account(around, &id).await?;
            sign_in::remove(around, account.id).await?;
            output.object(&json!({ "id": account_id(account.id), "name": account.name, "removed": true }));
            Ok(())
        }
        AccountCommand::Show { id } => show(&id, around, output).await,
        AccountCommand::Pause { id } => {
            let account = named::account(around, &id).await?;
            accounts::set_paused(pool, account.id, true).await.map_err(database)?;
            show(&id, around, output).await
        }
        AccountCommand::Resume { id } => {
            let account = named::account(around, &id).await?;
            accounts::set_paused(pool, account.id, false).await.map_err(database)?;
            show(&id, around, output).await
        }
        AccountCommand::Clear { id } => {
            let account = named::account(around, &id).await?;
            holds::clear(pool, account.id).await.map_err(database)?;
            show(&id, around, output).await
        }
        AccountCommand::Set(args) => set(args, around, output).await,
        AccountCommand::Order { ids } => {
            let mut order = Vec::with_capacity(ids.len());
            for id in &ids {
                order.push(named::account(around, id).await?.id);
            }
            accounts::arrange(pool, &order).await.map_err(database)?;
            list(around, output).await
        }
        AccountCommand::Strategy { strategy } => {
            if let Some(strategy) = strategy {
                settings::put(pool, settings::STRATEGY, strategy.as_str()).await.map_err(database)?;
            }
            let current = settings::strategy(pool).await.map_err(database)?;
            output.object(&json!({ "strategy": current.as_str() }));
            Ok(())
        }
        AccountCommand::Refresh { id } => {
            sign_in::renew(around, &named::account(around, &id).await?).await?;
            show(&id, around, output).await
        }
    }
}

async fn add(args: AddArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    name::check(&args.name)?;
    let secret = read_secret(args.secret_stdin)?;
    let account = NewAccount {
        name: args.name,
        provider: args.provider,
        kind: AccountKind::ApiKey,
        base_url: args.base_url,
        priority: args.priority,
        max_concurrency: args.max_concurrency,
        profile: Profile::default(),
    };
    let name = account.name.clone();
    sign_in::add_by_secret(around, account, &secret, args.proxy.as_ref()).await?;
    if named::account(around, &name).await?.kind.is_subscription() {
        output.note(TERMS);
    }
    show(&name, around, output).await
}

async fn set(args: SetArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let (pool, account) = (around.store.pool(), named::account(around, &args.id).await?);
    for group in &args.group {
        name::check(group)?;
    }
    let spacing = args.spacing.map(Duration::from_millis);
    let tuning = Tuning { priority: args.priority, max_concurrency: args.max_concurrency, spacing };
    accounts::tune(pool, account.id, tuning).await.map_err(database)?;
    if args.no_group || !args.group.is_empty() {
        groups::set(pool, account.id, &args.group).await.map_err(database)?;
    }
    show(&args.id, around, output).await
}

fn read_secret(from_stdin: bool) -> Result<SecretString, Failure> {
    if from_stdin {
        let mut text = String::new();
        io::stdin().take(MAX_SECRET_BYTES).read_to_string(&mut text)?;
        return Ok(text.trim().to_owned().into());
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::new(
            "no_secret",
            "there is no terminal to ask for the secret: pass it with --secret-stdin",
        ));
    }
    Ok(rpassword::prompt_password("API key or setup token (not shown): ")?.trim().to_owned().into())
}

async fn login(args: LoginArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    name::check(&args.name)?;
    if let Some(proxy) = &args.proxy {
        upstream::check_proxy(proxy)?;
    }
    output.note(TERMS);
    let pending = sign_in::begin(around, args.provider)?;
    output.json_line(&json!({ "authorize_url": pending.authorize_url.as_str() }));
    output.note("Open this address, sign in, and paste the code (or the address of the page it ends on) here:");
    let pasted = tokio::task::spawn_blocking(read_pasted_line)
        .await
        .map_err(|error| Failure::new("io", error.to_string()))??;
    let account = NewAccount {
        name: args.name,
        provider: args.provider,
        kind: AccountKind::Oauth,
        base_url: None,
        priority: 50,
        max_concurrency: 0,
        profile: Profile::default(),
    };
    let name = account.name.clone();
    sign_in::finish_through(around, &pending, &pasted, account, args.proxy.as_ref()).await?;
    output.note(&format!("Signed in. `carpool account test {name}` shows whose account it is."));
    show(&name, around, output).await
}

/// The first line that is not blank.
fn read_pasted_line() -> io::Result<String> {
    for line in io::stdin().lock().lines() {
        let line = line?;
        if !line.trim().is_empty() {
            return Ok(line);
        }
    }
    Ok(String::new())
}

async fn test(account: &Account, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let Profile { email, plan } = sign_in::test(around, account).await?;
    output.object(
        &json!({ "id": account_id(account.id), "name": account.name, "ok": true, "email": email, "plan": plan }),
    );
    Ok(())
}

/// An account in a list.
#[derive(Debug, Serialize)]
struct Listed {
    id: String,
    name: String,
    provider: &'static str,
    kind: &'static str,
    state: &'static str,
    reason: Option<String>,
    until: Option<Timestamp>,
    priority: i64,
    in_flight: i64,
}

async fn list(around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let in_flight = in_flight(around).await?;
    let standings = standings(around).await.map_err(OpenError::from)?;
    let all = accounts::list(around.store.pool()).await.map_err(database)?;
    let rows: Vec<_> = all.iter().map(|account| listed(account, standings.get(&account.id), &in_flight)).collect();
    output.list(&rows, &["id", "name", "provider", "kind", "state", "reason", "until", "priority", "in_flight"]);
    Ok(())
}

fn listed(account: &Account, standing: Option<&Standing>, in_flight: &HashMap<i64, i64>) -> Listed {
    let standing = standing.unwrap_or(&Standing::Ready);
    let reason = match standing {
        Standing::Paused => Some("paused by the owner"),
        other => other.reason(),
    };
    Listed {
        id: account_id(account.id),
        name: account.name.clone(),
        provider: account.provider.id,
        kind: account.kind.as_str(),
        state: standing.as_str(),
        reason: reason.map(str::to_owned),
        until: standing.until(),
        priority: account.priority,
        in_flight: in_flight.get(&account.id).copied().unwrap_or(0),
    }
}

/// Calls each account is serving: what a running relay has open.
pub(crate) async fn in_flight(around: &Surroundings) -> Result<HashMap<i64, i64>, Failure> {
    if carpool_relay::running(&around.data_dir).is_none() {
        return Ok(HashMap::new());
    }
    Ok(calls::in_flight(around.store.pool()).await.map_err(database)?.into_iter().collect())
}

/// A model family that is limited by itself.
#[derive(Debug, Serialize)]
struct LimitedFamily {
    family: String,
    until: Timestamp,
}

/// A provider's allowance for a span of time, as last told.
#[derive(Debug, Serialize)]
struct ShownWindow {
    hours: u32,
    family: Option<String>,
    used: f64,
    resets_at: Option<Timestamp>,
}

/// An account with all that may be shown of it.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    listed: Listed,
    base_url: Option<String>,
    has_proxy: bool,
    max_concurrency: u32,
    spacing_ms: u64,
    groups: Vec<String>,
    limited_families: Vec<LimitedFamily>,
    windows: Vec<ShownWindow>,
    email: Option<String>,
    plan: Option<String>,
    expires_at: Option<Timestamp>,
}

async fn show(id: &str, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let account = named::account(around, id).await?;
    let pool = around.store.pool();
    let stored = accounts::credential(pool, account.id).await.map_err(database)?;
    let standings = standings(around).await.map_err(OpenError::from)?;
    let held = holds::list(pool).await.map_err(database)?.remove(&account.id).unwrap_or_default();
    let now = around.clock.now();
    let limited = held.iter().filter(|hold| hold.kind == HoldKind::Limited && hold.until > now);
    let latest = windows::latest(pool).await.map_err(database)?.remove(&account.id).unwrap_or_default();
    let all_groups = groups::list(pool).await.map_err(database)?;
    output.object(&Shown {
        listed: listed(&account, standings.get(&account.id), &in_flight(around).await?),
        base_url: account.base_url.as_ref().map(Url::to_string),
        has_proxy: account.proxy_sealed.is_some(),
        max_concurrency: account.max_concurrency,
        spacing_ms: u64::try_from(account.spacing.as_millis()).unwrap_or(u64::MAX),
        groups: all_groups.into_iter().filter(|(_, all)| all.contains(&account.id)).map(|(name, _)| name).collect(),
        limited_families: limited
            .filter_map(|hold| Some(LimitedFamily { family: hold.family.clone()?, until: hold.until }))
            .collect(),
        windows: latest.iter().map(|sample| shown_window(&sample.window.as_of(now))).collect(),
        email: account.profile.email,
        plan: account.profile.plan,
        expires_at: stored.and_then(|stored| stored.expires_at),
    });
    Ok(())
}

fn shown_window(window: &Window) -> ShownWindow {
    ShownWindow { hours: window.hours, family: window.family.clone(), used: window.used, resets_at: window.resets_at }
}
