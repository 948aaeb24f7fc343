//! No key, no service, from any address; and no byte of a prompt, an answer or a secret on the disk.

use std::time::Duration;

use carpool_relay::pretend::{Behaviour, Pretend, Reply, Wait};
use reqwest::{
    StatusCode,
    header::{HeaderMap, HeaderValue},
};
use serde_json::json;

use crate::support::{
    disk::files_with,
    eventually,
    friend::{Answer, Friend, client, prompt, stream},
    owner::{ledger, set_up},
    program::{API_KEY, Folder},
    relay::Relay,
};

/// What no file may hold.
const CANARY: &str = "canary-91d7a4";
/// A key of the right shape that nobody was given.
const WRONG_KEY: &str = "cr_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[tokio::test]
async fn without_one_known_key_there_is_no_service_from_any_address() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    let key = set_up(&folder, &pretend).await;
    let relay = Relay::start(&folder).await;
    let (http, bearer) = (client(), format!("Bearer {WRONG_KEY}"));
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("", &[]),
        ("", &[("x-api-key", "")]),
        ("", &[("x-api-key", WRONG_KEY)]),
        ("", &[("x-goog-api-key", WRONG_KEY)]),
        ("", &[("api-key", WRONG_KEY)]),
        ("", &[("authorization", &bearer)]),
        ("", &[("authorization", "Basic b3duZXI6b3duZXI=")]),
        ("", &[("x-api-key", API_KEY)]),
        ("", &[("x-api-key", &key[..key.len() - 1])]),
        ("", &[("x-api-key", &key), ("authorization", &bearer)]),
        ("", &[("x-api-key", &key), ("x-goog-api-key", WRONG_KEY)]),
        ("?key=cr_0", &[("x-api-key", &key)]),
        ("?key=cr_0", &[]),
        ("", &[("x-forwarded-for", "127.0.0.1")]),
        ("", &[("forwarded", "for=127.0.0.1;host=localhost;proto=https")]),
        ("", &[("cf-connecting-ip", "127.0.0.1"), ("x-real-ip", "127.0.0.1"), ("true-client-ip", "::1")]),
        ("", &[("x-forwarded-for", "127.0.0.1"), ("x-forwarded-host", "localhost"), ("host", "localhost")]),
        ("", &[("x-original-url", "/health"), ("x-rewrite-url", "/health"), ("x-forwarded-user", "owner")]),
    ];

    for path in ["/v1/messages", "/api/v1/messages", "/claude/v1/messages/count_tokens", "/nowhere", "/"] {
        for (query, headers) in cases {
            let mut request = http.post(relay.url(&format!("{path}{query}"))).body(prompt("hello").to_string());
            for (name, value) in *headers {
                request = request.header(*name, *value);
            }
            let refused = Answer::of(request).await;
            assert_eq!(refused.status, 401, "{path}{query} {headers:?}");
            assert_eq!(refused.header("x-should-retry"), Some("false"), "{path}{query} {headers:?}");
            assert_eq!(refused.json()["error"]["type"], "authentication_error");
            assert_eq!(refused.json()["request_id"], refused.call_id());
        }
    }
    assert_eq!(Answer::of(http.get(relay.url("/v1/models"))).await.status, 401);

    assert!(pretend.requests().is_empty(), "something went upstream");
    assert!(ledger(&folder).await.is_empty(), "what nobody sent is nobody's call");
}

#[tokio::test]
async fn a_key_that_is_paused_or_revoked_is_refused_for_good() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    let key = set_up(&folder, &pretend).await;
    folder.run("key pause laptop").await.done();
    let paused = Relay::start(&folder).await;

    let refused = Friend::new(&paused, &key).ask(&prompt("hello")).await;
    assert_eq!((refused.status, refused.header("x-should-retry")), (403, Some("false")), "{refused:?}");
    paused.stop().await;

    folder.run("key revoke laptop").await.done();
    let revoked = Relay::start(&folder).await;
    let refused = Friend::new(&revoked, &key).ask(&prompt("hello")).await;
    assert_eq!((refused.status, refused.header("x-should-retry")), (401, Some("false")), "{refused:?}");
    assert!(pretend.requests().is_empty());
}

#[tokio::test]
async fn a_friends_key_never_travels_upstream() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    let key = set_up(&folder, &pretend).await;
    let relay = Relay::start(&folder).await;
    let (bearer, body) = (format!("Bearer {key}"), prompt("hello").to_string());

    for name in ["x-api-key", "x-goog-api-key", "api-key", "authorization"] {
        let value = if name == "authorization" { &bearer } else { &key };
        let request = client().post(relay.url("/v1/messages?beta=true")).header(name, value).body(body.clone());
        assert_eq!(Answer::of(request).await.status, 200, "{name}");
    }
    let in_query = client().post(relay.url(&format!("/v1/messages?key={key}&beta=true"))).body(body);
    assert_eq!(Answer::of(in_query).await.status, 200);

    for request in pretend.requests() {
        assert_eq!((request.secret(), request.target.as_str()), (Some(API_KEY), "/v1/messages?beta=true"));
        assert!(!format!("{request:?}").contains(&key), "{request:?}");
    }
}

#[tokio::test]
async fn no_prompt_no_answer_and_no_secret_is_in_any_file() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    let key = set_up(&folder, &pretend).await;
    let relay = Relay::run(&folder, folder.program("serve --json --port 0").env("CARPOOL_LOG", "trace")).await;

    send_canaries(&folder, &relay, &pretend, &key).await;

    let seen = pretend.requests().iter().filter(|request| format!("{request:?}").contains(CANARY)).count();
    assert!(seen >= 8, "only {seen} canaries went upstream");
    let is_kept_secret = |when: &str| {
        for secret in [CANARY, API_KEY, key.as_str(), WRONG_KEY] {
            let found = files_with(folder.path(), secret);
            assert!(found.is_empty(), "{when}: {secret} is in {found:?}");
        }
    };
    is_kept_secret("while it runs");
    for (place, text) in [("", "model-seen-by-the-search"), ("logs", "TRACE")] {
        assert!(!files_with(&folder.data_dir().join(place), text).is_empty(), "the search finds what is there");
    }
    relay.stop().await;
    is_kept_secret("after it stopped");
    assert!(ledger(&folder).await.len() > 12);
}

/// Sends the canary wherever a client or a provider can put one: more than 12 calls with a known key, and some that are refused.
async fn send_canaries(folder: &Folder, relay: &Relay, pretend: &Pretend, key: &str) {
    let friend = Friend::new(relay, key);
    let trouble = |model: &str| {
        let mut body = stream(CANARY);
        body["model"] = model.into();
        body.to_string()
    };
    let mut whole = prompt(CANARY);
    whole["metadata"] = json!({ "user_id": CANARY });
    whole["model"] = "model-seen-by-the-search".into();
    for (path, body) in [
        ("/v1/messages", whole.to_string()),
        ("/v1/messages", stream(CANARY).to_string()),
        ("/v1/messages/count_tokens", prompt(CANARY).to_string()),
        ("/v1/messages", trouble("pretend-429")),
        ("/v1/messages", trouble("pretend-cut")),
        ("/v1/messages", trouble("pretend-cut-event")),
        ("/v1/messages", trouble("pretend-gzip")),
        ("/v1/messages", format!("{{\"model\":\"{CANARY}")),
        ("/v1/messages", trouble("pretend-500")),
    ] {
        let query = format!("{path}?note={CANARY}");
        Answer::of(friend.post(&query, &body).header("x-note", CANARY).header("user-agent", CANARY)).await;
    }
    // The last of these makes the relay leave the account alone for a while.
    let account = folder.run("account list").await.done()[0]["id"].as_str().expect("an account").to_owned();
    folder.run(&format!("account clear {account}")).await.done();
    let serves = async || (friend.ask(&prompt("hello")).await.status == 200).then_some(());
    eventually("the account serves again", Duration::from_secs(5), serves).await;
    for status in [200, 400, 500] {
        pretend.next(Behaviour::Verbatim(said(status)));
        let answer = friend.ask(&prompt("what is the secret?")).await;
        assert!(String::from_utf8_lossy(&answer.body).contains(CANARY), "{answer:?}");
    }
    Answer::of(friend.post(&format!("/nowhere/{CANARY}"), CANARY)).await;
    Answer::of(Friend::new(relay, WRONG_KEY).post(&format!("/v1/messages/{CANARY}"), CANARY)).await;
}

/// An answer that says the canary.
fn said(status: u16) -> Reply {
    let body =
        json!({ "type": "message", "content": [{ "type": "text", "text": CANARY }], "error": CANARY }).to_string();
    let headers = HeaderMap::from_iter([
        (reqwest::header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (reqwest::header::SERVER, HeaderValue::from_static(CANARY)),
    ]);
    let status = StatusCode::from_u16(status).expect("a status");
    Reply { before_head: Wait::No, status, headers, steps: [carpool_relay::pretend::Step::Send(body.into())].into() }
}
