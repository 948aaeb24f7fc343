//! Processes that a relay left behind when it was killed: ended at the next start, if they are surely the same.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use super::record;

/// How long a process may take to end when it is asked to, and how often it is looked at.
pub const ENDING: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A process, told apart from another one that got its number later.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Identity {
    /// Its number.
    pub(super) pid: u32,
    /// The program that it runs, as the system tells it.
    path: PathBuf,
    /// When it began, as the system tells it.
    started: String,
}

impl Identity {
    /// Who has this number now.
    pub(super) fn of(pid: u32) -> Option<Self> {
        let (path, started) = system::look(pid)?;
        Some(Self { pid, path, started })
    }

    fn still_runs(&self) -> bool {
        Self::of(self.pid).as_ref() == Some(self)
    }
}

/// Ends what the last relay on this data folder left behind.
pub(super) async fn sweep(data_dir: &std::path::Path) {
    let Some(process) = record::recorded(data_dir).and_then(|recorded| recorded.process) else { return };
    if process.still_runs() {
        tracing::info!(pid = process.pid, "the tunnel's program was left behind by the last relay: it is ended");
        system::ask_orphan_to_end(process.pid);
        for _ in 0..ENDING.as_millis() / LOOK_EVERY.as_millis() {
            if !process.still_runs() {
                break;
            }
            sleep(LOOK_EVERY).await;
        }
        if process.still_runs() {
            system::end_orphan(process.pid);
        }
    }
    record::remove(data_dir);
}

/// Asks a process that leads a group, and those it began, to end.
pub fn ask_to_end(pid: u32) {
    system::ask_to_end(pid);
}

/// Ends a process that leads a group, and those it began, at once; also if it has ended itself.
pub(super) fn end(pid: u32) {
    system::end(pid);
}

#[cfg(unix)]
mod system {
    use std::path::PathBuf;

    use rustix::process::{Pid, Signal, getpgid, kill_process, kill_process_group};

    pub(super) fn ask_to_end(pid: u32) {
        signal_group(pid, Signal::TERM);
    }

    pub(super) fn end(pid: u32) {
        signal_group(pid, Signal::KILL);
    }

    pub(super) fn ask_orphan_to_end(pid: u32) {
        signal_orphan(pid, Signal::TERM);
    }

    pub(super) fn end_orphan(pid: u32) {
        signal_orphan(pid, Signal::KILL);
    }

    /// Never to a process alone: after its end its number may be another one's.
    fn signal_group(pid: u32, signal: Signal) {
        if let Some(pid) = number(pid) {
            // One that has ended meanwhile needs no signal.
            let _ = kill_process_group(pid, signal);
        }
    }

    /// To the whole group, where the process leads one of its own.
    fn signal_orphan(pid: u32, signal: Signal) {
        let Some(pid) = number(pid) else { return };
        // Likewise.
        let _ = match getpgid(Some(pid)) {
            Ok(group) if group == pid => kill_process_group(pid, signal),
            _ => kill_process(pid, signal),
        };
    }

    fn number(pid: u32) -> Option<Pid> {
        i32::try_from(pid).ok().and_then(Pid::from_raw)
    }

    /// proc(5): `exe`, and the 22nd field of `stat`. The second is in brackets and may hold anything.
    #[cfg(target_os = "linux")]
    pub(super) fn look(pid: u32) -> Option<(PathBuf, String)> {
        let path = std::fs::read_link(format!("/proc/{pid}/exe")).ok()?;
        // A program that was replaced since, e.g. by an update, is the same process.
        let text = path.to_string_lossy();
        let path = text.strip_suffix(" (deleted)").map_or_else(|| path.clone(), PathBuf::from);
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let started = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.to_owned();
        Some((path, started))
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn look(pid: u32) -> Option<(PathBuf, String)> {
        let ask = |what| {
            let told = std::process::Command::new("ps").args(["-o", what, "-p", &pid.to_string()]).output().ok()?;
            let text = String::from_utf8(told.stdout).ok()?.trim().to_owned();
            (!text.is_empty()).then_some(text)
        };
        Some((PathBuf::from(ask("comm=")?), ask("lstart=")?))
    }
}

#[cfg(windows)]
mod system {
    use std::{path::PathBuf, process::Command};

    /// A program without a window cannot be asked.
    pub(super) fn ask_to_end(pid: u32) {
        end(pid);
    }

    pub(super) fn end(pid: u32) {
        // One that has ended meanwhile needs nothing.
        let _ = Command::new("taskkill").args(["/T", "/F", "/PID", &pid.to_string()]).output();
    }

    pub(super) fn ask_orphan_to_end(pid: u32) {
        end(pid);
    }

    pub(super) fn end_orphan(pid: u32) {
        end(pid);
    }

    pub(super) fn look(pid: u32) -> Option<(PathBuf, String)> {
        let script = format!("$p = Get-Process -Id {pid}; $p.Path; $p.StartTime.ToFileTimeUtc()");
        let told =
            Command::new("powershell").args(["-NoProfile", "-NonInteractive", "-Command", &script]).output().ok()?;
        let text = String::from_utf8(told.stdout).ok()?;
        let mut lines = text.lines().map(str::trim);
        Some((PathBuf::from(lines.next().filter(|path| !path.is_empty())?), lines.next()?.to_owned()))
    }
}
