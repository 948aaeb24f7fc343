//! Why Carpool itself says no, in words a friend can act on. Rendered in one place, in the caller's dialect.

use std::time::Duration;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::{admission::Denied, client_key::KeyError, schedule::NoAccount};

/// Times that are nearer than this are told to the second.
const NEAR: SignedDuration = SignedDuration::from_mins(2);

/// How a refusal reaches a dialect's renderer.
#[derive(Clone, Copy, Debug)]
pub struct RefusalText<'a> {
    /// The status of the answer.
    pub status: StatusCode,
    /// What happened, whose limit it was, what to do.
    pub message: &'a str,
    /// The ledger id of the call.
    pub call_id: &'a str,
}

/// Whether asking again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// No: some clients try for minutes unless told so.
    Never,
    /// Yes, whenever the client likes.
    Whenever,
    /// Yes, after this long.
    After(Duration),
}

/// Every way in which Carpool refuses a call.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No key, or two different ones.
    #[error("{}", key_advice(*.0))]
    NoKey(KeyError),
    /// A key nobody was given, or one that was revoked.
    #[error("Carpool does not know this key. Ask the owner for a new one; keys look like cr_ and 64 hex digits.")]
    UnknownKey,
    /// A key past its date.
    #[error("This key expired on {0}. Ask the owner for a new one.")]
    KeyExpired(Timestamp),
    /// The owner paused the key or the friend.
    #[error("The owner has paused {0}. Ask the owner to resume it.")]
    Paused(String),
    /// The friend paused the key.
    #[error("This key ({0}) was paused on the friend page. Resume it there.")]
    KeyPausedByFriend(String),
    /// The owner paused sharing altogether.
    #[error("The owner has paused Carpool for everybody. Try again later, or ask the owner to resume sharing.")]
    SharingPaused,
    /// What the key or the friend is limited to cannot be read: nobody knows what would be too much.
    #[error("The limits of {0} cannot be read, so Carpool lets none of its calls in. Ask the owner to set them again.")]
    LimitsUnreadable(String),
    /// A path or method the relay does not serve.
    #[error("Carpool does not serve {0}. Check the base URL in the client's settings.")]
    NoRoute(String),
    /// A WebSocket is asked for: clients that can also do without one try that next.
    #[error("Carpool does not speak over WebSockets. Send the call by HTTP.")]
    NoWebSocket,
    /// A body that cannot be read as a request.
    #[error("{0}")]
    BadRequest(String),
    /// A body over the limit.
    #[error("The request body is larger than {limit_bytes} bytes. Send less in one call.")]
    TooLarge {
        /// The limit, in bytes.
        limit_bytes: usize,
    },
    /// The body stopped arriving.
    #[error("The request body stopped arriving. Send it again.")]
    BodyStalled,
    /// The call is not within the limits of its key or friend.
    #[error("the call is not within the limits")]
    Limit(Box<Denied>),
    /// No account can serve the call now.
    #[error("no account can serve this call")]
    NoAccount(NoAccount),
    /// The provider could not be reached.
    #[error("Carpool could not reach the provider ({0}). The call was not answered; try again.")]
    Unreachable(String),
    /// The provider did not begin to answer.
    #[error("The provider did not begin to answer within {} s. Try again.", .0.as_secs())]
    TimedOut(Duration),
    /// The provider's answer broke off.
    #[error("The provider's answer broke off ({0}). What came so far is incomplete; try again.")]
    BrokeOff(String),
    /// Calls cannot be written down at the moment, so none is let through.
    #[error("Carpool cannot write its ledger at the moment, so it takes no calls. Ask the owner to look at it.")]
    LedgerDown,
    /// The relay is about to stop.
    #[error("Carpool is shutting down. Try again in a minute.")]
    ShuttingDown,
}

impl Refusal {
    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoKey(_) | Self::UnknownKey | Self::KeyExpired(_) => StatusCode::UNAUTHORIZED,
            Self::Paused(_) | Self::KeyPausedByFriend(_) | Self::LimitsUnreadable(_) => StatusCode::FORBIDDEN,
            Self::Limit(denied) => denied.status(),
            Self::NoAccount(none) => none.status(),
            Self::NoRoute(_) => StatusCode::NOT_FOUND,
            Self::NoWebSocket => StatusCode::UPGRADE_REQUIRED,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::BodyStalled => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::SharingPaused | Self::LedgerDown | Self::ShuttingDown => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unreachable(_) | Self::BrokeOff(_) => StatusCode::BAD_GATEWAY,
            Self::TimedOut(_) => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// The refusal's name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoKey(KeyError::Missing) => "no_key",
            Self::NoKey(KeyError::Disagree) => "two_keys",
            Self::UnknownKey => "key_unknown",
            Self::KeyExpired(_) => "key_expired",
            Self::Paused(_) => "paused_by_owner",
            Self::KeyPausedByFriend(_) => "paused_by_friend",
            Self::SharingPaused => "sharing_paused",
            Self::LimitsUnreadable(_) => "limits_unreadable",
            Self::NoRoute(_) => "not_found",
            Self::NoWebSocket => "no_websocket",
            Self::BadRequest(_) => "bad_request",
            Self::TooLarge { .. } => "too_large",
            Self::BodyStalled => "too_slow",
            Self::Limit(_) => "limit",
            Self::NoAccount(_) => "no_account",
            Self::Unreachable(_) => "unreachable",
            Self::TimedOut(_) => "timed_out",
            Self::BrokeOff(_) => "broke_off",
            Self::LedgerDown => "ledger_down",
            Self::ShuttingDown => "shutting_down",
        }
    }

    /// In words for who called, with times as a clock in `zone` shows them.
    #[must_use]
    pub fn describe(&self, now: Timestamp, zone: &TimeZone) -> String {
        match self {
            Self::Limit(denied) => denied.describe(now, zone),
            Self::NoAccount(none) => none.describe(now, zone),
            Self::KeyExpired(at) => {
                format!("This key expired at {}. Ask the owner for a new one.", clock_time(*at, now, zone))
            }
            other => other.to_string(),
        }
    }

    /// Whether asking again can help.
    #[must_use]
    pub fn retry(&self, now: Timestamp) -> Retry {
        match self {
            Self::NoKey(_)
            | Self::UnknownKey
            | Self::KeyExpired(_)
            | Self::Paused(_)
            | Self::KeyPausedByFriend(_)
            | Self::LimitsUnreadable(_)
            | Self::SharingPaused
            | Self::NoRoute(_)
            | Self::NoWebSocket
            | Self::BadRequest(_)
            | Self::TooLarge { .. } => Retry::Never,
            Self::Limit(denied) => denied.retry(now),
            Self::NoAccount(none) => none.retry(now),
            Self::ShuttingDown | Self::LedgerDown => Retry::After(Duration::from_secs(30)),
            Self::BodyStalled | Self::Unreachable(_) | Self::TimedOut(_) | Self::BrokeOff(_) => Retry::Whenever,
        }
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        Self::Limit(Box::new(denied))
    }
}

/// A time as a clock in `zone` shows it: with seconds where it is near, with the date where that is not today's.
#[must_use]
pub fn clock_time(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let is_near = at.duration_since(now).abs() < NEAR;
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let form = match () {
        () if at.date() != now.date() => "%Y-%m-%d %H:%M",
        () if is_near => "%H:%M:%S",
        () => "%H:%M",
    };
    at.strftime(form).to_string()
}

fn key_advice(error: KeyError) -> &'static str {
    match error {
        KeyError::Missing => {
            "Carpool needs a key: send the one the owner gave you (cr_…) as x-api-key or as Authorization: Bearer."
        }
        KeyError::Disagree => {
            "This request carries two different keys. Send only the one the owner gave you (cr_…); for Claude Code unset \
             ANTHROPIC_API_KEY and keep ANTHROPIC_AUTH_TOKEN."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_that_a_retry_cannot_mend_says_so() {
        for refusal in [
            Refusal::NoKey(KeyError::Missing),
            Refusal::UnknownKey,
            Refusal::Paused("Alex".to_owned()),
            Refusal::TooLarge { limit_bytes: 1 },
        ] {
            assert_eq!(refusal.retry(Timestamp::UNIX_EPOCH), Retry::Never, "{refusal}");
        }
        assert_eq!(Refusal::Unreachable("refused".to_owned()).retry(Timestamp::UNIX_EPOCH), Retry::Whenever);
    }
}
