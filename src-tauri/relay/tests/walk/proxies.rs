//! Proxies: an account's calls go through its own, and nowhere at all if that cannot be.

use carpool_relay::{
    accounts::sign_in,
    store::accounts::{self, NewAccount},
};
use url::Url;

use crate::{
    relay::{TestRelay, new_account, prompt},
    rows,
};

/// A provider that can be reached through a proxy only.
const FAR_AWAY: &str = "http://provider.invalid";

async fn add(relay: &TestRelay, proxy: &str) -> Result<i64, &'static str> {
    let account = NewAccount { base_url: Some(Url::parse(FAR_AWAY).unwrap()), ..new_account("far") };
    let secret = "sk-ant-api03-far".into();
    let added = sign_in::add_by_secret(relay.around(), account, &secret, Some(&proxy.into())).await;
    relay.house.reload().await.unwrap();
    added.map_err(|error| error.code())
}

#[tokio::test]
async fn an_accounts_calls_go_through_its_proxy() {
    let relay = TestRelay::start_without_account().await;
    // The pretend provider stands in for the proxy: over http:// a proxy is asked for the whole address.
    add(&relay, relay.pretend.url().as_str()).await.unwrap();

    let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

    assert_eq!(answer.status, 200);
    let request = &relay.pretend.requests()[0];
    assert_eq!((request.headers["host"].to_str().unwrap(), request.path()), ("provider.invalid", "/v1/messages"));
    relay.finish().await;
}

#[tokio::test]
async fn a_proxy_that_is_down_or_unreadable_is_never_gone_around() {
    let relay = TestRelay::start_without_account().await;
    let id = add(&relay, "socks5://127.0.0.1:9").await.unwrap();
    let pretend = relay.pretend.url();
    rows::change(relay.path(), "UPDATE accounts SET base_url = NULL").await;
    relay.house.reload().await.unwrap();
    let call = || relay.call(prompt("claude-sonnet-4-5", "hello"));

    let down = call().send().await.whole().await;
    rows::change(relay.path(), "UPDATE accounts SET proxy_sealed = x'00'").await;
    relay.house.reload().await.unwrap();
    let unreadable = call().send().await.whole().await;

    assert_eq!((down.status.as_u16(), unreadable.status.as_u16()), (502, 503));
    assert!(unreadable.text().contains("1 blocked"), "{}", unreadable.text());
    assert!(relay.pretend.requests().is_empty(), "{pretend} was asked directly");
    assert_eq!(accounts::list(relay.around().store.pool()).await.unwrap()[0].id, id);
    relay.finish().await;
}

#[tokio::test]
async fn a_proxy_address_that_cannot_be_one_is_refused_when_it_is_given() {
    let relay = TestRelay::start_without_account().await;

    for proxy in ["", "localhost:1080", "ftp://127.0.0.1:1", "socks5://", "http//127.0.0.1:1", "socks4://127.0.0.1:1"] {
        assert_eq!(add(&relay, proxy).await, Err("bad_proxy"), "{proxy:?}");
    }

    assert!(accounts::list(relay.around().store.pool()).await.unwrap().is_empty());
    relay.finish().await;
}

#[tokio::test]
async fn a_secret_that_cannot_be_unsealed_blocks_its_account_and_no_other() {
    let relay = TestRelay::start().await;
    relay.add_account("second", "sk-ant-api03-second").await;
    rows::change(relay.path(), "UPDATE credentials SET sealed = x'00' WHERE account_id = 1").await;
    relay.house.reload().await.unwrap();

    let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

    assert_eq!(answer.status, 200);
    assert_eq!(relay.pretend.requests()[0].secret(), Some("sk-ant-api03-second"));
    relay.finish().await;
}
