//! What models cost: the book in use, the owner's own prices, what has no price, and calls that are priced anew.
//!
//! Prices are exact decimals in dollars per million tokens, as texts.

use serde::{Deserialize, Serialize};

use crate::Money;

/// Asks for [`Prices`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetPrices {}

/// The prices in use, and where they come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// The version in use.
    pub version: i64,
    /// How many models its book prices.
    pub models: u32,
    /// Where LiteLLM publishes its book.
    pub litellm: String,
    /// The address that is looked at daily, while that is switched on.
    pub daily_from: Option<String>,
    /// When it was last looked.
    pub looked_ms: Option<i64>,
    /// The owner's own prices.
    pub own: Vec<OwnPrice>,
    /// The models whose calls have no price.
    pub unpriced: Vec<Unpriced>,
    /// Every version so far, the newest first.
    pub versions: Vec<PriceVersion>,
    /// The providers that a price can be for: id and name.
    pub providers: Vec<(String, String)>,
}

/// A version of the prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceVersion {
    /// Its number.
    pub version: i64,
    /// The file or address of its book; `None`: it is built in.
    pub source: Option<String>,
    /// When it was first used.
    pub since_ms: i64,
    /// How many calls it priced.
    pub calls: u64,
    /// How many own prices were in it.
    pub own_prices: u32,
}

/// What one model costs by the owner's word. What is `None` follows the book's rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnPrice {
    /// Only this provider's; `None`: every provider's.
    pub provider: Option<String>,
    /// The model, as it is sent upstream.
    pub model: String,
    /// Input, per million tokens.
    pub input: String,
    /// Output, per million tokens.
    pub output: String,
    /// Cache reads.
    pub cache_read: Option<String>,
    /// Five-minute cache writes.
    pub cache_write_5m: Option<String>,
    /// One-hour cache writes.
    pub cache_write_1h: Option<String>,
    /// Web searches, per thousand.
    pub web_search: Option<String>,
}

/// A model whose calls have no price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpriced {
    /// The provider.
    pub provider: String,
    /// The model, as it was asked for.
    pub model: String,
    /// How many calls.
    pub calls: u64,
    /// Those of them whose usage the provider did not report: no price would price them.
    pub without_usage: u64,
    /// Their tokens.
    pub tokens: u64,
    /// When the latest was.
    pub last_ms: i64,
    /// Whether there is a price by now: then a recount prices them.
    pub is_priced_now: bool,
    /// Names in the book that come near.
    pub near: Vec<String>,
}

/// Looks at another book. Replies with what it would change, or `None` when the owner chose no file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookAtPrices {
    /// Where.
    pub at: BookPlace,
}

/// Where a book is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "place")]
pub enum BookPlace {
    /// At an address.
    Address {
        /// As `https://…`.
        url: String,
    },
    /// In a file that the owner is asked for.
    File,
    /// In the program.
    BuiltIn,
}

/// A book that was found, and what it would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundBook {
    /// The number under which the host keeps it until it is taken.
    pub number: u32,
    /// Where it was found; `None`: it is built in.
    pub source: Option<String>,
    /// How many models it prices.
    pub models: u32,
    /// What it would change.
    pub changes: Vec<PriceChange>,
}

/// What would become of a model's prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceChange {
    /// The model.
    pub model: String,
    /// What would become of it.
    pub became: Became,
    /// The prices that are different: which, before, after.
    pub prices: Vec<(String, Option<String>, Option<String>)>,
}

/// What would become of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    /// Its prices are others.
    Changed,
    /// It is not in the book any more: its calls will be unpriced.
    Removed,
    /// It is new.
    Added,
}

/// Takes the book that was looked at. Replies with the version of the prices from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakePrices {
    /// Its number.
    pub number: u32,
}

/// Looks for a newer book daily, or no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetDailyPrices {
    /// The address; `None`: no more.
    pub from: Option<String>,
}

/// States what a model costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetPrice {
    /// What it costs.
    pub price: OwnPrice,
    /// What was stated before under another name or provider, and is replaced by it.
    pub instead_of: Option<WhichPrice>,
}

/// Names one of the owner's own prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhichPrice {
    /// The provider it is for.
    pub provider: Option<String>,
    /// The model.
    pub model: String,
}

/// Takes back what the owner stated of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnsetPrice {
    /// Which.
    pub which: WhichPrice,
}

/// Prices calls anew by the prices of now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecountPrices {
    /// Calls of this day and later, as `2026-11-03`; `None`: from the beginning.
    pub from: Option<String>,
    /// Calls of this day and earlier; `None`: until now.
    pub to: Option<String>,
    /// Whether it is written down, and not only shown.
    pub write: bool,
}

/// What pricing anew finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recounted {
    /// The version of the prices.
    pub version: i64,
    /// Calls that reported usage.
    pub calls: u64,
    /// Those whose cost is another now.
    pub changed: u64,
    /// Those of them that had none before.
    pub newly_priced: u64,
    /// Those that have no price.
    pub unpriced: u64,
    /// What the calls cost before.
    pub before: Money,
    /// What they cost now.
    pub after: Money,
    /// Whether it was written down.
    pub is_written: bool,
}
