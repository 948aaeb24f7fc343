//! The proof that nothing of what friends ask and get is on this machine's disk.

use serde::{Deserialize, Serialize};

/// Asks how the last proof went; `None`: there was none.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GetPrivacyProof {}

/// Sends a secret word through a relay of its own in every way, and looks for it in everything that was written.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ProvePrivacy {}

/// How a proof went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivacyProof {
    /// When.
    pub at_ms: i64,
    /// In how many ways the word was sent.
    pub surfaces: u64,
    /// How many files were searched.
    pub files: u64,
    /// How many bytes they have.
    pub bytes: u64,
    /// The files it was found in, and as what, in English; empty: none, as it should be.
    pub found: Vec<String>,
}
