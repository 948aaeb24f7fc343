//! VS Code: the variables of its Claude Code extension, and no sign-in page before they are used.
//! <https://code.claude.com/docs/en/vs-code>, read 2026-11.

use super::{Access, Client, Edits, Folder, JsonEdit, SettingsFile, Value};

pub(super) const CLIENT: Client = Client { id: "vscode", name: "VS Code (Claude Code)", files };

fn files(access: &Access) -> Vec<SettingsFile> {
    let variable = |name, value| JsonEdit::Item {
        path: &["claudeCode.environmentVariables"],
        same: vec![("name", Value::text(name))],
        set: vec![("value", value)],
    };
    let set = vec![
        variable("ANTHROPIC_BASE_URL", access.at("/api")),
        variable("ANTHROPIC_AUTH_TOKEN", access.key()),
        JsonEdit::Set { path: &["claudeCode.disableLoginPrompt"], value: Value::Yes },
    ];
    vec![SettingsFile {
        folder: Folder::Programs("Code/User"),
        name: "settings.json",
        edits: Edits::Json { set, conflicts: &[] },
    }]
}
