//! Droid: two models of its own, known by model and display name, so that another address changes them and adds none.
//! <https://docs.factory.ai/cli/byok/overview>, read 2026-11: `config.json` with these names is read beside `settings.json`.

use super::{Access, Client, Edits, Folder, JsonEdit, SettingsFile, Value};

pub(super) const CLIENT: Client = Client { id: "droid", name: "Droid", files };

fn files(access: &Access) -> Vec<SettingsFile> {
    let model = |model, display_name, path, provider| JsonEdit::Item {
        path: &["custom_models"],
        same: vec![("model", Value::text(model)), ("model_display_name", Value::text(display_name))],
        set: vec![("base_url", access.at(path)), ("api_key", access.key()), ("provider", Value::text(provider))],
    };
    let set = vec![
        model("claude-sonnet-4-5", "Claude Sonnet 4.5 (Carpool)", "/droid/claude", "anthropic"),
        model("gpt-5", "GPT-5 (Carpool)", "/droid/openai/v1", "openai"),
    ];
    vec![SettingsFile {
        folder: Folder::Home(".factory"),
        name: "config.json",
        edits: Edits::Json { set, conflicts: &[] },
    }]
}
