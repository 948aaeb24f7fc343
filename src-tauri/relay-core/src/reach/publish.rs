//! What becomes of telling the public address to a place the owner chose, after each try.

use std::time::Duration;

/// The pause after the first try that failed; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// The longest pause: friends wait for the address.
const LONGEST_PAUSE: Duration = Duration::from_secs(10 * 60);
/// How long it is tried. An address that nobody took for a day is told again when it changes, or when the owner says so.
pub const GIVE_UP_AFTER: Duration = Duration::from_secs(24 * 3600);

/// How a try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With this HTTP status.
    Status(u16),
    /// Without an answer.
    Unreached,
    /// The place's address, or the way there, cannot be used as it is set.
    Unusable,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It is told.
    Done,
    /// Another try after this pause.
    Again(Duration),
    /// No further try would help.
    GiveUp,
}

/// Decides after a try: `tries` counts this one, `since_first` is how long it has been tried.
#[must_use]
pub fn then(outcome: Outcome, tries: u32, since_first: Duration) -> Then {
    let may_pass = match outcome {
        Outcome::Status(200..=299) => return Then::Done,
        // Asked for later, too early, too many at once, or the place itself is in trouble.
        Outcome::Status(408 | 425 | 429 | 500..=599) | Outcome::Unreached => true,
        // Also a redirect: it could carry the address, and what is secret in the place's own, elsewhere.
        Outcome::Status(_) | Outcome::Unusable => false,
    };
    if !may_pass || since_first >= GIVE_UP_AFTER {
        return Then::GiveUp;
    }
    let doubled = FIRST_PAUSE.saturating_mul(1_u32.checked_shl(tries.saturating_sub(1)).unwrap_or(u32::MAX));
    Then::Again(doubled.min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_is_told_once() {
        for status in [200, 201, 202, 204] {
            assert_eq!(then(Outcome::Status(status), 1, Duration::ZERO), Then::Done, "{status}");
        }
    }

    #[test]
    fn what_another_try_cannot_mend_is_given_up_at_once() {
        for outcome in
            [301, 302, 308, 400, 401, 403, 404, 410].map(Outcome::Status).into_iter().chain([Outcome::Unusable])
        {
            assert_eq!(then(outcome, 1, Duration::ZERO), Then::GiveUp, "{outcome:?}");
        }
    }

    #[test]
    fn trouble_that_passes_is_waited_out_for_longer_and_longer_but_not_for_ever() {
        let pauses: Vec<_> = (1..10).map(|tries| then(Outcome::Unreached, tries, Duration::ZERO)).collect();

        let seconds = [5, 10, 20, 40, 80, 160, 320, 600, 600];
        assert_eq!(pauses, seconds.map(|seconds| Then::Again(Duration::from_secs(seconds))));
        assert_eq!(then(Outcome::Status(503), 200, GIVE_UP_AFTER - Duration::from_secs(1)), Then::Again(LONGEST_PAUSE));
        assert_eq!(then(Outcome::Status(503), 200, GIVE_UP_AFTER), Then::GiveUp);
    }
}
