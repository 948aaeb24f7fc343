//! One model's entry in the price book, and how it is shown.

use std::collections::BTreeSet;

use serde::{
    Serialize,
    ser::{SerializeMap, SerializeStruct, Serializer},
};

use super::money::{ATTO_DIGITS, MULTIPLIER_DIGITS, MULTIPLIER_ONE, decimal_text};
use super::rates::{CLASSES, Level, Rate, SERVICE_TIERS};

/// Decimal places of a price per million tokens whose unit is an atto-dollar per token.
const PER_MILLION_DIGITS: u32 = ATTO_DIGITS - 6;

/// The prices of one model.
///
/// A price belongs to a class (input, cache read, cache write for five minutes or one hour, output, reasoning), to
/// prompts above a size (`_above_200k_tokens`: more than 200,000 input tokens of every class together; the ranges of
/// `tiered_pricing` are the same thing) and to a service tier (`_priority`, `_flex`, `_batches`). The highest size a
/// prompt exceeds (at xAI: reaches) prices the whole call; a class that lists no price for it, or for the service tier, keeps the next
/// less specific one. Reasoning without a price of its own is output.
///
/// Where it lists no cache price Claude pays 1.25 times (five minutes), twice (one hour) and a tenth (read) of the input
/// price of the same size and service tier; any other model pays the input price for reads, and its cache writes are
/// unpriced.
///
/// Serializes for reading, not for parsing back: USD per million tokens as exact decimal strings.
#[derive(Clone, Debug)]
pub struct ModelPrice {
    pub(super) key: Box<str>,
    pub(super) vendor: Box<str>,
    pub(super) max_input_tokens: Option<u64>,
    pub(super) max_output_tokens: Option<u64>,
    pub(super) rates: Box<[Rate]>,
    /// Factors on the token cost by the name of a geography or a speed, in units of `10^-MULTIPLIER_DIGITS`.
    pub(super) multipliers: Box<[(Box<str>, u64)]>,
    pub(super) atto_per_web_search: Option<u64>,
    pub(super) search_unit: SearchUnit,
}

/// What the price of a web search is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SearchUnit {
    /// Every search.
    Search,
    /// A call that searched, however often.
    Call,
}

impl SearchUnit {
    /// The unit of a vendor whose entry does not state it: Google asks for a call (Gemini up to 2.5; later entries state
    /// theirs), everyone else for each search (LiteLLM 1.110.2, `gemini/cost_calculator.py`).
    pub(super) fn usual(vendor: &str, key: &str) -> Self {
        let is_google = vendor == "gemini" || (vendor.starts_with("vertex_ai") && !key.contains("claude-"));
        if is_google { Self::Call } else { Self::Search }
    }
}

impl ModelPrice {
    /// Returns the entry's key in the price book, such as `azure/gpt-5`.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns who sells at this price, in the book's words (`litellm_provider`).
    #[must_use]
    pub fn vendor(&self) -> &str {
        &self.vendor
    }

    /// Returns the longest prompt the model takes, in tokens.
    #[must_use]
    pub fn max_input_tokens(&self) -> Option<u64> {
        self.max_input_tokens
    }

    /// Returns the longest answer the model gives, in tokens.
    #[must_use]
    pub fn max_output_tokens(&self) -> Option<u64> {
        self.max_output_tokens
    }

    /// Says whether Anthropic's cache prices hold, whoever sells the model (`us.anthropic.claude-…` is Claude).
    pub(super) fn is_claude(&self) -> bool {
        &*self.vendor == "anthropic" || self.key.split(['/', '.']).any(|part| part.starts_with("claude-"))
    }

    /// Returns the factor the book lists for a geography or speed, else one.
    pub(super) fn multiplier(&self, name: Option<&str>) -> u64 {
        let listed = name.and_then(|name| self.multipliers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)));
        listed.map_or(MULTIPLIER_ONE, |(_, factor)| *factor)
    }
}

impl Serialize for ModelPrice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let levels: BTreeSet<Level> = self.rates.iter().map(|rate| rate.level).collect();
        let levels: Vec<_> = levels.into_iter().map(|level| ShownLevel { model: self, level }).collect();
        let multipliers = Multipliers(&self.multipliers);
        let per_search = self.atto_per_web_search.map(|atto| decimal_text(atto, ATTO_DIGITS));

        let mut shown = serializer.serialize_struct("ModelPrice", 8)?;
        shown.serialize_field("model", &self.key)?;
        shown.serialize_field("vendor", &self.vendor)?;
        shown.serialize_field("max_input_tokens", &self.max_input_tokens)?;
        shown.serialize_field("max_output_tokens", &self.max_output_tokens)?;
        shown.serialize_field("usd_per_million_tokens", &levels)?;
        shown.serialize_field("multipliers", &multipliers)?;
        shown.serialize_field("usd_per_web_search", &per_search)?;
        shown.serialize_field("web_search_unit", &self.search_unit)?;
        shown.end()
    }
}

/// The prices that share a level, as one map with the level's conditions first.
struct ShownLevel<'a> {
    model: &'a ModelPrice,
    level: Level,
}

impl Serialize for ShownLevel<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut shown = serializer.serialize_map(None)?;
        if self.level.above > 0 {
            shown.serialize_entry("prompt_tokens_above", &self.level.above)?;
        }
        let service = SERVICE_TIERS.iter().find(|row| row.tier == self.level.service);
        if let Some(answer) = service.and_then(|row| row.answers.first()) {
            shown.serialize_entry("service_tier", answer)?;
        }
        for row in CLASSES {
            let at_level = |rate: &&Rate| rate.class == row.class && rate.level == self.level;
            if let Some(rate) = self.model.rates.iter().find(at_level) {
                shown.serialize_entry(row.shown, &decimal_text(rate.atto_per_token, PER_MILLION_DIGITS))?;
            }
        }
        shown.end()
    }
}

struct Multipliers<'a>(&'a [(Box<str>, u64)]);

impl Serialize for Multipliers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, factor)| (name, decimal_text(*factor, MULTIPLIER_DIGITS))))
    }
}

#[cfg(test)]
mod tests {
    use super::super::PriceBook;

    #[test]
    fn a_model_is_shown_in_dollars_per_million_tokens() {
        let book = PriceBook::embedded();
        let model = book.find("claude", "claude-haiku-5-5").expect("listed");

        let shown = serde_json::to_string(model).expect("plain data");

        let expected = concat!(
            r#"{"model":"claude-haiku-5-5","vendor":"anthropic","max_input_tokens":1000000,"max_output_tokens":128000,"#,
            r#""usd_per_million_tokens":[{"service_tier":"standard","input":"0.1","cache_read":"0.01","#,
            r#""cache_write_5m":"0.125","cache_write_1h":"0.2","output":"0.5"},{"service_tier":"batch","input":"0.05","#,
            r#""cache_read":"0.005","cache_write_5m":"0.0625","output":"0.25"},{"prompt_tokens_above":100000,"#,
            r#""service_tier":"standard","input":"0.5","cache_read":"0.05","cache_write_5m":"0.625","#,
            r#""cache_write_1h":"1","output":"2.5"},{"prompt_tokens_above":100000,"service_tier":"batch","#,
            r#""input":"0.25","cache_read":"0.025","cache_write_5m":"0.3125","output":"1.25"}],"#,
            r#""multipliers":{"us":"1.1"},"usd_per_web_search":"0.01","web_search_unit":"search"}"#,
        );
        assert_eq!(shown, expected);
    }
}
