//! Invites, from the press on a friend's card to the friend's first call, told in the window as it happens.

use serde_json::{Value, json};

use crate::{
    desktop::Desktop,
    launch::App,
    support::friend::{Answer, client, prompt},
    tray::Tray,
};

/// Presses what opens the dialog of a new invite, and returns its link.
async fn invite(app: &App, selector: &str) -> String {
    app.screen.press(selector).await;
    app.screen.reads("#invite-link", "#k=").await
}

/// Redeems a link as its page does.
async fn redeem(link: &str) -> Answer {
    let (page, secret) = link.split_once("#k=").expect("the secret is in the fragment");
    let origin = page.split_once("/i/").expect("a code").0;
    let handed = json!({ "secret": secret, "origin": origin }).to_string();
    Answer::of(client().post(page).header("content-type", "application/json").body(handed)).await
}

fn key(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["key"].as_str().expect("the key is shown once").to_owned()
}

#[tokio::test]
async fn an_invite_is_made_redeemed_and_its_first_call_seen_in_the_window() {
    let (desktop, _) = Desktop::in_use().await;
    let app = App::start(&desktop).await;
    app.screen.goes_to("friends").await;

    let link = invite(&app, "[data-name=Alex] [data-test=invite]").await;
    assert!(link.starts_with(&format!("http://127.0.0.1:{}/i/", desktop.port)), "{link}");
    app.screen.reads("[data-test=scope-warning]", "this machine only").await;
    let drawn = "return document.querySelector('svg.qr path').getBoundingClientRect().width";
    assert!(
        app.screen.run(drawn, Vec::new()).await.as_f64().is_some_and(|width| width > 100.0),
        "it can be photographed"
    );
    app.screen.sees("[data-test=invite-open]").await;
    let key = key(&redeem(&link).await);
    app.screen.sees("[data-test=invite-used]").await;
    assert_eq!(desktop.friend(&key).ask(&prompt("Does it work?")).await.status, 200);
    app.screen.sees("[data-test=invite-called]").await;
    app.screen.reads("[data-test=invite-row] [data-test=invite-state]", "First call seen").await;
    app.screen.press("#invite-done").await;

    app.screen.reads("[data-name=Alex] [data-test=invite-mark]", "First call seen").await;
    let page = app.screen.run("return document.documentElement.outerHTML", Vec::new()).await;
    let secret = link.split_once("#k=").expect("a secret").1;
    assert!(!page.as_str().expect("a page").contains(secret), "a link is shown once");
    app.stop().await;
}

#[tokio::test]
async fn a_revoked_invite_opens_nothing_and_a_new_friend_is_invited_at_once() {
    let (desktop, _) = Desktop::in_use().await;
    let tray = Tray::on(&desktop).await;
    let app = App::start(&desktop).await;
    app.screen.reads("#address", &desktop.port.to_string()).await;

    tray.press("Invite…").await;
    let link = invite(&app, "#invite-whom [data-test=invite-whom]").await;
    app.screen.press("[data-test=revoke-invite]").await;
    app.screen.sees("[data-test=invite-revoked]").await;
    let refused = redeem(&link).await;
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (410, &Value::from("invite_revoked")));
    app.screen.press("#invite-done").await;

    app.screen.press("#new-friend").await;
    app.screen.fill("#add-friend-dialog #field-friend-name", "Kim").await;
    let link = invite(&app, "#add-friend-dialog [data-test=submit]").await;
    app.screen.reads("#invite-dialog-title", "Kim").await;
    key(&redeem(&link).await);
    app.screen.sees("[data-test=invite-used]").await;
    app.screen.press("#invite-done").await;
    app.screen.reads("[data-name=Kim] [data-test=key]", "cr_").await;
    app.stop().await;
}

#[tokio::test]
async fn the_first_run_invites_the_first_friend_and_is_taken_up_again_after_a_restart() {
    let desktop = Desktop::new().await;
    desktop.set_up_account().await;
    for (name, value) in [("terms_accepted", "yes"), ("language", "en"), ("port", &desktop.port.to_string())] {
        desktop.set(name, value).await;
    }
    let app = App::start(&desktop).await;
    app.screen.sees("[data-step=reach]").await;
    app.screen.press("#settle-reach").await;
    app.screen.fill("#field-friend", "Alex").await;
    let lost = invite(&app, "#invite-friend").await;
    app.stop().await;

    let app = App::start(&desktop).await;
    app.screen.reads("[data-step=invited]", "can no longer be shown").await;
    let link = invite(&app, "#new-invite").await;
    assert_ne!(link, lost);
    let key = key(&redeem(&link).await);
    app.screen.sees("[data-step=first-call]").await;
    assert_eq!(desktop.friend(&key).ask(&prompt("Does it work?")).await.status, 200);

    app.screen.reads("[data-test=first-call-seen]", "Alex").await;
    app.screen.press("#end-first-run").await;
    app.screen.reads("#address", &desktop.port.to_string()).await;
    app.stop().await;
}
