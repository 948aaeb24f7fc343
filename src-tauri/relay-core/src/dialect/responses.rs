//! OpenAI's Responses format.
//!
//! Sources: <https://platform.openai.com/docs/api-reference/responses> and `/responses-streaming` (read November 2026).
//! Usage stands in the response object of the last event, or of the whole answer. Input counts the cache, output the
//! reasoning.

use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{json, value::RawValue};

use super::{
    Dialect, ListedModel, NotReadable, Path, SmallestCall, beginning, extent, growth, inclusive::Inclusive,
    openai_error,
};
use crate::{
    call::{Asked, Operation},
    dialect::chat,
    json::{Field, Fields},
    meter::{Ending, Observed},
    refusal::RefusalText,
    sse::Event,
};

/// The Responses dialect.
pub static RESPONSES: Dialect = Dialect {
    id: "responses",
    label: "OpenAI Responses",
    prefixes: &["/azure/openai", "/droid/openai", "/openai", ""],
    paths: &[
        Path::post("/v1/responses", Operation::Generate),
        Path::post("/responses", Operation::Generate).meaning("/v1/responses"),
        Path::post("/v1/responses/compact", Operation::Generate),
        Path::post("/responses/compact", Operation::Generate).meaning("/v1/responses/compact"),
        // Codex tries a WebSocket first.
        Path::get("/v1/responses", Operation::Upgrade),
        Path::get("/responses", Operation::Upgrade).meaning("/v1/responses"),
    ],
    marks: &[],
    asked_fields: &[
        Field::whole("model"),
        Field::whole(extent::OTHER_MODELS),
        Field::whole("stream"),
        Field::whole(MAX_OUTPUT_TOKENS),
        Field::whole("background"),
        Field::whole("prompt_cache_key"),
        Field::whole("previous_response_id"),
        Field::beginning("instructions", beginning::BEGINNING),
        Field::beginning("input", beginning::BEGINNING_OF_BOTH),
    ],
    read_asked,
    is_opening: |event| OPENING.contains(&event.name),
    observe_event,
    answer_fields: &[
        Field::whole("model"),
        Field::whole("status"),
        Field::whole("service_tier"),
        Field::whole("usage"),
        Field::whole("error"),
        Field::beginning("output", OUTPUT),
    ],
    observe_answer,
    usage_on_request: None,
    smallest_call,
    error_status: openai_error::status,
    render_refusal: openai_error::render_refusal,
    render_refusal_event,
    render_models,
};

/// How much of a whole answer's output is looked through for web searches, in bytes: they come before the text.
const OUTPUT: usize = 64 * 1024;
/// The field for the most output.
const MAX_OUTPUT_TOKENS: &str = "max_output_tokens";
/// The events that tell more than content.
const TELLING: [&[u8]; 5] =
    [b"response.created", b"response.completed", b"response.incomplete", b"response.failed", b"error"];
/// How the names of the events end that carry a piece of content.
const DELTA: &[u8] = b".delta";

fn read_asked(fields: &Fields, headers: &HeaderMap) -> Result<Asked, NotReadable> {
    let stream: Option<bool> = fields.read("stream").map_err(|_| NotReadable::Field("stream"))?;
    let model = fields.read("model").map_err(|_| NotReadable::Field("model"))?;
    let background: Option<bool> = fields.read("background").map_err(|_| NotReadable::Field("background"))?;
    if background == Some(true) {
        return Err(NotReadable::NotServed(
            "Carpool does not serve background responses, which other calls would have to fetch. Send the request without \
             'background'.",
        ));
    }
    Ok(Asked {
        model,
        other_models: extent::other_models(fields)?,
        stream: stream.unwrap_or(false),
        max_output_tokens: extent::count(fields, &[MAX_OUTPUT_TOKENS]),
        answers: None,
        conversation: conversation(fields, headers),
    })
}

/// The session or cache key that the client names, else how the conversation begins.
fn conversation(fields: &Fields, headers: &HeaderMap) -> Option<Vec<u8>> {
    let named = |name| {
        let name: Option<String> = fields.read(name).ok().flatten();
        name.filter(|name| !name.is_empty()).map(String::into_bytes)
    };
    let beginning = || {
        let instructions = fields.text("instructions").map(beginning::text).unwrap_or_default();
        let input = beginning::up_to_user(fields.text("input")?);
        Some(beginning::digest(std::iter::once(&*instructions).chain(input.iter().map(Vec::as_slice))))
    };
    beginning::session(headers)
        .or_else(|| named("prompt_cache_key"))
        .or_else(|| named("previous_response_id"))
        .or_else(beginning)
}

#[derive(Deserialize)]
struct WireEvent<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(borrow)]
    response: Option<WireResponse<'a>>,
}

#[derive(Default, Deserialize)]
struct WireResponse<'a> {
    model: Option<String>,
    service_tier: Option<String>,
    usage: Option<WireUsage>,
    #[serde(borrow)]
    output: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireUsage {
    input_tokens: Option<u64>,
    input_tokens_details: Option<WireInputDetails>,
    output_tokens: Option<u64>,
    output_tokens_details: Option<WireOutputDetails>,
}

#[derive(Default, Deserialize)]
struct WireInputDetails {
    cached_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct WireOutputDetails {
    reasoning_tokens: Option<u64>,
}

/// What comes before anything is answered, and is often all that comes of a provider with too much to do.
const OPENING: [&[u8]; 4] = [b"response.created", b"response.in_progress", b"response.queued", b"codex.rate_limits"];

fn observe_event(observed: &mut Observed, event: &Event<'_>) {
    if observed.ending != Ending::Open {
        return;
    }
    // The many events between start and end carry content only: they are told apart by name and not parsed. Some
    // compatible servers leave the names out.
    if event.name.ends_with(DELTA) {
        grow(observed, &event.data);
        return;
    }
    if !event.name.is_empty() && !TELLING.contains(&event.name) {
        return;
    }
    let Ok(WireEvent { kind, response }) = serde_json::from_slice(&event.data) else { return };
    let response = response.unwrap_or_default();
    match kind.as_deref().map_or(event.name, str::as_bytes) {
        // The service tier is still the one that was asked for.
        b"response.created" => observed.model = response.model,
        b"response.completed" | b"response.incomplete" => {
            take(observed, response);
            observed.ending = Ending::Complete;
        }
        b"response.failed" => {
            take(observed, response);
            fail(observed, event.data.to_vec());
        }
        b"error" => fail(observed, event.data.to_vec()),
        name if name.ends_with(DELTA) => grow(observed, &event.data),
        _ => {}
    }
}

fn grow(observed: &mut Observed, data: &[u8]) {
    if let Some(len) = growth::length_behind(data, b"\"delta\":\"", b'"') {
        observed.output_so_far += growth::tokens(len);
    }
}

fn fail(observed: &mut Observed, error: Vec<u8>) {
    observed.ending = Ending::Failed;
    observed.error = Some(error);
}

fn take(observed: &mut Observed, response: WireResponse<'_>) {
    observed.model = response.model.or(observed.model.take());
    if let Some(tier) = response.service_tier {
        observed.usage.service_tier = Some(tier);
    }
    if let Some(usage) = response.usage {
        let input = usage.input_tokens_details.unwrap_or_default();
        let counters = Inclusive {
            input: usage.input_tokens,
            cache_read: input.cached_tokens,
            cache_write: input.cache_write_tokens,
            output: usage.output_tokens,
            reasoning: usage.output_tokens_details.and_then(|details| details.reasoning_tokens),
        };
        counters.put_into(&mut observed.usage);
    }
    observed.output_so_far = observed.usage.output_tokens.unwrap_or(observed.output_so_far);
    let searches = response.output.and_then(|output| web_searches(output.get().as_bytes()));
    observed.usage.web_search_requests = searches.or(observed.usage.web_search_requests);
}

#[derive(Deserialize)]
struct WireItem {
    #[serde(rename = "type")]
    kind: Option<String>,
    action: Option<WireAction>,
}

#[derive(Deserialize)]
struct WireAction {
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl WireItem {
    /// Opening a page, and looking for something in it, are not charged for
    /// (<https://platform.openai.com/docs/guides/tools-web-search>, "Output and citations").
    fn is_web_search(&self) -> bool {
        let action = self.action.as_ref().and_then(|action| action.kind.as_deref());
        self.kind.as_deref() == Some("web_search_call") && action.is_none_or(|action| action == "search")
    }
}

/// Counts the web searches in an output; `None` without any, because some providers leave the output out.
fn web_searches(output: &[u8]) -> Option<u64> {
    let count = beginning::members(output).filter(WireItem::is_web_search).count();
    (count > 0).then_some(count as u64)
}

fn observe_answer(observed: &mut Observed, fields: &Fields) {
    let response = WireResponse {
        model: fields.read("model").unwrap_or_default(),
        service_tier: fields.read("service_tier").unwrap_or_default(),
        usage: fields.read("usage").unwrap_or_default(),
        output: None,
    };
    take(observed, response);
    observed.usage.web_search_requests = fields.text("output").and_then(web_searches);
    let status: Option<String> = fields.read("status").unwrap_or_default();
    let error = fields.text("error").filter(|error| *error != b"null");
    observed.error = error.map(|error| [b"{\"error\":", error, b"}"].concat());
    let is_failed = error.is_some() || status.as_deref() == Some("failed");
    observed.ending = if is_failed { Ending::Failed } else { Ending::Complete };
}

/// Two events, as the vendor itself sends them: its SDKs raise the first, and Codex reads the second. The first has the
/// error in the shape that is documented and in the one that is seen.
fn render_refusal_event(refusal: &RefusalText<'_>) -> String {
    let error = openai_error::of_refusal(refusal);
    let event = json!({
        "type": "error",
        "code": error["code"],
        "message": error["message"],
        "param": null,
        "sequence_number": 0,
        "error": error,
    });
    let failed = json!({
        "type": "response.failed",
        "sequence_number": 1,
        "response": {
            "id": refusal.call_id,
            "object": "response",
            "created_at": 0,
            "status": "failed",
            "error": { "code": failure_code(refusal.status), "message": refusal.message },
            "incomplete_details": null,
            "output": [],
            "usage": null,
        },
    });
    format!("event: error\ndata: {event}\n\nevent: response.failed\ndata: {failed}\n\n")
}

/// The code of a response that failed: one of a short list, and the second makes Codex give up.
fn failure_code(status: StatusCode) -> &'static str {
    match status.as_u16() {
        429 => "rate_limit_exceeded",
        400..=499 => "invalid_prompt",
        _ => "server_error",
    }
}

/// OpenAI takes no fewer than 16 tokens of output here (API reference, `max_output_tokens`).
fn smallest_call(model: &str) -> SmallestCall {
    SmallestCall {
        path: "/openai/v1/responses".to_owned(),
        header: None,
        body: json!({ "model": model, "input": "Hi", "max_output_tokens": 16, "store": false }).to_string(),
    }
}

fn render_models(models: &[ListedModel<'_>]) -> String {
    (chat::CHAT.render_models)(models)
}

#[cfg(test)]
mod tests;
