//! Renewing sign-ins while calls run: once, for everybody, kept before it is used, and never at the wrong moment.

use std::{sync::Arc, time::Duration};

use carpool_core::schedule::AccountId;
use carpool_relay::{
    accounts::{Accounts, Standing, refresh_item},
    pretend::{Behaviour, Gate},
    store::accounts,
};
use secrecy::ExposeSecret;
use tokio_util::task::TaskTracker;

use crate::relay::{TestRelay, prompt, streaming_prompt, until};

/// Longer than an access token lives.
const A_DAY: Duration = Duration::from_secs(24 * 3600);
/// As long as an access token lives, less four minutes: time to renew it.
const NEARLY_OVER: Duration = Duration::from_secs(8 * 3600 - 240);

async fn signed_in() -> (TestRelay, i64) {
    let relay = TestRelay::start_without_account().await;
    let id = relay.sign_in("mine").await;
    (relay, id)
}

/// The access tokens that calls came with, in order.
fn tokens_used(relay: &TestRelay) -> Vec<String> {
    let calls = relay.pretend.requests_for("/v1/messages");
    calls.iter().map(|request| request.secret().unwrap().to_owned()).collect()
}

fn standing(relay: &TestRelay, id: i64) -> Standing {
    relay.house.accounts().snapshot(AccountId(id)).unwrap().standing
}

async fn generation(relay: &TestRelay, id: i64) -> i64 {
    accounts::credential(relay.around().store.pool(), id).await.unwrap().unwrap().generation
}

fn hello(relay: &TestRelay) -> crate::caller::Ask {
    relay.claude_code(streaming_prompt("claude-sonnet-4-5", "hello"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_calls_that_find_an_expired_token_renew_it_once() {
    let (relay, id) = signed_in().await;
    relay.clock.advance(A_DAY);

    let body = prompt("claude-sonnet-4-5", "hello");
    let calls: Vec<_> = (0..200).map(|_| tokio::spawn(relay.claude_code(body.clone()).send())).collect();
    for call in calls {
        assert_eq!(call.await.unwrap().whole().await.status, 200);
    }

    assert_eq!((relay.pretend.refreshes(), generation(&relay, id).await), (1, 2));
    assert!(tokens_used(&relay).iter().all(|token| token == "sk-ant-oat01-pretend-3"));
    assert_eq!(relay.settled().await.len(), 200);
    relay.finish().await;
}

#[tokio::test]
async fn a_renewed_sign_in_is_kept_before_it_is_used() {
    let (relay, id) = signed_in().await;
    relay.clock.advance(A_DAY);
    let gate = Gate::default();
    relay.pretend.next(Behaviour::behind(&gate));

    let calling = tokio::spawn(hello(&relay).send());
    until("the new token is in use", async || !tokens_used(&relay).is_empty()).await;
    let kept = relay.around().vault.get(&refresh_item(id)).await.unwrap().unwrap();

    assert_eq!(tokens_used(&relay), ["sk-ant-oat01-pretend-3"]);
    assert_eq!((kept.expose_secret(), generation(&relay, id).await), ("sk-ant-ort01-pretend-3", 2));
    gate.open();
    calling.await.unwrap().whole().await;
    relay.finish().await;
}

#[tokio::test]
async fn a_refused_access_token_is_renewed_once_and_the_call_is_sent_again() {
    let (relay, id) = signed_in().await;
    relay.pretend.end_access_tokens();

    let answer = hello(&relay).send().await.whole().await;

    assert_eq!(answer.status, 200);
    assert_eq!((relay.pretend.refreshes(), standing(&relay, id)), (1, Standing::Ready));
    assert_eq!(tokens_used(&relay), ["sk-ant-oat01-pretend-2", "sk-ant-oat01-pretend-3"]);
    assert_eq!(relay.row().await.outcome(), ("complete", Some(200), 2));
    relay.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_calls_whose_token_is_refused_renew_it_once() {
    let (relay, id) = signed_in().await;
    relay.pretend.end_access_tokens();

    let calls: Vec<_> = (0..50).map(|_| tokio::spawn(hello(&relay).send())).collect();
    for call in calls {
        assert_eq!(call.await.unwrap().whole().await.status, 200);
    }

    assert_eq!((relay.pretend.refreshes(), standing(&relay, id)), (1, Standing::Ready));
    relay.finish().await;
}

#[tokio::test]
async fn a_token_that_is_refused_right_after_it_was_renewed_means_login() {
    let (relay, id) = signed_in().await;
    relay.pretend.next(Behaviour::refuse(401));
    relay.pretend.next(Behaviour::refuse(401));

    let answer = hello(&relay).send().await.whole().await;

    assert_eq!(answer.status, 503);
    assert!(answer.text().contains("1 needs login"), "{}", answer.text());
    assert_eq!(relay.standing(id), "needs_login");
    assert_eq!((relay.pretend.refreshes(), relay.row().await.attempts), (1, 2));
    relay.finish().await;
}

#[tokio::test]
async fn a_token_that_was_just_renewed_by_date_is_renewed_again_when_it_is_refused() {
    let (relay, id) = signed_in().await;
    relay.clock.advance(A_DAY);
    relay.pretend.always_for("sk-ant-oat01-pretend-3", Behaviour::refuse(401));

    let answer = hello(&relay).send().await.whole().await;

    assert_eq!((answer.status.as_u16(), standing(&relay, id)), (200, Standing::Ready));
    assert_eq!(tokens_used(&relay), ["sk-ant-oat01-pretend-3", "sk-ant-oat01-pretend-4"]);
    relay.finish().await;
}

#[tokio::test]
async fn a_refresh_token_that_is_no_longer_accepted_means_login_and_says_why() {
    let (relay, id) = signed_in().await;
    relay.clock.advance(A_DAY);
    relay.pretend.end_sign_ins();

    let first = hello(&relay).send().await.whole().await;
    let second = hello(&relay).send().await.whole().await;

    assert_eq!((first.status.as_u16(), second.status.as_u16()), (503, 503));
    let standing = standing(&relay, id);
    assert_eq!(standing.as_str(), "needs_login");
    assert!(standing.reason().unwrap().contains("Refresh token not found"), "{standing:?}");
    assert_eq!(relay.pretend.requests_for("/v1/oauth/token").len(), 2, "one to sign in, one to renew, none after that");
    relay.finish().await;
}

#[tokio::test]
async fn a_token_endpoint_in_trouble_signs_nobody_out() {
    let (relay, id) = signed_in().await;
    for (refreshes_before, trouble) in [
        Behaviour::refuse(500),
        Behaviour::refuse(429),
        Behaviour::refuse(403),
        crate::verbatim::json("<html>sorry</html>"),
        crate::verbatim::json(r#"{"access_token":7}"#),
    ]
    .into_iter()
    .enumerate()
    {
        relay.clock.advance(A_DAY);
        relay.pretend.next_token(trouble);

        let during = hello(&relay).send().await.whole().await;
        let standing_during = relay.standing(id);
        // It is left alone for a while like any account that fails.
        relay.clock.advance(Duration::from_secs(10));
        let after = hello(&relay).send().await.whole().await;

        assert_eq!((during.status.as_u16(), standing_during), (502, "cooling"));
        assert_eq!((after.status.as_u16(), relay.pretend.refreshes()), (200, refreshes_before as u64 + 1));
    }
    relay.finish().await;
}

#[tokio::test]
async fn another_account_serves_while_one_cannot_be_renewed() {
    let (relay, _) = signed_in().await;
    relay.clock.advance(A_DAY);
    relay.pretend.next_token(Behaviour::refuse(500));
    relay.add_account("second", "sk-ant-api03-second").await;

    let answer = hello(&relay).send().await.whole().await;

    assert_eq!(answer.status, 200);
    assert_eq!(tokens_used(&relay), ["sk-ant-api03-second"]);
    relay.finish().await;
}

#[tokio::test]
async fn a_client_that_leaves_during_a_renewal_does_not_cut_it_short() {
    let (relay, id) = signed_in().await;
    relay.clock.advance(A_DAY);
    let gate = Gate::default();
    relay.pretend.next_token(Behaviour::behind(&gate));
    let calling = tokio::spawn(hello(&relay).try_send());
    until("the renewal is asked for", async || relay.pretend.requests_for("/v1/oauth/token").len() == 2).await;

    calling.abort();
    assert!(calling.await.unwrap_err().is_cancelled());
    gate.open();

    until("the renewal is kept", async || generation(&relay, id).await == 2).await;
    relay.settled().await;
    assert_eq!(hello(&relay).send().await.whole().await.status, 200);
    assert_eq!(relay.pretend.refreshes(), 1);
    relay.finish().await;
}

#[tokio::test]
async fn a_token_that_is_nearly_over_is_renewed_beside_the_call_that_still_uses_it() {
    let (relay, id) = signed_in().await;
    relay.clock.advance(NEARLY_OVER);
    let gate = Gate::default();
    relay.pretend.next_token(Behaviour::behind(&gate));

    let meanwhile = hello(&relay).send().await.whole().await;
    gate.open();
    until("the renewal is kept", async || generation(&relay, id).await == 2).await;
    until("it is in use", async || {
        hello(&relay).send().await.whole().await;
        tokens_used(&relay).last().unwrap() == "sk-ant-oat01-pretend-3"
    })
    .await;

    assert_eq!(meanwhile.status, 200);
    assert_eq!((tokens_used(&relay)[0].as_str(), relay.pretend.refreshes()), ("sk-ant-oat01-pretend-2", 1));
    relay.finish().await;
}

#[tokio::test]
async fn two_processes_that_renew_one_sign_in_at_once_use_its_refresh_token_once() {
    let (relay, id) = signed_in().await;
    relay.clock.advance(A_DAY);
    let command = Accounts::load(relay.around().clone(), TaskTracker::new(), Arc::default()).await.unwrap();

    let (renewed, answer) =
        tokio::join!(async { command.renew_by_id(id).await }, async { hello(&relay).send().await.whole().await });

    assert!(renewed.is_ok());
    assert_eq!((answer.status.as_u16(), relay.pretend.refreshes()), (200, 1));
    assert_eq!((generation(&relay, id).await, standing(&relay, id)), (2, Standing::Ready));
    drop(Arc::clone(&command));
    relay.finish().await;
}

#[tokio::test]
async fn an_api_key_account_is_not_bothered_by_any_of_this() {
    let relay = TestRelay::start().await;
    relay.clock.advance(A_DAY * 365);

    assert_eq!(relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await.status, 200);

    assert!(relay.pretend.requests_for("/v1/oauth/token").is_empty());
    relay.finish().await;
}
