//! The relay under test, driven as its owner would: by its command line.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

use crate::child::{self, Held};
use crate::target::{Process, Running, Target};

/// The friend all calls are booked on.
const FRIEND: &str = "bench";
/// Every limit a key can have, none of which is ever reached.
#[rustfmt::skip]
pub(crate) const WIDE_LIMITS: &[&str] = &[
    "--rpm", "1000000", "--tpm", "1000000000000", "--concurrency", "10000", "--concurrency-wait", "10",
    "--cap-5h", "1000000", "--cap-day", "1000000", "--cap-week", "1000000", "--cap-month", "1000000",
    "--cap-total", "1000000", "--allow-model", "claude-*", "--deny-model", "*opus*", "--allow-provider", "claude",
    "--allow-client", "other", "--allow-ip", "127.0.0.0/8", "--quiet", "mon 03:00-03:01",
];
/// What a pretend provider takes for a key.
const API_KEY: &str = "sk-ant-api03-bench\n";
/// No command of the owner's takes longer.
const LONGEST_COMMAND: Duration = Duration::from_secs(20);

/// A program and a data folder of its own.
#[derive(Debug)]
pub(crate) struct Installation {
    program: PathBuf,
    data_dir: PathBuf,
}

/// What the relay booked on our friend.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Booked {
    group: String,
    pub(crate) calls: u64,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    #[serde(default)]
    pub(crate) cost_pico_usd: Option<u64>,
    #[serde(default)]
    pub(crate) unpriced_calls: u64,
}

impl Installation {
    /// The relay at `program`, or beside this program, with its data in `data_dir`.
    pub(crate) fn at(program: Option<&Path>, data_dir: PathBuf) -> Result<Self> {
        let program = match program {
            Some(program) => program.to_owned(),
            None => std::env::current_exe().context("finding this program")?.with_file_name("carpool"),
        };
        if !program.exists() {
            bail!("{} is not there; build it, or name it with --carpool-bin", program.display());
        }
        Ok(Self { program, data_dir })
    }

    /// The same program with an empty data folder.
    pub(crate) fn with_data_dir(&self, data_dir: PathBuf) -> Self {
        Self { program: self.program.clone(), data_dir }
    }

    /// Adds the upstream as so many accounts and a friend with a key that has these limits, which is returned.
    pub(crate) async fn furnish(&self, upstream: SocketAddr, accounts: u16, limits: &[&str]) -> Result<String> {
        #[derive(Deserialize)]
        struct Created {
            key: String,
        }
        let base_url = format!("http://{upstream}");
        for number in 1..=accounts {
            let name = format!("bench-{number}");
            let account = ["account", "add", "claude", "--name", &name, "--base-url", &base_url, "--secret-stdin"];
            self.run(&account, API_KEY).await?;
        }
        self.run(&["friend", "add", FRIEND], "").await?;
        let create = [&["key", "create", "--friend", FRIEND, "--json"], limits].concat();
        let created = self.run(&create, "").await?;
        let created: Created = serde_json::from_str(&created).context("reading the created key")?;
        Ok(created.key)
    }

    /// Serves on a free port.
    pub(crate) async fn serve(&self, key: String) -> Result<Running> {
        let mut held = Held::spawn(self.serving("0")?.stdout(Stdio::piped()))?;
        let address = held.listening().await.with_context(|| self.complaint())?;
        child::healthy(address, Instant::now()).await.with_context(|| self.complaint())?;
        Ok(Running { target: Target::Carpool, address, key, process: Process::Ours(held) })
    }

    /// Starts and ends the relay; the time until it was healthy.
    pub(crate) async fn start_once(&self) -> Result<Duration> {
        let address = child::free_port()?;
        let mut command = self.serving(&address.port().to_string())?;
        let started = Instant::now();
        let held = Held::spawn(command.stdout(Stdio::null()))?;
        let took = child::healthy(address, started).await.with_context(|| self.complaint())?;
        held.stop().await.context("stopping the relay")?;
        Ok(took)
    }

    /// What is booked on our friend so far.
    pub(crate) async fn booked(&self) -> Result<Booked> {
        let usage = self.run(&["usage", "--by", "friend", "--json"], "").await?;
        let rows: Vec<Booked> = serde_json::from_str(&usage).with_context(|| format!("reading usage {usage}"))?;
        Ok(rows.into_iter().find(|row| row.group == FRIEND).unwrap_or_default())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env("CARPOOL_DATA_DIR", &self.data_dir).env("CARPOOL_VAULT", "file").kill_on_drop(true);
        command
    }

    fn serving(&self, port: &str) -> Result<Command> {
        std::fs::create_dir_all(&self.data_dir)?;
        let mut command = self.command();
        command.args(["serve", "--json", "--port", port]);
        command.stdin(Stdio::null()).stderr(File::create(self.stderr_path())?);
        Ok(command)
    }

    /// What the relay last said, for an error's text.
    fn complaint(&self) -> String {
        let said = std::fs::read_to_string(self.stderr_path()).unwrap_or_default();
        let last = said.lines().rev().take(5).collect::<Vec<_>>();
        format!("the relay, which said: {}", last.into_iter().rev().collect::<Vec<_>>().join(" / "))
    }

    fn stderr_path(&self) -> PathBuf {
        self.data_dir.join("bench-stderr.log")
    }

    async fn run(&self, args: &[&str], input: &str) -> Result<String> {
        let mut command = self.command();
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("starting {}", self.program.display()))?;
        let mut stdin = child.stdin.take().context("its input is not piped")?;
        // A command that reads no input may have closed it; its exit code tells how it went.
        let _closed = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        let output = timeout(LONGEST_COMMAND, child.wait_with_output()).await;
        let output = output.with_context(|| format!("carpool {} does not end", args.join(" ")))??;
        if !output.status.success() {
            bail!("carpool {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}
