//! Flags that set when a key stops working.

use std::num::NonZeroU32;

use clap::Args;
use jiff::{
    Timestamp, Zoned,
    civil::{Date, DateTime},
    tz::TimeZone,
};

use super::limits::{Given, number};
use crate::failure::Failure;

/// A key that is to live longer needs no end.
const MOST_DAYS: u32 = 36_500;

#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(next_help_heading = "Expiry")]
pub(crate) struct ExpiryFlags {
    /// When it stops working: a date, to its end, a time (2026-12-31T18:00, by this machine's clock, or RFC 3339), or never
    #[arg(long, value_name = "DATE", conflicts_with = "expires_after_first_use")]
    expires: Option<String>,
    /// How many days after its first call it stops working; 0 or none for never
    #[arg(long, value_name = "DAYS", value_parser = days)]
    expires_after_first_use: Option<Given<NonZeroU32>>,
}

/// When a key stops working, as it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// Never.
    Never,
    /// At a time.
    At(Timestamp),
    /// So many days after its first call.
    AfterFirstUse(NonZeroU32),
}

impl ExpiryFlags {
    /// Reads them; `None` where they say nothing.
    ///
    /// # Errors
    /// When the time is none, or over.
    pub(crate) fn read(&self, now: Timestamp, zone: &TimeZone) -> Result<Option<Expiry>, Failure> {
        match (self.expires.as_deref(), self.expires_after_first_use) {
            (Some("never" | "none"), _) | (None, Some(Given::Nothing)) => Ok(Some(Expiry::Never)),
            (Some(text), _) => read_time(text, now, zone).map(|at| Some(Expiry::At(at))),
            (None, Some(Given::Limit(days))) => Ok(Some(Expiry::AfterFirstUse(days))),
            (None, None) => Ok(None),
        }
    }
}

fn days(text: &str) -> Result<Given<NonZeroU32>, String> {
    match number::<NonZeroU32>(text)? {
        Given::Limit(days) if days.get() > MOST_DAYS => Err(format!("expected at most {MOST_DAYS}, or none")),
        given => Ok(given),
    }
}

fn read_time(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, Failure> {
    let exact = text.parse::<Timestamp>().or_else(|_| text.parse::<Zoned>().map(|zoned| zoned.timestamp()));
    let by_the_clock = |_| match text.contains(['T', 't', ' ']) {
        true => text.parse::<DateTime>()?.to_zoned(zone.clone()),
        // A date counts to its end.
        false => text.parse::<Date>()?.tomorrow()?.to_zoned(zone.clone()),
    };
    let at = exact.or_else(|error| by_the_clock(error).map(|zoned| zoned.timestamp())).map_err(|_| {
        let expected = "expected 2026-12-31, 2026-12-31T18:00, 2026-12-31T18:00:00Z, or never";
        Failure::new("bad_time", format!("'{text}' is no time: {expected}"))
    })?;
    if at <= now {
        let advice = "choose a later time; to refuse a key's calls at once, pause or revoke it";
        return Err(Failure::new("bad_time", format!("'{text}' is over: {advice}")));
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_read_by_the_owners_clock_and_a_date_counts_to_its_end() {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        let now: Timestamp = "2026-10-20T12:00:00Z".parse().expect("a time");
        let read = |text| read_time(text, now, &zone).map(|at| at.to_string()).map_err(|failure| failure.code);

        assert_eq!(read("2026-12-31").as_deref(), Ok("2026-12-31T23:00:00Z"));
        // The day on which clocks are put back has 25 hours.
        assert_eq!(read("2026-10-25").as_deref(), Ok("2026-10-25T23:00:00Z"));
        assert_eq!(read("2026-10-20").as_deref(), Ok("2026-10-20T22:00:00Z"), "today is not over");
        assert_eq!(read("2026-12-31T18:00").as_deref(), Ok("2026-12-31T17:00:00Z"));
        assert_eq!(read("2026-12-31 18:00:30").as_deref(), Ok("2026-12-31T17:00:30Z"));
        assert_eq!(read("2026-12-31T18:00:00Z").as_deref(), Ok("2026-12-31T18:00:00Z"));
        assert_eq!(read("2026-12-31T18:00[America/New_York]").as_deref(), Ok("2026-12-31T23:00:00Z"));
        for text in ["soon", "", "31.12.2026", "2026-13-01", "2026-10-19", "2026-10-20T12:00:00Z"] {
            assert_eq!(read(text), Err("bad_time"), "{text}");
        }
    }
}
