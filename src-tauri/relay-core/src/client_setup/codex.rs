//! Codex: a provider of its own in `config.toml`, with the key in it, so that no variable has to be set in every shell.
//! `experimental_bearer_token` came with openai/codex pull request 5467; a provider that also has an `env_key` insists on
//! that variable, so ours loses one that an earlier set-up text gave it.

use super::{Access, Client, Edits, Folder, SettingsFile, TomlEdits, Value};

pub(super) const CLIENT: Client = Client { id: "codex", name: "Codex", files };

fn files(access: &Access) -> Vec<SettingsFile> {
    let edits = TomlEdits {
        root: ("model_provider", Value::text("carpool")),
        table: ["model_providers", "carpool"],
        members: vec![
            ("name", Value::text("Carpool")),
            ("base_url", access.at("/openai")),
            ("wire_api", Value::text("responses")),
            ("experimental_bearer_token", access.key()),
        ],
        dropped: "env_key",
    };
    let folder = Folder::Named { variable: "CODEX_HOME", inside: "", otherwise: ".codex" };
    vec![SettingsFile { folder, name: "config.toml", edits: Edits::Toml(edits) }]
}
