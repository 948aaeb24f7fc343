//! What a call cost: disjoint usage counters and a LiteLLM-shaped price book in, integer money out.
//!
//! A call that cannot be priced is unpriced (`None`): never zero, and never the price of a similar name.
//!
//! Exactness: prices are read from their decimal text into atto-dollars (1e-18 USD), a call is summed in 128-bit
//! integers with its multipliers, and rounded once, at the end, half up to a whole pico-dollar (1e-12 USD). An amount
//! beyond what [`PicoUsd`] holds (nine million dollars) saturates.
//!
//! Deliberately not priced: audio, image and video tokens apart from text, storage of caches, maps and code tools,
//! the twelve-hour cache of some OpenAI models ([`Usage`] has no counter for it) and models billed by another unit.

mod book;
mod ceiling;
mod changes;
mod model;
mod money;
mod near;
mod own;
mod parse;
mod rates;

pub(crate) use book::without_context_marker;
pub use book::{PriceBook, PriceBookError};
pub use ceiling::Ceiling;
pub use changes::{Became, Change, PriceChange, changes};
pub use model::ModelPrice;
pub use money::{NotMoney, PicoUsd};
pub(crate) use money::{decimal_text, parse_decimal};
pub use near::nearest;
pub use own::{NotAPrice, OwnPrice, PerMillion, PerThousand};

use model::SearchUnit;
use money::{ATTO_PER_PICO, MULTIPLIER_ONE};
use rates::{CallRates, Class};

use crate::usage::Usage;

/// Prices one call.
///
/// Every counter is charged at the price of its class that fits the prompt size and the service tier (see
/// [`ModelPrice`]); the token cost is then multiplied by the book's factors for `inference_geo` and `speed`, and
/// web searches are added at the price of a search with medium context (of a call that searched, where that is the
/// vendor's unit).
///
/// Returns `None` when the provider reported no usage, or when a counter above zero has neither a listed price nor a
/// stated fallback.
#[must_use]
pub fn price(usage: &Usage, model: &ModelPrice) -> Option<PicoUsd> {
    if !usage.is_reported() {
        return None;
    }

    let tokens_atto = token_cost(usage, &CallRates::of(model, usage))?;
    let searches_atto = search_cost(usage, model)?;

    let geo = model.multiplier(usage.inference_geo.as_deref());
    let speed = model.multiplier(usage.speed.as_deref());
    let one = u128::from(MULTIPLIER_ONE);
    let scaled = tokens_atto
        .saturating_mul(u128::from(geo))
        .saturating_mul(u128::from(speed))
        .saturating_add(searches_atto.saturating_mul(one * one));

    let divisor = one * one * ATTO_PER_PICO;
    let pico = scaled.saturating_add(divisor / 2) / divisor;
    Some(PicoUsd(i64::try_from(pico).unwrap_or(i64::MAX)))
}

/// What the provider's prompt cache saved: what the same tokens would have cost as plain input, less what they cost. It is
/// negative where more was paid for writing to the cache than reading from it saved.
///
/// Returns `None` when one of the two cannot be priced.
#[must_use]
pub fn saved(usage: &Usage, model: &ModelPrice) -> Option<PicoUsd> {
    let cost = price(usage, model)?;
    if usage.input_tokens.unwrap_or(0) == usage.prompt_tokens() {
        return Some(PicoUsd(0));
    }
    let plain = Usage {
        input_tokens: Some(usage.prompt_tokens()),
        cache_read_tokens: None,
        cache_write_5m_tokens: None,
        cache_write_1h_tokens: None,
        ..usage.clone()
    };
    Some(PicoUsd(price(&plain, model)?.0.saturating_sub(cost.0)))
}

/// Returns the token cost in atto-dollars before multipliers.
fn token_cost(usage: &Usage, rates: &CallRates<'_>) -> Option<u128> {
    let output_tokens = usage.output_tokens.unwrap_or(0);
    let reasoning_tokens = usage.reasoning_tokens.unwrap_or(0).min(output_tokens);
    let counters = [
        (Class::Input, usage.input_tokens.unwrap_or(0)),
        (Class::CacheRead, usage.cache_read_tokens.unwrap_or(0)),
        (Class::CacheWrite5m, usage.cache_write_5m_tokens.unwrap_or(0)),
        (Class::CacheWrite1h, usage.cache_write_1h_tokens.unwrap_or(0)),
        (Class::Output, output_tokens - reasoning_tokens),
        (Class::Reasoning, reasoning_tokens),
    ];

    counters.into_iter().filter(|(_, count)| *count > 0).try_fold(0_u128, |sum, (class, count)| {
        let cost = u128::from(count) * u128::from(rates.atto_per_token(class)?);
        Some(sum.saturating_add(cost))
    })
}

/// Returns the cost of the call's web searches in atto-dollars.
fn search_cost(usage: &Usage, model: &ModelPrice) -> Option<u128> {
    let charged = match (usage.web_search_requests.unwrap_or(0), model.search_unit) {
        (0, _) => return Some(0),
        (_, SearchUnit::Call) => 1,
        (searches, SearchUnit::Search) => searches,
    };
    Some(u128::from(charged) * u128::from(model.atto_per_web_search?))
}

#[cfg(test)]
mod tests;
