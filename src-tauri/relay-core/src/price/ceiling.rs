//! The most that a call of a size can cost, for money that is set aside before it is known what the call costs.

use super::model::ModelPrice;
use super::money::{ATTO_PER_PICO, PicoUsd};
use super::rates::{CallRates, Class, ServiceTier};
use crate::usage::Usage;

/// The highest price per token that is believed of a model nobody knows, in atto-dollars: $1,000 per million tokens. The
/// dearest real ones ask for $600; what stands higher in the book is a slip of its unit (`azure_ai/jais-30b-chat` is
/// listed by the thousand tokens, November 2026).
const BELIEVABLE: u64 = 1_000_000_000_000_000;

/// What a token can cost at most, whatever the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ceiling {
    atto_per_input: u64,
    atto_per_output: u64,
}

impl Ceiling {
    /// The highest prices of these models in the standard service tier.
    pub(super) fn of(models: &[ModelPrice]) -> Self {
        let rates = models.iter().flat_map(|model| &model.rates);
        let believable =
            rates.filter(|rate| rate.level.service == ServiceTier::Standard && rate.atto_per_token <= BELIEVABLE);
        believable.fold(Self::default(), |mut ceiling, rate| {
            let highest = match rate.class {
                Class::Input | Class::CacheWrite5m => &mut ceiling.atto_per_input,
                Class::Output | Class::Reasoning => &mut ceiling.atto_per_output,
                Class::CacheRead | Class::CacheWrite1h => return ceiling,
            };
            *highest = rate.atto_per_token.max(*highest);
            ceiling
        })
    }

    /// What so many tokens cost at most.
    #[must_use]
    pub fn at_most(self, input_tokens: u64, output_tokens: u64) -> PicoUsd {
        cost((input_tokens, self.atto_per_input), (output_tokens, self.atto_per_output))
    }
}

impl ModelPrice {
    /// What so many tokens cost at most: all input as if it were written to the cache for five minutes, where that is
    /// dearer, in the standard service tier. `None` where one of the prices is not known.
    #[must_use]
    pub fn at_most(&self, input_tokens: u64, output_tokens: u64) -> Option<PicoUsd> {
        let usage = Usage { input_tokens: Some(input_tokens), ..Usage::default() };
        let rates = CallRates::of(self, &usage);
        let dearer = |count: u64, one: Class, other: Class| match count {
            0 => Some(0),
            _ => rates.atto_per_token(one).max(rates.atto_per_token(other)),
        };
        let input = dearer(input_tokens, Class::Input, Class::CacheWrite5m)?;
        let output = dearer(output_tokens, Class::Output, Class::Reasoning)?;
        Some(cost((input_tokens, input), (output_tokens, output)))
    }
}

/// The cost of counts at prices in atto-dollars, rounded up.
fn cost(input: (u64, u64), output: (u64, u64)) -> PicoUsd {
    let atto = |(count, price): (u64, u64)| u128::from(count) * u128::from(price);
    let pico = atto(input).saturating_add(atto(output)).div_ceil(ATTO_PER_PICO);
    PicoUsd(i64::try_from(pico).unwrap_or(i64::MAX))
}
