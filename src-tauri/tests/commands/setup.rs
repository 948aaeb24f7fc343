//! `carpool setup`: clients on the owner's own machine.

use std::fs;

use crate::support::{
    owner::add_friend,
    program::{Folder, Ran},
    relay::Relay,
};

#[tokio::test]
async fn a_client_is_set_up_with_a_new_key_for_the_relay_that_runs_and_taken_back() {
    let folder = Folder::new();
    folder.run("friend add Me").await.done();
    let settings = folder.home().join(".claude/settings.json");
    fs::create_dir(folder.home().join(".claude")).expect("a folder");
    fs::write(&settings, "{ \"model\": \"opus\" }").expect("written");
    let relay = Relay::start(&folder).await;

    let done = folder.run("setup claude-code --new-key desk --friend Me").await.done();

    assert_eq!(done[0]["client"], "claude-code");
    assert_eq!(done[0]["files"][0]["done"], "changed");
    let written = fs::read_to_string(&settings).expect("it is there");
    assert!(written.starts_with("{ \"model\": \"opus\", \"env\": {"), "{written}");
    assert!(written.contains(&relay.url("/api")), "{written}");
    let key = written.split('"').find(|text| text.starts_with("cr_")).expect("a key");
    assert!(!done.to_string().contains(key), "the key is shown");
    let again = folder.feed("setup claude-code --key-stdin", key).await.done();
    assert_eq!(again[0]["files"][0]["done"], "nothing");

    let undone = folder.run("setup claude-code --undo").await.done();
    assert_eq!(undone[0]["files"][0]["done"], "restored");
    assert_eq!(fs::read_to_string(&settings).expect("it is there"), "{ \"model\": \"opus\" }");
    assert_eq!(folder.run("setup claude-code --undo").await.failed(), "nothing_to_undo");
}

#[tokio::test]
async fn a_file_that_is_not_understood_is_left_and_no_key_is_made() {
    let folder = Folder::new();
    folder.run("friend add Me").await.done();
    let settings = folder.home().join(".codex/config.toml");
    fs::create_dir(folder.home().join(".codex")).expect("a folder");
    fs::write(&settings, "model = ").expect("written");

    let refused = folder.run("setup codex --new-key desk --friend Me --address http://127.0.0.1:8787").await;

    assert_eq!(refused.failed(), "settings_refused");
    assert!(refused.stderr.contains("config.toml is left as it is: line 1"), "{refused}");
    assert_eq!(fs::read_to_string(&settings).expect("it is there"), "model = ");
    assert_eq!(folder.run("key list").await.done().as_array().map(Vec::len), Some(0));
}

#[tokio::test]
async fn what_is_asked_for_is_checked_first() {
    let folder = Folder::new();
    let key = add_friend(&folder, "Me").await;

    let preview =
        folder.feed("setup gemini-cli --key-stdin --dry-run --address http://127.0.0.1:8787", &key).await.done();
    assert_eq!(preview[0]["files"].as_array().map(Vec::len), Some(2));
    assert!(!folder.home().join(".gemini").exists());
    let unknown = format!("cr_{}", "0".repeat(64));
    let words = "setup codex --key-stdin --address http://127.0.0.1:8787";
    assert_eq!(folder.feed(words, &unknown).await.failed(), "unknown_key");
    assert_eq!(folder.feed("setup codex --key-stdin", &key).await.failed(), "not_running");
    assert_eq!(folder.feed("setup codex --key-stdin --address nowhere", &key).await.failed(), "bad_address");
    for words in [
        "setup codex",
        "setup --undo",
        "setup cursor --undo",
        "setup codex --new-key a",
        "setup codex --undo --key-stdin",
    ] {
        Ran::of(&mut folder.bare(words)).await.misused();
    }
}
