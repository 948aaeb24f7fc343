//! Closing the window: Carpool goes on where there is a tray to find it in again, and quits where there is none.

use crate::{desktop::Desktop, launch::App, support::friend::prompt, tray::Tray};

#[tokio::test]
async fn closing_hides_the_window_in_the_tray_and_friends_are_served_on() {
    let (desktop, key) = Desktop::in_use().await;
    let tray = Tray::on(&desktop).await;
    let app = App::start(&desktop).await;
    desktop.display.shows_window().await;

    desktop.display.close_window();
    desktop.display.hides_window().await;
    let answer = desktop.friend(&key).ask(&prompt("Are you still there?")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(app.is_running());

    tray.press("Open Carpool").await;
    desktop.display.shows_window().await;
    tray.press("Quit").await;
    assert_eq!(app.ended().await, 0);
}

#[tokio::test]
async fn closing_quits_where_there_is_no_tray() {
    let (desktop, _) = Desktop::in_use().await;
    let app = App::start(&desktop).await;
    desktop.display.shows_window().await;

    desktop.display.close_window();

    assert_eq!(app.ended().await, 0);
}
