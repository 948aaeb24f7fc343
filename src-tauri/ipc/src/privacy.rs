//! The proof that nothing of what friends ask and get is on this machine's disk.

use serde::{Deserialize, Serialize};

/// Asks how the last proof went; `None`: there was none.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GetPrivacyProof {}

/// Makes a call with a secret word in it, and looks for that word everywhere Carpool writes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ProvePrivacy {}

/// How a proof went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivacyProof {
    /// When.
    pub at_ms: i64,
    /// Where it was looked, in English.
    pub places: Vec<String>,
    /// Where the word was found; empty: nowhere, as it should be.
    pub found: Vec<String>,
}
