//! Real proxies, as Debian packages them, each on a free port of loopback. They end with the test.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, TcpListener as Port},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use secrecy::SecretString;
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::relay::comes_true;

/// Whom the proxies let in.
pub(crate) const USER: &str = "owner";
pub(crate) const PASSWORD: &str = "n0tAsecret";
/// How many free ports are tried: another process may take one between its being found and its being used.
const PORTS: u32 = 8;
/// How often a proxy is looked at before it counts as never listening.
const LOOKS: u32 = 10_000;

/// A proxy's process; it ends when this is dropped.
pub(crate) struct ProxyProcess {
    child: Child,
    port: u16,
    log: PathBuf,
    _dir: TempDir,
}

impl ProxyProcess {
    /// A SOCKS5 proxy that wants a name and a password.
    pub(crate) async fn microsocks() -> Self {
        Self::start(|port, _| {
            let mut command = Command::new("microsocks");
            command.args(["-i", "127.0.0.1", "-p", &port.to_string(), "-u", USER, "-P", PASSWORD]);
            command
        })
        .await
    }

    /// An HTTP proxy that wants a name and a password.
    pub(crate) async fn tinyproxy() -> Self {
        Self::start(|port, dir| {
            let settings = dir.join("tinyproxy.conf");
            let access = format!("Allow 127.0.0.1\nBasicAuth {USER} {PASSWORD}");
            let text = format!("Port {port}\nListen 127.0.0.1\n{access}\nTimeout 600\nLogLevel Connect\n");
            fs::write(&settings, text).unwrap();
            let mut command = Command::new("tinyproxy");
            command.arg("-d").arg("-c").arg(settings);
            command
        })
        .await
    }

    /// Its address with a name and a password; `http` and `socks5h` are schemes.
    pub(crate) fn address(&self, scheme: &str) -> SecretString {
        format!("{scheme}://{USER}:{PASSWORD}@127.0.0.1:{}", self.port).into()
    }

    /// Its address with another password.
    pub(crate) fn address_for_nobody(&self, scheme: &str) -> SecretString {
        format!("{scheme}://{USER}:another@127.0.0.1:{}", self.port).into()
    }

    /// What it has written down so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Ends it; nobody listens on its port any more.
    pub(crate) fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    async fn start(command: impl Fn(u16, &Path) -> Command) -> Self {
        for _ in 0..PORTS {
            let port = Port::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
            let dir = TempDir::new().unwrap();
            let log = dir.path().join("log");
            let written = File::create(&log).unwrap();
            let mut command = command(port, dir.path());
            command.stdin(Stdio::null()).stdout(written.try_clone().unwrap()).stderr(written);
            let child = command.spawn().expect("scripts/test installs the packages microsocks and tinyproxy-bin");
            let mut proxy = Self { child, port, log, _dir: dir };
            if proxy.listens().await {
                return proxy;
            }
        }
        panic!("a proxy found no free port");
    }

    /// Waits until it listens; not, if it has ended.
    async fn listens(&mut self) -> bool {
        let port = self.port;
        let settled = comes_true(LOOKS, async || {
            self.child.try_wait().unwrap().is_some() || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok()
        });
        settled.await && self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for ProxyProcess {
    fn drop(&mut self) {
        // One that was stopped is no more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
