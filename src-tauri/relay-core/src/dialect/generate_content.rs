//! Google's generateContent format, as the Gemini API speaks it and, wrapped, Gemini Code Assist.
//!
//! Sources: <https://ai.google.dev/api/generate-content> and `/api/models`, `/api/tokens`, `/api/embeddings` (read November
//! 2026); the paths under `/v1internal` are those that the Gemini CLI asks for when it is signed in with a Google account
//! (`packages/core/src/code_assist/server.ts`). Path and not body tell the model, except there. A stream has no event that
//! ends it: the last chunk has a `finishReason`, and then it just ends. Without `alt=sse` it comes as one JSON array.

use http::HeaderMap;

use super::{Dialect, ListedModel, NotReadable, Path, SmallestCall, extent};
use crate::{
    call::{Asked, Operation},
    json::{Field, Fields},
    refusal::RefusalText,
};

mod answer;
mod conversation;

use self::conversation::BEGINNING;

/// How a model's name begins where it is named as a resource.
pub const MODELS: &str = "models/";
/// The object that tells how answers are to be made, as documented and as the vendor also takes it.
const CONFIG: [&str; 2] = ["generationConfig", "generation_config"];
const MAX_OUTPUT_TOKENS: [&str; 2] = ["maxOutputTokens", "max_output_tokens"];
const ANSWERS: [&str; 2] = ["candidateCount", "candidate_count"];
const CONFIG_FIELDS: &[Field] = &[
    Field::whole(MAX_OUTPUT_TOKENS[0]),
    Field::whole(MAX_OUTPUT_TOKENS[1]),
    Field::whole(ANSWERS[0]),
    Field::whole(ANSWERS[1]),
];
/// Where the CLI's calls say what the public API's calls say at the top.
const REQUEST: &[Field] = &[
    Field::whole("session_id"),
    Field::whole("model"),
    Field::object(CONFIG[0], CONFIG_FIELDS),
    Field::object(CONFIG[1], CONFIG_FIELDS),
    Field::beginning("labels", 0),
    Field::beginning("systemInstruction", BEGINNING),
    Field::beginning("system_instruction", BEGINNING),
    Field::beginning("contents", BEGINNING),
];

/// The generateContent dialect.
pub static GENERATE_CONTENT: Dialect = Dialect {
    id: "generate_content",
    label: "Gemini generateContent",
    prefixes: &["/gemini", ""],
    paths: &[
        Path::post("/v1beta/models/{model}:generateContent", Operation::Generate).streaming(false),
        Path::post("/v1beta/models/{model}:streamGenerateContent", Operation::Generate).streaming(true),
        Path::post("/v1beta/models/{model}:countTokens", Operation::CountTokens).streaming(false),
        Path::post("/v1beta/models/{model}:embedContent", Operation::Embed).streaming(false),
        Path::post("/v1beta/models/{model}:batchEmbedContents", Operation::Embed).streaming(false),
        Path::get("/v1beta/models", Operation::ListModels),
        Path::post("/v1/models/{model}:generateContent", Operation::Generate).streaming(false),
        Path::post("/v1/models/{model}:streamGenerateContent", Operation::Generate).streaming(true),
        Path::post("/v1/models/{model}:countTokens", Operation::CountTokens).streaming(false),
        Path::post("/v1/models/{model}:embedContent", Operation::Embed).streaming(false),
        Path::post("/v1/models/{model}:batchEmbedContents", Operation::Embed).streaming(false),
        Path::get("/v1/models", Operation::ListModels),
        Path::post("/v1internal:generateContent", Operation::Generate).streaming(false),
        Path::post("/v1internal:streamGenerateContent", Operation::Generate).streaming(true),
        Path::post("/v1internal:countTokens", Operation::CountTokens).streaming(false),
        Path::post("/v1internal:{any}", Operation::Aside).streaming(false),
        Path::get("/v1internal:{any}", Operation::Aside).streaming(false),
        // Long-running operations, which onboarding is.
        Path::get("/v1internal/operations/{any}", Operation::Aside).streaming(false),
    ],
    marks: &["x-goog-api-key", "x-goog-api-client"],
    asked_fields: &[
        Field::whole("model"),
        Field::whole("project"),
        Field::whole("cloudaicompanionProject"),
        Field::object("metadata", &[Field::whole("duetProject")]),
        Field::object("request", REQUEST),
        Field::object(CONFIG[0], CONFIG_FIELDS),
        Field::object(CONFIG[1], CONFIG_FIELDS),
        Field::beginning("generateContentRequest", 0),
        Field::beginning("systemInstruction", BEGINNING),
        Field::beginning("system_instruction", BEGINNING),
        Field::beginning("contents", BEGINNING),
    ],
    read_asked,
    is_opening: |_| false,
    observe_event: answer::observe_event,
    answer_fields: answer::FIELDS,
    observe_answer: answer::observe_answer,
    usage_on_request: None,
    smallest_call,
    error_status: answer::error_status,
    render_refusal,
    render_refusal_event,
    render_models,
};

/// A model's name without what stands before it where it is named as a resource: `models/gemini-2.5-pro`.
#[must_use]
pub fn bare_model(name: &str) -> &str {
    name.strip_prefix(MODELS).unwrap_or(name)
}

fn read_asked(fields: &Fields, headers: &HeaderMap) -> Result<Asked, NotReadable> {
    let named = |fields: &Fields| fields.read::<String>("model").map_err(|_| NotReadable::Field("model"));
    let request = fields.inside("request");
    let model = match (named(fields)?, request) {
        (Some(model), _) => Some(model),
        (None, Some(request)) => named(request)?,
        (None, None) => None,
    };
    let configs = [Some(fields), request].into_iter().flatten().flat_map(|part| CONFIG.map(|name| part.inside(name)));
    let configs: Vec<&Fields> = configs.flatten().collect();
    let of_config = |names: &[&str]| configs.iter().filter_map(|config| extent::count(config, names)).max();
    Ok(Asked {
        model: model.map(|model| bare_model(&model).to_owned()),
        other_models: Vec::new(),
        stream: false,
        max_output_tokens: of_config(&MAX_OUTPUT_TOKENS),
        answers: of_config(&ANSWERS),
        conversation: conversation::name(request.unwrap_or(fields), headers),
    })
}

fn smallest_call(model: &str) -> SmallestCall {
    let hello = serde_json::json!({ "role": "user", "parts": [{ "text": "Hi" }] });
    SmallestCall {
        path: format!("/gemini/v1beta/models/{model}:generateContent"),
        header: None,
        body: serde_json::json!({ "contents": [hello], "generationConfig": { "maxOutputTokens": 1 } }).to_string(),
    }
}

/// An error as Google writes it (<https://cloud.google.com/apis/design/errors>).
fn render_refusal(refusal: &RefusalText<'_>) -> String {
    serde_json::json!({
        "error": {
            "code": refusal.status.as_u16(),
            "message": refusal.message,
            "status": answer::status_word(refusal.status),
            "details": [],
        },
    })
    .to_string()
}

fn render_refusal_event(refusal: &RefusalText<'_>) -> String {
    format!("data: {}\n\n", render_refusal(refusal))
}

/// A list of models (<https://ai.google.dev/api/models#method:-models.list>). Of what a model can do only its name tells.
fn render_models(models: &[ListedModel<'_>]) -> String {
    let models: Vec<_> = models
        .iter()
        .map(|model| {
            let methods: &[&str] = if model.id.contains("embedding") {
                &["embedContent"]
            } else {
                &["generateContent", "streamGenerateContent", "countTokens"]
            };
            serde_json::json!({
                "name": format!("{MODELS}{}", model.id),
                "displayName": model.id,
                "supportedGenerationMethods": methods,
            })
        })
        .collect();
    serde_json::json!({ "models": models }).to_string()
}

#[cfg(test)]
mod tests;
