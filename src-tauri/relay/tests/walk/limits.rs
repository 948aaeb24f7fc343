//! Limits under load and over time: what was admitted is all that can go beyond, everything set aside comes back, and a
//! change acts at once.

use std::{num::NonZeroU32, time::Duration};

use carpool_core::{limits::Limits, price::PicoUsd};
use carpool_relay::{
    pretend::{Behaviour, Gate, Place, Trouble},
    store::{client_keys, friends},
};
use futures_util::future::join_all;
use http::Method;

use crate::{
    caller::{Ask, Whole},
    relay::{TestRelay, prompt, streaming_prompt, until},
};

const MODEL: &str = "claude-sonnet-4-5";

async fn limit(relay: &TestRelay, limits: Limits) {
    client_keys::set_limits(relay.around().store.pool(), 1, &limits).await.unwrap();
    relay.house.reload().await.unwrap();
}

/// What one call of this prompt costs.
async fn cost_of_one(relay: &TestRelay) -> PicoUsd {
    assert_eq!(relay.call(prompt(MODEL, "hello")).send().await.whole().await.status, 200);
    PicoUsd(relay.settled().await.pop().unwrap().cost_pico_usd.unwrap())
}

async fn spent(relay: &TestRelay) -> i64 {
    relay.settled().await.iter().filter_map(|row| row.cost_pico_usd).sum()
}

fn reserved(relay: &TestRelay) -> u64 {
    relay.house.limits_in_use().iter().flat_map(|(_, uses)| uses).map(|in_use| in_use.reserved).sum()
}

#[tokio::test]
async fn fifty_calls_at_once_go_beyond_a_cap_by_no_more_than_what_was_admitted() {
    for used_percent in [30, 99] {
        let relay = TestRelay::start().await;
        let one = cost_of_one(&relay).await;
        for _ in 0..2 {
            assert_eq!(relay.call(prompt(MODEL, "hello")).send().await.whole().await.status, 200);
        }
        let before = spent(&relay).await;
        let cap = PicoUsd(before * 100 / used_percent);
        limit(&relay, Limits { cap_day: Some(cap), ..Limits::default() }).await;

        let calls = (0..50).map(|_| async { relay.call(prompt(MODEL, "hello")).send().await.whole().await });
        let answers = join_all(calls).await;

        let (served, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert!(!served.is_empty(), "there was room");
        assert!(refused.iter().all(|answer| answer.status == 402), "{:?}", refused[0].text());
        let after = spent(&relay).await;
        assert_eq!(after, before + one.0 * served.len() as i64);
        assert!(after <= cap.0 + one.0, "{after} of {} from {used_percent} % on", cap.0);
        assert_eq!(reserved(&relay), 0);
        relay.finish().await;
    }
}

#[tokio::test]
async fn what_is_set_aside_comes_back_however_a_call_ends() {
    let relay = TestRelay::start().await;
    limit(&relay, Limits { cap_total: Some(PicoUsd(i64::MAX)), ..Limits::default() }).await;

    relay.pretend.next(Behaviour::refuse(400));
    relay.call(prompt(MODEL, "refused")).send().await.whole().await;
    relay.pretend.next(Behaviour::trouble(Place::AfterEvents(2), Trouble::Cut));
    relay.call(streaming_prompt(MODEL, "cut")).send().await.whole().await;
    let gate = Gate::default();
    relay.pretend.next(Behaviour::behind(&gate));
    let leaving = tokio::spawn(relay.call(streaming_prompt(MODEL, "left")).send());
    until("the call is under way", async || relay.house.in_flight() == 1).await;
    assert!(reserved(&relay) > 0, "it is set aside while a call goes on");
    leaving.abort();
    gate.open();

    relay.settled().await;
    until("nothing is set aside", async || reserved(&relay) == 0).await;
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn what_was_spent_before_a_start_counts_after_it_and_a_call_that_was_interrupted_as_its_estimate() {
    let relay = TestRelay::start().await;
    let one = cost_of_one(&relay).await;
    limit(&relay, Limits { cap_month: Some(one), ..Limits::default() }).await;
    let key = relay.key.clone();
    let pretend = relay.pretend.url();
    let dir = relay.finish_unreconciled().await;
    sqlx::query("UPDATE calls SET status = 'open', cost_pico_usd = NULL, cap_pico_usd = cap_pico_usd * 2")
        .execute(&mut crate::rows::connect(dir.path()).await)
        .await
        .unwrap();

    let mut again = TestRelay::start_on(dir, carpool_relay::pretend::Pretend::start().await.unwrap()).await;
    again.key = key;
    let answer = again.call(prompt(MODEL, "hello")).send().await.whole().await;

    assert_eq!(answer.status, 402, "{} {pretend}", answer.text());
    assert!(answer.text().contains("a month"), "{}", answer.text());
    again.finish_unreconciled().await;
}

#[tokio::test]
async fn calls_wait_in_turn_for_a_place_where_the_owner_lets_them() {
    let relay = TestRelay::start().await;
    let one_at_a_time = Limits { concurrency: NonZeroU32::new(1), ..Limits::default() };
    limit(&relay, Limits { concurrency_wait: NonZeroU32::new(30), ..one_at_a_time.clone() }).await;
    let gate = Gate::default();
    relay.pretend.next(Behaviour::behind(&gate));
    let first = tokio::spawn(relay.call(prompt(MODEL, "first")).send());
    until("the first is under way", async || relay.house.in_flight() == 1).await;

    let waiting: Vec<_> = (0..3).map(|_| tokio::spawn(relay.call(prompt(MODEL, "later")).send())).collect();
    until("all three wait", async || relay.house.waiting_at_the_gate() == 3).await;
    limit(&relay, one_at_a_time).await;
    let impatient = relay.call(prompt(MODEL, "now")).send().await.whole().await;
    gate.open();

    assert_eq!((impatient.status.as_u16(), impatient.header("retry-after")), (429, "5"), "{}", impatient.text());
    assert_eq!(first.await.unwrap().whole().await.status, 200);
    for answer in join_all(waiting).await {
        assert_eq!(answer.unwrap().whole().await.status, 200);
    }
    assert_eq!(reserved(&relay), 0);
    relay.finish().await;
}

#[tokio::test]
async fn a_change_of_a_limit_acts_on_the_next_call_and_a_friends_limit_covers_all_keys() {
    let relay = TestRelay::start().await;
    let other = relay.add_key(1, "phone").await;
    let pool = relay.around().store.pool();
    friends::set_limits(pool, 1, &Limits { rpm: NonZeroU32::new(2), ..Limits::default() }).await.unwrap();
    relay.house.reload().await.unwrap();
    let ask = |key: &str| {
        Ask::bare(relay.address, Method::POST, "/v1/messages")
            .header("x-api-key", key)
            .header("anthropic-version", "2023-06-01")
            .posting(prompt(MODEL, "hello"))
    };
    let status = async |key: &str| ask(key).send().await.whole().await;

    assert_eq!(status(&relay.key).await.status, 200);
    relay.clock.advance(Duration::from_secs(20));
    assert_eq!(status(&other).await.status, 200);
    let refused: Whole = status(&relay.key).await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, "40"), "{}", refused.text());
    assert!(refused.text().contains("over all keys"), "{}", refused.text());
    relay.clock.advance(Duration::from_secs(40));
    assert_eq!(status(&relay.key).await.status, 200);

    friends::set_limits(pool, 1, &Limits::default()).await.unwrap();
    relay.house.reload().await.unwrap();
    for _ in 0..3 {
        assert_eq!(status(&other).await.status, 200);
    }
    relay.finish().await;
}

#[tokio::test]
async fn a_key_that_lasts_from_its_first_use_ends_some_days_after_it_even_if_nothing_is_read_anew() {
    let relay = TestRelay::start().await;
    client_keys::set_expires_after(relay.around().store.pool(), 1, NonZeroU32::new(2).unwrap()).await.unwrap();
    relay.house.reload().await.unwrap();
    relay.clock.advance(Duration::from_secs(30 * 86_400));

    assert_eq!(relay.call(prompt(MODEL, "first use")).send().await.whole().await.status, 200);
    relay.settled().await;
    until("the end is known", async || {
        relay.house.reload().await.unwrap();
        client_keys::list(relay.around().store.pool()).await.unwrap()[0].expires_at.is_some()
    })
    .await;
    relay.house.reload().await.unwrap();
    relay.clock.advance(Duration::from_secs(2 * 86_400 - 1));
    assert_eq!(relay.call(prompt(MODEL, "still")).send().await.whole().await.status, 200);
    relay.clock.advance(Duration::from_secs(1));

    assert_eq!(relay.call(prompt(MODEL, "over")).send().await.whole().await.status, 401);
    relay.finish().await;
}
