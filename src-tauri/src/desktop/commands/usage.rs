//! Sums over the ledger, its rows, and both as CSV.

use std::sync::Arc;

use carpool_core::{call::CallId, csv};
use carpool_ipc::{
    Failure, Money,
    usage::{Bar, By, Call, Calls, ExportCalls, ExportUsage, GetReport, Group, ListCalls, Range, Report, Sums},
};
use carpool_relay::{
    House,
    store::{
        entries::{self, LedgerEntry, Page},
        usage::{self, BarGroup, BarSums},
    },
};
use jiff::tz::TimeZone;
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
use crate::failure;

/// Rows on a page of the call list.
const PAGE_ROWS: u32 = 50;
/// Rows that are read at a time for a file.
const FILE_ROWS: u32 = 5_000;

type TheHost<'a> = State<'a, Arc<Host>>;

#[tauri::command]
pub(in super::super) async fn usage(ask: GetReport, host: TheHost<'_>) -> Reply<GetReport> {
    report(&*host.house()?, &ask.range, ask.by).await
}

#[tauri::command]
pub(in super::super) async fn calls(ask: ListCalls, host: TheHost<'_>) -> Reply<ListCalls> {
    page(&*host.house()?, &ask).await
}

#[tauri::command]
pub(in super::super) async fn export_usage(ask: ExportUsage, host: TheHost<'_>, app: AppHandle) -> Reply<ExportUsage> {
    save(&app, CSV, "carpool-usage.csv", usage_csv(&report(&*host.house()?, &ask.range, ask.by).await?)).await
}

#[tauri::command]
pub(in super::super) async fn export_calls(ask: ExportCalls, host: TheHost<'_>, app: AppHandle) -> Reply<ExportCalls> {
    save(&app, CSV, "carpool-calls.csv", calls_csv(&*host.house()?, &ask).await?).await
}

fn period(house: &House, range: &Range) -> Result<Period, Failure> {
    Ok(periods::period(range, &house.around().clock.now().to_zoned(TimeZone::system()))?)
}

async fn report(house: &House, range: &Range, by: By) -> Result<Report, Failure> {
    let period = period(house, range)?;
    let group = match by {
        By::Friend => BarGroup::Friend,
        By::Model => BarGroup::Model,
        By::Account => BarGroup::Account,
    };
    let parts = usage::by_bar(house.around().store.pool(), group, &period.bars()).await.map_err(refused)?;
    let starts_ms = period.starts.iter().map(|start| start.as_millisecond()).collect();
    let groups = group_bars(&parts, period.starts.len());
    let mut total = Sums::default();
    groups.iter().for_each(|group| total.add(&group.total));
    Ok(Report { step: period.step, starts_ms, groups, total })
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

async fn page(house: &House, ask: &ListCalls) -> Result<Calls, Failure> {
    let Period { since, until, .. } = period(house, &ask.range)?;
    let before = ask.before.as_deref().map(read_id).transpose()?;
    let page = Page { since, until, friend: ask.friend.as_deref(), before, limit: PAGE_ROWS + 1 };
    let mut entries = entries::page(house.around().store.pool(), page).await.map_err(refused)?;
    let has_more = entries.len() > PAGE_ROWS as usize;
    entries.truncate(PAGE_ROWS as usize);
    Ok(Calls { rows: entries.into_iter().map(shown_call).collect(), has_more })
}

fn read_id(text: &str) -> Result<CallId, Failure> {
    text.parse().map_err(|_| failed(failure::Failure::new("not_found", format!("'{text}' is no call"))))
}

fn shown_call(entry: LedgerEntry) -> Call {
    Call {
        id: entry.id.to_string(),
        at_ms: entry.at.as_millisecond(),
        friend: entry.friend,
        key: entry.key,
        account: entry.account,
        model: entry.model,
        status: entry.status,
        http_status: entry.http_status,
        tokens: shown::tokens(&entry.tokens),
        cost: entry.cost_pico_usd.map(Money),
        ttfb_ms: entry.ttfb_ms,
        duration_ms: entry.duration_ms,
        attempts: entry.attempts,
    }
}

fn usage_csv(report: &Report) -> String {
    let mut lines = vec![csv::line([
        "group",
        "calls",
        "input_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "output_tokens",
        "cost_pico_usd",
        "unpriced_calls",
    ])];
    for Group { name, total, .. } in &report.groups {
        lines.push(csv::line([
            name.clone().unwrap_or_else(|| "-".to_owned()),
            total.calls.to_string(),
            total.tokens.input.to_string(),
            total.tokens.cache_read.to_string(),
            total.tokens.cache_write.to_string(),
            total.tokens.output.to_string(),
            total.cost.0.to_string(),
            total.unpriced_calls.to_string(),
        ]));
    }
    text_of(&lines)
}

async fn calls_csv(house: &House, ask: &ExportCalls) -> Result<String, Failure> {
    let Period { since, until, .. } = period(house, &ask.range)?;
    let mut lines = vec![csv::line([
        "id",
        "at",
        "friend",
        "key",
        "account",
        "model",
        "status",
        "http_status",
        "input_tokens",
        "cache_read_tokens",
        "cache_write_5m_tokens",
        "cache_write_1h_tokens",
        "output_tokens",
        "cost_pico_usd",
        "ttfb_ms",
        "duration_ms",
        "attempts",
    ])];
    let mut before = None;
    loop {
        let page = Page { since, until, friend: ask.friend.as_deref(), before, limit: FILE_ROWS };
        let entries = entries::page(house.around().store.pool(), page).await.map_err(refused)?;
        lines.extend(entries.iter().map(call_line));
        before = entries.last().map(|entry| entry.id);
        if entries.len() < FILE_ROWS as usize {
            return Ok(text_of(&lines));
        }
    }
}

fn call_line(entry: &LedgerEntry) -> String {
    fn number(value: Option<impl ToString>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    csv::line([
        entry.id.to_string(),
        entry.at.to_string(),
        entry.friend.clone(),
        entry.key.clone(),
        entry.account.clone().unwrap_or_default(),
        entry.model.clone().unwrap_or_default(),
        entry.status.clone(),
        number(entry.http_status),
        entry.tokens.input.to_string(),
        entry.tokens.cache_read.to_string(),
        entry.tokens.cache_write_5m.to_string(),
        entry.tokens.cache_write_1h.to_string(),
        entry.tokens.output.to_string(),
        number(entry.cost_pico_usd),
        number(entry.ttfb_ms),
        number(entry.duration_ms),
        entry.attempts.to_string(),
    ])
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
        let sums = StoredSums { calls: 1, tokens, cost_pico_usd: cost, ..StoredSums::default() };
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

    #[test]
    fn the_sums_as_csv_end_their_lines_as_spreadsheets_expect() {
        let report = Report { groups: group_bars(&[part(0, None, 7)], 1), ..Report::default() };

        let text = usage_csv(&report);

        assert!(text.ends_with("-,1,10,0,0,5,7,0\r\n"), "{text}");
        assert_eq!(text.lines().count(), 2);
    }
}
