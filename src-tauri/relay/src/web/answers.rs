//! How the doors for people answer: JSON, and headers by which a browser gives nothing away.

use std::{borrow::Cow, error::Error, time::Duration};

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use carpool_core::refusal::{Refusal, Retry};
use http::{HeaderName, HeaderValue, StatusCode, header};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;

use crate::answer::whole_seconds;

/// What every answer says to browsers. Nothing from elsewhere is loaded, nothing is sent elsewhere, nobody frames a page,
/// and no header lets a foreign page read an answer.
const HEADERS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Adds what every answer says to browsers; what says nothing about keeping it is not kept.
pub(super) fn secured(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    answer
}

/// An answer that says no: with a name for programs, and what to do about it.
#[derive(Debug)]
pub(crate) struct No {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    /// When it may be tried again, where that is known.
    after: Option<Duration>,
}

impl No {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), after: None }
    }

    /// Something was asked for too often.
    pub(super) fn wait(code: &'static str, message: &'static str, after: Duration) -> Self {
        Self { after: Some(after), ..Self::new(StatusCode::TOO_MANY_REQUESTS, code, message) }
    }

    /// Something of ours went wrong; what it was goes into the log.
    pub(crate) fn failed(what: &'static str, error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error, what, "what a friend asked for could not be done");
        let message = "Carpool could not do this. Ask the owner to look at its log, and try again later.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", message)
    }

    /// A refusal, as a friend who asks about themselves is told it.
    pub(crate) fn refusal(refusal: &Refusal, now: Timestamp) -> Self {
        let after = match refusal.retry(now) {
            Retry::After(wait) => Some(wait),
            Retry::Never | Retry::Whenever => None,
        };
        let message = refusal.describe(now, &TimeZone::system());
        Self { after, ..Self::new(refusal.status(), refusal.code(), message) }
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let Self { status, code, message, after } = self;
        let mut answer = (status, Json(json!({ "error": { "code": code, "message": message } }))).into_response();
        if let Some(after) = after {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(after)));
        }
        answer
    }
}

/// The answer to a method that a door does not take.
pub(super) fn method_not_allowed(allowed: &HeaderValue) -> Response {
    let message = format!("This address takes {}.", allowed.to_str().unwrap_or_default());
    let mut answer = No::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message).into_response();
    answer.headers_mut().insert(header::ALLOW, allowed.clone());
    answer
}
