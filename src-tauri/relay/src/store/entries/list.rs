//! The ledger's rows, filtered and in any order, a page at a time.

use std::collections::HashMap;

use carpool_core::{call::CallId, period::Bar};
use futures_util::{Stream, stream};
use jiff::Timestamp;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, SqlitePool};

use super::{
    LedgerEntry,
    narrow::{Narrow, Table},
    windows::{self, Window, windows},
};
use crate::store::millis;

/// Rows that are read at a time when all are wanted: no reader keeps the database's log from being folded in for long.
const ROWS_AT_ONCE: u32 = 5_000;
/// How many windows are looked into at first, and at most at once: few where a few will do, and not too many statements.
const WINDOWS_AT_FIRST: usize = 8;
const WINDOWS_AT_MOST: usize = 512;

/// Which rows of the ledger. Ended calls that arrived in `[since, until)`, and of these only the ones that have every value
/// that is given. Names are those of removed ones too; `-` stands for no account, no provider or no model.
#[derive(Clone, Debug)]
pub struct Filter {
    /// The beginning of the span.
    pub since: Timestamp,
    /// Its end, which is not part of it.
    pub until: Timestamp,
    /// The friend's name.
    pub friend: Option<String>,
    /// The key's name.
    pub key: Option<String>,
    /// The account's name.
    pub account: Option<String>,
    /// The provider.
    pub provider: Option<String>,
    /// The model as the client wrote it.
    pub model: Option<String>,
    /// How it ended, by its word.
    pub status: Option<String>,
    /// A text that is part of one of these, or the call's id; small and capital letters are the same.
    pub search: Option<String>,
}

impl Filter {
    /// All calls that arrived in `[since, until)`.
    #[must_use]
    pub fn span(since: Timestamp, until: Timestamp) -> Self {
        Self {
            since,
            until,
            friend: None,
            key: None,
            account: None,
            provider: None,
            model: None,
            status: None,
            search: None,
        }
    }
}

/// What rows are put in order by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Column {
    /// When they arrived.
    #[default]
    At,
    /// What they cost.
    Cost,
    /// Their tokens of every kind together.
    Tokens,
    /// The time until the first byte.
    Ttfb,
    /// The time until the end.
    Duration,
}

/// Which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// The greatest, and the latest, first.
    #[default]
    Descending,
    /// The least, and the earliest, first.
    Ascending,
}

/// The order of rows. Those that have no value come last, either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// What by.
    pub column: Column,
    /// Which way.
    pub direction: Direction,
}

/// A part of what the filter lets through.
#[derive(Clone, Copy, Debug)]
pub struct Portion {
    /// Only those that come after the call of this id, which is the last of the page before.
    pub after: Option<CallId>,
    /// At most so many.
    pub limit: u32,
}

impl Order {
    /// The value in SQL; NULL where a row has none.
    const fn value(self) -> &'static str {
        match self.column {
            Column::At => "c.at",
            Column::Cost => "c.cost_pico_usd",
            Column::Tokens => {
                "(COALESCE(c.input_tokens, 0) + COALESCE(c.cache_read_tokens, 0) + COALESCE(c.cache_write_5m_tokens, 0)
                  + COALESCE(c.cache_write_1h_tokens, 0) + COALESCE(c.output_tokens, 0))"
            }
            Column::Ttfb => "c.ttfb_ms",
            Column::Duration => "c.duration_ms",
        }
    }

    /// The value that comes first, of those in a slice of a roll-up.
    pub(super) const fn best_in_slice(self) -> &'static str {
        match (self.column, self.direction) {
            (Column::Cost, Direction::Descending) => "max_cost",
            (Column::Cost, Direction::Ascending) => "min_cost",
            (Column::Tokens, Direction::Descending) => "max_tokens",
            (Column::Tokens, Direction::Ascending) => "min_tokens",
            (Column::Ttfb, Direction::Descending) => "max_ttfb",
            (Column::Ttfb, Direction::Ascending) => "min_ttfb",
            (Column::Duration, Direction::Descending) => "max_duration",
            (Column::Duration, Direction::Ascending) => "min_duration",
            (Column::At, _) => "NULL",
        }
    }

    /// The rank of a value: the greater one comes first, either way.
    pub(super) const fn rank(self, value: i64) -> i64 {
        match self.direction {
            Direction::Descending => value,
            Direction::Ascending => !value,
        }
    }

    /// The word, the comparison of what comes later, and what stands for no value, in SQL.
    const fn words(self) -> (&'static str, &'static str, i64) {
        match self.direction {
            Direction::Descending => ("DESC", "<", i64::MIN),
            Direction::Ascending => ("ASC", ">", i64::MAX),
        }
    }
}

/// A call's place in the order: its value, when it arrived, its id.
type Place = (i64, i64, i64);

/// A page of the rows that a filter lets through. Among equal values the time decides.
///
/// # Errors
/// When SQLite refuses.
pub async fn list(
    pool: &SqlitePool,
    filter: &Filter,
    order: Order,
    portion: Portion,
) -> Result<Vec<LedgerEntry>, sqlx::Error> {
    list_of(pool, filter, None, order, portion).await
}

/// The same, of the friend with this id.
pub(super) async fn list_of(
    pool: &SqlitePool,
    filter: &Filter,
    friend_id: Option<i64>,
    order: Order,
    portion: Portion,
) -> Result<Vec<LedgerEntry>, sqlx::Error> {
    let mut reading = pool.begin().await?;
    let after = match portion.after {
        Some(after) => Some(place_of(&mut reading, order, after).await?),
        None => None,
    };
    // One that is there no more was among the oldest, and so is what comes after it.
    let found = match after {
        Some(None) => Vec::new(),
        after => {
            let look = Look { filter, order, after: after.flatten(), limit: portion.limit };
            look.find(&mut reading, &Narrow::new(filter, friend_id)).await?
        }
    };
    let ids: Vec<i64> = found.into_iter().map(|(_, _, id)| id).collect();
    let mut rows: Vec<LedgerEntry> =
        sqlx::query_as(concat!(entries!(), " WHERE c.id IN (SELECT value FROM json_each(?))"))
            .bind(serde_json::to_string(&ids).expect("numbers serialize"))
            .fetch_all(&mut *reading)
            .await?;
    reading.rollback().await?;
    let places: HashMap<i64, usize> = ids.into_iter().zip(0..).collect();
    rows.sort_by_key(|row| places.get(&row.id.0).copied());
    Ok(rows)
}

/// The place of a call, if it is there.
async fn place_of(reading: &mut SqliteConnection, order: Order, id: CallId) -> Result<Option<Place>, sqlx::Error> {
    let mut query = QueryBuilder::new("SELECT COALESCE(");
    query.push(order.value()).push(", ").push(order.words().2).push("), c.at, c.id FROM calls c WHERE c.id = ");
    query.push_bind(id.0).build_query_as().fetch_optional(reading).await
}

/// What is looked for.
struct Look<'a> {
    filter: &'a Filter,
    order: Order,
    after: Option<Place>,
    limit: u32,
}

impl Look<'_> {
    async fn find(&self, reading: &mut SqliteConnection, narrow: &Narrow<'_>) -> Result<Vec<Place>, sqlx::Error> {
        let asked = Bar { start: self.filter.since, end: self.filter.until };
        let is_indexed = self.order.column == Column::At && narrow.is_nothing();
        if is_indexed || narrow.call().is_some() {
            let mut query = self.query("calls c", ("", ""));
            query
                .push(" AND c.at >= ")
                .push_bind(millis(asked.start))
                .push(" AND c.at < ")
                .push_bind(millis(asked.end));
            return self.finish(query, narrow).build_query_as().fetch_all(reading).await;
        }
        let windows = windows(reading, asked, narrow, self.order).await?;
        let mut rest = windows.as_slice();
        let (mut found, mut at_once) = (Vec::new(), WINDOWS_AT_FIRST);
        while !rest.is_empty() && !self.is_full(&found, &rest[0]) {
            let (now, later) = rest.split_at(at_once.min(rest.len()));
            let mut query = self.query("json_each(", (&windows::json(now), ") w CROSS JOIN calls c"));
            query.push(" AND c.at >= w.value ->> 0 AND c.at < w.value ->> 1");
            found.extend(self.finish(query, narrow).build_query_as::<Place>().fetch_all(&mut *reading).await?);
            found.sort_by_key(|(value, at, id)| std::cmp::Reverse([value, at, id].map(|part| self.order.rank(*part))));
            found.truncate(self.limit as usize);
            (rest, at_once) = (later, (2 * at_once).min(WINDOWS_AT_MOST));
        }
        Ok(found)
    }

    /// Says whether there is nothing better in a window, nor in those after it.
    fn is_full(&self, found: &[Place], next: &Window) -> bool {
        let worst = found.last().filter(|_| found.len() >= self.limit as usize);
        worst.is_some_and(|(value, at, _)| (self.order.rank(*value), self.order.rank(*at)) > next.best)
    }

    /// Selects the places of ended calls.
    fn query(&self, from: &'static str, (windows, and): (&str, &'static str)) -> QueryBuilder<Sqlite> {
        let mut query = QueryBuilder::new("SELECT COALESCE(");
        query.push(self.order.value()).push(", ").push(self.order.words().2).push("), c.at, c.id FROM ").push(from);
        if !windows.is_empty() {
            query.push_bind(windows.to_owned()).push(and);
        }
        query.push(" WHERE c.status <> 'open'");
        query
    }

    /// Adds what narrows it down, where it goes on, and the order.
    fn finish(&self, mut query: QueryBuilder<Sqlite>, narrow: &Narrow<'_>) -> QueryBuilder<Sqlite> {
        let (way, comes_later, _) = self.order.words();
        let is_by_time = self.order.column == Column::At;
        narrow.push(&mut query, Table::Calls);
        if let Some((value, at, id)) = self.after {
            if is_by_time {
                // The index finds the first of them by this.
                query.push(" AND c.at ").push(comes_later).push("= ").push_bind(at);
            }
            query.push(" AND (COALESCE(").push(self.order.value()).push(", ").push(self.order.words().2);
            query.push("), c.at, c.id) ").push(comes_later).push(" (").push_bind(value).push(", ").push_bind(at);
            query.push(", ").push_bind(id).push(")");
        }
        query.push(" ORDER BY ");
        if !is_by_time {
            query.push("1 ").push(way).push(", ");
        }
        query.push("c.at ").push(way).push(", c.id ").push(way).push(" LIMIT ").push_bind(self.limit);
        query
    }
}

/// All rows that a filter lets through, the newest first, some at a time.
pub fn all(pool: &SqlitePool, filter: Filter) -> impl Stream<Item = Result<Vec<LedgerEntry>, sqlx::Error>> {
    let first = Some(Portion { after: None, limit: ROWS_AT_ONCE });
    stream::try_unfold((pool.clone(), filter, first), async |(pool, filter, portion)| {
        let Some(portion) = portion else { return Ok(None) };
        let rows = list(&pool, &filter, Order::default(), portion).await?;
        let last = rows.last().filter(|_| rows.len() == ROWS_AT_ONCE as usize);
        let next = last.map(|last| Portion { after: Some(last.id), ..portion });
        Ok(Some((rows, (pool, filter, next))))
    })
}

#[cfg(test)]
mod tests;
