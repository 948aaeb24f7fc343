//! What keys and friends may do, as the owner sets it: `carpool key create|set`, `carpool friend add|set`, `carpool share`.

use serde_json::{Value, json};

use crate::support::{
    database,
    owner::{add_friend, create_key},
    program::{Folder, Ran, names},
};

/// Every limit as a flag, and as it is listed.
const EVERY_LIMIT: [(&str, &str); 16] = [
    ("--rpm 20", r#"{"rpm":20}"#),
    ("--tpm 50000", r#"{"tpm":50000}"#),
    ("--concurrency 3", r#"{"concurrency":3}"#),
    ("--concurrency 3 --concurrency-wait 45", r#"{"concurrency":3,"concurrency_wait":45}"#),
    ("--cap-5h 0.50", r#"{"cap_5h_pico_usd":500000000000}"#),
    ("--cap-day 5", r#"{"cap_day_pico_usd":5000000000000}"#),
    ("--cap-week $12.5", r#"{"cap_week_pico_usd":12500000000000}"#),
    ("--cap-month 100", r#"{"cap_month_pico_usd":100000000000000}"#),
    ("--cap-total 0.000000000001", r#"{"cap_total_pico_usd":1}"#),
    ("--allow-model claude-*-4-5 gpt-5", r#"{"allow_models":["claude-*-4-5","gpt-5"]}"#),
    ("--deny-model *opus*", r#"{"deny_models":["*opus*"]}"#),
    ("--allow-provider claude openai", r#"{"allow_providers":["claude","openai"]}"#),
    ("--allow-client claude-code opencode/", r#"{"allow_clients":["claude-code","opencode/"]}"#),
    ("--allow-ip 10.1.2.3/8 192.0.2.7", r#"{"allow_ips":["10.0.0.0/8","192.0.2.7/32"]}"#),
    ("--allow-ip 2001:db8::/32 ::1", r#"{"allow_ips":["2001:db8::/32","::1/128"]}"#),
    ("--quiet 23:00-07:00 12:00-24:00", r#"{"quiet":["23:00-07:00","12:00-00:00"]}"#),
];

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[tokio::test]
async fn every_limit_is_listed_as_it_was_set_on_a_key_or_a_friend() {
    let folder = Folder::new();
    add_friend(&folder, "Alex").await;

    for (flags, listed) in EVERY_LIMIT {
        let name = format!("n{}", flags.len() + listed.len());
        let made = folder.run(&format!("key create --friend Alex --name {name} {flags}")).await.done();
        let id = made["id"].as_str().expect("an id");
        assert_eq!(folder.run(&format!("key show {id}")).await.done()["limits"], read(listed), "{flags}");
        folder.run(&format!("key revoke {id}")).await.done();
        let friend = folder.run(&format!("friend set Alex --no-limits {flags}")).await.done();
        assert_eq!(friend["limits"], read(listed), "{flags}");
    }

    let mut command = folder.program("key set laptop --json --quiet");
    let quiet = Ran::of(command.args(["mon-fri 09:00-17:00", "sat 10:00-12:00"])).await.done();
    assert_eq!(quiet["limits"], json!({ "quiet": ["mon-fri 09:00-17:00", "sat 10:00-12:00"] }));
    assert_eq!(folder.run("key list").await.done(), json!([quiet]));
}

#[tokio::test]
async fn a_limit_that_is_named_is_replaced_or_taken_away_and_the_others_stay() {
    let folder = Folder::new();
    add_friend(&folder, "Alex").await;
    let set = async |flags: &str| folder.run(&format!("key set laptop {flags}")).await.done()["limits"].clone();

    assert_eq!(
        set("--rpm 20 --cap-day 5 --allow-model a b").await,
        read(r#"{"rpm":20,"cap_day_pico_usd":5000000000000,"allow_models":["a","b"]}"#)
    );
    assert_eq!(
        set("--rpm 0 --allow-model c").await,
        read(r#"{"cap_day_pico_usd":5000000000000,"allow_models":["c"]}"#)
    );
    assert_eq!(set("--cap-day none --deny-model d").await, read(r#"{"allow_models":["c"],"deny_models":["d"]}"#));
    assert_eq!(set("--allow-model none --tpm 7").await, read(r#"{"deny_models":["d"],"tpm":7}"#));
    assert_eq!(set("--no-limits --concurrency 1").await, json!({ "concurrency": 1 }));
    assert_eq!(set("--concurrency 0").await, json!({}));

    assert_eq!(folder.run("key set laptop").await.failed(), "nothing_to_set");
    assert_eq!(folder.run("friend set Alex").await.failed(), "nothing_to_set");
}

#[tokio::test]
async fn what_is_no_limit_is_refused_and_nothing_changes() {
    let folder = Folder::new();
    add_friend(&folder, "Alex").await;
    folder.run("key set laptop --rpm 20 --expires-after-first-use 3").await.done();
    let before = database::dump(&folder).await;
    let misused = [
        ("--rpm many", "whole number"),
        ("--rpm=-1", "whole number"),
        ("--rpm 4294967296", "whole number"),
        ("--tpm 1.5", "whole number"),
        ("--concurrency-wait 46", "at most 45"),
        ("--cap-5h five", "such as 5 or 0.50"),
        ("--cap-day=-1", "such as 5 or 0.50"),
        ("--cap-week 1,50", "such as 5 or 0.50"),
        ("--cap-total 0.0000000000001", "more than 0"),
        ("--allow-model [", "pattern"),
        ("--allow-provider nobody", "known are: claude, openai"),
        ("--allow-client \u{e9}", "claude-code, codex"),
        ("--allow-ip 10.0.0.0/33", "10.0.0.0/8"),
        ("--allow-ip example.org", "or an address"),
        ("--quiet 23:00", "23:00-07:00"),
    ];
    let failed = [("--rpm 5 --allow-model a none", "bad_limit"), ("--rpm 5 --concurrency-wait 5", "bad_limit")];

    for (flags, told) in misused {
        for words in
            ["key set laptop --tpm 9", "key create --friend Alex", "friend set Alex --share 2", "friend add Mia"]
        {
            let refused = folder.run(&format!("{words} {flags}")).await;
            assert!(refused.misused().contains(told), "{refused}");
        }
    }
    for (flags, code) in failed {
        for words in ["key set laptop", "key create --friend Alex", "friend set Alex --share 2", "friend add Mia"] {
            assert_eq!(folder.run(&format!("{words} {flags}")).await.failed(), code, "{words} {flags}");
        }
    }
    for flags in ["--expires soon", "--expires 2020-01-01", "--account nobody", "--group nobody"] {
        let failed = folder.run(&format!("key set laptop --rpm 5 {flags}")).await;
        assert!(["bad_time", "not_found"].contains(&&*failed.failed()), "{failed}");
    }
    for flags in ["--expires 2030-01-01 --expires-after-first-use 3", "--expires-after-first-use 36501"] {
        folder.run(&format!("key set laptop --rpm 5 {flags}")).await.misused();
    }

    assert_eq!(database::dump(&folder).await, before);
}

#[tokio::test]
async fn a_key_ends_at_a_time_or_some_days_after_its_first_use() {
    let folder = Folder::new();
    add_friend(&folder, "Alex").await;
    let set = async |flags: &str| {
        let key = folder.run(&format!("key set laptop {flags}")).await.done();
        (key["expires_at"].clone(), key["limits"].clone())
    };
    let end = |text: &str| (json!(text), json!({}));

    assert_eq!(set("--expires 2126-12-31").await, end("2127-01-01T00:00:00Z"));
    assert_eq!(set("--expires 2126-12-31T18:30").await, end("2126-12-31T18:30:00Z"));
    assert_eq!(set("--expires 2126-12-31T18:30:00+02:00").await, end("2126-12-31T16:30:00Z"));
    let after = (Value::Null, json!({ "expires_after_first_use_days": 30 }));
    assert_eq!(set("--expires-after-first-use 30").await, after);
    assert_eq!(set("--rpm 0").await, after, "what is not named stays");
    assert_eq!(set("--expires never").await, (Value::Null, json!({})));
    set("--expires 2126-12-31").await;
    assert_eq!(set("--expires-after-first-use none").await, (Value::Null, json!({})));
    let created = folder.run("key create --friend Alex --name guest --rpm 1 --expires 2126-12-31").await.done();
    assert_eq!(names(&created), ["friend", "id", "key", "name"]);
    let listed = folder.run("key show guest").await.done();
    assert_eq!((&listed["expires_at"], &listed["limits"]), (&json!("2127-01-01T00:00:00Z"), &json!({ "rpm": 1 })));
}

#[tokio::test]
async fn a_friend_has_limits_and_a_share_that_can_be_changed() {
    let folder = Folder::new();

    let added = folder.run("friend add Alex --share 1.5 --cap-day 5 --deny-model *opus*").await.done();
    let limits = read(r#"{"cap_day_pico_usd":5000000000000,"deny_models":["*opus*"]}"#);
    assert_eq!(added, json!({ "id": "f1", "name": "Alex", "share": 1.5, "paused": false, "limits": limits }));

    let changed = folder.run("friend set Alex --share 2 --cap-day none --rpm 9").await.done();
    let limits = json!({ "deny_models": ["*opus*"], "rpm": 9 });
    assert_eq!(changed, json!({ "id": "f1", "name": "Alex", "share": 2.0, "paused": false, "limits": limits }));
    assert_eq!(folder.run("friend list").await.done(), json!([changed]));
    folder.run("friend set Alex --expires 2126-12-31").await.misused();
    folder.run("friend set Alex --share 0").await.misused();
}

#[tokio::test]
async fn lists_for_people_tell_limits_in_a_few_words() {
    let folder = Folder::new();
    add_friend(&folder, "Alex").await;
    folder.run("friend set Alex --cap-month 40").await.done();
    folder.run("key set laptop --rpm 20 --cap-day 5 --quiet 23:00-07:00").await.done();

    let keys = Ran::of(&mut folder.program("key list")).await;
    let friends = Ran::of(&mut folder.program("friend list")).await;

    assert!(keys.stdout.contains("20/min, $5/day, quiet 23:00-07:00"), "{keys}");
    assert!(friends.stdout.contains("limits") && friends.stdout.contains("$40/month"), "{friends}");
}

#[tokio::test]
async fn limits_that_cannot_be_read_are_said_to_be_so_and_can_be_replaced() {
    let folder = Folder::new();
    add_friend(&folder, "Alex").await;
    create_key(&folder, "Alex").await;
    let spoil = "UPDATE client_keys SET limits = '{\"rpm\":-1}' WHERE name = 'laptop'";
    sqlx::query(spoil).execute(&mut database::open(&folder).await).await.expect("spoilt");

    let listed = folder.run("key list").await.done();
    assert_eq!((&listed[0]["limits"], &listed[1]["limits"]), (&Value::Null, &json!({})));
    let refused = folder.run("key set laptop --rpm 5").await;
    assert_eq!(refused.failed(), "unreadable_limits");
    assert!(refused.stderr.contains("--no-limits"), "{refused}");

    assert_eq!(folder.run("key set laptop --no-limits --rpm 5").await.done()["limits"], json!({ "rpm": 5 }));
}

#[tokio::test]
async fn the_fair_share_is_shown_and_set_and_each_friends_part_is_told() {
    let folder = Folder::new();
    folder.run("friend add Alex --share 2").await.done();
    folder.run("friend add Mia").await.done();

    let shown = folder.run("share").await.done();
    assert_eq!(names(&shown), ["friends", "mode", "owner_reserve", "soft_line"]);
    assert_eq!((&shown["mode"], &shown["soft_line"]), (&json!("gentle"), &json!(60.0)));
    let friends = json!([
        { "id": "f1", "name": "Alex", "share": 2.0, "percent": 66.7 },
        { "id": "f2", "name": "Mia", "share": 1.0, "percent": 33.3 },
    ]);
    assert_eq!(shown["friends"], friends);

    let set = folder.run("share strict --soft-line 40 --owner-reserve 25%").await.done();
    assert_eq!(
        (&set["mode"], &set["soft_line"], &set["owner_reserve"]),
        (&json!("strict"), &json!(40.0), &json!(25.0))
    );
    let mode = folder.run("share off").await.done();
    assert_eq!((&mode["mode"], &mode["soft_line"]), (&json!("off"), &json!(40.0)));
    for words in ["share fair", "share --soft-line 101", "share --owner-reserve=-1", "share --soft-line NaN"] {
        folder.run(words).await.misused();
    }
    assert_eq!(folder.run("share").await.done(), mode);
}

#[tokio::test]
async fn all_keys_are_rotated_at_once_if_that_is_meant() {
    let folder = Folder::new();
    let old = [add_friend(&folder, "Alex").await, add_friend(&folder, "Mia").await];
    folder.run("key set Alex/laptop --rpm 5").await.done();
    let before = folder.run("key list").await.done();

    folder.run("key rotate --all").await.misused();
    folder.run("key rotate --all --yes k1").await.misused();
    folder.run("key rotate --yes k1").await.misused();
    folder.run("key rotate").await.misused();
    assert_eq!(folder.run("key list").await.done(), before);
    let rotated = folder.run("key rotate --all --yes").await.done();

    let rotated = rotated.as_array().expect("a list");
    let of: Vec<_> = rotated.iter().map(|one| (one["id"].as_str(), one["friend"].as_str())).collect();
    assert_eq!(of, [(Some("k1"), Some("Alex")), (Some("k2"), Some("Mia"))]);
    assert!(rotated.iter().all(|one| names(one) == ["friend", "id", "key", "name"]));
    assert!(rotated.iter().zip(&old).all(|(new, old)| new["key"] != json!(old)));
    let after = folder.run("key list").await.done();
    assert_ne!((&after[0]["prefix"], &after[1]["prefix"]), (&before[0]["prefix"], &before[1]["prefix"]));
    assert_eq!(after[0]["limits"], json!({ "rpm": 5 }));
    let lines = Ran::of(&mut folder.program("key rotate --all --yes")).await.lines();
    assert_eq!(lines.len(), 2, "one key a line");
}

#[tokio::test]
async fn all_friends_are_paused_and_resumed_at_once() {
    let folder = Folder::new();
    folder.run("friend add Alex").await.done();
    folder.run("friend add Mia").await.done();
    let paused = |list: &Value| list.as_array().expect("a list").iter().filter(|one| one["paused"] == true).count();

    assert_eq!(paused(&folder.run("friend pause --all").await.done()), 2);
    assert_eq!(folder.run("friend resume Mia").await.done()["paused"], false);
    assert_eq!(paused(&folder.run("friend list").await.done()), 1);
    assert_eq!(paused(&folder.run("friend resume --all").await.done()), 0);
    folder.run("friend pause --all Mia").await.misused();
    folder.run("friend pause").await.misused();
}
