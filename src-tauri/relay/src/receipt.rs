//! The receipt: what an answer that came whole consumed and cost, told in its head. That of a stream is in the ledger only,
//! because its head goes before anybody knows.

use carpool_core::{price::PicoUsd, usage::Usage};
use http::{HeaderMap, HeaderName, HeaderValue};

/// What the call cost, in dollars: `0.00123`. Not there where that is not known.
const X_CARPOOL_COST: HeaderName = HeaderName::from_static("x-carpool-cost");
/// What it consumed, as a dictionary (RFC 9651): `input=12, cache-read=0, cache-write=0, output=5`, of which what the provider
/// did not report is left out.
const X_CARPOOL_TOKENS: HeaderName = HeaderName::from_static("x-carpool-tokens");

/// What a call consumed and cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receipt {
    cost: Option<PicoUsd>,
    counters: [(&'static str, Option<u64>); 4],
}

impl Receipt {
    /// The receipt for what was used.
    #[must_use]
    pub(crate) fn of(usage: &Usage, cost: Option<PicoUsd>) -> Self {
        let written = match (usage.cache_write_5m_tokens, usage.cache_write_1h_tokens) {
            (None, None) => None,
            (short, long) => Some(short.unwrap_or(0).saturating_add(long.unwrap_or(0))),
        };
        let counters = [
            ("input", usage.input_tokens),
            ("cache-read", usage.cache_read_tokens),
            ("cache-write", written),
            ("output", usage.output_tokens),
        ];
        Self { cost, counters }
    }

    /// Tells it in the head of an answer.
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        let counters = self.counters.iter().filter_map(|(name, count)| Some(format!("{name}={}", (*count)?)));
        let counters = counters.collect::<Vec<_>>().join(", ");
        if counters.is_empty() {
            return;
        }
        headers.insert(X_CARPOOL_TOKENS, HeaderValue::try_from(counters).expect("names and digits"));
        if let Some(cost) = self.cost {
            let dollars = cost.to_string().replace('$', "");
            headers.insert(X_CARPOOL_COST, HeaderValue::try_from(dollars).expect("digits"));
        }
    }
}
