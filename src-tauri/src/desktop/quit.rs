//! Quitting: no more calls are taken, running ones may end, and the window says so.

use std::sync::Arc;

use tauri::{AppHandle, Manager};

use super::host::Host;

/// Quits when the running calls have ended. The window is shown while it waits for any.
pub(super) fn gently(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let host = Arc::clone(&app.state::<Arc<Host>>());
        if host.house().is_ok_and(|house| house.in_flight() > 0) {
            super::show(&app);
        }
        host.stop().await;
        app.exit(0);
    });
}

/// Quits now; running calls are cut, and written down as far as they came.
pub(super) fn at_once(app: &AppHandle) {
    app.state::<Arc<Host>>().cut();
    gently(app);
}

/// Lets the system's requests to end quit gently: a second one ends the program now.
pub(super) fn on_signals(app: &AppHandle) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            let (Ok(mut interrupt), Ok(mut terminate)) =
                (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
            else {
                return;
            };
            for quit in [gently, at_once] {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                quit(&app);
            }
        });
    }
    #[cfg(not(unix))]
    let _ = app;
}
