//! The rows of the ledger as CSV: every field, under the names it has in JSON.

use carpool_core::csv;
use carpool_relay::store::entries::LedgerEntry;

/// The columns, in the order of [`line`].
const COLUMNS: [&str; 30] = [
    "id",
    "at",
    "friend",
    "key",
    "account",
    "provider",
    "dialect",
    "operation",
    "model",
    "upstream_model",
    "stream",
    "status",
    "http_status",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "reasoning_tokens",
    "web_search_requests",
    "service_tier",
    "inference_geo",
    "speed",
    "cost_pico_usd",
    "saved_pico_usd",
    "cap_pico_usd",
    "price_version",
    "ttfb_ms",
    "duration_ms",
    "attempts",
];

/// The line with the names of the columns, ended as RFC 4180 has it.
pub(crate) fn head() -> String {
    ended(&csv::line(COLUMNS))
}

/// A row, ended as RFC 4180 has it. What is not known is empty.
pub(crate) fn line(entry: &LedgerEntry) -> String {
    fn number(value: Option<impl ToString>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let tokens = &entry.tokens;
    let cells: [String; COLUMNS.len()] = [
        entry.id.to_string(),
        entry.at.to_string(),
        entry.friend.clone(),
        entry.key.clone(),
        entry.account.clone().unwrap_or_default(),
        entry.provider.clone().unwrap_or_default(),
        entry.dialect.clone(),
        entry.operation.clone(),
        entry.model.clone().unwrap_or_default(),
        entry.upstream_model.clone().unwrap_or_default(),
        entry.stream.to_string(),
        entry.status.clone(),
        number(entry.http_status),
        tokens.input.to_string(),
        tokens.cache_read.to_string(),
        tokens.cache_write_5m.to_string(),
        tokens.cache_write_1h.to_string(),
        tokens.output.to_string(),
        tokens.reasoning.to_string(),
        entry.web_search_requests.to_string(),
        entry.service_tier.clone().unwrap_or_default(),
        entry.inference_geo.clone().unwrap_or_default(),
        entry.speed.clone().unwrap_or_default(),
        number(entry.cost_pico_usd),
        number(entry.saved_pico_usd),
        number(entry.cap_pico_usd),
        number(entry.price_version),
        number(entry.ttfb_ms),
        number(entry.duration_ms),
        entry.attempts.to_string(),
    ];
    ended(&csv::line(cells))
}

fn ended(line: &str) -> String {
    format!("{line}\r\n")
}
