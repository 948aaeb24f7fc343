//! Sums over the ledger, and its rows.

use serde::{Deserialize, Serialize};

use crate::Money;

/// Sums of ended calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Calls of every kind and ending.
    pub calls: u64,
    /// What they consumed.
    pub tokens: Tokens,
    /// What the priced ones cost at list price.
    pub cost: Money,
    /// Calls whose cost is not known.
    pub unpriced_calls: u64,
}

impl Sums {
    /// Adds another group's sums.
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.tokens.add(&other.tokens);
        self.cost = self.cost + other.cost;
        self.unpriced_calls += other.unpriced_calls;
    }
}

/// Token counters; they are disjoint, so their sum is what was consumed. Reasoning is part of output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Uncached input.
    pub input: u64,
    /// Cache reads.
    pub cache_read: u64,
    /// Cache writes, five minutes and one hour.
    pub cache_write: u64,
    /// Output.
    pub output: u64,
}

impl Tokens {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.input + self.cache_read + self.cache_write + self.output
    }

    fn add(&mut self, other: &Self) {
        self.input += other.input;
        self.cache_read += other.cache_read;
        self.cache_write += other.cache_write;
        self.output += other.output;
    }
}

/// A span of time, in this machine's time zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "range")]
pub enum Range {
    /// Since midnight.
    Today,
    /// So many days, today included.
    Days {
        /// How many.
        days: u16,
    },
    /// Since the first of the month.
    Month,
    /// The month before this one.
    LastMonth,
    /// From one date to another, both included.
    Dates {
        /// The first, as `2026-11-01`.
        from: String,
        /// The last.
        to: String,
    },
}

/// What sums are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The friend.
    Friend,
    /// The model as the client wrote it.
    Model,
    /// The account; calls that reached none have no name.
    Account,
}

/// Asks for [`Report`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetReport {
    /// When.
    pub range: Range,
    /// Grouped by what.
    pub by: By,
}

/// What the charts and the table show.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How long a bar is.
    pub step: Step,
    /// When each bar begins; the last ends with the range.
    pub starts_ms: Vec<i64>,
    /// Every group, the dearest first, then the one with most tokens.
    pub groups: Vec<Group>,
    /// All of them.
    pub total: Sums,
}

/// How long a bar is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// An hour.
    #[default]
    Hour,
    /// A day of the owner's: 23 to 25 hours.
    Day,
    /// A week, from Monday on.
    Week,
}

/// A friend, model or account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its name; `None` for calls that have none.
    pub name: Option<String>,
    /// All of its calls.
    pub total: Sums,
    /// Its part of each bar, as many as there are bars.
    pub bars: Vec<Bar>,
}

/// A group's part of a bar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// Its cost.
    pub cost: Money,
    /// Its tokens.
    pub tokens: u64,
    /// Its calls.
    pub calls: u64,
}

/// Asks for [`Calls`]: the newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListCalls {
    /// When.
    pub range: Range,
    /// Only this friend's.
    pub friend: Option<String>,
    /// Only those before the call of this id: the last one of the page before.
    pub before: Option<String>,
}

/// A page of the ledger.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calls {
    /// Its rows.
    pub rows: Vec<Call>,
    /// Whether there are more.
    pub has_more: bool,
}

/// A row of the ledger. There is no prompt and no answer in it, nor anywhere else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// The model it asked for.
    pub model: Option<String>,
    /// How it ended: `complete`, `aborted`, `upstream_error`, `refused` or `interrupted`.
    pub status: String,
    /// The status of the answer.
    pub http_status: Option<u16>,
    /// What it consumed.
    pub tokens: Tokens,
    /// What it cost; `None`: unpriced.
    pub cost: Option<Money>,
    /// Milliseconds until the first byte of the answer.
    pub ttfb_ms: Option<i64>,
    /// Milliseconds until its end.
    pub duration_ms: Option<i64>,
    /// How often it was sent upstream.
    pub attempts: u32,
}

/// Asks where to, and writes the sums there as CSV. Replies with the path; `None` when the owner thought better of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExportUsage {
    /// When.
    pub range: Range,
    /// Grouped by what.
    pub by: By,
}

/// Asks where to, and writes every row there as CSV. Replies as [`ExportUsage`] does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExportCalls {
    /// When.
    pub range: Range,
    /// Only this friend's.
    pub friend: Option<String>,
}
