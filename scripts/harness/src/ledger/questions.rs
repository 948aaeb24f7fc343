//! What the screens and commands ask, and how long each answer takes.

use std::time::Instant;

use anyhow::Result;
use carpool_core::{
    csv,
    period::{self, Bar, Month, Step},
};
use carpool_relay::{
    statements,
    store::{
        entries::{self, Column, Direction, Filter, Order, Portion},
        figures, prices, spent,
        usage::{self, BarGroup, Whose},
    },
};
use futures_util::TryStreamExt;
use jiff::{Timestamp, ToSpan, civil::Date};

use super::{
    Bench, FILE_SECONDS, SCREEN_MS,
    people::{FRIENDS, RARE_MODEL},
    sheet::Unit,
};
use crate::args::LedgerArgs;

/// A page of the call list.
const PAGE: Portion = Portion { after: None, limit: 51 };

/// Asks everything.
pub(super) async fn ask(bench: &mut Bench, args: &LedgerArgs) -> Result<()> {
    home_and_friends(bench, args).await?;
    usage_screen(bench, args).await?;
    call_list(bench, args).await?;
    rest(bench, args).await?;
    files(bench, args).await
}

/// Asks a question some times and notes the slowest answer.
async fn timed<T, E>(
    bench: &mut Bench,
    args: &LedgerArgs,
    what: &str,
    ask: impl AsyncFn() -> Result<T, E>,
) -> Result<()>
where
    anyhow::Error: From<E>,
{
    let mut slowest = 0.0_f64;
    for _ in 0..args.rounds {
        let began = Instant::now();
        ask().await?;
        slowest = slowest.max(began.elapsed().as_secs_f64() * 1_000.0);
    }
    bench.sheet.limited(what, slowest, Unit::Millis, SCREEN_MS);
    Ok(())
}

async fn home_and_friends(bench: &mut Bench, args: &LedgerArgs) -> Result<()> {
    let pool = bench.around.store.pool().clone();
    let since = [Step::Day, Step::Week, Step::Month].map(|step| period::bar_of(bench.now, step, &bench.zone).start);
    let [day, week, month] = since;
    timed(bench, args, "Home, tray, Friends: today by friend", || usage::by_id(&pool, Whose::Friends, day)).await?;
    timed(bench, args, "Accounts: today by account", || usage::by_id(&pool, Whose::Accounts, day)).await?;
    timed(bench, args, "Friends: the month by friend", || usage::by_id(&pool, Whose::Friends, month)).await?;
    timed(bench, args, "caps: day, week, month, ever", || spent::at_start(&pool, spent::Since { day, week, month }))
        .await?;
    timed(bench, args, "a friend's page: the latest calls", || entries::latest(&pool, Some(1), 50)).await?;
    timed(bench, args, "a friend's page: the latest calls of who hardly calls", || {
        entries::latest(&pool, Some(FRIENDS.len() as i64), 50)
    })
    .await?;
    timed(bench, args, "a friend's page: how many calls are kept", || entries::extent(&pool, Some(1), Timestamp::MAX))
        .await
}

async fn usage_screen(bench: &mut Bench, args: &LedgerArgs) -> Result<()> {
    let pool = bench.around.store.pool().clone();
    let today = bench.now.to_zoned(bench.zone.clone()).date();
    let days = |days: i64| today.saturating_sub((days - 1).days());
    let ranges = [
        ("today", today, Step::Hour),
        ("7 days", days(7), Step::Day),
        ("30 days", days(30), Step::Day),
        ("the month", today.first_of_month(), Step::Day),
        ("400 days", days(400), Step::Week),
    ];
    let groups = [
        ("friend", BarGroup::Friend),
        ("account", BarGroup::Account),
        ("model", BarGroup::Model),
        ("provider", BarGroup::Provider),
    ];
    for (range, first, step) in ranges {
        let bars = bars(bench, first, today, step);
        for (name, group) in groups {
            let what = format!("Usage: {range} by {name}");
            timed(bench, args, &what, || usage::by_bar(&pool, group, &bars)).await?;
        }
        let span = period::days(first, today.saturating_add(1.day()), &bench.zone);
        let what = format!("Usage: {range}, latency and errors");
        timed(bench, args, &what, || figures::by_account(&pool, span.start, span.end)).await?;
    }
    Ok(())
}

fn bars(bench: &Bench, first: Date, last: Date, step: Step) -> Vec<(Timestamp, Timestamp)> {
    let bars = period::bars(first, last.saturating_add(1.day()), step, &bench.zone);
    bars.into_iter().map(|Bar { start, end }| (start, end)).collect()
}

async fn call_list(bench: &mut Bench, args: &LedgerArgs) -> Result<()> {
    let pool = bench.around.store.pool().clone();
    let all = Filter::span(Timestamp::MIN, Timestamp::MAX);
    let text = |text: &str| Some(text.to_owned());
    let filters = [
        ("all calls", all.clone()),
        ("a friend's", Filter { friend: text(FRIENDS[1]), ..all.clone() }),
        ("a rare model's", Filter { model: text(RARE_MODEL), ..all.clone() }),
        ("refused ones of a friend", Filter { status: text("refused"), friend: text(FRIENDS[2]), ..all.clone() }),
        ("a search that finds many", Filter { search: text("sonnet"), ..all.clone() }),
        ("a search that finds few", Filter { search: text("3-opus"), ..all.clone() }),
        ("a search that finds none", Filter { search: text("nothing"), ..all }),
    ];
    let orders = [
        ("the latest", Column::At, Direction::Descending),
        ("the earliest", Column::At, Direction::Ascending),
        ("the dearest", Column::Cost, Direction::Descending),
        ("the cheapest", Column::Cost, Direction::Ascending),
        ("the longest", Column::Duration, Direction::Descending),
        ("most tokens", Column::Tokens, Direction::Descending),
    ];
    for (which, filter) in filters {
        for (name, column, direction) in orders {
            let order = Order { column, direction };
            let what = format!("calls: {which}, {name} first");
            timed(bench, args, &what, || entries::list(&pool, &filter, order, PAGE)).await?;
        }
    }
    let filter = Filter::span(Timestamp::MIN, Timestamp::MAX);
    let dearest = Order { column: Column::Cost, direction: Direction::Descending };
    let mut portion = PAGE;
    for _ in 0..10 {
        portion.after = entries::list(&pool, &filter, dearest, portion).await?.last().map(|row| row.id);
    }
    timed(bench, args, "calls: the eleventh page of the dearest", || entries::list(&pool, &filter, dearest, portion))
        .await
}

async fn rest(bench: &mut Bench, args: &LedgerArgs) -> Result<()> {
    let pool = bench.around.store.pool().clone();
    timed(bench, args, "Prices: versions and their calls", || prices::versions(&pool)).await?;
    timed(bench, args, "Prices: models without a price", || prices::unpriced(&pool)).await
}

async fn files(bench: &mut Bench, args: &LedgerArgs) -> Result<()> {
    let pool = bench.around.store.pool().clone();
    let began = Instant::now();
    let mut written = 0_usize;
    let everything = Filter::span(Timestamp::MIN, Timestamp::MAX);
    let mut portions = std::pin::pin!(entries::all(&pool, &everything, Order::default()));
    let mut bytes = 0;
    while let Some(rows) = portions.try_next().await? {
        written += rows.len();
        for row in rows {
            let cost = row.cost_pico_usd.map(|cost| cost.to_string()).unwrap_or_default();
            bytes += csv::line([row.id.to_string(), row.at.to_string(), row.friend, row.key, cost]).len();
        }
    }
    anyhow::ensure!(written >= args.rows as usize && bytes > 0, "not every call was exported");
    let seconds = began.elapsed().as_secs_f64();
    bench.sheet.limited("CSV of all calls", seconds, Unit::Seconds, FILE_SECONDS);
    bench.sheet.noted("CSV of all calls", written as f64 / seconds, Unit::PerSecond);

    let month = Month::of(bench.now.to_zoned(bench.zone.clone()).date().first_of_month().saturating_sub(1.day()));
    let began = Instant::now();
    statements::draft(&pool, month, &bench.zone, bench.now).await?;
    bench.sheet.limited("the statement of a month", began.elapsed().as_secs_f64(), Unit::Seconds, 3.0);
    Ok(())
}
