//! Limits and shares as the owner sets them in the window: they hold for the next call, and the bars show it.

use carpool_core::price::PicoUsd;
use carpool_relay::{clock::Clock, pretend::Allowance};
use fantoccini::{Locator, key::Key};
use jiff::SignedDuration;

use crate::{
    desktop::Desktop,
    launch::App,
    notifications::Notifications,
    screen::Screen,
    seed,
    support::{
        friend::{Answer, CLAUDE_CODE, prompt},
        login::Login,
    },
    tray::Tray,
};

/// Something in a friend's card.
fn of(friend: &str, selector: &str) -> String {
    format!("[data-test=friend][data-name={friend}] {selector}")
}

/// Opens the form with a friend's limits.
async fn edit(screen: &Screen, friend: &str) {
    screen.press(&of(friend, ".friend-head [data-test=menu]")).await;
    screen.press("[data-test=menu-limits]").await;
    screen.sees("#limits-dialog form").await;
}

async fn save(screen: &Screen) {
    screen.press("#limits-dialog [data-test=save]").await;
    screen.misses("#limits-dialog form").await;
}

async fn ask(desktop: &Desktop, key: &str) -> Answer {
    desktop.friend(key).ask(&prompt("How far may I go?")).await
}

#[tokio::test]
async fn limits_set_in_the_window_hold_for_the_next_call_and_its_bars_show_it() {
    let (desktop, key) = Desktop::in_use().await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.goes_to("friends").await;

    edit(screen, "Alex").await;
    screen.fill("#field-rpm", "none").await;
    screen.fill("#field-quiet", "at night").await;
    screen.press("#limits-dialog [data-test=save]").await;
    screen.reads("#field-rpm-note", "whole number").await;
    screen.reads("#field-quiet-note", "23:00-07:00").await;
    screen.fill("#field-rpm", "1").await;
    screen.fill("#field-quiet", "").await;
    screen.fill("#field-cap_day", "50").await;
    screen.fill("#field-deny_models", "*opus*").await;
    save(screen).await;
    screen.reads(&of("Alex", "[data-kind=rpm]"), "0 of 1").await;
    screen.reads(&of("Alex", "[data-test=restrictions]"), "not *opus*").await;

    assert_eq!(ask(&desktop, &key).await.status, 200);
    screen.reads(&of("Alex", "[data-kind=rpm]"), "1 of 1").await;
    screen.reads(&of("Alex", "[data-kind=cap-day]"), "of $50.00").await;
    let refused = ask(&desktop, &key).await;
    assert_eq!(refused.status, 429, "{refused:?}");

    edit(screen, "Alex").await;
    screen.holds("#field-cap_day", "50").await;
    screen.fill("#field-rpm", "").await;
    screen.fill("#field-cap_day", "0.000001").await;
    save(screen).await;
    screen.misses(&of("Alex", "[data-kind=rpm]")).await;
    let refused = ask(&desktop, &key).await;
    assert_eq!(refused.status, 402, "{refused:?}");
    app.stop().await;
}

#[tokio::test]
async fn a_keys_own_limits_end_and_devices_are_seen_with_it() {
    let (desktop, key) = Desktop::in_use().await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.goes_to("friends").await;
    let menu = of("Alex", "[data-test=key] [data-test=menu]");

    assert_eq!(ask(&desktop, &key).await.status, 200);
    screen.press(&of("Alex", "[data-test=devices] summary")).await;
    screen.reads(&of("Alex", "[data-test=device]"), "127.0.0.1").await;

    screen.press(&menu).await;
    screen.press("[data-test=menu-key-limits]").await;
    screen.fill("#field-allow_providers", "nobody").await;
    screen.press("#limits-dialog [data-test=save]").await;
    screen.reads("#field-allow_providers-note", "nobody").await;
    screen.fill("#field-allow_providers", "").await;
    screen.fill("#field-allow_ips", "10.0.0.0/8").await;
    screen.choose("#field-ends", "after-first-use").await;
    screen.fill("#field-expiry", "30").await;
    save(screen).await;
    screen.reads(&of("Alex", "[data-test=key] [data-test=restrictions]"), "10.0.0.0/8").await;
    let refused = ask(&desktop, &key).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    let keys = desktop.run("key list").await;
    assert!(keys[0]["expires_at"].is_string(), "it was used already: {keys}");
    app.stop().await;
}

#[tokio::test]
async fn the_sliders_of_shares_are_always_a_hundred_percent_and_are_saved_together() {
    let (desktop, _) = Desktop::in_use().await;
    desktop.run("friend add Mia").await;
    desktop.run("friend add Sam").await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.goes_to("friends").await;
    screen.reads("[data-test=share][data-name=Alex]", "34 %").await;

    screen.press("#change-shares").await;
    screen.sees("[data-test=share-slider][data-name=Alex]").await;
    let slider = screen.client.find(Locator::Css("[data-test=share-slider][data-name=Alex]")).await.expect("a slider");
    for _ in 0..16 {
        slider.send_keys(&char::from(Key::Right).to_string()).await.expect("it takes keys");
    }
    screen.reads("[data-test=share][data-name=Alex]", "50 %").await;
    screen.reads("[data-test=share][data-name=Mia]", "25 %").await;
    screen.reads("[data-test=shares-total]", "100 %").await;
    screen.press("label.segment:has([value=strict])").await;
    screen.fill("#field-soft-line", "40").await;
    screen.press("[data-test=save-shares]").await;
    screen.misses("[data-test=shares-form]").await;

    screen.reads("[data-test=shares]", "strict, from 40 %").await;
    let shares: Vec<Option<f64>> =
        desktop.run("friend list").await.as_array().expect("friends").iter().map(|it| it["share"].as_f64()).collect();
    assert_eq!(shares, [Some(1.5), Some(0.75), Some(0.75)]);
    app.stop().await;
}

/// A call that a subscription serves.
async fn ask_as_claude_code(desktop: &Desktop, key: &str) -> u16 {
    let call = desktop.friend(key).post("/v1/messages", &prompt("Who used it?").to_string());
    Answer::of(call.header("user-agent", CLAUDE_CODE)).await.status
}

/// What the last call cost.
async fn last_cost(desktop: &Desktop) -> i64 {
    desktop.run("calls --limit 1").await[0]["cost_pico_usd"].as_i64().expect("it is priced")
}

#[tokio::test]
async fn home_divides_a_window_among_those_who_used_it() {
    let (desktop, alex) = Desktop::in_use().await;
    desktop.run("friend add Mia").await;
    let created = desktop.run("key create --friend Mia").await;
    let mia = created["key"].as_str().expect("a key");
    let login = Login::begin(&mut desktop.program("account login claude --name own")).await;
    let code = desktop.pretend.sign_in(&login.authorize_url);
    let signed_in = login.paste(&code).await;
    assert_eq!(signed_in.code, Some(0), "{signed_in}");
    desktop.run("account pause work").await;
    // Nothing is foretold of a pace that is only minutes old.
    seed::add_earlier_call(&desktop, 25).await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;

    assert_eq!(ask_as_claude_code(&desktop, &alex).await, 200);
    let worth = PicoUsd(last_cost(&desktop).await * 20);
    let resets_at = Clock::System.now() + SignedDuration::from_hours(4);
    desktop.pretend.set_allowance(Allowance { worth, used: PicoUsd(0), resets_at });
    for key in [&alex, &alex, &alex, &alex, &alex, &alex, mia, mia, &alex] {
        assert_eq!(ask_as_claude_code(&desktop, key).await, 200);
    }

    screen.goes_to("home").await;
    // An answer tells what was used before it.
    screen.reads("[data-test=split]", "40 % used").await;
    let used = async |friend: &str| -> u32 {
        let told = screen.reads(&format!("[data-test=window-part][data-name={friend}]"), "% used").await;
        told.split_whitespace().find_map(|word| word.parse().ok()).expect("a number")
    };
    let (of_alex, of_mia) = (used("Alex").await, used("Mia").await);
    assert!((25..=45).contains(&of_alex) && (5..=15).contains(&of_mia), "{of_alex} and {of_mia}");
    screen.reads("[data-test=window-legend]", "Mia").await;
    screen.reads("[data-test=forecast]", "Alex is").await;
    app.stop().await;
}

#[tokio::test]
async fn the_owner_is_notified_once_when_a_cap_is_nearly_used_up() {
    let (desktop, key) = Desktop::in_use().await;
    let notifications = Notifications::on(&desktop).await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    assert_eq!(ask(&desktop, &key).await.status, 200);
    let cap = last_cost(&desktop).await * 11 / 10;
    screen.goes_to("friends").await;

    edit(screen, "Alex").await;
    screen.fill("#field-cap_day", &format!("0.{cap:012}")).await;
    save(screen).await;
    notifications.shows("Alex has used 90 % of a cap").await;
    edit(screen, "Alex").await;
    screen.fill("#field-rpm", "100").await;
    save(screen).await;
    screen.sees(&of("Alex", "[data-kind=rpm]")).await;
    screen.goes_to("settings").await;

    assert_eq!(notifications.all().len(), 1, "it is told once: {:?}", notifications.all());
    app.stop().await;
}

#[tokio::test]
async fn all_keys_are_replaced_from_the_tray_after_the_window_has_asked() {
    let (desktop, old) = Desktop::in_use().await;
    let tray = Tray::on(&desktop).await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.sees("#address").await;

    tray.press("Replace all keys…").await;
    screen.reads("#rotate-all", "Replace the one key?").await;
    assert_eq!(ask(&desktop, &old).await.status, 200, "it was only asked");
    screen.press("#rotate-all [data-test=confirm]").await;
    let shown = screen.reads("#all-keys [data-test=new-key-row]", "cr_").await;
    let new = shown.split_whitespace().find(|word| word.starts_with("cr_")).expect("a key").to_owned();

    assert_eq!(ask(&desktop, &old).await.status, 401);
    assert_eq!(ask(&desktop, &new).await.status, 200);
    screen.press("#all-keys-done").await;
    screen.misses("#all-keys").await;
    let page = screen.run("return document.documentElement.outerHTML", Vec::new()).await;
    assert!(!page.as_str().expect("a page").contains(&new), "a key is shown once");
    app.stop().await;
}

#[tokio::test]
async fn all_friends_are_paused_at_once() {
    let (desktop, key) = Desktop::in_use().await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.goes_to("friends").await;

    screen.press(".screen-actions [data-test=menu]").await;
    screen.press("[data-test=menu-pause-all]").await;
    screen.press("#pause-all [data-test=confirm]").await;
    screen.reads("[data-test=relay-light]", "aused").await;
    assert_ne!(ask(&desktop, &key).await.status, 200);

    screen.press(".screen-actions [data-test=menu]").await;
    screen.press("[data-test=menu-resume-all]").await;
    screen.misses("#resume-sharing").await;
    assert_eq!(ask(&desktop, &key).await.status, 200);
    app.stop().await;
}
