//! Errors as OpenAI's formats write them: read from an answer or a stream, and written for a refusal of ours.
//!
//! Sources: <https://platform.openai.com/docs/guides/error-codes>, the events `error` and `response.failed` in
//! <https://platform.openai.com/docs/api-reference/responses-streaming>, and the codes the vendor's own client tells apart
//! (read November 2026). Compatible vendors write numbers where OpenAI writes words.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::refusal::RefusalText;

/// The statuses that the vendor's words stand for; the first that fits counts.
const STATUSES: [(u16, &[&str]); 7] = [
    (
        429,
        &[
            "rate_limit_exceeded",
            "rate_limit_error",
            "too_many_requests",
            "insufficient_quota",
            "billing_hard_limit_reached",
            "usage_limit_reached",
            "usage_not_included",
        ],
    ),
    (503, &["server_is_overloaded", "slow_down", "overloaded_error", "service_unavailable_error"]),
    (401, &["invalid_api_key", "authentication_error"]),
    (403, &["permission_error", "permission_denied"]),
    (404, &["model_not_found", "not_found_error"]),
    (413, &["request_too_large"]),
    (
        400,
        &[
            "context_length_exceeded",
            "invalid_prompt",
            "invalid_request_error",
            "invalid_value",
            "cyber_policy",
            "content_policy_violation",
        ],
    ),
];
/// Part of the many codes that say what is wrong with an image the caller sent.
const ABOUT_AN_IMAGE: &str = "image";

/// An error as the provider wrote it.
#[derive(Debug)]
pub(crate) struct ApiError {
    error: Map<String, Value>,
    /// The status the provider names beside it.
    status: Option<u64>,
}

impl ApiError {
    /// Reads an answer's body or an event's data, in any of the shapes they have: the error stands in `error`, in
    /// `response.error`, in `detail`, or is all there is.
    pub(crate) fn read(data: &[u8]) -> Option<Self> {
        let whole: Map<String, Value> = serde_json::from_slice(data).ok()?;
        let status = ["status_code", "status"].iter().find_map(|name| whole.get(*name)?.as_u64());
        let of_response = whole.get("response").and_then(|response| response.get("error"));
        let places = [of_response, whole.get("error"), whole.get("detail")];
        let error = places.into_iter().flatten().find_map(Value::as_object).cloned();
        Some(Self { error: error.unwrap_or(whole), status })
    }

    /// Says whether its code or its type is one of these words.
    pub(crate) fn is_one_of(&self, words: &[&str]) -> bool {
        self.words().any(|word| words.contains(&word))
    }

    /// Says whether its message has these words in it, which are given in lower case.
    pub(crate) fn says(&self, phrase: &str) -> bool {
        self.text("message").is_some_and(|message| message.to_ascii_lowercase().contains(phrase))
    }

    /// A number that the vendor puts beside code and message.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.error.get(name)?.as_f64()
    }

    /// Its code, then its type: the code says more.
    fn words(&self) -> impl Iterator<Item = &str> {
        ["code", "type"].into_iter().filter_map(|name| self.text(name))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.error.get(name)?.as_str()
    }

    fn status(&self) -> Option<StatusCode> {
        let listed = |word: &str| STATUSES.iter().find(|(_, words)| words.contains(&word)).map(|(status, _)| *status);
        let by_word =
            self.words().find_map(|word| listed(word).or_else(|| word.contains(ABOUT_AN_IMAGE).then_some(400)));
        let by_number = || {
            let numbers = [self.error.get("code").and_then(Value::as_u64), self.status];
            numbers
                .into_iter()
                .flatten()
                .filter_map(|number| u16::try_from(number).ok())
                .find(|n| (400..600).contains(n))
        };
        by_word.or_else(by_number).and_then(|status| StatusCode::from_u16(status).ok())
    }
}

/// The status that an error within a stream would have had as an answer of its own.
pub(super) fn status(data: &[u8]) -> StatusCode {
    ApiError::read(data).and_then(|error| error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A refusal of ours as the error it is in these formats.
pub(super) fn of_refusal(refusal: &RefusalText<'_>) -> Value {
    let (kind, code) = words(refusal.status);
    json!({ "message": refusal.message, "type": kind, "param": null, "code": code })
}

/// A refusal of ours as an answer's body.
pub(super) fn render_refusal(refusal: &RefusalText<'_>) -> String {
    json!({ "error": of_refusal(refusal) }).to_string()
}

/// The vendor's type and code for a status.
fn words(status: StatusCode) -> (&'static str, Option<&'static str>) {
    match status.as_u16() {
        401 => ("authentication_error", Some("invalid_api_key")),
        402 => ("insufficient_quota", Some("insufficient_quota")),
        403 => ("permission_error", None),
        429 => ("rate_limit_error", Some("rate_limit_exceeded")),
        400..=499 => ("invalid_request_error", None),
        _ => ("server_error", None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_stands_for_a_status_in_every_shape_it_comes_in() {
        for (data, expected) in [
            (r#"{"type":"response.failed","response":{"error":{"code":"rate_limit_exceeded","message":"x"}}}"#, 429),
            (r#"{"type":"response.failed","response":{"error":{"code":"server_is_overloaded"}}}"#, 503),
            (r#"{"type":"response.failed","response":{"error":{"code":"context_length_exceeded"}}}"#, 400),
            (r#"{"type":"response.failed","response":{"error":{"code":"image_parse_error"}}}"#, 400),
            (r#"{"type":"response.failed","response":{"error":{"code":"server_error"}}}"#, 500),
            (r#"{"type":"error","code":"slow_down","message":"x","param":null,"sequence_number":3}"#, 503),
            (r#"{"type":"error","error":{"type":"insufficient_quota","code":"insufficient_quota"}}"#, 429),
            (r#"{"type":"error","status":429,"error":{"type":"usage_limit_reached","resets_in_seconds":9}}"#, 429),
            (r#"{"error":{"type":"invalid_request_error","code":"model_not_found"}}"#, 404),
            (r#"{"error":{"code":502,"message":"Provider disconnected"}}"#, 502),
            (r#"{"error":"overloaded"}"#, 500),
            ("<html>", 500),
        ] {
            assert_eq!(status(data.as_bytes()).as_u16(), expected, "{data}");
        }
    }

    #[test]
    fn a_refusal_has_the_vendors_shape() {
        let body = |status| render_refusal(&RefusalText { status, message: "No \"key\"", call_id: "call_1" });

        assert_eq!(
            body(StatusCode::UNAUTHORIZED),
            r#"{"error":{"code":"invalid_api_key","message":"No \"key\"","param":null,"type":"authentication_error"}}"#
        );
        assert!(body(StatusCode::TOO_MANY_REQUESTS).contains("\"rate_limit_exceeded\""));
        assert!(body(StatusCode::NOT_FOUND).contains("\"invalid_request_error\""));
        assert!(body(StatusCode::BAD_GATEWAY).contains("\"server_error\""));
    }
}
