//! A private D-Bus session with a real gnome-keyring in it, which never meets the developer's own.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
};

use super::program::Folder;

/// A session with an unlocked keyring; dropping it ends both.
pub(crate) struct Session {
    address: String,
    _keyring: Ended,
    _bus: Ended,
}

impl Session {
    /// Starts one in a folder's home, where its keyring finds again what an earlier one kept.
    pub(crate) fn start(folder: &Folder) -> Self {
        let run_dir = folder.path().join("run");
        fs::create_dir_all(&run_dir).expect("a folder");
        // gnome-keyring refuses a run folder that others can enter.
        fs::set_permissions(&run_dir, fs::Permissions::from_mode(0o700)).expect("private");
        let (bus, address) = start_bus(&run_dir);

        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets", "--unlock"]).stdin(Stdio::piped()).stdout(Stdio::null());
        for desktop in ["DISPLAY", "WAYLAND_DISPLAY", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "GNOME_KEYRING_CONTROL"] {
            command.env_remove(desktop);
        }
        command.env("HOME", folder.home()).env("XDG_RUNTIME_DIR", &run_dir).env("DBUS_SESSION_BUS_ADDRESS", &address);
        let mut keyring = started(&mut command);
        let mut password = keyring.0.stdin.take().expect("piped");
        password.write_all(b"the login password").expect("the keyring reads its password");
        Self { address, _keyring: keyring, _bus: bus }
    }

    /// The environment variable that lets a process in.
    pub(crate) fn variable(&self) -> (&'static str, &str) {
        ("DBUS_SESSION_BUS_ADDRESS", &self.address)
    }
}

/// Starts a bus that can start nothing of the developer's desktop. Calls to the keyring wait on it until the keyring has
/// its name: to the bus it looks as if `true` had started one in the background.
fn start_bus(run_dir: &Path) -> (Ended, String) {
    let folder = run_dir.display();
    let activation = "[D-BUS Service]\nName=org.freedesktop.secrets\nExec=/bin/true\n";
    fs::write(run_dir.join("org.freedesktop.secrets.service"), activation).expect("written");
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
    let mut bus = started(command.stdin(Stdio::null()).stdout(Stdio::piped()));
    let mut address = String::new();
    BufReader::new(bus.0.stdout.take().expect("piped")).read_line(&mut address).expect("the bus prints its address");
    (bus, address.trim().to_owned())
}

/// A process that ends with its owner.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing of it stays behind.
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
