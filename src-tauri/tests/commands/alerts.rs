//! `carpool alerts`, `digest` and `webhook`: what the owner is told, and where.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, extract::State, http::StatusCode};
use carpool_relay::{clock::Clock, pretend::Pretend};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{
    database::dump,
    friend::{Friend, prompt},
    owner::set_up,
    program::{Folder, names},
    relay::Relay,
};

/// What is secret in the receiver's address.
const HOOK: &str = "hook-5d20ab-secret";

type Received = Arc<Mutex<Vec<Value>>>;

/// A receiver on this machine that takes everything with this status: its address, and what it was sent.
async fn receiver(status: u16) -> (String, Received) {
    let received = Received::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/{HOOK}", listener.local_addr().expect("an address"));
    let take = async move |State(received): State<Received>, body: Bytes| {
        received.lock().expect("no one panics").push(serde_json::from_slice(&body).expect("JSON"));
        StatusCode::from_u16(status).expect("a status")
    };
    let router = Router::new().fallback(take).with_state(Arc::clone(&received));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, received)
}

#[tokio::test]
async fn what_the_owner_is_told_of_is_shown_and_set() {
    let folder = Folder::new();
    let first = folder.run("alerts").await.done();
    assert_eq!(
        first,
        json!({
            "spend_per_hour_pico_usd": null, "accounts": true, "unusual_use_percent": 200, "digest": "monday 09:00",
            "episodes": [],
        })
    );

    let words = "alerts --spend-per-hour 2.50 --accounts off --unusual-use 300";
    let set = folder.run(words).await.done();
    let mut command = folder.program("alerts --json");
    let set_digest = crate::support::program::Ran::of(command.arg("--digest=friday 17")).await.done();

    assert_eq!(set["spend_per_hour_pico_usd"], 2_500_000_000_000_i64);
    assert_eq!((&set["accounts"], &set["unusual_use_percent"]), (&json!(false), &json!(300)));
    assert_eq!(set_digest["digest"], "friday 17:00");
    let off = folder.run("alerts --spend-per-hour none --unusual-use off --digest off").await.done();
    assert_eq!((&off["unusual_use_percent"], &off["digest"]), (&Value::Null, &Value::Null));
    for wrong in
        ["--spend-per-hour lots", "--spend-per-hour 0", "--accounts maybe", "--unusual-use 99", "--digest someday"]
    {
        folder.run(&format!("alerts {wrong}")).await.misused();
    }
}

#[tokio::test]
async fn a_webhook_is_added_from_stdin_listed_without_its_secrets_tested_for_real_and_removed() {
    let (folder, (url, received)) = (Folder::new(), receiver(200).await);
    let added = folder.feed("webhook add mine --format json --url-stdin", &url).await.done();
    let secret = added["secret"].as_str().expect("it is shown once").to_owned();
    assert!(secret.starts_with("whsec_") && secret.len() > 40, "{secret}");

    let lines = format!("{url}\nsign-me-7c\n");
    let chat = folder.feed("webhook add chat --format feishu --url-stdin --secret-stdin", &lines).await.done();
    assert_eq!(chat["is_signed"], true);
    let tested = folder.run("webhook test mine").await.done();
    assert_eq!((tested["state"].as_str(), tested["detail"].as_str()), (Some("sent"), Some("HTTP 200")));
    assert_eq!(received.lock().unwrap()[0]["type"], "test");

    let listed = folder.run("webhook list").await;
    let rows = listed.done();
    let expected = ["about", "at", "chat", "detail", "format", "id", "is_signed", "name", "place", "state"];
    assert_eq!(names(&rows[0]), expected);
    assert_eq!((&rows[1]["id"], &rows[1]["name"], &rows[1]["state"]), (&json!("w1"), &json!("mine"), &json!("sent")));
    let told = format!("{}{}{}", listed.stdout, listed.stderr, dump(&folder).await);
    for hidden in [HOOK, secret.as_str(), "sign-me-7c"] {
        assert!(!told.contains(hidden), "{hidden}");
    }
    folder.run("webhook remove chat").await.done();
    assert_eq!(folder.run("webhook list").await.done().as_array().map(Vec::len), Some(1));
    assert_eq!(folder.run("webhook test chat").await.failed(), "not_found");
}

#[tokio::test]
async fn a_webhook_that_refuses_or_lacks_something_says_so() {
    let (folder, (url, _)) = (Folder::new(), receiver(403).await);
    folder.feed("webhook add mine --format slack --url-stdin", &url).await.done();

    assert_eq!(folder.run("webhook test mine").await.failed(), "webhook_failed");
    assert_eq!(folder.feed("webhook add mine --format slack --url-stdin", &url).await.failed(), "name_taken");
    assert_eq!(folder.run("webhook add other --format slack").await.failed(), "bad_webhook");
    assert_eq!(folder.feed("webhook add other --format slack --url-stdin", "").await.failed(), "no_input");
    assert_eq!(folder.feed("webhook add other --format telegram --secret-stdin", "1:x").await.failed(), "bad_webhook");
    folder.run("webhook add other --format pager").await.misused();
}

#[tokio::test]
async fn the_last_week_is_shown_and_sent() {
    let (folder, pretend, (url, received)) =
        (Folder::new(), Pretend::start().await.expect("a provider"), receiver(200).await);
    let key = set_up(&folder, &pretend).await;
    assert_eq!(folder.run("digest --send").await.failed(), "no_webhook");
    folder.feed("webhook add mine --format json --url-stdin --about digest", &url).await.done();
    let relay = Relay::start(&folder).await;
    Friend::new(&relay, &key).ask(&prompt("hello")).await;
    relay.stop().await;
    let tomorrow = Clock::System.now().to_zoned(jiff::tz::TimeZone::UTC).date().tomorrow().expect("a day");

    let shown = folder.run(&format!("digest --before {tomorrow} --send")).await.done();

    assert_eq!(shown["digest"]["week"]["calls"], 1);
    assert_eq!(shown["digest"]["friends"][0]["name"], "Alex");
    assert_eq!(shown["sent"][0]["state"], "sent");
    assert_eq!(received.lock().unwrap()[0]["data"]["week"], shown["digest"]["week"]);
    assert!(shown["text"].as_str().expect("a text").contains("• Alex: "), "{shown}");
}
