//! The fair share end to end: a provider that reports its window, friends who fill it, and what each of them gets.

use std::time::Duration;

use carpool_core::{price::PicoUsd, share};
use carpool_relay::{
    accounts,
    pretend::{Allowance, Pretend},
    store::{friends, settings},
};
use http::Method;
use jiff::{SignedDuration, Timestamp};

use crate::{
    caller::{Ask, Whole},
    relay::{NOW, TestRelay, prompt},
};

const MODEL: &str = "claude-sonnet-4-5";

/// A relay with one subscription, and friends with these shares and a key each.
struct Shared {
    relay: TestRelay,
    keys: Vec<String>,
    /// What one call costs.
    one: PicoUsd,
}

impl Shared {
    /// The whole window is worth so many calls.
    async fn start(mode: share::Mode, shares: &[f64], calls: i64) -> Self {
        let mut relay = TestRelay::start_without_account().await;
        relay.sign_in("max").await;
        let mut keys = vec![relay.key.clone()];
        for place in 1..shares.len() {
            keys.push(relay.add_friend(&format!("friend {place}")).await);
        }
        let pool = relay.around().store.pool();
        for (id, share) in (1..).zip(shares) {
            friends::set_share(pool, id, *share).await.unwrap();
        }
        settings::set_share(pool, &share::Settings { mode, ..share::Settings::default() }).await.unwrap();
        relay.house.reload().await.unwrap();
        let one = {
            let answer = call(&relay, &keys[0]).send().await.whole().await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            PicoUsd(relay.settled().await.pop().unwrap().cost_pico_usd.unwrap())
        };
        let resets_at = Timestamp::from_second(NOW).unwrap() + SignedDuration::from_hours(5);
        relay.pretend.set_allowance(Allowance { worth: PicoUsd(one.0 * calls), used: PicoUsd(0), resets_at });
        relay.clock.advance(Duration::from_secs(60));
        Self { relay, keys, one }
    }

    /// A friend's call, a moment after the one before.
    async fn call(&self, friend: usize) -> Whole {
        self.relay.clock.advance(Duration::from_secs(5));
        call(&self.relay, &self.keys[friend]).send().await.whole().await
    }

    /// How full the window is.
    fn used(&self) -> f64 {
        let allowance = self.relay.pretend.allowance().unwrap();
        allowance.used.0 as f64 / allowance.worth.0 as f64
    }
}

/// A call as Claude Code makes it.
fn call(relay: &TestRelay, key: &str) -> Ask {
    Ask::bare(relay.address, Method::POST, "/api/v1/messages?beta=true")
        .header("authorization", &format!("Bearer {key}"))
        .header("anthropic-version", "2023-06-01")
        .header("user-agent", "claude-cli/2.1.329 (external, cli)")
        .posting(prompt(MODEL, "hello"))
}

#[tokio::test]
async fn who_is_past_their_share_is_refused_while_the_others_are_served_from_theirs() {
    let shared = Shared::start(share::Mode::Strict, &[1.0, 1.0], 100).await;
    assert_eq!(shared.call(1).await.status, 200, "the other friend is there");

    let mut served = 0;
    let refused = loop {
        let answer = shared.call(0).await;
        match answer.status.as_u16() {
            200 => served += 1,
            _ => break answer,
        }
        assert!(served < 100, "nothing was kept for the other");
    };

    assert_eq!(refused.status, 429, "{}", refused.text());
    assert!(refused.text().contains("your share is 50 %"), "{}", refused.text());
    let until_reset = 5 * 3600 - 60 - 5 * (served + 2);
    assert_eq!(refused.header("retry-after"), until_reset.to_string());
    assert!((45..=55).contains(&served), "{served} of 100");
    for _ in 0..40 {
        let answer = shared.call(1).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    assert!(shared.used() > 0.9);
    shared.relay.finish_unreconciled().await;
}

#[tokio::test]
async fn who_is_alone_gets_all_of_the_window_and_after_the_reset_there_is_room_again() {
    let shared = Shared::start(share::Mode::Strict, &[1.0, 1.0, 1.0], 50).await;
    let mut served = 0;
    while shared.call(0).await.status == 200 {
        served += 1;
    }
    assert!(served >= 49, "{served} of 50");

    let allowance = shared.relay.pretend.allowance().unwrap();
    shared.relay.clock.advance(Duration::from_secs(5 * 3600));
    let resets_at = allowance.resets_at + SignedDuration::from_hours(5);
    shared.relay.pretend.set_allowance(Allowance { used: PicoUsd(0), resets_at, ..allowance });
    shared.relay.house.accounts().tend();

    assert_eq!(shared.call(1).await.status, 200, "a friend who came late");
    shared.relay.finish_unreconciled().await;
}

#[tokio::test]
async fn an_account_without_a_window_serves_who_is_past_their_share() {
    let shared = Shared::start(share::Mode::Strict, &[1.0, 1.0], 40).await;
    shared.relay.add_account("key", crate::relay::SECRET).await;
    shared.call(1).await;

    let statuses = {
        let mut statuses = Vec::new();
        for _ in 0..60 {
            statuses.push(shared.call(0).await.status.as_u16());
        }
        statuses
    };

    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert!(shared.used() < 0.65, "the other's part of the window is left: {}", shared.used());
    shared.relay.finish_unreconciled().await;
}

#[tokio::test]
async fn what_was_burned_and_learned_survives_a_restart() {
    let shared = Shared::start(share::Mode::Strict, &[1.0, 1.0], 100).await;
    shared.call(1).await;
    for _ in 0..45 {
        shared.call(0).await;
    }
    let before = shared.relay.house.accounts().shared();
    let (dir, pretend) = (shared.relay.finish_unreconciled().await, Pretend::start().await.unwrap());
    let relay = TestRelay::start_on(dir, pretend).await;

    let after = relay.house.accounts().shared();

    let part = |all: &[accounts::Shared], friend: usize| all[0].windows[0].split.parts[friend].used_fraction;
    for friend in 0..2 {
        assert!((part(&before, friend) - part(&after, friend)).abs() < 0.03, "{before:?} {after:?}");
    }
    assert!(part(&after, 0) > 0.4, "{after:?}");
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn the_forecast_of_a_steady_pace_is_within_fifteen_percent_of_what_comes() {
    let shared = Shared::start(share::Mode::Off, &[2.0, 1.0], 400).await;
    let step = |relay: &TestRelay| relay.clock.advance(Duration::from_secs(22));
    for round in 0..200 {
        step(&shared.relay);
        assert_eq!(shared.call(usize::from(round % 3 == 0)).await.status, 200);
    }
    let now = shared.relay.clock.now();
    let window = shared.relay.house.accounts().shared().remove(0).windows.remove(0);
    let ends_at = window.forecast.ends_at.expect("it ends before the reset");

    let mut calls = 200;
    while shared.call(usize::from(calls % 3 == 0)).await.status == 200 {
        step(&shared.relay);
        calls += 1;
    }
    let ended_at = shared.relay.clock.now();

    let (foretold, real) = (ends_at.duration_since(now).as_secs_f64(), ended_at.duration_since(now).as_secs_f64());
    assert!((foretold / real - 1.0).abs() <= 0.15, "foretold {foretold} s, it was {real} s");
    let (driver, part) = window.forecast.driver.expect("somebody drives it");
    assert_eq!(driver, 1);
    assert!((0.6..=0.73).contains(&part), "{part}");
    assert!(window.forecast.earliest.unwrap() <= ended_at, "{:?}", window.forecast);
    assert!(shared.one.0 > 0);
    shared.relay.finish_unreconciled().await;
}
