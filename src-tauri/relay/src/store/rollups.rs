//! Roll-ups of the ledger: which spans have one, and where the sums of a question come from.
//!
//! Every question about sums is answered within one transaction from [`Cover`]: roll-ups where there are whole ones, rows
//! in the rest. Nobody else needs to know what is rolled up.

mod forget;
mod put;

use carpool_core::{
    period::Bar,
    rollup::{self, Kept, Rolled},
};
use jiff::Timestamp;
use sqlx::{SqliteConnection, SqlitePool};

pub(crate) use self::{
    forget::{add_late, begin_to_forget, can_give_back, finish_forgetting, forget_some, give_back_some, to_forget},
    put::{drop_unwanted, first_call, roll_up},
};
use super::{millis, timestamp};

/// The parts of sums by bar and group, of rows, roll-ups and late rows, in this order. They take the numbered parameters
/// 1 to 3 of [`Cover`]. `$group` are columns that calls and roll-ups both have, `$by` their places and the bar's.
macro_rules! parts {
    ($group:literal, $by:literal, $of_rows:literal, $of_rollups:literal) => {
        concat!(
            "SELECT b.value ->> 0 AS bar, ",
            $group,
            ", ",
            $of_rows,
            " FROM json_each(?1) b CROSS JOIN calls c
              WHERE c.status <> 'open' AND c.at >= b.value ->> 1 AND c.at < b.value ->> 2 GROUP BY ",
            $by,
            " UNION ALL SELECT b.value ->> 0, ",
            $group,
            ", ",
            $of_rollups,
            " FROM json_each(?2) b CROSS JOIN rollups c
              WHERE c.span >= b.value ->> 1 AND c.span < b.value ->> 2 GROUP BY ",
            $by,
            " UNION ALL SELECT b.value ->> 0, ",
            $group,
            ", ",
            $of_rows,
            " FROM json_each(?3) b CROSS JOIN late_calls l CROSS JOIN calls c ON c.id = l.call_id
              WHERE c.status <> 'open' AND c.at >= b.value ->> 1 AND c.at < b.value ->> 2 GROUP BY ",
            $by
        )
    };
}
pub(super) use parts;

/// Where the sums of some bars come from: for the queries, as JSON `[[bar, start, end], …]` with the bars counted from 0.
#[derive(Debug)]
pub(super) struct Cover {
    /// The rows of these spans.
    pub(super) rows: String,
    /// The roll-ups of the spans that begin in these.
    pub(super) rollups: String,
    /// The bars themselves: of these count the late rows.
    pub(super) bars: String,
}

impl Cover {
    /// Finds out for bars `[start, end)`. The sums are to be read in the same transaction.
    pub(super) async fn of(reading: &mut SqliteConnection, bars: &[Bar]) -> Result<Self, sqlx::Error> {
        let start = bars.iter().map(|bar| bar.start).min().unwrap_or_default();
        let end = bars.iter().map(|bar| bar.end).max().unwrap_or_default();
        let rolled = within(reading, Bar { start, end }).await?;
        let (mut rows, mut rollups, mut whole) = (Vec::new(), Vec::new(), Vec::new());
        for (number, bar) in (0_i64..).zip(bars) {
            let sources = rollup::sources(*bar, &rolled);
            let numbered = |bar: Bar| [number, millis(bar.start), millis(bar.end)];
            rows.extend(sources.rows.into_iter().map(numbered));
            rollups.extend(sources.rollups.into_iter().map(numbered));
            whole.push(numbered(*bar));
        }
        let json = |numbers: &[[i64; 3]]| serde_json::to_string(numbers).expect("numbers serialize");
        Ok(Self { rows: json(&rows), rollups: json(&rollups), bars: json(&whole) })
    }

    /// Of one span.
    pub(super) async fn of_span(reading: &mut SqliteConnection, span: Bar) -> Result<Self, sqlx::Error> {
        Self::of(reading, &[span]).await
    }
}

/// The spans that have a roll-up and touch this one, in order.
pub(super) async fn within(reading: &mut SqliteConnection, span: Bar) -> Result<Vec<Rolled>, sqlx::Error> {
    let rows: Vec<(i64, i64, String)> = sqlx::query_as(
        "SELECT start, until, state FROM rollup_spans
         WHERE start >= COALESCE((SELECT MAX(start) FROM rollup_spans WHERE start <= ?1), ?1) AND start < ?2 AND until > ?1
         ORDER BY start",
    )
    .bind(millis(span.start))
    .bind(millis(span.end))
    .fetch_all(reading)
    .await?;
    let rolled = |(start, until, state): (i64, i64, String)| Rolled {
        span: Bar { start: timestamp(start), end: timestamp(until) },
        kept: match state.as_str() {
            "built" => Kept::Both,
            "stale" => Kept::Rows,
            _ => Kept::Rollup,
        },
    };
    Ok(rows.into_iter().map(rolled).collect())
}

/// All of them.
pub(crate) async fn all(pool: &SqlitePool) -> Result<Vec<Rolled>, sqlx::Error> {
    let mut reading = pool.acquire().await?;
    within(&mut reading, Bar { start: Timestamp::MIN, end: Timestamp::MAX }).await
}

#[cfg(test)]
mod tests;
