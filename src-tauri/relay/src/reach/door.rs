//! The door for probes: it answers who shows the canary of this run, so that a probe from outside knows whom it reached.
//! To everybody else there is nothing here.

use std::convert::Infallible;

use axum::{
    Json,
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use carpool_core::reach::{STREAM_PIECES, STREAM_SPACING};
use futures_util::stream;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;
use tokio::time::sleep;

use crate::web::Visit;

/// Where probes ask.
pub(crate) const PATH: &str = "/probe";
/// What they add to it when they want the answer piece by piece.
pub(super) const STREAMED: &str = "stream=1";
/// The header they show the canary in.
pub(super) const CANARY: HeaderName = HeaderName::from_static("x-carpool-canary");
/// The `Date` of these answers. Where another one arrives, somebody on the way told the time by a clock of their own.
pub(super) const NO_DATE: &str = "Thu, 01 Jan 1970 00:00:00 GMT";

/// Answers a probe; by `POST` as well as by `GET`, because some tunnels hold back streams of the one and not of the other,
/// and calls are posted.
pub(crate) async fn probe(visit: Visit) -> Response {
    let Visit { house, request, .. } = visit;
    let mut shown = request.headers().get_all(CANARY).iter();
    let (Some(shown), None) = (shown.next(), shown.next()) else { return StatusCode::NOT_FOUND.into_response() };
    let canary = &house.reaching.canary;
    if !canary.is_asked_by(shown.as_bytes()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut answer = match request.uri().query() {
        Some(STREAMED) => streamed(canary.answers()),
        Some(_) | None => Json(json!({ "relay": canary.answers() })).into_response(),
    };
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::DATE, HeaderValue::from_static(NO_DATE));
    answer
}

/// Small events, spaced in time, of the kind that calls are answered with.
fn streamed(answers: &str) -> Response {
    let piece = Bytes::from(format!("data: {answers}\n\n"));
    let pieces = stream::unfold(0, move |sent| {
        let piece = piece.clone();
        async move {
            if sent == STREAM_PIECES {
                return None;
            }
            if sent > 0 {
                sleep(STREAM_SPACING).await;
            }
            Some((Ok::<_, Infallible>(piece), sent + 1))
        }
    });
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(pieces)).into_response()
}
