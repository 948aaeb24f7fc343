//! `carpool usage`

mod keep;

use carpool_core::{
    csv,
    period::{self, Bar, Step},
};
use carpool_relay::{
    accounts::Surroundings,
    store::{
        SqlError,
        usage::{self, BarGroup, GroupBy, Sums},
    },
};
use clap::{Args, Subcommand, ValueEnum};
use jiff::{Span, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::Serialize;

use super::{named::database, output::Output};
use crate::failure::Failure;

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct UsageArgs {
    #[command(subcommand)]
    command: Option<UsageCommand>,
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

#[derive(Debug, Subcommand)]
enum UsageCommand {
    /// Show or set for how many days each call is kept
    ///
    /// Older calls are deleted while the relay runs; what they add up to by day stays for ever.
    Keep(keep::KeepArgs),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum By {
    Friend,
    Key,
    Account,
    Provider,
    Model,
    /// Days whose calls are not kept any more are told whole, in one of their hours
    Hour,
    Day,
    Week,
    Month,
}

/// The columns, in the order of [`Row`].
const COLUMNS: [&str; 11] = [
    "group",
    "calls",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cost_pico_usd",
    "saved_pico_usd",
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
    saved_pico_usd: i64,
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
        saved_pico_usd: sums.saved_pico_usd,
        unpriced_calls: sums.unpriced_calls,
    }
}

pub(crate) async fn run(args: UsageArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    if let Some(UsageCommand::Keep(args)) = args.command {
        return keep::run(&args, around, output).await;
    }
    let (zone, now) = (TimeZone::system(), around.clock.now());
    let since = args.since.as_deref().map_or(Ok(Timestamp::UNIX_EPOCH), |text| parse_time(text, &zone, now))?;
    let until = args.until.as_deref().map_or(Ok(Timestamp::MAX), |text| parse_time(text, &zone, now))?;
    let span = Bar { start: since, end: until };
    let named = |group| usage::by_name(around.store.pool(), group, since, until);
    let groups = match args.by {
        By::Friend => named(GroupBy::Friend).await,
        By::Key => named(GroupBy::Key).await,
        By::Account => named(GroupBy::Account).await,
        By::Provider => named(GroupBy::Provider).await,
        By::Model => named(GroupBy::Model).await,
        By::Hour => by_time(around, span, Step::Hour, &zone).await,
        By::Day => by_time(around, span, Step::Day, &zone).await,
        By::Week => by_time(around, span, Step::Week, &zone).await,
        By::Month => by_time(around, span, Step::Month, &zone).await,
    };
    let rows: Vec<_> = groups.map_err(database)?.into_iter().map(|(group, sums)| row(group, &sums)).collect();
    if args.csv {
        print_csv(&rows, output);
    } else {
        output.list(&rows, &COLUMNS);
    }
    Ok(())
}

/// The sums of each hour, day, week or month of the owner's that has calls.
async fn by_time(
    around: &Surroundings,
    span: Bar,
    step: Step,
    zone: &TimeZone,
) -> Result<Vec<(String, Sums)>, SqlError> {
    let pool = around.store.pool();
    let Some(extent) = usage::extent(pool).await? else { return Ok(Vec::new()) };
    let bars = bars_within(Bar { start: span.start.max(extent.start), end: span.end.min(extent.end) }, step, zone);
    let bounds: Vec<_> = bars.iter().map(|bar| (bar.start, bar.end)).collect();
    let sums = usage::by_bar(pool, BarGroup::Nothing, &bounds).await?;
    let label = |bar: usize| period::label(period::bar_of(bars[bar].start, step, zone).start, step, zone);
    Ok(sums.into_iter().map(|part| (label(part.bar), part.sums)).collect())
}

/// The bars of a span, of which the first and the last are cut off where it begins and ends.
fn bars_within(span: Bar, step: Step, zone: &TimeZone) -> Vec<Bar> {
    if span.start >= span.end {
        return Vec::new();
    }
    let [first, last] = [span.start, span.end].map(|at| at.to_zoned(zone.clone()).date());
    let whole = period::bars(first, last.saturating_add(1.day()), step, zone).into_iter();
    let cut = whole.map(|bar| Bar { start: bar.start.max(span.start), end: bar.end.min(span.end) });
    cut.filter(|bar| bar.start < bar.end).collect()
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
    fn bars_are_the_owners_days_and_hours_and_end_with_the_span() {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let span = Bar { start: at("2026-10-24T23:30:00Z"), end: at("2026-10-25T23:00:01Z") };

        let days = bars_within(span, Step::Day, &zone);
        let hours = bars_within(span, Step::Hour, &zone);

        let day = at("2026-10-25T23:00:00Z");
        assert_eq!(days, [Bar { start: span.start, end: day }, Bar { start: day, end: span.end }]);
        assert_eq!((hours.len(), hours[0].end), (25, at("2026-10-25T00:00:00Z")));
        assert_eq!(bars_within(Bar { start: span.end, end: span.end }, Step::Day, &zone), []);
    }
}
