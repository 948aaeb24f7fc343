//! Quiet hours: when a key takes no calls.

use std::{fmt, str::FromStr};

use jiff::{
    Timestamp,
    civil::{Time, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

use crate::options::BadOption;

/// A span of a day in the owner's time zone, every day or on some days of the week: `23:00-07:00`, `mon-fri 09:00-17:00`.
/// One that ends before it begins reaches into the next day, and belongs to the day on which it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct QuietHours {
    days: Days,
    from: Time,
    to: Time,
}

/// Days of the week, Monday first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Days {
    first: Weekday,
    last: Weekday,
}

const EVERY_DAY: Days = Days { first: Weekday::Monday, last: Weekday::Sunday };
const DAY_WORDS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

impl Days {
    /// Says whether a day is among them; `sat-mon` goes over the end of the week.
    fn has(self, day: Weekday) -> bool {
        let offset = |day: Weekday| (day.to_monday_zero_offset() - self.first.to_monday_zero_offset()).rem_euclid(7);
        offset(day) <= offset(self.last)
    }
}

impl QuietHours {
    /// When these hours end, if `now` is within them.
    #[must_use]
    pub fn until(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let today = now.to_zoned(zone.clone()).date();
        // Those that began yesterday may still go on.
        [today.yesterday().ok()?, today].into_iter().find_map(|day| {
            let ends = if self.from < self.to { day } else { day.tomorrow().ok()? };
            let begin = day.to_datetime(self.from).to_zoned(zone.clone()).ok()?.timestamp();
            let end = ends.to_datetime(self.to).to_zoned(zone.clone()).ok()?.timestamp();
            (self.days.has(day.weekday()) && begin <= now && now < end).then_some(end)
        })
    }
}

/// When the last of the quiet hours ends that `now` is within, where some follow upon each other.
#[must_use]
pub(crate) fn until(hours: &[QuietHours], now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let mut end = None;
    // Each of them can go on where another ends, and around the week at most once.
    for _ in 0..=hours.len() * 7 {
        let at = end.unwrap_or(now);
        match hours.iter().filter_map(|one| one.until(at, zone)).max() {
            Some(later) if later > at => end = Some(later),
            _ => break,
        }
    }
    end
}

impl FromStr for QuietHours {
    type Err = BadOption;

    fn from_str(text: &str) -> Result<Self, BadOption> {
        let bad = || BadOption(format!("'{text}' is no span of a day: expected 23:00-07:00 or mon-fri 09:00-17:00"));
        let (days, hours) = match text.trim().split_once(' ') {
            Some((days, hours)) => (read_days(days).ok_or_else(bad)?, hours),
            None => (EVERY_DAY, text.trim()),
        };
        let (from, to) = hours.trim().split_once('-').ok_or_else(bad)?;
        let (from, to) = (read_time(from).ok_or_else(bad)?, read_time(to).ok_or_else(bad)?);
        if from == to { Err(bad()) } else { Ok(Self { days, from, to }) }
    }
}

fn read_days(text: &str) -> Option<Days> {
    let day =
        |word: &str| DAY_WORDS.iter().find(|(known, _)| word.eq_ignore_ascii_case(known)).map(|(_, weekday)| *weekday);
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some(Days { first: day(first)?, last: day(last)? })
}

fn read_time(text: &str) -> Option<Time> {
    match text.trim() {
        "24:00" => Some(Time::midnight()),
        text => Time::strptime("%H:%M", text).ok(),
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |day: Weekday| DAY_WORDS.iter().find(|(_, known)| *known == day).map_or("", |(word, _)| word);
        match self.days {
            EVERY_DAY => {}
            Days { first, last } if first == last => write!(f, "{} ", word(first))?,
            Days { first, last } => write!(f, "{}-{} ", word(first), word(last))?,
        }
        write!(f, "{}-{}", self.from.strftime("%H:%M"), self.to.strftime("%H:%M"))
    }
}

impl TryFrom<String> for QuietHours {
    type Error = BadOption;

    fn try_from(text: String) -> Result<Self, BadOption> {
        text.parse()
    }
}

impl From<QuietHours> for String {
    fn from(hours: QuietHours) -> Self {
        hours.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").expect("a time zone")
    }

    fn ends(hours: &str, now: &str) -> Option<String> {
        let end = hours.parse::<QuietHours>().expect("hours").until(now.parse().expect("a time"), &berlin())?;
        Some(end.to_string())
    }

    #[test]
    fn quiet_hours_end_by_the_owners_clock_also_when_it_is_put_forward() {
        assert_eq!(ends("23:00-07:00", "2026-11-21T22:30:00+01:00").as_deref(), None);
        assert_eq!(ends("23:00-07:00", "2026-11-21T23:30:00+01:00").as_deref(), Some("2026-11-22T06:00:00Z"));
        assert_eq!(ends("23:00-07:00", "2026-11-22T06:59:59+01:00").as_deref(), Some("2026-11-22T06:00:00Z"));
        assert_eq!(ends("23:00-07:00", "2026-11-22T07:00:00+01:00"), None);
        // On 29 March 2026 two o'clock was three o'clock.
        assert_eq!(ends("23:00-07:00", "2026-03-28T23:30:00+01:00").as_deref(), Some("2026-03-29T05:00:00Z"));
        assert_eq!(ends("20:00-24:00", "2026-11-21T21:00:00+01:00").as_deref(), Some("2026-11-21T23:00:00Z"));
    }

    #[test]
    fn quiet_hours_belong_to_the_day_on_which_they_begin() {
        // 20 November 2026 is a Friday.
        assert!(ends("fri 23:00-07:00", "2026-11-21T03:00:00+01:00").is_some());
        assert!(ends("fri 23:00-07:00", "2026-11-22T03:00:00+01:00").is_none());
        assert!(ends("sat-mon 09:00-17:00", "2026-11-22T12:00:00+01:00").is_some());
        assert!(ends("mon-fri 09:00-17:00", "2026-11-22T12:00:00+01:00").is_none());
    }

    #[test]
    fn hours_that_follow_upon_each_other_are_one() {
        let hours = ["20:00-24:00", "00:00-06:00"].map(|text| text.parse().expect("hours"));
        let now = "2026-11-21T21:00:00+01:00".parse().expect("a time");

        assert_eq!(until(&hours, now, &berlin()).map(|end| end.to_string()).as_deref(), Some("2026-11-22T05:00:00Z"));
        assert_eq!(until(&[], now, &berlin()), None);
    }

    #[test]
    fn hours_are_written_as_they_are_read() {
        for text in ["23:00-07:00", "mon-fri 09:00-17:00", "sun 00:00-12:30"] {
            assert_eq!(text.parse::<QuietHours>().expect("hours").to_string(), text);
        }
        for text in ["", "7-9", "23:00", "23:00-23:00", "someday 10:00-11:00", "25:00-26:00"] {
            assert!(text.parse::<QuietHours>().is_err(), "{text}");
        }
    }
}
