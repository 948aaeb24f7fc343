//! What each friend burned at one account: in priced tokens, by model family and time, with what is in flight.
//!
//! It is asked on every call, so sums are kept as running totals and found by bisection.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::price::PicoUsd;

/// How finely time is kept: what falls into one span is taken as spread evenly from its first to its last cost.
pub const BUCKET: SignedDuration = SignedDuration::from_mins(5);
/// How long costs are kept apart by time: the longest window is a week, and a day more for one that is reported late.
pub const KEPT: SignedDuration = SignedDuration::from_hours(8 * 24);

const BUCKET_MS: i64 = 5 * 60 * 1000;
const KEPT_BUCKETS: i64 = 8 * 24 * 12;
const HOUR_MS: i128 = 60 * 60 * 1000;

/// What each friend burned at one account, at list price.
#[derive(Clone, Debug, Default)]
pub struct Burn {
    friends: BTreeMap<i64, Vec<Series>>,
}

/// One friend's calls of one model family.
#[derive(Clone, Debug)]
struct Series {
    family: Box<str>,
    buckets: VecDeque<Bucket>,
    /// What was burned before the first bucket.
    forgotten: i64,
    in_flight: i64,
    last_call: Option<Timestamp>,
}

/// A span of time in which something was burned.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    slot: i64,
    /// The first and the last cost in it, in Unix milliseconds.
    first: i64,
    last: i64,
    /// What was burned up to its end, since ever.
    total: i64,
}

/// What was burned before, as it was stored: for [`Burn::restore`].
#[derive(Clone, Debug)]
pub struct Row {
    /// Whose.
    pub friend: i64,
    /// The model family.
    pub family: String,
    /// When the span of length [`BUCKET`] began.
    pub since: Timestamp,
    /// How much.
    pub cost: PicoUsd,
}

impl Burn {
    /// Adds what a call cost, when it ended.
    pub fn add(&mut self, friend: i64, family: &str, at: Timestamp, cost: PicoUsd) {
        let at_ms = at.as_millisecond();
        self.series(friend, family).add(at_ms, at_ms, cost.0);
    }

    /// Reserves what a call that begins is estimated to cost.
    pub fn reserve(&mut self, friend: i64, family: &str, cost: PicoUsd, at: Timestamp) {
        let series = self.series(friend, family);
        series.in_flight = series.in_flight.saturating_add(cost.0);
        series.last_call = series.last_call.max(Some(at));
    }

    /// Gives back what was reserved for a call, whatever became of it.
    pub fn release(&mut self, friend: i64, family: &str, cost: PicoUsd) {
        let series = self.series(friend, family);
        series.in_flight = series.in_flight.saturating_sub(cost.0).max(0);
    }

    /// Notes that a friend called: a call that is refused shows too that they are present.
    pub fn note_call(&mut self, friend: i64, family: &str, at: Timestamp) {
        let series = self.series(friend, family);
        series.last_call = series.last_call.max(Some(at));
    }

    /// Adds what was burned before the relay started.
    pub fn restore(&mut self, rows: impl IntoIterator<Item = Row>) {
        for Row { friend, family, since, cost } in rows {
            let first = since.as_millisecond();
            let series = self.series(friend, &family);
            series.add(first, first + BUCKET_MS - 1, cost.0);
            series.last_call = series.last_call.max(Some(since));
        }
    }

    /// What a friend burned at `since` or later, of one family or of all.
    #[must_use]
    pub fn used(&self, friend: i64, family: Option<&str>, since: Timestamp) -> PicoUsd {
        let before = since.as_millisecond() - 1;
        PicoUsd(self.of(friend, family).map(|series| series.total() - series.total_at(before)).sum())
    }

    /// What a friend burned per hour between two times, of one family or of all.
    #[must_use]
    pub fn rate(&self, friend: i64, family: Option<&str>, since: Timestamp, until: Timestamp) -> PicoUsd {
        let (since, until) = (since.as_millisecond(), until.as_millisecond());
        let burned: i64 =
            self.of(friend, family).map(|series| series.total_at(until) - series.total_at(since - 1)).sum();
        let span = i128::from(until - since).max(1);
        PicoUsd(i64::try_from(i128::from(burned) * HOUR_MS / span).unwrap_or(i64::MAX))
    }

    /// What is reserved for a friend's calls in flight, of one family or of all.
    #[must_use]
    pub fn in_flight(&self, friend: i64, family: Option<&str>) -> PicoUsd {
        PicoUsd(self.of(friend, family).map(|series| series.in_flight).fold(0, i64::saturating_add))
    }

    /// When a friend last called, with a model of one family or of any.
    #[must_use]
    pub fn last_call(&self, friend: i64, family: Option<&str>) -> Option<Timestamp> {
        self.of(friend, family).filter_map(|series| series.last_call).max()
    }

    /// When the first of what was burned at `since` or later was burned, by anybody.
    #[must_use]
    pub fn first_since(&self, family: Option<&str>, since: Timestamp) -> Option<Timestamp> {
        let all = self.friends.keys().flat_map(|friend| self.of(*friend, family));
        let first = all.filter_map(|series| series.first_since(since.as_millisecond())).min();
        first.and_then(|at| Timestamp::from_millisecond(at).ok())
    }

    /// Everything that was ever added, of one family or of all: the difference of two readings is exactly what was
    /// burned between them.
    #[must_use]
    pub fn settled(&self, family: Option<&str>) -> PicoUsd {
        let all = self.friends.keys().flat_map(|friend| self.of(*friend, family));
        PicoUsd(all.map(Series::total).fold(0, i64::saturating_add))
    }

    /// Everybody who called.
    pub fn friends(&self) -> impl Iterator<Item = i64> {
        self.friends.keys().copied()
    }

    fn of<'a>(&'a self, friend: i64, family: Option<&'a str>) -> impl Iterator<Item = &'a Series> {
        let all = self.friends.get(&friend).into_iter().flatten();
        all.filter(move |series| family.is_none_or(|family| *series.family == *family))
    }

    fn series(&mut self, friend: i64, family: &str) -> &mut Series {
        let all = self.friends.entry(friend).or_default();
        let place = all.iter().position(|series| *series.family == *family).unwrap_or_else(|| {
            all.push(Series {
                family: family.into(),
                buckets: VecDeque::new(),
                forgotten: 0,
                in_flight: 0,
                last_call: None,
            });
            all.len() - 1
        });
        &mut all[place]
    }
}

impl Series {
    fn add(&mut self, first: i64, last: i64, cost: i64) {
        let slot = first.div_euclid(BUCKET_MS);
        let place = self.buckets.partition_point(|bucket| bucket.slot < slot);
        match self.buckets.get_mut(place) {
            Some(bucket) if bucket.slot == slot => {
                bucket.first = bucket.first.min(first);
                bucket.last = bucket.last.max(last);
            }
            _ => self.buckets.insert(place, Bucket { slot, first, last, total: self.total_before(place) }),
        }
        // Calls end in order, so this is the last bucket alone, but for what is restored.
        for bucket in self.buckets.range_mut(place..) {
            bucket.total = bucket.total.saturating_add(cost);
        }
        self.forget();
    }

    fn forget(&mut self) {
        let Some(newest) = self.buckets.back().map(|bucket| bucket.slot) else { return };
        while let Some(oldest) = self.buckets.front().filter(|bucket| bucket.slot <= newest - KEPT_BUCKETS) {
            self.forgotten = oldest.total;
            self.buckets.pop_front();
        }
    }

    fn total(&self) -> i64 {
        self.total_before(self.buckets.len())
    }

    /// What was burned before the bucket at `place`.
    fn total_before(&self, place: usize) -> i64 {
        place.checked_sub(1).map_or(self.forgotten, |earlier| self.buckets[earlier].total)
    }

    /// What was burned up to a time, that time included.
    fn total_at(&self, at: i64) -> i64 {
        let begun = self.buckets.partition_point(|bucket| bucket.first <= at);
        let Some(place) = begun.checked_sub(1) else { return self.forgotten };
        let bucket = self.buckets[place];
        if at >= bucket.last {
            return bucket.total;
        }
        let before = self.total_before(place);
        let part = i128::from(bucket.total - before) * i128::from(at - bucket.first);
        let part = part / i128::from(bucket.last - bucket.first);
        before + i64::try_from(part).expect("a part of what fits, fits")
    }

    fn first_since(&self, since: i64) -> Option<i64> {
        let place = self.buckets.partition_point(|bucket| bucket.last < since);
        self.buckets.get(place).map(|bucket| bucket.first.max(since))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn what_was_burned_is_summed_since_a_time_by_friend_and_family() {
        let mut burn = Burn::default();

        burn.add(1, "opus", second(10), PicoUsd(100));
        burn.add(1, "haiku", second(400), PicoUsd(20));
        burn.add(2, "opus", second(400), PicoUsd(3));
        burn.add(1, "opus", second(1000), PicoUsd(7));

        assert_eq!(burn.used(1, None, second(0)), PicoUsd(127));
        assert_eq!(burn.used(1, Some("opus"), second(10)), PicoUsd(107));
        assert_eq!(burn.used(1, Some("opus"), second(11)), PicoUsd(7));
        assert_eq!(burn.used(3, None, second(0)), PicoUsd(0));
        assert_eq!(burn.settled(Some("opus")), PicoUsd(110));
        assert_eq!(burn.first_since(None, second(11)), Some(second(400)));
        assert_eq!(burn.rate(1, None, second(0), second(1800)), PicoUsd(254));
    }

    #[test]
    fn what_was_restored_is_spread_over_its_span() {
        let mut burn = Burn::default();
        let row = |since, cost| Row { friend: 1, family: "opus".into(), since: second(since), cost: PicoUsd(cost) };

        burn.restore([row(600, 300), row(0, 50)]);

        assert_eq!(burn.used(1, None, second(0)), PicoUsd(350));
        assert_eq!(burn.used(1, None, second(600)), PicoUsd(300));
        assert_eq!(burn.used(1, None, second(750)), PicoUsd(151));
        assert_eq!(burn.used(1, None, second(900)), PicoUsd(0));
        assert_eq!(burn.last_call(1, None), Some(second(600)));
    }

    #[test]
    fn what_is_in_flight_is_given_back_and_shows_who_is_present() {
        let mut burn = Burn::default();

        burn.reserve(1, "opus", PicoUsd(50), second(5));
        burn.reserve(1, "haiku", PicoUsd(5), second(6));
        burn.note_call(2, "opus", second(9));
        assert_eq!(burn.in_flight(1, None), PicoUsd(55));
        assert_eq!(burn.last_call(1, Some("opus")), Some(second(5)));
        assert_eq!(burn.last_call(2, None), Some(second(9)));

        burn.release(1, "opus", PicoUsd(50));
        burn.release(1, "haiku", PicoUsd(6));
        assert_eq!(burn.in_flight(1, None), PicoUsd(0));
    }

    #[test]
    fn what_is_older_than_any_window_is_forgotten_but_stays_in_the_sum_of_all() {
        let mut burn = Burn::default();
        let later = second(0) + KEPT;

        burn.add(1, "opus", second(0), PicoUsd(10));
        burn.add(1, "opus", later, PicoUsd(1));

        assert_eq!(burn.used(1, None, second(0) - BUCKET), PicoUsd(1));
        assert_eq!(burn.settled(None), PicoUsd(11));
    }

    proptest! {
        #[test]
        fn a_sum_from_a_bucket_on_is_that_of_its_costs_in_whatever_order_they_came(
            costs in prop::collection::vec((0..200_000_i64, 0..1000_i64), 0..60),
            since in 0..200_000_i64,
        ) {
            let mut burn = Burn::default();
            for (at, cost) in &costs {
                burn.add(1, "opus", second(*at), PicoUsd(*cost));
            }

            let since = since / 300 * 300;
            let expected: i64 = costs.iter().filter(|(at, _)| *at >= since).map(|(_, cost)| cost).sum();
            prop_assert_eq!(burn.used(1, None, second(since)), PicoUsd(expected));
        }
    }
}
