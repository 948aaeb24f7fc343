//! What the house style asks of the text of the sources, as tests: sizes, openings, names, and who may use what.
//!
//! It uses the standard library only, so that `scripts/test` can run it before anything else is compiled. A failure
//! lists every place, and says what to do about it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const LONGEST_FILE: usize = 400;

/// Words that name a pile and not a thing.
const BANNED_WORDS: &[&str] = &["manager", "service", "helper", "util", "utils", "processor", "common", "misc"];

/// Terms of the vendors' formats that contain such a word; they keep their name here.
const FIELD_TERMS: &[&str] = &["service tier"];

/// What stands before a name that is being given.
const NAMING_KEYWORDS: &[&str] = &["struct", "enum", "union", "trait", "type", "fn", "mod", "const", "static"];

/// Everything at the top of the repository; the build's own folders are ignored by git.
const TOP_LEVEL: &[&str] = &[
    ".cargo",
    ".ci",
    ".clippy.toml",
    ".deny.toml",
    ".github",
    ".gitignore",
    ".rustfmt.toml",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "icons",
    "migrations",
    "scripts",
    "src-tauri",
    "tauri.conf.json",
    "ui",
];

/// Crates that bring a runtime, a socket, a database or a keychain, and so may not be in `relay-core`.
const IMPURE_CRATES: &[&str] = &["tokio", "reqwest", "sqlx", "keyring", "hyper", "axum"];

/// Parts of the standard library that touch the world, and what `relay-core` does instead.
const IMPURE_STD: &[(&str, &str)] = &[
    ("net", "addresses without sockets are in core::net"),
    ("fs", "the relay reads files and passes what is in them"),
    ("SystemTime", "take `now` as an argument"),
    ("Instant", "take `now` as an argument"),
];

/// Which of Carpool's crates each crate may depend on.
const EDGES: &[(&str, &[&str])] = &[
    ("src-tauri/relay-core/Cargo.toml", &[]),
    ("src-tauri/relay/Cargo.toml", &["carpool-core"]),
    ("src-tauri/ipc/Cargo.toml", &[]),
    ("ui/Cargo.toml", &["carpool-ipc"]),
    ("Cargo.toml", &["carpool-core", "carpool-relay", "carpool-ipc"]),
];

#[test]
fn the_top_level_is_what_the_architecture_says() {
    let found: BTreeSet<String> = files().iter().filter_map(|path| Some(path.split('/').next()?.to_owned())).collect();
    let wanted: BTreeSet<String> = TOP_LEVEL.iter().map(|&name| name.to_owned()).collect();

    let unknown =
        found.difference(&wanted).map(|name| format!("{name}: move it into one of the folders, or ignore it"));
    let missing = wanted.difference(&found).map(|name| format!("{name}: it is missing"));

    report("the repository's top level", unknown.chain(missing));
}

#[test]
fn every_file_is_short_enough_to_read() {
    let long = sources().filter_map(|source| {
        let lines = source.text.lines().count();
        (lines > LONGEST_FILE)
            .then(|| format!("{}: {lines} lines, at most {LONGEST_FILE}: split it by idea", source.path))
    });

    report("file length", long);
}

#[test]
fn every_file_opens_by_saying_what_it_is_for() {
    let silent = sources().filter(|source| !source.text.starts_with("//!"));

    report("file openings", silent.map(|source| format!("{}: begin with `//!` and what the file is for", source.path)));
}

#[test]
fn names_say_what_a_thing_is() {
    let items =
        sources().flat_map(|source| item_names(&source).into_iter().map(move |name| (source.path.clone(), name)));
    let paths = files().into_iter().flat_map(|path| {
        let parts = path.split('/').map(|part| part.split('.').next().unwrap_or(part).to_owned()).collect::<Vec<_>>();
        parts.into_iter().map(move |part| (path.clone(), part))
    });

    let vague = items.chain(paths).filter_map(|(path, name)| {
        let plain = FIELD_TERMS.iter().fold(words(&name).join(" "), |name, term| name.replace(term, ""));
        let word = plain.split(' ').find(|word| BANNED_WORDS.contains(word))?;
        Some(format!("{path}: `{name}`: \"{word}\" names a pile; name the thing or the action"))
    });
    report("names", vague);
}

#[test]
fn lints_are_expected_with_a_reason_and_never_allowed() {
    report(
        "lint attributes",
        lines_with(&[concat!("#[", "allow("), concat!("#![", "allow(")], "use #[expect(…, reason = …)]"),
    );
}

#[test]
fn every_test_runs() {
    report("tests", lines_with(&[concat!("#[", "ignore")], "make it quick and certain, or delete it"));
}

#[test]
fn every_crate_has_the_workspaces_lints() {
    let bare = manifests().filter(|(_, text)| !text.contains("[lints]\nworkspace = true"));

    report("lints", bare.map(|(path, _)| format!("{path}: add `[lints]` with `workspace = true`")));
}

#[test]
fn the_core_depends_on_nothing_that_touches_the_world() {
    let manifest = read("src-tauri/relay-core/Cargo.toml");
    let impure = dependencies(&manifest).into_iter().filter(|name| IMPURE_CRATES.contains(&name.as_str()));

    report("relay-core's dependencies", impure.map(|name| format!("{name}: whatever needs it belongs into relay")));
}

#[test]
fn the_core_reads_no_file_no_socket_and_no_clock() {
    let core = sources().filter(|source| source.path.starts_with("src-tauri/relay-core/src/"));
    let impure = core.flat_map(|source| {
        let used = std_names(&source.shipped().map(|(_, line)| line.trim()).collect::<Vec<_>>().join(" "));
        IMPURE_STD
            .iter()
            .filter(move |(name, _)| used.contains(*name))
            .map(move |(name, instead)| format!("{}: uses std's `{name}`: {instead}", source.path))
    });

    report("relay-core's purity", impure);
}

#[test]
fn crates_depend_on_each_other_only_as_drawn() {
    let undrawn = EDGES.iter().flat_map(|(path, allowed)| {
        let names = dependencies(&read(path)).into_iter().filter(|name| name.starts_with("carpool-"));
        names.filter(|name| !allowed.contains(&name.as_str())).map(move |name| {
            format!(
                "{path}: {name} is an edge the architecture does not have (ui → ipc ← carpool → relay → relay-core)"
            )
        })
    });

    report("edges between crates", undrawn);
}

#[test]
fn sql_is_in_the_store() {
    let elsewhere = sources().filter(|source| !source.path.starts_with("src-tauri/relay/src/store"));
    let queries = elsewhere.flat_map(|source| {
        let lines = source.shipped().filter(|(_, line)| line.contains(concat!("sqlx::", "query")));
        lines.map(|(at, _)| format!("{}:{at}: SQL belongs into relay/src/store/", source.path)).collect::<Vec<_>>()
    });

    report("SQL", queries);
}

/// A Rust file: its path below the root, with `/`, and what is in it.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The lines that are not comments, numbered from 1.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(at, line)| (at + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// The code that is not a test.
    fn shipped(&self) -> impl Iterator<Item = (usize, &str)> {
        let tests = self.path.ends_with("/tests.rs") || self.path.contains("/tests/");
        self.code().take_while(move |(_, line)| !tests && !line.starts_with("#[cfg(test)]"))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file that is in the repository or would be added to it.
fn files() -> Vec<String> {
    let git = Command::new("git")
        .args(["-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git is installed: the tidy test asks it which files are the repository's");
    assert!(git.status.success(), "git ls-files: {}", String::from_utf8_lossy(&git.stderr));

    let listed = String::from_utf8(git.stdout).expect("file names are UTF-8");
    listed.lines().filter(|path| root().join(path).is_file()).map(str::to_owned).collect()
}

fn read(path: &str) -> String {
    let full: PathBuf = root().join(path);
    fs::read_to_string(&full).unwrap_or_else(|error| panic!("cannot read {}: {error}", full.display()))
}

fn sources() -> impl Iterator<Item = Source> {
    files().into_iter().filter(|path| path.ends_with(".rs")).map(|path| Source { text: read(&path), path })
}

fn manifests() -> impl Iterator<Item = (String, String)> {
    files().into_iter().filter(|path| path.ends_with("Cargo.toml")).map(|path| (path.clone(), read(&path)))
}

/// Every line of code that has one of the texts in it, with what to do about it.
fn lines_with(texts: &'static [&'static str], advice: &'static str) -> impl Iterator<Item = String> {
    sources().flat_map(move |source| {
        let hits = source.code().filter(|(_, line)| texts.iter().any(|text| line.contains(text)));
        hits.map(|(at, line)| format!("{}:{at}: `{}`: {advice}", source.path, line.trim())).collect::<Vec<_>>()
    })
}

/// The names a file gives to items. A test's name is a sentence, which may use any word.
fn item_names(source: &Source) -> Vec<String> {
    let mut names = Vec::new();
    let mut sentence_follows = false;
    for (_, line) in source.code() {
        if !sentence_follows {
            let tokens = tokens(line);
            let named = tokens.windows(2).filter(|pair| NAMING_KEYWORDS.contains(&pair[0]));
            names.extend(named.map(|pair| pair[1].to_owned()));
        }
        sentence_follows = line.trim_start().starts_with("#[") && line.contains("test");
    }
    names
}

/// The identifiers and keywords of a text, in order.
fn tokens(text: &str) -> Vec<&str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|token| !token.is_empty()).collect()
}

/// `RetryAfter`, `retry_after` and `retry-after` are all "retry", "after".
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && after_lower) {
            words.push(String::new());
        }
        if letter.is_alphanumeric() {
            words.last_mut().expect("it began with one").extend(letter.to_lowercase());
        }
        after_lower = letter.is_lowercase();
    }
    words
}

/// What a text takes from `std`: `std::fs::read`, `use std::{fs, io}` and `use std::time::{Duration, Instant}` alike.
fn std_names(text: &str) -> BTreeSet<String> {
    let uses = text.match_indices("std::").map(|(at, _)| {
        let rest = &text[at..];
        let end = rest.find(|letter: char| ";()<>=!&".contains(letter)).unwrap_or(rest.len());
        &rest[..end]
    });

    uses.flat_map(tokens).map(str::to_owned).collect()
}

/// The crates a manifest's dependency tables name, development and build dependencies included.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut listing = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(table) = line.strip_prefix('[') {
            let table = table.trim_end_matches(']');
            listing = table.ends_with("dependencies") && table != "workspace.dependencies";
            names.extend(table.split_once("dependencies.").map(|(_, name)| name.to_owned()));
        } else if listing && !line.starts_with('#') {
            names.extend(line.split(['.', '=', ' ']).next().filter(|name| !name.is_empty()).map(str::to_owned));
        }
    }
    names
}

/// Fails with the list of places, if there are any.
fn report(rule: &str, broken: impl Iterator<Item = String>) {
    let broken: Vec<String> = broken.collect();
    assert!(broken.is_empty(), "{rule}:\n  {}\n", broken.join("\n  "));
}
