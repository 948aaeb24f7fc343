//! The chunks of a streamed chat completion, and the usage that stands in one of the last.

use memchr::memmem;
use serde::{Deserialize, de::IgnoredAny};

use crate::{
    dialect::{growth, inclusive::Inclusive},
    meter::{Ending, Observed},
    sse::Event,
    usage::Usage,
};

/// What ends a stream.
const DONE: &[u8] = b"[DONE]";
/// What surrounds the text of a delta: `{"content":""`.
const DELTA_FRAME: usize = 13;

/// Learns from a chunk. Most carry content only: they are told apart by what does not stand in them, and not parsed.
pub(super) fn observe(observed: &mut Observed, event: &Event<'_>) {
    if matches!(observed.ending, Ending::Complete | Ending::Failed) {
        return;
    }
    if event.data.trim_ascii() == DONE {
        observed.ending = Ending::Complete;
        return;
    }
    grow(observed, &event.data);
    let is_error = event.name == b"error";
    if observed.model.is_some() && !is_error && !tells_more_than_content(&event.data) {
        return;
    }
    let chunk: WireChunk = match serde_json::from_slice(&event.data) {
        Ok(chunk) => chunk,
        Err(_) if is_error => WireChunk::default(),
        Err(_) => return,
    };
    if is_error || chunk.error.is_some() {
        observed.ending = Ending::Failed;
        observed.error = Some(event.data.to_vec());
    }
    take(observed, chunk);
}

fn grow(observed: &mut Observed, data: &[u8]) {
    let delta = growth::length_behind(data, b"\"delta\":", b'}').and_then(|len| len.checked_sub(DELTA_FRAME));
    if let Some(len) = delta.filter(|len| *len > 0) {
        observed.output_so_far += growth::tokens(len);
    }
}

fn tells_more_than_content(data: &[u8]) -> bool {
    let names: [&[u8]; 3] = [b"\"usage\"", b"\"finish_reason\"", b"\"error\""];
    names.into_iter().any(|name| has_value(data, name))
}

/// Says whether a name, given with its quotes, stands somewhere before a value other than `null`. Within a text its quotes
/// would be escaped.
pub(super) fn has_value(data: &[u8], name: &[u8]) -> bool {
    memmem::find_iter(data, name).any(|at| {
        let behind = data[at + name.len()..].trim_ascii_start();
        behind.strip_prefix(b":").is_some_and(|value| !value.trim_ascii_start().starts_with(b"null"))
    })
}

#[derive(Default, Deserialize)]
struct WireChunk {
    model: Option<String>,
    service_tier: Option<String>,
    choices: Option<Vec<WireChoice>>,
    usage: Option<WireUsage>,
    error: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct WireChoice {
    finish_reason: Option<IgnoredAny>,
    /// Where Moonshot puts it (<https://platform.moonshot.ai/docs/api/chat>).
    usage: Option<WireUsage>,
}

fn take(observed: &mut Observed, chunk: WireChunk) {
    // Azure's first chunk is about the prompt and names none.
    if let Some(model) = chunk.model.filter(|model| !model.is_empty() && observed.model.is_none()) {
        observed.model = Some(model);
    }
    if let Some(tier) = chunk.service_tier {
        observed.usage.service_tier = Some(tier);
    }
    let choices = chunk.choices.unwrap_or_default();
    if observed.ending == Ending::Open && choices.iter().any(|choice| choice.finish_reason.is_some()) {
        observed.ending = Ending::Enough;
    }
    let in_choices = choices.into_iter().filter_map(|choice| choice.usage);
    for usage in in_choices.chain(chunk.usage) {
        usage.put_into(&mut observed.usage);
        observed.output_so_far = observed.usage.output_tokens.unwrap_or(observed.output_so_far);
    }
}

/// The usage, with the names that some vendors give the cached part: DeepSeek
/// (<https://api-docs.deepseek.com/guides/kv_cache>) and Moonshot, which puts it beside the input.
#[derive(Deserialize)]
pub(super) struct WireUsage {
    prompt_tokens: Option<u64>,
    prompt_tokens_details: Option<WirePromptDetails>,
    prompt_cache_hit_tokens: Option<u64>,
    cached_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    completion_tokens_details: Option<WireCompletionDetails>,
}

#[derive(Default, Deserialize)]
struct WirePromptDetails {
    cached_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct WireCompletionDetails {
    reasoning_tokens: Option<u64>,
}

impl WireUsage {
    pub(super) fn put_into(self, usage: &mut Usage) {
        let prompt = self.prompt_tokens_details.unwrap_or_default();
        let counters = Inclusive {
            input: self.prompt_tokens,
            cache_read: prompt.cached_tokens.or(self.prompt_cache_hit_tokens).or(self.cached_tokens),
            cache_write: prompt.cache_write_tokens,
            output: self.completion_tokens,
            reasoning: self.completion_tokens_details.and_then(|details| details.reasoning_tokens),
        };
        counters.put_into(usage);
    }
}
