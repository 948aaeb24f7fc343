//! What the owner enters for statements: who paid what, and how it is shared.

use serde::{Deserialize, Serialize};

use crate::{
    money::{Currency, Rate},
    statement::Sharing,
};

/// A person as entries name one: a friend's id; `None`: the owner.
pub type Named = Option<i64>;

/// Asks for [`Plan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetPlan {}

/// All entries, and who and what they can name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The currency of statements, and of all money in the window.
    pub currency: Currency,
    /// What a dollar is in it.
    pub rate: Rate,
    /// How subscriptions are shared.
    pub sharing: Sharing,
    /// The friend that the owner is; `None`: the owner only pays.
    pub me: Named,
    /// The friends; those who left are there as long as an entry names them.
    pub friends: Vec<Friend>,
    /// The accounts.
    pub accounts: Vec<Account>,
    /// Subscriptions and other costs.
    pub costs: Vec<PlanCost>,
    /// What one person owes another.
    pub adjustments: Vec<Adjustment>,
}

/// A friend whom an entry may name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Friend {
    /// The id.
    pub id: i64,
    /// The name.
    pub name: String,
}

/// An account that an entry may name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The id.
    pub id: i64,
    /// The name.
    pub name: String,
    /// Whether it is billed by use.
    pub is_billed: bool,
    /// Who pays the provider of one that is.
    pub bill_paid_by: Named,
}

/// A subscription or another cost, as it is entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    /// What it is called.
    pub name: String,
    /// The account it pays for; `None` for a cost that is no account.
    pub account: Option<i64>,
    /// The price of one period, as `12.50`.
    pub price: String,
    /// Whether the price is in dollars, and not in the statement's currency.
    pub in_dollars: bool,
    /// The period.
    pub every: Every,
    /// Whether a month in which it begins or ends costs the whole price, and not the part of its days.
    pub whole_months: bool,
    /// Its first day, as `2026-11-03`.
    pub from: String,
    /// Its last day, if it is known.
    pub ends: Option<String>,
    /// Who pays it.
    pub paid_by: Named,
    /// Who shares it; empty: everyone.
    pub shared_by: Vec<Named>,
}

/// A subscription or another cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanCost {
    /// The id.
    pub id: i64,
    /// The currency of the price.
    pub currency: Currency,
    /// What was entered.
    pub entered: Entered,
}

/// How often a price is paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Each month.
    #[default]
    Month,
    /// Each year.
    Year,
    /// Once.
    Once,
}

/// What one person owes another in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// The id.
    pub id: i64,
    /// The month, as `2026-11`.
    pub month: String,
    /// Who owes.
    pub from: Named,
    /// Whom.
    pub to: Named,
    /// How much, in the smallest unit of the currency.
    pub amount: i64,
    /// In which currency.
    pub currency: Currency,
    /// What for.
    pub why: String,
}

/// Sets the currency of statements and of all money in the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetCurrency {
    /// Its three letters.
    pub currency: String,
    /// How much of it one US dollar is, as `7.10`.
    pub rate: String,
}

/// Sets how subscriptions are shared, and which friend the owner is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetSharing {
    /// How.
    pub shared: Shared,
    /// The base fee, where there is one.
    pub fee: Option<String>,
    /// The friend that the owner is.
    pub me: Named,
}

/// How subscriptions are shared, without the fee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shared {
    /// In equal parts.
    #[default]
    Equally,
    /// By the list price of what each used.
    ByUse,
    /// A base fee each, and the rest by use.
    WithFee,
}

/// Enters a cost, or changes one from its beginning on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnterCost {
    /// The one that is changed.
    pub id: Option<i64>,
    /// What is entered.
    pub entered: Entered,
}

/// Says on which day a cost ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndCost {
    /// The cost.
    pub id: i64,
    /// Its last day.
    pub on: String,
}

/// Takes a cost back, as if it had never been entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveCost {
    /// The cost.
    pub id: i64,
}

/// Enters what one person owes another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnterAdjustment {
    /// The month, as `2026-11`.
    pub month: String,
    /// Who owes.
    pub from: Named,
    /// Whom.
    pub to: Named,
    /// How much, in the statement's currency.
    pub amount: String,
    /// What for.
    pub why: String,
}

/// Takes an adjustment back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveAdjustment {
    /// The adjustment.
    pub id: i64,
}

/// Says who pays the bills of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetBill {
    /// The account.
    pub account: i64,
    /// Who pays.
    pub paid_by: Named,
}
