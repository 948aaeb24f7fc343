//! What the host tells the window without being asked. At most four of each in a second.

/// A [`crate::status::Status`]: the relay went up or down, the demo began, a setting changed.
pub const STATUS: &str = "status";
/// A [`crate::live::Live`]: a call began, grew or ended.
pub const LIVE: &str = "live";
/// A [`Changed`]: what was listed may read differently now.
pub const CHANGED: &str = "changed";
/// Nothing more: the owner wants to replace all keys, and is to be asked.
pub const ROTATE_ALL: &str = "rotate-all";
/// Nothing more: the owner wants to invite somebody, and is to be asked whom.
pub const INVITE: &str = "invite";

use serde::{Deserialize, Serialize};

/// What to ask for again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Accounts, friends, keys or settings, in whichever process.
    pub config: bool,
    /// Rows were added to the ledger.
    pub ledger: bool,
    /// Something keeps an account out, or no longer, or its windows filled.
    pub accounts: bool,
    /// It was looked anew whether friends reach this machine.
    pub reach: bool,
}
