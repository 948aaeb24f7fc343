//! Roll-ups: which spans of the ledger are summed once for all, and what a question is answered from.
//!
//! Days of the owner's calendar that are over have one each, and so have the hours of the day that goes on. A question is
//! answered from the roll-ups that lie wholly in its span and from the ledger's rows in the rest of it, so the answer is
//! the same whatever was rolled up by then, and in whichever time zone. Only where a roll-up's rows were deleted it has
//! nothing to be divided by: it counts as a whole, in the span that its middle is in.

use jiff::{Timestamp, ToSpan, tz::TimeZone};

use crate::period::{self, Bar, Step};

/// How long after its end a span is rolled up: most calls that began in it have ended by then.
const AFTER_END: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

/// Into how many slices of equal length a span is divided, to find its calls without reading all of them.
pub const SLICES: i64 = 32;

/// What there is of a span that has a roll-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The roll-up and the rows, which say the same.
    Both,
    /// The rows; something changed since they were rolled up.
    Rows,
    /// The roll-up; the rows are deleted, or are being deleted.
    Rollup,
}

/// A span that has a roll-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rolled {
    /// The span.
    pub span: Bar,
    /// What there is of it.
    pub kept: Kept,
}

/// What a span is summed up from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// The roll-ups: all that begin in one of these.
    pub rollups: Vec<Bar>,
    /// The rows: all calls that arrived in one of these.
    pub rows: Vec<Bar>,
}

/// Divides a span into roll-ups and rows. `rolled` is in order of time, without overlaps, and has every roll-up there is.
#[must_use]
pub fn sources(asked: Bar, rolled: &[Rolled]) -> Sources {
    let mut sources = Sources::default();
    let mut rows_from = asked.start;
    let mut last_taken = None;
    let first = rolled.partition_point(|one| one.span.end <= asked.start);
    for (place, one) in rolled.iter().enumerate().skip(first).take_while(|(_, one)| one.span.start < asked.end) {
        let is_taken = match one.kept {
            Kept::Both => asked.start <= one.span.start && one.span.end <= asked.end,
            Kept::Rows => false,
            Kept::Rollup => (asked.start..asked.end).contains(&middle(one.span)),
        };
        if is_taken || one.kept == Kept::Rollup {
            push(&mut sources.rows, Bar { start: rows_from, end: one.span.start });
            rows_from = one.span.end;
        }
        if is_taken {
            match sources.rollups.last_mut().filter(|_| place > 0 && last_taken == Some(place - 1)) {
                Some(run) => run.end = one.span.end,
                None => sources.rollups.push(one.span),
            }
            last_taken = Some(place);
        }
    }
    push(&mut sources.rows, Bar { start: rows_from, end: asked.end });
    sources
}

/// The spans that are to have a roll-up, in order: the days since the one that `first` is in, and the hours of today that
/// are over. What is kept as a roll-up alone stays as it is, in whichever zone its days were.
#[must_use]
pub fn wanted(first: Timestamp, now: Timestamp, zone: &TimeZone, rolled: &[Rolled]) -> Vec<Bar> {
    let over = now.saturating_sub(AFTER_END).unwrap_or(Timestamp::MIN);
    let today = over.to_zoned(zone.clone()).date();
    let days = period::bars(first.to_zoned(zone.clone()).date(), today, Step::Day, zone);
    let hours = period::bars(today, today.saturating_add(1.day()), Step::Hour, zone);
    let fixed: Vec<Rolled> = rolled.iter().filter(|one| one.kept == Kept::Rollup).copied().collect();
    let over = days.into_iter().chain(hours).filter(|span| span.end <= over);
    over.flat_map(|span| sources(span, &fixed).rows).collect()
}

/// The instant from which on calls are kept, when they are kept so many days beside today.
#[must_use]
pub fn kept_since(now: Timestamp, days: u32, zone: &TimeZone) -> Timestamp {
    let first = now.to_zoned(zone.clone()).date().saturating_sub(i64::from(days).days());
    period::start_of(first, zone)
}

/// A slice of a span, counted from 0: the calls whose distance from the span's start, times [`SLICES`], divided by the
/// span's length in whole milliseconds is its number.
#[must_use]
pub fn slice(span: Bar, number: i64) -> Bar {
    let (start, length) = (span.start.as_millisecond(), span.end.as_millisecond() - span.start.as_millisecond());
    // Rounded up; a number is never negative.
    let bound = |number: i64| {
        let distance = (length * number + SLICES - 1) / SLICES;
        Timestamp::from_millisecond(start + distance).unwrap_or(span.end)
    };
    Bar { start: bound(number), end: bound(number + 1) }
}

fn middle(span: Bar) -> Timestamp {
    let half = span.end.duration_since(span.start) / 2;
    span.start.saturating_add(half).unwrap_or(span.start)
}

/// Adds a span unless it is empty; one that follows upon the last makes that longer.
fn push(bars: &mut Vec<Bar>, bar: Bar) {
    if bar.start >= bar.end {
        return;
    }
    match bars.last_mut().filter(|last| last.end == bar.start) {
        Some(last) => last.end = bar.end,
        None => bars.push(bar),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn bar(start: i64, end: i64) -> Bar {
        let at = |second| Timestamp::from_second(second).expect("a time");
        Bar { start: at(start), end: at(end) }
    }

    fn rolled(start: i64, end: i64, kept: Kept) -> Rolled {
        Rolled { span: bar(start, end), kept }
    }

    #[test]
    fn whole_spans_come_from_roll_ups_and_the_rest_from_rows() {
        let spans = [
            rolled(0, 10, Kept::Rollup),
            rolled(10, 20, Kept::Both),
            rolled(20, 30, Kept::Both),
            rolled(30, 40, Kept::Rows),
            rolled(50, 60, Kept::Both),
        ];
        let cases = [
            (bar(0, 70), vec![bar(0, 30), bar(50, 60)], vec![bar(30, 50), bar(60, 70)]),
            (bar(4, 25), vec![bar(0, 20)], vec![bar(20, 25)]),
            // Its middle is before the span: its rows are gone, and it is another span's.
            (bar(6, 15), vec![], vec![bar(10, 15)]),
            (bar(55, 70), vec![], vec![bar(55, 70)]),
            (bar(-9, 0), vec![], vec![bar(-9, 0)]),
            (bar(7, 7), vec![], vec![]),
        ];

        for (asked, rollups, rows) in cases {
            assert_eq!(sources(asked, &spans), Sources { rollups, rows }, "{asked:?}");
        }
    }

    #[test]
    fn days_that_are_over_and_todays_hours_are_to_be_rolled_up() {
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        let first = at("2026-10-24T10:00:00Z");

        let wanted = |now, rolled: &[Rolled]| {
            let spans = wanted(first, at(now), &berlin, rolled).into_iter();
            spans
                .map(|span| format!("{} {}", span.start, span.end.duration_since(span.start).as_hours()))
                .collect::<Vec<_>>()
        };

        assert_eq!(
            wanted("2026-10-26T01:00:59Z", &[]),
            ["2026-10-23T22:00:00Z 24", "2026-10-24T22:00:00Z 25", "2026-10-25T23:00:00Z 1"]
        );
        assert_eq!(wanted("2026-10-25T23:00:30Z", &[]).len(), 1 + 24, "the day that ended this minute goes on");
        // Kept in another zone, until the middle of a day here.
        let kept = Rolled {
            span: Bar { start: at("2026-10-23T00:00:00Z"), end: at("2026-10-25T00:00:00Z") },
            kept: Kept::Rollup,
        };
        assert_eq!(wanted("2026-10-26T00:10:00Z", &[kept]), ["2026-10-25T00:00:00Z 23", "2026-10-25T23:00:00Z 1"]);
    }

    #[test]
    fn calls_are_kept_for_whole_days() {
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");

        let since = kept_since(at("2026-11-20T12:00:00Z"), 30, &berlin);

        assert_eq!(since, at("2026-10-20T22:00:00Z"));
    }

    proptest! {
        #[test]
        fn what_follows_upon_one_another_takes_every_roll_up_once_and_every_row_that_none_stands_for(
            lengths in prop::collection::vec((1..9_i64, 0..4_u8), 0..12),
            cuts in prop::collection::btree_set(-5..90_i64, 2..8),
        ) {
            let (mut spans, mut start) = (Vec::new(), 0);
            for (length, kept) in lengths {
                let kept = [None, Some(Kept::Both), Some(Kept::Rows), Some(Kept::Rollup)][usize::from(kept)];
                spans.extend(kept.map(|kept| rolled(start, start + length, kept)));
                start += length;
            }
            let cuts: Vec<i64> = cuts.into_iter().collect();
            let parts: Vec<Sources> = cuts.windows(2).map(|cut| sources(bar(cut[0], cut[1]), &spans)).collect();

            let inside = |one: &Rolled| cuts[0] <= one.span.start.as_second() && one.span.end.as_second() <= cuts[cuts.len() - 1];
            for one in &spans {
                let taken: usize = parts.iter().flat_map(|part| &part.rollups).filter(|run| (run.start..run.end).contains(&one.span.start)).count();
                prop_assert!(taken <= usize::from(one.kept != Kept::Rows));
                prop_assert!(one.kept != Kept::Rollup || !inside(one) || taken == 1);
                for second in one.span.start.as_second()..one.span.end.as_second() {
                    let read = parts.iter().flat_map(|part| &part.rows).filter(|rows| (rows.start..rows.end).contains(&bar(second, second).start)).count();
                    let is_asked = (cuts[0]..cuts[cuts.len() - 1]).contains(&second);
                    let expected = usize::from(is_asked && taken == 0 && one.kept != Kept::Rollup);
                    prop_assert_eq!(read, expected);
                }
            }
        }

        #[test]
        fn every_instant_of_a_span_is_in_the_slice_that_its_number_says(length in 1..100_000_i64, distance in 0..100_000_i64) {
            let distance = distance % length;
            let millis = |ms| Timestamp::from_millisecond(1_000_000 + ms).expect("a time");
            let span = Bar { start: millis(0), end: millis(length) };

            let found = slice(span, distance * SLICES / length);

            prop_assert!((found.start..found.end).contains(&millis(distance)));
        }
    }
}
