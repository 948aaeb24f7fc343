//! `carpool explain`

use carpool_core::{
    call::Client,
    dialect::Dialect,
    schedule::{Because, Reason},
};
use carpool_relay::{
    OpenError,
    accounts::{Accounts, Explained, Surroundings, lease::Wanted},
    store::client_keys,
};
use clap::Args;
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use tokio_util::task::TaskTracker;

use super::{
    account::{self, parse_dialect},
    named::{self, account_id, database},
    output::Output,
};
use crate::failure::Failure;

#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// Whose call it would be
    #[arg(long)]
    friend: String,
    /// The model it would ask for
    #[arg(long)]
    model: String,
    /// The program it would come from; without it, the one that most likely asks for such a model
    #[arg(long, value_name = "claude-code|codex|gemini-cli|droid|other", value_parser = parse_client)]
    client: Option<Client>,
    /// The dialect it would be written in: messages, responses, chat, generate_content; without it, the likely one
    #[arg(long, value_parser = parse_dialect)]
    dialect: Option<&'static Dialect>,
    /// The friend's key it would come with, where that is bound to accounts
    #[arg(long)]
    key: Option<String>,
}

fn parse_client(word: &str) -> Result<Client, String> {
    Client::from_word(word).ok_or_else(|| "expected claude-code, codex, gemini-cli, droid or other".to_owned())
}

/// The decision, without a call.
#[derive(Debug, Serialize)]
struct Decision {
    friend: String,
    model: String,
    strategy: &'static str,
    /// The account that would serve the call.
    account: Option<String>,
    /// Why that one, or why none.
    because: String,
    accounts: Vec<Row>,
}

/// An account's part in it.
#[derive(Debug, Serialize)]
struct Row {
    id: String,
    name: String,
    /// `chosen`, `free`, or why it cannot serve.
    verdict: &'static str,
    reason: String,
    until: Option<Timestamp>,
    priority: i64,
    in_flight: u32,
    used: f64,
}

pub(crate) async fn run(args: ExplainArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let friend = named::friend(around, &args.friend).await?;
    let accounts = Accounts::load(around.clone(), TaskTracker::new(), std::sync::Arc::default());
    let accounts = accounts.await.map_err(OpenError::from)?;
    let key = match &args.key {
        Some(wanted) => Some(named::key(around, wanted).await?),
        None => client_keys::only_one_of(around.store.pool(), friend.id).await.map_err(database)?,
    };
    let likely = accounts.likely_wanted(friend.id, args.model.clone(), key.as_ref());
    let wanted = Wanted {
        dialect: args.dialect.unwrap_or(likely.dialect),
        client: args.client.unwrap_or(likely.client),
        ..likely
    };
    let explanation = accounts.explain(&wanted, Some(&account::in_flight(around).await?));
    let (now, zone) = (around.clock.now(), TimeZone::system());
    let chosen = explanation.choice.as_ref().ok().map(|(id, _)| *id);
    let row = |explained: &Explained| Row {
        id: account_id(explained.id.0),
        name: explained.name.clone(),
        verdict: match &explained.against {
            Some(reason) => reason.as_str(),
            None if chosen == Some(explained.id) => "chosen",
            None => "free",
        },
        reason: explained.against.as_ref().map(|reason| reason.describe(now, &zone)).unwrap_or_default(),
        until: explained.against.as_ref().and_then(Reason::until),
        priority: explained.priority,
        in_flight: explained.in_flight,
        used: explained.used,
    };
    let rows: Vec<_> = explanation.accounts.iter().map(row).collect();
    let name = |id| explanation.accounts.iter().find(|one| one.id == id).map(|one| one.name.clone());
    let (account, because) = match &explanation.choice {
        Ok((id, Because::Affinity)) => (name(*id), "the conversation is there".to_owned()),
        Ok((id, _)) => (name(*id), format!("first by priority and the strategy '{}'", explanation.strategy)),
        Err(none) => (None, none.describe(now, &zone)),
    };
    if output.is_json() {
        let strategy = explanation.strategy.as_str();
        output.object(&Decision { friend: friend.name, model: args.model, strategy, account, because, accounts: rows });
        return Ok(());
    }
    output.list(&rows, &["id", "name", "verdict", "reason", "priority", "in_flight", "used"]);
    output.text(&match account {
        Some(account) => format!("A new conversation would go to {account}: {because}."),
        None => because,
    });
    Ok(())
}
