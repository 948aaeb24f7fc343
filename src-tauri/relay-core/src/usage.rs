//! What a provider says a call consumed, in counters that never overlap.
//!
//! The vendors count differently (some put cache reads inside the input, some leave reasoning out of the output);
//! only the files in `dialect/` know that. Here every counter means one thing.

/// Disjoint usage counters of one call, in tokens. `None` means the provider did not report it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Uncached input tokens, without cache reads and writes.
    pub input_tokens: Option<u64>,
    /// Input tokens read from the provider's prompt cache.
    pub cache_read_tokens: Option<u64>,
    /// Input tokens written to the prompt cache for five minutes.
    pub cache_write_5m_tokens: Option<u64>,
    /// Input tokens written to the prompt cache for one hour.
    pub cache_write_1h_tokens: Option<u64>,
    /// Output tokens, reasoning included.
    pub output_tokens: Option<u64>,
    /// The part of `output_tokens` that was reasoning.
    pub reasoning_tokens: Option<u64>,
    /// Web searches the provider ran for the call.
    pub web_search_requests: Option<u64>,
    /// The service tier the provider says it served the call in (`standard`, `priority`, `flex`, `batch` …).
    pub service_tier: Option<String>,
    /// Where the provider says it ran the inference (`us`, `global` …).
    pub inference_geo: Option<String>,
    /// The speed mode the provider says it served (`standard`, `fast`).
    pub speed: Option<String>,
}

impl Usage {
    /// Says whether the provider reported anything a price can be computed from.
    #[must_use]
    pub fn is_reported(&self) -> bool {
        self.input_tokens.is_some() || self.output_tokens.is_some()
    }

    /// Tokens that count for a limit per minute: uncached input, cache writes and output. Cache reads do not, as at
    /// Anthropic.
    #[must_use]
    pub fn limited_tokens(&self) -> u64 {
        [self.input_tokens, self.cache_write_5m_tokens, self.cache_write_1h_tokens, self.output_tokens]
            .into_iter()
            .flatten()
            .fold(0, u64::saturating_add)
    }

    /// Input tokens of every class together: the prompt size that chooses a price tier.
    #[must_use]
    pub fn prompt_tokens(&self) -> u64 {
        [self.input_tokens, self.cache_read_tokens, self.cache_write_5m_tokens, self.cache_write_1h_tokens]
            .into_iter()
            .flatten()
            .fold(0, u64::saturating_add)
    }
}
