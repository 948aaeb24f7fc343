//! Accounts that are out come back by themselves: when their time has come, or when a test shows that they serve.

use std::time::Duration;

use carpool_core::schedule::AccountId;
use carpool_relay::{
    pretend::{Behaviour, Pretend},
    store::windows,
};

use crate::{
    pool::{MODEL, TWO_HOURS, talk, used_up},
    relay::{TestRelay, prompt, until},
};

#[tokio::test]
async fn a_limit_is_known_after_a_restart_and_over_when_its_time_has_come() {
    let relay = TestRelay::start().await;
    relay.pretend.next(used_up());
    let limited = talk(&relay, 1).send().await.whole().await;
    assert_eq!((limited.status.as_u16(), limited.header("retry-after")), (429, "7200"));
    let (key, pretend) = (relay.key.clone(), relay.pretend.url());
    let dir = relay.finish_unreconciled().await;

    let mut relay = TestRelay::start_on(dir, Pretend::start().await.unwrap()).await;
    relay.key = key;
    drop(pretend);
    let refused = talk(&relay, 2).send().await.whole().await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after"), relay.standing(1)), (503, "7200", "limited"));
    assert!(refused.text().contains("1 limited until "), "{}", refused.text());

    relay.clock.advance(TWO_HOURS);
    assert_eq!(talk(&relay, 3).send().await.whole().await.status, 200);
    assert_eq!(relay.standing(1), "ready");
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_sign_in_is_renewed_ahead_of_its_end_even_while_its_account_is_limited() {
    let relay = TestRelay::start_without_account().await;
    let id = relay.sign_in("mine").await;
    relay.pretend.next(used_up());
    relay.claude_code(prompt(MODEL, "hello")).send().await.whole().await;
    relay.pretend.next_token(Behaviour::refuse(500));
    relay.clock.advance(Duration::from_secs(8 * 3600 - 240));

    relay.house.accounts().tend();
    until("it was tried", async || relay.pretend.requests_for("/v1/oauth/token").len() == 2).await;
    until("that is noted", async || {
        relay.house.accounts().tend();
        relay.clock.advance(Duration::from_secs(1));
        relay.pretend.refreshes() == 1
    })
    .await;

    assert_ne!(relay.standing(id), "needs_login", "a token endpoint in trouble signs nobody out");
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn the_usage_endpoint_ends_a_limit_that_is_over_and_fills_the_windows() {
    let relay = TestRelay::start_without_account().await;
    let id = relay.sign_in("mine").await;
    relay.pretend.next(used_up());
    relay.claude_code(prompt(MODEL, "hello")).send().await.whole().await;
    assert_eq!(relay.standing(id), "limited");
    relay.pretend.set_usage(r#"{"five_hour":{"utilization":3.0,"resets_at":null}}"#);

    relay.clock.advance(Duration::from_secs(16 * 60));
    relay.house.accounts().tend();
    until("it is back", async || relay.standing(id) == "ready").await;

    let shown = relay.house.accounts().snapshot(AccountId(id)).unwrap().windows;
    assert_eq!((shown[0].hours, shown[0].used), (5, 0.03));
    let latest = async || windows::latest(relay.around().store.pool()).await.unwrap();
    until("it is written", async || latest().await.get(&id).is_some_and(|samples| samples[0].window.used < 0.04)).await;
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn what_only_the_owner_can_mend_is_tested_again_and_comes_back_by_itself() {
    let relay = TestRelay::start().await;
    relay.pretend.next(Behaviour::refuse(401));
    talk(&relay, 1).send().await.whole().await;
    assert_eq!(relay.standing(1), "needs_login");

    relay.clock.advance(Duration::from_secs(3600));
    relay.house.accounts().tend();
    until("it is back", async || relay.standing(1) == "ready").await;

    relay.finish().await;
}

#[tokio::test]
async fn a_friend_who_asks_for_what_is_forbidden_keeps_the_account_from_others_for_a_minute_at_most() {
    let relay = TestRelay::start().await;
    for number in 0..3 {
        relay.pretend.next(Behaviour::refuse(403));
        assert_eq!(talk(&relay, number).send().await.whole().await.status, 403);
    }
    assert_eq!(relay.standing(1), "blocked");

    relay.clock.advance(Duration::from_secs(60));
    relay.house.accounts().tend();
    until("the test showed that it serves", async || relay.standing(1) == "ready").await;

    relay.finish().await;
}

#[tokio::test]
async fn after_a_sleep_of_the_machine_accounts_that_failed_are_tried_at_once() {
    let relay = TestRelay::start().await;
    relay.pretend.next(Behaviour::refuse(500));
    talk(&relay, 1).send().await.whole().await;
    assert_eq!(relay.standing(1), "cooling");

    relay.house.accounts().wake();

    assert_eq!(talk(&relay, 2).send().await.whole().await.status, 200);
    relay.finish().await;
}
