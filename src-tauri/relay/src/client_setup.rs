//! Sets clients on this machine up for the relay: reads their files, keeps what they were, and writes them anew.
//!
//! What is to stand in them is decided in `carpool_core::client_setup`. A file is replaced at once or not at all, keeps its
//! mode, and is followed through links; a new one is its owner's alone, because a key is in it. `web/pages/setup.sh` does
//! the same on a friend's machine and keeps the same copies under the same names, so either takes back what the other did.

mod disk;

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

use carpool_core::client_setup::{Access, Client, Folder, Merged, Unreadable, merge, places, plan};
use jiff::Timestamp;
use serde::Serialize;

/// Behind a file's name: a copy of what it was, and then when it was changed.
const BACKUP: &str = "carpool-backup-";
/// Behind that, when there was no file.
const NONE: &str = ".none";
/// Behind a file's name: what it was until its change was taken back.
const UNDONE: &str = "carpool-undone-";
/// How many times a client can be changed within one second.
const LETTERS: &str = "bcdefgh";

/// A home folder whose clients are set up.
#[derive(Clone, Debug)]
pub struct Home {
    folder: PathBuf,
    variable: fn(&str) -> Option<OsString>,
}

impl Home {
    /// The home of this user, with the variables that move clients' folders.
    #[must_use]
    pub fn of_user(folder: PathBuf) -> Self {
        Self { folder, variable: |name| std::env::var_os(name) }
    }

    /// A home folder and nothing else.
    #[must_use]
    pub fn bare(folder: PathBuf) -> Self {
        Self { folder, variable: |_| None }
    }

    /// Where a client's file really is, behind all links.
    fn path(&self, folder: Folder, name: &str) -> Result<PathBuf, SetupError> {
        let path = folder.path(&self.folder, std::env::consts::OS, &self.variable).join(name);
        disk::follow(&path).map_err(|source| SetupError::Read { path, source })
    }
}

/// What was done for a client.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The client's id.
    pub client: &'static str,
    /// Its files, one by one.
    pub files: Vec<FileReport>,
}

impl Report {
    /// Whether every file was as it should be already.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.files.iter().all(|file| file.done == Done::Nothing)
    }
}

/// What was done with a file.
#[derive(Clone, Debug, Serialize)]
pub struct FileReport {
    /// The file.
    pub path: PathBuf,
    /// What became of it.
    pub done: Done,
    /// Where what it was is kept.
    pub backup: Option<PathBuf>,
    /// What is different now, setting by setting, without the key.
    pub changes: Vec<String>,
    /// What gets in the way.
    pub warnings: Vec<String>,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// It was as it should be.
    Nothing,
    /// It was not there and is.
    Made,
    /// It was changed.
    Changed,
    /// It is again what it was before.
    Restored,
    /// It was not there before and is not any more.
    Removed,
}

/// Why a client was not set up, or its change not taken back. Nothing was changed, unless a file cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A file cannot be read.
    #[error("{path} cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not understood, or something else stands where our settings belong.
    #[error("{path} is left as it is")]
    Refused {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Unreadable,
    },
    /// A file cannot be written.
    #[error("{path} cannot be written")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It was changed again and again within a second.
    #[error("this was done too often within a second: try again")]
    TooOften,
    /// There is nothing to take back.
    #[error("nothing of {0} was changed by Carpool")]
    NothingToUndo(&'static str),
}

impl SetupError {
    /// The error's name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "settings_unreadable",
            Self::Refused { .. } => "settings_refused",
            Self::Write { .. } => "settings_not_written",
            Self::TooOften => "too_often",
            Self::NothingToUndo(_) => "nothing_to_undo",
        }
    }
}

/// A file with what it is to be.
struct Planned {
    path: PathBuf,
    /// What it is now, if it is there.
    before: Option<Vec<u8>>,
    merged: Merged,
}

impl Planned {
    fn done(&self) -> Done {
        match &self.before {
            None => Done::Made,
            Some(before) if before == self.merged.text.as_bytes() => Done::Nothing,
            Some(_) => Done::Changed,
        }
    }

    fn report(self, backup: Option<PathBuf>) -> FileReport {
        let done = self.done();
        let Merged { changes, warnings, .. } = self.merged;
        FileReport { path: self.path, done, backup, changes, warnings }
    }
}

/// Sets a client up. Doing it again changes nothing.
///
/// # Errors
/// [`SetupError`]; when a file is refused, no other of the client's was changed either.
pub fn apply(home: &Home, client: &Client, access: &Access, now: Timestamp) -> Result<Report, SetupError> {
    let planned = read(home, client, access)?;
    let changed: Vec<_> = planned.iter().filter(|file| file.done() != Done::Nothing).map(|file| &*file.path).collect();
    let stamp = free_stamp(&changed, now)?;
    let mut files = Vec::new();
    for file in planned {
        let backup = match file.done() {
            Done::Nothing => None,
            _ => write(&file, &stamp).map_err(|source| SetupError::Write { path: file.path.clone(), source })?,
        };
        files.push(file.report(backup));
    }
    Ok(Report { client: client.id, files })
}

/// Tells what setting a client up would change, and changes nothing.
///
/// # Errors
/// [`SetupError`], as [`apply`] would fail.
pub fn preview(home: &Home, client: &Client, access: &Access) -> Result<Report, SetupError> {
    let files = read(home, client, access)?.into_iter().map(|file| file.report(None)).collect();
    Ok(Report { client: client.id, files })
}

/// Takes the latest change of a client back: its files are again, byte for byte, what they were. What they were until now
/// is kept beside them.
///
/// # Errors
/// [`SetupError`].
pub fn undo(home: &Home, client: &Client, now: Timestamp) -> Result<Report, SetupError> {
    let places = places(client).into_iter();
    let paths = places.map(|(folder, name)| home.path(folder, name)).collect::<Result<Vec<_>, _>>()?;
    let stamps = paths.iter().filter_map(|path| latest_stamp(path)).max();
    let stamp = stamps.ok_or(SetupError::NothingToUndo(client.id))?;
    let mut files = Vec::new();
    for path in paths {
        let restored = restore(&path, &stamp, now);
        if let Some((done, aside)) = restored.map_err(|source| SetupError::Write { path: path.clone(), source })? {
            files.push(FileReport { path, done, backup: aside, changes: Vec::new(), warnings: Vec::new() });
        }
    }
    Ok(Report { client: client.id, files })
}

fn read(home: &Home, client: &Client, access: &Access) -> Result<Vec<Planned>, SetupError> {
    let files = plan(client, access);
    let planned = files.iter().map(|file| {
        let path = home.path(file.folder, file.name)?;
        let before = disk::read(&path).map_err(|source| SetupError::Read { path: path.clone(), source })?;
        match merge(before.as_deref().unwrap_or_default(), &file.edits) {
            Ok(merged) => Ok(Planned { path, before, merged }),
            Err(source) => Err(SetupError::Refused { path, source }),
        }
    });
    planned.collect()
}

/// Writes a file and tells where what it was is kept.
fn write(file: &Planned, stamp: &str) -> io::Result<Option<PathBuf>> {
    if let Some(folder) = file.path.parent() {
        disk::make_folder(folder)?;
    }
    let backup = beside(&file.path, BACKUP, stamp);
    match &file.before {
        Some(before) => disk::keep(&backup, before)?,
        None => disk::keep(&none(&backup), b"")?,
    }
    disk::replace(&file.path, file.merged.text.as_bytes())?;
    Ok(file.before.is_some().then_some(backup))
}

/// Takes a file's change back, if it was changed then; tells what it was until now, if it was there.
fn restore(path: &Path, stamp: &str, now: Timestamp) -> io::Result<Option<(Done, Option<PathBuf>)>> {
    let backup = beside(path, BACKUP, stamp);
    let (done, kept) = match (disk::read(&backup)?, none(&backup)) {
        (Some(before), _) => (Some(before), backup),
        (None, none) if none.exists() => (None, none),
        (None, _) => return Ok(None),
    };
    let aside = beside(path, UNDONE, &stamp_of(now));
    let aside = match disk::read(path)? {
        Some(until_now) => {
            disk::put(&aside, &until_now)?;
            Some(aside)
        }
        None => None,
    };
    let done = match done {
        Some(before) => disk::replace(path, &before).map(|()| Done::Restored)?,
        None => disk::remove(path).map(|()| Done::Removed)?,
    };
    disk::remove(&kept)?;
    Ok(Some((done, aside)))
}

fn beside(path: &Path, kind: &str, stamp: &str) -> PathBuf {
    path.with_added_extension(format!("{kind}{stamp}"))
}

/// Where it is kept that there was no file.
fn none(backup: &Path) -> PathBuf {
    let mut name = backup.as_os_str().to_owned();
    name.push(NONE);
    name.into()
}

/// The second, in the form that sorts.
fn stamp_of(now: Timestamp) -> String {
    now.strftime("%Y%m%d-%H%M%S").to_string()
}

/// A stamp that none of the files has a copy of.
fn free_stamp(paths: &[&Path], now: Timestamp) -> Result<String, SetupError> {
    let second = stamp_of(now);
    let stamps = std::iter::once(second.clone()).chain(LETTERS.chars().map(|letter| format!("{second}{letter}")));
    let is_free = |stamp: &String| {
        paths.iter().all(|path| {
            let backup = beside(path, BACKUP, stamp);
            !backup.exists() && !none(&backup).exists()
        })
    };
    stamps.into_iter().find(is_free).ok_or(SetupError::TooOften)
}

/// The latest time a file was changed.
fn latest_stamp(path: &Path) -> Option<String> {
    let before = format!("{}.{BACKUP}", path.file_name()?.to_str()?);
    let entries = path.parent()?.read_dir().ok()?;
    let stamps = entries.filter_map(|entry| {
        let name = entry.ok()?.file_name();
        let stamp = name.to_str()?.strip_prefix(&before)?;
        Some(stamp.strip_suffix(NONE).unwrap_or(stamp).to_owned())
    });
    stamps.max()
}

#[cfg(test)]
mod tests;
