//! What authenticates an account at its provider, and how long it still does.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

/// How long before its end an access token is renewed.
pub const REFRESH_AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// A token with less than this left is not used any more: it could end on the way.
const USABLE_MARGIN: SignedDuration = SignedDuration::from_secs(30);

/// How an account signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// An API key: billed by use, allowed to serve several people.
    ApiKey,
    /// A subscription, signed in by OAuth: an access token that is renewed by a refresh token.
    Oauth,
    /// A subscription, by a long-lived token that cannot be renewed.
    SetupToken,
}

impl AccountKind {
    /// The word in the database and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::Oauth => "oauth",
            Self::SetupToken => "setup_token",
        }
    }

    /// Says whether this is one person's subscription, which a vendor's terms do not let others use.
    #[must_use]
    pub const fn is_subscription(self) -> bool {
        matches!(self, Self::Oauth | Self::SetupToken)
    }
}

impl fmt::Display for AccountKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no kind of account.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is not a kind of account: expected api_key, oauth or setup_token")]
pub struct UnknownKind(String);

impl FromStr for AccountKind {
    type Err = UnknownKind;

    fn from_str(word: &str) -> Result<Self, UnknownKind> {
        [Self::ApiKey, Self::Oauth, Self::SetupToken]
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| UnknownKind(word.to_owned()))
    }
}

/// What is sent to the provider now. Its `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct Credential {
    /// How the account signs in.
    pub kind: AccountKind,
    /// API key, setup token or access token.
    pub secret: SecretString,
    /// When an access token ends; `None` for what does not.
    pub expires_at: Option<Timestamp>,
    /// Grows with each renewal, so that two processes can tell whose is newer.
    pub generation: i64,
}

/// Whether a credential can be used as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Yes.
    Fresh,
    /// Yes, but it should be renewed meanwhile.
    RefreshSoon,
    /// No.
    Expired,
}

impl Credential {
    /// Tells whether the credential can be used at `now`.
    #[must_use]
    pub fn freshness(&self, now: Timestamp) -> Freshness {
        let Some(expires_at) = self.expires_at else { return Freshness::Fresh };
        let left = expires_at.duration_since(now);
        if left < USABLE_MARGIN {
            Freshness::Expired
        } else if left < REFRESH_AHEAD {
            Freshness::RefreshSoon
        } else {
            Freshness::Fresh
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_five_minutes_ahead_and_not_used_at_its_end() {
        let now = Timestamp::UNIX_EPOCH;
        let ends_in = |seconds| Credential {
            kind: AccountKind::Oauth,
            secret: "t".into(),
            expires_at: Some(now + SignedDuration::from_secs(seconds)),
            generation: 1,
        };

        assert_eq!(ends_in(301).freshness(now), Freshness::Fresh);
        assert_eq!(ends_in(299).freshness(now), Freshness::RefreshSoon);
        assert_eq!(ends_in(29).freshness(now), Freshness::Expired);
        assert_eq!(ends_in(-5).freshness(now), Freshness::Expired);
        assert!(!format!("{:?}", ends_in(1)).contains("\"t\""));
    }
}
