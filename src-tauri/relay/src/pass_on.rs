//! Passing an answer on: its head as it came, its body through the tap.

use std::sync::Arc;

use axum::{body::Body, response::Response};
use carpool_core::{call::CallId, meter::Observed};
use tokio_util::sync::CancellationToken;

use crate::{
    House,
    answer::{self, X_CARPOOL_CALL},
    incoming::Answer,
    ledger::Written,
    open_call::OpenCall,
    receive::Call,
    store::calls::CallStatus,
    tap::{self, Tap},
};

/// Passes an answer on through the tap. One that has come whole, or has no byte, is settled here: then its commit is to be
/// waited for, and its head can tell what it cost.
pub(crate) fn pass_on(
    house: &Arc<House>,
    call: &Call,
    mut open: OpenCall,
    id: CallId,
    answer: http::Response<Answer>,
    gone: &CancellationToken,
) -> (Response, Option<Written>) {
    let (head, mut body) = answer.into_parts();
    open.answered(head.status.as_u16());
    let mut to_client = body.headers_for_client(&head.headers);
    to_client.insert(X_CARPOOL_CALL, answer::call_header(id));
    let (body, written) = if body.left() == Some(0) {
        let status = if body.is_success() { CallStatus::Complete } else { CallStatus::UpstreamError };
        (Body::empty(), Some(open.settle(status, &Observed::default())))
    } else if body.is_whole() && body.is_success() && !gone.is_cancelled() {
        let (written, receipt) = tap::settle_end(call.dialect, &mut body, open);
        receipt.tell(&mut to_client);
        (Body::from(body.take_ahead()), Some(written))
    } else {
        (Tap::new(house, call.dialect, id, open, body).into_body(), None)
    };

    let mut to_send = Response::new(body);
    *to_send.status_mut() = head.status;
    *to_send.headers_mut() = to_client;
    (to_send, written)
}
