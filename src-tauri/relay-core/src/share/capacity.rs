//! How much a whole window is worth in priced tokens, learned from how far it fills while we burn so much.
//!
//! Providers tell only percents. The owner may use the subscription outside of Carpool too; then a window fills faster
//! than by our calls, so a step that was cheap says little and the upper ones count.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use crate::price::PicoUsd;

/// How far a window must fill for one step: providers round to whole percents, and calls are not small against one.
const STEP: f64 = 0.04;
/// How many steps are needed at least, and how many are remembered: more than a whole window, so that a change of plan
/// is noticed.
const STEPS: (usize, usize) = (2, 32);
/// Which of the steps counts, in order of what the window would be worth by them.
const QUANTILE: f64 = 0.75;
/// How far a report may fall behind the one before in the same window: answers overtake each other.
pub(super) const OVERTAKEN: f64 = 0.02;
/// How far the end of a window may move and still be that window's: some providers tell it relative to their answer.
const SAME_END: SignedDuration = SignedDuration::from_mins(10);
/// Floating point's share in a percent.
const EPSILON: f64 = 1e-9;

/// What a window is worth, learned.
#[derive(Clone, Debug, Default)]
pub struct Capacity {
    /// What the window would be worth by each step, in pico-picos, the latest last.
    steps: VecDeque<f64>,
    /// Where the step that is being made began; `None` until the window was seen to fill: where between two percents it
    /// was before is not known.
    began: Option<f64>,
    /// What was burned since.
    cost: f64,
    /// The fullest report of this window, and its end.
    top: Option<(f64, Option<Timestamp>)>,
    estimate: Option<PicoUsd>,
}

/// What a provider said of a window at a time: for [`Capacity::learn`].
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// The used part.
    pub used: f64,
    /// When the window begins anew.
    pub resets_at: Option<Timestamp>,
}

impl Capacity {
    /// Learns from what is stored: samples of one window and what all friends burned in it, both in order of time.
    #[must_use]
    pub fn learn(samples: &[Sample], costs: &[(Timestamp, PicoUsd)]) -> Self {
        let mut learned = Self::default();
        let mut rest = costs;
        for sample in samples {
            let (earlier, later) = rest.split_at(rest.partition_point(|(at, _)| *at <= sample.at));
            rest = later;
            let cost = earlier.iter().fold(PicoUsd(0), |sum, (_, cost)| sum.saturating_add(*cost));
            learned.observe(sample.used, sample.resets_at, cost);
        }
        learned
    }

    /// Takes in a report, and what all friends burned since the one before.
    pub fn observe(&mut self, used: f64, resets_at: Option<Timestamp>, cost_since_last: PicoUsd) {
        let Some((top, _)) = self.top.filter(|(top, end)| used > top - OVERTAKEN && is_same_end(*end, resets_at))
        else {
            self.top = Some((used, resets_at));
            (self.began, self.cost) = (None, 0.0);
            return;
        };
        self.cost += picos(cost_since_last);
        self.top = Some((used.max(top), resets_at));
        if used <= top {
            return;
        }
        match self.began {
            Some(began) if used - began + EPSILON < STEP => return,
            // Nothing of ours in it: it tells of the owner's use alone.
            Some(began) if self.cost > 0.0 => self.remember(self.cost / (used - began)),
            Some(_) | None => {}
        }
        // A full window does not fill any further, whatever is burned.
        (self.began, self.cost) = (Some(used).filter(|used| *used < 1.0), 0.0);
    }

    /// What the whole window is worth in priced tokens; `None` until enough was seen.
    #[must_use]
    pub const fn estimate(&self) -> Option<PicoUsd> {
        self.estimate
    }

    fn remember(&mut self, worth: f64) {
        if self.steps.len() == STEPS.1 {
            self.steps.pop_front();
        }
        self.steps.push_back(worth);
        if self.steps.len() < STEPS.0 {
            return;
        }
        let mut ordered: Vec<f64> = self.steps.iter().copied().collect();
        ordered.sort_by(f64::total_cmp);
        // Between two steps, so that few of them do not make it jump.
        let place = QUANTILE * (ordered.len() - 1) as f64;
        let (below, above) = (ordered[place.floor() as usize], ordered[place.ceil() as usize]);
        self.estimate = Some(PicoUsd((below + (above - below) * place.fract()) as i64));
    }
}

/// An amount as a number to divide by; what is lost beyond 15 digits does not show in a share.
pub(super) const fn picos(cost: PicoUsd) -> f64 {
    cost.0 as f64
}

pub(super) fn is_same_end(one: Option<Timestamp>, other: Option<Timestamp>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.duration_since(other).abs() < SAME_END,
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORTH: i64 = 20_000_000_000_000;
    const END: Option<Timestamp> = Some(Timestamp::UNIX_EPOCH);

    /// Burns in steps of `call` of the window, beside `outside` times as much by the owner, and reports whole percents.
    fn fill(capacity: &mut Capacity, from: f64, until: f64, call: f64, outside: f64) {
        let mut used = from;
        while used < until {
            used += call * (1.0 + outside);
            capacity.observe((used * 100.0).floor() / 100.0, END, PicoUsd((call * WORTH as f64) as i64));
        }
    }

    fn error(capacity: &Capacity) -> f64 {
        picos(capacity.estimate().expect("enough was seen")) / WORTH as f64 - 1.0
    }

    #[test]
    fn nothing_is_known_until_a_window_was_seen_to_fill() {
        let mut capacity = Capacity::default();

        fill(&mut capacity, 0.1, 0.15, 0.001, 0.0);
        assert_eq!(capacity.estimate(), None);

        fill(&mut capacity, 0.15, 0.21, 0.001, 0.0);
        assert!(error(&capacity).abs() < 0.03, "{}", error(&capacity));
    }

    #[test]
    fn a_window_is_known_within_a_few_percent_for_small_and_for_large_calls() {
        for call in [0.000_3, 0.001, 0.004, 0.013] {
            let mut capacity = Capacity::default();
            fill(&mut capacity, 0.003, 0.9, call, 0.0);
            assert!(error(&capacity).abs() < 0.12, "{call}: {}", error(&capacity));
        }
    }

    #[test]
    fn the_owners_own_use_now_and_then_does_not_make_the_window_look_small() {
        let mut capacity = Capacity::default();

        for begin in [0.0, 0.3, 0.6] {
            fill(&mut capacity, begin, begin + 0.15, 0.001, 1.5);
            fill(&mut capacity, begin + 0.15, begin + 0.3, 0.001, 0.0);
        }

        assert!(error(&capacity).abs() < 0.05, "{}", error(&capacity));
    }

    #[test]
    fn a_new_window_is_not_taken_for_growth() {
        let mut capacity = Capacity::default();
        fill(&mut capacity, 0.0, 0.5, 0.001, 0.0);
        let before = capacity.estimate();

        capacity.observe(0.0, END, PicoUsd(WORTH));
        capacity.observe(0.3, Some(Timestamp::MAX), PicoUsd(WORTH));
        capacity.observe(0.6, None, PicoUsd(WORTH));
        capacity.observe(0.9, END, PicoUsd(WORTH));

        assert_eq!(capacity.estimate(), before);
    }

    #[test]
    fn what_is_stored_teaches_the_same() {
        let at = |second| Timestamp::from_second(second).expect("in range");
        let samples: Vec<_> =
            (0..60).map(|step| Sample { at: at(step * 100), used: step as f64 / 100.0, resets_at: END }).collect();
        let costs: Vec<_> = (1..600).map(|step| (at(step * 10), PicoUsd(WORTH / 1000))).collect();

        let learned = Capacity::learn(&samples, &costs);

        assert!(error(&learned).abs() < 0.001, "{}", error(&learned));
    }
}
