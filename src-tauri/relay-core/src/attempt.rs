//! What an attempt at one account means: for the call, and for the account. An answer is judged before its first byte goes
//! on; only until then may another account be tried.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

/// The most accounts one call is tried at.
pub const MAX_ATTEMPTS: u32 = 3;
/// No further account is tried for a call that is older than this: its client is about to give up, and what a provider
/// has worked on for so long it charges for.
pub const ATTEMPT_BUDGET: Duration = Duration::from_secs(120);

/// A provider's answer, as far as it is judged: the head of a success, and a refusal with the beginning of its body.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// The beginning of its body, decoded; empty for a success.
    pub body: &'a [u8],
    /// When it came.
    pub now: Timestamp,
}

/// What an attempt showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The account serves.
    Served,
    /// The caller's own mistake, which says nothing about the account.
    CallersOwn,
    /// The provider does not accept the credential; a sign-in may be renewed once. The text says how that showed.
    SignedOut(String),
    /// The provider forbids something: the call, or the account altogether if it happens again and again.
    Forbidden(String),
    /// The provider serves this account no more until its owner acts.
    Blocked(String),
    /// An allowance is used up.
    Limited {
        /// Of what.
        scope: Scope,
        /// Until when, where the provider says.
        until: Option<Timestamp>,
        /// In the provider's or our words, for the owner.
        reason: String,
    },
    /// This call is too much at the moment, and others are not: the account stays, but is not the first choice for a while.
    Crowded {
        /// For how long, where the provider says.
        wait: Option<Duration>,
    },
    /// An answer that had begun broke off: the account stays, but is not the first choice for a moment.
    BrokeOff(String),
    /// The provider has too much to do.
    Overloaded(String),
    /// The provider failed, or did not answer at all.
    Failed(String),
}

/// What a limit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every call of the account.
    Account,
    /// Calls of models of the same family as this one's.
    Family,
}

/// What follows for the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// This is its answer.
    PassOn,
    /// Another account may do better; without one, this is its answer.
    TryAnother,
    /// The sign-in is renewed, and the call sent once more.
    Renew,
}

impl Finding {
    /// What follows for the call.
    #[must_use]
    pub const fn step(&self) -> Step {
        match self {
            Self::Served | Self::CallersOwn => Step::PassOn,
            Self::SignedOut(_) => Step::Renew,
            Self::Forbidden(_)
            | Self::Blocked(_)
            | Self::Limited { .. }
            | Self::Crowded { .. }
            | Self::BrokeOff(_)
            | Self::Overloaded(_)
            | Self::Failed(_) => Step::TryAnother,
        }
    }

    /// What went wrong, in a few words for the owner; `None` where nothing did.
    #[must_use]
    pub fn trouble(&self) -> Option<&str> {
        match self {
            Self::Served | Self::CallersOwn => None,
            Self::Crowded { .. } => Some("too many calls of this kind at once"),
            Self::SignedOut(text)
            | Self::Forbidden(text)
            | Self::Blocked(text)
            | Self::Limited { reason: text, .. }
            | Self::BrokeOff(text)
            | Self::Overloaded(text)
            | Self::Failed(text) => Some(text),
        }
    }
}
