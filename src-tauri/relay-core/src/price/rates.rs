//! Which of a model's listed prices applies to a call, by class, prompt size and service tier.

use super::model::ModelPrice;
use crate::usage::Usage;

/// A class of tokens that has its own price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Input,
    CacheRead,
    CacheWrite5m,
    CacheWrite1h,
    Output,
    Reasoning,
}

/// The class's names in the book and in what we show.
pub(super) struct ClassRow {
    pub(super) class: Class,
    pub(super) book_key: &'static str,
    pub(super) shown: &'static str,
}

/// Every class, in the order it is shown.
pub(super) const CLASSES: &[ClassRow] = &[
    ClassRow { class: Class::Input, book_key: "input_cost_per_token", shown: "input" },
    ClassRow { class: Class::CacheRead, book_key: "cache_read_input_token_cost", shown: "cache_read" },
    ClassRow { class: Class::CacheWrite5m, book_key: "cache_creation_input_token_cost", shown: "cache_write_5m" },
    ClassRow {
        class: Class::CacheWrite1h,
        book_key: "cache_creation_input_token_cost_above_1hr",
        shown: "cache_write_1h",
    },
    ClassRow { class: Class::Output, book_key: "output_cost_per_token", shown: "output" },
    ClassRow { class: Class::Reasoning, book_key: "output_cost_per_reasoning_token", shown: "reasoning" },
];

/// The service tier a call was served in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ServiceTier {
    Standard,
    Priority,
    Flex,
    Batch,
    Ultrafast,
}

/// The tier's key suffix in the book and the words providers answer for it.
pub(super) struct ServiceTierRow {
    pub(super) tier: ServiceTier,
    pub(super) suffix: &'static str,
    pub(super) answers: &'static [&'static str],
}

/// Every service tier the book prices. `fast` means priority, as in LiteLLM (`llm_cost_calc/utils.py`, 2026); every
/// answer not listed (`default`, `auto`, `scale` …) is priced as standard.
pub(super) const SERVICE_TIERS: &[ServiceTierRow] = &[
    ServiceTierRow { tier: ServiceTier::Standard, suffix: "", answers: &["standard", "default"] },
    ServiceTierRow { tier: ServiceTier::Priority, suffix: "_priority", answers: &["priority", "fast"] },
    ServiceTierRow { tier: ServiceTier::Flex, suffix: "_flex", answers: &["flex"] },
    ServiceTierRow { tier: ServiceTier::Batch, suffix: "_batches", answers: &["batch"] },
    ServiceTierRow { tier: ServiceTier::Ultrafast, suffix: "_ultrafast", answers: &["ultrafast"] },
];

/// Claude's cache prices as fractions of its input price, for entries that list none (Anthropic, "Prompt caching",
/// section Pricing: five-minute writes 1.25 times, one-hour writes twice, reads a tenth).
const CLAUDE_CACHE_FRACTIONS: &[(Class, u128, u128)] =
    &[(Class::CacheWrite5m, 5, 4), (Class::CacheWrite1h, 2, 1), (Class::CacheRead, 1, 10)];

/// Vendors whose higher price begins at the size that its name states, not above it (LiteLLM 1.110.2,
/// `_uses_inclusive_token_thresholds`).
const BEGINS_AT_ITS_SIZE: &[&str] = &["xai"];

/// When a listed price applies: to prompts of more than `above` tokens served in `service`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Level {
    pub(super) above: u64,
    pub(super) service: ServiceTier,
}

/// One listed price.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    pub(super) class: Class,
    pub(super) level: Level,
    pub(super) atto_per_token: u64,
}

/// Reads a key of the book such as `output_cost_per_token_above_272k_tokens_flex`; `None` for any other key.
pub(super) fn parse_rate_key(key: &str) -> Option<(Class, Level)> {
    CLASSES.iter().find_map(|row| Some((row.class, parse_level(key.strip_prefix(row.book_key)?)?)))
}

fn parse_level(rest: &str) -> Option<Level> {
    let (above, suffix) = match rest.strip_prefix("_above_") {
        Some(tier) => {
            let (thousands, suffix) = tier.split_once("k_tokens")?;
            (thousands.parse::<u64>().ok()?.checked_mul(1000)?, suffix)
        }
        None => (0, rest),
    };
    let row = SERVICE_TIERS.iter().find(|row| row.suffix == suffix)?;
    Some(Level { above, service: row.tier })
}

/// A model's prices as they apply to one call.
pub(super) struct CallRates<'a> {
    model: &'a ModelPrice,
    /// The levels that fit the call, the most specific first.
    levels: [Level; 4],
}

impl<'a> CallRates<'a> {
    /// Chooses the levels that fit the call, as LiteLLM does: the highest prompt-size tier it exceeds and its service tier,
    /// then the size without the service tier, then the service tier without the size, then the base. In a batch the
    /// service tier outranks the size.
    pub(super) fn of(model: &'a ModelPrice, usage: &Usage) -> CallRates<'a> {
        let service = usage.service_tier.as_deref().map_or(ServiceTier::Standard, service_tier);
        let reached = BEGINS_AT_ITS_SIZE.contains(&model.vendor());
        let prompt_tokens = usage.prompt_tokens().saturating_add(u64::from(reached));
        let exceeded = model.rates.iter().map(|rate| rate.level.above).filter(|above| prompt_tokens > *above);
        let above = exceeded.max().unwrap_or(0);

        let standard = ServiceTier::Standard;
        let levels = match service {
            ServiceTier::Batch => [(above, service), (0, service), (above, standard), (0, standard)],
            _ => [(above, service), (above, standard), (0, service), (0, standard)],
        };
        CallRates { model, levels: levels.map(|(above, service)| Level { above, service }) }
    }

    /// Returns the class's price in atto-dollars per token: listed, else by the stated fallbacks, else `None`.
    pub(super) fn atto_per_token(&self, class: Class) -> Option<u64> {
        let listed = self.levels.iter().find_map(|level| match class {
            // Otherwise a base reasoning price would undercut a tier's or a service tier's output price.
            Class::Reasoning => self.listed(class, *level).or_else(|| self.listed(Class::Output, *level)),
            _ => self.listed(class, *level).or_else(|| self.claude_fraction(class, *level)),
        });
        listed.or_else(|| self.undiscounted(class))
    }

    fn listed(&self, class: Class, level: Level) -> Option<u64> {
        let rate = self.model.rates.iter().find(|rate| rate.class == class && rate.level == level)?;
        Some(rate.atto_per_token)
    }

    /// Returns a cache price of Claude as a fraction of the input price of the same level.
    fn claude_fraction(&self, class: Class, level: Level) -> Option<u64> {
        let (_, numerator, denominator) = CLAUDE_CACHE_FRACTIONS.iter().find(|(of, ..)| *of == class)?;
        if !self.model.is_claude() {
            return None;
        }
        let input = self.listed(Class::Input, level)?;
        Some(u64::try_from(u128::from(input) * numerator / denominator).unwrap_or(u64::MAX))
    }

    /// Returns the input price for the cache reads of a model that lists none for them: a discount nobody states cannot
    /// be assumed.
    fn undiscounted(&self, class: Class) -> Option<u64> {
        (class == Class::CacheRead).then(|| self.atto_per_token(Class::Input)).flatten()
    }
}

fn service_tier(answer: &str) -> ServiceTier {
    let matches = |row: &&ServiceTierRow| row.answers.iter().any(|word| word.eq_ignore_ascii_case(answer));
    SERVICE_TIERS.iter().find(matches).map_or(ServiceTier::Standard, |row| row.tier)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_key_names_its_class_its_prompt_size_and_its_service_tier() {
        let level = |above, service| Level { above, service };
        let cases = [
            ("input_cost_per_token", Some((Class::Input, level(0, ServiceTier::Standard)))),
            ("output_cost_per_token_batches", Some((Class::Output, level(0, ServiceTier::Batch)))),
            (
                "cache_creation_input_token_cost_above_1hr_above_200k_tokens",
                Some((Class::CacheWrite1h, level(200_000, ServiceTier::Standard))),
            ),
            (
                "cache_read_input_token_cost_above_272k_tokens_priority",
                Some((Class::CacheRead, level(272_000, ServiceTier::Priority))),
            ),
            ("input_cost_per_token_above_7k_tokens", Some((Class::Input, level(7_000, ServiceTier::Standard)))),
            ("cache_creation_input_token_cost_above_12hr", None),
            ("input_cost_per_token_cache_hit", None),
            ("input_cost_per_audio_token", None),
            ("input_cost_per_token_above_99999999999999999999k_tokens", None),
        ];

        for (key, expected) in cases {
            assert_eq!(parse_rate_key(key), expected, "{key}");
        }
    }
}
