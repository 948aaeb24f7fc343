//! Redeeming an invite: the page hands in the secret, and the key is shown this once.

use std::net::IpAddr;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use qrcode::{EcLevel, QrCode, render::svg};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{Visit, answers::No, read, routes};
use crate::{
    House,
    invites::{self, NotRedeemed, Welcome},
};

/// The smallest a square of the picture is drawn, in pixels; the page scales it.
const QR_WIDTH: u32 = 240;

/// What the page hands in.
#[derive(Deserialize)]
struct Handed {
    secret: String,
    /// Where the friend reached this relay, for the picture.
    origin: Option<String>,
}

/// Redeems the invite in the path.
pub(super) async fn answer(visit: Visit) -> Result<Response, No> {
    let Visit { house, from, request } = visit;
    let code = routes::invite_code(request.uri().path()).expect("the route is that of an invite");
    may_try(&house, from)?;
    let handed: Handed = read::json(request.into_body()).await?;
    // One at a time: those who try many at once have no more tries than the pace gives them.
    let _turn = house.paces.turn().await;
    may_try(&house, from)?;
    match invites::redeem(house.around(), &code, &SecretString::from(handed.secret)).await {
        Ok(welcome) => Ok(welcome_in(&house, &welcome, handed.origin.as_deref()).await),
        Err(error) => {
            if matches!(error, NotRedeemed::Unknown) {
                house.paces.redeeming_failed(from, house.clock.now());
            }
            Err(refused(&error))
        }
    }
}

fn may_try(house: &House, from: IpAddr) -> Result<(), No> {
    let Some(wait) = house.paces.redeeming_waits(from, house.clock.now()) else { return Ok(()) };
    let message =
        "Too many invites were tried that Carpool does not know. Wait a little, then open the whole link again.";
    Err(No::wait("too_many_tries", message, wait))
}

/// The key for the friend, which is shown this once.
async fn welcome_in(house: &House, welcome: &Welcome, origin: Option<&str>) -> Response {
    let Welcome { friend, key, expires_at } = welcome;
    tracing::info!(key = key.id, "an invite was redeemed");
    // The relay looks by itself in a moment; the friend may call before that.
    if let Err(error) = house.reload().await {
        tracing::warn!(%error, "a new key could not be picked up at once");
    }
    let secret = key.key.expose_secret();
    Json(json!({
        "friend": friend,
        "key_name": key.name,
        "key": secret,
        "expires_at": expires_at,
        "qr_svg": origin.and_then(|origin| picture(origin, secret)),
    }))
    .into_response()
}

/// A picture of the address of the friend's page, with the key in its fragment: for the phone that looks at it.
fn picture(origin: &str, key: &str) -> Option<String> {
    let origin = Url::parse(origin).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?.origin();
    let link = format!("{}/#key={key}", origin.ascii_serialization());
    let code = QrCode::with_error_correction_level(link, EcLevel::M).ok()?;
    Some(code.render::<svg::Color<'_>>().min_dimensions(QR_WIDTH, QR_WIDTH).build())
}

fn refused(error: &NotRedeemed) -> No {
    let (status, code, message) = match error {
        NotRedeemed::Unknown => (
            StatusCode::NOT_FOUND,
            "invite_unknown",
            "Carpool does not know this invite. Open the whole link as you got it, or ask for a new one.",
        ),
        NotRedeemed::Used => (
            StatusCode::GONE,
            "invite_used",
            "This invite was used already. If it was not you, tell the owner; else ask for a new one.",
        ),
        NotRedeemed::Expired => (StatusCode::GONE, "invite_expired", "This invite is over. Ask for a new one."),
        NotRedeemed::Revoked => {
            (StatusCode::GONE, "invite_revoked", "The owner took this invite back. Ask for a new one.")
        }
        NotRedeemed::Failed(error) => return No::failed("redeem an invite", error),
    };
    No::new(status, code, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_of_an_address_on_the_web_alone() {
        let picture_of = |origin| picture(origin, "cr_1");

        let svg = picture_of("https://carpool.example").expect("a picture");
        assert!(svg.contains("<svg") && !svg.contains("script"), "{svg}");
        assert_eq!(picture_of("https://carpool.example/any/path?x#y"), Some(svg));
        for origin in ["javascript:alert(1)", "null", "", "carpool.example", "file:///etc"] {
            assert_eq!(picture_of(origin), None, "{origin}");
        }
    }
}
