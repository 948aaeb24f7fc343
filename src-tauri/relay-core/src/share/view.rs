//! A window as the share sees it, and how it is divided: who used how much of it, and how much is whose.

use jiff::{SignedDuration, Timestamp};

use super::{Settings, capacity::picos};
use crate::price::PicoUsd;

/// A window, who may use it, and what they did.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowView {
    /// Its length, in hours.
    pub hours: u32,
    /// The model family it is for; `None` where it is for all models. What is told of members is about that family.
    pub family: Option<String>,
    /// The used part, as the provider last reported.
    pub used: f64,
    /// When it did.
    pub reported_at: Timestamp,
    /// What ended since then, of all friends.
    pub settled_since: PicoUsd,
    /// When it begins anew.
    pub resets_at: Option<Timestamp>,
    /// What the whole window is worth, if that was learned.
    pub capacity: Option<PicoUsd>,
    /// Who may use it, and who did.
    pub members: Vec<MemberView>,
}

/// A friend's part in a window.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberView {
    /// The friend's id.
    pub friend: i64,
    /// The share, as a weight.
    pub share: f64,
    /// What they burned in this window.
    pub used: PicoUsd,
    /// What is reserved for their calls in flight.
    pub in_flight: PicoUsd,
    /// When they last called.
    pub last_call: Option<Timestamp>,
    /// Whether they are paused: then the others have their share.
    pub is_paused: bool,
}

/// A window divided, for bars.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// The members' parts, in their order.
    pub parts: Vec<Part>,
    /// What was used outside of Carpool: 0 to 1.
    pub outside: f64,
    /// What is used altogether, with what ended since the last report.
    pub used: f64,
}

/// A friend's part of a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// The friend's id.
    pub friend: i64,
    /// What they used of the whole window: 0 to 1.
    pub used_fraction: f64,
    /// What is theirs of the whole window: 0 to 1.
    pub entitled_fraction: f64,
}

/// Divides a window among its members, for bars.
#[must_use]
pub fn split(view: &WindowView, settings: &Settings, now: Timestamp) -> Split {
    let empty;
    let view = if view.is_over(now) {
        empty = view.emptied();
        &empty
    } else {
        view
    };
    let usage = Usage::of(view);
    let entitled = Entitled::of(view, &usage, settings);
    let part = |member: &MemberView| Part {
        friend: member.friend,
        used_fraction: usage.by(member),
        entitled_fraction: entitled.of_member(member),
    };
    Split { parts: view.members.iter().map(part).collect(), outside: usage.outside, used: usage.settled }
}

impl WindowView {
    /// Says whether it concerns a call with a model of this family.
    #[must_use]
    pub fn concerns(&self, family: Option<&str>) -> bool {
        self.family.is_none() || self.family.as_deref() == family
    }

    /// When it begins anew at the latest: where the provider does not say, a whole length after the report.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.resets_at.unwrap_or(self.reported_at + self.length())
    }

    /// Says whether what is known of it is over: it began anew.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.end() <= now
    }

    /// Its length.
    #[must_use]
    pub fn length(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.hours))
    }

    /// The part of its time that is left: 1 to 0. All of it where its end is not known, so that nothing is lent too
    /// early.
    pub(super) fn time_left(&self, now: Timestamp) -> f64 {
        let Some(resets_at) = self.resets_at else { return 1.0 };
        let left = resets_at.duration_since(now).as_secs_f64() / self.length().as_secs_f64();
        left.clamp(0.0, 1.0)
    }

    fn emptied(&self) -> Self {
        let idle = |member: &MemberView| MemberView { used: PicoUsd(0), in_flight: PicoUsd(0), ..member.clone() };
        let members = self.members.iter().map(idle).collect();
        Self { used: 0.0, settled_since: PicoUsd(0), members, ..self.clone() }
    }
}

/// How much of a window is used, and by whom, as parts of the whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// What a pico-dollar is of the whole window; 0 where that cannot be told.
    pub(crate) per_pico: f64,
    /// What a pico-dollar that is settled counts as: less where the members' costs add up to more than is used.
    per_settled: f64,
    /// What is used, with what ended since the report.
    pub(crate) settled: f64,
    /// What is used, with what is in flight.
    pub(crate) current: f64,
    /// What was used outside of Carpool.
    pub(crate) outside: f64,
}

impl Usage {
    pub(crate) fn of(view: &WindowView) -> Self {
        let cost: f64 = view.members.iter().map(|member| picos(member.used)).sum();
        let since = picos(view.settled_since);
        let reported = view.used.max(0.0);
        // What is not learned yet is taken from this window itself, as if nobody used it outside.
        let implied = Some((cost - since) / reported).filter(|_| reported > 0.0);
        let capacity = view.capacity.map(picos).or(implied).filter(|capacity| *capacity > 0.0);
        let per_pico = capacity.map_or(0.0, f64::recip);
        let settled = reported + since * per_pico;
        let in_flight: f64 = view.members.iter().map(|member| picos(member.in_flight)).sum();
        let ours = cost * per_pico;
        let per_settled = if ours > settled { per_pico * settled / ours } else { per_pico };
        let outside = (settled - ours).max(0.0);
        Self { per_pico, per_settled, settled, current: settled + in_flight * per_pico, outside }
    }

    /// What a member used.
    pub(super) fn by(&self, member: &MemberView) -> f64 {
        self.of_settled(member.used)
    }

    /// What a cost that is settled is of the whole window.
    pub(crate) fn of_settled(&self, cost: PicoUsd) -> f64 {
        picos(cost) * self.per_settled
    }

    /// What a member used, with what is in flight.
    pub(super) fn by_now(&self, member: &MemberView) -> f64 {
        self.by(member) + self.estimated(member.in_flight)
    }

    /// What a cost is of the whole window.
    pub(super) fn estimated(&self, cost: PicoUsd) -> f64 {
        picos(cost) * self.per_pico
    }
}

/// How much of a window is whose.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entitled {
    /// What a weight of one is of the whole window.
    per_share: f64,
    /// What is still reserved for the owner.
    pub(super) owner: f64,
}

impl Entitled {
    pub(super) fn of(view: &WindowView, usage: &Usage, settings: &Settings) -> Self {
        let weights: f64 = view.members.iter().filter(|member| !member.is_paused).map(|member| member.share).sum();
        // The owner's own use is out of the reserve first; what goes beyond is everybody's loss alike.
        let friends = (1.0 - settings.owner_reserve.max(usage.outside)).max(0.0);
        let per_share = if weights > 0.0 { friends / weights } else { 0.0 };
        Self { per_share, owner: (settings.owner_reserve - usage.outside).max(0.0) }
    }

    pub(super) fn of_member(&self, member: &MemberView) -> f64 {
        if member.is_paused { 0.0 } else { member.share * self.per_share }
    }
}
