//! What the owner enters for statements.

use std::sync::Arc;

use carpool_core::{
    credential::AccountKind,
    statement::{Currency, Every as CoreEvery, NotAnAmount, Proration, Rate},
};
use carpool_ipc::{
    Failure,
    money::Rate as ShownRate,
    plan::{
        Account, Adjustment, EndCost, EnterAdjustment, EnterCost, Entered, Every, Friend, GetPlan, Named, Plan,
        PlanCost, RemoveAdjustment, RemoveCost, SetBill, SetCurrency, SetSharing, Shared,
    },
};
use carpool_relay::{
    House, plan as entries,
    plan::{Adjusting, Change, Entry, PlanError},
    store::{accounts, friends, plan as stored},
};
use jiff::{ToSpan, civil::Date};
use tauri::State;

use super::{
    super::host::Host,
    Reply,
    shown::{failed, refused, taken_up},
    statement::{currency, month, sharing},
};
use crate::failure;

type TheHost<'a> = State<'a, Arc<Host>>;

#[tauri::command]
pub(in super::super) async fn plan(ask: GetPlan, host: TheHost<'_>) -> Reply<GetPlan> {
    let GetPlan {} = ask;
    shown(&*host.house()?).await
}

#[tauri::command]
pub(in super::super) async fn set_currency(ask: SetCurrency, host: TheHost<'_>) -> Reply<SetCurrency> {
    change(&*host.house()?, to_currency(&ask)?).await?;
    Ok(host.refresh().await?)
}

#[tauri::command]
pub(in super::super) async fn set_sharing(ask: SetSharing, host: TheHost<'_>) -> Reply<SetSharing> {
    change(&*host.house()?, to_sharing(ask)).await
}

#[tauri::command]
pub(in super::super) async fn enter_cost(ask: EnterCost, host: TheHost<'_>) -> Reply<EnterCost> {
    enter(&*host.house()?, ask).await
}

#[tauri::command]
pub(in super::super) async fn end_cost(ask: EndCost, host: TheHost<'_>) -> Reply<EndCost> {
    let house = host.house()?;
    entries::end(house.around().store.pool(), ask.id, day(&ask.on)?).await.map_err(failed)?;
    taken_up(&house).await
}

#[tauri::command]
pub(in super::super) async fn remove_cost(ask: RemoveCost, host: TheHost<'_>) -> Reply<RemoveCost> {
    let house = host.house()?;
    stored::remove_cost(house.around().store.pool(), ask.id).await.map_err(refused)?;
    taken_up(&house).await
}

#[tauri::command]
pub(in super::super) async fn enter_adjustment(ask: EnterAdjustment, host: TheHost<'_>) -> Reply<EnterAdjustment> {
    let house = host.house()?;
    let EnterAdjustment { from, to, amount, why, .. } = ask;
    let entry = Adjusting { month: month(&ask.month)?, from, to, amount, why };
    entries::adjust(house.around().store.pool(), entry).await.map_err(failed)?;
    taken_up(&house).await
}

#[tauri::command]
pub(in super::super) async fn remove_adjustment(ask: RemoveAdjustment, host: TheHost<'_>) -> Reply<RemoveAdjustment> {
    let house = host.house()?;
    stored::remove_adjustment(house.around().store.pool(), ask.id).await.map_err(refused)?;
    taken_up(&house).await
}

#[tauri::command]
pub(in super::super) async fn set_bill(ask: SetBill, host: TheHost<'_>) -> Reply<SetBill> {
    let house = host.house()?;
    stored::set_bill(house.around().store.pool(), ask.account, ask.paid_by).await.map_err(refused)?;
    taken_up(&house).await
}

async fn change(house: &House, change: Change) -> Result<(), Failure> {
    entries::change(house.around().store.pool(), change).await.map_err(failed)?;
    taken_up(house).await
}

fn to_currency(ask: &SetCurrency) -> Result<Change, Failure> {
    let wrong = |error: NotAnAmount| failed(PlanError::from(error));
    let currency = ask.currency.parse::<Currency>().map_err(wrong)?;
    let rate = ask.rate.parse::<Rate>().map_err(wrong)?;
    Ok(Change { currency: Some(currency), rate: Some(rate), ..Change::default() })
}

fn to_sharing(ask: SetSharing) -> Change {
    let shared = match ask.shared {
        Shared::Equally => entries::Shared::Equally,
        Shared::ByUse => entries::Shared::ByUse,
        Shared::WithFee => entries::Shared::WithFee,
    };
    Change { shared: Some(shared), fee: ask.fee, me: Some(ask.me), ..Change::default() }
}

async fn enter(house: &House, ask: EnterCost) -> Result<(), Failure> {
    let (pool, entry) = (house.around().store.pool(), read(ask.entered)?);
    match ask.id {
        None => entries::enter(pool, entry).await.map_err(failed)?,
        Some(id) => entries::enter_again(pool, id, entry).await.map_err(failed)?,
    }
    taken_up(house).await
}

fn read(entered: Entered) -> Result<Entry, Failure> {
    Ok(Entry {
        account_id: entered.account,
        currency: entered.in_dollars.then_some(Currency::USD),
        every: match entered.every {
            Every::Month => CoreEvery::Month,
            Every::Year => CoreEvery::Year,
            Every::Once => CoreEvery::Once,
        },
        proration: if entered.whole_months { Proration::Whole } else { Proration::Days },
        from: day(&entered.from)?,
        ends: entered.ends.as_deref().map(day).transpose()?,
        name: entered.name,
        price: entered.price,
        paid_by: entered.paid_by,
        shared_by: entered.shared_by,
    })
}

fn day(text: &str) -> Result<Date, Failure> {
    let wrong = |_| failure::Failure::new("bad_range", format!("'{text}' is no date: expected 2026-11-01"));
    text.parse().map_err(wrong).map_err(failed)
}

async fn shown(house: &House) -> Result<Plan, Failure> {
    let pool = house.around().store.pool();
    let plan = stored::get(pool).await.map_err(refused)?;
    let costs = stored::costs(pool).await.map_err(refused)?;
    let adjustments = stored::adjustments(pool).await.map_err(refused)?;
    let bills = stored::bills(pool).await.map_err(refused)?;
    let accounts = accounts::list(pool).await.map_err(refused)?;
    let mut named: Vec<Named> = vec![plan.me];
    for cost in &costs {
        named.push(cost.paid_by);
        named.extend(&cost.shared_by);
    }
    named.extend(adjustments.iter().flat_map(|one| [one.from, one.to]));
    named.extend(bills.iter().map(|bill| Some(bill.1)));
    let payer = |id| bills.iter().find(|bill| bill.0 == id).map(|bill| bill.1);
    let accounts = accounts.into_iter().map(|account| Account {
        bill_paid_by: payer(account.id),
        id: account.id,
        name: account.name,
        is_billed: account.kind == AccountKind::ApiKey,
    });
    Ok(Plan {
        currency: currency(plan.currency),
        rate: ShownRate(plan.rate.hundred_millionths()),
        sharing: sharing(plan.sharing),
        me: plan.me,
        accounts: accounts.collect(),
        friends: people(house, &named).await?,
        costs: costs.iter().map(|cost| shown_cost(cost, plan.currency)).collect(),
        adjustments: adjustments.into_iter().map(shown_adjustment).collect(),
    })
}

/// The friends, and those of the named who are none any more.
async fn people(house: &House, named: &[Named]) -> Result<Vec<Friend>, Failure> {
    let pool = house.around().store.pool();
    let known = friends::list(pool).await.map_err(refused)?;
    let mut friends: Vec<Friend> = known.into_iter().map(|one| Friend { id: one.id, name: one.name }).collect();
    for id in named.iter().copied().flatten() {
        if friends.iter().all(|friend| friend.id != id)
            && let Some(name) = friends::name(pool, id).await.map_err(refused)?
        {
            friends.push(Friend { id, name });
        }
    }
    Ok(friends)
}

fn shown_cost(cost: &stored::PlanCost, of_plan: Currency) -> PlanCost {
    let entered = Entered {
        name: cost.name.clone(),
        account: cost.account_id,
        price: cost.currency.number(cost.price),
        in_dollars: cost.currency == Currency::USD && of_plan != Currency::USD,
        every: match cost.every {
            CoreEvery::Month => Every::Month,
            CoreEvery::Year => Every::Year,
            CoreEvery::Once => Every::Once,
        },
        whole_months: cost.proration == Proration::Whole,
        from: cost.from.to_string(),
        ends: cost.until.map(|until| until.saturating_sub(1.day()).to_string()),
        paid_by: cost.paid_by,
        shared_by: cost.shared_by.clone(),
    };
    PlanCost { id: cost.id, currency: currency(cost.currency), entered }
}

fn shown_adjustment(one: stored::PlanAdjustment) -> Adjustment {
    Adjustment {
        id: one.id,
        month: one.month.to_string(),
        from: one.from,
        to: one.to,
        amount: one.amount.0,
        currency: currency(one.currency),
        why: one.why,
    }
}
