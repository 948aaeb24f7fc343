//! The relay falls over.

use super::{nothing_is_lost, retry, tells};
use crate::{desktop::Desktop, launch::App};

#[tokio::test]
async fn a_relay_that_fell_over_is_told_and_started_again() {
    let (desktop, key) = Desktop::in_use().await;
    let app = App::start(&desktop).await;
    app.screen.reads("[data-test=relay-light]", "Sharing").await;

    app.signal("USR2").await;
    tells(&app, "The relay stopped by itself").await;
    assert!(app.is_running());
    retry(&app).await;

    nothing_is_lost(&app, &desktop, &key).await;
    app.stop().await;
}
