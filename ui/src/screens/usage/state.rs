//! What the usage screen decides: the range, which groups the table has in which order, and what is a part of what.

use std::cmp::Ordering;

use carpool_ipc::{
    Money,
    texts::Usage,
    usage::{Group, Range, Report, Subscription, Sums, Taker, Tokens},
};

use crate::components::format;

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
    CacheHits,
    Saved,
    Cost,
    Unpriced,
}

impl Column {
    /// Its name for tests.
    pub(super) fn slug(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Calls => "calls",
            Self::Tokens => "tokens",
            Self::CacheHits => "cache-hits",
            Self::Saved => "saved",
            Self::Cost => "cost",
            Self::Unpriced => "unpriced",
        }
    }

    pub(super) fn is_number(self) -> bool {
        self != Self::Name
    }
}

/// By which column a table is sorted.
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
            Self { column, descending: column.is_number() }
        }
    }

    /// The word for it in `aria-sort`.
    pub(super) fn aria(self, column: Column) -> &'static str {
        aria(self.column == column, self.descending)
    }
}

/// The word in `aria-sort` for a column.
pub(super) fn aria(is_sorted: bool, descending: bool) -> &'static str {
    match (is_sorted, descending) {
        (false, _) => "none",
        (true, true) => "descending",
        (true, false) => "ascending",
    }
}

/// What the table of sums has in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Listed {
    /// The groups, each with its rank in the host's order, which gives it its colour.
    pub(super) groups: Vec<(usize, Group)>,
    /// The sums of them.
    pub(super) total: Sums,
}

impl Listed {
    /// What they are called.
    pub(super) fn names(&self) -> Vec<Option<String>> {
        self.groups.iter().map(|(_, group)| group.name.clone()).collect()
    }
}

/// The groups that have what is searched in their name, in this order.
pub(super) fn listed(report: &Report, search: &str, name: impl Fn(&Group) -> String, sort: Sort) -> Listed {
    let search = search.trim().to_lowercase();
    let is_meant = |group: &Group| search.is_empty() || name(group).to_lowercase().contains(&search);
    let mut groups: Vec<(usize, Group)> =
        report.groups.iter().cloned().enumerate().filter(|(_, group)| is_meant(group)).collect();
    // Sorting is stable: equals stay in the order of their rank.
    groups.sort_by(|(_, one), (_, other)| {
        let order = compare(one, other, sort.column);
        if sort.descending { order.reverse() } else { order }
    });
    let mut total = Sums::default();
    groups.iter().for_each(|(_, group)| total.add(&group.total));
    Listed { groups, total }
}

fn compare(one: &Group, other: &Group, column: Column) -> Ordering {
    let (sums, others) = (&one.total, &other.total);
    match column {
        Column::Name => {
            let lower = |group: &Group| group.name.as_deref().map(str::to_lowercase);
            lower(one).cmp(&lower(other))
        }
        Column::Calls => sums.calls.cmp(&others.calls),
        Column::Tokens => sums.tokens.total().cmp(&others.tokens.total()),
        Column::CacheHits => {
            let rate = |sums: &Sums| hit_rate(&sums.tokens).unwrap_or(-1.0);
            rate(sums).total_cmp(&rate(others))
        }
        Column::Saved => sums.saved.cmp(&others.saved),
        Column::Cost => sums.cost.cmp(&others.cost),
        Column::Unpriced => sums.unpriced_calls.cmp(&others.unpriced_calls),
    }
}

/// A group's part of the whole cost, 0 to 1; where nothing has a price, of the tokens.
pub(super) fn share(of: &Sums, whole: &Sums) -> f64 {
    part(of.cost, whole.cost).or_else(|| ratio(of.tokens.total(), whole.tokens.total())).unwrap_or_default()
}

/// An amount's part of a whole; `None`: there is nothing to be a part of.
#[expect(clippy::cast_precision_loss, reason = "it becomes whole percent")]
pub(super) fn part(of: Money, whole: Money) -> Option<f64> {
    (whole.0 > 0).then(|| of.0 as f64 / whole.0 as f64)
}

/// A count's part of a whole; `None`: there is nothing to be a part of.
#[expect(clippy::cast_precision_loss, reason = "it becomes whole percent")]
pub(super) fn ratio(of: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| of as f64 / whole as f64)
}

/// How much of the input was read from the cache; `None`: nothing went in.
pub(super) fn hit_rate(tokens: &Tokens) -> Option<f64> {
    ratio(tokens.cache_read, tokens.all_input())
}

/// What caching did to the cost, in a sentence.
pub(super) fn saved_sentence(total: &Sums, words: &Usage) -> String {
    match total.saved.0 {
        _ if total.tokens.all_input() == 0 => words.no_input.to_owned(),
        _ if total.unpriced_calls == total.calls => words.cache_hits_hint.to_owned(),
        less if less < 0 => (words.caching_cost)(&format::money(Money(less.saturating_neg()))),
        _ => (words.caching_saved)(&format::money(total.saved)),
    }
}

/// How long a model's bar is beside the longest: by cost, or by tokens where nothing has a price.
pub(super) fn part_of_largest(of: &Sums, largest: Option<&Sums>) -> f64 {
    largest.map_or(0.0, |largest| share(of, largest)).clamp(0.0, 1.0)
}

/// How many takers of a subscription are told one by one, unless all are wanted.
pub(super) const TAKERS: usize = 6;

/// A line of a subscription's table: a friend, or so many others together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TakerLine {
    /// The friend's name; `None`: several.
    pub(super) friend: Option<String>,
    /// How many they are.
    pub(super) friends: usize,
    /// What they took.
    pub(super) taken: Taker,
}

/// The first takers one by one and the others in one line, each with its part of each kind of window.
pub(super) fn takers(of: &Subscription, most: usize) -> Vec<(TakerLine, Vec<f64>)> {
    // One more line says as much as "and 1 more".
    let own = if of.takers.len() > most.saturating_add(1) { most } else { of.takers.len() };
    let windows = |range: std::ops::Range<usize>| -> Vec<f64> {
        of.windows.iter().map(|kind| kind.by_taker.get(range.clone()).unwrap_or_default().iter().sum()).collect()
    };
    let line = |(place, taker): (usize, &Taker)| {
        let line = TakerLine { friend: Some(taker.friend.clone()), friends: 1, taken: taker.clone() };
        (line, windows(place..place + 1))
    };
    let mut lines: Vec<_> = of.takers.iter().take(own).enumerate().map(line).collect();
    let rest = &of.takers[own..];
    if !rest.is_empty() {
        let line = TakerLine { friend: None, friends: rest.len(), taken: whole(rest) };
        lines.push((line, windows(own..of.takers.len())));
    }
    lines
}

/// What takers took together.
pub(super) fn whole(takers: &[Taker]) -> Taker {
    let none = Taker { friend: String::new(), calls: 0, cost: Money(0) };
    takers.iter().fold(none, |whole, taker| Taker {
        calls: whole.calls + taker.calls,
        cost: whole.cost + taker.cost,
        ..whole
    })
}

/// So many windows: `1.25`.
pub(super) fn windows(count: f64) -> String {
    format!("{:.2}", count.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use carpool_ipc::{settings::Language, texts::texts, usage::TakenWindows};

    fn group(name: Option<&str>, cost: i64, input: u64) -> Group {
        let tokens = Tokens { input, ..Tokens::default() };
        let total = Sums { calls: 1, tokens, cost: Money(cost), ..Sums::default() };
        Group { name: name.map(str::to_owned), total, bars: Vec::new() }
    }

    fn report() -> Report {
        let groups = vec![group(Some("sam"), 9, 1), group(Some("Alex"), 5, 7), group(None, 5, 3)];
        Report { groups, ..Report::default() }
    }

    fn name(group: &Group) -> String {
        group.name.clone().unwrap_or_else(|| "No friend".to_owned())
    }

    fn ranks(search: &str, sort: Sort) -> Vec<usize> {
        listed(&report(), search, name, sort).groups.into_iter().map(|(rank, _)| rank).collect()
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
        let by_tokens = Sort { column: Column::Tokens, descending: true };

        assert_eq!(ranks("", Sort { column: Column::Name, descending: false }), [2, 1, 0]);
        assert_eq!(ranks("", Sort::default()), [0, 1, 2]);
        assert_eq!(ranks("", by_tokens), [1, 2, 0]);
    }

    #[test]
    fn what_is_searched_is_found_in_any_case_and_the_total_is_of_what_is_found() {
        let found = listed(&report(), " a ", name, Sort::default());

        assert_eq!(found.names(), [Some("sam".to_owned()), Some("Alex".to_owned())]);
        assert_eq!((found.total.cost, found.total.calls), (Money(14), 2));
        assert_eq!(ranks("no friend", Sort::default()), [2]);
        assert_eq!(listed(&report(), "nobody", name, Sort::default()), Listed::default());
    }

    #[test]
    fn where_nothing_has_a_price_shares_are_of_the_tokens() {
        let whole = Sums { cost: Money(4), tokens: Tokens { input: 10, ..Tokens::default() }, ..Sums::default() };
        let of = Sums { cost: Money(1), tokens: Tokens { input: 5, ..Tokens::default() }, ..Sums::default() };
        let unpriced = |sums: &Sums| Sums { cost: Money(0), ..*sums };

        assert!((share(&of, &whole) - 0.25).abs() < 1e-9);
        assert!((share(&unpriced(&of), &unpriced(&whole)) - 0.5).abs() < 1e-9);
        assert!(share(&Sums::default(), &Sums::default()).abs() < 1e-9);
    }

    #[test]
    fn hits_are_of_all_that_went_in() {
        let tokens = Tokens { input: 10, cache_read: 60, cache_write: 30, output: 900 };

        assert_eq!(hit_rate(&tokens), Some(0.6));
        assert_eq!(hit_rate(&Tokens { output: 5, ..Tokens::default() }), None);
    }

    #[test]
    fn what_caching_did_is_never_told_of_what_has_no_price() {
        let words = texts(Language::English).usage;
        let tokens = Tokens { input: 1, cache_read: 1, ..Tokens::default() };
        let sums =
            |saved, unpriced_calls| Sums { calls: 2, tokens, saved: Money(saved), unpriced_calls, ..Sums::default() };

        assert_eq!(saved_sentence(&sums(2_000_000_000_000, 1), words), "Caching saved $2.00.");
        assert_eq!(saved_sentence(&sums(-2_000_000_000_000, 0), words), "Caching cost $2.00 more than it saved.");
        assert_eq!(saved_sentence(&sums(0, 2), words), words.cache_hits_hint);
        assert_eq!(saved_sentence(&Sums::default(), words), words.no_input);
    }

    #[test]
    fn of_many_takers_the_last_share_a_line_and_nothing_is_lost() {
        let takers: Vec<Taker> =
            (1..=9).map(|cost| Taker { friend: format!("friend {cost}"), calls: 1, cost: Money(10 - cost) }).collect();
        let kind = TakenWindows { hours: 5, windows: 3, used: 1.8, by_taker: vec![0.2; 9], outside: 0.0, since_ms: 0 };
        let of = Subscription { account: "max".to_owned(), takers, windows: vec![kind] };

        let lines = super::takers(&of, TAKERS);

        assert_eq!(lines.len(), 7);
        assert_eq!((lines[6].0.friends, lines[6].0.taken.cost), (3, Money(6)));
        assert!((lines.iter().map(|(_, windows)| windows[0]).sum::<f64>() - 1.8).abs() < 1e-9);
        assert_eq!(super::takers(&of, 8).len(), 9, "one more line says as much");
        assert_eq!(super::takers(&of, usize::MAX).len(), 9);
    }
}
