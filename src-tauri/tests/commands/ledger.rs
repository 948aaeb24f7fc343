//! `carpool calls` and `carpool usage`: what friends consumed, row by row and in sums.

use carpool_core::price::PriceBook;
use carpool_relay::pretend::Pretend;
use serde_json::{Value, json};

use sqlx::Connection;

use crate::support::{
    PATIENCE, database, eventually,
    friend::{Answer, Friend, MODEL, prompt, stream},
    owner::{TOKEN_FIELDS, add_friend, expected_usage, ledger, set_up, usage_of},
    program::{Folder, Ran, names},
    relay::Relay,
};

/// The fields of a ledger row, sorted; `operation` tells a call that is charged from one that is not.
const ROW: [&str; 30] = [
    "account",
    "at",
    "attempts",
    "cache_read_tokens",
    "cache_write_1h_tokens",
    "cache_write_5m_tokens",
    "cap_pico_usd",
    "cost_pico_usd",
    "dialect",
    "duration_ms",
    "friend",
    "http_status",
    "id",
    "inference_geo",
    "input_tokens",
    "key",
    "model",
    "operation",
    "output_tokens",
    "price_version",
    "provider",
    "reasoning_tokens",
    "saved_pico_usd",
    "service_tier",
    "speed",
    "status",
    "stream",
    "ttfb_ms",
    "upstream_model",
    "web_search_requests",
];
/// The columns of the sums, in the order of the CSV.
const SUMS: &str = "group,calls,input_tokens,cache_read_tokens,cache_write_5m_tokens,cache_write_1h_tokens,\
                    output_tokens,reasoning_tokens,cost_pico_usd,saved_pico_usd,unpriced_calls";
/// A model that no price book knows.
const UNPRICED: &str = "model-nobody-prices";

/// A folder in which two friends have called: Alex twice, Mia once at a model without a price, once to count tokens, and
/// once in vain.
struct Called {
    folder: Folder,
    pretend: Pretend,
    bodies: [String; 3],
    ids: Vec<String>,
}

async fn called() -> Called {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    let alex = set_up(&folder, &pretend).await;
    let mia = add_friend(&folder, "Mia").await;
    let relay = Relay::start(&folder).await;
    let (alex, mia) = (Friend::new(&relay, &alex), Friend::new(&relay, &mia));
    let mut unpriced = prompt("three");
    unpriced["model"] = UNPRICED.into();
    let bodies = [prompt("one"), stream("two"), unpriced].map(|body| body.to_string());
    let mut failing = prompt("five");
    failing["model"] = "pretend-500".into();

    let mut ids = Vec::new();
    for (friend, path, body, status) in [
        (&alex, "/v1/messages", bodies[0].clone(), 200),
        (&alex, "/v1/messages", bodies[1].clone(), 200),
        (&mia, "/v1/messages", bodies[2].clone(), 200),
        (&mia, "/v1/messages/count_tokens", prompt("four").to_string(), 200),
        (&mia, "/v1/messages", failing.to_string(), 500),
    ] {
        let answer = Answer::of(friend.post(path, &body)).await;
        assert_eq!(answer.status, status, "{answer:?}");
        ids.push(answer.call_id().to_owned());
    }
    relay.stop().await;
    Called { folder, pretend, bodies, ids }
}

#[tokio::test]
async fn every_call_is_a_row_with_the_fields_scripts_know() {
    let Called { folder, bodies, ids, .. } = called().await;
    let book = PriceBook::embedded();

    let mut rows = ledger(&folder).await;
    rows.reverse();

    let listed: Vec<_> = rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect();
    assert_eq!(listed, ids, "the newest comes first, and each answer names its row");
    for row in &rows {
        assert_eq!(names(row), ROW);
        assert!(row["at"].as_str().is_some_and(|at| at.parse::<jiff::Timestamp>().is_ok()), "{row}");
    }
    for (row, body) in rows.iter().zip(&bodies) {
        assert_eq!(usage_of(row), expected_usage(&book, body), "{row}");
    }
    let facts = |row: &Value, fields: [&str; 6]| fields.map(|field| row[field].clone());
    let whose = ["friend", "key", "account", "provider", "dialect", "model"];
    assert_eq!(facts(&rows[1], whose), ["Alex", "laptop", "work", "claude", "messages", MODEL].map(Value::from));
    let how = ["stream", "status", "http_status", "operation", "attempts", "upstream_model"];
    let expected = [
        [json!(false), json!("complete"), json!(200), json!("generate"), json!(1), json!(MODEL)],
        [json!(true), json!("complete"), json!(200), json!("generate"), json!(1), json!(MODEL)],
        [json!(false), json!("complete"), json!(200), json!("generate"), json!(1), json!(UNPRICED)],
        [json!(false), json!("complete"), json!(200), json!("count_tokens"), json!(1), Value::Null],
        [json!(false), json!("upstream_error"), json!(500), json!("generate"), json!(1), Value::Null],
    ];
    assert_eq!(rows.iter().map(|row| facts(row, how)).collect::<Vec<_>>(), expected);
    assert_eq!(rows[2]["cost_pico_usd"], Value::Null, "an unknown price is not free");
    assert_eq!((&rows[3]["cost_pico_usd"], &rows[4]["cost_pico_usd"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn rows_are_limited_and_told_apart_by_friend() {
    let Called { folder, ids, .. } = called().await;

    let latest = folder.run("calls --limit 1").await.done();
    let of_alex = folder.run("calls --friend Alex").await.done();

    assert_eq!(latest.as_array().map(Vec::len), Some(1));
    assert_eq!(latest[0]["id"], *ids[4]);
    assert_eq!(of_alex.as_array().map(Vec::len), Some(2));
    assert_eq!(folder.run("calls --friend Nobody").await.failed(), "not_found");
}

#[tokio::test]
async fn rows_are_found_and_put_in_order() {
    let Called { folder, ids, .. } = called().await;
    let listed = async |words: &str| {
        let rows = folder.run(&format!("calls {words}")).await.done();
        let rows = rows.as_array().expect("a list").iter();
        rows.map(|row| ids.iter().position(|id| row["id"] == **id).expect("a call")).collect::<Vec<_>>()
    };

    assert_eq!(listed("--ascending").await, [0, 1, 2, 3, 4]);
    assert_eq!(listed(&format!("--model {UNPRICED}")).await, [2]);
    assert_eq!(listed("--status upstream_error --account work").await, [4]);
    assert_eq!(listed("--search MIA").await, [4, 3, 2]);
    assert_eq!(listed(&format!("--search {}", ids[1])).await, [1]);
    assert_eq!(listed("--since 2100-01-01").await, [0; 0]);
    assert_eq!(listed("--sort cost").await.last(), Some(&2), "what has no price comes last");
    assert_eq!(listed("--sort cost --ascending").await.last(), Some(&2));
    folder.run("calls --sort moon").await.misused();
}

/// Makes the first call one of a hundred days ago.
async fn age_the_first(folder: &Folder) {
    let mut database = database::open(folder).await;
    sqlx::query("UPDATE calls SET at = at - 100 * 86400000 WHERE id = (SELECT MIN(id) FROM calls)")
        .execute(&mut database)
        .await
        .expect("moved");
    database.close().await.expect("closed");
}

#[tokio::test]
async fn for_how_many_days_calls_are_kept_is_shown_and_set_and_nothing_is_deleted_unasked() {
    let Called { folder, .. } = called().await;
    age_the_first(&folder).await;

    let at_first = folder.run("usage keep").await.done();
    let shown = folder.run("usage keep 90").await.done();
    let after_shown = folder.run("usage keep").await.done();
    folder.run("usage keep 90 --yes").await.done();
    let after_set = folder.run("usage keep").await.done();

    assert_eq!((&at_first["days"], &at_first["calls"], &at_first["to_delete"]), (&json!(400), &json!(5), &json!(0)));
    assert_eq!((&shown["days"], &shown["to_delete"]), (&json!(90), &json!(1)));
    assert_eq!(after_shown["days"], 400);
    assert_eq!((&after_set["days"], &after_set["file_shrinks"]), (&json!(90), &json!(true)));
    folder.run("usage keep 61").await.misused();
    folder.run("usage keep 90 --by day").await.misused();
}

#[tokio::test]
async fn a_running_relay_deletes_what_is_too_old_and_the_sums_stay() {
    let Called { folder, .. } = called().await;
    age_the_first(&folder).await;
    folder.run("usage keep 90 --yes").await.done();
    let before = folder.run("usage --by key").await.done();

    let relay = Relay::start(&folder).await;
    eventually("the old call is deleted", PATIENCE, async || {
        (folder.run("usage keep").await.done()["calls"] == 4).then_some(())
    })
    .await;
    relay.stop().await;

    assert_eq!(ledger(&folder).await.len(), 4);
    assert_eq!(folder.run("usage --by key").await.done(), before);
    assert_eq!(folder.run("usage --by month").await.done().as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn sums_are_those_of_the_provider_whatever_they_are_grouped_by() {
    let Called { folder, pretend, .. } = called().await;
    let told = pretend.totals();
    let expected = [told.input, told.cache_read, told.cache_write_5m, told.cache_write_1h, told.output];

    for (by, groups) in [
        ("friend", Some(vec!["Alex", "Mia"])),
        ("key", Some(vec!["Alex/laptop", "Mia/laptop"])),
        ("account", Some(vec!["work"])),
        ("model", Some(vec![MODEL, UNPRICED, "pretend-500"])),
        ("provider", Some(vec!["claude"])),
        ("hour", None),
        ("day", None),
        ("week", None),
        ("month", None),
    ] {
        let rows = folder.run(&format!("usage --by {by}")).await.done();
        let rows = rows.as_array().expect("a list");

        let sum = |field: &str| rows.iter().map(|row| row[field].as_u64().expect("a count")).sum::<u64>();
        assert_eq!(TOKEN_FIELDS.map(sum), expected, "{by}");
        assert_eq!((sum("calls"), sum("unpriced_calls")), (5, 1), "{by}");
        let mut fields: Vec<_> = SUMS.split(',').collect();
        fields.sort_unstable();
        assert!(rows.iter().all(|row| names(row) == fields), "{by}");
        if let Some(groups) = groups {
            assert_eq!(rows.iter().map(|row| row["group"].as_str().expect("a name")).collect::<Vec<_>>(), groups);
        }
    }
}

#[tokio::test]
async fn a_friends_cost_is_the_sum_of_the_priced_rows() {
    let Called { folder, bodies, .. } = called().await;
    let book = PriceBook::embedded();
    let cost = |body: &str| expected_usage(&book, body)["cost_pico_usd"].as_i64().expect("priced");

    let usage = folder.run("usage").await.done();

    assert_eq!(usage[0]["cost_pico_usd"], cost(&bodies[0]) + cost(&bodies[1]));
    assert_eq!((&usage[1]["cost_pico_usd"], &usage[1]["unpriced_calls"]), (&json!(0), &json!(1)));
}

#[tokio::test]
async fn sums_are_taken_between_two_times() {
    let Called { folder, .. } = called().await;
    let day = folder.run("usage --by day").await.done()[0]["group"].as_str().expect("a day").to_owned();
    let hour = folder.run("usage --by hour").await.done()[0]["group"].as_str().expect("an hour").to_owned();
    assert!(day.parse::<jiff::civil::Date>().is_ok(), "{day}");

    for (words, is_there) in [
        ("usage --since 7d".to_owned(), true),
        (format!("usage --since {day}"), true),
        (format!("usage --since {hour} --until 2100-01-01"), true),
        (format!("usage --until {day}"), false),
        (format!("usage --until {hour}"), false),
        ("usage --since 2100-01-01T00:00:00Z".to_owned(), false),
    ] {
        let rows = folder.run(&words).await.done();
        assert_eq!(rows != json!([]), is_there, "{words}: {rows}");
    }

    assert_eq!(folder.run("usage --since soon").await.failed(), "bad_time");
    folder.run("usage --by moon").await.misused();
}

#[tokio::test]
async fn sums_are_printed_as_csv_too() {
    let Called { folder, .. } = called().await;

    let printed = Ran::of(&mut folder.program("usage --by friend --csv")).await;

    assert_eq!(printed.code, Some(0), "{printed}");
    let lines: Vec<_> = printed.stdout.lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, SUMS));
    let alex = folder.run("usage").await.done()[0].clone();
    let cell = |column: &str| alex[column].as_str().map_or_else(|| alex[column].to_string(), str::to_owned);
    assert_eq!(lines[1], SUMS.split(',').map(cell).collect::<Vec<_>>().join(","));
    folder.run("usage --csv").await.misused();
}
