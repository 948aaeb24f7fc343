//! What the pretend provider says: a plausible text, in the shapes of Anthropic's Messages format, with usage that
//! anybody can compute from the request's body.

use carpool_core::usage::Usage;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// How much of the prompt is said back.
const ECHOED_CHARS: usize = 120;

/// What it has to say; letters of several lengths, because streams are cut anywhere.
const SENTENCES: &[&str] = &[
    "This answer was made up on your own machine: no provider was asked, and nothing was charged.",
    "Four friends, one car, and everybody pays for the seat they sat in.",
    "Une réponse s'écoule mot à mot, et le compteur tourne à côté.",
    "拼车的人各付各的油钱。",
    "The meter reads beside the stream and never touches it 🚗.",
    "Try the model `pretend-cut` to see what a broken answer looks like.",
];

/// A request, as far as it matters here.
#[derive(Debug, Deserialize)]
pub(super) struct WireRequest {
    /// The model.
    pub model: String,
    /// Whether the answer is to be a stream.
    #[serde(default)]
    pub stream: bool,
    /// The conversation.
    #[serde(default)]
    pub messages: Vec<Value>,
}

/// A part of an answer's body, and the usage that a client knows of once it has come.
#[derive(Debug)]
pub(super) struct Part {
    pub bytes: Vec<u8>,
    pub told: Option<Usage>,
}

/// The usage told for a request with this body: every counter comes from a range of its own, so that none can be taken
/// for another.
#[must_use]
pub fn usage_for(body: &[u8]) -> Usage {
    let digest = Sha256::digest(body);
    let [input, cache_read, cache_write_5m, cache_write_1h, output] =
        std::array::from_fn(|place| u64::from(digest[place]));
    Usage {
        input_tokens: Some(10 + input),
        cache_write_5m_tokens: Some(300 + cache_write_5m),
        cache_write_1h_tokens: Some(600 + cache_write_1h),
        output_tokens: Some(900 + output),
        cache_read_tokens: Some(2_000 + cache_read),
        service_tier: Some("standard".to_owned()),
        ..Usage::default()
    }
}

/// The tokens told for a `count_tokens` request with this body.
#[must_use]
pub fn counted_tokens(body: &[u8]) -> u64 {
    usage_for(body).prompt_tokens()
}

/// The whole answer as one JSON body.
pub(super) fn whole(request: &WireRequest, body: &[u8], id: &str) -> Vec<Part> {
    let usage = usage_for(body);
    let content = json!([{ "type": "text", "text": text(request, body) }]);
    let message = message(request, id, &content, &usage, Some("end_turn"));
    vec![Part { bytes: message.to_string().into_bytes(), told: Some(usage) }]
}

/// The whole answer as events.
pub(super) fn events(request: &WireRequest, body: &[u8], id: &str) -> Vec<Part> {
    let usage = usage_for(body);
    let at_start = Usage { output_tokens: Some(1), ..usage.clone() };
    let mut parts = vec![
        event("message_start", json!({ "message": message(request, id, &json!([]), &at_start, None) })),
        event("content_block_start", json!({ "index": 0, "content_block": { "type": "text", "text": "" } })),
        event("ping", json!({})),
    ];
    for word in text(request, body).split_inclusive(' ') {
        parts
            .push(event("content_block_delta", json!({ "index": 0, "delta": { "type": "text_delta", "text": word } })));
    }
    let delta = json!({ "stop_reason": "end_turn", "stop_sequence": null });
    let last = json!({ "delta": delta, "usage": { "output_tokens": usage.output_tokens } });
    parts.extend([event("content_block_stop", json!({ "index": 0 })), event("message_delta", last)]);
    parts.push(event("message_stop", json!({})));

    let delta = parts.len() - 2;
    parts[0].told = Some(at_start);
    parts[delta].told = Some(usage);
    parts
}

/// The vendor's error body.
pub(super) fn error(kind: &str, message: &str, id: &str) -> String {
    json!({ "type": "error", "error": { "type": kind, "message": message }, "request_id": id }).to_string()
}

fn event(kind: &str, fields: Value) -> Part {
    let mut data = fields;
    data["type"] = kind.into();
    Part { bytes: format!("event: {kind}\ndata: {data}\n\n").into_bytes(), told: None }
}

fn message(request: &WireRequest, id: &str, content: &Value, usage: &Usage, stop_reason: Option<&str>) -> Value {
    let (five_minutes, one_hour) = (usage.cache_write_5m_tokens, usage.cache_write_1h_tokens);
    json!({
        "id": id.replace("req", "msg"),
        "type": "message",
        "role": "assistant",
        "model": request.model,
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": null,
        "usage": {
            "input_tokens": usage.input_tokens,
            "cache_read_input_tokens": usage.cache_read_tokens,
            "cache_creation_input_tokens": five_minutes.unwrap_or(0) + one_hour.unwrap_or(0),
            "cache_creation": { "ephemeral_5m_input_tokens": five_minutes, "ephemeral_1h_input_tokens": one_hour },
            "output_tokens": usage.output_tokens,
            "service_tier": usage.service_tier,
        },
    })
}

fn text(request: &WireRequest, body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    let chosen = |place: usize| SENTENCES[usize::from(digest[place]) % SENTENCES.len()];
    let asked: String = last_words(&request.messages).chars().take(ECHOED_CHARS).collect();
    format!("You said: “{asked}”. {} {}", chosen(8), chosen(9))
}

/// The text of the last message, whether it is a string or a list of blocks.
fn last_words(messages: &[Value]) -> &str {
    let Some(content) = messages.last().and_then(|message| message.get("content")) else { return "" };
    let of_block = |block: &'_ Value| block.get("text").and_then(Value::as_str).is_some();
    match content {
        Value::String(text) => text,
        Value::Array(blocks) => {
            let last = blocks.iter().rfind(|block| of_block(block));
            last.and_then(|block| block["text"].as_str()).unwrap_or_default()
        }
        _ => "",
    }
}
