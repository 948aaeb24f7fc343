//! The allowances of accounts: how full, who filled them, and when they end.

use serde::{Deserialize, Serialize};

/// A provider's allowance for a span of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Its length, in hours: 5 or 168.
    pub hours: u32,
    /// The model family it is for, as the provider names it; `None` where it is for all models.
    pub family: Option<String>,
    /// How much of it is used: 0 to 1.
    pub used: f64,
    /// When it begins anew.
    pub resets_ms: Option<i64>,
    /// Who used how much of it, as far as is known.
    pub parts: Vec<WindowPart>,
    /// How much of it was used past Carpool: 0 to 1.
    pub outside: f64,
    /// When it will be used up at this pace; `None`: not before it begins anew, or too little is known.
    pub forecast: Option<WindowForecast>,
}

/// A friend's part of a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowPart {
    /// The friend's row's id.
    pub friend_id: i64,
    /// The friend's name.
    pub friend: String,
    /// How much of the window the friend used: 0 to 1.
    pub used: f64,
    /// How much of it is the friend's by the shares: 0 to 1.
    pub entitled: f64,
}

/// When a window will be used up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowForecast {
    /// When, most likely.
    pub ends_ms: i64,
    /// When at the earliest.
    pub earliest_ms: i64,
    /// When at the latest; `None`: perhaps not before it begins anew.
    pub latest_ms: Option<i64>,
    /// How long that is before it begins anew, in seconds.
    pub before_reset_s: i64,
    /// Who uses most of it now.
    pub driver: Option<Driver>,
}

/// Who uses most of a window now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Driver {
    /// The friend's name.
    pub friend: String,
    /// The part of what was used in the last hour: 0 to 1.
    pub fraction: f64,
}
