//! What becomes of a call when accounts fail, as one table that is kept in `fault_matrix.txt`: each fault, streamed or not,
//! with one to three accounts. The first account has the fault, or all of them.
//!
//! `UPDATE_GOLDEN=1` writes the file anew; the difference is then to be read.

use std::{fmt::Write as _, time::Duration};

use carpool_core::schedule::AccountId;
use carpool_relay::pretend::{Behaviour, Delivery, Place, Trouble, Wait};
use url::Url;

use crate::{
    caller::Whole,
    golden,
    relay::{TestRelay, prompt, streaming_prompt, until},
    stopped_time::StoppedTime,
    verbatim::{refusal, stream_of_error},
};

const SECRETS: [&str; 3] = ["sk-ant-api03-one", "sk-ant-api03-two", "sk-ant-api03-three"];
/// 2026-11-20T14:00:00Z: two hours after every test begins.
const RESET: &str = "1795183200";

/// Something that goes wrong at an account.
struct Fault {
    name: &'static str,
    kind: Kind,
}

enum Kind {
    /// The account's address leads nowhere.
    Address(fn(&Closed) -> Url),
    /// The provider does this.
    Answer(fn() -> Behaviour),
    /// The same, in a stream alone.
    InStream(fn() -> Behaviour),
    /// The provider falls silent, for longer than anybody waits.
    Silent(fn() -> Behaviour),
}

/// A port that nobody listens at, and one where TLS is not spoken.
struct Closed {
    refusing: Url,
    without_tls: Url,
}

fn unified(status: u16, labels: &[(&'static str, &str)]) -> Behaviour {
    refusal(status, "This request would exceed a rate limit", labels)
}

fn faults() -> Vec<Fault> {
    use Kind::{Address, Answer, InStream, Silent};
    let trouble = |name, kind| Fault { name, kind };
    vec![
        trouble("connect refused", Address(|closed| closed.refusing.clone())),
        trouble("no such name", Address(|_| Url::parse("http://provider.invalid").unwrap())),
        trouble("no TLS", Address(|closed| closed.without_tls.clone())),
        trouble("401", Answer(|| Behaviour::refuse(401))),
        trouble("403", Answer(|| Behaviour::refuse(403))),
        trouble("403 disabled", Answer(|| refusal(403, "This organization has been disabled.", &[]))),
        trouble("404 model", Answer(|| Behaviour::refuse(404))),
        trouble(
            "429 account",
            Answer(|| {
                unified(
                    429,
                    &[
                        ("anthropic-ratelimit-unified-status", "rejected"),
                        ("anthropic-ratelimit-unified-5h-status", "rejected"),
                        ("anthropic-ratelimit-unified-5h-reset", RESET),
                    ],
                )
            }),
        ),
        trouble(
            "429 family",
            Answer(|| {
                unified(
                    429,
                    &[
                        ("anthropic-ratelimit-unified-status", "rejected"),
                        ("anthropic-ratelimit-unified-5h-status", "allowed"),
                        ("anthropic-ratelimit-unified-7d-status", "allowed"),
                        ("anthropic-ratelimit-unified-7d_oi-status", "rejected"),
                        ("anthropic-ratelimit-unified-7d_oi-reset", RESET),
                    ],
                )
            }),
        ),
        trouble("429 request", Answer(|| unified(429, &[("retry-after", "20")]))),
        trouble("500", Answer(|| Behaviour::refuse(500))),
        trouble("502", Answer(|| Behaviour::refuse(502))),
        trouble("529", Answer(|| Behaviour::refuse(529))),
        trouble("overload in 200", InStream(|| stream_of_error("overloaded_error"))),
        trouble("cut before the first event", InStream(|| Behaviour::trouble(Place::AfterBytes(20), Trouble::Cut))),
        trouble("cut in the middle", Answer(|| Behaviour::trouble(Place::AfterBytes(600), Trouble::Cut))),
        trouble(
            "slow first byte",
            Silent(|| Behaviour::Answer(Delivery { before_head: Wait::Forever, ..Delivery::default() })),
        ),
        trouble(
            "stall in the middle",
            Silent(|| Behaviour::trouble(Place::AfterBytes(600), Trouble::Wait(Wait::Forever))),
        ),
    ]
}

/// How many accounts there are, and how many of them have the fault.
const GROUPS: [(usize, usize); 5] = [(1, 1), (2, 1), (2, 2), (3, 1), (3, 3)];

#[tokio::test]
async fn what_becomes_of_a_call_when_accounts_fail_is_as_written_down() {
    let mut table = String::from(
        "What becomes of a call when accounts fail. Made by fault_matrix.rs.\n\n\
         fault | call | accounts (faulty) | the client saw | accounts asked | their state | the ledger\n\
         --- | --- | --- | --- | --- | --- | ---\n",
    );
    for fault in faults() {
        for is_stream in [false, true] {
            if matches!(fault.kind, Kind::InStream(_)) && !is_stream {
                continue;
            }
            for (accounts, faulty) in GROUPS {
                let row = play(&fault, is_stream, accounts, faulty).await;
                let call = if is_stream { "stream" } else { "whole" };
                writeln!(table, "{} | {call} | {accounts} ({faulty}) | {row}", fault.name).unwrap();
            }
        }
    }

    golden::compare("fault_matrix.txt", &table);
}

async fn play(fault: &Fault, is_stream: bool, accounts: usize, faulty: usize) -> String {
    let relay = TestRelay::start_without_account().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = Closed {
        refusing: Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap(),
        without_tls: Url::parse(&relay.pretend.url().as_str().replace("http:", "https:")).unwrap(),
    };
    drop(listener);
    for (number, secret) in SECRETS.iter().enumerate().take(accounts) {
        let address = match &fault.kind {
            Kind::Address(address) if number < faulty => Some(address(&closed)),
            _ => None,
        };
        relay.add_account_at(&format!("account {}", number + 1), secret, address).await;
        match &fault.kind {
            Kind::Answer(answer) | Kind::InStream(answer) | Kind::Silent(answer) if number < faulty => {
                relay.pretend.always_for(secret, answer());
            }
            _ => {}
        }
    }

    let body =
        if is_stream { streaming_prompt } else { prompt }("claude-sonnet-4-5", "hello, and tell me something long");
    let answer = match fault.kind {
        Kind::Silent(_) => in_silence(&relay, body).await,
        _ => relay.call(body).send().await.whole().await,
    };

    let rows = relay.settled().await;
    let row = rows.last().unwrap();
    let standing = |id| {
        let now = relay.house.accounts().snapshot(AccountId(id)).unwrap();
        let families: String =
            now.limited_families.iter().map(|hold| format!(" but {}", hold.family.as_ref().unwrap())).collect();
        format!("{}{families}", now.standing.as_str())
    };
    let count = i64::try_from(accounts).unwrap();
    let states: Vec<_> = (1..=count).map(standing).collect();
    let ledger = format!("{} {} after {}", row.status, row.http_status.unwrap_or(0), row.attempts);
    let seen = format!("{} | {} | {} | {ledger}", saw(&answer), asked(&relay), states.join(", "));
    relay.finish_unreconciled().await;
    seen
}

/// Sends a call and lets more time pass than anybody waits for a silent provider.
async fn in_silence(relay: &TestRelay, body: String) -> Whole {
    let calling = tokio::spawn(relay.call(body).send());
    until("the provider has the call", async || !relay.pretend.requests().is_empty()).await;
    // What was sent before the silence gets through first.
    for _ in 0..20 {
        tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(2))).await.unwrap();
    }
    let time = StoppedTime::stop();
    time.pass(Duration::from_secs(640)).await;
    drop(time);
    calling.await.unwrap().whole().await
}

fn saw(answer: &Whole) -> String {
    let text = answer.text();
    let retry = match answer.header("retry-after") {
        "" => String::new(),
        wait => format!(", again in {wait} s"),
    };
    let end = match () {
        () if !answer.is_whole => "broken off",
        () if text.contains("event: error") => "an error event",
        () if text.contains("message_stop") || answer.status == 200 => "whole",
        () => return format!("{} {}{retry}", answer.status.as_u16(), answer.json()["error"]["type"]),
    };
    format!("{} {end}{retry}", answer.status.as_u16())
}

/// The accounts the provider was asked with, in order.
fn asked(relay: &TestRelay) -> String {
    let numbers = relay.pretend.requests().into_iter().map(|request| {
        let place = SECRETS.iter().position(|secret| Some(*secret) == request.secret());
        place.map_or_else(|| "?".to_owned(), |place| (place + 1).to_string())
    });
    let numbers: Vec<_> = numbers.collect();
    if numbers.is_empty() { "none".to_owned() } else { numbers.join(", ") }
}
