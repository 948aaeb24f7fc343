//! Settings take effect at once.

use std::{fs, time::Duration};

use carpool_ipc::{settings::Language, texts::texts};

use crate::{
    desktop::{Desktop, free_port},
    launch::App,
    support::friend::{ends_well, prompt, stream},
    tray::Tray,
};

#[tokio::test]
async fn another_port_is_taken_at_once_while_a_call_at_the_old_one_goes_on() {
    let (desktop, key) = Desktop::in_use().await;
    let app = App::start(&desktop).await;
    app.screen.reads("[data-test=relay-light]", "Sharing").await;
    desktop.pretend.set_pace(Duration::from_millis(150));
    let call = desktop.friend(&key).post("/v1/messages", &stream("Go on while I move.").to_string());
    let mut answer = call.send().await.expect("an answer");

    let port = free_port();
    app.screen.goes_to("settings").await;
    app.screen.fill("[data-test=settings-address] #field-port", &port.to_string()).await;
    app.screen.press("#apply-address").await;
    app.screen.goes_to("home").await;
    app.screen.reads("#address", &port.to_string()).await;
    app.screen.sees("[data-test=live-call]").await;
    desktop.pretend.set_pace(Duration::ZERO);
    assert_eq!(desktop.friend_at(port, &key).ask(&prompt("Here?")).await.status, 200);
    let old = desktop.friend(&key).post("/v1/messages", &prompt("There?").to_string()).send().await;
    assert!(old.is_err(), "nobody listens there any more: {old:?}");

    let mut events = Vec::new();
    while let Some(piece) = answer.chunk().await.expect("it is not broken off") {
        events.extend(piece);
    }
    assert!(ends_well(&events), "{}", String::from_utf8_lossy(&events));
    app.stop().await;
}

#[tokio::test]
async fn colours_and_language_change_at_once_in_the_window_and_the_tray() {
    let (desktop, _) = Desktop::in_use().await;
    let tray = Tray::on(&desktop).await;
    let app = App::start(&desktop).await;
    app.screen.goes_to("settings").await;

    for theme in ["light", "dark", "system"] {
        app.screen.press(&format!("label.segment:has([name=theme][value={theme}])")).await;
        app.screen.sees(&format!("html[data-theme={theme}]")).await;
    }
    tray.lists("Sharing").await;
    app.screen.press("label.segment:has([name=language][value=zh-CN])").await;
    app.screen.sees("html[lang=zh-CN]").await;
    app.screen.reads("#nav-settings", texts(Language::Chinese).words.settings).await;
    tray.lists(texts(Language::Chinese).tray.up).await;
    app.screen.press("label.segment:has([name=language][value=en])").await;
    app.screen.reads("#nav-settings", "Settings").await;
    tray.lists("Sharing").await;
    app.stop().await;
}

#[tokio::test]
async fn paused_sharing_refuses_calls_until_it_is_resumed_and_the_tray_shows_it() {
    let (desktop, key) = Desktop::in_use().await;
    let tray = Tray::on(&desktop).await;
    let app = App::start(&desktop).await;
    tray.lists("Sharing").await;
    let up = tray.picture().await.expect("an icon");

    tray.press("Pause sharing").await;
    app.screen.sees("[data-test=paused-banner]").await;
    tray.lists("Sharing is paused").await;
    assert_ne!(tray.picture().await.expect("an icon"), up);
    assert_eq!(desktop.friend(&key).ask(&prompt("May I?")).await.status, 503);
    app.screen.press("#resume-sharing").await;
    app.screen.misses("[data-test=paused-banner]").await;

    tray.lists("Pause sharing").await;
    tray.lists("Sharing").await;
    assert_eq!(tray.picture().await.expect("an icon"), up);
    assert_eq!(desktop.friend(&key).ask(&prompt("And now?")).await.status, 200);
    app.stop().await;
}

#[tokio::test]
async fn a_program_on_this_machine_is_set_up_by_one_press_and_put_back_by_another() {
    let (desktop, _) = Desktop::in_use().await;
    let file = desktop.folder.home().join(".claude/settings.json");
    let before = "{\n  // mine\n  \"model\": \"opus\"\n}\n";
    fs::create_dir(file.parent().expect("a folder")).expect("a folder");
    fs::write(&file, before).expect("written");
    let app = App::start(&desktop).await;
    app.screen.goes_to("settings").await;

    app.screen.press("[data-name=claude-code] [data-test=set-up-program]").await;
    let report = app.screen.reads("[data-test=setup-report]", "settings.json").await;
    let set_up = fs::read_to_string(&file).expect("it is there");
    assert!(
        set_up.contains("// mine") && set_up.contains(&format!("http://127.0.0.1:{}/api", desktop.port)),
        "{set_up}"
    );
    assert!(!report.contains("cr_"), "{report}");
    let (_, key) = set_up.split_once("cr_").expect("a key");
    let called = desktop.friend(&format!("cr_{}", &key[..64])).ask(&prompt("Is it mine?")).await;
    assert_eq!(called.status, 200);
    app.screen.press("[data-name=claude-code] [data-test=undo-program]").await;
    app.screen.reads("[data-test=setup-report]", "as it was").await;

    assert_eq!(fs::read_to_string(&file).expect("it is there"), before);
    app.screen.misses("[data-name=claude-code] [data-test=undo-program]").await;
    app.stop().await;
}

#[tokio::test]
async fn the_privacy_proof_is_made_and_its_result_stays() {
    let (desktop, _) = Desktop::in_use().await;
    let app = App::start(&desktop).await;
    app.screen.goes_to("settings").await;
    app.screen.sees("[data-test=no-proof]").await;

    app.screen.press("#prove-privacy").await;
    app.screen.reads("[data-test=privacy-proof]", "found in none").await;
    app.stop().await;

    let app = App::start(&desktop).await;
    app.screen.goes_to("settings").await;
    app.screen.reads("[data-test=privacy-proof]", "found in none").await;
    app.stop().await;
}
