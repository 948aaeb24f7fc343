//! What a statement is made of: who takes part, what was paid, what was used, and how it is shared.

use std::fmt;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{
    amount::{Cents, Currency, Rate},
    ledger::LedgerDigest,
};
use crate::{
    period::{Month, days_between},
    price::PicoUsd,
};

/// Everything that decides a month's statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// The month.
    pub month: Month,
    /// The IANA name of the time zone its days are in.
    pub time_zone: String,
    /// The currency of all amounts.
    pub currency: Currency,
    /// What a dollar of an API bill is in that currency.
    pub rate: Rate,
    /// How subscriptions are shared.
    pub mode: Mode,
    /// Everyone who takes part, in the order the statement lists them.
    pub people: Vec<Person>,
    /// What was subscribed to.
    pub subscriptions: Vec<Subscription>,
    /// Accounts that are billed by use, passed through at cost.
    pub bills: Vec<Bill>,
    /// Who used what.
    pub uses: Vec<Use>,
    /// Extra lines between two people.
    pub adjustments: Vec<Adjustment>,
    /// The rows of the ledger that the uses are sums of.
    pub ledger: LedgerDigest,
    /// When the statement is made.
    pub made_at: Timestamp,
}

/// How the subscriptions are shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum Mode {
    /// In equal parts.
    Equal,
    /// In proportion to the list price of what each used.
    ByUse,
    /// Everyone pays a fee; what is left is shared by use. Fees never bring in more than the subscriptions cost.
    BaseFee {
        /// What each pays a month.
        fee: Cents,
    },
}

/// Names a person in a statement: `owner`, or a friend's id such as `f1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(pub String);

impl PersonId {
    /// The owner, where the owner is none of the friends.
    #[must_use]
    pub fn owner() -> Self {
        Self("owner".to_owned())
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Somebody who takes part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The id.
    pub id: PersonId,
    /// The name.
    pub name: String,
    /// Whether this person has a part in subscriptions that name nobody. The owner who only pays has none.
    pub shares: Sharing,
}

/// Whether somebody has a part in what all share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sharing {
    /// Has a part.
    Shares,
    /// Only pays in advance and is paid back.
    PaysOnly,
}

/// A cost of each month or year that people share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// What it is called.
    pub name: String,
    /// The account it pays for; `None` for a cost that is no account, such as a server: then all use counts.
    pub account: Option<i64>,
    /// The price of one period.
    pub price: Price,
    /// The period.
    pub every: Every,
    /// Its first day.
    pub from: Date,
    /// The first day after it, if it ended.
    pub until: Option<Date>,
    /// What a month costs in which it begins or ends.
    pub proration: Proration,
    /// Who paid.
    pub paid_by: PersonId,
    /// Who shares it; empty: everyone who shares.
    pub shared_by: Vec<PersonId>,
}

/// A price in the statement's currency, or in dollars that are turned into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Price {
    /// In the statement's currency.
    Own(Cents),
    /// In dollars.
    Usd(PicoUsd),
}

/// How often a price is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Each month.
    Month,
    /// Each year, from the subscription's first day on; each day of the year costs the same.
    Year,
    /// Once: it costs its price in the month of its first day.
    Once,
}

/// What a month costs in which a subscription begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proration {
    /// The part of its days.
    Days,
    /// All of it.
    Whole,
}

/// An account that its provider bills by use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// The account.
    pub account: i64,
    /// Its name.
    pub name: String,
    /// Who pays the provider.
    pub paid_by: PersonId,
}

/// What a person's calls of an account come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// Who.
    pub person: PersonId,
    /// Of which account.
    pub account: i64,
    /// The account's name.
    pub account_name: String,
    /// How many calls.
    pub calls: i64,
    /// Those of them that have no price.
    pub unpriced_calls: i64,
    /// The list price of the others.
    pub list_price: PicoUsd,
}

/// An amount that one person owes another, for a reason of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    /// Who owes.
    pub from: PersonId,
    /// Whom.
    pub to: PersonId,
    /// How much; more than zero.
    pub amount: Cents,
    /// What for.
    pub why: String,
}

impl Subscription {
    /// Says whether a month has a day of it.
    #[must_use]
    pub fn is_active(&self, month: Month) -> bool {
        let (first, end) = self.active(month);
        match self.every {
            Every::Once => Month::of(self.from) == month,
            Every::Month | Every::Year => days_between(first, end) > 0,
        }
    }

    /// What it costs in a month.
    #[must_use]
    pub fn cost(&self, month: Month, currency: Currency, rate: Rate) -> Cents {
        let price = match self.price {
            Price::Own(price) => price,
            Price::Usd(dollars) => rate.convert(dollars, currency),
        };
        match self.every {
            Every::Once if Month::of(self.from) == month => price,
            Every::Once => Cents(0),
            Every::Month => self.monthly(price, month),
            Every::Year => self.yearly(price, month),
        }
    }

    /// The first active day in the month and the first one after.
    pub(super) fn active(&self, month: Month) -> (Date, Date) {
        let end = self.until.map_or(month.end(), |until| until.min(month.end()));
        (self.from.max(month.first_day()), end)
    }

    fn monthly(&self, price: Cents, month: Month) -> Cents {
        let (first, end) = self.active(month);
        match (days_between(first, end), self.proration) {
            (0, _) => Cents(0),
            (_, Proration::Whole) => price,
            (days, Proration::Days) => part(price, days, month.days()),
        }
    }

    /// Each year of the subscription by itself, so that its twelve months add up to the price.
    fn yearly(&self, price: Cents, month: Month) -> Cents {
        let (first, end) = self.active(month);
        let years = i64::from(month.year() - self.from.year());
        let terms = (years - 1).max(0)..=years;
        let costs = terms.map(|term| {
            let begin = self.from.saturating_add(jiff::Span::new().years(term));
            let until = self.from.saturating_add(jiff::Span::new().years(term + 1));
            let days = days_between(begin, until);
            let through = |day: Date| part(price, days_between(begin, day.clamp(begin, until)), days).0;
            if days_between(first, end) == 0 { 0 } else { through(end) - through(first) }
        });
        Cents(costs.sum())
    }
}

/// `numerator / denominator` of an amount, rounded half up.
pub(super) fn part(amount: Cents, numerator: i64, denominator: i64) -> Cents {
    let (exact, denominator) = (i128::from(amount.0) * i128::from(numerator), i128::from(denominator.max(1)));
    Cents(i64::try_from((exact + denominator / 2) / denominator).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscription(price: i64, every: Every, proration: Proration, from: &str, until: Option<&str>) -> Subscription {
        Subscription {
            name: "plan".to_owned(),
            account: None,
            price: Price::Own(Cents(price)),
            every,
            from: from.parse().expect("a day"),
            until: until.map(|until| until.parse().expect("a day")),
            proration,
            paid_by: PersonId::owner(),
            shared_by: Vec::new(),
        }
    }

    fn cost(subscription: &Subscription, month: &str) -> i64 {
        subscription.cost(month.parse().expect("a month"), Currency::USD, Rate::ONE).0
    }

    #[test]
    fn a_month_costs_the_part_of_its_days_or_all_of_it() {
        let cases = [
            (Proration::Days, "2026-01-01", None, "2026-11", 2000),
            (Proration::Days, "2026-11-16", None, "2026-11", 1000),
            (Proration::Whole, "2026-11-16", None, "2026-11", 2000),
            (Proration::Days, "2026-11-16", None, "2026-10", 0),
            (Proration::Whole, "2026-11-16", None, "2026-10", 0),
            (Proration::Days, "2026-01-01", Some("2026-11-04"), "2026-11", 200),
            (Proration::Whole, "2026-01-01", Some("2026-11-01"), "2026-11", 0),
            (Proration::Days, "2028-02-29", None, "2028-02", 69),
        ];

        for (proration, from, until, month, expected) in cases {
            let plan = subscription(2000, Every::Month, proration, from, until);
            assert_eq!(cost(&plan, month), expected, "{proration:?} {from} {until:?} {month}");
        }
    }

    #[test]
    fn the_months_of_a_year_add_up_to_its_price() {
        let cases = [
            ("2026-01-01", "2027-01-01", 1),
            ("2026-03-17", "2027-03-17", 1),
            ("2026-03-17", "2028-03-17", 2),
            ("2027-12-31", "2029-12-31", 2),
            ("2028-02-29", "2029-02-28", 1),
        ];

        for (from, until, years) in cases {
            let plan = subscription(19_999, Every::Year, Proration::Days, from, Some(until));
            let months = (0..60).map(|at| cost(&plan, &format!("{}-{:02}", 2026 + at / 12, at % 12 + 1)));
            assert_eq!(months.sum::<i64>(), years * 19_999, "{from} {until}");
        }
    }

    #[test]
    fn what_is_paid_once_costs_its_price_in_one_month() {
        let once = subscription(500, Every::Once, Proration::Days, "2026-11-30", None);

        assert_eq!(["2026-10", "2026-11", "2026-12"].map(|month| cost(&once, month)), [0, 500, 0]);
    }

    #[test]
    fn dollars_are_turned_into_the_statements_currency() {
        let plan = Subscription {
            price: Price::Usd(PicoUsd(20_000_000_000_000)),
            ..subscription(0, Every::Month, Proration::Whole, "2026-01-01", None)
        };
        let (month, euro) = ("2026-11".parse().expect("a month"), "EUR".parse().expect("a currency"));

        assert_eq!(plan.cost(month, euro, "0.925".parse().expect("a rate")), Cents(1850));
    }
}
