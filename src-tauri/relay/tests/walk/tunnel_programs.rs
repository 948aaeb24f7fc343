//! Programs that stand for cloudflared, tailscale and ngrok: they print what the real ones print, and what a test tells
//! them to, and end when a test says so.

use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use carpool_core::tunnel::{Trouble, TunnelSettings, WayId};
use carpool_relay::{
    network::{self, ProxyPolicy},
    pretend::Pretend,
    tunnel::{Processes, State, Status, recorded},
};
use tempfile::TempDir;

use crate::relay::{TestRelay, until};

/// What a program does: it notes its start and its environment, prints its opening words, fails if it is to, and then
/// repeats what it is told.
const SCRIPT: &str = r#"#!/bin/sh
cd "$(dirname "$0")"
tr '\0' '\n' < /proc/$$/environ > environment
sleep 600 &
echo $! > child
printf '%s\n' "$*" >> starts
cat opening >&$(cat stream)
[ ! -e fails ] || { kill %1; exit 1; }
exec 3<>ears
while read -r line <&3; do
    [ "$line" != '!end' ] || { kill $!; exit 1; }
    printf '%s\n' "$line" >&$(cat stream)
done
"#;

/// A folder with one such program in it.
pub(crate) struct FakeProgram {
    dir: TempDir,
    /// Held open, so that what is told waits for whoever listens.
    ears: File,
}

impl FakeProgram {
    /// A program of this name that says things on its standard output (1) or error (2).
    pub(crate) fn new(name: &str, stream: u8) -> Self {
        let dir = TempDir::new().unwrap();
        let file = |name: &str| dir.path().join(name);
        fs::write(file(name), SCRIPT).unwrap();
        fs::set_permissions(file(name), fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(file("opening"), "").unwrap();
        fs::write(file("starts"), "").unwrap();
        fs::write(file("stream"), stream.to_string()).unwrap();
        assert!(Command::new("mkfifo").arg(file("ears")).status().unwrap().success());
        let ears = File::options().read(true).write(true).open(file("ears")).unwrap();
        Self { dir, ears }
    }

    /// Found before any other of its name.
    pub(crate) fn launcher(&self) -> Arc<Processes> {
        launcher(self.dir.path())
    }

    /// What it prints when it starts.
    pub(crate) fn opens_with(&self, lines: &[&str]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(self.file("opening"), text).unwrap();
    }

    /// Whether it ends right after that.
    pub(crate) fn fails(&self, lines: Option<&[&str]>) {
        match lines {
            Some(lines) => {
                self.opens_with(lines);
                fs::write(self.file("fails"), "").unwrap();
            }
            None => fs::remove_file(self.file("fails")).unwrap(),
        }
    }

    /// Has it print a line now.
    pub(crate) fn says(&mut self, line: &str) {
        writeln!(self.ears, "{line}").unwrap();
    }

    /// Has it end now.
    pub(crate) fn ends(&mut self) {
        self.says("!end");
    }

    /// The arguments of each start.
    pub(crate) fn starts(&self) -> Vec<String> {
        fs::read_to_string(self.file("starts")).unwrap().lines().map(str::to_owned).collect()
    }

    /// The environment of the last start.
    pub(crate) fn environment(&self) -> String {
        fs::read_to_string(self.file("environment")).unwrap()
    }

    /// A process that the last start began.
    pub(crate) fn child(&self) -> u32 {
        fs::read_to_string(self.file("child")).unwrap().trim().parse().unwrap()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

/// Programs are looked for in this folder first.
pub(crate) fn launcher(dir: &Path) -> Arc<Processes> {
    let mut path = OsString::from(dir);
    path.push(":");
    path.push(env::var_os("PATH").unwrap_or_default());
    Arc::new(Processes { path: Some(path) })
}

/// A relay that listens, starts programs so, and knows a friend. What it asks the public addresses of goes to a proxy that
/// is not there: nothing leaves this machine.
pub(crate) async fn relay_with(launcher: Arc<Processes>) -> TestRelay {
    let mut relay = relay_for_nobody(launcher).await;
    relay.key = relay.add_friend("Alex").await;
    relay
}

/// The same before there is a friend.
pub(crate) async fn relay_for_nobody(launcher: Arc<Processes>) -> TestRelay {
    let pretend = Pretend::start().await.unwrap();
    let endpoints = pretend.endpoints();
    let relay = TestRelay::start_launching(TempDir::new().unwrap(), pretend, endpoints, launcher).await;
    let nowhere = ProxyPolicy::parse(&"http://127.0.0.1:9".into()).unwrap();
    network::set_policy(relay.around(), &nowhere).await.unwrap();
    relay.house.announce(relay.address).unwrap();
    relay
}

/// A way of which nothing more is said.
pub(crate) fn way(word: &str) -> TunnelSettings {
    TunnelSettings::new(word.parse::<WayId>().unwrap())
}

impl TestRelay {
    /// How the tunnel is.
    pub(crate) fn tunnel(&self) -> Status {
        self.house.tunnel().status()
    }

    /// The word for it.
    pub(crate) fn tunnel_state(&self) -> &'static str {
        self.tunnel().state.as_str()
    }

    /// Wants a tunnel.
    pub(crate) async fn open_tunnel(&self, settings: TunnelSettings) {
        self.house.tunnel().start(settings).await.unwrap();
    }

    /// Waits until the tunnel is so.
    pub(crate) async fn tunnel_is(&self, what: &str, mut is_so: impl FnMut(&Status) -> bool) {
        let told = async || {
            self.house.tunnel().tend();
            is_so(&self.tunnel())
        };
        let waited = crate::relay::comes_true(20_000, told).await;
        assert!(waited, "the tunnel never is {what}: {:?}", self.tunnel());
    }

    /// Waits until what ran has ended for this reason, and is to be started again.
    pub(crate) async fn tunnel_fell(&self, what: &str, is_it: impl Fn(&Trouble) -> bool) {
        let fell = |status: &Status| match &status.state {
            State::Retrying { why, .. } => status.program.is_none() && is_it(why),
            _ => false,
        };
        self.tunnel_is(what, fell).await;
    }

    /// Lets time pass, and the tunnel see it.
    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(std::time::Duration::from_secs(seconds));
        self.house.tunnel().tend();
    }

    /// The process that runs for the tunnel.
    pub(crate) fn tunnel_pid(&self) -> Option<u32> {
        recorded(self.path())?.pid()
    }
}

/// Says whether a process runs. One that has ended and was not looked after does not.
pub(crate) fn runs(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

/// Waits until a process is no more.
pub(crate) async fn is_gone(pid: u32) {
    until("the process has ended", async || !runs(pid)).await;
}
