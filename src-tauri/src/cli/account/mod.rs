//! `carpool account …`

mod shown;

use std::{
    io::{self, BufRead, IsTerminal, Read},
    time::Duration,
};

use carpool_core::{
    credential::AccountKind,
    name,
    provider::{self, PROVIDERS, Profile, Provider},
    schedule::Strategy,
};
use carpool_relay::{
    accounts::{Surroundings, sign_in},
    store::{
        accounts::{self, Account, NewAccount, Tuning},
        groups, holds, settings,
    },
    upstream,
};
use clap::{Args, Subcommand};
use secrecy::SecretString;
use serde_json::json;
use url::Url;

pub(crate) use self::shown::in_flight;
use self::shown::{list, show};
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
