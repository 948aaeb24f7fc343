//! `carpool explain`

use carpool_core::{
    call::Client,
    dialect::Dialect,
    schedule::{Because, Reason},
    window,
};
use carpool_relay::{
    OpenError,
    accounts::{Accounts, Explained, SharedWindow, Surroundings, lease::Wanted},
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
    windows: Vec<Window>,
}

/// A subscription's window, and the friend's part in it. Parts are 0 to 1.
#[derive(Debug, Serialize)]
struct Window {
    account: String,
    window: String,
    used: f64,
    used_by_friend: f64,
    share: f64,
    resets_at: Option<Timestamp>,
    /// When it will be used up at this pace, and within which bounds.
    ends_at: Option<Timestamp>,
    earliest: Option<Timestamp>,
    latest: Option<Timestamp>,
}

impl Window {
    fn of(account: &str, window: &SharedWindow, friend: i64) -> Self {
        let part = window.split.parts.iter().find(|part| part.friend == friend);
        let length = window::spell(window.hours);
        let rounded = |part: f64| (part * 1000.0).round() / 1000.0;
        Self {
            account: account.to_owned(),
            window: window.family.as_ref().map_or(length.clone(), |family| format!("{length} of {family}")),
            used: rounded(window.split.used),
            used_by_friend: part.map_or(0.0, |part| rounded(part.used_fraction)),
            share: part.map_or(0.0, |part| rounded(part.entitled_fraction)),
            resets_at: window.resets_at,
            ends_at: window.forecast.ends_at,
            earliest: window.forecast.earliest,
            latest: window.forecast.latest,
        }
    }
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
    let shared = accounts.shared();
    let windows = shared.iter().flat_map(|shared| {
        let name = name(shared.account).unwrap_or_default();
        shared.windows.iter().map(move |window| Window::of(&name, window, friend.id))
    });
    let windows: Vec<_> = windows.collect();
    if output.is_json() {
        let strategy = explanation.strategy.as_str();
        let friend = friend.name;
        output.object(&Decision { friend, model: args.model, strategy, account, because, accounts: rows, windows });
        return Ok(());
    }
    output.list(&rows, &["id", "name", "verdict", "reason", "priority", "in_flight", "used"]);
    if !windows.is_empty() {
        output.list(&windows, &["account", "window", "used", "used_by_friend", "share", "resets_at", "ends_at"]);
    }
    output.text(&match account {
        Some(account) => format!("A new conversation would go to {account}: {because}."),
        None => because,
    });
    Ok(())
}
