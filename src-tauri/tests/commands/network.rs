//! `carpool network …`, and what it changes for the program.

use carpool_relay::pretend::Pretend;
use serde_json::json;
use url::Url;

use crate::support::{
    PATIENCE,
    database::{dump, open},
    eventually,
    friend::Friend,
    friend::prompt,
    owner::{add_account, add_friend},
    program::{API_KEY, Folder, PROXY_PASSWORD, Ran},
    relay::Relay,
};

/// A provider that can be reached through a proxy only.
const FAR_AWAY: &str = "http://provider.invalid";

/// Adds an account at a provider that is far away.
async fn add_far_away(folder: &Folder) {
    let words = format!("account add claude --name far --secret-stdin --base-url {FAR_AWAY}");
    folder.feed(&words, API_KEY).await.done();
}

/// The pretend provider as a proxy: over http:// a proxy is asked for the whole address.
fn as_proxy(pretend: &Pretend) -> String {
    let mut url = pretend.url();
    url.set_username("owner").and_then(|()| url.set_password(Some(PROXY_PASSWORD))).expect("it has a host");
    url.into()
}

/// Its address as it is shown.
fn as_shown(url: &Url) -> &str {
    url.as_str().trim_end_matches('/')
}

#[tokio::test]
async fn the_proxy_for_all_accounts_is_shown_without_its_password_and_stored_sealed() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    add_far_away(&folder).await;
    let unset = json!({
        "proxy": "none", "address": null, "reason": null,
        "accounts": [{ "id": "a1", "name": "far", "proxy": null, "ip": "any" }],
    });
    assert_eq!(folder.run("network").await.done(), unset);

    let set = folder.feed("network proxy --stdin", &format!("{}\n", as_proxy(&pretend))).await.done();

    assert_eq!(set, json!({ "proxy": "manual", "address": as_shown(&pretend.url()), "reason": null }));
    let shown = Ran::of(&mut folder.program("network")).await;
    assert!(shown.code == Some(0) && shown.stdout.contains(as_shown(&pretend.url())), "{shown}");
    assert!(!dump(&folder).await.contains(PROXY_PASSWORD));
    folder.run("account test far").await.done();
    assert_eq!(folder.run("network proxy none").await.done()["proxy"], "none");
    assert_eq!(folder.run("account test far").await.failed(), "provider_unreachable");
    assert_eq!(pretend.requests().len(), 1);
}

#[tokio::test]
async fn an_account_gets_a_proxy_of_its_own_and_loses_it() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    add_far_away(&folder).await;
    folder.run("network proxy socks5h://127.0.0.1:9").await.done();

    let given = folder.feed("network via far --stdin", &as_proxy(&pretend)).await.done();

    assert_eq!(given, json!({ "id": "a1", "name": "far", "proxy": as_shown(&pretend.url()), "ip": "any" }));
    folder.run("account test far").await.done();
    assert_eq!(folder.run("network via a1 none").await.done()["proxy"], json!(null));
    assert_eq!(folder.run("account test far").await.failed(), "provider_unreachable");
    assert_eq!(pretend.requests().len(), 1);
}

#[tokio::test]
async fn an_account_prefers_a_kind_of_address() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    add_account(&folder, &pretend, "work").await;

    assert_eq!(folder.run("network prefer work ipv6").await.done()["ip"], "ipv6");
    let tested = folder.run("account test work").await;
    assert_eq!(tested.failed(), "other_ip_family");
    assert!(tested.stderr.contains("127.0.0.1 is no IPv6 address"), "{tested}");
    assert!(pretend.requests().is_empty());

    assert_eq!(folder.run("network prefer work ipv4").await.done()["ip"], "ipv4");
    folder.run("account test work").await.done();
}

#[tokio::test]
async fn the_systems_proxy_is_what_the_environment_says() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    add_far_away(&folder).await;
    let tested = async |variables: &[(&str, &str)]| {
        let mut command = folder.program("account test far --json");
        for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] {
            command.env_remove(name);
        }
        Ran::of(command.envs(variables.iter().copied())).await
    };
    let proxy = as_proxy(&pretend);

    let ignored = tested(&[("HTTP_PROXY", &proxy)]).await;
    assert_eq!((ignored.failed().as_str(), pretend.requests().len()), ("provider_unreachable", 0));
    folder.run("network proxy system").await.done();

    tested(&[("HTTP_PROXY", &proxy)]).await.done();
    tested(&[("all_proxy", &proxy)]).await.done();
    assert_eq!(pretend.requests().len(), 2);
    let excepted = tested(&[("HTTP_PROXY", &proxy), ("NO_PROXY", "provider.invalid")]).await;
    assert_eq!(excepted.failed(), "provider_unreachable");
    let malformed = tested(&[("HTTP_PROXY", "socks4://127.0.0.1:9")]).await;
    assert_eq!(malformed.failed(), "bad_proxy");
    assert!(malformed.stderr.contains("HTTP_PROXY"), "{malformed}");
    assert_eq!(pretend.requests().len(), 2);
}

#[tokio::test]
async fn a_running_relay_follows_the_proxy_for_all_accounts() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    add_far_away(&folder).await;
    let key = add_friend(&folder, "Alex").await;
    folder.run(&format!("network proxy {}", as_proxy(&pretend))).await.done();
    let relay = Relay::start(&folder).await;
    let friend = Friend::new(&relay, &key);
    assert_eq!(friend.ask(&prompt("hello")).await.status, 200);

    folder.run("network proxy none").await.done();

    let fails = async || (friend.ask(&prompt("hello")).await.status >= 500).then_some(());
    eventually("calls are not sent to the former proxy", PATIENCE, fails).await;
    relay.stop().await;
}

#[tokio::test]
async fn a_proxy_or_a_preference_that_cannot_be_one_is_refused_and_changes_nothing() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    add_account(&folder, &pretend, "work").await;
    let before = dump(&folder).await;

    for (words, code) in [
        ("network proxy direct", "bad_proxy"),
        ("network proxy ftp://owner:canary-b81f04-proxy@127.0.0.1:9", "bad_proxy"),
        ("network proxy http://", "bad_proxy"),
        ("network proxy --stdin", "bad_proxy"),
        ("network via work socks4://127.0.0.1:9", "bad_proxy"),
        ("network via nobody none", "not_found"),
        ("network prefer nobody any", "not_found"),
    ] {
        assert_eq!(folder.run(words).await.failed(), code, "{words}");
    }
    for words in ["network proxy", "network proxy none --stdin", "network prefer work ipv5", "network via work"] {
        folder.run(words).await.misused();
    }
    assert_eq!(dump(&folder).await, before);
}

#[tokio::test]
async fn a_stored_proxy_for_all_that_cannot_be_read_is_shown_with_the_reason_and_set_anew() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    add_account(&folder, &pretend, "work").await;
    let mut database = open(&folder).await;
    sqlx::query("INSERT INTO settings (name, value) VALUES ('proxy', 'manual:00')")
        .execute(&mut database)
        .await
        .expect("written");

    let shown = folder.run("network").await.done();
    assert_eq!(shown["proxy"], "unusable");
    assert!(shown["reason"].as_str().is_some_and(|reason| reason.contains("damaged")), "{shown}");
    assert_eq!(folder.run("account test work").await.failed(), "bad_proxy");

    let doctor = folder.run("doctor").await;
    assert!(doctor.code == Some(1) && doctor.stdout.contains(r#""check":"proxy""#), "{doctor}");

    folder.run("network proxy none").await.done();
    folder.run("account test work").await.done();
}
