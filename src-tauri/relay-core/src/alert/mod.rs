//! Alerts: what the owner is told of without asking, and when it is over.
//!
//! Each thing that may go wrong (what everybody spends, an account, a key) is at most one episode at a time. It begins when
//! its rule says so, goes on while things are near that, and ends when they were well below it for a while; it is told when
//! it begins and when it ends. No episode is without an end: whatever it was about going away ends it, too.

pub mod unusual;
pub mod words;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use self::unusual::{Span, Use, Usual};
use crate::price::PicoUsd;

/// How long things have to be well before an episode is over.
const QUIET: SignedDuration = SignedDuration::from_mins(5);
/// How long an account may fail and be tried again before the owner is told.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);
/// Below this part of the limit, spending is well again, in percent.
const WELL_BELOW: i64 = 80;

/// What the owner wants to be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// More than this was spent within an hour, by everybody together; `None` for any amount.
    pub spend_per_hour: Option<PicoUsd>,
    /// An account cannot serve.
    pub accounts: bool,
    /// A key is used so much more than on its busiest day, in percent, see [`unusual`]; `None` for any use.
    pub unusual_use: Option<Percent>,
}

/// A part of a hundred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Percent(pub u32);

impl Default for Rules {
    /// What is certain to be of interest; how much is much to spend only the owner knows.
    fn default() -> Self {
        Self { spend_per_hour: None, accounts: true, unusual_use: Some(unusual::DEFAULT_FACTOR) }
    }
}

/// How things are.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// What was spent within the last hour.
    pub spent: PicoUsd,
    /// Who spent the most of it, and how much.
    pub most: Option<(String, PicoUsd)>,
    /// Every account.
    pub accounts: Vec<AccountSeen>,
    /// The keys that were used within the last day.
    pub keys: Vec<KeySeen>,
}

/// An account, and whether it serves.
#[derive(Clone, Debug)]
pub struct AccountSeen {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What keeps it out; `None` also while the owner paused it.
    pub out: Option<Out>,
    /// Whether another account of its provider serves.
    pub has_substitute: bool,
}

/// What keeps an account out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Out {
    /// The kind.
    pub trouble: Trouble,
    /// Why, for the owner.
    pub reason: String,
}

/// What may keep an account out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// It has to be signed in again.
    NeedsLogin,
    /// The provider does not serve it.
    Blocked,
    /// Its allowance is used up.
    Limited,
    /// It fails, or cannot be reached.
    Failing,
}

/// A key, and how it is used.
#[derive(Clone, Debug)]
pub struct KeySeen {
    /// Its id.
    pub id: i64,
    /// Whose it is.
    pub friend: String,
    /// Its name.
    pub key: String,
    /// The busier of this hour of the clock, so far, and the one before.
    pub hour: Use,
    /// The last day.
    pub day: Use,
    /// What is usual for it; `None` while that is not known.
    pub usual: Option<Usual>,
}

/// What an episode is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// What everybody spends.
    Spend,
    /// The account of this id.
    Account(i64),
    /// The key of this id.
    Key(i64),
}

/// What was seen when an episode began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// Much was spent within an hour.
    Spend {
        /// How much.
        spent: PicoUsd,
        /// More than this.
        limit: PicoUsd,
        /// Who spent the most of it, and how much.
        most: Option<(String, PicoUsd)>,
    },
    /// An account cannot serve.
    Account {
        /// Its name.
        name: String,
        /// The kind.
        trouble: Trouble,
        /// Why.
        reason: String,
    },
    /// A key is used unusually much.
    Key {
        /// Whose it is.
        friend: String,
        /// Its name.
        key: String,
        /// Within what.
        span: Span,
        /// How much.
        used: Use,
        /// Its busiest span of that length before.
        busiest: Use,
    },
}

/// A time during which something is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Episode {
    /// What it is about.
    pub subject: Subject,
    /// What was seen when it began.
    pub what: What,
    /// When that was.
    pub since: Timestamp,
    /// Since when things are well again.
    pub quiet_since: Option<Timestamp>,
}

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An episode began.
    Began(Episode),
    /// It is over.
    Over(Episode, Timestamp),
}

impl Event {
    /// What it is about.
    #[must_use]
    pub fn episode(&self) -> &Episode {
        match self {
            Self::Began(episode) | Self::Over(episode, _) => episode,
        }
    }
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    /// As it should be.
    Well,
    /// Not enough for an episode to begin, and too much for one to end.
    Near,
    /// Enough.
    Wrong,
}

/// What one rule found of one thing.
struct Found {
    subject: Subject,
    level: Level,
    what: What,
}

/// The episodes that are not over, and what may become one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    open: Vec<Episode>,
    /// The accounts that fail: since when, and when that was seen last.
    failing: BTreeMap<i64, (Timestamp, Timestamp)>,
}

impl Watch {
    /// Goes on where an earlier run ended.
    #[must_use]
    pub fn with(open: Vec<Episode>) -> Self {
        Self { open, ..Self::default() }
    }

    /// The episodes that are not over.
    #[must_use]
    pub fn open(&self) -> &[Episode] {
        &self.open
    }

    /// Takes in how things are now, and returns what is to be told.
    pub fn look(&mut self, now: Timestamp, rules: &Rules, seen: &Seen) -> Vec<Event> {
        let mut all = Vec::new();
        all.extend(rules.spend_per_hour.map(|limit| spend(limit, seen)));
        self.note_failing(now, seen);
        if rules.accounts {
            all.extend(seen.accounts.iter().filter_map(|one| self.account(one, now)));
        }
        if let Some(factor) = rules.unusual_use {
            all.extend(seen.keys.iter().filter_map(|one| key(one, factor)));
        }
        let mut events = Vec::new();
        // Unused keys and accounts in good order are not found at all: they are well. Rules that were switched off, too.
        self.open.retain_mut(|episode| {
            let level =
                all.iter().find(|found| found.subject == episode.subject).map_or(Level::Well, |found| found.level);
            if level != Level::Well {
                episode.quiet_since = None;
                return true;
            }
            let since = *episode.quiet_since.get_or_insert(now);
            // The clock may have been set back.
            let is_over = now.duration_since(since) >= QUIET || now < since;
            if is_over {
                events.push(Event::Over(episode.clone(), since));
            }
            !is_over
        });
        for Found { subject, what, .. } in all.into_iter().filter(|found| found.level == Level::Wrong) {
            if self.open.iter().all(|episode| episode.subject != subject) {
                let episode = Episode { subject, what, since: now, quiet_since: None };
                self.open.push(episode.clone());
                events.push(Event::Began(episode));
            }
        }
        events
    }

    /// An account that is tried again, and fails again, fails all the time.
    fn note_failing(&mut self, now: Timestamp, seen: &Seen) {
        self.failing.retain(|_, (_, last)| now.duration_since(*last).abs() <= QUIET);
        let is_failing = |one: &&AccountSeen| one.out.as_ref().is_some_and(|out| out.trouble == Trouble::Failing);
        for one in seen.accounts.iter().filter(is_failing) {
            self.failing.entry(one.id).or_insert((now, now)).1 = now;
        }
    }

    fn account(&self, one: &AccountSeen, now: Timestamp) -> Option<Found> {
        let Out { trouble, reason } = one.out.clone()?;
        let fails_since = self.failing.get(&one.id).map_or(now, |(since, _)| *since);
        let level = match trouble {
            Trouble::NeedsLogin | Trouble::Blocked => Level::Wrong,
            Trouble::Limited if one.has_substitute => Level::Well,
            Trouble::Limited => Level::Wrong,
            Trouble::Failing if now.duration_since(fails_since) >= PATIENCE => Level::Wrong,
            Trouble::Failing => Level::Near,
        };
        let what = What::Account { name: one.name.clone(), trouble, reason };
        Some(Found { subject: Subject::Account(one.id), level, what })
    }
}

fn spend(limit: PicoUsd, seen: &Seen) -> Found {
    let level = match seen.spent {
        spent if spent > limit => Level::Wrong,
        spent if spent.0 > limit.0 / 100 * WELL_BELOW => Level::Near,
        _ => Level::Well,
    };
    Found { subject: Subject::Spend, level, what: What::Spend { spent: seen.spent, limit, most: seen.most.clone() } }
}

fn key(one: &KeySeen, factor: Percent) -> Option<Found> {
    let usual = one.usual?;
    let spans = [(Span::Hour, one.hour, usual.hour), (Span::Day, one.day, usual.day)];
    let judged = spans.map(|(span, used, busiest)| (unusual::judge(span, used, busiest, factor), span, used, busiest));
    let (level, span, used, busiest) =
        judged.into_iter().reduce(|one, other| if other.0 > one.0 { other } else { one })?;
    let level = match level {
        unusual::Verdict::Usual => Level::Well,
        unusual::Verdict::Busy => Level::Near,
        unusual::Verdict::Unusual => Level::Wrong,
    };
    let (friend, key) = (one.friend.clone(), one.key.clone());
    Some(Found { subject: Subject::Key(one.id), level, what: What::Key { friend, key, span, used, busiest } })
}

#[cfg(test)]
mod tests;
