//! What a relay left behind when it was killed is ended at the next start, and nothing else is.

use std::{
    fs,
    process::{Child, Command, Stdio},
};

use carpool_relay::pretend::Pretend;
use serde_json::json;
use tempfile::TempDir;

use crate::{
    relay::{TestRelay, until},
    tunnel_programs::{is_gone, runs},
};

/// A process that a relay could have left behind.
struct Left(Child);

impl Left {
    fn new() -> Self {
        Self(Command::new("sleep").arg("600").stdin(Stdio::null()).spawn().unwrap())
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }

    fn path(&self) -> String {
        fs::read_link(format!("/proc/{}/exe", self.pid())).unwrap().display().to_string()
    }

    /// The 22nd field of proc(5) `stat`.
    fn started(&self) -> String {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
        stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap().to_owned()
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        // One that was ended is no more.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a relay on a folder where this was written down of the last one.
async fn start_after(pid: u32, path: &str, started: &str) -> TestRelay {
    let dir = TempDir::new().unwrap();
    let recorded = json!({
        "way": "cloudflare-quick", "state": "up", "public_url": "https://one.trycloudflare.com",
        "since": "2026-11-20T11:00:00Z", "program": path,
        "process": { "pid": pid, "path": path, "started": started },
    });
    fs::write(dir.path().join("tunnel.json"), recorded.to_string()).unwrap();
    let relay = TestRelay::start_on(dir, Pretend::start().await.unwrap()).await;
    until("what was left is looked at", async || !relay.path().join("tunnel.json").exists()).await;
    relay
}

#[tokio::test]
async fn the_same_process_is_ended() {
    let left = Left::new();

    let relay = start_after(left.pid(), &left.path(), &left.started()).await;

    // It ends a moment after the system no longer tells which program it runs.
    is_gone(left.pid()).await;
    relay.finish().await;
}

#[tokio::test]
async fn a_process_that_got_its_number_later_is_left_alone() {
    let (other_program, other_time) = (Left::new(), Left::new());

    let relay = start_after(other_program.pid(), "/usr/bin/cloudflared", &other_program.started()).await;
    relay.finish().await;
    let relay = start_after(other_time.pid(), &other_time.path(), "1").await;
    relay.finish().await;

    assert!(runs(other_program.pid()) && runs(other_time.pid()));
}
