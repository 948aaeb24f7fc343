//! Money, numbers and times, as people read them.

use carpool_ipc::{
    Money,
    money::{Shown, grouped},
    settings::Language,
    texts::Times,
    usage::Sums,
};
use leptos::prelude::{GetUntracked, use_context};

use crate::{
    browser::{self, TimeStyle},
    state::Shared,
};

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The currency of all money. The app is built anew when it changes.
pub(crate) fn currency() -> Shown {
    use_context::<Shared>().map(|shared| shared.currency.get_untracked()).unwrap_or_default()
}

/// Money, in the owner's currency.
pub(crate) fn money(money: Money) -> String {
    currency().money(money)
}

/// Money in the owner's currency, and beside it the dollars that were counted.
pub(crate) fn money_and_dollars(amount: Money) -> String {
    let currency = currency();
    let shown = currency.money(amount);
    if currency.is_dollars() { shown } else { format!("{shown} ({amount})") }
}

/// The dollars that were counted, after what is said of an amount in another currency; nothing where it is in dollars.
pub(crate) fn dollars_note(amount: Money) -> Option<String> {
    let currency = currency();
    (!currency.is_dollars()).then(|| format!(" · {amount}, {}", currency.rate_text()))
}

/// A count of tokens, short: `812`, `12.3k`, `1.2M`, `3.4B`.
pub(crate) fn tokens(count: u64) -> String {
    for (unit, letter) in [(1_000_000_000, 'B'), (1_000_000, 'M'), (1000, 'k')] {
        if count < unit {
            continue;
        }
        let tenths = u128::from(count) * 10 / u128::from(unit);
        return if tenths >= 1000 {
            format!("{}{letter}", grouped(tenths / 10))
        } else {
            format!("{}.{}{letter}", tenths / 10, tenths % 10)
        };
    }
    count.to_string()
}

/// A count, in full: `12,345`.
pub(crate) fn count(count: u64) -> String {
    grouped(u128::from(count))
}

/// What calls cost: where none of them has a price, the word for that, and never nothing.
pub(crate) fn cost(sums: &Sums, unpriced: &str) -> String {
    if sums.calls > 0 && sums.unpriced_calls == sums.calls { unpriced.to_owned() } else { money(sums.cost) }
}

/// A share of a whole: `0.623` as `62 %`. Nothing but a whole is shown as 100.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 100")]
pub(crate) fn percent(share: f64) -> u32 {
    let share = share.clamp(0.0, 1.0);
    if share >= 1.0 { 100 } else { ((share * 100.0).round() as u32).min(99) }
}

/// How long something has taken: `0:07`, `12:30`, `1:02:03`.
pub(crate) fn stopwatch(milliseconds: i64) -> String {
    let seconds = milliseconds.max(0) / SECOND;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// How long a call took: `340 ms`, `7.4 s`, `2 min 5 s`.
pub(crate) fn duration(milliseconds: i64) -> String {
    match milliseconds.max(0) {
        short if short < SECOND => format!("{short} ms"),
        some if some < MINUTE => format!("{}.{} s", some / SECOND, some % SECOND / 100),
        long => format!("{} min {} s", long / MINUTE, long % MINUTE / SECOND),
    }
}

/// How long ago it was, in the largest fitting unit; older than a week, `None`: then the date says more.
pub(crate) fn ago(times: &Times, now_ms: i64, at_ms: i64) -> Option<String> {
    match now_ms - at_ms {
        moment if moment < MINUTE => Some(times.just_now.to_owned()),
        minutes if minutes < HOUR => Some((times.minutes_ago)(minutes / MINUTE)),
        hours if hours < DAY => Some((times.hours_ago)(hours / HOUR)),
        days if days < 7 * DAY => Some((times.days_ago)(days / DAY)),
        _ => None,
    }
}

/// How long ago it was, or the day.
pub(crate) fn when(times: &Times, language: Language, now_ms: i64, at_ms: i64) -> String {
    ago(times, now_ms, at_ms).unwrap_or_else(|| browser::local_time(language, at_ms, TimeStyle::Day))
}

/// How long until then: `in 2 h 40 min`, `in 3 d 4 h`.
pub(crate) fn until(times: &Times, now_ms: i64, at_ms: i64) -> String {
    // Rounded up, so that it never says "in 0 min".
    let minutes = ((at_ms - now_ms).max(0) + MINUTE - 1) / MINUTE;
    match minutes {
        0..60 => (times.in_minutes)(minutes.max(1)),
        60..1440 => (times.in_hours)(minutes / 60, minutes % 60),
        _ => (times.in_days)(minutes / 1440, minutes / 60 % 24),
    }
}

/// How long until then, told in seconds near its end; `None`: it has come.
pub(crate) fn countdown(times: &Times, now_ms: i64, at_ms: i64) -> Option<String> {
    match at_ms - now_ms {
        ..=0 => None,
        near if near <= 100 * SECOND => Some((times.in_seconds)((near + SECOND - 1) / SECOND)),
        _ => Some(until(times, now_ms, at_ms)),
    }
}

/// The time of day, with the weekday where it is not soon, and the day where the weekday might be another week's.
pub(crate) fn clock(language: Language, now_ms: i64, at_ms: i64) -> String {
    browser::local_time(language, at_ms, clock_style(now_ms, at_ms))
}

fn clock_style(now_ms: i64, at_ms: i64) -> TimeStyle {
    match at_ms - now_ms {
        _ if is_within_a_day(now_ms, at_ms) => TimeStyle::Clock,
        week if week <= 7 * DAY => TimeStyle::WeekdayAndClock,
        _ => TimeStyle::DayAndClock,
    }
}

/// The time of day of something that was, with the day where it was not today or last night.
pub(crate) fn past_clock(language: Language, now_ms: i64, at_ms: i64) -> String {
    let style = if is_within_a_day(at_ms, now_ms) { TimeStyle::Clock } else { TimeStyle::DayAndClock };
    browser::local_time(language, at_ms, style)
}

/// Whether a moment is so near that the time of day says which day is meant.
fn is_within_a_day(now_ms: i64, at_ms: i64) -> bool {
    at_ms - now_ms < 20 * HOUR
}

#[cfg(test)]
mod tests {
    use super::*;
    use carpool_ipc::texts::texts;

    #[test]
    fn tokens_are_written_short_and_never_rounded_up() {
        for (count, expected) in [
            (0, "0"),
            (999, "999"),
            (1000, "1.0k"),
            (12_399, "12.3k"),
            (99_999, "99.9k"),
            (123_456, "123k"),
            (999_999, "999k"),
            (1_200_000, "1.2M"),
            (3_400_000_000, "3.4B"),
            (u64::MAX, "18,446,744,073B"),
        ] {
            assert_eq!(tokens(count), expected, "{count}");
        }
    }

    #[test]
    fn what_has_no_price_is_not_shown_as_free() {
        let sums = |calls, unpriced_calls| Sums { calls, unpriced_calls, ..Sums::default() };

        assert_eq!(cost(&sums(2, 2), "unpriced"), "unpriced");
        assert_eq!(cost(&sums(2, 1), "unpriced"), "$0.00");
        assert_eq!(cost(&sums(0, 0), "unpriced"), "$0.00");
    }

    #[test]
    fn only_a_whole_is_a_hundred_percent() {
        for (share, expected) in [(0.0, 0), (0.623, 62), (0.999, 99), (1.0, 100), (1.4, 100), (-0.1, 0), (f64::NAN, 0)]
        {
            assert_eq!(percent(share), expected, "{share}");
        }
    }

    #[test]
    fn times_that_pass_are_written_like_a_stopwatch() {
        for (milliseconds, expected) in [(-5, "0:00"), (7_900, "0:07"), (750_000, "12:30"), (3_723_000, "1:02:03")] {
            assert_eq!(stopwatch(milliseconds), expected);
        }
    }

    #[test]
    fn times_that_have_passed_are_written_with_their_unit() {
        for (milliseconds, expected) in [(340, "340 ms"), (7_449, "7.4 s"), (59_999, "59.9 s"), (125_000, "2 min 5 s")]
        {
            assert_eq!(duration(milliseconds), expected);
        }
    }

    #[test]
    fn what_was_is_told_in_the_largest_unit_that_fits() {
        let times = texts(Language::English).times;

        assert_eq!(ago(times, 100 * DAY, 100 * DAY - 20_000).as_deref(), Some("just now"));
        assert_eq!(ago(times, 100 * DAY, 100 * DAY - 2 * MINUTE).as_deref(), Some("2 min ago"));
        assert_eq!(ago(times, 100 * DAY, 99 * DAY).as_deref(), Some("1 day ago"));
        assert_eq!(ago(times, 100 * DAY, 90 * DAY), None);
    }

    #[test]
    fn a_countdown_tells_seconds_near_its_end_and_then_nothing() {
        let times = texts(Language::English).times;

        assert_eq!(countdown(times, 0, 12 * MINUTE).as_deref(), Some("in 12 min"));
        assert_eq!(countdown(times, 0, 101 * SECOND).as_deref(), Some("in 2 min"));
        assert_eq!(countdown(times, 0, 100 * SECOND).as_deref(), Some("in 100 s"));
        assert_eq!(countdown(times, 0, 1).as_deref(), Some("in 1 s"));
        assert_eq!(countdown(times, 0, 0), None);
    }

    #[test]
    fn a_time_on_another_day_is_told_with_its_day() {
        assert_eq!(clock_style(0, HOUR), TimeStyle::Clock);
        assert_eq!(clock_style(0, 3 * DAY), TimeStyle::WeekdayAndClock);
        assert_eq!(clock_style(0, 8 * DAY), TimeStyle::DayAndClock);
        assert!(is_within_a_day(0, 2 * HOUR));
        assert!(!is_within_a_day(0, 24 * HOUR));
    }

    #[test]
    fn what_will_be_is_never_in_no_time() {
        let times = texts(Language::English).times;

        assert_eq!(until(times, 0, 1), "in 1 min");
        assert_eq!(until(times, 5, 0), "in 1 min");
        assert_eq!(until(times, 0, 160 * MINUTE), "in 2 h 40 min");
        assert_eq!(until(times, 0, 3 * DAY + 4 * HOUR), "in 3 d 4 h");
    }
}
