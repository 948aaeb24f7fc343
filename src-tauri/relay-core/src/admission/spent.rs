//! How much money a holder spent in each span of time.
//!
//! The rolling five hours are kept in minutes: one leaves when all of it is more than five hours ago. Days, weeks and
//! months are those of the calendar in the owner's time zone, however long they are.

use std::{collections::VecDeque, ops::Range};

use jiff::{SignedDuration, Timestamp, ToSpan, Zoned, civil::Date, tz::TimeZone};

use crate::{limits::CapSpan, price::PicoUsd};

const FIVE_HOURS: SignedDuration = SignedDuration::from_hours(5);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// Calls read the clock before they wait for the tallies: by less than this one may come after another that is later.
const OUT_OF_ORDER: SignedDuration = SignedDuration::from_mins(1);

/// From when on the money of each span is summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanStarts {
    /// Of the rolling five hours: the beginning of a minute.
    pub five_hours: Timestamp,
    /// Of the day.
    pub day: Timestamp,
    /// Of the week, which begins on Monday.
    pub week: Timestamp,
    /// Of the month.
    pub month: Timestamp,
}

/// Tells from when on the money has to be summed that [`super::Tallies::restore`] takes.
#[must_use]
pub fn span_starts(now: Timestamp, zone: &TimeZone) -> SpanStarts {
    let Calendar { day, week, month, .. } = Calendar::new(now, zone);
    SpanStarts { five_hours: minute_of(now - FIVE_HOURS), day: day.start, week: week.start, month: month.start }
}

/// What a holder spent up to now, in the spans of [`span_starts`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// In the rolling five hours: sums, each with a time within the one minute it is of.
    pub minutes: Vec<(Timestamp, PicoUsd)>,
    /// In this day.
    pub day: PicoUsd,
    /// In this week.
    pub week: PicoUsd,
    /// In this month.
    pub month: PicoUsd,
    /// Altogether.
    pub total: PicoUsd,
}

/// The day, the week and the month that it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Calendar {
    zone: TimeZone,
    day: Range<Timestamp>,
    week: Range<Timestamp>,
    month: Range<Timestamp>,
}

impl Calendar {
    /// The calendar of now. It is kept because it changes once a day and is asked for by each call.
    pub(super) fn of<'a>(kept: &'a mut Option<Self>, now: Timestamp, zone: &TimeZone) -> &'a Self {
        let is_current = |calendar: &Self| {
            calendar.zone == *zone && calendar.day.start - OUT_OF_ORDER <= now && now < calendar.day.end
        };
        let current = kept.take().filter(is_current).unwrap_or_else(|| Self::new(now, zone));
        kept.insert(current)
    }

    fn new(now: Timestamp, zone: &TimeZone) -> Self {
        let today = now.to_zoned(zone.clone()).date();
        let monday = today.saturating_sub(i64::from(today.weekday().to_monday_zero_offset()).days());
        let first = today.first_of_month();
        let begin = |day: Date| day.to_zoned(zone.clone()).map_or(Timestamp::MAX, |begin: Zoned| begin.timestamp());
        Self {
            zone: zone.clone(),
            day: begin(today)..begin(today.saturating_add(1.day())),
            week: begin(monday)..begin(monday.saturating_add(1.week())),
            month: begin(first)..begin(first.saturating_add(1.month())),
        }
    }
}

/// The money of one holder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Money {
    /// The minutes of the last five hours in which something was spent, the oldest first.
    minutes: VecDeque<Minute>,
    day: Period,
    week: Period,
    month: Period,
    total: PicoUsd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Minute {
    begin: Timestamp,
    cost: PicoUsd,
}

impl Minute {
    fn leaves_at(self) -> Timestamp {
        self.begin + MINUTE + FIVE_HOURS
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Period {
    range: Range<Timestamp>,
    sum: PicoUsd,
}

impl Period {
    /// Goes on to the period that it is now. Where that overlaps with the last one, because the clock was put back or the
    /// time zone changed, what was spent stays spent.
    fn advance(&mut self, current: &Range<Timestamp>) {
        if current.start >= self.range.end {
            self.sum = PicoUsd(0);
        }
        if self.range != *current {
            self.range = current.clone();
        }
    }

    fn add(&mut self, at: Timestamp, cost: PicoUsd) {
        if at >= self.range.start {
            self.sum = self.sum.saturating_add(cost);
        }
    }
}

impl Money {
    /// What was spent before, as it stands now.
    pub(super) fn restored(spent: &Spent, now: Timestamp, calendar: &Calendar) -> Self {
        let period = |range: &Range<Timestamp>, sum| Period { range: range.clone(), sum };
        let mut money = Self {
            minutes: VecDeque::new(),
            day: period(&calendar.day, spent.day),
            week: period(&calendar.week, spent.week),
            month: period(&calendar.month, spent.month),
            total: spent.total,
        };
        for (at, cost) in &spent.minutes {
            money.add_to_minute(*at, *cost);
        }
        money.advance(now, calendar);
        money
    }

    /// Lets go of what is no more of the spans that it is now.
    pub(super) fn advance(&mut self, now: Timestamp, calendar: &Calendar) {
        self.day.advance(&calendar.day);
        self.week.advance(&calendar.week);
        self.month.advance(&calendar.month);
        while self.minutes.front().is_some_and(|minute| minute.leaves_at() <= now) {
            self.minutes.pop_front();
        }
    }

    /// Counts money for the time at which it began to be spent.
    pub(super) fn add(&mut self, at: Timestamp, cost: PicoUsd) {
        self.total = self.total.saturating_add(cost);
        for period in [&mut self.day, &mut self.week, &mut self.month] {
            period.add(at, cost);
        }
        self.add_to_minute(at, cost);
    }

    fn add_to_minute(&mut self, at: Timestamp, cost: PicoUsd) {
        let begin = minute_of(at);
        let place = self.minutes.partition_point(|minute| minute.begin < begin);
        match self.minutes.get_mut(place).filter(|minute| minute.begin == begin) {
            Some(minute) => minute.cost = minute.cost.saturating_add(cost),
            None => self.minutes.insert(place, Minute { begin, cost }),
        }
    }

    /// What was spent in a span.
    pub(super) fn used(&self, span: CapSpan) -> PicoUsd {
        match span {
            CapSpan::FiveHours => self.minutes.iter().fold(PicoUsd(0), |sum, minute| sum.saturating_add(minute.cost)),
            CapSpan::Day => self.day.sum,
            CapSpan::Week => self.week.sum,
            CapSpan::Month => self.month.sum,
            CapSpan::Total => self.total,
        }
    }

    /// Says whether what a call uses that came at this time counts in the span that it is now.
    pub(super) fn counts(&self, span: CapSpan, at: Timestamp, now: Timestamp) -> bool {
        match span {
            CapSpan::FiveHours => Minute { begin: minute_of(at), cost: PicoUsd(0) }.leaves_at() > now,
            CapSpan::Day => at >= self.day.range.start,
            CapSpan::Week => at >= self.week.range.start,
            CapSpan::Month => at >= self.month.range.start,
            CapSpan::Total => true,
        }
    }

    /// When less than this will have been spent in a span, if nothing more is; `None` where that will never be.
    pub(super) fn falls_below(&self, span: CapSpan, cap: PicoUsd) -> Option<Timestamp> {
        if cap <= PicoUsd(0) {
            return None;
        }
        match span {
            CapSpan::FiveHours => {
                let mut left = self.used(span).0;
                let last_in_the_way = self.minutes.iter().find(|minute| {
                    left = left.saturating_sub(minute.cost.0);
                    left < cap.0
                })?;
                Some(last_in_the_way.leaves_at())
            }
            _ => self.ends_at(span),
        }
    }

    /// When a span ends; of the rolling one, when the oldest leaves it.
    pub(super) fn ends_at(&self, span: CapSpan) -> Option<Timestamp> {
        match span {
            CapSpan::FiveHours => self.minutes.front().map(|minute| minute.leaves_at()),
            CapSpan::Day => Some(self.day.range.end),
            CapSpan::Week => Some(self.week.range.end),
            CapSpan::Month => Some(self.month.range.end),
            CapSpan::Total => None,
        }
    }
}

fn minute_of(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(60) * 60).unwrap_or(at)
}
