//! Days on which the clocks change, ends of months, leap days and zones that move, as tables.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or_else(|_| panic!("the zone {name}"))
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_day_has_the_hours_that_its_zone_gives_it() {
    let cases = [
        ("UTC", "2026-11-20", "2026-11-20T00:00:00Z", 24, 24),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", 23, 23),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", 25, 25),
        ("America/New_York", "2026-03-08", "2026-03-08T05:00:00Z", 23, 23),
        ("America/New_York", "2026-11-01", "2026-11-01T04:00:00Z", 25, 25),
        // The clocks change at midnight: the day begins at one.
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z", 23, 23),
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z", 23, 23),
        // By half an hour.
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00Z", 23, 24),
        ("Asia/Kolkata", "2026-11-20", "2026-11-19T18:30:00Z", 24, 24),
        ("Asia/Kathmandu", "2026-11-20", "2026-11-19T18:15:00Z", 24, 24),
        ("Asia/Shanghai", "2026-11-20", "2026-11-19T16:00:00Z", 24, 24),
    ];

    for (name, date, start, whole_hours, hour_bars) in cases {
        let (zone, first) = (zone(name), day(date));
        let next = first.tomorrow().unwrap();
        let span = days(first, next, &zone);
        assert_eq!(span.start, at(start), "{name} {date}");
        assert_eq!(span.end.duration_since(span.start).as_hours(), whole_hours, "{name} {date}");
        assert_eq!(bars(first, next, Step::Hour, &zone).len(), hour_bars, "{name} {date}");
        assert_eq!(bars(first, next, Step::Day, &zone), [span], "{name} {date}");
    }
}

#[test]
fn a_day_that_a_zone_left_out_has_no_bar() {
    // Samoa went from 29 December 2011 to the 31st, across the date line.
    let apia = zone("Pacific/Apia");

    let found = bars(day("2011-12-28"), day("2012-01-02"), Step::Day, &apia);

    let labels: Vec<_> = found.iter().map(|bar| label(bar.start, Step::Day, &apia)).collect();
    assert_eq!(labels, ["2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01"]);
    assert!(found.windows(2).all(|pair| pair[0].end == pair[1].start));
}

#[test]
fn a_month_has_its_days_and_ends_where_the_next_begins() {
    let cases = [
        ("2026-02", 28, "2026-03-01"),
        ("2028-02", 29, "2028-03-01"),
        ("2000-02", 29, "2000-03-01"),
        ("2100-02", 28, "2100-03-01"),
        ("2026-01", 31, "2026-02-01"),
        ("2026-04", 30, "2026-05-01"),
        ("2026-12", 31, "2027-01-01"),
    ];

    for (text, days, end) in cases {
        let month: Month = text.parse().unwrap();
        assert_eq!((month.days(), month.end()), (days, day(end)), "{text}");
        assert_eq!(month.to_string(), text);
        assert_eq!(Month::of(month.end().yesterday().unwrap()), month);
    }
    for text in ["2026", "2026-13", "2026-00", "26-11", "2026-1", "2026-11-01", "-026-11", "november", ""] {
        assert!(text.parse::<Month>().is_err(), "{text}");
    }
}

#[test]
fn an_instant_falls_into_the_bars_of_the_zone_it_is_looked_at_from() {
    let cases = [
        ("UTC", "2026-10-31T23:30:00Z", "2026-10-31T23:00:00+00:00", "2026-10-31", "2026-10-26", "2026-10"),
        ("Europe/Berlin", "2026-10-31T23:30:00Z", "2026-11-01T00:00:00+01:00", "2026-11-01", "2026-10-26", "2026-11"),
        (
            "America/New_York",
            "2026-11-01T03:30:00Z",
            "2026-10-31T23:00:00-04:00",
            "2026-10-31",
            "2026-10-26",
            "2026-10",
        ),
        ("Asia/Kathmandu", "2028-02-28T18:20:00Z", "2028-02-29T00:00:00+05:45", "2028-02-29", "2028-02-28", "2028-02"),
        ("Asia/Shanghai", "2026-12-31T16:00:00Z", "2027-01-01T00:00:00+08:00", "2027-01-01", "2026-12-28", "2027-01"),
        // The hour that the clock shows twice, first and second.
        ("Europe/Berlin", "2026-10-25T00:59:59Z", "2026-10-25T02:00:00+02:00", "2026-10-25", "2026-10-19", "2026-10"),
        ("Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00+01:00", "2026-10-25", "2026-10-19", "2026-10"),
        // The hour that it leaves out.
        ("Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00+02:00", "2026-03-29", "2026-03-23", "2026-03"),
    ];

    for (name, instant, hour, date, week, month) in cases {
        let (zone, instant) = (zone(name), at(instant));
        for (step, expected) in [(Step::Hour, hour), (Step::Day, date), (Step::Week, week), (Step::Month, month)] {
            let bar = bar_of(instant, step, &zone);
            assert_eq!(label(bar.start, step, &zone), expected, "{name} {instant} {step:?}");
            assert!(bar.start <= instant && instant < bar.end, "{name} {instant} {step:?}");
        }
    }
}

#[test]
fn bars_of_weeks_and_months_are_cut_off_where_the_span_ends() {
    let berlin = zone("Europe/Berlin");
    let labels = |step| {
        let found = bars(day("2026-10-20"), day("2026-11-03"), step, &berlin);
        found.iter().map(|bar| label(bar.start, step, &berlin)).collect::<Vec<_>>()
    };

    assert_eq!(labels(Step::Week), ["2026-10-20", "2026-10-26", "2026-11-02"]);
    assert_eq!(labels(Step::Month), ["2026-10", "2026-11"]);
    assert!(bars(day("2026-11-03"), day("2026-11-03"), Step::Day, &berlin).is_empty());
}

#[test]
fn days_are_counted_by_the_calendar() {
    let cases = [
        ("2026-01-01", "2026-01-01", 0),
        ("2028-02-28", "2028-03-01", 2),
        ("2026-02-28", "2026-03-01", 1),
        ("2026-01-01", "2027-01-01", 365),
        ("2028-01-01", "2029-01-01", 366),
        ("2026-03-01", "2026-02-01", 0),
    ];

    for (first, end, expected) in cases {
        assert_eq!(days_between(day(first), day(end)), expected, "{first} {end}");
    }
}

const ZONES: &[&str] = &[
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Asia/Shanghai",
    "Pacific/Apia",
    "Africa/Casablanca",
];

proptest! {
    #[test]
    fn every_instant_is_in_exactly_one_bar(
        name in prop::sample::select(ZONES),
        step in prop::sample::select(vec![Step::Hour, Step::Day, Step::Week, Step::Month]),
        first in 0..20_000_i64,
        length in 1..120_i64,
        inside in 0.0..1.0_f64,
    ) {
        let zone = zone(name);
        let first = day("1985-01-01").saturating_add(first.days());
        let end = first.saturating_add(length.days());
        let span = days(first, end, &zone);
        let found = bars(first, end, step, &zone);

        prop_assert_eq!(found.first().map(|bar| bar.start), Some(span.start));
        prop_assert_eq!(found.last().map(|bar| bar.end), Some(span.end));
        prop_assert!(found.windows(2).all(|pair| pair[0].end == pair[1].start));
        prop_assert!(found.iter().all(|bar| bar.start < bar.end));
        let length = span.end.duration_since(span.start).as_secs_f64() * inside;
        let instant = span.start + SignedDuration::from_secs_f64(length.floor());
        let holding = found.iter().filter(|bar| bar.start <= instant && instant < bar.end).count();
        prop_assert_eq!(holding, 1);
        let own = bar_of(instant, step, &zone);
        prop_assert!(own.start <= instant && instant < own.end);
    }
}
