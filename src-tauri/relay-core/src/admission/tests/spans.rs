//! Tests of the spans that money is counted in: the rolling five hours, and the calendar of the owner's time zone.

use super::*;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("a time zone")
}

/// When the cap for a span is free again that was used up at this time.
fn free_at(cap: &str, place: &str, used_up: &str) -> String {
    let mut desk = Desk { zone: zone(place), ..Desk::with_key(dollars(cap, 1)) };
    desk.spend(cents(1), at(used_up));
    let denied = desk.generate(0, cents(1), at(used_up)).expect_err("used up");
    let Retry::After(wait) = denied.retry(at(used_up)) else { panic!("it ends") };
    let free = at(used_up) + SignedDuration::try_from(wait).expect("not long");

    assert!(desk.clone().generate(0, cents(1), after(free, -1)).is_err(), "{used_up} in {place}: too late");
    assert!(desk.generate(0, cents(1), free).is_ok(), "{used_up} in {place}: too early");
    free.to_zoned(zone(place)).strftime("%F %H:%M%:z").to_string()
}

#[test]
fn a_day_ends_at_midnight_of_the_owners_clock_also_when_that_is_put_forward_or_back() {
    let berlin = |used_up| free_at("cap_day", "Europe/Berlin", used_up);

    assert_eq!(berlin("2026-11-21T23:59:59+01:00"), "2026-11-22 00:00+01:00");
    assert_eq!(berlin("2026-11-22T00:00:00+01:00"), "2026-11-23 00:00+01:00");
    assert_eq!(berlin("2026-03-29T00:30:00+01:00"), "2026-03-30 00:00+02:00", "a day of 23 hours");
    assert_eq!(berlin("2026-10-25T00:30:00+02:00"), "2026-10-26 00:00+01:00", "a day of 25 hours");
    assert_eq!(berlin("2026-10-25T02:30:00+01:00"), "2026-10-26 00:00+01:00", "the second half past two of it");
    assert_eq!(free_at("cap_day", "America/Santiago", "2026-09-05T23:30:00-04:00"), "2026-09-06 01:00-03:00");
}

#[test]
fn a_week_begins_on_monday_and_a_month_on_its_first_day() {
    let new_york = |cap, used_up| free_at(cap, "America/New_York", used_up);

    // Clocks went back on Sunday, 1 November 2026, and forward on Sunday, 8 March.
    assert_eq!(new_york("cap_week", "2026-10-26T00:00:00-04:00"), "2026-11-02 00:00-05:00");
    assert_eq!(new_york("cap_week", "2026-11-01T23:59:59-05:00"), "2026-11-02 00:00-05:00");
    assert_eq!(new_york("cap_week", "2026-03-02T00:00:00-05:00"), "2026-03-09 00:00-04:00");
    assert_eq!(new_york("cap_month", "2026-11-01T00:00:00-04:00"), "2026-12-01 00:00-05:00");
    assert_eq!(new_york("cap_month", "2026-12-31T12:00:00-05:00"), "2027-01-01 00:00-05:00");
    assert_eq!(new_york("cap_month", "2028-02-29T12:00:00-05:00"), "2028-03-01 00:00-05:00");
}

#[test]
fn a_minute_leaves_the_five_hours_when_all_of_it_is_older() {
    assert_eq!(free_at("cap_5h", "UTC", "2026-11-21T12:00:00Z"), "2026-11-21 17:01+00:00");
    assert_eq!(free_at("cap_5h", "UTC", "2026-11-21T12:00:59Z"), "2026-11-21 17:01+00:00");

    let mut desk = Desk::with_key(dollars("cap_5h", 100));
    for (minute, cost) in [(0, 30), (60, 40), (120, 50)] {
        desk.spend(cents(cost), after(noon(), minute * 60));
    }
    let denied = desk.generate(0, cents(1), after(noon(), 7200)).expect_err("1.20 of 1.00");

    assert_eq!(denied.retry(after(noon(), 7200)), in_seconds(3 * 3600 + 60), "then 0.90 are left");
    let money = desk.in_use(after(noon(), 5 * 3600 + 60))[0];
    assert_eq!((money.used, money.until), (90 * USD.cast_unsigned() / 100, Some(after(noon(), 6 * 3600 + 60))));
}

#[test]
fn a_call_counts_for_the_day_on_which_it_came() {
    let (before, later) = (at("2026-11-30T23:59:00Z"), at("2026-12-01T00:01:00Z"));
    let mut desk = Desk::with_key(limits(
        r#"{"cap_5h_pico_usd":9000000000000,"cap_day_pico_usd":9000000000000,"cap_week_pico_usd":9000000000000,
            "cap_month_pico_usd":9000000000000,"cap_total_pico_usd":9000000000000}"#,
    ));
    let permit = desk.generate(0, cents(200), before).expect("admitted");
    let amounts = |desk: &mut Desk, now| {
        let in_use = desk.in_use(now);
        in_use.iter().map(|each| (each.used / USD as u64, each.reserved / USD as u64)).collect::<Vec<_>>()
    };

    assert_eq!(amounts(&mut desk, before), [(0, 2); 5]);
    assert_eq!(amounts(&mut desk, later), [(0, 2), (0, 0), (0, 2), (0, 0), (0, 2)]);
    desk.settle(permit, 0, cents(100), later);
    assert_eq!(amounts(&mut desk, later), [(1, 0), (0, 0), (1, 0), (0, 0), (1, 0)]);
}

#[test]
fn what_was_spent_before_the_start_is_taken_over() {
    let now = at("2026-11-25T12:34:56Z");
    let starts = span_starts(now, &zone("Europe/Berlin"));
    let expected = ["2026-11-25T07:34:00Z", "2026-11-24T23:00:00Z", "2026-11-22T23:00:00Z", "2026-10-31T23:00:00Z"];
    assert_eq!([starts.five_hours, starts.day, starts.week, starts.month], expected.map(at));

    let minutes = vec![(starts.five_hours, cents(1)), (at("2026-11-25T12:30:30Z"), cents(2))];
    let spent = Spent { minutes, day: cents(4), week: cents(8), month: cents(16), total: cents(32) };
    let mut desk = Desk::with_key(limits(
        r#"{"cap_5h_pico_usd":1,"cap_day_pico_usd":1,"cap_week_pico_usd":1,"cap_month_pico_usd":1,
            "cap_total_pico_usd":1}"#,
    ));
    desk.zone = zone("Europe/Berlin");
    desk.tallies.restore(Holder::Key(1), &spent, now, &desk.zone);
    let used = |desk: &mut Desk, now| {
        let in_use = desk.in_use(now);
        in_use.iter().map(|each| each.used * 100 / USD as u64).collect::<Vec<_>>()
    };

    assert_eq!(used(&mut desk, now), [3, 4, 8, 16, 32]);
    assert_eq!(used(&mut desk, at("2026-11-25T12:35:00Z")), [2, 4, 8, 16, 32]);
    assert_eq!(used(&mut desk, at("2026-11-25T23:00:00Z")), [0, 0, 8, 16, 32]);
    assert_eq!(used(&mut desk, at("2026-11-30T00:00:00Z")), [0, 0, 0, 16, 32]);
    assert_eq!(used(&mut desk, at("2026-12-01T00:00:00Z")), [0, 0, 0, 0, 32]);
}

#[test]
fn a_zone_that_changes_and_calls_that_overtake_each_other_give_nothing_back() {
    let mut desk = Desk { zone: zone("Europe/Berlin"), ..Desk::with_key(dollars("cap_day", 100)) };
    desk.spend(cents(40), noon());
    let used = |desk: &mut Desk, now| desk.in_use(now)[0].used * 100 / USD as u64;

    desk.zone = zone("Asia/Tokyo");
    assert_eq!(used(&mut desk, noon()), 40);

    let midnight = at("2026-11-21T15:00:00Z");
    desk.spend(cents(10), midnight);
    assert_eq!(used(&mut desk, midnight), 10);
    assert_eq!(used(&mut desk, after(midnight, -1)), 10, "it read the clock before the other and came after it");
    assert_eq!(used(&mut desk, midnight), 10);
}
