//! Answers that break off: told in the client's dialect where a stream can still tell, and never a clean end.

use carpool_core::usage::Usage;
use carpool_relay::pretend::{Behaviour, Coding, Delivery, Framing, Place, Step, Trouble, usage_for};

use crate::{
    caller::Whole,
    relay::{TestRelay, prompt, streaming_prompt},
    rows::Row,
    verbatim,
};

/// The events of a stream: name and data.
fn events(text: &str) -> Vec<(String, String)> {
    let field = |event: &str, name: &str| {
        let lines = event.lines().filter_map(|line| line.strip_prefix(name));
        lines.map(|value| value.trim_start().to_owned()).collect::<Vec<_>>().join("\n")
    };
    let whole = text.split("\n\n").filter(|event| !event.trim().is_empty());
    whole.map(|event| (field(event, "event:"), field(event, "data:"))).collect()
}

/// Shows that a stream ended properly, and with an error event in Anthropic's shape.
fn assert_ends_with_error(answer: &Whole) {
    assert!(answer.is_whole, "the body ends properly");
    let events = events(&answer.text());
    let (name, data) = events.last().unwrap();
    assert_eq!(name, "error", "{}", answer.text());
    let error: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!((&error["type"], &error["error"]["type"]), (&"error".into(), &"api_error".into()));
    assert_eq!(error["request_id"], answer.header("x-carpool-call"));
    assert!(error["error"]["message"].as_str().unwrap().contains("broke off"));
    assert!(answer.text().ends_with("\n\n"));
}

fn assert_broken(row: &Row, told: &Usage) {
    assert_eq!(row.outcome(), ("upstream_error", Some(200), 1));
    assert_eq!(row.input_tokens.map(i64::unsigned_abs), told.input_tokens);
    assert_eq!(row.cache_read_tokens.map(i64::unsigned_abs), told.cache_read_tokens);
    assert_eq!(row.output_tokens, Some(1));
    assert!(row.cost_pico_usd > Some(0), "what was told is charged");
}

#[tokio::test]
async fn a_stream_that_breaks_off_ends_with_an_error_event_and_keeps_its_usage() {
    let relay = TestRelay::start().await;
    relay.add_account("second", "sk-ant-api03-second").await;
    let body = streaming_prompt("claude-sonnet-4-5", "hello");
    let whole = relay.call(body.clone()).send().await.whole().await.text();
    let deltas = |text: &str| text.split_once("event: content_block_start").unwrap().1.trim_end().to_owned();

    for (place, trouble) in [
        (Place::AfterEvents(5), Trouble::Cut),
        (Place::AfterEvents(5), Trouble::End),
        (Place::InEvent(5), Trouble::Cut),
        (Place::InEvent(5), Trouble::End),
    ] {
        for framing in [Framing::Chunked, Framing::Length] {
            let asked_before = relay.pretend.requests().len();
            let trouble = Some((place, trouble.clone()));
            relay.pretend.next(Behaviour::Answer(Delivery { trouble, framing, ..Delivery::default() }));

            let answer = relay.call(body.clone()).send().await.whole().await;

            assert_ends_with_error(&answer);
            let passed_on = answer.text();
            let passed_on = passed_on.rsplit_once("event: error").unwrap().0.trim_end();
            assert!(deltas(&whole).starts_with(&deltas(passed_on)), "{passed_on}");
            assert_broken(&relay.rows().await.pop().unwrap(), &usage_for(body.as_bytes()));
            assert_eq!(relay.pretend.requests().len(), asked_before + 1, "nobody else is asked after the first byte");
        }
    }
    relay.finish().await;
}

#[tokio::test]
async fn a_stream_cut_at_any_byte_passes_on_what_came_and_then_says_so() {
    let relay = TestRelay::start().await;
    let body = streaming_prompt("claude-sonnet-4-5", "schön 漢字 🚗");
    let whole = relay.call(body.clone()).send().await.whole().await.body;
    let without_id =
        |bytes: &[u8]| String::from_utf8_lossy(bytes).split_once("\"model\"").map(|(_, rest)| rest.to_owned());

    let first_event = String::from_utf8_lossy(&whole).find("\n\n").unwrap() + 2;

    for at in (1..=whole.len()).step_by(29).chain([whole.len() - 1, whole.len()]) {
        relay.pretend.next(Behaviour::trouble(Place::AfterBytes(at), Trouble::Cut));
        let answer = relay.call(body.clone()).send().await.whole().await;
        let row = relay.rows().await.pop().unwrap();

        if at == whole.len() {
            assert_eq!(row.status, "complete");
            assert!(answer.is_whole);
        } else if at < first_event {
            assert_eq!((answer.status.as_u16(), row.outcome()), (502, ("upstream_error", Some(502), 1)));
            assert!(answer.text().contains("broke off"), "nothing had gone to the client yet: {}", answer.text());
        } else {
            assert_eq!(row.status, "upstream_error", "cut after {at} of {} bytes", whole.len());
            assert_ends_with_error(&answer);
            let passed_on = without_id(&answer.body[..at]);
            assert_eq!(passed_on, without_id(&whole[..at]), "cut after {at} bytes");
        }
        relay.clear(1).await;
    }
    relay.finish().await;
}

#[tokio::test]
async fn a_small_json_body_that_is_cut_is_tried_at_another_account_and_else_told_in_words() {
    let relay = TestRelay::start().await;
    for framing in [Framing::Chunked, Framing::Length] {
        let trouble = Some((Place::AfterBytes(60), Trouble::Cut));
        relay.pretend.next(Behaviour::Answer(Delivery { trouble, framing, ..Delivery::default() }));

        let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

        assert_eq!((answer.status.as_u16(), &answer.json()["error"]["type"]), (502, &"api_error".into()));
        assert!(answer.text().contains("broke off"), "{}", answer.text());
        assert_eq!(relay.rows().await.pop().unwrap().outcome(), ("upstream_error", Some(502), 1));
    }
    relay.add_account("second", "sk-ant-api03-second").await;
    relay.pretend.next(Behaviour::trouble(Place::AfterBytes(60), Trouble::Cut));
    let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;
    assert_eq!((answer.status.as_u16(), &answer.json()["type"]), (200, &"message".into()));
    assert_eq!(relay.rows().await.pop().unwrap().outcome(), ("complete", Some(200), 2));
    relay.finish().await;
}

#[tokio::test]
async fn a_small_json_body_that_is_cut_after_it_told_its_usage_is_charged_and_not_asked_for_again() {
    let relay = TestRelay::start().await;
    relay.add_account("second", "sk-ant-api03-second").await;
    let whole = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await.body.len();
    let trouble = Some((Place::AfterBytes(whole), Trouble::Cut));
    relay.pretend.next(Behaviour::Answer(Delivery { trouble, framing: Framing::Chunked, ..Delivery::default() }));

    let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

    assert_eq!(answer.status, 502, "{}", answer.text());
    let row = relay.settled().await.pop().unwrap();
    assert_eq!(row.outcome(), ("upstream_error", Some(502), 1));
    assert!(row.cost_pico_usd > Some(0));
    relay.finish().await;
}

#[tokio::test]
async fn a_large_json_body_that_is_cut_breaks_the_connection() {
    let relay = TestRelay::start().await;
    let mut reply = verbatim::answer("application/json", [bytes::Bytes::from(vec![b' '; 70_000])]);
    reply.steps.push_back(Step::Cut);
    relay.pretend.next(Behaviour::Verbatim(reply));

    let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

    assert!(!answer.is_whole);
    assert_eq!(answer.body.len(), 70_000);
    assert_eq!(relay.rows().await.pop().unwrap().outcome(), ("upstream_error", Some(200), 1));
    relay.finish().await;
}

#[tokio::test]
async fn a_json_body_that_ends_too_early_passes_as_it_is_and_is_no_complete_call() {
    let relay = TestRelay::start().await;
    relay.pretend.next(Behaviour::trouble(Place::AfterBytes(60), Trouble::End));

    let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

    assert_eq!(answer.body.len(), 60);
    assert_eq!(relay.row().await.outcome(), ("upstream_error", Some(200), 1));
    relay.finish().await;
}

#[tokio::test]
async fn an_encoded_stream_that_is_cut_breaks_the_connection_of_a_client_that_asked_for_the_coding() {
    let relay = TestRelay::start().await;
    let body = streaming_prompt("claude-sonnet-4-5", "hello");
    for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
        for trouble in [Trouble::Cut, Trouble::End] {
            let trouble = Some((Place::AfterEvents(5), trouble));
            let broken = Behaviour::Answer(Delivery { coding, trouble, ..Delivery::default() });
            relay.pretend.next(broken.clone());
            relay.pretend.next(broken);

            let asked = relay.call(body.clone()).header("accept-encoding", coding.as_str()).send().await.whole().await;
            let not_asked = relay.call(body.clone()).send().await.whole().await;

            assert!(!asked.is_whole, "{coding:?}");
            assert_ends_with_error(&not_asked);
        }
    }
    let rows = relay.rows().await;
    assert_eq!(rows.len(), 16);
    for row in rows {
        assert_broken(&row, &usage_for(body.as_bytes()));
    }
    relay.finish().await;
}

#[tokio::test]
async fn a_providers_own_error_event_passes_as_it_is_and_is_no_complete_call() {
    let relay = TestRelay::start().await;
    let error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    let start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"claude-sonnet-4-5\",\"usage\":{\"input_tokens\":7,\"output_tokens\":1}}}\n\n";
    relay.pretend.next(crate::verbatim::stream(&[start, error]));

    let answer = relay.call(streaming_prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

    assert_eq!(answer.text(), format!("{start}{error}"));
    let row = relay.row().await;
    assert_eq!(row.outcome(), ("upstream_error", Some(200), 1));
    assert_eq!((row.input_tokens, row.output_tokens), (Some(7), Some(1)));
    relay.finish_unreconciled().await;
}
