//! Trouble: each kind is shown, is mended from the window, and nothing is lost by it.

mod data;
mod disk;
mod keychain;
mod port;
mod relay;

use crate::{desktop::Desktop, launch::App, support::friend::prompt};

/// Waits until the whole window tells of trouble, by its title, and says that nothing is lost.
async fn tells(app: &App, title: &str) {
    app.screen.reads("[data-test=trouble] h1", title).await;
    app.screen.reads("[data-test=trouble]", "untouched").await;
}

/// Presses the button that starts the relay again, and waits until that was tried.
async fn retry(app: &App) {
    app.screen.press("#retry").await;
    app.screen.misses("#retry[aria-busy]").await;
}

/// Waits until all is well again: the account and the friend are there, and the friend is served.
async fn nothing_is_lost(app: &App, desktop: &Desktop, key: &str) {
    app.screen.misses("[data-test=trouble]").await;
    app.screen.reads("[data-test=relay-light]", "Sharing").await;
    let answer = desktop.friend(key).ask(&prompt("Is all well again?")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    app.screen.goes_to("accounts").await;
    app.screen.reads("[data-test=account] h2", "work").await;
    app.screen.goes_to("friends").await;
    app.screen.reads("[data-test=friend] h2", "Alex").await;
}
