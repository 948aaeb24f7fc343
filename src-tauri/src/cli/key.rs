//! `carpool key …`

use carpool_relay::{
    accounts::Surroundings,
    people::{self, IssuedKey},
    store::client_keys::{self, ClientKey},
};
use clap::Subcommand;
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
    },
    /// List the keys
    List,
    /// Show one key (not the key itself: that is stored nowhere)
    Show { id: String },
    /// Replace a key by a new one; the old one stops working
    Rotate { id: String },
    /// Refuse a key's calls for now
    Pause { id: String },
    /// Take a paused key's calls again
    Resume { id: String },
    /// Revoke a key for good
    Revoke { id: String },
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
        limits: serde_json::Map::new(),
    }
}

pub(crate) async fn run(command: KeyCommand, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let pool = around.store.pool();
    let id = match command {
        KeyCommand::Create { friend, name } => return create(&friend, name, around, output).await,
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

async fn create(friend: &str, name: Option<String>, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let friend = named::friend(around, friend).await?;
    let issued = people::issue_key(around, friend.id, name.as_deref()).await?;
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
