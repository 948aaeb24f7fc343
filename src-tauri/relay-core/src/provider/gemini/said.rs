//! Reads Google's errors: `{"error":{"code","message","status","details":[…]}}`, alone or, from a stream that comes as an
//! array, as its only element. Details are of several kinds (`google/rpc/error_details.proto`); one that is not as it should
//! be is passed over.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

/// What stands before a wait in a message: `Please retry in 20.04s.`, `Your quota will reset after 135h10m5s.`
const WAITS: [&str; 3] = ["retry in ", "reset after ", "resets in "];

/// What an error says.
#[derive(Debug, Default)]
pub(in crate::provider) struct Said {
    message: String,
    details: Vec<Detail>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Detail {
    reason: String,
    metadata: BTreeMap<String, Value>,
    retry_delay: Option<String>,
    violations: Vec<Quota>,
    links: Vec<Link>,
}

/// A quota that is exceeded.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Quota {
    quota_id: String,
    quota_dimensions: BTreeMap<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Link {
    url: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WireAnswer {
    // Tried first, because a struct can be read from an array, too.
    List([WireOne; 1]),
    One(WireOne),
}

#[derive(Deserialize)]
struct WireOne {
    error: WireError,
}

#[derive(Deserialize)]
struct WireError {
    message: Option<String>,
    #[serde(default)]
    details: Vec<Value>,
}

impl Said {
    /// Reads an answer's body; one that cannot be read says nothing but its text.
    pub(in crate::provider) fn read(body: &[u8]) -> Self {
        let error = match serde_json::from_slice(body) {
            Ok(WireAnswer::One(one) | WireAnswer::List([one])) => one.error,
            Err(_) => return Self { message: String::from_utf8_lossy(body).into_owned(), details: Vec::new() },
        };
        let details = error.details.into_iter().filter_map(|detail| serde_json::from_value(detail).ok()).collect();
        Self { message: error.message.unwrap_or_default(), details }
    }

    /// Says whether a detail gives this reason.
    pub(in crate::provider) fn has_reason(&self, reason: &str) -> bool {
        self.details.iter().any(|detail| detail.reason == reason)
    }

    /// Says whether the message begins with one of these phrases, which are in lower case.
    pub(super) fn begins(&self, phrases: &[&str]) -> bool {
        let message = self.message.trim_start().to_ascii_lowercase();
        phrases.iter().any(|phrase| message.starts_with(phrase))
    }

    /// The quotas that are exceeded.
    pub(super) fn quotas(&self) -> impl Iterator<Item = &Quota> {
        self.details.iter().flat_map(|detail| &detail.violations)
    }

    /// Says whether all that is exceeded is one model's.
    pub(super) fn names_a_model(&self) -> bool {
        let mut quotas = self.quotas().peekable();
        if quotas.peek().is_some() {
            return quotas.all(Quota::is_a_models);
        }
        self.details.iter().any(|detail| detail.metadata.contains_key("model"))
            || self.message.contains("on this model")
    }

    /// When what is exceeded begins anew.
    pub(super) fn resets_at(&self, now: Timestamp) -> Option<Timestamp> {
        let at = self.metadata("quotaResetTimeStamp").and_then(|at| at.parse().ok());
        at.or_else(|| now.checked_add(read_wait(self.metadata("quotaResetDelay")?)?).ok())
    }

    /// How long to wait before the next call.
    pub(super) fn wait(&self, now: Timestamp) -> Option<Duration> {
        let by_detail = self.details.iter().find_map(|detail| read_wait(detail.retry_delay.as_deref()?));
        let by_reset = || Duration::try_from(self.resets_at(now)?.duration_since(now)).ok();
        by_detail.or_else(by_reset).or_else(|| self.wait_in_message())
    }

    /// Where the owner can verify the account.
    pub(super) fn validation_link(&self) -> Option<String> {
        let named = self.metadata("validation_url").or_else(|| self.metadata("validation_link"));
        let linked = || self.details.iter().flat_map(|detail| &detail.links).map(|link| link.url.as_str()).next();
        named.or_else(linked).map(str::to_owned)
    }

    fn metadata(&self, name: &str) -> Option<&str> {
        self.details.iter().find_map(|detail| detail.metadata.get(name)?.as_str())
    }

    fn wait_in_message(&self) -> Option<Duration> {
        let message = self.message.to_ascii_lowercase();
        WAITS.iter().find_map(|before| {
            let (_, wait) = message.split_once(before)?;
            let end = wait.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(wait.len());
            read_wait(wait[..end].trim_end_matches('.'))
        })
    }
}

impl Quota {
    /// Says whether it is counted by the day.
    pub(super) fn is_daily(&self) -> bool {
        ["PerDay", "Daily"].iter().any(|word| self.quota_id.contains(word))
    }

    fn is_a_models(&self) -> bool {
        self.quota_dimensions.contains_key("model") || self.quota_id.contains("Model")
    }
}

/// Reads a wait such as `34.07s`, `900ms` or `135h9m46s`.
fn read_wait(text: &str) -> Option<Duration> {
    let wait: SignedDuration = text.parse().ok()?;
    Duration::try_from(wait).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_read_in_every_form_google_writes_them() {
        for (text, seconds) in [
            ("34.5s", Some(34.5)),
            ("900ms", Some(0.9)),
            ("135h9m46s", Some(486_586.0)),
            ("1h54m13.5s", Some(6853.5)),
            ("0s", Some(0.0)),
            ("-1s", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(read_wait(text).map(|wait| wait.as_secs_f64()), seconds, "{text}");
        }
    }

    #[test]
    fn a_wait_is_found_in_the_message_where_no_detail_tells_it() {
        let wait = |message: &str| {
            let body = serde_json::json!({ "error": { "message": message } }).to_string();
            Said::read(body.as_bytes()).wait(Timestamp::UNIX_EPOCH).map(|wait| wait.as_secs_f64())
        };

        assert_eq!(wait("limit: 0, model: x\nPlease retry in 20.5s."), Some(20.5));
        assert_eq!(wait("Your quota will reset after 1h0m5s."), Some(3605.0));
        assert_eq!(wait("Resource has been exhausted (e.g. check quota)."), None);
    }

    #[test]
    fn a_detail_that_is_not_as_it_should_be_is_passed_over() {
        let body =
            br#"[{"error":{"details":[{"reason":1},7,{"reason":"R","metadata":{"model":3}},{"retryDelay":"2s"}]}}]"#;
        let said = Said::read(body);

        assert!(said.has_reason("R") && said.names_a_model());
        assert_eq!(said.wait(Timestamp::UNIX_EPOCH), Some(Duration::from_secs(2)));
        assert!(Said::read(b"API key not valid. <html>").begins(&["api key not valid"]));
    }
}
