//! Transparency: what the client sends goes upstream byte for byte, and what comes back goes to the client byte for
//! byte, however it is cut, framed or encoded.

use bytes::Bytes;
use carpool_relay::pretend::{Behaviour, Coding, Framing, Gate, Step, Wait};
use http::{HeaderValue, header};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use crate::{relay::TestRelay, rows::Row, verbatim};

/// Calls that are tried; each goes through the whole relay.
const CASES: u32 = 64;

/// A request and its answer, and how both are cut.
#[derive(Clone, Debug)]
struct Crossing {
    request: String,
    request_pieces: Option<usize>,
    is_stream: bool,
    answer: String,
    coding: Coding,
    is_coding_asked_for: bool,
    framing: Framing,
    answer_pieces: Vec<usize>,
    tokens: [u16; 3],
}

fn crossing() -> impl Strategy<Value = Crossing> {
    let shape = (any::<bool>(), prop::sample::select(Coding::ALL.to_vec()), any::<bool>(), any::<bool>());
    let cuts = (prop::option::of(1usize..200), prop::collection::vec(1usize..120, 1..6));
    (request_text(), shape, cuts, any::<[u16; 3]>(), noise()).prop_map(|(text, shape, cuts, tokens, noise)| {
        let (is_stream, coding, is_coding_asked_for, has_length) = shape;
        Crossing {
            request: text.replace("STREAM", if is_stream { "true" } else { "false" }),
            request_pieces: cuts.0,
            is_stream,
            answer: if is_stream { stream_text(&noise, tokens) } else { json_text(&noise, tokens) },
            coding,
            is_coding_asked_for,
            framing: if has_length { Framing::Length } else { Framing::Chunked },
            answer_pieces: cuts.1,
            tokens,
        }
    })
}

/// A request that no serializer would write again in the same way.
fn request_text() -> impl Strategy<Value = String> {
    let space = || prop::sample::select(vec!["", " ", "\n\t", "\r\n  "]);
    let number = prop::sample::select(vec!["1", "1.0", "1e2", "-0", "1.50", "12345678901234567890"]);
    let text = "[a-z äß漢字🚗\u{301}]{0,40}";
    (space(), space(), number, text, "[a-z_]{1,12}").prop_map(|(one, two, number, text, field)| {
        format!(
            "{one}{{{two}\"x_{field}\":{number},{one}\"model\"{two}:\"claude-sonnet-4-5\",\"stream\":STREAM,{two}\
             \"messages\":[{{\"role\":\"user\",\"content\":\"{text}\\u00e9\\/\"}}]{one},\"y\":null,\"y\":[1 ,2]}}{two}"
        )
    })
}

/// Events, comments and fields that mean nothing to anybody here.
fn noise() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec(("(ping|content_block_delta|x_[a-z]{1,5})", "[ -~äß漢字🚗]{0,60}"), 0..12)
}

fn stream_text(noise: &[(String, String)], [input, output, later]: [u16; 3]) -> String {
    let end = if later % 2 == 0 { "\n" } else { "\r\n" };
    let event = |name: &str, data: &str| format!("event: {name}{end}data: {data}{end}{end}");
    let start = format!(
        r#"{{"type":"message_start","message":{{"model":"claude-sonnet-4-5","usage":{{"input_tokens":{input},"output_tokens":1}}}}}}"#
    );
    let delta = format!(r#"{{"type":"message_delta","delta":{{}},"usage":{{"output_tokens":{output}}}}}"#);
    let mut text = format!(": hello{end}{end}{}", event("message_start", &start));
    for (name, data) in noise {
        text += &event(name, data);
        text += &format!("id: 7{end}retry: 10{end}:{data}{end}{end}");
    }
    text + &event("message_delta", &delta) + &event("message_stop", r#"{"type":"message_stop"}"#) + ": bye" + end + end
}

fn json_text(noise: &[(String, String)], [input, output, _]: [u16; 3]) -> String {
    let texts: Vec<_> =
        noise.iter().map(|(name, text)| serde_json::json!({ "type": name, "text": text }).to_string()).collect();
    format!(
        "{{ \"type\":\"message\",\"content\" : [{}],\n\"model\":\"claude-sonnet-4-5\",\
         \"usage\":{{\"input_tokens\":{input},\"output_tokens\":{output}}} }}\n",
        texts.join(" ,")
    )
}

/// The answer's bytes on the wire, and as steps of the provider.
fn reply(crossing: &Crossing) -> (Bytes, Behaviour) {
    let encoded: Bytes = crossing.coding.encode(&[crossing.answer.clone().into_bytes()]).unwrap().concat().into();
    let media_type = if crossing.is_stream { "text/event-stream" } else { "application/json" };
    let mut pieces = Vec::new();
    let mut rest = encoded.clone();
    for size in crossing.answer_pieces.iter().cycle() {
        pieces.push(rest.split_to((*size).min(rest.len())));
        if rest.is_empty() {
            break;
        }
    }
    let mut reply = verbatim::answer(media_type, pieces);
    if crossing.coding != Coding::Identity {
        reply.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(crossing.coding.as_str()));
    }
    if crossing.framing == Framing::Length {
        reply.headers.insert(header::CONTENT_LENGTH, encoded.len().into());
    }
    (encoded, Behaviour::Verbatim(reply))
}

/// Lets one call cross the relay, and shows that nothing changed on the way.
async fn cross(relay: &TestRelay, crossing: &Crossing) -> Result<(), TestCaseError> {
    let (encoded, behaviour) = reply(crossing);
    relay.pretend.next(behaviour);
    let mut call = relay.call(crossing.request.clone()).at("/api/v1/messages?beta=true");
    if crossing.is_coding_asked_for {
        call = call.header("accept-encoding", crossing.coding.as_str());
    }
    if let Some(size) = crossing.request_pieces {
        call = call.in_chunks(size);
    }

    let answer = call.send().await.whole().await;

    prop_assert!(answer.is_whole);
    let request = relay.pretend.requests().pop().unwrap();
    prop_assert_eq!(&request.body, crossing.request.as_bytes());
    prop_assert_eq!(&request.target, "/v1/messages?beta=true");
    let is_passed = crossing.is_coding_asked_for || crossing.coding == Coding::Identity;
    if is_passed {
        prop_assert_eq!(&answer.body, &encoded);
    } else {
        prop_assert_eq!(&answer.body, crossing.answer.as_bytes());
        prop_assert_eq!(answer.header("content-encoding"), "");
    }
    let row = relay.rows().await.pop().unwrap();
    prop_assert_eq!(row.status.as_str(), "complete");
    let [input, output, _] = crossing.tokens.map(i64::from);
    prop_assert_eq!((row.input_tokens, row.output_tokens), (Some(input), Some(output)));
    prop_assert_eq!(row.cost_pico_usd, Some(3_000_000 * input + 15_000_000 * output));
    Ok(())
}

#[test]
fn requests_and_answers_cross_the_relay_byte_for_byte_and_are_metered_however_they_are_cut() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let relay = runtime.block_on(TestRelay::start());
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });

    let tried = runner.run(&crossing(), |crossing| runtime.block_on(cross(&relay, &crossing)));

    if let Err(error) = tried {
        panic!("{error}");
    }
    runtime.block_on(relay.finish_unreconciled());
}

#[tokio::test]
async fn once_its_first_event_is_there_a_stream_passes_on_each_piece_as_soon_as_it_comes() {
    let relay = TestRelay::start().await;
    let start =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":3}}}\n\n";
    let delta = "event: content_block_delta\r\ndata: {\"text\":\"ß 漢字 🚗\"}\r\n\r\n";
    let stop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    let text = format!("{start}{delta}{stop}");
    let until_the_end = text.len() - "\n\n".len();

    for at in start.len()..until_the_end {
        let gate = Gate::default();
        let (first, second) =
            (Bytes::copy_from_slice(&text.as_bytes()[..at]), Bytes::copy_from_slice(&text.as_bytes()[at..]));
        let mut reply = verbatim::answer("text/event-stream", []);
        reply.steps =
            [Step::Send(first.clone()), Step::Wait(Wait::Until(gate.clone())), Step::Send(second.clone())].into();
        relay.pretend.next(Behaviour::Verbatim(reply));

        let mut answer = relay.call(r#"{"model":"m","stream":true}"#).send().await;
        let mut read = Vec::new();
        while read.len() < at {
            read.extend_from_slice(&answer.piece().await.unwrap().unwrap());
        }
        assert_eq!(read, first, "cut after {at} bytes");
        gate.open();
        assert_eq!(answer.whole().await.body, second, "cut after {at} bytes");
    }

    let rows = relay.settled().await;
    assert_eq!(rows.len(), until_the_end - start.len());
    let is_metered = |row: &Row| row.status == "complete" && row.input_tokens == Some(3);
    assert!(rows.iter().all(is_metered));
    relay.finish_unreconciled().await;
}
