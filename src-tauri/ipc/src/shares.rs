//! How the friends share the windows of subscriptions.

use serde::{Deserialize, Serialize};

/// Asks for [`FairShare`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GetFairShare {}

/// How strictly shares are kept.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FairShare {
    /// Whether, and how.
    pub mode: ShareMode,
    /// The part of a window up to which nobody is slowed: 0 to 1.
    pub soft_line: f64,
    /// The part of a window that is kept for the owner: 0 to 1.
    pub owner_reserve: f64,
}

/// For whom shares are kept when a window gets scarce.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareMode {
    /// They are not: who comes first is served first.
    Off,
    /// For those who called lately, and what is left of theirs.
    #[default]
    Gentle,
    /// For everybody who called in this window or the one before, and wholly.
    Strict,
}

impl ShareMode {
    /// Every one, in the order the owner is shown them.
    pub const ALL: [Self; 3] = [Self::Off, Self::Gentle, Self::Strict];

    /// Its name for programs.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Gentle => "gentle",
            Self::Strict => "strict",
        }
    }
}

/// Sets how strictly shares are kept.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct SetFairShare {
    /// How.
    pub fair_share: FairShare,
}

/// Sets the friends' weights; those that are not named keep theirs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetShares {
    /// The weights.
    pub shares: Vec<Share>,
}

/// A friend's weight.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The friend.
    pub friend_id: i64,
    /// The weight; a friend is given 1 at first.
    pub share: f64,
}
