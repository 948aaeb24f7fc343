//! What was seen last, for commands: the running relay writes it into the data folder, and looks when a command asks.

use std::{fs, io, path::Path};

use jiff::Timestamp;

use super::Reach;
use crate::store::{SqlError, Store, settings};

/// The file in the data folder; it goes when the relay stops.
const FILE: &str = "reach.json";

/// Reads what the running relay saw last.
#[must_use]
pub fn read(data_dir: &Path) -> Option<Reach> {
    serde_json::from_slice(&fs::read(data_dir.join(FILE)).ok()?).ok()
}

/// Asks the running relay to look now; it does within a second, and what it saw is newer then than `now`.
///
/// # Errors
/// When SQLite refuses.
pub async fn ask(store: &Store, now: Timestamp) -> Result<(), SqlError> {
    settings::put(store.pool(), settings::REACH_ASKED, &now.to_string()).await
}

/// Writes it down whole: who reads it meanwhile finds what was there before.
pub(super) fn write(data_dir: &Path, reach: &Reach) -> io::Result<()> {
    let unfinished = data_dir.join(format!("{FILE}.new"));
    fs::write(&unfinished, serde_json::to_vec(reach)?)?;
    fs::rename(unfinished, data_dir.join(FILE))
}

/// Takes it away: it says nothing about a relay that does not run.
pub(super) fn remove(data_dir: &Path) {
    let _ = fs::remove_file(data_dir.join(FILE));
}
