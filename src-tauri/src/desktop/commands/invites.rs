//! Invites: made with a link that is shown once, listed, and revoked.

use std::{fmt::Write, sync::Arc, time::Duration};

use carpool_core::invite::DEFAULT_LIFE;
use carpool_ipc::{
    Failure,
    invites::{CreateInvite, Invite, InviteState, IssuedInvite, ListInvites, QrCode, RevokeInvite},
    status::Address,
    tunnel::{Shut, Tunnel, TunnelState},
};
use carpool_relay::{
    House, invites,
    store::{
        friends,
        invites::{self as stored, Standing, Terms},
    },
};
use jiff::{SignedDuration, Timestamp};
use qrcode::{Color, EcLevel};
use secrecy::ExposeSecret;
use tauri::State;
use tokio::time::{sleep, timeout};

use super::{
    super::host::Host,
    Reply,
    shown::{failed, found, refused, taken_up},
};
use crate::failure;

type TheHost<'a> = State<'a, Arc<Host>>;

/// How long an invite is told of after it was made: what became of older ones is in the ledger.
const TOLD: SignedDuration = SignedDuration::from_hours(24 * 30);
/// How long a new link waits for the address of a tunnel that opens because of it: `cloudflared` takes some seconds.
const OPENING: Duration = Duration::from_secs(15);
/// The pause between two looks at it.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// The white margin that a QR code needs, in squares (ISO/IEC 18004).
const MARGIN: usize = 4;

#[tauri::command]
pub(in super::super) async fn invites(ask: ListInvites, host: TheHost<'_>) -> Reply<ListInvites> {
    let ListInvites {} = ask;
    let house = host.house()?;
    let (all, now) = (invites::list(house.around()).await.map_err(failed)?, house.around().clock.now());
    Ok(all.iter().filter(|invite| now.duration_since(invite.created_at) <= TOLD).map(|one| shown(one, now)).collect())
}

#[tauri::command]
pub(in super::super) async fn create_invite(ask: CreateInvite, host: TheHost<'_>) -> Reply<CreateInvite> {
    create(&host, ask.friend_id).await
}

#[tauri::command]
pub(in super::super) async fn revoke_invite(ask: RevokeInvite, host: TheHost<'_>) -> Reply<RevokeInvite> {
    let house = host.house()?;
    invites::revoke(house.around(), ask.id).await.map_err(failed)?;
    taken_up(&house).await
}

/// Makes an invite, with its link to the address that reaches farthest.
pub(super) async fn create(host: &Host, friend_id: i64) -> Result<IssuedInvite, Failure> {
    let house: Arc<House> = host.house()?;
    let friend = found(friends::name(house.around().store.pool(), friend_id).await.map_err(refused)?)?;
    let down = || failed(failure::Failure::new("relay_down", "the relay is not running"));
    host.status().for_friends().ok_or_else(down)?;
    let made = invites::create(house.around(), friend_id, &Terms::default(), DEFAULT_LIFE).await.map_err(failed)?;
    taken_up(&house).await?;
    let address = address(host).await.ok_or_else(down)?;
    let link = made.link(&address.url).expose_secret().to_owned();
    Ok(IssuedInvite {
        id: made.id,
        friend,
        picture: picture(&link)?,
        link,
        expires_ms: made.expires_at.as_millisecond(),
        scope: address.scope,
    })
}

/// The address that reaches farthest. A tunnel that waited for somebody to open for has none before it has opened.
async fn address(host: &Host) -> Option<Address> {
    let opened = async {
        while is_opening(&host.status().tunnel) {
            sleep(LOOK_EVERY).await;
        }
    };
    // Where it does not open in time, the link leads as far as it can, and says so.
    let _ = timeout(OPENING, opened).await;
    host.status().for_friends()
}

fn is_opening(tunnel: &Tunnel) -> bool {
    let opens = matches!(tunnel.state, TunnelState::Starting | TunnelState::Waiting { why: Shut::NoKey });
    opens && tunnel.public_url.is_none()
}

fn shown(invite: &stored::Invite, now: Timestamp) -> Invite {
    let state = match (invite.standing(now), invite.redeemed()) {
        (_, Some(redeemed)) => InviteState::Used {
            at_ms: redeemed.at.as_millisecond(),
            key: redeemed.key.clone(),
            first_call_ms: redeemed.first_call_at.map(|at| at.as_millisecond()),
        },
        (Standing::Open, None) => InviteState::Open { expires_ms: invite.expires_at.as_millisecond() },
        (Standing::Expired, None) => InviteState::Expired { at_ms: invite.expires_at.as_millisecond() },
        (Standing::Revoked | Standing::Redeemed, None) => InviteState::Revoked,
    };
    Invite { id: invite.id, friend_id: invite.friend_id, state, created_ms: invite.created_at.as_millisecond() }
}

/// A text as a QR code: one path, a square for each dark one.
fn picture(text: &str) -> Result<QrCode, Failure> {
    let code = qrcode::QrCode::with_error_correction_level(text, EcLevel::M)
        .map_err(|error| failed(failure::Failure::new("qr_code", format!("the link has no QR code: {error}"))))?;
    let width = code.width();
    let mut path = String::new();
    for (at, colour) in code.into_colors().into_iter().enumerate() {
        if colour == Color::Dark {
            let _ = write!(path, "M{} {}h1v1h-1z", at % width + MARGIN, at / width + MARGIN);
        }
    }
    let size = u32::try_from(width + 2 * MARGIN).expect("a QR code is at most 177 squares wide");
    Ok(QrCode { size, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_code_has_its_three_corners_inside_the_margin() {
        let code = picture("https://carpool.example.com/i/abcdefghij#k=secret").expect("a code");

        let far = code.size - u32::try_from(MARGIN).expect("small") - 1;
        for corner in [format!("M{MARGIN} {MARGIN}h"), format!("M{far} {MARGIN}h"), format!("M{MARGIN} {far}h")] {
            assert!(code.path.contains(&corner), "{corner}");
        }
        assert!(!code.path.contains(&format!("M{far} {far}h7")), "the fourth corner has no such square");
        assert!(!code.path.contains("M3 ") && !code.path.contains(&format!("M{} ", far + 1)), "the margin is white");
    }
}
