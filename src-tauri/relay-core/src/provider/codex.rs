//! Codex: OpenAI's models by a ChatGPT subscription.
//!
//! Source: the vendor's own open client, <https://github.com/openai/codex> (read November 2026): its sign-in, its calls and
//! what it reads from answers. The addresses stand in `providers.toml`. The vendor wants calls as its client writes them,
//! with `store: false`; what another client wrote is not changed, and the vendor's answer says what is wrong.

mod limits;

use http::{HeaderName, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{
    Ask, CannotServe, NotASecret, Outgoing, PLAIN, Prepared, Probe, Provider, ToSend, UnsendableSecret, UsageQuestion,
    join, local_login, sensitive,
};
use crate::{
    call::{Client, Operation},
    credential::{AccountKind, Credential},
    dialect::responses::RESPONSES,
    oauth::{Encoding, Flow, Identity, Login, Profile, Tokens},
};

/// The Codex provider.
pub static CODEX: Provider = Provider {
    id: "codex",
    label: "Codex (ChatGPT)",
    dialects: &[&RESPONSES],
    kinds: &[AccountKind::Oauth],
    terms_url: Some("https://openai.com/policies/row-terms-of-use/"),
    asks: &[Ask::ModelMap, Ask::Models, Ask::Project],
    own_client: Some(Client::Codex),
    kind_of_secret,
    may_have,
    prepare,
    authorize,
    judge: limits::judge,
    windows: limits::windows,
    is_about_windows: limits::is_about_windows,
    usage: Some(UsageQuestion { body: |_| None, read: limits::read_usage }),
    login: Some(Login {
        flow: Flow::Code {
            extra: &[("id_token_add_organizations", "true"), ("codex_cli_simplified_flow", "true")],
            repeats_state: false,
        },
        encoding: Encoding::Form,
        refresh_scope: Some("openid profile email"),
        identify,
        read_profile,
    }),
    local_login: Some(&local_login::CODEX),
    // The profile is read from the usage endpoint, which costs nothing.
    probe: |_, _| Probe::Profile,
    ..PLAIN
};

/// Names the ChatGPT account a call is made for: one person may have several.
const ACCOUNT_ID: HeaderName = HeaderName::from_static("chatgpt-account-id");
/// What the paths of the API begin with that the subscription's do not.
const VERSION: &str = "/v1";
/// The claim of the id token that says which account it is, and on which plan.
const AUTH_CLAIM: &str = "https://api.openai.com/auth";

fn kind_of_secret(_: &SecretString) -> Result<AccountKind, NotASecret> {
    Err(NotASecret(
        "a ChatGPT subscription has no key; sign in with `carpool account login codex --name NAME`, or add the API key \
         to an account of the provider openai",
    ))
}

/// A subscription has the vendor's models for coding, which go by these names.
fn may_have(model: &str) -> bool {
    let is_numbered_o = || model.strip_prefix('o').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    model.starts_with("gpt-") || model.starts_with("codex") || is_numbered_o()
}

#[expect(clippy::needless_pass_by_value, reason = "one type for every provider's way of preparing")]
fn prepare(call: Outgoing<'_>) -> Result<Prepared, CannotServe> {
    if call.dialect.id != RESPONSES.id || call.operation != Operation::Generate {
        return Err(CannotServe::Call("a ChatGPT subscription serves calls to /v1/responses only"));
    }
    let (edits, conversion) = call.edits();
    let path = call.path.strip_prefix(VERSION).unwrap_or(call.path);
    let address = join(call.base, path, call.query)?;
    Ok(Prepared { address, edits, conversion })
}

fn authorize(credential: &Credential, request: ToSend<'_>) -> Result<(), UnsendableSecret> {
    let ToSend { headers, options, .. } = request;
    headers.insert(header::AUTHORIZATION, sensitive(&format!("Bearer {}", credential.secret.expose_secret()))?);
    // One that a client names is its own and has no place beside the owner's credential.
    headers.remove(ACCOUNT_ID);
    if let Some(account) = &options.project {
        headers.insert(ACCOUNT_ID, sensitive(account)?);
    }
    Ok(())
}

fn identify(tokens: &Tokens) -> Identity {
    let claims = tokens.claims().unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let auth = |name: &str| text(&claims[AUTH_CLAIM][name]);
    Identity {
        profile: Profile {
            email: text(&claims["email"]).or_else(|| tokens.email.clone()),
            plan: auth("chatgpt_plan_type"),
        },
        project: auth("chatgpt_account_id"),
    }
}

#[derive(Deserialize)]
struct WireProfile {
    email: Option<String>,
    plan_type: Option<String>,
}

/// The usage endpoint tells whose account it is, too.
fn read_profile(body: &[u8]) -> Option<Profile> {
    let WireProfile { email, plan_type } = serde_json::from_slice(body).ok()?;
    Some(Profile { email, plan: plan_type })
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, Method, Uri};
    use jiff::Timestamp;
    use url::Url;

    use super::*;
    use crate::{
        call::Asked,
        dialect::{Dialect, chat::CHAT},
        json::Fields,
        options::Options,
    };

    fn prepared(dialect: &'static Dialect, path: &str) -> Result<String, CannotServe> {
        let (asked, fields, options) = (Asked::default(), Fields::default(), Options::default());
        let base = Url::parse("https://chatgpt.com/backend-api/codex").expect("a URL");
        let call = Outgoing {
            dialect,
            operation: Operation::Generate,
            path,
            query: Some("a=b"),
            asked: &asked,
            fields: &fields,
            body_len: 2,
            headers: &mut HeaderMap::new(),
            base: &base,
            options: &options,
            call_id: "call_1",
        };
        prepare(call).map(|prepared| prepared.address.to_string())
    }

    #[test]
    fn calls_go_below_the_subscriptions_own_address() {
        let address = |path| prepared(&RESPONSES, path).expect("served");

        assert_eq!(address("/v1/responses"), "https://chatgpt.com/backend-api/codex/responses?a=b");
        assert_eq!(address("/v1/responses/compact"), "https://chatgpt.com/backend-api/codex/responses/compact?a=b");
        assert!(matches!(prepared(&CHAT, "/v1/chat/completions"), Err(CannotServe::Call(_))));
    }

    #[test]
    fn a_call_names_the_owners_account_and_no_other() {
        let sent = |project: Option<&str>| {
            let credential =
                Credential { kind: AccountKind::Oauth, secret: "at".into(), expires_at: None, generation: 1 };
            let options = Options { project: project.map(str::to_owned), ..Options::default() };
            let mut headers = HeaderMap::from_iter([(ACCOUNT_ID, HeaderValue::from_static("the-clients"))]);
            let request = ToSend {
                method: &Method::POST,
                address: &Uri::from_static("https://chatgpt.com/backend-api/codex/responses"),
                headers: &mut headers,
                body: &[Bytes::new()],
                options: &options,
                now: Timestamp::UNIX_EPOCH,
            };
            authorize(&credential, request).expect("the secret can be sent");
            headers
        };

        assert_eq!(sent(Some("acc-1"))[ACCOUNT_ID], "acc-1");
        assert_eq!(sent(Some("acc-1"))[header::AUTHORIZATION], "Bearer at");
        assert!(!sent(None).contains_key(ACCOUNT_ID));
    }

    fn granted(claims: Option<&str>) -> Tokens {
        let token = claims.map(|claims| format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims)).into());
        Tokens { access_token: "at".into(), refresh_token: None, expires_in: None, id_token: token, email: None }
    }

    #[test]
    fn the_id_token_tells_whose_account_it_is() {
        let claims = r#"{"email":"o@example.org","https://api.openai.com/auth":
            {"chatgpt_account_id":"acc-1","chatgpt_plan_type":"pro","chatgpt_user_id":"user-1"}}"#;

        let identity = identify(&granted(Some(claims)));

        assert_eq!(identity.project.as_deref(), Some("acc-1"));
        assert_eq!(identity.profile.email.as_deref(), Some("o@example.org"));
        assert_eq!(identity.profile.plan.as_deref(), Some("pro"));
        assert_eq!(identify(&granted(Some("{}"))), Identity::default());
        assert_eq!(identify(&granted(None)), Identity::default());
    }

    #[test]
    fn the_usage_endpoint_tells_e_mail_and_plan() {
        let profile =
            read_profile(br#"{"email":"o@example.org","plan_type":"plus","rate_limit":{}}"#).expect("readable");

        assert_eq!((profile.email.as_deref(), profile.plan.as_deref()), (Some("o@example.org"), Some("plus")));
    }

    #[test]
    fn a_subscription_is_signed_in_to_and_has_the_vendors_models() {
        assert!(kind_of_secret(&"sk-proj-abc".into()).is_err());
        for (model, expected) in [
            ("gpt-5.3-codex", true),
            ("codex-mini-latest", true),
            ("o4-mini", true),
            ("opus", false),
            ("claude-x", false),
        ] {
            assert_eq!(may_have(model), expected, "{model}");
        }
    }
}
