//! Content codings: nobody is handed one it did not ask for, and the meter reads all of them.

use carpool_relay::pretend::{Behaviour, Coding, Delivery, Framing, usage_for};

use crate::{
    relay::{TestRelay, prompt, streaming_prompt},
    verbatim,
};

/// What a client may say, and the codings it thereby asks for.
const ASKS: &[(&str, &[Coding])] = &[
    ("", &[]),
    ("identity", &[]),
    ("gzip", &[Coding::Gzip]),
    ("GZIP;q=0.5, br", &[Coding::Gzip, Coding::Brotli]),
    ("gzip;q=0, *", &[Coding::Deflate, Coding::Brotli, Coding::Zstd]),
    ("gzip, deflate, br, zstd", &[Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd]),
];

#[tokio::test]
async fn a_client_gets_the_codings_it_asked_for_and_no_other_and_is_metered_right_in_each() {
    let relay = TestRelay::start().await;
    for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
        for (ask, wanted) in ASKS {
            for (body, framing) in [
                (prompt("claude-sonnet-4-5", "hello"), Framing::Length),
                (prompt("claude-sonnet-4-5", "hello"), Framing::Chunked),
                (streaming_prompt("claude-sonnet-4-5", "hello"), Framing::Chunked),
            ] {
                let delivery = Delivery { coding, framing, piece_sizes: vec![50], ..Delivery::default() };
                relay.pretend.next(Behaviour::Answer(delivery));
                let call = relay.call(body.clone());
                let call = if ask.is_empty() { call } else { call.header("accept-encoding", ask) };

                let answer = call.send().await.whole().await;

                assert!(answer.is_whole);
                let is_encoded = wanted.contains(&coding);
                assert_eq!(answer.header("content-encoding"), if is_encoded { coding.as_str() } else { "" });
                let is_plain = answer.body.starts_with(b"{") || answer.body.starts_with(b"event:");
                assert_eq!(is_plain, !is_encoded, "{coding:?} for {ask:?}");
                let row = relay.rows().await.pop().unwrap();
                assert_eq!(row.status, "complete");
                let usage = usage_for(body.as_bytes());
                assert_eq!(row.output_tokens.map(i64::unsigned_abs), usage.output_tokens, "{coding:?} for {ask:?}");
            }
        }
    }
    relay.finish().await;
}

#[tokio::test]
async fn an_error_a_client_cannot_decode_is_decoded_too() {
    let relay = TestRelay::start().await;
    let body = br#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let encoded = Coding::Gzip.encode(&[body.to_vec()]).unwrap().concat();
    let mut reply = verbatim::answer("application/json", [encoded.into()]);
    reply.status = http::StatusCode::from_u16(529).unwrap();
    reply.headers.insert(http::header::CONTENT_ENCODING, http::HeaderValue::from_static("gzip"));
    relay.pretend.next(Behaviour::Verbatim(reply));

    let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

    assert_eq!((answer.status.as_u16(), answer.body.as_ref()), (529, &body[..]));
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_coding_nobody_here_knows_passes_as_it_is_and_is_unpriced() {
    for media_type in ["text/event-stream", "application/json"] {
        let relay = TestRelay::start().await;
        let mut reply = verbatim::answer(media_type, ["whatever this is".into()]);
        reply.headers.insert(http::header::CONTENT_ENCODING, http::HeaderValue::from_static("compress"));
        relay.pretend.next(Behaviour::Verbatim(reply));

        let answer = relay.call(streaming_prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

        assert!(answer.is_whole);
        assert_eq!((answer.text().as_str(), answer.header("content-encoding")), ("whatever this is", "compress"));
        let row = relay.row().await;
        assert_eq!((row.status.as_str(), row.cost_pico_usd, row.input_tokens), ("complete", None, None));
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn an_encoded_request_goes_upstream_as_it_is_and_is_still_read() {
    let relay = TestRelay::start().await;
    let body = streaming_prompt("claude-sonnet-4-5", "hello");

    for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
        let encoded = coding.encode(&[body.clone().into_bytes()]).unwrap().concat();
        let call = relay.call(encoded.clone()).header("content-encoding", coding.as_str());

        let answer = call.send().await.whole().await;

        assert_eq!(answer.status, 200);
        assert_eq!(relay.pretend.requests().pop().unwrap().body, encoded);
        let row = relay.rows().await.pop().unwrap();
        assert_eq!((row.model.as_deref(), row.stream), (Some("claude-sonnet-4-5"), true));
    }
    let refused = relay.call("x").header("content-encoding", "compress").send().await.whole().await;
    assert_eq!(refused.status, 400);
    relay.finish().await;
}
