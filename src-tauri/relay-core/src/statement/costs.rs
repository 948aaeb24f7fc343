//! What there is to share in a month, and each person's part of it.

use super::{
    Basis, CannotSettle, Cost, CostKind, Line, Note, Served,
    amount::Cents,
    inputs::{Bill, Inputs, Mode, Person, PersonId, Sharing, Subscription, Use},
    split::split,
    sum,
};
use crate::price::PicoUsd;

/// The costs of a month and everyone's part.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) costs: Vec<Cost>,
    pub(super) lines: Vec<Line>,
    pub(super) notes: Vec<Note>,
}

/// A subscription in the month: what it costs, who shares it and what each of them used of it.
struct Due<'a> {
    subscription: &'a Subscription,
    cost: Cents,
    people: Vec<&'a Person>,
    used: Vec<u64>,
}

pub(super) fn shared(inputs: &Inputs) -> Result<Shared, CannotSettle> {
    let mut shared = Shared::default();
    let due = dues(inputs)?;
    for one in &due {
        shared.costs.push(subscription_cost(one, inputs));
        shared.notes.extend(used_by_others(one, inputs));
    }
    match inputs.mode {
        Mode::Equal => due.iter().for_each(|one| shared.equally(one, one.cost)),
        Mode::ByUse => due.iter().for_each(|one| shared.by_use(one, one.cost)),
        Mode::BaseFee { fee } => shared.fee_and_use(&due, fee)?,
    }
    for bill in &inputs.bills {
        shared.at_cost(bill, inputs);
    }
    shared.notes.extend(not_entered(inputs));
    let unpriced = inputs.uses.iter().map(|usage| usage.unpriced_calls).sum();
    if unpriced > 0 {
        shared.notes.push(Note::Unpriced { calls: unpriced });
    }
    Ok(shared)
}

/// The subscriptions that cost something this month.
fn dues(inputs: &Inputs) -> Result<Vec<Due<'_>>, CannotSettle> {
    let mut due = Vec::new();
    for subscription in &inputs.subscriptions {
        let cost = subscription.cost(inputs.month, inputs.currency, inputs.rate);
        if cost == Cents(0) {
            continue;
        }
        let people = sharers(subscription, &inputs.people)?;
        let used = people.iter().map(|person| weight(used_of(subscription, &inputs.uses, &person.id))).collect();
        due.push(Due { subscription, cost, people, used });
    }
    Ok(due)
}

fn sharers<'a>(subscription: &Subscription, people: &'a [Person]) -> Result<Vec<&'a Person>, CannotSettle> {
    let named = &subscription.shared_by;
    if named.iter().any(|id| people.iter().all(|person| person.id != *id)) {
        return Err(CannotSettle::Stranger(subscription.name.clone()));
    }
    let has_part = |person: &&Person| match named.as_slice() {
        [] => person.shares == Sharing::Shares,
        named => named.contains(&person.id),
    };
    let sharers: Vec<_> = people.iter().filter(has_part).collect();
    if sharers.is_empty() { Err(CannotSettle::NobodyShares(subscription.name.clone())) } else { Ok(sharers) }
}

/// The list price of what a person used of a subscription; of everything, where it is no account.
fn used_of(subscription: &Subscription, uses: &[Use], person: &PersonId) -> PicoUsd {
    let counts =
        |one: &&Use| one.person == *person && subscription.account.is_none_or(|account| one.account == account);
    total(uses.iter().filter(counts))
}

fn total<'a>(uses: impl Iterator<Item = &'a Use>) -> PicoUsd {
    uses.fold(PicoUsd(0), |total, one| total.saturating_add(one.list_price))
}

fn weight(list_price: PicoUsd) -> u64 {
    u64::try_from(list_price.0).unwrap_or(0)
}

fn subscription_cost(due: &Due<'_>, inputs: &Inputs) -> Cost {
    Cost {
        about: due.subscription.name.clone(),
        kind: CostKind::Subscription,
        amount: due.cost,
        paid_by: due.subscription.paid_by.clone(),
        served: due.subscription.account.map(|account| served(account, &inputs.uses)),
    }
}

pub(super) fn served(account: i64, uses: &[Use]) -> Served {
    let of_account = || uses.iter().filter(|one| one.account == account);
    Served { calls: of_account().map(|one| one.calls).sum(), list_price: total(of_account()) }
}

/// The calls of an account that have no price.
pub(super) fn unpriced(account: i64, uses: &[Use]) -> i64 {
    uses.iter().filter(|one| one.account == account).map(|one| one.unpriced_calls).sum()
}

/// Those who used a subscription that they have no part in.
fn used_by_others<'a>(due: &'a Due<'_>, inputs: &'a Inputs) -> impl Iterator<Item = Note> + 'a {
    let others = inputs.people.iter().filter(|person| due.people.iter().all(|one| one.id != person.id));
    others.filter_map(|person| {
        due.subscription.account?;
        let used = used_of(due.subscription, &inputs.uses, &person.id);
        let about = due.subscription.name.clone();
        (used > PicoUsd(0)).then(|| Note::UsedByOther { about, person: person.id.clone(), used })
    })
}

/// Accounts that were used and are neither subscribed to nor billed by use.
fn not_entered(inputs: &Inputs) -> Vec<Note> {
    let mut accounts: Vec<(i64, &str)> = inputs
        .uses
        .iter()
        .filter(|one| inputs.subscriptions.iter().all(|plan| plan.account != Some(one.account)))
        .filter(|one| inputs.bills.iter().all(|bill| bill.account != one.account))
        .map(|one| (one.account, one.account_name.as_str()))
        .collect();
    accounts.sort_unstable();
    accounts.dedup_by_key(|(account, _)| *account);
    let note = |(account, name): (i64, &str)| Note::NotEntered {
        about: name.to_owned(),
        used: total(inputs.uses.iter().filter(|one| one.account == account)),
    };
    accounts.into_iter().map(note).collect()
}

impl Shared {
    fn line(&mut self, person: &Person, about: &str, basis: Basis, amount: Cents) {
        self.lines.push(Line { person: person.id.clone(), about: about.to_owned(), basis, amount });
    }

    fn equally(&mut self, due: &Due<'_>, amount: Cents) {
        let parts = split(amount, &vec![1; due.people.len()]);
        let people = due.people.len() as u64;
        for (person, part) in due.people.iter().zip(parts) {
            self.line(person, &due.subscription.name, Basis::Equal { people }, part);
        }
    }

    fn by_use(&mut self, due: &Due<'_>, amount: Cents) {
        let of = due.used.iter().fold(0_u64, |sum, used| sum.saturating_add(*used));
        if of == 0 {
            self.notes.push(Note::NobodyUsed { about: due.subscription.name.clone() });
            return self.equally(due, amount);
        }
        for ((person, used), part) in due.people.iter().zip(&due.used).zip(split(amount, &due.used)) {
            if *used > 0 {
                let basis = Basis::Use { used: pico(*used), of: pico(of) };
                self.line(person, &due.subscription.name, basis, part);
            }
        }
    }

    /// Everyone who shares anything pays the fee, or less where the subscriptions cost less together; the rest of each
    /// subscription is shared by use.
    fn fee_and_use(&mut self, due: &[Due<'_>], fee: Cents) -> Result<(), CannotSettle> {
        let all = sum(due.iter().map(|one| one.cost))?;
        let mut people: Vec<&Person> = Vec::new();
        for person in due.iter().flat_map(|one| &one.people) {
            if people.iter().all(|known| known.id != person.id) {
                people.push(person);
            }
        }
        let fees = Cents(fee.0.saturating_mul(i64::try_from(people.len()).unwrap_or(i64::MAX)).min(all.0));
        for (person, part) in people.iter().zip(split(fees, &vec![1; people.len()])) {
            self.line(person, "", Basis::BaseFee, part);
        }
        let costs: Vec<u64> = due.iter().map(|one| one.cost.0.unsigned_abs()).collect();
        for (one, covered) in due.iter().zip(split(fees, &costs)) {
            let rest = Cents(one.cost.0 - covered.0);
            if rest > Cents(0) {
                self.by_use(one, rest);
            }
        }
        Ok(())
    }

    /// An account billed by use: each pays for what each used, and the parts add up to the bill in whole cents.
    fn at_cost(&mut self, bill: &Bill, inputs: &Inputs) {
        let uses: Vec<&Use> = inputs.uses.iter().filter(|one| one.account == bill.account).collect();
        let served = served(bill.account, &inputs.uses);
        let amount = inputs.rate.convert(served.list_price, inputs.currency);
        let weights: Vec<u64> = uses.iter().map(|one| weight(one.list_price)).collect();
        if !uses.is_empty() {
            let (about, paid_by) = (bill.name.clone(), bill.paid_by.clone());
            self.costs.push(Cost { about, kind: CostKind::Bill, amount, paid_by, served: Some(served) });
        }
        for (one, part) in uses.iter().zip(split(amount, &weights)) {
            if one.list_price > PicoUsd(0) {
                let basis = Basis::AtCost { used: one.list_price };
                self.lines.push(Line { person: one.person.clone(), about: bill.name.clone(), basis, amount: part });
            }
        }
    }
}

fn pico(used: u64) -> PicoUsd {
    PicoUsd(i64::try_from(used).unwrap_or(i64::MAX))
}
