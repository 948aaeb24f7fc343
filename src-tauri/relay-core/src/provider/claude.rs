//! Claude, by Anthropic: API keys, subscriptions by OAuth, and setup tokens.
//!
//! Sources: <https://docs.claude.com/en/api/overview> for keys and versions; the OAuth endpoints are those of the
//! vendor's own client and stand in `providers.toml` (November 2026).

mod limits;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{
    Ask, NotASecret, PLAIN, Probe, Provider, ToSend, UnsendableSecret, UsageQuestion, local_login, pasted, sensitive,
};
use crate::{
    call::Client,
    credential::{AccountKind, Credential},
    dialect::messages::MESSAGES,
    oauth::{Encoding, Flow, Identity, Login, Profile},
    options::Options,
};

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const ANTHROPIC_BETA: HeaderName = HeaderName::from_static("anthropic-beta");
const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");
/// The version the API wants to be told; sent only when the client sent none.
const DEFAULT_VERSION: HeaderValue = HeaderValue::from_static("2023-06-01");
/// What the API wants to see among the betas of a call with an OAuth token.
const OAUTH_BETA: &str = "oauth-2025-04-20";

/// The Claude provider.
pub static CLAUDE: Provider = Provider {
    id: "claude",
    label: "Claude",
    dialects: &[&MESSAGES],
    kinds: &[AccountKind::ApiKey, AccountKind::Oauth, AccountKind::SetupToken],
    terms_url: Some("https://www.anthropic.com/legal/consumer-terms"),
    asks: &[Ask::ModelMap, Ask::Models],
    own_client: Some(Client::ClaudeCode),
    kind_of_secret,
    may_have: |model| model.starts_with("claude"),
    authorize,
    judge: limits::judge,
    family: limits::family,
    windows: limits::windows,
    is_about_windows: limits::is_about_windows,
    usage: Some(UsageQuestion { body: |_| None, read: limits::read_usage }),
    login: Some(Login {
        flow: Flow::Code { extra: &[("code", "true")], repeats_state: true },
        encoding: Encoding::Json,
        refresh_scope: None,
        identify: |tokens| Identity { profile: Profile { email: tokens.email.clone(), plan: None }, project: None },
        read_profile,
    }),
    local_login: Some(&local_login::CLAUDE_CODE),
    models_path: Some("/v1/models?limit=1000"),
    probe,
    ..PLAIN
};

fn kind_of_secret(secret: &SecretString) -> Result<AccountKind, NotASecret> {
    let expected = "expected one API key (sk-ant-api…) or setup token (sk-ant-oat…), without white space";
    let secret = pasted::one_word(secret, expected)?;
    if secret.starts_with("sk-ant-ort") {
        return Err(NotASecret(
            "this is a refresh token; sign in with `carpool account login claude --name NAME` instead",
        ));
    }
    Ok(if secret.starts_with("sk-ant-oat") { AccountKind::SetupToken } else { AccountKind::ApiKey })
}

fn authorize(credential: &Credential, request: ToSend<'_>) -> Result<(), UnsendableSecret> {
    let (headers, secret) = (request.headers, credential.secret.expose_secret());
    match credential.kind {
        AccountKind::ApiKey => {
            headers.insert(X_API_KEY, sensitive(secret)?);
        }
        AccountKind::Oauth | AccountKind::SetupToken => {
            headers.insert(header::AUTHORIZATION, sensitive(&format!("Bearer {secret}"))?);
            add_oauth_beta(headers);
        }
    }
    headers.entry(ANTHROPIC_VERSION).or_insert(DEFAULT_VERSION);
    Ok(())
}

/// Adds the OAuth beta to the client's list, which stays as it came.
fn add_oauth_beta(headers: &mut HeaderMap) {
    let is_listed = headers
        .get_all(ANTHROPIC_BETA)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|beta| beta.trim() == OAUTH_BETA);
    if is_listed {
        return;
    }
    // A further field line is the same as a further list member (RFC 9110, section 5.3), but not every server joins
    // them, so a single line is extended.
    let extended = match headers.get(ANTHROPIC_BETA).map(HeaderValue::to_str) {
        Some(Ok(list)) => HeaderValue::try_from(format!("{list},{OAUTH_BETA}")).ok(),
        _ => None,
    };
    match extended {
        Some(list) if headers.get_all(ANTHROPIC_BETA).iter().count() == 1 => {
            headers.insert(ANTHROPIC_BETA, list);
        }
        _ => {
            headers.append(ANTHROPIC_BETA, HeaderValue::from_static(OAUTH_BETA));
        }
    }
}

#[derive(Deserialize)]
struct WireProfile {
    account: Option<WireAccount>,
    organization: Option<WireOrganization>,
}

#[derive(Deserialize)]
struct WireAccount {
    email: Option<String>,
}

#[derive(Deserialize)]
struct WireOrganization {
    organization_type: Option<String>,
}

fn read_profile(body: &[u8]) -> Option<Profile> {
    let WireProfile { account, organization } = serde_json::from_slice(body).ok()?;
    Some(Profile {
        email: account.and_then(|account| account.email),
        plan: organization.and_then(|organization| organization.organization_type),
    })
}

/// A setup token may only run models, so it cannot see the profile; counting tokens is free for it and for API keys.
fn probe(kind: AccountKind, _: &Options) -> Probe {
    match kind {
        AccountKind::Oauth => Probe::Profile,
        AccountKind::ApiKey | AccountKind::SetupToken => Probe::Post(
            "/v1/messages/count_tokens".to_owned(),
            r#"{"model":"claude-haiku-4-5","messages":[{"role":"user","content":"hi"}]}"#.to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::sending::authorized;

    fn credential(kind: AccountKind) -> Credential {
        Credential { kind, secret: "sk-ant-x".into(), expires_at: None, generation: 1 }
    }

    #[test]
    fn the_kind_of_account_is_read_from_the_secret() {
        let kind = |text: &str| kind_of_secret(&text.into()).ok();

        assert_eq!(kind("sk-ant-api03-abc"), Some(AccountKind::ApiKey));
        assert_eq!(kind("any-other-key"), Some(AccountKind::ApiKey));
        assert_eq!(kind("sk-ant-oat01-abc"), Some(AccountKind::SetupToken));
        assert_eq!(kind("sk-ant-ort01-abc"), None);
        assert_eq!(kind("cr_abc"), None);
        assert_eq!(kind("two words"), None);
    }

    #[test]
    fn an_api_key_adds_nothing_but_itself_and_a_missing_version() {
        let headers = HeaderMap::from_iter([(ANTHROPIC_VERSION, HeaderValue::from_static("2025-01-01"))]);
        let headers = authorized(&CLAUDE, &credential(AccountKind::ApiKey), headers);
        assert_eq!(headers[X_API_KEY], "sk-ant-x");
        assert_eq!(headers[ANTHROPIC_VERSION], "2025-01-01");
        assert_eq!(headers.len(), 2);

        let bare = authorized(&CLAUDE, &credential(AccountKind::ApiKey), HeaderMap::new());
        assert_eq!(bare[ANTHROPIC_VERSION], "2023-06-01");
    }

    #[test]
    fn an_oauth_token_merges_its_beta_with_the_clients_list() {
        for (sent, expected) in [
            (None, "oauth-2025-04-20"),
            (Some("a,b"), "a,b,oauth-2025-04-20"),
            (Some("a, oauth-2025-04-20"), "a, oauth-2025-04-20"),
        ] {
            let headers = sent.map(|list| (ANTHROPIC_BETA, HeaderValue::from_static(list))).into_iter().collect();
            let headers = authorized(&CLAUDE, &credential(AccountKind::Oauth), headers);
            assert_eq!(headers[header::AUTHORIZATION], "Bearer sk-ant-x");
            assert_eq!(headers[ANTHROPIC_BETA], expected);
        }
    }

    #[test]
    fn a_profile_tells_e_mail_and_plan() {
        let body = br#"{"account":{"email":"o@example.org"},"organization":{"organization_type":"claude_max"}}"#;

        let profile = read_profile(body).expect("readable");

        assert_eq!((profile.email.as_deref(), profile.plan.as_deref()), (Some("o@example.org"), Some("claude_max")));
    }
}
