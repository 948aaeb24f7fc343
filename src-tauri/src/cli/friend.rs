//! `carpool friend …`

use carpool_relay::{
    accounts::Surroundings,
    people,
    store::friends::{self, Friend},
};
use clap::Subcommand;
use serde::Serialize;
use serde_json::json;

use super::{
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
    },
    /// List the friends
    List,
    /// Show one friend
    Show { id: String },
    /// Refuse a friend's calls for now
    Pause { id: String },
    /// Take a paused friend's calls again
    Resume { id: String },
    /// Remove a friend and revoke the friend's keys; the ledger keeps the name
    Remove { id: String },
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
}

fn listed(friend: &Friend) -> Listed {
    Listed { id: friend_id(friend.id), name: friend.name.clone(), share: friend.share, paused: friend.paused }
}

pub(crate) async fn run(command: FriendCommand, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let pool = around.store.pool();
    let id = match command {
        FriendCommand::Add { name, share } => {
            people::add_friend(around, &name, share).await?;
            name
        }
        FriendCommand::List => {
            let all = friends::list(pool).await.map_err(database)?;
            output.list(&all.iter().map(listed).collect::<Vec<_>>(), &["id", "name", "share", "paused"]);
            return Ok(());
        }
        FriendCommand::Show { id } => id,
        FriendCommand::Pause { id } => {
            friends::set_paused(pool, named::friend(around, &id).await?.id, true).await.map_err(database)?;
            id
        }
        FriendCommand::Resume { id } => {
            friends::set_paused(pool, named::friend(around, &id).await?.id, false).await.map_err(database)?;
            id
        }
        FriendCommand::Remove { id } => {
            let friend = named::friend(around, &id).await?;
            friends::remove(pool, friend.id, around.clock.now()).await.map_err(database)?;
            output.object(&json!({ "id": friend_id(friend.id), "name": friend.name, "removed": true }));
            return Ok(());
        }
    };
    output.object(&listed(&named::friend(around, &id).await?));
    Ok(())
}
