//! What Google's answers say about an account, for the Gemini API and Code Assist alike.
//!
//! Sources: <https://ai.google.dev/gemini-api/docs/rate-limits> and `/troubleshooting`, <https://cloud.google.com/apis/design/errors>
//! for the details of errors, and what the Gemini CLI makes of them (`packages/core/src/utils/googleQuotaErrors.ts`), read
//! November 2026. Texts are looked at and not kept: they are the provider's, and nobody knows what they quote.

use std::time::Duration;

use http::{HeaderName, header};
use jiff::Timestamp;
use url::Url;

use super::said::{Quota, Said};
use crate::{
    attempt::{Finding, Reply, Scope},
    window,
};

/// Google says for a daily quota, too, how soon to ask again, as if it were one by the minute. Only a longer wait than this
/// is about the day (it is where the CLI gives up, too).
const LONG_WAIT: Duration = Duration::from_secs(300);
/// The longest address at which Google wants an account verified that is shown.
const MAX_LINK_BYTES: usize = 2048;

/// Said where Google has no room for a model at the moment, whoever asks.
const NO_CAPACITY: &str = "MODEL_CAPACITY_EXHAUSTED";
/// The reasons for which a credential is not accepted though it is one.
const ABOUT_THE_KEY: [&str; 6] = [
    "API_KEY_INVALID",
    "API_KEY_SERVICE_BLOCKED",
    "API_KEY_IP_ADDRESS_BLOCKED",
    "API_KEY_HTTP_REFERRER_BLOCKED",
    "CONSUMER_INVALID",
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
];

/// What an answer says about the account. Messages tell by how they begin: further on they quote what a caller sent.
pub(in crate::provider) fn judge(reply: &Reply<'_>) -> Finding {
    let code = reply.status.as_u16();
    if reply.status.is_success() {
        return Finding::Served;
    }
    let said = Said::read(reply.body);
    match code {
        400 if said.has_reason("API_KEY_INVALID") || said.begins(&["api key not valid", "api key expired"]) => {
            Finding::SignedOut("the provider does not know its key (HTTP 400)".to_owned())
        }
        // The place is that of this computer, or of the way its calls take.
        400 if said.begins(&["user location is not supported", "gemini api free tier is not available"]) => Finding::Blocked(
            "Google does not serve it from where this computer is: enable billing for its project, or set another network \
             route (HTTP 400)"
                .to_owned(),
        ),
        401 => Finding::SignedOut("the provider refused its credential (HTTP 401)".to_owned()),
        403 => judge_403(&said),
        429 => judge_429(reply, &said),
        503 if said.has_reason(NO_CAPACITY) => Finding::Crowded { wait: said.wait(reply.now) },
        503 => Finding::Overloaded("the provider is overloaded (HTTP 503)".to_owned()),
        500..=599 => Finding::Failed(format!("the provider failed (HTTP {code})")),
        _ => Finding::CallersOwn,
    }
}

/// A refusal is about the account where it says so; else it may be about what the call names, e.g. a file of another account.
pub(in crate::provider) fn judge_403(said: &Said) -> Finding {
    if said.has_reason("VALIDATION_REQUIRED") {
        return Finding::Blocked(verify(said.validation_link().as_deref()));
    }
    if said.has_reason("SERVICE_DISABLED") {
        return Finding::Blocked(
            "the API is switched off in its Google Cloud project: enable it there (HTTP 403)".to_owned(),
        );
    }
    if said.has_reason("CONSUMER_SUSPENDED") || said.begins(&["permission denied: consumer"]) {
        return Finding::Blocked("Google has suspended its project (HTTP 403)".to_owned());
    }
    if ABOUT_THE_KEY.iter().any(|reason| said.has_reason(reason))
        || said.begins(&["your api key was reported as leaked"])
    {
        return Finding::SignedOut("the provider does not accept its credential any more (HTTP 403)".to_owned());
    }
    Finding::Forbidden("the provider refused it again and again (HTTP 403)".to_owned())
}

/// What the owner has to do where Google wants an account verified, at an address of Google's.
pub(in crate::provider) fn verify(link: Option<&str>) -> String {
    let is_googles = |link: &&str| {
        let url = Url::parse(link).ok().filter(|url| url.scheme() == "https" && link.len() <= MAX_LINK_BYTES);
        url.as_ref().and_then(Url::host_str).is_some_and(|host| host == "google.com" || host.ends_with(".google.com"))
    };
    match link.filter(is_googles) {
        Some(link) => format!("Google wants the account verified: open {link}, then test the account"),
        None => {
            "Google wants the account verified: sign in at https://accounts.google.com in a browser, then test the \
                 account"
                .to_owned()
        }
    }
}

/// A quota by the day lasts until it begins anew, one by the minute as long as Google says. A limit that names a model is
/// that model's.
fn judge_429(reply: &Reply<'_>, said: &Said) -> Finding {
    let wait = said.wait(reply.now).or_else(|| window::read_retry_after(reply.headers, reply.now));
    if said.has_reason(NO_CAPACITY) {
        return Finding::Crowded { wait };
    }
    let after = |wait: Duration| reply.now.checked_add(wait).ok();
    let scope = if said.names_a_model() { Scope::Family } else { Scope::Account };
    let of_what = match scope {
        Scope::Family => "of this model",
        Scope::Account => "of the account",
    };
    if said.quotas().any(Quota::is_daily) {
        let until = said
            .resets_at(reply.now)
            .or_else(|| wait.filter(|wait| *wait > LONG_WAIT).and_then(after))
            .or_else(|| midnight_pacific(reply.now));
        return Finding::Limited { scope, until, reason: format!("the daily quota {of_what} is used up") };
    }
    let until = said.resets_at(reply.now).or_else(|| wait.and_then(after));
    let is_used_up = said.has_reason("QUOTA_EXHAUSTED") || said.has_reason("INSUFFICIENT_G1_CREDITS_BALANCE");
    if until.is_none() && !is_used_up {
        return Finding::Crowded { wait: None };
    }
    Finding::Limited { scope, until, reason: format!("the quota {of_what} is used up") }
}

/// When daily quotas begin anew: at midnight Pacific time (<https://ai.google.dev/gemini-api/docs/rate-limits>).
fn midnight_pacific(now: Timestamp) -> Option<Timestamp> {
    // Written out, because which time zones a system knows is not ours to read here.
    let pacific = jiff::tz::TimeZone::posix("PST8PDT,M3.2.0,M11.1.0").ok()?;
    let tomorrow = now.to_zoned(pacific).tomorrow().ok()?;
    tomorrow.start_of_day().ok().map(|midnight| midnight.timestamp())
}

/// Says whether a header tells of one account's limits.
pub(in crate::provider) fn is_about_windows(name: &HeaderName) -> bool {
    *name == header::RETRY_AFTER
}

/// The family of a model: quotas are counted model by model.
pub(in crate::provider) fn family(model: &str) -> &str {
    model
}

#[cfg(test)]
mod tests;
