//! A private D-Bus session with a real gnome-keyring in it, which never meets the developer's own.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use super::program::Folder;

/// What the keyring is unlocked with.
pub(crate) const PASSWORD: &str = "the login password";

/// A session; dropping it ends what runs in it.
pub(crate) struct Session {
    address: String,
    home: PathBuf,
    run_dir: PathBuf,
    keyring: Option<Ended>,
    _bus: Ended,
}

impl Session {
    /// Starts one with an unlocked keyring in a folder's home, where it finds again what an earlier one kept.
    pub(crate) fn start(folder: &Folder) -> Self {
        let run_dir = run_dir(folder);
        // Calls to the keyring wait until it has its name: to the bus it looks as if `true` had started one in the
        // background.
        let activation = "[D-BUS Service]\nName=org.freedesktop.secrets\nExec=/bin/true\n";
        fs::write(run_dir.join("org.freedesktop.secrets.service"), activation).expect("written");
        let mut session = Self::on(folder, run_dir);
        session.start_keyring();
        session
    }

    /// Starts one in which there is no keyring, and nothing that would start one.
    pub(crate) fn without_keyring(folder: &Folder) -> Self {
        Self::on(folder, run_dir(folder))
    }

    fn on(folder: &Folder, run_dir: PathBuf) -> Self {
        let (bus, address) = start_bus(&run_dir);
        Self { address, home: folder.home(), run_dir, keyring: None, _bus: bus }
    }

    /// Starts the keyring, unlocked.
    pub(crate) fn start_keyring(&mut self) {
        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets", "--unlock"]).stdin(Stdio::piped()).stdout(Stdio::null());
        for desktop in ["DISPLAY", "WAYLAND_DISPLAY", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "GNOME_KEYRING_CONTROL"] {
            command.env_remove(desktop);
        }
        command.env("HOME", &self.home).env("XDG_RUNTIME_DIR", &self.run_dir);
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        let mut keyring = Ended::by_drop(&mut command);
        let mut password = keyring.0.stdin.take().expect("piped");
        password.write_all(PASSWORD.as_bytes()).expect("the keyring reads its password");
        self.keyring = Some(keyring);
    }

    /// The environment variable that lets a process in.
    pub(crate) fn variable(&self) -> (&'static str, &str) {
        ("DBUS_SESSION_BUS_ADDRESS", &self.address)
    }

    /// Where its processes find each other.
    pub(crate) fn run_dir(&self) -> &Path {
        &self.run_dir
    }
}

fn run_dir(folder: &Folder) -> PathBuf {
    let run_dir = folder.path().join("run");
    fs::create_dir_all(&run_dir).expect("a folder");
    // gnome-keyring refuses a run folder that others can enter.
    fs::set_permissions(&run_dir, fs::Permissions::from_mode(0o700)).expect("private");
    run_dir
}

/// Starts a bus that can start nothing of the developer's desktop.
fn start_bus(run_dir: &Path) -> (Ended, String) {
    let folder = run_dir.display();
    let config = run_dir.join("bus.conf");
    let config_text = format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
            "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
        <busconfig>
          <type>session</type>
          <listen>unix:dir={folder}</listen>
          <servicedir>{folder}</servicedir>
          <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
        </busconfig>"#
    );
    fs::write(&config, config_text).expect("written");

    let mut command = Command::new("dbus-daemon");
    command.arg("--config-file").arg(&config).args(["--nofork", "--print-address"]);
    let mut bus = Ended::by_drop(command.stdin(Stdio::null()).stdout(Stdio::piped()));
    let address = bus.first_line();
    (bus, address)
}

/// A process that ends with its owner.
pub(crate) struct Ended(Child);

impl Ended {
    /// Starts a process that is ended when this is dropped.
    pub(crate) fn by_drop(command: &mut Command) -> Self {
        Self(command.stderr(Stdio::null()).spawn().unwrap_or_else(|error| {
            let program = command.get_program().display();
            panic!("cannot start {program} ({error}): install the packages that scripts/setup.sh lists for tests")
        }))
    }

    /// The first line it prints; its output was piped.
    pub(crate) fn first_line(&mut self) -> String {
        let mut line = String::new();
        let stdout = self.0.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("it prints a line");
        line.trim().to_owned()
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing of it stays behind.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
