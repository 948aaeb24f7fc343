//! `tunnel.json` in the data folder: how the tunnel of the running relay is, for commands, and which process runs for it,
//! for the next start.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use carpool_core::tunnel::supervisor::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Status, orphan::Identity};

const FILE: &str = "tunnel.json";

/// The tunnel of a running relay, as it tells commands. There is no secret in it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Recorded {
    /// The way's name.
    pub way: Option<String>,
    /// The state's name.
    pub state: String,
    /// Why it is not up, by name and in words.
    pub code: Option<String>,
    /// See `code`.
    pub reason: Option<String>,
    /// When it is tried again.
    pub until: Option<Timestamp>,
    /// The address friends use.
    pub public_url: Option<String>,
    /// Since when it is in this state.
    pub since: Timestamp,
    /// The program that runs for it.
    pub program: Option<PathBuf>,
    /// Its process.
    pub(super) process: Option<Identity>,
}

impl Recorded {
    pub(super) fn of(status: &Status, process: Option<Identity>) -> Self {
        let (code, reason, until) = match &status.state {
            State::Off | State::Starting | State::Up => (None, None, None),
            State::Waiting { why } => (Some("waiting".to_owned()), Some(why.to_string()), None),
            State::Retrying { why, at } => (Some(why.code().to_owned()), Some(why.to_string()), Some(*at)),
            State::Missing { program } => {
                (Some("missing".to_owned()), Some(format!("{program} is not installed")), None)
            }
            State::Unfit { why } => (Some("unfit".to_owned()), Some(why.clone()), None),
        };
        Self {
            way: status.way.map(|way| way.to_string()),
            state: status.state.as_str().to_owned(),
            code,
            reason,
            until,
            public_url: status.public_url.clone(),
            since: status.since,
            program: status.program.clone(),
            process,
        }
    }

    /// The process that runs for it.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(|process| process.pid)
    }
}

/// What the running relay, or the last one that ran, wrote down.
#[must_use]
pub fn recorded(data_dir: &Path) -> Option<Recorded> {
    serde_json::from_slice(&fs::read(data_dir.join(FILE)).ok()?).ok()
}

/// Writes it down; a reader sees the old or the new one, never a part.
pub(super) fn write(data_dir: &Path, recorded: &Recorded) -> io::Result<()> {
    let (file, draft) = (data_dir.join(FILE), data_dir.join("tunnel.json.new"));
    fs::write(&draft, serde_json::to_vec(recorded)?)?;
    fs::rename(draft, file)
}

/// Takes it away: nothing runs any more.
pub(super) fn remove(data_dir: &Path) {
    // What is left of it is looked at before it is believed.
    let _ = fs::remove_file(data_dir.join(FILE));
}
