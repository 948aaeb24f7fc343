//! Where the calls that are looked for can be: short stretches of time, the ones that may have the first of them first.
//!
//! A roll-up says in which slices of its span a group has calls, and what their least and greatest values are. So a page is
//! put together from a few slices, however long the ledger is. Where there is no roll-up, everything is looked at.

use std::collections::HashMap;

use carpool_core::{
    period::Bar,
    rollup::{self, Kept, SLICES},
};
use sqlx::{QueryBuilder, SqliteConnection};

use super::{
    list::{Column, Order},
    narrow::{Narrow, Table},
};
use crate::store::{millis, rollups};

/// A stretch of time that may hold calls, and the best place that one of them can have in the order: the rank of its value,
/// then that of its time. Greater ranks come first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// The stretch.
    pub(super) span: Bar,
    /// The best place.
    pub(super) best: (i64, i64),
}

impl Window {
    fn new(span: Bar, value: i64, order: Order) -> Self {
        let times = [millis(span.start), millis(span.end) - 1].map(|at| order.rank(at));
        let time = times[0].max(times[1]);
        Self { span, best: (if order.column == Column::At { time } else { value }, time) }
    }

    /// One of which nothing is known.
    fn unknown(span: Bar, order: Order) -> Self {
        Self::new(span, i64::MAX, order)
    }
}

/// The windows that may hold calls of a span, the best first.
pub(super) async fn windows(
    reading: &mut SqliteConnection,
    asked: Bar,
    narrow: &Narrow<'_>,
    order: Order,
) -> Result<Vec<Window>, sqlx::Error> {
    let mut windows = Vec::new();
    let mut rows_from = asked.start;
    let mut rolled_up: HashMap<i64, Bar> = HashMap::new();
    for one in rollups::within(reading, asked).await?.into_iter().filter(|one| one.kept == Kept::Both) {
        windows.push(Window::unknown(Bar { start: rows_from, end: one.span.start }, order));
        rolled_up.insert(millis(one.span.start), one.span);
        rows_from = one.span.end;
    }
    windows.push(Window::unknown(Bar { start: rows_from, end: asked.end }, order));
    let masks = masks(reading, &rolled_up, narrow).await?;
    if order.column == Column::At {
        for (start, mask) in masks {
            let slices = (0..SLICES).filter(|number| mask >> number & 1 == 1);
            windows.extend(slices.map(|number| Window::new(rollup::slice(rolled_up[&start], number), 0, order)));
        }
    } else {
        for (start, number, best) in bests(reading, &rolled_up, order).await? {
            if masks.get(&start).is_some_and(|mask| mask >> number & 1 == 1) {
                windows.push(Window::new(rollup::slice(rolled_up[&start], number), best, order));
            }
        }
    }
    let cut = windows.into_iter().map(|window| Window { span: cut(window.span, asked), ..window });
    let mut windows: Vec<Window> = cut.filter(|window| window.span.start < window.span.end).collect();
    windows.sort_by_key(|window| std::cmp::Reverse(window.best));
    Ok(windows)
}

/// In which slices of each span there are calls of the wanted groups, one bit for each.
async fn masks(
    reading: &mut SqliteConnection,
    spans: &HashMap<i64, Bar>,
    narrow: &Narrow<'_>,
) -> Result<HashMap<i64, i64>, sqlx::Error> {
    if narrow.is_nothing() {
        return Ok(spans.keys().map(|start| (*start, -1)).collect());
    }
    let (Some(first), Some(last)) = (spans.keys().min(), spans.keys().max()) else { return Ok(HashMap::new()) };
    let mut query = QueryBuilder::new("SELECT c.span, c.slices FROM rollups c WHERE c.span >= ");
    query.push_bind(first).push(" AND c.span <= ").push_bind(last);
    narrow.push(&mut query, Table::Rollups);
    let rows: Vec<(i64, i64)> = query.build_query_as().fetch_all(reading).await?;
    let mut masks = HashMap::new();
    for (start, slices) in rows.into_iter().filter(|(start, _)| spans.contains_key(start)) {
        *masks.entry(start).or_default() |= slices;
    }
    Ok(masks)
}

/// The rank of the best value in each slice.
async fn bests(
    reading: &mut SqliteConnection,
    spans: &HashMap<i64, Bar>,
    order: Order,
) -> Result<Vec<(i64, i64, i64)>, sqlx::Error> {
    let (Some(first), Some(last)) = (spans.keys().min(), spans.keys().max()) else { return Ok(Vec::new()) };
    let mut query = QueryBuilder::new("SELECT span, slice, ");
    query.push(order.best_in_slice()).push(" FROM rollup_slices WHERE span >= ").push_bind(first);
    query.push(" AND span <= ").push_bind(last);
    let rows: Vec<(i64, i64, Option<i64>)> = query.build_query_as().fetch_all(reading).await?;
    let rank = |(start, number, best): (i64, i64, Option<i64>)| {
        (start, number, best.map_or(i64::MIN, |value| order.rank(value)))
    };
    Ok(rows.into_iter().filter(|(start, ..)| spans.contains_key(start)).map(rank).collect())
}

fn cut(span: Bar, asked: Bar) -> Bar {
    Bar { start: span.start.max(asked.start), end: span.end.min(asked.end) }
}

/// Windows as the queries take them.
pub(super) fn json(windows: &[Window]) -> String {
    let bounds: Vec<[i64; 2]> =
        windows.iter().map(|window| [millis(window.span.start), millis(window.span.end)]).collect();
    serde_json::to_string(&bounds).expect("numbers serialize")
}
