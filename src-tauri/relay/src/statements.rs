//! Statements: a month as the ledger and the owner's entries tell it, settled, and kept.

use carpool_core::{
    period::Month,
    price::PicoUsd,
    statement::{
        Adjustment, Bill, CannotSettle, Currency, Inputs, LedgerRows, Person, PersonId, Price, Rate, Sharing,
        Statement, Subscription, Use, Value, settle, values,
    },
};
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use sqlx::SqlitePool;

use crate::store::{
    plan::{self, Named, Plan, PlanAdjustment, PlanCost},
    statements::{self, MonthUse},
};

/// Pico-dollars in a cent.
const PICO_PER_CENT: i64 = 10_000_000_000;

/// What the owner is called, where the owner is none of the friends.
const OWNER: &str = "owner";

/// Why there is no statement.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// An entry is in a currency that has no rate.
    #[error(
        "{what} is in {entered}, and statements are in {shown}: enter it again in {shown} or in USD, or change the currency"
    )]
    Currency {
        /// The entry.
        what: String,
        /// Its currency.
        entered: Currency,
        /// The statement's.
        shown: Currency,
    },
    /// It cannot be settled.
    #[error(transparent)]
    Unsettled(#[from] CannotSettle),
    /// A month that is not over is not kept.
    #[error("{0} is not over: keep its statement when it is, or say --early")]
    NotOver(Month),
    /// Calls of the month are not in the ledger any more.
    #[error(
        "the calls of {0} are not all kept any more, and a statement says which they were: the ones that were kept are \
         shown by carpool statement list, and what was used by carpool usage"
    )]
    Forgotten(Month),
    /// The database refused.
    #[error("the database refused")]
    Store(#[from] sqlx::Error),
}

impl StatementError {
    /// The error's name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Currency { .. } => "wrong_currency",
            Self::Unsettled(_) => "cannot_settle",
            Self::NotOver(_) => "month_not_over",
            Self::Forgotten(_) => "calls_deleted",
            Self::Store(_) => "database",
        }
    }
}

/// Settles a month as things stand now; nothing is kept.
///
/// # Errors
/// [`StatementError`] when an entry does not fit, or the database refuses.
pub async fn draft(
    pool: &SqlitePool,
    month: Month,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Statement, StatementError> {
    Ok(settle(inputs(pool, month, zone, now, Reading::Rows).await?)?)
}

/// What each subscription delivered in a month for its price, as things stand now.
///
/// # Errors
/// [`StatementError`] when an entry does not fit, or the database refuses.
pub async fn value(
    pool: &SqlitePool,
    month: Month,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<MonthValue, StatementError> {
    let inputs = inputs(pool, month, zone, now, Reading::Sums).await?;
    let today = now.to_zoned(zone.clone()).date();
    Ok(MonthValue {
        month,
        currency: inputs.currency,
        rate: inputs.rate,
        is_over: is_over(month, zone, now),
        values: values(&inputs, today),
    })
}

/// What a month's subscriptions delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MonthValue {
    /// The month.
    pub month: Month,
    /// The currency of all amounts.
    pub currency: Currency,
    /// What a dollar is in it.
    pub rate: Rate,
    /// Whether all of its days have passed.
    pub is_over: bool,
    /// What each account's subscriptions delivered.
    pub values: Vec<Value>,
}

/// Whether a month is over.
#[must_use]
pub fn is_over(month: Month, zone: &TimeZone, now: Timestamp) -> bool {
    now >= month.span(zone).end
}

/// How much is read of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// Every row, for the digest.
    Rows,
    /// Sums, which are there longer than rows.
    Sums,
}

async fn inputs(
    pool: &SqlitePool,
    month: Month,
    zone: &TimeZone,
    now: Timestamp,
    what: Reading,
) -> Result<Inputs, StatementError> {
    let span = month.span(zone);
    let plan = plan::get(pool).await?;
    // In one transaction, so that the digest is of the very rows that the uses are sums of.
    let mut reading = pool.begin().await?;
    if what == Reading::Rows && statements::is_incomplete(&mut reading, span).await? {
        return Err(StatementError::Forgotten(month));
    }
    let uses = statements::uses(&mut reading, span).await?;
    let friends = statements::friends(&mut reading, span).await?;
    let ledger = match what {
        Reading::Rows => statements::digest(&mut reading, span).await?,
        Reading::Sums => LedgerRows::default().finish(),
    };
    reading.rollback().await?;
    let costs = plan::costs(pool).await?;
    let adjustments = plan::adjustments(pool).await?.into_iter().filter(|one| one.month == month).collect::<Vec<_>>();
    let payers = plan::bills(pool).await?;
    let entries = Entries { plan: &plan, month };

    let due = costs.iter().map(|cost| entries.subscription(cost)).collect::<Result<Vec<_>, _>>()?;
    let due: Vec<_> = due.into_iter().filter(|one| one.is_active(month)).collect();
    let bills = entries.bills(&uses, &due, &payers);
    let adjustments = adjustments.iter().map(|one| entries.adjustment(one)).collect::<Result<Vec<_>, _>>()?;
    let mut people = entries.people(friends);
    let named = due.iter().flat_map(|one| one.shared_by.iter().chain([&one.paid_by]));
    let named = named.chain(bills.iter().map(|bill| &bill.paid_by));
    let named = named.chain(adjustments.iter().flat_map(|one| [&one.from, &one.to]));
    let named: Vec<PersonId> = named.cloned().collect();
    add_named(pool, &mut people, named).await?;

    Ok(Inputs {
        month,
        time_zone: zone_name(zone, span.start),
        currency: plan.currency,
        rate: plan.rate,
        mode: plan.sharing,
        people,
        subscriptions: due,
        bills,
        uses: uses.iter().map(used).collect(),
        adjustments,
        ledger,
        made_at: now,
    })
}

/// Whether a month may be kept before it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Early {
    /// It may.
    Allowed,
    /// It may not.
    Refused,
}

/// Settles a month and keeps the statement, for ever.
///
/// # Errors
/// [`StatementError`]; then nothing is kept.
pub async fn keep(
    pool: &SqlitePool,
    month: Month,
    zone: &TimeZone,
    now: Timestamp,
    early: Early,
) -> Result<Statement, StatementError> {
    if early == Early::Refused && !is_over(month, zone, now) {
        return Err(StatementError::NotOver(month));
    }
    let statement = draft(pool, month, zone, now).await?;
    statements::keep(pool, &statement).await?;
    Ok(statement)
}

/// The owner's entries as a statement takes them.
struct Entries<'a> {
    plan: &'a Plan,
    month: Month,
}

impl Entries<'_> {
    /// A person by the id that statements use; the owner is the friend who is the owner, if there is one.
    fn person(&self, named: Named) -> PersonId {
        named.or(self.plan.me).map_or_else(PersonId::owner, friend)
    }

    /// The friends of the month, and the owner, who only pays, where the owner is none of them.
    fn people(&self, friends: Vec<(i64, String)>) -> Vec<Person> {
        let friends = friends.into_iter().map(|(id, name)| Person { id: friend(id), name, shares: Sharing::Shares });
        let owner = Person { id: PersonId::owner(), name: OWNER.to_owned(), shares: Sharing::PaysOnly };
        let owner = self.plan.me.is_none().then_some(owner);
        owner.into_iter().chain(friends).collect()
    }

    fn subscription(&self, cost: &PlanCost) -> Result<Subscription, StatementError> {
        let price = match cost.currency {
            own if own == self.plan.currency => Price::Own(cost.price),
            Currency::USD => Price::Usd(PicoUsd(cost.price.0.saturating_mul(PICO_PER_CENT))),
            entered => return Err(self.wrong_currency(&format!("the price of '{}'", cost.name), entered)),
        };
        Ok(Subscription {
            name: cost.name.clone(),
            account: cost.account_id,
            price,
            every: cost.every,
            from: cost.from,
            until: cost.until,
            proration: cost.proration,
            paid_by: self.person(cost.paid_by),
            shared_by: cost.shared_by.iter().map(|named| self.person(*named)).collect(),
        })
    }

    /// The accounts that are billed by use, were used and are not entered as a subscription.
    fn bills(&self, uses: &[MonthUse], due: &[Subscription], payers: &[(i64, i64)]) -> Vec<Bill> {
        let mut bills: Vec<Bill> = Vec::new();
        for one in uses.iter().filter(|one| one.is_billed) {
            let is_subscribed = due.iter().any(|plan| plan.account == Some(one.account_id));
            if is_subscribed || bills.iter().any(|bill| bill.account == one.account_id) {
                continue;
            }
            let payer = payers.iter().find(|(account, _)| *account == one.account_id).map(|(_, payer)| *payer);
            bills.push(Bill { account: one.account_id, name: one.account.clone(), paid_by: self.person(payer) });
        }
        bills
    }

    fn adjustment(&self, one: &PlanAdjustment) -> Result<Adjustment, StatementError> {
        if one.currency != self.plan.currency {
            return Err(self.wrong_currency(&format!("the adjustment '{}' of {}", one.why, self.month), one.currency));
        }
        Ok(Adjustment {
            from: self.person(one.from),
            to: self.person(one.to),
            amount: one.amount,
            why: one.why.clone(),
        })
    }

    fn wrong_currency(&self, what: &str, entered: Currency) -> StatementError {
        StatementError::Currency { what: what.to_owned(), entered, shown: self.plan.currency }
    }
}

/// Adds whoever an entry names and is not there yet: a friend who left before the month may still pay for it.
async fn add_named(pool: &SqlitePool, people: &mut Vec<Person>, named: Vec<PersonId>) -> Result<(), sqlx::Error> {
    for id in named {
        if people.iter().any(|person| person.id == id) {
            continue;
        }
        let number = id.0.strip_prefix('f').and_then(|number| number.parse().ok());
        let name = match number {
            Some(number) => crate::store::friends::name(pool, number).await?,
            None => None,
        };
        let name = name.unwrap_or_else(|| OWNER.to_owned());
        people.push(Person { id, name, shares: Sharing::PaysOnly });
    }
    Ok(())
}

/// The name of a time zone; of one that has none (TZ may hold its rules instead), the offset with which the month begins.
fn zone_name(zone: &TimeZone, start: Timestamp) -> String {
    zone.iana_name().map_or_else(|| start.to_zoned(zone.clone()).offset().to_string(), str::to_owned)
}

fn friend(id: i64) -> PersonId {
    PersonId(format!("f{id}"))
}

fn used(one: &MonthUse) -> Use {
    Use {
        person: friend(one.friend_id),
        account: one.account_id,
        account_name: one.account.clone(),
        calls: one.calls,
        unpriced_calls: one.unpriced_calls,
        list_price: PicoUsd(one.cost_pico_usd),
    }
}
