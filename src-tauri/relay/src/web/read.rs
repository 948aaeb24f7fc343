//! Reading the small bodies that the pages send.

use std::time::Duration;

use axum::body::Body;
use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::answers::No;

/// The largest body, in bytes: a secret and an address, and room to spare.
const MOST_BYTES: usize = 4096;
/// How long it may take to come: it fits into a packet or two.
const WITHIN: Duration = Duration::from_secs(10);

/// Reads a body as JSON.
///
/// # Errors
/// [`No`] to who sent something else.
pub(super) async fn json<T: DeserializeOwned>(body: Body) -> Result<T, No> {
    let bad = |message: &'static str| No::new(StatusCode::BAD_REQUEST, "bad_request", message);
    let read = timeout(WITHIN, Limited::new(body, MOST_BYTES).collect()).await;
    let Ok(read) = read else {
        return Err(No::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "The request did not come in time."));
    };
    let bytes = read.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
        Some(_) => No::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The request is larger than 4 kB."),
        None => bad("The request broke off. Send it again."),
    })?;
    // What is wrong with it is not told back: it may have a secret in it.
    serde_json::from_slice(&bytes.to_bytes()).map_err(|_| bad("The request is not what this address takes."))
}
