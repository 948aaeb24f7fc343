//! Admission: whether a call is within the limits of its key and of its friend, and what is set aside for it until it is
//! known what it used.
//!
//! Each holder of limits has a tally. A call is looked at by all the tallies it concerns first and written down in all of
//! them then, so that a refused one leaves no trace. What was admitted is settled with what it used, or released. Money
//! and tokens count for the time at which the call was admitted, whenever it ends.
//!
//! A holder without limits is tallied for money only, so that a cap that is set later knows what was spent before.

use std::collections::HashMap;

use jiff::{Timestamp, tz::TimeZone};

use crate::{call::Operation, limits::Limits, price::PicoUsd, usage::Usage};

mod denied;
mod enter;
mod estimate;
mod learned;
mod models;
mod pace;
mod spent;
mod tally;

pub use self::{
    denied::{Denied, Whose, Why},
    enter::{Arrival, may_enter},
    estimate::{Bound, Size},
    learned::Learned,
    models::may_ask,
    spent::{SpanStarts, Spent, span_starts},
    tally::{LimitKind, LimitUse},
};
use self::{spent::Calendar, tally::Tally};

/// Who has limits, by the id in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A key.
    Key(i64),
    /// A friend, with all their keys.
    Friend(i64),
}

/// A holder whose limits a call has to keep. The key comes before the friend.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Whose limits these are.
    pub holder: Holder,
    /// The key's name, or the friend's.
    pub name: &'a str,
    /// What the owner set.
    pub limits: &'a Limits,
}

/// What a call asks for.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// What is to be done.
    pub operation: Operation,
    /// The model, as the client wrote it.
    pub model: Option<&'a str>,
    /// Further models that may answer instead.
    pub other_models: &'a [String],
    /// What it is reckoned to use.
    pub estimate: Estimate,
}

impl Ask<'_> {
    /// What is set aside for it: nothing where providers do not charge.
    fn reserved(&self) -> Estimate {
        if self.operation.is_charged() { self.estimate } else { Estimate::default() }
    }
}

/// What a call is reckoned to use, before it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Tokens that count for a limit per minute: uncached input, cache writes and output.
    pub limited_tokens: u64,
    /// Money.
    pub cost: PicoUsd,
}

/// What a call used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Actual {
    /// Tokens that count for a limit per minute.
    pub limited_tokens: u64,
    /// Money.
    pub cost: PicoUsd,
}

/// An admitted call: what is set aside for it, and where. It has to be given back, settled or released, exactly once.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "what is set aside for a call stays so until it is settled or released"]
pub struct Permit {
    /// Ids grow.
    id: u64,
    holders: Vec<Holder>,
    admitted_at: Timestamp,
    reserved: Estimate,
    takes_place: bool,
}

impl Permit {
    /// What is set aside for the call.
    #[must_use]
    pub fn reserved(&self) -> Estimate {
        self.reserved
    }

    /// When it was admitted: what it uses counts for that time.
    #[must_use]
    pub fn admitted_at(&self) -> Timestamp {
        self.admitted_at
    }

    /// What the call counts as when this is all that is known of it: what cannot be told counts as it was reckoned.
    #[must_use]
    pub fn actual(&self, usage: &Usage, cost: Option<PicoUsd>) -> Actual {
        let Estimate { limited_tokens, cost: reckoned } = self.reserved;
        Actual {
            limited_tokens: if usage.is_reported() { usage.limited_tokens() } else { limited_tokens },
            cost: cost.unwrap_or(reckoned),
        }
    }
}

/// The tallies of all holders.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tallies {
    tallies: HashMap<Holder, Tally>,
    last_id: u64,
    calendar: Option<Calendar>,
}

impl Tallies {
    /// Takes over what a holder spent before, in place of what is known of it here. To be called for each holder before
    /// calls are admitted, and again when the clock was set or the owner's time zone has changed. `now` and `zone` are
    /// those that [`span_starts`] was asked with.
    pub fn restore(&mut self, holder: Holder, spent: &Spent, now: Timestamp, zone: &TimeZone) {
        let calendar = Calendar::of(&mut self.calendar, now, zone);
        self.tallies.entry(holder).or_default().restore(spent, now, calendar);
    }

    /// Admits a call, if it is within everything its subjects are limited to.
    ///
    /// # Errors
    /// [`Denied`] by the first limit that it is not within: requests, then tokens per minute, calls at once, money,
    /// models; of each kind that of the first subject.
    pub fn admit(
        &mut self,
        subjects: &[Subject<'_>],
        ask: &Ask<'_>,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Result<Permit, Denied> {
        let calendar = Calendar::of(&mut self.calendar, now, zone);
        let mut refusals = Vec::new();
        for subject in subjects {
            let tally = self.tallies.entry(subject.holder).or_default();
            tally.advance(subject.limits, now, calendar);
            refusals.extend(tally.refusals(subject, ask, now));
        }
        denied::first(refusals)?;

        self.last_id += 1;
        let permit = Permit {
            id: self.last_id,
            holders: subjects.iter().map(|subject| subject.holder).collect(),
            admitted_at: now,
            reserved: ask.reserved(),
            takes_place: ask.operation.is_charged(),
        };
        for holder in &permit.holders {
            self.tallies.entry(*holder).or_default().enter(&permit);
        }
        Ok(permit)
    }

    /// Counts what an admitted call used, in place of what was set aside for it.
    pub fn settle(&mut self, permit: Permit, actual: Actual, now: Timestamp, zone: &TimeZone) {
        let calendar = Calendar::of(&mut self.calendar, now, zone);
        self.last_id += 1;
        let Permit { holders, .. } = &permit;
        for holder in holders {
            // One that was forgotten meanwhile has nothing to count for.
            if let Some(tally) = self.tallies.get_mut(holder) {
                tally.settle(&permit, actual, self.last_id, now, calendar);
            }
        }
        drop(permit);
    }

    /// Gives back what was set aside for an admitted call that used nothing. It was a request all the same.
    pub fn release(&mut self, permit: Permit) {
        for holder in &permit.holders {
            if let Some(tally) = self.tallies.get_mut(holder) {
                tally.release(&permit);
            }
        }
        drop(permit);
    }

    /// How much of each of its limits a subject has in use.
    pub fn in_use(&mut self, subject: &Subject<'_>, now: Timestamp, zone: &TimeZone) -> Vec<LimitUse> {
        let calendar = Calendar::of(&mut self.calendar, now, zone);
        let tally = self.tallies.entry(subject.holder).or_default();
        tally.advance(subject.limits, now, calendar);
        tally.in_use(subject.limits, now)
    }

    /// Forgets the holders that are no more.
    pub fn forget(&mut self, is_gone: impl Fn(Holder) -> bool) {
        self.tallies.retain(|holder, _| !is_gone(*holder));
    }
}

#[cfg(test)]
mod tests;
