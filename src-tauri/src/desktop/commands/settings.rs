//! The settings.

use std::sync::Arc;

use carpool_ipc::settings::{
    GetSettings, OpenDataFolder, SetAddress, SetLanguage, SetNotifications, SetStartAtLogin, SetTheme, Settings,
};
use tauri::{AppHandle, State};
use tauri_plugin_autostart::ManagerExt;

use super::{
    super::{
        host::Host,
        preferences::{self, Address},
    },
    Reply,
    shown::{failed, refused},
    status::open,
};
use crate::failure;

type TheHost<'a> = State<'a, Arc<Host>>;

#[tauri::command]
pub(in super::super) async fn settings(ask: GetSettings, host: TheHost<'_>, app: AppHandle) -> Reply<GetSettings> {
    let GetSettings {} = ask;
    let preferences = host.preferences();
    Ok(Settings {
        reach: preferences.address.reach,
        port: preferences.address.port,
        data_dir: host.data_dir().to_string_lossy().into_owned(),
        vault: host.vault().to_string(),
        theme: preferences.theme,
        language: preferences.language,
        start_at_login: app.autolaunch().is_enabled().unwrap_or(false),
        notifications: preferences.notifications,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

#[tauri::command]
pub(in super::super) async fn set_address(ask: SetAddress, host: TheHost<'_>) -> Reply<SetAddress> {
    let address = Address::try_from(ask)?;
    Ok(host.set_address(address).await?)
}

#[tauri::command]
pub(in super::super) async fn set_theme(ask: SetTheme, host: TheHost<'_>) -> Reply<SetTheme> {
    preferences::set_theme(&host.house()?.around().store, ask.theme).await.map_err(refused)?;
    Ok(host.refresh().await?)
}

#[tauri::command]
pub(in super::super) async fn set_language(ask: SetLanguage, host: TheHost<'_>) -> Reply<SetLanguage> {
    preferences::set_language(&host.house()?.around().store, ask.language).await.map_err(refused)?;
    Ok(host.refresh().await?)
}

#[tauri::command]
pub(in super::super) async fn set_start_at_login(ask: SetStartAtLogin, app: AppHandle) -> Reply<SetStartAtLogin> {
    let launcher = app.autolaunch();
    let set = if ask.on { launcher.enable() } else { launcher.disable() };
    set.map_err(|error| failed(failure::Failure::new("start_at_login", format!("the system refused: {error}"))))
}

#[tauri::command]
pub(in super::super) async fn set_notifications(ask: SetNotifications, host: TheHost<'_>) -> Reply<SetNotifications> {
    preferences::set_notifications(&host.house()?.around().store, ask.on).await.map_err(refused)?;
    Ok(host.refresh().await?)
}

#[tauri::command]
pub(in super::super) async fn open_data_folder(
    ask: OpenDataFolder,
    host: TheHost<'_>,
    app: AppHandle,
) -> Reply<OpenDataFolder> {
    let OpenDataFolder {} = ask;
    open(&app, &host.data_dir().to_string_lossy())
}
