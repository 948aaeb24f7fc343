//! How full an allowance is.

use carpool_ipc::accounts::Window;
use leptos::prelude::*;

use super::{badge::Tone, format};
use crate::{
    browser::{self, TimeStyle},
    state::{shared, texts},
};

const HOUR: i64 = 60 * 60 * 1000;

/// How much of an allowance is used, and when it begins anew.
#[component]
pub fn Meter(window: Window) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let language = shared.language.get_untracked();
    let percent = format::percent(window.used);
    let resets = window.resets_ms.map(|at_ms| {
        let now_ms = browser::now_ms();
        let style = if is_within_a_day(now_ms, at_ms) { TimeStyle::Clock } else { TimeStyle::WeekdayAndClock };
        (t.home.resets)(&browser::local_time(language, at_ms, style), &format::until(t.times, now_ms, at_ms))
    });

    view! {
        <div class=format!("meter {}", tone_of_use(window.used).class())>
            <p class="meter-words">
                <span>{(t.home.window)(window.hours)}</span>
                <span class="quiet">{(t.home.used)(percent)}</span>
            </p>
            <div
                class="meter-bar"
                role="meter"
                aria-label=(t.home.window)(window.hours)
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=percent.to_string()
            >
                <div style:width=format!("{percent}%")></div>
            </div>
            <p class="quiet meter-reset">{resets}</p>
        </div>
    }
}

/// What an allowance's use means.
fn tone_of_use(used: f64) -> Tone {
    match used {
        much if much >= 0.9 => Tone::Bad,
        some if some >= 0.75 => Tone::Warn,
        _ => Tone::Good,
    }
}

/// Whether a moment is so near that the time of day says which day is meant.
fn is_within_a_day(now_ms: i64, at_ms: i64) -> bool {
    at_ms - now_ms < 20 * HOUR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_that_is_nearly_used_up_is_bad_news() {
        assert_eq!(tone_of_use(0.2), Tone::Good);
        assert_eq!(tone_of_use(0.75), Tone::Warn);
        assert_eq!(tone_of_use(0.95), Tone::Bad);
    }

    #[test]
    fn a_reset_on_another_day_is_told_with_its_day() {
        assert!(is_within_a_day(0, 2 * HOUR));
        assert!(!is_within_a_day(0, 24 * HOUR));
    }
}
