//! Whether a key is used as it never was before, as a stolen one is: measured against its own past, and nobody else's.
//!
//! A day is unusual that has more than twice the calls, or the cost, of the key's busiest 24 hours within the four weeks that
//! ended a day ago; an hour, that has more than three times those of its busiest hour. The busiest is the yardstick, and not
//! a mean with deviations, because the use of coding agents comes in bursts: hours of one person differ by a factor of ten
//! and more, and whatever calls the tail of such a distribution unusual cries wolf each week. Days even out more than hours,
//! hence the two factors. The day is measured at all because somebody who uses a stolen key steadily stays below the busiest
//! hour and still doubles the busiest day. On made-up traces (see the tests) a quiet friend's key gives an alarm in years, a
//! very bursty one's twice a year, and a stolen one is noticed within a day.
//!
//! Nothing is said of a key that is new (see [`LEAST_ACTIVE_HOURS`] and [`LEAST_ACTIVE_DAYS`]), and nothing of amounts that do
//! not matter ([`Span::least`]). A stolen key that was hardly ever used is noticed at once; one of a busy friend that the thief
//! uses little is not: no rule on amounts could. From where a key is used, and by which program, is shown to the owner and
//! not judged: people travel, and programs change their names.

use serde::{Deserialize, Serialize};

use super::Percent;
use crate::price::PicoUsd;

/// How far above its busiest day a key's use is unusual, unless the owner says otherwise.
pub const DEFAULT_FACTOR: Percent = Percent(200);
/// The least and the most that the owner may choose.
pub const FACTORS: std::ops::RangeInclusive<Percent> = Percent(120)..=Percent(2_000);
/// How many hours the past has: four weeks.
pub const PAST_HOURS: i64 = 28 * DAY_HOURS;
/// How many of them must have had calls before anything is usual.
pub const LEAST_ACTIVE_HOURS: usize = 20;
/// On how many days they must have been.
pub const LEAST_ACTIVE_DAYS: usize = 5;

const DAY_HOURS: i64 = 24;
const DOLLAR: i64 = 1_000_000_000_000;

/// What a key was used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// Calls that were sent to a provider.
    pub calls: i64,
    /// What they cost.
    pub cost: PicoUsd,
}

impl Use {
    fn with(self, other: Self) -> Self {
        Self { calls: self.calls + other.calls, cost: self.cost.saturating_add(other.cost) }
    }

    /// The greater of each.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self { calls: self.calls.max(other.calls), cost: self.cost.max(other.cost) }
    }
}

/// A length of time that use is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// An hour of the clock.
    Hour,
    /// 24 of them.
    Day,
}

impl Span {
    /// How far above the busiest is unusual where that is so for a day.
    const fn factor(self, of_day: Percent) -> i128 {
        match self {
            Self::Hour => of_day.0 as i128 * 3 / 2,
            Self::Day => of_day.0 as i128,
        }
    }

    /// What does not matter, however unusual it is.
    #[must_use]
    pub const fn least(self) -> Use {
        match self {
            Self::Hour => Use { calls: 30, cost: PicoUsd(DOLLAR) },
            Self::Day => Use { calls: 150, cost: PicoUsd(5 * DOLLAR) },
        }
    }
}

/// The busiest that a key was, calls and cost each by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    /// Its busiest hour.
    pub hour: Use,
    /// Its busiest 24 hours.
    pub day: Use,
}

/// How use compares to what is usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It is within it.
    Usual,
    /// It is above it.
    Busy,
    /// It is far above it.
    Unusual,
}

/// What is usual for a key, by its use in each hour that it was used in: hours since the epoch, in order. `None` while too
/// little is known of it.
#[must_use]
pub fn usual(hours: &[(i64, Use)]) -> Option<Usual> {
    let active = || hours.iter().filter(|(_, used)| used.calls > 0);
    let mut days: Vec<i64> = active().map(|(hour, _)| hour.div_euclid(DAY_HOURS)).collect();
    days.dedup();
    if active().count() < LEAST_ACTIVE_HOURS || days.len() < LEAST_ACTIVE_DAYS {
        return None;
    }
    let hour = hours.iter().fold(Use::default(), |most, (_, used)| most.max(*used));
    let ends = hours.iter().map(|(end, _)| last_day(hours, *end));
    Some(Usual { hour, day: ends.fold(Use::default(), Use::max) })
}

/// The use in the 24 hours that end with this one.
#[must_use]
pub fn last_day(hours: &[(i64, Use)], end: i64) -> Use {
    let within = hours.iter().filter(|(hour, _)| *hour <= end && *hour > end - DAY_HOURS);
    within.fold(Use::default(), |sum, (_, used)| sum.with(*used))
}

/// Compares use to the busiest before.
#[must_use]
pub fn judge(span: Span, used: Use, busiest: Use, factor: Percent) -> Verdict {
    let least = span.least();
    let one = |used: i64, busiest: i64, least: i64| {
        let is_above = |percent: i128| i128::from(used) * 100 > i128::from(busiest) * percent;
        match used {
            _ if used < least => Verdict::Usual,
            _ if is_above(span.factor(factor)) => Verdict::Unusual,
            _ if is_above(100) => Verdict::Busy,
            _ => Verdict::Usual,
        }
    };
    one(used.calls, busiest.calls, least.calls).max(one(used.cost.0, busiest.cost.0, least.cost.0))
}
