//! How friends reach the machine, as the owner sets it up: the panel, Home's traffic light, the tray.

use std::{fs, path::Path};

use carpool_ipc::{settings::Language, texts::texts, tunnel::Light};

use crate::{
    desktop::Desktop,
    launch::{App, PATIENCE},
    support::eventually,
    tray::Tray,
};

/// What bore prints, for a server on this machine: then the address it tells leads to the relay itself. It begins another
/// process, as some of these programs do.
const BORE: &str = r#"#!/bin/sh
[ "$1" = local ] || exit 2
sleep 100000 &
printf '%s\n%s\n' $$ $! >"$HOME/bore-pids"
echo "2026-11-03T10:00:00.000000Z  INFO bore_cli::client: connected to server remote_port=$2"
echo "2026-11-03T10:00:00.000001Z  INFO bore_cli::client: listening at 127.0.0.1:$2"
wait
"#;

/// Opens the panel and chooses a way.
async fn choose(app: &App, way: &str) {
    app.screen.press("#share").await;
    app.screen.press(&format!("label[for=way-{way}]")).await;
    app.screen.sees(".way.chosen #start-tunnel").await;
}

#[tokio::test]
async fn an_address_of_the_owners_own_shows_at_home_with_its_light_and_in_the_tray() {
    let (desktop, _) = Desktop::in_use().await;
    let tray = Tray::on(&desktop).await;
    let app = App::start(&desktop).await;
    let light = texts(Language::English).tunnel.light;
    let url = format!("http://127.0.0.1:{}", desktop.port);
    app.screen.reads("[data-test=reach-light]", light(Light::Off)).await;
    tray.lists(light(Light::Off)).await;

    choose(&app, "own").await;
    app.screen.press("#start-tunnel").await;
    app.screen.reads(".way.chosen .wrong", "needed").await;
    app.screen.fill("#field-url", "carpool.example.com/path").await;
    app.screen.reads(".way.chosen .wrong", "https://").await;
    app.screen.fill("#field-url", &url).await;
    app.screen.press("#start-tunnel").await;
    app.screen.reads("[data-test=tunnel-standing]", "Open at your own address").await;
    app.screen.press("#check-reach").await;
    app.screen.reads("[data-test=reach-step][data-verdict=Ok]", "A call from outside").await;
    app.screen.press("#share-done").await;

    assert_eq!(app.screen.reads("#public-address", &url).await, url);
    app.screen.reads("[data-test=reach-light]", light(Light::Green)).await;
    tray.lists(light(Light::Green)).await;
    app.screen.press("#share").await;
    app.screen.press("#stop-tunnel").await;
    app.screen.sees("#way-own").await;
    app.screen.press("#share-done").await;
    app.screen.misses("#public-address").await;
    tray.lists(light(Light::Off)).await;
    app.stop().await;
}

#[tokio::test]
async fn a_ways_program_is_started_once_it_is_installed_and_ends_with_the_app() {
    let (desktop, _) = Desktop::in_use().await;
    let app = App::start(&desktop).await;

    choose(&app, "bore").await;
    app.screen.reads("[data-name=bore] [data-test=install]", "bore").await;
    app.screen.sees("#start-tunnel:disabled").await;
    desktop.install("bore", BORE);
    app.screen.press("#look-for-programs").await;
    app.screen.misses("[data-name=bore] [data-test=install]").await;
    app.screen.fill("#field-server", "127.0.0.1").await;
    app.screen.fill("#field-token", "canary-token").await;
    app.screen.press("#start-tunnel").await;
    app.screen.reads("[data-test=tunnel-standing]", "Open through bore").await;
    app.screen.press("#share-done").await;
    app.screen.reads("#public-address", &format!("127.0.0.1:{}", desktop.port)).await;

    let page = app.screen.run("return document.documentElement.outerHTML", Vec::new()).await;
    assert!(!page.as_str().expect("a page").contains("canary-token"), "a token never comes back");
    let pids = fs::read_to_string(desktop.folder.home().join("bore-pids")).expect("it runs");
    let runs = |pid: &str| Path::new("/proc").join(pid).exists();
    assert!(pids.lines().count() == 2 && pids.lines().all(runs), "{pids}");
    app.stop().await;
    eventually("what was begun has ended", PATIENCE, async || (!pids.lines().any(runs)).then_some(())).await;
}

#[tokio::test]
async fn nothing_is_opened_while_nobody_has_a_key_or_an_invite() {
    let desktop = Desktop::new().await;
    desktop.set_up_account().await;
    desktop.end_first_run().await;
    let app = App::start(&desktop).await;

    choose(&app, "own").await;
    app.screen.fill("#field-url", &format!("http://127.0.0.1:{}", desktop.port)).await;
    app.screen.press("#start-tunnel").await;
    app.screen.reads("[data-test=tunnel-standing]", "Waiting for a first key").await;
    desktop.run("friend add Alex").await;
    desktop.run("invite create --friend Alex --base-url https://carpool.example.com").await;

    app.screen.reads("[data-test=tunnel-standing]", "Open at your own address").await;
    app.stop().await;
}

#[tokio::test]
async fn the_first_invite_opens_a_tunnel_and_leads_to_the_address_that_it_gets() {
    let desktop = Desktop::new().await;
    desktop.set_up_account().await;
    desktop.end_first_run().await;
    desktop.install("bore", &BORE.replace("listening at 127.0.0.1", "listening at localhost"));
    let app = App::start(&desktop).await;
    choose(&app, "bore").await;
    app.screen.fill("#field-server", "localhost").await;
    app.screen.press("#start-tunnel").await;
    app.screen.reads("[data-test=tunnel-standing]", "Waiting for a first key").await;
    app.screen.press("#share-done").await;

    app.screen.goes_to("friends").await;
    app.screen.press("#new-friend").await;
    app.screen.fill("#add-friend-dialog #field-friend-name", "Alex").await;
    app.screen.press("#add-friend-dialog [data-test=submit]").await;

    app.screen.reads("#invite-link", &format!("http://localhost:{}/i/", desktop.port)).await;
    assert_eq!(app.screen.all("[data-test=scope-warning]").await, Vec::<String>::new());
    app.stop().await;
}
