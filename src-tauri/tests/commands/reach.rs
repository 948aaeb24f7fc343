//! How friends reach the relay, as `doctor` tells it; the place that the address is told to; and the privacy proof.

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::{
    disk::files_with,
    owner::add_friend,
    program::{Folder, Ran},
    relay::Relay,
};

/// How often the doctor is asked before it counts as never being content. Each look takes a second.
const LOOKS: u32 = 60;

fn finding<'a>(findings: &'a Value, check: &str) -> Option<&'a Value> {
    findings.as_array().expect("a list").iter().find(|finding| finding["check"] == check)
}

fn detail<'a>(findings: &'a Value, check: &str) -> &'a str {
    finding(findings, check).and_then(|finding| finding["detail"].as_str()).unwrap_or_default()
}

/// A folder that the doctor finds nothing wrong with.
async fn furnished() -> Folder {
    let folder = Folder::new();
    folder.feed("account add claude --name work --secret-stdin", "sk-ant-api03-x").await.done();
    add_friend(&folder, "Alex").await;
    folder
}

#[tokio::test]
async fn the_doctor_looks_through_the_tunnel_of_the_running_relay() {
    let folder = furnished().await;
    let stopped = folder.run("doctor").await.done();
    assert!(finding(&stopped, "tunnel").is_none(), "a relay that does not run is not reached: {stopped}");
    let relay = Relay::start(&folder).await;

    let off = folder.run("doctor").await.done();
    assert_eq!(detail(&off, "tunnel"), "no tunnel is wanted");
    assert_eq!(finding(&off, "port").expect("a finding")["ok"], true);
    assert!(finding(&off, "tunnel: from outside").is_none(), "{off}");

    folder.run(&format!("tunnel start own --url {}", relay.url(""))).await.done();
    let mut findings = Value::Null;
    for _ in 0..LOOKS {
        findings = folder.run("doctor").await.lines()[0].clone();
        if finding(&findings, "tunnel: streams").is_some() {
            break;
        }
        sleep(std::time::Duration::from_millis(200)).await;
    }
    for check in ["port", "tunnel", "tunnel: encryption", "tunnel: from outside", "tunnel: streams", "clock"] {
        assert_eq!(finding(&findings, check).unwrap_or_else(|| panic!("{check} in {findings}"))["ok"], true, "{check}");
    }
    assert_eq!(detail(&findings, "tunnel: encryption"), "not encrypted, within a private network");

    relay.stop().await;
    assert!(finding(&folder.run("doctor").await.done(), "tunnel").is_none(), "what was seen goes with the relay");
}

#[tokio::test]
async fn the_place_that_the_address_is_told_to_is_set_shown_and_taken_away() {
    let folder = Folder::new();
    let shown = folder.run("tunnel publish").await.done();
    assert_eq!((&shown["place"], &shown["on_old_address"]), (&Value::Null, &json!([])));
    assert_eq!(folder.run("tunnel publish now").await.failed(), "no_publish_url");

    let set = folder.feed("tunnel publish --stdin", "https://hooks.example/services/hook-secret").await.done();
    assert_eq!((&set["place"], &set["state"]), (&json!("https://hooks.example/…"), &Value::Null));
    assert!(files_with(&folder.data_dir(), "hook-secret").is_empty());
    for nonsense in ["ftp://hooks.example", "hooks.example", "https://"] {
        assert_eq!(folder.run(&format!("tunnel publish {nonsense}")).await.failed(), "bad_publish_url", "{nonsense}");
    }
    assert_eq!(folder.run("tunnel publish").await.done()["place"], "https://hooks.example/…", "it is as it was");

    assert_eq!(folder.run("tunnel publish none").await.done()["place"], Value::Null);
}

#[tokio::test]
async fn the_privacy_proof_is_made_on_demand_and_told_from_then_on() {
    let folder = furnished().await;
    assert!(finding(&folder.run("doctor").await.done(), "privacy proof").is_none());

    let proven = folder.run("doctor --privacy-proof").await.done();
    assert_eq!(finding(&proven, "privacy proof").expect("a finding")["ok"], true, "{proven}");
    assert!(detail(&proven, "privacy proof").starts_with("the canary is in none of "), "{proven}");
    let later = Ran::of(&mut folder.program("doctor --json")).await.done();
    assert_eq!(finding(&later, "privacy proof"), finding(&proven, "privacy proof"));
}
