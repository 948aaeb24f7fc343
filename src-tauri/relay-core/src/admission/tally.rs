//! The tally of one holder: what is set aside and what was used, and which limits that leaves no room under.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{
    Actual, Ask, Estimate, Permit, Subject,
    denied::{Denied, Why},
    models,
    pace::{Requests, Tokens},
    spent::{Calendar, Money, Spent},
};
use crate::{
    limits::{CapSpan, LONGEST_WAIT_S, Limits},
    price::PicoUsd,
};

/// When a client may ask again where only the end of other calls makes room, which nobody can foretell.
pub(super) const CALLS_END: SignedDuration = SignedDuration::from_secs(5);

/// How much of a limit is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitUse {
    /// Which limit; it tells the unit of the amounts, too.
    pub kind: LimitKind,
    /// What was used, reserved amounts not included.
    pub used: u64,
    /// What is set aside for calls under way.
    pub reserved: u64,
    /// The limit.
    pub limit: u64,
    /// When the span ends, or where it is a rolling one, when the oldest leaves it.
    pub until: Option<Timestamp>,
}

/// A limit of which a part may be in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// Requests in 60 seconds.
    Requests,
    /// Tokens in 60 seconds.
    Tokens,
    /// Calls at once, all of which are reserved.
    Calls,
    /// Money in a span, in pico-dollars.
    Money(CapSpan),
}

impl LimitKind {
    /// The word for programs, as in [`crate::limits::Limits`]; amounts of money are pico-dollars.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "rpm",
            Self::Tokens => "tpm",
            Self::Calls => "concurrency",
            Self::Money(CapSpan::FiveHours) => "cap_5h_pico_usd",
            Self::Money(CapSpan::Day) => "cap_day_pico_usd",
            Self::Money(CapSpan::Week) => "cap_week_pico_usd",
            Self::Money(CapSpan::Month) => "cap_month_pico_usd",
            Self::Money(CapSpan::Total) => "cap_total_pico_usd",
        }
    }
}

/// A charged call under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Open {
    id: u64,
    admitted_at: Timestamp,
    cost: PicoUsd,
}

/// The tally of one holder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Kept while requests are limited.
    requests: Option<Requests>,
    /// Kept while tokens are limited.
    tokens: Option<Tokens>,
    /// In the order of their ids.
    open: Vec<Open>,
    money: Money,
}

impl Tally {
    /// Takes over what was spent before. Calls under way stay what they are.
    pub(super) fn restore(&mut self, spent: &Spent, now: Timestamp, calendar: &Calendar) {
        self.money = Money::restored(spent, now, calendar);
    }

    /// Goes on to the time that it is now, and to the limits that there are now.
    pub(super) fn advance(&mut self, limits: &Limits, now: Timestamp, calendar: &Calendar) {
        self.money.advance(now, calendar);
        match limits.rpm {
            Some(_) => self.requests.get_or_insert_default().advance(now),
            None => self.requests = None,
        }
        match limits.tpm {
            Some(_) => self.tokens.get_or_insert_default().advance(now),
            None => self.tokens = None,
        }
    }

    /// Every refusal of a call by the limits of this holder.
    pub(super) fn refusals(&self, subject: &Subject<'_>, ask: &Ask<'_>, now: Timestamp) -> Vec<Denied> {
        let mut refusals: Vec<Denied> = self.refuse_request(subject).into_iter().collect();
        if ask.operation.is_charged() {
            let Estimate { limited_tokens, cost } = ask.reserved();
            refusals.extend(self.refuse_tokens(subject, limited_tokens));
            refusals.extend(self.refuse_place(subject, now));
            let caps = subject.limits.caps();
            refusals.extend(caps.filter_map(|(span, cap)| self.refuse_cost(subject, (span, cap), cost, now)));
        }
        refusals.extend(models::refuse(subject, ask));
        refusals
    }

    fn refuse_request(&self, subject: &Subject<'_>) -> Option<Denied> {
        let (limit, requests) = (subject.limits.rpm?, self.requests.as_ref()?);
        let until = requests.room_at(limit)?;
        Some(Denied::new(subject, Why::Requests { limit: limit.get(), made: requests.count() }, Some(until)))
    }

    fn refuse_tokens(&self, subject: &Subject<'_>, asked: u64) -> Option<Denied> {
        let (limit, tokens) = (subject.limits.tpm?.get(), self.tokens.as_ref()?);
        let until = tokens.room_at(limit, asked)?;
        Some(Denied::new(subject, Why::Tokens { limit, used: tokens.count(), asked }, Some(until)))
    }

    fn refuse_place(&self, subject: &Subject<'_>, now: Timestamp) -> Option<Denied> {
        let limit = subject.limits.concurrency?.get();
        if self.open.len() < limit as usize {
            return None;
        }
        let wait = subject.limits.concurrency_wait.map(|wait| wait.get().min(LONGEST_WAIT_S));
        let denied = Denied::new(subject, Why::Calls { limit, open: self.open.len() }, Some(now + CALLS_END));
        Some(denied.after_waiting(wait.map(|wait| Duration::from_secs(wait.into()))))
    }

    /// A call fits if all that may be used is within the cap, or if nothing else is under way and the cap is not used up:
    /// else no call could ever use what is left of it.
    fn refuse_cost(
        &self,
        subject: &Subject<'_>,
        (span, cap): (CapSpan, PicoUsd),
        asked: PicoUsd,
        now: Timestamp,
    ) -> Option<Denied> {
        let (used, reserved) = (self.money.used(span), self.reserved(span, now));
        if used.saturating_add(reserved).saturating_add(asked) <= cap || (reserved == PicoUsd(0) && used < cap) {
            return None;
        }
        if used < cap {
            let why = Why::UnderWay { span, cap, used, reserved, asked };
            return Some(Denied::new(subject, why, Some(now + CALLS_END)));
        }
        Some(Denied::new(subject, Why::UsedUp { span, cap, used }, self.money.falls_below(span, cap)))
    }

    /// What is set aside for the calls under way that count in a span.
    fn reserved(&self, span: CapSpan, now: Timestamp) -> PicoUsd {
        let counted = self.open.iter().filter(|open| self.money.counts(span, open.admitted_at, now));
        counted.fold(PicoUsd(0), |sum, open| sum.saturating_add(open.cost))
    }

    /// Writes an admitted call down.
    pub(super) fn enter(&mut self, permit: &Permit) {
        let Permit { id, admitted_at, reserved: Estimate { limited_tokens, cost }, .. } = *permit;
        if let Some(requests) = &mut self.requests {
            requests.enter(admitted_at);
        }
        if !permit.takes_place {
            return;
        }
        if let Some(tokens) = &mut self.tokens {
            tokens.enter(id, admitted_at, limited_tokens);
        }
        self.open.push(Open { id, admitted_at, cost });
    }

    /// Counts what a call used in place of what was set aside for it.
    pub(super) fn settle(
        &mut self,
        permit: &Permit,
        actual: Actual,
        fresh_id: u64,
        now: Timestamp,
        calendar: &Calendar,
    ) {
        self.close(permit);
        self.money.advance(now, calendar);
        if actual.cost > PicoUsd(0) {
            self.money.add(permit.admitted_at, actual.cost);
        }
        if let Some(tokens) = &mut self.tokens {
            tokens.advance(now);
            tokens.settle(permit.id, (permit.reserved.limited_tokens, actual.limited_tokens), fresh_id, now);
        }
    }

    /// Gives back what was set aside for a call.
    pub(super) fn release(&mut self, permit: &Permit) {
        self.close(permit);
        if let Some(tokens) = &mut self.tokens {
            tokens.correct(permit.id, 0);
        }
    }

    fn close(&mut self, permit: &Permit) {
        if let Ok(place) = self.open.binary_search_by_key(&permit.id, |open| open.id) {
            self.open.remove(place);
        }
    }

    /// How much of each limit is in use.
    pub(super) fn in_use(&self, limits: &Limits, now: Timestamp) -> Vec<LimitUse> {
        let requests = limits.rpm.zip(self.requests.as_ref()).map(|(limit, requests)| LimitUse {
            kind: LimitKind::Requests,
            used: requests.count(),
            reserved: 0,
            limit: limit.get().into(),
            until: requests.next_leaves(),
        });
        let tokens = limits.tpm.zip(self.tokens.as_ref()).map(|(limit, tokens)| LimitUse {
            kind: LimitKind::Tokens,
            used: tokens.count().saturating_sub(tokens.reserved()),
            reserved: tokens.reserved(),
            limit: limit.get(),
            until: tokens.next_leaves(),
        });
        let calls = limits.concurrency.map(|limit| LimitUse {
            kind: LimitKind::Calls,
            used: 0,
            reserved: self.open.len() as u64,
            limit: limit.get().into(),
            until: None,
        });
        let amount = |money: PicoUsd| u64::try_from(money.0).unwrap_or_default();
        let caps = limits.caps().map(|(span, cap)| LimitUse {
            kind: LimitKind::Money(span),
            used: amount(self.money.used(span)),
            reserved: amount(self.reserved(span, now)),
            limit: amount(cap),
            until: self.money.ends_at(span),
        });
        [requests, tokens, calls].into_iter().flatten().chain(caps).collect()
    }
}
