//! Finds the Google Cloud project that an account's calls are made for: asks Code Assist, and signs the account up where it
//! is not yet. Pure: it yields requests and takes in answers; nothing is sent here, and nobody waits here.
//!
//! Source: what the Gemini CLI does after a sign-in (`packages/core/src/code_assist/setup.ts`, read November 2026). Google's
//! free tier has a project that Google manages, which nobody may name when they sign up; where none comes back, calls name
//! none.

use std::time::Duration;

use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    attempt::Finding,
    provider::gemini::{calls::INTERNAL, limits, said::Said},
};

/// How long to wait before asking again whether an account is signed up, and how often to ask: two minutes in all.
const POLL_AFTER: Duration = Duration::from_secs(5);
const MOST_POLLS: u32 = 24;
const FREE_TIER: &str = "free-tier";
/// The tier of an account that Google offers none by default.
const LEGACY_TIER: &str = "legacy-tier";
/// Longer texts of Google's are cut.
const MAX_REASON_CHARS: usize = 300;

/// A request to Code Assist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// How long to wait before it is sent.
    pub after: Duration,
    /// Its method.
    pub method: Method,
    /// Its path below the API's base.
    pub path: String,
    /// Its body, as JSON.
    pub body: Option<String>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The project that calls name; `None` where they name none.
    pub project: Option<String>,
    /// The name of the account's tier.
    pub plan: Option<String>,
}

/// What follows from an answer.
#[derive(Debug)]
pub enum Next {
    /// This is asked next.
    Ask(Request, Discovery),
    /// That was all.
    Found(Found),
}

/// Why no project was found; the text says what the owner can do.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoProject {
    /// Google wants something of the owner first.
    #[error("{0}")]
    MustAct(String),
    /// Google does not let the account in.
    #[error("Google does not offer Gemini Code Assist to this account: {0}")]
    NotEligible(String),
    /// The account's plan wants a project of its owner's.
    #[error(
        "this account needs a Google Cloud project of its own: make one in the Google Cloud console, enable the Gemini for Google Cloud API in it, and set it with `carpool account set NAME --project ID`"
    )]
    NeedsProject,
    /// An answer that is none of those expected.
    #[error("Code Assist answered HTTP {0}: try again later")]
    Unexpected(u16),
    /// The sign-up does not come to its end.
    #[error("Google has not signed the account up yet: try again in some minutes")]
    Unfinished,
}

/// The way to a project.
#[derive(Debug)]
pub struct Discovery {
    /// The project that the owner named.
    named: Option<String>,
    step: Step,
}

#[derive(Debug)]
enum Step {
    Loading,
    SigningUp { tier: WireTier, ineligible: Vec<WireIneligible>, polls: u32 },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireLoaded {
    current_tier: Option<WireTier>,
    paid_tier: Option<WireTier>,
    allowed_tiers: Option<Vec<WireTier>>,
    ineligible_tiers: Option<Vec<WireIneligible>>,
    cloudaicompanion_project: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireTier {
    id: Option<String>,
    name: Option<String>,
    #[serde(default)]
    is_default: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireIneligible {
    reason_code: Option<String>,
    reason_message: Option<String>,
    validation_url: Option<String>,
}

#[derive(Deserialize)]
struct WireOperation {
    name: Option<String>,
    #[serde(default)]
    done: bool,
    response: Option<WireSignedUp>,
    error: Option<WireStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireSignedUp {
    cloudaicompanion_project: Option<WireProject>,
}

#[derive(Deserialize)]
struct WireProject {
    id: Option<String>,
}

#[derive(Deserialize)]
struct WireStatus {
    message: Option<String>,
}

/// The body that asks what an account has. It names no client, because Carpool is none of those that Google knows.
pub(super) fn load_request(project: Option<&str>) -> String {
    with_metadata(project, json!({}))
}

fn with_metadata(project: Option<&str>, mut body: Value) -> String {
    let mut metadata = json!({
        "ideType": "IDE_UNSPECIFIED", "platform": "PLATFORM_UNSPECIFIED", "pluginType": "PLUGIN_UNSPECIFIED",
    });
    if let Some(project) = project {
        metadata["duetProject"] = project.into();
        body["cloudaicompanionProject"] = project.into();
    }
    body["metadata"] = metadata;
    body.to_string()
}

fn post(method: &str, body: String) -> Request {
    Request { after: Duration::ZERO, method: Method::POST, path: format!("{INTERNAL}:{method}"), body: Some(body) }
}

impl Discovery {
    /// Begins, with the project that the owner named, where they did.
    #[must_use]
    pub fn begin(named: Option<&str>) -> (Request, Self) {
        let named = named.filter(|named| !named.is_empty()).map(str::to_owned);
        (post("loadCodeAssist", load_request(named.as_deref())), Self { named, step: Step::Loading })
    }

    /// Takes in an answer.
    ///
    /// # Errors
    /// [`NoProject`] with the reason.
    pub fn read(self, status: StatusCode, body: &[u8]) -> Result<Next, NoProject> {
        if !status.is_success() {
            return self.read_refusal(status, body);
        }
        let unexpected = |_| NoProject::Unexpected(status.as_u16());
        match self.step {
            Step::Loading => read_loaded(self.named, serde_json::from_slice(body).map_err(unexpected)?),
            Step::SigningUp { tier, ineligible, polls } => {
                let operation = serde_json::from_slice(body).map_err(unexpected)?;
                read_operation(self.named, tier, ineligible, polls, operation)
            }
        }
    }

    fn read_refusal(self, status: StatusCode, body: &[u8]) -> Result<Next, NoProject> {
        let said = Said::read(body);
        // Inside a company's security perimeter Google does not tell the tier, but calls for a named project are served.
        if said.has_reason("SECURITY_POLICY_VIOLATED") && matches!(self.step, Step::Loading) {
            return match self.named {
                Some(project) => Ok(Next::Found(Found { project: Some(project), plan: None })),
                None => Err(NoProject::NeedsProject),
            };
        }
        match limits::judge_403(&said) {
            Finding::Blocked(text) if status == StatusCode::FORBIDDEN => Err(NoProject::MustAct(text)),
            _ => Err(NoProject::Unexpected(status.as_u16())),
        }
    }
}

fn read_loaded(named: Option<String>, loaded: WireLoaded) -> Result<Next, NoProject> {
    let ineligible = loaded.ineligible_tiers.unwrap_or_default();
    if let Some(current) = loaded.current_tier {
        let project = loaded.cloudaicompanion_project.filter(|project| !project.is_empty()).or(named);
        let is_free = current.id.as_deref() == Some(FREE_TIER);
        if project.is_none() && !is_free {
            return Err(without_project(&ineligible));
        }
        let tier = loaded.paid_tier.unwrap_or(current);
        return Ok(Next::Found(Found { project, plan: plan(tier) }));
    }
    if let Some(wanted) = ineligible.iter().find(|tier| tier.reason_code.as_deref() == Some("VALIDATION_REQUIRED")) {
        return Err(NoProject::MustAct(limits::verify(wanted.validation_url.as_deref())));
    }
    let offered = loaded.allowed_tiers.unwrap_or_default().into_iter().find(|tier| tier.is_default);
    let tier = offered.unwrap_or(WireTier { id: Some(LEGACY_TIER.to_owned()), name: None, is_default: true });
    let is_free = tier.id.as_deref() == Some(FREE_TIER);
    if named.is_none() && !is_free {
        return Err(without_project(&ineligible));
    }
    let body = with_metadata(named.as_deref().filter(|_| !is_free), json!({ "tierId": tier.id }));
    let step = Step::SigningUp { tier, ineligible, polls: 0 };
    Ok(Next::Ask(post("onboardUser", body), Discovery { named, step }))
}

fn read_operation(
    named: Option<String>,
    tier: WireTier,
    ineligible: Vec<WireIneligible>,
    polls: u32,
    operation: WireOperation,
) -> Result<Next, NoProject> {
    if let Some(error) = operation.error {
        return Err(NoProject::NotEligible(shortened(&error.message.unwrap_or_default())));
    }
    if !operation.done {
        let name = operation.name.filter(|name| is_operation(name) && polls < MOST_POLLS);
        let path = format!("{INTERNAL}/{}", name.ok_or(NoProject::Unfinished)?);
        let request = Request { after: POLL_AFTER, method: Method::GET, path, body: None };
        let step = Step::SigningUp { tier, ineligible, polls: polls + 1 };
        return Ok(Next::Ask(request, Discovery { named, step }));
    }
    let signed_up = operation.response.and_then(|response| response.cloudaicompanion_project);
    let is_free = tier.id.as_deref() == Some(FREE_TIER);
    let project = signed_up.and_then(|project| project.id).filter(|id| !id.is_empty());
    match project.or(named.filter(|_| !is_free)) {
        None if !is_free => Err(without_project(&ineligible)),
        project => Ok(Next::Found(Found { project, plan: plan(tier) })),
    }
}

/// Says whether this can stand in a path, as the name of an operation does.
fn is_operation(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/');
    !name.is_empty() && !name.starts_with('/') && name.bytes().all(is_plain)
}

fn without_project(ineligible: &[WireIneligible]) -> NoProject {
    let reasons: Vec<&str> = ineligible.iter().filter_map(|tier| tier.reason_message.as_deref()).collect();
    if reasons.is_empty() { NoProject::NeedsProject } else { NoProject::NotEligible(shortened(&reasons.join(" "))) }
}

fn shortened(text: &str) -> String {
    text.chars().take(MAX_REASON_CHARS).collect()
}

fn plan(tier: WireTier) -> Option<String> {
    tier.name.filter(|name| !name.is_empty()).or(tier.id)
}

#[cfg(test)]
mod tests;
