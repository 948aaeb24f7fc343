//! What the usage screen decides: the range, the order of the table, a group's share, and which of the friends one can
//! ask for.

use std::{cmp::Ordering, collections::BTreeSet};

use carpool_ipc::{
    Money,
    friends::Friend,
    texts::Usage,
    usage::{By, Group, Range, Report},
};

/// The ranges one can choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Span {
    Today,
    Week,
    #[default]
    ThirtyDays,
    Month,
    LastMonth,
    Custom,
}

impl Span {
    /// Every range, in the order the owner is shown them.
    pub(super) const ALL: &[Self] =
        &[Self::Today, Self::Week, Self::ThirtyDays, Self::Month, Self::LastMonth, Self::Custom];

    /// Its name for programs.
    pub(super) fn slug(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Week => "7-days",
            Self::ThirtyDays => "30-days",
            Self::Month => "month",
            Self::LastMonth => "last-month",
            Self::Custom => "custom",
        }
    }
}

/// What is wrong with the owner's dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WrongDates {
    Missing,
    Reversed,
}

impl WrongDates {
    /// What to say about it.
    pub(super) fn text(self, words: &Usage) -> &'static str {
        match self {
            Self::Missing => words.dates_missing,
            Self::Reversed => words.dates_reversed,
        }
    }
}

/// The range that is meant; the dates, as `2026-11-01`, count for [`Span::Custom`] only.
pub(super) fn range(span: Span, from: &str, to: &str) -> Result<Range, WrongDates> {
    Ok(match span {
        Span::Today => Range::Today,
        Span::Week => Range::Days { days: 7 },
        Span::ThirtyDays => Range::Days { days: 30 },
        Span::Month => Range::Month,
        Span::LastMonth => Range::LastMonth,
        Span::Custom if from.is_empty() || to.is_empty() => return Err(WrongDates::Missing),
        // Dates written so are in the order of their letters.
        Span::Custom if from > to => return Err(WrongDates::Reversed),
        Span::Custom => Range::Dates { from: from.to_owned(), to: to.to_owned() },
    })
}

/// A column of the table of sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Name,
    Calls,
    Tokens,
    Cost,
    Unpriced,
}

/// By which column the table is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sort {
    pub(super) column: Column,
    pub(super) descending: bool,
}

impl Default for Sort {
    /// The host's own order.
    fn default() -> Self {
        Self { column: Column::Cost, descending: true }
    }
}

impl Sort {
    /// After a press on a column's title: the other way round, or that column, beginning with what matters most.
    pub(super) fn pressed(self, column: Column) -> Self {
        if self.column == column {
            Self { column, descending: !self.descending }
        } else {
            Self { column, descending: column != Column::Name }
        }
    }

    /// The word for it in `aria-sort`.
    pub(super) fn aria(self, column: Column) -> &'static str {
        match (self.column == column, self.descending) {
            (false, _) => "none",
            (true, true) => "descending",
            (true, false) => "ascending",
        }
    }
}

/// The groups in this order, each with its rank in the host's, which gives it its colour.
pub(super) fn sorted(report: &Report, sort: Sort) -> Vec<(usize, Group)> {
    let mut groups: Vec<(usize, Group)> = report.groups.iter().cloned().enumerate().collect();
    // Sorting is stable: equals stay in the order of their rank.
    groups.sort_by(|(_, one), (_, other)| {
        let order = compare(one, other, sort.column);
        if sort.descending { order.reverse() } else { order }
    });
    groups
}

fn compare(one: &Group, other: &Group, column: Column) -> Ordering {
    match column {
        Column::Name => {
            let lower = |group: &Group| group.name.as_deref().map(str::to_lowercase);
            lower(one).cmp(&lower(other))
        }
        Column::Calls => one.total.calls.cmp(&other.total.calls),
        Column::Tokens => one.total.tokens.total().cmp(&other.total.tokens.total()),
        Column::Cost => one.total.cost.cmp(&other.total.cost),
        Column::Unpriced => one.total.unpriced_calls.cmp(&other.total.unpriced_calls),
    }
}

/// A group's part of the whole cost: 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "it becomes whole percent")]
pub(super) fn share(cost: Money, whole: Money) -> f64 {
    if whole.0 <= 0 { 0.0 } else { cost.0 as f64 / whole.0 as f64 }
}

/// The friends whose calls one can ask for: those there are, and those the ledger alone remembers.
pub(super) fn friends(known: &[Friend], report: &Report, by: By, chosen: Option<&str>) -> Vec<String> {
    let mut names: BTreeSet<String> = known.iter().map(|friend| friend.name.clone()).collect();
    if by == By::Friend {
        names.extend(report.groups.iter().filter_map(|group| group.name.clone()));
    }
    names.extend(chosen.map(str::to_owned));
    names.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use carpool_ipc::{
        limits::LimitsForm,
        usage::{Sums, Tokens},
    };

    fn group(name: Option<&str>, cost: i64, input: u64) -> Group {
        let total =
            Sums { calls: 1, tokens: Tokens { input, ..Tokens::default() }, cost: Money(cost), unpriced_calls: 0 };
        Group { name: name.map(str::to_owned), total, bars: Vec::new() }
    }

    fn report() -> Report {
        let groups = vec![group(Some("sam"), 9, 1), group(Some("Alex"), 5, 7), group(None, 5, 3)];
        Report { groups, ..Report::default() }
    }

    fn names(sort: Sort) -> Vec<(usize, Option<String>)> {
        sorted(&report(), sort).into_iter().map(|(rank, group)| (rank, group.name)).collect()
    }

    #[test]
    fn a_custom_range_has_both_dates_in_their_order() {
        assert_eq!(range(Span::Custom, "", "2026-11-01"), Err(WrongDates::Missing));
        assert_eq!(range(Span::Custom, "2026-11-02", "2026-11-01"), Err(WrongDates::Reversed));
        assert!(range(Span::Custom, "2026-11-01", "2026-11-01").is_ok());
        assert_eq!(range(Span::Week, "", ""), Ok(Range::Days { days: 7 }));
    }

    #[test]
    fn a_second_press_on_a_column_turns_its_order() {
        let by_cost = Sort::default();

        let by_name = by_cost.pressed(Column::Name);

        assert_eq!(by_cost.pressed(Column::Cost), Sort { column: Column::Cost, descending: false });
        assert_eq!(by_name, Sort { column: Column::Name, descending: false });
        assert_eq!((by_name.aria(Column::Name), by_name.aria(Column::Cost)), ("ascending", "none"));
    }

    #[test]
    fn sorted_groups_keep_the_rank_that_colours_them() {
        let by_name = Sort { column: Column::Name, descending: false };

        assert_eq!(names(by_name), [(2, None), (1, Some("Alex".to_owned())), (0, Some("sam".to_owned()))]);
        assert_eq!(names(Sort::default()).iter().map(|(rank, _)| *rank).collect::<Vec<_>>(), [0, 1, 2]);
        let by_tokens = Sort { column: Column::Tokens, descending: true };
        assert_eq!(names(by_tokens).iter().map(|(rank, _)| *rank).collect::<Vec<_>>(), [1, 2, 0]);
    }

    #[test]
    fn of_nothing_nobody_has_a_share() {
        assert!(share(Money(0), Money(0)).abs() < f64::EPSILON);
        assert!((share(Money(1), Money(4)) - 0.25).abs() < f64::EPSILON);
    }

    #[test]
    fn a_friend_who_was_removed_can_still_be_asked_for() {
        let known = [Friend {
            id: 1,
            name: "Mia".to_owned(),
            paused: false,
            share: 1.0,
            limits: LimitsForm::default(),
            uses: Vec::new(),
            today: Sums::default(),
            month: Sums::default(),
            keys: Vec::new(),
        }];

        assert_eq!(friends(&known, &report(), By::Friend, None), ["Alex", "Mia", "sam"]);
        assert_eq!(friends(&known, &report(), By::Model, Some("Zoe")), ["Mia", "Zoe"]);
    }
}
