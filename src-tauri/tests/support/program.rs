//! The program, run in a folder of its own, and what it said.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

use super::PATIENCE;

/// The API key of every account that has one. No command ever prints it.
pub(crate) const API_KEY: &str = "sk-ant-api03-canary-5f1e0c77d2";
/// The password in a proxy's address. No command ever prints it either.
pub(crate) const PROXY_PASSWORD: &str = "canary-b81f04-proxy";

/// The program: the one that was built with this test, or a packaged one that stands for it.
pub(crate) fn carpool() -> PathBuf {
    env::var_os("CARPOOL_APP_BIN").map_or_else(|| env!("CARGO_BIN_EXE_carpool").into(), PathBuf::from)
}

/// A temporary folder with a home, a data folder, and whatever else a test puts beside them.
pub(crate) struct Folder {
    root: TempDir,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let root = TempDir::new().expect("a temporary folder");
        for name in ["home", "tmp"] {
            fs::create_dir(root.path().join(name)).expect("a folder");
        }
        Self { root }
    }

    pub(crate) fn path(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.root.path().join("data")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// Where the program makes its own temporary folders.
    pub(crate) fn temporary_dir(&self) -> PathBuf {
        self.root.path().join("tmp")
    }

    /// The program with nothing of this machine's settings.
    pub(crate) fn bare(&self, words: &str) -> Command {
        let mut command = Command::new(carpool());
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARPOOL_")) {
            command.env_remove(name);
        }
        command.env("HOME", self.home()).env("TMPDIR", self.temporary_dir()).env("TZ", "UTC");
        command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", self.path().join("no-bus").display()));
        command.args(words.split_whitespace()).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// The program on this data folder, with a file vault and the providers' addresses of the test.
    pub(crate) fn program(&self, words: &str) -> Command {
        let mut command = self.bare(words);
        command.args(["--vault", "file", "--data-dir"]).arg(self.data_dir());
        if self.providers_file().exists() {
            command.arg("--providers").arg(self.providers_file());
        }
        command
    }

    /// Where a test puts the providers' addresses, if it has any.
    pub(crate) fn providers_file(&self) -> PathBuf {
        self.root.path().join("providers.toml")
    }

    /// Runs a command with `--json`.
    pub(crate) async fn run(&self, words: &str) -> Ran {
        Ran::of(self.program(words).arg("--json")).await
    }

    /// Runs a command with `--json` and feeds it.
    pub(crate) async fn feed(&self, words: &str, stdin: &str) -> Ran {
        Ran::fed(self.program(words).arg("--json"), stdin).await
    }
}

/// A command that has ended.
pub(crate) struct Ran {
    told: String,
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) async fn of(command: &mut Command) -> Self {
        let told = format!("{:?}", command.as_std());
        let output = timeout(PATIENCE, command.output()).await.unwrap_or_else(|_| panic!("{told} does not end"));
        Self::read(told, output.expect("the program can be run"))
    }

    pub(crate) async fn fed(command: &mut Command, stdin: &str) -> Self {
        let told = format!("{:?}", command.as_std());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program can be run");
        let mut pipe = child.stdin.take().expect("piped");
        // A command that refuses before it reads closes its end.
        let _ = pipe.write_all(stdin.as_bytes()).await;
        drop(pipe);
        let output =
            timeout(PATIENCE, child.wait_with_output()).await.unwrap_or_else(|_| panic!("{told} does not end"));
        Self::read(told, output.expect("it is waited for"))
    }

    pub(crate) fn read(told: String, output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
        let ran = Self { told, code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
        for secret in [API_KEY, PROXY_PASSWORD] {
            assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "{ran} prints a secret");
        }
        ran
    }

    /// Everything it printed, which is JSON, line by line.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{self}: {error} in {line:?}"));
        self.stdout.lines().map(parse).collect()
    }

    /// What a command printed that did its work: one line of JSON.
    #[track_caller]
    pub(crate) fn done(&self) -> Value {
        assert_eq!(self.code, Some(0), "{self}");
        let [line] =
            <[Value; 1]>::try_from(self.lines()).unwrap_or_else(|_| panic!("{self} prints more than one line"));
        line
    }

    /// The name of the error that a command failed with, told to scripts and to people.
    #[track_caller]
    pub(crate) fn failed(&self) -> String {
        assert_eq!(self.code, Some(1), "{self}");
        let last = self.lines().pop().unwrap_or_else(|| panic!("{self} tells scripts nothing"));
        assert_eq!(names(&last), ["error"], "{self}");
        assert_eq!(names(&last["error"]), ["code", "message"], "{self}");
        let message = last["error"]["message"].as_str().expect("a text");
        assert!(self.stderr.contains(message), "{self} tells people nothing");
        last["error"]["code"].as_str().expect("a text").to_owned()
    }

    /// What a command said to people that it was not asked rightly.
    #[track_caller]
    pub(crate) fn misused(&self) -> &str {
        assert_eq!((self.code, self.stdout.as_str()), (Some(2), ""), "{self}");
        &self.stderr
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}\nexit code {:?}\n{}\n{}", self.told, self.code, self.stdout, self.stderr)
    }
}

/// The names of an object's fields, sorted.
pub(crate) fn names(object: &Value) -> Vec<&str> {
    let mut names: Vec<_> = object.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}
