//! What keeps an account out: why, since when and until when. Everything that does ends by itself or is tried again, and
//! any success ends it at once.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Reason;
use crate::attempt::{Finding, Scope};

/// How long an overloaded provider is left alone, doubled each time up to the second.
const OVERLOADED: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(600));
/// The same after a failure of the provider or of the way there.
const FAILED: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(300));
/// The longest that a provider's word for a limit's end is believed.
const LONGEST_LIMIT: SignedDuration = SignedDuration::from_hours(7 * 24 + 1);
/// How long a limit lasts whose end the provider does not say, and how long until what only the owner can mend is looked
/// at again all the same.
pub const RECHECK: SignedDuration = SignedDuration::from_hours(1);
/// How long an account that was too crowded for a call is not the first choice, at most and by default.
const CROWDED: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(5));
/// So many refusals in a row, without a success between them, block an account.
const STRIKES: u32 = 3;
/// How soon an account that was blocked by them is tested: they may have been about the calls, and not about it.
const DOUBT: SignedDuration = SignedDuration::from_mins(1);
/// The same after an answer that broke off.
const BROKE_OFF: Duration = Duration::from_secs(10);
/// How long after its end a cooldown is remembered, so that the next one is longer.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// What kind of thing keeps an account out; the graver, the later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HoldKind {
    /// The provider, or the way there, fails.
    Cooling,
    /// An allowance is used up.
    Limited,
    /// Its credential is not accepted.
    NeedsLogin,
    /// The provider does not serve it, or its secret cannot be read.
    Blocked,
}

impl HoldKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Cooling, Self::Limited, Self::NeedsLogin, Self::Blocked];

    /// The word in the database and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cooling => "cooling",
            Self::Limited => "limited",
            Self::NeedsLogin => "needs_login",
            Self::Blocked => "blocked",
        }
    }

    /// The kind of this word.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Says whether it lasts until a test shows that it is over, rather than for a time.
    #[must_use]
    pub const fn ends_by_test(self) -> bool {
        matches!(self, Self::NeedsLogin | Self::Blocked)
    }
}

/// One thing that keeps an account out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its kind.
    pub kind: HoldKind,
    /// The model family it is about; `None` for all calls.
    pub family: Option<String>,
    /// Why, for the owner.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
    /// When it ends, or is looked at again.
    pub until: Timestamp,
    /// How often it followed upon itself without a success between.
    pub step: u32,
}

impl Hold {
    fn is_on(&self, now: Timestamp) -> bool {
        self.kind.ends_by_test() || self.until > now
    }

    fn is_about(&self, family: Option<&str>) -> bool {
        self.family.is_none() || self.family.as_deref() == family
    }
}

/// How an account is: what keeps it out, if anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    holds: Vec<Hold>,
    /// Refusals in a row.
    strikes: u32,
    /// Families it is not the first choice for, and until when.
    avoided: Vec<(Option<String>, Timestamp)>,
}

impl Health {
    /// The health of an account with these holds, as they were stored.
    #[must_use]
    pub fn with(holds: Vec<Hold>) -> Self {
        Self { holds, ..Self::default() }
    }

    /// All holds, those included that are over but remembered.
    #[must_use]
    pub fn holds(&self) -> &[Hold] {
        &self.holds
    }

    /// Learns what an attempt with a model of `family` showed. `is_charged` tells whether the call costs anything: only
    /// such a call shows that an allowance is not used up. Says whether the holds changed.
    pub fn note(&mut self, finding: &Finding, family: Option<&str>, is_charged: Charged, now: Timestamp) -> bool {
        match finding {
            Finding::CallersOwn => false,
            Finding::Served => self.serve(family, is_charged),
            Finding::SignedOut(reason) => self.put(HoldKind::NeedsLogin, None, reason, now, now + RECHECK, 0),
            Finding::Blocked(reason) => self.put(HoldKind::Blocked, None, reason, now, now + RECHECK, 0),
            Finding::Forbidden(reason) => {
                self.strikes += 1;
                self.strikes >= STRIKES && self.put(HoldKind::Blocked, None, reason, now, now + DOUBT, 0)
            }
            Finding::Limited { scope, until, reason } => {
                let about = match scope {
                    Scope::Account => None,
                    Scope::Family => family,
                };
                // A reset that has passed says as little as none.
                let until = until.filter(|until| *until > now).unwrap_or(now + RECHECK).min(now + LONGEST_LIMIT);
                self.put(HoldKind::Limited, about, reason, now, until, 0)
            }
            Finding::Crowded { wait } => self.avoid(family, wait.unwrap_or(CROWDED.1).min(CROWDED.0), now),
            Finding::BrokeOff(_) => self.avoid(family, BROKE_OFF, now),
            Finding::Overloaded(reason) => self.cool(reason, OVERLOADED, now),
            Finding::Failed(reason) => self.cool(reason, FAILED, now),
        }
    }

    /// The account serves: what stood against that is over.
    fn serve(&mut self, family: Option<&str>, charged: Charged) -> bool {
        self.strikes = 0;
        if charged == Charged::Yes {
            self.avoided.retain(|(about, _)| about.as_deref() != family);
        }
        self.remove(|hold| match hold.kind {
            HoldKind::Limited => charged == Charged::Yes && hold.is_about(family),
            HoldKind::Cooling | HoldKind::NeedsLogin | HoldKind::Blocked => true,
        })
    }

    /// Makes the account not the first choice for a while; that holds nothing back, so no hold changes.
    fn avoid(&mut self, family: Option<&str>, wait: Duration, now: Timestamp) -> bool {
        self.avoided.retain(|(about, until)| *until > now && about.as_deref() != family);
        self.avoided.push((family.map(str::to_owned), now + wait));
        false
    }

    fn cool(&mut self, reason: &str, (first, most): (Duration, Duration), now: Timestamp) -> bool {
        let earlier = self.holds.iter().find(|hold| hold.kind == HoldKind::Cooling);
        // Many calls that fail together are one failure.
        if earlier.is_some_and(|hold| hold.until > now) {
            return false;
        }
        let step = earlier.filter(|hold| hold.until + REMEMBERED > now).map_or(0, |hold| hold.step + 1);
        let wait = first.saturating_mul(1_u32.checked_shl(step).unwrap_or(u32::MAX)).min(most);
        self.put(HoldKind::Cooling, None, reason, now, now + wait, step)
    }

    fn put(
        &mut self,
        kind: HoldKind,
        family: Option<&str>,
        reason: &str,
        now: Timestamp,
        until: Timestamp,
        step: u32,
    ) -> bool {
        let earlier = self.holds.iter().position(|hold| hold.kind == kind && hold.family.as_deref() == family);
        let since = match earlier.map(|place| self.holds.swap_remove(place)) {
            Some(hold) if hold.is_on(now) => hold.since,
            _ => now,
        };
        self.holds.push(Hold {
            kind,
            family: family.map(str::to_owned),
            reason: reason.to_owned(),
            since,
            until,
            step,
        });
        true
    }

    fn remove(&mut self, is_over: impl Fn(&Hold) -> bool) -> bool {
        let before = self.holds.len();
        self.holds.retain(|hold| !is_over(hold));
        self.holds.len() != before
    }

    /// The owner, or a sign-in anew, ends everything that keeps the account out. Says whether anything did.
    pub fn clear(&mut self) -> bool {
        let is_held = !self.holds.is_empty();
        *self = Self::default();
        is_held
    }

    /// A window that is not used up ends the limits about it. Says whether one was ended.
    pub fn end_limits(&mut self, is_over: impl Fn(Option<&str>) -> bool) -> bool {
        self.remove(|hold| hold.kind == HoldKind::Limited && is_over(hold.family.as_deref()))
    }

    /// Forgets what is over for good. Says whether there was any.
    pub fn forget_past(&mut self, now: Timestamp) -> bool {
        self.avoided.retain(|(_, until)| *until > now);
        self.remove(|hold| match hold.kind {
            HoldKind::Cooling => hold.until + REMEMBERED <= now,
            _ => !hold.is_on(now),
        })
    }

    /// Connections are made anew, so what failed may work: what the way to the provider is left alone for ends now.
    pub fn end_cooling(&mut self) -> bool {
        self.remove(|hold| hold.kind == HoldKind::Cooling)
    }

    /// The hold that is to be tested now.
    #[must_use]
    pub fn due_for_test(&self, now: Timestamp) -> Option<HoldKind> {
        self.holds.iter().find(|hold| hold.kind.ends_by_test() && hold.until <= now).map(|hold| hold.kind)
    }

    /// A test showed nothing new, or none could be made: it is made again later.
    pub fn postpone_tests(&mut self, now: Timestamp) {
        for hold in self.holds.iter_mut().filter(|hold| hold.kind.ends_by_test()) {
            hold.until = now + RECHECK;
        }
    }

    /// What keeps the account from all calls, the gravest thing first.
    #[must_use]
    pub fn held(&self, now: Timestamp) -> Option<&Hold> {
        self.held_for(None, now)
    }

    /// What keeps it from calls of this model family.
    #[must_use]
    pub fn held_for(&self, family: Option<&str>, now: Timestamp) -> Option<&Hold> {
        let on = self.holds.iter().filter(|hold| hold.is_on(now) && hold.is_about(family));
        on.max_by_key(|hold| (hold.kind, hold.until))
    }

    /// The model families that are limited by themselves.
    pub fn limited_families(&self, now: Timestamp) -> impl Iterator<Item = &Hold> {
        self.holds.iter().filter(move |hold| hold.family.is_some() && hold.is_on(now))
    }

    /// Why it cannot serve a call of this model family.
    #[must_use]
    pub fn reason_against(&self, family: Option<&str>, now: Timestamp) -> Option<Reason> {
        self.held_for(family, now).map(|hold| match hold.kind {
            HoldKind::Cooling => Reason::Cooling(hold.until),
            HoldKind::Limited => Reason::Limited(hold.until),
            HoldKind::NeedsLogin => Reason::NeedsLogin,
            HoldKind::Blocked => Reason::Blocked,
        })
    }

    /// Says whether it is not the first choice for such a call at the moment.
    #[must_use]
    pub fn is_avoided(&self, family: Option<&str>, now: Timestamp) -> bool {
        self.avoided.iter().any(|(about, until)| *until > now && about.as_deref() == family)
    }
}

/// Whether a call costs anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charged {
    /// It runs a model.
    Yes,
    /// It counts or lists.
    No,
}

#[cfg(test)]
mod tests;
