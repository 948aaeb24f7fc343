//! Files that the owner saves, where the owner says.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use carpool_ipc::Failure;
use tauri::AppHandle;
use tauri_plugin_dialog::DialogExt;
use tokio::{fs::File, io::AsyncWriteExt};

use super::shown::failed;
use crate::failure;

/// A kind of file: its name for people, the endings it has, and who may read it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    name: &'static str,
    ending: &'static str,
    is_secret: bool,
}

/// A table.
pub(super) const CSV: Kind = Kind { name: "CSV", ending: "csv", is_secret: false };
/// A page.
pub(super) const PAGE: Kind = Kind { name: "HTML", ending: "html", is_secret: false };
/// A text with keys in it.
pub(super) const KEYS: Kind = Kind { name: "Text", ending: "txt", is_secret: true };

/// Asks the owner where to, and writes the file there. Returns its path; `None` when the owner thought better of it.
pub(super) async fn save(app: &AppHandle, kind: Kind, name: &str, text: String) -> Result<Option<String>, Failure> {
    let Some(path) = choose(app, kind, name).await? else { return Ok(None) };
    let mut file = create(&path, kind).await?;
    file.write_all(text.as_bytes()).await.map_err(unwritable)?;
    file.flush().await.map_err(unwritable)?;
    Ok(Some(path.to_string_lossy().into_owned()))
}

/// Asks the owner where to; `None` when the owner thought better of it.
pub(super) async fn choose(app: &AppHandle, kind: Kind, name: &str) -> Result<Option<PathBuf>, Failure> {
    let (sender, chosen) = tokio::sync::oneshot::channel();
    app.dialog().file().set_file_name(name).add_filter(kind.name, &[kind.ending]).save_file(|path| {
        // Nobody waits for it when the window was closed meanwhile.
        let _ = sender.send(path);
    });
    let Ok(Some(path)) = chosen.await else { return Ok(None) };
    path.into_path().map(Some).map_err(unwritable)
}

/// Asks the owner for a file of some endings. Returns its path; `None` when the owner thought better of it.
pub(super) async fn pick(app: &AppHandle, name: &str, endings: &[&str]) -> Result<Option<String>, Failure> {
    let (sender, chosen) = tokio::sync::oneshot::channel();
    app.dialog().file().add_filter(name, endings).pick_file(|path| {
        // Nobody waits for it when the window was closed meanwhile.
        let _ = sender.send(path);
    });
    let Ok(Some(path)) = chosen.await else { return Ok(None) };
    let path = path.into_path();
    path.map(|path| Some(path.to_string_lossy().into_owned()))
        .map_err(|error| failed(failure::Failure::new("no_file", format!("it is no file on this machine: {error}"))))
}

/// Begins a file; what is secret only its owner may read, from the first byte on.
pub(super) async fn create(path: &Path, kind: Kind) -> Result<File, Failure> {
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if kind.is_secret {
        options.mode(0o600);
    }
    let file = options.open(path).await.map_err(unwritable)?;
    #[cfg(unix)]
    if kind.is_secret {
        use std::os::unix::fs::PermissionsExt;
        // A file that was there already keeps its mode when it is opened.
        file.set_permissions(std::fs::Permissions::from_mode(0o600)).await.map_err(unwritable)?;
    }
    Ok(file)
}

/// A file that cannot be written, or not to its end.
pub(super) fn unwritable(why: impl fmt::Display) -> Failure {
    failed(failure::Failure::new("not_saved", format!("the file was not written: {why}")))
}
