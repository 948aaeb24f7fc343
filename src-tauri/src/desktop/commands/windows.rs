//! The windows of subscriptions as the owner is shown them: how full, who filled them, and when they end.

use std::collections::HashMap;

use carpool_core::{forecast::Forecast, window};
use carpool_ipc::windows::{Driver, Window, WindowForecast, WindowPart};
use carpool_relay::accounts::{Shared, SharedWindow};

/// The friends' names by their rows' ids.
pub(super) type Names = HashMap<i64, String>;

/// A window, with its parts where friends share it.
pub(super) fn shown_window(window: &window::Window, shared: Option<&Shared>, names: &Names) -> Window {
    let is_same = |other: &&SharedWindow| (other.hours, &other.family) == (window.hours, &window.family);
    let divided = shared.and_then(|shared| shared.windows.iter().find(is_same));
    let part = |part: &carpool_core::share::Part| {
        // Who is no friend any more used it all the same, and it is shown with what was used elsewhere.
        let friend = names.get(&part.friend)?.clone();
        Some(WindowPart { friend_id: part.friend, friend, used: part.used_fraction, entitled: part.entitled_fraction })
    };
    Window {
        hours: window.hours,
        family: window.family.clone(),
        used: window.used,
        resets_ms: window.resets_at.map(|at| at.as_millisecond()),
        parts: divided.map(|divided| divided.split.parts.iter().filter_map(part).collect()).unwrap_or_default(),
        outside: divided.map_or(0.0, |divided| divided.split.outside),
        forecast: divided.and_then(|divided| shown_forecast(&divided.forecast, names)),
    }
}

/// A forecast of an end that comes before the reset.
fn shown_forecast(forecast: &Forecast, names: &Names) -> Option<WindowForecast> {
    let (ends_at, before_reset) = (forecast.ends_at?, forecast.before_reset?);
    let driver = forecast.driver.and_then(|(friend, fraction)| {
        let friend = names.get(&friend)?.clone();
        Some(Driver { friend, fraction })
    });
    Some(WindowForecast {
        ends_ms: ends_at.as_millisecond(),
        earliest_ms: forecast.earliest.unwrap_or(ends_at).as_millisecond(),
        latest_ms: forecast.latest.map(|at| at.as_millisecond()),
        before_reset_s: before_reset.as_secs(),
        driver,
    })
}

#[cfg(test)]
mod tests {
    use carpool_core::{
        schedule::AccountId,
        share::{Part, Split},
    };
    use jiff::{SignedDuration, Timestamp};

    use super::*;

    fn minute(minutes: i64) -> Timestamp {
        Timestamp::from_second(minutes * 60).expect("a time")
    }

    #[test]
    fn a_window_is_shown_with_the_parts_of_those_who_are_friends() {
        let part = |friend, used_fraction| Part { friend, used_fraction, entitled_fraction: 0.5 };
        let forecast = Forecast {
            ends_at: Some(minute(100)),
            earliest: Some(minute(80)),
            latest: None,
            before_reset: Some(SignedDuration::from_mins(20)),
            driver: Some((1, 0.62)),
            used_at_reset: None,
        };
        let split = Split { parts: vec![part(1, 0.3), part(9, 0.1)], outside: 0.2, used: 0.6 };
        let divided = SharedWindow { hours: 5, family: None, resets_at: Some(minute(120)), split, forecast };
        let shared = Shared { account: AccountId(1), windows: vec![divided] };
        let names = Names::from([(1, "Alex".to_owned())]);
        let window = |hours| window::Window { hours, family: None, used: 0.6, resets_at: Some(minute(120)) };

        let shown = shown_window(&window(5), Some(&shared), &names);
        let other = shown_window(&window(168), Some(&shared), &names);

        assert_eq!(
            shown.parts.iter().map(|part| (part.friend.as_str(), part.used)).collect::<Vec<_>>(),
            [("Alex", 0.3)]
        );
        let forecast = shown.forecast.expect("it ends before the reset");
        assert_eq!((forecast.before_reset_s, forecast.latest_ms), (1200, None));
        assert_eq!(forecast.driver.map(|driver| driver.friend).as_deref(), Some("Alex"));
        assert_eq!((other.parts.len(), other.forecast), (0, None));
    }
}
