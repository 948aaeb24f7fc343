//! When a window will be used up at the present pace, as a range, and who drives it.
//!
//! The pace is what friends burned lately, and the owner's use outside of Carpool as it was on average. The range is
//! spanned by a short, a middle and a long pace: where they agree it is narrow.

use jiff::{SignedDuration, Timestamp};

use crate::{
    price::PicoUsd,
    share::{Burn, Usage, WindowView},
};

/// The least that must have been going on, and the least that must be used of a window, before anything is foretold.
const ENOUGH_TIME: SignedDuration = SignedDuration::from_mins(10);
const ENOUGH_USED: f64 = 0.03;
/// The same where it was not learned yet what the window is worth: percents are rounded.
const ENOUGH_USED_UNLEARNED: f64 = 0.1;
/// How far beyond the paces the range goes.
const MARGIN: f64 = 0.15;
/// What a pace is taken over: in a window of hours, and in one of days, in which people sleep.
const SPANS_OF_HOURS: [SignedDuration; 3] =
    [SignedDuration::from_mins(30), SignedDuration::from_hours(1), SignedDuration::from_hours(2)];
const SPANS_OF_DAYS: [SignedDuration; 3] =
    [SignedDuration::from_hours(24), SignedDuration::from_hours(48), SignedDuration::from_hours(72)];
const DAYS_LONG: SignedDuration = SignedDuration::from_hours(24);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What was burned over a span of time up to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How much, by all friends.
    pub cost: PicoUsd,
    /// In how long.
    pub over: SignedDuration,
}

/// What was burned lately in a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recent {
    /// The short, the middle and the long pace.
    pub paces: [Pace; 3],
    /// What each friend burned in the last hour.
    pub last_hour: Vec<(i64, PicoUsd)>,
}

/// How a window will go on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Forecast {
    /// When it will be used up; `None` where it lasts until it begins anew, or where there is too little to go by.
    pub ends_at: Option<Timestamp>,
    /// The earliest that is to be expected.
    pub earliest: Option<Timestamp>,
    /// The latest; `None` where it may last until it begins anew.
    pub latest: Option<Timestamp>,
    /// How long before it begins anew it will be used up.
    pub before_reset: Option<SignedDuration>,
    /// Who burned the most in the last hour, and what part of it.
    pub driver: Option<(i64, f64)>,
    /// How much will be used when it begins anew, as if it could be exceeded.
    pub used_at_reset: Option<f64>,
}

/// Reads what was burned lately in a window.
#[must_use]
pub fn recent(view: &WindowView, burn: &Burn, now: Timestamp) -> Recent {
    let family = view.family.as_deref();
    let spent = |since| view.members.iter().map(move |member| (member.friend, burn.used(member.friend, family, since)));
    let began = view.end() - view.length();
    let spans = if view.length() > DAYS_LONG { SPANS_OF_DAYS } else { SPANS_OF_HOURS };
    let [short, middle, long] = spans.map(|span| {
        let since = began.max(now - span);
        Pace { cost: PicoUsd(spent(since).map(|(_, cost)| cost.0).sum()), over: now.duration_since(since) }
    });
    // Who began a short while ago did not burn slowly before.
    let active = burn.first_since(family, now - long.over).map_or(long.over, |first| now.duration_since(first));
    let long = Pace { over: active.max(short.over).min(long.over), ..long };
    Recent { paces: [short, middle, long], last_hour: spent(began.max(now - HOUR)).collect() }
}

/// Foretells how a window goes on if everybody keeps the pace.
#[must_use]
pub fn forecast(view: &WindowView, recent: &Recent, now: Timestamp) -> Forecast {
    let usage = Usage::of(view);
    let driver = driver(&recent.last_hour);
    let [_, _, long] = recent.paces;
    let enough = if view.capacity.is_some() { ENOUGH_USED } else { ENOUGH_USED_UNLEARNED };
    let is_known = usage.per_pico > 0.0 && usage.settled >= enough && long.over >= ENOUGH_TIME;
    if view.is_over(now) || !is_known {
        return Forecast { driver, ..Forecast::default() };
    }

    let elapsed = now.duration_since(view.end() - view.length()).as_secs_f64();
    let outside = if elapsed > 0.0 { usage.outside / elapsed } else { 0.0 };
    let per_second = |pace: &Pace| outside + per_second(pace, &usage);
    let paces = recent.paces.each_ref().map(per_second);
    let fastest = paces.iter().copied().fold(0.0, f64::max) * (1.0 + MARGIN);
    let slowest = paces.iter().copied().fold(f64::INFINITY, f64::min) * (1.0 - MARGIN);

    let left = (1.0 - usage.settled).max(0.0);
    let end = |pace: f64| used_up(left / pace, view, now);
    let ends_at = end(paces[2]);
    Forecast {
        ends_at,
        earliest: end(fastest),
        latest: end(slowest),
        before_reset: ends_at.zip(view.resets_at).map(|(at, resets_at)| resets_at.duration_since(at)),
        driver,
        used_at_reset: view
            .resets_at
            .map(|resets_at| usage.settled + paces[2] * resets_at.duration_since(now).as_secs_f64()),
    }
}

/// What a pace is of the whole window, per second.
fn per_second(pace: &Pace, usage: &Usage) -> f64 {
    let seconds = pace.over.as_secs_f64();
    if seconds > 0.0 { usage.of_settled(pace.cost) / seconds } else { 0.0 }
}

/// When a window is used up that will be in so many seconds, if it does not begin anew before.
fn used_up(seconds: f64, view: &WindowView, now: Timestamp) -> Option<Timestamp> {
    let wait = SignedDuration::try_from_secs_f64(seconds).ok()?;
    let at = now.checked_add(wait).ok()?;
    view.resets_at.is_none_or(|resets_at| at < resets_at).then_some(at)
}

fn driver(last_hour: &[(i64, PicoUsd)]) -> Option<(i64, f64)> {
    let all: i64 = last_hour.iter().map(|(_, cost)| cost.0).sum();
    let (friend, most) = last_hour.iter().max_by_key(|(_, cost)| *cost)?;
    (all > 0).then(|| (*friend, most.0 as f64 / all as f64))
}

#[cfg(test)]
mod tests;
