//! Which account serves a call: a pure choice among candidates.
//!
//! So far: the accounts that can serve the call, lower priority numbers first, then the one with the fewest calls in
//! flight. Affinity, windows and cooldowns come with the pool.

use std::{fmt, time::Duration};

use crate::{call::Client, credential::AccountKind, dialect::Dialect, provider::Provider, refusal::Retry};

/// When a client may ask again if every account is merely busy.
const BUSY_RETRY: Duration = Duration::from_secs(5);

/// The database id of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub i64);

/// Whether an account can serve at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// It can.
    Ready,
    /// The owner paused it.
    Paused,
    /// The provider no longer accepts its credential; the text says how that showed.
    NeedsLogin(String),
    /// Its secret cannot be read; the text says why.
    Blocked(String),
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
    /// Whether it can serve at all.
    pub state: &'a AccountState,
    /// Lower is chosen first.
    pub priority: i64,
    /// Calls it is serving now.
    pub in_flight: u32,
    /// The most it may serve at once; 0 means any number.
    pub max_concurrency: u32,
}

/// What a call needs of an account.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    /// The dialect it is written in.
    pub dialect: &'static Dialect,
    /// The program that wrote it.
    pub client: Client,
}

/// Why an account cannot serve a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The owner paused it.
    Paused,
    /// Its credential is no longer accepted.
    NeedsLogin,
    /// Its secret cannot be read.
    Blocked,
    /// Its provider does not speak the dialect.
    OtherDialect,
    /// It is a subscription and serves only its vendor's own client, named here.
    OnlyOwnClient(&'static str),
    /// It is serving all it may.
    Busy,
    /// This call was already tried there.
    Tried,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Paused => f.write_str("paused"),
            Self::NeedsLogin => f.write_str("needs login"),
            Self::Blocked => f.write_str("blocked"),
            Self::OtherDialect => f.write_str("of another dialect"),
            Self::OnlyOwnClient(client) => write!(f, "a subscription that serves only {client}"),
            Self::Busy => f.write_str("busy"),
            Self::Tried => f.write_str("tried in vain"),
        }
    }
}

/// No account can serve a call, with each account's reason.
#[derive(Debug, thiserror::Error)]
pub struct NoAccount {
    reasons: Vec<Reason>,
}

impl NoAccount {
    /// The refusal when the one account that was left needs login.
    #[must_use]
    pub fn signed_out() -> Self {
        Self { reasons: vec![Reason::NeedsLogin] }
    }

    /// Says whether another client could have been served: then it is the caller who is refused.
    #[must_use]
    pub fn needs_another_client(&self) -> bool {
        self.own_client().is_some()
    }

    /// Whether asking again can help: not while every account waits for its owner.
    #[must_use]
    pub fn retry(&self) -> Retry {
        if self.reasons.contains(&Reason::Busy) {
            Retry::After(BUSY_RETRY)
        } else if self.reasons.contains(&Reason::Tried) {
            Retry::Whenever
        } else {
            Retry::Never
        }
    }

    /// The client that a ready subscription would have served, when nothing else stands in the way.
    fn own_client(&self) -> Option<&'static str> {
        let only_own = self.reasons.iter().find_map(|reason| match reason {
            Reason::OnlyOwnClient(client) => Some(*client),
            _ => None,
        });
        only_own.filter(|_| !self.reasons.iter().any(|reason| matches!(reason, Reason::Busy | Reason::Tried)))
    }
}

impl fmt::Display for NoAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.reasons.is_empty() {
            return f.write_str("Carpool has no account yet that could serve this call. Ask the owner to add one.");
        }
        if let Some(client) = self.own_client() {
            write!(
                f,
                "The accounts that are free are subscriptions and serve only {client} (the vendor's own client). Use \
                 {client}, or ask the owner to add an API-key account. "
            )?;
        }
        write!(f, "No account can serve this call: ")?;
        let mut counted: Vec<(String, usize)> = Vec::new();
        for reason in self.reasons.iter().map(Reason::to_string) {
            match counted.iter_mut().find(|(text, _)| *text == reason) {
                Some((_, count)) => *count += 1,
                None => counted.push((reason, 1)),
            }
        }
        let texts: Vec<_> = counted.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        write!(f, "{}. Ask the owner to look at the accounts.", texts.join(", "))
    }
}

/// Chooses the account for a call.
///
/// # Errors
/// [`NoAccount`] with each account's reason when none can serve it.
pub fn choose(candidates: &[Candidate<'_>], demand: Demand, tried: &[AccountId]) -> Result<AccountId, NoAccount> {
    candidates
        .iter()
        .filter(|candidate| reason_against(candidate, demand, tried).is_none())
        .min_by_key(|candidate| (candidate.priority, candidate.in_flight, candidate.id))
        .map(|candidate| candidate.id)
        .ok_or_else(|| NoAccount {
            reasons: candidates.iter().filter_map(|candidate| reason_against(candidate, demand, tried)).collect(),
        })
}

/// Why this account cannot serve the call; `None` when it can.
#[must_use]
pub fn reason_against(candidate: &Candidate<'_>, demand: Demand, tried: &[AccountId]) -> Option<Reason> {
    let provider = candidate.provider;
    match candidate.state {
        AccountState::Ready => {}
        AccountState::Paused => return Some(Reason::Paused),
        AccountState::NeedsLogin(_) => return Some(Reason::NeedsLogin),
        AccountState::Blocked(_) => return Some(Reason::Blocked),
    }
    if !provider.speaks(demand.dialect) {
        return Some(Reason::OtherDialect);
    }
    if candidate.kind.is_subscription() && demand.client != provider.own_client {
        return Some(Reason::OnlyOwnClient(provider.own_client_label));
    }
    if tried.contains(&candidate.id) {
        return Some(Reason::Tried);
    }
    (candidate.max_concurrency > 0 && candidate.in_flight >= candidate.max_concurrency).then_some(Reason::Busy)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{dialect::messages::MESSAGES, provider::claude::CLAUDE};

    fn candidate(id: i64, state: &AccountState) -> Candidate<'_> {
        Candidate {
            id: AccountId(id),
            name: "one",
            provider: &CLAUDE,
            kind: AccountKind::ApiKey,
            state,
            priority: 50,
            in_flight: 0,
            max_concurrency: 0,
        }
    }

    const SDK: Demand = Demand { dialect: &MESSAGES, client: Client::Other };

    #[test]
    fn the_lower_priority_number_wins_then_the_idler_account() {
        let ready = AccountState::Ready;
        let busy = Candidate { in_flight: 3, ..candidate(1, &ready) };
        let idle = candidate(2, &ready);
        let preferred = Candidate { priority: 10, in_flight: 9, ..candidate(3, &ready) };

        assert_eq!(choose(&[busy.clone(), idle.clone()], SDK, &[]).expect("one"), AccountId(2));
        assert_eq!(choose(&[busy, idle, preferred], SDK, &[]).expect("one"), AccountId(3));
    }

    #[test]
    fn a_subscription_serves_only_the_vendors_own_client() {
        let ready = AccountState::Ready;
        let subscription = Candidate { kind: AccountKind::Oauth, ..candidate(1, &ready) };
        let claude_code = Demand { client: Client::ClaudeCode, ..SDK };

        assert!(choose(std::slice::from_ref(&subscription), claude_code, &[]).is_ok());
        let refusal = choose(&[subscription], SDK, &[]).expect_err("refused");
        assert!(refusal.needs_another_client());
        assert!(refusal.to_string().contains("serve only Claude Code"), "{refusal}");
    }

    #[test]
    fn a_refusal_counts_each_accounts_reason() {
        let (paused, out) = (AccountState::Paused, AccountState::NeedsLogin("401".to_owned()));
        let accounts = [candidate(1, &paused), candidate(2, &out), candidate(3, &out)];

        let refusal = choose(&accounts, SDK, &[]).expect_err("refused");

        assert!(refusal.to_string().contains("1 paused, 2 needs login"), "{refusal}");
        assert_eq!(refusal.retry(), Retry::Never, "only the owner can mend this");
    }

    proptest! {
        #[test]
        fn an_account_that_is_out_is_never_chosen_and_a_free_one_is_always_found(
            seeds in prop::collection::vec((0..4u8, 0..3u32, 0..3u32, any::<bool>()), 0..6),
        ) {
            let states: Vec<_> = seeds.iter().map(|(state, ..)| match state {
                0 => AccountState::Paused,
                1 => AccountState::NeedsLogin(String::new()),
                _ => AccountState::Ready,
            }).collect();
            let accounts: Vec<_> = seeds.iter().zip(&states).enumerate().map(|(index, ((_, flying, most, _), state))| {
                let id = i64::try_from(index).expect("small");
                Candidate { in_flight: *flying, max_concurrency: *most, ..candidate(id, state) }
            }).collect();
            let tried: Vec<_> = seeds.iter().zip(&accounts).filter(|(seed, _)| seed.3).map(|(_, account)| account.id).collect();
            let can_serve = |account: &Candidate<'_>| {
                *account.state == AccountState::Ready
                    && !tried.contains(&account.id)
                    && (account.max_concurrency == 0 || account.in_flight < account.max_concurrency)
            };

            match choose(&accounts, SDK, &tried) {
                Ok(id) => prop_assert!(accounts.iter().any(|account| account.id == id && can_serve(account))),
                Err(_) => prop_assert!(!accounts.iter().any(can_serve)),
            }
        }
    }
}
