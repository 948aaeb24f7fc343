//! What Claude's answers say about an account: its windows, and what keeps it from serving.
//!
//! Source: the `anthropic-ratelimit-unified-…` headers of answers to OAuth tokens and the usage endpoint, as the vendor's
//! own client reads them (November 2026); <https://docs.claude.com/en/api/errors> for statuses. Texts are looked at and
//! not kept: they are the provider's, and nobody knows what they quote.

use http::{HeaderMap, HeaderName, header};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    attempt::{Finding, Reply, Scope},
    window::{self, Window},
};

/// How the headers about windows begin; then comes the window's label, e.g. `5h` or, for a model family, `7d_oi`.
const UNIFIED: &str = "anthropic-ratelimit-unified-";
const REJECTED: &str = "rejected";
/// Said where a call needs what the plan does not include: another call of the account may well be served.
const ABOUT_THIS_CALL: [&str; 2] = ["extra usage", "long context"];
/// Said where the account serves nobody until its owner acts.
const FOR_GOOD: [&str; 2] =
    ["organization has been disabled", "oauth authentication is currently not allowed for this organization"];

/// What an answer says about the account.
pub(super) fn judge(reply: &Reply<'_>) -> Finding {
    let code = reply.status.as_u16();
    let says = |phrases: &[&str]| {
        let text = String::from_utf8_lossy(reply.body).to_ascii_lowercase();
        phrases.iter().any(|phrase| text.contains(phrase))
    };
    match code {
        200..=299 => Finding::Served,
        400 | 403 if says(&FOR_GOOD) => Finding::Blocked(format!(
            "the provider says that the organization is disabled or not allowed (HTTP {code})"
        )),
        401 => Finding::SignedOut("the provider refused its credential (HTTP 401)".to_owned()),
        403 => Finding::Forbidden("the provider refused it again and again (HTTP 403)".to_owned()),
        429 if says(&ABOUT_THIS_CALL) => Finding::Crowded { wait: Some(std::time::Duration::ZERO) },
        429 => judge_429(reply),
        529 => Finding::Overloaded("the provider is overloaded (HTTP 529)".to_owned()),
        500..=599 => Finding::Failed(format!("the provider failed (HTTP {code})")),
        _ => Finding::CallersOwn,
    }
}

/// A limit is the account's if one of its shared windows is used up, or all the provider says is that it is; a family's
/// if only that is; else the limit is on calls like this one at this moment.
fn judge_429(reply: &Reply<'_>) -> Finding {
    let headers = reply.headers;
    let status = |label: &str| text(headers, &format!("{UNIFIED}{label}"));
    let is = |label: &str, word: &str| status(label).is_some_and(|status| status.eq_ignore_ascii_case(word));
    let labels: Vec<_> = labels(headers, "-status");
    let rejected = |is_family: bool| {
        let of_kind = labels.iter().filter(|label| label.contains('_') == is_family);
        of_kind.copied().find(|label| is(&format!("{label}-status"), REJECTED))
    };
    let retry = window::read_retry_after(headers, reply.now);
    let limited = |scope, label: Option<&str>| {
        let reset = label.and_then(|label| status(&format!("{label}-reset"))).or_else(|| status("reset"));
        let until = retry.and_then(|wait| reply.now.checked_add(wait).ok()).or_else(|| window::read_reset(reset?));
        let reason = match (scope, label) {
            (Scope::Family, _) => "the allowance for models of this family is used up".to_owned(),
            (Scope::Account, Some(label)) => format!("the {} window is used up", spell(label)),
            (Scope::Account, None) => "its allowance is used up".to_owned(),
        };
        Finding::Limited { scope, until, reason }
    };
    let shared_is_open = ["5h", "7d"].iter().all(|label| status(&format!("{label}-status")).is_some());
    match (rejected(false), rejected(true)) {
        (Some(label), _) => limited(Scope::Account, Some(label)),
        (None, Some(label)) if shared_is_open || !is("status", REJECTED) => limited(Scope::Family, Some(label)),
        (None, _) if is("status", REJECTED) => limited(Scope::Account, None),
        (None, _) => Finding::Crowded { wait: retry },
    }
}

/// The labels of the windows that the headers tell this of.
fn labels<'a>(headers: &'a HeaderMap, of_what: &str) -> Vec<&'a str> {
    let names = headers.keys().map(HeaderName::as_str);
    names
        .filter_map(|name| name.strip_prefix(UNIFIED)?.strip_suffix(of_what))
        .filter(|label| hours(label).is_some())
        .collect()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// The length of a window by its label: `5h`, `7d`, `7d_oi`.
fn hours(label: &str) -> Option<u32> {
    let length = label.split('_').next()?;
    let (number, unit) = length.split_at_checked(length.len().checked_sub(1)?)?;
    let number: u32 = number.parse().ok()?;
    match unit {
        "h" => Some(number),
        "d" => Some(number * 24),
        _ => None,
    }
}

fn spell(label: &str) -> String {
    hours(label).map_or_else(|| label.to_owned(), window::spell)
}

/// What an answer's headers say of the windows.
pub(super) fn windows(headers: &HeaderMap, _: Timestamp) -> Vec<Window> {
    let mut windows: Vec<_> = labels(headers, "-utilization")
        .into_iter()
        .filter_map(|label| {
            let used: f64 = text(headers, &format!("{UNIFIED}{label}-utilization"))?.parse().ok()?;
            let resets_at = text(headers, &format!("{UNIFIED}{label}-reset")).and_then(window::read_reset);
            let family = label.split_once('_').map(|(_, family)| family.to_owned());
            (used.is_finite() && used >= 0.0).then(|| Window {
                hours: hours(label).unwrap_or_default(),
                family,
                used,
                resets_at,
            })
        })
        .collect();
    windows.sort_by(window::order);
    windows
}

/// Says whether a header tells of one account's windows.
pub(super) fn is_about_windows(name: &HeaderName) -> bool {
    name.as_str().starts_with(UNIFIED) || *name == header::RETRY_AFTER
}

#[derive(Deserialize)]
struct WireWindow {
    utilization: f64,
    resets_at: Option<Timestamp>,
}

/// Reads the usage endpoint's answer: an object of windows, `five_hour`, `seven_day` and, for one model family each,
/// `seven_day_<family>`; in percent. What is not such a window is passed over.
pub(super) fn read_usage(body: &[u8]) -> Option<Vec<Window>> {
    let fields: serde_json::Map<String, Value> = serde_json::from_slice(body).ok()?;
    let mut windows: Vec<_> = fields
        .into_iter()
        .filter_map(|(name, value)| {
            let (hours, rest) = [("five_hour", 5), ("seven_day", 168)]
                .into_iter()
                .find_map(|(prefix, hours)| Some((hours, name.strip_prefix(prefix)?.to_owned())))?;
            let family = (!rest.is_empty()).then(|| rest.trim_start_matches('_').to_owned());
            let WireWindow { utilization, resets_at } = serde_json::from_value(value).ok()?;
            Some(Window { hours, family, used: (utilization / 100.0).max(0.0), resets_at })
        })
        .collect();
    windows.sort_by(window::order);
    (!windows.is_empty()).then_some(windows)
}

/// The family of a model: the word in its name that the vendor's families go by, else the whole name.
pub(super) fn family(model: &str) -> &str {
    const FAMILIES: [&str; 3] = ["opus", "sonnet", "haiku"];
    model.split('-').find(|part| FAMILIES.contains(part)).unwrap_or(model)
}

#[cfg(test)]
mod tests;
