//! `carpool account …`, without signing in.

use carpool_relay::pretend::{Behaviour, Pretend};
use serde_json::{Value, json};

use crate::support::{
    database::dump,
    owner::add_account,
    program::{API_KEY, Folder, PROXY_PASSWORD, names},
};

/// The fields of an account in a list.
const LISTED: [&str; 9] = ["id", "in_flight", "kind", "name", "priority", "provider", "reason", "state", "until"];

#[tokio::test]
async fn an_account_is_listed_with_the_fields_scripts_know() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));

    add_account(&folder, &pretend, "work").await;

    let expected = json!([{
        "id": "a1", "name": "work", "provider": "claude", "kind": "api_key", "state": "ready", "reason": null,
        "until": null, "priority": 50, "in_flight": 0,
    }]);
    assert_eq!(folder.run("account list").await.done(), expected);
}

#[tokio::test]
async fn an_account_shows_what_it_was_added_with_and_no_secret() {
    let folder = Folder::new();
    let proxy = format!("socks5h://owner:{PROXY_PASSWORD}@127.0.0.1:9");
    let words = format!(
        "account add claude --name work --base-url http://127.0.0.1:9/x --secret-stdin --proxy {proxy} --priority 7 \
         --max-concurrency 3"
    );

    let added = folder.feed(&words, &format!("  {API_KEY}\n")).await.done();

    assert_eq!(added, folder.run("account show work").await.done());
    for (field, value) in [
        ("base_url", json!("http://127.0.0.1:9/x")),
        ("has_proxy", json!(true)),
        ("priority", json!(7)),
        ("max_concurrency", json!(3)),
        ("expires_at", Value::Null),
    ] {
        assert_eq!(added[field], value, "{field}");
    }
    assert!(LISTED.iter().all(|field| names(&added).contains(field)), "{added}");
}

#[tokio::test]
async fn a_setup_token_makes_a_subscription_account_and_the_terms_are_said() {
    let folder = Folder::new();

    let added = folder.feed("account add claude --name own --secret-stdin", "sk-ant-oat01-x").await;

    assert_eq!(added.done()["kind"], "setup_token");
    assert!(added.stderr.contains("against most vendors' terms"), "{added}");
    assert_eq!(folder.run("account refresh own").await.failed(), "not_renewable");
}

#[tokio::test]
async fn an_account_is_named_by_its_id_or_its_name_until_it_is_removed() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    add_account(&folder, &pretend, "work").await;
    add_account(&folder, &pretend, "spare").await;

    assert_eq!(folder.run("account show a2").await.done()["name"], "spare");
    assert_eq!(folder.run("account show spare").await.done()["id"], "a2");

    let removed = folder.run("account remove spare").await.done();
    assert_eq!(removed, json!({ "id": "a2", "name": "spare", "removed": true }));
    let unknown = folder.run("account show a2").await;
    assert_eq!(unknown.failed(), "not_found");
    assert!(unknown.stderr.contains("there is work"), "{unknown}");
    assert_eq!(add_account(&folder, &pretend, "spare").await["id"], "a3", "a name is free again, an id never is");
}

#[tokio::test]
async fn an_account_is_paused_and_resumed() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    add_account(&folder, &pretend, "work").await;

    let paused = folder.run("account pause work").await.done();
    assert_eq!((&paused["state"], &paused["reason"]), (&json!("paused"), &json!("paused by the owner")));
    assert_eq!(folder.run("account clear work").await.done()["state"], "paused", "clearing is not resuming");

    assert_eq!(folder.run("account resume a1").await.done()["state"], "ready");
}

#[tokio::test]
async fn an_account_is_tested_at_its_provider() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    add_account(&folder, &pretend, "work").await;

    let tested = folder.run("account test work").await.done();
    assert_eq!(tested, json!({ "id": "a1", "name": "work", "ok": true, "email": null, "plan": null }));
    assert_eq!(pretend.totals().answers, 0, "a test costs nothing");

    pretend.always_for(API_KEY, Behaviour::refuse(401));
    let refused = folder.run("account test work").await;
    assert_eq!(refused.failed(), "account_refused");
    assert!(refused.stderr.contains("HTTP 401"), "{refused}");

    drop(pretend);
    assert_eq!(folder.run("account test work").await.failed(), "provider_unreachable");
}

#[tokio::test]
async fn an_account_whose_proxy_is_down_is_never_tested_without_it() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    let words = format!("account add claude --name work --base-url {} --secret-stdin --proxy", pretend.url());
    folder.feed(&format!("{words} http://owner:{PROXY_PASSWORD}@127.0.0.1:9"), API_KEY).await.done();

    let tested = folder.run("account test work").await;

    assert_eq!(tested.failed(), "provider_unreachable");
    assert!(pretend.requests().is_empty());
}

#[tokio::test]
async fn what_cannot_be_an_account_is_refused_and_nothing_is_saved() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    add_account(&folder, &pretend, "work").await;
    let before = dump(&folder).await;
    let cases = [
        ("--name work", API_KEY, "name_taken"),
        ("--name a7", API_KEY, "bad_name"),
        ("--name x/y", API_KEY, "bad_name"),
        ("--name new", "", "not_a_secret"),
        ("--name new", "two words", "not_a_secret"),
        ("--name new", "sk-ant-ort01-x", "not_a_secret"),
        ("--name new", "cr_0123", "not_a_secret"),
        ("--name new --proxy ftp://owner:canary-b81f04-proxy@127.0.0.1:9", API_KEY, "bad_proxy"),
        ("--name new --proxy canary-b81f04-proxy", API_KEY, "bad_proxy"),
        ("--name new --proxy http://", API_KEY, "bad_proxy"),
    ];

    for (words, secret, code) in cases {
        let refused = folder.feed(&format!("account add claude --secret-stdin {words}"), secret).await;
        assert_eq!(refused.failed(), code, "{refused}");
    }

    assert_eq!(folder.run("account add claude --name new").await.failed(), "no_secret", "nobody is there to be asked");
    assert_eq!(dump(&folder).await, before);
}

#[tokio::test]
async fn what_is_not_asked_rightly_ends_with_2_and_touches_nothing() {
    let folder = Folder::new();
    let cases = [
        ("account add nobody --name x --secret-stdin", "known are: claude"),
        ("account login nobody --name x", "known are: claude"),
        ("account add claude --secret-stdin", "--name"),
        ("account add claude --name x --secret-stdin --base-url ftp://x", "http://"),
        ("account add claude --name x --secret-stdin --base-url http://u:p@x/", "without user"),
        ("account add claude --name x --secret-stdin --priority high", "--priority"),
        ("account add claude --name x --secret-stdin --weight 3", "--weight"),
        ("account show", "<ID>"),
        ("account", "Usage"),
    ];

    for (words, told) in cases {
        let misused = folder.feed(words, API_KEY).await;
        assert!(misused.misused().contains(told), "{misused}");
    }

    assert!(!folder.data_dir().exists());
}
