//! What a friend types to use the relay: one text for each client and shell.

/// A client that can be set up.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// Its name for programs.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The ways to set it up, by shell, system or file.
    pub ways: &'static [Way],
}

/// A way to set a client up.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// Where it is for: a system, a file or a language.
    pub name: &'static str,
    /// The text, in which `{address}` and `{key}` stand for the relay's address and the key.
    template: &'static str,
}

impl Way {
    /// The text, for a relay's address and a key.
    #[must_use]
    pub fn text(&self, address: &str, key: &str) -> String {
        self.template.replace("{address}", address).replace("{key}", key)
    }
}

const SHELL: &str = "macOS · Linux";
const POWERSHELL: &str = "Windows";

/// Every client, in the order friends are shown them.
pub const CLIENTS: &[Client] = &[
    Client {
        id: "claude-code",
        name: "Claude Code",
        ways: &[
            Way {
                name: SHELL,
                template: "export ANTHROPIC_BASE_URL={address}/api\nexport ANTHROPIC_AUTH_TOKEN={key}\nclaude",
            },
            Way {
                name: POWERSHELL,
                template: "$env:ANTHROPIC_BASE_URL = \"{address}/api\"\n$env:ANTHROPIC_AUTH_TOKEN = \"{key}\"\nclaude",
            },
        ],
    },
    Client {
        id: "codex",
        name: "Codex",
        ways: &[
            Way {
                name: "~/.codex/config.toml",
                template: "model_provider = \"carpool\"\n\n[model_providers.carpool]\nname = \"Carpool\"\n\
                           base_url = \"{address}/openai\"\nwire_api = \"responses\"\nenv_key = \"CARPOOL_KEY\"",
            },
            Way { name: SHELL, template: "export CARPOOL_KEY={key}\ncodex" },
            Way { name: POWERSHELL, template: "$env:CARPOOL_KEY = \"{key}\"\ncodex" },
        ],
    },
    Client {
        id: "gemini-cli",
        name: "Gemini CLI",
        ways: &[
            Way {
                name: SHELL,
                template: "export GOOGLE_GEMINI_BASE_URL={address}/gemini\nexport GEMINI_API_KEY={key}\ngemini",
            },
            Way {
                name: POWERSHELL,
                template: "$env:GOOGLE_GEMINI_BASE_URL = \"{address}/gemini\"\n$env:GEMINI_API_KEY = \"{key}\"\ngemini",
            },
            Way {
                name: "Code Assist",
                template: "export CODE_ASSIST_ENDPOINT={address}/gemini\nexport GOOGLE_CLOUD_ACCESS_TOKEN={key}\n\
                           export GOOGLE_GENAI_USE_GCA=true\ngemini",
            },
        ],
    },
    Client {
        id: "droid",
        name: "Droid",
        ways: &[Way {
            name: "~/.factory/config.json",
            template: r#"{
  "custom_models": [
    {
      "model_display_name": "Claude Sonnet 4.5 (Carpool)",
      "model": "claude-sonnet-4-5",
      "base_url": "{address}/droid/claude",
      "api_key": "{key}",
      "provider": "anthropic"
    },
    {
      "model_display_name": "GPT-5 (Carpool)",
      "model": "gpt-5",
      "base_url": "{address}/droid/openai/v1",
      "api_key": "{key}",
      "provider": "openai"
    }
  ]
}"#,
        }],
    },
    Client {
        id: "vscode",
        name: "VS Code",
        ways: &[Way {
            name: "settings.json (Claude Code)",
            template: r#"{
  "claudeCode.environmentVariables": [
    { "name": "ANTHROPIC_BASE_URL", "value": "{address}/api" },
    { "name": "ANTHROPIC_AUTH_TOKEN", "value": "{key}" }
  ]
}"#,
        }],
    },
    Client {
        id: "cherry-studio",
        name: "Cherry Studio",
        ways: &[
            Way { name: "Anthropic", template: "API Host: {address}/api\nAPI Key: {key}" },
            Way { name: "OpenAI", template: "API Host: {address}/openai\nAPI Key: {key}" },
            Way { name: "Gemini", template: "API Host: {address}/gemini\nAPI Key: {key}" },
        ],
    },
    Client {
        id: "opencode",
        name: "OpenCode",
        ways: &[Way {
            name: "opencode.json",
            template: r#"{
  "$schema": "https://opencode.ai/config.json",
  "provider": {
    "anthropic": { "options": { "baseURL": "{address}/api/v1", "apiKey": "{key}" } },
    "openai": { "options": { "baseURL": "{address}/openai/v1", "apiKey": "{key}" } },
    "google": { "options": { "baseURL": "{address}/gemini/v1beta", "apiKey": "{key}" } }
  }
}"#,
        }],
    },
    Client {
        id: "anthropic-sdk",
        name: "Anthropic SDK",
        ways: &[
            Way { name: "Python", template: "anthropic.Anthropic(base_url=\"{address}/api\", api_key=\"{key}\")" },
            Way { name: "TypeScript", template: "new Anthropic({ baseURL: \"{address}/api\", apiKey: \"{key}\" })" },
        ],
    },
    Client {
        id: "openai-sdk",
        name: "OpenAI SDK",
        ways: &[
            Way { name: "Python", template: "openai.OpenAI(base_url=\"{address}/openai/v1\", api_key=\"{key}\")" },
            Way { name: "TypeScript", template: "new OpenAI({ baseURL: \"{address}/openai/v1\", apiKey: \"{key}\" })" },
        ],
    },
    Client {
        id: "google-sdk",
        name: "Google GenAI SDK",
        ways: &[
            Way {
                name: "Python",
                template: "genai.Client(api_key=\"{key}\", http_options={\"base_url\": \"{address}/gemini\"})",
            },
            Way {
                name: "TypeScript",
                template: "new GoogleGenAI({ apiKey: \"{key}\", httpOptions: { baseUrl: \"{address}/gemini\" } })",
            },
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_client_is_pointed_at_the_relay_and_somewhere_given_the_key() {
        for client in CLIENTS {
            let texts: Vec<String> = client.ways.iter().map(|way| way.text("http://127.0.0.1:8787", "cr_1")).collect();

            assert!(texts.iter().any(|text| text.contains("http://127.0.0.1:8787/")), "{}", client.name);
            assert!(texts.iter().any(|text| text.contains("cr_1")), "{}", client.name);
            assert!(!texts.iter().any(|text| text.contains("{address}") || text.contains("{key}")), "{}", client.name);
        }
    }

    #[test]
    fn claude_code_is_set_up_by_two_variables() {
        assert_eq!(
            CLIENTS[0].ways[0].text("http://127.0.0.1:8787", "cr_1"),
            "export ANTHROPIC_BASE_URL=http://127.0.0.1:8787/api\nexport ANTHROPIC_AUTH_TOKEN=cr_1\nclaude"
        );
    }

    #[test]
    fn a_file_that_is_json_stays_json() {
        for client in CLIENTS {
            for way in client.ways.iter().filter(|way| way.template.starts_with("{\n")) {
                let text = way.text("http://127.0.0.1:8787", "cr_1");
                assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", client.name);
            }
        }
    }
}
