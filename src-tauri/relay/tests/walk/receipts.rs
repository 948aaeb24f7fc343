//! What a friend is told: the receipt of a call, their own use and calls, the models they may ask for.

use std::num::NonZeroU32;

use carpool_core::{limits::Limits, price::PicoUsd};
use carpool_relay::{
    pretend::{Behaviour, Coding, Delivery, Framing},
    store::{client_keys, devices},
};
use http::Method;

use crate::{
    caller::Ask,
    relay::{TestRelay, prompt, streaming_prompt},
};

const MODEL: &str = "claude-sonnet-4-5";

#[tokio::test]
async fn an_answer_that_comes_whole_tells_what_it_cost_and_a_stream_does_not() {
    let relay = TestRelay::start().await;

    let whole = relay.call(prompt(MODEL, "hello")).send().await.whole().await;
    let row = relay.settled().await.pop().unwrap();
    let stream = relay.call(streaming_prompt(MODEL, "hello")).send().await.whole().await;

    let cost = PicoUsd(row.cost_pico_usd.unwrap()).to_string();
    assert_eq!(whole.header("x-carpool-cost"), cost.trim_start_matches('$'));
    let tokens = format!("input={}, ", row.input_tokens.unwrap());
    let told = whole.header("x-carpool-tokens");
    assert!(told.starts_with(&tokens) && told.ends_with(&format!("output={}", row.output_tokens.unwrap())), "{told}");
    assert!(!stream.headers.contains_key("x-carpool-cost") && !stream.headers.contains_key("x-carpool-tokens"));
    relay.finish().await;
}

#[tokio::test]
async fn a_receipt_is_told_whatever_the_coding_and_the_framing_and_the_body_stays_as_it_came() {
    let relay = TestRelay::start().await;
    for coding in [Coding::Identity, Coding::Gzip] {
        for framing in [Framing::Length, Framing::Chunked] {
            let delivery = Delivery { coding, framing, piece_sizes: vec![7], ..Delivery::default() };
            relay.pretend.next(Behaviour::Answer(delivery));

            let ask = relay.call(prompt(MODEL, "hello")).header("accept-encoding", "gzip");
            let answer = ask.send().await.whole().await;

            assert!(answer.headers.contains_key("x-carpool-cost"), "{coding:?} {framing:?}");
            assert_eq!(answer.header("content-length"), answer.body.len().to_string(), "{coding:?} {framing:?}");
        }
    }
    relay.finish().await;
}

#[tokio::test]
async fn a_friend_sees_what_they_used_their_limits_and_their_own_calls_alone() {
    let relay = TestRelay::start().await;
    let sam = relay.add_friend("Sam").await;
    client_keys::set_limits(
        relay.around().store.pool(),
        1,
        &Limits { rpm: NonZeroU32::new(10), cap_day: Some(PicoUsd(1_000_000_000_000)), ..Limits::default() },
    )
    .await
    .unwrap();
    relay.house.reload().await.unwrap();
    relay.call(prompt(MODEL, "hello")).send().await.whole().await;
    let row = relay.settled().await.pop().unwrap();
    let me = async |key: &str| {
        Ask::bare(relay.address, Method::GET, "/me").header("x-api-key", key).send().await.whole().await
    };

    let alex = me(&relay.key).await.json();
    let sam = me(&sam).await.json();
    let nobody = Ask::bare(relay.address, Method::GET, "/me").send().await.whole().await;

    assert_eq!((&alex["friend"], &alex["key"]), (&"Alex".into(), &"laptop".into()));
    assert_eq!(alex["today"]["cost_pico_usd"], row.cost_pico_usd.unwrap());
    let limits = alex["limits"].as_array().unwrap();
    assert_eq!((&limits[0]["limit"], &limits[0]["used"], &limits[0]["most"]), (&"rpm".into(), &1.into(), &10.into()));
    assert_eq!(
        (&limits[1]["limit"], &limits[1]["used"]),
        (&"cap_day_pico_usd".into(), &row.cost_pico_usd.unwrap().into())
    );
    assert_eq!(alex["calls"].as_array().unwrap().len(), 1);
    assert!(sam["calls"].as_array().unwrap().is_empty() && sam["limits"].as_array().unwrap().is_empty());
    assert_eq!(nobody.status, 401);
    relay.finish().await;
}

#[tokio::test]
async fn a_key_is_shown_the_models_it_may_ask_for() {
    let relay = TestRelay::start().await;
    let limits = Limits { deny_models: vec!["*SONNET*".parse().unwrap()], ..Limits::default() };
    client_keys::set_limits(relay.around().store.pool(), 1, &limits).await.unwrap();
    relay.house.reload().await.unwrap();

    let listed = relay.get("/api/v1/models").send().await.whole().await;

    assert!(listed.text().contains("claude-haiku-4-5") && !listed.text().contains("sonnet"), "{}", listed.text());
    relay.finish().await;
}

#[tokio::test]
async fn where_a_key_was_used_from_is_noted_and_nothing_a_client_says_of_its_address() {
    let relay = TestRelay::start().await;
    for agent in ["claude-cli/2.1.329 (external, cli)", "OpenAI/Python 2.8.0", "OpenAI/Python 2.8.0"] {
        let ask = relay.call(prompt(MODEL, "hello")).header("user-agent", agent).header("x-forwarded-for", "8.8.8.8");
        assert_eq!(ask.send().await.whole().await.status, 200);
    }
    relay.house.flush().await;
    relay.house.note_devices().await.unwrap();

    let mut devices = devices::list(relay.around().store.pool()).await.unwrap();
    devices.sort_by(|one, other| one.client.cmp(&other.client));

    let seen: Vec<_> = devices.iter().map(|device| (&*device.client, &*device.address, device.calls)).collect();
    assert_eq!(seen, [("Claude Code", "127.0.0.1", 1), ("OpenAI", "127.0.0.1", 2)]);
    relay.finish().await;
}
