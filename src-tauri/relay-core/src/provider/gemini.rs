//! The Gemini API, by Google, with an API key.
//!
//! Source: <https://ai.google.dev/api>. A call of the Gemini CLI in the form it speaks to Code Assist is taken out of its
//! envelope, and its answer put into one; what that client asks beside its calls nobody can answer but Code Assist.

pub(super) mod calls;
pub(super) mod limits;
pub(super) mod said;

use http::HeaderName;
use secrecy::{ExposeSecret, SecretString};

use self::calls::{INTERNAL, method, renamed, shape};
use super::{
    Ask, CannotServe, NotASecret, Outgoing, PLAIN, Prepared, Probe, Provider, ToSend, UnsendableSecret, join, pasted,
    sensitive,
};
use crate::{
    call::Operation,
    convert::{Conversion, Envelope, Turn},
    credential::{AccountKind, Credential},
    dialect::generate_content::GENERATE_CONTENT,
    options::Options,
};

const X_GOOG_API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");
/// How the names of Google's models begin.
const MODELS: [&str; 6] = ["gemini", "gemma", "learnlm", "imagen", "text-embedding", "embedding"];
/// What Code Assist takes in a request and the Gemini API refuses as unknown.
const ONLY_INTERNAL: [&str; 2] = ["session_id", "labels"];

/// The Gemini provider.
pub static GEMINI: Provider = Provider {
    id: "gemini",
    label: "Gemini API",
    dialects: &[&GENERATE_CONTENT],
    asks: &[Ask::ModelMap, Ask::Models],
    kind_of_secret,
    may_have: |model| MODELS.iter().any(|beginning| model.starts_with(beginning)),
    prepare,
    authorize,
    judge: limits::judge,
    family: limits::family,
    is_about_windows: limits::is_about_windows,
    models_path: Some("/v1beta/models?pageSize=1000"),
    probe: |_, _: &Options| Probe::Get("/v1beta/models?pageSize=1".to_owned()),
    ..PLAIN
};

fn kind_of_secret(secret: &SecretString) -> Result<AccountKind, NotASecret> {
    let secret = pasted::one_word(secret, "expected one API key (AIza…), without white space")?;
    if ["ya29.", "1//", "GOCSPX-"].iter().any(|beginning| secret.starts_with(beginning)) {
        return Err(NotASecret(
            "this is part of a Google sign-in and no API key; sign in with `carpool account login code-assist --name NAME` \
             instead",
        ));
    }
    Ok(AccountKind::ApiKey)
}

fn authorize(credential: &Credential, request: ToSend<'_>) -> Result<(), UnsendableSecret> {
    let headers = request.headers;
    headers.insert(X_GOOG_API_KEY, sensitive(credential.secret.expose_secret())?);
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "one type for every provider's way of preparing")]
fn prepare(call: Outgoing<'_>) -> Result<Prepared, CannotServe> {
    if call.path.starts_with(INTERNAL) {
        return unwrap(&call);
    }
    let address = join(call.base, &call.renamed_path(), call.query)?;
    Ok(Prepared { address, edits: renamed(&call, call.fields).into_iter().collect(), conversion: None })
}

/// Makes of a call to Code Assist one to the Gemini API.
fn unwrap(call: &Outgoing<'_>) -> Result<Prepared, CannotServe> {
    if call.operation == Operation::Aside {
        return Err(CannotServe::Call(
            "This is a question to Gemini Code Assist, which an account with an API key cannot ask. Use the Gemini CLI with \
             an API key (GEMINI_API_KEY), or ask the owner for a Code Assist account.",
        ));
    }
    let (Some(request), Some(mut edits)) = (call.fields.inside("request"), call.fields.only("request", call.body_len))
    else {
        return Err(CannotServe::Call("The request has no field 'request', which holds what is asked."));
    };
    let path = format!("/v1beta/models/{}:{}", model_in_path(call)?, method(call.path));
    // The path names the model.
    edits.extend(request.remove(&[&ONLY_INTERNAL[..], &["model"]].concat()));
    // A count of tokens comes without an envelope.
    let conversion: Option<Box<dyn Conversion>> = match call.operation {
        Operation::Generate => Some(Box::new(Envelope::new(Turn::Wrap, shape(call)))),
        _ => None,
    };
    Ok(Prepared { address: join(call.base, &path, call.query)?, edits, conversion })
}

/// The model as the account calls it, where it can stand in a path: what a caller writes must not lead elsewhere there.
fn model_in_path<'a>(call: &'a Outgoing<'_>) -> Result<&'a str, CannotServe> {
    let asked = call.asked.model.as_deref().ok_or(CannotServe::Call("The request does not name a model."))?;
    if let Some(upstream) = call.options.mapped(asked) {
        return Ok(upstream);
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    if asked.is_empty() || !asked.bytes().all(is_plain) || asked.starts_with('.') {
        return Err(CannotServe::Call("The model's name has characters that no model's name has."));
    }
    Ok(asked)
}

#[cfg(test)]
mod tests;
