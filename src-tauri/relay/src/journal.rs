//! The journal: which calls are about to go upstream, written down at once.
//!
//! A commit takes longer than a call may wait for before it is sent; a line in a file does not. The line outlives the
//! process, so that a call the provider saw is in the ledger even if we are killed before its row is committed: what the
//! journal names and the database does not is taken over at the next start, as interrupted. No prompt is in it.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use carpool_core::{
    call::{CallId, Operation},
    price::PicoUsd,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::calls::CallRow;

/// When so much is in one file, the next lines go into the other, and this one is emptied once its rows are committed.
const ROTATE_BYTES: u64 = 1024 * 1024;
const FILES: [&str; 2] = ["calls-0.journal", "calls-1.journal"];

/// Two files that take turns.
#[derive(Debug)]
pub(crate) struct Journal {
    files: [Arc<File>; FILES.len()],
    current: usize,
    bytes: u64,
}

/// A file whose rows are being committed.
#[derive(Debug)]
pub(crate) struct Full(Arc<File>);

/// A call, as far as it is known when it goes upstream.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Opened {
    pub(crate) id: i64,
    pub(crate) at: i64,
    pub(crate) friend_id: i64,
    pub(crate) key_id: i64,
    pub(crate) account_id: Option<i64>,
    pub(crate) provider: Option<String>,
    pub(crate) dialect: String,
    pub(crate) operation: String,
    pub(crate) model: Option<String>,
    pub(crate) stream: bool,
    pub(crate) attempts: u32,
    /// Its estimate, in pico-dollars; a journal from before there were caps has none.
    pub(crate) cap: Option<i64>,
}

impl From<&CallRow> for Opened {
    fn from(row: &CallRow) -> Self {
        let CallRow { id: CallId(id), friend_id, key_id, account_id, provider, dialect, stream, attempts, cap, .. } =
            *row;
        Self {
            id,
            at: Timestamp::as_millisecond(row.at),
            friend_id,
            key_id,
            account_id,
            provider: provider.map(str::to_owned),
            dialect: dialect.to_owned(),
            operation: Operation::as_str(row.operation).to_owned(),
            model: row.model.clone(),
            stream,
            attempts,
            cap: cap.map(|PicoUsd(cap)| cap),
        }
    }
}

impl Journal {
    /// Opens a data folder's journal and returns the calls in it; they stay in it until [`Journal::clear`].
    pub(crate) fn open(data_dir: &Path) -> io::Result<(Self, Vec<Opened>)> {
        let mut opened = Vec::new();
        for path in paths(data_dir) {
            match fs::read(&path) {
                // The last line may be cut: its call was not sent then.
                Ok(lines) => opened
                    .extend(lines.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let [first, second] = paths(data_dir).map(|path| append_to(&path).map(Arc::new));
        Ok((Self { files: [first?, second?], current: 0, bytes: 0 }, opened))
    }

    /// Forgets everything: it is in the database.
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        self.bytes = 0;
        self.files.iter().try_for_each(|file| file.set_len(0))
    }

    /// Writes a call down. It is kept when this returns.
    pub(crate) fn write(&mut self, row: &CallRow) -> io::Result<()> {
        let mut line = serde_json::to_vec(&Opened::from(row))?;
        line.push(b'\n');
        self.bytes += line.len() as u64;
        (&*self.files[self.current]).write_all(&line)
    }

    /// Turns to the other file if this one is full. All rows of the full one have been handed in.
    pub(crate) fn rotate(&mut self) -> Option<Full> {
        if self.bytes < ROTATE_BYTES {
            return None;
        }
        let full = Arc::clone(&self.files[self.current]);
        self.current = 1 - self.current;
        self.bytes = 0;
        Some(Full(full))
    }
}

impl Full {
    /// Empties it: its rows are committed.
    pub(crate) fn empty(self) -> io::Result<()> {
        self.0.set_len(0)
    }
}

fn paths(data_dir: &Path) -> [PathBuf; FILES.len()] {
    FILES.map(|name| data_dir.join(name))
}

fn append_to(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
