//! `carpool key …`

use carpool_core::limits::Limits;
use carpool_relay::{
    accounts::Surroundings,
    people::{self, IssuedKey},
    store::{
        SqlError,
        client_keys::{self, Bound, ClientKey},
        groups,
    },
};
use clap::{Args, Subcommand};
use jiff::{Timestamp, tz::TimeZone};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    expiry::{Expiry, ExpiryFlags},
    limits::{LimitChanges, LimitFlags, shown},
    named::{self, database, key_id},
    output::Output,
};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key for a friend; it is shown this once
    Create(CreateArgs),
    /// List the keys
    List,
    /// Show one key (not the key itself: that is stored nowhere)
    Show { id: String },
    /// Change what a key may do
    Set(SetArgs),
    /// Replace a key, or all of them, by a new one; the old one stops working
    Rotate {
        /// The key
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        id: Option<String>,
        /// All keys of all friends: each needs the new one then
        #[arg(long, requires = "yes")]
        all: bool,
        /// Yes, all of them
        #[arg(long, conflicts_with = "id")]
        yes: bool,
    },
    /// Refuse a key's calls for now
    Pause { id: String },
    /// Take a paused key's calls again
    Resume { id: String },
    /// Revoke a key for good
    Revoke { id: String },
}

#[derive(Args, Debug)]
pub(crate) struct CreateArgs {
    /// The friend it is for
    #[arg(long)]
    friend: String,
    /// A name for it, e.g. the device [default: laptop, laptop-2, …]
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    limits: LimitFlags,
    #[command(flatten)]
    binding: Binding,
    #[command(flatten)]
    expiry: ExpiryFlags,
}

#[derive(Args, Debug)]
pub(crate) struct SetArgs {
    /// The key
    id: String,
    #[command(flatten)]
    limits: LimitChanges,
    #[command(flatten)]
    binding: Binding,
    /// Let it use all accounts again
    #[arg(long, conflicts_with_all = ["account", "group"], help_heading = ACCOUNTS)]
    any_account: bool,
    #[command(flatten)]
    expiry: ExpiryFlags,
}

const ACCOUNTS: &str = "Accounts";

/// The accounts a key may use.
#[derive(Args, Debug)]
#[command(next_help_heading = ACCOUNTS)]
pub(crate) struct Binding {
    /// Use this account and no other
    #[arg(long, value_name = "ID", conflicts_with = "group")]
    account: Option<String>,
    /// Use the accounts of this group and no others
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
}

impl Binding {
    pub(super) async fn read(&self, around: &Surroundings) -> Result<Option<Bound>, Failure> {
        if let Some(account) = &self.account {
            return Ok(Some(Bound::Account(named::account(around, account).await?.id)));
        }
        let Some(group) = &self.group else { return Ok(None) };
        let known = groups::list(around.store.pool()).await.map_err(database)?;
        if !known.contains_key(group) {
            let names: Vec<_> = known.keys().map(String::as_str).collect();
            return Err(named::unknown("group", group, &names));
        }
        Ok(Some(Bound::Group(group.clone())))
    }
}

#[derive(Debug, Serialize)]
struct Listed {
    id: String,
    friend: String,
    name: String,
    prefix: String,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    paused: bool,
    limits: Value,
}

fn listed(key: &ClientKey, output: &Output) -> Listed {
    let bound = key.bound.as_ref().map(|bound| match bound {
        Bound::Account(id) => ("account", named::account_id(*id).into()),
        Bound::Group(name) => ("group", name.clone().into()),
    });
    let days = key.expires_after_days.map(|days| ("expires_after_first_use_days", days.into()));
    let besides: Vec<_> = bound.into_iter().chain(days).collect();
    Listed {
        id: key_id(key.id),
        friend: key.friend.clone(),
        name: key.name.clone(),
        prefix: key.prefix.clone(),
        created_at: key.created_at,
        last_used_at: key.last_used_at,
        expires_at: key.expires_at,
        paused: key.paused,
        limits: shown::field(&key.limits, key.limits_fault.as_deref(), &besides, output),
    }
}

pub(crate) async fn run(command: KeyCommand, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let pool = around.store.pool();
    let id = match command {
        KeyCommand::Create(args) => return create(args, around, output).await,
        KeyCommand::Set(args) => return set(args, around, output).await,
        KeyCommand::Rotate { id: Some(id), .. } => return rotate(&id, around, output).await,
        KeyCommand::Rotate { id: None, .. } => return rotate_all(around, output).await,
        KeyCommand::List => {
            let all = client_keys::list(pool).await.map_err(database)?;
            let columns =
                ["id", "friend", "name", "prefix", "created_at", "last_used_at", "expires_at", "paused", "limits"];
            output.list(&all.iter().map(|key| listed(key, output)).collect::<Vec<_>>(), &columns);
            return Ok(());
        }
        KeyCommand::Show { id } => id,
        KeyCommand::Pause { id } => {
            client_keys::set_paused(pool, named::key(around, &id).await?.id, true).await.map_err(database)?;
            id
        }
        KeyCommand::Resume { id } => {
            client_keys::set_paused(pool, named::key(around, &id).await?.id, false).await.map_err(database)?;
            id
        }
        KeyCommand::Revoke { id } => {
            let key = named::key(around, &id).await?;
            client_keys::revoke(pool, key.id, around.clock.now()).await.map_err(database)?;
            output.object(&json!({ "id": key_id(key.id), "friend": key.friend, "name": key.name, "revoked": true }));
            return Ok(());
        }
    };
    show(&id, around, output).await
}

async fn show(id: &str, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    output.object(&listed(&named::key(around, id).await?, output));
    Ok(())
}

async fn create(args: CreateArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let CreateArgs { friend, name, limits, binding, expiry } = args;
    let limits = limits.over(Limits::default())?;
    let expiry = expiry.read(around.clock.now(), &TimeZone::system())?;
    let bound = binding.read(around).await?;
    let friend = named::friend(around, &friend).await?;
    let issued = people::issue_key(around, friend.id, name.as_deref()).await?;
    // Nobody has seen the key yet: it is used by no one before it has its limits.
    let pool = around.store.pool();
    if !limits.is_empty() {
        client_keys::set_limits(pool, issued.id, &limits).await.map_err(database)?;
    }
    if bound.is_some() {
        client_keys::bind(pool, issued.id, bound.as_ref()).await.map_err(database)?;
    }
    expire(around, issued.id, expiry).await.map_err(database)?;
    output.json_line(&shown_once(&friend.name, &issued));
    tell_once(output);
    Ok(())
}

async fn set(args: SetArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let SetArgs { id, limits, binding, any_account, expiry } = args;
    let bound = binding.read(around).await?;
    let expiry = expiry.read(around.clock.now(), &TimeZone::system())?;
    if bound.is_none() && !any_account && limits.is_empty() && expiry.is_none() {
        let text = "say what to change: a limit such as --rpm 20, --account, --group, --any-account or --expires";
        return Err(Failure::new("nothing_to_set", text));
    }
    let (pool, key) = (around.store.pool(), named::key(around, &id).await?);
    if !limits.is_empty() {
        let limits = limits.over(&key.limits, key.limits_fault.as_deref())?;
        client_keys::set_limits(pool, key.id, &limits).await.map_err(database)?;
    }
    if bound.is_some() || any_account {
        client_keys::bind(pool, key.id, bound.as_ref()).await.map_err(database)?;
    }
    expire(around, key.id, expiry).await.map_err(database)?;
    show(&id, around, output).await
}

async fn expire(around: &Surroundings, id: i64, expiry: Option<Expiry>) -> Result<(), SqlError> {
    let pool = around.store.pool();
    match expiry {
        None => Ok(()),
        Some(Expiry::Never) => client_keys::set_expires_at(pool, id, None).await,
        Some(Expiry::At(at)) => client_keys::set_expires_at(pool, id, Some(at)).await,
        Some(Expiry::AfterFirstUse(days)) => client_keys::set_expires_after(pool, id, days).await,
    }
}

async fn rotate(id: &str, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let key = named::key(around, id).await?;
    let issued = people::rotate_key(around, &key).await?;
    output.json_line(&shown_once(&key.friend, &issued));
    tell_once(output);
    Ok(())
}

/// Prints the new keys as one array, or one a line to be handed on one by one.
async fn rotate_all(around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let rotated = people::rotate_all_keys(around).await?;
    let keys: Vec<_> = rotated.iter().map(|(old, new)| shown_once(&old.friend, new)).collect();
    if output.is_json() {
        output.json_line(&keys);
        return Ok(());
    }
    for key in &keys {
        output.json_line(key);
    }
    output
        .note("This is the only time the keys are shown. The old ones stopped working: send each friend the new one.");
    Ok(())
}

/// A key with its secret, for the one time it is shown.
fn shown_once(friend: &str, issued: &IssuedKey) -> Value {
    let IssuedKey { id, name, key, .. } = issued;
    json!({ "id": key_id(*id), "friend": friend, "name": name, "key": key.expose_secret() })
}

fn tell_once(output: &Output) {
    if !output.is_json() {
        output.note("This is the only time the key is shown. For Claude Code your friend sets:");
        output.note("  ANTHROPIC_BASE_URL=http://HOST/api  ANTHROPIC_AUTH_TOKEN=<the key>");
    }
}
