//! The rows of the ledger: a page of them, what they can be told apart by, and all of them as a file.

use std::{pin::pin, sync::Arc};

use carpool_core::call::CallId;
use carpool_ipc::{
    Failure, Money,
    calls::{
        Call, CallColumn, CallFilter, CallNames, CallOrder, Calls, ExportCalls, GetCallNames, ListCalls, PAGE_ROWS,
    },
    usage::Range,
};
use carpool_relay::{
    House,
    store::{
        entries::{self, Column, Direction, Filter, LedgerEntry, Order, Portion},
        usage::{self, GroupBy},
    },
};
use futures_util::TryStreamExt;
use tauri::{AppHandle, State};
use tokio::io::{AsyncWrite, AsyncWriteExt, BufWriter};

use super::{
    super::{host::Host, periods::Period},
    Reply,
    save::{self, CSV},
    shown::{self, failed, refused},
    usage::period,
};
use crate::{failure, ledger_csv};

type TheHost<'a> = State<'a, Arc<Host>>;

#[tauri::command]
pub(in super::super) async fn calls(ask: ListCalls, host: TheHost<'_>) -> Reply<ListCalls> {
    page(&*host.house()?, ask).await
}

#[tauri::command]
pub(in super::super) async fn call_names(ask: GetCallNames, host: TheHost<'_>) -> Reply<GetCallNames> {
    names(&*host.house()?, &ask.range).await
}

#[tauri::command]
pub(in super::super) async fn export_calls(ask: ExportCalls, host: TheHost<'_>, app: AppHandle) -> Reply<ExportCalls> {
    let house = host.house()?;
    let filter = filter(&house, ask.filter)?;
    let Some(path) = save::choose(&app, CSV, "carpool-calls.csv").await? else { return Ok(None) };
    let file = save::create(&path, CSV).await?;
    write_calls(&house, &filter, order(ask.order), file).await?;
    Ok(Some(path.to_string_lossy().into_owned()))
}

async fn page(house: &House, ask: ListCalls) -> Result<Calls, Failure> {
    let filter = filter(house, ask.filter)?;
    let after = ask.after.as_deref().map(read_id).transpose()?;
    let limit = u32::try_from(PAGE_ROWS + 1).expect("a page is small");
    let portion = Portion { after, limit };
    let pool = house.around().store.pool();
    let mut rows = entries::list(pool, &filter, order(ask.order), portion).await.map_err(refused)?;
    let has_more = rows.len() > PAGE_ROWS;
    rows.truncate(PAGE_ROWS);
    Ok(Calls { rows: rows.into_iter().map(shown_call).collect(), has_more })
}

async fn names(house: &House, range: &Range) -> Result<CallNames, Failure> {
    let Period { since, until, .. } = period(house, range)?;
    let pool = house.around().store.pool();
    let of = async |group| {
        let sums = usage::by_name(pool, group, since, until).await.map_err(refused)?;
        let mut names: Vec<String> = sums.into_iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        // Two that were removed may have had the same.
        names.dedup();
        Ok::<_, Failure>(names)
    };
    Ok(CallNames {
        friends: of(GroupBy::Friend).await?,
        accounts: of(GroupBy::Account).await?,
        providers: of(GroupBy::Provider).await?,
        models: of(GroupBy::Model).await?,
    })
}

fn filter(house: &House, ask: CallFilter) -> Result<Filter, Failure> {
    let Period { since, until, .. } = period(house, &ask.range)?;
    Ok(Filter {
        friend: ask.friend,
        account: ask.account,
        provider: ask.provider,
        model: ask.model,
        status: ask.status,
        search: Some(ask.search).filter(|search| !search.is_empty()),
        ..Filter::span(since, until)
    })
}

fn order(ask: CallOrder) -> Order {
    let column = match ask.column {
        CallColumn::Time => Column::At,
        CallColumn::Tokens => Column::Tokens,
        CallColumn::Cost => Column::Cost,
        CallColumn::FirstByte => Column::Ttfb,
        CallColumn::Duration => Column::Duration,
    };
    Order { column, direction: if ask.descending { Direction::Descending } else { Direction::Ascending } }
}

fn read_id(text: &str) -> Result<CallId, Failure> {
    text.parse().map_err(|_| failed(failure::Failure::new("not_found", format!("'{text}' is no call"))))
}

/// Writes calls as they are read.
async fn write_calls(
    house: &House,
    filter: &Filter,
    order: Order,
    file: impl AsyncWrite + Unpin,
) -> Result<(), Failure> {
    let mut file = BufWriter::new(file);
    file.write_all(ledger_csv::head().as_bytes()).await.map_err(save::unwritable)?;
    let mut portions = pin!(entries::all(house.around().store.pool(), filter, order));
    while let Some(rows) = portions.try_next().await.map_err(refused)? {
        for row in &rows {
            file.write_all(ledger_csv::line(row).as_bytes()).await.map_err(save::unwritable)?;
        }
    }
    file.flush().await.map_err(save::unwritable)
}

fn shown_call(entry: LedgerEntry) -> Call {
    let tokens = shown::tokens(&entry.tokens);
    Call {
        id: entry.id.to_string(),
        at_ms: entry.at.as_millisecond(),
        friend: entry.friend,
        key: entry.key,
        account: entry.account,
        provider: entry.provider,
        dialect: entry.dialect,
        operation: entry.operation,
        model: entry.model,
        upstream_model: entry.upstream_model,
        stream: entry.stream,
        status: entry.status,
        http_status: entry.http_status,
        tokens,
        cache_write_1h_tokens: shown::count(entry.tokens.cache_write_1h),
        reasoning_tokens: shown::count(entry.tokens.reasoning),
        web_searches: shown::count(entry.web_search_requests),
        tier: entry.service_tier,
        geography: entry.inference_geo,
        speed: entry.speed,
        cost: entry.cost_pico_usd.map(Money),
        saved: entry.saved_pico_usd.map(Money),
        cap: entry.cap_pico_usd.map(Money),
        price_version: entry.price_version,
        ttfb_ms: entry.ttfb_ms,
        duration_ms: entry.duration_ms,
        attempts: entry.attempts,
    }
}
