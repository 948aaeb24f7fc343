//! What Bedrock's refusals say about an account.
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html> (read November 2026).
//! The error's name stands in a header, with an address behind a colon; the status alone does not tell a credential that
//! is not good from one that may not do this.

use http::HeaderName;
use serde::Deserialize;

use crate::{
    attempt::{Finding, Reply, Scope},
    provider::by_status,
};

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
/// The names of errors that say that the credential is not accepted.
const NOT_ACCEPTED: [&str; 10] = [
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
];
/// Said of a Bedrock API key that is not good: the error's name does not tell.
const BAD_API_KEY: [&str; 2] = ["api key is valid", "token has expired"];
/// Said of a signature whose time is too far from Amazon's.
const WRONG_TIME: [&str; 2] = ["signature expired", "signature not yet current"];
/// Said where Anthropic's form for new customers was not filled in.
const NO_FORM: [&str; 1] = ["use case details have not been submitted"];
/// Said where the quota of a day is used up, and not that of a minute.
const OF_THE_DAY: [&str; 2] = ["tokens per day", "daily token"];

#[derive(Deserialize)]
struct WireRefusal {
    #[serde(alias = "Message")]
    message: String,
}

/// What a refusal says to whoever called: `{"message":…}`, which is not the form of a Messages error.
pub(super) fn message(body: &[u8]) -> Option<String> {
    serde_json::from_slice(body).ok().map(|WireRefusal { message }| message)
}

/// What an answer says about the account.
pub(super) fn judge(reply: &Reply<'_>) -> Finding {
    let text = String::from_utf8_lossy(reply.body).to_ascii_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| text.contains(phrase));
    let name = reply.headers.get(ERROR_TYPE).and_then(|value| value.to_str().ok());
    let name = name.and_then(|value| value.split(':').next()).unwrap_or_default();
    let code = reply.status.as_u16();
    match code {
        400 | 401 | 403 if says(&WRONG_TIME) => {
            Finding::Failed("its signatures come at the wrong time: the clock of this computer is wrong".to_owned())
        }
        400 | 401 | 403 if NOT_ACCEPTED.contains(&name) => Finding::SignedOut(format!(
            "the provider refused its credential (HTTP {code}, {name}): it is wrong or has expired"
        )),
        401 | 403 if says(&BAD_API_KEY) => {
            Finding::SignedOut(format!("the provider refused its API key (HTTP {code}): it is wrong or has expired"))
        }
        404 if says(&NO_FORM) => Finding::Blocked(
            "Amazon wants Anthropic's form about the intended use filled in before it serves these models".to_owned(),
        ),
        // A quota that only Amazon raises; it is on one model.
        400 | 429 if name == "ServiceQuotaExceededException" || says(&OF_THE_DAY) => Finding::Limited {
            scope: Scope::Family,
            until: None,
            reason: "the account's quota for this model is used up".to_owned(),
        },
        _ => by_status::judge(reply),
    }
}
