//! Statements: a month settled, what is entered for it, and the ones that were kept.
//!
//! Amounts are whole cents of the statement's [`Currency`]: `i64`s that JavaScript holds exactly.

use serde::{Deserialize, Serialize};

use crate::{
    Money,
    money::{Currency, Rate},
};

/// Asks for [`Statement`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetStatement {
    /// The month, as `2026-11`.
    pub month: String,
    /// Which of its statements.
    pub version: Version,
}

/// Which statement of a month is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "version")]
pub enum Version {
    /// The latest that was kept; before one was, the month as things stand now.
    #[default]
    Latest,
    /// The month as things stand now.
    Draft,
    /// One that was kept.
    Kept {
        /// Its id.
        id: i64,
    },
}

/// A month, settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The month, as `2026-11`.
    pub month: String,
    /// Whether all of its days have passed.
    pub is_over: bool,
    /// The one that is shown, if it was kept; `None`: the month as things stand now. When that was made, and so its hash,
    /// is no part of the reply: it would be another one each time.
    pub kept: Option<Kept>,
    /// The currency of all amounts.
    pub currency: Currency,
    /// What a dollar is in it.
    pub rate: Rate,
    /// How subscriptions are shared.
    pub sharing: Sharing,
    /// Everyone who took part.
    pub people: Vec<Person>,
    /// What there was to share.
    pub costs: Vec<Cost>,
    /// Who pays whom.
    pub transfers: Vec<Transfer>,
    /// What a reader should know.
    pub notes: Vec<Note>,
    /// How many rows of the ledger it is made of.
    pub rows: u64,
    /// Every statement that was kept, the latest first.
    pub all_kept: Vec<Kept>,
}

impl Statement {
    /// The name of somebody who took part; `None`: the owner, who is none of the friends.
    #[must_use]
    pub fn name(&self, id: &str) -> Option<&str> {
        let person = self.people.iter().find(|person| person.id == id && id != OWNER);
        person.map(|person| person.name.as_str())
    }

    /// Whether nothing was paid, and nobody owes anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.costs.is_empty() && self.people.iter().all(|person| person.lines.is_empty())
    }
}

/// The id of the owner, where the owner is none of the friends.
pub const OWNER: &str = "owner";

/// How subscriptions are shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "sharing")]
pub enum Sharing {
    /// In equal parts.
    Equal,
    /// By the list price of what each used.
    ByUse,
    /// A base fee each, and the rest by use.
    BaseFee {
        /// The fee of a month.
        fee: i64,
    },
}

/// How a person stands at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The person's id in statements: `owner`, or as `f1`.
    pub id: String,
    /// The person's name.
    pub name: String,
    /// The sum of the lines.
    pub share: i64,
    /// What the person paid to providers and others outside.
    pub paid: i64,
    /// What the person gets; below zero: owes.
    pub balance: i64,
    /// What the share is made of.
    pub lines: Vec<Line>,
}

/// An amount in a person's part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The cost's name, or an adjustment's reason; empty for the base fee.
    pub about: String,
    /// How it came about.
    pub basis: Basis,
    /// How much; below zero it is in the person's favour.
    pub amount: i64,
}

/// How a line came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "basis")]
pub enum Basis {
    /// An equal part.
    Equal {
        /// Of how many people.
        people: u32,
    },
    /// A part by use, at list price.
    Use {
        /// What the person used.
        used: Money,
        /// What all used.
        of: Money,
    },
    /// The monthly fee.
    BaseFee,
    /// Passed through at cost.
    AtCost {
        /// The provider's price.
        used: Money,
    },
    /// Owed to another person.
    OwedTo {
        /// Whom.
        person: String,
    },
    /// Owed by another person.
    OwedBy {
        /// Who.
        person: String,
    },
}

/// Something that was paid and is shared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// A subscription's or an account's name.
    pub about: String,
    /// Whether it is an account that is billed by use.
    pub is_bill: bool,
    /// What it cost this month.
    pub amount: i64,
    /// Who paid.
    pub paid_by: String,
    /// The calls it served; `None` for a cost that is no account.
    pub calls: Option<u64>,
    /// Their list price.
    pub list_price: Option<Money>,
}

/// A payment that settles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Who pays.
    pub from: String,
    /// Whom.
    pub to: String,
    /// How much.
    pub amount: i64,
}

/// What a reader should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "note")]
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
        person: String,
        /// The list price of it.
        used: Money,
    },
    /// An account was used for which no price was entered: it is not in the statement.
    NotEntered {
        /// The account.
        about: String,
        /// The list price of it.
        used: Money,
    },
    /// Calls have no price: they count as no use.
    Unpriced {
        /// How many.
        calls: u64,
    },
}

/// A statement that was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its id.
    pub id: i64,
    /// Its month.
    pub month: String,
    /// When it was made.
    pub made_ms: i64,
    /// The hash it was kept with.
    pub sha256: String,
    /// Whether it still is what the hash was made of.
    pub is_unchanged: bool,
}

/// Asks for [`MonthValue`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetValue {
    /// The month, as `2026-11`.
    pub month: String,
}

/// What a month's subscriptions delivered, as things stand now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthValue {
    /// The currency of all amounts.
    pub currency: Currency,
    /// Whether all of its days have passed.
    pub is_over: bool,
    /// Each account's subscriptions.
    pub values: Vec<Value>,
}

/// What the subscriptions of an account delivered, and what they cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// What they are called.
    pub subscriptions: Vec<String>,
    /// What they cost in the whole month.
    pub cost: i64,
    /// What the days cost that have begun.
    pub cost_so_far: i64,
    /// The days of the month on which there is one of them.
    pub days: u32,
    /// Those of them that have begun.
    pub days_so_far: u32,
    /// How many calls they served.
    pub calls: u64,
    /// Those of them that have no price.
    pub unpriced_calls: u64,
    /// The list price of the others.
    pub list_price: Money,
    /// The same in the currency.
    pub worth: i64,
    /// What was delivered for each hundred that was paid so far; `None` where nothing was.
    pub percent: Option<i64>,
}

/// Keeps a month's statement, for ever. Replies with its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepStatement {
    /// The month.
    pub month: String,
    /// Whether it may be kept though the month is not over.
    pub early: bool,
}

/// Asks where to, and writes a statement there. Replies with the path; `None` when the owner thought better of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportStatement {
    /// Which.
    pub of: GetStatement,
    /// Only this person's part, by id.
    pub person: Option<String>,
    /// As what.
    pub form: Form,
}

/// A form in which a statement leaves Carpool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A page that can be printed.
    Html,
    /// A table.
    Csv,
}

/// Puts a statement on the clipboard as a few lines of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyStatement {
    /// Which.
    pub of: GetStatement,
    /// Only this person's part, by id.
    pub person: Option<String>,
}
