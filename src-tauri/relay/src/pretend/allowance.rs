//! The window of a pretend subscription: it fills by what answers cost at list price, every answer tells how full it is in
//! whole percents, and who comes when it is used up is refused.

use std::sync::LazyLock;

use carpool_core::{
    price::{self, PicoUsd, PriceBook},
    usage::Usage,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

static BOOK: LazyLock<PriceBook> = LazyLock::new(PriceBook::embedded);

/// A five-hour window.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// What the whole of it is worth.
    pub worth: PicoUsd,
    /// What was used of it.
    pub used: PicoUsd,
    /// When it begins anew. It is for the test to let it.
    pub resets_at: Timestamp,
}

impl Allowance {
    /// Says whether it is used up.
    pub(super) fn is_used_up(&self) -> bool {
        self.used >= self.worth
    }

    /// Uses what an answer of a model with this usage costs.
    pub(super) fn fill(&mut self, model: &str, usage: &Usage) {
        let cost = BOOK.find("claude", model).and_then(|price| price::price(usage, price));
        self.used = self.used.saturating_add(cost.unwrap_or_default());
    }

    /// Tells how full it is, as Claude's answers to subscriptions do.
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        let percent = (i128::from(self.used.0) * 100 / i128::from(self.worth.0.max(1))).min(100);
        let status = if self.is_used_up() { "rejected" } else { "allowed" };
        for (name, value) in [
            ("anthropic-ratelimit-unified-status", status.to_owned()),
            ("anthropic-ratelimit-unified-5h-status", status.to_owned()),
            ("anthropic-ratelimit-unified-5h-utilization", format!("{}.{:02}", percent / 100, percent % 100)),
            ("anthropic-ratelimit-unified-5h-reset", self.resets_at.as_second().to_string()),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::try_from(value).expect("words and digits"));
        }
    }
}
