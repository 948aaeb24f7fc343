//! The set-up script that friends run, in the shells and with the awks they have: on files that are made up it writes, byte
//! for byte, what `carpool_core::client_setup` writes on the owner's machine, or both leave a file alone.

#![expect(clippy::unwrap_used, reason = "a harness is a part of its tests")]

#[expect(dead_code, reason = "the decisions' ring uses the rest")]
#[path = "../../relay-core/tests/client_setup/documents.rs"]
mod documents;

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
};

use carpool_core::client_setup::{Access, CLIENTS, Client, client, merge, places, plan};
use proptest::{
    arbitrary::any,
    sample::Index,
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use tempfile::TempDir;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/web/pages/setup.sh");
const ADDRESS: &str = "https://car.example";
/// Homes for each pair of a shell and an awk; in each, all clients are set up.
const HOMES: usize = 6;

/// A shell, and what stands for awk; the last is a machine that has nothing but busybox.
const MACHINES: &[(&[&str], &str)] = &[
    (&["dash"], "mawk"),
    (&["dash"], "original-awk"),
    (&["bash", "--posix"], "gawk"),
    (&["busybox", "sh"], "busybox"),
];

fn key() -> String {
    format!("cr_{}", "5a".repeat(32))
}

/// A machine with a shell and an awk, and homes on it.
struct Machine {
    folder: TempDir,
    shell: &'static [&'static str],
}

impl Machine {
    /// None, when this one has not the programs for it.
    fn new((shell, awk): (&'static [&'static str], &str)) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let tools = folder.path().join("tools");
        fs::create_dir(&tools).unwrap();
        let awk = find(awk)?;
        find(shell[0])?;
        if awk.ends_with("busybox") {
            let installed = Command::new(&awk).args(["--install", "-s"]).arg(&tools).status().unwrap();
            assert!(installed.success());
        } else {
            symlink(awk, tools.join("awk")).unwrap();
        }
        Some(Self { folder, shell })
    }

    fn home(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, home: &Path, words: &[&str]) -> Output {
        let tools = self.folder.path().join("tools");
        let mut path = tools.clone().into_os_string();
        if !tools.join("busybox").exists() && !tools.join("sh").exists() {
            path.push(":/usr/bin:/bin");
        }
        let mut command = Command::new(find(self.shell[0]).unwrap());
        command.args(&self.shell[1..]).arg("-s").arg("--").args(words).stdin(fs::File::open(SCRIPT).unwrap());
        command.env_clear().env("PATH", path).env("HOME", home).env("TMPDIR", self.folder.path());
        let output = command.env("CARPOOL_URL", ADDRESS).env("CARPOOL_KEY", key()).output().unwrap();
        let said = format!("{output:?}");
        assert!(!said.contains("5a5a5a"), "it shows the key: {said}");
        output
    }
}

fn find(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// The machines that can be had here; at least the one that every Debian is.
fn machines() -> Vec<Machine> {
    let machines: Vec<_> = MACHINES.iter().filter_map(|machine| Machine::new(*machine)).collect();
    assert!(!machines.is_empty(), "no awk and no shell: install mawk and dash");
    machines
}

fn path_in(home: &Path, client: &Client, file: usize) -> PathBuf {
    let (folder, name) = places(client)[file];
    folder.path(home, env::consts::OS, &|_| None).join(name)
}

/// What is made up for each client's files in one home.
type MadeUp = Vec<(&'static Client, Vec<String>)>;

fn made_up(runner: &mut TestRunner) -> MadeUp {
    let mut homes = Vec::new();
    for client in CLIENTS {
        let places = places(client).into_iter();
        let texts = places.map(|(_, name)| {
            let text = documents::document(client.id, name).new_tree(runner).unwrap().current().text;
            damaged(text, runner)
        });
        homes.push((client, texts.collect()));
    }
    homes
}

/// Some files are broken: a letter is missing.
fn damaged(mut text: String, runner: &mut TestRunner) -> String {
    let letters: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
    let (dice, letter) = (0..4_u8, any::<Index>()).new_tree(runner).unwrap().current();
    if dice == 0 && !letters.is_empty() {
        text.remove(*letter.get(&letters));
    }
    text
}

#[test]
fn the_script_writes_what_carpool_writes_and_takes_it_back() {
    let seed = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), seed);
    thread::scope(|scope| {
        for machine in machines() {
            let homes: Vec<_> = (0..HOMES).map(|_| made_up(&mut runner)).collect();
            scope.spawn(move || {
                for (number, before) in homes.iter().enumerate() {
                    compare(&machine, &machine.home(&number.to_string()), before);
                }
            });
        }
    });
}

/// Sets all clients up in a home, twice, and takes it back.
fn compare(machine: &Machine, home: &Path, before: &MadeUp) {
    let access = Access::new(ADDRESS, &key().into()).unwrap();
    let ids: Vec<_> = CLIENTS.iter().map(|client| client.id).collect();
    for (client, texts) in before {
        for (at, text) in texts.iter().enumerate() {
            let path = path_in(home, client, at);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    let first = machine.run(home, &ids);
    let kept = count(home, "carpool-backup");
    machine.run(home, &ids);

    assert_eq!(count(home, "carpool-backup"), kept, "a second time changes something: {first:?}");
    for (client, texts) in before {
        let files = plan(client, &access).into_iter().zip(texts);
        let merged = files.map(|(file, text)| merge(text.as_bytes(), &file.edits).map(|merged| merged.text));
        let merged: Result<Vec<_>, _> = merged.collect();
        for (at, text) in merged.as_ref().unwrap_or(texts).iter().enumerate() {
            let path = path_in(home, client, at);
            let written = fs::read_to_string(&path).unwrap();
            assert_eq!(&written, text, "{} was {:?}, {merged:?}: {first:?}", path.display(), texts[at]);
        }
    }

    machine.run(home, &[&["--undo"], &*ids].concat());

    assert_eq!((kept > 0, count(home, "carpool-backup")), (true, 0), "{first:?}");
    for (client, texts) in before {
        for (at, text) in texts.iter().enumerate() {
            assert_eq!(&fs::read_to_string(path_in(home, client, at)).unwrap(), text, "it is not what it was");
        }
    }
}

/// There is no PowerShell to run here; this much can be read in it.
#[test]
fn both_scripts_have_every_setting_of_every_client() {
    let shell = fs::read_to_string(SCRIPT).unwrap();
    let power = fs::read_to_string(SCRIPT.replace(".sh", ".ps1")).unwrap();
    let access = Access::new(ADDRESS, &key().into()).unwrap();
    let is_ours = |text: &&str| text.len() > 3 && !text.contains("5a5a");

    assert!(power.is_ascii());
    for client in CLIENTS {
        for file in plan(client, &access) {
            let written = merge(b"", &file.edits).unwrap().text.replace(ADDRESS, "");
            for text in written.split(['"', '=', '\n', '[', ']', ':', ',']).map(str::trim).filter(is_ours) {
                for (script, name) in [(&shell, "setup.sh"), (&power, "setup.ps1")] {
                    let has = text.split('.').all(|part| script.contains(part));
                    assert!(has, "{name} has no {text} for {}", client.id);
                }
            }
        }
    }
}

/// How many files below a folder have this in their names.
fn count(folder: &Path, part: &str) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let counts = entries.map(|entry| {
        if entry.path().is_dir() {
            return count(&entry.path(), part);
        }
        usize::from(entry.file_name().to_str().unwrap().contains(part))
    });
    counts.sum()
}

#[test]
fn in_an_empty_home_the_script_makes_files_for_their_owner_and_removes_them_again() {
    use std::os::unix::fs::PermissionsExt;

    let access = Access::new(ADDRESS, &key().into()).unwrap();
    for machine in machines() {
        let home = machine.home("empty");
        fs::create_dir(&home).unwrap();
        for client in CLIENTS {
            let set = machine.run(&home, &[client.id]);
            assert!(set.status.success(), "{set:?}");
            for (at, file) in plan(client, &access).iter().enumerate() {
                let path = path_in(&home, client, at);
                assert_eq!(fs::read_to_string(&path).unwrap(), merge(b"", &file.edits).unwrap().text);
                assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            }
            assert!(machine.run(&home, &["--undo", client.id]).status.success());
            assert!((0..plan(client, &access).len()).all(|at| !path_in(&home, client, at).exists()));
        }
    }
}

#[test]
fn the_script_leaves_alone_what_is_not_understood() {
    let broken = [
        ("claude-code", ".claude/settings.json", "{\"env\": {}"),
        ("claude-code", ".claude/settings.json", "{\"a\": \"\u{7}\"}"),
        ("claude-code", ".claude/settings.json", "{\"a\": 01}"),
        ("claude-code", ".claude/settings.json", "[]"),
        ("claude-code", ".claude/settings.json", "{\"env\": {}, \"env\": {}}"),
        ("claude-code", ".claude/settings.json", "{} // a\rb\n"),
        ("claude-code", ".claude/settings.json", "{\"a\": 1 \0}"),
        ("claude-code", ".claude/settings.json", "{\"a\":1} /*"),
        ("codex", ".codex/config.toml", "a = \n"),
        ("codex", ".codex/config.toml", "a = 1\na = 2\n"),
        ("codex", ".codex/config.toml", "[a]\n[a]\n"),
        ("codex", ".codex/config.toml", "a = \"x\n"),
        ("codex", ".codex/config.toml", "a = [1, 2\n"),
        ("codex", ".codex/config.toml", "a = \"\"\"x\n"),
        ("codex", ".codex/config.toml", "a = 01\n"),
        ("codex", ".codex/config.toml", "a b = 1\n"),
        ("codex", ".codex/config.toml", "[model_provider]\n"),
        ("codex", ".codex/config.toml", "model_providers = {}\n"),
        ("codex", ".codex/config.toml", "model_providers.carpool.name = 'x'\n"),
        ("codex", ".codex/config.toml", "[[model_providers]]\n"),
        ("codex", ".codex/config.toml", "[model_providers]\ncarpool = {}\n"),
        ("codex", ".codex/config.toml", "[model_providers.carpool.name]\n"),
        ("codex", ".codex/config.toml", "[model_providers.carpool]\nname = 7\n"),
        ("gemini-cli", ".gemini/.env", "GEMINI_API_KEY=a\nGEMINI_API_KEY=b\n"),
        ("gemini-cli", ".gemini/.env", "A=\"one\ntwo\"\n"),
    ];
    let access = Access::new(ADDRESS, &key().into()).unwrap();
    for machine in machines() {
        for (number, (id, name, text)) in broken.iter().enumerate() {
            let home = machine.home(&format!("broken-{number}"));
            let path = home.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();

            let refused = machine.run(&home, &[id]);

            let file = plan(client(id).unwrap(), &access).swap_remove(0);
            let why = merge(text.as_bytes(), &file.edits).expect_err(text).to_string();
            let said = String::from_utf8_lossy(&refused.stderr);
            assert_eq!((refused.status.code(), said.lines().count()), (Some(1), 1), "{text:?}: {refused:?}");
            assert!(said.contains("is left as it is: ") || text.contains('\0'), "{text:?}: {said} and not {why}");
            assert_eq!(&fs::read_to_string(&path).unwrap(), text);
            assert_eq!(count(&home, ""), 1, "{text:?} leaves something behind");
        }
    }
}
