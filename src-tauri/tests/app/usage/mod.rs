//! The usage screen: its values are the command line's, whatever there is to show.

mod calls;
mod odd;

use carpool_ipc::{Money, money::grouped};
use carpool_relay::clock::Clock;
use fantoccini::{Locator, key::Key};
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use serde_json::Value;

use crate::{
    desktop::Desktop,
    launch::App,
    screen::Screen,
    seed::{self, MUCH, SOME, sow},
};

/// Answers with a table's rows: the texts of their cells, and the titles of those that have one.
const ROWS: &str = "return [...document.querySelectorAll(arguments[0])].map(row =>
    [...row.children].map(cell => [cell.innerText.trim(), cell.title || '']));";

/// A cell: its text and what it says to a pointer that rests.
type Cell = (String, String);

/// The cells of rows.
async fn rows(screen: &Screen, selector: &str) -> Vec<Vec<Cell>> {
    serde_json::from_value(screen.run(ROWS, vec![selector.into()]).await).expect("rows of cells")
}

/// Chooses one of a row of segments.
async fn choose(screen: &Screen, name: &str, value: &str) {
    screen.press(&format!("label.segment:has([name={name}][value={value}])")).await;
}

fn today() -> Date {
    Clock::System.now().to_zoned(TimeZone::UTC).date()
}

/// What the command line says of so many days, today included.
async fn told(desktop: &Desktop, by: &str, days: i64) -> Vec<Value> {
    let since = today().checked_sub((days - 1).days()).expect("a date");
    let rows = desktop.run(&format!("usage --by {by} --since {since}")).await;
    rows.as_array().expect("rows").clone()
}

fn number(row: &Value, field: &str) -> i64 {
    row[field].as_i64().unwrap_or_else(|| panic!("{field} is no number: {row}"))
}

fn tokens(row: &Value) -> i64 {
    ["input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens", "output_tokens"]
        .map(|field| number(row, field))
        .iter()
        .sum()
}

fn count(number: i64) -> String {
    grouped(u128::try_from(number).expect("a count"))
}

fn money(row: &Value) -> String {
    Money(number(row, "cost_pico_usd")).to_string()
}

/// Name, calls, tokens, cost and unpriced calls, as the screen writes them.
fn expected(row: &Value) -> [String; 5] {
    let name = row["group"].as_str().expect("a name").to_owned();
    [name, count(number(row, "calls")), count(tokens(row)), money(row), count(number(row, "unpriced_calls"))]
}

/// The same of a row of the table of sums: its columns are name, calls, tokens, cache hits, saved, cost, share, unpriced.
fn shown(row: &[Cell]) -> [String; 5] {
    [row[0].0.clone(), row[1].0.clone(), row[2].1.clone(), row[5].0.clone(), row[7].0.clone()]
}

/// The sums that the table has and those that the command line has are the same.
async fn sums_are_told(screen: &Screen, told: &[Value]) {
    let mut wanted: Vec<_> = told.iter().map(expected).collect();
    wanted.sort();
    screen
        .until("the table has the command line's sums", async || {
            let rows = screen.client.execute(ROWS, vec!["[data-test=sums-row]".into()]).await?;
            let rows: Vec<Vec<Cell>> = serde_json::from_value(rows).expect("rows of cells");
            let mut rows: Vec<_> = rows.iter().map(|row| shown(row)).collect();
            rows.sort();
            Ok((rows == wanted).then_some(()))
        })
        .await;
    let all = |field: &str| told.iter().map(|row| number(row, field)).sum::<i64>();
    let total = rows(screen, "[data-test=sums-total]").await.remove(0);
    assert_eq!(total[1].0, count(all("calls")));
    assert_eq!(total[5].0, Money(all("cost_pico_usd")).to_string());
    assert_eq!(screen.all("[data-test=total-calls] dd").await[0], count(all("calls")));
    assert_eq!(screen.all("[data-test=total-cost] dd").await[0], Money(all("cost_pico_usd")).to_string());
}

/// Opens the table behind a chart and returns its last column: the sums of the bars.
async fn bars(screen: &Screen, chart: &str) -> Vec<String> {
    let details = format!("[data-test={chart}-behind]");
    if screen.all(&format!("{details} table")).await.is_empty() {
        screen.press(&format!("{details} summary")).await;
    }
    screen.sees(&format!("{details} table")).await;
    let rows = rows(screen, &format!("{details} tbody tr")).await;
    rows.into_iter().map(|mut row| row.pop().expect("cells").0).collect()
}

/// Puts the focus on a chart and presses keys; returns what is announced.
async fn keys(screen: &Screen, chart: &str, keys: &[Key]) -> String {
    screen.sees(&format!("#{chart}")).await;
    screen.run(&format!("document.getElementById('{chart}').focus()"), Vec::new()).await;
    let ground = screen.client.find(Locator::Id(chart)).await.expect("a chart");
    for key in keys {
        ground.send_keys(&char::from(*key).to_string()).await.expect("it takes keys");
    }
    screen.sees(&format!("#{chart} [role=status] [data-test={chart}-amounts]")).await
}

#[tokio::test]
async fn every_sum_and_every_bar_is_the_command_lines() {
    let (desktop, _) = Desktop::in_use().await;
    sow(&desktop, SOME).await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.goes_to("usage").await;

    for by in ["friend", "model", "account", "provider"] {
        choose(screen, "by", by).await;
        sums_are_told(screen, &told(&desktop, by, 30).await).await;
    }
    let days = told(&desktop, "day", 30).await;
    let sums = bars(screen, "cost-chart").await;
    let called = |sums: Vec<String>, none: &str| sums.into_iter().filter(|sum| sum != none).collect::<Vec<_>>();
    assert_eq!(sums.len(), 30);
    assert_eq!(called(sums, "$0.00"), days.iter().map(money).collect::<Vec<_>>());
    let sums = bars(screen, "tokens-chart").await;
    assert_eq!(called(sums, "0"), days.iter().map(|day| count(tokens(day))).collect::<Vec<_>>());

    choose(screen, "range", "7-days").await;
    sums_are_told(screen, &told(&desktop, "provider", 7).await).await;
    choose(screen, "range", "today").await;
    sums_are_told(screen, &told(&desktop, "provider", 1).await).await;
    app.stop().await;
}

#[tokio::test]
async fn a_chart_is_walked_by_keys_and_its_table_is_searched_and_sorted() {
    let (desktop, _) = Desktop::in_use().await;
    sow(&desktop, SOME).await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.goes_to("usage").await;
    let days = told(&desktop, "day", 30).await;
    let today = days.last().expect("somebody called today");

    let said = keys(screen, "cost-chart", &[Key::Home, Key::End]).await;
    assert!(said.contains(&money(today)), "{said}");
    let before = keys(screen, "cost-chart", &[Key::Left]).await;
    assert!(before.contains(&money(&days[days.len() - 2])), "{before}");
    screen.misses("#cost-chart:not(:focus)").await;
    screen.press("[data-test=sort-name]").await;
    screen.sees("th[aria-sort=ascending] [data-test=sort-name]").await;
    let names: Vec<String> = rows(screen, "[data-test=sums-row]").await.iter().map(|row| row[0].0.clone()).collect();
    assert_eq!(names, ["Alex", "Mia", "Sam", "李小龙"]);

    screen.fill("#field-search-sums", "mI").await;
    screen.reads("[data-test=sums-total]", "Total of 1 of 4").await;
    let mia = told(&desktop, "friend", 30).await.into_iter().find(|row| row["group"] == "Mia").expect("she called");
    let found = rows(screen, "[data-test=sums-row]").await;
    assert_eq!(found.iter().map(|row| shown(row)).collect::<Vec<_>>(), [expected(&mia)]);
    assert_eq!(rows(screen, "[data-test=sums-total]").await[0][5].0, money(&mia));
    screen.fill("#field-search-sums", "nobody").await;
    screen.sees("[data-test=no-sums]").await;
    app.stop().await;
}

#[tokio::test]
async fn of_fifty_friends_the_rest_is_one_until_it_is_opened() {
    let (desktop, _) = Desktop::in_use().await;
    sow(&desktop, MUCH).await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.goes_to("usage").await;
    let friends = told(&desktop, "friend", 30).await;

    screen.reads("[data-test=legend]", &format!("Other ({})", friends.len() - 7)).await;
    let together = bars(screen, "cost-chart").await;
    screen.press("#show-others").await;
    screen
        .until("each has a colour", async || {
            let entries = screen.all("[data-test=legend] li").await;
            Ok((entries.len() == friends.len()).then_some(()))
        })
        .await;
    assert_eq!(bars(screen, "cost-chart").await, together, "nothing came and nothing went");
    let said = keys(screen, "cost-chart", &[Key::End]).await;
    assert!(said.contains("more"), "{said}");
    screen.press("#show-others").await;
    screen.reads("[data-test=legend]", "Other").await;
    app.stop().await;
}

#[tokio::test]
async fn accounts_and_subscriptions_are_told_as_the_ledger_has_them() {
    let (desktop, _) = Desktop::in_use().await;
    sow(&desktop, SOME).await;
    let calls = desktop.run("calls --limit 100000").await;
    let calls = calls.as_array().expect("rows");
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.goes_to("usage").await;
    let first = today().checked_sub(29.days()).expect("a date").to_string();
    let is_meant = |call: &&Value| call["at"].as_str().is_some_and(|at| at >= first.as_str());

    screen.sees("[data-test=answers-row]").await;
    for row in rows(screen, "[data-test=answers-row]").await {
        let of: Vec<_> = calls.iter().filter(is_meant).filter(|call| call["account"] == row[0].0.as_str()).collect();
        let errors = of.iter().filter(|call| call["status"] == "upstream_error").count();
        let refused = of.iter().filter(|call| call["status"] == "refused").count();
        assert_eq!(row[1].0, of.len().to_string(), "{row:?}");
        assert_eq!(row[2].0.split(' ').next(), Some(errors.to_string().as_str()), "{row:?}");
        assert_eq!(row[3].0, refused.to_string(), "{row:?}");
        assert!(row[4..].iter().all(|time| time.0.ends_with('s')), "{row:?}");
    }
    screen.sees("[data-test=subscription][data-name=account-1] [data-test=taker]").await;
    for row in rows(screen, "[data-name=account-1] [data-test=taker]").await {
        let is_theirs = |call: &&&Value| call["account"] == "account-1" && call["friend"] == row[0].0.as_str();
        let of: Vec<_> = calls.iter().filter(is_meant).collect();
        let of: Vec<_> = of.iter().filter(is_theirs).collect();
        let cost = of.iter().filter_map(|call| call["cost_pico_usd"].as_i64()).sum();
        assert_eq!(
            (row[1].0.as_str(), row[2].0.as_str()),
            (of.len().to_string().as_str(), Money(cost).to_string().as_str())
        );
    }
    let taken = rows(screen, "[data-name=account-1] [data-test=taken]").await.remove(0);
    assert_eq!(taken[4].0, "1.00 of 1 window", "{taken:?}");
    assert_eq!(taken[5].0, "0.62 of 1 window", "{taken:?}");
    app.stop().await;
}

/// Data in which nothing has a price.
async fn without_prices(desktop: &Desktop) {
    seed::change(desktop, "UPDATE calls SET cost_pico_usd = NULL, saved_pico_usd = NULL, price_version = NULL").await;
}
