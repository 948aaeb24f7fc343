//! Alerts in the window and on the desktop, and webhooks that are told for real.

use std::{
    env, fs,
    path::Path,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, extract::State, http::StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::{
    desktop::Desktop,
    launch::App,
    notifications::Notifications,
    support::{database::dump, friend::prompt},
};

/// What is secret in a receiver's address.
const HOOK: &str = "hook-91c4de-secret";

type Received = Arc<Mutex<Vec<Value>>>;

/// A receiver on this machine: its address, and what it was sent.
async fn receiver(status: StatusCode) -> (String, Received) {
    let received = Received::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/{HOOK}", listener.local_addr().expect("an address"));
    let take = async move |State(received): State<Received>, body: Bytes| {
        received.lock().expect("no one panics").push(serde_json::from_slice(&body).expect("JSON"));
        status
    };
    let router = Router::new().fallback(take).with_state(Arc::clone(&received));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, received)
}

async fn add(app: &App, format: &str, name: &str, url: &str) {
    app.screen.press("#add-webhook").await;
    app.screen.choose("#field-webhook-format", format).await;
    app.screen.fill("#field-webhook-name", name).await;
    app.screen.fill("#field-webhook-url", url).await;
    app.screen.press("#save-new-webhook").await;
}

/// A picture of the card, for people, where they asked for one.
async fn picture(app: &App, name: &str) {
    let Some(folder) = env::var_os("CARPOOL_SCREENSHOTS") else { return };
    for theme in ["light", "dark"] {
        app.screen.run("document.documentElement.dataset.theme = arguments[0]", vec![theme.into()]).await;
        let file = Path::new(&folder).join(format!("{name}-{theme}.png"));
        fs::write(file, app.screen.picture().await).expect("written");
    }
}

#[tokio::test]
async fn webhooks_are_added_tested_and_removed_in_the_window_and_their_secrets_are_not_in_it() {
    let (desktop, _) = Desktop::in_use().await;
    let ((good, received), (bad, _)) = (receiver(StatusCode::OK).await, receiver(StatusCode::FORBIDDEN).await);
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.resize(1000, 1300).await;
    screen.goes_to("settings").await;
    screen.sees("[data-test=no-webhooks]").await;

    add(&app, "json", "My server", &good).await;
    let secret = screen.reads("#drawn-secret", "whsec_").await;
    picture(&app, "webhook-secret").await;
    screen.press("#secret-done").await;
    screen.press("[data-name='My server'] [data-test=test-webhook]").await;
    screen.reads("[data-name='My server'] [data-test=webhook-state]", "Sent").await;
    assert_eq!(received.lock().expect("no one panics")[0]["type"], "test");
    add(&app, "slack", "Family", &bad).await;
    screen.press("[data-name=Family] [data-test=test-webhook]").await;
    screen.reads("[data-name=Family] [data-test=webhook-detail]", "HTTP 403").await;

    let page = screen.run("return document.documentElement.outerHTML", Vec::new()).await;
    let told = format!("{page}{}", dump(&desktop.folder).await);
    assert!(!told.contains(HOOK) && !told.contains(&secret), "what is secret stays so");
    screen.run("document.querySelector('[data-test=settings-alerts]').scrollIntoView()", Vec::new()).await;
    picture(&app, "alerts-card").await;
    screen.press("#add-webhook").await;
    screen.choose("#field-webhook-format", "telegram").await;
    picture(&app, "webhook-form").await;
    screen.press("#webhook-form [data-test=cancel]").await;
    screen.press("[data-name=Family] [data-test=remove-webhook]").await;
    screen.press("#remove-webhook [data-test=confirm]").await;
    screen.misses("[data-name=Family]").await;
    screen.press("#move-over").await;
    screen.sees("#import-dialog #field-import-keys").await;
    picture(&app, "moving-over").await;
    screen.press("#import-dialog [data-test=cancel]").await;
    app.stop().await;
}

#[tokio::test]
async fn what_is_set_in_the_window_holds_and_an_alert_is_shown_on_the_desktop_and_in_the_card() {
    let (desktop, key) = Desktop::in_use().await;
    let notifications = Notifications::on(&desktop).await;
    let app = App::start(&desktop).await;
    app.screen.resize(1000, 1300).await;
    app.screen.goes_to("settings").await;
    app.screen.fill("#field-alert-spend", "0.0000001").await;
    app.screen.choose("#field-digest-day", "5").await;
    app.screen.choose("#field-digest-hour", "17").await;
    app.screen.press("#save-alerts").await;
    app.screen.sees("#save-alerts:disabled").await;
    let set = desktop.run("alerts").await;
    assert_eq!(
        (set["spend_per_hour_pico_usd"].as_i64(), set["digest"].as_str()),
        (Some(100_000), Some("friday 17:00"))
    );
    assert_eq!(desktop.friend(&key).ask(&prompt("Is it dear?")).await.status, 200);
    app.stop().await;

    // A relay looks soon after its start.
    let app = App::start(&desktop).await;
    app.screen.resize(1000, 1300).await;
    notifications.shows("Spending is high").await;
    app.screen.goes_to("settings").await;
    app.screen.reads("[data-test=episodes]", "Spending is high").await;
    app.screen.run("document.querySelector('[data-test=settings-alerts]').scrollIntoView()", Vec::new()).await;
    picture(&app, "alerts-episode").await;
    app.screen.press("#show-digest").await;
    app.screen.sees("[data-test=digest]").await;
    picture(&app, "digest").await;
    assert_eq!(notifications.all().iter().filter(|title| *title == "Spending is high").count(), 1);
    app.stop().await;
}
