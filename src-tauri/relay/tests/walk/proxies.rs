//! Proxies: an account's calls go through its own, and nowhere at all if that cannot be.

use carpool_relay::{
    accounts::sign_in,
    store::accounts::{self, NewAccount},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
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
async fn a_proxy_is_told_the_name_and_password_in_its_address() {
    let relay = TestRelay::start_without_account().await;
    let mut proxy = relay.pretend.url();
    proxy.set_username("o%40ner").unwrap();
    proxy.set_password(Some("p%3Aw")).unwrap();
    add(&relay, proxy.as_str()).await.unwrap();

    let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

    assert_eq!(answer.status, 200);
    // "o@ner:p:w"
    assert_eq!(relay.pretend.requests()[0].headers["proxy-authorization"], "Basic b0BuZXI6cDp3");
    relay.finish().await;
}

#[tokio::test]
async fn a_socks_proxy_looks_the_provider_up_and_is_told_name_and_password() {
    let relay = TestRelay::start_without_account().await;
    let (address, asked) = socks_proxy(relay.pretend.url()).await;
    add(&relay, &format!("socks5h://o%40ner:pw@{address}")).await.unwrap();

    let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

    assert_eq!(answer.status, 200);
    let asked = asked.await.unwrap();
    assert_eq!(asked, Asked { user: "o@ner".into(), password: "pw".into(), host: "provider.invalid".into(), port: 80 });
    assert_eq!(relay.pretend.requests()[0].headers["host"], "provider.invalid");
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

/// What a SOCKS proxy is asked.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    user: String,
    password: String,
    host: String,
    port: u16,
}

/// A SOCKS proxy that wants a password (RFC 1928, RFC 1929) and connects its one client to `provider`, whatever it is
/// asked for.
async fn socks_proxy(provider: Url) -> (std::net::SocketAddr, JoinHandle<Asked>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let provider = provider.socket_addrs(|| None).unwrap()[0];
    let serving = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        assert_eq!(read(&mut client, 3).await, [5, 1, 2]);
        client.write_all(&[5, 2]).await.unwrap();
        assert_eq!(read(&mut client, 1).await, [1]);
        let (user, password) = (read_text(&mut client).await, read_text(&mut client).await);
        client.write_all(&[1, 0]).await.unwrap();
        assert_eq!(read(&mut client, 4).await, [5, 1, 0, 3]);
        let host = read_text(&mut client).await;
        let port = client.read_u16().await.unwrap();
        client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
        let mut provider = TcpStream::connect(provider).await.unwrap();
        tokio::spawn(async move { copy_bidirectional(&mut client, &mut provider).await });
        Asked { user, password, host, port }
    });
    (address, serving)
}

async fn read(stream: &mut TcpStream, bytes: usize) -> Vec<u8> {
    let mut read = vec![0; bytes];
    stream.read_exact(&mut read).await.unwrap();
    read
}

/// A text with its length before it.
async fn read_text(stream: &mut TcpStream) -> String {
    let length = stream.read_u8().await.unwrap();
    String::from_utf8(read(stream, length.into()).await).unwrap()
}
