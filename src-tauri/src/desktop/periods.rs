//! Spans of time as the owner means them: in this machine's time zone, whatever the clocks do.

use carpool_core::period::{self, start_of};
use carpool_ipc::usage::{Range, Step};
use jiff::{Timestamp, ToSpan, Zoned, civil::Date};

use crate::failure::Failure;

/// Spans up to so many days are drawn by the hour, by the day, or by the week; longer ones by the month.
const DAYS_BY_HOUR: i64 = 2;
const DAYS_BY_DAY: i64 = 92;
const DAYS_BY_WEEK: i64 = 732;

/// A span with the bars it is drawn in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Period {
    /// Its beginning.
    pub(super) since: Timestamp,
    /// Its end, which is not part of it.
    pub(super) until: Timestamp,
    /// How long a bar is.
    pub(super) step: Step,
    /// The bars, within the span.
    pub(super) bars: Vec<period::Bar>,
    /// When each bar begins; the first may begin before the span.
    pub(super) starts: Vec<Timestamp>,
}

/// The beginning of the day.
pub(super) fn day(now: &Zoned) -> Timestamp {
    start_of(now.date(), now.time_zone())
}

/// The beginning of the month.
pub(super) fn month(now: &Zoned) -> Timestamp {
    start_of(now.date().first_of_month(), now.time_zone())
}

/// The span a range means now.
pub(super) fn period(range: &Range, now: &Zoned) -> Result<Period, Failure> {
    let today = now.date();
    let tomorrow = today.saturating_add(1.day());
    let (first, end) = match range {
        Range::Today => (today, tomorrow),
        Range::Days { days } => (tomorrow.saturating_sub(i64::from(*days).max(1).days()), tomorrow),
        Range::Month => (today.first_of_month(), tomorrow),
        Range::LastMonth => (today.first_of_month().saturating_sub(1.month()), today.first_of_month()),
        Range::Dates { from, to } => (date(from)?, date(to)?.saturating_add(1.day())),
    };
    if first >= end {
        return Err(Failure::new("bad_range", "the first day must not come after the last"));
    }
    let days = first.until(end).map_or(i64::MAX, |span| i64::from(span.get_days()));
    let (step, shown) = match days {
        days if days <= DAYS_BY_HOUR => (period::Step::Hour, Step::Hour),
        days if days <= DAYS_BY_DAY => (period::Step::Day, Step::Day),
        days if days <= DAYS_BY_WEEK => (period::Step::Week, Step::Week),
        _ => (period::Step::Month, Step::Month),
    };
    let zone = now.time_zone();
    let span = period::days(first, end, zone);
    let bars = period::bars(first, end, step, zone);
    let starts = bars.iter().map(|bar| period::bar_of(bar.start, step, zone).start).collect();
    Ok(Period { since: span.start, until: span.end, step: shown, bars, starts })
}

fn date(text: &str) -> Result<Date, Failure> {
    text.parse().map_err(|_| Failure::new("bad_range", format!("'{text}' is no date: expected 2026-11-01")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Zoned {
        text.parse().expect("a time with its zone")
    }

    #[test]
    fn today_is_the_owners_day_even_when_the_clocks_change() {
        let period = period(&Range::Today, &at("2026-10-25T12:00[Europe/Berlin]")).expect("a period");

        assert_eq!(period.since.to_string(), "2026-10-24T22:00:00Z");
        assert_eq!(period.until.to_string(), "2026-10-25T23:00:00Z");
        assert_eq!((period.step, period.starts.len()), (Step::Hour, 25));
    }

    #[test]
    fn seven_days_end_with_today() {
        let period = period(&Range::Days { days: 7 }, &at("2026-11-20T12:00[UTC]")).expect("a period");

        assert_eq!(period.since.to_string(), "2026-11-14T00:00:00Z");
        assert_eq!((period.step, period.starts.len()), (Step::Day, 7));
    }

    #[test]
    fn a_long_span_is_drawn_in_weeks_from_monday_on() {
        let period = period(&Range::Days { days: 400 }, &at("2026-11-20T12:00[UTC]")).expect("a period");

        assert_eq!((period.step, period.starts.len()), (Step::Week, 58));
        assert!(period.starts[0] <= period.since);
        assert_eq!(period.starts[0].to_string(), "2025-10-13T00:00:00Z");
    }

    #[test]
    fn years_are_drawn_in_months() {
        let range = Range::Dates { from: "2023-11-20".to_owned(), to: "2026-11-20".to_owned() };

        let period = period(&range, &at("2026-11-20T12:00[UTC]")).expect("a period");

        assert_eq!((period.step, period.starts.len()), (Step::Month, 37));
        assert_eq!(period.starts[0].to_string(), "2023-11-01T00:00:00Z");
        assert_eq!(period.bars[0].start, period.since);
    }

    #[test]
    fn a_span_that_ends_before_it_begins_is_refused() {
        let dates = |from: &str, to: &str| Range::Dates { from: from.to_owned(), to: to.to_owned() };
        let now = at("2026-11-20T12:00[UTC]");

        assert!(period(&dates("2026-11-02", "2026-11-02"), &now).is_ok());
        assert_eq!(period(&dates("2026-11-02", "2026-11-01"), &now).expect_err("no span").code, "bad_range");
        assert_eq!(period(&dates("yesterday", "2026-11-01"), &now).expect_err("no date").code, "bad_range");
    }
}
