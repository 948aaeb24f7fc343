//! What setting a client up leaves of the file that was there, on files that are made up, as other readers see them.

mod documents;

use carpool_core::client_setup::{Access, CLIENTS, Edits, Merged, SettingsFile, Unreadable, merge, plan};
use jsonc_parser::ParseOptions;
use proptest::prelude::*;
use serde_json::{Value, json};

use documents::{Document, document};

const ADDRESS: &str = "https://car.example";

fn key() -> String {
    format!("cr_{}", "5a".repeat(32))
}

/// A client's id, one of its files, and something that stands in it.
fn case() -> impl Strategy<Value = (&'static str, SettingsFile, Document)> {
    let access = Access::new(ADDRESS, &key().into()).expect("it is right");
    let files = CLIENTS.iter().flat_map(|client| plan(client, &access).into_iter().map(|file| (client.id, file)));
    prop::sample::select(files.collect::<Vec<_>>()).prop_flat_map(|(client, file)| {
        document(client, file.name).prop_map(move |document| (client, file.clone(), document))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn what_is_not_ours_keeps_its_bytes_and_a_second_time_changes_nothing((client, file, before) in case()) {
        let Some(merged) = understood(&file, &before.text)? else { return Ok(()) };
        let again = merge(merged.text.as_bytes(), &file.edits).expect("what was written can be read");

        prop_assert_eq!(&again.text, &merged.text);
        prop_assert!(again.changes.is_empty());
        prop_assert!(is_within(&before.others, &merged.text), "{client}: it became {:?}", merged.text);
        let has_mark = |text: &str| text.starts_with('\u{feff}');
        prop_assert_eq!(has_mark(&before.text), has_mark(&merged.text));
        if before.text.contains("\r\n") {
            prop_assert_eq!(merged.text.matches('\n').count(), merged.text.matches("\r\n").count());
        }
    }

    #[test]
    fn another_reader_finds_our_settings_and_all_that_was_there((client, file, before) in case()) {
        let Some(merged) = understood(&file, &before.text)? else { return Ok(()) };
        let [mut before, mut after] = [&before.text, &merged.text].map(|text| read(&file, text));
        let ours = ours(client, file.name);

        let found: Vec<_> = ours.iter().map(|one| (one.take(&mut before), one.take(&mut after)).1).collect();

        let wanted: Vec<_> = ours.into_iter().map(Ours::wanted).collect();
        prop_assert_eq!(found, wanted, "{}", merged.text);
        prop_assert_eq!(before, after);
    }
}

/// The file with our settings, unless something of another kind stands where one belongs, which is refused.
fn understood(file: &SettingsFile, before: &str) -> Result<Option<Merged>, TestCaseError> {
    match merge(before.as_bytes(), &file.edits) {
        Ok(merged) => Ok(Some(merged)),
        Err(Unreadable::Occupied { .. } | Unreadable::Twice(_)) => Ok(None),
        Err(error) => Err(TestCaseError::fail(format!("{error}"))),
    }
}

/// Whether all of a text stands in another, in this order, perhaps with more between.
fn is_within(part: &str, whole: &str) -> bool {
    let mut letters = whole.chars();
    part.chars().all(|wanted| letters.any(|letter| letter == wanted))
}

/// A file as another reader of its language reads it; variables as an object.
fn read(file: &SettingsFile, text: &str) -> Value {
    let text = text.trim_start_matches('\u{feff}');
    match &file.edits {
        Edits::Json { .. } if text.trim().is_empty() => json!({}),
        Edits::Json { .. } => jsonc_parser::parse_to_serde_value(text, &ParseOptions::default()).expect("it is JSON"),
        Edits::Toml(_) => json!(toml::from_str::<toml::Table>(text).expect("it is TOML")),
        Edits::Dotenv(_) => variables(text),
    }
}

fn variables(text: &str) -> Value {
    let pairs = text.lines().filter_map(|line| {
        let line = line.split(" #").next().unwrap_or(line).trim();
        let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
        Some((name.trim().to_owned(), json!(value.trim().trim_matches(['"', '\'', '`']))))
    });
    Value::Object(pairs.collect())
}

/// A setting of ours, as it is to be found.
enum Ours {
    At(&'static [&'static str], Option<Value>),
    /// In the object of an array that has these members.
    In(&'static str, &'static [(&'static str, &'static str)], &'static str, Value),
}

fn ours(client: &str, file: &str) -> Vec<Ours> {
    let at = |path, value: &str| Ours::At(path, Some(json!(value)));
    match (client, file) {
        ("claude-code", _) => vec![
            at(&["env", "ANTHROPIC_BASE_URL"], "https://car.example/api"),
            at(&["env", "ANTHROPIC_AUTH_TOKEN"], &key()),
        ],
        ("codex", _) => vec![
            at(&["model_provider"], "carpool"),
            at(&["model_providers", "carpool", "name"], "Carpool"),
            at(&["model_providers", "carpool", "base_url"], "https://car.example/openai"),
            at(&["model_providers", "carpool", "wire_api"], "responses"),
            at(&["model_providers", "carpool", "experimental_bearer_token"], &key()),
            Ours::At(&["model_providers", "carpool", "env_key"], None),
        ],
        ("gemini-cli", ".env") => {
            vec![at(&["GOOGLE_GEMINI_BASE_URL"], "https://car.example/gemini"), at(&["GEMINI_API_KEY"], &key())]
        }
        ("gemini-cli", _) => vec![at(&["security", "auth", "selectedType"], "gemini-api-key")],
        ("droid", _) => {
            let mut settings = Vec::new();
            for Model { known_by, address, provider } in MODELS {
                for (name, value) in [("base_url", *address), ("api_key", key().as_str()), ("provider", *provider)] {
                    settings.push(Ours::In("custom_models", known_by, name, json!(value)));
                }
            }
            settings
        }
        ("vscode", _) => vec![
            Ours::In(VARIABLES, &[("name", "ANTHROPIC_BASE_URL")], "value", json!("https://car.example/api")),
            Ours::In(VARIABLES, &[("name", "ANTHROPIC_AUTH_TOKEN")], "value", json!(key())),
            Ours::At(&["claudeCode.disableLoginPrompt"], Some(json!(true))),
        ],
        (client, file) => panic!("{client} has a new file {file}: say here what is to be found in it"),
    }
}

const VARIABLES: &str = "claudeCode.environmentVariables";

/// One of Droid's models.
struct Model {
    known_by: &'static [(&'static str, &'static str)],
    address: &'static str,
    provider: &'static str,
}

const MODELS: &[Model] = &[
    Model {
        known_by: &[("model", "claude-sonnet-4-5"), ("model_display_name", "Claude Sonnet 4.5 (Carpool)")],
        address: "https://car.example/droid/claude",
        provider: "anthropic",
    },
    Model {
        known_by: &[("model", "gpt-5"), ("model_display_name", "GPT-5 (Carpool)")],
        address: "https://car.example/droid/openai/v1",
        provider: "openai",
    },
];

impl Ours {
    fn wanted(self) -> Option<Value> {
        match self {
            Self::At(_, wanted) => wanted,
            Self::In(.., wanted) => Some(wanted),
        }
    }

    /// Takes it out, and what holds it if nothing else is in there.
    fn take(&self, whole: &mut Value) -> Option<Value> {
        match self {
            Self::At(path, _) => take(whole, path),
            Self::In(array, known, name, _) => {
                let items = whole.get_mut(array)?.as_array_mut()?;
                let is_it = |item: &Value| known.iter().all(|(name, text)| item[*name] == *text);
                let found =
                    items.iter_mut().find(|item| is_it(item)).and_then(|item| item.as_object_mut()?.remove(*name));
                items.retain(|item| !(is_it(item) && item.as_object().is_some_and(|item| item.len() == known.len())));
                if items.is_empty() {
                    take(whole, &[array]);
                }
                found
            }
        }
    }
}

fn take(whole: &mut Value, path: &[&str]) -> Option<Value> {
    let (name, rest) = path.split_first()?;
    let members = whole.as_object_mut()?;
    if rest.is_empty() {
        return members.remove(*name);
    }
    let found = members.get_mut(*name).and_then(|inside| take(inside, rest));
    if members.get(*name).and_then(Value::as_object).is_some_and(serde_json::Map::is_empty) {
        members.remove(*name);
    }
    found
}
