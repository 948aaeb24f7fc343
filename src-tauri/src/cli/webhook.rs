//! `carpool webhook …`: the places that alerts and digests are sent to.

use std::io::{self, Read};

use carpool_core::webhook::{BadPlace, Format, Note};
use carpool_relay::{
    accounts::Surroundings,
    alerts::{
        self,
        webhooks::{self, Wanted, Webhook},
    },
    store::webhooks::{About, LastLetter, LetterState},
};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::{
    named::{database, unknown},
    output::Output,
};
use crate::failure::Failure;

/// The most that is read from stdin: an address and a secret.
const MAX_INPUT_BYTES: u64 = 16 * 1024;

#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    /// Add a webhook; nothing is sent until there is something to tell, or you test it
    ///
    /// Addresses and secrets are read from stdin, a line each, and stored sealed. "json" posts {"type", "timestamp", "data"}
    /// signed as Standard Webhooks has it: webhook-signature is "v1," and the base64 of HMAC-SHA256 over
    /// webhook-id.webhook-timestamp.body, keyed with what stands after whsec_ in the secret, in base64. Without
    /// --secret-stdin a secret is drawn and shown once.
    Add(AddArgs),
    /// List the webhooks, and how the last letter to each went
    List,
    /// Send a test now, and tell what came back
    Test {
        /// The webhook, by id or name
        webhook: String,
    },
    /// Remove a webhook, and what is on its way to it
    Remove {
        /// The webhook, by id or name
        webhook: String,
    },
}

#[derive(Args, Debug)]
pub(crate) struct AddArgs {
    /// A name for it
    name: String,
    /// json, slack, discord, telegram, feishu, dingtalk or wecom
    #[arg(long, value_parser = parse_format)]
    format: &'static Format,
    /// Read the address from stdin (telegram knows its own)
    #[arg(long)]
    url_stdin: bool,
    /// Read the secret from stdin, after the address: what json, feishu and dingtalk sign with, or telegram's bot token
    #[arg(long)]
    secret_stdin: bool,
    /// The chat, for telegram: a number, or @ and a channel's name
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    chat: Option<String>,
    /// What it is told: all, alerts or digest
    #[arg(long, value_name = "all|alerts|digest", value_parser = parse_about, default_value = "all")]
    about: About,
}

fn parse_format(id: &str) -> Result<&'static Format, BadPlace> {
    id.parse()
}

fn parse_about(word: &str) -> Result<About, &'static str> {
    About::find(word).ok_or("expected all, alerts or digest")
}

/// A webhook as it may be shown.
#[derive(Debug, Serialize)]
struct Shown {
    id: String,
    name: String,
    format: String,
    about: &'static str,
    /// The address without what is secret in it, or why it cannot be read.
    place: String,
    chat: Option<String>,
    is_signed: bool,
    /// `sent`, `trying` or `gave_up`; `null` before the first letter.
    state: Option<&'static str>,
    detail: Option<String>,
    at: Option<Timestamp>,
    /// The secret that was drawn for it, this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

pub(crate) async fn run(command: WebhookCommand, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    match command {
        WebhookCommand::Add(args) => add(args, around, output).await,
        WebhookCommand::List => {
            let all = webhooks::list(around).await.map_err(database)?;
            let rows: Vec<_> = all.into_iter().map(|webhook| shown(webhook, None)).collect();
            output.list(&rows, &["id", "name", "format", "about", "place", "state", "detail"]);
            Ok(())
        }
        WebhookCommand::Test { webhook } => {
            let webhook = named(around, &webhook).await?;
            let note = alerts::test_note(alerts::language(around.store.pool()).await.map_err(database)?);
            let sent = Sent::of(&webhook, alerts::send_now(around, &webhook, &note).await?);
            output.object(&sent);
            if sent.is_sent() { Ok(()) } else { Err(Failure::new("webhook_failed", sent.why())) }
        }
        WebhookCommand::Remove { webhook } => {
            let webhook = named(around, &webhook).await?;
            webhooks::remove(around, webhook.id).await.map_err(database)?;
            output.object(&serde_json::json!({ "id": webhook_id(webhook.id), "name": webhook.name, "removed": true }));
            Ok(())
        }
    }
}

async fn add(args: AddArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let (address, secret) = read_lines(args.url_stdin, args.secret_stdin)?;
    let AddArgs { name, format, chat, about, .. } = args;
    let added = webhooks::add(around, Wanted { name, format, address, secret, chat, about }).await?;
    let all = webhooks::list(around).await.map_err(database)?;
    let webhook = all.into_iter().find(|webhook| webhook.id == added.id).expect("it was just added");
    output.object(&shown(webhook, added.drawn.as_ref()));
    if added.drawn.is_some() {
        output.note("Give the receiver this secret; it is not shown again.");
    }
    Ok(())
}

/// Reads the address and the secret, a line each, those that are to be read.
fn read_lines(url: bool, secret: bool) -> Result<(Option<SecretString>, Option<SecretString>), Failure> {
    if !url && !secret {
        return Ok((None, None));
    }
    let mut text = String::new();
    io::stdin().take(MAX_INPUT_BYTES).read_to_string(&mut text)?;
    let text = SecretString::from(text);
    let mut lines = text.expose_secret().lines().map(str::trim).filter(|line| !line.is_empty());
    let mut next = |what: &str| {
        let line = lines.next().map(SecretString::from);
        line.ok_or_else(|| Failure::new("no_input", format!("stdin has no line with the {what}")))
    };
    let url = if url { Some(next("address")?) } else { None };
    let secret = if secret { Some(next("secret")?) } else { None };
    Ok((url, secret))
}

fn shown(webhook: Webhook, drawn: Option<&SecretString>) -> Shown {
    let (place, chat, is_signed) = match &webhook.place {
        Ok(place) => (place.shown(), place.chat().map(str::to_owned), place.secret().is_some()),
        Err(error) => (error.to_string(), None, false),
    };
    let (state, detail, at) = match webhook.last {
        None => (None, None, None),
        Some(LastLetter { at, state, detail }) => (Some(state.as_str()), Some(detail), Some(at)),
    };
    let secret = drawn.map(|secret| secret.expose_secret().to_owned());
    let (id, about) = (webhook_id(webhook.id), webhook.about.as_str());
    Shown { id, name: webhook.name, format: webhook.format, about, place, chat, is_signed, state, detail, at, secret }
}

/// The webhook with this id or name.
async fn named(around: &Surroundings, wanted: &str) -> Result<Webhook, Failure> {
    let mut all = webhooks::list(around).await.map_err(database)?;
    let found = all.iter().position(|webhook| webhook_id(webhook.id) == wanted || webhook.name == wanted);
    let known: Vec<_> = all.iter().map(|webhook| webhook.name.as_str()).collect();
    match found {
        None => Err(unknown("webhook", wanted, &known)),
        Some(at) => Ok(all.swap_remove(at)),
    }
}

fn webhook_id(id: i64) -> String {
    format!("w{id}")
}

/// How sending to a webhook went.
#[derive(Debug, Serialize)]
pub(super) struct Sent {
    pub(super) webhook: String,
    state: &'static str,
    pub(super) detail: String,
    at: Timestamp,
}

impl Sent {
    fn of(webhook: &Webhook, last: LastLetter) -> Self {
        let LastLetter { at, state, detail } = last;
        Self { webhook: webhook.name.clone(), state: state.as_str(), detail, at }
    }

    pub(super) fn is_sent(&self) -> bool {
        self.state == LetterState::Sent.as_str()
    }

    fn why(&self) -> String {
        format!("{} was not told: {}", self.webhook, self.detail)
    }
}

/// Sends a note to every webhook that is told such, at once.
pub(super) async fn send_to_all(around: &Surroundings, about: About, note: &Note) -> Result<Vec<Sent>, Failure> {
    let all = webhooks::list(around).await.map_err(database)?;
    let told: Vec<_> = all.iter().filter(|webhook| webhook.about == About::All || webhook.about == about).collect();
    if told.is_empty() {
        return Err(Failure::new("no_webhook", "there is no webhook to send it to: carpool webhook add"));
    }
    let mut sent = Vec::new();
    for webhook in told {
        sent.push(Sent::of(webhook, alerts::send_now(around, webhook, note).await?));
    }
    Ok(sent)
}
