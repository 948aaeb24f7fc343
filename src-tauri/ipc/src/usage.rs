//! Sums over the ledger: by friend, model, account or provider, over time, and how accounts answered.

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
    /// What the priced ones would have cost more if nothing had been cached; less than nothing where writing to the cache
    /// cost more than reading from it saved.
    pub saved: Money,
}

impl Sums {
    /// Adds another group's sums.
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.tokens.add(&other.tokens);
        self.cost = self.cost + other.cost;
        self.unpriced_calls += other.unpriced_calls;
        self.saved = self.saved + other.saved;
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

    /// What went in: read from the cache, written to it, or neither.
    #[must_use]
    pub fn all_input(&self) -> u64 {
        self.input + self.cache_read + self.cache_write
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
    /// The provider of that account.
    Provider,
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
    /// When the range begins.
    pub since_ms: i64,
    /// When it ends; that is not part of it.
    pub until_ms: i64,
    /// How long a bar is.
    pub step: Step,
    /// When each bar begins; the last ends with the range.
    pub starts_ms: Vec<i64>,
    /// Every group, the dearest first, then the one with most tokens.
    pub groups: Vec<Group>,
    /// All of them.
    pub total: Sums,
    /// Every model, the dearest first.
    pub models: Vec<Model>,
}

/// A model's sums.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Its name as clients wrote it; `None` for calls that named none.
    pub name: Option<String>,
    /// All of its calls.
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
    /// A month.
    Month,
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

/// Asks how accounts answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetAnswers {
    /// When.
    pub range: Range,
}

/// How an account answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// Its name.
    pub account: String,
    /// Calls of every ending.
    pub calls: u64,
    /// Those that ended with a provider's error or were cut off.
    pub errors: u64,
    /// Those that were refused.
    pub refused: u64,
    /// Until the first byte of the answer.
    pub first_byte: Percentiles,
    /// Until its end.
    pub duration: Percentiles,
}

/// How long complete calls took, in milliseconds, to within 3.1 %; `None`: there was none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Percentiles {
    /// Half of them took no longer.
    pub p50_ms: Option<i64>,
    /// Of twenty, nineteen took no longer.
    pub p95_ms: Option<i64>,
}

/// Asks who took how much of the subscriptions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetSubscriptions {
    /// When.
    pub range: Range,
}

/// A subscription, and who took how much of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    /// The account's name.
    pub account: String,
    /// Who called through it, the dearest first.
    pub takers: Vec<Taker>,
    /// Its windows for all models, the shorter first.
    pub windows: Vec<TakenWindows>,
}

/// What a friend took of a subscription.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Taker {
    /// The friend's name.
    pub friend: String,
    /// The friend's calls that it served.
    pub calls: u64,
    /// What the priced ones cost at list price.
    pub cost: Money,
}

/// What was taken of all windows of a length within the range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TakenWindows {
    /// The length, in hours: 5 or 168.
    pub hours: u32,
    /// How many windows the provider told of.
    pub windows: u32,
    /// How much was used of them together, as the provider told: 2.5 is two whole windows and a half.
    pub used: f64,
    /// How much of that each friend used, by what the calls cost, in the order of [`Subscription::takers`].
    pub by_taker: Vec<f64>,
    /// How much of that was not Carpool's, or nobody's who is known.
    pub outside: f64,
    /// When the provider first told of one.
    pub since_ms: i64,
}

/// Asks where to, and writes sums there as CSV. Replies with the path; `None` when the owner thought better of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExportUsage {
    /// When.
    pub range: Range,
    /// Grouped by what.
    pub by: By,
    /// Which groups, in their order.
    pub names: Vec<Option<String>>,
    /// What of them.
    pub of: Exported,
}

/// What of the sums is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exported {
    /// The sums of the whole range: a line for each group.
    Sums,
    /// Those of each bar: a line for each bar and group that is not nothing.
    Bars,
}
