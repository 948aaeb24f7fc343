//! OpenAI's Chat Completions format, which most vendors speak in some form, with its embeddings and its list of models.
//!
//! Sources: <https://platform.openai.com/docs/api-reference/chat> and `/chat-streaming` (read November 2026); the paths of
//! Azure <https://learn.microsoft.com/azure/ai-foundry/openai/reference>. A stream tells its usage only when asked to, in a
//! chunk before `[DONE]`. Input counts the cache, output the reasoning.

mod chunk;

use http::HeaderMap;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, json};

use self::chunk::WireUsage;
use super::{Dialect, ListedModel, NotReadable, Path, SmallestCall, UsageOnRequest, beginning, extent, openai_error};
use crate::{
    call::{Asked, Operation},
    json::{Edit, Field, Fields, Outline},
    meter::{Ending, Observed},
    refusal::RefusalText,
    sse::Event,
};

/// The Chat Completions dialect.
pub static CHAT: Dialect = Dialect {
    id: "chat",
    label: "OpenAI Chat Completions",
    prefixes: &["/azure/openai", "/droid/comm", "/openai", "/azure", ""],
    paths: &[
        Path::post(COMPLETIONS, Operation::Generate),
        Path::post("/chat/completions", Operation::Generate).meaning(COMPLETIONS),
        Path::post("/openai/deployments/{model}/chat/completions", Operation::Generate).meaning(COMPLETIONS),
        Path::post(EMBEDDINGS, Operation::Embed),
        Path::post("/embeddings", Operation::Embed).meaning(EMBEDDINGS),
        Path::post("/openai/deployments/{model}/embeddings", Operation::Embed).meaning(EMBEDDINGS),
        Path::get(MODELS, Operation::ListModels),
        Path::get("/models", Operation::ListModels).meaning(MODELS),
    ],
    marks: &["authorization"],
    asked_fields: &[
        Field::whole("model"),
        Field::whole(extent::OTHER_MODELS),
        Field::whole("stream"),
        Field::whole(MAX_OUTPUT_TOKENS[0]),
        Field::whole(MAX_OUTPUT_TOKENS[1]),
        Field::whole(ANSWERS),
        Field::whole(STREAM_OPTIONS),
        Field::whole("prompt_cache_key"),
        Field::beginning("messages", beginning::BEGINNING_OF_BOTH),
    ],
    read_asked,
    is_opening: |_| false,
    observe_event: chunk::observe,
    answer_fields: &[Field::whole("model"), Field::whole("service_tier"), Field::whole("usage"), Field::whole("error")],
    observe_answer,
    usage_on_request: Some(UsageOnRequest { ask, is_extra }),
    smallest_call,
    error_status: openai_error::status,
    render_refusal: openai_error::render_refusal,
    render_refusal_event,
    render_models,
};

const COMPLETIONS: &str = "/v1/chat/completions";
const EMBEDDINGS: &str = "/v1/embeddings";
const MODELS: &str = "/v1/models";
/// The fields for the most output, the newer one first.
const MAX_OUTPUT_TOKENS: [&str; 2] = ["max_completion_tokens", "max_tokens"];
/// The field for how many answers there are to be.
const ANSWERS: &str = "n";
const STREAM_OPTIONS: &str = "stream_options";
const INCLUDE_USAGE: &str = "include_usage";

fn read_asked(fields: &Fields, headers: &HeaderMap) -> Result<Asked, NotReadable> {
    let stream: Option<bool> = fields.read("stream").map_err(|_| NotReadable::Field("stream"))?;
    let model = fields.read("model").map_err(|_| NotReadable::Field("model"))?;
    Ok(Asked {
        model,
        other_models: extent::other_models(fields)?,
        stream: stream.unwrap_or(false),
        max_output_tokens: extent::count(fields, &MAX_OUTPUT_TOKENS),
        answers: extent::count(fields, &[ANSWERS]),
        conversation: conversation(fields, headers),
    })
}

/// The session or cache key that the client names, else how the conversation begins. A `user` is no conversation.
fn conversation(fields: &Fields, headers: &HeaderMap) -> Option<Vec<u8>> {
    let cache_key = || {
        let key: Option<String> = fields.read("prompt_cache_key").ok().flatten();
        key.filter(|key| !key.is_empty()).map(String::into_bytes)
    };
    let beginning = || {
        let texts = beginning::up_to_user(fields.text("messages")?);
        Some(beginning::digest(texts.iter().map(Vec::as_slice)))
    };
    beginning::session(headers).or_else(cache_key).or_else(beginning)
}

/// Asks for the usage, beside whatever else the client set for its stream.
fn ask(fields: &Fields, asked: &Asked) -> Option<Edit> {
    if !asked.stream {
        return None;
    }
    let Some(options) = fields.text(STREAM_OPTIONS).filter(|options| *options != b"null") else {
        return Some(fields.set(STREAM_OPTIONS, &json!({ INCLUDE_USAGE: true })));
    };
    let mut outline = Outline::of(const { &[Field::whole(INCLUDE_USAGE)] });
    outline.push(options);
    // What is no object the vendor refuses.
    let options = outline.finish().ok()?;
    match options.read(INCLUDE_USAGE) {
        Ok(Some(true)) => None,
        _ => fields.within(STREAM_OPTIONS, options.set(INCLUDE_USAGE, &Value::Bool(true))),
    }
}

#[derive(Deserialize)]
struct WireExtra {
    choices: Vec<IgnoredAny>,
    usage: Option<IgnoredAny>,
}

/// Says whether a chunk has the usage and nothing else. Some vendors put it into the last chunk of content instead.
fn is_extra(event: &Event<'_>) -> bool {
    let extra = chunk::has_value(&event.data, b"\"usage\"").then(|| serde_json::from_slice(&event.data));
    matches!(extra, Some(Ok(WireExtra { choices, usage: Some(_) })) if choices.is_empty())
}

fn observe_answer(observed: &mut Observed, fields: &Fields) {
    observed.model = fields.read("model").unwrap_or_default();
    observed.usage.service_tier = fields.read("service_tier").unwrap_or_default();
    let usage: Option<WireUsage> = fields.read("usage").unwrap_or_default();
    if let Some(usage) = usage {
        usage.put_into(&mut observed.usage);
    }
    let error = fields.text("error").filter(|error| *error != b"null");
    observed.error = error.map(|error| [b"{\"error\":", error, b"}"].concat());
    observed.ending = if error.is_some() { Ending::Failed } else { Ending::Complete };
}

/// An error in a stream is a chunk that has nothing else: the SDKs raise it.
fn render_refusal_event(refusal: &RefusalText<'_>) -> String {
    format!("data: {}\n\n", openai_error::render_refusal(refusal))
}

fn smallest_call(model: &str) -> SmallestCall {
    let hello = json!({ "role": "user", "content": "Hi" });
    SmallestCall {
        path: "/openai/v1/chat/completions".to_owned(),
        header: None,
        body: json!({ "model": model, "max_tokens": 1, "messages": [hello] }).to_string(),
    }
}

/// A list of models (<https://platform.openai.com/docs/api-reference/models/list>). When a model came out nobody tells
/// Carpool.
fn render_models(models: &[ListedModel<'_>]) -> String {
    let data: Vec<_> = models
        .iter()
        .map(|model| json!({ "id": model.id, "object": "model", "created": 0, "owned_by": model.provider }))
        .collect();
    json!({ "object": "list", "data": data }).to_string()
}

#[cfg(test)]
mod tests;
