//! Tests of [`super`].

use std::borrow::Cow;

use http::{HeaderName, HeaderValue, Method, StatusCode};

use super::*;
use crate::{
    dialect::route,
    json::Outline,
    meter::{Ending, Observed},
    sse::Event,
};

fn observe(chunks: &[&str]) -> Observed {
    let mut observed = Observed::default();
    for chunk in chunks {
        answer::observe_event(&mut observed, &Event { name: b"", data: Cow::Borrowed(chunk.as_bytes()) });
    }
    observed
}

fn read(body: &str) -> Result<Asked, NotReadable> {
    let mut outline = Outline::of(GENERATE_CONTENT.asked_fields);
    outline.push(body.as_bytes());
    read_asked(&outline.finish()?, &HeaderMap::new())
}

#[test]
fn a_path_tells_what_is_asked_of_which_model() {
    let found = |method, path: &str| {
        let route = route(&method, path, &HeaderMap::new()).expect("a route");
        assert_eq!(route.dialect.id, "generate_content", "{path}");
        (route.operation, route.model, route.stream)
    };
    let model = || Some("gemini-2.5-pro".to_owned());
    for version in ["/gemini/v1beta", "/gemini/v1", "/v1beta", "/v1"] {
        let path = |call: &str| format!("{version}/models/gemini-2.5-pro:{call}");
        assert_eq!(found(Method::POST, &path("generateContent")), (Operation::Generate, model(), Some(false)));
        assert_eq!(found(Method::POST, &path("streamGenerateContent")), (Operation::Generate, model(), Some(true)));
        assert_eq!(found(Method::POST, &path("countTokens")).0, Operation::CountTokens);
        assert_eq!(found(Method::POST, &path("embedContent")).0, Operation::Embed);
        assert_eq!(found(Method::POST, &path("batchEmbedContents")).0, Operation::Embed);
    }
    for (method, path, operation, stream) in [
        (Method::POST, "/v1internal:generateContent", Operation::Generate, Some(false)),
        (Method::POST, "/gemini/v1internal:streamGenerateContent", Operation::Generate, Some(true)),
        (Method::POST, "/v1internal:countTokens", Operation::CountTokens, Some(false)),
        (Method::POST, "/v1internal:loadCodeAssist", Operation::Aside, Some(false)),
        (Method::GET, "/v1internal:getCodeAssistGlobalUserSetting", Operation::Aside, Some(false)),
        (Method::GET, "/v1internal/operations/abc", Operation::Aside, Some(false)),
        (Method::GET, "/v1beta/models", Operation::ListModels, None),
    ] {
        assert_eq!(found(method, path), (operation, None, stream), "{path}");
    }
}

#[test]
fn on_a_path_that_dialects_share_the_clients_headers_tell_it() {
    for mark in GENERATE_CONTENT.marks {
        let headers = [(HeaderName::from_static(mark), HeaderValue::from_static("1"))].into_iter().collect();
        let route = route(&Method::GET, "/v1/models", &headers).expect("a route");
        assert_eq!(route.dialect.id, "generate_content", "{mark}");
    }
}

#[test]
fn the_cli_names_the_model_in_the_body() {
    for body in [
        r#"{"model":"gemini-2.5-pro","project":"p","request":{"contents":[]}}"#,
        r#"{"request":{"model":"models/gemini-2.5-pro","contents":[]}}"#,
        r#"{"model":"models/gemini-2.5-pro","content":{}}"#,
    ] {
        assert_eq!(read(body).expect("readable").model.as_deref(), Some("gemini-2.5-pro"), "{body}");
    }
    assert_eq!(read(r#"{"contents":[]}"#).expect("readable").model, None);
    assert!(matches!(read(r#"{"model":1}"#), Err(NotReadable::Field("model"))));
    assert!(read(r#"{"request":{"model":"cheap","model":"dear"}}"#).is_err());
}

#[test]
fn the_most_output_is_asked_for_in_the_config_wherever_that_stands() {
    for body in [
        r#"{"contents":[],"generationConfig":{"maxOutputTokens":4096,"candidateCount":2}}"#,
        r#"{"contents":[],"generation_config":{"max_output_tokens":4096,"candidate_count":2}}"#,
        r#"{"model":"m","request":{"contents":[],"generationConfig":{"candidateCount":2,"maxOutputTokens":4096}}}"#,
    ] {
        let asked = read(body).expect("readable");
        assert_eq!((asked.max_output_tokens, asked.answers), (Some(4096), Some(2)), "{body}");
    }
    let silent = read(r#"{"generationConfig":{"maxOutputTokens":null,"temperature":1}}"#).expect("readable");
    assert_eq!((silent.max_output_tokens, silent.answers), (None, None));
}

#[test]
fn the_last_report_wins_and_keeps_what_it_does_not_repeat() {
    let observed = observe(&[
        r#"{"usageMetadata":{"trafficType":"ON_DEMAND"},"modelVersion":"gemini-3-pro"}"#,
        r#"{"usageMetadata":{"promptTokenCount":100,"thoughtsTokenCount":20}}"#,
        r#"{"usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":60,"toolUsePromptTokenCount":7,
            "candidatesTokenCount":5,"serviceTier":"priority"}}"#,
    ]);

    let usage = &observed.usage;
    assert_eq!((usage.input_tokens, usage.cache_read_tokens), (Some(47), Some(60)));
    assert_eq!((usage.output_tokens, usage.reasoning_tokens), (Some(25), Some(20)));
    assert_eq!((usage.service_tier.as_deref(), observed.output_so_far), (Some("priority"), 25));
    assert_eq!((observed.model.as_deref(), observed.ending), (Some("gemini-3-pro"), Ending::Open));
}

#[test]
fn what_ends_a_stream_leaves_room_for_what_still_tells_of_it() {
    let finished = observe(&[
        r#"{"response":{"candidates":[{"finishReason":"STOP"}]},"traceId":"t"}"#,
        r#"{"response":{"usageMetadata":{"candidatesTokenCount":3}}}"#,
    ]);
    assert_eq!((finished.ending, finished.usage.output_tokens), (Ending::Enough, Some(3)));

    assert_eq!(observe(&[r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#]).ending, Ending::Enough);
    for open in [r#"{"candidates":[{"finishReason":""}]}"#, r#"{"candidates":[{}],"promptFeedback":{}}"#, "[DONE]"] {
        assert_eq!(observe(&[open]).ending, Ending::Open, "{open}");
    }
}

#[test]
fn an_errors_status_is_read_from_its_code_or_its_word() {
    for (error, status) in [
        (r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}"#, 429),
        (r#"{"error":{"status":"UNAVAILABLE"}}"#, 503),
        (r#"{"error":{"code":14,"status":"DEADLINE_EXCEEDED"}}"#, 504),
        (r#"{"error":{}}"#, 500),
        ("<html>", 500),
    ] {
        assert_eq!((GENERATE_CONTENT.error_status)(error.as_bytes()).as_u16(), status, "{error}");
    }
}

#[test]
fn refusals_and_lists_have_the_vendors_shape() {
    let refusal = RefusalText { status: StatusCode::TOO_MANY_REQUESTS, message: "No \"more\"", call_id: "call_1" };
    let error = r#"{"error":{"code":429,"details":[],"message":"No \"more\"","status":"RESOURCE_EXHAUSTED"}}"#;
    assert_eq!(render_refusal(&refusal), error);
    assert_eq!(render_refusal_event(&refusal), format!("data: {error}\n\n"));
    for (status, word) in [(413, "INVALID_ARGUMENT"), (502, "UNAVAILABLE"), (404, "NOT_FOUND"), (418, "UNKNOWN")] {
        assert_eq!(answer::status_word(StatusCode::from_u16(status).expect("a status")), word);
    }

    let models = [ListedModel { id: "gemini-2.5-pro", provider: "gemini" }];
    assert_eq!(
        render_models(&models),
        r#"{"models":[{"displayName":"gemini-2.5-pro","name":"models/gemini-2.5-pro","supportedGenerationMethods":["generateContent","streamGenerateContent","countTokens"]}]}"#
    );
}
