//! Whether the relay is well: for whoever asks.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::json;

use super::Visit;

pub(super) async fn answer(visit: Visit) -> Response {
    let version = env!("CARGO_PKG_VERSION");
    if visit.house.ledger.accepts_calls() {
        let sharing = if visit.house.is_paused() { "paused" } else { "on" };
        Json(json!({ "status": "ok", "version": version, "sharing": sharing })).into_response()
    } else {
        let failing = json!({ "status": "failing", "version": version, "reason": "the ledger cannot be written" });
        (StatusCode::SERVICE_UNAVAILABLE, Json(failing)).into_response()
    }
}
