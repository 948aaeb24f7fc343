//! Starting again: everything is as it was, and there is only ever one.

use carpool_ipc::{settings::Language, texts::texts};

use crate::{desktop::Desktop, launch::App, support::friend::prompt, tray::Tray};

#[tokio::test]
async fn a_restart_keeps_friends_accounts_and_settings() {
    let (desktop, key) = Desktop::in_use().await;
    let chinese = texts(Language::Chinese).words;
    let app = App::start(&desktop).await;
    app.screen.goes_to("settings").await;
    app.screen.press("label.segment:has([name=theme][value=dark])").await;
    app.screen.sees("html[data-theme=dark]").await;
    app.screen.press("label.segment:has([name=language][value=zh-CN])").await;
    app.screen.reads("#nav-settings", chinese.settings).await;
    app.stop().await;

    let app = App::start(&desktop).await;

    app.screen.sees("html[data-theme=dark][lang=zh-CN]").await;
    app.screen.reads("#nav-home", chinese.home).await;
    app.screen.reads("#address", &format!("http://127.0.0.1:{}", desktop.port)).await;
    let answer = desktop.friend(&key).ask(&prompt("The same key as before")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    app.screen.goes_to("accounts").await;
    app.screen.reads("[data-test=account] h2", "work").await;
    app.screen.goes_to("friends").await;
    app.screen.reads("[data-test=friend] h2", "Alex").await;
    app.stop().await;
}

#[tokio::test]
async fn a_second_start_shows_the_first_ones_window_and_ends() {
    let (desktop, key) = Desktop::in_use().await;
    let tray = Tray::on(&desktop).await;
    let app = App::start(&desktop).await;
    desktop.display.shows_window().await;
    tray.lists("Sharing").await;
    desktop.display.close_window();
    desktop.display.hides_window().await;

    assert_eq!(App::start_again(&desktop).await, Some(0));

    desktop.display.shows_window().await;
    assert_eq!(desktop.display.windows(), 1);
    let answer = desktop.friend(&key).ask(&prompt("Who answers?")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    app.stop().await;
}
