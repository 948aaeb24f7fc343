//! Looking back: who took how much of all windows of a length over a span of time.
//!
//! How far each window filled is what the provider told. Who filled it is estimated by what the calls cost, in the way
//! the share does it for the window that is open ([`super::split`]).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::capacity::{Capacity, OVERTAKEN, Sample, is_same_end, picos};
use crate::price::PicoUsd;

/// What was taken of all windows of a length.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// How many windows the provider told of.
    pub windows: u32,
    /// How much of them was used together: 2.5 is two whole windows and a half.
    pub used: f64,
    /// How much of that each friend used, by the friend's id.
    pub parts: BTreeMap<i64, f64>,
    /// How much of that was not used through Carpool.
    pub outside: f64,
    /// When the provider first told of one.
    pub since: Timestamp,
}

/// What a friend's calls cost at a time.
#[derive(Clone, Copy, Debug)]
pub struct Spending {
    /// When.
    pub at: Timestamp,
    /// The friend's id.
    pub friend: i64,
    /// How much.
    pub cost: PicoUsd,
}

/// A window as the samples of the span tell of it.
struct Seen {
    begins: Timestamp,
    ends: Option<Timestamp>,
    first_at: Timestamp,
    /// How full it was when the span began.
    before: f64,
    top: f64,
}

/// Divides the windows of a length that samples since a time tell of. Samples and costs are those of one account since
/// then, in order of time; without a sample there is nothing to divide.
#[must_use]
pub fn taken(length: SignedDuration, since: Timestamp, samples: &[Sample], costs: &[Spending]) -> Option<Taken> {
    let first = samples.first()?;
    let all: Vec<_> = costs.iter().map(|spent| (spent.at, spent.cost)).collect();
    let worth = Capacity::learn(samples, &all).estimate().map(picos).filter(|worth| *worth > 0.0);
    let seen = windows(length, since, samples);
    let windows = u32::try_from(seen.len()).unwrap_or(u32::MAX);
    let mut taken = Taken { windows, used: 0.0, parts: BTreeMap::new(), outside: 0.0, since: first.at };
    for (place, window) in seen.iter().enumerate() {
        let next = seen.get(place + 1).map(|next| next.first_at);
        let ends = window.ends.or(next).unwrap_or(Timestamp::MAX);
        let within = costs.iter().filter(|spent| spent.at >= window.begins && spent.at < ends);
        taken.add(window.top - window.before, within, worth);
    }
    Some(taken)
}

impl Taken {
    /// Adds a window of which so much was used, by those who spent meanwhile.
    fn add<'a>(&mut self, used: f64, spent: impl Iterator<Item = &'a Spending> + Clone, worth: Option<f64>) {
        let cost: f64 = spent.clone().map(|spent| picos(spent.cost)).sum();
        self.used += used;
        if cost <= 0.0 {
            self.outside += used;
            return;
        }
        // Where it is not known what a window is worth, all of it was used by those who called.
        let ours = worth.map_or(used, |worth| (cost / worth).min(used));
        self.outside += used - ours;
        for spent in spent {
            *self.parts.entry(spent.friend).or_default() += ours * picos(spent.cost) / cost;
        }
    }
}

/// The windows that samples tell of, in order of time.
fn windows(length: SignedDuration, since: Timestamp, samples: &[Sample]) -> Vec<Seen> {
    let mut windows: Vec<Seen> = Vec::new();
    for sample in samples {
        let same = windows
            .last_mut()
            .filter(|seen| is_same_end(seen.ends, sample.resets_at) && sample.used > seen.top - OVERTAKEN);
        if let Some(seen) = same {
            seen.top = seen.top.max(sample.used);
            continue;
        }
        let begins = sample.resets_at.and_then(|end| end.checked_sub(length).ok()).unwrap_or(sample.at);
        // What was used of it before the span is not known better than by the first that was told in it.
        let before = if begins < since { sample.used } else { 0.0 };
        windows.push(Seen {
            begins: begins.max(since),
            ends: sample.resets_at,
            first_at: sample.at,
            before,
            top: sample.used,
        });
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE_HOURS: SignedDuration = SignedDuration::from_hours(5);

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(minutes * 60).expect("a time")
    }

    fn sample(minute: i64, used: f64, resets: i64) -> Sample {
        Sample { at: at(minute), used, resets_at: Some(at(resets)) }
    }

    fn spent(minute: i64, friend: i64, cost: i64) -> Spending {
        Spending { at: at(minute), friend, cost: PicoUsd(cost) }
    }

    fn close(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-9
    }

    #[test]
    fn windows_add_up_and_each_is_divided_by_what_calls_cost_in_it() {
        let samples = [sample(10, 0.1, 300), sample(200, 0.4, 300), sample(400, 0.2, 650)];
        let costs = [spent(5, 1, 30), spent(20, 2, 10), spent(380, 2, 50)];

        let taken = taken(FIVE_HOURS, at(0), &samples, &costs).expect("samples");

        assert_eq!(taken.windows, 2);
        assert!(close(taken.used, 0.6), "{taken:?}");
        assert!(close(taken.parts[&1], 0.3), "{taken:?}");
        assert!(close(taken.parts[&2], 0.1 + 0.2), "{taken:?}");
        assert!(close(taken.outside, 0.0), "{taken:?}");
    }

    #[test]
    fn what_fills_while_nobody_calls_was_used_outside() {
        let taken = taken(FIVE_HOURS, at(0), &[sample(10, 0.1, 300), sample(200, 0.5, 300)], &[]).expect("samples");

        assert!(close(taken.outside, 0.5) && taken.parts.is_empty(), "{taken:?}");
    }

    #[test]
    fn of_a_window_that_was_open_already_only_what_came_in_the_span_counts() {
        let samples = [sample(100, 0.7, 200), sample(150, 0.9, 200)];

        let taken = taken(FIVE_HOURS, at(90), &samples, &[spent(120, 1, 5)]).expect("samples");

        assert!(close(taken.used, 0.2) && close(taken.parts[&1], 0.2), "{taken:?}");
    }

    #[test]
    fn parts_and_what_was_used_outside_are_all_that_was_used() {
        let samples: Vec<Sample> =
            (0..60).map(|step| sample(step * 5, f64::from(u32::try_from(step).expect("small")) * 0.016, 300)).collect();
        let costs: Vec<Spending> = (0..60).map(|step| spent(step * 5, step % 3, 1_000_000 + step)).collect();

        let taken = taken(FIVE_HOURS, at(0), &samples, &costs).expect("samples");

        let parts: f64 = taken.parts.values().sum();
        assert!(close(parts + taken.outside, taken.used), "{taken:?}");
        assert!(taken.parts.len() == 3 && taken.outside >= 0.0, "{taken:?}");
    }

    #[test]
    fn without_a_report_nothing_is_told() {
        assert_eq!(taken(FIVE_HOURS, at(0), &[], &[spent(1, 1, 1)]), None);
    }
}
