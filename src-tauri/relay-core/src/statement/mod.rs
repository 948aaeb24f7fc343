//! The monthly settle-up: who had which part of what was paid, and who pays whom.
//!
//! Subscriptions are shared equally, by use, or as a base fee and use; accounts billed by use are passed through at cost; an
//! adjustment is between two people and touches nobody else. Every amount is whole cents, every sum is exact, and the same
//! inputs give the same statement. A statement once made does not change: its hash covers everything in it, and a digest of
//! the ledger's rows behind it.

mod amount;
mod costs;
mod inputs;
mod ledger;
mod message;
mod page;
mod sheet;
mod split;
mod transfers;
mod value;
mod words;

pub use amount::{Cents, Currency, LARGEST, NotAnAmount, Rate};
pub use inputs::{
    Adjustment, Bill, Every, Inputs, Mode, Person, PersonId, Price, Proration, Sharing, Subscription, Use,
};
pub use ledger::{LedgerDigest, LedgerRows};
pub use message::message;
pub use page::html;
pub use sheet::csv;
pub use value::{Value, values};
pub use words::Language;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{period::Month, price::PicoUsd};

/// The version of the form in which statements are kept.
const FORMAT: u32 = 1;

/// A month, settled. Its fields in their order, as compact JSON, are its canonical form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The version of this form.
    pub format: u32,
    /// The month.
    pub month: Month,
    /// The IANA name of the time zone its days are in.
    pub time_zone: String,
    /// The currency of all amounts.
    pub currency: Currency,
    /// What a dollar was taken to be in it.
    pub rate: Rate,
    /// How the subscriptions were shared.
    pub sharing: Mode,
    /// Everyone who took part, and how each stands.
    pub people: Vec<Balance>,
    /// What there was to share.
    pub costs: Vec<Cost>,
    /// Each person's part of each cost, and the adjustments; by person.
    pub lines: Vec<Line>,
    /// Who pays whom: as few payments as there can be.
    pub transfers: Vec<Transfer>,
    /// What a reader should know.
    pub notes: Vec<Note>,
    /// The rows of the ledger behind it.
    pub ledger: LedgerDigest,
    /// When it was made.
    pub made_at: Timestamp,
}

/// How a person stands at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// The person's id.
    pub id: PersonId,
    /// The person's name.
    pub name: String,
    /// The sum of the person's lines.
    pub share: Cents,
    /// What the person paid to providers and others outside.
    pub paid: Cents,
    /// What the person gets; below zero: owes.
    pub balance: Cents,
}

/// Something that was paid and is shared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// A subscription's or an account's name.
    pub about: String,
    /// Which of the two.
    pub kind: CostKind,
    /// What it cost this month.
    pub amount: Cents,
    /// Who paid.
    pub paid_by: PersonId,
    /// What it served; `None` for a cost that is no account.
    pub served: Option<Served>,
}

/// The calls that an account served in the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// How many.
    pub calls: i64,
    /// Their list price: what the month was worth.
    pub list_price: PicoUsd,
}

/// What kind of cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostKind {
    /// A subscription.
    Subscription,
    /// An account billed by use.
    Bill,
}

/// An amount on a person's part of the statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Whose.
    pub person: PersonId,
    /// The cost's name, or an adjustment's reason; empty for the base fee.
    pub about: String,
    /// How it came about.
    #[serde(flatten)]
    pub basis: Basis,
    /// How much; below zero it is in the person's favour.
    pub amount: Cents,
}

/// How a line came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "basis", rename_all = "snake_case")]
pub enum Basis {
    /// An equal part.
    Equal {
        /// Of how many people.
        people: u64,
    },
    /// A part by use.
    Use {
        /// The list price of what the person used.
        used: PicoUsd,
        /// Of what all used.
        of: PicoUsd,
    },
    /// The monthly fee.
    BaseFee,
    /// The provider's price of what the person used, passed through.
    AtCost {
        /// That price.
        used: PicoUsd,
    },
    /// Owed to another person.
    OwedTo {
        /// Whom. Written as `with`: the line itself has a `person`.
        #[serde(rename = "with")]
        person: PersonId,
    },
    /// Owed by another person.
    OwedBy {
        /// Who. Written as `with`, too.
        #[serde(rename = "with")]
        person: PersonId,
    },
}

/// A payment that settles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Who pays.
    pub from: PersonId,
    /// Whom.
    pub to: PersonId,
    /// How much.
    pub amount: Cents,
}

/// What a reader should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum Note {
    /// Nobody used it, so it was shared equally.
    NobodyUsed {
        /// The subscription.
        about: String,
    },
    /// A person used it without having a part in it.
    UsedByOther {
        /// The subscription.
        about: String,
        /// Who.
        person: PersonId,
        /// The list price of it.
        used: PicoUsd,
    },
    /// An account was used for which no price was entered: it is not in the statement.
    NotEntered {
        /// The account.
        about: String,
        /// The list price of it.
        used: PicoUsd,
    },
    /// Calls have no price: they count as no use.
    Unpriced {
        /// How many.
        calls: i64,
    },
}

/// Whom a page or a sheet is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader<'a> {
    /// Everyone who took part.
    Group,
    /// One of them, who is shown nothing of anybody else's use.
    Person(&'a PersonId),
}

impl Reader<'_> {
    /// Says whether what is this person's own is to be shown.
    fn sees(self, id: &PersonId) -> bool {
        match self {
            Self::Group => true,
            Self::Person(reader) => reader == id,
        }
    }
}

/// Whether a statement may still change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It shows a month as things stand now.
    Draft,
    /// It was kept.
    Kept,
}

/// Why a statement cannot be made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotSettle {
    /// A cost has nobody to share it.
    #[error("nobody shares '{0}': add a friend, or say who shares it with --shared-by")]
    NobodyShares(String),
    /// A person is named who does not take part.
    #[error("'{0}' names a person who does not take part in this month")]
    Stranger(String),
    /// The amounts do not add up within what a statement can hold.
    #[error("the amounts are too large to add up")]
    TooLarge,
}

/// Settles a month.
///
/// # Errors
/// [`CannotSettle`] when a cost has nobody to share it, names somebody who does not take part, or is too large.
pub fn settle(inputs: Inputs) -> Result<Statement, CannotSettle> {
    let costs::Shared { costs, mut lines, notes } = costs::shared(&inputs)?;
    for adjustment in &inputs.adjustments {
        lines.extend(adjustment_lines(adjustment));
    }
    let places: BTreeMap<&PersonId, usize> =
        inputs.people.iter().enumerate().map(|(at, person)| (&person.id, at)).collect();
    if let Some(line) = lines.iter().find(|line| !places.contains_key(&line.person)) {
        return Err(CannotSettle::Stranger(line.about.clone()));
    }
    if let Some(cost) = costs.iter().find(|cost| !places.contains_key(&cost.paid_by)) {
        return Err(CannotSettle::Stranger(cost.about.clone()));
    }
    lines.sort_by_key(|line| places[&line.person]);

    let people = balances(&inputs.people, &lines, &costs)?;
    let open: Vec<i64> = people.iter().map(|person| person.balance.0).collect();
    let transfers = transfers::payments(&open).into_iter().map(|(from, to, amount)| Transfer {
        from: people[from].id.clone(),
        to: people[to].id.clone(),
        amount: Cents(amount),
    });
    Ok(Statement {
        format: FORMAT,
        month: inputs.month,
        time_zone: inputs.time_zone,
        currency: inputs.currency,
        rate: inputs.rate,
        sharing: inputs.mode,
        transfers: transfers.collect(),
        people,
        costs,
        lines,
        notes,
        ledger: inputs.ledger,
        made_at: inputs.made_at,
    })
}

/// An adjustment is a line of each of its two people, and of nobody else.
fn adjustment_lines(adjustment: &Adjustment) -> [Line; 2] {
    let Adjustment { from, to, amount, why } = adjustment.clone();
    let owed = Basis::OwedTo { person: to.clone() };
    let due = Basis::OwedBy { person: from.clone() };
    [
        Line { person: from, about: why.clone(), basis: owed, amount },
        Line { person: to, about: why, basis: due, amount: Cents(-amount.0) },
    ]
}

fn balances(people: &[Person], lines: &[Line], costs: &[Cost]) -> Result<Vec<Balance>, CannotSettle> {
    people
        .iter()
        .map(|person| {
            let share = sum(lines.iter().filter(|line| line.person == person.id).map(|line| line.amount))?;
            let paid = sum(costs.iter().filter(|cost| cost.paid_by == person.id).map(|cost| cost.amount))?;
            let balance = paid.0.checked_sub(share.0).map(Cents).ok_or(CannotSettle::TooLarge)?;
            Ok(Balance { id: person.id.clone(), name: person.name.clone(), share, paid, balance })
        })
        .collect()
}

/// Adds up; more than a statement can hold is an error.
fn sum(mut amounts: impl Iterator<Item = Cents>) -> Result<Cents, CannotSettle> {
    let total = amounts.try_fold(0_i64, |total, amount| total.checked_add(amount.0));
    // Every sum of sums stays below i64::MAX, too.
    total.filter(|total| total.abs() < i64::MAX / 4096).map(Cents).ok_or(CannotSettle::TooLarge)
}

impl Statement {
    /// The canonical form: compact JSON with the fields in their order. It has integers and text only, so there is one way
    /// to write it.
    #[must_use]
    pub fn canonical(&self) -> String {
        serde_json::to_string(self).expect("plain data serializes")
    }

    /// SHA-256 over the canonical form, as hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.canonical()))
    }

    /// The name of somebody who took part.
    #[must_use]
    pub fn name<'a>(&'a self, id: &'a PersonId) -> &'a str {
        self.people.iter().find(|person| person.id == *id).map_or(id.0.as_str(), |person| &person.name)
    }
}

#[cfg(test)]
mod tests;
