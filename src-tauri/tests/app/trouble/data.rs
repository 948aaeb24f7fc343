//! The data folder: a newer Carpool wrote it, or another relay has it.

use std::process::Stdio;

use super::{nothing_is_lost, retry, tells};
use crate::{
    desktop::Desktop,
    launch::App,
    support::{database, relay::Relay},
};

#[tokio::test]
async fn data_of_a_newer_carpool_is_told_and_left_as_it_is() {
    let (desktop, key) = Desktop::in_use().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'from the future', TRUE, x'00', 0)";
    let mut database = database::open(&desktop.folder).await;
    sqlx::query(newer).execute(&mut database).await.expect("noted");
    let before = database::dump(&desktop.folder).await;
    let app = App::start(&desktop).await;

    tells(&app, "A newer Carpool wrote this data").await;
    retry(&app).await;
    tells(&app, "A newer Carpool wrote this data").await;
    assert_eq!(database::dump(&desktop.folder).await, before);
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version = 9999").execute(&mut database).await.expect("undone");
    retry(&app).await;

    nothing_is_lost(&app, &desktop, &key).await;
    app.stop().await;
}

#[tokio::test]
async fn data_that_another_relay_has_is_told_and_taken_over_once_that_one_stops() {
    let (desktop, key) = Desktop::in_use().await;
    let mut serve = desktop.program("serve --port 0");
    let relay = Relay::run(&desktop.folder, serve.stdin(Stdio::null())).await;
    let app = App::start(&desktop).await;

    tells(&app, "Carpool already runs on this data").await;
    retry(&app).await;
    tells(&app, "Carpool already runs on this data").await;
    relay.stop().await;
    retry(&app).await;

    nothing_is_lost(&app, &desktop, &key).await;
    app.stop().await;
}
