//! Tests of [`super`] against a plain list of all calls: whatever order calls come, end and fail in.

use std::time::Duration;

use jiff::civil::Date;
use proptest::prelude::*;

use super::*;
use crate::limits::CapSpan;

#[derive(Clone, Debug)]
enum Step {
    /// A call with one of two keys: what it is reckoned to cost in cents, and what it will cost of that in percent.
    Come { key: usize, cost: i64, percent: i64 },
    /// Some call under way ends.
    Settle(prop::sample::Index),
    /// Some call under way fails.
    Release(prop::sample::Index),
    /// So many seconds pass.
    Pass(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..2usize, 1..120i64, 0..=100i64).prop_map(|(key, cost, percent)| Step::Come { key, cost, percent }),
        3 => any::<prop::sample::Index>().prop_map(Step::Settle),
        1 => any::<prop::sample::Index>().prop_map(Step::Release),
        2 => prop_oneof![0..90i64, 600..20_000i64, 40_000..200_000i64].prop_map(Step::Pass),
    ]
}

/// A call that was admitted, as the list has it.
struct Listed {
    key: usize,
    admitted_at: Timestamp,
    /// Reserved while it is under way, then what it cost.
    cost: i64,
    is_open: bool,
}

/// Says in another way than the tallies do whether a call counts in the span that it is now.
fn counts(span: CapSpan, at: Timestamp, now: Timestamp, zone: &TimeZone) -> bool {
    let [at_date, today] = [at, now].map(|time| time.to_zoned(zone.clone()).date());
    let week = |date: Date| (date.iso_week_date().year(), date.iso_week_date().week());
    match span {
        CapSpan::FiveHours => now.as_second() < at.as_second() - at.as_second() % 60 + 60 + 5 * 3600,
        CapSpan::Day => at_date == today,
        CapSpan::Week => week(at_date) == week(today),
        CapSpan::Month => (at_date.year(), at_date.month()) == (today.year(), today.month()),
        CapSpan::Total => true,
    }
}

/// Two keys of one friend at work.
struct Office {
    tallies: Tallies,
    zone: TimeZone,
    limits: [Limits; 3],
    now: Timestamp,
    calls: Vec<Listed>,
    /// The calls under way: their places in the list, and what they will cost.
    open: Vec<(Permit, usize, i64)>,
}

/// What a call may be reckoned to cost where fifty come at once, in cents.
const DEAREST: i64 = 200;
const HOLDERS: [Holder; 3] = [Holder::Key(0), Holder::Key(1), Holder::Friend(0)];

impl Office {
    /// It is two days before clocks are put back.
    fn new(limits: [Limits; 3]) -> Self {
        let zone = TimeZone::get("Europe/Berlin").expect("a time zone");
        let now = at("2026-10-23T20:00:00Z");
        Self { tallies: Tallies::default(), zone, limits, now, calls: Vec::new(), open: Vec::new() }
    }

    fn subject(limits: &[Limits; 3], place: usize) -> Subject<'_> {
        Subject { holder: HOLDERS[place], name: "x", limits: &limits[place] }
    }

    fn come(&mut self, key: usize, cost: i64) -> Result<Permit, Denied> {
        let subjects = [Self::subject(&self.limits, key), Self::subject(&self.limits, 2)];
        self.tallies.admit(&subjects, &generate(cost as u64, cents(cost)), self.now, &self.zone)
    }

    fn in_use(&mut self) -> Vec<Vec<LimitUse>> {
        let Self { tallies, zone, limits, now, .. } = self;
        (0..3).map(|place| tallies.in_use(&Self::subject(limits, place), *now, zone)).collect()
    }

    /// What counts of a holder in a span by the list: settled, reserved, and the calls that are the latter.
    fn listed(&self, place: usize, span: CapSpan) -> (i64, i64, usize) {
        let of_holder = self.calls.iter().filter(|call| place == 2 || call.key == place);
        of_holder.filter(|call| counts(span, call.admitted_at, self.now, &self.zone)).fold((0, 0, 0), |sum, call| {
            let (settled, reserved, open) = sum;
            if call.is_open { (settled, reserved + call.cost, open + 1) } else { (settled + call.cost, reserved, open) }
        })
    }

    fn end(&mut self, place: usize) {
        let (permit, call, cost) = self.open.swap_remove(place);
        self.calls[call] = Listed { cost, is_open: false, ..self.calls[call] };
        let actual = Actual { limited_tokens: cost as u64, cost: cents(cost) };
        self.tallies.settle(permit, actual, self.now, &self.zone);
    }

    fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Pass(seconds) => self.now = after(self.now, *seconds),
            Step::Settle(_) | Step::Release(_) if self.open.is_empty() => {}
            Step::Settle(index) => self.end(index.index(self.open.len())),
            Step::Release(index) => {
                let (permit, call, _) = self.open.swap_remove(index.index(self.open.len()));
                self.calls[call] = Listed { cost: 0, is_open: false, ..self.calls[call] };
                self.tallies.release(permit);
            }
            Step::Come { key, cost, percent } => {
                let in_use = self.in_use();
                let before = self.tallies.clone();
                match self.come(*key, *cost) {
                    Ok(permit) => {
                        let call = Listed { key: *key, admitted_at: self.now, cost: *cost, is_open: true };
                        self.calls.push(call);
                        self.open.push((permit, self.calls.len() - 1, cost * percent / 100));
                        self.check_admission(*key)?;
                    }
                    Err(_) => {
                        prop_assert_eq!(self.in_use(), in_use);
                        prop_assert!(self.tallies == before, "a refused call leaves no trace");
                    }
                }
            }
        }
        self.check_amounts()
    }

    /// All that may be spent is within each cap, unless the call that was just admitted is the only one under way; and
    /// then the cap was not used up before.
    fn check_admission(&self, key: usize) -> Result<(), TestCaseError> {
        for place in [key, 2] {
            for (span, cap) in self.limits[place].caps() {
                let (settled, reserved, open) = self.listed(place, span);
                let is_within = cents(settled + reserved) <= cap;
                prop_assert!(is_within || (open == 1 && cents(settled) < cap), "{span:?}: {settled} and {reserved}");
            }
            if let Some(rpm) = self.limits[place].rpm {
                let recent =
                    |call: &&Listed| (place == 2 || call.key == place) && self.now < after(call.admitted_at, 60);
                prop_assert!(self.calls.iter().filter(recent).count() <= rpm.get() as usize);
            }
            if let Some(concurrency) = self.limits[place].concurrency {
                let open = self.calls.iter().filter(|call| call.is_open && (place == 2 || call.key == place));
                prop_assert!(open.count() <= concurrency.get() as usize);
            }
        }
        Ok(())
    }

    /// What the tallies say is in use is what the list says.
    fn check_amounts(&mut self) -> Result<(), TestCaseError> {
        for (place, in_use) in self.in_use().into_iter().enumerate() {
            for LimitUse { kind, used, reserved, .. } in in_use {
                let LimitKind::Money(span) = kind else { continue };
                let (settled, under_way, _) = self.listed(place, span);
                let listed = [settled, under_way].map(|amount| cents(amount).0.cast_unsigned());
                prop_assert_eq!([used, reserved], listed, "{:?} of {:?}", span, HOLDERS[place]);
            }
        }
        Ok(())
    }
}

fn caps(key: &str, friend: &str) -> [Limits; 3] {
    [limits(key), limits(key), limits(friend)]
}

proptest! {
    #[test]
    fn no_order_of_calls_exceeds_a_cap_by_more_than_the_one_that_was_alone(
        steps in prop::collection::vec(step(), 1..250),
    ) {
        let mut office = Office::new(caps(
            r#"{"cap_5h_pico_usd":4000000000000,"cap_week_pico_usd":9000000000000,"rpm":9,"concurrency":20}"#,
            r#"{"cap_5h_pico_usd":6000000000000,"cap_day_pico_usd":8000000000000,"cap_month_pico_usd":30000000000000,
                "cap_total_pico_usd":40000000000000,"rpm":15,"concurrency":30}"#,
        ));

        for step in &steps {
            office.take(step)?;
        }
        while !office.open.is_empty() {
            office.end(0);
            office.check_amounts()?;
        }

        for in_use in office.in_use() {
            prop_assert!(in_use.iter().all(|each| each.reserved == 0), "all is given back: {:?}", in_use);
        }
    }

    #[test]
    fn fifty_calls_at_once_spend_no_more_than_the_cap_and_one_of_them(
        costs in prop::collection::vec((0..2usize, 1..=DEAREST, 0..=100i64), 100..400),
    ) {
        let mut office = Office::new(caps("{}", r#"{"cap_day_pico_usd":60000000000000}"#));

        for (key, cost, percent) in costs {
            let admitted = office.calls.len();
            office.take(&Step::Come { key, cost, percent })?;
            let is_refused = office.calls.len() == admitted;
            if !office.open.is_empty() && (is_refused || office.open.len() == 50) {
                office.end(0);
            }
        }
        while !office.open.is_empty() {
            office.end(0);
        }

        let (settled, _, _) = office.listed(2, CapSpan::Day);
        prop_assert!(settled < 6_000 + DEAREST, "{settled} cents");
    }

    #[test]
    fn a_retry_at_the_time_that_is_told_is_admitted_and_a_second_earlier_is_not(
        calls in prop::collection::vec((0..2usize, 1..90i64, 0..5_000_000_000i64, 0..9u8), 1..60),
        asked in 1..90i64,
    ) {
        let mut office = Office::new(caps(
            r#"{"rpm":5,"tpm":300,"cap_5h_pico_usd":4000000000000}"#,
            r#"{"rpm":8,"tpm":400,"cap_5h_pico_usd":5000000000000,"cap_day_pico_usd":6000000000000,
                "cap_week_pico_usd":20000000000000}"#,
        ));
        for (key, cost, nanoseconds, long) in calls {
            // Now and then an hour passes, and mostly some seconds.
            let pause = if long == 0 { SignedDuration::from_mins(61) } else { SignedDuration::from_nanos(nanoseconds) };
            office.now += pause;
            if office.take(&Step::Come { key, cost, percent: 100 }).is_ok() && !office.open.is_empty() {
                office.end(0);
            }
        }

        let Err(denied) = office.come(0, asked) else { return Ok(()) };
        let Retry::After(wait) = denied.retry(office.now) else { panic!("each of these limits ends") };
        let free = office.now + SignedDuration::try_from(wait).expect("not long");

        prop_assert!(wait > Duration::ZERO);
        for early in [SignedDuration::from_secs(1), SignedDuration::from_nanos(1)] {
            office.now = free - early;
            prop_assert!(office.come(0, asked).is_err(), "{early} earlier: {denied:?}");
        }
        office.now = free;
        let permit = office.come(0, asked);
        prop_assert!(permit.is_ok(), "{denied:?} then {permit:?}");
    }
}
