//! An owner's desktop: a home, a display, a session with a keyring, and a browser that only notes what it is to open.

use std::{
    ffi::OsStr,
    fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
};

use carpool_relay::pretend::Pretend;
use serde_json::Value;
use tokio::{net::TcpStream, process::Command};

use crate::{
    display::Display,
    launch::PATIENCE,
    support::{
        database, eventually,
        friend::{Friend, client},
        login::point_at,
        program::{API_KEY, Folder, Ran},
        session::Session,
    },
};

/// What it has for a browser, under the name of the program that opens pages.
const BROWSER: &str = "#!/bin/sh\nprintf '%s\\n' \"$1\" >>\"$HOME/opened\"\n";

/// A desktop on which Carpool was or was not used before.
pub(crate) struct Desktop {
    pub(crate) folder: Folder,
    pub(crate) session: Session,
    pub(crate) display: Display,
    pub(crate) pretend: Pretend,
    /// A port that nobody has; Carpool listens there once it was told to.
    pub(crate) port: u16,
}

impl Desktop {
    /// One on which Carpool never ran.
    pub(crate) async fn new() -> Self {
        let folder = Folder::new();
        let session = Session::start(&folder);
        Self::of(folder, session).await
    }

    /// One without a keyring.
    pub(crate) async fn without_keyring() -> Self {
        let folder = Folder::new();
        let session = Session::without_keyring(&folder);
        Self::of(folder, session).await
    }

    /// One on which the first run is over: there is the account `work` and the friend Alex, whose key comes along.
    pub(crate) async fn in_use() -> (Self, String) {
        let desktop = Self::new().await;
        let key = desktop.set_up().await;
        (desktop, key)
    }

    async fn of(folder: Folder, session: Session) -> Self {
        let pretend = Pretend::start().await.expect("a provider");
        point_at(&folder, &pretend, "/v1/oauth/token");
        fs::create_dir(programs(&folder)).expect("a folder");
        let desktop = Self { folder, session, display: Display::start(), pretend, port: free_port() };
        desktop.install("xdg-open", BROWSER);
        desktop
    }

    /// Adds the account `work`.
    pub(crate) async fn set_up_account(&self) {
        let mut add = self.program("account add claude --name work --secret-stdin");
        Ran::fed(add.args(["--base-url", self.pretend.url().as_str()]), API_KEY).await.done();
    }

    /// Puts a program on this desktop's PATH.
    pub(crate) fn install(&self, name: &str, script: &str) {
        let file = programs(&self.folder).join(name);
        fs::write(&file, script).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("it can be run");
    }

    /// Does what the first run asks for, and returns the friend's key.
    pub(crate) async fn set_up(&self) -> String {
        self.set_up_account().await;
        self.run("friend add Alex").await;
        let created = self.run("key create --friend Alex").await;
        self.end_first_run().await;
        created["key"].as_str().expect("the key is shown once").to_owned()
    }

    /// Notes that the first run is over, in English, and lets Carpool listen on the free port.
    pub(crate) async fn end_first_run(&self) {
        let port = self.port.to_string();
        let settings = [("terms_accepted", "yes"), ("first_run_over", "yes"), ("language", "en"), ("port", &port)];
        for (name, value) in settings {
            self.set(name, value).await;
        }
    }

    /// Sets what the owner can set, past the program.
    pub(crate) async fn set(&self, name: &str, value: &str) {
        let put = sqlx::query(
            "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        );
        put.bind(name).bind(value).execute(&mut database::open(&self.folder).await).await.expect("it is set");
    }

    /// A command on the owner's data.
    pub(crate) fn program(&self, words: &str) -> Command {
        let mut command = self.folder.bare(words);
        let (name, value) = self.session.variable();
        command.env(name, value).args(["--json", "--vault", "keychain", "--data-dir"]).arg(self.folder.data_dir());
        command.arg("--providers").arg(self.folder.providers_file());
        command
    }

    /// Runs a command that does its work.
    pub(crate) async fn run(&self, words: &str) -> Value {
        Ran::of(&mut self.program(words)).await.done()
    }

    /// A friend who calls at Carpool's port.
    pub(crate) fn friend(&self, key: &str) -> Friend {
        self.friend_at(self.port, key)
    }

    /// A friend who calls at this port.
    pub(crate) fn friend_at(&self, port: u16, key: &str) -> Friend {
        Friend::at(client(), format!("http://127.0.0.1:{port}"), key)
    }

    /// Waits until Carpool listens.
    pub(crate) async fn listens(&self) {
        let address = (Ipv4Addr::LOCALHOST, self.port);
        eventually("Carpool listens", PATIENCE, async || TcpStream::connect(address).await.ok()).await;
    }

    /// The pages that were to be opened in the browser.
    pub(crate) fn opened(&self) -> Vec<String> {
        let noted = fs::read_to_string(self.folder.home().join("opened")).unwrap_or_default();
        noted.lines().map(str::to_owned).collect()
    }

    /// What a graphical session tells its programs.
    pub(crate) fn variables(&self) -> Vec<(&'static str, PathBuf)> {
        let home = self.folder.home();
        let (bus, address) = self.session.variable();
        let path = [programs(&self.folder).as_os_str(), std::env::var_os("PATH").unwrap_or_default().as_os_str()]
            .join(OsStr::new(":"));
        vec![
            (bus, address.into()),
            ("DISPLAY", self.display.name().into()),
            ("HOME", home.clone()),
            ("LANG", "C.UTF-8".into()),
            ("NO_AT_BRIDGE", "1".into()),
            ("PATH", path.into()),
            ("TMPDIR", self.folder.temporary_dir()),
            ("TZ", "UTC".into()),
            ("XDG_CACHE_HOME", home.join("cache")),
            ("XDG_CONFIG_HOME", home.join("config")),
            ("XDG_DATA_HOME", home.join("data")),
            ("XDG_RUNTIME_DIR", self.session.run_dir().to_owned()),
            ("CARPOOL_DATA_DIR", self.folder.data_dir()),
            ("CARPOOL_PROVIDERS", self.folder.providers_file()),
        ]
    }
}

/// Where programs are that only this desktop has.
fn programs(folder: &Folder) -> PathBuf {
    folder.path().join("bin")
}

/// A port that nobody has now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("it listens").port()
}
