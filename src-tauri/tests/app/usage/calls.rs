//! The list of calls: what it shows is the ledger.

use std::collections::BTreeMap;

use carpool_ipc::{Money, calls::PAGE_ROWS};
use serde_json::Value;

use super::{choose, count, tokens};
use crate::{
    desktop::Desktop,
    launch::App,
    screen::Screen,
    seed::{SOME, sow},
};

/// Answers with the ids of the calls that are listed.
const IDS: &str = "return [...document.querySelectorAll('[data-test=call]')].map(row => row.dataset.id);";
/// Answers with the fields of the call that is open.
const FIELDS: &str = "return Object.fromEntries([...document.querySelectorAll('[data-test=call-field]')]
    .map(field => [field.dataset.name, field.querySelector('dd').innerText]));";

/// Waits until these calls are listed, in this order.
async fn lists<'a>(screen: &Screen, what: &str, calls: impl Iterator<Item = &'a Value>) {
    let wanted: Vec<String> = calls.map(|call| call["id"].as_str().expect("an id").to_owned()).collect();
    screen
        .until(what, async || {
            let ids = screen.client.execute(IDS, Vec::new()).await?;
            Ok((serde_json::from_value::<Vec<String>>(ids).expect("ids") == wanted).then_some(()))
        })
        .await;
}

#[tokio::test]
async fn calls_are_listed_sorted_narrowed_and_paged_as_the_ledger_has_them() {
    let (desktop, _) = Desktop::in_use().await;
    sow(&desktop, SOME).await;
    let calls = desktop.run("calls --limit 100000").await;
    let calls = calls.as_array().expect("rows");
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.goes_to("usage").await;
    // Long enough that all of them are in it.
    choose(screen, "range", "custom").await;
    let from = calls.last().expect("calls")["at"].as_str().expect("a time")[..10].to_owned();
    screen
        .run(
            "const field = document.getElementById('field-from'); field.value = arguments[0];
             field.dispatchEvent(new Event('input', { bubbles: true }));",
            vec![from.into()],
        )
        .await;

    lists(screen, "the newest are listed", calls.iter().take(PAGE_ROWS)).await;
    screen.press("#calls-next").await;
    lists(screen, "then the ones before", calls.iter().skip(PAGE_ROWS).take(PAGE_ROWS)).await;
    screen.reads("[data-test=calls-rows]", "51–100").await;
    screen.press("#calls-back").await;
    lists(screen, "and the newest again", calls.iter().take(PAGE_ROWS)).await;

    screen.press("[data-test=sort-call-cost]").await;
    let mut by_cost: Vec<&Value> = calls.iter().collect();
    let cost = |call: &Value| call["cost_pico_usd"].as_i64().unwrap_or(i64::MIN);
    by_cost.sort_by(|one, other| (cost(other), other["id"].as_str()).cmp(&(cost(one), one["id"].as_str())));
    lists(screen, "the dearest are first", by_cost.iter().take(PAGE_ROWS).copied()).await;
    screen.press("[data-test=sort-call-time]").await;

    screen.choose("#field-status", "refused").await;
    let refused = || calls.iter().filter(|call| call["status"] == "refused");
    lists(screen, "refused ones are listed", refused().take(PAGE_ROWS)).await;
    screen.choose("#field-friend", "Alex").await;
    let of_alex = || refused().filter(|call| call["friend"] == "Alex");
    lists(screen, "those of a friend", of_alex().take(PAGE_ROWS)).await;
    screen.fill("#field-search-calls", "HAIKU").await;
    let found = of_alex().filter(|call| call["model"] == "claude-haiku-4-5");
    lists(screen, "those with a model", found.take(PAGE_ROWS)).await;
    screen.fill("#field-search-calls", "nothing at all").await;
    screen.sees("[data-test=no-calls]").await;
    screen.press("#clear-filters").await;
    lists(screen, "all are listed again", calls.iter().take(PAGE_ROWS)).await;
    app.stop().await;
}

#[tokio::test]
async fn every_field_of_a_call_can_be_read() {
    let (desktop, _) = Desktop::in_use().await;
    sow(&desktop, SOME).await;
    let calls = desktop.run("calls --limit 1").await;
    let call = &calls[0];
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.goes_to("usage").await;

    screen.press("[data-test=call]:first-child [data-test=show-call]").await;
    screen.sees("#call-dialog [data-test=call-field]").await;
    let fields: BTreeMap<String, String> =
        serde_json::from_value(screen.run(FIELDS, Vec::new()).await).expect("fields by name");

    for name in ["id", "friend", "key", "account", "provider", "model", "dialect", "operation"] {
        assert_eq!(Some(fields[name].as_str()), call[name].as_str(), "{name}");
    }
    for name in [
        "input_tokens",
        "cache_read_tokens",
        "cache_write_5m_tokens",
        "cache_write_1h_tokens",
        "output_tokens",
        "reasoning_tokens",
        "http_status",
        "attempts",
    ] {
        assert_eq!(fields[name], count(call[name].as_i64().expect("a number")), "{name}");
    }
    assert_eq!(fields["tokens"], count(tokens(call)));
    let cost = call["cost_pico_usd"].as_i64().map_or_else(|| "unpriced".to_owned(), |cost| Money(cost).to_string());
    assert_eq!(fields["cost_pico_usd"], cost);
    let ledger = call.as_object().expect("fields").keys();
    let missing: Vec<_> = ledger.filter(|name| !fields.contains_key(*name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    app.stop().await;
}
