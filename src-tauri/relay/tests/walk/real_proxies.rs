//! Proxies as they are in the world: everything goes through them, and with them down nothing goes at all.

use std::time::Duration;

use carpool_core::{network::IpPreference, options::Options, provider::claude::CLAUDE};
use carpool_relay::{
    accounts::sign_in::{self, SignInError},
    network::{self, ProxyPolicy},
    store::{
        accounts::{self, Account, NewAccount},
        network::set_ip_preference,
    },
};
use secrecy::SecretString;
use url::Url;

use crate::{
    caller::Ask,
    processes::ProxyProcess,
    relay::{TestRelay, new_account, prompt, streaming_prompt},
};

/// Longer than an access token lives.
const A_DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn sign_in_calls_renewal_and_test_go_through_a_socks_proxy_and_never_around_it() {
    everything_goes_through(ProxyProcess::microsocks().await, "socks5").await;
}

#[tokio::test]
async fn they_go_through_a_socks_proxy_that_looks_names_up_and_never_around_it() {
    everything_goes_through(ProxyProcess::microsocks().await, "socks5h").await;
}

#[tokio::test]
async fn they_go_through_an_http_proxy_and_never_around_it() {
    everything_goes_through(ProxyProcess::tinyproxy().await, "http").await;
}

async fn everything_goes_through(mut proxy: ProxyProcess, scheme: &str) {
    let relay = TestRelay::start_without_account().await;
    sign_in(&relay, &proxy.address(scheme)).await.unwrap();

    assert_eq!(hello(&relay).send().await.whole().await.status, 200);
    relay.clock.advance(A_DAY);
    assert_eq!(hello(&relay).send().await.whole().await.status, 200);
    sign_in::renew(relay.around(), &account(&relay).await).await.unwrap();
    sign_in::test(relay.around(), &account(&relay).await).await.unwrap();
    assert_eq!(relay.pretend.refreshes(), 2);
    assert_eq!(relay.pretend.requests_for("/api/oauth/profile").len(), 1);
    let port = relay.pretend.url().port().unwrap().to_string();
    assert!(proxy.log().contains(&port), "the proxy was not asked: {}", proxy.log());

    relay.settled().await;
    proxy.stop();
    let asked = relay.pretend.requests().len();
    // Once with an access token that is good, once with one that has to be renewed first.
    assert!(hello(&relay).send().await.whole().await.status.is_server_error());
    relay.clock.advance(A_DAY);
    assert!(hello(&relay).send().await.whole().await.status.is_server_error());
    nothing_is_to_be_reached(&relay).await;

    assert_eq!(relay.pretend.requests().len(), asked, "the provider was asked directly");
    relay.finish().await;
}

/// Shows that signing in anew, renewing and testing end before the provider.
async fn nothing_is_to_be_reached(relay: &TestRelay) {
    let account = account(relay).await;
    let pending = sign_in::begin(relay.around(), &CLAUDE, &Options::default(), None).await.unwrap();
    let pasted = relay.pretend.sign_in(pending.url());
    let finished = sign_in::finish(relay.around(), &pending, &pasted, new_account("mine")).await;
    assert_eq!(code(finished), Some("token_endpoint_unreachable"));
    assert_eq!(code(sign_in::renew(relay.around(), &account).await), Some("refresh_failed"));
    // The test renews first what is over.
    assert_eq!(code(sign_in::test(relay.around(), &account).await), Some("refresh_failed"));
}

#[tokio::test]
async fn a_test_of_an_api_key_ends_at_a_proxy_that_is_down() {
    let relay = TestRelay::start_without_account().await;
    let mut proxy = ProxyProcess::microsocks().await;
    let (secret, address) = ("sk-ant-api03-far".into(), proxy.address("socks5"));
    sign_in::add_by_secret(relay.around(), new_account("mine"), &secret, Some(&address)).await.unwrap();
    let account = account(&relay).await;

    sign_in::test(relay.around(), &account).await.unwrap();
    proxy.stop();
    let asked = relay.pretend.requests().len();
    let tested = sign_in::test(relay.around(), &account).await;

    assert_eq!((code(tested), asked), (Some("provider_unreachable"), 1));
    assert_eq!(relay.pretend.requests().len(), asked);
    relay.finish().await;
}

#[tokio::test]
async fn a_proxy_that_does_not_let_the_account_in_is_not_gone_around() {
    for (proxy, scheme) in [(ProxyProcess::microsocks().await, "socks5h"), (ProxyProcess::tinyproxy().await, "http")] {
        let relay = TestRelay::start_without_account().await;

        let signed_in = sign_in(&relay, &proxy.address_for_nobody(scheme)).await;

        assert!(signed_in.is_err());
        assert!(relay.pretend.requests().is_empty());
        relay.finish().await;
    }
}

#[tokio::test]
async fn the_proxy_for_all_accounts_carries_everything_of_those_without_their_own() {
    let relay = TestRelay::start_without_account().await;
    let mut proxy = ProxyProcess::microsocks().await;
    let policy = ProxyPolicy::parse(&proxy.address("socks5")).unwrap();
    network::set_policy(relay.around(), &policy).await.unwrap();

    relay.sign_in("mine").await;
    relay.clock.advance(A_DAY);
    let answer = hello(&relay).send().await.whole().await;
    sign_in::test(relay.around(), &account(&relay).await).await.unwrap();
    assert_eq!((answer.status.as_u16(), relay.pretend.refreshes()), (200, 1));

    relay.settled().await;
    proxy.stop();
    let asked = relay.pretend.requests().len();
    assert!(hello(&relay).send().await.whole().await.status.is_server_error());
    relay.clock.advance(A_DAY);
    nothing_is_to_be_reached(&relay).await;

    assert_eq!(relay.pretend.requests().len(), asked, "the provider was asked directly");
    relay.finish().await;
}

#[tokio::test]
async fn a_socks_proxy_that_looks_nothing_up_is_asked_for_the_accounts_kind_of_address() {
    let relay = TestRelay::start_without_account().await;
    let proxy = ProxyProcess::microsocks().await;
    let port = relay.pretend.url().port().unwrap();
    let base_url = Some(Url::parse(&format!("http://localhost:{port}")).unwrap());
    let account = NewAccount { base_url, ..new_account("mine") };
    let (secret, address) = ("sk-ant-api03-named".into(), proxy.address("socks5"));
    let id = sign_in::add_by_secret(relay.around(), account, &secret, Some(&address)).await.unwrap();
    let pool = relay.around().store.pool();
    let call = async || relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await.status;

    set_ip_preference(pool, id, IpPreference::Ipv4).await.unwrap();
    relay.house.reload().await.unwrap();
    assert_eq!(call().await, 200);
    sign_in::test(relay.around(), &self::account(&relay).await).await.unwrap();
    set_ip_preference(pool, id, IpPreference::Ipv6).await.unwrap();
    relay.house.reload().await.unwrap();

    // The proxy would reach the provider, which listens on IPv4 only.
    let tested = sign_in::test(relay.around(), &self::account(&relay).await).await;
    assert_eq!(code(tested), Some("provider_unreachable"));
    assert!(call().await.is_server_error());
    assert_eq!(relay.pretend.requests().len(), 2);
    relay.finish().await;
}

#[tokio::test]
async fn an_http_proxy_is_asked_for_a_tunnel_to_what_is_reached_by_tls() {
    let relay = TestRelay::start_without_account().await;
    let proxy = ProxyProcess::tinyproxy().await;
    let port = relay.pretend.url().port().unwrap();
    let account =
        NewAccount { base_url: Some(Url::parse(&format!("https://127.0.0.1:{port}")).unwrap()), ..new_account("mine") };
    let (secret, address) = ("sk-ant-api03-far".into(), proxy.address("http"));
    sign_in::add_by_secret(relay.around(), account, &secret, Some(&address)).await.unwrap();
    relay.house.reload().await.unwrap();

    // The provider speaks no TLS, so the tunnel is all there is to see.
    let call = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;
    let tunnels = || proxy.log().matches(&format!("CONNECT 127.0.0.1:{port}")).count();
    let of_the_call = tunnels();
    let tested = sign_in::test(relay.around(), &self::account(&relay).await).await;

    assert!(call.status.is_server_error());
    assert_eq!(code(tested), Some("provider_unreachable"));
    assert!(of_the_call > 0 && tunnels() > of_the_call, "{}", proxy.log());
    assert!(!proxy.log().contains("Unauthorized"), "{}", proxy.log());
    assert!(relay.pretend.requests().is_empty());
    relay.finish().await;
}

/// Signs in through a proxy, as the owner does.
async fn sign_in(relay: &TestRelay, proxy: &SecretString) -> Result<i64, SignInError> {
    let pending = sign_in::begin(relay.around(), &CLAUDE, &Options::default(), None).await.unwrap();
    let pasted = relay.pretend.sign_in(pending.url());
    let id = sign_in::finish_through(relay.around(), &pending, &pasted, new_account("mine"), Some(proxy)).await?;
    relay.house.reload().await.unwrap();
    Ok(id)
}

async fn account(relay: &TestRelay) -> Account {
    accounts::list(relay.around().store.pool()).await.unwrap().remove(0)
}

fn hello(relay: &TestRelay) -> Ask {
    relay.claude_code(streaming_prompt("claude-sonnet-4-5", "hello"))
}

fn code<T>(outcome: Result<T, SignInError>) -> Option<&'static str> {
    outcome.err().map(|error| error.code())
}
