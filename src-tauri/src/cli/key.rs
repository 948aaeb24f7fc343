//! `carpool key …`

use carpool_relay::{
    accounts::Surroundings,
    people::{self, IssuedKey},
    store::{
        client_keys::{self, Bound, ClientKey},
        groups,
    },
};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::json;

use super::{
    named::{self, database, key_id},
    output::Output,
};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key for a friend; it is shown this once
    Create {
        /// The friend it is for
        #[arg(long)]
        friend: String,
        /// A name for it, e.g. the device [default: laptop, laptop-2, …]
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        binding: Binding,
    },
    /// List the keys
    List,
    /// Show one key (not the key itself: that is stored nowhere)
    Show { id: String },
    /// Change what a key may use
    Set {
        /// The key
        id: String,
        #[command(flatten)]
        binding: Binding,
        /// Let it use all accounts again
        #[arg(long, conflicts_with_all = ["account", "group"])]
        any_account: bool,
    },
    /// Replace a key by a new one; the old one stops working
    Rotate { id: String },
    /// Refuse a key's calls for now
    Pause { id: String },
    /// Take a paused key's calls again
    Resume { id: String },
    /// Revoke a key for good
    Revoke { id: String },
}

/// The accounts a key may use.
#[derive(Args, Debug)]
pub(crate) struct Binding {
    /// Use this account and no other
    #[arg(long, value_name = "ID", conflicts_with = "group")]
    account: Option<String>,
    /// Use the accounts of this group and no others
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
}

impl Binding {
    async fn read(&self, around: &Surroundings) -> Result<Option<Bound>, Failure> {
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
    limits: serde_json::Map<String, serde_json::Value>,
}

fn limits(key: &ClientKey) -> serde_json::Map<String, serde_json::Value> {
    let bound = match &key.bound {
        None => None,
        Some(Bound::Account(id)) => Some(("account".to_owned(), named::account_id(*id).into())),
        Some(Bound::Group(name)) => Some(("group".to_owned(), name.clone().into())),
    };
    bound.into_iter().collect()
}

fn listed(key: &ClientKey) -> Listed {
    Listed {
        id: key_id(key.id),
        friend: key.friend.clone(),
        name: key.name.clone(),
        prefix: key.prefix.clone(),
        created_at: key.created_at,
        last_used_at: key.last_used_at,
        expires_at: key.expires_at,
        paused: key.paused,
        limits: limits(key),
    }
}

pub(crate) async fn run(command: KeyCommand, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let pool = around.store.pool();
    let id = match command {
        KeyCommand::Create { friend, name, binding } => return create(&friend, name, &binding, around, output).await,
        KeyCommand::Set { id, binding, any_account } => {
            let bound = binding.read(around).await?;
            if bound.is_none() && !any_account {
                return Err(Failure::new("nothing_to_set", "say what to change: --account, --group or --any-account"));
            }
            client_keys::bind(pool, named::key(around, &id).await?.id, bound.as_ref()).await.map_err(database)?;
            id
        }
        KeyCommand::Rotate { id } => return rotate(&id, around, output).await,
        KeyCommand::List => {
            let all = client_keys::list(pool).await.map_err(database)?;
            let columns = ["id", "friend", "name", "prefix", "created_at", "last_used_at", "expires_at", "paused"];
            output.list(&all.iter().map(listed).collect::<Vec<_>>(), &columns);
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
    output.object(&listed(&named::key(around, &id).await?));
    Ok(())
}

async fn create(
    friend: &str,
    name: Option<String>,
    binding: &Binding,
    around: &Surroundings,
    output: &Output,
) -> Result<(), Failure> {
    let bound = binding.read(around).await?;
    let friend = named::friend(around, friend).await?;
    let issued = people::issue_key(around, friend.id, name.as_deref()).await?;
    if bound.is_some() {
        client_keys::bind(around.store.pool(), issued.id, bound.as_ref()).await.map_err(database)?;
    }
    show_once(&friend.name, &issued, output);
    Ok(())
}

async fn rotate(id: &str, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let key = named::key(around, id).await?;
    let issued = people::rotate_key(around, &key).await?;
    show_once(&key.friend, &issued, output);
    Ok(())
}

fn show_once(friend: &str, issued: &IssuedKey, output: &Output) {
    let IssuedKey { id, name, key } = issued;
    output.json_line(&json!({ "id": key_id(*id), "friend": friend, "name": name, "key": key.expose_secret() }));
    if !output.is_json() {
        output.note("This is the only time the key is shown. For Claude Code your friend sets:");
        output.note("  ANTHROPIC_BASE_URL=http://HOST/api  ANTHROPIC_AUTH_TOKEN=<the key>");
    }
}
