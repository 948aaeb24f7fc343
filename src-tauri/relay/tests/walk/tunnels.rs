//! Tunnels over programs that stand for the real ones: opened, told of another address, fallen, started again, closed.

use std::{collections::BTreeSet, fs, path::Path};

use carpool_core::tunnel::{Shut, Trouble, TunnelSettings};
use carpool_relay::{
    invites, people,
    store::{client_keys, invites::Terms},
    tunnel::{State, Status, network_ip, recorded, wish},
};
use jiff::SignedDuration;
use secrecy::SecretString;
use url::Url;

use crate::{
    relay::{TestRelay, prompt, until},
    tunnel_programs::{FakeProgram, is_gone, relay_for_nobody, relay_with, runs, way},
};

const TOKEN: &str = "canary-0f3c-tunnel-token";
const READY: &str = "2025-05-01T09:25:38Z INF Registered tunnel connection connIndex=0 protocol=quic";
const OFFLINE: &str = "failed to request quick Tunnel: Post \"https://api.trycloudflare.com/tunnel\": no such host";

/// What cloudflared prints when it was given a name.
fn named(name: &str) -> String {
    format!("2025-05-01T09:25:37Z INF |  https://{name}.trycloudflare.com                      |")
}

fn url_of(name: &str) -> Option<String> {
    Some(format!("https://{name}.trycloudflare.com"))
}

fn why(relay: &TestRelay) -> Option<Trouble> {
    match relay.tunnel().state {
        State::Retrying { why, .. } => Some(why),
        _ => None,
    }
}

#[tokio::test]
async fn nothing_is_started_before_a_friend_has_a_key_and_it_ends_with_the_last_key() {
    let cloudflared = FakeProgram::new("cloudflared", 2);
    cloudflared.opens_with(&[&named("one"), READY]);
    let relay = relay_for_nobody(cloudflared.launcher()).await;

    relay.open_tunnel(way("cloudflare-quick")).await;
    relay.tunnel_is("waiting", |status| status.state == State::Waiting { why: Shut::NoKey }).await;
    relay.pass(3600);
    relay.tunnel_is("waiting", |status| status.state == State::Waiting { why: Shut::NoKey }).await;
    assert_eq!(cloudflared.starts(), [""; 0]);

    relay.add_friend("Alex").await;
    relay.tunnel_is("known", |status| status.public_url == url_of("one")).await;
    let pid = relay.tunnel_pid().unwrap();
    let key = client_keys::list(relay.around().store.pool()).await.unwrap().remove(0);
    client_keys::set_paused(relay.around().store.pool(), key.id, true).await.unwrap();
    relay.house.reload().await.unwrap();

    relay.tunnel_is("waiting", |status| status.state == State::Waiting { why: Shut::NoKey }).await;
    is_gone(pid).await;
    assert_eq!((cloudflared.starts().len(), relay.tunnel().public_url), (1, None));
    relay.finish().await;
}

#[tokio::test]
async fn it_is_open_for_a_friend_who_was_invited_until_the_invite_is_over() {
    let cloudflared = FakeProgram::new("cloudflared", 2);
    cloudflared.opens_with(&[&named("one"), READY]);
    let relay = relay_for_nobody(cloudflared.launcher()).await;
    relay.open_tunnel(way("cloudflare-quick")).await;
    relay.tunnel_is("waiting", |status| status.state == State::Waiting { why: Shut::NoKey }).await;

    let friend = people::add_friend(relay.around(), "Alex", 1.0).await.unwrap();
    let life = SignedDuration::from_hours(72);
    invites::create(relay.around(), friend, &Terms::default(), life).await.unwrap();
    relay.house.reload().await.unwrap();
    relay.tunnel_is("known", |status| status.public_url == url_of("one")).await;
    relay.pass(72 * 3600);

    relay.tunnel_is("waiting", |status| status.state == State::Waiting { why: Shut::NoKey }).await;
    relay.finish().await;
}

#[tokio::test]
async fn a_late_address_another_one_and_an_end_are_followed() {
    let mut cloudflared = FakeProgram::new("cloudflared", 2);
    cloudflared.opens_with(&["2025-05-01T09:25:34Z INF Requesting new quick Tunnel on trycloudflare.com..."]);
    let relay = relay_with(cloudflared.launcher()).await;
    relay.open_tunnel(way("cloudflare-quick")).await;
    until("it is started", async || cloudflared.starts().len() == 1).await;
    assert_eq!((relay.tunnel_state(), relay.house.public_url()), ("starting", None));
    assert!(
        cloudflared.starts()[0].ends_with(&format!("--url http://{}", relay.address)),
        "{:?}",
        cloudflared.starts()
    );

    relay.pass(60);
    cloudflared.says(&named("late"));
    cloudflared.says(READY);
    relay.tunnel_is("at its address", |status| status.public_url == url_of("late")).await;
    cloudflared.says(&named("other"));
    relay.tunnel_is("at another address", |status| status.public_url == url_of("other")).await;
    assert_eq!(recorded(relay.path()).unwrap().public_url, url_of("other"));

    let (pid, child) = (relay.tunnel_pid().unwrap(), cloudflared.child());
    cloudflared.opens_with(&[&named("third"), READY]);
    cloudflared.ends();
    relay
        .tunnel_is(
            "started again",
            |_| matches!(why(&relay), Some(Trouble::Ended(how)) if how.starts_with("cloudflared")),
        )
        .await;
    assert_eq!(relay.tunnel().public_url, None);
    is_gone(pid).await;
    is_gone(child).await;
    relay.pass(1);
    relay.tunnel_is("at its third address", |status| status.public_url == url_of("third")).await;

    let (pid, child) = (relay.tunnel_pid().unwrap(), cloudflared.child());
    assert!(runs(pid) && runs(child));
    relay.house.tunnel().stop().await.unwrap();
    relay.tunnel_is("off", |status| status.state == State::Off && status.public_url.is_none()).await;
    is_gone(pid).await;
    is_gone(child).await;
    assert_eq!(cloudflared.starts().len(), 2);
    relay.finish().await;
}

#[tokio::test]
async fn what_runs_ends_with_the_relay() {
    let cloudflared = FakeProgram::new("cloudflared", 2);
    cloudflared.opens_with(&[&named("one"), READY]);
    let relay = relay_with(cloudflared.launcher()).await;
    relay.open_tunnel(way("cloudflare-quick")).await;
    relay.tunnel_is("known", |status| status.public_url == url_of("one")).await;
    let (pid, child) = (relay.tunnel_pid().unwrap(), cloudflared.child());

    let dir = relay.finish_unreconciled().await;

    is_gone(pid).await;
    is_gone(child).await;
    assert!(recorded(dir.path()).is_none());
}

#[tokio::test]
async fn a_network_that_is_gone_for_half_an_hour_heals() {
    let mut cloudflared = FakeProgram::new("cloudflared", 2);
    cloudflared.opens_with(&[&named("before"), READY]);
    let relay = relay_with(cloudflared.launcher()).await;
    relay.open_tunnel(way("cloudflare-quick")).await;
    relay.tunnel_is("known", |status| status.public_url == url_of("before")).await;

    cloudflared.fails(Some(&[OFFLINE]));
    cloudflared.ends();
    let (began, mut waits) = (relay.clock.now(), Vec::new());
    while relay.clock.now().duration_since(began).as_mins() < 30 {
        let starts = cloudflared.starts().len();
        let now = relay.clock.now();
        let is_new = |status: &Status| matches!(status.state, State::Retrying { at, .. } if at > now);
        relay.tunnel_is("down", |status| status.program.is_none() && is_new(status)).await;
        let State::Retrying { at, .. } = relay.tunnel().state else { panic!("{:?}", relay.tunnel()) };
        let wait = u64::try_from(at.duration_since(now).as_secs()).unwrap();
        waits.push(wait);
        relay.pass(wait);
        until("it is started again", async || cloudflared.starts().len() > starts).await;
    }
    assert_eq!(waits[..7], [1, 2, 4, 8, 16, 32, 60]);
    assert!(waits[7..].iter().all(|wait| *wait == 60), "{waits:?}");
    relay.tunnel_fell("offline", |why| *why == Trouble::Unreachable).await;
    cloudflared.fails(None);
    cloudflared.opens_with(&[&named("after"), READY]);
    relay.pass(60);

    relay.tunnel_is("healed", |status| status.public_url == url_of("after")).await;
    relay.finish().await;
}

#[tokio::test]
async fn too_many_quick_tunnels_are_waited_out() {
    let cloudflared = FakeProgram::new("cloudflared", 2);
    let line = "ERR Error unmarshaling QuickTunnel response: error code: 1015 status_code=\"429 Too Many Requests\"";
    cloudflared.fails(Some(&[line, "failed to unmarshal quick Tunnel: invalid character 'e'"]));
    let relay = relay_with(cloudflared.launcher()).await;

    relay.open_tunnel(way("cloudflare-quick")).await;

    relay.tunnel_fell("limited", |why| *why == Trouble::TooMany).await;
    relay.pass(59);
    relay.tunnel_fell("limited", |why| *why == Trouble::TooMany).await;
    assert_eq!(cloudflared.starts().len(), 1);
    relay.pass(1);
    until("it is tried again", async || cloudflared.starts().len() == 2).await;
    relay.finish().await;
}

#[tokio::test]
async fn a_secret_is_given_in_the_environment_and_is_nowhere_else() {
    let cloudflared = FakeProgram::new("cloudflared", 2);
    cloudflared.opens_with(&[READY]);
    let relay = relay_with(cloudflared.launcher()).await;
    let settings = TunnelSettings {
        secret: Some(SecretString::from(TOKEN)),
        url: Some(Url::parse("https://carpool.example.org").unwrap()),
        ..way("cloudflare")
    };

    relay.open_tunnel(settings).await;
    until("it is started", async || cloudflared.starts().len() == 1).await;
    relay.tunnel_is("known", |status| status.public_url.as_deref() == Some("https://carpool.example.org")).await;

    let pid = relay.tunnel_pid().unwrap();
    assert!(cloudflared.environment().contains(&format!("TUNNEL_TOKEN={TOKEN}")));
    let command_line = fs::read(format!("/proc/{pid}/cmdline")).unwrap();
    assert!(!String::from_utf8_lossy(&command_line).contains(TOKEN));
    assert_eq!(files_with(relay.path(), TOKEN), BTreeSet::new());
    // It is remembered for the same way, and not for another one.
    relay
        .open_tunnel(TunnelSettings {
            url: Some(Url::parse("https://other.example.org").unwrap()),
            ..way("cloudflare")
        })
        .await;
    until("it is started again", async || cloudflared.starts().len() == 2).await;
    assert!(cloudflared.environment().contains(TOKEN));
    relay.open_tunnel(way("ngrok")).await;
    assert!(wish::get(relay.around()).await.unwrap().unwrap().settings.secret.is_none());
    relay.finish().await;
}

/// The files below a folder that hold a text.
fn files_with(folder: &Path, text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if fs::read(&path).unwrap().windows(text.len()).any(|window| window == text.as_bytes()) {
            found.insert(path.display().to_string());
        }
    }
    found
}

#[tokio::test]
async fn ngrok_tells_its_address_and_why_it_fails_without_the_authtoken() {
    let mut ngrok = FakeProgram::new("ngrok", 1);
    let refused = format!(
        r#"{{"lvl":"eror","msg":"failed to reconnect session","err":"authentication failed: Your authtoken: {TOKEN}\r\nERR_NGROK_105\r\n"}}"#
    );
    ngrok.fails(Some(&[&refused]));
    let relay = relay_with(ngrok.launcher()).await;
    relay.open_tunnel(TunnelSettings { secret: Some(SecretString::from(TOKEN)), ..way("ngrok") }).await;

    relay.tunnel_fell("refused", |why| *why == Trouble::Refused).await;
    let told = recorded(relay.path()).unwrap();
    assert!(told.reason.as_ref().is_some_and(|reason| !reason.contains(TOKEN)), "{told:?}");
    assert!(ngrok.environment().contains(&format!("NGROK_AUTHTOKEN={TOKEN}")));

    // An address of this relay itself, so that it is really asked.
    network_is_straight(&relay).await;
    ngrok.fails(None);
    let started =
        format!(r#"{{"lvl":"info","msg":"started tunnel","obj":"tunnels","url":"http://{}"}}"#, relay.address);
    ngrok.opens_with(&[&started]);
    relay.pass(60);
    until("it is started again", async || ngrok.starts().len() == 2).await;
    relay.tunnel_is("known", |status| status.public_url == Some(format!("http://{}", relay.address))).await;
    relay.pass(2);
    relay.tunnel_is("up", |status| status.state == State::Up).await;

    ngrok.says(r#"{"lvl":"info","msg":"started tunnel","obj":"tunnels","url":"http://127.0.0.1:9"}"#);
    relay.tunnel_is("elsewhere", |status| status.public_url.as_deref() == Some("http://127.0.0.1:9")).await;
    until("the other address was asked in vain", async || {
        relay.pass(1);
        matches!(why(&relay), Some(Trouble::NoAnswer(_)))
    })
    .await;
    assert_eq!(ngrok.starts().len(), 2);
    relay.finish().await;
}

async fn network_is_straight(relay: &TestRelay) {
    let straight = carpool_relay::network::ProxyPolicy::Straight;
    carpool_relay::network::set_policy(relay.around(), &straight).await.unwrap();
}

#[tokio::test]
async fn tailscale_says_where_funnel_is_switched_on_and_then_its_address() {
    let mut tailscale = FakeProgram::new("tailscale", 1);
    tailscale.opens_with(&[
        "Funnel is not enabled on your tailnet.",
        "To enable, visit:",
        "",
        "         https://login.tailscale.com/f/funnel?node=nho4oGYG7X11CNTRL",
    ]);
    let relay = relay_with(tailscale.launcher()).await;

    relay.open_tunnel(way("tailscale-funnel")).await;
    relay
        .tunnel_is("not switched on", |_| matches!(why(&relay), Some(Trouble::SwitchOn(page)) if page.contains("nho4")))
        .await;
    tailscale.says("Success.");
    tailscale.says("Available on the internet:");
    tailscale.says("https://desk.tail1234.ts.net/");
    tailscale.says("|-- proxy http://127.0.0.1:8787");

    relay.tunnel_is("known", |status| status.public_url.as_deref() == Some("https://desk.tail1234.ts.net")).await;
    assert_eq!(tailscale.starts(), [format!("funnel http://{}", relay.address)]);
    relay.finish().await;
}

#[tokio::test]
async fn a_program_that_is_missing_is_named_and_found_once_it_is_installed() {
    let other = FakeProgram::new("something-else", 1);
    let relay = relay_with(std::sync::Arc::new(carpool_relay::tunnel::Processes {
        path: Some(other.launcher().path.clone().unwrap().to_string_lossy().split(':').next().unwrap().into()),
    }))
    .await;

    relay.open_tunnel(way("ngrok")).await;

    relay.tunnel_is("missing", |status| status.state == State::Missing { program: "ngrok" }).await;
    let told = recorded(relay.path()).unwrap();
    assert_eq!((told.state.as_str(), told.reason.as_deref()), ("missing", Some("ngrok is not installed")));
    relay.finish().await;
}

#[tokio::test]
async fn a_way_of_the_owners_own_is_up_while_its_address_leads_here() {
    let relay = relay_with(std::sync::Arc::default()).await;
    network_is_straight(&relay).await;
    let own = |url: String| TunnelSettings { url: Some(Url::parse(&url).unwrap()), ..way("own") };

    relay.open_tunnel(own(format!("http://{}", relay.address))).await;
    relay.tunnel_is("up", |status| status.state == State::Up).await;
    let pretend = relay.pretend.url().to_string();
    relay.open_tunnel(own(pretend.clone())).await;

    relay.tunnel_is("unanswered", |_| matches!(why(&relay), Some(Trouble::NoAnswer(_)))).await;
    assert_eq!(relay.house.public_url().as_deref(), Some(pretend.trim_end_matches('/')));
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn the_local_network_comes_in_by_a_door_that_closes_again() {
    let relay = relay_with(std::sync::Arc::default()).await;
    network_is_straight(&relay).await;
    relay.add_account("first", crate::relay::SECRET).await;
    relay.open_tunnel(way("local")).await;
    let Some(ip) = network_ip() else {
        relay.tunnel_is("without a network", |_| why(&relay) == Some(Trouble::NoNetwork)).await;
        return relay.finish().await;
    };
    let door = (ip, relay.address.port()).into();

    relay.tunnel_is("known", |status| status.public_url == Some(format!("http://{door}"))).await;
    relay.pass(2);
    relay.tunnel_is("up", |status| status.state == State::Up).await;
    let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).to(door).send().await.whole().await;
    assert_eq!(answer.status, 200);

    relay.house.tunnel().stop().await.unwrap();
    let is_closed = async || relay.get("/health").to(door).try_send().await.is_err();
    until("the door is closed", is_closed).await;
    assert_eq!(relay.get("/health").send().await.whole().await.status, 200);
    relay.finish().await;
}
