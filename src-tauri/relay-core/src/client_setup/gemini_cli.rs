//! Gemini CLI: two variables in its own `.env`, and the kind of sign-in in its settings, without which it asks at its start.
//! <https://geminicli.com/docs/reference/configuration>, read 2026-11.

use super::{Access, Client, Edits, Folder, JsonEdit, SettingsFile, Value};

pub(super) const CLIENT: Client = Client { id: "gemini-cli", name: "Gemini CLI", files };

fn files(access: &Access) -> Vec<SettingsFile> {
    let folder = Folder::Named { variable: "GEMINI_CLI_HOME", inside: ".gemini", otherwise: ".gemini" };
    let variables = vec![("GOOGLE_GEMINI_BASE_URL", access.at("/gemini")), ("GEMINI_API_KEY", access.key())];
    let set = vec![JsonEdit::Set { path: &["security", "auth", "selectedType"], value: Value::text("gemini-api-key") }];
    vec![
        SettingsFile { folder, name: ".env", edits: Edits::Dotenv(variables) },
        SettingsFile { folder, name: "settings.json", edits: Edits::Json { set, conflicts: &[] } },
    ]
}
