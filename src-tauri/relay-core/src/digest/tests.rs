//! When a digest is due, and what it says.

use super::*;
use crate::statement::Language;

fn due(now: &str, schedule: &str, zone: &str) -> (String, String) {
    let zone = TimeZone::get(zone).unwrap();
    let (at, day) = schedule.parse::<Schedule>().unwrap().last_due(now.parse().unwrap(), &zone);
    (at.to_zoned(zone).to_string(), day.to_string())
}

#[test]
fn a_digest_is_due_by_the_owners_clock_whatever_happens_to_it() {
    for (now, schedule, zone, at, day) in [
        // A Friday.
        ("2026-11-20T12:00:00Z", "monday 09:00", "UTC", "2026-11-16T09:00:00+00:00[UTC]", "2026-11-16"),
        ("2026-11-16T08:59:59Z", "monday 09:00", "UTC", "2026-11-09T09:00:00+00:00[UTC]", "2026-11-09"),
        ("2026-11-16T09:00:00Z", "monday 09:00", "UTC", "2026-11-16T09:00:00+00:00[UTC]", "2026-11-16"),
        ("2026-11-16T01:00:00Z", "monday 9", "Asia/Shanghai", "2026-11-16T09:00:00+08:00[Asia/Shanghai]", "2026-11-16"),
        // Sunday, 2026-03-29: the clocks go from 2:00 to 3:00, and on 2026-10-25 back.
        ("2026-03-29T12:00:00Z", "sunday 2", "Europe/Berlin", "2026-03-29T03:00:00+02:00[Europe/Berlin]", "2026-03-29"),
        ("2026-10-25T12:00:00Z", "Sunday 2", "Europe/Berlin", "2026-10-25T02:00:00+02:00[Europe/Berlin]", "2026-10-25"),
        // The leap day is the first of its week.
        ("2028-03-07T12:00:00Z", "tuesday 0", "UTC", "2028-03-07T00:00:00+00:00[UTC]", "2028-03-07"),
    ] {
        assert_eq!(due(now, schedule, zone), (at.to_owned(), day.to_owned()), "{now} {schedule} {zone}");
    }
    let (first, before) = week_before("2028-03-07".parse().unwrap());
    assert_eq!((first.to_string(), before.to_string()), ("2028-02-29".to_owned(), "2028-02-22".to_owned()));
}

#[test]
fn a_time_of_the_week_is_read_as_it_is_written() {
    assert_eq!(Schedule::default().to_string(), "monday 09:00");
    for (day, name) in DAYS {
        let schedule = Schedule::new(day, 23).unwrap();
        assert_eq!(schedule.to_string(), format!("{name} 23:00"));
        assert_eq!(schedule.to_string().parse::<Schedule>().unwrap(), schedule);
    }
    for wrong in ["monday", "monday 24", "monday 9:30", "someday 9", "", "monday -1"] {
        assert!(wrong.parse::<Schedule>().is_err(), "{wrong}");
    }
}

fn digest() -> Digest {
    let cents = |cents: i64| PicoUsd(cents * 10_000_000_000);
    let part = |name: &str, calls, cost| Part { name: name.to_owned(), calls, cost_pico_usd: cents(cost) };
    Digest {
        first: "2026-11-09".parse().unwrap(),
        last: "2026-11-15".parse().unwrap(),
        week: Sums {
            calls: 1_234,
            tokens: 45_678_901,
            cost_pico_usd: cents(4_210),
            unpriced_calls: 1,
            saved_pico_usd: cents(1_230),
        },
        before: Sums { calls: 900, cost_pico_usd: cents(3_570), ..Sums::default() },
        friends: vec![part("Alex", 1_000, 3_000), part("Mia", 234, 1_210)],
        models: vec![part("claude-sonnet-4-5", 1_234, 4_210)],
        accounts: vec![AccountPart {
            name: "work".to_owned(),
            calls: 1_100,
            failed: 12,
            out: Some(Trouble::NeedsLogin),
        }],
    }
}

#[test]
fn a_digest_says_what_the_week_was_in_both_languages() {
    let english = words::note(&digest(), Language::English);
    assert_eq!(
        english.text(),
        "Your week: $42.10, 1,234 calls\n\
         2026-11-09 to 2026-11-15\n\
         $42.10, 17 % more than the week before ($35.70)\n\
         1,234 calls, 45.6 M tokens\n\
         Caching saved $12.30\n\
         Friends\n\
         • Alex: $30.00, 1,000 calls\n\
         • Mia: $12.10, 234 calls\n\
         Models\n\
         • claude-sonnet-4-5: $42.10, 1,234 calls\n\
         Accounts with trouble\n\
         • work: 12 of 1,100 calls failed, needs signing in\n\
         1 call has no price"
    );
    assert_eq!(english.data["week"]["cost_pico_usd"], 42_100_000_000_000_i64);
    let chinese = words::note(&digest(), Language::Chinese).text();
    assert!(chinese.contains("比前一周（$35.70）多 17%") && chinese.contains("缓存节省 $12.30"), "{chinese}");
}

#[test]
fn a_week_after_none_is_compared_to_nothing() {
    let first = Digest { before: Sums::default(), accounts: Vec::new(), ..digest() };

    assert_eq!(words::note(&first, Language::English).lines[1], "$42.10");
    let nothing = Digest { week: Sums::default(), ..first };
    assert!(nothing.is_empty() && !digest().is_empty());
}
