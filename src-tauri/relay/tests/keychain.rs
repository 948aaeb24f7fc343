//! The keychain vault against a real gnome-keyring, in private D-Bus sessions that never meet the developer's own.
//!
//! The keyring crate looks for its session once per process, so each test plays its scenes in child processes: this
//! program again, told by its environment which scene to play, in which data folder and session.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use carpool_relay::vault::{Vault, VaultError, VaultKind};
use secrecy::{ExposeSecret, SecretString};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;

const SCENE: &str = "CARPOOL_TEST_SCENE";
const DATA_DIR: &str = "CARPOOL_TEST_DATA_DIR";
const CANARY: &str = "canary-5f1e0c";
const ITEM: &str = "refresh/7";

#[test]
fn a_secret_is_in_the_keychain_and_in_no_byte_of_the_data_folder() {
    let home = Home::new();

    home.session(Keyring::Unlocked).play("secrets are kept");
}

#[test]
fn a_locked_keychain_stops_the_start_until_it_is_unlocked() {
    let home = Home::new();
    home.session(Keyring::Unlocked).play("first start");

    home.session(Keyring::Locked).play("start with the keychain locked");

    home.session(Keyring::Unlocked).play("start again");
}

#[test]
fn a_keychain_that_was_never_unlocked_gives_a_new_folder_no_vault() {
    let home = Home::new();

    home.session(Keyring::Locked).play("first start with the keychain locked");
}

#[test]
fn a_session_without_a_keychain_stops_the_start() {
    let home = Home::new();
    home.session(Keyring::Absent).play("first start without a keychain");
    home.session(Keyring::Unlocked).play("first start");

    home.session(Keyring::Absent).play("start without the keychain");

    home.session(Keyring::Unlocked).play("start again");
}

#[test]
fn a_machine_without_a_session_stops_the_start() {
    let home = Home::new();

    home.no_session().play("first start without a keychain");
}

#[test]
fn a_missing_or_wrong_master_key_stops_the_start_and_is_not_minted_again() {
    let home = Home::new();

    home.session(Keyring::Unlocked).play("the master key is lost, then replaced");
}

#[test]
fn starts_that_meet_in_a_new_folder_agree_on_its_key() {
    let home = Home::new();

    home.session(Keyring::Unlocked).play("starts meet");
}

/// What a child process runs; without a scene in the environment there is nothing to do.
#[tokio::test]
async fn scene() {
    let Ok(scene) = std::env::var(SCENE) else { return };
    let folder = Folder::of_this_child().await;

    match scene.as_str() {
        "secrets are kept" => secrets_are_kept(&folder).await,
        "first start" => first_start(&folder).await,
        "start again" => start_again(&folder).await,
        "start with the keychain locked" => refused_start(&folder, "keychain_locked").await,
        "start without the keychain" => refused_start(&folder, "keychain_unavailable").await,
        "first start with the keychain locked" => refused_first_start(&folder, "keychain_locked").await,
        "first start without a keychain" => refused_first_start(&folder, "keychain_unavailable").await,
        "the master key is lost, then replaced" => master_key_is_lost_then_replaced(&folder).await,
        "starts meet" => starts_meet(&folder).await,
        other => panic!("no such scene: {other}"),
    }
}

async fn secrets_are_kept(folder: &Folder) {
    let vault = folder.open().await.expect("the keychain is unlocked");
    vault.put(ITEM, &"replaced".into()).await.expect("put");
    vault.put(ITEM, &CANARY.into()).await.expect("put again");

    assert_eq!(vault.kind(), VaultKind::Keychain);
    assert_eq!(text(vault.get(ITEM).await), Some(CANARY.to_owned()));
    assert_eq!(folder.keychain_item(ITEM).await, Some(CANARY.to_owned()));
    let master = folder.keychain_item("master").await.expect("the master key is an item");
    assert_eq!(master.len(), 64);
    for secret in [CANARY.as_bytes(), master.as_bytes(), &hex::decode(&master).expect("hex")] {
        assert!(!folder.holds(secret));
    }
    assert!(!folder.dir.join("vault.key").exists());

    let sealed = vault.seal("credentials/7", &CANARY.into());
    let reopened = folder.open().await.expect("the keychain is unlocked");
    assert_eq!(reopened.unseal("credentials/7", &sealed).expect("same key").expose_secret(), CANARY);

    vault.delete(ITEM).await.expect("delete");
    vault.delete(ITEM).await.expect("deleting what is not there is fine");
    assert_eq!(text(vault.get(ITEM).await), None);
    assert_eq!(folder.keychain_item(ITEM).await, None);
}

async fn first_start(folder: &Folder) {
    let vault = folder.open().await.expect("the keychain is unlocked");
    vault.put(ITEM, &CANARY.into()).await.expect("put");
}

async fn start_again(folder: &Folder) {
    let vault = folder.open().await.expect("the keychain is unlocked");
    assert_eq!(text(vault.get(ITEM).await), Some(CANARY.to_owned()));
}

/// A folder in use is not advised to change its vault: it cannot.
async fn refused_start(folder: &Folder, code: &str) {
    let error = folder.open().await.expect_err("the keychain cannot be read");
    assert_eq!(error.code(), code, "{error:?}");
    assert!(!error.to_string().contains("--vault file"), "{error}");
}

async fn refused_first_start(folder: &Folder, code: &str) {
    let error = folder.open().await.expect_err("the keychain cannot be written");
    assert_eq!(error.code(), code, "{error:?}");
    assert!(error.to_string().contains("--vault file"), "{error}");
    assert_eq!(folder.vault_id().await, None);
    assert!(!folder.dir.join("vault.key").exists());
}

async fn master_key_is_lost_then_replaced(folder: &Folder) {
    let vault = folder.open().await.expect("the keychain is unlocked");
    let entry = folder.keychain_entry("master").await;

    blocking(&entry, |entry| entry.delete_credential()).await.expect("delete");
    assert_eq!(folder.open().await.expect_err("no master key").code(), "vault_key_missing");
    assert_eq!(folder.keychain_item("master").await, None);
    assert_eq!(vault.get(ITEM).await.expect_err("absent, or only hidden?").code(), "keychain_locked");
    assert_eq!(vault.delete(ITEM).await.expect_err("absent, or only hidden?").code(), "keychain_locked");

    blocking(&entry, |entry| entry.set_secret("ab".repeat(32).as_bytes())).await.expect("write");
    assert_eq!(folder.open().await.expect_err("another master key").code(), "vault_key_wrong");
    assert_eq!(folder.keychain_item("master").await, Some("ab".repeat(32)));
}

async fn starts_meet(folder: &Folder) {
    let mut starts = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let folder = Folder::of_this_child().await;
        starts.spawn(async move { folder.open().await.expect("the keychain is unlocked") });
    }

    let vaults = starts.join_all().await;

    let sealed = vaults[0].seal("credentials/7", &CANARY.into());
    for vault in &vaults {
        assert_eq!(vault.unseal("credentials/7", &sealed).expect("same key").expose_secret(), CANARY);
    }
    folder.open().await.expect("the winner's key stays");
}

fn text(got: Result<Option<SecretString>, VaultError>) -> Option<String> {
    got.expect("the keychain is unlocked").map(|secret| secret.expose_secret().to_owned())
}

/// The data folder, as a scene sees it.
struct Folder {
    dir: PathBuf,
    pool: SqlitePool,
}

impl Folder {
    async fn of_this_child() -> Self {
        let dir = PathBuf::from(std::env::var_os(DATA_DIR).expect("the parent test names the data folder"));
        let options = SqliteConnectOptions::new().filename(dir.join("carpool.db")).create_if_missing(true);
        let pool = SqlitePool::connect_with(options).await.expect("a database");
        sqlx::migrate!("../../migrations").run(&pool).await.expect("the tables");
        Folder { dir, pool }
    }

    async fn open(&self) -> Result<Vault, VaultError> {
        Vault::open(VaultKind::Keychain, &self.dir, &self.pool, jiff::Timestamp::UNIX_EPOCH).await
    }

    async fn vault_id(&self) -> Option<String> {
        sqlx::query_scalar("SELECT vault_id FROM vault").fetch_optional(&self.pool).await.expect("a row or none")
    }

    async fn keychain_entry(&self, item: &str) -> std::sync::Arc<keyring::Entry> {
        let name = format!("{}/{item}", self.vault_id().await.expect("the folder has a vault"));
        let entry = tokio::task::spawn_blocking(move || keyring::Entry::new("carpool", &name)).await;
        std::sync::Arc::new(entry.expect("no panic").expect("a keychain"))
    }

    /// Reads an item past the vault.
    async fn keychain_item(&self, item: &str) -> Option<String> {
        match blocking(&self.keychain_entry(item).await, |entry| entry.get_secret()).await {
            Ok(bytes) => Some(String::from_utf8(bytes).expect("text")),
            Err(keyring::Error::NoEntry) => None,
            Err(error) => panic!("{error}"),
        }
    }

    fn holds(&self, needle: &[u8]) -> bool {
        let mut files = fs::read_dir(&self.dir).expect("the data folder");
        files.any(|file| {
            let bytes = fs::read(file.expect("a file").path()).expect("its bytes");
            bytes.windows(needle.len()).any(|window| window == needle)
        })
    }
}

async fn blocking<T: Send + 'static>(
    entry: &std::sync::Arc<keyring::Entry>,
    work: impl FnOnce(&keyring::Entry) -> T + Send + 'static,
) -> T {
    let entry = entry.clone();
    tokio::task::spawn_blocking(move || work(&entry)).await.expect("no panic")
}

#[derive(Clone, Copy)]
enum Keyring {
    Unlocked,
    Locked,
    Absent,
}

/// One user's home, with keyrings on disk and a data folder; its sessions come and go.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = TempDir::new().expect("a temporary folder");
        for folder in ["data", "run"] {
            fs::create_dir(home.path().join(folder)).expect("a folder");
        }
        // gnome-keyring refuses a run folder that others can enter.
        fs::set_permissions(home.path().join("run"), fs::Permissions::from_mode(0o700)).expect("private");
        Home(home)
    }

    fn session(&self, keyring: Keyring) -> Session<'_> {
        let (bus, address) = start_bus(self.0.path(), keyring);
        let mut session = Session { home: self, address, keyring: None, _bus: Some(bus) };
        session.keyring = match keyring {
            Keyring::Unlocked => Some(session.start_unlocked_keyring()),
            Keyring::Locked => Some(session.start_locked_keyring()),
            Keyring::Absent => None,
        };
        session
    }

    fn no_session(&self) -> Session<'_> {
        let address = format!("unix:path={}", self.0.path().join("no-bus").display());
        Session { home: self, address, keyring: None, _bus: None }
    }
}

/// Starts a bus that can start nothing of the developer's desktop: no services but the one below, no prompter.
///
/// With a keyring to come, calls to it wait on the bus until it has its name: to the bus it looks as if `true` had
/// started a keyring in the background.
fn start_bus(home: &Path, keyring: Keyring) -> (Ended, String) {
    let services = TempDir::new_in(home).expect("a folder").keep();
    if !matches!(keyring, Keyring::Absent) {
        let service = "[D-BUS Service]\nName=org.freedesktop.secrets\nExec=/bin/true\n";
        fs::write(services.join("org.freedesktop.secrets.service"), service).expect("written");
    }
    let config = services.join("bus.conf");
    let config_text = format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
            "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
        <busconfig>
          <type>session</type>
          <listen>unix:dir={services}</listen>
          <servicedir>{services}</servicedir>
          <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
        </busconfig>"#,
        services = services.display()
    );
    fs::write(&config, config_text).expect("written");

    let mut command = Command::new("dbus-daemon");
    command.arg("--config-file").arg(&config).args(["--nofork", "--print-address"]);
    let mut bus = started(command.stdin(Stdio::null()).stdout(Stdio::piped()));
    let mut address = String::new();
    let stdout = bus.0.stdout.take().expect("piped");
    BufReader::new(stdout).read_line(&mut address).expect("the bus prints its address");
    (bus, address.trim().to_owned())
}

/// A D-Bus session; dropping it ends its keyring and its bus.
struct Session<'a> {
    home: &'a Home,
    address: String,
    keyring: Option<Ended>,
    _bus: Option<Ended>,
}

impl Session<'_> {
    fn start_locked_keyring(&self) -> Ended {
        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]);
        started(self.inside(&mut command).stdin(Stdio::null()).stdout(Stdio::null()))
    }

    fn start_unlocked_keyring(&self) -> Ended {
        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets", "--unlock"]);
        let mut keyring = started(self.inside(&mut command).stdin(Stdio::piped()).stdout(Stdio::null()));
        let mut stdin = keyring.0.stdin.take().expect("piped");
        stdin.write_all(b"the login password").expect("the keyring reads its password");
        keyring
    }

    /// Runs a scene in a child, and fails as the child fails.
    fn play(&self, scene: &str) {
        let mut command = Command::new(std::env::current_exe().expect("this test"));
        command
            .args(["--exact", "scene", "--nocapture"])
            .env(SCENE, scene)
            .env(DATA_DIR, self.home.0.path().join("data"));

        let output = self.inside(&mut command).output().expect("this test runs again");

        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && stdout.contains("1 passed"), "scene \"{scene}\":\n{stdout}\n{stderr}");
    }

    fn inside<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let home = self.home.0.path();
        for desktop in ["DISPLAY", "WAYLAND_DISPLAY", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "GNOME_KEYRING_CONTROL"] {
            command.env_remove(desktop);
        }
        command
            .env("HOME", home)
            .env("XDG_RUNTIME_DIR", home.join("run"))
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
    }
}

/// A process that ends with its owner.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn started(command: &mut Command) -> Ended {
    Ended(command.stderr(Stdio::null()).spawn().unwrap_or_else(|error| {
        let program = command.get_program().display();
        panic!("cannot start {program} ({error}): install the packages dbus-daemon and gnome-keyring")
    }))
}
