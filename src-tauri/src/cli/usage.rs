//! `carpool usage`

use carpool_core::{
    csv,
    period::{self, Step},
};
use carpool_relay::{
    accounts::Surroundings,
    store::usage::{self, GroupBy, Sums},
};
use clap::{Args, ValueEnum};
use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;

use super::{named::database, output::Output};
use crate::failure::Failure;

#[derive(Args, Debug)]
pub(crate) struct UsageArgs {
    /// From then on: a date, a time (RFC 3339), or how long ago (7d, 12h) [default: the beginning]
    #[arg(long, value_name = "D")]
    since: Option<String>,
    /// Before then, likewise [default: now]
    #[arg(long, value_name = "D")]
    until: Option<String>,
    /// What to group by
    #[arg(long, value_enum, default_value = "friend")]
    by: By,
    /// Print CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum By {
    Friend,
    Key,
    Account,
    Model,
    Day,
    Hour,
}

/// The columns, in the order of [`Row`].
const COLUMNS: [&str; 10] = [
    "group",
    "calls",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cost_pico_usd",
    "unpriced_calls",
];

#[derive(Debug, Serialize)]
struct Row {
    group: String,
    calls: i64,
    input_tokens: i64,
    cache_read_tokens: i64,
    cache_write_5m_tokens: i64,
    cache_write_1h_tokens: i64,
    output_tokens: i64,
    reasoning_tokens: i64,
    cost_pico_usd: i64,
    unpriced_calls: i64,
}

fn row(group: String, sums: &Sums) -> Row {
    Row {
        group,
        calls: sums.calls,
        input_tokens: sums.tokens.input,
        cache_read_tokens: sums.tokens.cache_read,
        cache_write_5m_tokens: sums.tokens.cache_write_5m,
        cache_write_1h_tokens: sums.tokens.cache_write_1h,
        output_tokens: sums.tokens.output,
        reasoning_tokens: sums.tokens.reasoning,
        cost_pico_usd: sums.cost_pico_usd,
        unpriced_calls: sums.unpriced_calls,
    }
}

pub(crate) async fn run(args: UsageArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let (zone, now) = (TimeZone::system(), around.clock.now());
    let since = args.since.as_deref().map_or(Ok(Timestamp::UNIX_EPOCH), |text| parse_time(text, &zone, now))?;
    let until = args.until.as_deref().map_or(Ok(Timestamp::MAX), |text| parse_time(text, &zone, now))?;
    let pool = around.store.pool();
    let named = |group| usage::by_name(pool, group, since, until);
    let groups = match args.by {
        By::Friend => named(GroupBy::Friend).await,
        By::Key => named(GroupBy::Key).await,
        By::Account => named(GroupBy::Account).await,
        By::Model => named(GroupBy::Model).await,
        By::Day => usage::by_quarter(pool, since, until).await.map(|quarters| fold(quarters, Step::Day, &zone)),
        By::Hour => usage::by_quarter(pool, since, until).await.map(|quarters| fold(quarters, Step::Hour, &zone)),
    };
    let rows: Vec<_> = groups.map_err(database)?.into_iter().map(|(group, sums)| row(group, &sums)).collect();
    if args.csv {
        print_csv(&rows, output);
    } else {
        output.list(&rows, &COLUMNS);
    }
    Ok(())
}

/// Folds quarters of an hour into the owner's days or hours.
fn fold(quarters: Vec<(Timestamp, Sums)>, step: Step, zone: &TimeZone) -> Vec<(String, Sums)> {
    let mut groups: Vec<(String, Sums)> = Vec::new();
    for (quarter, sums) in quarters {
        let start = period::label(period::bar_of(quarter, step, zone).start, step, zone);
        match groups.last_mut().filter(|(group, _)| *group == start) {
            Some((_, total)) => total.add(&sums),
            None => groups.push((start, sums)),
        }
    }
    groups
}

pub(super) fn parse_time(text: &str, zone: &TimeZone, now: Timestamp) -> Result<Timestamp, Failure> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    if let Ok(start) = text.parse::<Date>().and_then(|date| date.to_zoned(zone.clone())) {
        return Ok(start.timestamp());
    }
    let ago = text.parse::<Span>().and_then(|span| now.to_zoned(zone.clone()).checked_sub(span.abs()));
    ago.map(|then| then.timestamp()).map_err(|_| {
        let message =
            format!("'{text}' is no time: expected 2026-11-01, 2026-11-01T08:00:00Z, or how long ago, such as 7d");
        Failure::new("bad_time", message)
    })
}

fn print_csv(rows: &[Row], output: &Output) {
    output.text(&csv::line(COLUMNS));
    for row in rows {
        let values = serde_json::to_value(row).unwrap_or_default();
        output.text(&csv::line(COLUMNS.map(|column| match &values[column] {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        })));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_a_person_writes_it() {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().expect("a time");
        let parse = |text| parse_time(text, &zone, now).map(|time| time.to_string()).map_err(|failure| failure.code);

        assert_eq!(parse("2026-11-01").as_deref(), Ok("2026-10-31T23:00:00Z"));
        assert_eq!(parse("2026-11-01T08:00:00Z").as_deref(), Ok("2026-11-01T08:00:00Z"));
        assert_eq!(parse("7d").as_deref(), Ok("2026-11-13T12:00:00Z"));
        assert_eq!(parse("soon"), Err("bad_time"));
    }

    #[test]
    fn quarters_of_an_hour_are_folded_into_the_owners_days_and_hours() {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        let one = Sums { calls: 1, ..Sums::default() };
        let at = |text: &str| (text.parse().expect("a time"), one.clone());
        let quarters = ["2026-10-24T22:00:00Z", "2026-10-25T00:45:00Z", "2026-10-25T01:00:00Z", "2026-10-25T23:00:00Z"];
        let folded = |step| {
            let folded = fold(quarters.map(at).to_vec(), step, &zone);
            folded.into_iter().map(|(start, sums)| (start, sums.calls)).collect::<Vec<_>>()
        };

        assert_eq!(folded(Step::Day), [("2026-10-25".to_owned(), 3), ("2026-10-26".to_owned(), 1)]);
        let hours = ["2026-10-25T00:00:00+02:00", "2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"];
        let hours = hours.into_iter().chain(["2026-10-26T00:00:00+01:00"]).map(|hour| (hour.to_owned(), 1));
        assert_eq!(folded(Step::Hour), hours.collect::<Vec<_>>());
    }
}
