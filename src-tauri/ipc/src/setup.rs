//! What a friend types to use the relay: one text for each client and shell.

/// A client that can be set up.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// Its name.
    pub name: &'static str,
    /// The ways to set it up, by shell or system.
    pub ways: &'static [Way],
}

/// A way to set a client up.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// Where it is for.
    pub name: &'static str,
    /// The text, for a relay's address and a key.
    pub text: fn(&str, &str) -> String,
}

/// Every client, in the order friends are shown them.
pub const CLIENTS: &[Client] = &[Client {
    name: "Claude Code",
    ways: &[
        Way { name: "macOS · Linux", text: claude_code_shell },
        Way { name: "Windows", text: claude_code_powershell },
    ],
}];

fn claude_code_shell(address: &str, key: &str) -> String {
    format!("export ANTHROPIC_BASE_URL={address}/api\nexport ANTHROPIC_AUTH_TOKEN={key}\nclaude")
}

fn claude_code_powershell(address: &str, key: &str) -> String {
    format!("$env:ANTHROPIC_BASE_URL = \"{address}/api\"\n$env:ANTHROPIC_AUTH_TOKEN = \"{key}\"\nclaude")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claude_code_is_pointed_at_the_relay_with_the_key() {
        let texts: Vec<String> =
            CLIENTS[0].ways.iter().map(|way| (way.text)("http://127.0.0.1:8787", "cr_1")).collect();

        assert_eq!(
            texts[0],
            "export ANTHROPIC_BASE_URL=http://127.0.0.1:8787/api\nexport ANTHROPIC_AUTH_TOKEN=cr_1\nclaude"
        );
        assert_eq!(
            texts[1],
            "$env:ANTHROPIC_BASE_URL = \"http://127.0.0.1:8787/api\"\n$env:ANTHROPIC_AUTH_TOKEN = \"cr_1\"\nclaude"
        );
    }
}
