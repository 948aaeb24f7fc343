//! The programs on the owner's own machine, set up for this relay and put back.

use std::sync::Arc;

use carpool_core::client_setup::{self, Access, CLIENTS, Client};
use carpool_ipc::{
    Failure,
    own_machine::{FileChange, ListPrograms, OwnProgram, SetUpProgram, SetupReport, UndoProgram},
    status::Relay,
};
use carpool_relay::{
    client_setup::{Done, FileReport, Home, Report, apply, can_undo, undo},
    clock::Clock,
};
use secrecy::SecretString;
use tauri::State;

use super::{
    super::host::Host,
    Reply,
    shown::{failed, found},
};
use crate::failure;

type TheHost<'a> = State<'a, Arc<Host>>;

#[tauri::command]
pub(in super::super) async fn programs(ask: ListPrograms) -> Reply<ListPrograms> {
    let ListPrograms {} = ask;
    let home = home()?;
    let shown = |client: &Client| OwnProgram {
        id: client.id.to_owned(),
        name: client.name.to_owned(),
        can_undo: can_undo(&home, client),
    };
    Ok(CLIENTS.iter().map(shown).collect())
}

#[tauri::command]
pub(in super::super) async fn set_up_program(ask: SetUpProgram, host: TheHost<'_>) -> Reply<SetUpProgram> {
    set_up(&host, &ask)
}

#[tauri::command]
pub(in super::super) async fn undo_program(ask: UndoProgram) -> Reply<UndoProgram> {
    let client = found(client_setup::client(&ask.program))?;
    undo(&home()?, client, Clock::System.now()).map(shown).map_err(failed)
}

/// Leads a program to the relay on this machine, which it reaches without any tunnel.
fn set_up(host: &Host, ask: &SetUpProgram) -> Result<SetupReport, Failure> {
    let client = found(client_setup::client(&ask.program))?;
    let Relay::Up { url, .. } = host.status().relay else {
        return Err(failed(failure::Failure::new("relay_down", "the relay is not running")));
    };
    let access = Access::new(&url, &SecretString::from(ask.key.as_str())).map_err(failed)?;
    apply(&home()?, client, &access, Clock::System.now()).map(shown).map_err(failed)
}

fn home() -> Result<Home, Failure> {
    let none = || failed(failure::Failure::new("home_folder", "this user has no home folder"));
    dirs::home_dir().map(Home::of_user).ok_or_else(none)
}

fn shown(report: Report) -> SetupReport {
    let to_do = report.files.iter().flat_map(|file| file.warnings.clone()).collect();
    let changed = report.files.into_iter().filter(|file| file.done != Done::Nothing);
    SetupReport { program: report.client.to_owned(), files: changed.map(shown_file).collect(), to_do }
}

fn shown_file(file: FileReport) -> FileChange {
    FileChange {
        path: file.path.to_string_lossy().into_owned(),
        changes: file.changes,
        backup: file.backup.map(|path| path.to_string_lossy().into_owned()),
    }
}
