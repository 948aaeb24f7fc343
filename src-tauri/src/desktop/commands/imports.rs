//! Moving over from another relay: looked at first, then taken.

use std::{path::Path, sync::Arc};

use carpool_core::import::claude_relay;
use carpool_ipc::{
    Failure,
    imports::{Imported, ImportedKey, LookAtExport, TakeExport},
};
use carpool_relay::{
    House,
    import::{self, Doing, ImportError, KeyReport, Outcome},
};
use secrecy::SecretString;
use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt;

use super::{
    super::host::Host,
    Reply,
    shown::{failed, taken_up},
};
use crate::failure;

type TheHost<'a> = State<'a, Arc<Host>>;

#[tauri::command]
pub(in super::super) async fn look_at_export(
    ask: LookAtExport,
    host: TheHost<'_>,
    app: AppHandle,
) -> Reply<LookAtExport> {
    let Some(path) = chosen(&app).await else { return Ok(None) };
    import(&*host.house()?, &path, [&ask.keys, &ask.encryption_key], Doing::Shown).await.map(Some)
}

#[tauri::command]
pub(in super::super) async fn take_export(ask: TakeExport, host: TheHost<'_>) -> Reply<TakeExport> {
    let house = host.house()?;
    let imported = import(&house, &ask.path, [&ask.keys, &ask.encryption_key], Doing::Done).await?;
    taken_up(&house).await?;
    Ok(imported)
}

/// Asks the owner for a file; `None` when the owner thought better of it.
async fn chosen(app: &AppHandle) -> Option<String> {
    let (sender, chosen) = tokio::sync::oneshot::channel();
    app.dialog().file().add_filter("JSON", &["json"]).pick_file(|path| {
        // Nobody waits for it when the window was closed meanwhile.
        let _ = sender.send(path);
    });
    let path = chosen.await.ok()??.into_path().ok()?;
    Some(path.to_string_lossy().into_owned())
}

async fn import(
    house: &House,
    path: &str,
    [keys, encryption_key]: [&str; 2],
    doing: Doing,
) -> Result<Imported, Failure> {
    let text = tokio::fs::read(Path::new(path))
        .await
        .map_err(|error| failed(failure::Failure::new("bad_export", format!("the file cannot be read: {error}"))))?;
    let mut export = claude_relay::read(&text).map_err(|error| failed(ImportError::from(error)))?;
    claude_relay::give_secrets(&mut export, keys).map_err(|error| failed(ImportError::from(error)))?;
    let salt = Some(encryption_key.trim()).filter(|salt| !salt.is_empty()).map(SecretString::from);
    let report = import::import(house.around(), &export, salt.as_ref(), doing).await.map_err(failed)?;
    let keys = report.keys.into_iter().map(shown).collect();
    Ok(Imported { path: path.to_owned(), keys, left_out: report.left_out })
}

fn shown(key: KeyReport) -> ImportedKey {
    let KeyReport { source, friend, key, outcome, works, days, months, left_out, .. } = key;
    ImportedKey { source, friend, key, is_known: outcome == Outcome::Known, works, days, months, left_out }
}
