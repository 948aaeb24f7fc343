//! `carpool serve` and `carpool demo`, and commands while a relay runs.

use std::{fs, time::Duration};

use carpool_relay::pretend::{Behaviour, Gate, Pretend};
use serde_json::{Value, json};

use crate::support::{
    PATIENCE, eventually,
    friend::{Answer, Friend, client, prompt, stream},
    owner::{add_account, add_friend, ledger, set_up},
    program::{Folder, names},
    relay::Relay,
};

/// A relay picks a change up within a second; the rest is for a machine that is busy with other tests.
const PICKED_UP: Duration = Duration::from_secs(3);

#[tokio::test]
async fn serve_says_first_where_it_listens_and_is_healthy_then() {
    let folder = Folder::new();

    let relay = Relay::start(&folder).await;

    let port = relay.address().strip_prefix("127.0.0.1:").expect("loopback");
    assert_ne!(port.parse::<u16>().expect("a port"), 0);
    let health = Answer::of(client().get(relay.url("/health"))).await;
    assert_eq!((health.status, &health.json()["status"]), (200, &json!("ok")));
    let findings = folder.run("doctor").await.lines()[0].clone();
    let found = findings.as_array().expect("a list").iter().find(|finding| finding["check"] == "relay").cloned();
    assert!(found.is_some_and(|found| found["detail"].to_string().contains(relay.address())), "{findings}");
    relay.stop().await;
    assert_eq!(fs::read_to_string(folder.path().join("stderr")).expect("text").matches("Error").count(), 0);
}

#[tokio::test]
async fn a_running_relay_picks_up_an_account_and_a_key_that_are_added() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    let relay = Relay::start(&folder).await;

    let key = add_friend(&folder, "Alex").await;
    let friend = Friend::new(&relay, &key);
    becomes(&friend, 503).await;

    add_account(&folder, &pretend, "work").await;
    becomes(&friend, 200).await;
}

#[tokio::test]
async fn a_running_relay_obeys_pause_resume_rotate_revoke_and_remove() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    let key = set_up(&folder, &pretend).await;
    let relay = Relay::start(&folder).await;
    let friend = Friend::new(&relay, &key);
    becomes(&friend, 200).await;

    for (words, status) in [
        ("account pause work", 503),
        ("account resume work", 200),
        ("friend pause Alex", 403),
        ("friend resume Alex", 200),
        ("key pause laptop", 403),
        ("key resume laptop", 200),
    ] {
        folder.run(words).await.done();
        becomes(&friend, status).await;
    }
    let rotated = folder.run("key rotate laptop").await.done();
    let renewed = Friend::new(&relay, rotated["key"].as_str().expect("a key"));
    becomes(&renewed, 200).await;
    becomes(&friend, 401).await;
    folder.run("key revoke laptop").await.done();
    becomes(&renewed, 401).await;
    folder.run("account remove work").await.done();
    becomes(&Friend::new(&relay, &add_friend(&folder, "Mia").await), 503).await;
}

/// Calls until the answer has this status.
async fn becomes(friend: &Friend, status: u16) {
    let look = async || (friend.ask(&prompt("hello")).await.status == status).then_some(());
    eventually(&format!("HTTP {status}"), PICKED_UP, look).await;
}

#[tokio::test]
async fn an_account_tells_how_many_calls_it_is_serving() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    let friend_key = set_up(&folder, &pretend).await;
    let relay = Relay::start(&folder).await;
    let friend = Friend::new(&relay, &friend_key);
    let gate = Gate::default();
    pretend.next(Behaviour::behind(&gate));
    let in_flight = async |count: u64| {
        let listed = folder.run("account list").await.done();
        (listed[0]["in_flight"] == count).then_some(())
    };

    let call = tokio::spawn(async move { friend.ask(&prompt("wait")).await.status });
    eventually("one call in flight", PATIENCE, async || in_flight(1).await).await;
    assert_eq!(ledger(&folder).await, Vec::<Value>::new(), "a call under way is no row yet");

    gate.open();
    assert_eq!(call.await.expect("no panic"), 200);
    eventually("none in flight", PATIENCE, async || in_flight(0).await).await;
    let used = folder.run("key show laptop").await.done()["last_used_at"].clone();
    assert!(used.is_string(), "{used}");
}

#[tokio::test]
async fn the_demo_serves_at_once_and_leaves_nothing_behind() {
    let folder = Folder::new();
    let mut demo = Relay::run(&folder, &mut folder.bare("demo --json --port 0 --quiet")).await;

    let event = demo.line().await.expect("a second line");
    assert_eq!(names(&event), ["data_dir", "event", "friend", "key"]);
    let friend = Friend::new(&demo, event["key"].as_str().expect("a key"));
    let answer = friend.ask(&stream("hello")).await;
    assert!(answer.status == 200 && answer.is_complete_stream(), "{answer:?}");
    assert_ne!(fs::read_dir(folder.temporary_dir()).expect("a folder").count(), 0);

    demo.stop().await;
    assert_eq!(fs::read_dir(folder.temporary_dir()).expect("a folder").count(), 0);
    assert_eq!(fs::read_dir(folder.home()).expect("a folder").count(), 0);
}

#[tokio::test]
async fn the_demos_friends_fill_the_ledger() {
    let folder = Folder::new();
    let demo = Relay::run(&folder, &mut folder.program("demo --json --port 0")).await;

    eventually("three friends with complete calls", PATIENCE, async || {
        let rows = folder.run("usage").await.done();
        (rows.as_array().expect("a list").len() == 3).then_some(())
    })
    .await;

    demo.stop().await;
    let usage = folder.run("usage").await.done();
    assert!(usage.as_array().expect("a list").iter().all(|row| row["cost_pico_usd"].as_i64() > Some(0)), "{usage}");
}
