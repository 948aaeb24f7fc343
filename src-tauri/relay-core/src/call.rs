//! What a call is, before anything is done about it.

use std::{fmt, str::FromStr};

use jiff::Timestamp;

use crate::dialect::Dialect;

/// Bits of a [`CallId`] below the millisecond: about a million calls can begin in one.
const SEQUENCE_BITS: u32 = 20;
/// How a written call id begins.
const MARK: &str = "call_";

/// The ledger's name for a call: time-ordered, unique in one data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub i64);

impl CallId {
    /// The smallest id greater than `last` that also tells when the call began.
    #[must_use]
    pub fn after(last: Self, now: Timestamp) -> Self {
        Self((now.as_millisecond() << SEQUENCE_BITS).max(last.0 + 1))
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MARK}{:016x}", self.0)
    }
}

impl FromStr for CallId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        i64::from_str_radix(text.strip_prefix(MARK).unwrap_or(text), 16).map(Self)
    }
}

/// What a client asks a provider to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Run the model.
    Generate,
    /// Turn texts into vectors.
    Embed,
    /// Count the input tokens of a would-be call.
    CountTokens,
    /// List the models.
    ListModels,
    /// What a vendor's own client asks beside its calls, e.g. for its plan.
    Aside,
    /// Speak over a WebSocket instead, which Carpool does not.
    Upgrade,
}

impl Operation {
    /// The word the ledger keeps.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Generate => "generate",
            Self::Embed => "embed",
            Self::CountTokens => "count_tokens",
            Self::ListModels => "list_models",
            Self::Aside => "aside",
            Self::Upgrade => "upgrade",
        }
    }

    /// Says whether providers charge for it.
    #[must_use]
    pub const fn is_charged(self) -> bool {
        matches!(self, Self::Generate | Self::Embed)
    }
}

/// Where a request is going: found from its method, path and headers alone.
#[derive(Clone, Debug)]
pub struct Route {
    /// The wire format the client speaks.
    pub dialect: &'static Dialect,
    /// What it asks for.
    pub operation: Operation,
    /// The path to ask a provider for, as the vendor of the dialect spells it.
    pub path: String,
    /// The model, where the path names it.
    pub model: Option<String>,
    /// Whether the path asks for a stream, where the dialect says so there.
    pub stream: Option<bool>,
}

/// What a dialect reads from a request; everything else in there is the provider's business.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The model, as the client wrote it.
    pub model: Option<String>,
    /// Further models that may answer where that one does not.
    pub other_models: Vec<String>,
    /// Whether the client wants the answer as a stream.
    pub stream: bool,
    /// The most output it asks for, in tokens of each answer.
    pub max_output_tokens: Option<u64>,
    /// How many answers it asks for in one, where it says so.
    pub answers: Option<u64>,
    /// What the calls of one conversation have in common and others have not, where the dialect can tell.
    pub conversation: Option<Vec<u8>>,
}

/// The program that is calling, as far as its `User-Agent` tells. Advisory: a header can be forged by who holds a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// Anthropic's Claude Code.
    ClaudeCode,
    /// OpenAI's Codex.
    Codex,
    /// Google's Gemini CLI.
    GeminiCli,
    /// Factory's Droid.
    Droid,
    /// Anything else.
    Other,
}

/// How the user agents of known clients begin (measured November 2026).
const USER_AGENTS: [(&str, Client); 6] = [
    ("claude-cli/", Client::ClaudeCode),
    ("codex_", Client::Codex),
    ("codex-", Client::Codex),
    ("Codex ", Client::Codex),
    ("GeminiCLI", Client::GeminiCli),
    ("factory-cli/", Client::Droid),
];

impl Client {
    /// Recognises a client by its user agent, e.g. `claude-cli/2.1.329 (external, cli)`.
    #[must_use]
    pub fn from_user_agent(user_agent: &str) -> Self {
        let known = USER_AGENTS.iter().find(|(beginning, _)| user_agent.starts_with(beginning));
        known.map_or(Self::Other, |(_, client)| *client)
    }

    /// The program of a word in the settings and on the command line: `claude-code`, `codex`, `gemini-cli`, `droid`,
    /// `other`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::ClaudeCode, Self::Codex, Self::GeminiCli, Self::Droid, Self::Other]
            .into_iter()
            .find(|client| client.as_str() == word)
    }

    /// The word in the settings and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
            Self::GeminiCli => "gemini-cli",
            Self::Droid => "droid",
            Self::Other => "other",
        }
    }

    /// What it is called.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::ClaudeCode => "Claude Code",
            Self::Codex => "Codex",
            Self::GeminiCli => "Gemini CLI",
            Self::Droid => "Droid",
            Self::Other => "another client",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_even_when_the_clock_goes_back() {
        let at = |millisecond| Timestamp::from_millisecond(millisecond).expect("in range");
        let first = CallId::after(CallId(0), at(1_000));

        assert!(CallId::after(first, at(1_000)) > first);
        assert!(CallId::after(first, at(500)) > first);
        assert_eq!(first.to_string().parse(), Ok(first));
    }

    #[test]
    fn the_vendors_clients_are_known_by_their_user_agents() {
        assert_eq!(Client::from_user_agent("codex_exec/0.169.0 (Debian 12; x86_64)"), Client::Codex);
        assert_eq!(Client::from_user_agent("GeminiCLI/0.61.0/gemini-2.5-pro (linux; x64)"), Client::GeminiCli);
        assert_eq!(Client::from_user_agent("claude-cli/2.1.329 (external, sdk-cli)"), Client::ClaudeCode);
        assert_eq!(Client::from_user_agent("Anthropic/Python 0.90"), Client::Other);
    }
}
