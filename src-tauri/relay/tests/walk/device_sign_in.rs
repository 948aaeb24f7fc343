//! Signing in to Droid by a short code that the owner types on another page, while the relay asks again and again.

use std::time::Duration;

use carpool_core::{credential::AccountKind, options::Options, provider::droid::DROID};
use carpool_relay::{
    accounts::{
        refresh_item,
        sign_in::{self, Begun, SignInError},
    },
    pretend::{Behaviour, Pretend},
    store::accounts::{self, NewAccount},
};
use secrecy::ExposeSecret;
use serde_json::json;
use tokio::task::JoinHandle;

use crate::{
    authority::{Authority, DEVICE_CODE, Owner},
    fixtures,
    privacy::files_with,
    providers::{self, PAIRS, Pair},
    relay::{TestRelay, comes_true},
    stopped_time::StoppedTime,
};

/// What the server asks to wait between two questions.
const INTERVAL: Duration = Duration::from_secs(1);
/// How much longer it is after each question that was too soon (RFC 8628, section 3.5).
const SLOWER: Duration = Duration::from_secs(5);

async fn relay_and_authority() -> (TestRelay, Authority) {
    let authority = Authority::start(json!({ "user": { "email": "o@example.org" } })).await;
    (providers::start_with(Pretend::start().await.unwrap(), &authority.url).await, authority)
}

async fn begin(relay: &TestRelay) -> Begun {
    sign_in::begin(relay.around(), &DROID, &Options::default(), None).await.unwrap()
}

/// Waits for the owner, as the command does.
fn finish(relay: &TestRelay, begun: Begun) -> JoinHandle<Result<i64, SignInError>> {
    let around = relay.around().clone();
    let account = NewAccount::named("mine".to_owned(), &DROID, AccountKind::Oauth);
    tokio::spawn(async move { sign_in::finish(&around, &begun, "", account).await })
}

/// How often the server was asked whether the owner agreed.
fn polls(authority: &Authority) -> usize {
    authority.asked().iter().filter(|asked| asked.path == "/token").count()
}

/// Lets time pass until the server was asked so often, and returns how much it was at least.
async fn time_until_asked(time: &StoppedTime, authority: &Authority, times: usize) -> Duration {
    let mut passed = Duration::ZERO;
    while polls(authority) < times {
        assert!(passed < Duration::from_secs(100), "asked {} times", polls(authority));
        time.pass(Duration::from_millis(500)).await;
        passed += Duration::from_millis(500);
        // What was sent gets its turn.
        comes_true(5, async || polls(authority) >= times).await;
    }
    passed
}

fn droid() -> &'static Pair {
    PAIRS.iter().find(|pair| pair.provider.id == DROID.id).unwrap()
}

#[tokio::test]
async fn the_server_is_asked_at_its_pace_until_the_owner_agrees() {
    let (relay, authority) = relay_and_authority().await;
    authority.owner(&[Owner::Says("authorization_pending"), Owner::Says("slow_down"), Owner::Agrees]);
    let begun = begin(&relay).await;
    assert_eq!(begun.url().as_str(), "https://auth.example/device?user_code=BCDF-GHJK");
    assert_eq!(begun.user_code(), Some("BCDF-GHJK"));

    let time = StoppedTime::stop();
    let finishing = finish(&relay, begun);
    assert!(time_until_asked(&time, &authority, 1).await >= INTERVAL);
    assert!(time_until_asked(&time, &authority, 2).await >= INTERVAL);
    assert!(time_until_asked(&time, &authority, 3).await >= INTERVAL + SLOWER, "after it said that this was too soon");
    drop(time);
    let id = finishing.await.unwrap().unwrap();

    let account = accounts::list(relay.around().store.pool()).await.unwrap().remove(0);
    assert_eq!((account.id, account.kind), (id, AccountKind::Oauth));
    assert_eq!(account.profile.email.as_deref(), Some("o@example.org"));
    let form = authority.last();
    assert_eq!((&*form["client_id"], form.len()), ("client_01HNM792M5G5G1A2THWPXKFMXB", 3));
    let kept = relay.around().vault.get(&refresh_item(id)).await.unwrap().unwrap();
    assert_eq!(kept.expose_secret(), "refresh-token-1");
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_question_that_is_not_answered_is_asked_again_later() {
    let (relay, authority) = relay_and_authority().await;
    authority.owner(&[Owner::IsOutOfReach, Owner::Agrees]);
    let begun = begin(&relay).await;

    let time = StoppedTime::stop();
    let finishing = finish(&relay, begun);
    time_until_asked(&time, &authority, 1).await;
    assert!(time_until_asked(&time, &authority, 2).await >= INTERVAL + SLOWER);
    drop(time);

    assert!(finishing.await.unwrap().is_ok());
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_sign_in_that_is_denied_or_not_agreed_to_in_time_saves_nothing_and_says_why() {
    for (answer, code) in [
        (Owner::Says("access_denied"), "sign_in_denied"),
        (Owner::Says("expired_token"), "sign_in_expired"),
        (Owner::Says("invalid_client"), "token_request_refused"),
    ] {
        let (relay, authority) = relay_and_authority().await;
        authority.owner(&[answer]);
        let begun = begin(&relay).await;

        let time = StoppedTime::stop();
        let finishing = finish(&relay, begun);
        time_until_asked(&time, &authority, 1).await;
        drop(time);

        assert_eq!(finishing.await.unwrap().map_err(|error| error.code()), Err(code));
        assert!(accounts::list(relay.around().store.pool()).await.unwrap().is_empty());
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn a_code_whose_time_is_over_is_not_asked_about_for_ever() {
    let (relay, authority) = relay_and_authority().await;
    let begun = begin(&relay).await;

    let time = StoppedTime::stop();
    let finishing = finish(&relay, begun);
    time_until_asked(&time, &authority, 1).await;
    relay.clock.advance(Duration::from_secs(300));
    // Whether the first answer was read before the time was over or after it.
    for _ in 0..20 {
        time.pass(INTERVAL).await;
        comes_true(5, async || finishing.is_finished()).await;
    }
    drop(time);

    assert!(finishing.is_finished() && polls(&authority) <= 2, "asked {} times", polls(&authority));
    assert_eq!(finishing.await.unwrap().map_err(|error| error.code()), Err("sign_in_expired"));
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_droids_sign_in_is_renewed_once_when_it_is_refused_and_leaves_no_secret_in_any_file() {
    let (relay, authority) = relay_and_authority().await;
    authority.owner(&[Owner::Agrees]);
    let begun = begin(&relay).await;
    let time = StoppedTime::stop();
    let finishing = finish(&relay, begun);
    time_until_asked(&time, &authority, 1).await;
    drop(time);
    let id = finishing.await.unwrap().unwrap();
    relay.house.reload().await.unwrap();
    relay.pretend.always_for("access-token-1", Behaviour::refuse(401));
    relay.pretend.always_for("access-token-2", fixtures::of(droid().speech.dialect, "plain.json").behaviour());

    assert_eq!(droid().ask(&relay, false).send().await.whole().await.status, 200);
    relay.settled().await;

    let form = authority.last();
    assert_eq!((&*form["grant_type"], &*form["refresh_token"], form.len()), ("refresh_token", "refresh-token-1", 3));
    let kept = relay.around().vault.get(&refresh_item(id)).await.unwrap().unwrap();
    assert_eq!((kept.expose_secret(), relay.standing(id)), ("refresh-token-2", "ready"));
    let secrets = ["access-token-1", "access-token-2", "refresh-token-1", "refresh-token-2", DEVICE_CODE, "BCDF-GHJK"];
    for secret in secrets {
        assert_eq!(files_with(relay.path(), secret), [""; 0], "{secret}");
    }
    authority.end_all();
    relay.pretend.always_for("access-token-2", Behaviour::refuse(401));
    let answer = droid().ask(&relay, false).send().await.whole().await;
    assert_eq!((answer.status.as_u16(), relay.standing(id)), (503, "needs_login"));
    let dir = relay.finish_unreconciled().await;
    for secret in secrets {
        assert_eq!(files_with(dir.path(), secret), [""; 0], "{secret}");
    }
}
