//! What Codex's answers say about an account: its windows, and what keeps it from serving.
//!
//! Source: the vendor's own open client, `codex-rs/codex-api/src/rate_limits.rs`, `api_bridge.rs` and
//! `codex-rs/backend-client` in <https://github.com/openai/codex> (read November 2026). Windows come in groups of two,
//! primary and secondary, whose lengths vary. The headers `x-codex-primary-…` tell of whichever group counted the call; a
//! group that is for one model only is told of again as `x-codex-<group>-primary-…`, and `x-codex-active-limit` then names
//! it.

use http::{HeaderMap, HeaderName, header};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::{
    attempt::{Finding, Reply, Scope},
    dialect::openai_error::ApiError,
    provider::openai::{FOR_GOOD, OVERLOADED},
    window::{self, Window},
};

/// How the headers about windows begin.
const CODEX: &str = "x-codex";
/// Names the group that counted the call, as `codex_<group>`; else it is the one for all models, by whatever name.
const ACTIVE_LIMIT: HeaderName = HeaderName::from_static("x-codex-active-limit");
/// The two windows of a group, as the headers call them.
const PLACES: [&str; 2] = ["primary", "secondary"];
/// A window is used up from here on.
const USED_UP: f64 = 1.0;

/// What an answer says about the account.
pub(super) fn judge(reply: &Reply<'_>) -> Finding {
    let code = reply.status.as_u16();
    let error = ApiError::read(reply.body);
    let is = |words: &[&str]| error.as_ref().is_some_and(|error| error.is_one_of(words));
    match code {
        200..=299 => Finding::Served,
        400..=499 if is(&["usage_not_included"]) => {
            Finding::Blocked(format!("its plan does not include Codex (HTTP {code})"))
        }
        400..=499 if is(&FOR_GOOD) => {
            Finding::Blocked(format!("the provider says that its quota is gone (HTTP {code})"))
        }
        401 => Finding::SignedOut("the provider refused its credential (HTTP 401)".to_owned()),
        402 => Finding::Blocked("the provider says that its workspace or plan has ended (HTTP 402)".to_owned()),
        403 => Finding::Forbidden("the provider refused it again and again (HTTP 403)".to_owned()),
        429 => match error.filter(|error| error.is_one_of(&["usage_limit_reached"])) {
            Some(error) => used_up(reply, &error),
            None => Finding::Crowded { wait: window::read_retry_after(reply.headers, reply.now) },
        },
        503 => Finding::Overloaded("the provider is overloaded (HTTP 503)".to_owned()),
        500..=599 if is(&OVERLOADED) => Finding::Overloaded(format!("the provider is overloaded (HTTP {code})")),
        500..=599 => Finding::Failed(format!("the provider failed (HTTP {code})")),
        _ => Finding::CallersOwn,
    }
}

/// A limit is the account's, unless the answer names a group of windows that is for one model only.
fn used_up(reply: &Reply<'_>, error: &ApiError) -> Finding {
    let (headers, now) = (reply.headers, reply.now);
    let group = active_group(headers);
    let windows = group_windows(headers, group.unwrap_or_default(), now);
    let fullest = windows.iter().filter(|window| window.used >= USED_UP).max_by_key(|window| window.resets_at);
    let until = error
        .number("resets_at")
        .and_then(at)
        .or_else(|| error.number("resets_in_seconds").and_then(|seconds| after(seconds, now)))
        .or_else(|| fullest.and_then(|window| window.resets_at))
        .or_else(|| window::read_retry_after(headers, now).and_then(|wait| now.checked_add(wait).ok()));
    let (scope, reason) = match (group, fullest) {
        (Some(_), _) => (Scope::Family, "the allowance for this model is used up".to_owned()),
        (None, Some(window)) => (Scope::Account, format!("the {} window is used up", window::spell(window.hours))),
        (None, None) => (Scope::Account, "its allowance is used up".to_owned()),
    };
    Finding::Limited { scope, until, reason }
}

/// What an answer's headers say of the windows.
pub(super) fn windows(headers: &HeaderMap, now: Timestamp) -> Vec<Window> {
    let of_one_model = groups(headers).into_iter().flat_map(|group| group_windows(headers, group, now));
    let mut windows: Vec<_> = of_one_model.collect();
    if active_group(headers).is_none() {
        windows.extend(group_windows(headers, "", now));
    }
    windows.sort_by(window::order);
    windows
}

/// The groups of windows that are for one model only, as the headers spell them: `-bengalfox`.
fn groups(headers: &HeaderMap) -> Vec<&str> {
    let names = headers.keys().map(HeaderName::as_str);
    names
        .filter_map(|name| name.strip_prefix(CODEX)?.strip_suffix("-primary-used-percent"))
        .filter(|group| !group.is_empty())
        .collect()
}

/// The group that counted the call, if it is one of those.
fn active_group(headers: &HeaderMap) -> Option<&str> {
    let active = text(headers, ACTIVE_LIMIT.as_str())?.to_ascii_lowercase().replace('_', "-");
    let active = active.strip_prefix("codex")?;
    groups(headers).into_iter().find(|group| *group == active)
}

/// The windows of a group; of none for the one that has no name.
fn group_windows(headers: &HeaderMap, group: &str, now: Timestamp) -> Vec<Window> {
    let name = || text(headers, &format!("{CODEX}{group}-limit-name")).unwrap_or(&group[1..]).to_ascii_lowercase();
    let family = (!group.is_empty()).then(name);
    let window = |place| {
        let number = |what: &str| -> Option<f64> {
            text(headers, &format!("{CODEX}{group}-{place}-{what}"))?.parse().ok().filter(|n: &f64| n.is_finite())
        };
        let resets_at =
            number("reset-at").and_then(at).or_else(|| number("reset-after-seconds").and_then(|s| after(s, now)));
        let minutes = number("window-minutes")?;
        read_window(number("used-percent")?, minutes * 60.0, resets_at, family.clone())
    };
    PLACES.into_iter().filter_map(window).collect()
}

/// A window that is so long, in seconds; `None` for one that the plan has not.
fn read_window(percent: f64, seconds: f64, resets_at: Option<Timestamp>, family: Option<String>) -> Option<Window> {
    if seconds <= 0.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and `as` stays in range")]
    let hours = (seconds / 3600.0).round().max(1.0) as u32;
    Some(Window { hours, family, used: (percent / 100.0).max(0.0), resets_at })
}

/// A time in seconds since 1970.
fn at(seconds: f64) -> Option<Timestamp> {
    after(seconds, Timestamp::UNIX_EPOCH)
}

fn after(seconds: f64, now: Timestamp) -> Option<Timestamp> {
    now.checked_add(SignedDuration::try_from_secs_f64(seconds).ok()?).ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim).filter(|text| !text.is_empty())
}

/// Says whether a header tells of one account's windows.
pub(super) fn is_about_windows(name: &HeaderName) -> bool {
    name.as_str().starts_with("x-codex-") || *name == header::RETRY_AFTER
}

#[derive(Deserialize)]
struct WireUsage {
    rate_limit: Option<WireGroup>,
    additional_rate_limits: Option<Vec<WireAdditional>>,
}

#[derive(Deserialize)]
struct WireAdditional {
    limit_name: Option<String>,
    rate_limit: Option<WireGroup>,
}

#[derive(Deserialize)]
struct WireGroup {
    primary_window: Option<WireWindow>,
    secondary_window: Option<WireWindow>,
}

#[derive(Deserialize)]
struct WireWindow {
    used_percent: f64,
    limit_window_seconds: f64,
    reset_at: Option<f64>,
}

impl WireGroup {
    fn windows(self, family: Option<&str>) -> impl Iterator<Item = Window> {
        let family = family.map(str::to_ascii_lowercase);
        [self.primary_window, self.secondary_window].into_iter().flatten().filter_map(move |window| {
            let WireWindow { used_percent, limit_window_seconds, reset_at } = window;
            read_window(used_percent, limit_window_seconds, reset_at.and_then(at), family.clone())
        })
    }
}

/// Reads the usage endpoint's answer: the windows for all models, and those for one model each.
pub(super) fn read_usage(body: &[u8]) -> Option<Vec<Window>> {
    let WireUsage { rate_limit, additional_rate_limits } = serde_json::from_slice(body).ok()?;
    let mut windows: Vec<_> = rate_limit.into_iter().flat_map(|group| group.windows(None)).collect();
    for WireAdditional { limit_name, rate_limit } in additional_rate_limits.unwrap_or_default() {
        if let (Some(name), Some(group)) = (limit_name, rate_limit) {
            windows.extend(group.windows(Some(&name)));
        }
    }
    windows.sort_by(window::order);
    (!windows.is_empty()).then_some(windows)
}

#[cfg(test)]
mod tests;
