//! Gemini Code Assist, by Google: a Google account, signed in by OAuth with a client that is the owner's own.
//!
//! Sources: <https://developers.google.com/identity/protocols/oauth2/web-server> for the sign-in; the calls are those of the
//! Gemini CLI (`packages/core/src/code_assist`, read November 2026). The CLI's own calls go on as they are, save the project,
//! which is the account's; calls of the public API are put into the envelope Code Assist wants, and their answers taken out.

pub mod project;
mod quota;

use http::header;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Ask, CannotServe, NotASecret, Outgoing, PLAIN, Prepared, Probe, Provider, ToSend, UnsendableSecret, UsageQuestion,
    gemini::{
        calls::{INTERNAL, method, renamed, resource, shape},
        limits,
    },
    join, local_login, sensitive,
};
use crate::{
    call::{Client, Operation},
    convert::{Conversion, Envelope, Turn},
    credential::{AccountKind, Credential},
    dialect::generate_content::GENERATE_CONTENT,
    json::{Edit, Fields},
    oauth::{Encoding, Flow, Identity, Login, Profile, Tokens},
};

/// How the names of methods begin that change something for the whole account, which is its owner's to do.
const CHANGING: [&str; 6] = ["set", "onboard", "update", "delete", "create", "cancel"];
/// The fields of a body that name the project.
const PROJECT: [&str; 2] = ["project", "cloudaicompanionProject"];

/// The Code Assist provider.
pub static CODE_ASSIST: Provider = Provider {
    id: "code-assist",
    label: "Gemini Code Assist",
    dialects: &[&GENERATE_CONTENT],
    kinds: &[AccountKind::Oauth],
    terms_url: Some("https://policies.google.com/terms"),
    asks: &[Ask::ModelMap, Ask::Models, Ask::OauthClient, Ask::Project],
    own_client: Some(Client::GeminiCli),
    kind_of_secret: |_| {
        Err(NotASecret(
            "Code Assist has no keys; sign in with `carpool account login code-assist --name NAME`, or add an API key as an \
             account of gemini",
        ))
    },
    may_have: |model| model.starts_with("gemini"),
    prepare,
    authorize,
    judge: limits::judge,
    family: limits::family,
    is_about_windows: limits::is_about_windows,
    usage: Some(UsageQuestion { body: quota::question, read: quota::read_usage }),
    discover: Some(|options| project::Discovery::begin(options.project.as_deref())),
    login: Some(Login {
        // Google sends a refresh token only where these ask for it.
        flow: Flow::Code { extra: &[("access_type", "offline"), ("prompt", "consent")], repeats_state: false },
        encoding: Encoding::Form,
        refresh_scope: None,
        identify,
        read_profile,
    }),
    local_login: Some(&local_login::GEMINI_CLI),
    probe: |_, options| {
        Probe::Post(format!("{INTERNAL}:loadCodeAssist"), project::load_request(options.project.as_deref()))
    },
    ..PLAIN
};

fn authorize(credential: &Credential, request: ToSend<'_>) -> Result<(), UnsendableSecret> {
    let headers = request.headers;
    headers.insert(header::AUTHORIZATION, sensitive(&format!("Bearer {}", credential.secret.expose_secret()))?);
    Ok(())
}

fn identify(tokens: &Tokens) -> Identity {
    let claims = tokens.claims().unwrap_or_default();
    let email = claims.get("email").and_then(Value::as_str).map(str::to_owned);
    Identity { profile: Profile { email, plan: None }, project: None }
}

#[derive(Deserialize)]
struct WireProfile {
    email: Option<String>,
}

fn read_profile(body: &[u8]) -> Option<Profile> {
    let WireProfile { email } = serde_json::from_slice(body).ok()?;
    Some(Profile { email, plan: None })
}

#[expect(clippy::needless_pass_by_value, reason = "one type for every provider's way of preparing")]
fn prepare(call: Outgoing<'_>) -> Result<Prepared, CannotServe> {
    if call.path.starts_with(INTERNAL) {
        return pass(&call);
    }
    let edits = match call.operation {
        Operation::Generate => wrap_request(&call)?,
        Operation::CountTokens => wrap_count(&call)?,
        Operation::Embed => return Err(CannotServe::Call("Gemini Code Assist has no models that embed texts.")),
        Operation::ListModels | Operation::Aside | Operation::Upgrade => {
            return Err(CannotServe::Call("Gemini Code Assist has no such call."));
        }
    };
    let path = format!("{INTERNAL}:{}", method(call.path));
    // A count of tokens comes without an envelope.
    let conversion: Option<Box<dyn Conversion>> = match call.operation {
        Operation::Generate => Some(Box::new(Envelope::new(Turn::Unwrap, shape(&call)))),
        _ => None,
    };
    Ok(Prepared { address: join(call.base, &path, call.query)?, edits, conversion })
}

/// Passes on a call that is written for Code Assist.
fn pass(call: &Outgoing<'_>) -> Result<Prepared, CannotServe> {
    if call.operation == Operation::Aside && CHANGING.iter().any(|verb| method(call.path).starts_with(verb)) {
        return Err(CannotServe::Call("This would change the account's settings, which is its owner's to do."));
    }
    let mut edits = of_project(call.fields, &PROJECT, call.options.project.as_deref());
    if let Some(metadata) = call.fields.inside("metadata") {
        edits.extend(of_project(metadata, &["duetProject"], call.options.project.as_deref()));
    }
    if let Some(project) = call.options.project.as_deref()
        && call.operation == Operation::Generate
        && call.fields.place("project").is_none()
    {
        edits.push(call.fields.add("project", &Value::from(project)));
    }
    edits.extend(renamed(call, call.fields));
    edits.extend(call.fields.inside("request").and_then(|request| renamed(call, request)));
    Ok(Prepared { address: join(call.base, call.path, call.query)?, edits, conversion: None })
}

/// Puts the account's project where a caller named one; without one, e.g. in the free tier, none is named.
fn of_project(fields: &Fields, names: &[&str], project: Option<&str>) -> Vec<Edit> {
    match project {
        Some(project) => names.iter().filter_map(|name| fields.replace(name, &Value::from(project))).collect(),
        None => fields.remove(names),
    }
}

/// Puts a call of the public API into the envelope.
fn wrap_request(call: &Outgoing<'_>) -> Result<Vec<Edit>, CannotServe> {
    let model = call.model().ok_or(CannotServe::Call("The request does not name a model."))?;
    let mut front = format!("{{\"model\":{}", Value::from(model));
    if let Some(project) = &call.options.project {
        front += &format!(",\"project\":{}", Value::from(project.as_str()));
    }
    front += &format!(",\"user_prompt_id\":{},\"request\":", Value::from(call.call_id));
    // The envelope names the model.
    let mut edits = call.fields.remove(&["model"]);
    edits.extend(around(call, front));
    Ok(edits)
}

/// The same for a count of tokens, in which the model stands inside.
fn wrap_count(call: &Outgoing<'_>) -> Result<Vec<Edit>, CannotServe> {
    if call.fields.place("generateContentRequest").is_some() {
        return Err(CannotServe::Call(
            "Gemini Code Assist counts the tokens of 'contents' only, and not those of a 'generateContentRequest'.",
        ));
    }
    let model = call.model().ok_or(CannotServe::Call("The request does not name a model."))?;
    let mut edits = vec![call.fields.set("model", &Value::from(resource(model)))];
    edits.extend(around(call, "{\"request\":".to_owned()));
    Ok(edits)
}

fn around(call: &Outgoing<'_>, front: String) -> [Edit; 2] {
    let end = call.body_len;
    [Edit { at: 0..0, with: front.into_bytes() }, Edit { at: end..end, with: b"}".to_vec() }]
}

#[cfg(test)]
mod tests;
