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
    list::{Column, Direction, Order},
    narrow::{Narrow, Table},
};
use crate::store::{millis, rollups};

/// How many roll-ups are looked through at first, by time: those of a day's hours and of a week.
const ROLLUPS_AT_FIRST: usize = 32;

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

/// The spans of a question: those of which roll-ups tell where calls are, and the rest.
#[derive(Debug, Default)]
pub(super) struct Spans {
    rolled_up: Vec<Bar>,
    rest: Vec<Bar>,
}

impl Spans {
    /// Finds out for what is asked.
    pub(super) async fn of(reading: &mut SqliteConnection, asked: Bar) -> Result<Self, sqlx::Error> {
        let mut spans = Self::default();
        let mut rest_from = asked.start;
        for one in rollups::within(reading, asked).await?.into_iter().filter(|one| one.kept == Kept::Both) {
            spans.rest.push(Bar { start: rest_from, end: one.span.start });
            spans.rolled_up.push(one.span);
            rest_from = one.span.end;
        }
        spans.rest.push(Bar { start: rest_from, end: asked.end });
        Ok(spans)
    }

    /// Divides them by time, so that the part with the first places is looked into first, and the others only if need be.
    /// Each part has twice as many roll-ups as the one before. By value, everything is one part.
    pub(super) fn parts(self, asked: Bar, order: Order) -> Vec<(Bar, Self)> {
        let (mut parts, mut left, mut spans, mut size) = (Vec::new(), asked, self, ROLLUPS_AT_FIRST);
        let is_descending = order.direction == Direction::Descending;
        while order.column == Column::At && spans.rolled_up.len() > size {
            let place = if is_descending { spans.rolled_up.len() - size } else { size };
            let border = spans.rolled_up[place].start;
            let rolled_up = spans.rolled_up.split_off(place);
            let rest = spans.rest.split_off(spans.rest.partition_point(|rest| rest.start < border));
            let later = Self { rolled_up, rest };
            if is_descending {
                parts.push((Bar { start: border, end: left.end }, later));
                left.end = border;
            } else {
                parts.push((Bar { start: left.start, end: border }, std::mem::replace(&mut spans, later)));
                left.start = border;
            }
            size *= 2;
        }
        parts.push((left, spans));
        parts
    }
}

/// The windows of some spans that may hold calls, the best first.
pub(super) async fn windows(
    reading: &mut SqliteConnection,
    (asked, spans): &(Bar, Spans),
    narrow: &Narrow<'_>,
    order: Order,
) -> Result<Vec<Window>, sqlx::Error> {
    let mut windows: Vec<Window> = spans.rest.iter().map(|rest| Window::unknown(*rest, order)).collect();
    // Of the groups that have calls in a slice, the one with the best counts.
    let mut of_groups: HashMap<i64, [Option<i64>; SLICES as usize]> = HashMap::new();
    for group in groups(reading, &spans.rolled_up, narrow, order).await? {
        let slices = of_groups.entry(group.span).or_default();
        for (_, best) in (0..).zip(slices).filter(|(number, _)| group.has(*number)) {
            *best = (*best).max(Some(group.best));
        }
    }
    // And nothing is better than the best of all calls in the slice.
    let of_all = if order.column == Column::At { None } else { Some(bests(reading, &spans.rolled_up, order).await?) };
    for span in &spans.rolled_up {
        let Some(slices) = of_groups.get(&millis(span.start)) else { continue };
        for (number, best) in (0..).zip(slices) {
            let all = match &of_all {
                Some(of_all) => of_all.get(&(millis(span.start), number)).copied(),
                None => Some(i64::MAX),
            };
            let best = best.zip(all).map(|(best, all)| best.min(all));
            windows.extend(best.map(|best| Window::new(rollup::slice(*span, number), best, order)));
        }
    }
    let cut = windows.into_iter().map(|window| Window { span: cut(window.span, *asked), ..window });
    let mut windows: Vec<Window> = cut.filter(|window| window.span.start < window.span.end).collect();
    windows.sort_by_key(|window| std::cmp::Reverse(window.best));
    Ok(windows)
}

/// Where a group has calls, in a span.
struct Group {
    span: i64,
    /// One bit for each slice.
    slices: i64,
    /// The rank of its best value.
    best: i64,
}

impl Group {
    fn has(&self, slice: i64) -> bool {
        (self.slices >> slice) & 1 == 1
    }
}

/// The wanted groups. They come as one text, because thousands of rows take longer to hand over than to find.
async fn groups(
    reading: &mut SqliteConnection,
    spans: &[Bar],
    narrow: &Narrow<'_>,
    order: Order,
) -> Result<Vec<Group>, sqlx::Error> {
    if narrow.is_nothing() {
        let all = |span: &Bar| Group { span: millis(span.start), slices: -1, best: i64::MAX };
        return Ok(spans.iter().map(all).collect());
    }
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return Ok(Vec::new()) };
    let mut query = QueryBuilder::new("SELECT group_concat(c.span || ' ' || c.slices || ' ' || COALESCE(c.");
    query.push(order.best()).push(", ''), ';') FROM rollups c WHERE c.span >= ").push_bind(millis(first.start));
    query.push(" AND c.span <= ").push_bind(millis(last.start));
    narrow.push(&mut query, Table::Rollups);
    let text: Option<String> = query.build_query_scalar().fetch_one(reading).await?;
    let read = |numbers: [Option<i64>; 3]| {
        let [span, slices, best] = numbers;
        Some(Group { span: span?, slices: slices?, best: best.map_or(i64::MIN, |value| order.rank(value)) })
    };
    Ok(numbers(text.as_deref()).filter_map(read).collect())
}

/// The rank of the best value of all calls in each slice, by the span's start and its number.
async fn bests(
    reading: &mut SqliteConnection,
    spans: &[Bar],
    order: Order,
) -> Result<HashMap<(i64, i64), i64>, sqlx::Error> {
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return Ok(HashMap::new()) };
    let mut query = QueryBuilder::new("SELECT group_concat(span || ' ' || slice || ' ' || COALESCE(");
    query.push(order.best()).push(", ''), ';') FROM rollup_slices WHERE span >= ").push_bind(millis(first.start));
    query.push(" AND span <= ").push_bind(millis(last.start));
    let text: Option<String> = query.build_query_scalar().fetch_one(reading).await?;
    let read = |numbers: [Option<i64>; 3]| {
        let [span, number, best] = numbers;
        Some(((span?, number?), best.map_or(i64::MIN, |value| order.rank(value))))
    };
    Ok(numbers(text.as_deref()).filter_map(read).collect())
}

/// Reads `1 2 3;4 5 ;…`.
fn numbers(text: Option<&str>) -> impl Iterator<Item = [Option<i64>; 3]> {
    text.unwrap_or_default().split(';').map(|row| {
        let mut numbers = row.split(' ').map(|number| number.parse().ok());
        std::array::from_fn(|_| numbers.next().flatten())
    })
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
