//! `carpool import claude-relay-service`: a group moves over.

use std::fs;

use carpool_core::client_key::KeyDigest;
use carpool_relay::{clock::Clock, pretend::Pretend};
use serde_json::{Value, json};

use crate::support::{
    database::dump,
    friend::{Friend, prompt},
    owner::{add_account, set_up},
    program::{Folder, Ran},
    relay::Relay,
};

const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const MIAS: &str = "cr_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const SAMS: &str = "cr_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// Statistics as Redis has them.
fn stats(calls: u32, micro: u32) -> Value {
    json!({
        "requests": calls.to_string(), "inputTokens": "1000", "outputTokens": "200", "cacheReadTokens": "3000",
        "cacheCreateTokens": "400", "ephemeral5mTokens": "400", "ephemeral1hTokens": "0",
        "realCostMicro": micro.to_string(),
    })
}

/// An export of two keys.
fn export() -> Value {
    let mia = json!({
        "id": "11111111-1111-4111-8111-111111111111", "name": "Mia", "apiKey": HASH, "isActive": "true",
        "dailyCostLimit": "5", "concurrencyLimit": "2", "weeklyOpusCostLimit": "9", "permissions": "[\"claude\"]",
        "createdAt": "2025-01-02T03:04:05.678Z", "expiresAt": "",
        "usageStats": { "models": { "claude-sonnet-4-5": {
            "daily": { "2025-11-02": stats(3, 1_500_000), "2025-11-03": stats(2, 500_000) },
            "monthly": { "2025-11": stats(5, 2_000_000), "2025-10": stats(7, 4_000_000) },
        } } },
    });
    let sam =
        json!({ "id": "22222222-2222-4222-8222-222222222222", "name": "Sam", "apiKey": HASH, "isActive": "true" });
    json!({
        "metadata": { "version": "2.0", "sanitized": false },
        "data": { "apiKeys": [mia, sam], "claudeAccounts": [{ "id": "x" }] },
    })
}

/// Writes an export into the folder, and returns the words of the command.
fn written(folder: &Folder, export: &Value) -> String {
    let file = folder.path().join("export.json");
    fs::write(&file, export.to_string()).expect("written");
    format!("import claude-relay-service {}", file.to_str().expect("UTF-8"))
}

#[tokio::test]
async fn keys_that_are_given_go_on_working_and_the_others_wait_for_it() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    add_account(&folder, &pretend, "work").await;
    let command = written(&folder, &export());

    let report = folder.feed(&format!("{command} --keys-stdin"), &format!("Mia\t{MIAS}\n")).await.done();

    assert_eq!(report["done"], true);
    let keys: Vec<_> = report["keys"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|key| (key["friend"].as_str().unwrap(), key["outcome"].as_str().unwrap(), key["works"].as_bool().unwrap()))
        .collect();
    assert_eq!(keys, [("Mia", "added", true), ("Sam", "added", false)]);
    assert_eq!(report["keys"][0]["left_out"], json!(["weekly cost limit for Opus"]));
    assert_eq!(report["left_out"], json!(["1 Claude accounts"]));
    let listed = folder.run("key list").await.done();
    assert_eq!(listed[0]["limits"]["concurrency"], 2);
    assert!(!dump(&folder).await.contains(MIAS), "only what it hashes to is kept");
    let relay = Relay::start(&folder).await;
    assert_eq!(Friend::new(&relay, MIAS).ask(&prompt("Am I here?")).await.status, 200);
    assert_eq!(Friend::new(&relay, SAMS).ask(&prompt("Am I?")).await.status, 401);
    relay.stop().await;

    let keys = folder.path().join("keys.tsv");
    fs::write(&keys, format!("22222222-2222-4222-8222-222222222222\t{SAMS}\n")).expect("written");
    let later = folder.run(&format!("{command} --keys {}", keys.to_str().expect("UTF-8"))).await.done();
    assert_eq!((&later["keys"][0]["outcome"], &later["keys"][1]["outcome"]), (&json!("known"), &json!("secret_added")));
    let relay = Relay::start(&folder).await;
    assert_eq!(Friend::new(&relay, SAMS).ask(&prompt("And now?")).await.status, 200);
    relay.stop().await;
}

#[tokio::test]
async fn with_the_other_relays_secret_every_key_goes_on_working_until_it_is_replaced() {
    const SALT: &str = "a-32-character-encryption-key-xx";
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    add_account(&folder, &pretend, "work").await;
    let mut export = export();
    for (at, key) in [MIAS, SAMS].into_iter().enumerate() {
        let hash = KeyDigest::salted(&key.into(), &SALT.into()).0;
        export["data"]["apiKeys"][at]["apiKey"] =
            hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into();
    }
    let command = written(&folder, &export);

    let report = folder.feed(&format!("{command} --encryption-key-stdin"), &format!("{SALT}\n")).await.done();

    assert_eq!((&report["keys"][0]["works"], &report["keys"][1]["works"]), (&json!(true), &json!(true)));
    assert!(!dump(&folder).await.contains(SALT), "it is sealed");
    let relay = Relay::start(&folder).await;
    for key in [MIAS, SAMS] {
        assert_eq!(Friend::new(&relay, key).ask(&prompt("Am I here?")).await.status, 200);
    }
    let hash = export["data"]["apiKeys"][0]["apiKey"].as_str().expect("a hash").to_owned();
    assert_eq!(Friend::new(&relay, &hash).ask(&prompt("Is the hash a key?")).await.status, 401);
    relay.stop().await;
    let rotated = folder.run("key rotate Mia/imported").await.done();
    let relay = Relay::start(&folder).await;
    assert_eq!(Friend::new(&relay, MIAS).ask(&prompt("Still?")).await.status, 401);
    let new = rotated["key"].as_str().expect("a key");
    assert_eq!(Friend::new(&relay, new).ask(&prompt("Now?")).await.status, 200);
    relay.stop().await;

    let other = folder.feed(&format!("{command} --encryption-key-stdin"), "another-encryption-key").await;
    assert_eq!(other.failed(), "bad_encryption_key");
}

#[tokio::test]
async fn a_secret_that_is_not_that_of_the_export_is_noticed_by_a_key_that_is_given() {
    let folder = Folder::new();
    let command = written(&folder, &export());
    let keys = folder.path().join("keys.tsv");
    fs::write(&keys, format!("Mia\t{MIAS}\n")).expect("written");
    let command = format!("{command} --keys {} --encryption-key-stdin", keys.to_str().expect("UTF-8"));

    assert_eq!(folder.feed(&command, "not-that-one").await.failed(), "bad_encryption_key");
}

#[tokio::test]
async fn a_dry_run_tells_the_same_and_changes_nothing_and_a_second_run_changes_nothing_more() {
    let folder = Folder::new();
    let command = written(&folder, &export());
    folder.run("friend list").await.done();
    let before = dump(&folder).await;

    let dry = folder.run(&format!("{command} --dry-run")).await.done();
    assert_eq!(dump(&folder).await, before);
    let done = folder.run(&command).await.done();
    let after = dump(&folder).await;
    let again = folder.run(&command).await.done();

    assert_eq!(dry["keys"], done["keys"]);
    assert_eq!((&dry["done"], &done["done"]), (&json!(false), &json!(true)));
    assert_eq!(dump(&folder).await, after);
    assert_eq!((&again["keys"][0]["outcome"], &again["keys"][0]["days"]), (&json!("known"), &json!(0)));
}

#[tokio::test]
async fn history_is_in_usage_and_in_no_statement_and_makes_room_for_no_cap() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    add_account(&folder, &pretend, "work").await;
    let command = written(&folder, &export());
    let report = folder.feed(&format!("{command} --keys-stdin"), &format!("Mia\t{MIAS}\n")).await.done();
    assert_eq!((&report["keys"][0]["days"], &report["keys"][0]["months"]), (&json!(2), &json!(1)));
    // Mia may spend five dollars a day and has a history of six.
    let relay = Relay::start(&folder).await;
    assert_eq!(Friend::new(&relay, MIAS).ask(&prompt("Is there room?")).await.status, 200);
    relay.stop().await;

    let usage = async |by: &str| {
        let rows = folder.run(&format!("usage --since 2025-10-01 --until 2025-12-01 --by {by}")).await.done();
        let row = |row: &Value| {
            let [calls, cost, output] =
                ["calls", "cost_pico_usd", "output_tokens"].map(|field| row[field].as_i64().unwrap());
            (row["group"].as_str().unwrap().to_owned(), calls, cost, output)
        };
        let rows: Vec<_> = rows.as_array().expect("a list").iter().map(row).collect();
        rows.into_iter().filter(|row| row.1 > 0).collect::<Vec<_>>()
    };
    let row = |group: &str, calls, cents: i64, output| (group.to_owned(), calls, cents * 10_000_000_000, output);
    assert_eq!(usage("friend").await, [row("Mia", 12, 600, 600)]);
    assert_eq!(usage("provider").await, [row("claude-relay-service", 12, 600, 600)]);
    assert_eq!(usage("model").await, [row("claude-sonnet-4-5", 12, 600, 600)]);
    let days = [row("2025-10-16", 7, 400, 200), row("2025-11-02", 3, 150, 200), row("2025-11-03", 2, 50, 200)];
    assert_eq!(usage("day").await, days);
    let statement = folder.run("statement 2025-11").await.done().to_string();
    assert!(!statement.contains("Mia") && !statement.contains("Sam"), "{statement}");
}

#[tokio::test]
async fn days_on_which_carpool_has_calls_of_its_own_are_left_out_and_said() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    let key = set_up(&folder, &pretend).await;
    let relay = Relay::start(&folder).await;
    assert_eq!(Friend::new(&relay, &key).ask(&prompt("First")).await.status, 200);
    relay.stop().await;
    let today = Clock::System.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let yesterday = today.yesterday().expect("a day");
    let mut export = export();
    export["data"]["apiKeys"][0]["usageStats"] = json!({ "models": { "m": { "daily": {
        today.to_string(): stats(1, 10), yesterday.to_string(): stats(2, 20),
    } } } });

    let report = folder.run(&written(&folder, &export)).await.done();

    assert_eq!(report["keys"][0]["days"], 1);
    let left_out = report["keys"][0]["left_out"].to_string();
    assert!(left_out.contains("1 days of use: Carpool has calls of its own there"), "{left_out}");
}

#[tokio::test]
async fn a_file_that_is_no_export_changes_nothing_and_says_why() {
    let folder = Folder::new();
    folder.run("friend list").await.done();
    let before = dump(&folder).await;
    let mut bad = export();
    bad["data"]["apiKeys"][1]["dailyCostLimit"] = "lots".into();
    let command = written(&folder, &bad);

    assert_eq!(folder.run(&command).await.failed(), "bad_export");
    assert_eq!(folder.run("import claude-relay-service nowhere.json").await.failed(), "bad_export");
    let command = written(&folder, &export());
    assert_eq!(folder.feed(&format!("{command} --keys-stdin"), "Nobody\tcr_x").await.failed(), "bad_export");
    // One key cannot be two friends': all of it is taken back.
    let twice = format!("Mia\t{MIAS}\nSam\t{MIAS}\n");
    assert_eq!(folder.feed(&format!("{command} --keys-stdin"), &twice).await.failed(), "key_in_use");

    assert_eq!(dump(&folder).await, before);
    let help = Ran::of(&mut folder.bare("import claude-relay-service --help")).await;
    assert!(help.stdout.contains("--dry-run"), "{help}");
}
