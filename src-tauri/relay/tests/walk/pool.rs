//! Several accounts behave like one: conversations stay, the busy are waited for, and nobody stays out.

use std::{sync::Arc, time::Duration};

use carpool_core::schedule::{AccountId, Strategy};
use carpool_relay::{
    pretend::{Behaviour, Gate, Place, Trouble},
    store::{accounts::Tuning, client_keys::Bound, groups, settings},
};
use futures_util::future::join_all;

use crate::{
    caller::Ask,
    relay::{SECRET, TestRelay, prompt, streaming_prompt, until},
    stopped_time::StoppedTime,
    verbatim::{refusal, stream_of_error},
};

const SECOND: &str = "sk-ant-api03-second";
pub(crate) const MODEL: &str = "claude-sonnet-4-5";
const OPUS: &str = "claude-opus-4-1";
/// 2026-11-20T14:00:00Z: two hours after every test begins.
const RESET: &str = "1795183200";
pub(crate) const TWO_HOURS: Duration = Duration::from_secs(7200);

async fn two_accounts() -> TestRelay {
    let relay = TestRelay::start().await;
    relay.add_account("second", SECOND).await;
    relay
}

pub(crate) fn used_up() -> Behaviour {
    let headers = [
        ("anthropic-ratelimit-unified-status", "rejected"),
        ("anthropic-ratelimit-unified-5h-status", "rejected"),
        ("anthropic-ratelimit-unified-5h-reset", RESET),
    ];
    refusal(429, "used up", &headers)
}

fn secrets(relay: &TestRelay) -> Vec<String> {
    let calls = relay.pretend.requests_for("/v1/messages");
    calls.iter().map(|call| call.secret().unwrap().to_owned()).collect()
}

/// A call of a conversation of its own.
pub(crate) fn talk(relay: &TestRelay, number: usize) -> Ask {
    relay.call(prompt(MODEL, &format!("talk {number}")))
}

async fn tune(relay: &TestRelay, id: i64, tuning: Tuning) {
    carpool_relay::store::accounts::tune(relay.around().store.pool(), id, tuning).await.unwrap();
    relay.house.reload().await.unwrap();
}

async fn set_strategy(relay: &TestRelay, strategy: Strategy) {
    settings::put(relay.around().store.pool(), settings::STRATEGY, strategy.as_str()).await.unwrap();
    relay.house.reload().await.unwrap();
}

#[tokio::test]
async fn a_conversation_stays_on_its_account_while_others_are_spread() {
    let relay = two_accounts().await;
    set_strategy(&relay, Strategy::RoundRobin).await;

    for round in 0..3 {
        for conversation in 0..4 {
            let text = format!("conversation {conversation}");
            let turns: Vec<_> = (0..=round)
                .flat_map(|turn| {
                    let said = if turn == 0 { text.clone() } else { format!("turn {turn}") };
                    [
                        serde_json::json!({"role": "user", "content": said}),
                        serde_json::json!({"role": "assistant", "content": "yes"}),
                    ]
                })
                .collect();
            let turns = &turns[..turns.len() - 1];
            let body = serde_json::json!({"model": MODEL, "max_tokens": 8, "messages": turns}).to_string();
            assert_eq!(relay.call(body).send().await.whole().await.status, 200);
        }
    }

    let expected: Vec<_> = [SECRET, SECOND].into_iter().cycle().take(12).map(str::to_owned).collect();
    assert_eq!(secrets(&relay), expected, "each conversation where it began");
    relay.finish().await;
}

#[tokio::test]
async fn a_conversation_moves_when_its_account_is_out_and_stays_where_it_went() {
    let relay = two_accounts().await;
    talk(&relay, 1).send().await.whole().await;
    relay.pretend.next_for(SECRET, used_up());

    for _ in 0..2 {
        assert_eq!(talk(&relay, 1).send().await.whole().await.status, 200);
    }
    relay.clock.advance(TWO_HOURS);
    talk(&relay, 2).send().await.whole().await;
    relay.clock.advance(Duration::from_secs(1));

    assert_eq!(secrets(&relay), [SECRET, SECRET, SECOND, SECOND, SECRET]);
    assert_eq!(relay.standing(1), "ready", "its reset has passed");
    relay.finish().await;
}

#[tokio::test]
async fn a_model_family_that_is_used_up_leaves_the_account_to_others() {
    let relay = TestRelay::start().await;
    let headers = [
        ("anthropic-ratelimit-unified-status", "rejected"),
        ("anthropic-ratelimit-unified-5h-status", "allowed"),
        ("anthropic-ratelimit-unified-7d-status", "allowed"),
        ("anthropic-ratelimit-unified-7d_oi-status", "rejected"),
        ("anthropic-ratelimit-unified-7d_oi-reset", RESET),
    ];
    relay.pretend.next(refusal(429, "used up", &headers));

    let opus = relay.call(prompt(OPUS, "one")).send().await.whole().await;
    let opus_again = relay.call(prompt(OPUS, "two")).send().await.whole().await;
    let sonnet = talk(&relay, 3).send().await.whole().await;

    let statuses = [opus.status.as_u16(), opus_again.status.as_u16(), sonnet.status.as_u16()];
    assert_eq!((statuses, relay.standing(1)), ([429, 503, 200], "ready"));
    relay.finish().await;
}

#[tokio::test]
async fn a_stream_that_begins_with_an_overload_is_served_by_another_account_and_the_client_notices_nothing() {
    let relay = two_accounts().await;
    relay.pretend.always_for(SECRET, stream_of_error("overloaded_error"));

    let answer = relay.call(streaming_prompt(MODEL, "hello")).send().await.whole().await;

    assert_eq!(answer.status, 200);
    assert!(!answer.text().contains("error") && answer.text().contains("message_stop"));
    assert_eq!((relay.standing(1), relay.standing(2)), ("cooling", "ready"));
    assert_eq!(relay.row().await.outcome(), ("complete", Some(200), 2));
    relay.finish().await;
}

#[tokio::test]
async fn after_an_answer_that_broke_off_the_next_try_goes_elsewhere_if_it_can() {
    let relay = two_accounts().await;
    relay.pretend.next(Behaviour::trouble(Place::AfterEvents(5), Trouble::Cut));
    let again = || relay.call(streaming_prompt(MODEL, "hello")).send();

    assert!(again().await.whole().await.text().contains("event: error"));
    assert!(again().await.whole().await.text().contains("message_stop"));
    relay.clock.advance(Duration::from_secs(10));
    again().await.whole().await;

    assert_eq!(secrets(&relay), [SECRET, SECOND, SECRET], "and then back to where its cache is");
    assert_eq!((relay.standing(1), relay.standing(2)), ("ready", "ready"));
    relay.finish().await;
}

#[tokio::test]
async fn one_accounts_windows_are_kept_from_the_caller_while_another_account_is_free() {
    let relay = TestRelay::start().await;
    for number in 2..=4 {
        relay.add_account(&format!("account {number}"), &format!("{SECOND}-{number}")).await;
    }
    for secret in [SECRET, "sk-ant-api03-second-2", "sk-ant-api03-second-3"] {
        relay.pretend.always_for(secret, used_up());
    }

    let answer = talk(&relay, 1).send().await.whole().await;

    assert_eq!(answer.status, 429, "three were tried");
    assert!(answer.headers.keys().all(|name| !name.as_str().contains("unified")), "{:?}", answer.headers);
    assert_eq!(talk(&relay, 1).send().await.whole().await.status, 200, "the fourth is free");
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_busy_account_is_waited_for_in_turn_and_who_waits_too_long_is_told_when_to_come_back() {
    let relay = TestRelay::start().await;
    tune(&relay, 1, Tuning { max_concurrency: Some(1), ..Tuning::default() }).await;
    let (first_gate, second_gate) = (Gate::default(), Gate::default());
    relay.pretend.next(Behaviour::behind(&first_gate));
    let first = tokio::spawn(talk(&relay, 1).send());
    until("the place is taken", async || relay.house.in_flight() == 1).await;
    let second = tokio::spawn(talk(&relay, 2).send());

    let counted = talk(&relay, 3).at("/v1/messages/count_tokens");
    assert_eq!(counted.send().await.whole().await.status, 200, "counting takes no place");
    relay.pretend.next(Behaviour::behind(&second_gate));
    first_gate.open();
    assert_eq!(first.await.unwrap().whole().await.status, 200);
    until("the second has the place", async || relay.pretend.requests_for("/v1/messages").len() == 2).await;

    let late = tokio::spawn(talk(&relay, 4).send());
    until("it is in line", async || relay.house.live().now().len() == 1 && !late.is_finished()).await;
    let time = StoppedTime::stop();
    time.pass(Duration::from_secs(31)).await;
    drop(time);
    let late = late.await.unwrap().whole().await;
    assert_eq!((late.status.as_u16(), late.header("retry-after")), (503, "5"));
    assert!(late.text().contains("1 busy"), "{}", late.text());
    second_gate.open();
    assert_eq!(second.await.unwrap().whole().await.status, 200);
    relay.finish().await;
}

#[tokio::test]
async fn calls_of_an_account_are_sent_apart_where_the_owner_wants_that() {
    let relay = TestRelay::start().await;
    tune(&relay, 1, Tuning { spacing: Some(Duration::from_millis(40)), ..Tuning::default() }).await;
    let started = tokio::time::Instant::now();

    let calls = (0..4).map(|number| talk(&relay, number).send());
    for answer in join_all(calls).await {
        assert_eq!(answer.whole().await.status, 200);
    }

    assert!(started.elapsed() >= Duration::from_millis(3 * 40));
    relay.finish().await;
}

#[tokio::test]
async fn a_key_that_is_bound_uses_its_account_or_its_group_and_no_other() {
    let mut relay = two_accounts().await;
    let third = relay.add_account("third", "sk-ant-api03-third").await;
    let pool = relay.around().store.pool().clone();
    groups::set(&pool, third, &["home".to_owned()]).await.unwrap();
    carpool_relay::store::client_keys::bind(&pool, 1, Some(&Bound::Group("home".to_owned()))).await.unwrap();
    relay.house.reload().await.unwrap();
    for number in 0..3 {
        talk(&relay, number).send().await.whole().await;
    }
    assert_eq!(secrets(&relay), ["sk-ant-api03-third"; 3]);

    relay.pretend.always_for("sk-ant-api03-third", Behaviour::refuse(529));
    assert_eq!(talk(&relay, 9).send().await.whole().await.status, 529, "the others are not for this key");
    relay.key = relay.add_friend("Mia").await;
    assert_eq!(talk(&relay, 9).send().await.whole().await.status, 200);
    relay.finish().await;
}

#[tokio::test]
async fn troubles_are_remembered_without_a_word_of_the_provider() {
    let relay = TestRelay::start().await;
    for number in 0..25 {
        relay.pretend.next(refusal(529, "canary: what somebody wrote", &[]));
        talk(&relay, number).send().await.whole().await;
        relay.clear(1).await;
    }

    let troubles = relay.house.accounts().snapshot(AccountId(1)).unwrap().troubles;
    assert_eq!(troubles.len(), 20);
    assert!(troubles.iter().all(|trouble| trouble.what.contains("529") && !trouble.what.contains("canary")));
    relay.finish_unreconciled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_calls_under_random_faults_are_each_answered_once_and_nobody_stays_out() {
    const CALLS: usize = 10_000;
    let relay = Arc::new(two_accounts().await);
    for name in ["third", "fourth"] {
        relay.add_account(name, &format!("sk-ant-api03-{name}")).await;
    }
    tune(&relay, 2, Tuning { max_concurrency: Some(4), ..Tuning::default() }).await;
    // A generator of one's own, so that every run is the same.
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };

    let mut answered = 0;
    for batch in 0..CALLS / 50 {
        let calls = (0..50).map(|number| {
            let secret = [SECRET, SECOND, "sk-ant-api03-third", "sk-ant-api03-fourth"][(next() % 4) as usize];
            match next() % 12 {
                0 => relay.pretend.next_for(secret, Behaviour::refuse(529)),
                1 => relay.pretend.next_for(secret, Behaviour::refuse(500)),
                2 => relay.pretend.next_for(secret, used_up()),
                3 => relay.pretend.next_for(secret, stream_of_error("overloaded_error")),
                4 => relay.pretend.next_for(secret, Behaviour::refuse(401)),
                _ => {}
            }
            let text = format!("batch {batch} call {number}");
            let body = if number % 2 == 0 { prompt(MODEL, &text) } else { streaming_prompt(MODEL, &text) };
            tokio::spawn(relay.call(body).send())
        });
        for call in calls.collect::<Vec<_>>() {
            call.await.unwrap().whole().await;
            answered += 1;
        }
        relay.clock.advance(Duration::from_secs(60));
        relay.house.accounts().tend();
    }

    assert_eq!((answered, relay.settled().await.len(), relay.house.in_flight()), (CALLS, CALLS, 0));
    relay.pretend.behave();
    relay.clock.advance(TWO_HOURS);
    relay.house.accounts().tend();
    until("nobody is out", async || (1..=4).all(|id| relay.standing(id) == "ready")).await;
    Arc::into_inner(relay).unwrap().finish().await;
}
