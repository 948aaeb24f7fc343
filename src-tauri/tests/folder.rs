//! The data folder and its vault: whatever is not as it should be stops the start with advice, and changes nothing.

use std::{fs, os::unix::fs::PermissionsExt};

use carpool_relay::pretend::Pretend;

use crate::support::{
    database::{self, dump},
    friend::{Friend, prompt},
    owner::{add_friend, set_up},
    program::{Folder, Ran},
    relay::Relay,
};

/// Commands of each kind: what reads, what writes, and the relay itself.
const COMMANDS: [&str; 3] = ["friend list", "friend add Mia", "serve --port 0"];

#[tokio::test]
async fn a_missing_master_key_stops_everything_and_is_not_minted_again() {
    let folder = Folder::new();
    add_friend(&folder, "Alex").await;
    let key_file = folder.data_dir().join("vault.key");
    let key = fs::read(&key_file).expect("a key");
    let before = dump(&folder).await;
    fs::remove_file(&key_file).expect("removed");

    for words in COMMANDS {
        let refused = folder.run(words).await;
        assert_eq!(refused.failed(), "vault_key_missing");
        assert!(refused.stderr.contains("restore vault.key from a backup"), "{refused}");
    }
    let doctor = folder.run("doctor").await;
    assert!(doctor.code == Some(1) && doctor.stdout.contains("vault_key_missing"), "{doctor}");
    assert!(!key_file.exists());
    assert_eq!(dump(&folder).await, before);

    fs::write(&key_file, key).expect("written");
    fs::set_permissions(&key_file, fs::Permissions::from_mode(0o600)).expect("private");
    folder.run("friend list").await.done();
}

#[tokio::test]
async fn a_wrong_master_key_stops_everything() {
    let folder = Folder::new();
    add_friend(&folder, "Alex").await;
    fs::write(folder.data_dir().join("vault.key"), "ab".repeat(32)).expect("written");

    for words in COMMANDS {
        assert_eq!(folder.run(words).await.failed(), "vault_key_wrong");
    }
}

#[tokio::test]
async fn a_master_key_that_others_can_read_stops_everything() {
    let folder = Folder::new();
    add_friend(&folder, "Alex").await;
    let key_file = folder.data_dir().join("vault.key");
    fs::set_permissions(&key_file, fs::Permissions::from_mode(0o644)).expect("exposed");

    for words in COMMANDS {
        let refused = folder.run(words).await;
        assert_eq!(refused.failed(), "vault_file_exposed");
        assert!(refused.stderr.contains("chmod 600"), "{refused}");
    }
}

#[tokio::test]
async fn another_kind_of_vault_than_the_folders_own_is_refused_by_name() {
    let folder = Folder::new();
    add_friend(&folder, "Alex").await;
    let before = dump(&folder).await;

    for words in COMMANDS {
        let mut command = folder.bare(words);
        command.args(["--json", "--vault", "keychain", "--data-dir"]).arg(folder.data_dir());
        let refused = Ran::of(&mut command).await;
        assert_eq!(refused.failed(), "vault_kind_mismatch");
        assert!(refused.stderr.contains("start with --vault file"), "{refused}");
    }

    assert_eq!(dump(&folder).await, before);
}

#[tokio::test]
async fn what_is_made_in_the_data_folder_is_its_owners_alone() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    let key = set_up(&folder, &pretend).await;
    let relay = Relay::start(&folder).await;
    assert_eq!(Friend::new(&relay, &key).ask(&prompt("hello")).await.status, 200);

    let mode = |path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(folder.data_dir()), 0o700);
    for name in ["carpool.db", "carpool.db-wal", "carpool.db-shm", "vault.key"] {
        assert_eq!(mode(folder.data_dir().join(name)), 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_second_relay_on_a_folder_is_refused_and_the_first_goes_on() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    let key = set_up(&folder, &pretend).await;
    let relay = Relay::start(&folder).await;

    let second = folder.run("serve --port 0").await;

    assert_eq!(second.failed(), "already_running");
    assert!(second.stderr.contains("--data-dir"), "{second}");
    assert_eq!(Friend::new(&relay, &key).ask(&prompt("hello")).await.status, 200);
    relay.stop().await;
    Relay::start(&folder).await.stop().await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_the_way_out() {
    let (folder, other) = (Folder::new(), Folder::new());
    let relay = Relay::start(&other).await;
    let port = relay.address().rsplit(':').next().expect("a port").to_owned();

    let refused = folder.run(&format!("serve --port {port}")).await;

    assert_eq!(refused.failed(), "port_taken");
    assert!(refused.stderr.contains(&format!("port {port} is taken")), "{refused}");
    assert!(refused.stderr.contains("--port"), "{refused}");
    assert_eq!(folder.run("serve --port 0 --bind 192.0.2.1").await.failed(), "bind_refused");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_not_changed() {
    let folder = Folder::new();
    add_friend(&folder, "Alex").await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (99999999999999, 'from the future', TRUE, x'00', 0)";
    sqlx::query(newer).execute(&mut database::open(&folder).await).await.expect("a row");
    let before = dump(&folder).await;

    for words in COMMANDS {
        let refused = folder.run(words).await;
        assert_eq!(refused.failed(), "database_too_new");
        assert!(refused.stderr.contains("nothing was changed"), "{refused}");
    }

    assert_eq!(dump(&folder).await, before);
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_used_is_named() {
    let folder = Folder::new();
    fs::write(folder.data_dir(), "a file is in the way").expect("written");
    for words in COMMANDS {
        let refused = folder.run(words).await;
        assert_eq!(refused.failed(), "data_folder");
        assert!(refused.stderr.contains(folder.data_dir().to_str().expect("text")), "{refused}");
    }

    fs::remove_file(folder.data_dir()).expect("removed");
    fs::create_dir(folder.data_dir()).expect("a folder");
    fs::write(folder.data_dir().join("carpool.db"), "this is no database at all".repeat(100)).expect("written");
    for words in COMMANDS {
        assert_eq!(folder.run(words).await.failed(), "database");
    }
}
