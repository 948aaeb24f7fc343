//! `carpool prices …`: another book, the owner's own prices, and calls that are priced anew.

use std::{fs, time::Duration};

use axum::{Router, http::StatusCode, routing::get};
use carpool_core::price::PriceBook;
use carpool_relay::pretend::Pretend;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{
    PATIENCE, database, eventually,
    friend::{Friend, MODEL, prompt},
    owner::{ledger, set_up},
    program::Folder,
    relay::Relay,
};

/// A relay picks a change up within a second; the rest is for a machine that is busy with other tests.
const PICKED_UP: Duration = Duration::from_secs(3);
/// A book in which one model costs something else, and there is nothing but two models.
const BOOK: &str = r#"{
    "claude-sonnet-4-5":{"litellm_provider":"anthropic","input_cost_per_token":7e-6,"output_cost_per_token":8e-6},
    "claude-brand-new":{"litellm_provider":"anthropic","input_cost_per_token":1e-6,"output_cost_per_token":2e-6}}"#;

/// A folder with a book in a file, and the path of that.
fn with_book() -> (Folder, String) {
    let folder = Folder::new();
    let file = folder.path().join("book.json");
    fs::write(&file, BOOK).expect("written");
    let path = file.to_str().expect("UTF-8").to_owned();
    (folder, path)
}

/// Serves the book, a page and nothing, and returns the address.
async fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    // Every model of the built-in book is in it, so that it is no broken one.
    let mut whole: Value = serde_json::from_slice(&PriceBook::embedded_json()).expect("a book");
    whole[MODEL]["input_cost_per_token"] = 7e-6.into();
    let whole = whole.to_string();
    let pages = Router::new()
        .route("/book.json", get(|| async { BOOK }))
        .route("/whole.json", get(move || async move { whole }))
        .route("/page.html", get(|| async { "<!doctype html>" }))
        .route("/gone.json", get(|| async { StatusCode::NOT_FOUND }));
    tokio::spawn(async move { axum::serve(listener, pages).await });
    url
}

async fn input_price(folder: &Folder, model: &str) -> Value {
    let shown = folder.run(&format!("prices show {model}")).await.done();
    shown["usd_per_million_tokens"][0]["input"].clone()
}

#[tokio::test]
async fn another_book_is_looked_at_first_and_taken_on_demand() {
    let (folder, file) = with_book();

    let looked = folder.run(&format!("prices update {file}")).await.done();
    assert_eq!((&looked["models"], &looked["added"], &looked["changed"]), (&json!(2), &json!(1), &json!(1)));
    assert_eq!((&looked["taken"], &looked["version"]), (&json!(false), &Value::Null));
    let changes = looked["changes"].as_array().expect("a list");
    let sonnet = changes.iter().find(|change| change["model"] == MODEL).expect("it is another price");
    assert_eq!(sonnet["prices"][0], json!({ "price": "input", "before": "3", "after": "7" }));
    assert_eq!(looked["removed"].as_u64(), Some(changes.len() as u64 - 2));
    assert_eq!(input_price(&folder, MODEL).await, "3", "nothing was taken yet");

    let taken = folder.run(&format!("prices update {file} --yes")).await.done();
    assert_eq!((&taken["taken"], &taken["version"]), (&json!(true), &json!(2)));
    assert_eq!(input_price(&folder, MODEL).await, "7");
    assert_eq!(folder.run("prices show gpt-5.5").await.failed(), "unknown_model");
    let again = folder.run(&format!("prices update {file}")).await.done();
    assert_eq!(again["changes"], json!([]));

    let back = folder.run("prices update --built-in --yes").await.done();
    assert_eq!((&back["version"], &back["changed"]), (&json!(1), &json!(1)));
    assert_eq!(input_price(&folder, MODEL).await, "3");
    let versions = folder.run("prices versions").await.done();
    let in_use: Vec<_> =
        versions.as_array().expect("a list").iter().map(|one| [&one["version"], &one["in_use"]]).collect();
    assert_eq!(in_use, [[&json!(2), &json!(false)], [&json!(1), &json!(true)]]);
}

#[tokio::test]
async fn a_book_is_taken_from_an_address_and_nothing_else_is_taken_for_one() {
    let (folder, url) = (Folder::new(), serve().await);

    for (words, code) in [
        (format!("prices update {url}/page.html --yes"), "no_price_book"),
        (format!("prices update {url}/gone.json --yes"), "price_address"),
        ("prices update nothing.json --yes".to_owned(), "price_file"),
    ] {
        assert_eq!(folder.run(&words).await.failed(), code, "{words}");
    }
    assert_eq!(input_price(&folder, MODEL).await, "3");

    folder.run(&format!("prices update {url}/book.json --yes")).await.done();
    assert_eq!(input_price(&folder, MODEL).await, "7");
}

#[tokio::test]
async fn a_relay_looks_for_a_newer_book_daily_only_where_that_is_switched_on() {
    let (folder, url) = (Folder::new(), serve().await);
    assert_eq!(folder.run("prices daily").await.done()["daily"], false);
    let on = folder.run(&format!("prices daily on --from {url}/whole.json")).await.done();
    assert_eq!((&on["daily"], &on["looked_at"]), (&json!(true), &Value::Null));

    let relay = Relay::start(&folder).await;
    let look = async || {
        let daily = folder.run("prices daily").await.done();
        daily["looked_at"].is_string().then_some(())
    };
    eventually("it was looked", PATIENCE, look).await;
    relay.stop().await;

    assert_eq!(input_price(&folder, MODEL).await, "7");
    let off = folder.run("prices daily off").await.done();
    assert_eq!((&off["daily"], &off["from"]), (&json!(false), &Value::Null));
}

#[tokio::test]
async fn a_book_without_most_models_is_not_taken_by_itself() {
    let (folder, url) = (Folder::new(), serve().await);
    folder.run(&format!("prices daily on --from {url}/book.json")).await.done();

    let relay = Relay::start(&folder).await;
    let look = async || folder.run("prices daily").await.done()["looked_at"].is_string().then_some(());
    eventually("it was looked", PATIENCE, look).await;
    relay.stop().await;

    assert_eq!(input_price(&folder, MODEL).await, "3");
}

#[tokio::test]
async fn a_book_that_was_damaged_prices_nothing_and_can_be_replaced() {
    let (folder, file) = with_book();
    folder.run(&format!("prices update {file} --yes")).await.done();
    let damage = "UPDATE price_texts SET zstd = x'00'";
    sqlx::query(damage).execute(&mut database::open(&folder).await).await.expect("changed");

    let shown = folder.run(&format!("prices show {MODEL}")).await;
    assert_eq!(shown.failed(), "database");
    assert!(shown.stderr.contains("--built-in"), "{shown}");
    folder.run("prices update --built-in --yes").await.done();

    assert_eq!(input_price(&folder, MODEL).await, "3");
}

#[tokio::test]
async fn the_owners_own_price_outranks_the_book_until_it_is_taken_back() {
    let folder = Folder::new();

    folder.run(&format!("prices set {MODEL} --input 9 --output 10 --cache-read 0.5 --web-search 20")).await.done();
    let shown = folder.run(&format!("prices show {MODEL}")).await.done();
    let expected = json!([{ "service_tier": "standard", "input": "9", "cache_read": "0.5", "output": "10" }]);
    assert_eq!((&shown["vendor"], &shown["usd_per_million_tokens"]), (&json!("owner"), &expected));
    assert_eq!(shown["usd_per_web_search"], "0.02");
    let own = folder.run("prices versions").await.done()[0]["own_prices"].clone();
    assert_eq!(own, 1);

    assert_eq!(folder.run("prices unset gpt-5.5").await.failed(), "not_found");
    assert_eq!(
        folder.run("prices set gpt-5.5 --provider nobody --input 1 --output 1").await.failed(),
        "unknown_provider"
    );
    folder.run("prices set gpt-5.5 --input cheap --output 1").await.misused();
    folder.run(&format!("prices unset {MODEL}")).await.done();
    assert_eq!(input_price(&folder, MODEL).await, "3");
}

#[tokio::test]
async fn a_running_relay_prices_by_what_the_owner_changed_and_rows_keep_their_version() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    let key = set_up(&folder, &pretend).await;
    let relay = Relay::start(&folder).await;
    let friend = Friend::new(&relay, &key);
    friend.ask(&prompt("one")).await;
    folder.run(&format!("prices set {MODEL} --provider claude --input 1000000 --output 1000000")).await.done();

    let look = async || {
        friend.ask(&prompt("one")).await;
        ledger(&folder).await.into_iter().find(|row| row["price_version"] == 2)
    };
    let newer = eventually("a call priced by version 2", PICKED_UP, look).await;

    // A dollar for each token; what Claude's cache is of that.
    let count = |field: &str| newer[field].as_f64().expect("a count");
    let dollars = count("input_tokens")
        + count("output_tokens")
        + count("cache_read_tokens") * 0.1
        + count("cache_write_5m_tokens") * 1.25
        + count("cache_write_1h_tokens") * 2.0;
    assert!((newer["cost_pico_usd"].as_f64().expect("a cost") / 1e12 - dollars).abs() < 1e-6, "{newer}");
    let rows = ledger(&folder).await;
    let first = rows.last().expect("the first call");
    assert_eq!(first["price_version"], 1);
    assert!(first["cost_pico_usd"].as_f64().expect("a cost") < 1e12);
    relay.stop().await;
}

#[tokio::test]
async fn calls_are_priced_anew_only_on_demand_and_only_in_their_span() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    let key = set_up(&folder, &pretend).await;
    let relay = Relay::start(&folder).await;
    let friend = Friend::new(&relay, &key);
    let mut unknown = prompt("two");
    unknown["model"] = "model-nobody-prices".into();
    friend.ask(&prompt("one")).await;
    friend.ask(&unknown).await;
    relay.stop().await;
    let before = ledger(&folder).await;

    let unpriced = folder.run("prices unpriced").await.done();
    assert_eq!(unpriced.as_array().map(Vec::len), Some(1));
    let facts = ["provider", "model", "calls", "without_usage", "priced_now"].map(|field| unpriced[0][field].clone());
    assert_eq!(facts, [json!("claude"), json!("model-nobody-prices"), json!(1), json!(0), json!(false)]);
    let prices = "--input 1 --output 2 --cache-read 0 --cache-write-5m 0 --cache-write-1h 0";
    folder.run(&format!("prices set model-nobody-prices {prices}")).await.done();

    let shown = folder.run("prices recount").await.done();
    let counts = ["calls", "changed", "newly_priced", "unpriced", "taken"].map(|field| shown[field].clone());
    assert_eq!(counts, [json!(2), json!(1), json!(1), json!(0), json!(false)]);
    assert_eq!(ledger(&folder).await, before, "nothing was written");
    assert_eq!(folder.run("prices recount --until 2026-01-01 --yes").await.done()["calls"], 0);

    let taken = folder.run("prices recount --since 1d --yes").await.done();
    assert_eq!(taken["difference_pico_usd"], shown["difference_pico_usd"]);
    let after = ledger(&folder).await;
    let two = &after[0];
    let count = |field: &str| two[field].as_i64().expect("a count");
    assert_eq!(two["cost_pico_usd"], (count("input_tokens") + 2 * count("output_tokens")) * 1_000_000);
    assert_eq!(after.iter().map(|row| row["price_version"].clone()).collect::<Vec<_>>(), [json!(2), json!(2)]);
    assert_eq!(after[1]["cost_pico_usd"], before[1]["cost_pico_usd"], "its price is the same in version 2");
    assert_eq!(folder.run("prices recount").await.done()["difference_pico_usd"], 0);
    assert_eq!(folder.run("prices unpriced").await.done(), json!([]));
    let kept: Vec<(Option<i64>, Option<i64>)> =
        sqlx::query_as("SELECT cost_before, version_before FROM recounted_calls ORDER BY call_id")
            .fetch_all(&mut database::open(&folder).await)
            .await
            .expect("rows");
    assert_eq!(kept, [(before[1]["cost_pico_usd"].as_i64(), Some(1)), (None, None)]);
}
