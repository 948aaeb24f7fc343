//! What the statement's screen decides: which month is shown, what its entries are called, and what can be entered.

use carpool_ipc::{
    Money,
    plan::{Entered, Named, Plan, Shared},
    statement::{Basis, Sharing, Statement},
    texts,
};

/// How many months before this one there are to choose from.
const MONTHS: u32 = 36;

/// A month of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Month {
    pub(super) year: u32,
    /// From 1 to 12.
    pub(super) number: u32,
}

impl Month {
    /// The month of a day such as `2026-11-03`.
    pub(super) fn of_day(day: &str) -> Option<Self> {
        let (year, rest) = day.split_once('-')?;
        let number = rest.split('-').next()?;
        Some(Self { year: year.parse().ok()?, number: number.parse().ok().filter(|number| (1..=12).contains(number))? })
    }

    /// As `2026-11`.
    pub(super) fn iso(self) -> String {
        format!("{:04}-{:02}", self.year, self.number)
    }

    /// The month before.
    pub(super) fn before(self) -> Self {
        if self.number > 1 {
            Self { number: self.number - 1, ..self }
        } else {
            Self { year: self.year.saturating_sub(1), number: 12 }
        }
    }

    /// The month after.
    pub(super) fn after(self) -> Self {
        if self.number < 12 {
            Self { number: self.number + 1, ..self }
        } else {
            Self { year: self.year + 1, number: 1 }
        }
    }

    /// The months to choose from, this one first; also the one that is chosen, wherever it is.
    pub(super) fn choices(this: Self, chosen: Self) -> Vec<Self> {
        let mut all: Vec<Self> =
            std::iter::successors(Some(this), |month| Some(month.before())).take(MONTHS as usize).collect();
        if !all.contains(&chosen) {
            all.push(chosen);
            all.sort_unstable_by(|one, other| other.cmp(one));
        }
        all
    }
}

/// The name of somebody who took part; the owner who is none of the friends has one in each language.
pub(super) fn name(statement: &Statement, id: &str, words: &texts::Statement) -> String {
    statement.name(id).unwrap_or(words.owner).to_owned()
}

/// The amounts, the per cent and the person that a basis tells of.
pub(super) fn basis(
    basis: &Basis,
    statement: &Statement,
    words: &texts::Statement,
    money: fn(Money) -> String,
) -> String {
    match basis {
        Basis::Use { used, of } => (words.basis)(basis, [&money(*used), &money(*of)], percent(*used, *of), ""),
        Basis::AtCost { used } => (words.basis)(basis, [&money(*used), ""], 0, ""),
        Basis::OwedTo { person } | Basis::OwedBy { person } => {
            (words.basis)(basis, ["", ""], 0, &name(statement, person, words))
        }
        Basis::Equal { .. } | Basis::BaseFee => (words.basis)(basis, ["", ""], 0, ""),
    }
}

/// A part of a whole in per cent.
fn percent(part: Money, whole: Money) -> u32 {
    let whole = i128::from(whole.0.max(1));
    u32::try_from((i128::from(part.0.max(0)) * 100 + whole / 2) / whole).unwrap_or(u32::MAX)
}

/// How often the price was delivered: `350` per cent as `3.5`, `95` as `0.95`.
pub(super) fn times(percent: i64) -> String {
    match percent {
        ..1000 => {
            let text = format!("{}.{:02}", percent.max(0) / 100, percent.max(0) % 100);
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        much => (much / 100).to_string(),
    }
}

/// How full the bar is that has the whole price as its middle: twice the price and more fills it.
pub(super) fn fill(percent: i64) -> i64 {
    (percent / 2).clamp(0, 100)
}

/// How subscriptions are shared, without the fee.
pub(super) fn shared(sharing: Sharing) -> Shared {
    match sharing {
        Sharing::Equal => Shared::Equally,
        Sharing::ByUse => Shared::ByUse,
        Sharing::BaseFee { .. } => Shared::WithFee,
    }
}

/// The base fee as it is typed; nothing where there is none.
pub(super) fn fee(plan: &Plan) -> String {
    match plan.sharing {
        Sharing::BaseFee { fee } => plan.currency.number(fee),
        Sharing::Equal | Sharing::ByUse => String::new(),
    }
}

/// What a person is called in the entries.
pub(super) fn named(plan: &Plan, person: Named, owner: &str) -> String {
    let friend = person.and_then(|id| plan.friends.iter().find(|friend| friend.id == id));
    friend.map_or_else(|| owner.to_owned(), |friend| friend.name.clone())
}

/// Everyone whom an entry may name: the owner, unless one of the friends is the owner, and the friends.
pub(super) fn everyone(plan: &Plan, owner: &str) -> Vec<(Named, String)> {
    let owner = plan.me.is_none().then(|| (None, owner.to_owned()));
    owner.into_iter().chain(plan.friends.iter().map(|friend| (Some(friend.id), friend.name.clone()))).collect()
}

/// The same person under the id that [`everyone`] has.
pub(super) fn known(plan: &Plan, person: Named) -> Named {
    person.or(plan.me)
}

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Name,
    Price,
    From,
    EndsFirst,
    Nobody,
    Same,
    Amount,
    Nothing,
    Why,
}

/// What is wrong with a cost, in the order of its form; the price has at most so many digits after the point.
pub(super) fn wrong_cost(entered: &Entered, shares_some: bool, digits: u32) -> Vec<Wrong> {
    let ends = entered.ends.as_deref();
    let checks = [
        (entered.name.trim().is_empty(), Wrong::Name),
        (!is_amount(&entered.price, digits), Wrong::Price),
        (entered.from.is_empty(), Wrong::From),
        (ends.is_some_and(|ends| ends < entered.from.as_str()), Wrong::EndsFirst),
        (shares_some && entered.shared_by.is_empty(), Wrong::Nobody),
    ];
    checks.into_iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, wrong)| wrong).collect()
}

/// What is wrong with an adjustment.
pub(super) fn wrong_adjustment(from: Named, to: Named, amount: &str, why: &str, digits: u32) -> Vec<Wrong> {
    let is_nothing = amount.bytes().all(|byte| byte == b'0' || byte == b'.');
    let checks = [
        (from == to, Wrong::Same),
        (!is_amount(amount, digits), Wrong::Amount),
        (is_amount(amount, digits) && is_nothing, Wrong::Nothing),
        (why.trim().is_empty(), Wrong::Why),
    ];
    checks.into_iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, wrong)| wrong).collect()
}

/// Whether a text is an amount with at most so many digits after the point, as the host reads it.
pub(super) fn is_amount(text: &str, digits: u32) -> bool {
    let text = text.trim();
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !whole.is_empty()
        && whole.len() <= 10
        && are_digits(whole)
        && are_digits(decimals)
        && decimals.len() <= digits as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        Month::of_day(text).expect("a month")
    }

    #[test]
    fn months_follow_each_other_over_the_years() {
        assert_eq!(month("2026-01-31").before(), month("2025-12"));
        assert_eq!(month("2025-12").after(), month("2026-01"));
        assert_eq!(month("2026-02").iso(), "2026-02");
        assert!(["", "2026", "2026-13-01", "2026-00", "x-11"].iter().all(|text| Month::of_day(text).is_none()));
    }

    #[test]
    fn the_month_that_is_chosen_is_always_one_of_the_choices() {
        let this = month("2026-11");

        let choices = Month::choices(this, this);
        assert_eq!((choices.len(), choices[0], choices[1]), (36, this, month("2026-10")));
        assert_eq!(Month::choices(this, month("2027-01"))[0], month("2027-01"));
        assert_eq!(Month::choices(this, month("2020-01")).last(), Some(&month("2020-01")));
    }

    #[test]
    fn what_was_delivered_is_told_as_a_multiple_of_the_price() {
        assert_eq!([0, 7, 95, 100, 350, 999, 1_234].map(times), ["0", "0.07", "0.95", "1", "3.5", "9.99", "12"]);
        assert_eq!([-5, 0, 100, 200, 900].map(fill), [0, 0, 50, 100, 100]);
    }

    #[test]
    fn an_amount_is_what_the_host_reads_as_one() {
        for (text, digits, expected) in [
            ("12.50", 2, true),
            (" 12 ", 2, true),
            ("0", 2, true),
            ("12.505", 2, false),
            ("1200.5", 0, false),
            ("1,50", 2, false),
            ("-1", 2, false),
            ("1e3", 2, false),
            ("", 2, false),
            (".5", 2, false),
            ("12345678901", 2, false),
        ] {
            assert_eq!(is_amount(text, digits), expected, "{text:?}");
        }
    }

    #[test]
    fn everything_that_is_wrong_with_an_entry_is_told_at_once() {
        let empty = Entered {
            name: " ".to_owned(),
            account: None,
            price: "much".to_owned(),
            in_dollars: false,
            every: carpool_ipc::plan::Every::Month,
            whole_months: false,
            from: "2026-11-02".to_owned(),
            ends: Some("2026-11-01".to_owned()),
            paid_by: None,
            shared_by: Vec::new(),
        };
        let right = Entered {
            name: "Max".to_owned(),
            price: "20".to_owned(),
            ends: Some("2026-11-02".to_owned()),
            shared_by: vec![None],
            ..empty.clone()
        };

        assert_eq!(wrong_cost(&empty, true, 2), [Wrong::Name, Wrong::Price, Wrong::EndsFirst, Wrong::Nobody]);
        assert!(wrong_cost(&right, true, 2).is_empty());
        assert_eq!(wrong_adjustment(Some(1), Some(1), "0.00", "", 2), [Wrong::Same, Wrong::Nothing, Wrong::Why]);
        assert_eq!(wrong_adjustment(None, Some(1), "x", "lunch", 2), [Wrong::Amount]);
    }

    #[test]
    fn a_part_of_nothing_is_no_per_cent() {
        assert_eq!(percent(Money(1), Money(3)), 33);
        assert_eq!(percent(Money(0), Money(0)), 0);
    }
}
