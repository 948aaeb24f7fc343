//! `carpool invite …`

use carpool_core::{
    invite::{DEFAULT_LIFE, LONGEST_LIFE},
    limits::Limits,
};
use carpool_relay::{
    accounts::Surroundings,
    invites,
    store::invites::{Invite, Terms},
    tunnel,
};
use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::json;
use url::{Host, Url};

use super::{
    expiry::{Expiry, ExpiryFlags},
    key::Binding,
    limits::LimitFlags,
    named::{self, key_id},
    output::Output,
};
use crate::failure::Failure;

/// Where a relay listens unless it is told otherwise.
const DEFAULT_ADDRESS: &str = "http://127.0.0.1:8787";

#[derive(Debug, Subcommand)]
pub(crate) enum InviteCommand {
    /// Make a link by which a friend gets a key, once; it is shown this once
    Create(Box<CreateArgs>),
    /// List the invites, the newest first
    List,
    /// Take an invite back: nobody can redeem it any more
    Revoke {
        /// The invite, by its id or code
        id: String,
    },
}

/// What limits, accounts and expiry say is of the key that the friend gets.
#[derive(Args, Debug)]
pub(crate) struct CreateArgs {
    /// The friend it is for
    #[arg(long)]
    friend: String,
    /// A name for the key, e.g. the device [default: laptop, laptop-2, …]
    #[arg(long)]
    name: Option<String>,
    /// How many hours the link is good for
    #[arg(long, value_name = "HOURS", default_value_t = DEFAULT_LIFE.as_hours(),
          value_parser = clap::value_parser!(i64).range(1..=LONGEST_LIFE.as_hours()))]
    expires_after: i64,
    /// Where the friend reaches your relay, e.g. https://carpool.example [default: the tunnel's address, if one is up]
    #[arg(long, value_name = "URL", value_parser = base_url)]
    base_url: Option<Url>,
    #[command(flatten)]
    limits: LimitFlags,
    #[command(flatten)]
    binding: Binding,
    #[command(flatten)]
    expiry: ExpiryFlags,
}

#[derive(Debug, Serialize)]
struct Listed {
    id: String,
    friend: String,
    code: String,
    state: &'static str,
    created_at: Timestamp,
    expires_at: Timestamp,
    redeemed_at: Option<Timestamp>,
    /// The key it became.
    key: Option<String>,
    key_id: Option<String>,
    first_call_at: Option<Timestamp>,
}

pub(crate) async fn run(command: InviteCommand, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    match command {
        InviteCommand::Create(args) => create(*args, around, output).await,
        InviteCommand::List => {
            let now = around.clock.now();
            let all: Vec<_> = invites::list(around).await?.iter().map(|invite| listed(invite, now)).collect();
            output.list(&all, &["id", "friend", "code", "state", "expires_at", "redeemed_at", "key", "first_call_at"]);
            Ok(())
        }
        InviteCommand::Revoke { id } => {
            let all = invites::list(around).await?;
            let found = all.iter().find(|invite| invite_id(invite.id) == id || invite.code == id);
            let known: Vec<_> = all.iter().map(|invite| invite_id(invite.id)).collect();
            let known: Vec<_> = known.iter().map(String::as_str).collect();
            let invite = found.ok_or_else(|| named::unknown("invite", &id, &known))?;
            invites::revoke(around, invite.id).await?;
            output.object(&json!({ "id": invite_id(invite.id), "friend": invite.friend, "revoked": true }));
            Ok(())
        }
    }
}

async fn create(args: CreateArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let CreateArgs { friend, name, expires_after, base_url, limits, binding, expiry } = args;
    let expiry = expiry.read(around.clock.now(), &TimeZone::system())?;
    let terms = Terms {
        name,
        limits: limits.over(Limits::default())?,
        bound: binding.read(around).await?,
        expires_at: if let Some(Expiry::At(at)) = expiry { Some(at) } else { None },
        expires_after_days: if let Some(Expiry::AfterFirstUse(days)) = expiry { Some(days) } else { None },
    };
    let friend = named::friend(around, &friend).await?;
    let base = base_url.map_or_else(|| address(around, output), |url| url.to_string());
    let invite = invites::create(around, friend.id, &terms, SignedDuration::from_hours(expires_after)).await?;
    output.json_line(&json!({
        "id": invite_id(invite.id),
        "friend": friend.name,
        "code": invite.code.as_str(),
        "link": invite.link(&base).expose_secret(),
        "expires_at": invite.expires_at,
    }));
    if !output.is_json() {
        output.note(
            "This is the only time the link is shown. Whoever opens it first gets the key: send it to nobody else.",
        );
    }
    Ok(())
}

fn listed(invite: &Invite, now: Timestamp) -> Listed {
    let redeemed = invite.redeemed();
    Listed {
        id: invite_id(invite.id),
        friend: invite.friend.clone(),
        code: invite.code.clone(),
        state: invite.standing(now).as_str(),
        created_at: invite.created_at,
        expires_at: invite.expires_at,
        redeemed_at: redeemed.map(|redeemed| redeemed.at),
        key: redeemed.map(|redeemed| redeemed.key.clone()),
        key_id: redeemed.map(|redeemed| key_id(redeemed.key_id)),
        first_call_at: redeemed.and_then(|redeemed| redeemed.first_call_at),
    }
}

fn invite_id(id: i64) -> String {
    format!("i{id}")
}

/// Where the running relay is reached; says so where that is from this machine alone.
fn address(around: &Surroundings, output: &Output) -> String {
    let Some(running) = carpool_relay::running(&around.data_dir) else {
        output.note(&format!(
            "No relay is running: the link names {DEFAULT_ADDRESS}, which only this machine reaches. Give --base-url for \
             another address."
        ));
        return DEFAULT_ADDRESS.to_owned();
    };
    if let Some(public) = tunnel::recorded(&around.data_dir).and_then(|recorded| recorded.public_url) {
        return public;
    }
    let (address, only_here) = seen_from_here(&running.url);
    if only_here {
        output.note(&format!(
            "No tunnel is up: the link names {address}, which only this machine reaches. Start one (carpool tunnel start), \
             or give --base-url."
        ));
    }
    address
}

/// A relay's address as a link can name it, and whether only this machine reaches it. One that listens everywhere is named
/// by where this machine finds it: which of its addresses a friend reaches is not known here.
fn seen_from_here(url: &str) -> (String, bool) {
    let Ok(mut parsed) = Url::parse(url) else { return (url.to_owned(), false) };
    let (is_loopback, is_everywhere) = match parsed.host() {
        Some(Host::Ipv4(ip)) => (ip.is_loopback(), ip.is_unspecified()),
        Some(Host::Ipv6(ip)) => (ip.is_loopback(), ip.is_unspecified()),
        _ => (false, false),
    };
    if is_everywhere && parsed.set_host(Some("127.0.0.1")).is_ok() {
        return (parsed.as_str().trim_end_matches('/').to_owned(), true);
    }
    (url.to_owned(), is_loopback)
}

fn base_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "expected an address such as https://carpool.example".to_owned())?;
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.path() == "/";
    match url.scheme() {
        "http" | "https" if is_plain && url.has_host() => Ok(url),
        _ => Err("expected http:// or https:// and a host, with nothing after it".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_names_an_address_that_a_browser_can_open() {
        assert_eq!(seen_from_here("http://127.0.0.1:8787"), ("http://127.0.0.1:8787".to_owned(), true));
        assert_eq!(seen_from_here("http://[::1]:1"), ("http://[::1]:1".to_owned(), true));
        assert_eq!(seen_from_here("http://0.0.0.0:8787"), ("http://127.0.0.1:8787".to_owned(), true));
        assert_eq!(seen_from_here("http://[::]:8787"), ("http://127.0.0.1:8787".to_owned(), true));
        assert_eq!(seen_from_here("http://192.0.2.7:80"), ("http://192.0.2.7:80".to_owned(), false));
    }

    #[test]
    fn the_base_of_a_link_is_an_address_and_nothing_more() {
        assert!(base_url("https://carpool.example").is_ok() && base_url("http://192.0.2.7:8787/").is_ok());
        for text in ["carpool.example", "ftp://x", "https://x/below", "https://x/?a", "https://x/#k=1", "https://me@x"]
        {
            assert!(base_url(text).is_err(), "{text}");
        }
    }
}
