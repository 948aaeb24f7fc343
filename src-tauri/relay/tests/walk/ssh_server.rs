//! An SSH server of a test's own, on loopback, and an `ssh` that knows it. The app ring's tests use it, too.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, TcpListener as Port},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(30);
/// The pause between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A process that ends with the test.
pub(crate) struct Server(Child);

impl Server {
    /// Starts one, and waits until it listens.
    pub(crate) async fn start(command: &mut Command, log: &Path, port: u16) -> Self {
        let written = File::create(log).expect("a log");
        command.stdin(Stdio::null()).stdout(written.try_clone().expect("a log")).stderr(written);
        let mut server = Self(command.spawn().expect("scripts/test installs openssh-server and bore"));
        let listening = async {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
                sleep(LOOK_EVERY).await;
            }
        };
        timeout(PATIENCE, listening).await.expect("the server listens");
        let ended = server.0.try_wait().expect("it is waited for");
        assert!(ended.is_none(), "it ended: {}", fs::read_to_string(log).expect("a log"));
        server
    }

    pub(crate) fn stop(&mut self) {
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

pub(crate) fn free_port() -> u16 {
    let listener = Port::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("it listens").port()
}

pub(crate) fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().expect("it is installed");
    assert!(output.status.success(), "{program} {args:?}: {output:?}");
    String::from_utf8(output.stdout).expect("it prints text")
}

/// An SSH server with keys of its own, and an `ssh` that knows it, as the owner's settings in `~/.ssh` make it.
pub(crate) struct SshServer {
    pub(crate) dir: TempDir,
    port: u16,
    pub(crate) server: Server,
}

impl SshServer {
    pub(crate) async fn start() -> Self {
        let (dir, port) = (TempDir::new().expect("a temporary folder"), free_port());
        let file = |name: &str| dir.path().join(name).display().to_string();
        for key in ["host", "id"] {
            run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &file(key)]);
        }
        fs::copy(file("id.pub"), file("authorized")).expect("copied");
        let host = fs::read_to_string(file("host.pub")).expect("a key");
        fs::write(file("known"), format!("[127.0.0.1]:{port} {host}")).expect("written");
        let settings = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\n\
             UsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\n",
            file("host"),
            file("authorized"),
        );
        fs::write(file("sshd"), settings).expect("written");
        let own = format!(
            "UserKnownHostsFile {}\nGlobalKnownHostsFile none\nIdentityFile {}\nIdentitiesOnly yes\nIdentityAgent none\n",
            file("known"),
            file("id"),
        );
        fs::write(file("settings"), own).expect("written");
        let bin = dir.path().join("bin");
        fs::create_dir(&bin).expect("a folder");
        let ssh = format!("#!/bin/sh\nexec /usr/bin/ssh -F {} \"$@\"\n", file("settings"));
        fs::write(bin.join("ssh"), ssh).expect("written");
        fs::set_permissions(bin.join("ssh"), fs::Permissions::from_mode(0o755)).expect("it can be run");
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

    pub(crate) async fn start_again(&mut self) {
        self.server = Self::listen(self.dir.path(), self.port).await;
    }

    /// The folder with the `ssh` that knows this server.
    pub(crate) fn programs(&self) -> PathBuf {
        self.dir.path().join("bin")
    }

    /// How this user is named there, as `user@127.0.0.1:2222`.
    pub(crate) fn remote(&self) -> String {
        format!("{}@127.0.0.1:{}", run("id", &["-un"]).trim(), self.port)
    }
}
