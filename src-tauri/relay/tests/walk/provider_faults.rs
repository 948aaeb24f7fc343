//! What becomes of a stream when accounts of each provider fail, as one table that is kept in `provider_faults.txt`: the
//! provider's own refusals, read and passed on. Of two accounts the first has the fault.
//!
//! `UPDATE_GOLDEN=1` writes the file anew; the difference is then to be read.

use std::fmt::Write as _;

use bytes::Bytes;
use carpool_core::{dialect::responses::RESPONSES, provider::PROVIDERS, schedule::AccountId};
use carpool_relay::{
    pretend::{Behaviour, Reply, Step},
    store::accounts::NewAccount,
};
use http::StatusCode;
use serde_json::json;
use url::Url;

use crate::{
    caller::Whole,
    fixtures, frames, golden,
    providers::{self, PAIRS, Pair, TURNED, add, new_account, secret, shown},
    relay::TestRelay,
    verbatim,
};

/// Something that goes wrong, and the vendors' own words for it: by provider, the case among the core's answers.
enum Fault {
    ConnectRefused,
    Refusal {
        name: &'static str,
        status: u16,
        retry_after: Option<&'static str>,
        words: &'static [(&'static str, &'static str)],
    },
    FirstEvent,
    Cut,
}

const fn refused(
    name: &'static str,
    status: u16,
    retry_after: Option<&'static str>,
    words: &'static [(&'static str, &'static str)],
) -> Fault {
    Fault::Refusal { name, status, retry_after, words }
}

static FAULTS: &[Fault] = &[
    Fault::ConnectRefused,
    refused(
        "401",
        401,
        None,
        &[
            ("openai", "bad_key"),
            ("codex", "signed_out"),
            ("gemini", "bad_key"),
            ("azure", "wrong_key"),
            ("bedrock", "wrong_key"),
            ("droid", "signed_out"),
            ("compatible", "wrong_key"),
        ],
    ),
    refused("403", 403, None, &[("code-assist", "verify"), ("bedrock", "no_access")]),
    refused("404 model", 404, None, &[("azure", "no_deployment"), ("bedrock", "no_such_model")]),
    refused(
        "429 with a wait",
        429,
        Some("20"),
        &[
            ("claude", "window_used_up"),
            ("openai", "rate_limit_by_day"),
            ("codex", "window_used_up"),
            ("gemini", "by_the_minute"),
            ("code-assist", "quota_used_up"),
            ("azure", "limited"),
            ("droid", "limited"),
            ("compatible", "limited"),
        ],
    ),
    refused(
        "429 without",
        429,
        None,
        &[("code-assist", "no_capacity"), ("azure", "crowded"), ("bedrock", "throttled"), ("compatible", "crowded")],
    ),
    refused("500", 500, None, &[]),
    refused(
        "503",
        503,
        None,
        &[
            ("claude", "overloaded"),
            ("openai", "overloaded"),
            ("codex", "overloaded"),
            ("gemini", "overloaded"),
            ("bedrock", "unavailable"),
            ("droid", "overloaded"),
            ("compatible", "overloaded"),
        ],
    ),
    Fault::FirstEvent,
    Fault::Cut,
];

impl Fault {
    fn name(&self) -> &'static str {
        match self {
            Self::ConnectRefused => "connect refused",
            Self::Refusal { name, .. } => name,
            Self::FirstEvent => "error as the first event",
            Self::Cut => "cut in the middle",
        }
    }

    /// What the provider does; nothing where it is not reached.
    fn behaviour(&self, pair: &Pair) -> Option<Behaviour> {
        match self {
            Self::ConnectRefused => None,
            Self::Refusal { status, retry_after, words, .. } => {
                let own = words.iter().find(|(provider, _)| *provider == pair.provider.id);
                Some(match own {
                    Some((provider, case)) => fixtures::refusal(provider, case),
                    None => refusal_of(pair, *status, *retry_after),
                })
            }
            Self::FirstEvent => Some(first_event(pair)),
            Self::Cut => {
                let mut reply = served(pair);
                let half = reply.steps.len() / 2;
                reply.steps.truncate(half);
                reply.steps.push_back(Step::Cut);
                Some(Behaviour::Verbatim(reply))
            }
        }
    }
}

/// A refusal in the vendor's form where nothing more is known of it.
fn refusal_of(pair: &Pair, status: u16, retry_after: Option<&str>) -> Behaviour {
    let message = "Refused on purpose";
    let body = match (pair.provider.id, pair.speech.dialect.id) {
        ("bedrock", _) => json!({ "message": message }),
        (_, "messages") => json!({ "type": "error", "error": { "type": "pretend_error", "message": message } }),
        (_, "generate_content") => json!({ "error": { "code": status, "message": message, "status": "PRETEND" } }),
        _ => json!({ "error": { "message": message, "type": "pretend_error", "param": null, "code": null } }),
    };
    let mut reply = verbatim::answer("application/json", [Bytes::from(body.to_string())]);
    reply.status = StatusCode::from_u16(status).unwrap();
    if let Some(wait) = retry_after {
        reply.headers.insert("retry-after", wait.parse().unwrap());
    }
    Behaviour::Verbatim(reply)
}

/// A stream whose first event is an error.
fn first_event(pair: &Pair) -> Behaviour {
    match (pair.provider.id, pair.speech.dialect.id) {
        ("bedrock", _) => {
            Behaviour::Verbatim(frames::stream(&[frames::exception("throttlingException", "Too many requests")]))
        }
        (_, "messages") => verbatim::stream_of_error("overloaded_error"),
        (_, "responses") => fixtures::of(&RESPONSES, "error_first.sse").behaviour(),
        (_, "chat") => {
            verbatim::stream(&["data: {\"error\":{\"message\":\"m\",\"type\":\"server_error\",\"code\":null}}\n\n"])
        }
        _ => verbatim::stream(&["data: {\"error\":{\"code\":503,\"message\":\"m\",\"status\":\"UNAVAILABLE\"}}\n\n"]),
    }
}

/// The stream that an account without a fault answers.
fn served(pair: &Pair) -> Reply {
    let dialect = pair.speech.dialect;
    match pair.provider.id {
        "bedrock" => frames::stream(&frames::frames(&fixtures::of(dialect, "stream.sse"))),
        "code-assist" => fixtures::of(dialect, "stream_wrapped.sse").reply(),
        _ => fixtures::of(dialect, "stream.sse").reply(),
    }
}

/// One dialect for each provider, in the order they are listed.
fn each_provider() -> impl Iterator<Item = &'static Pair> {
    let dialects = [
        ("claude", "messages"),
        ("openai", "chat"),
        ("codex", "responses"),
        ("gemini", "generate_content"),
        ("code-assist", "generate_content"),
        ("azure", "responses"),
        ("bedrock", "messages"),
        ("droid", "messages"),
        ("compatible", "chat"),
    ];
    assert!(dialects.iter().map(|(provider, _)| *provider).eq(PROVIDERS.iter().map(|provider| provider.id)));
    dialects.into_iter().map(|(provider, dialect)| {
        let is_it = |pair: &&Pair| pair.provider.id == provider && pair.speech.dialect.id == dialect;
        PAIRS.iter().chain(TURNED).find(is_it).unwrap()
    })
}

#[tokio::test]
async fn what_becomes_of_a_stream_when_accounts_of_each_provider_fail_is_as_written_down() {
    let mut table = String::from(
        "What becomes of a stream when the first account of a provider fails. Made by provider_faults.rs.\n\n\
         provider | fault | accounts | the client saw | accounts asked | their state | the ledger\n\
         --- | --- | --- | --- | --- | --- | ---\n",
    );
    for pair in each_provider() {
        for fault in FAULTS {
            for accounts in [1, 2] {
                let row = play(pair, fault, accounts).await;
                writeln!(table, "{} | {} | {accounts} | {row}", pair.name(), fault.name()).unwrap();
            }
        }
    }

    golden::compare("provider_faults.txt", &table);
}

async fn play(pair: &Pair, fault: &Fault, accounts: usize) -> String {
    let relay = providers::start().await;
    let provider = pair.provider;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    for number in 1..=accounts {
        let mut account = new_account(&relay, provider, &format!("account {number}"));
        let behaviour = fault.behaviour(pair).filter(|_| number == 1);
        if number == 1 && behaviour.is_none() {
            account = NewAccount { base_url: Some(closed.clone()), ..account };
        }
        add(&relay, account, &secret(provider, number)).await;
        let behaviour = behaviour.unwrap_or_else(|| Behaviour::Verbatim(served(pair)));
        relay.pretend.always_for(&shown(provider, number), behaviour);
    }
    // A sign-in that is refused cannot be renewed either.
    relay.pretend.next(over());
    let before = relay.pretend.requests().len();

    let answer = pair.ask(&relay, true).send().await.whole().await;

    let row = relay.settled().await.pop().unwrap();
    let standing = |number: usize| {
        let now = relay.house.accounts().snapshot(AccountId(i64::try_from(number).unwrap())).unwrap();
        let of_models = if now.limited_families.is_empty() { "" } else { " but for the model" };
        format!("{}{of_models}", now.standing.as_str())
    };
    let states: Vec<_> = (1..=accounts).map(standing).collect();
    let asked = asked(&relay, pair, before);
    let ledger = format!("{} {} after {}", row.status, row.http_status.unwrap_or(0), row.attempts);
    relay.finish_unreconciled().await;
    format!("{} | {asked} | {} | {ledger}", saw(pair, &answer), states.join(", "))
}

/// What a token endpoint says of a sign-in that is over.
fn over() -> Behaviour {
    let mut reply = verbatim::answer("application/json", [Bytes::from_static(br#"{"error":"invalid_grant"}"#)]);
    reply.status = StatusCode::BAD_REQUEST;
    Behaviour::Verbatim(reply)
}

/// What a client of the dialect makes of an answer.
fn saw(pair: &Pair, answer: &Whole) -> String {
    let (text, status) = (answer.text(), answer.status.as_u16());
    let retry = match (answer.header("retry-after"), answer.header("x-should-retry")) {
        ("", "") => String::new(),
        ("", _) => ", never again".to_owned(),
        (wait, _) => format!(", again in {wait} s"),
    };
    let has_error = match pair.speech.dialect.id {
        "messages" => text.contains("event: error"),
        "responses" => text.contains("event: error") || text.contains("event: response.failed"),
        _ => text.contains("data: {\"error\""),
    };
    let what = match () {
        () if !answer.is_whole => "broken off".to_owned(),
        () if status == 200 && has_error => "an error event".to_owned(),
        () if status == 200 => "whole".to_owned(),
        () => {
            let whole = answer.json();
            let error = whole.get("error").or_else(|| whole[0].get("error")).unwrap_or(&whole);
            let words: &[&str] = match pair.speech.dialect.id {
                "messages" => &["type"],
                "generate_content" => &["status"],
                _ => &["type", "code"],
            };
            let said = words.iter().find_map(|word| error.get(word)?.as_str());
            let unnamed = if error.get("message").is_some() && error != &whole { "unnamed" } else { "not in its form" };
            said.unwrap_or(unnamed).to_owned()
        }
    };
    format!("{status} {what}{retry}")
}

/// The accounts that the provider was asked with, in order.
fn asked(relay: &TestRelay, pair: &Pair, before: usize) -> String {
    let requests = relay.pretend.requests();
    let number = |secret: Option<&str>| {
        let place = (1..=2).find(|number| secret == Some(&*shown(pair.provider, *number)));
        place.map_or_else(|| "the token endpoint".to_owned(), |number| number.to_string())
    };
    let numbers: Vec<_> = requests[before..].iter().map(|request| number(request.secret())).collect();
    if numbers.is_empty() { "none".to_owned() } else { numbers.join(", ") }
}
