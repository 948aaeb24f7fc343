//! The keychain vault with a real gnome-keyring: secrets are there, and in no byte of the disk.
//!
//! What the keyring holds is read past Carpool by a child process, because the keyring crate looks for its session once
//! per process: this program again, told by its environment which item to print.
#![cfg(target_os = "linux")]

use std::{env, process::Stdio};

use carpool_relay::pretend::Pretend;
use serde_json::Value;
use tokio::process::Command;

use crate::support::{
    database,
    disk::files_with,
    login::{Login, point_at},
    program::{API_KEY, Folder, Ran},
    session::Session,
};

/// Names the item that the child prints.
const ITEM: &str = "TEST_KEYCHAIN_ITEM";
/// What stands before it.
const MARK: &str = "the keychain holds: ";

/// A folder whose secrets are in the keychain.
struct Home {
    folder: Folder,
    session: Session,
}

impl Home {
    fn program(&self, words: &str) -> Command {
        let mut command = self.folder.bare(words);
        let (name, value) = self.session.variable();
        command.env(name, value).args(["--json", "--vault", "keychain", "--data-dir"]).arg(self.folder.data_dir());
        command.arg("--providers").arg(self.folder.providers_file());
        command
    }

    async fn run(&self, words: &str) -> Ran {
        Ran::of(&mut self.program(words)).await
    }

    /// What an item of this data folder holds.
    async fn item(&self, name: &str) -> String {
        let vault_id = sqlx::query_scalar("SELECT vault_id FROM vault");
        let vault_id: String = vault_id.fetch_one(&mut database::open(&self.folder).await).await.expect("a vault");
        let (variable, address) = self.session.variable();
        let mut child = Command::new(env::current_exe().expect("this program"));
        child.args(["--exact", "keychain::an_item_is_printed_when_asked_for", "--nocapture"]).stdin(Stdio::null());
        child.env(variable, address).env("HOME", self.folder.home()).env(ITEM, format!("{vault_id}/{name}"));
        let printed = Ran::of(&mut child).await;
        assert_eq!(printed.code, Some(0), "{printed}");
        let found = printed.stdout.lines().find_map(|line| Some(line.split_once(MARK)?.1.to_owned()));
        found.unwrap_or_else(|| panic!("{printed}"))
    }

    /// Checks that no file, be it the data folder's or the keyring's own, holds a secret.
    fn holds_nowhere(&self, secret: &str) {
        let found = files_with(self.folder.path(), secret);
        assert!(found.is_empty(), "{secret} is in {found:?}");
    }
}

#[tokio::test]
async fn a_refresh_token_is_in_the_keychain_and_nowhere_on_the_disk() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    let session = Session::start(&folder);
    let home = Home { folder, session };
    point_at(&home.folder, &pretend, "/v1/oauth/token");

    let login = Login::begin(&mut home.program("account login claude --name own")).await;
    let pasted = pretend.sign_in(&login.authorize_url);
    let signed_in = login.paste(&pasted).await;
    assert_eq!(signed_in.code, Some(0), "{signed_in}");
    let mut add = home.program("account add claude --name work --secret-stdin");
    Ran::fed(&mut add, API_KEY).await.done();

    let first = home.item("account/1/refresh").await;
    let master = home.item("master").await;
    assert!(first.starts_with("sk-ant-ort01-pretend-"), "{first}");
    home.run("account refresh own").await.done();
    let second = home.item("account/1/refresh").await;
    assert_ne!(first, second, "it rotates");
    home.run("account test own").await.done();

    let exchanges = pretend.requests_for("/v1/oauth/token");
    let sent: Value = serde_json::from_slice(&exchanges[1].body).expect("JSON");
    assert_eq!(sent["refresh_token"], *first, "the one that was used is the one the keychain held");
    let access_token = pretend.requests_for("/api/oauth/profile")[0].secret().expect("a token").to_owned();
    for secret in [&first, &second, &master, &access_token, API_KEY] {
        home.holds_nowhere(secret);
    }
    assert!(!home.folder.data_dir().join("vault.key").exists());

    home.run("account remove own").await.done();
    assert_eq!(home.item("account/1/refresh").await, "nothing");
}

#[tokio::test]
async fn without_its_keychain_a_folder_is_not_opened_and_a_new_one_is_not_made() {
    let (folder, new) = (Folder::new(), Folder::new());
    let session = Session::start(&folder);
    let words = "friend add Alex --json --vault keychain --data-dir";
    let (name, value) = session.variable();
    Ran::of(folder.bare(words).arg(folder.data_dir()).env(name, value)).await.done();

    let used = Ran::of(folder.bare("serve --json --vault keychain --port 0 --data-dir").arg(folder.data_dir())).await;
    assert_eq!(used.failed(), "keychain_unavailable");
    assert!(!used.stderr.contains("--vault file"), "it is too late for that: {used}");

    let fresh = Ran::of(new.bare(words).arg(new.data_dir())).await;
    assert_eq!(fresh.failed(), "keychain_unavailable");
    assert!(fresh.stderr.contains("--vault file"), "{fresh}");
    assert!(!new.data_dir().join("vault.key").exists());
    new.run("friend add Alex").await.done();
}

/// What the child process runs; without an item in the environment there is nothing to do.
#[test]
fn an_item_is_printed_when_asked_for() {
    let Ok(name) = env::var(ITEM) else { return };
    let entry = keyring::Entry::new("carpool", &name).expect("a keychain");
    match entry.get_secret() {
        Ok(secret) => println!("\n{MARK}{}", String::from_utf8(secret).expect("text")),
        Err(keyring::Error::NoEntry) => println!("\n{MARK}nothing"),
        Err(error) => panic!("{error}"),
    }
}
