//! Sums over the ledger, how accounts answered, who took how much of subscriptions, and sums as CSV.

use std::sync::Arc;

use carpool_core::csv;
use carpool_ipc::{
    Failure, Money,
    usage::{
        Answers, Bar, By, ExportUsage, Exported, GetAnswers, GetReport, GetSubscriptions, Group, Model, Percentiles,
        Range, Report, Subscription, Sums, TakenWindows, Taker,
    },
};
use carpool_relay::{
    House,
    store::{
        figures::{self, AccountFigures},
        usage::{self, BarGroup, BarSums},
    },
    subscriptions,
};
use jiff::{Timestamp, tz::TimeZone};
use tauri::{AppHandle, State};

use super::{
    super::{
        host::Host,
        periods::{self, Period},
    },
    Reply,
    save::{CSV, save},
    shown::{self, failed, refused},
};

type TheHost<'a> = State<'a, Arc<Host>>;

#[tauri::command]
pub(in super::super) async fn usage(ask: GetReport, host: TheHost<'_>) -> Reply<GetReport> {
    report(&*host.house()?, &ask.range, ask.by).await
}

#[tauri::command]
pub(in super::super) async fn answers(ask: GetAnswers, host: TheHost<'_>) -> Reply<GetAnswers> {
    all_answers(&*host.house()?, &ask.range).await
}

#[tauri::command]
pub(in super::super) async fn subscriptions(ask: GetSubscriptions, host: TheHost<'_>) -> Reply<GetSubscriptions> {
    all_subscriptions(&*host.house()?, &ask.range).await
}

#[tauri::command]
pub(in super::super) async fn export_usage(ask: ExportUsage, host: TheHost<'_>, app: AppHandle) -> Reply<ExportUsage> {
    let report = report(&*host.house()?, &ask.range, ask.by).await?;
    save(&app, CSV, "carpool-usage.csv", usage_csv(&report, &ask)).await
}

pub(super) fn period(house: &House, range: &Range) -> Result<Period, Failure> {
    Ok(periods::period(range, &house.around().clock.now().to_zoned(TimeZone::system()))?)
}

async fn report(house: &House, range: &Range, by: By) -> Result<Report, Failure> {
    let period = period(house, range)?;
    let bars: Vec<_> = period.bars.iter().map(|bar| (bar.start, bar.end)).collect();
    let whole = [(period.since, period.until)];
    let pool = house.around().store.pool();
    let parts = usage::by_bar(pool, group_of(by), &bars).await.map_err(refused)?;
    let models = usage::by_bar(pool, BarGroup::Model, &whole).await.map_err(refused)?;
    let starts_ms = period.starts.iter().map(|start| start.as_millisecond()).collect();
    let groups = group_bars(&parts, bars.len());
    let mut total = Sums::default();
    groups.iter().for_each(|group| total.add(&group.total));
    Ok(Report {
        since_ms: period.since.as_millisecond(),
        until_ms: period.until.as_millisecond(),
        step: period.step,
        starts_ms,
        groups,
        total,
        models: group_bars(&models, 1)
            .into_iter()
            .map(|group| Model { name: group.name, total: group.total })
            .collect(),
    })
}

fn group_of(by: By) -> BarGroup {
    match by {
        By::Friend => BarGroup::Friend,
        By::Model => BarGroup::Model,
        By::Account => BarGroup::Account,
        By::Provider => BarGroup::Provider,
    }
}

/// Puts the parts of each group together, the dearest group first.
fn group_bars(parts: &[BarSums], bars: usize) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for part in parts {
        let place = groups.iter().position(|group| group.name == part.name).unwrap_or_else(|| {
            groups.push(Group { name: part.name.clone(), total: Sums::default(), bars: vec![Bar::default(); bars] });
            groups.len() - 1
        });
        let sums = shown::sums(&part.sums);
        let group = &mut groups[place];
        group.total.add(&sums);
        if let Some(bar) = group.bars.get_mut(part.bar) {
            bar.cost = bar.cost + sums.cost;
            bar.tokens += sums.tokens.total();
            bar.calls += sums.calls;
        }
    }
    groups.sort_by(|one, other| {
        let weight = |group: &Group| (group.total.cost, group.total.tokens.total(), group.total.calls);
        weight(other).cmp(&weight(one)).then_with(|| one.name.cmp(&other.name))
    });
    groups
}

async fn all_answers(house: &House, range: &Range) -> Result<Vec<Answers>, Failure> {
    let Period { since, until, .. } = period(house, range)?;
    let figures = figures::by_account(house.around().store.pool(), since, until).await.map_err(refused)?;
    Ok(figures.into_iter().map(shown_answers).collect())
}

fn shown_answers(of: AccountFigures) -> Answers {
    Answers {
        account: of.account,
        calls: shown::count(of.calls),
        errors: shown::count(of.errors),
        refused: shown::count(of.refused),
        first_byte: Percentiles { p50_ms: of.ttfb_ms_p50, p95_ms: of.ttfb_ms_p95 },
        duration: Percentiles { p50_ms: of.duration_ms_p50, p95_ms: of.duration_ms_p95 },
    }
}

async fn all_subscriptions(house: &House, range: &Range) -> Result<Vec<Subscription>, Failure> {
    let Period { since, until, .. } = period(house, range)?;
    let told = subscriptions::over(house.around().store.pool(), since, until).await.map_err(refused)?;
    Ok(told.into_iter().map(shown_subscription).collect())
}

fn shown_subscription(of: subscriptions::Subscription) -> Subscription {
    let ids: Vec<i64> = of.takers.iter().map(|taker| taker.friend_id).collect();
    let taker = |taker: carpool_relay::store::takers::Taker| Taker {
        friend: taker.friend,
        calls: shown::count(taker.calls),
        cost: Money(taker.cost_pico_usd),
    };
    let windows = |(hours, taken): (u32, carpool_core::share::Taken)| TakenWindows {
        hours,
        windows: taken.windows,
        used: taken.used,
        by_taker: ids.iter().map(|id| taken.parts.get(id).copied().unwrap_or_default()).collect(),
        outside: taken.outside,
        since_ms: taken.since.as_millisecond(),
    };
    Subscription {
        account: of.account,
        windows: of.windows.into_iter().map(windows).collect(),
        takers: of.takers.into_iter().map(taker).collect(),
    }
}

/// The columns of sums.
const COLUMNS: [&str; 9] = [
    "group",
    "calls",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "cost_pico_usd",
    "saved_pico_usd",
    "unpriced_calls",
];
/// Those of parts of bars.
const BAR_COLUMNS: [&str; 5] = ["start", "group", "calls", "tokens", "cost_pico_usd"];

fn usage_csv(report: &Report, ask: &ExportUsage) -> String {
    let groups: Vec<&Group> =
        ask.names.iter().filter_map(|name| report.groups.iter().find(|group| group.name == *name)).collect();
    let lines = match ask.of {
        Exported::Sums => sums_lines(&groups),
        Exported::Bars => bars_lines(report, &groups),
    };
    text_of(&lines)
}

fn sums_lines(groups: &[&Group]) -> Vec<String> {
    let line = |Group { name, total, .. }: &Group| {
        csv::line([
            name.clone().unwrap_or_else(|| "-".to_owned()),
            total.calls.to_string(),
            total.tokens.input.to_string(),
            total.tokens.cache_read.to_string(),
            total.tokens.cache_write.to_string(),
            total.tokens.output.to_string(),
            total.cost.0.to_string(),
            total.saved.0.to_string(),
            total.unpriced_calls.to_string(),
        ])
    };
    std::iter::once(csv::line(COLUMNS)).chain(groups.iter().map(|group| line(group))).collect()
}

fn bars_lines(report: &Report, groups: &[&Group]) -> Vec<String> {
    let mut lines = vec![csv::line(BAR_COLUMNS)];
    for (place, start_ms) in report.starts_ms.iter().enumerate() {
        let start = Timestamp::from_millisecond(*start_ms).unwrap_or_default().to_zoned(TimeZone::system());
        let start = start.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
        for group in groups {
            let Some(bar) = group.bars.get(place).filter(|bar| bar.calls > 0) else { continue };
            lines.push(csv::line([
                start.clone(),
                group.name.clone().unwrap_or_else(|| "-".to_owned()),
                bar.calls.to_string(),
                bar.tokens.to_string(),
                bar.cost.0.to_string(),
            ]));
        }
    }
    lines
}

/// Lines as RFC 4180 ends them.
fn text_of(lines: &[String]) -> String {
    let mut text = lines.join("\r\n");
    text.push_str("\r\n");
    text
}

#[cfg(test)]
mod tests {
    use carpool_relay::store::{calls::Tokens, usage::Sums as StoredSums};

    use super::*;

    fn part(bar: usize, name: Option<&str>, cost: i64) -> BarSums {
        let tokens = Tokens { input: 10, output: 5, ..Tokens::default() };
        let sums = StoredSums { calls: 1, tokens, cost_pico_usd: cost, saved_pico_usd: 3, ..StoredSums::default() };
        BarSums { bar, name: name.map(str::to_owned), sums }
    }

    #[test]
    fn groups_stand_by_cost_and_their_bars_add_up() {
        let groups = group_bars(&[part(0, Some("Alex"), 1), part(0, Some("Mia"), 5), part(2, Some("Alex"), 2)], 3);

        assert_eq!(groups.iter().map(|group| group.name.as_deref()).collect::<Vec<_>>(), [Some("Mia"), Some("Alex")]);
        assert_eq!(groups[1].total.cost, Money(3));
        assert_eq!(groups[1].bars.iter().map(|bar| bar.cost.0).collect::<Vec<_>>(), [1, 0, 2]);
        assert_eq!(groups[1].bars.iter().map(|bar| bar.tokens).sum::<u64>(), groups[1].total.tokens.total());
    }

    fn ask(names: &[Option<&str>], of: Exported) -> ExportUsage {
        let names = names.iter().map(|name| name.map(str::to_owned)).collect();
        ExportUsage { range: Range::Today, by: By::Friend, names, of }
    }

    #[test]
    fn the_sums_as_csv_are_those_that_are_shown_in_their_order() {
        let parts = [part(0, None, 7), part(0, Some("Alex"), 9), part(0, Some("Mia"), 1)];
        let report = Report { groups: group_bars(&parts, 1), ..Report::default() };

        let text = usage_csv(&report, &ask(&[Some("Mia"), None, Some("nobody")], Exported::Sums));

        assert!(text.ends_with("Mia,1,10,0,0,5,1,3,0\r\n-,1,10,0,0,5,7,3,0\r\n"), "{text}");
        assert_eq!(text.lines().count(), 3);
    }

    #[test]
    fn bars_as_csv_are_told_where_something_was_called() {
        let parts = [part(0, Some("Alex"), 9), part(1, Some("Mia"), 1)];
        let report = Report { groups: group_bars(&parts, 2), starts_ms: vec![0, 3_600_000], ..Report::default() };

        let text = usage_csv(&report, &ask(&[Some("Mia"), Some("Alex")], Exported::Bars));

        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(lines[1].ends_with(",Alex,1,15,9") && lines[2].ends_with(",Mia,1,15,1"), "{text}");
    }
}
