//! Azure OpenAI: OpenAI's dialects at the owner's own resource, where each model is deployed under a name of the owner's.
//!
//! Sources: <https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle> for the two forms of its
//! addresses, <https://learn.microsoft.com/azure/ai-foundry/openai/reference> for the older one (read November 2026). Without
//! a version set, calls go to the v1 API, which names the deployment in the body as OpenAI does the model; with one, to
//! the dated API, which names it in the path. The base URL is that of the resource, without a path:
//! `https://NAME.openai.azure.com`.

use std::borrow::Cow;

use http::HeaderName;
use percent_encoding::utf8_percent_encode;
use secrecy::{ExposeSecret, SecretString};

use super::{
    Ask, CannotServe, NotASecret, Outgoing, PLAIN, Prepared, Probe, Provider, ToSend, UnsendableSecret, WITHIN_A_PART,
    by_status, join, pasted, sensitive,
};
use crate::{
    attempt::{Finding, Reply},
    call::Operation,
    credential::{AccountKind, Credential},
    dialect::{chat::CHAT, responses::RESPONSES},
    options::Options,
};

const API_KEY: HeaderName = HeaderName::from_static("api-key");
/// How the query names the version of the dated API.
const API_VERSION: &str = "api-version";
/// Said where a resource serves nobody until its owner acts.
const FOR_GOOD: [&str; 2] = ["virtual network/firewall rules", "temporarily blocked"];

/// The Azure provider.
pub static AZURE: Provider = Provider {
    id: "azure",
    label: "Azure OpenAI",
    dialects: &[&CHAT, &RESPONSES],
    asks: &[Ask::BaseUrl, Ask::ModelMap, Ask::Models, Ask::ApiVersion],
    kind_of_secret,
    prepare,
    authorize,
    judge,
    models_path: Some("/openai/v1/models"),
    probe,
    ..PLAIN
};

fn kind_of_secret(secret: &SecretString) -> Result<AccountKind, NotASecret> {
    pasted::one_word(secret, "expected one API key of the resource, without white space")?;
    Ok(AccountKind::ApiKey)
}

#[expect(clippy::needless_pass_by_value, reason = "one type for every provider's way of preparing")]
fn prepare(call: Outgoing<'_>) -> Result<Prepared, CannotServe> {
    if !matches!(call.operation, Operation::Generate | Operation::Embed) {
        return Err(CannotServe::Call("Accounts at Azure OpenAI only generate answers and embeddings."));
    }
    let below = call.path.strip_prefix("/v1").unwrap_or(call.path);
    let (path, query) = match &call.options.api_version {
        None => (format!("/openai/v1{below}"), call.query.map(Cow::Borrowed)),
        Some(version) => (dated_path(&call, below)?, Some(with_version(call.query, version))),
    };
    let (edits, conversion) = call.edits();
    Ok(Prepared { address: join(call.base, &path, query.as_deref())?, edits, conversion })
}

/// The dated API knows Responses by one address, and the others by one for each deployment.
fn dated_path(call: &Outgoing<'_>, below: &str) -> Result<String, CannotServe> {
    if call.dialect.id == RESPONSES.id {
        return Ok(format!("/openai{below}"));
    }
    let deployment = call.model().ok_or(CannotServe::Call("The request names no model."))?;
    // Dots alone would be steps in the path, and not a name.
    if deployment.bytes().all(|byte| byte == b'.') {
        return Err(CannotServe::Call("The request's model is no name of a deployment."));
    }
    Ok(format!("/openai/deployments/{}{below}", utf8_percent_encode(deployment, WITHIN_A_PART)))
}

/// The query with a version: the client's own where it sent one.
fn with_version<'a>(query: Option<&'a str>, version: &str) -> Cow<'a, str> {
    let is_version = |pair: &str| pair.split_once('=').is_some_and(|(name, _)| name == API_VERSION);
    let version = || format!("{API_VERSION}={}", utf8_percent_encode(version, WITHIN_A_PART));
    match query.filter(|query| !query.is_empty()) {
        Some(query) if query.split('&').any(is_version) => Cow::Borrowed(query),
        Some(query) => Cow::Owned(format!("{query}&{}", version())),
        None => Cow::Owned(version()),
    }
}

fn authorize(credential: &Credential, request: ToSend<'_>) -> Result<(), UnsendableSecret> {
    let headers = request.headers;
    headers.insert(API_KEY, sensitive(credential.secret.expose_secret())?);
    Ok(())
}

/// Limits are per deployment, and so of a model; the content filter's 400 is the caller's own
/// (<https://learn.microsoft.com/azure/ai-foundry/openai/how-to/quota>).
fn judge(reply: &Reply<'_>) -> Finding {
    let text = || String::from_utf8_lossy(reply.body).to_ascii_lowercase();
    match reply.status.as_u16() {
        403 if FOR_GOOD.iter().any(|phrase| text().contains(phrase)) => Finding::Blocked(
            "the provider says that the resource is blocked, or closed to this address (HTTP 403)".to_owned(),
        ),
        _ => by_status::judge(reply),
    }
}

/// The list of models costs nothing.
fn probe(_: AccountKind, options: &Options) -> Probe {
    Probe::Get(match &options.api_version {
        None => "/openai/v1/models".to_owned(),
        Some(version) => format!("/openai/models?{}", with_version(None, version)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        dialect::Dialect,
        provider::{
            rehearsal::{Rehearsal, generate},
            sending::authorized,
        },
    };

    const BASE: &str = "https://name.openai.azure.com";

    fn call<'a>(dialect: &'static Dialect, path: &'a str, version: Option<&str>) -> Rehearsal<'a> {
        Rehearsal {
            options: Options {
                model_map: vec!["gpt-5=our gpt/5".parse().expect("a name")],
                api_version: version.map(str::to_owned),
                ..Options::default()
            },
            ..generate(dialect, path, "gpt-5", r#"{"model":"gpt-5"}"#, BASE)
        }
    }

    #[test]
    fn without_a_version_calls_go_to_the_v1_api_and_the_body_names_the_deployment() {
        for (dialect, path, expected) in [
            (&CHAT, "/v1/chat/completions", "/openai/v1/chat/completions"),
            (&CHAT, "/v1/embeddings", "/openai/v1/embeddings"),
            (&RESPONSES, "/v1/responses", "/openai/v1/responses"),
        ] {
            let sent = call(dialect, path, None).prepare(&AZURE).expect("ready");
            assert_eq!(sent.address, format!("{BASE}{expected}"));
            assert_eq!(sent.body, r#"{"model":"our gpt/5"}"#);
        }
    }

    #[test]
    fn with_a_version_calls_go_to_the_dated_api_and_the_path_names_the_deployment() {
        for (dialect, path, expected) in [
            (&CHAT, "/v1/chat/completions", "/openai/deployments/our%20gpt%2F5/chat/completions"),
            (&CHAT, "/v1/embeddings", "/openai/deployments/our%20gpt%2F5/embeddings"),
            (&RESPONSES, "/v1/responses", "/openai/responses"),
        ] {
            let sent = call(dialect, path, Some("2025-04-01-preview")).prepare(&AZURE).expect("ready");
            assert_eq!(sent.address, format!("{BASE}{expected}?api-version=2025-04-01-preview"));
        }
    }

    #[test]
    fn a_version_that_the_client_sent_wins() {
        let query = |query| {
            let call = Rehearsal { query, ..call(&RESPONSES, "/v1/responses", Some("2025-04-01-preview")) };
            call.prepare(&AZURE).expect("ready").address.split_once('?').expect("a query").1.to_owned()
        };

        assert_eq!(query(Some("a=1&api-version=2024-10-21")), "a=1&api-version=2024-10-21");
        assert_eq!(query(Some("a=1")), "a=1&api-version=2025-04-01-preview");
    }

    #[test]
    fn a_model_cannot_lead_out_of_the_deployments() {
        for model in ["..", "."] {
            let call = Rehearsal {
                options: Options { api_version: Some("v".to_owned()), ..Options::default() },
                ..generate(&CHAT, "/v1/chat/completions", model, "{}", BASE)
            };
            assert!(call.prepare(&AZURE).is_err(), "{model}");
        }
    }

    #[test]
    fn the_key_goes_into_azures_own_header() {
        let credential = Credential { kind: AccountKind::ApiKey, secret: "k".into(), expires_at: None, generation: 1 };

        let headers = authorized(&AZURE, &credential, http::HeaderMap::new());

        assert_eq!((headers.len(), &headers[API_KEY]), (1, &http::HeaderValue::from_static("k")));
        assert!(headers[API_KEY].is_sensitive());
    }
}
