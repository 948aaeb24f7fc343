//! Why a call is not within the limits, in words a friend can act on.

use core::net::IpAddr;
use std::time::Duration;

use http::StatusCode;
use jiff::{Timestamp, tz::TimeZone};

use super::{Holder, Subject, tally::CALLS_END};
use crate::{
    call::Client,
    limits::CapSpan,
    price::PicoUsd,
    refusal::{Retry, clock_time},
};

/// A call that is not within a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    whose: Whose,
    why: Why,
    /// When the same call would be let through, if nothing else happens; `None` where that is never.
    until: Option<Timestamp>,
    /// How long the call may wait for that instead.
    wait: Option<Duration>,
}

/// Whose limit it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// That of the key with this name.
    Key(String),
    /// That of the friend with this name, over all their keys.
    Friend(String),
}

/// Which limit it is, and how much of it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Another program is calling than those that may.
    Client {
        /// What those that may are called.
        allowed: Vec<String>,
        /// The one that is calling.
        is: Client,
    },
    /// This address may not be called from.
    Address(IpAddr),
    /// No calls are taken at this time of the day.
    Quiet,
    /// Too many requests a minute.
    Requests {
        /// How many there may be.
        limit: u32,
        /// How many came in the last minute.
        made: u64,
    },
    /// Too many tokens a minute.
    Tokens {
        /// How many there may be.
        limit: u64,
        /// How many count in the last minute.
        used: u64,
        /// How many this call is reckoned to use.
        asked: u64,
    },
    /// Too many calls at once.
    Calls {
        /// How many there may be.
        limit: u32,
        /// How many are under way.
        open: usize,
    },
    /// The money is spent.
    UsedUp {
        /// In which span.
        span: CapSpan,
        /// How much there was.
        cap: PicoUsd,
        /// How much was spent.
        used: PicoUsd,
    },
    /// Calls under way may spend what is left.
    UnderWay {
        /// In which span.
        span: CapSpan,
        /// How much there was.
        cap: PicoUsd,
        /// How much was spent.
        used: PicoUsd,
        /// How much is set aside for calls under way.
        reserved: PicoUsd,
        /// How much this call is reckoned to cost.
        asked: PicoUsd,
    },
    /// The model may not be asked for.
    Model {
        /// As the client wrote it; `None` where it named none.
        asked: Option<String>,
        /// Those that may be asked for; all but some where there are none.
        allowed: Vec<String>,
    },
}

impl Why {
    /// The place in the order in which limits refuse.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Client { .. } => 0,
            Self::Address(_) => 1,
            Self::Quiet => 2,
            Self::Requests { .. } => 3,
            Self::Tokens { .. } => 4,
            Self::Calls { .. } => 5,
            Self::UsedUp { .. } | Self::UnderWay { .. } => 6,
            Self::Model { .. } => 7,
        }
    }

    /// Says whether it is over as soon as other calls end.
    fn ends_with_calls(&self) -> bool {
        matches!(self, Self::Calls { .. } | Self::UnderWay { .. })
    }
}

/// The first of the refusals, if there are any. It tells the time at which the last of them is over.
pub(super) fn first(mut refusals: Vec<Denied>) -> Result<(), Denied> {
    // Stable: of one kind those of the first subject stay first.
    refusals.sort_by_key(|denied| denied.why.rank());
    let latest = refusals.iter().filter_map(|denied| denied.until).max();
    let full = refusals.iter().filter(|denied| matches!(denied.why, Why::Calls { .. }));
    // One that does not wait at all comes first here.
    let shortest_wait = full.map(|denied| denied.wait).min().flatten();
    let wait = shortest_wait.filter(|_| refusals.iter().all(|denied| denied.why.ends_with_calls()));
    match refusals.into_iter().next() {
        Some(denied) => Err(Denied { until: denied.until.and(latest), wait, ..denied }),
        None => Ok(()),
    }
}

impl Denied {
    pub(super) fn new(subject: &Subject<'_>, why: Why, until: Option<Timestamp>) -> Self {
        let whose = match subject.holder {
            Holder::Key(_) => Whose::Key(subject.name.to_owned()),
            Holder::Friend(_) => Whose::Friend(subject.name.to_owned()),
        };
        Self { whose, why, until, wait: None }
    }

    pub(super) fn after_waiting(self, wait: Option<Duration>) -> Self {
        Self { wait, ..self }
    }

    /// Whose limit it is.
    #[must_use]
    pub fn whose(&self) -> &Whose {
        &self.whose
    }

    /// Which limit it is.
    #[must_use]
    pub fn why(&self) -> &Why {
        &self.why
    }

    /// How long the call may wait to be asked again, before it is refused: only where all that is in its way are calls
    /// under way.
    #[must_use]
    pub fn may_wait(&self) -> Option<Duration> {
        self.wait
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self.why {
            Why::UsedUp { .. } | Why::UnderWay { .. } => StatusCode::PAYMENT_REQUIRED,
            Why::Requests { .. } | Why::Tokens { .. } | Why::Calls { .. } => StatusCode::TOO_MANY_REQUESTS,
            Why::Client { .. } | Why::Address(_) | Why::Quiet | Why::Model { .. } => StatusCode::FORBIDDEN,
        }
    }

    /// Whether asking again can help, and when.
    #[must_use]
    pub fn retry(&self, now: Timestamp) -> Retry {
        self.until.map_or(Retry::Never, |until| {
            Retry::After(Duration::try_from(until.duration_since(now)).unwrap_or_default())
        })
    }

    /// In words a friend can act on, with times as a clock in `zone` shows them.
    #[must_use]
    pub fn describe(&self, now: Timestamp, zone: &TimeZone) -> String {
        let who = match &self.whose {
            Whose::Key(name) => format!("Your key '{name}'"),
            Whose::Friend(_) => "Your limit over all keys: you".to_owned(),
        };
        format!("{who} {}. {}", self.why.describe(), self.advice(now, zone))
    }

    fn advice(&self, now: Timestamp, zone: &TimeZone) -> String {
        match (&self.why, self.until) {
            (Why::Client { .. }, _) => "Use one of them, or ask the owner to allow this one.".to_owned(),
            (Why::Address(_), _) => "Ask the owner to allow this address.".to_owned(),
            (Why::Model { allowed, .. }, _) if allowed.is_empty() => "Use another model, or ask the owner.".to_owned(),
            (Why::Model { allowed, .. }, _) => format!("Allowed are: {}.", allowed.join(", ")),
            (_, None) => "Ask the owner for more.".to_owned(),
            (_, Some(until)) if self.why.ends_with_calls() && until <= now + CALLS_END => {
                "Try again in a few seconds, when some have ended.".to_owned()
            }
            (Why::UsedUp { .. }, Some(until)) => {
                format!("There is room again at {}; for more before that ask the owner.", clock_time(until, now, zone))
            }
            (_, Some(until)) => format!("Try again at {}.", clock_time(until, now, zone)),
        }
    }
}

impl Why {
    fn describe(&self) -> String {
        match self {
            Self::Client { allowed, is } => {
                format!("may only call with {}, and this is {}", allowed.join(", "), is.label())
            }
            Self::Address(address) => format!("may not call from {address}"),
            Self::Quiet => "may make no calls in quiet hours".to_owned(),
            Self::Requests { limit, made } => {
                let requests = if *limit == 1 { "request" } else { "requests" };
                format!("may make {limit} {requests} a minute, and made {made} in the last one")
            }
            Self::Tokens { limit, used, asked } => {
                format!("may use {limit} tokens a minute, {used} count in the last one, and this call may use {asked}")
            }
            Self::Calls { limit: 1, .. } => "may have one call under way at a time, and one is".to_owned(),
            Self::Calls { limit, open } => format!("may have {limit} calls under way at once, and {open} are"),
            Self::UsedUp { span, cap, used } => {
                format!("may spend {cap} {}, and {} of it is spent", per(*span), used.rounded())
            }
            Self::UnderWay { span, cap, used, reserved, asked } => format!(
                "may spend {cap} {}: {} of it is spent, calls under way may spend {} more, and this one {}",
                per(*span),
                used.rounded(),
                reserved.rounded(),
                asked.rounded()
            ),
            Self::Model { asked: Some(model), .. } => format!("may not ask for the model '{model}'"),
            Self::Model { asked: None, .. } => "may ask for some models only, and this call names none".to_owned(),
        }
    }
}

fn per(span: CapSpan) -> &'static str {
    match span {
        CapSpan::FiveHours => "in any 5 hours",
        CapSpan::Day => "a day",
        CapSpan::Week => "a week",
        CapSpan::Month => "a month",
        CapSpan::Total => "altogether",
    }
}
