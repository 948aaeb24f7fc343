//! Claude Code: two variables in the `env` of its settings, which it applies over those of the shell.
//! <https://code.claude.com/docs/en/settings>, read 2026-11.

use super::{Access, Client, Conflict, Edits, Folder, JsonEdit, SettingsFile};

pub(super) const CLIENT: Client = Client { id: "claude-code", name: "Claude Code", files };

const CONFLICTS: &[Conflict] = &[
    Conflict {
        path: &["env", "ANTHROPIC_API_KEY"],
        advice: "Claude Code sends it beside your key, and a call with two different keys is refused: remove it",
    },
    Conflict {
        path: &["apiKeyHelper"],
        advice: "Claude Code may ask it for a key and send that beside yours; if calls are refused, remove it",
    },
];

fn files(access: &Access) -> Vec<SettingsFile> {
    let set = vec![
        JsonEdit::Set { path: &["env", "ANTHROPIC_BASE_URL"], value: access.at("/api") },
        JsonEdit::Set { path: &["env", "ANTHROPIC_AUTH_TOKEN"], value: access.key() },
    ];
    let folder = Folder::Named { variable: "CLAUDE_CONFIG_DIR", inside: "", otherwise: ".claude" };
    vec![SettingsFile { folder, name: "settings.json", edits: Edits::Json { set, conflicts: CONFLICTS } }]
}
