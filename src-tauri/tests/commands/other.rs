//! `carpool prices`, `doctor` and `completions`, and what all commands have in common.

use std::{fs, process::Stdio};

use serde_json::{Value, json};

use crate::support::{
    owner::add_friend,
    program::{Folder, Ran, names},
};

#[tokio::test]
async fn a_price_is_shown_and_an_unknown_model_is_said_to_be_unpriced() {
    let folder = Folder::new();

    let shown = folder.run("prices show claude-sonnet-4-5").await.done();
    assert_eq!((&shown["model"], &shown["vendor"]), (&json!("claude-sonnet-4-5"), &json!("anthropic")));
    assert_eq!(shown["usd_per_million_tokens"][0]["output"], "15");

    let unknown = folder.run("prices show claude-sonet-4-5").await;
    assert_eq!(unknown.failed(), "unknown_model");
    assert!(unknown.stderr.contains("unpriced") && unknown.stderr.contains("claude-sonnet-4-5"), "{unknown}");
    assert!(!folder.data_dir().exists(), "a price needs no data folder");
}

#[tokio::test]
async fn the_doctor_finds_what_is_missing_and_then_nothing() {
    let folder = Folder::new();
    let checks = |findings: &Value| {
        let findings = findings.as_array().expect("a list").clone();
        assert!(findings.iter().all(|finding| names(finding) == ["check", "detail", "ok"]), "{findings:?}");
        findings.iter().map(|finding| (finding["check"].to_string(), finding["ok"] == true)).collect::<Vec<_>>()
    };

    let empty = folder.run("doctor").await;
    assert_eq!(empty.code, Some(1), "{empty}");
    let missing: Vec<_> = checks(&empty.lines()[0]).into_iter().filter(|(_, ok)| !ok).map(|(check, _)| check).collect();
    assert_eq!(missing, ["\"accounts\"", "\"keys\""]);

    folder.feed("account add claude --name work --secret-stdin", "sk-ant-api03-x").await.done();
    add_friend(&folder, "Alex").await;
    assert!(checks(&folder.run("doctor").await.done()).iter().all(|(_, ok)| *ok));
}

#[tokio::test]
async fn completions_come_for_every_shell_without_a_data_folder() {
    let folder = Folder::new();

    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = Ran::of(&mut folder.program(&format!("completions {shell}"))).await;
        assert_eq!((script.code, script.stderr.as_str()), (Some(0), ""), "{script}");
        assert!(script.stdout.contains("carpool") && script.stdout.contains("rotate"), "{script}");
    }

    folder.run("completions cmd").await.misused();
    assert!(!folder.data_dir().exists());
}

#[tokio::test]
async fn json_goes_to_stdout_and_messages_to_stderr() {
    let folder = Folder::new();
    folder.run("friend add Alex").await.done();

    for words in ["account list", "friend list", "key list", "calls", "usage", "usage --by day"] {
        let ran = folder.run(words).await;
        assert!(ran.done().is_array() && ran.stderr.is_empty(), "{ran}");
    }
    let created = Ran::of(&mut folder.program("key create --friend Alex")).await;
    assert!(created.lines()[0]["key"].is_string(), "a key is JSON in either mode");
    assert!(created.stderr.contains("ANTHROPIC_AUTH_TOKEN"), "{created}");
    let failed = Ran::of(&mut folder.program("friend show Mia")).await;
    assert_eq!((failed.code, failed.stdout.as_str()), (Some(1), ""), "{failed}");
    assert!(failed.stderr.contains("there is no friend 'Mia'; there is Alex"), "{failed}");
}

#[tokio::test]
async fn people_get_tables_with_the_same_fields() {
    let folder = Folder::new();
    add_friend(&folder, "Alex").await;

    let table = Ran::of(&mut folder.program("friend list")).await;
    let lines: Vec<Vec<_>> = table.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines, [vec!["id", "name", "share", "paused", "limits"], vec!["f1", "Alex", "1.0", "false", "-"]]);

    let shown = Ran::of(&mut folder.program("key show k1")).await;
    assert!(shown.stdout.lines().any(|line| line.split_whitespace().eq(["friend", "Alex"])), "{shown}");
}

#[tokio::test]
async fn the_environment_stands_in_for_the_options() {
    let folder = Folder::new();
    folder.run("friend add Alex").await.done();

    let mut command = folder.bare("friend list --json");
    command.env("CARPOOL_DATA_DIR", folder.data_dir()).env("CARPOOL_VAULT", "file");

    assert_eq!(Ran::of(&mut command).await.done()[0]["name"], "Alex");
}

#[tokio::test]
async fn a_reader_that_has_read_enough_is_no_error() {
    let folder = Folder::new();
    let mut child = folder.program("completions bash").stdout(Stdio::piped()).spawn().expect("the program can be run");

    drop(child.stdout.take());

    let status = child.wait().await.expect("it is waited for");
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn a_providers_file_that_cannot_be_used_stops_every_command() {
    let folder = Folder::new();
    let file = folder.path().join("addresses.toml");
    let words = format!("friend list --providers {}", file.display());

    assert_eq!(folder.run(&words).await.failed(), "providers_file", "it is not there");
    for text in ["[claude", "[claude]\ntoken_uri = 'http://x'", "[claude]\ntoken_url = 'nowhere'", "[nobody]"] {
        fs::write(&file, text).expect("written");
        let refused = folder.run(&words).await;
        assert_eq!(refused.failed(), "providers_file", "{text}");
        assert!(refused.stderr.contains("addresses.toml"), "{refused}");
    }
}

#[tokio::test]
async fn wrong_usage_ends_with_2() {
    let folder = Folder::new();

    for words in ["drive", "serve --port 65536", "serve --bind here", "calls --limit -1", "friend list --vault safe"] {
        Ran::of(&mut folder.bare(words)).await.misused();
    }

    let version = Ran::of(&mut folder.bare("--version")).await;
    assert_eq!(version.stdout.trim(), concat!("carpool ", env!("CARGO_PKG_VERSION")));
}

/// With the window it would open.
#[cfg(not(feature = "desktop"))]
#[tokio::test]
async fn without_a_subcommand_and_without_a_window_there_is_help() {
    let folder = Folder::new();

    let helped = Ran::of(&mut folder.program("")).await;

    assert!(helped.misused().contains("carpool serve"), "{helped}");
    assert!(!folder.data_dir().exists());
}
