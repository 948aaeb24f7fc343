//! What a subscription delivered in a month, at list price, beside what it costs.
//!
//! A subscription that begins or ends in the month, or a month that is not over, is measured by the days that have begun:
//! what those cost is beside what they delivered. Subscriptions of one account are one: their calls cannot be told apart.

use jiff::{ToSpan, civil::Date};
use serde::Serialize;

use super::{
    amount::Cents,
    costs::{served, unpriced},
    inputs::{Inputs, Subscription, part},
};
use crate::{period::days_between, price::PicoUsd};

/// What the subscriptions of an account delivered, and what they cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Value {
    /// What they are called.
    pub subscriptions: Vec<String>,
    /// What they cost in the whole month.
    pub cost: Cents,
    /// What the days cost that have begun.
    pub cost_so_far: Cents,
    /// The days of the month on which there is one of them.
    pub days: i64,
    /// Those of them that have begun.
    pub days_so_far: i64,
    /// How many calls they served in the month.
    pub calls: i64,
    /// Those of them that have no price: what they were worth is not in it.
    pub unpriced_calls: i64,
    /// The list price of the others.
    pub list_price: PicoUsd,
    /// The same in the statement's currency.
    pub worth: Cents,
    /// What was delivered for each hundred that was paid so far; `None` where nothing was.
    pub percent: Option<i64>,
}

/// The value of every account that is subscribed to in the month, in the order of the entries.
#[must_use]
pub fn values(inputs: &Inputs, today: Date) -> Vec<Value> {
    let mut accounts: Vec<i64> = Vec::new();
    for account in due(inputs).filter_map(|one| one.account) {
        if !accounts.contains(&account) {
            accounts.push(account);
        }
    }
    accounts.into_iter().map(|account| value(account, inputs, today)).collect()
}

fn due(inputs: &Inputs) -> impl Iterator<Item = &Subscription> {
    inputs.subscriptions.iter().filter(|one| one.is_active(inputs.month))
}

fn value(account: i64, inputs: &Inputs, today: Date) -> Value {
    let subscriptions: Vec<&Subscription> = due(inputs).filter(|one| one.account == Some(account)).collect();
    let tomorrow = today.saturating_add(1.day());
    let (mut cost, mut cost_so_far) = (0_i64, 0_i64);
    for one in &subscriptions {
        let whole = one.cost(inputs.month, inputs.currency, inputs.rate);
        let (first, end) = one.active(inputs.month);
        cost = cost.saturating_add(whole.0);
        let begun = part(whole, days_between(first, end.min(tomorrow)), days_between(first, end));
        cost_so_far = cost_so_far.saturating_add(begun.0);
    }
    let days_until = |end: Date| {
        let days = inputs.month.first_day().series(1.day()).take_while(|day| *day < inputs.month.end().min(end));
        let is_active = |day: &Date| {
            subscriptions.iter().map(|one| one.active(inputs.month)).any(|(first, end)| (first..end).contains(day))
        };
        days.filter(is_active).fold(0, |days, _| days + 1)
    };
    let served = served(account, &inputs.uses);
    let worth = inputs.rate.convert(served.list_price, inputs.currency);
    Value {
        subscriptions: subscriptions.iter().map(|one| one.name.clone()).collect(),
        cost: Cents(cost),
        cost_so_far: Cents(cost_so_far),
        days: days_until(inputs.month.end()),
        days_so_far: days_until(tomorrow),
        calls: served.calls,
        unpriced_calls: unpriced(account, &inputs.uses),
        list_price: served.list_price,
        worth,
        percent: (cost_so_far > 0).then(|| part(worth, 100, cost_so_far).0),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Currency, Every, LedgerRows, Mode, Price, Proration, Rate, Use, inputs::PersonId};
    use super::*;

    fn plan(name: &str, account: Option<i64>, cents: i64, from: &str, until: Option<&str>) -> Subscription {
        Subscription {
            name: name.to_owned(),
            account,
            price: Price::Own(Cents(cents)),
            every: Every::Month,
            from: from.parse().expect("a day"),
            until: until.map(|until| until.parse().expect("a day")),
            proration: Proration::Days,
            paid_by: PersonId::owner(),
            shared_by: Vec::new(),
        }
    }

    fn usage(account: i64, calls: i64, unpriced_calls: i64, dollars: i64) -> Use {
        Use {
            person: PersonId("f1".to_owned()),
            account,
            account_name: "work".to_owned(),
            calls,
            unpriced_calls,
            list_price: PicoUsd(dollars * 1_000_000_000_000),
        }
    }

    fn november(subscriptions: Vec<Subscription>, uses: Vec<Use>) -> Inputs {
        Inputs {
            month: "2026-11".parse().expect("a month"),
            time_zone: "UTC".to_owned(),
            currency: "CNY".parse().expect("a currency"),
            rate: "7.1".parse().expect("a rate"),
            mode: Mode::Equal,
            people: Vec::new(),
            subscriptions,
            bills: Vec::new(),
            uses,
            adjustments: Vec::new(),
            ledger: LedgerRows::default().finish(),
            made_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    fn on(inputs: &Inputs, today: &str) -> Vec<Value> {
        values(inputs, today.parse().expect("a day"))
    }

    #[test]
    fn a_whole_month_is_measured_whole() {
        let inputs = november(vec![plan("Max", Some(1), 71_000, "2026-01-01", None)], vec![usage(1, 40, 2, 250)]);

        let [max] = on(&inputs, "2026-12-01").try_into().expect("one");

        assert_eq!((max.cost, max.cost_so_far, max.days, max.days_so_far), (Cents(71_000), Cents(71_000), 30, 30));
        assert_eq!((max.calls, max.unpriced_calls, max.worth), (40, 2, Cents(177_500)));
        assert_eq!((max.percent, max.list_price), (Some(250), PicoUsd(250_000_000_000_000)));
    }

    #[test]
    fn of_a_month_that_is_not_over_only_the_days_count_that_have_begun() {
        let inputs = november(
            vec![plan("Max", Some(1), 30_000, "2026-01-01", None), plan("Plus", Some(2), 1_500, "2026-11-16", None)],
            vec![usage(1, 1, 0, 10)],
        );

        let [max, plus] = on(&inputs, "2026-11-20").try_into().expect("two");

        assert_eq!((max.cost_so_far, max.days_so_far, max.percent), (Cents(20_000), 20, Some(36)));
        // Plus costs 750 in November, for the fifteen days from the sixteenth on.
        assert_eq!((plus.cost, plus.cost_so_far, plus.days, plus.days_so_far), (Cents(750), Cents(250), 15, 5));
        assert_eq!((plus.calls, plus.percent), (0, Some(0)));
        assert_eq!(on(&inputs, "2026-10-31").first().expect("Max").percent, None, "nothing was paid yet");
    }

    #[test]
    fn subscriptions_of_one_account_are_one_and_what_is_no_account_delivers_nothing() {
        let inputs = november(
            vec![
                plan("Max 5x", Some(1), 3_000, "2026-01-01", Some("2026-11-11")),
                plan("Server", None, 500, "2026-01-01", None),
                plan("Max 20x", Some(1), 6_000, "2026-11-11", None),
                plan("Old", Some(3), 6_000, "2026-01-01", Some("2026-11-01")),
            ],
            vec![usage(1, 3, 0, 10), usage(2, 9, 0, 90)],
        );

        let [max] = on(&inputs, "2026-12-24").try_into().expect("one");

        assert_eq!(max.subscriptions, ["Max 5x", "Max 20x"]);
        assert_eq!((max.cost, max.days, max.calls), (Cents(1_000 + 4_000), 30, 3));
    }

    #[test]
    fn what_costs_nothing_has_no_percentage() {
        let free = november(vec![plan("Trial", Some(1), 0, "2026-01-01", None)], vec![usage(1, 3, 0, 10)]);

        assert_eq!(on(&free, "2026-12-01").first().expect("the trial").percent, None);
        assert_eq!(Currency::USD.digits(), 2);
        assert_eq!(Rate::ONE.convert(PicoUsd(10_000_000_000), Currency::USD), Cents(1));
    }
}
