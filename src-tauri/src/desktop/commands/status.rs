//! The frame around the places, the first run, the demo, quitting.

use std::sync::Arc;

use carpool_core::provider;
use carpool_ipc::{
    Failure,
    live::{GetLive, Live},
    status::{
        AcceptTerms, Copy, EndFirstRun, GetStatus, LeaveDemo, Mode, OpenLink, OpenTerms, PauseSharing, Quit, Retry,
        SettleReach, StartDemo, Status,
    },
};
use tauri::{AppHandle, State};
use tauri_plugin_clipboard_manager::ClipboardExt;
use tauri_plugin_shell::ShellExt;

use super::{
    super::{events, host::Host, preferences, quit},
    Reply,
    shown::{failed, found, refused},
};
use crate::failure;

type TheHost<'a> = State<'a, Arc<Host>>;

#[tauri::command]
pub(in super::super) async fn status(ask: GetStatus, host: TheHost<'_>) -> Reply<GetStatus> {
    let GetStatus {} = ask;
    Ok::<Status, Failure>(host.status())
}

#[tauri::command]
pub(in super::super) async fn live(ask: GetLive, host: TheHost<'_>) -> Reply<GetLive> {
    let GetLive {} = ask;
    match host.house() {
        Ok(house) => events::live(&house).await.map_err(refused),
        Err(_) => Ok(Live::default()),
    }
}

#[tauri::command]
pub(in super::super) async fn retry(ask: Retry, host: TheHost<'_>) -> Reply<Retry> {
    let Retry {} = ask;
    host.retry().await;
    Ok(())
}

#[tauri::command]
pub(in super::super) async fn accept_terms(ask: AcceptTerms, host: TheHost<'_>) -> Reply<AcceptTerms> {
    let AcceptTerms {} = ask;
    preferences::accept_terms(&host.house()?.around().store).await.map_err(refused)?;
    Ok(host.refresh().await?)
}

#[tauri::command]
pub(in super::super) async fn settle_reach(ask: SettleReach, host: TheHost<'_>) -> Reply<SettleReach> {
    let SettleReach {} = ask;
    preferences::settle_reach(&host.house()?.around().store).await.map_err(refused)?;
    Ok(host.refresh().await?)
}

#[tauri::command]
pub(in super::super) async fn end_first_run(ask: EndFirstRun, host: TheHost<'_>) -> Reply<EndFirstRun> {
    let EndFirstRun {} = ask;
    preferences::end_first_run(&host.house()?.around().store).await.map_err(refused)?;
    Ok(host.refresh().await?)
}

#[tauri::command]
pub(in super::super) async fn start_demo(ask: StartDemo, host: TheHost<'_>) -> Reply<StartDemo> {
    let StartDemo {} = ask;
    host.switch(Mode::Demo).await;
    Ok(())
}

#[tauri::command]
pub(in super::super) async fn leave_demo(ask: LeaveDemo, host: TheHost<'_>) -> Reply<LeaveDemo> {
    let LeaveDemo {} = ask;
    host.switch(Mode::Own).await;
    Ok(())
}

#[tauri::command]
pub(in super::super) async fn pause_sharing(ask: PauseSharing, host: TheHost<'_>) -> Reply<PauseSharing> {
    Ok(host.pause_sharing(ask.paused).await?)
}

#[tauri::command]
pub(in super::super) async fn copy(ask: Copy, app: AppHandle) -> Reply<Copy> {
    let unusable = |error| failed(failure::Failure::new("clipboard", format!("the clipboard cannot be used: {error}")));
    app.clipboard().write_text(ask.text).map_err(unusable)
}

#[tauri::command]
pub(in super::super) async fn open_link(ask: OpenLink, app: AppHandle) -> Reply<OpenLink> {
    open(&app, ask.link.url())
}

#[tauri::command]
pub(in super::super) async fn open_terms(ask: OpenTerms, app: AppHandle) -> Reply<OpenTerms> {
    let provider = found(provider::find(&ask.provider))?;
    open(&app, found(provider.terms_url)?)
}

#[tauri::command]
pub(in super::super) async fn quit(ask: Quit, app: AppHandle) -> Reply<Quit> {
    let quit = if ask.at_once { quit::at_once } else { quit::gently };
    quit(&app);
    Ok(())
}

/// Opens a page or folder with the system's program for it. Only the host chooses what is opened: the window names a link
/// or a sign-in, never an address.
pub(super) fn open(app: &AppHandle, what: &str) -> Result<(), Failure> {
    #[expect(deprecated, reason = "the app has the shell plugin already; its successor opens in the same way")]
    let opened = app.shell().open(what, None);
    opened.map_err(|error| failed(failure::Failure::new("not_opened", format!("it cannot be opened: {error}"))))
}
