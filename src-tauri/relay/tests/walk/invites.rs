//! Invites: a link gives its friend one key, once, and nobody finds out anything by trying.

use std::time::Duration;

use carpool_core::{invite::DEFAULT_LIFE, limits::Limits};
use carpool_relay::{
    invites::{self, NewInvite},
    store::{
        client_keys, friends,
        invites::{Invite, Terms},
    },
};
use futures_util::future::join_all;
use http::{HeaderName, Method};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::{
    caller::{Ask, Whole},
    privacy::files_with,
    relay::{NOW, TestRelay, prompt},
};

/// An invite for Alex.
pub(crate) async fn invite(relay: &TestRelay, terms: &Terms) -> NewInvite {
    invites::create(relay.around(), 1, terms, DEFAULT_LIFE).await.unwrap()
}

/// Hands in a secret, as the page does.
pub(crate) fn hand_in(relay: &TestRelay, code: &str, secret: &str) -> Ask {
    let body = json!({ "secret": secret, "origin": "https://carpool.example" }).to_string();
    Ask::bare(relay.address, Method::POST, &format!("/i/{code}")).posting(body)
}

async fn redeem(relay: &TestRelay, invite: &NewInvite) -> Whole {
    hand_in(relay, invite.code.as_str(), invite.secret.expose_secret()).send().await.whole().await
}

async fn listed(relay: &TestRelay) -> Invite {
    invites::list(relay.around()).await.unwrap().remove(0)
}

fn assert_no(answer: &Whole, status: u16, code: &str) {
    assert_eq!((answer.status.as_u16(), answer.json()["error"]["code"].as_str()), (status, Some(code)));
    assert!(!answer.json()["error"]["message"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn an_invite_gives_its_friend_a_key_that_works_at_once_and_the_owner_sees_its_first_call() {
    let relay = TestRelay::start().await;
    let terms = Terms { name: Some("phone".to_owned()), ..Terms::default() };
    let invite = invite(&relay, &terms).await;

    let got = redeem(&relay, &invite).await;

    assert_eq!(got.status, 200, "{}", got.text());
    let got = got.json();
    assert_eq!((&got["friend"], &got["key_name"], &got["expires_at"]), (&"Alex".into(), &"phone".into(), &().into()));
    assert!(got["qr_svg"].as_str().unwrap().contains("<svg"));
    assert_eq!(listed(&relay).await.redeemed().unwrap().first_call_at, None);
    let key = got["key"].as_str().unwrap();
    let call = relay.call(prompt("claude-sonnet-4-5", "hello")).without("x-api-key").header("x-api-key", key);
    assert_eq!(call.send().await.whole().await.status, 200);
    relay.settled().await;
    let redeemed = listed(&relay).await.redeemed().cloned().unwrap();
    assert_eq!((redeemed.key.as_str(), redeemed.at.as_second()), ("phone", NOW));
    assert_eq!(redeemed.first_call_at.map(Timestamp::as_second), Some(NOW));
    for secret in [key, invite.secret.expose_secret()] {
        assert_eq!(files_with(relay.path(), secret), Vec::<String>::new());
    }
    relay.finish().await;
}

#[tokio::test]
async fn of_a_hundred_who_redeem_an_invite_at_once_one_gets_the_key() {
    let relay = TestRelay::start().await;
    let invite = invite(&relay, &Terms::default()).await;

    let answers = join_all((0..100).map(|_| redeem(&relay, &invite))).await;

    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!((won.len(), lost.len()), (1, 99));
    lost.iter().for_each(|answer| assert_no(answer, 410, "invite_used"));
    assert_eq!(won[0].json()["key_name"], "laptop-2", "the friend has a laptop already");
    assert_eq!(client_keys::list(relay.around().store.pool()).await.unwrap().len(), 2);
    relay.finish().await;
}

#[tokio::test]
async fn an_unknown_code_and_a_wrong_secret_are_answered_alike() {
    let relay = TestRelay::start().await;
    let invite = invite(&relay, &Terms::default()).await;

    let wrong = hand_in(&relay, invite.code.as_str(), "wrong").send().await.whole().await;
    let unknown = hand_in(&relay, "abcdefghij", invite.secret.expose_secret()).send().await.whole().await;

    assert_no(&wrong, 404, "invite_unknown");
    assert_eq!((wrong.status, &wrong.body), (unknown.status, &unknown.body));
    let without_date = |answer: &Whole| {
        let mut headers = answer.headers.clone();
        headers.remove("date");
        headers
    };
    assert_eq!(without_date(&wrong), without_date(&unknown));
    assert_eq!(redeem(&relay, &invite).await.status, 200);
    relay.finish().await;
}

#[tokio::test]
async fn only_who_has_the_secret_is_told_that_an_invite_is_over() {
    let relay = TestRelay::start().await;
    let used = invite(&relay, &Terms::default()).await;
    let revoked = invite(&relay, &Terms::default()).await;
    let late = invite(&relay, &Terms::default()).await;

    assert_eq!(redeem(&relay, &used).await.status, 200);
    invites::revoke(relay.around(), revoked.id).await.unwrap();
    relay.clock.advance(Duration::from_secs(72 * 3600 - 1));
    assert_eq!(listed(&relay).await.standing(relay.around().clock.now()).as_str(), "open");
    relay.clock.advance(Duration::from_secs(1));

    for (invite, code) in [(&used, "invite_used"), (&revoked, "invite_revoked"), (&late, "invite_expired")] {
        assert_no(&redeem(&relay, invite).await, 410, code);
        let wrong = hand_in(&relay, invite.code.as_str(), "wrong").send().await.whole().await;
        assert_no(&wrong, 404, "invite_unknown");
    }
    assert_eq!(invites::revoke(relay.around(), used.id).await.unwrap_err().code(), "invite_used");
    assert_eq!(client_keys::list(relay.around().store.pool()).await.unwrap().len(), 2);
    relay.finish().await;
}

#[tokio::test]
async fn an_invite_of_a_friend_who_was_removed_opens_nothing() {
    let relay = TestRelay::start().await;
    let invite = invite(&relay, &Terms::default()).await;

    friends::remove(relay.around().store.pool(), 1, relay.around().clock.now()).await.unwrap();

    assert_no(&redeem(&relay, &invite).await, 410, "invite_revoked");
    relay.finish().await;
}

#[tokio::test]
async fn whoever_tries_invites_that_do_not_open_has_to_wait_whatever_address_they_claim() {
    let relay = TestRelay::start().await;
    let invite = invite(&relay, &Terms::default()).await;

    for number in 0..10 {
        let claimed = format!("203.0.113.{number}");
        let ask = hand_in(&relay, invite.code.as_str(), "wrong").header("x-forwarded-for", &claimed);
        assert_no(&ask.header("cf-connecting-ip", &claimed).send().await.whole().await, 404, "invite_unknown");
    }

    let ask = hand_in(&relay, invite.code.as_str(), "wrong").header("x-forwarded-for", "203.0.113.99");
    let slowed = ask.send().await.whole().await;
    assert_no(&slowed, 429, "too_many_tries");
    assert_eq!(slowed.header("retry-after"), "30");
    assert_no(&redeem(&relay, &invite).await, 429, "too_many_tries");
    relay.clock.advance(Duration::from_secs(30));
    assert_eq!(redeem(&relay, &invite).await.status, 200);
    relay.finish().await;
}

#[tokio::test]
async fn behind_a_tunnel_who_waits_is_who_tried_and_nobody_else() {
    let relay = TestRelay::start().await;
    let invite = invite(&relay, &Terms::default()).await;
    relay.house.trust_address_header(Some(HeaderName::from_static("cf-connecting-ip")));
    let from = |address: &str, secret: &str| {
        hand_in(&relay, invite.code.as_str(), secret).header("cf-connecting-ip", address).send()
    };

    for _ in 0..10 {
        assert_no(&from("203.0.113.9", "wrong").await.whole().await, 404, "invite_unknown");
    }

    assert_no(&from("203.0.113.9", "wrong").await.whole().await, 429, "too_many_tries");
    assert_eq!(from("198.51.100.1", invite.secret.expose_secret()).await.whole().await.status, 200);
    relay.finish().await;
}

#[tokio::test]
async fn many_wrong_secrets_at_once_are_no_more_tries_than_one_after_the_other() {
    let relay = TestRelay::start().await;
    let invite = invite(&relay, &Terms::default()).await;

    let tries = (0..100).map(|_| async { hand_in(&relay, invite.code.as_str(), "wrong").send().await.whole().await });
    let answers = join_all(tries).await;

    assert_eq!(answers.iter().filter(|answer| answer.status == 404).count(), 10);
    assert_eq!(answers.iter().filter(|answer| answer.status == 429).count(), 90);
    relay.finish().await;
}

#[tokio::test]
async fn the_key_of_an_invite_has_the_limits_that_the_owner_set_for_it() {
    let relay = TestRelay::start().await;
    let limits = Limits { deny_models: vec!["*sonnet*".parse().unwrap()], ..Limits::default() };
    let end = Timestamp::from_second(NOW + 86_400).unwrap();
    let invite = invite(&relay, &Terms { limits, expires_at: Some(end), ..Terms::default() }).await;

    let got = redeem(&relay, &invite).await.json();

    assert_eq!(got["expires_at"], end.to_string());
    let key = got["key"].as_str().unwrap();
    let call = |model| relay.call(prompt(model, "hello")).without("x-api-key").header("x-api-key", key);
    assert_eq!(call("claude-sonnet-4-5").send().await.whole().await.status, 403);
    assert_eq!(call("claude-haiku-4-5").send().await.whole().await.status, 200);
    relay.finish().await;
}

#[tokio::test]
async fn what_is_not_handed_in_as_the_page_does_is_refused_and_not_repeated() {
    let relay = TestRelay::start().await;
    let code = invite(&relay, &Terms::default()).await.code;
    let post = |body: String| Ask::bare(relay.address, Method::POST, &format!("/i/{}", code.as_str())).posting(body);

    let too_large = post(json!({ "secret": "x".repeat(5000) }).to_string()).send().await.whole().await;
    let in_pieces = post("x".repeat(5000)).in_chunks(1000).send().await.whole().await;

    assert_no(&too_large, 413, "too_large");
    assert_no(&in_pieces, 413, "too_large");
    for body in ["", "{}", "canary", r#"{"secret":7}"#, r#"["canary"]"#] {
        let refused = post(body.to_owned()).send().await.whole().await;
        assert_no(&refused, 400, "bad_request");
        assert!(!refused.text().contains("canary"));
    }
    relay.finish().await;
}

#[tokio::test]
async fn while_an_invite_is_open_there_is_somebody_for_whom_a_tunnel_may_open() {
    let relay = TestRelay::start().await;
    let pool = relay.around().store.pool();
    client_keys::revoke(pool, 1, relay.around().clock.now()).await.unwrap();
    relay.house.reload().await.unwrap();
    assert!(!relay.house.admits_anyone(), "nobody has a key");

    let (first, second) = (invite(&relay, &Terms::default()).await, invite(&relay, &Terms::default()).await);
    relay.house.reload().await.unwrap();
    assert!(relay.house.admits_anyone());
    for id in [first.id, second.id] {
        assert!(relay.house.admits_anyone());
        invites::revoke(relay.around(), id).await.unwrap();
        relay.house.reload().await.unwrap();
    }
    assert!(!relay.house.admits_anyone(), "both were taken back");
    invite(&relay, &Terms::default()).await;
    relay.house.reload().await.unwrap();
    relay.clock.advance(Duration::from_secs(72 * 3600));
    assert!(!relay.house.admits_anyone(), "it is over");
    relay.finish().await;
}
