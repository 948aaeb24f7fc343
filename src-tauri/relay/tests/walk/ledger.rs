//! The ledger: every call a client saw end is in it, with what the provider said it consumed and what that cost.

use std::fs;

use carpool_core::usage::Usage;
use carpool_relay::pretend::{Behaviour, Delivery, Framing, Gate, counted_tokens, usage_for};

use crate::{
    relay::{NOW, SECRET, TestRelay, prompt, streaming_prompt, until},
    rows::{self, Row},
};

/// What `claude-sonnet-4-5` costs in pico-dollars a token (model_prices.json): input 3 $, cache read 0.30 $, cache
/// write for five minutes 3.75 $ and for an hour 6 $, output 15 $ a million.
fn sonnet_cost(usage: &Usage) -> i64 {
    let tokens = |counter: Option<u64>| i64::try_from(counter.unwrap()).unwrap();
    3_000_000 * tokens(usage.input_tokens)
        + 300_000 * tokens(usage.cache_read_tokens)
        + 3_750_000 * tokens(usage.cache_write_5m_tokens)
        + 6_000_000 * tokens(usage.cache_write_1h_tokens)
        + 15_000_000 * tokens(usage.output_tokens)
}

fn assert_usage(row: &Row, usage: &Usage) {
    let counters = [
        (row.input_tokens, usage.input_tokens),
        (row.cache_read_tokens, usage.cache_read_tokens),
        (row.cache_write_5m_tokens, usage.cache_write_5m_tokens),
        (row.cache_write_1h_tokens, usage.cache_write_1h_tokens),
        (row.output_tokens, usage.output_tokens),
    ];
    for (written, told) in counters {
        assert_eq!(written.map(i64::unsigned_abs), told, "{row:#?}");
    }
}

#[tokio::test]
async fn a_whole_answer_is_written_down_with_its_tokens_and_its_cost() {
    let relay = TestRelay::start().await;
    let body = prompt("claude-sonnet-4-5", "hello");

    let answer = relay.call(body.clone()).send().await.whole().await;

    let row = relay.row().await;
    assert_eq!(answer.status, 200);
    assert_eq!(row.outcome(), ("complete", Some(200), 1));
    assert_usage(&row, &usage_for(body.as_bytes()));
    assert_eq!(row.cost_pico_usd, Some(sonnet_cost(&usage_for(body.as_bytes()))));
    assert_eq!((row.at, row.stream, row.operation.as_str()), (NOW * 1000, false, "generate"));
    assert_eq!((row.dialect.as_str(), row.provider.as_deref()), ("messages", Some("claude")));
    assert_eq!(
        (row.model.as_deref(), row.upstream_model.as_deref()),
        (Some("claude-sonnet-4-5"), Some("claude-sonnet-4-5"))
    );
    assert!(row.price_version.is_some() && row.ttfb_ms.is_some() && row.duration_ms >= row.ttfb_ms);
    assert_eq!(answer.header("x-carpool-call"), format!("call_{:016x}", row.id));
    relay.finish().await;
}

#[tokio::test]
async fn a_stream_is_written_down_with_the_usage_of_its_last_report() {
    let relay = TestRelay::start().await;
    let body = streaming_prompt("claude-sonnet-4-5", "hello");

    let answer = relay.call(body.clone()).send().await.whole().await;

    let row = relay.row().await;
    assert!(answer.text().ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"));
    assert_eq!(row.outcome(), ("complete", Some(200), 1));
    assert!(row.stream);
    assert_usage(&row, &usage_for(body.as_bytes()));
    assert_eq!(row.cost_pico_usd, Some(sonnet_cost(&usage_for(body.as_bytes()))));
    relay.finish().await;
}

#[tokio::test]
async fn a_row_is_committed_before_the_client_sees_the_end() {
    let relay = TestRelay::start().await;
    for (calls, (body, framing)) in [
        (prompt("claude-sonnet-4-5", "by length"), Framing::Length),
        (prompt("claude-sonnet-4-5", "by chunk"), Framing::Chunked),
        (streaming_prompt("claude-sonnet-4-5", "by event"), Framing::Chunked),
        (streaming_prompt("claude-sonnet-4-5", "a stream with a length"), Framing::Length),
    ]
    .into_iter()
    .cycle()
    .take(40)
    .enumerate()
    {
        relay.pretend.next(Behaviour::Answer(Delivery { framing, ..Delivery::default() }));

        let answer = relay.call(body).send().await.whole().await;
        let rows = relay.rows().await;

        assert!(answer.is_whole);
        assert_eq!(rows.len(), calls + 1);
        assert_eq!(rows[calls].outcome(), ("complete", Some(200), 1), "{framing:?}");
    }
    relay.finish().await;
}

#[tokio::test]
async fn a_client_that_leaves_right_after_the_terminal_event_has_had_a_complete_call() {
    let relay = TestRelay::start().await;
    let mut answer = relay.call(streaming_prompt("claude-sonnet-4-5", "hello")).send().await;

    answer.read_until("event: message_stop").await;
    let rows = relay.rows().await;
    drop(answer);

    assert_eq!(rows[0].status, "complete");
    assert_eq!(relay.settled().await[0].status, "complete");
    relay.finish().await;
}

#[tokio::test]
async fn a_call_is_in_the_ledger_as_open_before_it_is_answered() {
    let relay = TestRelay::start().await;
    let gate = Gate::default();
    relay.pretend.next(Behaviour::behind(&gate));

    let calling = tokio::spawn(relay.call(prompt("claude-sonnet-4-5", "hello")).send());
    until("the provider has the call", async || !relay.pretend.requests().is_empty()).await;
    until("its row is written", async || !relay.rows().await.is_empty()).await;

    assert_eq!(relay.row().await.status, "open");
    assert_eq!(relay.house.in_flight(), 1);
    gate.open();
    calling.await.unwrap().whole().await;
    assert_eq!(relay.row().await.status, "complete");
    relay.finish().await;
}

#[tokio::test]
async fn what_a_killed_relay_left_open_is_interrupted_at_the_next_start() {
    let relay = TestRelay::start().await;
    let gate = Gate::default();
    relay.pretend.next(Behaviour::behind(&gate));
    let calling = tokio::spawn(relay.call(prompt("claude-sonnet-4-5", "hello")).send());
    until("the row is written", async || !relay.rows().await.is_empty()).await;

    // What is in the files now is what a process that is killed now leaves behind.
    let left_behind = tempfile::TempDir::new().unwrap();
    for entry in std::fs::read_dir(relay.path()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), left_behind.path().join(entry.file_name())).unwrap();
    }
    let last_id = rows::read(left_behind.path()).await[0].id;
    let mut after = TestRelay::start_on(left_behind, carpool_relay::pretend::Pretend::start().await.unwrap()).await;

    assert_eq!(after.row().await.outcome(), ("interrupted", None, 1));
    after.key.clone_from(&relay.key);
    after.call(prompt("claude-sonnet-4-5", "again")).send().await.whole().await;
    let rows = after.settled().await;
    assert_eq!((rows[0].id, rows[1].status.as_str()), (last_id, "complete"));
    assert!(rows[1].id > last_id);
    after.finish().await;
    gate.open();
    calling.await.unwrap().whole().await;
    relay.finish().await;
}

#[tokio::test]
async fn ids_grow_from_call_to_call_and_over_a_restart() {
    let mut relay = TestRelay::start().await;
    for round in 0..3 {
        relay.call(prompt("claude-sonnet-4-5", &format!("call {round}"))).send().await.whole().await;
    }
    let (key, pretend) = (relay.key.clone(), carpool_relay::pretend::Pretend::start().await.unwrap());
    let dir = relay.finish_unreconciled().await;

    relay = TestRelay::start_on(dir, pretend).await;
    relay.key = key;
    relay.call(prompt("claude-sonnet-4-5", "after the restart")).send().await.whole().await;

    let rows = relay.settled().await;
    assert_eq!(rows.len(), 4);
    assert!(rows.is_sorted_by(|one, next| one.id < next.id));
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn an_unknown_model_is_unpriced_and_not_free() {
    let relay = TestRelay::start().await;

    relay.call(prompt("claude-of-the-future", "hello")).send().await.whole().await;

    let row = relay.row().await;
    assert_eq!((row.status.as_str(), row.cost_pico_usd, row.price_version), ("complete", None, None));
    assert!(row.output_tokens.is_some());
    relay.finish().await;
}

#[tokio::test]
async fn counting_tokens_and_listing_models_are_written_down_and_cost_nothing() {
    let relay = TestRelay::start().await;
    let body = prompt("claude-sonnet-4-5", "how many?");

    let counted = relay.call(body.clone()).at("/v1/messages/count_tokens").send().await.whole().await;
    let listed = relay.get("/api/v1/models?limit=1000").send().await.whole().await;

    assert_eq!(counted.json()["input_tokens"], counted_tokens(body.as_bytes()));
    let names = listed.json()["data"].as_array().unwrap().clone();
    assert!(names.iter().any(|model| model["id"] == "claude-sonnet-4-5"));
    let rows = relay.rows().await;
    let operations: Vec<_> = rows.iter().map(|row| (row.operation.as_str(), row.model.as_deref())).collect();
    assert_eq!(operations, [("count_tokens", Some("claude-sonnet-4-5")), ("list_models", None)]);
    for row in rows {
        assert_eq!((row.status.as_str(), row.input_tokens, row.cost_pico_usd), ("complete", None, Some(0)));
    }
    assert_eq!(relay.pretend.requests()[1].target, "/v1/models?limit=1000");
    relay.finish().await;
}

#[tokio::test]
async fn a_providers_own_error_is_written_down_with_its_status_and_costs_nothing() {
    let relay = TestRelay::start().await;
    for status in [400, 403, 404, 429, 500, 529] {
        relay.pretend.always_for(SECRET, Behaviour::refuse(status));

        let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

        assert_eq!(answer.status.as_u16(), status);
        let row = relay.rows().await.pop().unwrap();
        assert_eq!(row.outcome(), ("upstream_error", Some(i64::from(status)), 1));
        assert_eq!((row.cost_pico_usd, row.input_tokens), (Some(0), None));
        relay.clear(1).await;
    }
    relay.finish().await;
}

#[tokio::test]
async fn a_body_that_is_no_request_is_refused_and_written_down() {
    let relay = TestRelay::start().await;

    for body in ["", "{", "[]", "\u{fffd}", r#"{"model":"a","model":"b"}"#, r#"{"model":7}"#] {
        let answer = relay.call(body).send().await.whole().await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.json()["error"]["type"], "invalid_request_error");
        assert_eq!(answer.header("x-should-retry"), "false");
    }

    assert!(relay.pretend.requests().is_empty());
    let rows = relay.rows().await;
    assert_eq!(rows.len(), 6);
    for row in rows {
        assert_eq!(row.outcome(), ("refused", Some(400), 0));
        assert_eq!((row.cost_pico_usd, row.account_id), (Some(0), None));
    }
    relay.finish().await;
}

#[tokio::test]
async fn a_key_knows_when_it_was_last_used() {
    let relay = TestRelay::start().await;
    let last_used = async || {
        let keys = carpool_relay::store::client_keys::list(relay.around().store.pool()).await.unwrap();
        keys[0].last_used_at.map(|at| at.as_second())
    };
    assert_eq!(last_used().await, None);

    relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

    until("the use is noted", async || last_used().await == Some(NOW)).await;
    relay.finish().await;
}

#[tokio::test]
async fn the_databases_log_is_moved_into_it_while_calls_go_on() {
    let relay = TestRelay::start().await;
    let file = relay.path().join("carpool.db");
    let size = || fs::metadata(&file).unwrap().len();
    let before = size();

    // Each is a commit, and all their pages are far from as many as the writer moves itself.
    for number in 0..130 {
        relay.call(prompt("claude-sonnet-4-5", &number.to_string())).send().await.whole().await;
    }

    until("the file has grown", async || size() > before).await;
    relay.finish().await;
}
