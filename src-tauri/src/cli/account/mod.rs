//! `carpool account …`

mod login;
mod options;
mod shown;

use std::{
    io::{self, IsTerminal, Read},
    time::Duration,
};

use carpool_core::{
    credential::AccountKind,
    name,
    oauth::Profile,
    provider::{self, PROVIDERS, Preset, Provider},
    schedule::Strategy,
};
use carpool_relay::{
    accounts::{Surroundings, sign_in},
    store::{
        accounts::{self, Account, NewAccount, Tuning},
        groups, holds, settings,
    },
};
use clap::{Args, Subcommand};
use secrecy::SecretString;
use serde_json::json;
use url::Url;

use self::{
    login::{ImportArgs, LoginArgs, import, login},
    options::OptionArgs,
    shown::{list, show},
};
pub(crate) use self::{options::parse_dialect, shown::in_flight};
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
    /// Add a subscription account with a copy of the login that Claude Code, Codex or the Gemini CLI keeps on this machine
    Import(ImportArgs),
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
    /// Provider: claude, openai, gemini, azure, bedrock, droid, compatible (`codex` and `code-assist` sign in)
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
    /// A vendor whose address is known, for `compatible`: deepseek, kimi, glm, qwen, openrouter, ollama and others
    #[arg(long, value_name = "VENDOR", conflicts_with = "base_url")]
    preset: Option<String>,
    #[command(flatten)]
    options: OptionArgs,
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
    #[command(flatten)]
    options: OptionArgs,
    /// Call every model as calls do again
    #[arg(long, conflicts_with = "model_map")]
    no_model_map: bool,
    /// Serve every model its provider has again
    #[arg(long, conflicts_with = "models")]
    no_models: bool,
    /// Let a subscription serve only its vendor's own client again
    #[arg(long, conflicts_with = "any_client")]
    own_client_only: bool,
}

/// Reads a provider's id.
pub(crate) fn parse_provider(text: &str) -> Result<&'static Provider, String> {
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
        AccountCommand::Import(args) => import(args, around, output).await,
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
    let preset = args.preset.as_deref().map(|id| find_preset(args.provider, id)).transpose()?;
    let preset_url = preset.map(|preset| provider::parse_base_url(preset.base_url)).transpose();
    let preset_url = preset_url.map_err(|error| Failure::new("bad_address", error.to_string()))?;
    let account = NewAccount {
        base_url: args.base_url.or(preset_url),
        priority: args.priority,
        max_concurrency: args.max_concurrency,
        options: args.options.over(preset.map(Preset::options).unwrap_or_default(), args.provider)?,
        ..NewAccount::named(args.name, args.provider, AccountKind::ApiKey)
    };
    let name = account.name.clone();
    sign_in::add_by_secret(around, account, &secret, args.proxy.as_ref()).await?;
    if named::account(around, &name).await?.kind.is_subscription() {
        output.note(TERMS);
    }
    show(&name, around, output).await
}

fn find_preset(provider: &Provider, id: &str) -> Result<&'static Preset, Failure> {
    provider.preset(id).ok_or_else(|| {
        let known: Vec<_> = provider.presets.iter().map(|preset| preset.id).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Failure::new("no_such_option", format!("{} has no preset '{id}'; known are: {known}", provider.label))
    })
}

async fn set(args: SetArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let (pool, account) = (around.store.pool(), named::account(around, &args.id).await?);
    for group in &args.group {
        name::check(group)?;
    }
    let is_forbidden_by_terms = args.options.lets_any_client_in() && account.kind.is_subscription();
    let mut options = account.options.clone();
    if args.no_model_map {
        options.model_map.clear();
    }
    if args.no_models {
        options.models.clear();
    }
    if args.own_client_only {
        options.serves_any_client = false;
    }
    let options = args.options.over(options, account.provider)?;
    if options != account.options {
        let mut connection = pool.acquire().await.map_err(database)?;
        accounts::set_options(&mut connection, account.id, &options).await.map_err(database)?;
    }
    if is_forbidden_by_terms {
        output.note(TERMS);
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

async fn test(account: &Account, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let Profile { email, plan } = sign_in::test(around, account).await?;
    output.object(
        &json!({ "id": account_id(account.id), "name": account.name, "ok": true, "email": email, "plan": plan }),
    );
    Ok(())
}
