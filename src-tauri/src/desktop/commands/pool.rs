//! How accounts take their parts, and which one would serve a call.

use std::{sync::Arc, time::Duration};

use carpool_core::{
    name,
    schedule::{self, Reason},
};
use carpool_ipc::{
    Failure,
    accounts::{
        Against, ArrangeAccounts, Explain, Explained, Explanation, GetStrategy, SetStrategy, Strategy, TuneAccount,
    },
};
use carpool_relay::{
    House, accounts,
    store::{
        accounts::{Tuning, arrange, set_options, tune},
        client_keys, groups, settings,
    },
};
use tauri::State;

use super::{
    super::host::Host,
    Reply,
    account_options::read_options,
    shown::{failed, refused, taken_up},
};

type TheHost<'a> = State<'a, Arc<Host>>;

#[tauri::command]
pub(in super::super) async fn tune_account(ask: TuneAccount, host: TheHost<'_>) -> Reply<TuneAccount> {
    retune(&*host.house()?, ask).await
}

#[tauri::command]
pub(in super::super) async fn arrange_accounts(ask: ArrangeAccounts, host: TheHost<'_>) -> Reply<ArrangeAccounts> {
    let house = host.house()?;
    arrange(house.around().store.pool(), &ask.ids).await.map_err(refused)?;
    taken_up(&house).await
}

#[tauri::command]
pub(in super::super) async fn strategy(ask: GetStrategy, host: TheHost<'_>) -> Reply<GetStrategy> {
    let GetStrategy {} = ask;
    settings::strategy(host.house()?.around().store.pool()).await.map(shown_strategy).map_err(refused)
}

#[tauri::command]
pub(in super::super) async fn set_strategy(ask: SetStrategy, host: TheHost<'_>) -> Reply<SetStrategy> {
    let word = meant(ask.strategy).as_str();
    settings::put(host.house()?.around().store.pool(), settings::STRATEGY, word).await.map_err(refused)
}

#[tauri::command]
pub(in super::super) async fn explain(ask: Explain, host: TheHost<'_>) -> Reply<Explain> {
    decide(&*host.house()?, ask).await
}

async fn retune(house: &House, ask: TuneAccount) -> Result<(), Failure> {
    let pool = house.around().store.pool();
    if let Some(names) = &ask.groups {
        for name in names {
            name::check(name).map_err(failed)?;
        }
        groups::set(pool, ask.id, names).await.map_err(refused)?;
    }
    if let Some(typed) = &ask.options {
        let options = read_options(typed)?;
        let mut connection = pool.acquire().await.map_err(refused)?;
        set_options(&mut connection, ask.id, &options).await.map_err(refused)?;
    }
    let spacing = ask.spacing_ms.map(Duration::from_millis);
    let tuning = Tuning { priority: ask.priority, max_concurrency: ask.max_concurrency, spacing };
    tune(pool, ask.id, tuning).await.map_err(refused)?;
    taken_up(house).await
}

async fn decide(house: &House, ask: Explain) -> Result<Explanation, Failure> {
    // Several keys may be bound to different accounts; then the decision is that of a key that is not bound.
    let only = client_keys::only_one_of(house.around().store.pool(), ask.friend).await.map_err(refused)?;
    let wanted = house.accounts().likely_wanted(ask.friend, ask.model, only.as_ref());
    let explanation = house.accounts().explain(&wanted, None);
    Ok(Explanation {
        account: explanation.choice.ok().map(|(id, _)| id.0),
        accounts: explanation.accounts.into_iter().map(shown_part).collect(),
    })
}

fn shown_part(part: accounts::Explained) -> Explained {
    Explained {
        id: part.id.0,
        name: part.name,
        until_ms: part.against.as_ref().and_then(Reason::until).map(|at| at.as_millisecond()),
        against: part.against.map(|reason| match reason {
            Reason::Paused => Against::Paused,
            Reason::NeedsLogin => Against::NeedsLogin,
            Reason::Blocked => Against::Blocked,
            Reason::Limited(_) => Against::Limited,
            Reason::Cooling(_) => Against::Cooling,
            Reason::OtherDialect => Against::OtherDialect,
            Reason::OtherModel => Against::OtherModel,
            Reason::OnlyOwnClient(_) => Against::OnlyOwnClient,
            Reason::NotForThisKey | Reason::OtherProvider => Against::NotForThisKey,
            Reason::OverShare(_) => Against::OverShare,
            Reason::Busy | Reason::Tried => Against::Busy,
        }),
    }
}

fn shown_strategy(strategy: schedule::Strategy) -> Strategy {
    match strategy {
        schedule::Strategy::Balanced => Strategy::Balanced,
        schedule::Strategy::FillFirst => Strategy::FillFirst,
        schedule::Strategy::RoundRobin => Strategy::RoundRobin,
    }
}

fn meant(strategy: Strategy) -> schedule::Strategy {
    match strategy {
        Strategy::Balanced => schedule::Strategy::Balanced,
        Strategy::FillFirst => schedule::Strategy::FillFirst,
        Strategy::RoundRobin => schedule::Strategy::RoundRobin,
    }
}
