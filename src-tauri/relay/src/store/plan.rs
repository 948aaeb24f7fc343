//! What is paid and how it is shared: the owner's entries for statements.

use carpool_core::{
    period::Month,
    statement::{Cents, Currency, Every, Mode, Proration, Rate},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, Row, SqlitePool, sqlite::SqliteRow};

use super::settings;

/// The setting that holds [`Plan`] as JSON.
pub const PLAN: &str = "statement_plan";

/// How statements are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The currency of all amounts.
    pub currency: Currency,
    /// What a dollar is in it.
    pub rate: Rate,
    /// How subscriptions are shared.
    pub sharing: Mode,
    /// The friend that the owner is; `None`: the owner only pays, and has no part in what all share.
    pub me: Option<i64>,
}

impl Default for Plan {
    fn default() -> Self {
        Self { currency: Currency::USD, rate: Rate::ONE, sharing: Mode::Equal, me: None }
    }
}

/// A person as entries name one: a friend's id, or the owner.
pub type Named = Option<i64>;

/// A subscription, or another cost that is shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanCost {
    /// The row's id; 0 for one that is not stored yet.
    pub id: i64,
    /// What it is called.
    pub name: String,
    /// The account it pays for.
    pub account_id: Option<i64>,
    /// The price of one period, in the smallest unit of its currency.
    pub price: Cents,
    /// The currency of the price.
    pub currency: Currency,
    /// The period.
    pub every: Every,
    /// What a month costs in which it begins or ends.
    pub proration: Proration,
    /// Its first day.
    pub from: Date,
    /// The first day after it, if it ended.
    pub until: Option<Date>,
    /// Who pays it.
    pub paid_by: Named,
    /// Who shares it; empty: everyone.
    pub shared_by: Vec<Named>,
}

impl FromRow<'_, SqliteRow> for PlanCost {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let until: Option<String> = row.try_get("until_day")?;
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            account_id: row.try_get("account_id")?,
            price: Cents(row.try_get("price")?),
            currency: parsed(row.try_get("currency")?)?,
            every: word(row.try_get("every")?)?,
            proration: word(row.try_get("proration")?)?,
            from: parsed(row.try_get("from_day")?)?,
            until: until.as_deref().map(parsed).transpose()?,
            paid_by: row.try_get("paid_by")?,
            shared_by: serde_json::from_str(row.try_get("shared_by")?).map_err(decode)?,
        })
    }
}

/// What one person owes another in a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanAdjustment {
    /// The row's id; 0 for one that is not stored yet.
    pub id: i64,
    /// In which month's statement.
    pub month: Month,
    /// Who owes.
    pub from: Named,
    /// Whom.
    pub to: Named,
    /// How much.
    pub amount: Cents,
    /// In which currency.
    pub currency: Currency,
    /// What for.
    pub why: String,
}

impl FromRow<'_, SqliteRow> for PlanAdjustment {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            month: parsed(row.try_get("month")?)?,
            from: row.try_get("from_person")?,
            to: row.try_get("to_person")?,
            amount: Cents(row.try_get("amount")?),
            currency: parsed(row.try_get("currency")?)?,
            why: row.try_get("why")?,
        })
    }
}

/// How statements are made.
///
/// # Errors
/// When SQLite refuses, or the database holds what is no plan.
pub async fn get(pool: &SqlitePool) -> Result<Plan, sqlx::Error> {
    let stored = settings::get(pool, PLAN).await?;
    Ok(stored.as_deref().map(read).transpose()?.unwrap_or_default())
}

/// Reads what [`PLAN`] holds.
///
/// # Errors
/// When it is no plan.
pub fn read(text: &str) -> Result<Plan, sqlx::Error> {
    serde_json::from_str(text).map_err(decode)
}

/// Changes how statements are made.
///
/// # Errors
/// When SQLite refuses.
pub async fn put(pool: &SqlitePool, plan: &Plan) -> Result<(), sqlx::Error> {
    settings::put(pool, PLAN, &serde_json::to_string(plan).expect("plain data serializes")).await
}

/// The subscriptions and other costs, in the order they were entered.
///
/// # Errors
/// When SQLite refuses, or a row cannot be read.
pub async fn costs(pool: &SqlitePool) -> Result<Vec<PlanCost>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM plan_costs ORDER BY id").fetch_all(pool).await
}

/// Enters a cost and returns its id.
///
/// # Errors
/// When the name is taken ([`super::is_taken`]) or SQLite refuses.
pub async fn add_cost(pool: &SqlitePool, cost: &PlanCost) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO plan_costs (name, account_id, price, currency, every, proration, from_day, until_day, paid_by, shared_by)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(&cost.name)
    .bind(cost.account_id)
    .bind(cost.price.0)
    .bind(cost.currency.code())
    .bind(as_word(cost.every))
    .bind(as_word(cost.proration))
    .bind(cost.from.to_string())
    .bind(cost.until.map(|until| until.to_string()))
    .bind(cost.paid_by)
    .bind(serde_json::to_string(&cost.shared_by).expect("ids serialize"))
    .fetch_one(pool)
    .await
}

/// Changes a cost, and tells whether there is one of its id.
///
/// # Errors
/// When the name is taken ([`super::is_taken`]) or SQLite refuses.
pub async fn change_cost(pool: &SqlitePool, cost: &PlanCost) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query(
        "UPDATE plan_costs SET name = ?, account_id = ?, price = ?, currency = ?, every = ?, proration = ?, from_day = ?,
                until_day = ?, paid_by = ?, shared_by = ?
         WHERE id = ?",
    )
    .bind(&cost.name)
    .bind(cost.account_id)
    .bind(cost.price.0)
    .bind(cost.currency.code())
    .bind(as_word(cost.every))
    .bind(as_word(cost.proration))
    .bind(cost.from.to_string())
    .bind(cost.until.map(|until| until.to_string()))
    .bind(cost.paid_by)
    .bind(serde_json::to_string(&cost.shared_by).expect("ids serialize"))
    .bind(cost.id)
    .execute(pool)
    .await?;
    Ok(changed.rows_affected() > 0)
}

/// Says when a cost ended: the first day after it.
///
/// # Errors
/// When SQLite refuses.
pub async fn end_cost(pool: &SqlitePool, id: i64, until: Date) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE plan_costs SET until_day = ? WHERE id = ?")
        .bind(until.to_string())
        .bind(id)
        .execute(pool)
        .await?;
    Ok(())
}

/// Takes a cost back, as if it had never been entered.
///
/// # Errors
/// When SQLite refuses.
pub async fn remove_cost(pool: &SqlitePool, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM plan_costs WHERE id = ?").bind(id).execute(pool).await?;
    Ok(())
}

/// Who pays the bills of accounts, where it is not the owner.
///
/// # Errors
/// When SQLite refuses.
pub async fn bills(pool: &SqlitePool) -> Result<Vec<(i64, i64)>, sqlx::Error> {
    sqlx::query_as("SELECT account_id, paid_by FROM plan_bills ORDER BY account_id").fetch_all(pool).await
}

/// Says who pays the bills of an account.
///
/// # Errors
/// When SQLite refuses.
pub async fn set_bill(pool: &SqlitePool, account: i64, paid_by: Named) -> Result<(), sqlx::Error> {
    let statement = match paid_by {
        Some(_) => {
            "INSERT INTO plan_bills (account_id, paid_by) VALUES (?1, ?2)
             ON CONFLICT (account_id) DO UPDATE SET paid_by = excluded.paid_by"
        }
        None => "DELETE FROM plan_bills WHERE account_id = ?1 AND ?2 IS NULL",
    };
    sqlx::query(statement).bind(account).bind(paid_by).execute(pool).await?;
    Ok(())
}

/// The adjustments, by month.
///
/// # Errors
/// When SQLite refuses, or a row cannot be read.
pub async fn adjustments(pool: &SqlitePool) -> Result<Vec<PlanAdjustment>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM plan_adjustments ORDER BY month, id").fetch_all(pool).await
}

/// Enters an adjustment and returns its id.
///
/// # Errors
/// When SQLite refuses.
pub async fn add_adjustment(pool: &SqlitePool, adjustment: &PlanAdjustment) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO plan_adjustments (month, from_person, to_person, amount, currency, why)
         VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(adjustment.month.to_string())
    .bind(adjustment.from)
    .bind(adjustment.to)
    .bind(adjustment.amount.0)
    .bind(adjustment.currency.code())
    .bind(&adjustment.why)
    .fetch_one(pool)
    .await
}

/// Takes an adjustment back.
///
/// # Errors
/// When SQLite refuses.
pub async fn remove_adjustment(pool: &SqlitePool, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM plan_adjustments WHERE id = ?").bind(id).execute(pool).await?;
    Ok(())
}

fn parsed<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(text: &str) -> Result<T, sqlx::Error> {
    text.parse().map_err(decode)
}

/// Reads an enum as the word that it serializes to.
fn word<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, sqlx::Error> {
    serde_json::from_value(serde_json::Value::from(text)).map_err(decode)
}

fn as_word(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn decode(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}
