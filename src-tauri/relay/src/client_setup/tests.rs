//! Clients set up and taken back on a real disk.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
};

use carpool_core::client_setup::{CLIENTS, client};
use tempfile::TempDir;

use super::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn home(&self) -> Home {
        Home::bare(self.folder.path().to_owned())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn has(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn set_up(&self, id: &str, address: &str) -> Result<Report, SetupError> {
        apply(&self.home(), client(id).unwrap(), &access(address), NOW)
    }

    fn undo(&self, id: &str) -> Result<Report, SetupError> {
        undo(&self.home(), client(id).unwrap(), NOW)
    }

    /// Everything in a folder, sorted.
    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn access(address: &str) -> Access {
    Access::new(address, &format!("cr_{}", "5a".repeat(32)).into()).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_was_there_is_kept_and_comes_back_byte_for_byte() {
    let desk = Desk::new();
    let before = "{\r\n\t\"model\": \"opus\" // mine\r\n}";
    desk.has(".claude/settings.json", before);
    fs::set_permissions(desk.path(".claude/settings.json"), fs::Permissions::from_mode(0o640)).unwrap();

    let report = desk.set_up("claude-code", "https://car.example").unwrap();
    let [file] = report.files.as_slice() else { panic!("one file: {report:?}") };
    assert_eq!((file.done, file.changes.len()), (Done::Changed, 2));
    let backup = file.backup.clone().unwrap();
    assert_eq!(backup, desk.path(".claude/settings.json.carpool-backup-19700101-000000"));
    assert_eq!((fs::read_to_string(&backup).unwrap().as_str(), mode(&backup)), (before, 0o600));
    assert_eq!(mode(&desk.path(".claude/settings.json")), 0o640);
    let changed = desk.text(".claude/settings.json");
    assert!(changed.contains("https://car.example/api"));

    assert!(desk.set_up("claude-code", "https://car.example").unwrap().is_unchanged());
    assert_eq!(desk.names(".claude").len(), 2, "a second time changes nothing");

    let undone = desk.undo("claude-code").unwrap();
    assert_eq!(undone.files[0].done, Done::Restored);
    assert_eq!(desk.text(".claude/settings.json"), before);
    assert_eq!(mode(&desk.path(".claude/settings.json")), 0o640);
    assert_eq!(fs::read_to_string(undone.files[0].backup.as_ref().unwrap()).unwrap(), changed);
    assert!(matches!(desk.undo("claude-code"), Err(SetupError::NothingToUndo("claude-code"))));
}

#[test]
fn a_file_that_was_made_is_its_owners_and_is_removed_again() {
    let desk = Desk::new();
    for client in CLIENTS {
        let report = desk.set_up(client.id, "https://car.example").unwrap();

        assert!(report.files.iter().all(|file| file.done == Done::Made && mode(&file.path) == 0o600), "{report:?}");
        let undone = desk.undo(client.id).unwrap();
        assert!(undone.files.iter().all(|file| file.done == Done::Removed && !file.path.exists()), "{undone:?}");
    }
}

#[test]
fn changes_are_taken_back_one_by_one_with_all_files_of_each() {
    let desk = Desk::new();
    desk.has(".gemini/.env", "A=1\n");
    desk.set_up("gemini-cli", "http://one").unwrap();
    let first = desk.text(".gemini/.env");
    desk.set_up("gemini-cli", "http://two").unwrap();

    desk.undo("gemini-cli").unwrap();
    assert_eq!(desk.text(".gemini/.env"), first);
    assert!(desk.path(".gemini/settings.json").exists(), "the second change was not in it");
    desk.undo("gemini-cli").unwrap();
    assert_eq!(desk.text(".gemini/.env"), "A=1\n");
    assert!(!desk.path(".gemini/settings.json").exists());
}

#[test]
fn when_one_file_is_refused_none_is_changed() {
    let desk = Desk::new();
    desk.has(".gemini/settings.json", "{ not json");

    let refused = desk.set_up("gemini-cli", "http://one").unwrap_err();

    assert!(matches!(&refused, SetupError::Refused { path, .. } if *path == desk.path(".gemini/settings.json")));
    assert_eq!(desk.names(".gemini"), ["settings.json"]);
}

#[test]
fn a_link_is_followed_and_stays() {
    let desk = Desk::new();
    desk.has("dotfiles/claude.json", "{}");
    fs::create_dir(desk.path(".claude")).unwrap();
    symlink("../dotfiles/claude.json", desk.path(".claude/settings.json")).unwrap();

    desk.set_up("claude-code", "http://one").unwrap();

    assert!(fs::symlink_metadata(desk.path(".claude/settings.json")).unwrap().is_symlink());
    assert!(desk.text("dotfiles/claude.json").contains("http://one/api"));
    assert_eq!(desk.names("dotfiles").len(), 2);
    symlink("config.toml", desk.path("config.toml")).unwrap();
    fs::create_dir(desk.path(".codex")).unwrap();
    symlink("../config.toml", desk.path(".codex/config.toml")).unwrap();
    assert!(matches!(desk.set_up("codex", "http://one"), Err(SetupError::Read { .. })));
}

#[test]
fn a_preview_writes_nothing() {
    let desk = Desk::new();

    let report = preview(&desk.home(), client("codex").unwrap(), &access("http://one")).unwrap();

    assert_eq!((report.files[0].done, report.files[0].changes.len()), (Done::Made, 5));
    assert!(desk.names(".").is_empty());
}
