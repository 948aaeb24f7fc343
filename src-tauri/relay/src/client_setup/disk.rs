//! Files of settings, read and replaced.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

/// How many links one after another are followed, as Linux does about.
const MOST_LINKS: usize = 20;

/// Where a path leads, also when nothing is there yet.
pub(super) fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&path) {
            // A link that does not begin at the root begins where it lies; `join` does both.
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::NotFound) => return Ok(path),
            // Windows says by another code that it is no link.
            Err(_) if path.is_file() => return Ok(path),
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(ErrorKind::InvalidInput, "a link that leads nowhere"))
}

/// What stands in a file, if it is there.
pub(super) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a folder for its owner alone, unless it is there.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Writes a new file for its owner alone.
pub(super) fn keep(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = owner_only().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Writes a file for its owner alone, over one that is there.
pub(super) fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    remove(path)?;
    keep(path, bytes)
}

/// Puts other bytes into a file at once, or leaves it as it is; its mode stays.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_added_extension(format!("carpool-new-{}", std::process::id()));
    let written = put(&temporary, bytes).and_then(|()| {
        if let Ok(was) = fs::metadata(path) {
            // Without this, a file that may not be written could be replaced after all.
            drop(OpenOptions::new().write(true).open(path)?);
            fs::set_permissions(&temporary, was.permissions())?;
        }
        fs::rename(&temporary, path)
    });
    if written.is_err() {
        // The error that matters is the one before.
        let _ = remove(&temporary);
    }
    written?;
    sync_folder_of(path)
}

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn owner_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes the new name survive a power cut; Windows has no such call and needs none.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    if cfg!(unix) { path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all()) } else { Ok(()) }
}
