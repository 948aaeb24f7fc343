//! `carpool statement …`: what is entered, how a month is settled, and that what was kept stays.

use std::fs;

use serde_json::{Value, json};
use sqlx::Connection;

use crate::support::{
    database,
    owner::add_friend,
    program::{API_KEY, Folder, Ran},
};

/// Pico-dollars in a dollar.
const DOLLAR: i64 = 1_000_000_000_000;
/// Noon of 5 May 2026, UTC, in Unix milliseconds.
const MAY: i64 = 1_777_982_400_000;

/// A folder with the account `work`, which is billed by use, and the friends Alex (f1) and Mia (f2), who used it in May:
/// Alex for six dollars, Mia for two and once without a price.
async fn used() -> Folder {
    let folder = Folder::new();
    let add = "account add claude --name work --base-url http://127.0.0.1:9 --secret-stdin";
    folder.feed(add, API_KEY).await.done();
    add_friend(&folder, "Alex").await;
    add_friend(&folder, "Mia").await;
    for (id, friend, cost) in
        [(1, 1, Some(4 * DOLLAR)), (2, 1, Some(2 * DOLLAR)), (3, 2, Some(2 * DOLLAR)), (4, 2, None)]
    {
        call(&folder, id, friend, cost).await;
    }
    folder
}

/// Writes a call into the ledger.
async fn call(folder: &Folder, id: i64, friend: i64, cost: Option<i64>) {
    let mut database = database::open(folder).await;
    sqlx::query(
        "INSERT INTO calls (id, at, friend_id, key_id, account_id, provider, dialect, operation, model, stream, status,
                            cost_pico_usd, price_version, attempts)
         VALUES (?, ?, ?, ?, 1, 'claude', 'messages', 'generate', 'claude-opus-5', 0, 'complete', ?, 1, 1)",
    )
    .bind(id)
    .bind(MAY + id)
    .bind(friend)
    .bind(friend)
    .bind(cost)
    .execute(&mut database)
    .await
    .expect("a row");
    database.close().await.expect("closed");
}

/// Runs a command whose words may have spaces in them.
async fn run(folder: &Folder, words: &[&str]) -> Ran {
    Ran::of(folder.program("").args(words).arg("--json")).await
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Who pays whom how many cents.
fn transfers(shown: &Value) -> Vec<(&str, &str, i64)> {
    let all = shown["statement"]["transfers"].as_array().expect("a list");
    all.iter().map(|one| (text(&one["from"]), text(&one["to"]), one["amount"].as_i64().expect("cents"))).collect()
}

#[tokio::test]
async fn an_account_billed_by_use_is_passed_through_to_who_used_it() {
    let folder = used().await;
    folder.run("statement plan set --currency EUR --rate 0.5").await.done();

    let shown = folder.run("statement 2026-05").await.done();

    assert_eq!(transfers(&shown), [("f1", "owner", 300), ("f2", "owner", 100)]);
    assert_eq!((&shown["kept"], &shown["statement"]["currency"]), (&json!(false), &json!("EUR")));
    assert_eq!(shown["statement"]["notes"], json!([{ "note": "unpriced", "calls": 1 }]));
    assert_eq!(shown["statement"]["ledger"]["rows"], 4);
    assert!(transfers(&folder.run("statement 2026-04").await.done()).is_empty());
    folder.run("statement May").await.misused();
}

#[tokio::test]
async fn subscriptions_are_shared_as_entered_and_adjustments_are_between_two() {
    let folder = used().await;
    for words in [
        "statement plan set --sharing use --me Mia",
        "statement plan subscribe Max --account work --price 20 --from 2026-01-01 --paid-by Alex",
        "statement plan subscribe Server --price 5 --every once --from 2026-05-31 --shared-by Alex owner",
        "statement plan adjust 2026-05 --from Alex --amount 1.25 --why lunch",
    ] {
        folder.run(words).await.done();
    }

    let shown = folder.run("statement 2026-05").await.done();

    // Max: Alex 15, Mia 5; Server, which Mia paid: Alex 3.75, Mia 1.25; and lunch.
    let of = |index: usize| {
        let person = &shown["statement"]["people"][index];
        [&person["id"], &person["share"], &person["paid"], &person["balance"]].map(Clone::clone)
    };
    assert_eq!(of(0), [json!("f1"), json!(2000), json!(2000), json!(0)]);
    assert_eq!(of(1), [json!("f2"), json!(500), json!(500), json!(0)]);
    assert_eq!(shown["statement"]["people"].as_array().map(Vec::len), Some(2), "the owner is Mia");
    assert!(transfers(&shown).is_empty());

    folder.run("statement plan set --sharing base-fee --fee 4").await.done();
    let with_fee = folder.run("statement 2026-05 --friend Mia").await.done();
    let lines = with_fee["lines"].as_array().expect("a list");
    assert_eq!((&lines[0]["basis"], &lines[0]["amount"]), (&json!("base_fee"), &json!(400)));
    assert_eq!(
        lines.iter().map(|line| line["amount"].as_i64().expect("cents")).sum::<i64>(),
        with_fee["person"]["share"]
    );
}

#[tokio::test]
async fn a_kept_statement_never_changes() {
    let folder = used().await;
    let draft = folder.run("statement 2026-05").await.done();
    let kept = folder.run("statement 2026-05 --keep").await.done();
    assert_eq!((&kept["kept"], transfers(&kept)), (&json!(true), transfers(&draft)));

    call(&folder, 5, 2, Some(DOLLAR)).await;
    folder.run("friend remove Mia").await.done();

    assert_eq!(folder.run("statement 2026-05").await.done(), kept);
    let now = folder.run("statement 2026-05 --draft").await.done();
    assert_eq!(transfers(&now), [("f1", "owner", 600), ("f2", "owner", 300)]);
    assert_ne!(now["sha256"], kept["sha256"], "one row more is another statement");
    let again = folder.run("statement 2026-05 --keep").await.done();
    assert_eq!(transfers(&folder.run("statement 2026-05").await.done()), transfers(&again));
    let listed = folder.run("statement list").await.done();
    let facts: Vec<_> =
        listed.as_array().expect("a list").iter().map(|one| [&one["sha256"], &one["unchanged"]]).collect();
    assert_eq!(facts, [[&again["sha256"], &json!(true)], [&kept["sha256"], &json!(true)]]);
}

#[tokio::test]
async fn a_statement_with_an_adjustment_is_kept_and_found_again() {
    let folder = used().await;
    folder.run("statement plan adjust 2026-05 --from Alex --to Mia --amount 1.25 --why lunch").await.done();

    let kept = folder.run("statement 2026-05 --keep").await.done();

    assert_eq!(folder.run("statement 2026-05").await.done(), kept);
    let lunch = kept["statement"]["lines"].as_array().expect("a list").iter().find(|line| line["about"] == "lunch");
    let lunch = lunch.expect("it is there");
    assert_eq!([&lunch["person"], &lunch["basis"], &lunch["with"]], ["f1", "owed_to", "f2"]);
}

#[tokio::test]
async fn a_statement_that_was_tampered_with_is_not_shown_as_kept() {
    let folder = used().await;
    folder.run("statement 2026-05 --keep").await.done();
    let mut database = database::open(&folder).await;
    let change = "UPDATE statements SET canonical = replace(canonical, '600', '500')";
    let refused = sqlx::query(change).execute(&mut database).await.expect_err("it does not change");
    assert!(refused.to_string().contains("does not change"), "{refused}");
    assert!(sqlx::query("DELETE FROM statements").execute(&mut database).await.is_err());
    assert_eq!(folder.run("statement list").await.done()[0]["unchanged"], true);

    sqlx::query("DROP TRIGGER statements_unchanged").execute(&mut database).await.expect("dropped");
    sqlx::query(change).execute(&mut database).await.expect("changed");

    assert_eq!(folder.run("statement 2026-05").await.failed(), "statement_altered");
    assert_eq!(folder.run("statement list").await.done()[0]["unchanged"], false);
    folder.run("statement 2026-05 --draft").await.done();
}

#[tokio::test]
async fn a_month_that_is_not_over_is_kept_only_on_demand() {
    let folder = used().await;

    assert_eq!(folder.run("statement 2126-05 --keep").await.failed(), "month_not_over");
    assert_eq!(folder.run("statement list").await.done(), json!([]));
    assert_eq!(folder.run("statement 2126-05 --keep --early").await.done()["kept"], true);
    folder.run("statement 2026-05 --early").await.misused();
}

#[tokio::test]
async fn a_statement_is_written_as_csv_and_as_a_page_for_each() {
    let folder = used().await;
    folder.run("statement 2026-05 --keep").await.done();
    let hash = folder.run("statement 2026-05").await.done()["sha256"].as_str().expect("a hash").to_owned();

    let csv = Ran::of(&mut folder.program("statement 2026-05 --csv")).await;
    let alex = Ran::of(&mut folder.program("statement 2026-05 --friend Alex --csv")).await;
    assert!(csv.stdout.contains("2026-05,pays,Mia,,,owner,2.00,USD,\r\n"), "{csv}");
    assert!(csv.stdout.contains(&hash) && alex.stdout.contains(&hash));
    assert!(alex.stdout.contains("2026-05,pays,Alex,,,owner,6.00,USD,\r\n") && !alex.stdout.contains("Mia"), "{alex}");

    for (friend, language, wanted, other) in
        [("", "en", "Alex pays the owner", "账单"), ("Mia", "zh", "2026年5月账单", "Alex")]
    {
        let file = folder.path().join(format!("{language}.html"));
        let mut words = vec!["statement", "2026-05", "--html", file.to_str().expect("UTF-8"), "--language", language];
        if !friend.is_empty() {
            words.extend(["--friend", friend]);
        }
        assert_eq!(run(&folder, &words).await.done()["sha256"], *hash);
        let page = fs::read_to_string(&file).expect("written");
        assert!(page.contains(wanted) && page.contains(&hash) && !page.contains(other), "{friend} {language}");
    }
}

#[tokio::test]
async fn entries_are_shown_ended_and_taken_back() {
    let folder = used().await;
    let name = "Claude Max, family";
    folder.run("statement plan set --currency CNY --rate 7.1 --sharing base-fee --fee 30").await.done();
    run(&folder, &["statement", "plan", "subscribe", name, "--price", "100", "--in", "USD", "--from", "2026-05-01"])
        .await
        .done();
    folder.run("statement plan bill work --paid-by Alex").await.done();

    let shown =
        folder.run("statement plan adjust 2026-05 --from owner --to Mia --amount 12.5 --why lunch").await.done();

    let settings = ["currency", "rate", "sharing", "fee", "me"].map(|field| shown[field].clone());
    assert_eq!(settings, [json!("CNY"), json!("7.1"), json!("base-fee"), json!("30.00"), Value::Null]);
    let entered = json!([{
        "id": "c1", "name": name, "account": null, "price": "100.00", "currency": "USD", "every": "month",
        "proration": "days", "from": "2026-05-01", "ends": null, "paid_by": "owner", "shared_by": [],
    }]);
    assert_eq!(shown["subscriptions"], entered);
    assert_eq!(shown["bills"], json!([{ "account": "work", "paid_by": "Alex" }]));
    let lunch = json!([{
        "id": "x1", "month": "2026-05", "from": "owner", "to": "Mia", "amount": "12.50", "currency": "CNY", "why": "lunch",
    }]);
    assert_eq!(shown["adjustments"], lunch);

    assert_eq!(
        folder.run("statement plan end c1 --on 2026-05-15").await.done()["subscriptions"][0]["ends"],
        "2026-05-15"
    );
    assert_eq!(folder.run("statement plan end c1 --on 2026-04-30").await.failed(), "bad_range");
    folder.run("statement plan remove x1").await.done();
    let left = folder.run("statement plan remove c1").await.done();
    assert_eq!((&left["subscriptions"], &left["adjustments"]), (&json!([]), &json!([])));
    folder.run("statement plan bill work --paid-by owner").await.done();
    assert_eq!(folder.run("statement plan show").await.done()["bills"], json!([]));
}

#[tokio::test]
async fn an_entry_is_changed_from_its_beginning_on() {
    let folder = used().await;
    folder.run("statement plan subscribe Max --account work --price 20 --from 2026-01-01").await.done();

    let words =
        "statement plan change Max Max --price 25 --every year --from 2026-02-01 --ends 2026-12-31 --paid-by Mia";
    let changed = folder.run(words).await.done();

    let entered = json!([{
        "id": "c1", "name": "Max", "account": null, "price": "25.00", "currency": "USD", "every": "year",
        "proration": "days", "from": "2026-02-01", "ends": "2026-12-31", "paid_by": "Mia", "shared_by": [],
    }]);
    assert_eq!(changed["subscriptions"], entered);
    folder.run("statement plan subscribe Plus --price 20").await.done();
    for (words, code) in [
        ("statement plan change Plus Max --price 20", "name_taken"),
        ("statement plan change Nothing Max --price 20", "not_found"),
    ] {
        assert_eq!(folder.run(words).await.failed(), code, "{words}");
    }
}

#[tokio::test]
async fn what_a_subscription_delivered_is_shown_beside_what_it_costs() {
    let folder = used().await;
    folder.run("statement plan set --currency CNY --rate 7").await.done();
    for words in [
        "statement plan subscribe Max --account work --price 3.1 --in USD --from 2026-05-17",
        "statement plan subscribe Server --price 5 --from 2026-05-01",
    ] {
        folder.run(words).await.done();
    }

    let value = folder.run("statement value 2026-05").await.done();

    // Fifteen of the thirty-one days of May: 10.50 of 21.70, beside eight dollars at seven.
    let max = json!([{
        "subscriptions": ["Max"], "cost": 1050, "cost_so_far": 1050, "days": 15, "days_so_far": 15, "calls": 4,
        "unpriced_calls": 1, "list_price": 8 * DOLLAR, "worth": 5600, "percent": 533,
    }]);
    assert_eq!((&value["values"], &value["is_over"], &value["currency"]), (&max, &json!(true), &json!("CNY")));
    assert_eq!(folder.run("statement value 2026-04").await.done()["values"], json!([]));
    let of_people = Ran::of(&mut folder.program("statement value 2026-05")).await;
    assert!(of_people.stdout.contains("56.00 CNY") && of_people.stdout.contains("15 of 15"), "{of_people}");
}

#[tokio::test]
async fn entries_that_cannot_be_are_refused_with_their_reason() {
    let folder = used().await;
    folder.run("statement plan subscribe Max --price 20 --from 2026-05-01").await.done();

    for (words, code) in [
        ("statement plan set --currency EUR", "rate_missing"),
        ("statement plan set --sharing base-fee", "fee_missing"),
        ("statement plan set --sharing use --fee 5", "fee_without_use"),
        ("statement plan set --me Nobody", "not_found"),
        ("statement plan set --rate 2", "rate_of_dollar"),
        ("statement plan subscribe Max --price 20", "name_taken"),
        ("statement plan subscribe Plus --price 20.005", "bad_amount"),
        ("statement plan subscribe Plus --price 20 --in EUR", "wrong_currency"),
        ("statement plan subscribe Plus --price 20 --account nothing", "not_found"),
        ("statement plan subscribe Plus --price 20 --from 2026-05-02 --ends 2026-05-01", "bad_range"),
        ("statement plan adjust 2026-05 --from Alex --to Alex --amount 5 --why x", "same_person"),
        ("statement plan adjust 2026-05 --from Alex --amount 0 --why x", "bad_amount"),
        ("statement plan remove c9", "not_found"),
        ("statement 2026-05 --friend Nobody", "not_found"),
    ] {
        assert_eq!(folder.run(words).await.failed(), code, "{words}");
    }
    folder.run("statement plan set --rate nothing").await.misused();

    folder.run("statement plan adjust 2026-05 --from Alex --amount 5 --why x").await.done();
    folder.run("statement plan set --currency EUR --rate 0.9").await.done();
    assert_eq!(folder.run("statement 2026-05").await.failed(), "wrong_currency", "the adjustment is in dollars");
}
