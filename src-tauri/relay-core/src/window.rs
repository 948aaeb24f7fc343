//! Windows: a provider's allowance for a span of time, as its answers tell.

use std::{cmp::Ordering, time::Duration};

use http::{HeaderMap, header};
use jiff::{Timestamp, fmt::rfc2822};

/// An allowance, and how much of it is used.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Its length, in hours: 5, or 168 for a week.
    pub hours: u32,
    /// The model family it is for, as the provider names it; `None` where it is for all models.
    pub family: Option<String>,
    /// The used part: 0 to 1, more when the provider let it be exceeded.
    pub used: f64,
    /// When it begins anew.
    pub resets_at: Option<Timestamp>,
}

impl Window {
    /// The used part at `now`: none of it once it has begun anew.
    #[must_use]
    pub fn used_at(&self, now: Timestamp) -> f64 {
        if self.resets_at.is_some_and(|at| at <= now) { 0.0 } else { self.used }
    }

    /// The window at `now`: empty, and without an end, once it has begun anew.
    #[must_use]
    pub fn as_of(&self, now: Timestamp) -> Self {
        let resets_at = self.resets_at.filter(|at| *at > now);
        Self { used: self.used_at(now), resets_at, ..self.clone() }
    }
}

/// Reads when a window begins anew: Unix seconds or RFC 3339, both are seen.
#[must_use]
pub fn read_reset(text: &str) -> Option<Timestamp> {
    match text.parse::<i64>() {
        Ok(seconds) => Timestamp::from_second(seconds).ok(),
        Err(_) => text.parse().ok(),
    }
}

/// Reads how long a client is asked to wait: seconds or a date (RFC 9110, section 10.2.3).
#[must_use]
pub fn read_retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let at = rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

/// The length of a window in words: `5-hour`, `7-day`.
#[must_use]
pub fn spell(hours: u32) -> String {
    if hours > 0 && hours.is_multiple_of(24) { format!("{}-day", hours / 24) } else { format!("{hours}-hour") }
}

/// The order windows are shown in: the shorter first, those for all models before those for some.
#[must_use]
pub fn order(one: &Window, other: &Window) -> Ordering {
    (one.hours, &one.family).cmp(&(other.hours, &other.family))
}

/// How much of the fullest window for all models is used, in thousandths, as of `now`: one that has begun anew since is
/// empty.
#[must_use]
pub fn fullest<'a>(windows: impl IntoIterator<Item = &'a Window>, now: Timestamp) -> u16 {
    let shared = windows.into_iter().filter(|window| window.family.is_none());
    let used = shared.map(|window| window.used_at(now)).fold(0.0, f64::max);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 10,000")]
    let thousandths = (used.min(10.0) * 1000.0) as u16;
    thousandths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_is_read_in_either_form() {
        let noon = Timestamp::from_second(1_795_176_000).ok();

        assert_eq!(read_reset("1795176000"), noon);
        assert_eq!(read_reset("2026-11-20T12:00:00Z"), noon);
        assert_eq!(read_reset("soon"), None);
    }

    #[test]
    fn a_wait_is_read_in_either_form() {
        let now = Timestamp::from_second(1_795_176_000).expect("in range");
        let said = |text: &'static str| {
            let headers = [(header::RETRY_AFTER, http::HeaderValue::from_static(text))];
            read_retry_after(&headers.into_iter().collect(), now)
        };

        assert_eq!(said("90"), Some(Duration::from_secs(90)));
        assert_eq!(said("Fri, 20 Nov 2026 12:01:00 GMT"), Some(Duration::from_secs(60)));
        assert_eq!(said("Fri, 20 Nov 2026 11:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(said("-1"), None);
        assert_eq!(said("later"), None);
    }

    #[test]
    fn a_window_that_began_anew_is_empty() {
        let now = Timestamp::UNIX_EPOCH;
        let window = |used, resets_at| Window { hours: 5, family: None, used, resets_at };

        assert_eq!(fullest(&[window(0.42, None), window(0.9, Some(now))], now), 420);
        let of_a_family = Window { family: Some("opus".to_owned()), ..window(0.9, None) };
        assert_eq!(fullest(&[of_a_family], now), 0);
    }
}
