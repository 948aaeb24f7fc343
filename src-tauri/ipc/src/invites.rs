//! Invites: links by which friends get their keys.

use serde::{Deserialize, Serialize};

/// Asks for every invite that still says something: the open ones, and those that ended lately.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ListInvites {}

/// An invite, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// The row's id.
    pub id: i64,
    /// Whom it is for.
    pub friend_id: i64,
    /// How it stands.
    pub state: InviteState,
    /// When it was made.
    pub created_ms: i64,
}

/// How an invite stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum InviteState {
    /// Nobody has used it yet.
    Open {
        /// When it ends.
        expires_ms: i64,
    },
    /// The friend has got the key.
    Used {
        /// When.
        at_ms: i64,
        /// The key's name.
        key: String,
        /// When the key's first call was answered.
        first_call_ms: Option<i64>,
    },
    /// Nobody used it in time.
    Expired {
        /// When it ended.
        at_ms: i64,
    },
    /// The owner revoked it.
    Revoked,
}

/// Makes an invite for a friend.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct CreateInvite {
    /// The friend.
    pub friend_id: i64,
}

/// A new invite: its link is shown this once, and stored nowhere.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedInvite {
    /// The row's id.
    pub id: i64,
    /// The friend's name.
    pub friend: String,
    /// The link, with its secret.
    pub link: String,
    /// The link as a picture to be photographed.
    pub picture: QrCode,
    /// When it ends.
    pub expires_ms: i64,
    /// From where the link can be opened.
    pub scope: Scope,
}

/// A QR code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QrCode {
    /// How many squares it is wide and high, with the margin.
    pub size: u32,
    /// Its dark squares, as the path of an SVG.
    pub path: String,
}

/// From where an address can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// From this machine only.
    ThisMachine,
    /// From the networks this machine is in.
    Network,
    /// From outside, as far as the tunnel goes.
    Tunnel,
}

/// Makes an invite useless.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct RevokeInvite {
    /// The invite.
    pub id: i64,
}
