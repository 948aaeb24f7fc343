//! What load generator and upstream agree on: headers that drive an answer, and what an answer reports.
//!
//! The proxies under test pass unknown headers on, so the load generator speaks to the upstream through them.

/// Which target a call went through: the upstream counts each apart.
pub(crate) const TARGET: &str = "x-bench-target";
/// Number of content deltas in a streamed answer; without it the answer is a document.
pub(crate) const EVENTS: &str = "x-bench-events";
/// Microseconds between two deltas.
pub(crate) const INTERVAL_US: &str = "x-bench-interval-us";
/// When the first delta is due, in microseconds since the epoch; in the past means one interval from now.
pub(crate) const START_AT_US: &str = "x-bench-start-at-us";
/// Characters of text in a document.
pub(crate) const BYTES: &str = "x-bench-bytes";

/// The only call there is.
pub(crate) const MESSAGES: &str = "/v1/messages";
/// Where the upstream tells what it answered, as a map from target to [`Tally`].
pub(crate) const COUNTS: &str = "/__counts";
/// Answers 200 on every target.
pub(crate) const HEALTH: &str = "/health";

/// A model with a published price, so that money can be reconciled as well.
pub(crate) const MODEL: &str = "claude-sonnet-4-5";
/// Pico-dollars per input token of [`MODEL`]: $3 per million (platform.claude.com pricing, 2025-09-29).
pub(crate) const INPUT_PICO_USD: u64 = 3_000_000;
/// Pico-dollars per output token of [`MODEL`]: $15 per million (same page).
pub(crate) const OUTPUT_PICO_USD: u64 = 15_000_000;

/// Usage a document reports.
pub(crate) const DOCUMENT_USAGE: Usage = Usage { input_tokens: 25, output_tokens: 12 };
/// Usage a stream reports; differs, so that one booked as the other shows.
pub(crate) const STREAM_USAGE: Usage = Usage { input_tokens: 31, output_tokens: 107 };

/// Events of a stream beside its deltas: message_start, content_block_start, ping, content_block_stop,
/// message_delta, message_stop.
pub(crate) const FRAMING_EVENTS: u64 = 6;

/// What one answer is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
}

/// What was answered to one target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Tally {
    pub(crate) calls: u64,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
}
