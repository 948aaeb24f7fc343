//! Why no account can serve a call: each account's reason, for the scheduler, and in words for who called.

use std::time::Duration;

use http::StatusCode;
use jiff::{Timestamp, tz::TimeZone};

use crate::refusal::{Retry, clock_time};

/// When a client may ask again if every account is merely busy.
const BUSY_RETRY: Duration = Duration::from_secs(5);

/// Why an account cannot serve a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The owner paused it.
    Paused,
    /// Its credential is no longer accepted.
    NeedsLogin,
    /// The provider does not serve it, or its secret cannot be read.
    Blocked,
    /// Its allowance, or that of the model, is used up until then.
    Limited(Timestamp),
    /// Its provider, or the way there, failed a moment ago; it is left alone until then.
    Cooling(Timestamp),
    /// It does not speak the dialect.
    OtherDialect,
    /// It does not have the model.
    OtherModel,
    /// It is a subscription and serves only its vendor's own client, named here.
    OnlyOwnClient(&'static str),
    /// The key may not use it.
    NotForThisKey,
    /// The key may not use its provider.
    OtherProvider,
    /// The friend has used their share of its window, and what is left is kept for others.
    OverShare(OverShare),
    /// It is serving all it may.
    Busy,
    /// This call was already tried there.
    Tried,
}

/// A friend has used their share of an account's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverShare {
    /// When there is room for the friend again.
    pub until: Timestamp,
    /// What the friend has used of the window, in thousandths.
    pub used: u16,
    /// The friend's share of it, in thousandths.
    pub entitled: u16,
}

impl Reason {
    /// The word for programs.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::NeedsLogin => "needs_login",
            Self::Blocked => "blocked",
            Self::Limited(_) => "limited",
            Self::Cooling(_) => "cooling",
            Self::OtherDialect => "other_dialect",
            Self::OtherModel => "other_model",
            Self::OnlyOwnClient(_) => "only_own_client",
            Self::NotForThisKey => "not_for_this_key",
            Self::OtherProvider => "other_provider",
            Self::OverShare(_) => "over_share",
            Self::Busy => "busy",
            Self::Tried => "tried",
        }
    }

    /// When it is over by itself, where that is known.
    #[must_use]
    pub const fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Limited(until) | Self::Cooling(until) => Some(*until),
            Self::OverShare(over) => Some(over.until),
            _ => None,
        }
    }

    /// In words, with the time as a clock shows it.
    #[must_use]
    pub fn describe(&self, now: Timestamp, zone: &TimeZone) -> String {
        match self {
            Self::Paused => "paused".to_owned(),
            Self::NeedsLogin => "needs login".to_owned(),
            Self::Blocked => "blocked".to_owned(),
            Self::Limited(until) => format!("limited until {}", clock_time(*until, now, zone)),
            Self::Cooling(until) => format!("cooling until {}", clock_time(*until, now, zone)),
            Self::OtherDialect => "of another dialect".to_owned(),
            Self::OtherModel => "without this model".to_owned(),
            Self::OnlyOwnClient(client) => format!("a subscription that serves only {client}"),
            Self::NotForThisKey => "not for this key".to_owned(),
            Self::OtherProvider => "of a provider this key may not use".to_owned(),
            Self::OverShare(over) => format!("over your share until {}", clock_time(over.until, now, zone)),
            Self::Busy => "busy".to_owned(),
            Self::Tried => "tried in vain".to_owned(),
        }
    }
}

/// No account can serve a call, with each account's reason.
#[derive(Clone, Debug)]
pub struct NoAccount {
    reasons: Vec<Reason>,
    model: Option<Model>,
}

/// The model that a call asked for in vain, and those that resemble it.
#[derive(Clone, Debug)]
struct Model {
    asked: String,
    near: Vec<String>,
}

impl NoAccount {
    /// No account can serve a call, because of these.
    #[must_use]
    pub fn because(reasons: impl IntoIterator<Item = Reason>) -> Self {
        Self { reasons: reasons.into_iter().collect(), model: None }
    }

    /// Says whether an account could serve the call if it were less busy: then waiting helps.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.reasons.contains(&Reason::Busy)
    }

    /// The share that keeps the friend out and ends first, where nothing else will serve the call sooner.
    #[must_use]
    pub fn over_share(&self) -> Option<OverShare> {
        let over = self.reasons.iter().filter_map(|reason| match reason {
            Reason::OverShare(over) => Some(*over),
            _ => None,
        });
        over.min_by_key(|over| over.until).filter(|_| !self.is_busy() && !self.was_tried())
    }

    /// Says whether the call may wait a little for an account, rather than be refused.
    #[must_use]
    pub fn may_wait(&self, now: Timestamp, at_most: Duration) -> bool {
        let is_soon = |over: OverShare| over.until.duration_since(now).unsigned_abs() <= at_most;
        self.is_busy() || self.over_share().is_some_and(is_soon)
    }

    /// Says whether the key would have to be allowed another provider.
    fn is_of_other_provider(&self) -> bool {
        let is_elsewhere = |reason: &Reason| {
            matches!(reason, Reason::OtherProvider | Reason::OtherDialect | Reason::OtherModel | Reason::NotForThisKey)
        };
        self.reasons.contains(&Reason::OtherProvider) && self.reasons.iter().all(is_elsewhere)
    }

    /// Says whether an account is left that the call was tried at and that is not out for it.
    #[must_use]
    pub fn was_tried(&self) -> bool {
        self.reasons.contains(&Reason::Tried)
    }

    /// When the first account is back by itself, where one will be.
    #[must_use]
    pub fn earliest_return(&self) -> Option<Timestamp> {
        self.reasons.iter().filter_map(Reason::until).min()
    }

    /// The status of the answer: it is the caller who is refused where another client would have been served.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match () {
            () if self.has_no_such_model() => StatusCode::NOT_FOUND,
            () if self.is_of_other_provider() || self.own_client().is_some() => StatusCode::FORBIDDEN,
            () if self.over_share().is_some() => StatusCode::TOO_MANY_REQUESTS,
            () => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Says whether every account that the call could go to lacks the model.
    #[must_use]
    pub fn has_no_such_model(&self) -> bool {
        let is_elsewhere = |reason: &&Reason| matches!(reason, Reason::OtherDialect | Reason::NotForThisKey);
        let mut possible = self.reasons.iter().filter(|reason| !is_elsewhere(reason)).peekable();
        possible.peek().is_some() && possible.all(|reason| *reason == Reason::OtherModel)
    }

    /// Names the model that was asked for, and others that there are: best first.
    #[must_use]
    pub fn about_model(self, asked: Option<&str>, near: Vec<String>) -> Self {
        Self { model: asked.map(|asked| Model { asked: asked.to_owned(), near }), ..self }
    }

    /// Whether asking again can help: not while every account waits for its owner.
    #[must_use]
    pub fn retry(&self, now: Timestamp) -> Retry {
        if self.is_busy() {
            return Retry::After(BUSY_RETRY);
        }
        match self.earliest_return() {
            Some(until) => Retry::After(Duration::try_from(until.duration_since(now)).unwrap_or_default()),
            None if self.was_tried() => Retry::Whenever,
            None => Retry::Never,
        }
    }

    /// The client that a subscription would have served, when nothing else stands in the way.
    #[must_use]
    pub fn own_client(&self) -> Option<&'static str> {
        let only_own = self.reasons.iter().find_map(|reason| match reason {
            Reason::OnlyOwnClient(client) => Some(*client),
            _ => None,
        });
        let ends_by_itself =
            |reason: &Reason| matches!(reason, Reason::Busy | Reason::Tried) || reason.until().is_some();
        only_own.filter(|_| !self.reasons.iter().any(ends_by_itself))
    }

    /// In words a friend can act on, with times as a clock shows them.
    #[must_use]
    pub fn describe(&self, now: Timestamp, zone: &TimeZone) -> String {
        if self.reasons.is_empty() {
            return "Carpool has no account yet that could serve this call. Ask the owner to add one.".to_owned();
        }
        if let Some(Model { asked, near }) = self.model.as_ref().filter(|_| self.has_no_such_model()) {
            let near = match &near[..] {
                [] => "Ask the owner which models there are.".to_owned(),
                near => format!("Near to it are: {}.", near.join(", ")),
            };
            return format!("No account here has the model '{asked}'. {near}");
        }
        if self.is_of_other_provider() {
            return "This key may not use the accounts that could serve this call: they are of another provider. Ask the \
                    owner to allow it."
                .to_owned();
        }
        if let Some(over) = self.over_share() {
            return describe_share(over, now, zone);
        }
        let advice = self.own_client().map(|client| {
            format!(
                "The accounts that are free are subscriptions and serve only {client} (the vendor's own client). Use \
                 {client}, or ask the owner to add an API-key account. "
            )
        });
        let counted: Vec<_> =
            self.counted(now, zone).into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        let then = match self.retry(now) {
            Retry::After(_) if self.is_busy() => "Try again in a few seconds.".to_owned(),
            Retry::After(_) => {
                let back = self.earliest_return().unwrap_or(now);
                format!("Try again at {}.", clock_time(back, now, zone))
            }
            Retry::Whenever | Retry::Never => "Ask the owner to look at the accounts.".to_owned(),
        };
        let advice = advice.unwrap_or_default();
        format!("{advice}No account can serve this call: {}. {then}", counted.join(", "))
    }

    fn counted(&self, now: Timestamp, zone: &TimeZone) -> Vec<(String, usize)> {
        let mut counted: Vec<(String, usize)> = Vec::new();
        for reason in self.reasons.iter().map(|reason| reason.describe(now, zone)) {
            match counted.iter_mut().find(|(text, _)| *text == reason) {
                Some((_, count)) => *count += 1,
                None => counted.push((reason, 1)),
            }
        }
        counted
    }
}

fn describe_share(over: OverShare, now: Timestamp, zone: &TimeZone) -> String {
    let percent = |thousandths: u16| f64::from(thousandths) / 10.0;
    format!(
        "You have used {:.0} % of the subscription's window, of which your share is {:.0} %; what is left is kept for the \
         others. Try again at {}, or ask the owner for a larger share.",
        percent(over.used),
        percent(over.entitled),
        clock_time(over.until, now, zone)
    )
}
