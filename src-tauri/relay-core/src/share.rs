//! The fair share: how a subscription's window is divided among friends when it gets scarce.
//!
//! The provider tells how much of a window is used; who used it comes from what their calls cost. Nobody is slowed while
//! the window is far from used up, while they are within their own share, or while nobody else is there to want it.
//! Beyond that a friend may borrow what others leave, and what is still theirs is kept for them. Everything here is a
//! function of what it is given; [`simulator`] shows what comes of it.

pub mod burn;
mod capacity;
mod gauges;
pub mod simulator;
mod taken;
mod view;

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};

use self::view::Entitled;
pub(crate) use self::view::Usage;
pub use self::{
    burn::Burn,
    capacity::{Capacity, Sample},
    gauges::{Gauges, Member},
    taken::{Spending, Taken, taken},
    view::{MemberView, Part, Split, WindowView, split},
};
use crate::price::PicoUsd;

/// Where a window begins to be scarce, unless the owner sets another line.
pub const SOFT_LINE: f64 = 0.6;
/// The most an owner can reserve: the rest is what friends share.
pub const MOST_RESERVED: f64 = 0.9;
/// When to ask again where the end of a window is not known: as often as providers are asked for it.
pub const UNKNOWN_END_WAIT: SignedDuration = SignedDuration::from_mins(15);
/// How much more is kept than is claimed: providers round to whole percents.
const ROUNDING: f64 = 0.01;

/// How strictly the others' shares are kept for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Not at all: who comes first is served first.
    Off,
    /// For those who called lately, and as much as they would still use at an even pace until the window ends.
    #[default]
    Gentle,
    /// For everybody who called in this window or the one before, and wholly.
    Strict,
}

impl Mode {
    /// Every mode, in the order the owner is shown them.
    pub const ALL: [Self; 3] = [Self::Off, Self::Gentle, Self::Strict];

    /// The word in the settings and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Gentle => "gentle",
            Self::Strict => "strict",
        }
    }

    /// How long after a call a friend counts as present in a window.
    fn presence(self, view: &WindowView) -> SignedDuration {
        match (self, view.is_of_days()) {
            (Self::Off, _) => SignedDuration::ZERO,
            (Self::Gentle, false) => view.length() / 5,
            (Self::Gentle, true) => view.length() / 7,
            (Self::Strict, false) => view.length() * 2,
            (Self::Strict, true) => view.length(),
        }
    }
}

/// A word that names no mode.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is no way to share: expected off, gentle or strict")]
pub struct UnknownMode(String);

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(word: &str) -> Result<Self, UnknownMode> {
        Self::ALL.into_iter().find(|known| known.as_str() == word).ok_or_else(|| UnknownMode(word.to_owned()))
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How windows are shared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How strictly.
    pub mode: Mode,
    /// The used part up to which nobody is slowed: 0 to 1.
    pub soft_line: f64,
    /// What is kept for the owner's own use outside of Carpool: 0 to [`MOST_RESERVED`].
    pub owner_reserve: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { mode: Mode::default(), soft_line: SOFT_LINE, owner_reserve: 0.0 }
    }
}

/// Whether the share allows a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// The window is not scarce, or nobody else has a claim on it.
    Free,
    /// It is within the friend's own share.
    Within,
    /// It is past that, but there is room that nobody else has a claim on.
    Lent,
    /// It is past that, and what is left is the others'.
    Over {
        /// When room returns if nobody calls until then; where the window's end is not known, when to ask again.
        until: Timestamp,
        /// What the friend used of the whole window, with what is in flight: 0 to 1.
        used_fraction: f64,
        /// What is theirs of the whole window: 0 to 1.
        entitled_fraction: f64,
    },
}

impl Verdict {
    /// Says whether the call may be made.
    #[must_use]
    pub const fn admits(&self) -> bool {
        !matches!(self, Self::Over { .. })
    }

    /// The worse of two; of two refusals the one that lasts longer.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        if self.gravity() < other.gravity() { other } else { self }
    }

    fn gravity(&self) -> (u8, Option<Timestamp>) {
        match self {
            Self::Free => (0, None),
            Self::Within => (1, None),
            Self::Lent => (2, None),
            Self::Over { until, .. } => (3, Some(*until)),
        }
    }
}

/// Decides over a friend's call with a model of `family`, which every window must allow that concerns it.
#[must_use]
pub fn decide_all<'a>(
    settings: &Settings,
    views: impl IntoIterator<Item = &'a WindowView>,
    friend: i64,
    family: Option<&str>,
    estimate: PicoUsd,
    now: Timestamp,
) -> Verdict {
    let concerned = views.into_iter().filter(|view| view.concerns(family));
    concerned.map(|view| decide(settings, view, friend, estimate, now)).fold(Verdict::Free, Verdict::worse)
}

/// Decides over a friend's call that is estimated to cost so much, as far as one window is concerned.
#[must_use]
pub fn decide(settings: &Settings, view: &WindowView, friend: i64, estimate: PicoUsd, now: Timestamp) -> Verdict {
    if settings.mode == Mode::Off || view.is_over(now) {
        return Verdict::Free;
    }
    let usage = Usage::of(view);
    if usage.current < settings.soft_line {
        return Verdict::Free;
    }
    let scarce = Scarce { settings, view, usage, entitled: Entitled::of(view, &usage, settings), friend };
    let kept = scarce.kept(now);
    if kept <= 0.0 {
        return Verdict::Free;
    }

    let asked = usage.estimated(estimate);
    let member = view.members.iter().find(|member| member.friend == friend);
    let used_fraction = member.map_or(0.0, |member| usage.by_now(member));
    let entitled_fraction = member.map_or(0.0, |member| scarce.entitled.of_member(member));
    if used_fraction + asked <= entitled_fraction {
        return Verdict::Within;
    }
    if scarce.has_room(asked, kept) {
        return Verdict::Lent;
    }
    Verdict::Over { until: scarce.until(asked, now), used_fraction, entitled_fraction }
}

/// A window beyond the soft line, as a friend meets it.
struct Scarce<'a> {
    settings: &'a Settings,
    view: &'a WindowView,
    usage: Usage,
    entitled: Entitled,
    friend: i64,
}

impl Scarce<'_> {
    /// What is kept for others at a time. It never grows by itself.
    fn kept(&self, at: Timestamp) -> f64 {
        let presence = self.settings.mode.presence(self.view);
        let is_present = |member: &MemberView| {
            member.in_flight > PicoUsd(0) || member.last_call.is_some_and(|last| at.duration_since(last) < presence)
        };
        let time_left = match self.settings.mode {
            Mode::Gentle => self.view.time_left(at),
            Mode::Strict | Mode::Off => 1.0,
        };
        let others = self.view.members.iter().filter(|member| member.friend != self.friend && is_present(member));
        let claims = others.map(|member| {
            let entitled = self.entitled.of_member(member);
            // At an even pace no more than this would still be used of it, even by who used nothing so far.
            (entitled - self.usage.by_now(member)).min(entitled * time_left).max(0.0)
        });
        let owner = self.entitled.owner.min(self.settings.owner_reserve * time_left);
        claims.sum::<f64>() + owner
    }

    fn has_room(&self, asked: f64, kept: f64) -> bool {
        kept <= 0.0 || self.usage.current + asked + kept + kept.min(ROUNDING) <= 1.0
    }

    /// When room returns: the first second in which less is kept, or when the window begins anew.
    fn until(&self, asked: f64, now: Timestamp) -> Timestamp {
        let end = self.view.end();
        let (mut refused, mut served) = (0, end.duration_since(now).as_secs() + 1);
        // What is kept only shrinks, so the second is found by bisection.
        while served - refused > 1 {
            let middle = i64::midpoint(refused, served);
            if self.has_room(asked, self.kept(now + SignedDuration::from_secs(middle))) {
                served = middle;
            } else {
                refused = middle;
            }
        }
        let until = end.min(now + SignedDuration::from_secs(served));
        if self.view.resets_at.is_none() { until.min(now + UNKNOWN_END_WAIT) } else { until }
    }
}

#[cfg(test)]
mod tests;
