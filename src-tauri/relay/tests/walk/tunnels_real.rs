//! Real tunnels, over loopback: OpenSSH's `ssh -R` to a server of its own, and bore with its own server.

use std::{
    env, fs,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener as Port},
    path::PathBuf,
    process::Command,
    sync::Arc,
};

use carpool_core::tunnel::{Trouble, TunnelSettings};
use carpool_relay::{
    network::{self, ProxyPolicy},
    tunnel::{Processes, State},
};
use secrecy::SecretString;
use tempfile::TempDir;
use url::Url;

use crate::{
    relay::{SECRET, TestRelay, prompt, streaming_prompt, until},
    ssh_server::{Server, SshServer, free_port, run},
    tunnel_programs::{is_gone, launcher, relay_with, way},
};

/// The port at which bore's server is asked for tunnels; it has no choice.
const BORE_PORT: u16 = 7835;
const BORE_SECRET: &str = "canary-5c1d-bore";

/// A tunnel to a port of a server.
fn tunnel(server: &SshServer, remote_port: u16) -> TunnelSettings {
    TunnelSettings {
        to: Some(server.remote().parse().unwrap()),
        remote_port: Some(remote_port),
        url: Some(Url::parse(&format!("http://127.0.0.1:{remote_port}")).unwrap()),
        ..way("ssh")
    }
}

/// A relay that can serve, and asks public addresses straight.
async fn relay_that_serves(launcher: Arc<Processes>) -> TestRelay {
    let relay = relay_with(launcher).await;
    relay.add_account("first", SECRET).await;
    network::set_policy(relay.around(), &ProxyPolicy::Straight).await.unwrap();
    relay
}

/// Waits until the tunnel is up, by a clock that passes.
async fn is_up(relay: &TestRelay) {
    until("the tunnel is up", async || {
        relay.pass(1);
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        relay.tunnel().state == State::Up
    })
    .await;
}

/// Calls through the tunnel, whole and as a stream.
async fn calls_pass(relay: &TestRelay, through: SocketAddr) {
    let whole = relay.call(prompt("claude-sonnet-4-5", "hello")).to(through).send().await.whole().await;
    assert_eq!(whole.status, 200, "{:?}", whole.body);
    let stream = relay.call(streaming_prompt("claude-sonnet-4-5", "hello")).to(through).send().await.whole().await;
    let text = String::from_utf8_lossy(&stream.body).into_owned();
    assert!(stream.status == 200 && text.contains("message_stop"), "{text}");
}

fn why(relay: &TestRelay) -> Option<Trouble> {
    match relay.tunnel().state {
        State::Retrying { why, .. } => Some(why),
        _ => None,
    }
}

#[tokio::test]
async fn friends_come_in_through_ssh_also_after_the_server_was_away() {
    let (mut server, remote_port) = (SshServer::start().await, free_port());
    let relay = relay_that_serves(launcher(&server.programs())).await;

    relay.open_tunnel(tunnel(&server, remote_port)).await;
    is_up(&relay).await;
    let friends = SocketAddr::from((Ipv4Addr::LOCALHOST, remote_port));
    calls_pass(&relay, friends).await;
    let pid = relay.tunnel_pid().unwrap();

    server.server.stop();
    // The connection is carried by a process of its own, which ends when the client is told to; here the client is cut.
    run("kill", &["-KILL", &pid.to_string()]);
    relay.tunnel_is("away", |status| matches!(status.state, State::Retrying { .. })).await;
    until("the server is found to be away", async || {
        relay.pass(1);
        why(&relay) == Some(Trouble::Unreachable)
    })
    .await;
    server.start_again().await;
    is_up(&relay).await;
    calls_pass(&relay, friends).await;

    let pid = relay.tunnel_pid().unwrap();
    relay.finish().await;
    is_gone(pid).await;
}

#[tokio::test]
async fn ssh_says_why_it_fails() {
    let server = SshServer::start().await;
    let relay = relay_that_serves(launcher(&server.programs())).await;

    let taken = Port::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    // Either would do for the server, where there is IPv6.
    let _taken_too = Port::bind((Ipv6Addr::LOCALHOST, port));
    relay.open_tunnel(tunnel(&server, port)).await;
    relay.tunnel_is("without the port", |_| why(&relay) == Some(Trouble::RemotePort)).await;

    fs::write(server.dir.path().join("authorized"), "").unwrap();
    relay.open_tunnel(tunnel(&server, free_port())).await;
    relay.tunnel_is("refused", |_| why(&relay) == Some(Trouble::Refused)).await;

    fs::write(server.dir.path().join("known"), "").unwrap();
    relay.open_tunnel(tunnel(&server, free_port())).await;
    relay.tunnel_is("suspicious", |_| why(&relay) == Some(Trouble::HostKey)).await;
    relay.finish().await;
}

/// Where `scripts/test` installs bore: beside the folder that tests are built in.
fn bore() -> PathBuf {
    let test = env::current_exe().unwrap();
    test.ancestors().nth(3).expect("tests are built in target/debug/deps").join("tools/bin")
}

#[tokio::test]
async fn friends_come_in_through_bore_and_a_wrong_secret_is_told() {
    let dir = TempDir::new().unwrap();
    let mut command = Command::new(bore().join("bore"));
    command.args(["server", "--bind-addr", "127.0.0.1"]).env("BORE_SECRET", BORE_SECRET);
    let mut server = Server::start(&mut command, &dir.path().join("log"), BORE_PORT).await;
    let relay = relay_that_serves(launcher(&bore())).await;
    let with = |secret: Option<&str>| TunnelSettings {
        to: Some("127.0.0.1".parse().unwrap()),
        secret: secret.map(SecretString::from),
        ..way("bore")
    };

    relay.open_tunnel(with(None)).await;
    relay.tunnel_is("without a secret", |_| why(&relay) == Some(Trouble::NoSecret)).await;
    relay.open_tunnel(with(Some("another"))).await;
    relay.tunnel_is("refused", |_| why(&relay) == Some(Trouble::Refused)).await;
    relay.open_tunnel(with(Some(BORE_SECRET))).await;
    is_up(&relay).await;
    let url = Url::parse(&relay.house.public_url().unwrap()).unwrap();
    calls_pass(&relay, SocketAddr::from((Ipv4Addr::LOCALHOST, url.port().unwrap()))).await;
    let command_line = fs::read(format!("/proc/{}/cmdline", relay.tunnel_pid().unwrap())).unwrap();
    assert!(!String::from_utf8_lossy(&command_line).contains(BORE_SECRET));

    server.stop();
    relay.tunnel_is("away", |status| matches!(status.state, State::Retrying { .. })).await;
    until("the server is found to be away", async || {
        relay.pass(1);
        why(&relay) == Some(Trouble::Unreachable)
    })
    .await;
    let _server = Server::start(&mut command, &dir.path().join("log"), BORE_PORT).await;
    is_up(&relay).await;
    let url = Url::parse(&relay.house.public_url().unwrap()).unwrap();
    calls_pass(&relay, SocketAddr::from((Ipv4Addr::LOCALHOST, url.port().unwrap()))).await;
    relay.finish().await;
}
