//! What friends may do with the key they came with: replace, pause and resume it.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use carpool_core::refusal::Refusal;
use http::StatusCode;
use secrecy::ExposeSecret;
use serde_json::json;

use super::{Visit, answers::No};
use crate::{
    House,
    people::{self, IssuedKey},
    store::client_keys,
};

/// Replaces the key by a new one, which is shown this once.
pub(super) async fn rotate(visit: Visit) -> Result<Response, No> {
    let (house, key) = visit.with_key()?;
    let rotated = people::rotate_own_key(house.around(), &key).await;
    let rotated = rotated.map_err(|error| No::failed("replace a key", &error))?;
    let IssuedKey { name, prefix, key: secret, .. } =
        rotated.ok_or_else(|| No::refusal(&Refusal::UnknownKey, house.clock.now()))?;
    tracing::info!(key = key.id, "a friend replaced their key");
    pick_up(&house).await;
    Ok(Json(json!({ "key": secret.expose_secret(), "name": name, "prefix": prefix })).into_response())
}

/// Pauses the key.
pub(super) async fn pause(visit: Visit) -> Result<StatusCode, No> {
    set_paused(visit, true).await
}

/// Resumes the key, if it was not the owner who paused it.
pub(super) async fn resume(visit: Visit) -> Result<StatusCode, No> {
    set_paused(visit, false).await
}

async fn set_paused(visit: Visit, paused: bool) -> Result<StatusCode, No> {
    let (house, key) = visit.with_key()?;
    let changed = client_keys::set_paused_by_friend(house.around().store.pool(), key.id, paused).await;
    changed.map_err(|error| No::failed("pause or resume a key", &error))?;
    tracing::info!(key = key.id, paused, "a friend paused or resumed their key");
    pick_up(&house).await;
    Ok(StatusCode::NO_CONTENT)
}

/// The relay looks by itself in a moment, too.
async fn pick_up(house: &House) {
    if let Err(error) = house.reload().await {
        tracing::warn!(%error, "a change of a key could not be picked up at once");
    }
}
