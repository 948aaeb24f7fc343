//! Sums over the ledger: of roll-ups where there are whole ones, of rows in the rest.

use std::collections::HashMap;

use carpool_core::period::Bar;
use jiff::Timestamp;
use sqlx::{FromRow, Row, SqlitePool, sqlite::SqliteRow};

use super::{
    calls::Tokens,
    rollups::{Cover, parts},
    timestamp,
};

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

/// The sums by bar and group, from the parameters of [`Cover`].
macro_rules! sums {
    ($group:literal, $name:literal, $names:literal) => {
        concat!(
            "SELECT p.bar, p.part, ", $name, " AS name, SUM(p.calls) AS calls, SUM(p.input_tokens) AS input_tokens,
                    SUM(p.cache_read_tokens) AS cache_read_tokens, SUM(p.cache_write_5m_tokens) AS cache_write_5m_tokens,
                    SUM(p.cache_write_1h_tokens) AS cache_write_1h_tokens, SUM(p.output_tokens) AS output_tokens,
                    SUM(p.reasoning_tokens) AS reasoning_tokens, COALESCE(SUM(p.cost_pico_usd), 0) AS cost_pico_usd,
                    COALESCE(SUM(p.saved_pico_usd), 0) AS saved_pico_usd, SUM(p.unpriced_calls) AS unpriced_calls
             FROM (",
            parts!(
                $group,
                "1, 2",
                "COUNT(*) AS calls, SUM(c.input_tokens) AS input_tokens, SUM(c.cache_read_tokens) AS cache_read_tokens,
                 SUM(c.cache_write_5m_tokens) AS cache_write_5m_tokens,
                 SUM(c.cache_write_1h_tokens) AS cache_write_1h_tokens, SUM(c.output_tokens) AS output_tokens,
                 SUM(c.reasoning_tokens) AS reasoning_tokens, SUM(c.cost_pico_usd) AS cost_pico_usd,
                 SUM(c.saved_pico_usd) AS saved_pico_usd, SUM(c.cost_pico_usd IS NULL) AS unpriced_calls",
                "SUM(c.complete + c.aborted + c.upstream_error + c.refused + c.interrupted), SUM(c.input_tokens),
                 SUM(c.cache_read_tokens), SUM(c.cache_write_5m_tokens), SUM(c.cache_write_1h_tokens),
                 SUM(c.output_tokens), SUM(c.reasoning_tokens), SUM(c.cost_pico_usd), SUM(c.saved_pico_usd),
                 SUM(c.unpriced_calls)"
            ),
            ") p ", $names, " GROUP BY p.bar, p.part ORDER BY p.bar, 3"
        )
    };
}

/// What sums can be grouped by.
#[derive(Clone, Copy, Debug)]
enum Group {
    Nothing,
    Friend,
    Key,
    Account,
    Model,
    Provider,
}

impl Group {
    const fn statement(self) -> &'static str {
        match self {
            Self::Nothing => sums!("NULL AS part", "NULL", ""),
            Self::Friend => sums!("c.friend_id AS part", "f.name", "JOIN friends f ON f.id = p.part"),
            Self::Key => sums!(
                "c.key_id AS part",
                "f.name || '/' || k.name",
                "JOIN client_keys k ON k.id = p.part JOIN friends f ON f.id = k.friend_id"
            ),
            Self::Account => sums!("c.account_id AS part", "a.name", "LEFT JOIN accounts a ON a.id = p.part"),
            Self::Model => sums!("c.model AS part", "p.part", ""),
            Self::Provider => sums!("c.provider AS part", "p.part", ""),
        }
    }
}

/// The sums of bars, by bar and name.
async fn read(pool: &SqlitePool, group: Group, bars: &[Bar]) -> Result<Vec<SqliteRow>, sqlx::Error> {
    let mut reading = pool.begin().await?;
    let cover = Cover::of(&mut reading, bars).await?;
    let rows = sqlx::query(group.statement())
        .bind(&cover.rows)
        .bind(&cover.rollups)
        .bind(&cover.bars)
        .fetch_all(&mut *reading)
        .await?;
    reading.rollback().await?;
    Ok(rows)
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
    let group = match group {
        GroupBy::Friend => Group::Friend,
        GroupBy::Key => Group::Key,
        GroupBy::Account => Group::Account,
        GroupBy::Model => Group::Model,
        GroupBy::Provider => Group::Provider,
    };
    let rows = read(pool, group, &[Bar { start: since, end: until }]).await?;
    let named = |row: &SqliteRow| {
        let name: Option<String> = row.try_get("name")?;
        Ok((name.unwrap_or_else(|| "-".to_owned()), Sums::from_row(row)?))
    };
    rows.iter().map(named).collect()
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
    let group = match whose {
        Whose::Friends => Group::Friend,
        Whose::Accounts => Group::Account,
    };
    let rows = read(pool, group, &[Bar { start: since, end: Timestamp::MAX }]).await?;
    let by_id = |row: &SqliteRow| {
        let id: Option<i64> = row.try_get("part")?;
        id.map(|id| Ok((id, Sums::from_row(row)?))).transpose()
    };
    rows.iter().filter_map(|row| by_id(row).transpose()).collect()
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

/// What bars are divided into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarGroup {
    /// Nothing: a bar has one part, without a name.
    Nothing,
    /// Friends.
    Friend,
    /// Accounts.
    Account,
    /// Models as the client wrote them.
    Model,
    /// Providers.
    Provider,
}

/// Sums by bar and name. The bars are `[start, end)`.
///
/// # Errors
/// When SQLite refuses.
pub async fn by_bar(
    pool: &SqlitePool,
    group: BarGroup,
    bars: &[(Timestamp, Timestamp)],
) -> Result<Vec<BarSums>, sqlx::Error> {
    let bars: Vec<Bar> = bars.iter().map(|(start, end)| Bar { start: *start, end: *end }).collect();
    let group = match group {
        BarGroup::Nothing => Group::Nothing,
        BarGroup::Friend => Group::Friend,
        BarGroup::Account => Group::Account,
        BarGroup::Model => Group::Model,
        BarGroup::Provider => Group::Provider,
    };
    let read_bar = |row: &SqliteRow| {
        let bar: i64 = row.try_get("bar")?;
        Ok(BarSums {
            bar: usize::try_from(bar).unwrap_or_default(),
            name: row.try_get("name")?,
            sums: Sums::from_row(row)?,
        })
    };
    read(pool, group, &bars).await?.iter().map(read_bar).collect()
}

/// The span from the first to the last of the calls that are summed up, those whose rows are gone included; `None` when
/// there is none.
///
/// # Errors
/// When SQLite refuses.
pub async fn extent(pool: &SqlitePool) -> Result<Option<Bar>, sqlx::Error> {
    let (first, last): (Option<i64>, Option<i64>) = sqlx::query_as(
        "SELECT MIN(first), MAX(last)
         FROM (SELECT (SELECT MIN(at) FROM calls) AS first, (SELECT MAX(at) FROM calls) AS last
               UNION ALL SELECT MIN(start), MAX(until) - 1 FROM rollup_spans WHERE state IN ('closing', 'kept'))",
    )
    .fetch_one(pool)
    .await?;
    let span = first.zip(last);
    Ok(span.map(|(first, last)| Bar { start: timestamp(first), end: timestamp(last.saturating_add(1)) }))
}
