//! An account as it is now: what was read of it at the last change, and what goes on at it, which outlives the reading.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering},
    },
};

use carpool_core::{
    credential::{AccountKind, Credential},
    provider::Address,
    schedule::{
        AccountId, Candidate, Reason,
        health::{Health, Hold, HoldKind},
    },
    window::{self, Window},
};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::{
    catalog::Listed,
    lease::Wanted,
    refresh::Flight,
    shares::{Consumption, Sharing},
    turnstile::Turnstile,
};
use crate::{
    network::Route,
    store::{accounts::Account, windows::Sample},
};

/// The most troubles that are remembered of an account.
const TROUBLES: usize = 20;
/// A window is noted again when its used part grew by this much, or after this long.
const NOTABLE_STEP: f64 = 0.005;
const NOTABLE_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// An account and what it signs in with, as read at the last change; its vitals outlive the reading.
#[derive(Debug)]
pub struct LiveAccount {
    pub(super) account: Account,
    pub(super) name: Arc<str>,
    /// Why its secrets cannot be read, if so.
    pub(super) unreadable: Option<String>,
    pub(super) credential: Option<Credential>,
    pub(super) route: Route,
    pub(super) base_url: Option<Url>,
    /// Whose address that is.
    pub(super) at: Address,
    pub(super) vitals: Arc<Vitals>,
}

/// What goes on at an account.
#[derive(Debug)]
pub(super) struct Vitals {
    pub(super) in_flight: AtomicU32,
    /// The turn in which it last got a call.
    pub(super) last_turn: AtomicU64,
    pub(super) refresh: Mutex<Option<Flight>>,
    /// Keeps the calls it is sent apart, where the owner wants that.
    pub(super) turnstile: Turnstile,
    /// The holds version that is in use.
    pub(super) holds_version: AtomicI64,
    condition: Mutex<Condition>,
    listed: Mutex<Listed>,
    consumption: Mutex<Consumption>,
}

impl Default for Vitals {
    fn default() -> Self {
        Self {
            in_flight: AtomicU32::default(),
            last_turn: AtomicU64::default(),
            refresh: Mutex::default(),
            turnstile: Turnstile::default(),
            // Before any: what is stored is taken over at the first reading.
            holds_version: AtomicI64::new(-1),
            condition: Mutex::default(),
            listed: Mutex::default(),
            consumption: Mutex::default(),
        }
    }
}

/// How an account is.
#[derive(Debug, Default)]
pub(super) struct Condition {
    pub(super) health: Health,
    windows: Vec<Sample>,
    /// Samples that are not written yet.
    unwritten: Vec<Sample>,
    troubles: VecDeque<Trouble>,
    /// When its usage endpoint was last asked, or its headers last told as much.
    pub(super) usage_known_at: Option<Timestamp>,
    /// When, and how often in vain, its sign-in was last tried to be renewed.
    pub(super) renewal: Option<(Timestamp, u32)>,
    /// What kept it out when somebody last looked.
    looked: Option<(HoldKind, Timestamp)>,
}

/// Something that went wrong at an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// When.
    pub at: Timestamp,
    /// What, in a few words, never with anything of a prompt or an answer.
    pub what: String,
}

/// The one verdict on an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It serves.
    Ready,
    /// The owner paused it.
    Paused,
    /// Something keeps it out.
    Held(Hold),
    /// Its secrets cannot be read; the text says why.
    Unreadable(String),
}

impl Standing {
    /// The verdict on an account that is paused or not, with these holds.
    #[must_use]
    pub fn of(is_paused: bool, health: &Health, now: Timestamp) -> Self {
        if is_paused {
            return Self::Paused;
        }
        health.held(now).map_or(Self::Ready, |hold| Self::Held(hold.clone()))
    }

    /// The word for programs.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Paused => "paused",
            Self::Held(hold) => hold.kind.as_str(),
            Self::Unreadable(_) => HoldKind::Blocked.as_str(),
        }
    }

    /// Why it does not serve, where there is more to say than the word.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Ready | Self::Paused => None,
            Self::Held(hold) => Some(&hold.reason),
            Self::Unreadable(why) => Some(why),
        }
    }

    /// When it ends by itself or is tested again.
    #[must_use]
    pub const fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Held(hold) => Some(hold.until),
            Self::Ready | Self::Paused | Self::Unreadable(_) => None,
        }
    }
}

/// What goes on at an account, to be shown.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The verdict.
    pub standing: Standing,
    /// Model families that are limited by themselves.
    pub limited_families: Vec<Hold>,
    /// Calls it is serving now.
    pub in_flight: u32,
    /// What its provider last said of its windows; those that began anew since are empty.
    pub windows: Vec<Window>,
    /// What went wrong lately, the latest first.
    pub troubles: Vec<Trouble>,
}

impl LiveAccount {
    pub(super) fn id(&self) -> AccountId {
        AccountId(self.account.id)
    }

    pub(super) fn family<'a>(&self, model: Option<&'a str>) -> Option<&'a str> {
        model.map(self.account.provider.family)
    }

    pub(super) fn candidate(&self, wanted: &Wanted, sharing: &Sharing, now: Timestamp) -> Candidate<'_> {
        let family = self.family(wanted.model.as_deref());
        let condition = self.vitals.condition();
        let held = match () {
            () if self.account.is_paused => Some(Reason::Paused),
            () if self.unreadable.is_some() => Some(Reason::Blocked),
            () => condition.health.reason_against(family, now).or_else(|| self.over_share(wanted, sharing, now)),
        };
        Candidate {
            id: self.id(),
            name: &self.account.name,
            provider: self.account.provider,
            kind: self.account.kind,
            options: &self.account.options,
            at: self.at,
            held,
            priority: self.account.priority,
            in_flight: self.vitals.in_flight.load(Ordering::Relaxed),
            max_concurrency: self.account.max_concurrency,
            used: window::fullest(condition.windows.iter().map(|sample| &sample.window), now),
            last_turn: self.vitals.last_turn.load(Ordering::Relaxed),
            is_avoided: condition.health.is_avoided(family, now),
        }
    }

    /// Says whether it could serve a model.
    pub(super) fn serves(&self, model: &str) -> bool {
        self.account.provider.serves(model, &self.account.options, self.at)
    }

    pub(super) fn generation(&self) -> i64 {
        self.credential.as_ref().map_or(0, |credential| credential.generation)
    }

    /// Whether its sign-in is one that is renewed.
    pub(super) fn is_renewable(&self) -> bool {
        self.account.kind == AccountKind::Oauth && self.account.provider.login.is_some()
    }

    pub(super) fn snapshot(&self, now: Timestamp) -> Snapshot {
        let condition = self.vitals.condition();
        let standing = match &self.unreadable {
            Some(why) if !self.account.is_paused => Standing::Unreadable(why.clone()),
            _ => Standing::of(self.account.is_paused, &condition.health, now),
        };
        Snapshot {
            standing,
            limited_families: condition.health.limited_families(now).cloned().collect(),
            in_flight: self.vitals.in_flight.load(Ordering::Relaxed),
            windows: condition.windows.iter().map(|sample| sample.window.as_of(now)).collect(),
            troubles: condition.troubles.iter().rev().cloned().collect(),
        }
    }
}

impl Vitals {
    pub(super) fn listed(&self) -> MutexGuard<'_, Listed> {
        self.listed.lock().expect("no one panics while holding a list of models")
    }

    pub(super) fn consumption(&self) -> MutexGuard<'_, Consumption> {
        self.consumption.lock().expect("no one panics while holding what was burned")
    }

    pub(super) fn condition(&self) -> MutexGuard<'_, Condition> {
        self.condition.lock().expect("no one panics while holding a condition")
    }
}

impl Condition {
    /// How it was when it was last written down.
    pub(super) fn restore(&mut self, windows: Vec<Sample>) {
        self.windows = windows;
    }

    /// Notes what the provider says of the windows. Says whether that is to be written down.
    pub(super) fn see_windows(&mut self, seen: Vec<Window>, now: Timestamp) -> bool {
        self.usage_known_at = Some(now);
        for window in seen {
            let sample = Sample { at: now, window };
            let known = self.windows.iter_mut().find(|known| {
                (known.window.hours, &known.window.family) == (sample.window.hours, &sample.window.family)
            });
            match known {
                Some(known) if !is_notable(known, &sample) => known.window = sample.window,
                Some(known) => {
                    *known = sample.clone();
                    self.unwritten.push(sample);
                }
                None => {
                    self.windows.push(sample.clone());
                    self.windows.sort_by(|one, other| window::order(&one.window, &other.window));
                    self.unwritten.push(sample);
                }
            }
        }
        !self.unwritten.is_empty()
    }

    /// What is to be written down; it counts as written from now on.
    pub(super) fn take_unwritten(&mut self) -> (Vec<Hold>, Vec<Sample>) {
        (self.health.holds().to_vec(), std::mem::take(&mut self.unwritten))
    }

    /// Says whether something else keeps it out, or nothing any more, than when this was asked last.
    pub(super) fn looks_different(&mut self, now: Timestamp) -> bool {
        let look = self.health.held(now).map(|hold| (hold.kind, hold.until));
        std::mem::replace(&mut self.looked, look) != look
    }

    /// Remembers that something went wrong.
    pub(super) fn remember(&mut self, what: &str, now: Timestamp) {
        if self.troubles.len() == TROUBLES {
            self.troubles.pop_front();
        }
        self.troubles.push_back(Trouble { at: now, what: what.to_owned() });
    }
}

/// Says whether a sample tells more than the one that was written last.
fn is_notable(known: &Sample, new: &Sample) -> bool {
    let grew = (new.window.used - known.window.used).abs() >= NOTABLE_STEP;
    grew || known.window.resets_at != new.window.resets_at || new.at.duration_since(known.at) >= NOTABLE_AFTER
}
