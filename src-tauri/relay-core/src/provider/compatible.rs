//! Any server that speaks one of the four dialects: the vendors in `presets.rs`, gateways, and servers of the owner's own.
//!
//! What is known of such a server is what its owner says: where it is, which dialects it speaks, and in which header it
//! wants the key. A local server may want none.

mod presets;

use http::{HeaderName, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};

pub use self::presets::Preset;
use super::{
    Ask, CannotServe, NotASecret, Outgoing, PLAIN, Prepared, Probe, Provider, ToSend, UnsendableSecret, as_it_is,
    pasted, sensitive,
};
use crate::{
    credential::{AccountKind, Credential},
    dialect::{chat::CHAT, generate_content::GENERATE_CONTENT, messages::MESSAGES, responses::RESPONSES},
    options::{KeyHeader, Options},
};

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const API_KEY: HeaderName = HeaderName::from_static("api-key");
const X_GOOG_API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");
const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");
/// The version that servers of the Messages format were built after; sent only when the client sent none
/// (<https://docs.claude.com/en/api/versioning>).
const DEFAULT_VERSION: HeaderValue = HeaderValue::from_static("2023-06-01");

/// The provider for whatever is compatible. An account for which no dialect was chosen speaks the first.
pub static COMPATIBLE: Provider = Provider {
    id: "compatible",
    label: "Compatible",
    dialects: &[&CHAT, &RESPONSES, &MESSAGES, &GENERATE_CONTENT],
    asks: &[Ask::BaseUrl, Ask::Dialects, Ask::KeyHeader, Ask::ModelMap, Ask::Models],
    presets: presets::PRESETS,
    kind_of_secret,
    prepare,
    authorize,
    models_path: Some("/v1/models"),
    probe,
    ..PLAIN
};

fn kind_of_secret(secret: &SecretString) -> Result<AccountKind, NotASecret> {
    if !secret.expose_secret().is_empty() {
        pasted::one_word(secret, "expected one API key, without white space, or none where the server wants none")?;
    }
    Ok(AccountKind::ApiKey)
}

fn prepare(call: Outgoing<'_>) -> Result<Prepared, CannotServe> {
    if call.dialect.id == MESSAGES.id {
        call.headers.entry(ANTHROPIC_VERSION).or_insert(DEFAULT_VERSION);
    }
    as_it_is(call)
}

fn authorize(credential: &Credential, request: ToSend<'_>) -> Result<(), UnsendableSecret> {
    let (headers, secret) = (request.headers, credential.secret.expose_secret());
    if secret.is_empty() {
        return Ok(());
    }
    match key_header(request.options) {
        KeyHeader::Bearer => headers.insert(header::AUTHORIZATION, sensitive(&format!("Bearer {secret}"))?),
        KeyHeader::XApiKey => headers.insert(X_API_KEY, sensitive(secret)?),
        KeyHeader::ApiKey => headers.insert(API_KEY, sensitive(secret)?),
        KeyHeader::XGoogApiKey => headers.insert(X_GOOG_API_KEY, sensitive(secret)?),
    };
    Ok(())
}

/// The header that was chosen, else the one of the dialect's vendor. A server that speaks several dialects is none of
/// these vendors', and such servers take the standard one (RFC 6750, section 2.1).
fn key_header(options: &Options) -> KeyHeader {
    options.key_header.unwrap_or(match &options.dialects[..] {
        [one] if one == MESSAGES.id => KeyHeader::XApiKey,
        [one] if one == GENERATE_CONTENT.id => KeyHeader::XGoogApiKey,
        _ => KeyHeader::Bearer,
    })
}

/// The list of models costs nothing wherever there is one.
fn probe(_: AccountKind, options: &Options) -> Probe {
    let is_google = matches!(&options.dialects[..], [one] if one == GENERATE_CONTENT.id);
    Probe::Get(if is_google { "/v1beta/models" } else { "/v1/models" }.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        dialect::DIALECTS,
        provider::rehearsal::{Rehearsal, generate},
    };
    use http::{HeaderMap, Method, Uri};

    fn speaking(dialects: &[&str]) -> Options {
        Options { dialects: dialects.iter().map(|id| (*id).to_owned()).collect(), ..Options::default() }
    }

    fn sent(secret: &str, options: &Options) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let (method, address) = (Method::POST, Uri::from_static("https://h.example/v1/call"));
        let credential =
            Credential { kind: AccountKind::ApiKey, secret: secret.into(), expires_at: None, generation: 1 };
        let now = jiff::Timestamp::UNIX_EPOCH;
        let request = ToSend { method: &method, address: &address, headers: &mut headers, body: &[], options, now };
        authorize(&credential, request).expect("sendable");
        headers
    }

    #[test]
    fn the_key_goes_where_the_dialects_vendor_wants_it_unless_another_header_was_chosen() {
        for (options, header, value) in [
            (speaking(&[]), "authorization", "Bearer k"),
            (speaking(&["chat"]), "authorization", "Bearer k"),
            (speaking(&["messages"]), "x-api-key", "k"),
            (speaking(&["generate_content"]), "x-goog-api-key", "k"),
            (speaking(&["chat", "messages"]), "authorization", "Bearer k"),
            (Options { key_header: Some(KeyHeader::ApiKey), ..speaking(&["messages"]) }, "api-key", "k"),
        ] {
            let headers = sent("k", &options);
            assert_eq!((headers.len(), headers[header].to_str().expect("text")), (1, value));
            assert!(headers[header].is_sensitive());
        }
    }

    #[test]
    fn a_server_that_wants_no_key_is_sent_none() {
        assert!(kind_of_secret(&"".into()).is_ok());
        assert!(sent("", &Options::default()).is_empty());
        for wrong in ["two words", "cr_abc", " "] {
            assert!(kind_of_secret(&wrong.into()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_account_speaks_the_first_dialect_unless_others_are_chosen() {
        assert!(COMPATIBLE.speaks(&CHAT, &Options::default()));
        assert!(!COMPATIBLE.speaks(&MESSAGES, &Options::default()));
        assert!(COMPATIBLE.speaks(&MESSAGES, &speaking(&["messages"])));
        assert!(DIALECTS.iter().all(|dialect| COMPATIBLE.dialects.iter().any(|spoken| spoken.id == dialect.id)));
    }

    #[test]
    fn a_call_keeps_everything_but_the_models_name() {
        let body = r#"{ "model":"fast", "max_tokens": 5 }"#;
        let call = Rehearsal {
            options: Options { model_map: vec!["fast=glm-5".parse().expect("a name")], ..speaking(&["messages"]) },
            query: Some("beta=true"),
            ..generate(&MESSAGES, "/v1/messages", "fast", body, "https://api.z.ai/api/anthropic")
        };

        let sent = call.prepare(&COMPATIBLE).expect("ready");

        assert_eq!(sent.address, "https://api.z.ai/api/anthropic/v1/messages?beta=true");
        assert_eq!(sent.body, r#"{ "model":"glm-5", "max_tokens": 5 }"#);
        assert_eq!(sent.headers[ANTHROPIC_VERSION], "2023-06-01");
    }

    #[test]
    fn a_version_that_base_and_path_both_bring_is_folded() {
        let address =
            |dialect, path, base| generate(dialect, path, "m", "{}", base).prepare(&COMPATIBLE).expect("ready").address;

        assert_eq!(
            address(&CHAT, "/v1/chat/completions", "https://api.z.ai/api/paas/v4"),
            "https://api.z.ai/api/paas/v4/chat/completions"
        );
        assert_eq!(
            address(&GENERATE_CONTENT, "/v1beta/models/m:generateContent", "http://127.0.0.1:9/v1beta"),
            "http://127.0.0.1:9/v1beta/models/m:generateContent"
        );
    }
}
