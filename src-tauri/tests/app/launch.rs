//! Starting the program as a desktop does, with a WebDriver that looks into its window.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use fantoccini::{ClientBuilder, wd::Capabilities};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tokio::{net::TcpStream, process::Command, time::timeout};

use crate::{
    desktop::{Desktop, free_port},
    screen::Screen,
    support::{eventually, program::carpool, session::Ended},
};

/// How long anything here may take; a busy machine with two cores starts a webview in about twenty seconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What WebDriver starts: it runs the program and notes its number and how it ended. The program is not ended with it.
const LAUNCHER: &str = r#"#!/bin/sh
note() { echo "$2" >"$NOTES/$1.new" && mv "$NOTES/$1.new" "$NOTES/$1"; }
(
    trap '' HUP
    $PREFIX "$CARPOOL" "$@" 2>>"$NOTES/stderr" &
    note pid $!
    wait $!
    note code $?
) &
wait
"#;

/// Carpool, running on a desktop. Dropping it ends it.
pub(crate) struct App {
    pub(crate) screen: Screen,
    process: Process,
    _driver: Ended,
}

impl App {
    /// Starts it as the desktop's menu does, and waits until it shows something.
    pub(crate) async fn start(desktop: &Desktop) -> Self {
        Self::run(desktop, "", &[]).await
    }

    /// Starts it behind another command, with some words.
    pub(crate) async fn run(desktop: &Desktop, prefix: &str, words: &[&str]) -> Self {
        let process = Process::new(desktop.folder.path());
        let port = free_port();
        let mut command = std::process::Command::new("WebKitWebDriver");
        command.arg(format!("--port={port}")).stdout(Stdio::null());
        command.envs(desktop.variables()).env("CARPOOL", carpool()).env("NOTES", &process.notes).env("PREFIX", prefix);
        command.env_remove("CARPOOL_VAULT").env("TAURI_AUTOMATION", "true").env("TAURI_WEBVIEW_AUTOMATION", "true");
        let driver = Ended::by_drop(&mut command);
        eventually("WebKitWebDriver listens", PATIENCE, async || TcpStream::connect(("127.0.0.1", port)).await.ok())
            .await;

        let options = json!({ "binary": process.launcher, "args": words });
        let mut session = ClientBuilder::new(HttpConnector::new());
        session.capabilities(Capabilities::from_iter([("webkitgtk:browserOptions".to_owned(), options)]));
        let opening = timeout(PATIENCE, session.connect(&format!("http://127.0.0.1:{port}"))).await;
        let client = opening.expect("a window in time").unwrap_or_else(|error| panic!("{error}\n{}", process.stderr()));
        let app = Self { screen: Screen::new(client), process, _driver: driver };
        app.screen.is_painted().await;
        app
    }

    /// Starts the program beside one that runs, and waits until it has ended: with which code.
    pub(crate) async fn start_again(desktop: &Desktop) -> Option<i32> {
        let mut command = Command::new(carpool());
        command.envs(desktop.variables()).stdin(Stdio::null()).kill_on_drop(true);
        timeout(PATIENCE, command.status()).await.expect("the second one ends").expect("it is waited for").code()
    }

    /// The number of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.note("pid").and_then(|pid| pid.trim().parse().ok()).expect("it was started")
    }

    /// Sends its process a signal, by name.
    pub(crate) async fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let sent =
            Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", name, &pid]).status().await.expect("a shell");
        assert!(sent.success());
    }

    /// Whether it has not ended.
    pub(crate) fn is_running(&self) -> bool {
        self.process.note("code").is_none()
    }

    /// Waits until it has ended by itself: with which code.
    pub(crate) async fn ended(&self) -> i32 {
        let code = eventually("the program ends", PATIENCE, async || self.process.note("code")).await;
        code.trim().parse().expect("a code")
    }

    /// Asks it to end (SIGTERM) and waits until it did, well.
    pub(crate) async fn stop(self) {
        self.signal("TERM").await;
        assert_eq!(self.ended().await, 0, "{}", self.process.stderr());
    }
}

/// What is noted of the program's process.
struct Process {
    notes: PathBuf,
    launcher: PathBuf,
}

impl Process {
    /// Makes a folder for the notes of one more process.
    fn new(folder: &Path) -> Self {
        let notes = (1..).map(|number| folder.join(format!("process-{number}"))).find(|folder| !folder.exists());
        let notes = notes.expect("there is always another number");
        fs::create_dir(&notes).expect("a folder");
        let launcher = notes.join("launch");
        fs::write(&launcher, LAUNCHER).expect("written");
        fs::set_permissions(&launcher, fs::Permissions::from_mode(0o755)).expect("it can be run");
        Self { notes, launcher }
    }

    fn note(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.notes.join(name)).ok()
    }

    fn stderr(&self) -> String {
        self.note("stderr").unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let (Some(pid), None) = (self.note("pid"), self.note("code")) {
            // It may end by itself meanwhile; either way nothing of it stays behind.
            let _ = std::process::Command::new("kill").args(["-s", "KILL", pid.trim()]).status();
        }
    }
}
