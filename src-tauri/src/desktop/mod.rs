//! The app: one process with the relay, the window and the tray.
//!
//! [`host`] runs the relay, [`events`] tells window and tray what goes on, [`commands`] is what the window may ask. The
//! window shows and asks; it decides nothing and holds nothing.

mod commands;
mod events;
mod first_run;
mod host;
mod launcher;
mod login;
mod notices;
mod notify;
mod periods;
mod preferences;
mod price_book;
mod quit;
mod run;
mod tray;
mod trouble;

use std::{env, sync::Arc, time::Duration};

use anyhow::ensure;
pub(crate) use carpool_ipc::status::Mode;
use carpool_relay::Start;
use tauri::{AppHandle, Manager, RunEvent, WindowEvent};
use tauri_plugin_autostart::MacosLauncher;
use tauri_plugin_window_state::StateFlags;
use tokio::time::sleep;

use self::{host::Host, launcher::Shell};

/// The window's label.
const MAIN: &str = "main";
/// What the program is started with when its owner logs in.
pub(crate) const IN_BACKGROUND: &str = "--background";

/// How long a desktop that is starting may take until it shows tray icons.
const DESKTOP_LOOKS: u32 = 20;
const DESKTOP_STEP: Duration = Duration::from_millis(500);

/// How the app begins.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    /// The owner's data.
    pub(crate) start: Start,
    /// Whose data is shown first.
    pub(crate) mode: Mode,
    /// Whether the window stays away until it is asked for.
    pub(crate) is_in_background: bool,
}

/// Runs the app until the owner quits.
///
/// # Errors
/// When there is no display, or the webview cannot start.
pub(crate) fn run(opening: Opening) -> anyhow::Result<()> {
    ensure!(has_display(), "there is no display to show the window on; `carpool serve` runs the relay without one");
    let window_state = StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED;

    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _, _| show(app)))
        .plugin(tauri_plugin_shell::init())
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_clipboard_manager::init())
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_autostart::init(MacosLauncher::LaunchAgent, Some(vec![IN_BACKGROUND])))
        .plugin(tauri_plugin_window_state::Builder::new().with_state_flags(window_state).build())
        .invoke_handler(commands::handler())
        .setup(move |app| {
            let has_tray = tray::make(app.handle()) && tray::is_shown_here();
            let start = Start { launcher: Arc::new(Shell(app.handle().clone())), ..opening.start.clone() };
            let host = Arc::new(Host::new(start, has_tray));
            app.manage(Arc::clone(&host));
            let begin = Arc::clone(&host).begin(opening.mode);
            tauri::async_runtime::spawn(events::tell(app.handle().clone(), Arc::clone(&host)));
            tauri::async_runtime::spawn(begin);
            quit::on_signals(app.handle());
            if opening.is_in_background {
                tauri::async_runtime::spawn(show_unless_in_tray(app.handle().clone()));
            } else {
                show(app.handle());
            }
            Ok(())
        })
        .build(tauri::generate_context!())?;

    app.run(|app, event| match event {
        RunEvent::WindowEvent { event: WindowEvent::CloseRequested { api, .. }, .. } => {
            api.prevent_close();
            close(app);
        }
        // Without a code nobody asked to end the program: the last window went, or the session ends.
        RunEvent::ExitRequested { code: None, api, .. } => {
            api.prevent_exit();
            quit::gently(app);
        }
        // The Dock's icon was clicked.
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => show(app),
        _ => {}
    });
    Ok(())
}

/// Shows the window after all when the desktop that is just starting turns out to have no tray to find it in.
async fn show_unless_in_tray(app: AppHandle) {
    for _ in 0..DESKTOP_LOOKS {
        if is_in_tray(&app) {
            return;
        }
        sleep(DESKTOP_STEP).await;
    }
    show(&app);
}

/// Says whether the tray shows Carpool now.
fn is_in_tray(app: &AppHandle) -> bool {
    let is_in_tray = tray::is_made(app) && tray::is_shown_here();
    app.state::<Arc<Host>>().set_has_tray(is_in_tray);
    is_in_tray
}

/// Closes the window: the relay goes on in the tray, or ends with it where there is none to find it in again.
fn close(app: &AppHandle) {
    if !is_in_tray(app) {
        quit::gently(app);
    } else if let Some(window) = app.get_webview_window(MAIN)
        && let Err(error) = window.hide()
    {
        tracing::warn!(%error, "the window cannot be hidden");
    }
}

/// Brings the window to the front.
fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else { return };
    if let Err(error) = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus()) {
        tracing::warn!(%error, "the window cannot be shown");
    }
}

/// GTK would panic without one; elsewhere there always is one.
fn has_display() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
