//! How much of what their calls may use the calls of a key use: most read their input from a cache and give short answers,
//! and each client has its way.

use std::collections::HashMap;

use super::{Actual, Bound, Estimate};
use crate::price::PicoUsd;

/// The whole, in the units of a ratio.
const ONE: u32 = 10_000;
/// What is set aside while nothing is known: half of what a call may use, which few come near to.
const PRIOR: u32 = ONE / 2;
/// The least that is set aside: a fiftieth. A call that is like none before it must not come for nothing.
const LEAST: u32 = ONE / 50;
/// The most: what a call may use is a guess of its input, and some scripts have a token to each byte. What goes beyond that
/// has nothing to do with the size of the request: a conversation that the provider keeps, for one.
const MOST: u32 = ONE * 8;
/// The part of the way down that one call moves a ratio: a dozen small calls halve it more than twice.
const STEPS_DOWN: u32 = 8;
/// The models that are remembered of a key; friends use a handful.
const MODELS_PER_KEY: usize = 64;

/// What was learned, by key and model.
#[derive(Clone, Debug, Default)]
pub struct Learned {
    keys: HashMap<i64, HashMap<Box<str>, Ratios>>,
    /// Counts what was observed.
    last: u64,
}

#[derive(Clone, Copy, Debug)]
struct Ratios {
    tokens: Learning,
    cost: Learning,
    observed_last: u64,
}

/// What calls use of one thing.
#[derive(Clone, Copy, Debug)]
struct Learning {
    /// Of what their size tells.
    ratio: u32,
    /// Beyond the most that this could be.
    beyond: u64,
}

const UNSEEN: Learning = Learning { ratio: PRIOR, beyond: 0 };
const UNKNOWN: Ratios = Ratios { tokens: UNSEEN, cost: UNSEEN, observed_last: 0 };

impl Learned {
    /// What a call of this key is reckoned to use, of what it may use. Never nothing, unless the model is free.
    #[must_use]
    pub fn estimate(&self, key: i64, model: Option<&str>, bound: Bound) -> Estimate {
        let known = self.keys.get(&key).and_then(|models| models.get(model.unwrap_or_default()));
        let Ratios { tokens, cost, .. } = *known.unwrap_or(&UNKNOWN);
        let pico = cost.estimate(u64::try_from(bound.cost.0).unwrap_or_default());
        Estimate {
            limited_tokens: tokens.estimate(bound.limited_tokens),
            cost: PicoUsd(i64::try_from(pico).unwrap_or(i64::MAX)),
        }
    }

    /// Learns from a call of which it is known what it used: at once where that is more than was expected, slowly where
    /// it is less.
    pub fn observe(&mut self, key: i64, model: Option<&str>, bound: Bound, actual: Actual) {
        self.last += 1;
        let models = self.keys.entry(key).or_default();
        let model = model.unwrap_or_default();
        if !models.contains_key(model) {
            make_room(models);
            models.insert(model.into(), UNKNOWN);
        }
        let Some(ratios) = models.get_mut(model) else { return };
        ratios.observed_last = self.last;
        ratios.tokens.follow(bound.limited_tokens, actual.limited_tokens);
        let amount = |money: PicoUsd| u64::try_from(money.0).unwrap_or_default();
        ratios.cost.follow(amount(bound.cost), amount(actual.cost));
    }

    /// Forgets the keys that are no more.
    pub fn forget(&mut self, is_gone: impl Fn(i64) -> bool) {
        self.keys.retain(|key, _| !is_gone(*key));
    }
}

/// Makes room for one more model in the place of the one that was not used for longest.
fn make_room(models: &mut HashMap<Box<str>, Ratios>) {
    if models.len() < MODELS_PER_KEY {
        return;
    }
    let oldest = models.iter().min_by_key(|(_, ratios)| ratios.observed_last).map(|(model, _)| model.clone());
    if let Some(oldest) = oldest {
        models.remove(&oldest);
    }
}

impl Learning {
    fn estimate(self, bound: u64) -> u64 {
        part(bound, self.ratio).saturating_add(self.beyond)
    }

    /// Goes up at once and down slowly.
    fn follow(&mut self, bound: u64, actual: u64) {
        if bound == 0 {
            return;
        }
        let seen = (u128::from(actual) * u128::from(ONE)).div_ceil(u128::from(bound));
        let seen = u32::try_from(seen).unwrap_or(MOST).clamp(LEAST, MOST);
        let fall = |from: u64, to: u64| from - (from - to).div_ceil(u64::from(STEPS_DOWN));
        self.ratio = if seen >= self.ratio { seen } else { self.ratio - (self.ratio - seen).div_ceil(STEPS_DOWN) };
        let beyond = actual.saturating_sub(part(bound, MOST));
        self.beyond = if beyond >= self.beyond { beyond } else { fall(self.beyond, beyond) };
    }
}

/// A part of an amount, rounded up.
fn part(amount: u64, ratio: u32) -> u64 {
    let part = (u128::from(amount) * u128::from(ratio)).div_ceil(u128::from(ONE));
    u64::try_from(part).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: Bound = Bound { limited_tokens: 100_000, cost: PicoUsd(1_000_000_000_000) };

    fn actual(percent: u64) -> Actual {
        Actual { limited_tokens: 1_000 * percent, cost: PicoUsd(10_000_000_000 * percent.cast_signed()) }
    }

    fn reckoned(learned: &Learned) -> u64 {
        let estimate = learned.estimate(1, Some("m"), BOUND);
        let percent = estimate.limited_tokens / 1_000;
        assert_eq!(estimate.cost, PicoUsd(10_000_000_000 * percent.cast_signed()), "both go the same way");
        percent
    }

    #[test]
    fn more_than_expected_is_learned_at_once_and_less_slowly() {
        let mut learned = Learned::default();
        assert_eq!(reckoned(&learned), 50);

        learned.observe(1, Some("m"), BOUND, actual(90));
        assert_eq!(reckoned(&learned), 90);
        learned.observe(1, Some("m"), BOUND, actual(10));
        assert_eq!(reckoned(&learned), 80);
        learned.observe(1, Some("m"), BOUND, actual(400));
        assert_eq!(reckoned(&learned), 400);
    }

    #[test]
    fn what_no_size_tells_is_learned_too_and_forgotten_slowly() {
        let mut learned = Learned::default();

        learned.observe(1, Some("m"), BOUND, actual(5_000));
        assert_eq!(reckoned(&learned), 5_000);
        for _ in 0..60 {
            learned.observe(1, Some("m"), BOUND, actual(100));
        }
        assert!((101..=102).contains(&learned.estimate(1, Some("m"), BOUND).limited_tokens.div_ceil(1_000)));
    }

    #[test]
    fn calls_that_use_nearly_nothing_are_still_reckoned_with() {
        let mut learned = Learned::default();

        for _ in 0..200 {
            learned.observe(1, Some("m"), BOUND, actual(0));
        }

        assert_eq!(reckoned(&learned), 2);
        let least = learned.estimate(1, Some("m"), Bound { limited_tokens: 1, cost: PicoUsd(1) });
        assert_eq!(least, Estimate { limited_tokens: 1, cost: PicoUsd(1) });
    }

    #[test]
    fn each_key_and_each_model_is_learned_apart_and_the_oldest_models_make_room() {
        let mut learned = Learned::default();
        learned.observe(1, Some("m"), BOUND, actual(90));

        assert_eq!(learned.estimate(2, Some("m"), BOUND).limited_tokens, 50_000);
        assert_eq!(learned.estimate(1, None, BOUND).limited_tokens, 50_000);

        for other in 0..MODELS_PER_KEY {
            assert_eq!(reckoned(&learned), 90);
            learned.observe(1, Some(&other.to_string()), BOUND, actual(70));
        }
        assert_eq!(reckoned(&learned), 50, "it was not used for longest");
        assert_eq!(learned.keys[&1].len(), MODELS_PER_KEY);

        learned.forget(|key| key == 1);
        assert!(learned.keys.is_empty());
    }
}
