//! Carpool's own answers: every refusal is rendered here, in the caller's dialect.

use std::time::Duration;

use axum::{body::Body, response::Response};
use carpool_core::{
    call::CallId,
    dialect::Dialect,
    refusal::{Refusal, RefusalText, Retry},
};
use http::{HeaderName, HeaderValue, header};
use jiff::{Timestamp, tz::TimeZone};

/// Every answer carries the ledger's name for the call here.
pub const X_CARPOOL_CALL: HeaderName = HeaderName::from_static("x-carpool-call");
/// Tells clients of Anthropic's and OpenAI's making whether asking again can help.
const X_SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");
/// A wait beyond this is not for a program: some clients would sleep through all of it and say nothing.
const LONGEST_SILENT_WAIT: Duration = Duration::from_secs(120);
/// Where Anthropic's clients look for the id they show beside an error.
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// Renders a refusal as a whole answer.
#[must_use]
pub fn refusal(dialect: &Dialect, refusal: &Refusal, call: CallId, now: Timestamp) -> Response {
    let call_id = call.to_string();
    let text = RefusalText {
        status: refusal.status(),
        message: &refusal.describe(now, &TimeZone::system()),
        call_id: &call_id,
    };
    let mut answer = Response::new(Body::from((dialect.render_refusal)(&text)));
    *answer.status_mut() = refusal.status();

    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(REQUEST_ID, call_header(call));
    headers.insert(X_CARPOOL_CALL, call_header(call));
    match refusal.retry(now) {
        Retry::Never => {
            headers.insert(X_SHOULD_RETRY, HeaderValue::from_static("false"));
        }
        Retry::Whenever => {}
        Retry::After(wait) => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
            if wait > LONGEST_SILENT_WAIT {
                headers.insert(X_SHOULD_RETRY, HeaderValue::from_static("false"));
            }
        }
    }
    answer
}

/// A wait as `retry-after` tells it: never too short, and at least a second.
#[must_use]
pub fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs_f64().ceil().max(1.0) as u64
}

/// A call's name as a header's value.
#[must_use]
pub fn call_header(call: CallId) -> HeaderValue {
    HeaderValue::try_from(call.to_string()).expect("a call id is letters and digits")
}
