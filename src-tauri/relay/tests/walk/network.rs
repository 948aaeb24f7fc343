//! How providers are reached: as the owner set it for all accounts, unless an account has a proxy of its own, and by no
//! other IP addresses than the account's.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use carpool_core::network::IpPreference;
use carpool_relay::{
    Start,
    accounts::{Surroundings, sign_in},
    network::{self, ProxyPolicy},
    store::{
        accounts::{self, NewAccount},
        network::set_ip_preference,
        settings,
    },
    tunnel::Processes,
    vault::VaultKind,
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream, lookup_host},
};
use url::Url;

use crate::{
    changes::within_a_second,
    relay::{TestRelay, new_account, prompt, until},
    rows,
    stopped_time::StoppedTime,
};

/// A provider that can be reached through a proxy only.
const FAR_AWAY: &str = "http://provider.invalid";
/// `one:pw` and `two:pw`, as a proxy is told.
const ONE: &str = "Basic b25lOnB3";
const TWO: &str = "Basic dHdvOnB3";

/// A relay with one account, at this address.
async fn relay_with(base_url: &str) -> TestRelay {
    let relay = TestRelay::start_without_account().await;
    relay.add_account_at("mine", "sk-ant-api03-mine", Some(Url::parse(base_url).unwrap())).await;
    relay
}

/// The pretend provider as the proxy for all accounts: over http:// a proxy is asked for the whole address.
fn pretend_as_proxy(relay: &TestRelay, user: &str) -> ProxyPolicy {
    let mut proxy = relay.pretend.url();
    proxy.set_username(user).unwrap();
    proxy.set_password(Some("pw")).unwrap();
    ProxyPolicy::parse(&String::from(proxy).into()).unwrap()
}

async fn set_policy(around: &Surroundings, policy: ProxyPolicy) {
    network::set_policy(around, &policy).await.unwrap();
}

async fn status(relay: &TestRelay) -> u16 {
    relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await.status.as_u16()
}

/// What the proxy was last told of who asks it.
fn told(relay: &TestRelay) -> Option<String> {
    let request = relay.pretend.requests().pop()?;
    Some(request.headers.get("proxy-authorization")?.to_str().unwrap().to_owned())
}

/// The code of what an account's test ends with; nothing if it passes.
async fn tested(relay: &TestRelay) -> Option<&'static str> {
    let account = accounts::list(relay.around().store.pool()).await.unwrap().remove(0);
    sign_in::test(relay.around(), &account).await.err().map(|error| error.code())
}

#[tokio::test]
async fn a_change_of_the_proxy_for_all_by_another_process_acts_within_a_second() {
    let relay = relay_with(FAR_AWAY).await;
    set_policy(relay.around(), pretend_as_proxy(&relay, "one")).await;
    assert_eq!((status(&relay).await, told(&relay).as_deref()), (200, Some(ONE)));
    let another_process = carpool_relay::open(Start {
        data_dir: relay.path().to_owned(),
        vault: VaultKind::File,
        endpoints: relay.pretend.endpoints(),
        clock: relay.clock.clone(),
        launcher: Arc::new(Processes::default()),
    });
    let another_process = another_process.await.unwrap();

    let time = StoppedTime::stop();
    set_policy(&another_process, pretend_as_proxy(&relay, "two")).await;
    let is_told = async |wanted: &str| status(&relay).await == 200 && told(&relay).as_deref() == Some(wanted);
    within_a_second("the other proxy is asked", &time, async || is_told(TWO).await).await;
    set_policy(&another_process, ProxyPolicy::Straight).await;
    let is_straight = async || status(&relay).await >= 500;
    within_a_second("connections to the former proxy are used no more", &time, is_straight).await;

    drop(time);
    relay.finish().await;
}

#[tokio::test]
async fn connections_of_the_former_proxy_for_all_are_closed() {
    let relay = relay_with(FAR_AWAY).await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let provider = relay.pretend.url().socket_addrs(|| None).unwrap()[0];
    let only_connection = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut provider = TcpStream::connect(provider).await.unwrap();
        copy_bidirectional(&mut client, &mut provider).await
    });
    set_policy(relay.around(), ProxyPolicy::parse(&address.into()).unwrap()).await;
    assert_eq!((status(&relay).await, status(&relay).await), (200, 200));
    relay.settled().await;
    relay.house.reload().await.unwrap();
    assert!(!only_connection.is_finished());

    set_policy(relay.around(), ProxyPolicy::Straight).await;

    until("the connection is closed", async || only_connection.is_finished()).await;
    relay.finish().await;
}

#[tokio::test]
async fn an_accounts_own_proxy_wins_over_the_one_for_all() {
    let relay = relay_with(FAR_AWAY).await;
    set_policy(relay.around(), ProxyPolicy::parse(&"socks5://127.0.0.1:9".into()).unwrap()).await;
    let ProxyPolicy::Manual(own) = pretend_as_proxy(&relay, "two") else { panic!("it is an address") };

    network::set_own_proxy(relay.around(), 1, Some(&own)).await.unwrap();
    relay.house.reload().await.unwrap();
    assert_eq!((status(&relay).await, told(&relay).as_deref()), (200, Some(TWO)));
    assert_eq!((tested(&relay).await, told(&relay).as_deref()), (None, Some(TWO)));
    network::set_own_proxy(relay.around(), 1, None).await.unwrap();
    relay.house.reload().await.unwrap();

    assert_eq!(tested(&relay).await, Some("provider_unreachable"));
    relay.finish().await;
}

#[tokio::test]
async fn the_systems_proxies_are_not_for_this_machine() {
    let relay = TestRelay::start().await;

    set_policy(relay.around(), ProxyPolicy::System).await;

    assert_eq!((status(&relay).await, tested(&relay).await), (200, None));
    relay.finish().await;
}

#[tokio::test]
async fn what_cannot_be_a_proxy_is_refused_when_it_is_set() {
    for text in ["", "direct", "localhost:1080", "ftp://127.0.0.1:1", "socks5://", "socks4://127.0.0.1:1"] {
        let refused = ProxyPolicy::parse(&text.into()).map_err(|error| error.code());
        assert_eq!(refused.err(), Some("bad_proxy"), "{text:?}");
    }
}

#[tokio::test]
async fn a_stored_proxy_for_all_that_cannot_be_read_is_never_gone_around() {
    for stored in ["manual:00", "manual:xyz", "http://127.0.0.1:9", ""] {
        let relay = TestRelay::start().await;
        settings::put(relay.around().store.pool(), settings::PROXY, stored).await.unwrap();
        relay.house.reload().await.unwrap();

        assert_eq!((tested(&relay).await, status(&relay).await >= 500), (Some("bad_proxy"), true), "{stored}");

        assert!(relay.pretend.requests().is_empty(), "{stored}");
        relay.finish().await;
    }
}

#[tokio::test]
async fn an_account_whose_proxy_cannot_be_read_is_not_renewed_straight() {
    let relay = TestRelay::start_without_account().await;
    relay.sign_in("mine").await;
    let asked = relay.pretend.requests().len();
    rows::change(relay.path(), "UPDATE accounts SET proxy_sealed = x'00'").await;
    let account = accounts::list(relay.around().store.pool()).await.unwrap().remove(0);

    let renewed = sign_in::renew(relay.around(), &account).await.map_err(|error| error.code());

    assert_eq!((renewed, tested(&relay).await), (Err("refresh_failed"), Some("bad_proxy")));
    assert_eq!((relay.pretend.refreshes(), relay.pretend.requests().len()), (0, asked));
    relay.finish().await;
}

/// Lets an account use only these addresses.
async fn prefer(relay: &TestRelay, prefers: IpPreference) {
    set_ip_preference(relay.around().store.pool(), 1, prefers).await.unwrap();
    relay.house.reload().await.unwrap();
}

#[tokio::test]
async fn a_literal_address_of_the_other_kind_is_refused_for_what_it_is() {
    let relay = TestRelay::start().await;

    prefer(&relay, IpPreference::Ipv4).await;
    assert_eq!((status(&relay).await, tested(&relay).await), (200, None));
    let asked = relay.pretend.requests().len();
    prefer(&relay, IpPreference::Ipv6).await;

    assert_eq!((tested(&relay).await, status(&relay).await >= 500), (Some("other_ip_family"), true));
    assert_eq!(relay.pretend.requests().len(), asked);
    relay.finish().await;
}

#[tokio::test]
async fn a_name_is_reached_by_the_accounts_kind_of_address_and_by_no_other() {
    let relay = TestRelay::start_without_account().await;
    let port = relay.pretend.url().port().unwrap();
    let base_url = Some(Url::parse(&format!("http://localhost:{port}")).unwrap());
    let account = NewAccount { base_url, ..new_account("named") };
    sign_in::add_by_secret(relay.around(), account, &"sk-ant-api03-named".into(), None).await.unwrap();

    prefer(&relay, IpPreference::Ipv4).await;
    assert_eq!((status(&relay).await, tested(&relay).await), (200, None));
    let asked = relay.pretend.requests().len();
    prefer(&relay, IpPreference::Ipv6).await;

    // Whether this machine knows the name by IPv6 or not: the provider listens on IPv4 only.
    assert_eq!((tested(&relay).await, status(&relay).await >= 500), (Some("provider_unreachable"), true));
    assert_eq!(relay.pretend.requests().len(), asked);
    relay.finish().await;
}

#[tokio::test]
async fn an_account_that_prefers_ipv6_is_served_by_ipv6() {
    let Ok(listener) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await else { return };
    let relay = TestRelay::start_without_account().await;
    let address = listener.local_addr().unwrap();
    let knows_the_name = lookup_host(("localhost", 0)).await.unwrap().any(|found| found.is_ipv6());
    let host = if knows_the_name { "localhost" } else { "[::1]" };
    let base_url = Url::parse(&format!("http://{host}:{}", address.port())).unwrap();
    let provider = relay.pretend.url().socket_addrs(|| None).unwrap()[0];
    let passing_on = tokio::spawn(pass_on(listener, provider));
    relay.add_account_at("mine", "sk-ant-api03-mine", Some(base_url)).await;

    prefer(&relay, IpPreference::Ipv6).await;
    assert_eq!((status(&relay).await, tested(&relay).await), (200, None));
    let asked = relay.pretend.requests().len();
    prefer(&relay, IpPreference::Ipv4).await;

    assert!(tested(&relay).await.is_some() && status(&relay).await >= 500);
    assert_eq!(relay.pretend.requests().len(), asked);
    relay.finish().await;
    passing_on.abort();
}

/// Connects everyone to the provider.
async fn pass_on(listener: TcpListener, provider: SocketAddr) {
    while let Ok((mut client, _)) = listener.accept().await {
        let mut provider = TcpStream::connect(provider).await.unwrap();
        tokio::spawn(async move { copy_bidirectional(&mut client, &mut provider).await });
    }
}
