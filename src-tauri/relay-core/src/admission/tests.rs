//! Tests of [`super`]: what is admitted, what is refused, and what a refused friend is told.

use jiff::SignedDuration;

use super::*;
use crate::refusal::Retry;

mod entering;
mod random;
mod spans;

/// A dollar, in pico-dollars.
const USD: i64 = 1_000_000_000_000;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// A Saturday in November.
fn noon() -> Timestamp {
    at("2026-11-21T12:00:00Z")
}

fn after(start: Timestamp, seconds: i64) -> Timestamp {
    start + SignedDuration::from_secs(seconds)
}

fn limits(json: &str) -> Limits {
    serde_json::from_str(json).expect("limits")
}

fn dollars(cap: &str, cents: i64) -> Limits {
    limits(&format!(r#"{{"{cap}_pico_usd":{}}}"#, cents * USD / 100))
}

fn cents(cents: i64) -> PicoUsd {
    PicoUsd(cents * USD / 100)
}

fn generate(limited_tokens: u64, cost: PicoUsd) -> Ask<'static> {
    let estimate = Estimate { limited_tokens, cost };
    Ask { operation: Operation::Generate, model: Some("claude-sonnet-4-5"), other_models: &[], estimate }
}

/// A friend with a key, and what the two are limited to.
#[derive(Clone)]
struct Desk {
    tallies: Tallies,
    zone: TimeZone,
    key: Limits,
    friend: Limits,
}

impl Desk {
    fn new(key: Limits, friend: Limits) -> Self {
        Self { tallies: Tallies::default(), zone: TimeZone::UTC, key, friend }
    }

    fn with_key(key: Limits) -> Self {
        Self::new(key, Limits::default())
    }

    fn ask(&mut self, ask: &Ask<'_>, now: Timestamp) -> Result<Permit, Denied> {
        let Self { tallies, zone, key, friend } = self;
        let key = Subject { holder: Holder::Key(1), name: "laptop", limits: key };
        let friend = Subject { holder: Holder::Friend(1), name: "Alex", limits: friend };
        tallies.admit(&[key, friend], ask, now, zone)
    }

    fn generate(&mut self, limited_tokens: u64, cost: PicoUsd, now: Timestamp) -> Result<Permit, Denied> {
        self.ask(&generate(limited_tokens, cost), now)
    }

    fn settle(&mut self, permit: Permit, limited_tokens: u64, cost: PicoUsd, now: Timestamp) {
        self.tallies.settle(permit, Actual { limited_tokens, cost }, now, &self.zone);
    }

    /// Lets a call in and counts what it cost at once.
    fn spend(&mut self, cost: PicoUsd, now: Timestamp) {
        let permit = self.generate(0, cost, now).expect("admitted");
        self.settle(permit, 0, cost, now);
    }

    fn in_use(&mut self, now: Timestamp) -> Vec<LimitUse> {
        let Self { tallies, zone, key, .. } = self;
        tallies.in_use(&Subject { holder: Holder::Key(1), name: "laptop", limits: key }, now, zone)
    }
}

/// Why a call was denied, when it can be asked again, and in words.
fn told(denied: &Denied, now: Timestamp) -> (u16, Retry, String) {
    (denied.status().as_u16(), denied.retry(now), denied.describe(now, &TimeZone::UTC))
}

fn in_seconds(seconds: u64) -> Retry {
    Retry::After(std::time::Duration::from_secs(seconds))
}

#[test]
fn requests_are_refused_until_the_oldest_is_a_minute_old() {
    let mut desk = Desk::with_key(limits(r#"{"rpm":2}"#));
    for second in [0, 20] {
        let permit = desk.generate(0, cents(1), after(noon(), second)).expect("admitted");
        desk.tallies.release(permit);
    }

    let denied = desk.generate(0, cents(1), after(noon(), 30)).expect_err("two came already");

    let words = "Your key 'laptop' may make 2 requests a minute, and made 2 in the last one. Try again at 12:01:00.";
    assert_eq!(told(&denied, after(noon(), 30)), (429, in_seconds(30), words.to_owned()));
    let list = Ask { operation: Operation::ListModels, ..generate(0, cents(0)) };
    assert!(desk.ask(&list, after(noon(), 59)).is_err(), "every operation counts");
    assert!(desk.ask(&list, after(noon(), 60)).is_ok());
}

#[test]
fn the_tokens_of_a_minute_are_those_set_aside_until_it_is_known_what_was_used() {
    let mut desk = Desk::with_key(limits(r#"{"tpm":1000}"#));
    let first = desk.generate(700, cents(1), noon()).expect("admitted");

    let denied = desk.generate(400, cents(1), after(noon(), 10)).expect_err("1100 tokens");
    let words = "Your key 'laptop' may use 1000 tokens a minute, 700 count in the last one, and this call may use 400. \
                 Try again at 12:01:00.";
    assert_eq!(told(&denied, after(noon(), 10)), (429, in_seconds(50), words.to_owned()));

    desk.settle(first, 600, cents(1), after(noon(), 10));
    let second = desk.generate(400, cents(1), after(noon(), 10)).expect("1000 tokens");
    desk.tallies.release(second);
    assert!(desk.generate(400, cents(1), after(noon(), 11)).is_ok(), "what failed used nothing");
}

#[test]
fn a_call_beyond_all_tokens_of_a_minute_has_the_minute_to_itself() {
    let mut desk = Desk::with_key(limits(r#"{"tpm":1000}"#));
    let large = desk.generate(5000, cents(1), noon()).expect("nothing else counts");

    assert!(desk.generate(1, cents(1), after(noon(), 59)).is_err());
    assert!(desk.generate(5000, cents(1), after(noon(), 59)).is_err());
    let second = desk.generate(5000, cents(1), after(noon(), 60)).expect("a minute later");
    desk.settle(large, 5500, cents(1), after(noon(), 90));
    desk.settle(second, 10, cents(1), after(noon(), 90));

    let sum = LimitUse { kind: LimitKind::Tokens, used: 510, reserved: 0, limit: 1000, until: None };
    let until = Some(after(noon(), 120));
    assert_eq!(desk.in_use(after(noon(), 90)), [LimitUse { until, ..sum }], "the excess counts from when it was seen");
}

#[test]
fn calls_at_once_are_those_that_providers_charge_for() {
    let mut desk = Desk::new(limits(r#"{"concurrency":2}"#), limits(r#"{"concurrency":3}"#));
    let count = Ask { operation: Operation::CountTokens, ..generate(1, cents(1)) };
    let first = desk.generate(1, cents(1), noon()).expect("admitted");
    let _second = desk.generate(1, cents(1), noon()).expect("admitted");
    let _beside = desk.ask(&count, noon()).expect("it takes no place");

    let denied = desk.generate(1, cents(1), noon()).expect_err("two are under way");

    let words = "Your key 'laptop' may have 2 calls under way at once, and 2 are. Try again in a few seconds, when some \
                 have ended.";
    assert_eq!(told(&denied, noon()), (429, in_seconds(5), words.to_owned()));
    assert_eq!(denied.may_wait(), None);
    desk.tallies.release(first);
    assert!(desk.generate(1, cents(1), noon()).is_ok());
}

#[test]
fn a_call_may_wait_for_a_place_as_long_as_everyone_who_is_full_lets_it_and_nothing_else_is_in_its_way() {
    let of = |key: &str, friend: &str| {
        let mut desk = Desk::new(limits(key), limits(friend));
        let permit = desk.generate(1, cents(60), noon()).expect("admitted");
        let denied = desk.generate(1, cents(60), noon()).expect_err("full");
        desk.tallies.release(permit);
        denied.may_wait().map(|wait| wait.as_secs())
    };
    let waiting = r#"{"concurrency":1,"concurrency_wait":20}"#;

    assert_eq!(of(waiting, "{}"), Some(20));
    assert_eq!(of(waiting, r#"{"concurrency":1,"concurrency_wait":7}"#), Some(7));
    assert_eq!(of(waiting, r#"{"concurrency":1}"#), None);
    assert_eq!(of(waiting, r#"{"concurrency":2}"#), Some(20));
    assert_eq!(of(r#"{"concurrency":1,"concurrency_wait":600}"#, "{}"), Some(45));
    assert_eq!(of(waiting, r#"{"rpm":1}"#), None);
    assert_eq!(of(waiting, r#"{"cap_day_pico_usd":1000000000000}"#), Some(20), "that, too, ends with the call");
}

#[test]
fn a_cap_can_be_used_up_to_its_end_but_not_by_two_calls_at_once() {
    let mut desk = Desk::with_key(dollars("cap_day", 500));
    desk.spend(cents(310), noon());
    let under_way = desk.generate(0, cents(150), noon()).expect("4.60 of 5.00");

    let denied = desk.generate(0, cents(50), noon()).expect_err("5.10 of 5.00");
    let words = "Your key 'laptop' may spend $5.00 a day: $3.10 of it is spent, calls under way may spend $1.50 more, and \
                 this one $0.50. Try again in a few seconds, when some have ended.";
    assert_eq!(told(&denied, noon()), (402, in_seconds(5), words.to_owned()));

    desk.settle(under_way, 0, cents(150), noon());
    let last = desk.generate(0, cents(50), noon()).expect("nothing else is under way");
    desk.settle(last, 0, cents(50), noon());
    let denied = desk.generate(0, PicoUsd(1), noon()).expect_err("5.10 of 5.00");
    let words = "Your key 'laptop' may spend $5.00 a day, and $5.10 of it is spent. There is room again at 2026-11-22 \
                 00:00; for more before that ask the owner.";
    assert_eq!(told(&denied, noon()), (402, in_seconds(12 * 3600), words.to_owned()));
}

#[test]
fn money_that_is_spent_for_ever_does_not_come_back() {
    let mut desk = Desk::new(Limits::default(), dollars("cap_total", 1));
    desk.spend(cents(1), noon());

    let denied = desk.generate(0, cents(1), noon()).expect_err("spent");

    let words = "Your limit over all keys: you may spend $0.01 altogether, and $0.01 of it is spent. Ask the owner for \
                 more.";
    assert_eq!(told(&denied, noon()), (402, Retry::Never, words.to_owned()));
    let mut nothing = Desk::with_key(dollars("cap_day", 0));
    let denied = nothing.generate(0, cents(1), noon()).expect_err("there is none");
    assert_eq!(denied.retry(noon()), Retry::Never, "tomorrow there is none either");
}

#[test]
fn limits_refuse_in_their_order_and_of_a_kind_the_keys_first() {
    let all = || limits(r#"{"rpm":1,"tpm":1,"concurrency":1,"cap_day_pico_usd":1,"deny_models":["*sonnet*"]}"#);
    let mut desk = Desk::new(all(), all());
    let haiku = Ask { model: Some("haiku"), ..generate(2, PicoUsd(1)) };
    let _open = desk.ask(&haiku, noon()).expect("admitted");
    let lift = |limits: &mut Limits, kind: usize| match kind {
        0 => limits.rpm = None,
        1 => limits.tpm = None,
        2 => limits.concurrency = None,
        3 => limits.cap_day = None,
        _ => limits.deny_models.clear(),
    };

    for (kind, status) in [429, 429, 429, 402, 403].into_iter().enumerate() {
        let denied = desk.generate(2, PicoUsd(1), noon()).expect_err("limited");
        assert_eq!((denied.why().rank(), denied.status().as_u16()), (3 + kind as u8, status));
        assert_eq!(denied.whose(), &Whose::Key("laptop".to_owned()));
        lift(&mut desk.key, kind);
        let denied = desk.generate(2, PicoUsd(1), noon()).expect_err("limited");
        assert_eq!((denied.why().rank(), denied.whose()), (3 + kind as u8, &Whose::Friend("Alex".to_owned())));
        lift(&mut desk.friend, kind);
    }
    assert!(desk.generate(2, PicoUsd(1), noon()).is_ok());
}

#[test]
fn what_was_spent_and_is_under_way_without_any_limit_counts_for_one_that_is_set_later() {
    let mut desk = Desk::with_key(Limits::default());
    desk.spend(cents(70), noon());
    let _open = desk.generate(0, cents(20), noon()).expect("admitted");

    desk.key = limits(r#"{"cap_month_pico_usd":1000000000000,"concurrency":9,"rpm":1}"#);

    let denied = desk.generate(0, cents(20), noon()).expect_err("1.10 of 1.00");
    assert!(matches!(denied.why(), Why::UnderWay { .. }));
    let calls = LimitUse { kind: LimitKind::Calls, used: 0, reserved: 1, limit: 9, until: None };
    assert_eq!(desk.in_use(noon())[1], calls);
    assert!(desk.generate(0, cents(10), noon()).is_ok(), "requests were not counted while they were not limited");
}

#[test]
fn what_cannot_be_told_counts_as_it_was_reckoned() {
    let mut desk = Desk::with_key(Limits::default());
    let permit = desk.generate(500, cents(5), noon()).expect("admitted");
    let usage =
        Usage { input_tokens: Some(10), cache_read_tokens: Some(1000), output_tokens: Some(7), ..Usage::default() };

    assert_eq!(permit.actual(&Usage::default(), None), Actual { limited_tokens: 500, cost: cents(5) });
    assert_eq!(permit.actual(&usage, None), Actual { limited_tokens: 17, cost: cents(5) });
    assert_eq!(permit.actual(&usage, Some(PicoUsd(3))), Actual { limited_tokens: 17, cost: PicoUsd(3) });
    desk.tallies.release(permit);
}

#[test]
fn a_clock_that_is_put_back_keeps_nobody_out_for_longer_than_a_minute() {
    let mut desk = Desk::with_key(limits(r#"{"rpm":1,"tpm":10}"#));
    let _permit = desk.generate(10, cents(1), noon()).expect("admitted");
    let earlier = after(noon(), -3600);

    let denied = desk.generate(10, cents(1), earlier).expect_err("one came a moment ago");

    assert_eq!(denied.retry(earlier), in_seconds(60));
    assert!(desk.generate(10, cents(1), after(earlier, 60)).is_ok());
}

#[test]
fn who_is_forgotten_leaves_nothing_and_calls_of_theirs_end_well() {
    let mut desk = Desk::with_key(dollars("cap_total", 1));
    let permit = desk.generate(0, cents(1), noon()).expect("admitted");

    desk.tallies.forget(|holder| holder == Holder::Key(1));
    desk.settle(permit, 0, cents(1), noon());

    assert!(!desk.tallies.tallies.contains_key(&Holder::Key(1)));
    assert!(desk.generate(0, cents(1), noon()).is_ok());
}
