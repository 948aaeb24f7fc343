//! `carpool key …`

use carpool_core::client_key::NewKey;
use carpool_relay::{
    accounts::Surroundings,
    store::{
        self,
        client_keys::{self, ClientKey, NewClientKey},
    },
};
use clap::Subcommand;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::json;

use super::{
    failure::Failure,
    named::{self, database, key_id},
    output::Output,
};

/// What a key is called when nobody says.
const DEFAULT_NAME: &str = "laptop";

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
    let name = match name {
        Some(name) => name,
        None => free_name(friend.id, around).await?,
    };
    named::check_name(&name)?;
    let new = new_key()?;
    let stored = NewClientKey { friend_id: friend.id, name: &name, digest: new.digest, prefix: &new.prefix };
    let id = client_keys::insert(around.store.pool(), stored, around.clock.now()).await.map_err(|error| {
        if store::is_taken(&error) {
            Failure::new("name_taken", format!("{} has a key named '{name}' already", friend.name))
        } else {
            database(error)
        }
    })?;
    show_once(id, &friend.name, &name, &new, output);
    Ok(())
}

/// The first of `laptop`, `laptop-2`, … that the friend has no key of.
async fn free_name(friend_id: i64, around: &Surroundings) -> Result<String, Failure> {
    let all = client_keys::list(around.store.pool()).await.map_err(database)?;
    let is_free = |name: &String| !all.iter().any(|key| key.friend_id == friend_id && key.name == *name);
    let mut names =
        std::iter::once(DEFAULT_NAME.to_owned()).chain((2..).map(|number| format!("{DEFAULT_NAME}-{number}")));
    Ok(names.find(is_free).expect("there are more numbers than keys"))
}

async fn rotate(id: &str, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let key = named::key(around, id).await?;
    let new = new_key()?;
    client_keys::rotate(around.store.pool(), key.id, new.digest, &new.prefix).await.map_err(database)?;
    show_once(key.id, &key.friend, &key.name, &new, output);
    Ok(())
}

fn new_key() -> Result<NewKey, Failure> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| Failure::new("no_randomness", error.to_string()))?;
    Ok(NewKey::from_random(random))
}

fn show_once(id: i64, friend: &str, name: &str, new: &NewKey, output: &Output) {
    output.json_line(&json!({ "id": key_id(id), "friend": friend, "name": name, "key": new.key.expose_secret() }));
    if !output.is_json() {
        output.note("This is the only time the key is shown. For Claude Code your friend sets:");
        output.note("  ANTHROPIC_BASE_URL=http://HOST/api  ANTHROPIC_AUTH_TOKEN=<the key>");
    }
}
