//! Which account serves a call: a pure choice among candidates.
//!
//! First whoever cannot serve it is left out, each for a [`Reason`]. Of the others the one the conversation is at already
//! serves it; else the strategy's first choice, after those that are avoided for a moment.

pub mod affinity;
mod balanced;
mod fill_first;
pub mod health;
mod no_account;
mod round_robin;

use std::{fmt, str::FromStr};

pub use self::no_account::{NoAccount, OverShare, Reason};
use crate::{
    call::{Client, Operation},
    credential::AccountKind,
    dialect::Dialect,
    options::Options,
    provider::{Address, Provider},
};

/// The database id of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub i64);

/// In which order accounts are chosen that can all serve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// The least busy one.
    #[default]
    Balanced,
    /// The one whose allowance is used up most, so that the others stay whole.
    FillFirst,
    /// One after another.
    RoundRobin,
}

impl Strategy {
    /// Every strategy, in the order the owner is shown them.
    pub const ALL: [Self; 3] = [Self::Balanced, Self::FillFirst, Self::RoundRobin];

    /// The word in the settings and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Balanced => "balanced",
            Self::FillFirst => "fill-first",
            Self::RoundRobin => "round-robin",
        }
    }

    /// Smaller ranks are chosen first. Accounts of a lower priority number come first whatever the strategy.
    fn rank(self, candidate: &Candidate<'_>) -> Rank {
        match self {
            Self::Balanced => balanced::rank(candidate),
            Self::FillFirst => fill_first::rank(candidate),
            Self::RoundRobin => round_robin::rank(candidate),
        }
    }
}

/// What a strategy orders by: three numbers, the first the most important.
type Rank = [i64; 3];

fn turn(candidate: &Candidate<'_>) -> i64 {
    i64::try_from(candidate.last_turn).unwrap_or(i64::MAX)
}

/// A word that names no strategy.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is not a strategy: expected balanced, fill-first or round-robin")]
pub struct UnknownStrategy(String);

impl FromStr for Strategy {
    type Err = UnknownStrategy;

    fn from_str(word: &str) -> Result<Self, UnknownStrategy> {
        Self::ALL.into_iter().find(|known| known.as_str() == word).ok_or_else(|| UnknownStrategy(word.to_owned()))
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An account, as far as the choice needs it.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub name: &'a str,
    /// Its provider.
    pub provider: &'static Provider,
    /// How it signs in.
    pub kind: AccountKind,
    /// What it is set to.
    pub options: &'a Options,
    /// Whose address its calls go to.
    pub at: Address,
    /// What keeps it out at the moment, whatever the call is.
    pub held: Option<Reason>,
    /// Lower is chosen first.
    pub priority: i64,
    /// Calls it is serving now.
    pub in_flight: u32,
    /// The most it may serve at once; 0 means any number.
    pub max_concurrency: u32,
    /// How much of its fullest window is used, in thousandths.
    pub used: u16,
    /// The turn in which it last got a call; each call is a turn. 0 for never.
    pub last_turn: u64,
    /// Whether it is not the first choice for such a call at the moment.
    pub is_avoided: bool,
}

/// What a call needs of an account.
#[derive(Clone, Copy, Debug)]
pub struct Demand<'a> {
    /// The dialect it is written in.
    pub dialect: &'static Dialect,
    /// What it asks for.
    pub operation: Operation,
    /// The program that wrote it.
    pub client: Client,
    /// The model, as the client wrote it.
    pub model: Option<&'a str>,
    /// The accounts that may serve it; `None` for all of them.
    pub among: Option<&'a [AccountId]>,
    /// The providers, by id, whose accounts may serve it; `None` for all of them.
    pub providers: Option<&'a [String]>,
}

impl Demand<'_> {
    /// Whether the call takes one of the places an account has. Counting tokens is free and comes in swarms.
    #[must_use]
    pub const fn takes_a_place(&self) -> bool {
        self.operation.is_charged()
    }
}

/// An account was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The account.
    pub account: AccountId,
    /// Why this one.
    pub because: Because,
}

/// Why an account was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// The conversation is there.
    Affinity,
    /// The strategy puts it first.
    Strategy,
    /// The strategy puts it first of those that are left: the conversation's own account, named here, is out.
    Moved(AccountId),
    /// The same for this call alone: the conversation's own account is only busy.
    Beside(AccountId),
}

/// Chooses the account for a call whose conversation is at the account `place`, and which was `tried` at others in vain.
///
/// # Errors
/// [`NoAccount`] with each account's reason when none can serve it.
pub fn choose(
    strategy: Strategy,
    candidates: &[Candidate<'_>],
    demand: Demand<'_>,
    place: Option<AccountId>,
    tried: &[AccountId],
) -> Result<Choice, NoAccount> {
    let can_serve = |candidate: &&Candidate<'_>| reason_against(candidate, demand, tried).is_none();
    let home = candidates.iter().find(|candidate| Some(candidate.id) == place);
    if let Some(home) = home.filter(can_serve)
        && !home.is_avoided
    {
        return Ok(Choice { account: home.id, because: Because::Affinity });
    }
    let first = candidates
        .iter()
        .filter(can_serve)
        .min_by_key(|candidate| (candidate.is_avoided, candidate.priority, strategy.rank(candidate), candidate.id));
    let Some(first) = first else {
        return Err(NoAccount::because(
            candidates.iter().filter_map(|candidate| reason_against(candidate, demand, tried)),
        ));
    };
    let because = match home {
        None => Because::Strategy,
        Some(home) if home.id == first.id => Because::Affinity,
        Some(home) if home.held.is_some() => Because::Moved(home.id),
        Some(home) => Because::Beside(home.id),
    };
    Ok(Choice { account: first.id, because })
}

/// Why this account cannot serve the call; `None` when it can.
#[must_use]
pub fn reason_against(candidate: &Candidate<'_>, demand: Demand<'_>, tried: &[AccountId]) -> Option<Reason> {
    let provider = candidate.provider;
    if demand.among.is_some_and(|among| !among.contains(&candidate.id)) {
        return Some(Reason::NotForThisKey);
    }
    if demand.providers.is_some_and(|allowed| !allowed.iter().any(|allowed| allowed == provider.id)) {
        return Some(Reason::OtherProvider);
    }
    if !provider.speaks(demand.dialect, candidate.options) {
        return Some(Reason::OtherDialect);
    }
    if demand.model.is_some_and(|model| !provider.serves(model, candidate.options, candidate.at)) {
        return Some(Reason::OtherModel);
    }
    if let Some(held) = &candidate.held {
        return Some(held.clone());
    }
    if tried.contains(&candidate.id) {
        return Some(Reason::Tried);
    }
    let is_bound = candidate.kind.is_subscription() && !candidate.options.serves_any_client;
    if let Some(own) = provider.own_client.filter(|own| is_bound && *own != demand.client) {
        return Some(Reason::OnlyOwnClient(own.label()));
    }
    let is_full = candidate.max_concurrency > 0 && candidate.in_flight >= candidate.max_concurrency;
    (is_full && demand.takes_a_place()).then_some(Reason::Busy)
}

#[cfg(test)]
mod tests;
