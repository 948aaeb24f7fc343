//! `carpool friend …`

use carpool_core::limits::Limits;
use carpool_relay::{
    accounts::Surroundings,
    people,
    store::friends::{self, Friend},
};
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    limits::{LimitChanges, LimitFlags, shown},
    named::{self, database, friend_id},
    output::Output,
};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum FriendCommand {
    /// Add a friend
    Add {
        /// The friend's name
        name: String,
        /// The friend's weight when a subscription's window is shared out
        #[arg(long, default_value_t = 1.0, value_parser = parse_share)]
        share: f64,
        #[command(flatten)]
        limits: LimitFlags,
    },
    /// List the friends
    List,
    /// Show one friend
    Show { id: String },
    /// Change a friend's share, or what the friend may do with all keys together
    Set(SetArgs),
    /// Refuse a friend's calls for now
    Pause(Which),
    /// Take a paused friend's calls again
    Resume(Which),
    /// Remove a friend and revoke the friend's keys; the ledger keeps the name
    Remove { id: String },
}

#[derive(Args, Debug)]
pub(crate) struct SetArgs {
    /// The friend, by id or name
    id: String,
    /// The friend's weight when a subscription's window is shared out
    #[arg(long, value_parser = parse_share)]
    share: Option<f64>,
    #[command(flatten)]
    limits: LimitChanges,
}

/// A friend, or all of them.
#[derive(Args, Debug)]
pub(crate) struct Which {
    /// The friend, by id or name
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    id: Option<String>,
    /// All friends
    #[arg(long)]
    all: bool,
}

fn parse_share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "expected a number such as 1 or 0.5".to_owned())?;
    if share.is_finite() && share > 0.0 && share <= 1000.0 {
        Ok(share)
    } else {
        Err("expected more than 0, at most 1000".to_owned())
    }
}

#[derive(Debug, Serialize)]
struct Listed {
    id: String,
    name: String,
    share: f64,
    paused: bool,
    limits: Value,
}

fn listed(friend: &Friend, output: &Output) -> Listed {
    Listed {
        id: friend_id(friend.id),
        name: friend.name.clone(),
        share: friend.share,
        paused: friend.paused,
        limits: shown::field(&friend.limits, friend.limits_fault.as_deref(), &[], output),
    }
}

pub(crate) async fn run(command: FriendCommand, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let pool = around.store.pool();
    let id = match command {
        FriendCommand::Add { name, share, limits } => {
            let limits = limits.over(Limits::default())?;
            let id = people::add_friend(around, &name, share).await?;
            if !limits.is_empty() {
                // A friend without a key cannot call: nothing happens in between.
                friends::set_limits(pool, id, &limits).await.map_err(database)?;
            }
            name
        }
        FriendCommand::List => return list(around, output).await,
        FriendCommand::Show { id } => id,
        FriendCommand::Set(args) => return set(args, around, output).await,
        FriendCommand::Pause(Which { id: Some(id), .. }) => {
            friends::set_paused(pool, named::friend(around, &id).await?.id, true).await.map_err(database)?;
            id
        }
        FriendCommand::Resume(Which { id: Some(id), .. }) => {
            friends::set_paused(pool, named::friend(around, &id).await?.id, false).await.map_err(database)?;
            id
        }
        FriendCommand::Pause(Which { id: None, .. }) => {
            friends::set_all_paused(pool, true).await.map_err(database)?;
            return list(around, output).await;
        }
        FriendCommand::Resume(Which { id: None, .. }) => {
            friends::set_all_paused(pool, false).await.map_err(database)?;
            return list(around, output).await;
        }
        FriendCommand::Remove { id } => {
            let friend = named::friend(around, &id).await?;
            friends::remove(pool, friend.id, around.clock.now()).await.map_err(database)?;
            output.object(&json!({ "id": friend_id(friend.id), "name": friend.name, "removed": true }));
            return Ok(());
        }
    };
    show(&id, around, output).await
}

async fn list(around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let all = friends::list(around.store.pool()).await.map_err(database)?;
    let rows: Vec<_> = all.iter().map(|friend| listed(friend, output)).collect();
    output.list(&rows, &["id", "name", "share", "paused", "limits"]);
    Ok(())
}

async fn show(id: &str, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    output.object(&listed(&named::friend(around, id).await?, output));
    Ok(())
}

async fn set(args: SetArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let SetArgs { id, share, limits } = args;
    let (pool, friend) = (around.store.pool(), named::friend(around, &id).await?);
    if share.is_none() && limits.is_empty() {
        return Err(Failure::new("nothing_to_set", "say what to change: --share, or a limit such as --cap-day 5"));
    }
    if !limits.is_empty() {
        let limits = limits.over(&friend.limits, friend.limits_fault.as_deref())?;
        friends::set_limits(pool, friend.id, &limits).await.map_err(database)?;
    }
    if let Some(share) = share {
        friends::set_share(pool, friend.id, share).await.map_err(database)?;
    }
    show(&id, around, output).await
}
