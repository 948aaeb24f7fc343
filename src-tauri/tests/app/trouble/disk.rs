//! The disk is full. The test gives the program a small disk of its own, which needs the right to mount one.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use tokio::process::Command;

use super::{nothing_is_lost, retry, tells};
use crate::{
    desktop::Desktop,
    launch::App,
    support::friend::{Friend, prompt},
};

/// How a process gets mounts of its own: as root, and where a user may, as that user.
const UNSHARE: &[&str] = &["unshare --mount", "unshare --map-current-user --keep-caps --mount"];

/// What moves the data folder to a small disk before it becomes the program.
const SMALL_DISK: &str = r#"#!/bin/sh
set -e
own=$CARPOOL_DATA_DIR.own
mkdir -p "$CARPOOL_DATA_DIR"
cp -a "$CARPOOL_DATA_DIR" "$own"
mount -t tmpfs -o size=4m,mode=700 carpool "$CARPOOL_DATA_DIR"
cp -a "$own/." "$CARPOOL_DATA_DIR"
[ "$1" != full ] || cat /dev/zero >"$CARPOOL_DATA_DIR/ballast" 2>/dev/null || shift
exec "$@"
"#;

#[tokio::test]
async fn a_full_disk_lets_no_call_through_until_there_is_room_again() {
    let Some(unshare) = unshare().await else { return };
    let (desktop, key) = Desktop::in_use().await;
    let app = App::run(&desktop, &small_disk(unshare, &desktop), &[]).await;
    app.screen.reads("[data-test=relay-light]", "Sharing").await;
    let friend = desktop.friend(&key);
    assert_eq!(friend.ask(&prompt("Is there room?")).await.status, 200);

    let ballast = seen_by(app.pid(), &desktop.folder.data_dir()).join("ballast");
    fill(&ballast);
    // What is in the ledger's open pages or in its journal is safe: such calls are still served.
    let served = served_until_refused(&friend).await;
    app.screen.reads("[data-test=trouble-banner]", "The disk is full").await;

    fs::remove_file(&ballast).expect("removed");
    app.screen.misses("[data-test=trouble-banner]").await;
    nothing_is_lost(&app, &desktop, &key).await;
    app.screen.goes_to("usage").await;
    app.screen
        .until("every answered call is in the ledger", async || {
            let written = app.screen.all("[data-test=call][data-status=complete]").await.len();
            Ok((written == served + 2).then_some(()))
        })
        .await;
    app.stop().await;
}

/// How many calls are served until one is refused.
async fn served_until_refused(friend: &Friend) -> usize {
    for served in 0..1_000 {
        let answer = friend.ask(&prompt("Is there still room?")).await;
        if answer.status == 503 {
            return served;
        }
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    panic!("the disk is full, and nobody noticed")
}

#[tokio::test]
async fn a_disk_that_is_full_at_the_first_start_is_told_and_carpool_starts_once_there_is_room() {
    let Some(unshare) = unshare().await else { return };
    let desktop = Desktop::new().await;
    let app = App::run(&desktop, &format!("{} full", small_disk(unshare, &desktop)), &[]).await;

    tells(&app, "The disk is full").await;
    retry(&app).await;
    tells(&app, "The disk is full").await;
    fs::remove_file(seen_by(app.pid(), &desktop.folder.data_dir()).join("ballast")).expect("removed");
    retry(&app).await;

    app.screen.sees("[data-step=terms]").await;
    app.stop().await;
}

/// The command that gives the program a small disk.
fn small_disk(unshare: &str, desktop: &Desktop) -> String {
    let script = desktop.folder.path().join("small-disk");
    fs::write(&script, SMALL_DISK).expect("written");
    format!("{unshare} sh {}", script.display())
}

async fn unshare() -> Option<&'static str> {
    for unshare in UNSHARE {
        let probe = format!("{unshare} mount -t tmpfs carpool /mnt 2>/dev/null");
        if Command::new("sh").args(["-c", &probe]).status().await.is_ok_and(|status| status.success()) {
            return Some(unshare);
        }
    }
    // Past the test's own output, which is shown only when it fails.
    let told = writeln!(io::stderr(), "NOT TESTED: a full disk; this machine lets nobody mount a small one");
    told.expect("stderr takes it");
    None
}

/// A path as another process sees it.
fn seen_by(pid: u32, path: &Path) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/root{}", path.display()))
}

/// Writes until there is no room left.
fn fill(file: &Path) {
    let mut file = fs::File::create(file).expect("a file");
    let mut piece = vec![0; 65_536];
    while !piece.is_empty() {
        if file.write_all(&piece).is_err() {
            piece.truncate(piece.len() / 2);
        }
    }
}
