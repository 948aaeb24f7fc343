//! Droid, by Factory: its models by API key (`fk-…`) or by a sign-in with a short code.
//!
//! Sources: <https://docs.factory.ai/reference> for keys, <https://workos.com/docs/authkit/cli-auth> for the sign-in, which
//! WorkOS runs for Factory; the addresses are those of the vendor's own client and stand in `providers.toml` (November
//! 2026). Calls of Anthropic's format have one prefix below the base, calls of OpenAI's two another.

use http::header;
use secrecy::{ExposeSecret, SecretString};

use super::{
    Ask, CannotServe, NotASecret, Outgoing, PLAIN, Prepared, Probe, Provider, ToSend, UnsendableSecret, join, pasted,
    sensitive,
};
use crate::{
    call::{Client, Operation},
    credential::{AccountKind, Credential},
    dialect::{chat::CHAT, messages::MESSAGES, responses::RESPONSES},
    oauth::{Encoding, Flow, Identity, Login, Profile, Tokens},
    options::Options,
};

/// The Droid provider.
pub static DROID: Provider = Provider {
    id: "droid",
    label: "Droid",
    dialects: &[&MESSAGES, &RESPONSES, &CHAT],
    kinds: &[AccountKind::ApiKey, AccountKind::Oauth],
    terms_url: Some("https://factory.ai/terms-of-service"),
    asks: &[Ask::ModelMap, Ask::Models],
    own_client: Some(Client::Droid),
    kind_of_secret,
    prepare,
    authorize,
    login: Some(Login {
        flow: Flow::Device,
        encoding: Encoding::Form,
        refresh_scope: None,
        identify,
        read_profile: |_| None,
    }),
    probe,
    ..PLAIN
};

fn kind_of_secret(secret: &SecretString) -> Result<AccountKind, NotASecret> {
    let word = pasted::one_word(secret, "expected one API key (fk-…), without white space")?;
    // Three parts in Base64, the first of which is an object: a JSON Web Token.
    if word.starts_with("eyJ") {
        return Err(NotASecret(
            "this is an access token, which lasts for hours; sign in with `carpool account login droid --name NAME` instead",
        ));
    }
    Ok(AccountKind::ApiKey)
}

#[expect(clippy::needless_pass_by_value, reason = "one type for every provider's way of preparing")]
fn prepare(call: Outgoing<'_>) -> Result<Prepared, CannotServe> {
    if !matches!(call.operation, Operation::Generate | Operation::CountTokens) {
        return Err(CannotServe::Call("Accounts at Factory only generate answers and count tokens."));
    }
    let vendor = if call.dialect.id == MESSAGES.id { "/a" } else { "/o" };
    let (edits, conversion) = call.edits();
    Ok(Prepared { address: join(call.base, &format!("{vendor}{}", call.path), call.query)?, edits, conversion })
}

fn authorize(credential: &Credential, request: ToSend<'_>) -> Result<(), UnsendableSecret> {
    let (headers, secret) = (request.headers, credential.secret.expose_secret());
    headers.insert(header::AUTHORIZATION, sensitive(&format!("Bearer {secret}"))?);
    Ok(())
}

/// The organization stands in the access token (<https://workos.com/docs/authkit/sessions>); only a new sign-in, or a
/// renewal, tells whose it is.
fn identify(tokens: &Tokens) -> Identity {
    let claims = tokens.access_token_claims();
    let organization = claims.as_ref().and_then(|claims| claims.get("org_id")?.as_str()).map(str::to_owned);
    Identity { profile: Profile { email: tokens.email.clone(), plan: None }, project: organization }
}

/// Counting tokens costs nothing; a sign-in is shown to work by renewing it.
fn probe(kind: AccountKind, _: &Options) -> Probe {
    match kind {
        AccountKind::Oauth => Probe::Renewal,
        AccountKind::ApiKey | AccountKind::SetupToken => Probe::Post(
            "/a/v1/messages/count_tokens".to_owned(),
            r#"{"model":"claude-haiku-4-5","messages":[{"role":"user","content":"hi"}]}"#.to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;
    use crate::{
        oauth::read_token_answer,
        provider::{
            rehearsal::{Rehearsal, generate},
            sending::authorized,
        },
    };

    const BASE: &str = "https://api.factory.ai/api/llm";

    #[test]
    fn each_dialect_has_its_vendors_prefix() {
        for (dialect, path, expected) in [
            (&MESSAGES, "/v1/messages", "/a/v1/messages?beta=true"),
            (&RESPONSES, "/v1/responses", "/o/v1/responses?beta=true"),
            (&CHAT, "/v1/chat/completions", "/o/v1/chat/completions?beta=true"),
        ] {
            let call = Rehearsal { query: Some("beta=true"), ..generate(dialect, path, "m", r#"{"model":"m"}"#, BASE) };
            let sent = call.prepare(&DROID).expect("ready");
            assert_eq!(sent.address, format!("{BASE}{expected}"));
            assert_eq!(sent.body, r#"{"model":"m"}"#);
            assert!(sent.headers.is_empty());
        }
        let count = Rehearsal {
            operation: Operation::CountTokens,
            ..generate(&MESSAGES, "/v1/messages/count_tokens", "m", "{}", BASE)
        };
        assert_eq!(count.prepare(&DROID).expect("ready").address, format!("{BASE}/a/v1/messages/count_tokens"));
        let embed = Rehearsal {
            operation: Operation::Embed,
            ..generate(&CHAT, "/v1/embeddings", "m", r#"{"model":"m"}"#, BASE)
        };
        assert!(matches!(embed.prepare(&DROID), Err(CannotServe::Call(_))));
    }

    #[test]
    fn keys_and_access_tokens_are_sent_alike() {
        for kind in [AccountKind::ApiKey, AccountKind::Oauth] {
            let credential = Credential { kind, secret: "fk-1".into(), expires_at: None, generation: 1 };
            let headers = authorized(&DROID, &credential, HeaderMap::new());
            assert_eq!((headers.len(), headers[header::AUTHORIZATION].to_str().ok()), (1, Some("Bearer fk-1")));
        }
        assert!(kind_of_secret(&"fk-abc".into()).is_ok());
        for wrong in ["", "cr_abc", "eyJhbGciOi.eyJzdWIi.x", "two words"] {
            assert!(kind_of_secret(&wrong.into()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_sign_in_tells_e_mail_and_organization() {
        // {"org_id":"org_1","iat":1000,"exp":4600}
        let body = br#"{"user":{"email":"o@example.org"},"organization_id":"org_1","refresh_token":"r",
            "access_token":"e30.eyJvcmdfaWQiOiJvcmdfMSIsImlhdCI6MTAwMCwiZXhwIjo0NjAwfQ.x"}"#;
        let tokens = read_token_answer(StatusCode::OK, &HeaderMap::new(), body).expect("granted");

        let Identity { profile, project } = identify(&tokens);

        assert_eq!((profile.email.as_deref(), project.as_deref()), (Some("o@example.org"), Some("org_1")));
        assert_eq!(tokens.expires_in.map(|left| left.as_secs()), Some(3600));
    }
}
