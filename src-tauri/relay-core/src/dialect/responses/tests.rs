//! Tests of [`super`]: what requests and events tell, and how refusals read.

use std::borrow::Cow;

use http::{HeaderName, HeaderValue, Method};

use super::*;
use crate::{dialect::route, json::Outline, sse::SseReader};

fn read(body: &str, headers: &HeaderMap) -> Result<Asked, NotReadable> {
    let mut outline = Outline::of(RESPONSES.asked_fields);
    outline.push(body.as_bytes());
    read_asked(&outline.finish()?, headers)
}

fn conversation_of(body: &str) -> Option<Vec<u8>> {
    read(body, &HeaderMap::new()).expect("readable").conversation
}

fn observe(events: &[(&str, &str)]) -> Observed {
    let mut observed = Observed::default();
    for (name, data) in events {
        observe_event(&mut observed, &Event { name: name.as_bytes(), data: Cow::Borrowed(data.as_bytes()) });
    }
    observed
}

#[test]
fn codex_is_understood_with_and_without_a_version_in_its_path() {
    let find = |method, path| route(&method, path, &HeaderMap::new()).expect("a route");
    for path in
        ["/v1/responses", "/responses", "/openai/v1/responses", "/azure/openai/responses", "/droid/openai/responses"]
    {
        let found = find(Method::POST, path);
        assert_eq!(
            (found.dialect.id, found.operation, &*found.path),
            ("responses", Operation::Generate, "/v1/responses")
        );
        assert_eq!(find(Method::GET, path).operation, Operation::Upgrade, "a WebSocket is asked for: {path}");
    }
    assert_eq!(find(Method::POST, "/openai/responses/compact").path, "/v1/responses/compact");
}

#[test]
fn a_request_tells_its_model_and_whether_it_streams() {
    let none = HeaderMap::new();
    let asked = read(r#"{"input":"hi","model":"gpt-5.2","stream":true,"background":false}"#, &none).expect("readable");
    assert_eq!((asked.model.as_deref(), asked.stream), (Some("gpt-5.2"), true));

    let refused = read(r#"{"model":"gpt-5.2","input":"hi","background":true}"#, &none).expect_err("not served");
    assert!(refused.to_string().contains("without 'background'"), "{refused}");
    assert!(matches!(read(r#"{"model":1}"#, &none), Err(NotReadable::Field("model"))));
    assert!(
        read(r#"{"model":"cheap","model":"dear"}"#, &none).is_err(),
        "two models could be read differently upstream"
    );
}

#[test]
fn a_request_tells_how_much_output_it_asks_for() {
    let asked = |body: &str| read(body, &HeaderMap::new());
    let most = |body: &str| asked(body).expect("readable").max_output_tokens;

    assert_eq!(most(r#"{"max_output_tokens":2000}"#), Some(2_000));
    assert_eq!(most(r#"{"max_output_tokens":"many"}"#), None, "the provider refuses it");
    assert_eq!(asked(r#"{"models":["a","b"]}"#).expect("readable").other_models, ["a", "b"]);
}

#[test]
fn a_conversation_is_named_by_header_then_by_cache_key_then_by_the_answer_it_goes_on_from() {
    let body = r#"{"prompt_cache_key":"key","previous_response_id":"resp_1","input":"hi"}"#;
    let header = [(HeaderName::from_static("session-id"), HeaderValue::from_static("s1"))].into_iter().collect();

    assert_eq!(read(body, &header).expect("readable").conversation.as_deref(), Some(&b"s1"[..]));
    assert_eq!(conversation_of(body).as_deref(), Some(&b"key"[..]));
    let body = r#"{"prompt_cache_key":null,"previous_response_id":"resp_1","input":"hi"}"#;
    assert_eq!(conversation_of(body).as_deref(), Some(&b"resp_1"[..]));
}

#[test]
fn else_a_conversation_is_known_by_its_instructions_and_what_comes_first() {
    let first = conversation_of(r#"{"instructions":"Be kind","input":"Hello"}"#);
    let later = conversation_of(
        r#"{"instructions":"Be kind","input":[{"role":"user","content":[{"type":"input_text","text":"Hello"}]},
            {"type":"reasoning","encrypted_content":"gAAA","summary":[]},
            {"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi"}]}]}"#,
    );

    assert!(first.is_some());
    assert_eq!(first, later);
    assert_ne!(first, conversation_of(r#"{"instructions":"Be kind","input":"Goodbye"}"#));
    assert_ne!(first, conversation_of(r#"{"instructions":"Be rude","input":"Hello"}"#));
    assert_eq!(conversation_of(r#"{"model":"gpt-5.2"}"#), None);
}

#[test]
fn content_is_told_by_its_events_name_and_not_read() {
    let observed = observe(&[
        ("response.created", r#"{"type":"response.created","response":{"model":"gpt-5.2","service_tier":"auto"}}"#),
        ("codex.rate_limits", r#"{"type":"codex.rate_limits","rate_limits":{"allowed":false}}"#),
        ("response.output_text.delta", r#"{"type":"response.failed","delta":"twelve bytes"}"#),
        ("response.output_item.done", r#"{"type":"response.failed","item":{}}"#),
    ]);

    assert_eq!((observed.ending, observed.output_so_far), (Ending::Open, 3));
    assert_eq!(observed.model.as_deref(), Some("gpt-5.2"));
    assert_eq!(observed.usage.service_tier, None, "it is not yet the one that was served");
}

#[test]
fn events_without_names_are_told_by_their_types() {
    let observed = observe(&[
        ("", r#"{"type":"response.output_text.delta","delta":"Hi"}"#),
        ("", r#"{"type":"response.completed","response":{"model":"m","usage":{"input_tokens":9,"output_tokens":2}}}"#),
    ]);

    assert_eq!((observed.ending, observed.usage.input_tokens, observed.output_so_far), (Ending::Complete, Some(9), 2));
}

#[test]
fn only_searches_count_as_searches() {
    let observed = observe(&[(
        "response.completed",
        r#"{"type":"response.completed","response":{"output":[
            {"type":"web_search_call","action":{"type":"search","query":"a"}},
            {"type":"web_search_call","action":{"type":"open_page","url":"b"}},
            {"type":"web_search_call","status":"completed"},{"type":"message","content":[]}]}}"#,
    )]);

    assert_eq!(observed.usage.web_search_requests, Some(2));
}

#[test]
fn a_refusal_in_a_stream_is_an_error_to_sdks_and_a_failed_response_to_codex() {
    let refusal = RefusalText { status: StatusCode::TOO_MANY_REQUESTS, message: "Used up", call_id: "call_1" };

    let mut events = Vec::new();
    SseReader::default().feed(render_refusal_event(&refusal).as_bytes(), |event| {
        let data: serde_json::Value = serde_json::from_slice(&event.data).expect("JSON");
        assert_eq!(data["type"].as_str().map(str::as_bytes), Some(event.name));
        events.push(data);
    });

    assert_eq!(events.len(), 2);
    assert_eq!((&events[0]["error"]["message"], &events[0]["message"]), (&json!("Used up"), &json!("Used up")));
    assert_eq!(events[1]["response"]["error"], json!({ "code": "rate_limit_exceeded", "message": "Used up" }));
    assert_eq!(events[1]["response"]["id"], "call_1");
}
