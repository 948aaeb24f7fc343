//! Reads a LiteLLM-shaped price book into compact entries, number by number from its decimal text.
//!
//! Fields that carry no per-token price are skipped. A per-token price that is no price is an error: the book is not
//! what it claims to be.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::model::{ModelPrice, SearchUnit};
use super::money::{ATTO_DIGITS, MULTIPLIER_DIGITS, parse_decimal};
use super::rates::{Class, Level, Rate, ServiceTier, parse_rate_key};

/// Reads the entries that can price a call, in the order of the file.
pub(super) fn parse_book(json: &[u8]) -> Result<Vec<ModelPrice>, serde_json::Error> {
    // Checking the encoding once is cheaper than once for every string of a slice.
    let json = str::from_utf8(json).map_err(serde_json::Error::custom)?;
    serde_json::from_str::<Entries>(json).map(|entries| entries.0)
}

struct Entries(Vec<ModelPrice>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from model to prices")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut models = Vec::new();
        while let Some((Text(key), draft)) = map.next_entry::<Text<'de>, Draft>()? {
            models.extend(draft.finish(key.into()));
        }
        Ok(Entries(models))
    }
}

/// A string borrowed from the file where it has no escapes.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A nested map, its values still text.
type Fields<'a> = BTreeMap<Text<'a>, &'a RawValue>;

/// The fields of `search_context_cost_per_query` that matter: a search whose size nobody stated has medium context.
#[derive(Deserialize)]
struct SearchCost<'a> {
    #[serde(borrow)]
    search_context_size_medium: Option<&'a RawValue>,
}

/// What a class costs that a range of `tiered_pricing` leaves out.
const TIER_STANDS_FOR: &[(Class, Class)] = &[
    (Class::CacheRead, Class::Input),
    (Class::CacheWrite5m, Class::Input),
    (Class::CacheWrite1h, Class::CacheWrite5m),
];

/// An entry while its fields are read.
#[derive(Default)]
struct Draft {
    vendor: Box<str>,
    max_input_tokens: Option<u64>,
    max_output_tokens: Option<u64>,
    rates: Vec<Rate>,
    multipliers: Vec<(Box<str>, u64)>,
    atto_per_web_search: Option<u64>,
    search_unit: Option<SearchUnit>,
    /// Another unit (an image, a second) has a price above zero.
    has_other_unit: bool,
}

impl<'de> Deserialize<'de> for Draft {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(DraftVisitor)
    }
}

struct DraftVisitor;

impl<'de> Visitor<'de> for DraftVisitor {
    type Value = Draft;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of prices")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Draft, A::Error> {
        let mut draft = Draft::default();
        while let Some(Text(key)) = map.next_key::<Text<'de>>()? {
            draft.read_field(&key, &mut map)?;
        }
        Ok(draft)
    }
}

impl Draft {
    fn read_field<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "litellm_provider" => self.vendor = map.next_value::<Text<'de>>()?.0.into(),
            "max_input_tokens" => self.max_input_tokens = parse_decimal(next_raw(map)?, 0),
            "max_output_tokens" => self.max_output_tokens = parse_decimal(next_raw(map)?, 0),
            "tiered_pricing" => {
                for fields in map.next_value::<Option<Vec<Fields<'de>>>>()?.into_iter().flatten() {
                    self.read_tier(&fields)?;
                }
            }
            "provider_specific_entry" => {
                for (Text(name), raw) in map.next_value::<Option<Fields<'de>>>()?.into_iter().flatten() {
                    let factor = parse_decimal(raw.get(), MULTIPLIER_DIGITS);
                    self.multipliers.extend(factor.map(|factor| (name.into(), factor)));
                }
            }
            "search_context_cost_per_query" => {
                let cost = map.next_value::<Option<SearchCost<'de>>>()?;
                let medium = cost.and_then(|cost| cost.search_context_size_medium);
                self.atto_per_web_search = medium.and_then(|raw| parse_decimal(raw.get(), ATTO_DIGITS));
            }
            "web_search_billing_unit" => self.search_unit = search_unit(&map.next_value::<Text<'de>>()?.0),
            _ => self.read_price(key, map)?,
        }
        Ok(())
    }

    fn read_price<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if let Some((class, level)) = parse_rate_key(key) {
            let price = atto(key, next_raw(map)?)?;
            self.rates.extend(price.map(|atto_per_token| Rate { class, level, atto_per_token }));
        } else if key.contains("_cost_per_") {
            self.has_other_unit |= parse_decimal(next_raw(map)?, ATTO_DIGITS).is_some_and(|price| price > 0);
        } else {
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }

    /// Reads one range of `tiered_pricing`; like `_above_…k_tokens` it holds for prompts above its start. Ranges of another
    /// unit, such as the results of a search, have no price for tokens and are skipped.
    fn read_tier<E: Error>(&mut self, fields: &Fields<'_>) -> Result<(), E> {
        let mut tier = Vec::new();
        for (Text(key), raw) in fields {
            let Some((class, level)) = parse_rate_key(key) else { continue };
            let Some(atto_per_token) = atto(key, raw.get())? else { continue };
            tier.push(Rate { class, level, atto_per_token });
        }
        if tier.is_empty() {
            return Ok(());
        }

        let range = fields.get(&Text("range".into())).ok_or_else(|| E::missing_field("range"))?;
        let range: Vec<&RawValue> = serde_json::from_str(range.get()).map_err(E::custom)?;
        let start = range.first().and_then(|start| parse_decimal(start.get(), 0));
        let above = start.ok_or_else(|| E::custom("a range of tiered_pricing has no start"))?;
        tier.iter_mut().for_each(|rate| rate.level.above = above);
        complete_tier(&mut tier, Level { above, service: ServiceTier::Standard });
        // Of two equal rates the first counts, and a range outranks the base.
        self.rates.splice(0..0, tier);
        Ok(())
    }

    /// Makes the entry, unless it has no token price or only a zero beside the price of another unit.
    fn finish(self, key: Box<str>) -> Option<ModelPrice> {
        let is_priced = self.rates.iter().any(|rate| rate.class == Class::Input);
        let is_free = self.rates.iter().all(|rate| rate.atto_per_token == 0);
        if !is_priced || (is_free && self.has_other_unit) {
            return None;
        }
        let search_unit = self.search_unit.unwrap_or_else(|| SearchUnit::usual(&self.vendor, &key));
        Some(ModelPrice {
            key,
            vendor: self.vendor,
            max_input_tokens: self.max_input_tokens,
            max_output_tokens: self.max_output_tokens,
            rates: self.rates.into(),
            multipliers: self.multipliers.into(),
            atto_per_web_search: self.atto_per_web_search,
            search_unit,
        })
    }
}

/// A range prices the whole call, so a cache class that it leaves out costs what it asks for input (one-hour writes what it
/// asks for others), not what the base asks. LiteLLM does the same (`_get_tiered_base_costs`).
fn complete_tier(tier: &mut Vec<Rate>, level: Level) {
    for (class, instead) in TIER_STANDS_FOR {
        let listed = |of: Class| tier.iter().find(|rate| rate.class == of && rate.level == level);
        if let (None, Some(rate)) = (listed(*class), listed(*instead)) {
            let atto_per_token = rate.atto_per_token;
            tier.push(Rate { class: *class, level, atto_per_token });
        }
    }
}

fn search_unit(text: &str) -> Option<SearchUnit> {
    match text {
        "per_query" => Some(SearchUnit::Search),
        "per_prompt" => Some(SearchUnit::Call),
        _ => None,
    }
}

fn next_raw<'de, A: MapAccess<'de>>(map: &mut A) -> Result<&'de str, A::Error> {
    map.next_value::<&'de RawValue>().map(RawValue::get)
}

/// Reads a price in atto-dollars; `null` is no price.
fn atto<E: Error>(key: &str, raw: &str) -> Result<Option<u64>, E> {
    if raw == "null" {
        return Ok(None);
    }
    let price = parse_decimal(raw, ATTO_DIGITS);
    price.map(Some).ok_or_else(|| E::custom(format_args!("{key} is not a price in dollars: {raw}")))
}
