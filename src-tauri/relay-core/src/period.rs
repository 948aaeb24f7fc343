//! The owner's calendar: days, weeks and months in a time zone, and the bars a span is drawn in.
//!
//! Calls are kept by their instant, so a zone that is moved (the owner's, or the country's) moves the bars and never a
//! call. A day begins with its first instant that exists: it may have 23 or 25 hours, and once in a while a country
//! leaves one out.

use std::{fmt, str::FromStr};

use jiff::{
    Timestamp, ToSpan, Unit,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

/// How long a bar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An hour of real time, from a full hour of the clock on.
    Hour,
    /// A day.
    Day,
    /// A week from Monday on.
    Week,
    /// A month.
    Month,
}

/// A span of time `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Its first instant.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
}

/// The first instant of a day.
#[must_use]
pub fn start_of(day: Date, zone: &TimeZone) -> Timestamp {
    let start = day.to_zoned(zone.clone()).and_then(|midnight| midnight.start_of_day());
    match start {
        Ok(start) => start.timestamp(),
        // Only at the ends of the calendar.
        Err(_) if day.year() < 0 => Timestamp::MIN,
        Err(_) => Timestamp::MAX,
    }
}

/// The days `[first, end)` as one span.
#[must_use]
pub fn days(first: Date, end: Date, zone: &TimeZone) -> Bar {
    Bar { start: start_of(first, zone), end: start_of(end, zone) }
}

/// The bars of the days `[first, end)`, in order and without gaps. The first and the last are cut off where the span ends,
/// and a day that the zone leaves out has no bar.
#[must_use]
pub fn bars(first: Date, end: Date, step: Step, zone: &TimeZone) -> Vec<Bar> {
    let span = days(first, end, zone);
    let starts: Vec<Timestamp> = match step {
        Step::Hour => hours(span),
        Step::Day => series(first, end, 1.day(), zone),
        Step::Week => series(monday(first), end, 1.week(), zone),
        Step::Month => series(first.first_of_month(), end, 1.month(), zone),
    };
    let ends = starts.iter().skip(1).copied().chain([span.end]);
    let cut = starts.iter().zip(ends).map(|(start, end)| Bar { start: (*start).max(span.start), end });
    cut.filter(|bar| bar.start < bar.end).collect()
}

/// The bar that an instant falls into: the full hour, the day, the week or the month.
#[must_use]
pub fn bar_of(at: Timestamp, step: Step, zone: &TimeZone) -> Bar {
    let local = at.to_zoned(zone.clone());
    let day = local.date();
    let (first, end) = match step {
        Step::Hour => {
            let start = start_of_hour(at, zone);
            return Bar { start, end: start.saturating_add(1.hour()).unwrap_or(Timestamp::MAX) };
        }
        Step::Day => (day, day.saturating_add(1.day())),
        Step::Week => (monday(day), monday(day).saturating_add(1.week())),
        Step::Month => (day.first_of_month(), day.first_of_month().saturating_add(1.month())),
    };
    days(first, end, zone)
}

/// How a bar is called: its first day, its month, or its hour with the zone's offset, which tells the two hours apart that
/// have the same name when the clocks are set back.
#[must_use]
pub fn label(start: Timestamp, step: Step, zone: &TimeZone) -> String {
    let local = start.to_zoned(zone.clone());
    match step {
        Step::Hour => local.strftime("%Y-%m-%dT%H:%M:00%:z").to_string(),
        Step::Day | Step::Week => local.date().to_string(),
        Step::Month => local.strftime("%Y-%m").to_string(),
    }
}

/// Whole hours of real time: where the clocks are moved by half an hour, the clock's full hours move with it.
fn hours(span: Bar) -> Vec<Timestamp> {
    span.start.series(1.hour()).take_while(|hour| *hour < span.end).collect()
}

fn start_of_hour(at: Timestamp, zone: &TimeZone) -> Timestamp {
    let day = start_of(at.to_zoned(zone.clone()).date(), zone);
    let whole = at.duration_since(day).as_hours();
    day.checked_add(whole.hours()).unwrap_or(day)
}

fn series(first: Date, end: Date, step: jiff::Span, zone: &TimeZone) -> Vec<Timestamp> {
    first.series(step).take_while(|day| *day < end).map(|day| start_of(day, zone)).collect()
}

fn monday(day: Date) -> Date {
    day.saturating_sub(i64::from(day.weekday().since(Weekday::Monday)).days())
}

/// A month of the calendar, as `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month(Date);

/// Text that is no month.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is no month: expected one such as 2026-11")]
pub struct NotAMonth(String);

impl Month {
    /// The month that a day is in.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self(day.first_of_month())
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The month of the year, from 1 on.
    #[must_use]
    pub fn number(self) -> i8 {
        self.0.month()
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> Date {
        self.0
    }

    /// The first day after it.
    #[must_use]
    pub fn end(self) -> Date {
        self.0.saturating_add(1.month())
    }

    /// How many days it has.
    #[must_use]
    pub fn days(self) -> i64 {
        days_between(self.0, self.end())
    }

    /// Its span in a time zone.
    #[must_use]
    pub fn span(self, zone: &TimeZone) -> Bar {
        days(self.0, self.end(), zone)
    }
}

/// How many days of the calendar lie in `[first, end)`; none when it ends before it begins.
#[must_use]
pub fn days_between(first: Date, end: Date) -> i64 {
    let span = first.until((Unit::Day, end)).map_or(0, |span| i64::from(span.get_days()));
    span.max(0)
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

impl FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let wrong = || NotAMonth(text.to_owned());
        let well_formed = text.len() == 7 && text.is_ascii() && !text.starts_with(['-', '+']);
        let day = format!("{text}-01").parse::<Date>().map_err(|_| wrong())?;
        if well_formed { Ok(Self(day)) } else { Err(wrong()) }
    }
}

impl TryFrom<String> for Month {
    type Error = NotAMonth;

    fn try_from(text: String) -> Result<Self, NotAMonth> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

#[cfg(test)]
mod tests;
