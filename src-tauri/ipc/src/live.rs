//! What is going on now, and today so far.

use serde::{Deserialize, Serialize};

use crate::{Money, usage::Sums};

/// Asks for [`Live`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GetLive {}

/// Calls in flight, and today so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Live {
    /// Calls that have not ended, the oldest first.
    pub calls: Vec<LiveCall>,
    /// Ended calls since midnight, in this machine's time zone.
    pub today: Sums,
    /// Who spent most today, and how much.
    pub top_friend: Option<(String, Money)>,
}

/// A call that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveCall {
    /// The ledger's name for it.
    pub id: String,
    /// Whose it is.
    pub friend: String,
    /// The name of the key.
    pub key: String,
    /// The account that serves it, once one does.
    pub account: Option<String>,
    /// The model it asks for.
    pub model: Option<String>,
    /// When it arrived.
    pub started_ms: i64,
    /// Whether its answer has begun.
    pub is_answering: bool,
    /// Input tokens the provider reported so far, cached ones included.
    pub input_tokens: u64,
    /// Output tokens so far: as reported, or estimated from what passed by until the provider reports.
    pub output_tokens: u64,
}
