//! What the pretend provider remembers: the requests it saw and the tokens it told about.

use std::collections::VecDeque;

use bytes::Bytes;
use carpool_core::usage::Usage;
use http::{HeaderMap, HeaderName, Method, header};

/// The most requests that are kept; older ones are forgotten.
const KEPT_REQUESTS: usize = 4096;
/// The most bytes of bodies that are kept, so that a demo left running does not fill the memory.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub target: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Recorded {
    /// The path alone.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The API key, access token or access key's id it came with.
    #[must_use]
    pub fn secret(&self) -> Option<&str> {
        secret(&self.headers)
    }
}

/// The headers that hold an API key and nothing else.
const KEY_HEADERS: [HeaderName; 3] = [
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("api-key"),
    HeaderName::from_static("x-goog-api-key"),
];
/// What an access key's id stands behind, up to a slash.
const SIGNED_BY: &str = "AWS4-HMAC-SHA256 Credential=";

/// The API key or access token in a request's headers; of an access key, which is not sent, its id.
pub(super) fn secret(headers: &HeaderMap) -> Option<&str> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    KEY_HEADERS.iter().find_map(text).or_else(|| {
        let authorization = text(&header::AUTHORIZATION)?;
        let signed_by = || authorization.strip_prefix(SIGNED_BY)?.split('/').next();
        authorization.strip_prefix("Bearer ").or_else(signed_by)
    })
}

/// What was told to clients in all, as far as it left here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Answers to `/v1/messages` that told any usage.
    pub answers: u64,
    /// Uncached input tokens.
    pub input: u64,
    /// Cache read tokens.
    pub cache_read: u64,
    /// Five-minute cache write tokens.
    pub cache_write_5m: u64,
    /// One-hour cache write tokens.
    pub cache_write_1h: u64,
    /// Output tokens.
    pub output: u64,
}

impl Totals {
    /// Counts what an answer tells now instead of what it told before.
    pub(super) fn tell(&mut self, before: Option<&Usage>, now: &Usage) {
        self.answers += u64::from(before.is_none());
        let before = before.cloned().unwrap_or_default();
        for (sum, was, is) in [
            (&mut self.input, before.input_tokens, now.input_tokens),
            (&mut self.cache_read, before.cache_read_tokens, now.cache_read_tokens),
            (&mut self.cache_write_5m, before.cache_write_5m_tokens, now.cache_write_5m_tokens),
            (&mut self.cache_write_1h, before.cache_write_1h_tokens, now.cache_write_1h_tokens),
            (&mut self.output, before.output_tokens, now.output_tokens),
        ] {
            *sum = *sum - was.unwrap_or(0) + is.unwrap_or(0);
        }
    }
}

/// The latest requests, within both limits.
#[derive(Debug, Default)]
pub(super) struct Requests {
    kept: VecDeque<Recorded>,
    bytes: usize,
}

impl Requests {
    pub(super) fn push(&mut self, request: Recorded) {
        self.bytes += request.body.len();
        self.kept.push_back(request);
        while self.kept.len() > KEPT_REQUESTS || (self.bytes > KEPT_BYTES && self.kept.len() > 1) {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.bytes -= oldest.body.len();
        }
    }

    pub(super) fn all(&self) -> Vec<Recorded> {
        self.kept.iter().cloned().collect()
    }
}
