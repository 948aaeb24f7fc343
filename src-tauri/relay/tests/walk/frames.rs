//! Bedrock through the relay: its event stream reaches clients as the events of the Messages format, its body and path are
//! Amazon's, and a stream that is damaged never looks like a clean end.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use carpool_core::{dialect::messages::MESSAGES, options::Options, provider::bedrock::BEDROCK};
use carpool_relay::{
    pretend::{Behaviour, Step},
    store::accounts::NewAccount,
};

use crate::{
    caller::Whole,
    fixtures::{self, Fixture},
    providers::{self, Pair, TURNED, add, add_first, new_account, secret, shown},
    relay::TestRelay,
    verbatim,
};

fn bedrock() -> &'static Pair {
    &TURNED[1]
}

/// The checksum of Amazon's frames (CRC-32 as in IEEE 802.3), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let with = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    };
    !bytes.iter().fold(u32::MAX, with)
}

/// A frame with these headers, all texts, and this payload.
fn frame(headers: &[(&str, &str)], payload: &str) -> Vec<u8> {
    let mut head = Vec::new();
    for (name, value) in headers {
        head.push(u8::try_from(name.len()).unwrap());
        head.extend_from_slice(name.as_bytes());
        head.push(7);
        head.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
        head.extend_from_slice(value.as_bytes());
    }
    let (fixed, head_len) = (16, head.len());
    let mut frame = Vec::new();
    frame.extend_from_slice(&u32::try_from(fixed + head_len + payload.len()).unwrap().to_be_bytes());
    frame.extend_from_slice(&u32::try_from(head_len).unwrap().to_be_bytes());
    frame.extend_from_slice(&crc32(&frame).to_be_bytes());
    frame.extend_from_slice(&head);
    frame.extend_from_slice(payload.as_bytes());
    frame.extend_from_slice(&crc32(&frame).to_be_bytes());
    frame
}

/// One event of Anthropic's as Amazon sends it.
fn chunk(data: &str) -> Vec<u8> {
    let payload = serde_json::json!({ "bytes": STANDARD.encode(data), "p": "abcdef" }).to_string();
    frame(&[(":event-type", "chunk"), (":content-type", "application/json"), (":message-type", "event")], &payload)
}

/// An error that Amazon sends within a stream.
pub(crate) fn exception(name: &str, message: &str) -> Vec<u8> {
    let payload = serde_json::json!({ "message": message }).to_string();
    frame(&[(":exception-type", name), (":content-type", "application/json"), (":message-type", "exception")], &payload)
}

/// A stream of the Messages format as Amazon sends it, frame by frame.
pub(crate) fn frames(fixture: &Fixture) -> Vec<Vec<u8>> {
    fixture.text().lines().filter_map(|line| line.strip_prefix("data: ")).map(chunk).collect()
}

/// An answer of these frames, cut into odd pieces.
pub(crate) fn stream(frames: &[Vec<u8>]) -> carpool_relay::pretend::Reply {
    verbatim::answer("application/vnd.amazon.eventstream", fixtures::pieces(&Bytes::from(frames.concat())))
}

async fn relay_with_account() -> TestRelay {
    let relay = providers::start().await;
    add_first(&relay, &BEDROCK).await;
    relay
}

async fn asked(relay: &TestRelay, reply: carpool_relay::pretend::Reply) -> Whole {
    relay.pretend.next(Behaviour::Verbatim(reply));
    bedrock().ask(relay, true).send().await.whole().await
}

#[tokio::test]
async fn amazons_event_stream_arrives_as_the_events_that_anthropic_sends() {
    let relay = relay_with_account().await;
    for file in ["stream.sse", "cached.sse", "reasoning.sse", "tools.sse", "refusal.sse"] {
        let fixture = fixtures::of(&MESSAGES, file);

        let answer = asked(&relay, stream(&frames(&fixture))).await;

        assert!(answer.is_whole, "{file}");
        assert_eq!((answer.header("content-type"), answer.text()), ("text/event-stream", fixture.text()), "{file}");
        let row = relay.rows().await.pop().unwrap();
        assert_eq!(row.outcome(), ("complete", Some(200), 1), "{file}");
        fixture.assert_told_by(&row, "bedrock");
    }
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_whole_answer_of_bedrock_crosses_the_relay_byte_for_byte() {
    let relay = relay_with_account().await;
    let fixture = fixtures::of(&MESSAGES, "plain.json");
    relay.pretend.next(fixture.behaviour());

    let answer = bedrock().ask(&relay, false).send().await.whole().await;

    assert_eq!((answer.status.as_u16(), answer.text()), (200, fixture.text()));
    fixture.assert_told_by(&relay.row().await, "bedrock");
    assert!(relay.pretend.requests()[0].target.ends_with("/invoke"));
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn model_and_stream_move_to_the_path_version_and_betas_into_the_body_and_the_rest_stays() {
    let relay = relay_with_account().await;
    let fixture = fixtures::of(&MESSAGES, "stream.sse");
    for is_stream in [false, true] {
        let reply = if is_stream { stream(&frames(&fixture)) } else { fixtures::of(&MESSAGES, "plain.json").reply() };
        relay.pretend.next(Behaviour::Verbatim(reply));
        let call = bedrock().ask(&relay, is_stream);
        let call = call.header("anthropic-version", "2023-06-01").header("anthropic-beta", "context-1m-2025-08-07,b");
        assert_eq!(call.send().await.whole().await.status, 200);

        let request = relay.pretend.requests().pop().unwrap();
        let action = if is_stream { "invoke-with-response-stream" } else { "invoke" };
        let model = "eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0";
        assert_eq!(request.target, format!("/bedrock/model/{model}/{action}"));
        let added = r#""anthropic_version":"bedrock-2023-05-31","anthropic_beta":["context-1m-2025-08-07","b"],"#;
        let named = format!(" ,\"model\" :\t\"claude-sonnet-4-5\",\"stream\":{is_stream}");
        let body = bedrock().body(is_stream).replacen(&named, " ", 1).replacen('{', &format!("{{{added}"), 1);
        assert_eq!(String::from_utf8_lossy(&request.body), body);
        assert!(request.headers.get("anthropic-beta").is_none() && request.headers.get("anthropic-version").is_none());
        assert_eq!(request.headers["x-stainless-lang"], "js");
    }
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn calls_are_signed_for_the_region_with_an_access_key_and_carry_an_api_key_as_it_is() {
    let of_a_session = "ASIAEXAMPLE:wJalrXUtnFEMI/K7MDENG:a-session==";
    for (secret, sent) in [
        (&*secret(&BEDROCK, 1), "AKIDEXAMPLE1/20261120/eu-central-1/bedrock/aws4_request"),
        (of_a_session, "ASIAEXAMPLE/20261120/eu-central-1/bedrock/aws4_request"),
        ("ABSKQmVkcm9jaw==", "Bearer ABSKQmVkcm9jaw=="),
    ] {
        let relay = providers::start().await;
        add(&relay, new_account(&relay, &BEDROCK, "bedrock"), secret).await;
        relay.pretend.next(fixtures::of(&MESSAGES, "plain.json").behaviour());
        assert_eq!(bedrock().ask(&relay, false).send().await.whole().await.status, 200);

        let request = relay.pretend.requests().pop().unwrap();
        let authorization = request.headers["authorization"].to_str().unwrap();
        assert!(authorization.contains(sent), "{authorization}");
        let is_signed = !sent.starts_with("Bearer");
        assert_eq!(request.headers.contains_key("x-amz-date"), is_signed);
        assert_eq!(request.headers.contains_key("x-amz-security-token"), secret == of_a_session);
        for header in ["host", "x-amz-date"] {
            assert_eq!(authorization.contains(header), is_signed, "{authorization}");
        }
        let texts: Vec<_> = request.headers.values().map(|value| value.to_str().unwrap()).collect();
        assert!(!texts.concat().contains("wJalrXUtnFEMI"), "the secret half of the key goes nowhere");
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn a_stream_that_is_damaged_or_cut_ends_as_an_error_and_not_as_a_clean_end() {
    let fixture = fixtures::of(&MESSAGES, "stream.sse");
    let whole = frames(&fixture);
    let damaged = |at: usize, byte: usize| {
        let mut frames = whole.clone();
        let place = frames[at].len() - byte;
        frames[at][place] ^= 1;
        frames
    };
    let mut half = whole[..4].to_vec();
    half[3].truncate(90);
    for (what, frames) in [
        ("a payload is damaged", damaged(4, 20)),
        ("a checksum is damaged", damaged(4, 1)),
        ("it ends between frames", whole[..4].to_vec()),
        ("it ends within a frame", half),
        ("the last frame is damaged", damaged(whole.len() - 1, 1)),
    ] {
        let relay = relay_with_account().await;

        let answer = asked(&relay, stream(&frames)).await;

        let text = answer.text();
        assert!(answer.is_whole && text.contains("event: message_start"), "{what}: {text}");
        assert!(text.contains("event: error\ndata: {"), "{what}: {text}");
        assert!(!text.contains("message_stop"), "{what}: {text}");
        let row = relay.row().await;
        assert_eq!(row.outcome(), ("upstream_error", Some(200), 1), "{what}");
        assert_eq!(row.input_tokens, Some(25), "{what}: what was told by then is written down");
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn what_comes_before_the_damage_reaches_the_client_first() {
    let relay = relay_with_account().await;
    let fixture = fixtures::of(&MESSAGES, "stream.sse");
    let mut frames = frames(&fixture);
    let place = frames[5].len() - 1;
    frames[5][place] ^= 1;

    let answer = asked(&relay, stream(&frames)).await;

    let before: String = fixture.text().split_inclusive("\n\n").take(5).collect();
    let rest = answer.text().strip_prefix(&before).map(str::to_owned).expect("five events");
    assert!(rest.starts_with("event: error\n"), "{rest}");
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn an_exception_within_a_stream_is_an_error_event_and_as_its_first_frame_the_next_account_is_asked() {
    let fixture = fixtures::of(&MESSAGES, "stream.sse");
    let relay = relay_with_account().await;
    let mut frames_then_exception = frames(&fixture)[..4].to_vec();
    frames_then_exception.push(exception("modelStreamErrorException", "The model stopped"));

    let answer = asked(&relay, stream(&frames_then_exception)).await;

    assert!(answer.text().ends_with("\n\n") && answer.text().contains("event: error\n"), "{}", answer.text());
    assert!(answer.text().contains("The model stopped"));
    assert_eq!(relay.rows().await.pop().unwrap().outcome(), ("upstream_error", Some(200), 1));

    add(&relay, new_account(&relay, &BEDROCK, "second"), &secret(&BEDROCK, 2)).await;
    relay.clear(1).await;
    let throttled = stream(&[exception("throttlingException", "Too many requests, please wait")]);
    relay.pretend.always_for(&shown(&BEDROCK, 1), Behaviour::Verbatim(throttled));
    relay.pretend.always_for(&shown(&BEDROCK, 2), Behaviour::Verbatim(stream(&frames(&fixture))));
    let body = bedrock().body(true).replace("caf", "another conversation");
    let answer = bedrock().ask_for(&relay, "/v1/messages", body).send().await.whole().await;

    assert_eq!((answer.status.as_u16(), answer.text()), (200, fixture.text()));
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_stream_of_bedrock_that_breaks_its_connection_is_an_error_too() {
    let relay = relay_with_account().await;
    let mut reply = stream(&frames(&fixtures::of(&MESSAGES, "stream.sse"))[..3]);
    reply.steps.push_back(Step::Cut);

    let answer = asked(&relay, reply).await;

    assert!(answer.text().contains("event: error\n"), "{}", answer.text());
    assert_eq!(relay.row().await.outcome(), ("upstream_error", Some(200), 1));
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_mapped_model_is_what_bedrocks_path_names_and_tokens_are_not_counted_there() {
    let relay = providers::start().await;
    let account = new_account(&relay, &BEDROCK, "bedrock");
    let map = "claude-*=arn:aws:bedrock:eu-central-1:1:inference-profile/x.y".parse().unwrap();
    let options = Options { model_map: vec![map], ..account.options.clone() };
    add(&relay, NewAccount { options, ..account }, &secret(&BEDROCK, 1)).await;
    relay.pretend.next(fixtures::of(&MESSAGES, "plain.json").behaviour());
    assert_eq!(bedrock().ask(&relay, false).send().await.whole().await.status, 200);

    let request = relay.pretend.requests().pop().unwrap();
    let arn = "arn%3Aaws%3Abedrock%3Aeu-central-1%3A1%3Ainference-profile%2Fx.y";
    assert_eq!(request.target, format!("/bedrock/model/{arn}/invoke"));
    let counting = bedrock().ask_for(&relay, "/v1/messages/count_tokens", bedrock().body(false));
    let answer = counting.send().await.whole().await;
    assert_eq!((answer.status.as_u16(), answer.header("x-should-retry")), (400, "false"));
    assert!(answer.text().contains("only generate answers"), "{}", answer.text());
    relay.finish_unreconciled().await;
}
