//! Prices that the owner states, for a model the book does not know or knows wrongly.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    model::{ModelPrice, SearchUnit},
    money::{decimal_text, parse_decimal},
    rates::{Class, Level, Rate, ServiceTier},
};

/// Decimals of a price per million tokens whose unit is an atto-dollar per token.
const PER_MILLION_DIGITS: u32 = 12;
/// Decimals of a price per thousand searches whose unit is an atto-dollar per search.
const PER_THOUSAND_DIGITS: u32 = 15;
/// Who sells at the owner's price, in the book's words.
const VENDOR: &str = "owner";

/// Dollars for a million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PerMillion(u64);

/// Dollars for a thousand searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PerThousand(u64);

/// Text that is no price.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is no price in dollars: expected a number such as 3 or 0.25")]
pub struct NotAPrice(String);

/// What one model costs by the owner's word. Caches cost what the book's rules say where nothing is stated: input for reads,
/// Claude's fractions for Claude, and unpriced otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnPrice {
    /// The provider whose model it is; `None` for every provider's.
    pub provider: Option<String>,
    /// The model, as it is sent upstream.
    pub model: String,
    /// Uncached input.
    pub input: PerMillion,
    /// Output, reasoning included.
    pub output: PerMillion,
    /// Cache reads.
    #[serde(default)]
    pub cache_read: Option<PerMillion>,
    /// Five-minute cache writes.
    #[serde(default)]
    pub cache_write_5m: Option<PerMillion>,
    /// One-hour cache writes.
    #[serde(default)]
    pub cache_write_1h: Option<PerMillion>,
    /// Web searches.
    #[serde(default)]
    pub web_search: Option<PerThousand>,
}

impl OwnPrice {
    /// The price as an entry of the book.
    pub(super) fn entry(&self) -> ModelPrice {
        let level = Level { above: 0, service: ServiceTier::Standard };
        let stated = [
            (Class::Input, Some(self.input)),
            (Class::Output, Some(self.output)),
            (Class::CacheRead, self.cache_read),
            (Class::CacheWrite5m, self.cache_write_5m),
            (Class::CacheWrite1h, self.cache_write_1h),
        ];
        let rate = |(class, price): (Class, Option<PerMillion>)| Some(Rate { class, level, atto_per_token: price?.0 });
        ModelPrice {
            key: self.model.as_str().into(),
            vendor: VENDOR.into(),
            max_input_tokens: None,
            max_output_tokens: None,
            rates: stated.into_iter().filter_map(rate).collect(),
            multipliers: [].into(),
            atto_per_web_search: self.web_search.map(|price| price.0),
            search_unit: SearchUnit::Search,
        }
    }

    /// Says whether it is for this provider's model.
    pub(super) fn is_for(&self, provider: &str, model: &str) -> bool {
        self.model == model && self.provider.as_deref().is_none_or(|own| own == provider)
    }
}

macro_rules! price {
    ($name:ident, $digits:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&decimal_text(self.0, $digits))
            }
        }

        impl FromStr for $name {
            type Err = NotAPrice;

            fn from_str(text: &str) -> Result<Self, NotAPrice> {
                let number = text.trim();
                let number = number.strip_prefix('$').unwrap_or(number);
                parse_decimal(number, $digits).map(Self).ok_or_else(|| NotAPrice(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAPrice;

            fn try_from(text: String) -> Result<Self, NotAPrice> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(price: $name) -> Self {
                price.to_string()
            }
        }
    };
}

price!(PerMillion, PER_MILLION_DIGITS);
price!(PerThousand, PER_THOUSAND_DIGITS);

#[cfg(test)]
mod tests {
    use super::super::{PriceBook, price};
    use super::*;
    use crate::usage::Usage;

    fn own(provider: Option<&str>, model: &str, input: &str) -> OwnPrice {
        OwnPrice {
            provider: provider.map(str::to_owned),
            model: model.to_owned(),
            input: input.parse().expect("a price"),
            output: "2.5".parse().expect("a price"),
            cache_read: Some("$0.1".parse().expect("a price")),
            cache_write_5m: None,
            cache_write_1h: None,
            web_search: Some("10".parse().expect("a price")),
        }
    }

    #[test]
    fn the_owners_price_outranks_the_book_and_one_providers_outranks_everyones() {
        let owners = vec![own(None, "gpt-5.5", "7"), own(Some("azure"), "gpt-5.5", "8"), own(None, "my-model", "1")];
        let book = PriceBook::embedded().with_own(owners);
        let usage = Usage { input_tokens: Some(1_000_000), ..Usage::default() };
        let cost = |provider, model| {
            let found = book.find(provider, model)?;
            price(&usage, found).map(|cost| cost.to_string())
        };

        assert_eq!(cost("openai", "gpt-5.5").as_deref(), Some("$7.00"));
        assert_eq!(cost("azure", "gpt-5.5").as_deref(), Some("$8.00"));
        assert_eq!(cost("compatible", "my-model").as_deref(), Some("$1.00"));
        assert_eq!(cost("compatible", "my-model-2"), None);
        assert!(book.find("openai", "gpt-5.4").is_some_and(|entry| entry.vendor() == "openai"));
    }

    #[test]
    fn every_class_that_is_stated_costs_what_was_stated_and_others_follow_the_rules() {
        let book = PriceBook::embedded().with_own(vec![own(None, "my-model", "1")]);
        let entry = book.find("compatible", "my-model").expect("stated");
        let cost = |usage: Usage| price(&usage, entry).map(|cost| cost.to_string());
        let input = Some(0);

        assert_eq!(cost(Usage { output_tokens: Some(1_000_000), ..Usage::default() }).as_deref(), Some("$2.50"));
        let read = Usage { input_tokens: input, cache_read_tokens: Some(1_000_000), ..Usage::default() };
        assert_eq!(cost(read).as_deref(), Some("$0.10"));
        let written = Usage { input_tokens: input, cache_write_5m_tokens: Some(1), ..Usage::default() };
        assert_eq!(cost(written), None);
        let searched = Usage { input_tokens: input, web_search_requests: Some(3), ..Usage::default() };
        assert_eq!(cost(searched).as_deref(), Some("$0.03"));
    }

    #[test]
    fn a_price_is_written_as_it_was_read() {
        for text in ["3", "0.25", "0.000000000001"] {
            assert_eq!(text.parse::<PerMillion>().expect("a price").to_string(), text);
        }
        for text in ["", "-1", "three", "1,5"] {
            assert!(text.parse::<PerMillion>().is_err() && text.parse::<PerThousand>().is_err(), "{text}");
        }
    }
}
