//! Explains which account would serve a call and why each of the others would not, without sending anything.

use std::{collections::HashMap, sync::Arc};

use carpool_core::{
    call::{Client, Operation},
    dialect::{DIALECTS, Dialect},
    price::{ModelPrice, PicoUsd, PriceBook},
    schedule::{self, AccountId, Because, Candidate, NoAccount, Reason, Strategy},
};

use super::{Accounts, LiveAccount, lease::Wanted};
use crate::store::{accounts::Account, client_keys::ClientKey};

/// Which account would serve a call, and why.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The strategy by which accounts are chosen.
    pub strategy: Strategy,
    /// The account that would serve it, or why none can.
    pub choice: Result<(AccountId, Because), NoAccount>,
    /// Every account, in the owner's order.
    pub accounts: Vec<Explained>,
}

/// An account's part in the choice.
#[derive(Clone, Debug)]
pub struct Explained {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Why it cannot serve the call; `None` when it can.
    pub against: Option<Reason>,
    /// Lower is chosen first.
    pub priority: i64,
    /// Calls it is serving now.
    pub in_flight: u32,
    /// How much of its fullest window is used: 0 to 1.
    pub used: f64,
}

impl Accounts {
    /// The prices at which the accounts that speak a dialect may serve a model, as far as the book knows them.
    pub(crate) fn prices_for<'a>(
        &self,
        dialect: &Dialect,
        model: Option<&str>,
        book: &'a PriceBook,
    ) -> Vec<&'a ModelPrice> {
        let price = |live: &Arc<LiveAccount>| {
            let Account { provider, options, .. } = &live.account;
            let model = options.upstream_model(model?);
            book.find(provider.id, model).filter(|_| provider.speaks(dialect, options))
        };
        self.all().iter().filter_map(price).collect()
    }

    /// What a friend's call for a model most likely wants: written in the dialect, and by the client, of the first account
    /// that has it. `key` tells which accounts may serve it.
    #[must_use]
    pub fn likely_wanted(&self, friend: i64, model: String, key: Option<&ClientKey>) -> Wanted {
        let (dialect, client) = self.likely_caller(&model);
        Wanted {
            dialect,
            operation: Operation::Generate,
            client,
            model: Some(model),
            friend,
            conversation: None,
            among: key.and_then(|key| key.bound.as_ref()).map(|bound| self.bound_to(bound)),
            providers: key.and_then(|key| key.limits.providers_with(&key.friend_limits)),
            estimate: PicoUsd(0),
        }
    }

    fn likely_caller(&self, model: &str) -> (&'static Dialect, Client) {
        let all = self.all();
        let having = |dialect: &Dialect| {
            let speaks = |live: &LiveAccount| live.account.provider.speaks(dialect, &live.account.options);
            all.iter().find(|live| speaks(live) && live.serves(model))
        };
        let found = DIALECTS.iter().find_map(|dialect| Some((*dialect, having(dialect)?)));
        match found {
            Some((dialect, live)) => (dialect, live.account.provider.own_client.unwrap_or(Client::Other)),
            None => (DIALECTS[0], Client::Other),
        }
    }

    /// Explains the choice for such a call as it would be made now. A command tells how many calls a running relay has
    /// `in_flight` at each account, which only that relay counts.
    #[must_use]
    pub fn explain(&self, wanted: &Wanted, in_flight: Option<&HashMap<i64, i64>>) -> Explanation {
        self.look(wanted, |strategy, candidates| {
            let counted: Vec<_> = candidates.iter().map(|candidate| count(candidate, in_flight)).collect();
            let choice = schedule::choose(strategy, &counted, wanted.demand(), None, &[]);
            let accounts = counted.iter().map(|candidate| explained(candidate, wanted)).collect();
            Explanation { strategy, choice: choice.map(|choice| (choice.account, choice.because)), accounts }
        })
    }
}

fn count<'a>(candidate: &Candidate<'a>, in_flight: Option<&HashMap<i64, i64>>) -> Candidate<'a> {
    let counted = in_flight.map(|all| all.get(&candidate.id.0).copied().unwrap_or(0));
    let in_flight = counted.map_or(candidate.in_flight, |calls| u32::try_from(calls).unwrap_or(u32::MAX));
    Candidate { in_flight, ..candidate.clone() }
}

fn explained(candidate: &Candidate<'_>, wanted: &Wanted) -> Explained {
    Explained {
        id: candidate.id,
        name: candidate.name.to_owned(),
        against: schedule::reason_against(candidate, wanted.demand(), &[]),
        priority: candidate.priority,
        in_flight: candidate.in_flight,
        used: f64::from(candidate.used) / 1000.0,
    }
}
