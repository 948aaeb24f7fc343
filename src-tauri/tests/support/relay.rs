//! A relay in a process of its own. It is killed when dropped.

use std::{
    fs::File,
    process::{ExitStatus, Stdio},
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use super::{PATIENCE, program::Folder};

pub(crate) struct Relay {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    url: String,
}

impl Relay {
    /// Starts one on a folder and waits until it listens.
    pub(crate) async fn start(folder: &Folder) -> Self {
        Self::run(folder, &mut folder.program("serve --json --port 0")).await
    }

    /// Starts one as a command says and waits until it listens. What it says to people is beside the data folder.
    pub(crate) async fn run(folder: &Folder, command: &mut Command) -> Self {
        let mut relay = Self::spawn(folder, command);
        relay.listens().await;
        relay
    }

    /// Starts one as a command says and does not wait.
    pub(crate) fn spawn(folder: &Folder, command: &mut Command) -> Self {
        let log = File::options().create(true).append(true).open(folder.path().join("stderr")).expect("a file");
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().expect("the program can be run");
        let stdout = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, stdout, url: String::new() }
    }

    /// Waits until it says where it listens.
    pub(crate) async fn listens(&mut self) {
        let first = self.line().await.expect("it says where it listens");
        assert_eq!(first["event"], "listening", "{first}");
        self.url = first["url"].as_str().expect("an address").to_owned();
    }

    /// The next line of JSON it prints.
    pub(crate) async fn line(&mut self) -> Option<Value> {
        let line = timeout(PATIENCE, self.stdout.next_line()).await.expect("a relay that says something");
        line.expect("readable").map(|line| serde_json::from_str(&line).expect("JSON"))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Where it listens, without the scheme.
    pub(crate) fn address(&self) -> &str {
        self.url.strip_prefix("http://").expect("an address without TLS")
    }

    /// Asks it to stop (SIGTERM) and does not wait. The standard library can only kill; a shell can ask.
    pub(crate) async fn ask_to_stop(&self) {
        let pid = self.child.id().expect("it runs").to_string();
        let asked = Command::new("sh").args(["-c", "kill -TERM \"$0\"", &pid]).status().await.expect("a shell");
        assert!(asked.success());
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn ended(mut self) -> ExitStatus {
        timeout(PATIENCE, self.child.wait()).await.expect("it does not end").expect("it is waited for")
    }

    /// Asks it to stop and waits until it did, well.
    pub(crate) async fn stop(self) {
        self.ask_to_stop().await;
        let status = self.ended().await;
        assert!(status.success(), "it ended with {status}");
    }

    /// Ends it at once (SIGKILL).
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("it runs");
    }
}
