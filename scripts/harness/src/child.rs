//! Processes we start and end: the upstream, and what all of them have in common.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{sleep, timeout};

use crate::wire;

/// A proxy that is not up by then never will be.
const LONGEST_START: Duration = Duration::from_secs(15);
/// The relay may take this long to flush; nothing is in flight when it is asked to end.
const LONGEST_STOP: Duration = Duration::from_secs(10);
/// How closely a start is watched.
const POLL: Duration = Duration::from_millis(1);

/// A process started here. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Held {
    child: Child,
    pid: u32,
}

impl Held {
    /// Starts `command`.
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        let program = command.as_std().get_program().to_owned();
        let child = command.kill_on_drop(true).spawn().with_context(|| format!("starting {}", program.display()))?;
        let pid = child.id().context("the process has ended already")?;
        Ok(Self { child, pid })
    }

    /// The process id.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Asks the process to end by SIGTERM; `Err` if it had to be killed or reports a failure.
    pub(crate) async fn stop(mut self) -> Result<()> {
        // std can only kill; asking politely takes a signal, and a signal takes kill(1).
        let asked = Command::new("kill").arg("-TERM").arg(self.pid.to_string()).status().await;
        asked.context("running kill(1)")?;
        let ended = timeout(LONGEST_STOP, self.child.wait()).await.context("it does not end on SIGTERM")??;
        ensure!(ended.success(), "it ended with {ended}");
        Ok(())
    }

    /// The address in the `{"event":"listening","url":…}` it prints first; what it prints then is thrown away.
    pub(crate) async fn listening(&mut self) -> Result<SocketAddr> {
        let stdout = self.child.stdout.take().context("its output is not piped")?;
        let mut lines = BufReader::new(stdout);
        let mut first = String::new();
        timeout(LONGEST_START, lines.read_line(&mut first)).await.context("it does not say where it listens")??;
        let address = address_in(&first).with_context(|| format!("no address in its first line {first:?}"))?;
        tokio::spawn(drain(lines));
        Ok(address)
    }
}

/// The upstream, in a process of its own.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    /// Its standard input: it ends when this closes, even if we are killed.
    leash: ChildStdin,
    held: Held,
}

impl Upstream {
    /// Starts it on `port`, or on a free one for 0.
    pub(crate) async fn start(port: u16) -> Result<Self> {
        let program = std::env::current_exe().context("finding this program")?;
        let mut command = Command::new(program);
        command.args(["upstream", "--until-stdin-closes", "--port"]).arg(port.to_string());
        let mut held = Held::spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
        let leash = held.child.stdin.take().context("its input is not piped")?;
        let address = held.listening().await.context("the upstream")?;
        Ok(Self { address, leash, held })
    }

    /// The process id.
    pub(crate) fn pid(&self) -> u32 {
        self.held.pid()
    }

    /// Ends it.
    pub(crate) async fn stop(mut self) -> Result<()> {
        drop(self.leash);
        timeout(LONGEST_STOP, self.held.child.wait()).await.context("the upstream does not end")??;
        Ok(())
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr())?)
}

/// Polls `/health` until it answers 200; the time since `started`.
pub(crate) async fn healthy(address: SocketAddr, started: Instant) -> Result<Duration> {
    while started.elapsed() < LONGEST_START {
        if get(address, wire::HEALTH).await.is_ok() {
            return Ok(started.elapsed());
        }
        sleep(POLL).await;
    }
    bail!("{address} is not healthy after {LONGEST_START:?}")
}

/// The body behind `path`; anything but 200 is an error.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").context("an answer without a head")?;
    if !head.starts_with("HTTP/1.1 200") {
        bail!("{}", head.lines().next().unwrap_or_default());
    }
    Ok(body.to_owned())
}

fn address_in(line: &str) -> Option<SocketAddr> {
    let event: serde_json::Value = serde_json::from_str(line).ok()?;
    event.get("url")?.as_str()?.strip_prefix("http://")?.trim_end_matches('/').parse().ok()
}

async fn drain(mut lines: BufReader<ChildStdout>) {
    let mut ignored = Vec::new();
    while lines.read_until(b'\n', &mut ignored).await.is_ok_and(|read| read > 0) {
        ignored.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_listening_line_gives_the_address() {
        let line = "{\"event\":\"listening\",\"url\":\"http://127.0.0.1:8787\"}\n";

        assert_eq!(address_in(line), Some("127.0.0.1:8787".parse().unwrap()));
        assert_eq!(address_in("listening on 8787"), None);
    }
}
