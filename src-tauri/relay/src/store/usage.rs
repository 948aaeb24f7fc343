//! Sums over the ledger.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::{FromRow, Row, SqlitePool, sqlite::SqliteRow};

use super::{calls::Tokens, millis, timestamp};

/// What the sums are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// The friend's name.
    Friend,
    /// Friend and key, as `friend/key`.
    Key,
    /// The account's name; calls that reached none are `-`.
    Account,
    /// The model as the client wrote it; calls without one are `-`.
    Model,
    /// The provider; calls that reached none are `-`.
    Provider,
}

/// The sums of one group of ended calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Ended calls of every kind.
    pub calls: i64,
    /// What they consumed.
    pub tokens: Tokens,
    /// What the priced ones cost, in pico-dollars.
    pub cost_pico_usd: i64,
    /// What the providers' prompt caches saved of that; negative where more was paid for writing to them.
    pub saved_pico_usd: i64,
    /// Calls whose cost is not known.
    pub unpriced_calls: i64,
}

impl Sums {
    /// Adds another group's sums.
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.tokens.input += other.tokens.input;
        self.tokens.cache_read += other.tokens.cache_read;
        self.tokens.cache_write_5m += other.tokens.cache_write_5m;
        self.tokens.cache_write_1h += other.tokens.cache_write_1h;
        self.tokens.output += other.tokens.output;
        self.tokens.reasoning += other.tokens.reasoning;
        self.cost_pico_usd += other.cost_pico_usd;
        self.saved_pico_usd += other.saved_pico_usd;
        self.unpriced_calls += other.unpriced_calls;
    }
}

impl FromRow<'_, SqliteRow> for Sums {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            calls: row.try_get("calls")?,
            tokens: Tokens::read(row)?,
            cost_pico_usd: row.try_get("cost_pico_usd")?,
            saved_pico_usd: row.try_get("saved_pico_usd")?,
            unpriced_calls: row.try_get("unpriced_calls")?,
        })
    }
}

/// The columns every query selects.
macro_rules! columns {
    () => {
        "COUNT(*) AS calls, SUM(c.input_tokens) AS input_tokens, SUM(c.cache_read_tokens) AS cache_read_tokens,
         SUM(c.cache_write_5m_tokens) AS cache_write_5m_tokens, SUM(c.cache_write_1h_tokens) AS cache_write_1h_tokens,
         SUM(c.output_tokens) AS output_tokens, SUM(c.reasoning_tokens) AS reasoning_tokens,
         COALESCE(SUM(c.cost_pico_usd), 0) AS cost_pico_usd,
         COALESCE(SUM(c.saved_pico_usd), 0) AS saved_pico_usd, SUM(c.cost_pico_usd IS NULL) AS unpriced_calls"
    };
}

/// The columns, of the calls.
macro_rules! sums {
    () => {
        concat!(columns!(), " FROM calls c")
    };
}

/// Which calls: ended ones that arrived in `[since, until)`.
macro_rules! range {
    ($group:literal) => {
        concat!(" WHERE c.status <> 'open' AND c.at >= ?1 AND c.at < ?2 GROUP BY ", $group, " ORDER BY 1")
    };
}

/// The columns, of the calls in each bar. A cross join keeps the order: for each bar its calls, found by the index.
macro_rules! bars {
    () => {
        concat!(columns!(), " FROM json_each(?1) b CROSS JOIN calls c")
    };
}

/// Which calls: ended ones within the bar.
macro_rules! in_bar {
    ($group:literal) => {
        concat!(
            " WHERE c.status <> 'open' AND c.at >= b.value ->> 0 AND c.at < b.value ->> 1 GROUP BY b.key, ",
            $group,
            " ORDER BY 1"
        )
    };
}

/// Sums of the calls that arrived in `[since, until)`, by name.
///
/// # Errors
/// When SQLite refuses.
pub async fn by_name(
    pool: &SqlitePool,
    group: GroupBy,
    since: Timestamp,
    until: Timestamp,
) -> Result<Vec<(String, Sums)>, sqlx::Error> {
    let statement = match group {
        GroupBy::Friend => {
            concat!("SELECT f.name AS name, ", sums!(), " JOIN friends f ON f.id = c.friend_id", range!("c.friend_id"))
        }
        GroupBy::Key => concat!(
            "SELECT f.name || '/' || k.name AS name, ",
            sums!(),
            " JOIN friends f ON f.id = c.friend_id JOIN client_keys k ON k.id = c.key_id",
            range!("c.key_id")
        ),
        GroupBy::Account => concat!(
            "SELECT COALESCE(a.name, '-') AS name, ",
            sums!(),
            " LEFT JOIN accounts a ON a.id = c.account_id",
            range!("c.account_id")
        ),
        GroupBy::Model => concat!("SELECT COALESCE(c.model, '-') AS name, ", sums!(), range!("c.model")),
        GroupBy::Provider => concat!("SELECT COALESCE(c.provider, '-') AS name, ", sums!(), range!("c.provider")),
    };
    let rows = sqlx::query(statement).bind(millis(since)).bind(millis(until)).fetch_all(pool).await?;
    rows.iter().map(|row| Ok((row.try_get("name")?, Sums::from_row(row)?))).collect()
}

/// Sums of the calls that arrived in `[since, until)`, by quarter of an hour: the finest step in which time zones differ.
///
/// # Errors
/// When SQLite refuses.
pub async fn by_quarter(
    pool: &SqlitePool,
    since: Timestamp,
    until: Timestamp,
) -> Result<Vec<(Timestamp, Sums)>, sqlx::Error> {
    let statement = concat!("SELECT c.at / 900000 * 900000 AS quarter, ", sums!(), range!("quarter"));
    let rows = sqlx::query(statement).bind(millis(since)).bind(millis(until)).fetch_all(pool).await?;
    rows.iter().map(|row| Ok((timestamp(row.try_get("quarter")?), Sums::from_row(row)?))).collect()
}

/// Whose sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Each friend's.
    Friends,
    /// Each account's; calls that reached none are left out.
    Accounts,
}

/// Sums of the calls that arrived since then, by the id of a friend or account.
///
/// # Errors
/// When SQLite refuses.
pub async fn by_id(pool: &SqlitePool, whose: Whose, since: Timestamp) -> Result<HashMap<i64, Sums>, sqlx::Error> {
    let statement = match whose {
        Whose::Friends => {
            concat!("SELECT c.friend_id AS id, ", sums!(), range!("c.friend_id"))
        }
        Whose::Accounts => {
            concat!("SELECT COALESCE(c.account_id, 0) AS id, ", sums!(), range!("c.account_id"))
        }
    };
    let rows = sqlx::query(statement).bind(millis(since)).bind(i64::MAX).fetch_all(pool).await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, Sums::from_row(row)?))).collect()
}

/// A group's part of a bar of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarSums {
    /// Which bar, counted from 0.
    pub bar: usize,
    /// The group's name; `None` for calls that have none.
    pub name: Option<String>,
    /// Its sums.
    pub sums: Sums,
}

/// Sums by bar and name. The bars are `[start, end)` in order and do not overlap; each is read by the index on time.
///
/// # Errors
/// When SQLite refuses.
pub async fn by_bar(
    pool: &SqlitePool,
    group: BarGroup,
    bars: &[(Timestamp, Timestamp)],
) -> Result<Vec<BarSums>, sqlx::Error> {
    let bounds: Vec<[i64; 2]> = bars.iter().map(|(start, end)| [millis(*start), millis(*end)]).collect();
    let bounds = serde_json::to_string(&bounds).expect("numbers serialize");
    let statement = match group {
        BarGroup::Friend => concat!(
            "SELECT b.key AS bar, f.name AS name, ",
            bars!(),
            " JOIN friends f ON f.id = c.friend_id",
            in_bar!("c.friend_id")
        ),
        BarGroup::Account => concat!(
            "SELECT b.key AS bar, a.name AS name, ",
            bars!(),
            " LEFT JOIN accounts a ON a.id = c.account_id",
            in_bar!("c.account_id")
        ),
        BarGroup::Model => {
            concat!("SELECT b.key AS bar, c.model AS name, ", bars!(), in_bar!("c.model"))
        }
        BarGroup::Provider => {
            concat!("SELECT b.key AS bar, c.provider AS name, ", bars!(), in_bar!("c.provider"))
        }
    };
    let rows = sqlx::query(statement).bind(bounds).fetch_all(pool).await?;
    let read = |row: &SqliteRow| {
        let bar: i64 = row.try_get("bar")?;
        Ok(BarSums {
            bar: usize::try_from(bar).unwrap_or_default(),
            name: row.try_get("name")?,
            sums: Sums::from_row(row)?,
        })
    };
    rows.iter().map(read).collect()
}

/// What bars are divided into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarGroup {
    /// Friends.
    Friend,
    /// Accounts.
    Account,
    /// Models as the client wrote them.
    Model,
    /// Providers.
    Provider,
}
