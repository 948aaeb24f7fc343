//! What an answer says about an account where the provider is known for nothing but HTTP: read from the status, and from
//! how long it asks to wait. Providers that say more judge that themselves and leave the rest to this.

use std::time::Duration;

use http::{HeaderMap, HeaderName, header};
use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    attempt::{Finding, Reply, Scope},
    window,
};

/// The wait in milliseconds, as Azure and OpenAI tell it beside `retry-after`
/// (<https://learn.microsoft.com/azure/ai-services/openai/how-to/quota>).
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");
/// How the headers begin that tell what is left of an account's limits.
const RATE_LIMIT: &str = "x-ratelimit-";
/// The codes of a 429 that no waiting mends: the credit is used up (OpenAI's and its followers', and Moonshot's).
const UNPAID: [&str; 2] = ["insufficient_quota", "exceeded_current_quota_error"];

/// What an answer says about the account.
#[must_use]
pub fn judge(reply: &Reply<'_>) -> Finding {
    let code = reply.status.as_u16();
    match code {
        200..=299 => Finding::Served,
        401 => Finding::SignedOut("the provider refused its credential (HTTP 401)".to_owned()),
        402 => Finding::Blocked("the provider wants to be paid first (HTTP 402)".to_owned()),
        403 => Finding::Forbidden("the provider refused it again and again (HTTP 403)".to_owned()),
        408 | 424 => Finding::Failed(format!("the provider failed (HTTP {code})")),
        429 if is_unpaid(reply.body) => {
            Finding::Blocked("the provider says that its credit is used up (HTTP 429)".to_owned())
        }
        429 => judge_429(reply),
        503 | 529 => Finding::Overloaded(format!("the provider is overloaded (HTTP {code})")),
        500..=599 => Finding::Failed(format!("the provider failed (HTTP {code})")),
        _ => Finding::CallersOwn,
    }
}

/// Limits are mostly on calls of one model. A provider that names an end is believed; one that does not may serve the next
/// call already.
fn judge_429(reply: &Reply<'_>) -> Finding {
    match read_wait(reply.headers, reply.now) {
        Some(wait) => Finding::Limited {
            scope: Scope::Family,
            until: reply.now.checked_add(wait).ok(),
            reason: "too many calls or tokens of this model within a short time".to_owned(),
        },
        None => Finding::Crowded { wait: None },
    }
}

/// Reads how long a client is asked to wait, the finer of the two headers first.
#[must_use]
pub fn read_wait(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let milliseconds = headers.get(RETRY_AFTER_MS).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    milliseconds.map(Duration::from_millis).or_else(|| window::read_retry_after(headers, now))
}

/// Says whether a header tells of one account's limits.
#[must_use]
pub fn is_about_limits(name: &HeaderName) -> bool {
    *name == header::RETRY_AFTER || *name == RETRY_AFTER_MS || name.as_str().starts_with(RATE_LIMIT)
}

#[derive(Deserialize)]
struct WireError {
    error: WireErrorBody,
}

#[derive(Deserialize)]
struct WireErrorBody {
    code: Option<serde_json::Value>,
    #[serde(rename = "type")]
    kind: Option<serde_json::Value>,
}

fn is_unpaid(body: &[u8]) -> bool {
    let Ok(WireError { error }) = serde_json::from_slice(body) else { return false };
    [error.code, error.kind].iter().flatten().filter_map(|word| word.as_str()).any(|word| UNPAID.contains(&word))
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, StatusCode};

    use super::*;

    fn judged(status: u16, header: Option<(&'static str, &'static str)>, body: &str) -> Finding {
        let headers = header
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .into_iter()
            .collect();
        let status = StatusCode::from_u16(status).expect("a status");
        judge(&Reply { status, headers: &headers, body: body.as_bytes(), now: Timestamp::UNIX_EPOCH })
    }

    #[test]
    fn a_limit_lasts_as_long_as_the_provider_says() {
        let until = |header| match judged(429, Some(header), "") {
            Finding::Limited { scope: Scope::Family, until, .. } => until.map(Timestamp::as_millisecond),
            other => panic!("{other:?}"),
        };

        assert_eq!(until(("retry-after", "7")), Some(7_000));
        assert_eq!(until(("retry-after-ms", "1500")), Some(1_500));
        assert_eq!(until(("retry-after", "1e19")), None, "no time is that far away");
        assert_eq!(judged(429, None, ""), Finding::Crowded { wait: None });
    }

    #[test]
    fn a_limit_that_only_money_mends_blocks() {
        for body in [
            r#"{"error":{"message":"no credit","type":"insufficient_quota","code":"insufficient_quota"}}"#,
            r#"{"error":{"message":"no credit","type":"exceeded_current_quota_error"}}"#,
        ] {
            assert!(matches!(judged(429, None, body), Finding::Blocked(_)), "{body}");
        }
        let other = r#"{"error":{"message":"insufficient_quota","code":429}}"#;
        assert_eq!(judged(429, None, other), Finding::Crowded { wait: None });
    }

    #[test]
    fn a_mistake_of_the_callers_says_nothing_about_the_account() {
        for status in [400, 404, 405, 413, 415, 422] {
            assert_eq!(judged(status, None, ""), Finding::CallersOwn, "{status}");
        }
        assert!(matches!(judged(402, None, ""), Finding::Blocked(_)));
        assert!(matches!(judged(503, None, ""), Finding::Overloaded(_)));
        assert!(matches!(judged(502, None, ""), Finding::Failed(_)));
    }
}
