//! Passing an answer on: its head as it came, its body through the tap.

use std::sync::Arc;

use axum::{body::Body, response::Response};
use carpool_core::{
    call::CallId,
    dialect::Dialect,
    headers,
    meter::{Meter, Observed},
};
use http::{HeaderMap, header};
use http_body::Body as _;

use crate::{
    House,
    ahead::Ahead,
    answer::{self, X_CARPOOL_CALL},
    decode::Decoder,
    open_call::OpenCall,
    receive::Call,
    store::calls::CallStatus,
    tap::{Answer, Coding, Tap},
};

/// Passes an answer on through the tap.
pub(crate) async fn pass_on(
    house: &Arc<House>,
    call: &Call,
    mut open: OpenCall,
    id: CallId,
    answer: http::Response<Ahead>,
) -> Response {
    let (head, body) = answer.into_parts();
    open.answered(head.status.as_u16());
    let is_success = head.status.is_success();
    let meter = meter_for(call, is_success, &head.headers);
    let coding = coding_for(&call.headers, &head.headers);
    let mut to_client = headers::for_client(&head.headers);
    to_client.insert(X_CARPOOL_CALL, answer::call_header(id));
    if matches!(coding, Coding::Undone(_)) {
        to_client.remove(header::CONTENT_ENCODING);
    }
    // A stream may need one event more than the provider counted.
    let has_own_length = !meter.is_stream() && !matches!(coding, Coding::Undone(_));
    if !has_own_length {
        to_client.remove(header::CONTENT_LENGTH);
    }
    let left = body.size_hint().exact().filter(|_| !meter.is_stream());
    let body = if left == Some(0) {
        drop(body);
        // Nobody asks a body for its end that has no byte, so it is settled here.
        let status = if is_success { CallStatus::Complete } else { CallStatus::UpstreamError };
        open.settle(status, &Observed::default()).await;
        Body::empty()
    } else {
        Tap::new(house, call.dialect, id, open, Answer { body, coding, meter, left, is_success }).into_body()
    };

    let mut to_send = Response::new(body);
    *to_send.status_mut() = head.status;
    *to_send.headers_mut() = to_client;
    to_send
}

/// What reads such an answer.
pub(crate) fn meter_for(call: &Call, is_success: bool, headers: &HeaderMap) -> Meter {
    let dialect: &'static Dialect = call.dialect;
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !is_success || !call.operation.is_charged() {
        Meter::nothing(dialect)
    } else if media_type.trim_start().to_ascii_lowercase().starts_with("text/event-stream") {
        Meter::stream(dialect)
    } else {
        Meter::body(dialect)
    }
}

fn coding_for(from_client: &HeaderMap, from_upstream: &HeaderMap) -> Coding {
    match coding_of(from_upstream) {
        None => Coding::Identity,
        Some(coding) => match Decoder::new(coding) {
            Some(decoder) if !headers::accepts_coding(from_client, coding) => Coding::Undone(decoder),
            decoder => Coding::Passed(decoder),
        },
    }
}

/// The name of an answer's content coding; `None` where it has none.
pub(crate) fn coding_of(from_upstream: &HeaderMap) -> Option<&str> {
    let coding = from_upstream.get(header::CONTENT_ENCODING)?.to_str().ok()?.trim();
    Some(coding).filter(|coding| !matches!(*coding, "" | "identity"))
}
