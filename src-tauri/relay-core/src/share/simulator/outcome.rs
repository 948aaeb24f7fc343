//! What came of a simulation: for each friend what was served, refused and waited for.

use jiff::{SignedDuration, Timestamp};

use crate::price::PicoUsd;

/// What came of a simulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The friends, in the scenario's order.
    pub friends: Vec<Tally>,
    /// When the first allowance was used up, with the end of that window.
    pub filled: Vec<(Timestamp, Timestamp)>,
}

/// What came to a friend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The friend's id.
    pub friend: i64,
    /// Calls that were served, and what they cost.
    pub calls: u32,
    /// See `calls`.
    pub served: PicoUsd,
    /// When the first was served.
    pub first_served: Option<Timestamp>,
    /// Refusals by the share of calls within the friend's own share, in truth.
    pub over_within: u32,
    /// Refusals by the share past it.
    pub over_past: u32,
    /// Refusals by the provider, because the window was used up, within the friend's own share.
    pub full_within: u32,
    /// The same past it.
    pub full_past: u32,
    /// How long calls were told to wait, together.
    pub waited: SignedDuration,
}

/// Who refused a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refusal {
    Share,
    Full,
}

/// Whether a call that was refused is within its friend's own share, in truth.
#[derive(Clone, Copy, Debug)]
pub(super) enum Claim {
    Within,
    Past,
}

impl Outcome {
    pub(super) fn of(friends: impl Iterator<Item = i64>) -> Self {
        let tally = |friend| Tally { friend, ..Tally::default() };
        Self { friends: friends.map(tally).collect(), filled: Vec::new() }
    }

    /// What all friends were served.
    #[must_use]
    pub fn served_to_all(&self) -> PicoUsd {
        self.friends.iter().fold(PicoUsd(0), |sum, tally| sum.saturating_add(tally.served))
    }

    pub(super) fn served(&mut self, owner: usize, cost: i64, now: Timestamp) {
        let tally = &mut self.friends[owner];
        tally.calls += 1;
        tally.served = tally.served.saturating_add(PicoUsd(cost));
        tally.first_served.get_or_insert(now);
    }

    pub(super) fn refused(&mut self, owner: usize, refusal: Refusal, claim: Claim, wait: SignedDuration) {
        let tally = &mut self.friends[owner];
        let count = match (refusal, claim) {
            (Refusal::Share, Claim::Within) => &mut tally.over_within,
            (Refusal::Share, Claim::Past) => &mut tally.over_past,
            (Refusal::Full, Claim::Within) => &mut tally.full_within,
            (Refusal::Full, Claim::Past) => &mut tally.full_past,
        };
        *count += 1;
        tally.waited += wait;
    }

    pub(super) fn filled(&mut self, ends: Timestamp, now: Timestamp) {
        if self.filled.last().is_none_or(|(_, last)| *last != ends) {
            self.filled.push((now, ends));
        }
    }
}

impl Tally {
    /// Calls within the friend's own share that were refused, by the share or by a full window.
    #[must_use]
    pub const fn refused_within(&self) -> u32 {
        self.over_within + self.full_within
    }
}
