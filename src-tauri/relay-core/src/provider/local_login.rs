//! Logins that the vendors' own clients keep on the owner's machine: read, and left as they are.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Deserialize;

use crate::{call::Client, oauth::Tokens};

/// Where a vendor's own client keeps its login.
#[derive(Clone, Copy, Debug)]
pub struct LocalLogin {
    /// The client.
    pub client: Client,
    /// The environment variable that names its folder, where it has one.
    pub folder_variable: Option<&'static str>,
    /// Its folder in the owner's home.
    pub folder: &'static str,
    /// The file in that.
    pub file: &'static str,
    /// Reads the file.
    pub read: fn(&[u8], Timestamp) -> Option<KeptLogin>,
}

/// A login as it was kept.
#[derive(Clone, Debug)]
pub struct KeptLogin {
    /// What it signs in with.
    pub tokens: Tokens,
    /// The subscription's name, where the file tells.
    pub plan: Option<String>,
    /// The OAuth client it belongs to, where it is not the one of the providers file.
    pub client_id: Option<String>,
}

/// How Claude Code keeps it (`.credentials.json`; November 2026).
pub(super) static CLAUDE_CODE: LocalLogin = LocalLogin {
    client: Client::ClaudeCode,
    folder_variable: Some("CLAUDE_CONFIG_DIR"),
    folder: ".claude",
    file: ".credentials.json",
    read: read_claude_code,
};

/// How Codex keeps it (`auth.json`; November 2026).
pub(super) static CODEX: LocalLogin = LocalLogin {
    client: Client::Codex,
    folder_variable: Some("CODEX_HOME"),
    folder: ".codex",
    file: "auth.json",
    read: read_codex,
};

/// How the Gemini CLI keeps it (`oauth_creds.json`; November 2026). The secret of its OAuth client is not in there.
pub(super) static GEMINI_CLI: LocalLogin = LocalLogin {
    client: Client::GeminiCli,
    folder_variable: None,
    folder: ".gemini",
    file: "oauth_creds.json",
    read: read_gemini_cli,
};

#[derive(Deserialize)]
struct WireClaudeCode {
    #[serde(rename = "claudeAiOauth")]
    login: WireClaudeLogin,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireClaudeLogin {
    access_token: String,
    refresh_token: String,
    expires_at: Option<i64>,
    subscription_type: Option<String>,
}

fn read_claude_code(file: &[u8], now: Timestamp) -> Option<KeptLogin> {
    let WireClaudeCode { login } = serde_json::from_slice(file).ok()?;
    Some(KeptLogin {
        tokens: tokens(login.access_token, login.refresh_token, lifetime(login.expires_at, now), None),
        plan: login.subscription_type,
        client_id: None,
    })
}

#[derive(Deserialize)]
struct WireCodex {
    tokens: WireCodexTokens,
}

#[derive(Deserialize)]
struct WireCodexTokens {
    access_token: String,
    refresh_token: String,
    id_token: Option<String>,
}

fn read_codex(file: &[u8], now: Timestamp) -> Option<KeptLogin> {
    let WireCodex { tokens: WireCodexTokens { access_token, refresh_token, id_token } } =
        serde_json::from_slice(file).ok()?;
    let mut tokens = tokens(access_token, refresh_token, Duration::ZERO, id_token);
    let ends = tokens.access_token_claims().and_then(|claims| claims.get("exp")?.as_i64());
    tokens.expires_in = Some(lifetime(ends.map(|seconds| seconds.saturating_mul(1000)), now));
    Some(KeptLogin { tokens, plan: None, client_id: None })
}

#[derive(Deserialize)]
struct WireGeminiCli {
    access_token: String,
    refresh_token: String,
    id_token: Option<String>,
    expiry_date: Option<i64>,
}

fn read_gemini_cli(file: &[u8], now: Timestamp) -> Option<KeptLogin> {
    let wire: WireGeminiCli = serde_json::from_slice(file).ok()?;
    let tokens = tokens(wire.access_token, wire.refresh_token, lifetime(wire.expiry_date, now), wire.id_token);
    let claims = tokens.claims();
    let whose = claims.as_ref().and_then(|claims| claims.get("azp").or_else(|| claims.get("aud"))?.as_str());
    let client_id = whose.map(str::to_owned);
    Some(KeptLogin { tokens, plan: None, client_id })
}

fn tokens(access: String, refresh: String, expires_in: Duration, id_token: Option<String>) -> Tokens {
    Tokens {
        access_token: access.into(),
        refresh_token: Some(refresh.into()),
        expires_in: Some(expires_in),
        id_token: id_token.map(SecretString::from),
        email: None,
    }
}

/// How long a token still lives that ends at this Unix time in milliseconds; nothing where that is not known, so that it
/// is renewed first.
fn lifetime(ends_ms: Option<i64>, now: Timestamp) -> Duration {
    let ends = ends_ms.and_then(|millisecond| Timestamp::from_millisecond(millisecond).ok()).unwrap_or(now);
    Duration::try_from(ends.duration_since(now).max(SignedDuration::ZERO)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use secrecy::ExposeSecret;

    use super::*;

    const NOW: i64 = 1_795_176_000;

    fn now() -> Timestamp {
        Timestamp::from_second(NOW).expect("in range")
    }

    fn token(claims: &str) -> String {
        format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn claude_codes_login_is_read_with_its_end_and_plan() {
        let file = format!(
            r#"{{"claudeAiOauth":{{"accessToken":"a","refreshToken":"r","expiresAt":{},"scopes":["user:inference"],"subscriptionType":"max"}}}}"#,
            (NOW + 600) * 1000
        );

        let kept = read_claude_code(file.as_bytes(), now()).expect("a login");

        assert_eq!(kept.tokens.access_token.expose_secret(), "a");
        assert_eq!(kept.tokens.refresh_token.expect("one").expose_secret(), "r");
        assert_eq!(kept.tokens.expires_in, Some(Duration::from_secs(600)));
        assert_eq!(kept.plan.as_deref(), Some("max"));
    }

    #[test]
    fn codexs_login_ends_when_its_access_token_says_so() {
        let access = token(&format!(r#"{{"exp":{}}}"#, NOW + 60));
        let file = format!(
            r#"{{"OPENAI_API_KEY":null,"tokens":{{"id_token":"e30.e30.x","access_token":"{access}","refresh_token":"r","account_id":"acc"}}}}"#
        );

        let kept = read_codex(file.as_bytes(), now()).expect("a login");

        assert_eq!(kept.tokens.expires_in, Some(Duration::from_secs(60)));
        assert!(read_codex(br#"{"OPENAI_API_KEY":"sk-1"}"#, now()).is_none(), "a key is no login");
    }

    #[test]
    fn the_gemini_clis_login_names_the_client_it_belongs_to() {
        let id_token = token(r#"{"azp":"1.apps.googleusercontent.com","email":"o@example.org"}"#);
        let file = format!(r#"{{"access_token":"a","refresh_token":"r","id_token":"{id_token}","expiry_date":1}}"#);

        let kept = read_gemini_cli(file.as_bytes(), now()).expect("a login");

        assert_eq!(kept.client_id.as_deref(), Some("1.apps.googleusercontent.com"));
        assert_eq!(kept.tokens.expires_in, Some(Duration::ZERO));
    }
}
