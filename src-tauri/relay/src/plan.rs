//! The owner's entries for statements, checked before they are stored: by commands and by the window alike.

use carpool_core::{
    period::Month,
    statement::{Cents, Currency, Every, Mode, NotAnAmount, Proration, Rate},
};
use jiff::{ToSpan, civil::Date};
use sqlx::SqlitePool;

use crate::store::{
    is_taken,
    plan::{self, Named, Plan, PlanAdjustment, PlanCost},
};

/// Why an entry is not taken. Nothing is changed then.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A currency without its rate.
    #[error("say how much {0} one US dollar is (--rate): API bills are in dollars")]
    RateMissing(Currency),
    /// A base fee without its amount.
    #[error("say how much {0} the base fee of a month is (--fee)")]
    FeeMissing(Currency),
    /// A base fee where there is none.
    #[error("a fee (--fee) is for sharing by base fee and use only")]
    FeeUnused,
    /// A dollar that is not a dollar.
    #[error("one US dollar is one US dollar: the rate of USD is 1")]
    RateOfDollar,
    /// A cost without a name.
    #[error("say what it is called")]
    NameMissing,
    /// A name that another cost has.
    #[error("there is a subscription named '{0}' already: choose another name")]
    NameTaken(String),
    /// A price in a third currency.
    #[error("prices can be in {0}, as statements are, or in USD")]
    Currency(Currency),
    /// Text that is no amount.
    #[error(transparent)]
    Amount(#[from] NotAnAmount),
    /// A last day before the first.
    #[error("it cannot end on {last}: it begins on {first}")]
    Ends {
        /// The first day.
        first: Date,
        /// The last one.
        last: Date,
    },
    /// An adjustment between one.
    #[error("an adjustment is between two people: both are the same")]
    SamePerson,
    /// An adjustment of nothing.
    #[error("an adjustment is more than zero")]
    Nothing,
    /// An adjustment without a reason.
    #[error("say what the adjustment is for")]
    ReasonMissing,
    /// The entry was taken back meanwhile.
    #[error("it is not there any more")]
    Gone,
    /// The database refused.
    #[error("the database refused")]
    Store(#[from] sqlx::Error),
}

impl PlanError {
    /// The error's name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RateMissing(_) => "rate_missing",
            Self::FeeMissing(_) => "fee_missing",
            Self::FeeUnused => "fee_without_use",
            Self::RateOfDollar => "rate_of_dollar",
            Self::NameMissing => "name_missing",
            Self::NameTaken(_) => "name_taken",
            Self::Currency(_) => "wrong_currency",
            Self::Amount(NotAnAmount::Currency(_)) => "bad_currency",
            Self::Amount(NotAnAmount::Rate(_)) => "bad_rate",
            Self::Amount(NotAnAmount::Amount { .. }) | Self::Nothing => "bad_amount",
            Self::Ends { .. } => "bad_range",
            Self::SamePerson => "same_person",
            Self::ReasonMissing => "reason_missing",
            Self::Gone => "not_found",
            Self::Store(_) => "database",
        }
    }
}

/// How subscriptions are shared, without the fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    /// In equal parts.
    Equally,
    /// By the list price of what each used.
    ByUse,
    /// A base fee each, and the rest by use.
    WithFee,
}

/// What is to be different; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The currency of statements.
    pub currency: Option<Currency>,
    /// How much of it one US dollar is.
    pub rate: Option<Rate>,
    /// How subscriptions are shared.
    pub shared: Option<Shared>,
    /// The base fee of a month, in the currency.
    pub fee: Option<String>,
    /// The friend that the owner is, or none.
    pub me: Option<Named>,
}

/// Changes how statements are made.
///
/// # Errors
/// [`PlanError`] when it does not fit together, or the database refuses.
pub async fn change(pool: &SqlitePool, change: Change) -> Result<(), PlanError> {
    let old = plan::get(pool).await?;
    let currency = change.currency.unwrap_or(old.currency);
    let rate = match (change.rate, currency) {
        (Some(rate), Currency::USD) if rate != Rate::ONE => return Err(PlanError::RateOfDollar),
        (Some(rate), _) => rate,
        (None, same) if same == old.currency => old.rate,
        (None, Currency::USD) => Rate::ONE,
        (None, other) => return Err(PlanError::RateMissing(other)),
    };
    let sharing = sharing(change.shared, change.fee.as_deref(), currency, &old)?;
    let me = change.me.unwrap_or(old.me);
    Ok(plan::put(pool, &Plan { currency, rate, sharing, me }).await?)
}

fn sharing(shared: Option<Shared>, fee: Option<&str>, currency: Currency, old: &Plan) -> Result<Mode, PlanError> {
    let fee = fee.map(|text| currency.parse(text)).transpose()?;
    let old_fee = match old.sharing {
        Mode::BaseFee { fee } if currency == old.currency => Some(fee),
        _ => None,
    };
    let keeps_fee = matches!(old.sharing, Mode::BaseFee { .. }) && shared.is_none();
    match (shared, fee.or(old_fee)) {
        (Some(Shared::Equally), _) if fee.is_none() => Ok(Mode::Equal),
        (Some(Shared::ByUse), _) if fee.is_none() => Ok(Mode::ByUse),
        (Some(Shared::WithFee), Some(fee)) => Ok(Mode::BaseFee { fee }),
        (None, Some(fee)) if keeps_fee => Ok(Mode::BaseFee { fee }),
        (None, None) if !keeps_fee => Ok(old.sharing),
        (Some(Shared::WithFee), None) | (None, None) => Err(PlanError::FeeMissing(currency)),
        _ => Err(PlanError::FeeUnused),
    }
}

/// A subscription or another cost as it is entered.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is called.
    pub name: String,
    /// The account it pays for.
    pub account_id: Option<i64>,
    /// The price of one period.
    pub price: String,
    /// The currency of the price, if it is not the statement's.
    pub currency: Option<Currency>,
    /// The period.
    pub every: Every,
    /// What a month costs in which it begins or ends.
    pub proration: Proration,
    /// Its first day.
    pub from: Date,
    /// Its last day, if it is known.
    pub ends: Option<Date>,
    /// Who pays it.
    pub paid_by: Named,
    /// Who shares it; empty: everyone.
    pub shared_by: Vec<Named>,
}

/// Enters a cost.
///
/// # Errors
/// [`PlanError`] when it cannot be, or the database refuses.
pub async fn enter(pool: &SqlitePool, entry: Entry) -> Result<(), PlanError> {
    let cost = checked(pool, 0, entry).await?;
    plan::add_cost(pool, &cost).await.map(drop).map_err(|error| taken(error, &cost))
}

/// Changes a cost from its beginning on. Statements that were kept stay as they are.
///
/// # Errors
/// [`PlanError`] when it cannot be, is gone, or the database refuses.
pub async fn enter_again(pool: &SqlitePool, id: i64, entry: Entry) -> Result<(), PlanError> {
    let cost = checked(pool, id, entry).await?;
    let is_there = plan::change_cost(pool, &cost).await.map_err(|error| taken(error, &cost))?;
    if is_there { Ok(()) } else { Err(PlanError::Gone) }
}

async fn checked(pool: &SqlitePool, id: i64, entry: Entry) -> Result<PlanCost, PlanError> {
    let shown = plan::get(pool).await?.currency;
    let currency = entry.currency.unwrap_or(shown);
    if currency != shown && currency != Currency::USD {
        return Err(PlanError::Currency(shown));
    }
    let name = entry.name.trim().to_owned();
    if name.is_empty() {
        return Err(PlanError::NameMissing);
    }
    Ok(PlanCost {
        id,
        name,
        account_id: entry.account_id,
        price: currency.parse(&entry.price)?,
        currency,
        every: entry.every,
        proration: entry.proration,
        from: entry.from,
        until: entry.ends.map(|ends| day_after(entry.from, ends)).transpose()?,
        paid_by: entry.paid_by,
        shared_by: entry.shared_by,
    })
}

fn taken(error: sqlx::Error, cost: &PlanCost) -> PlanError {
    if is_taken(&error) { PlanError::NameTaken(cost.name.clone()) } else { error.into() }
}

/// Says on which day a cost ended: its last one.
///
/// # Errors
/// [`PlanError`] when it begins later, is gone, or the database refuses.
pub async fn end(pool: &SqlitePool, id: i64, last: Date) -> Result<(), PlanError> {
    let all = plan::costs(pool).await?;
    let cost = all.iter().find(|cost| cost.id == id).ok_or(PlanError::Gone)?;
    Ok(plan::end_cost(pool, id, day_after(cost.from, last)?).await?)
}

/// What one person owes another, as it is entered.
#[derive(Clone, Debug)]
pub struct Adjusting {
    /// In which month's statement.
    pub month: Month,
    /// Who owes.
    pub from: Named,
    /// Whom.
    pub to: Named,
    /// How much, in the statement's currency.
    pub amount: String,
    /// What for.
    pub why: String,
}

/// Enters an adjustment.
///
/// # Errors
/// [`PlanError`] when it cannot be, or the database refuses.
pub async fn adjust(pool: &SqlitePool, entry: Adjusting) -> Result<(), PlanError> {
    let plan = plan::get(pool).await?;
    let Adjusting { month, from, to, amount, why } = entry;
    if from.or(plan.me) == to.or(plan.me) {
        return Err(PlanError::SamePerson);
    }
    let amount = plan.currency.parse(&amount)?;
    if amount == Cents(0) {
        return Err(PlanError::Nothing);
    }
    let why = why.trim().to_owned();
    if why.is_empty() {
        return Err(PlanError::ReasonMissing);
    }
    let adjustment = PlanAdjustment { id: 0, month, from, to, amount, currency: plan.currency, why };
    plan::add_adjustment(pool, &adjustment).await?;
    Ok(())
}

/// The first day after the last one, which is not before the first.
fn day_after(first: Date, last: Date) -> Result<Date, PlanError> {
    if last < first { Err(PlanError::Ends { first, last }) } else { Ok(last.saturating_add(1.day())) }
}
