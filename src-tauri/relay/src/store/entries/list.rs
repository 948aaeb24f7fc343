//! The ledger's rows, filtered and in any order, a page at a time.

use std::collections::HashMap;

use carpool_core::{call::CallId, period::Bar};
use futures_util::{Stream, stream};
use jiff::Timestamp;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, SqlitePool};

use super::{
    LedgerEntry,
    narrow::{Narrow, Table},
    windows::{self, Spans, Window, windows},
};
use crate::store::{calls::CallStatus, millis};

/// Rows that are read at a time when all are wanted: no reader keeps the database's log from being folded in for long.
const ROWS_AT_ONCE: u32 = 5_000;
/// How many windows are looked into at first, and at most at once: few where a few will do, and not too many statements.
const WINDOWS_AT_FIRST: usize = 8;
const WINDOWS_AT_MOST: usize = 128;
/// The calls that did not go well, by an index of their own: there are few of them.
const FAILED_CALLS: &str = "(SELECT * FROM calls c INDEXED BY calls_failed";
const ARE_FAILED: &str = " AND c.status NOT IN ('open', 'complete')";

/// Which rows of the ledger. Ended calls that arrived in `[since, until)`, and of these only the ones that have every value
/// that is given. Names are those of removed ones too; `-` stands for no account, no provider or no model.
#[derive(Clone, Debug)]
pub struct Filter {
    /// The beginning of the span.
    pub since: Timestamp,
    /// Its end, which is not part of it.
    pub until: Timestamp,
    /// The friend's id.
    pub friend_id: Option<i64>,
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
            friend_id: None,
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

    /// The column of a roll-up, and of its slices, with the value that comes first.
    pub(super) const fn best(self) -> &'static str {
        match (self.column, self.direction) {
            (Column::Cost, Direction::Descending) => "max_cost",
            (Column::Cost, Direction::Ascending) => "min_cost",
            (Column::Tokens, Direction::Descending) => "max_tokens",
            (Column::Tokens, Direction::Ascending) => "min_tokens",
            (Column::Ttfb, Direction::Descending) => "max_ttfb",
            (Column::Ttfb, Direction::Ascending) => "min_ttfb",
            (Column::Duration, Direction::Descending) => "max_duration",
            (Column::Duration, Direction::Ascending) => "min_duration",
            // By time, its slices tell.
            (Column::At, _) => "span",
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
    let mut reading = pool.begin().await?;
    let after = match portion.after {
        Some(after) => Some(place_of(&mut reading, order, after).await?),
        None => None,
    };
    let narrow = Narrow::new(filter);
    let rows = match after {
        // One that is there no more was among the oldest, and so is what comes after it.
        Some(None) => Vec::new(),
        after => {
            let look = Look { filter, order, after: after.flatten(), limit: portion.limit };
            look.read(&mut reading, &narrow).await?
        }
    };
    reading.rollback().await?;
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
    async fn read(&self, reading: &mut SqliteConnection, narrow: &Narrow<'_>) -> Result<Vec<LedgerEntry>, sqlx::Error> {
        // These are found one by one in their order.
        if narrow.call().is_some() || (self.order.column == Column::At && narrow.is_nothing()) {
            let query = QueryBuilder::new(concat!(entries!(), " WHERE c.status <> 'open'"));
            return self.finish(self.within(query), narrow).build_query_as().fetch_all(reading).await;
        }
        let ids: Vec<i64> = self.find(reading, narrow).await?.into_iter().map(|(_, _, id)| id).collect();
        let mut rows: Vec<LedgerEntry> =
            sqlx::query_as(concat!(entries!(), " WHERE c.id IN (SELECT value FROM json_each(?))"))
                .bind(serde_json::to_string(&ids).expect("numbers serialize"))
                .fetch_all(reading)
                .await?;
        let places: HashMap<i64, usize> = ids.into_iter().zip(0..).collect();
        rows.sort_by_key(|row| places.get(&row.id.0).copied());
        Ok(rows)
    }

    async fn find(&self, reading: &mut SqliteConnection, narrow: &Narrow<'_>) -> Result<Vec<Place>, sqlx::Error> {
        let asked = Bar { start: self.filter.since, end: self.filter.until };
        let status = self.filter.status.as_deref();
        if status.is_some_and(|status| CallStatus::FAILED.iter().any(|failed| failed.as_str() == status)) {
            let mut query = self.within(self.query(FAILED_CALLS, ("", "")));
            query.push(ARE_FAILED);
            self.narrow_down(&mut query, narrow);
            // Among equal values the first by time stay, and SQLite's sorter need not take in all that follow. It leaves an
            // order within alone only beside a limit.
            query.push(" ORDER BY c.at ").push(self.order.words().0).push(" LIMIT -1) c");
            return self.sort(query).build_query_as().fetch_all(reading).await;
        }
        let mut found = Vec::new();
        for part in Spans::of(reading, asked).await?.parts(asked, self.order) {
            let windows = windows(reading, &part, narrow, self.order).await?;
            self.look_into(reading, narrow, &windows, &mut found).await?;
            if self.order.column == Column::At && found.len() >= self.limit as usize {
                break;
            }
        }
        Ok(found)
    }

    /// Adds what is in some windows, the best first, until there is nothing better in the rest.
    async fn look_into(
        &self,
        reading: &mut SqliteConnection,
        narrow: &Narrow<'_>,
        windows: &[Window],
        found: &mut Vec<Place>,
    ) -> Result<(), sqlx::Error> {
        let (mut rest, mut at_once) = (windows, WINDOWS_AT_FIRST);
        while !rest.is_empty() && !self.is_full(found, &rest[0]) {
            let (now, later) = rest.split_at(at_once.min(rest.len()));
            let mut query = self.query("json_each(", (&windows::json(now), ") w CROSS JOIN calls c"));
            query.push(" AND c.at >= w.value ->> 0 AND c.at < w.value ->> 1");
            found.extend(self.finish(query, narrow).build_query_as::<Place>().fetch_all(&mut *reading).await?);
            found.sort_by_key(|(value, at, id)| std::cmp::Reverse([value, at, id].map(|part| self.order.rank(*part))));
            found.truncate(self.limit as usize);
            (rest, at_once) = (later, (2 * at_once).min(WINDOWS_AT_MOST));
        }
        Ok(())
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

    /// Adds the span.
    fn within(&self, mut query: QueryBuilder<Sqlite>) -> QueryBuilder<Sqlite> {
        query.push(" AND c.at >= ").push_bind(millis(self.filter.since));
        query.push(" AND c.at < ").push_bind(millis(self.filter.until));
        query
    }

    /// Adds what narrows it down, where it goes on, and the order.
    fn finish(&self, mut query: QueryBuilder<Sqlite>, narrow: &Narrow<'_>) -> QueryBuilder<Sqlite> {
        self.narrow_down(&mut query, narrow);
        self.sort(query)
    }

    fn narrow_down(&self, query: &mut QueryBuilder<Sqlite>, narrow: &Narrow<'_>) {
        narrow.push(query, Table::Calls);
        let (_, comes_later, _) = self.order.words();
        if let Some((value, at, id)) = self.after {
            if self.order.column == Column::At {
                // The index finds the first of them by this.
                query.push(" AND c.at ").push(comes_later).push("= ").push_bind(at);
            }
            query.push(" AND (COALESCE(").push(self.order.value()).push(", ").push(self.order.words().2);
            query.push("), c.at, c.id) ").push(comes_later).push(" (").push_bind(value).push(", ").push_bind(at);
            query.push(", ").push_bind(id).push(")");
        }
    }

    fn sort(&self, mut query: QueryBuilder<Sqlite>) -> QueryBuilder<Sqlite> {
        let (way, ..) = self.order.words();
        query.push(" ORDER BY ");
        if self.order.column != Column::At {
            query.push("COALESCE(").push(self.order.value()).push(", ").push(self.order.words().2).push(") ").push(way);
            query.push(", ");
        }
        query.push("c.at ").push(way).push(", c.id ").push(way).push(" LIMIT ").push_bind(self.limit);
        query
    }
}

/// All rows that a filter lets through, in an order, some at a time: a whole ledger needs no more memory than these.
pub fn all(
    pool: &SqlitePool,
    filter: &Filter,
    order: Order,
) -> impl Stream<Item = Result<Vec<LedgerEntry>, sqlx::Error>> {
    portions(pool, filter, order, ROWS_AT_ONCE)
}

fn portions(
    pool: &SqlitePool,
    filter: &Filter,
    order: Order,
    limit: u32,
) -> impl Stream<Item = Result<Vec<LedgerEntry>, sqlx::Error>> {
    stream::try_unfold(Some(Portion { after: None, limit }), move |portion| async move {
        let Some(portion) = portion else { return Ok(None) };
        let rows = list(pool, filter, order, portion).await?;
        let last = rows.last().filter(|_| rows.len() == limit as usize);
        let next = last.map(|last| Portion { after: Some(last.id), ..portion });
        Ok(Some((rows, next)))
    })
}

#[cfg(test)]
mod tests;
