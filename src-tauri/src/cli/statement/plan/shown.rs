//! The owner's entries as people and scripts read them.

use std::collections::HashMap;

use carpool_core::statement::Mode;
use carpool_relay::{
    accounts::Surroundings,
    store::{
        accounts, friends,
        plan::{self, Named, Plan, PlanAdjustment, PlanCost},
    },
};
use jiff::ToSpan;
use serde_json::{Value, json};

use super::{
    super::super::{named::database, output::Output},
    OWNER,
};
use crate::failure::Failure;

pub(super) fn cost_id(id: i64) -> String {
    format!("c{id}")
}

pub(super) fn adjustment_id(id: i64) -> String {
    format!("x{id}")
}

/// Shows all entries.
pub(super) async fn all(around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let pool = around.store.pool();
    let plan = plan::get(pool).await.map_err(database)?;
    let (costs, bills) = (plan::costs(pool).await.map_err(database)?, plan::bills(pool).await.map_err(database)?);
    let adjustments = plan::adjustments(pool).await.map_err(database)?;
    let accounts = accounts::list(pool).await.map_err(database)?;
    let accounts: HashMap<i64, String> = accounts.into_iter().map(|account| (account.id, account.name)).collect();
    let mut friends = HashMap::new();
    let named = costs.iter().flat_map(|cost| cost.shared_by.iter().copied().chain([cost.paid_by]));
    let named = named.chain(adjustments.iter().flat_map(|one| [one.from, one.to]));
    let named = named.chain(bills.iter().map(|(_, payer)| Some(*payer))).chain([plan.me]);
    for id in named.flatten() {
        if let Some(name) = friends::name(pool, id).await.map_err(database)? {
            friends.insert(id, name);
        }
    }

    let names = Names { accounts, friends };
    let costs: Vec<Value> = costs.iter().map(|cost| names.cost(cost)).collect();
    let adjustments: Vec<Value> = adjustments.iter().map(|one| names.adjustment(one)).collect();
    let bills: Vec<Value> = bills
        .iter()
        .map(|(account, payer)| json!({ "account": names.account(*account), "paid_by": names.person(Some(*payer)) }))
        .collect();
    let mut shown = names.plan(&plan);
    if output.is_json() {
        shown["subscriptions"] = costs.into();
        shown["bills"] = bills.into();
        shown["adjustments"] = adjustments.into();
        output.json_line(&shown);
        return Ok(());
    }
    output.object(&shown);
    table(
        output,
        &costs,
        &["id", "name", "account", "price", "currency", "every", "from", "ends", "paid_by", "shared_by"],
    );
    table(output, &bills, &["account", "paid_by"]);
    table(output, &adjustments, &["id", "month", "from", "to", "amount", "currency", "why"]);
    Ok(())
}

fn table(output: &Output, rows: &[Value], columns: &[&str]) {
    if !rows.is_empty() {
        output.text("");
        output.list(rows, columns);
    }
}

/// The names of what entries point to.
struct Names {
    accounts: HashMap<i64, String>,
    friends: HashMap<i64, String>,
}

impl Names {
    fn person(&self, named: Named) -> &str {
        named.map_or(OWNER, |id| self.friends.get(&id).map_or("-", String::as_str))
    }

    /// An account's name; one that was removed has none here.
    fn account(&self, id: i64) -> &str {
        self.accounts.get(&id).map_or("-", String::as_str)
    }

    fn plan(&self, plan: &Plan) -> Value {
        let (sharing, fee) = match plan.sharing {
            Mode::Equal => ("equal", None),
            Mode::ByUse => ("use", None),
            Mode::BaseFee { fee } => ("base-fee", Some(plan.currency.number(fee))),
        };
        json!({
            "currency": plan.currency, "rate": plan.rate, "sharing": sharing, "fee": fee,
            "me": plan.me.map(|id| self.person(Some(id))),
        })
    }

    fn cost(&self, cost: &PlanCost) -> Value {
        json!({
            "id": cost_id(cost.id),
            "name": cost.name,
            "account": cost.account_id.map(|id| self.account(id)),
            "price": cost.currency.number(cost.price),
            "currency": cost.currency,
            "every": cost.every,
            "proration": cost.proration,
            "from": cost.from,
            "ends": cost.until.map(|until| until.saturating_sub(1.day())),
            "paid_by": self.person(cost.paid_by),
            "shared_by": cost.shared_by.iter().map(|named| self.person(*named)).collect::<Vec<_>>(),
        })
    }

    fn adjustment(&self, one: &PlanAdjustment) -> Value {
        json!({
            "id": adjustment_id(one.id),
            "month": one.month,
            "from": self.person(one.from),
            "to": self.person(one.to),
            "amount": one.currency.number(one.amount),
            "currency": one.currency,
            "why": one.why,
        })
    }
}
