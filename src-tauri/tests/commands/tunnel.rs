//! `carpool tunnel …`, and what it opens.

use std::{
    env,
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::{
    PATIENCE,
    database::dump,
    eventually,
    owner::add_friend,
    program::{Folder, Ran, names},
    relay::Relay,
};

const SECRET: &str = "canary-11c7-authtoken";
const URL: &str = "https://one-two.ngrok-free.app";

/// Puts a program beside the data folder that stands for ngrok, says this once it runs, and stays.
fn install_ngrok(folder: &Folder, line: &str) -> PathBuf {
    let bin = folder.path().join("bin");
    fs::create_dir_all(&bin).expect("a folder");
    let said = folder.path().join("said");
    fs::write(&said, format!("{line}\n")).expect("written");
    let script = format!("#!/bin/sh\ncat '{}'\nwhile :; do sleep 0.1; done\n", said.display());
    fs::write(bin.join("ngrok"), script).expect("written");
    fs::set_permissions(bin.join("ngrok"), fs::Permissions::from_mode(0o755)).expect("changed");
    bin
}

fn started() -> String {
    json!({ "lvl": "info", "msg": "started tunnel", "obj": "tunnels", "url": URL }).to_string()
}

/// The program, which finds other programs in this folder first.
fn with_path(folder: &Folder, bin: &Path, words: &str) -> Command {
    let mut command = folder.program(words);
    let mut path = OsString::from(bin);
    path.push(":");
    path.push(env::var_os("PATH").unwrap_or_default());
    command.env("PATH", path);
    command
}

async fn status(folder: &Folder) -> Value {
    folder.run("tunnel status").await.done()
}

/// A relay whose tunnel is asked for through a proxy that is not there, so that nothing leaves this machine.
async fn start(folder: &Folder, bin: &Path) -> Relay {
    folder.run("network proxy http://127.0.0.1:9").await.done();
    Relay::run(folder, &mut with_path(folder, bin, "serve --json --port 0")).await
}

#[tokio::test]
async fn ways_are_listed_with_what_they_need_and_how_it_is_installed() {
    let folder = Folder::new();
    let bin = install_ngrok(&folder, "");

    let listed = Ran::of(with_path(&folder, &bin, "tunnel ways").arg("--json")).await.done();

    let ways = listed.as_array().expect("a list");
    assert_eq!(names(&ways[0]), ["caution", "install", "installed", "name", "needs", "program", "way"]);
    let named: Vec<_> = ways.iter().map(|way| way["way"].as_str().expect("a word")).collect();
    for word in ["local", "cloudflare-quick", "cloudflare", "tailscale-serve", "tailscale-funnel", "bore", "ssh", "own"]
    {
        assert!(named.contains(&word), "{named:?}");
    }
    let ngrok = ways.iter().find(|way| way["way"] == "ngrok").expect("it is listed");
    assert_eq!(ngrok["installed"], json!(bin.join("ngrok")));
    assert_eq!(ngrok["install"], json!(null));
    let ssh = ways.iter().find(|way| way["way"] == "ssh").expect("it is listed");
    assert_eq!(ssh["needs"], json!(["--to", "--remote-port", "--url"]));
}

#[tokio::test]
async fn a_tunnel_is_wanted_before_the_relay_runs_and_its_secret_is_stored_sealed() {
    let folder = Folder::new();
    let off = json!({ "way": null, "state": "off", "reason": null, "until": null, "public_url": null, "since": null,
                      "program": null, "installed": null });
    assert_eq!(status(&folder).await, off);

    let wanted = folder.feed(&format!("tunnel start ngrok --url {URL} --secret-stdin"), SECRET).await;

    let shown = wanted.done();
    assert_eq!((&shown["way"], &shown["state"]), (&json!("ngrok"), &json!("waiting")));
    assert!(wanted.stderr.contains("carpool serve"), "{wanted}");
    assert!(!wanted.stdout.contains(SECRET) && !wanted.stderr.contains(SECRET), "{wanted}");
    assert!(!dump(&folder).await.contains(SECRET));
    assert_eq!(folder.run("tunnel stop").await.done()["state"], "off");
    // What was set is remembered.
    let again = folder.run("tunnel start").await.done();
    assert_eq!((&again["way"], &again["state"]), (&json!("ngrok"), &json!("waiting")));
}

#[tokio::test]
async fn a_running_relay_opens_it_once_a_friend_has_a_key_and_closes_it_when_told_to() {
    let folder = Folder::new();
    let bin = install_ngrok(&folder, &started());
    let relay = start(&folder, &bin).await;
    let state_is = async |wanted: &str| {
        eventually(&format!("the tunnel is {wanted}"), PATIENCE, async || {
            let shown = status(&folder).await;
            (shown["state"] == wanted).then_some(shown)
        })
        .await
    };

    folder.feed("tunnel start ngrok --secret-stdin", SECRET).await.done();
    let waiting = state_is("waiting").await;
    assert!(waiting["reason"].as_str().is_some_and(|reason| reason.contains("key")), "{waiting}");
    add_friend(&folder, "Alex").await;
    let known = eventually("the address is known", PATIENCE, async || {
        let shown = status(&folder).await;
        (shown["public_url"] == URL).then_some(shown)
    })
    .await;
    assert_eq!(known["program"], json!(bin.join("ngrok")));

    folder.run("tunnel stop").await.done();
    let off = state_is("off").await;
    assert_eq!((&off["public_url"], &off["way"]), (&json!(null), &json!(null)));
    relay.stop().await;
}

#[tokio::test]
async fn the_first_invite_opens_it_and_leads_to_the_address_that_it_gets() {
    let folder = Folder::new();
    let bin = install_ngrok(&folder, &started());
    let relay = start(&folder, &bin).await;
    folder.feed("tunnel start ngrok --secret-stdin", SECRET).await.done();
    folder.run("friend add Alex").await.done();

    let invited = folder.run("invite create --friend Alex").await;

    let link = invited.done()["link"].as_str().expect("a link").to_owned();
    assert!(link.starts_with(&format!("{URL}/i/")), "{invited}");
    assert!(!invited.stderr.contains("only this machine"), "{invited}");
    relay.stop().await;
}

#[tokio::test]
async fn what_a_killed_relay_left_behind_is_ended_by_the_next_one() {
    let folder = Folder::new();
    let bin = install_ngrok(&folder, &started());
    add_friend(&folder, "Alex").await;
    folder.run("tunnel start ngrok").await.done();
    let relay = start(&folder, &bin).await;
    let pid = async || {
        let text = fs::read(folder.data_dir().join("tunnel.json")).ok()?;
        let told: Value = serde_json::from_slice(&text).ok()?;
        (told["public_url"] == URL).then(|| told["process"]["pid"].as_u64()).flatten()
    };
    let left = eventually("the program runs", PATIENCE, pid).await;

    relay.kill().await;
    assert!(Path::new(&format!("/proc/{left}")).exists());
    let relay = start(&folder, &bin).await;

    let other = async || pid().await.filter(|pid| *pid != left);
    eventually("another one runs", PATIENCE, other).await;
    // Its parent is gone, and whoever is its parent now may not have looked after it.
    let stat = fs::read_to_string(format!("/proc/{left}/stat")).unwrap_or_default();
    assert!(stat.is_empty() || stat.contains(") Z "), "{stat}");
    relay.stop().await;
}

#[tokio::test]
async fn what_cannot_be_a_tunnel_is_refused_and_changes_nothing() {
    let folder = Folder::new();
    folder.run("tunnel start own --url https://carpool.example.org").await.done();
    let before = dump(&folder).await;

    for (words, code) in [
        ("tunnel start ssh --to me@example.org", "tunnel_setting_missing"),
        ("tunnel start cloudflare --hostname a.example.org", "tunnel_setting_missing"),
        ("tunnel start local --remote-port 80", "tunnel_setting_useless"),
        ("tunnel start own --url https://example.org/path", "bad_url"),
        ("tunnel start ngrok --secret-stdin", "no_secret"),
    ] {
        assert_eq!(folder.run(words).await.failed(), code, "{words}");
    }
    for words in [
        "tunnel start teleport",
        "tunnel start ssh --to -oProxyCommand=id --remote-port 1 --url https://a.example.org",
        "tunnel start own --hostname a.example.org --url https://a.example.org",
        "tunnel start --url https://a.example.org",
        "tunnel",
    ] {
        folder.run(words).await.misused();
    }
    assert_eq!(dump(&folder).await, before);
    assert_eq!(Folder::new().run("tunnel start").await.failed(), "tunnel_not_chosen");
}
