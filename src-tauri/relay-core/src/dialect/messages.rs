//! Anthropic's Messages format.
//!
//! Source: <https://docs.claude.com/en/api/messages> and `/messages-streaming` (read November 2026). Usage stands in
//! `message_start.message.usage` and again, cumulative, in `message_delta.usage`; the last report wins. Input does not
//! count the cache; cache writes without a split by lifetime are five-minute writes; output includes thinking.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;

use super::{Dialect, ListedModel, NotReadable, Path, SmallestCall, beginning::BEGINNING, extent, growth};
use crate::{
    call::{Asked, Operation},
    json::{Field, Fields},
    meter::{Ending, Observed},
    refusal::RefusalText,
    sse::Event,
    usage::Usage,
};

mod conversation;

/// The Messages dialect.
pub static MESSAGES: Dialect = Dialect {
    id: "messages",
    label: "Anthropic Messages",
    prefixes: &["/droid/claude", "/claude", "/api", ""],
    paths: &[
        Path::post("/v1/messages", Operation::Generate),
        Path::post("/v1/messages/count_tokens", Operation::CountTokens),
        Path::get("/v1/models", Operation::ListModels),
    ],
    marks: &["anthropic-version", "x-api-key"],
    asked_fields: &[
        Field::whole("model"),
        Field::whole(extent::OTHER_MODELS),
        Field::whole("stream"),
        Field::whole(MAX_TOKENS),
        Field::whole("anthropic_version"),
        Field::whole("anthropic_beta"),
        Field::beginning("metadata", 4096),
        Field::beginning("system", BEGINNING),
        Field::beginning("messages", BEGINNING),
    ],
    read_asked,
    // Clients show that an answer begins; it is not held back for what might follow.
    is_opening: |_| false,
    observe_event,
    answer_fields: &[Field::whole("type"), Field::whole("model"), Field::whole("usage")],
    observe_answer,
    usage_on_request: None,
    error_status,
    smallest_call,
    render_refusal,
    render_refusal_event,
    render_models,
};

fn read_asked(fields: &Fields, headers: &HeaderMap) -> Result<Asked, NotReadable> {
    let stream: Option<bool> = fields.read("stream").map_err(|_| NotReadable::Field("stream"))?;
    let model = fields.read("model").map_err(|_| NotReadable::Field("model"))?;
    let conversation =
        conversation::name(fields.text("metadata"), fields.text("system"), fields.text("messages"), headers);
    Ok(Asked {
        model,
        other_models: extent::other_models(fields)?,
        stream: stream.unwrap_or(false),
        max_output_tokens: extent::count(fields, &[MAX_TOKENS]),
        answers: None,
        conversation,
    })
}

/// The field for the most output.
const MAX_TOKENS: &str = "max_tokens";

/// What surrounds the text of a delta: `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":""}}`.
const DELTA_FRAME: usize = 79;

#[derive(Deserialize)]
struct WireEvent {
    #[serde(rename = "type")]
    kind: Option<String>,
    message: Option<WireMessage>,
    usage: Option<WireUsage>,
}

#[derive(Deserialize)]
struct WireMessage {
    model: Option<String>,
    usage: Option<WireUsage>,
}

#[derive(Default, Deserialize)]
struct WireUsage {
    input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_creation: Option<WireCacheCreation>,
    output_tokens: Option<u64>,
    server_tool_use: Option<WireServerToolUse>,
    service_tier: Option<String>,
    inference_geo: Option<String>,
    speed: Option<String>,
}

#[derive(Deserialize)]
struct WireCacheCreation {
    ephemeral_5m_input_tokens: Option<u64>,
    ephemeral_1h_input_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct WireServerToolUse {
    web_search_requests: Option<u64>,
}

fn observe_event(observed: &mut Observed, event: &Event<'_>) {
    // The many events between start and end carry content only: they are told apart by name and not parsed.
    let is_content = event.name.starts_with(b"content_block_") || event.name == b"ping";
    if event.name == b"content_block_delta" {
        observed.output_so_far += growth::tokens(event.data.len().saturating_sub(DELTA_FRAME));
    }
    if is_content || observed.ending != Ending::Open {
        return;
    }
    let Ok(WireEvent { kind, message, usage }) = serde_json::from_slice(&event.data) else { return };
    match kind.as_deref().map_or(event.name, str::as_bytes) {
        b"message_start" => {
            let Some(message) = message else { return };
            observed.model = message.model;
            take(&mut observed.usage, message.usage);
            observed.output_so_far = observed.usage.output_tokens.unwrap_or_default();
        }
        b"message_delta" => {
            take(&mut observed.usage, usage);
            observed.output_so_far = observed.usage.output_tokens.unwrap_or(observed.output_so_far);
        }
        b"message_stop" => observed.ending = Ending::Complete,
        b"error" => {
            observed.ending = Ending::Failed;
            observed.error = Some(event.data.to_vec());
        }
        _ => {}
    }
}

fn observe_answer(observed: &mut Observed, fields: &Fields) {
    let kind: Option<String> = fields.read("type").unwrap_or_default();
    observed.ending = if kind.as_deref() == Some("error") { Ending::Failed } else { Ending::Complete };
    observed.model = fields.read("model").unwrap_or_default();
    take(&mut observed.usage, fields.read("usage").unwrap_or_default());
}

/// Lets a newer report overwrite what it mentions and leave alone what it does not.
fn take(usage: &mut Usage, reported: Option<WireUsage>) {
    let Some(reported) = reported else { return };
    take_cache_writes(usage, reported.cache_creation_input_tokens, reported.cache_creation.as_ref());
    let web_searches = reported.server_tool_use.and_then(|tools| tools.web_search_requests);
    for (counter, value) in [
        (&mut usage.input_tokens, reported.input_tokens),
        (&mut usage.cache_read_tokens, reported.cache_read_input_tokens),
        (&mut usage.output_tokens, reported.output_tokens),
        (&mut usage.web_search_requests, web_searches),
    ] {
        *counter = value.or(*counter);
    }
    for (word, value) in [
        (&mut usage.service_tier, reported.service_tier),
        (&mut usage.inference_geo, reported.inference_geo),
        (&mut usage.speed, reported.speed),
    ] {
        if value.is_some() {
            *word = value;
        }
    }
}

/// Splits cache writes by lifetime. A later report may repeat the total without the split: then one-hour writes stay
/// what they were, and only what is above them counts as five-minute writes.
fn take_cache_writes(usage: &mut Usage, total: Option<u64>, split: Option<&WireCacheCreation>) {
    let five_minutes = split.and_then(|split| split.ephemeral_5m_input_tokens);
    let one_hour = split.and_then(|split| split.ephemeral_1h_input_tokens);
    usage.cache_write_1h_tokens = one_hour.or(usage.cache_write_1h_tokens);
    usage.cache_write_5m_tokens = match (five_minutes, total) {
        (_, Some(total)) => Some(total.saturating_sub(usage.cache_write_1h_tokens.unwrap_or(0))),
        (Some(five_minutes), None) => Some(five_minutes),
        (None, None) => usage.cache_write_5m_tokens,
    };
}

fn smallest_call(model: &str) -> SmallestCall {
    let hello = serde_json::json!({ "role": "user", "content": "Hi" });
    SmallestCall {
        path: "/api/v1/messages".to_owned(),
        // https://docs.anthropic.com/en/api/versioning: a call without it is refused.
        header: Some((HeaderName::from_static("anthropic-version"), HeaderValue::from_static("2023-06-01"))),
        body: serde_json::json!({ "model": model, "max_tokens": 1, "messages": [hello] }).to_string(),
    }
}

fn render_refusal(refusal: &RefusalText<'_>) -> String {
    serde_json::json!({
        "type": "error",
        "error": { "type": error_type(refusal.status), "message": refusal.message },
        "request_id": refusal.call_id,
    })
    .to_string()
}

/// A list of models (<https://docs.claude.com/en/api/models-list>). When a model came out nobody tells Carpool.
fn render_models(models: &[ListedModel<'_>]) -> String {
    let data: Vec<_> = models
        .iter()
        .map(|model| {
            serde_json::json!({
                "type": "model", "id": model.id, "display_name": model.id, "created_at": "1970-01-01T00:00:00Z",
            })
        })
        .collect();
    serde_json::json!({
        "data": data,
        "has_more": false,
        "first_id": models.first().map(|model| model.id),
        "last_id": models.last().map(|model| model.id),
    })
    .to_string()
}

fn render_refusal_event(refusal: &RefusalText<'_>) -> String {
    format!("event: error\ndata: {}\n\n", render_refusal(refusal))
}

#[derive(Deserialize)]
struct WireError {
    error: WireErrorBody,
}

#[derive(Deserialize)]
struct WireErrorBody {
    #[serde(rename = "type")]
    kind: String,
}

fn error_status(data: &[u8]) -> StatusCode {
    let kind = serde_json::from_slice(data).map(|WireError { error }| error.kind).unwrap_or_default();
    let known =
        [400, 401, 402, 403, 404, 413, 429, 504, 529].into_iter().filter_map(|code| StatusCode::from_u16(code).ok());
    known.into_iter().find(|status| error_type(*status) == kind).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The vendor's word for a status (<https://docs.claude.com/en/api/errors>).
fn error_type(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "invalid_request_error",
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        _ => "api_error",
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::json::Outline;

    fn observe(events: &[(&str, &str)]) -> Observed {
        let mut observed = Observed::default();
        for (name, data) in events {
            let event = Event { name: name.as_bytes(), data: Cow::Borrowed(data.as_bytes()) };
            observe_event(&mut observed, &event);
        }
        observed
    }

    #[test]
    fn a_request_tells_its_model_and_whether_it_streams() {
        let read = |body: &[u8]| {
            let mut outline = Outline::of(MESSAGES.asked_fields);
            outline.push(body);
            read_asked(&outline.finish()?, &HeaderMap::new())
        };
        let asked = read(
            br#"{"messages":[{"role":"user","content":"hi"}],"model":"claude-x","stream":true,"max_tokens":32000,
                "models":["claude-y"]}"#,
        );
        let asked = asked.expect("readable");
        assert_eq!((asked.model.as_deref(), asked.stream), (Some("claude-x"), true));
        assert_eq!((asked.max_output_tokens, &asked.other_models[..]), (Some(32_000), &["claude-y".to_owned()][..]));

        assert!(read(b"{").is_err());
        assert!(read(br#"{"model":"cheap","model":"dear"}"#).is_err(), "two models could be read differently upstream");
    }

    #[test]
    fn the_last_report_wins_and_keeps_what_it_does_not_repeat() {
        let observed = observe(&[
            (
                "message_start",
                r#"{"type":"message_start","message":{"model":"claude-sonnet-4-5-20250929","usage":{"input_tokens":10,
                   "cache_read_input_tokens":200,"cache_creation_input_tokens":70,"output_tokens":1,
                   "cache_creation":{"ephemeral_5m_input_tokens":30,"ephemeral_1h_input_tokens":40},
                   "service_tier":"standard","inference_geo":"us"}}}"#,
            ),
            ("content_block_delta", r#"{"type":"content_block_delta","usage":{"output_tokens":999}}"#),
            (
                "message_delta",
                r#"{"type":"message_delta","usage":{"output_tokens":55,"cache_creation_input_tokens":70,
                "server_tool_use":{"web_search_requests":2}}}"#,
            ),
            ("message_stop", r#"{"type":"message_stop"}"#),
        ]);

        assert_eq!(observed.ending, Ending::Complete);
        assert_eq!(observed.model.as_deref(), Some("claude-sonnet-4-5-20250929"));
        assert_eq!(
            observed.usage,
            Usage {
                input_tokens: Some(10),
                cache_read_tokens: Some(200),
                cache_write_5m_tokens: Some(30),
                cache_write_1h_tokens: Some(40),
                output_tokens: Some(55),
                reasoning_tokens: None,
                web_search_requests: Some(2),
                service_tier: Some("standard".to_owned()),
                inference_geo: Some("us".to_owned()),
                speed: None,
            }
        );
    }

    #[test]
    fn cache_writes_without_a_split_are_five_minute_writes() {
        let observed = observe(&[(
            "message_start",
            r#"{"type":"message_start","message":{"usage":{"cache_creation_input_tokens":70,"cache_creation":null}}}"#,
        )]);

        assert_eq!(observed.usage.cache_write_5m_tokens, Some(70));
        assert_eq!(observed.usage.cache_write_1h_tokens, None);
    }

    #[test]
    fn an_error_event_is_a_failed_ending() {
        let observed = observe(&[("error", r#"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#)]);

        assert_eq!(observed.ending, Ending::Failed);
        assert_eq!(error_status(&observed.error.expect("kept")).as_u16(), 529);
    }

    #[test]
    fn a_refusal_has_the_vendors_shape() {
        let refusal = RefusalText { status: StatusCode::UNAUTHORIZED, message: "No \"key\"", call_id: "call_1" };

        assert_eq!(
            render_refusal(&refusal),
            r#"{"error":{"message":"No \"key\"","type":"authentication_error"},"request_id":"call_1","type":"error"}"#
        );
    }
}
