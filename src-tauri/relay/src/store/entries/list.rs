//! The ledger's rows, filtered and in any order, a page at a time.

use carpool_core::call::CallId;
use futures_util::{Stream, stream};
use jiff::Timestamp;
use sqlx::{QueryBuilder, Sqlite, SqlitePool};

use super::LedgerEntry;
use crate::store::millis;

/// Rows that are read at a time when all are wanted: no reader keeps the database's log from being folded in for long.
const ROWS_AT_ONCE: u32 = 5_000;

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

impl Column {
    /// Its value in SQL.
    const fn value(self) -> &'static str {
        match self {
            Self::At => "c.id",
            Self::Cost => "c.cost_pico_usd",
            Self::Tokens => {
                "(COALESCE(c.input_tokens, 0) + COALESCE(c.cache_read_tokens, 0) + COALESCE(c.cache_write_5m_tokens, 0)
                  + COALESCE(c.cache_write_1h_tokens, 0) + COALESCE(c.output_tokens, 0))"
            }
            Self::Ttfb => "c.ttfb_ms",
            Self::Duration => "c.duration_ms",
        }
    }
}

impl Direction {
    /// The word, the comparison and what stands for no value in SQL.
    const fn words(self) -> (&'static str, &'static str, i64) {
        match self {
            Self::Descending => ("DESC", "<", i64::MIN),
            Self::Ascending => ("ASC", ">", i64::MAX),
        }
    }
}

/// A page of the rows that a filter lets through.
///
/// # Errors
/// When SQLite refuses.
pub async fn list(
    pool: &SqlitePool,
    filter: &Filter,
    order: Order,
    portion: Portion,
) -> Result<Vec<LedgerEntry>, sqlx::Error> {
    let (way, comes_after, none) = order.direction.words();
    let mut query = QueryBuilder::new(concat!(entries!(), " WHERE c.status <> 'open' AND c.at >= "));
    query.push_bind(millis(filter.since)).push(" AND c.at < ").push_bind(millis(filter.until));
    narrow(&mut query, filter);
    if let Some(after) = portion.after {
        query.push(" AND (COALESCE(").push(order.column.value()).push(", ").push(none).push("), c.id) ");
        query.push(comes_after).push(" (SELECT COALESCE(").push(order.column.value()).push(", ").push(none);
        query.push("), c.id FROM calls c WHERE c.id = ").push_bind(after.0).push(")");
    }
    query.push(" ORDER BY ");
    if order.column != Column::At {
        query.push("COALESCE(").push(order.column.value()).push(", ").push(none).push(") ").push(way).push(", ");
    }
    query.push("c.id ").push(way).push(" LIMIT ").push_bind(portion.limit);
    query.build_query_as().fetch_all(pool).await
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

/// Adds what a filter asks for.
fn narrow(query: &mut QueryBuilder<Sqlite>, filter: &Filter) {
    let columns = [
        ("f.name", &filter.friend),
        ("k.name", &filter.key),
        ("COALESCE(a.name, '-')", &filter.account),
        ("COALESCE(c.provider, '-')", &filter.provider),
        ("COALESCE(c.model, '-')", &filter.model),
        ("c.status", &filter.status),
    ];
    for (column, wanted) in columns {
        if let Some(wanted) = wanted {
            query.push(" AND ").push(column).push(" = ").push_bind(wanted.clone());
        }
    }
    let Some(search) = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty()) else { return };
    query.push(" AND (c.id = ").push_bind(search.parse::<CallId>().ok().map(|id| id.0));
    for (column, _) in columns {
        query.push(" OR instr(lower(").push(column).push("), ").push_bind(search.to_lowercase()).push(") > 0");
    }
    query.push(")");
}

#[cfg(test)]
mod tests;
