//! Money in the window: a month is entered, settled, kept and saved; models get prices; and it is all the commands' money.

use axum::{Router, routing::get};
use carpool_core::price::PriceBook;
use carpool_relay::clock::Clock;
use serde_json::{Value, json};
use sqlx::Connection;
use tokio::net::TcpListener;

use crate::{
    desktop::Desktop,
    files::save_as,
    launch::App,
    screen::Screen,
    support::{
        database,
        friend::{MODEL, prompt},
    },
    tray::Tray,
};

/// Who pays whom, how everyone stands, and the lines of everyone's share, as the window has them.
const FIGURES: &str =
    "const all = (name, read) => [...document.querySelectorAll(`[data-test=${name}]`)].map(it => read(it.dataset));
    return {
        transfers: all('transfer', it => [it.from, it.to, Number(it.amount)]),
        people: all('person', it => [it.id, Number(it.share), Number(it.paid), Number(it.balance)]),
        lines: all('line', it => Number(it.amount)),
        costs: all('cost', it => Number(it.amount)),
    };";

/// The same as the command tells it.
fn figures(statement: &Value) -> Value {
    let all = |list: &str, fields: &[&str]| -> Value {
        let rows = statement[list].as_array().expect("a list").iter();
        rows.map(|row| fields.iter().map(|field| row[*field].clone()).collect::<Value>()).collect()
    };
    let amounts = |list: &str| -> Value {
        statement[list].as_array().expect("a list").iter().map(|row| row["amount"].clone()).collect()
    };
    json!({
        "transfers": all("transfers", &["from", "to", "amount"]),
        "people": all("people", &["id", "share", "paid", "balance"]),
        "lines": amounts("lines"),
        "costs": amounts("costs"),
    })
}

/// This month, as commands name it.
fn this_month() -> String {
    Clock::System.now().to_string()[..7].to_owned()
}

/// Waits until the window shows what the command tells, and returns that.
async fn both_tell_the_same(desktop: &Desktop, screen: &Screen) -> Value {
    let told = desktop.run(&format!("statement {}", this_month())).await;
    let wanted = figures(&told["statement"]);
    screen
        .until("the window shows what the command tells", async || {
            let shown = screen.client.execute(FIGURES, Vec::new()).await?;
            Ok((shown == wanted).then_some(()))
        })
        .await;
    told
}

async fn opens_the_statement(screen: &Screen) {
    screen.goes_to("usage").await;
    screen.press("#tab-statement").await;
    screen.sees("[data-test=plan]").await;
}

#[tokio::test]
async fn a_month_is_entered_settled_kept_and_saved_in_the_window_and_the_command_tells_the_same() {
    let (desktop, key) = Desktop::in_use().await;
    desktop.run("friend add Mia").await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    opens_the_statement(screen).await;

    screen.press("#first-cost").await;
    screen.press("#cost-dialog [data-test=save]").await;
    screen.reads("#field-cost-name-note", "called").await;
    screen.fill("#field-cost-name", "Claude Max").await;
    screen.fill("#field-cost-price", "a lot").await;
    screen.reads("#field-cost-price-note", "12.50").await;
    screen.fill("#field-cost-price", "100.01").await;
    screen.choose("#field-cost-account", "1").await;
    screen.press("#cost-dialog [data-test=save]").await;
    screen.reads("[data-test=plan-cost]", "$100.01 a month").await;
    both_tell_the_same(&desktop, screen).await;

    for _ in 0..3 {
        assert_eq!(desktop.friend(&key).ask(&prompt("Who pays for this?")).await.status, 200);
    }
    screen.press("#change-sharing").await;
    screen.press("label.segment:has(#sharing-base-fee)").await;
    screen.press("#sharing-dialog [data-test=save]").await;
    screen.reads("#field-fee-note", "12.50").await;
    screen.fill("#field-fee", "7.5").await;
    screen.choose("#field-me", "1").await;
    screen.press("#sharing-dialog [data-test=save]").await;
    screen.reads("[data-test=sharing-now]", "$7.50").await;
    screen.press("#add-adjustment").await;
    screen.choose("#field-adjust-from", "2").await;
    screen.choose("#field-adjust-to", "1").await;
    screen.fill("#field-adjust-amount", "1.25").await;
    screen.fill("#field-adjust-why", "lunch").await;
    screen.press("#adjustment-dialog [data-test=save]").await;
    screen.reads("[data-test=adjustment]", "lunch").await;
    let told = both_tell_the_same(&desktop, screen).await;
    assert!(told["statement"]["transfers"][0]["amount"].as_i64().is_some_and(|amount| amount > 0), "{told}");
    let value = desktop.run(&format!("statement value {}", this_month())).await;
    let worth = value["values"][0]["worth"].to_string();
    screen.sees(&format!("[data-test=value][data-worth='{worth}']")).await;

    screen.press("#keep-statement").await;
    screen.press("#keep-dialog [data-test=confirm]").await;
    screen.reads("[data-test=statement-state]", "Kept").await;
    let kept = both_tell_the_same(&desktop, screen).await;
    assert_eq!(kept["kept"], true);
    let hash = kept["sha256"].as_str().expect("a hash");
    assert_eq!(screen.sees("#statement-hash").await, hash);
    desktop.run("statement plan remove c1").await;
    assert_eq!(desktop.friend(&key).ask(&prompt("And for this?")).await.status, 200);
    assert_eq!(both_tell_the_same(&desktop, screen).await, kept, "what was kept never changes");

    let file = desktop.folder.path().join("kept.html");
    screen.press(".statement-actions [data-test=menu]").await;
    screen.press("[data-test=menu-export-page]").await;
    let page = save_as(&desktop, &file).await;
    assert!(page.starts_with("<!doctype html>") && page.contains(hash) && page.contains("Alex"), "{page}");
    screen.reads("[data-test=toast]", "kept.html").await;
    app.stop().await;
}

/// A book in which one model costs something else, and the address it is at.
async fn serve_book() -> String {
    let mut whole: Value = serde_json::from_slice(&PriceBook::embedded_json()).expect("a book");
    whole[MODEL]["input_cost_per_token"] = 7e-6.into();
    let text = whole.to_string();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/book.json", listener.local_addr().expect("an address"));
    let pages = Router::new().route("/book.json", get(move || async move { text }));
    tokio::spawn(async move { axum::serve(listener, pages).await });
    url
}

/// Writes a call of a model that no book has: a million tokens of input.
async fn add_unpriced_call(desktop: &Desktop) {
    let mut database = database::open(&desktop.folder).await;
    sqlx::query(
        "INSERT INTO calls (id, at, friend_id, key_id, account_id, provider, dialect, operation, model, stream, status,
                            http_status, input_tokens, output_tokens, attempts)
         VALUES (1, ?, 1, 1, 1, 'claude', 'messages', 'generate', 'house-model', 0, 'complete', 200, 1000000, 0, 1)",
    )
    .bind(Clock::System.now().as_millisecond() - 60_000)
    .execute(&mut database)
    .await
    .expect("a call");
    database.close().await.expect("closed");
}

#[tokio::test]
async fn a_model_without_a_price_is_given_one_and_its_calls_are_priced_anew() {
    let (desktop, _) = Desktop::in_use().await;
    add_unpriced_call(&desktop).await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.goes_to("settings").await;
    screen.press("#open-prices").await;

    screen.press("[data-test=unpriced][data-model=house-model] [data-test=set-price]").await;
    screen.fill("#field-price-input", "cheap").await;
    screen.press("#price-dialog [data-test=save]").await;
    screen.reads("#field-price-input-note", "0.25").await;
    screen.fill("#field-price-input", "3").await;
    screen.fill("#field-price-output", "15").await;
    screen.press("#price-dialog [data-test=save]").await;
    screen.reads("[data-test=own-price][data-model=house-model]", "$3").await;
    screen.sees("[data-test=priced-now]").await;
    assert_eq!(desktop.run("calls --limit 1").await[0]["cost_pico_usd"], Value::Null, "it was only stated");
    screen.press("#show-recount").await;
    screen.reads("#recount-new", "1").await;
    screen.reads("#recount-difference", "+$3.00").await;
    assert_eq!(desktop.run("calls --limit 1").await[0]["cost_pico_usd"], Value::Null, "it was only shown");
    screen.press("#write-recount").await;
    screen.sees("[data-test=none-unpriced]").await;

    assert_eq!(desktop.run("calls --limit 1").await[0]["cost_pico_usd"], 3_000_000_000_000_i64);
    screen.goes_to("usage").await;
    screen.reads("[data-test=total-cost]", "$3.00").await;
    app.stop().await;
}

#[tokio::test]
async fn a_price_book_is_looked_at_first_and_taken_by_a_press() {
    let (desktop, _) = Desktop::in_use().await;
    let url = serve_book().await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.goes_to("settings").await;
    screen.press("#open-prices").await;
    let price = async || {
        let shown = desktop.run(&format!("prices show {MODEL}")).await;
        shown["usd_per_million_tokens"][0]["input"].clone()
    };

    screen.fill("#field-book-address", "/etc/hostname").await;
    screen.press("#look-at-prices").await;
    screen.reads("[data-test=price-book] [data-test=failure]", "no address").await;
    screen.fill("#field-book-address", &url).await;
    screen.press("#look-at-prices").await;
    screen.reads("[data-test=found-changes]", "1 have other prices, 0 are not in it any more, 0 are new").await;
    screen.reads(&format!("[data-test=price-change][data-model='{MODEL}']"), "input 3 → 7").await;
    assert_eq!(price().await, "3", "it was only looked at");
    screen.press("#take-prices").await;
    screen.reads("#book-source", &url).await;

    assert_eq!(price().await, "7");
    screen.press("#daily-prices").await;
    screen.sees("#daily-prices:checked").await;
    screen.press("#look-at-built-in").await;
    screen.press("#take-prices").await;
    screen.reads("#book-source", "Built into").await;
    assert_eq!(price().await, "3");
    app.stop().await;
}

#[tokio::test]
async fn money_is_shown_in_the_currency_that_the_owner_sets_everywhere_at_once() {
    let (desktop, _) = Desktop::in_use().await;
    add_unpriced_call(&desktop).await;
    desktop.run("prices set house-model --input 10 --output 1").await;
    desktop.run("prices recount --yes").await;
    let tray = Tray::on(&desktop).await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.reads("#today-cost", "$10.00").await;
    screen.goes_to("settings").await;

    screen.fill("#field-currency", "yuan").await;
    screen.reads("#field-currency-note", "three letters").await;
    screen.fill("#field-currency", "cny").await;
    screen.fill("#field-rate", "7.1").await;
    screen.press("#apply-currency").await;
    // The window is built anew then, and what is pressed meanwhile is gone before it is let go.
    screen.holds("#field-currency", "CNY").await;
    screen.goes_to("home").await;
    screen.reads("#today-cost", "¥71.00").await;
    tray.lists("Today: ¥71.00, 1 call").await;
    for (place, at) in [("friends", "[data-test=friend]"), ("usage", "[data-test=total-cost]")] {
        screen.goes_to(place).await;
        screen.reads(at, "¥71.00").await;
    }
    let plan = desktop.run("statement plan show").await;
    assert_eq!((&plan["currency"], &plan["rate"]), (&json!("CNY"), &json!("7.1")));

    desktop.run("statement plan set --currency USD").await;
    screen.reads("[data-test=total-cost]", "$10.00").await;
    tray.lists("Today: $10.00, 1 call").await;
    app.stop().await;
}
