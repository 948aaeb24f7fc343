//! The window: what the webview may ask of the host, and the event loop that runs until it is closed.

use std::env;
use std::path::Path;

use anyhow::ensure;
use carpool_ipc::About;

/// Shows the window of the Carpool whose data is in `data_dir`, until the owner closes it.
///
/// # Errors
/// When there is no display, or the webview cannot start.
pub(crate) fn run(data_dir: &Path) -> anyhow::Result<()> {
    ensure!(has_display(), "there is no display to show the window on; `carpool serve` runs the relay without one");
    let about =
        About { version: env!("CARGO_PKG_VERSION").to_owned(), data_dir: data_dir.to_string_lossy().into_owned() };

    tauri::Builder::default()
        .plugin(tauri_plugin_shell::init())
        .manage(about)
        .invoke_handler(tauri::generate_handler![commands::about])
        .run(tauri::generate_context!())?;
    Ok(())
}

/// GTK would panic without one; elsewhere there always is one.
fn has_display() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// What the webview may call; the names are `carpool_ipc::COMMANDS`.
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands a command its state by value")]
mod commands {
    use carpool_ipc::About;
    use tauri::State;

    #[tauri::command]
    pub(super) fn about(about: State<'_, About>) -> About {
        about.inner().clone()
    }
}
