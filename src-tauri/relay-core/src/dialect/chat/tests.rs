//! Tests of [`super`]: what requests and chunks tell, and how a stream is made to tell its usage.

use std::borrow::Cow;

use http::{HeaderName, HeaderValue, Method, StatusCode};
use url::Url;

use super::*;
use crate::{
    convert::{Conversion as _, WithoutExtra},
    dialect::route,
    json::apply,
    meter::Meter,
    options::Options,
    provider::{Outgoing, as_it_is},
};

fn fields(body: &str) -> Fields {
    let mut outline = Outline::of(CHAT.asked_fields);
    outline.push(body.as_bytes());
    outline.finish().expect("an object")
}

fn read(body: &str) -> Asked {
    read_asked(&fields(body), &HeaderMap::new()).expect("readable")
}

/// The body as it goes upstream, with the model that the path named.
fn sent(body: &str, in_path: Option<&str>, options: &Options) -> String {
    let (fields, mut asked) = (fields(body), read(body));
    asked.model = in_path.map(str::to_owned).or(asked.model);
    let call = Outgoing {
        dialect: &CHAT,
        operation: Operation::Generate,
        path: COMPLETIONS,
        query: None,
        asked: &asked,
        fields: &fields,
        body_len: body.len(),
        headers: &mut HeaderMap::new(),
        base: &Url::parse("https://api.openai.com/v1").expect("a URL"),
        options,
        call_id: "call_1",
    };
    let prepared = as_it_is(call).expect("ready");
    assert_eq!(prepared.address, "https://api.openai.com/v1/chat/completions");
    String::from_utf8(apply(body.as_bytes(), &prepared.edits)).expect("text")
}

fn observe(chunks: &[&str]) -> Observed {
    let mut observed = Observed::default();
    for data in chunks {
        chunk::observe(&mut observed, &Event { name: b"", data: Cow::Borrowed(data.as_bytes()) });
    }
    observed
}

#[test]
fn every_vendors_path_means_the_same_call() {
    let find = |method, path| route(&method, path, &HeaderMap::new()).expect("a route");
    for path in ["/v1/chat/completions", "/openai/chat/completions", "/droid/comm/v1/chat/completions"] {
        let found = find(Method::POST, path);
        assert_eq!((found.dialect.id, &*found.path, found.model), ("chat", COMPLETIONS, None), "{path}");
    }
    for path in ["/azure/openai/deployments/my-gpt/chat/completions", "/openai/deployments/my-gpt/chat/completions"] {
        let found = find(Method::POST, path);
        assert_eq!((&*found.path, found.model.as_deref()), (COMPLETIONS, Some("my-gpt")), "{path}");
    }
    let found = find(Method::POST, "/azure/openai/deployments/my-ada/embeddings");
    assert_eq!((found.operation, &*found.path), (Operation::Embed, EMBEDDINGS));
    assert_eq!(find(Method::GET, "/openai/models").operation, Operation::ListModels);
}

#[test]
fn whose_list_of_models_is_meant_is_told_by_the_headers_of_the_client() {
    let of = |names: &[&'static str]| {
        let header = |name: &&'static str| (HeaderName::from_static(name), HeaderValue::from_static("1"));
        route(&Method::GET, "/v1/models", &names.iter().map(header).collect()).expect("a route").dialect.id
    };

    assert_eq!(of(&["authorization"]), "chat");
    assert_eq!(of(&["authorization", "anthropic-version"]), "messages");
    assert_eq!(of(&["x-goog-api-key"]), "generate_content");
    assert_eq!(of(&[]), "messages");
    assert!(CHAT.is_sibling(&crate::dialect::responses::RESPONSES));
    assert!(!CHAT.is_sibling(&crate::dialect::messages::MESSAGES));
    assert_eq!(
        render_models(&[ListedModel { id: "gpt-5.2", provider: "openai" }]),
        r#"{"data":[{"created":0,"id":"gpt-5.2","object":"model","owned_by":"openai"}],"object":"list"}"#
    );
}

#[test]
fn a_stream_is_asked_for_its_usage_and_nothing_else_is_changed() {
    let same = Options::default();
    for (body, expected) in [
        (
            r#"{"model":"m","stream":true,"messages":[]}"#,
            r#"{"stream_options":{"include_usage":true},"model":"m","stream":true,"messages":[]}"#,
        ),
        (
            r#"{"stream_options": null ,"model":"m","stream":true}"#,
            r#"{"stream_options": {"include_usage":true} ,"model":"m","stream":true}"#,
        ),
        (
            r#"{"stream_options":{ "include_obfuscation" : false },"model":"m","stream":true}"#,
            r#"{"stream_options":{"include_usage":true, "include_obfuscation" : false },"model":"m","stream":true}"#,
        ),
        (
            r#"{"model":"m","stream":true,"stream_options":{"include_usage":false,"x":1}}"#,
            r#"{"model":"m","stream":true,"stream_options":{"include_usage":true,"x":1}}"#,
        ),
    ] {
        assert_eq!(sent(body, None, &same), expected);
    }
    for body in [
        r#"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#,
        r#"{"model":"m","stream":false,"messages":[]}"#,
        r#"{"model":"m","stream":true,"stream_options":7}"#,
    ] {
        assert_eq!(sent(body, None, &same), body);
    }
}

#[test]
fn the_model_that_was_chosen_by_the_path_is_the_one_the_body_names() {
    let same = Options::default();
    assert_eq!(sent(r#"{"messages":[]}"#, Some("my-gpt"), &same), r#"{"model":"my-gpt","messages":[]}"#);
    assert_eq!(sent(r#"{"model":"dear"}"#, Some("cheap"), &same), r#"{"model":"cheap"}"#);
    assert_eq!(sent(r#"{"model":"my\u002dgpt"}"#, None, &same), r#"{"model":"my\u002dgpt"}"#);

    let mapped = Options { model_map: vec!["my-*=gpt-5.2".parse().expect("a name")], ..Options::default() };
    assert_eq!(sent(r#"{"messages":[]}"#, Some("my-gpt"), &mapped), r#"{"model":"gpt-5.2","messages":[]}"#);
}

#[test]
fn the_chunk_that_was_asked_for_is_taken_out_again_after_it_was_read() {
    let (content, extra) = (
        "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n",
        "data: {\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}\n\n",
    );
    let mut without = WithoutExtra::of(CHAT.usage_on_request.expect("it has to be asked"));
    let mut meter = Meter::stream(&CHAT);

    let stream = format!("{content}{extra}data: [DONE]\n\n");
    let mut kept = Vec::new();
    for piece in stream.as_bytes().chunks(11) {
        kept.extend(without.push(piece, &mut meter).expect("readable"));
    }
    kept.extend(without.finish(&mut meter).expect("readable"));

    assert_eq!(String::from_utf8(kept).expect("text"), format!("{content}data: [DONE]\n\n"));
    assert_eq!((meter.finish().usage.input_tokens, meter.finish().ending), (Some(9), Ending::Complete));
}

#[test]
fn usage_beside_content_is_not_extra_and_neither_is_azures_first_chunk() {
    let is_extra = |data: &str| is_extra(&Event { name: b"", data: Cow::Borrowed(data.as_bytes()) });

    assert!(!is_extra(r#"{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}"#));
    assert!(!is_extra(r#"{"choices":[],"model":"","prompt_filter_results":[{"prompt_index":0}],"usage":null}"#));
    assert!(!is_extra(r#"{"choices":[],"prompt_filter_results":[]}"#));
    assert!(!is_extra("[DONE]"));
    assert!(is_extra(r#"{"choices": [], "usage" : {"prompt_tokens":1}}"#));
}

#[test]
fn content_that_speaks_of_usage_and_errors_is_content() {
    let chunk = |content: &str| {
        json!({"model":"m","choices":[{"index":0,"delta":{"content":content},"finish_reason":null}]}).to_string()
    };
    let observed =
        observe(&[&chunk("Hi"), &chunk(r#"{"error":{},"usage":{"prompt_tokens":7},"finish_reason":"stop"}"#)]);

    assert_eq!((observed.ending, observed.usage.input_tokens), (Ending::Open, None));
    assert!(observed.output_so_far > 1);
}

#[test]
fn a_stream_has_enough_when_it_says_why_it_stops_and_is_complete_when_it_says_so() {
    let stop = r#"{"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    let usage = r#"{"model":"m","choices":[],"usage":{"prompt_tokens":4,"completion_tokens":1}}"#;

    assert_eq!(observe(&[stop]).ending, Ending::Enough);
    let enough = observe(&[stop, usage]);
    assert_eq!((enough.ending, enough.usage.output_tokens), (Ending::Enough, Some(1)));
    assert_eq!(observe(&[stop, usage, "[DONE]"]).ending, Ending::Complete);
    assert_eq!(observe(&["[DONE]"]).ending, Ending::Complete);
    let failed = observe(&[stop, r#"{"error":{"message":"x","code":502}}"#]);
    assert_eq!(
        (failed.ending, failed.error.map(|error| openai_error::status(&error).as_u16())),
        (Ending::Failed, Some(502))
    );
}

#[test]
fn a_conversation_is_known_by_its_cache_key_or_by_its_texts_up_to_the_first_of_the_user() {
    let of = |body: &str| read(body).conversation;
    let first = of(r#"{"messages":[{"role":"system","content":"Be kind"},{"role":"user","content":"Hello"}]}"#);

    assert_eq!(of(r#"{"prompt_cache_key":"key","messages":[]}"#).as_deref(), Some(&b"key"[..]));
    assert!(first.is_some());
    assert_eq!(
        first,
        of(r#"{"user":"u","messages":[{"role":"system","content":[{"type":"text","text":"Be kind"}]},
            {"role":"user","content":"Hello"},{"role":"assistant","content":null,"tool_calls":[]}]}"#)
    );
    assert_ne!(first, of(r#"{"messages":[{"role":"system","content":"Be rude"},{"role":"user","content":"Hello"}]}"#));
    assert_eq!(of(r#"{"model":"text-embedding-3-small","input":"x"}"#), None);
}

#[test]
fn a_refusal_in_a_stream_is_a_chunk_with_an_error() {
    let refusal = RefusalText { status: StatusCode::BAD_GATEWAY, message: "It broke off", call_id: "call_1" };

    assert_eq!(
        render_refusal_event(&refusal),
        "data: {\"error\":{\"code\":null,\"message\":\"It broke off\",\"param\":null,\"type\":\"server_error\"}}\n\n"
    );
}

#[test]
fn a_request_tells_how_much_output_it_asks_for_and_of_which_other_models() {
    let most = |body: &str| read(body).max_output_tokens;

    assert_eq!(most(r#"{"max_tokens":100,"max_completion_tokens":200.5}"#), Some(201));
    assert_eq!(most(r#"{"max_tokens":100}"#), Some(100));
    for unbounded in [r#"{"max_tokens":-1}"#, r#"{"max_tokens":null}"#, r#"{"max_tokens":[1]}"#, "{}"] {
        assert_eq!(most(unbounded), None, "{unbounded}");
    }
    assert_eq!(read(r#"{"n":8}"#).answers, Some(8));
    assert_eq!(read(r#"{"model":"a","models":["b","c"]}"#).other_models, ["b", "c"]);
    let unreadable = read_asked(&fields(r#"{"models":[{"id":"b"}]}"#), &HeaderMap::new());
    assert!(matches!(unreadable, Err(NotReadable::Field("models"))));
}
