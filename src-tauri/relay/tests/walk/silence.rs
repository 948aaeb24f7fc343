//! Providers that fall silent, and how long anybody waits for them.

use std::time::Duration;

use carpool_core::usage::Usage;
use carpool_relay::pretend::{Behaviour, Gate, Place, Trouble, Wait, usage_for};

use crate::{
    relay::{TestRelay, prompt, streaming_prompt, until},
    stopped_time::StoppedTime,
};

const PING: &str = ": keep-alive\n\n";

fn silent_at(place: Place, gate: &Gate) -> Behaviour {
    Behaviour::trouble(place, Trouble::Wait(Wait::Until(gate.clone())))
}

#[tokio::test]
async fn a_silent_stream_gets_a_comment_every_fifteen_seconds_and_nothing_else() {
    let relay = TestRelay::start().await;
    let gate = Gate::default();
    let plain = relay.call(streaming_prompt("claude-sonnet-4-5", "hello")).send().await.whole().await.text();
    relay.pretend.next(silent_at(Place::AfterEvents(5), &gate));
    let mut answer = relay.call(streaming_prompt("claude-sonnet-4-5", "hello")).send().await;
    let before = answer.read_until("event: content_block_delta").await;
    let time = StoppedTime::stop();

    time.pass(Duration::from_secs(16)).await;
    let first = answer.read_until(PING).await;
    time.pass(Duration::from_secs(16)).await;
    let second = answer.read_until(PING).await;
    drop(time);
    gate.open();
    let rest = answer.whole().await;

    assert!(rest.is_whole);
    let with_comments = format!("{before}{first}{second}{}", rest.text());
    assert_eq!(with_comments.matches(PING).count(), 2);
    let id = |text: &str| text.split("msg_pretend_").nth(1).map(|rest| rest[..8].to_owned()).unwrap();
    assert_eq!(with_comments.replace(PING, "").replace(&id(&with_comments), &id(&plain)), plain);
    relay.finish().await;
}

#[tokio::test]
async fn no_comment_is_put_into_the_middle_of_an_event_or_of_a_json_body() {
    for (body, place) in [
        (streaming_prompt("claude-sonnet-4-5", "hello"), Place::InEvent(5)),
        (prompt("claude-sonnet-4-5", "hello"), Place::AfterBytes(20)),
    ] {
        let relay = TestRelay::start().await;
        let gate = Gate::default();
        relay.pretend.next(silent_at(place, &gate));
        let mut answer = relay.call(body).send().await;
        answer.piece().await.unwrap().unwrap();
        let time = StoppedTime::stop();

        time.pass(Duration::from_secs(60)).await;
        drop(time);
        gate.open();

        assert!(!answer.whole().await.text().contains(": keep-alive"));
        assert_eq!(relay.row().await.status, "complete");
        relay.finish().await;
    }
}

#[tokio::test]
async fn a_stream_that_is_silent_for_five_minutes_is_broken_off_with_an_error_event() {
    let relay = TestRelay::start().await;
    relay.pretend.next(Behaviour::trouble(Place::AfterEvents(5), Trouble::Wait(Wait::Forever)));
    let body = streaming_prompt("claude-sonnet-4-5", "hello");
    let mut answer = relay.call(body.clone()).send().await;
    answer.read_until("event: content_block_delta").await;
    let time = StoppedTime::stop();

    // The silence is looked at four times a minute.
    time.pass(Duration::from_secs(320)).await;
    let rest = answer.whole().await;

    assert!(rest.is_whole);
    assert!(rest.text().contains("event: error\n"), "{}", rest.text());
    let row = &relay.settled().await[0];
    assert_eq!(row.outcome(), ("upstream_error", Some(200), 1));
    assert_eq!(row.input_tokens.map(i64::unsigned_abs), usage_for(body.as_bytes()).input_tokens);
    drop(time);
    relay.finish().await;
}

#[tokio::test]
async fn a_provider_that_does_not_begin_within_ten_minutes_is_given_up() {
    let relay = TestRelay::start().await;
    let gate = Gate::default();
    relay.pretend.next(Behaviour::behind(&gate));
    let calling = tokio::spawn(relay.call(prompt("claude-sonnet-4-5", "hello")).send());
    until("the provider has the call", async || relay.pretend.requests().len() == 1).await;
    let time = StoppedTime::stop();

    time.pass(Duration::from_secs(599)).await;
    assert!(!calling.is_finished());
    time.pass(Duration::from_secs(2)).await;
    let answer = calling.await.unwrap().whole().await;

    assert_eq!((answer.status.as_u16(), &answer.json()["error"]["type"]), (504, &"timeout_error".into()));
    assert_eq!(relay.settled().await[0].outcome(), ("upstream_error", Some(504), 1));
    drop(time);
    relay.finish().await;
}

#[tokio::test]
async fn after_its_client_left_a_silent_stream_is_drained_for_ten_seconds_and_keeps_its_usage() {
    let relay = TestRelay::start().await;
    relay.pretend.next(Behaviour::trouble(Place::AfterEvents(5), Trouble::Wait(Wait::Forever)));
    let body = streaming_prompt("claude-sonnet-4-5", "hello");
    let mut answer = relay.call(body.clone()).send().await;
    answer.read_until("event: content_block_delta").await;
    let time = StoppedTime::stop();

    drop(answer);
    // How the relay learns that the client is gone takes no time by the clock, but a few turns of the machine.
    for _ in 0..200 {
        until("the machine has turned", async || true).await;
        tokio::task::yield_now().await;
    }
    time.pass(Duration::from_secs(9)).await;
    relay.house.flush().await;
    assert_eq!((relay.house.in_flight(), relay.row().await.status.as_str()), (1, "open"));
    until("the wait is over", async || {
        time.pass(Duration::from_secs(1)).await;
        relay.house.in_flight() == 0
    })
    .await;

    let row = &relay.settled().await[0];
    assert_eq!(row.outcome(), ("aborted", Some(200), 1));
    let told = Usage { output_tokens: Some(1), ..usage_for(body.as_bytes()) };
    assert_eq!(row.output_tokens.map(i64::unsigned_abs), told.output_tokens);
    drop(time);
    relay.finish().await;
}

#[tokio::test]
async fn a_call_whose_client_left_before_the_answer_is_waited_for_a_minute() {
    let relay = TestRelay::start().await;
    let gate = Gate::default();
    relay.pretend.next(Behaviour::behind(&gate));
    let calling = tokio::spawn(relay.call(prompt("claude-sonnet-4-5", "hello")).try_send());
    until("the provider has the call", async || relay.pretend.requests().len() == 1).await;
    let time = StoppedTime::stop();

    calling.abort();
    time.pass(Duration::from_secs(59)).await;
    assert_eq!(relay.house.in_flight(), 1);
    until("the wait is over", async || {
        time.pass(Duration::from_secs(1)).await;
        relay.house.in_flight() == 0
    })
    .await;

    assert_eq!(relay.settled().await[0].outcome(), ("aborted", None, 1));
    drop(time);
    relay.finish().await;
}
