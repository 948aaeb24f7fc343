//! Real tunnels, over loopback: OpenSSH's `ssh -R` to a server of its own, and bore with its own server.

use std::{
    env,
    fs::{self, File},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener as Port},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use carpool_core::tunnel::{Trouble, TunnelSettings};
use carpool_relay::{
    network::{self, ProxyPolicy},
    tunnel::{Processes, State},
};
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::net::TcpStream;
use url::Url;

use crate::{
    relay::{SECRET, TestRelay, prompt, streaming_prompt, until},
    tunnel_programs::{is_gone, launcher, relay_with, way},
};

/// The port at which bore's server is asked for tunnels; it has no choice.
const BORE_PORT: u16 = 7835;
const BORE_SECRET: &str = "canary-5c1d-bore";

/// A process that ends with the test.
struct Server(Child);

impl Server {
    async fn start(command: &mut Command, log: &Path, port: u16) -> Self {
        let written = File::create(log).unwrap();
        command.stdin(Stdio::null()).stdout(written.try_clone().unwrap()).stderr(written);
        let mut server = Self(command.spawn().expect("scripts/test installs openssh-server and bore"));
        until("the server listens", async || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok()).await;
        let ended = server.0.try_wait().unwrap();
        assert!(ended.is_none(), "it ended: {}", fs::read_to_string(log).unwrap());
        server
    }

    fn stop(&mut self) {
        // One that has ended is no more.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn free_port() -> u16 {
    Port::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().expect("it is installed");
    assert!(output.status.success(), "{program} {args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// An SSH server with keys of its own, and an `ssh` that knows it, as the owner's settings in `~/.ssh` make it.
struct SshServer {
    dir: TempDir,
    port: u16,
    server: Server,
}

impl SshServer {
    async fn start() -> Self {
        let (dir, port) = (TempDir::new().unwrap(), free_port());
        let file = |name: &str| dir.path().join(name).display().to_string();
        for key in ["host", "id"] {
            run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &file(key)]);
        }
        fs::copy(file("id.pub"), file("authorized")).unwrap();
        let host = fs::read_to_string(file("host.pub")).unwrap();
        fs::write(file("known"), format!("[127.0.0.1]:{port} {host}")).unwrap();
        let settings = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\n\
             UsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\n",
            file("host"),
            file("authorized"),
        );
        fs::write(file("sshd"), settings).unwrap();
        let own = format!(
            "UserKnownHostsFile {}\nGlobalKnownHostsFile none\nIdentityFile {}\nIdentitiesOnly yes\nIdentityAgent none\n",
            file("known"),
            file("id"),
        );
        fs::write(file("settings"), own).unwrap();
        let bin = dir.path().join("bin");
        fs::create_dir(&bin).unwrap();
        let ssh = format!("#!/bin/sh\nexec /usr/bin/ssh -F {} \"$@\"\n", file("settings"));
        fs::write(bin.join("ssh"), ssh).unwrap();
        fs::set_permissions(bin.join("ssh"), fs::Permissions::from_mode(0o755)).unwrap();
        // Where root runs sshd, it wants this folder, which the system's own start of it makes.
        let _ = fs::create_dir_all("/run/sshd");
        let server = Self::listen(dir.path(), port).await;
        Self { dir, port, server }
    }

    async fn listen(dir: &Path, port: u16) -> Server {
        let mut command = Command::new("/usr/sbin/sshd");
        command.args(["-D", "-e", "-f"]).arg(dir.join("sshd"));
        Server::start(&mut command, &dir.join("log"), port).await
    }

    async fn start_again(&mut self) {
        self.server = Self::listen(self.dir.path(), self.port).await;
    }

    fn launcher(&self) -> Arc<Processes> {
        launcher(&self.dir.path().join("bin"))
    }

    /// A tunnel to a port of this server.
    fn tunnel(&self, remote_port: u16) -> TunnelSettings {
        let user = run("id", &["-un"]);
        TunnelSettings {
            to: Some(format!("{}@127.0.0.1:{}", user.trim(), self.port).parse().unwrap()),
            remote_port: Some(remote_port),
            url: Some(Url::parse(&format!("http://127.0.0.1:{remote_port}")).unwrap()),
            ..way("ssh")
        }
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
    let relay = relay_that_serves(server.launcher()).await;

    relay.open_tunnel(server.tunnel(remote_port)).await;
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
    let relay = relay_that_serves(server.launcher()).await;

    let taken = Port::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    // Either would do for the server, where there is IPv6.
    let _taken_too = Port::bind((Ipv6Addr::LOCALHOST, port));
    relay.open_tunnel(server.tunnel(port)).await;
    relay.tunnel_is("without the port", |_| why(&relay) == Some(Trouble::RemotePort)).await;

    fs::write(server.dir.path().join("authorized"), "").unwrap();
    relay.open_tunnel(server.tunnel(free_port())).await;
    relay.tunnel_is("refused", |_| why(&relay) == Some(Trouble::Refused)).await;

    fs::write(server.dir.path().join("known"), "").unwrap();
    relay.open_tunnel(server.tunnel(free_port())).await;
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
