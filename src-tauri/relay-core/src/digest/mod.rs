//! The digest: a week in a few lines, once a week.
//!
//! It is due at a time of the owner's clock, and is about the seven days before that day. What is due and was not sent, say
//! because the machine slept, is sent late, once: of what was told last the day is remembered that its week ended before.

pub mod words;

use std::{fmt, str::FromStr};

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

use crate::{alert::Trouble, price::PicoUsd};

/// How many models are named.
pub const TOP_MODELS: usize = 5;

/// When a digest is due: on a day of the week, at a full hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Schedule {
    /// The day.
    pub day: Weekday,
    /// The hour: 0 to 23.
    hour: i8,
}

/// Text that is no such time.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is no time of the week: expected one such as monday 09:00")]
pub struct NotATime(String);

/// The days of the week by the names that are read and written.
pub const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "monday"),
    (Weekday::Tuesday, "tuesday"),
    (Weekday::Wednesday, "wednesday"),
    (Weekday::Thursday, "thursday"),
    (Weekday::Friday, "friday"),
    (Weekday::Saturday, "saturday"),
    (Weekday::Sunday, "sunday"),
];

impl Default for Schedule {
    fn default() -> Self {
        Self { day: Weekday::Monday, hour: 9 }
    }
}

impl Schedule {
    /// A day and an hour, 0 to 23.
    #[must_use]
    pub fn new(day: Weekday, hour: i8) -> Option<Self> {
        (0..24).contains(&hour).then_some(Self { day, hour })
    }

    /// The hour: 0 to 23.
    #[must_use]
    pub fn hour(self) -> i8 {
        self.hour
    }

    /// When a digest was due last, and the day that its week ends before.
    #[must_use]
    pub fn last_due(self, now: Timestamp, zone: &TimeZone) -> (Timestamp, Date) {
        let today = now.to_zoned(zone.clone()).date();
        let day = today.saturating_sub(i64::from(today.weekday().since(self.day)).days());
        let due = |day: Date| day.at(self.hour, 0, 0, 0).to_zoned(zone.clone()).map(|due| due.timestamp());
        match due(day) {
            Ok(at) if at <= now => (at, day),
            _ => {
                let day = day.saturating_sub(1.week());
                // Only at the ends of the calendar is there no such time.
                (due(day).unwrap_or(Timestamp::MIN), day)
            }
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = DAYS.iter().find(|(day, _)| *day == self.day).map_or("", |(_, name)| name);
        write!(f, "{name} {:02}:00", self.hour)
    }
}

impl FromStr for Schedule {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let wrong = || NotATime(text.to_owned());
        let (day, hour) = text.trim().split_once(' ').ok_or_else(wrong)?;
        let day = DAYS.iter().find(|(_, name)| name.eq_ignore_ascii_case(day)).ok_or_else(wrong)?.0;
        let hour = hour.strip_suffix(":00").unwrap_or(hour).parse().map_err(|_| wrong())?;
        Self::new(day, hour).ok_or_else(wrong)
    }
}

impl TryFrom<String> for Schedule {
    type Error = NotATime;

    fn try_from(text: String) -> Result<Self, NotATime> {
        text.parse()
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> Self {
        schedule.to_string()
    }
}

/// The days that a digest is about, which ends before this one: `[first, end)`, and the first of the week before.
#[must_use]
pub fn week_before(end: Date) -> (Date, Date) {
    (end.saturating_sub(1.week()), end.saturating_sub(2.weeks()))
}

/// A week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Digest {
    /// Its first day.
    pub first: Date,
    /// Its last day.
    pub last: Date,
    /// Its sums.
    pub week: Sums,
    /// Those of the week before.
    pub before: Sums,
    /// By friend, the one who cost most first.
    pub friends: Vec<Part>,
    /// By model, the one that cost most first; at most [`TOP_MODELS`].
    pub models: Vec<Part>,
    /// The accounts that had trouble.
    pub accounts: Vec<AccountPart>,
}

/// Sums of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// Calls.
    pub calls: i64,
    /// Tokens of every class.
    pub tokens: i64,
    /// What those with a price cost.
    pub cost_pico_usd: PicoUsd,
    /// Calls that have no price.
    pub unpriced_calls: i64,
    /// What the same tokens would have cost without caching, less what they cost.
    pub saved_pico_usd: PicoUsd,
}

/// A part of a week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Whose, or which.
    pub name: String,
    /// Calls.
    pub calls: i64,
    /// What they cost.
    pub cost_pico_usd: PicoUsd,
}

/// An account that had trouble.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountPart {
    /// Its name.
    pub name: String,
    /// Calls that it was asked to serve.
    pub calls: i64,
    /// Those that failed.
    pub failed: i64,
    /// What keeps it out now, if anything.
    pub out: Option<Trouble>,
}

impl Digest {
    /// Says whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.week.calls == 0 && self.before.calls == 0 && self.accounts.is_empty()
    }
}

#[cfg(test)]
mod tests;
