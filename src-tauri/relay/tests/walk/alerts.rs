//! What the owner is told without asking: once, also over a restart, by webhooks that are signed, and at no call's expense.

use std::{sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use carpool_core::{alert::Rules, digest::Schedule, price::PicoUsd, webhook::Format};
use carpool_relay::{
    alerts::{
        self, AlertSettings,
        webhooks::{self, Wanted, Webhook},
    },
    pretend::{Behaviour, Pretend},
    store::{
        episodes,
        webhooks::{About, LetterState, due_letters},
    },
};
use jiff::civil::Weekday;
use secrecy::ExposeSecret;

use crate::{
    privacy::files_with,
    receiver::{HOOK, Receiver, Reply, hmac},
    relay::{NOW, TestRelay, prompt, until},
    stopped_time::StoppedTime,
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A relay whose owner is told when more than nothing is spent, and of weeks on Mondays at nine.
async fn watched() -> TestRelay {
    let relay = TestRelay::start().await;
    watch(&relay).await;
    relay
}

async fn watch(relay: &TestRelay) {
    let rules = Rules { spend_per_hour: Some(PicoUsd(1)), ..Rules::default() };
    let settings = AlertSettings { rules, digest: Schedule::new(Weekday::Monday, 9) };
    alerts::set_settings(relay.around().store.pool(), &settings).await.unwrap();
}

/// Adds a webhook and returns the secret that was drawn for it, if one was.
async fn add(relay: &TestRelay, format: &str, url: &str, secret: Option<&str>) -> Option<String> {
    let wanted = Wanted {
        name: format.to_owned(),
        format: format.parse::<&'static Format>().unwrap(),
        address: Some(url.into()),
        secret: secret.map(Into::into),
        chat: None,
        about: About::All,
    };
    let added = webhooks::add(relay.around(), wanted).await.unwrap();
    added.drawn.map(|secret| secret.expose_secret().to_owned())
}

async fn the_webhook(relay: &TestRelay) -> Webhook {
    webhooks::list(relay.around()).await.unwrap().remove(0)
}

/// How the last letter to it went.
async fn last(relay: &TestRelay) -> (LetterState, String) {
    let last = the_webhook(relay).await.last.expect("a letter was tried");
    (last.state, last.detail)
}

async fn spend(relay: &TestRelay) {
    assert_eq!(relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await.status, 200);
    relay.settled().await;
}

/// Lets time pass and looks, as a running relay does each minute.
async fn look_after(relay: &TestRelay, time: Duration) {
    relay.clock.advance(time);
    relay.house.look_after_alerts().await;
}

#[tokio::test]
async fn an_alert_is_told_when_it_begins_and_when_it_is_over_signed_each_time() {
    let relay = watched().await;
    let receiver = Receiver::start(&[]).await;
    let secret = add(&relay, "json", &receiver.url, None).await.expect("a secret is drawn");
    spend(&relay).await;

    look_after(&relay, MINUTE).await;
    look_after(&relay, MINUTE).await;
    look_after(&relay, HOUR).await;
    look_after(&relay, 5 * MINUTE).await;
    look_after(&relay, HOUR).await;

    let sent = receiver.sent();
    let kinds: Vec<_> =
        sent.iter().map(|one| (one.json()["type"].clone(), one.json()["data"]["state"].clone())).collect();
    assert_eq!(kinds, [("alert.spend".into(), "began".into()), ("alert.spend".into(), "over".into())]);
    assert!(sent.iter().all(|one| one.is_signed_with(&secret)));
    assert_eq!(sent[0].header("webhook-timestamp"), (NOW + 60).to_string());
    assert_eq!(sent[0].json()["data"]["about"]["most"]["friend"], "Alex");
    assert_ne!(sent[0].header("webhook-id"), sent[1].header("webhook-id"));
    assert!(!sent[0].is_signed_with("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    assert_eq!(relay.house.take_told().len(), 2, "the desktop is told, too");
    assert_eq!(last(&relay).await, (LetterState::Sent, "HTTP 204".to_owned()));
    let episodes = episodes::latest(relay.around().store.pool(), 9).await.unwrap();
    assert!(episodes.len() == 1 && episodes[0].1.is_some(), "{episodes:?}");
    relay.finish().await;
}

#[tokio::test]
async fn an_account_that_needs_the_owner_is_told_of() {
    let relay = watched().await;
    let receiver = Receiver::start(&[]).await;
    add(&relay, "slack", &receiver.url, None).await;
    relay.pretend.next(Behaviour::refuse(401));
    relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;
    assert_eq!(relay.standing(1), "needs_login");

    look_after(&relay, MINUTE).await;
    relay.clear(1).await;
    look_after(&relay, MINUTE).await;
    look_after(&relay, 5 * MINUTE).await;

    let texts: Vec<_> = receiver.sent().iter().map(|one| one.json()["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].starts_with("first needs signing in\n"), "{texts:?}");
    assert!(texts[1].starts_with("Over: first needs signing in\n"), "{texts:?}");
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_receiver_in_trouble_is_tried_again_with_the_same_id() {
    let relay = watched().await;
    let receiver = Receiver::start(&[Reply::Status(503), Reply::Status(429)]).await;
    let secret = add(&relay, "json", &receiver.url, None).await.unwrap();
    spend(&relay).await;

    look_after(&relay, MINUTE).await;
    assert_eq!(last(&relay).await, (LetterState::Trying, "HTTP 503".to_owned()));
    look_after(&relay, Duration::from_secs(4)).await;
    assert_eq!(receiver.sent().len(), 1, "not yet");
    look_after(&relay, Duration::from_secs(1)).await;
    assert_eq!(last(&relay).await, (LetterState::Trying, "HTTP 429".to_owned()));
    look_after(&relay, Duration::from_secs(10)).await;

    assert_eq!(last(&relay).await.0, LetterState::Sent);
    let sent = receiver.sent();
    assert!(sent.len() == 3 && sent.iter().all(|one| one.is_signed_with(&secret)));
    assert!(sent.iter().all(|one| one.header("webhook-id") == sent[0].header("webhook-id")));
    assert_ne!(sent[0].header("webhook-timestamp"), sent[2].header("webhook-timestamp"));
    relay.finish().await;
}

#[tokio::test]
async fn a_receiver_that_refuses_or_leads_elsewhere_is_not_asked_again() {
    for (format, reply, detail) in [
        ("slack", Reply::Status(404), "HTTP 404"),
        ("slack", Reply::Status(307), "HTTP 307"),
        ("feishu", Reply::Says(r#"{"code":19021,"msg":"sign match fail"}"#), "code 19021: sign match fail"),
        (
            "wecom",
            Reply::Says(r#"{"errcode":93000,"errmsg":"invalid hook-4be81f-secret"}"#),
            "errcode 93000: invalid …",
        ),
    ] {
        let relay = watched().await;
        let receiver = Receiver::start(&[reply]).await;
        add(&relay, format, &receiver.url, None).await;
        spend(&relay).await;

        look_after(&relay, MINUTE).await;
        look_after(&relay, MINUTE).await;

        assert_eq!(last(&relay).await, (LetterState::GaveUp, detail.to_owned()));
        assert_eq!(receiver.sent().len(), 1, "{format}");
        relay.finish().await;
    }
}

#[tokio::test]
async fn a_letter_is_given_up_after_a_day() {
    let relay = watched().await;
    add(&relay, "slack", "http://127.0.0.1:1/nobody", None).await;
    spend(&relay).await;

    look_after(&relay, MINUTE).await;
    assert_eq!(last(&relay).await.0, LetterState::Trying);
    look_after(&relay, 23 * HOUR).await;
    assert_eq!(on_their_way(&relay).await, ["Spending is high"]);
    look_after(&relay, HOUR).await;

    assert_eq!(on_their_way(&relay).await, ["Over: Spending is high"]);
    relay.finish().await;
}

/// The titles of the letters that are on their way.
async fn on_their_way(relay: &TestRelay) -> Vec<String> {
    let letters = due_letters(relay.around().store.pool(), jiff::Timestamp::MAX).await.unwrap();
    let title =
        |note: &str| serde_json::from_str::<serde_json::Value>(note).unwrap()["title"].as_str().unwrap().to_owned();
    letters.iter().map(|letter| title(&letter.note)).collect()
}

#[tokio::test]
async fn a_receiver_that_hangs_delays_neither_calls_nor_other_receivers() {
    let relay = watched().await;
    let (hanging, quick) = (Receiver::start(&[Reply::Hangs]).await, Receiver::start(&[]).await);
    add(&relay, "discord", &hanging.url, None).await;
    add(&relay, "slack", &quick.url, None).await;
    spend(&relay).await;
    relay.clock.advance(MINUTE);
    let house = Arc::clone(&relay.house);
    let looking = tokio::spawn(async move { house.look_after_alerts().await });

    until("both were asked", async || hanging.sent().len() == 1 && quick.sent().len() == 1).await;
    spend(&relay).await;
    let time = StoppedTime::stop();
    time.pass(Duration::from_secs(15)).await;
    drop(time);
    looking.await.unwrap();

    let all = webhooks::list(relay.around()).await.unwrap();
    let lasts: Vec<_> = all.into_iter().map(|webhook| webhook.last.unwrap()).collect();
    assert_eq!((lasts[0].state, lasts[1].state), (LetterState::Trying, LetterState::Sent));
    assert!(lasts[0].detail.contains("timed out"), "{}", lasts[0].detail);
    relay.finish().await;
}

#[tokio::test]
async fn feishu_and_dingtalk_are_signed_so_that_they_can_check_it() {
    let relay = watched().await;
    let receiver = Receiver::start(&[]).await;
    add(&relay, "feishu", &receiver.url, Some("feishu-secret-9c")).await;
    add(&relay, "dingtalk", &format!("{}?access_token=x", receiver.url), Some("SEC-dingtalk-9c")).await;
    spend(&relay).await;

    look_after(&relay, MINUTE).await;

    let sent = receiver.sent();
    let feishu = sent.iter().find(|one| one.json().get("msg_type").is_some()).unwrap().json();
    let seconds = feishu["timestamp"].as_str().unwrap();
    let expected = hmac(format!("{seconds}\nfeishu-secret-9c").as_bytes(), b"");
    assert_eq!(feishu["sign"], BASE64_STANDARD.encode(expected));
    let dingtalk = sent.iter().find(|one| one.json().get("msgtype").is_some()).unwrap();
    let url = url::Url::parse(&format!("http://x{}", dingtalk.path)).unwrap();
    let pairs: std::collections::HashMap<_, _> = url.query_pairs().collect();
    let expected = hmac(b"SEC-dingtalk-9c", format!("{}\nSEC-dingtalk-9c", pairs["timestamp"]).as_bytes());
    assert_eq!(pairs["sign"], BASE64_STANDARD.encode(expected));
    assert_eq!(pairs["access_token"], "x");
    relay.finish().await;
}

#[tokio::test]
async fn addresses_and_secrets_are_nowhere_on_the_disk() {
    let relay = watched().await;
    let receiver = Receiver::start(&[Reply::Status(503)]).await;
    let drawn = add(&relay, "json", &receiver.url, None).await.unwrap();
    add(&relay, "feishu", &receiver.url, Some("feishu-secret-9c")).await;
    spend(&relay).await;

    look_after(&relay, MINUTE).await;
    let shown = format!("{:?}", webhooks::list(relay.around()).await.unwrap());

    for secret in [HOOK, drawn.strip_prefix("whsec_").unwrap(), "feishu-secret-9c"] {
        assert_eq!(files_with(relay.path(), secret), Vec::<String>::new());
        assert!(!shown.contains(secret), "{shown}");
    }
    assert_eq!(
        the_webhook(&relay).await.place.unwrap().shown(),
        receiver.url.replace(&format!("services/{HOOK}"), "…")
    );
    relay.finish().await;
}

#[tokio::test]
async fn a_removed_webhook_is_told_nothing_and_one_for_digests_no_alert() {
    let relay = watched().await;
    let (removed, digests) = (Receiver::start(&[Reply::Status(503)]).await, Receiver::start(&[]).await);
    add(&relay, "slack", &removed.url, None).await;
    let wanted = Wanted {
        name: "weekly".to_owned(),
        format: "discord".parse::<&'static Format>().unwrap(),
        address: Some(digests.url.as_str().into()),
        secret: None,
        chat: None,
        about: About::Digest,
    };
    webhooks::add(relay.around(), wanted).await.unwrap();
    spend(&relay).await;

    look_after(&relay, MINUTE).await;
    webhooks::remove(relay.around(), the_webhook(&relay).await.id).await.unwrap();
    look_after(&relay, HOUR).await;

    assert_eq!((removed.sent().len(), digests.sent().len()), (1, 0));
    relay.finish().await;
}

/// The titles of what was sent.
fn titles(receiver: &Receiver) -> Vec<String> {
    let title = |one: &crate::receiver::Delivery| one.json()["data"]["title"].as_str().unwrap().to_owned();
    receiver.sent().iter().map(title).collect()
}

#[tokio::test]
async fn a_digest_is_sent_once_late_if_need_be_and_not_again_after_a_restart() {
    let relay = TestRelay::start().await;
    watch(&relay).await;
    alerts::set_settings(
        relay.around().store.pool(),
        &AlertSettings {
            rules: Rules { spend_per_hour: None, accounts: false, unusual_use: None },
            digest: Some(Schedule::default()),
        },
    )
    .await
    .unwrap();
    let receiver = Receiver::start(&[]).await;
    add(&relay, "json", &receiver.url, None).await;
    spend(&relay).await;
    // A Friday: the digest that was due on Monday was before it was asked for.
    look_after(&relay, MINUTE).await;
    assert!(receiver.sent().is_empty());
    let (pretend, dir) = (Pretend::start().await.unwrap(), relay.finish_unreconciled().await);

    // The machine sleeps over a Monday.
    let relay = TestRelay::start_on(dir, pretend).await;
    look_after(&relay, 4 * DAY).await;
    look_after(&relay, MINUTE).await;
    assert_eq!(titles(&receiver).len(), 1, "{:?}", titles(&receiver));
    assert!(titles(&receiver)[0].ends_with(", 1 call"), "{:?}", titles(&receiver));
    assert_eq!(receiver.sent()[0].json()["data"]["friends"][0]["name"], "Alex");
    let dir = relay.finish_unreconciled().await;

    let relay = TestRelay::start_on(dir, Pretend::start().await.unwrap()).await;
    look_after(&relay, 4 * DAY).await;
    assert_eq!(titles(&receiver).len(), 1, "it was told before");
    look_after(&relay, 6 * DAY).await;
    assert_eq!(titles(&receiver).len(), 2, "the week after had a week before it");
    look_after(&relay, 7 * DAY).await;
    assert_eq!(titles(&receiver).len(), 2, "of nothing there is nothing to tell");
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn an_alert_that_was_told_is_not_told_again_after_a_restart() {
    let relay = watched().await;
    let receiver = Receiver::start(&[]).await;
    add(&relay, "json", &receiver.url, None).await;
    spend(&relay).await;
    look_after(&relay, MINUTE).await;
    let dir = relay.finish_unreconciled().await;

    let relay = TestRelay::start_on(dir, Pretend::start().await.unwrap()).await;
    look_after(&relay, 2 * MINUTE).await;
    assert_eq!(receiver.sent().len(), 1);
    look_after(&relay, HOUR).await;
    look_after(&relay, 5 * MINUTE).await;

    assert_eq!(receiver.sent().last().unwrap().json()["data"]["state"], "over");
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_test_is_sent_at_once_and_tells_what_came_back() {
    let relay = TestRelay::start().await;
    let receiver = Receiver::start(&[Reply::Status(200), Reply::Status(403)]).await;
    let secret = add(&relay, "json", &receiver.url, None).await.unwrap();
    let note = alerts::test_note(carpool_core::statement::Language::English);
    let webhook = the_webhook(&relay).await;

    let good = alerts::send_now(relay.around(), &webhook, &note).await.unwrap();
    let bad = alerts::send_now(relay.around(), &webhook, &note).await.unwrap();

    assert_eq!((good.state, good.detail.as_str()), (LetterState::Sent, "HTTP 200"));
    assert_eq!((bad.state, bad.detail.as_str()), (LetterState::GaveUp, "HTTP 403"));
    let sent = receiver.sent();
    assert!(sent[0].is_signed_with(&secret) && sent[0].json()["type"] == "test");
    relay.finish().await;
}
