//! Clients that leave: the provider charges for the rest all the same, so it is read to its end and written down.

use carpool_relay::pretend::{Behaviour, Delivery, Gate, Place, Trouble, Wait, usage_for};

use crate::relay::{TestRelay, prompt, streaming_prompt, until};

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_of_a_stream_is_charged_for_all_of_it() {
    let relay = TestRelay::start().await;
    let gate = Gate::default();
    relay.pretend.next(Behaviour::trouble(Place::AfterEvents(6), Trouble::Wait(Wait::Until(gate.clone()))));
    let body = streaming_prompt("claude-sonnet-4-5", "hello");
    let mut answer = relay.call(body.clone()).send().await;

    answer.read_until("event: content_block_delta").await;
    drop(answer);
    gate.open();

    let row = &relay.settled().await[0];
    assert_eq!(row.outcome(), ("aborted", Some(200), 1));
    assert_eq!(row.output_tokens.map(i64::unsigned_abs), usage_for(body.as_bytes()).output_tokens);
    assert!(row.cost_pico_usd > Some(0));
    relay.finish().await;
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_of_a_json_body_is_charged_for_all_of_it() {
    let relay = TestRelay::start().await;
    let gate = Gate::default();
    relay.pretend.next(Behaviour::trouble(Place::AfterBytes(30), Trouble::Wait(Wait::Until(gate.clone()))));
    let body = prompt("claude-sonnet-4-5", "hello");
    let mut answer = relay.call(body.clone()).send().await;

    answer.piece().await.unwrap().unwrap();
    drop(answer);
    gate.open();

    let row = &relay.settled().await[0];
    assert_eq!(row.outcome(), ("aborted", Some(200), 1));
    assert_eq!(row.output_tokens.map(i64::unsigned_abs), usage_for(body.as_bytes()).output_tokens);
    relay.finish().await;
}

#[tokio::test]
async fn a_client_that_leaves_before_the_first_byte_is_charged_for_the_answer() {
    for body in [prompt("claude-sonnet-4-5", "hello"), streaming_prompt("claude-sonnet-4-5", "hello")] {
        let relay = TestRelay::start().await;
        let gate = Gate::default();
        relay.pretend.next(Behaviour::behind(&gate));
        let calling = tokio::spawn(relay.call(body.clone()).try_send());
        until("the provider has the call", async || relay.pretend.requests().len() == 1).await;

        calling.abort();
        assert!(calling.await.unwrap_err().is_cancelled());
        gate.open();

        let row = &relay.settled().await[0];
        assert_eq!((row.status.as_str(), row.attempts), ("aborted", 1));
        assert_eq!(row.output_tokens.map(i64::unsigned_abs), usage_for(body.as_bytes()).output_tokens);
        relay.finish().await;
    }
}

#[tokio::test]
async fn no_other_account_is_asked_for_a_client_that_has_left() {
    let relay = TestRelay::start().await;
    relay.add_account("second", "sk-ant-api03-second").await;
    let gate = Gate::default();
    relay.pretend.next(Behaviour::Verbatim(carpool_relay::pretend::Reply {
        before_head: Wait::Until(gate.clone()),
        status: http::StatusCode::TOO_MANY_REQUESTS,
        headers: http::HeaderMap::new(),
        steps: [].into(),
    }));
    let calling = tokio::spawn(relay.call(prompt("claude-sonnet-4-5", "hello")).try_send());
    until("the provider has the call", async || relay.pretend.requests().len() == 1).await;

    calling.abort();
    assert!(calling.await.unwrap_err().is_cancelled());
    // One more round over the same socket pair: when it is answered, the relay has seen the other one close.
    relay.get("/nowhere").send().await.whole().await;
    gate.open();

    assert_eq!(relay.settled().await[0].attempts, 1);
    assert_eq!(relay.pretend.requests().len(), 1);
    relay.finish().await;
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_of_its_own_body_costs_nothing() {
    let relay = TestRelay::start().await;
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\ncontent-length: 1000\r\n\r\n{{\"model\":",
        relay.key
    );
    let mut stream = tokio::net::TcpStream::connect(relay.address).await.unwrap();

    tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await.unwrap();
    drop(stream);

    until("it is written down", async || !relay.rows().await.is_empty()).await;
    let row = relay.row().await;
    assert_eq!((row.attempts, row.cost_pico_usd, row.account_id), (0, Some(0), None));
    assert!(relay.pretend.requests().is_empty());
    relay.finish().await;
}

#[tokio::test]
async fn many_clients_that_leave_at_any_moment_leak_nothing() {
    let relay = TestRelay::start().await;

    for bytes in (0..3_000).step_by(97) {
        relay.pretend.next(Behaviour::Answer(Delivery { piece_sizes: vec![41], ..Delivery::default() }));
        let body = streaming_prompt("claude-sonnet-4-5", &format!("leaving after {bytes} bytes"));
        let mut answer = relay.call(body).send().await;
        let mut read = 0;
        while read < bytes {
            let Some(Ok(piece)) = answer.piece().await else { break };
            read += piece.len();
        }
    }

    let rows = relay.settled().await;
    assert_eq!(rows.len(), 31);
    assert!(rows.iter().all(|row| ["aborted", "complete"].contains(&row.status.as_str())));
    assert!(rows.iter().all(|row| row.output_tokens > Some(1)), "every answer was read to its end");
    relay.finish().await;
}
