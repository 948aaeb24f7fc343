//! Episodes: told once, ended for sure. And unusual use, on traces as people make them.

use super::{unusual::*, *};

const DOLLAR: i64 = 1_000_000_000_000;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_795_176_000 + minute * 60).unwrap()
}

fn rules() -> Rules {
    Rules { spend_per_hour: Some(PicoUsd(10 * DOLLAR)), ..Rules::default() }
}

fn spending(dollars: i64) -> Seen {
    Seen { spent: PicoUsd(dollars * DOLLAR), most: Some(("Alex".to_owned(), PicoUsd(DOLLAR))), ..Seen::default() }
}

fn account_is(out: Option<Trouble>) -> Seen {
    let out = out.map(|trouble| Out { trouble, reason: "why".to_owned() });
    let account = AccountSeen { id: 1, name: "work".to_owned(), out, has_substitute: false };
    Seen { accounts: vec![account], ..Seen::default() }
}

/// What is told, as words.
fn told(watch: &mut Watch, minute: i64, seen: &Seen) -> Vec<&'static str> {
    let word = |event: Event| match event {
        Event::Began(_) => "began",
        Event::Over(..) => "over",
    };
    watch.look(at(minute), &rules(), seen).into_iter().map(word).collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn an_episode_is_told_once_and_its_end_once() {
    let mut watch = Watch::default();

    assert_eq!(told(&mut watch, 0, &spending(10)), NOTHING, "the limit itself is allowed");
    assert_eq!(told(&mut watch, 1, &spending(11)), ["began"]);
    assert_eq!(told(&mut watch, 2, &spending(15)), NOTHING);
    assert_eq!(told(&mut watch, 3, &spending(9)), NOTHING, "it is near yet");
    assert_eq!(told(&mut watch, 4, &spending(11)), NOTHING, "the same episode");
    assert_eq!(told(&mut watch, 5, &spending(7)), NOTHING);
    assert_eq!(told(&mut watch, 9, &spending(9)), NOTHING, "quiet, but not for long enough");
    assert_eq!(told(&mut watch, 10, &spending(7)), NOTHING);
    assert_eq!(told(&mut watch, 15, &spending(7)), ["over"]);
    assert_eq!(told(&mut watch, 16, &spending(7)), NOTHING);
    assert_eq!(told(&mut watch, 17, &spending(11)), ["began"], "another one");
}

#[test]
fn an_episode_goes_on_over_a_restart() {
    let mut before = Watch::default();
    told(&mut before, 0, &spending(11));
    let kept = serde_json::to_string(before.open()).unwrap();
    let mut after = Watch::with(serde_json::from_str(&kept).unwrap());

    assert_eq!(told(&mut after, 60, &spending(11)), NOTHING);
    assert_eq!(told(&mut after, 61, &spending(0)), NOTHING);
    assert_eq!(told(&mut after, 66, &spending(0)), ["over"]);
}

#[test]
fn what_is_gone_or_no_longer_asked_for_ends_its_episode() {
    let mut watch = Watch::default();
    assert_eq!(told(&mut watch, 0, &account_is(Some(Trouble::Blocked))), ["began"]);
    assert_eq!(told(&mut watch, 1, &Seen::default()), NOTHING);
    assert_eq!(told(&mut watch, 6, &Seen::default()), ["over"]);

    told(&mut watch, 7, &spending(11));
    let off = Rules { spend_per_hour: None, ..rules() };
    watch.look(at(8), &off, &spending(11));
    assert_eq!(watch.look(at(13), &off, &spending(11)).len(), 1);
    assert!(watch.open().is_empty());
}

#[test]
fn a_clock_that_is_set_back_keeps_no_episode_open() {
    let mut watch = Watch::default();
    told(&mut watch, 1_000, &spending(11));
    assert_eq!(told(&mut watch, 1_001, &spending(0)), NOTHING);
    assert_eq!(told(&mut watch, 0, &spending(0)), ["over"]);
}

#[test]
fn an_account_that_only_the_owner_can_mend_is_told_at_once_and_one_that_fails_after_a_while() {
    for trouble in [Trouble::NeedsLogin, Trouble::Blocked, Trouble::Limited] {
        assert_eq!(told(&mut Watch::default(), 0, &account_is(Some(trouble))), ["began"], "{trouble:?}");
    }
    let mut watch = Watch::default();
    let mut look = |minute: i64, out| told(&mut watch, minute, &account_is(out));
    // It is tried again now and then, and fails each time.
    for minute in 0..15 {
        assert_eq!(look(minute, (minute % 4 != 3).then_some(Trouble::Failing)), NOTHING);
    }
    assert_eq!(look(16, Some(Trouble::Failing)), ["began"]);
    assert_eq!(look(17, None), NOTHING);
    assert_eq!(look(20, Some(Trouble::Failing)), NOTHING);
    assert_eq!(look(21, None), NOTHING);
    assert_eq!(look(26, None), ["over"]);
    assert_eq!(look(27, Some(Trouble::Failing)), NOTHING, "it begins anew");
}

#[test]
fn an_account_that_is_used_up_while_another_serves_is_no_trouble() {
    let mut seen = account_is(Some(Trouble::Limited));
    seen.accounts[0].has_substitute = true;

    assert_eq!(told(&mut Watch::default(), 0, &seen), NOTHING);
}

#[test]
fn an_alert_says_what_and_how_long_in_both_languages() {
    use crate::statement::Language::{Chinese, English};
    let mut watch = Watch::default();
    let began = watch.look(at(0), &rules(), &spending(11)).remove(0);
    watch.look(at(1), &rules(), &Seen::default());
    let over = watch.look(at(6), &rules(), &Seen::default()).remove(0);
    let zone = jiff::tz::TimeZone::UTC;

    let note = words::note(&began, English, &zone);
    assert_eq!(note.kind, "alert.spend");
    assert_eq!(
        note.text(),
        "Spending is high\n$11.00 within an hour; the limit is $10.00.\nMost of it by Alex: $1.00."
    );
    assert_eq!(note.data["about"]["spent_pico_usd"], 11 * DOLLAR);
    let note = words::note(&over, English, &zone);
    assert_eq!(note.text(), "Over: Spending is high\nIt lasted from 2026-11-20 12:00 to 2026-11-20 12:01.");
    assert!(words::note(&over, Chinese, &zone).text().starts_with("已结束：花费偏高\n"));
}

/// Random numbers that are the same each time (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Of a normal distribution: the sum of twelve dice is near enough.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}

/// How somebody uses a key: in about so many hours of a working day, so many calls in the middle one, spread so widely.
#[derive(Clone, Copy)]
struct Habit {
    hours_a_day: f64,
    calls: f64,
    spread: f64,
}

const QUIET_USE: Habit = Habit { hours_a_day: 3.0, calls: 8.0, spread: 0.5 };
const BURSTY_USE: Habit = Habit { hours_a_day: 6.0, calls: 30.0, spread: 1.0 };

/// The use of each hour of so many days; ten cents a call in the middle.
fn trace(dice: &mut Dice, habit: Habit, days: i64) -> Vec<(i64, Use)> {
    let mut hours = Vec::new();
    for hour in 0..days * 24 {
        let is_working_time = (hour / 24) % 7 < 5 && (9..21).contains(&(hour % 24));
        if is_working_time && dice.next() < habit.hours_a_day / 12.0 {
            let calls = (habit.calls * (habit.spread * dice.normal()).exp()).ceil();
            let cents = 10.0 * (0.5 * dice.normal()).exp();
            hours.push((hour, used(calls, cents)));
        }
    }
    hours
}

fn used(calls: f64, cents: f64) -> Use {
    Use { calls: calls as i64, cost: PicoUsd((calls * cents) as i64 * DOLLAR / 100) }
}

/// In which hours an episode began, looked at each hour from the fourth week on.
fn began(hours: &[(i64, Use)], days: i64) -> Vec<i64> {
    let mut watch = Watch::default();
    let mut began = Vec::new();
    for now in 28 * 24..days * 24 {
        let past: Vec<_> =
            hours.iter().copied().filter(|(hour, _)| (now - 24 - PAST_HOURS..=now - 24).contains(hour)).collect();
        let of =
            |wanted: i64| hours.iter().find(|(hour, _)| *hour == wanted).map(|(_, used)| *used).unwrap_or_default();
        let key = KeySeen {
            id: 1,
            friend: "Alex".to_owned(),
            key: "laptop".to_owned(),
            hour: of(now).max(of(now - 1)),
            day: last_day(hours, now),
            usual: usual(&past),
        };
        let seen = Seen { keys: vec![key], ..Seen::default() };
        let events = watch.look(at(now * 60), &Rules::default(), &seen);
        began.extend(events.iter().filter(|event| matches!(event, Event::Began(_))).map(|_| now));
    }
    began
}

#[test]
fn quiet_and_bursty_friends_give_hardly_any_false_alarm() {
    let mut dice = Dice(1);
    let weeks = 8;
    let mut alarms = |habit: Habit| -> usize {
        let keys = (0..20).map(|_| began(&trace(&mut dice, habit, (4 + weeks) * 7), (4 + weeks) * 7).len());
        keys.sum()
    };

    // 20 keys for eight weeks each are three years of one key.
    let (quiet, bursty) = (alarms(QUIET_USE), alarms(BURSTY_USE));
    assert!(quiet <= 2 && bursty <= 8, "{quiet} and {bursty}");
}

#[test]
fn a_stolen_key_is_noticed_within_a_day_mostly_within_hours() {
    let mut dice = Dice(2);
    let mut delays = Vec::new();
    for _ in 0..20 {
        let mut hours = trace(&mut dice, BURSTY_USE, 45);
        let stolen = 40 * 24 + 22;
        // The thief has it work day and night: 80 calls an hour, less than the busiest hour of its friend.
        for hour in stolen..45 * 24 {
            let theirs = used((80.0 * (0.3 * dice.normal()).exp()).ceil(), 10.0);
            match hours.iter_mut().find(|(known, _)| *known == hour) {
                Some((_, both)) => {
                    *both = Use { calls: both.calls + theirs.calls, cost: both.cost.saturating_add(theirs.cost) }
                }
                None => hours.push((hour, theirs)),
            }
        }
        hours.sort_by_key(|(hour, _)| *hour);
        let noticed = began(&hours, 45).into_iter().find(|hour| *hour >= stolen);
        delays.push(noticed.map(|hour| hour - stolen));
    }

    let within = |most: i64| delays.iter().flatten().filter(|delay| **delay <= most).count();
    assert!(within(24) >= 16, "{delays:?}");
    assert!(within(20) >= 10, "{delays:?}");
}

#[test]
fn a_quiet_key_that_is_stolen_is_noticed_in_the_first_hours() {
    let mut hours = trace(&mut Dice(3), QUIET_USE, 40);
    hours.extend((40 * 24..41 * 24).map(|hour| (hour, used(120.0, 10.0))));

    assert!(began(&hours, 41).contains(&(40 * 24)));
}

#[test]
fn nothing_is_said_of_a_new_key_nor_of_what_does_not_matter() {
    let few: Vec<_> = (0..19).map(|day| (day * 24, used(5.0, 10.0))).collect();
    assert_eq!(usual(&few), None, "too few hours");
    let short: Vec<_> = (0..40).map(|hour| (hour, used(5.0, 10.0))).collect();
    assert_eq!(usual(&short), None, "too few days");

    let busiest = Use { calls: 2, cost: PicoUsd(DOLLAR / 100) };
    let small = Use { calls: 29, cost: PicoUsd(99 * DOLLAR / 100) };
    assert_eq!(judge(Span::Hour, small, busiest, DEFAULT_FACTOR), Verdict::Usual);
    assert_eq!(judge(Span::Hour, Use { calls: 30, ..small }, busiest, DEFAULT_FACTOR), Verdict::Unusual);
    assert_eq!(judge(Span::Hour, Use { cost: PicoUsd(DOLLAR), ..small }, busiest, DEFAULT_FACTOR), Verdict::Unusual);
    let busy = Use { calls: 100, cost: PicoUsd(0) };
    let calls = |calls| Use { calls, cost: PicoUsd(0) };
    assert_eq!(judge(Span::Hour, calls(300), busy, DEFAULT_FACTOR), Verdict::Busy);
    assert_eq!(judge(Span::Hour, calls(301), busy, DEFAULT_FACTOR), Verdict::Unusual);
    assert_eq!(judge(Span::Day, calls(201), busy, DEFAULT_FACTOR), Verdict::Unusual);
}
