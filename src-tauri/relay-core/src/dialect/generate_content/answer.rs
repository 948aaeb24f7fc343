//! What answers say: usage, model, ending, errors. Code Assist wraps each in `response`; both forms are read.
//!
//! Usage stands in `usageMetadata`, in a stream in each chunk and cumulative: the last one wins. `promptTokenCount` counts
//! the cached tokens, and not those of tools' results; `candidatesTokenCount` does not count the thoughts
//! (<https://ai.google.dev/api/generate-content#UsageMetadata>, read November 2026).

use http::StatusCode;
use serde::{Deserialize, de::IgnoredAny};

use super::bare_model;
use crate::{
    json::{Field, Fields},
    meter::{Ending, Observed},
    sse::Event,
    usage::Usage,
};

/// The longest beginning of an error that is kept.
const ERROR: usize = 16 * 1024;
const WRAPPED: &[Field] = &[Field::whole("modelVersion"), Field::whole("usageMetadata")];
/// The fields of a whole answer that are looked for.
pub(super) const FIELDS: &[Field] = &[
    Field::whole("modelVersion"),
    Field::whole("usageMetadata"),
    Field::beginning("error", ERROR),
    Field::object("response", WRAPPED),
];

/// What surrounds the text of a chunk: ids, the role, the model and the counters.
const CHUNK_FRAME: usize = 300;
/// English text has about four bytes to a token.
const BYTES_PER_TOKEN: usize = 4;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireChunk {
    response: Option<Box<WireChunk>>,
    candidates: Option<Vec<WireCandidate>>,
    prompt_feedback: Option<WireFeedback>,
    usage_metadata: Option<WireUsage>,
    model_version: Option<String>,
    error: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireCandidate {
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireFeedback {
    block_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireUsage {
    prompt_token_count: Option<u64>,
    cached_content_token_count: Option<u64>,
    tool_use_prompt_token_count: Option<u64>,
    candidates_token_count: Option<u64>,
    thoughts_token_count: Option<u64>,
    /// Says the tier in the Gemini API.
    service_tier: Option<String>,
    /// Says it elsewhere, e.g. `ON_DEMAND_PRIORITY`.
    traffic_type: Option<String>,
}

/// Learns from one chunk of a stream.
pub(super) fn observe_event(observed: &mut Observed, event: &Event<'_>) {
    if observed.ending == Ending::Failed {
        return;
    }
    let Ok(mut chunk) = serde_json::from_slice::<WireChunk>(&event.data) else { return };
    if chunk.error.is_some() {
        observed.ending = Ending::Failed;
        observed.error = Some(event.data.to_vec());
        return;
    }
    let wrapped = chunk.response.take();
    observe_chunk(observed, wrapped.map_or(chunk, |wrapped| *wrapped), event.data.len());
}

fn observe_chunk(observed: &mut Observed, chunk: WireChunk, len: usize) {
    let WireChunk { candidates, prompt_feedback, usage_metadata, model_version, .. } = chunk;
    let candidates = candidates.unwrap_or_default();
    let has_finished = candidates.iter().any(|candidate| says_something(candidate.finish_reason.as_deref()));
    let is_blocked = prompt_feedback.is_some_and(|feedback| says_something(feedback.block_reason.as_deref()));
    if has_finished || (is_blocked && candidates.is_empty()) {
        observed.ending = Ending::Enough;
    }
    observed.model = model_version.map(|model| bare_model(&model).to_owned()).or(observed.model.take());

    let reported = usage_metadata.is_some_and(|reported| take(&mut observed.usage, &reported));
    observed.output_so_far = match observed.usage.output_tokens.filter(|_| reported) {
        Some(output) => output,
        None => observed.output_so_far + guess_tokens(len),
    };
}

/// A reason that is left open is written as an empty text or as the first word of its list.
fn says_something(reason: Option<&str>) -> bool {
    reason.is_some_and(|reason| !reason.is_empty() && !reason.ends_with("_UNSPECIFIED"))
}

/// Guesses the tokens of a chunk from the length of its JSON, in bytes.
fn guess_tokens(chunk: usize) -> u64 {
    (chunk.saturating_sub(CHUNK_FRAME) / BYTES_PER_TOKEN).max(1) as u64
}

/// Learns from a whole answer.
pub(super) fn observe_answer(observed: &mut Observed, fields: &Fields) {
    if let Some(error) = fields.text("error") {
        observed.ending = Ending::Failed;
        observed.error = Some([b"{\"error\":", error, b"}"].concat());
        return;
    }
    observed.ending = Ending::Complete;
    let fields = fields.inside("response").unwrap_or(fields);
    let model: Option<String> = fields.read("modelVersion").unwrap_or_default();
    observed.model = model.map(|model| bare_model(&model).to_owned());
    if let Ok(Some(reported)) = fields.read::<WireUsage>("usageMetadata") {
        take(&mut observed.usage, &reported);
    }
}

/// Lets a newer report overwrite what it mentions and leave alone what it does not; says whether it told of any output. The
/// first chunks of a stream may tell of thoughts and not of candidates yet, or of neither.
fn take(usage: &mut Usage, reported: &WireUsage) -> bool {
    let tells_output = reported.candidates_token_count.is_some() || reported.thoughts_token_count.is_some();
    if tells_output {
        let thoughts_so_far = usage.reasoning_tokens.unwrap_or_default();
        let candidates_so_far = usage.output_tokens.unwrap_or_default().saturating_sub(thoughts_so_far);
        let thoughts = reported.thoughts_token_count.unwrap_or(thoughts_so_far);
        let candidates = reported.candidates_token_count.unwrap_or(candidates_so_far);
        usage.output_tokens = Some(candidates.saturating_add(thoughts));
        usage.reasoning_tokens = reported.thoughts_token_count.or(usage.reasoning_tokens);
    }
    usage.cache_read_tokens = reported.cached_content_token_count.or(usage.cache_read_tokens);
    if let Some(prompt) = reported.prompt_token_count {
        let uncached = prompt.saturating_sub(usage.cache_read_tokens.unwrap_or_default());
        let of_tools = reported.tool_use_prompt_token_count.unwrap_or_default();
        usage.input_tokens = Some(uncached.saturating_add(of_tools));
    }
    let tier =
        reported.service_tier.as_deref().and_then(tier_of).or(reported.traffic_type.as_deref().and_then(tier_of));
    usage.service_tier = tier.map(str::to_owned).or(usage.service_tier.take());
    tells_output
}

/// The tier in words such as `priority`, `SERVICE_TIER_FLEX` or `ON_DEMAND_PRIORITY`.
fn tier_of(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    ["priority", "flex", "standard"].into_iter().find(|tier| word == *tier || word.ends_with(&format!("_{tier}")))
}

#[derive(Deserialize)]
struct WireAnswer {
    error: WireError,
}

#[derive(Deserialize)]
struct WireError {
    code: Option<u16>,
    status: Option<String>,
}

/// The status that an error would have had as an answer of its own: its `code`, else what its `status` means.
pub(super) fn error_status(data: &[u8]) -> StatusCode {
    let Ok(WireAnswer { error }) = serde_json::from_slice(data) else { return StatusCode::INTERNAL_SERVER_ERROR };
    let by_code = error.code.filter(|code| (400..600).contains(code)).and_then(|code| StatusCode::from_u16(code).ok());
    let by_word = || {
        let word = error.status.as_deref()?;
        STATUSES.iter().find(|(_, known)| *known == word).and_then(|(code, _)| StatusCode::from_u16(*code).ok())
    };
    by_code.or_else(by_word).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Google's words for statuses (<https://cloud.google.com/apis/design/errors#handling_errors>). Of several words for one
/// status the first is written, of several statuses for one word the first is read.
const STATUSES: [(u16, &str); 17] = [
    (400, "INVALID_ARGUMENT"),
    (400, "FAILED_PRECONDITION"),
    (400, "OUT_OF_RANGE"),
    (401, "UNAUTHENTICATED"),
    (403, "PERMISSION_DENIED"),
    (404, "NOT_FOUND"),
    (409, "ABORTED"),
    (409, "ALREADY_EXISTS"),
    (429, "RESOURCE_EXHAUSTED"),
    (402, "RESOURCE_EXHAUSTED"),
    (500, "INTERNAL"),
    (501, "UNIMPLEMENTED"),
    (503, "UNAVAILABLE"),
    (502, "UNAVAILABLE"),
    (504, "DEADLINE_EXCEEDED"),
    (408, "DEADLINE_EXCEEDED"),
    (413, "INVALID_ARGUMENT"),
];

/// Google's word for a status.
pub(super) fn status_word(status: StatusCode) -> &'static str {
    let known = STATUSES.iter().find(|(code, _)| *code == status.as_u16());
    known.map_or("UNKNOWN", |(_, word)| word)
}
