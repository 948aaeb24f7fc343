//! The rows of the ledger: which ones, in which order, and every field of each. There is no prompt and no answer in them,
//! nor anywhere else.

use serde::{Deserialize, Serialize};

use crate::{
    Money,
    usage::{Range, Tokens},
};

/// Rows on a page.
pub const PAGE_ROWS: usize = 50;
/// Stands for no account, no provider or no model.
pub const NONE: &str = "-";

/// Which calls. Names are those of removed ones, too; [`NONE`] stands for none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallFilter {
    /// When.
    pub range: Range,
    /// Only this friend's.
    pub friend: Option<String>,
    /// Only those that this account served.
    pub account: Option<String>,
    /// Only those of this provider.
    pub provider: Option<String>,
    /// Only those that asked for this model.
    pub model: Option<String>,
    /// Only those that ended so: `complete`, `aborted`, `upstream_error`, `refused` or `interrupted`.
    pub status: Option<String>,
    /// Only those with this text in a name, a model or the id; empty: all.
    pub search: String,
}

/// What calls are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallColumn {
    /// When they arrived.
    Time,
    /// What they consumed.
    Tokens,
    /// What they cost; unpriced ones come last.
    Cost,
    /// How long it took until the first byte of the answer.
    FirstByte,
    /// How long they took.
    Duration,
}

/// The order of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallOrder {
    /// By what.
    pub column: CallColumn,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// Asks for [`Calls`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListCalls {
    /// Which.
    pub filter: CallFilter,
    /// In which order.
    pub order: CallOrder,
    /// Only those after the call of this id: the last one of the page before.
    pub after: Option<String>,
}

/// A page of the ledger.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calls {
    /// Its rows.
    pub rows: Vec<Call>,
    /// Whether there are more.
    pub has_more: bool,
}

/// A row of the ledger.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The ledger's name for it.
    pub id: String,
    /// When it arrived.
    pub at_ms: i64,
    /// Whose it is.
    pub friend: String,
    /// The name of the key.
    pub key: String,
    /// The account that served it.
    pub account: Option<String>,
    /// That account's provider.
    pub provider: Option<String>,
    /// The dialect it is written in.
    pub dialect: String,
    /// What it asked for: `generate`, `count_tokens`, …
    pub operation: String,
    /// The model it asked for.
    pub model: Option<String>,
    /// The model the provider says it ran.
    pub upstream_model: Option<String>,
    /// Whether the answer was to be a stream.
    pub stream: bool,
    /// How it ended: `complete`, `aborted`, `upstream_error`, `refused` or `interrupted`.
    pub status: String,
    /// The status of the answer.
    pub http_status: Option<u16>,
    /// What it consumed.
    pub tokens: Tokens,
    /// Which of the cache writes are kept for an hour.
    pub cache_write_1h_tokens: u64,
    /// Which of the output was reasoning.
    pub reasoning_tokens: u64,
    /// Web searches the provider ran for it.
    pub web_searches: u64,
    /// The tier the provider says it served it in.
    pub tier: Option<String>,
    /// Where the provider says it ran it.
    pub geography: Option<String>,
    /// The speed the provider says it served it at.
    pub speed: Option<String>,
    /// What it cost; `None`: unpriced.
    pub cost: Option<Money>,
    /// What it would have cost more if nothing had been cached; `None`: that cannot be told.
    pub saved: Option<Money>,
    /// What it counts as against money caps; `None`: nothing.
    pub cap: Option<Money>,
    /// The version of the prices that told.
    pub price_version: Option<i64>,
    /// Milliseconds until the first byte of the answer.
    pub ttfb_ms: Option<i64>,
    /// Milliseconds until its end.
    pub duration_ms: Option<i64>,
    /// How often it was sent upstream.
    pub attempts: u32,
}

/// Asks for what calls of a range can be told apart by.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetCallNames {
    /// When.
    pub range: Range,
}

/// What calls of a range can be told apart by, each in the order of its letters; [`NONE`] among them where there are such.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallNames {
    /// Friends who called.
    pub friends: Vec<String>,
    /// Accounts that served.
    pub accounts: Vec<String>,
    /// Their providers.
    pub providers: Vec<String>,
    /// Models that were asked for.
    pub models: Vec<String>,
}

/// Asks where to, and writes calls there as CSV, every field of each. Replies with the path; `None` when the owner thought
/// better of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExportCalls {
    /// Which.
    pub filter: CallFilter,
    /// In which order.
    pub order: CallOrder,
}
