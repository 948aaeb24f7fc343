//! What a chart of stacked bars is made of: slots of time along its foot, and the groups that share each bar.

use carpool_ipc::usage::{Bar, Group};

use super::scale::Scale;
use crate::components::format;

/// How many colours there are. More groups than these share the last one, or the colours come again.
pub(crate) const COLOURS: usize = 8;
/// Most words along the foot that have room beside each other in the smallest window.
const FOOT_WORDS: usize = 8;

/// What the height of a bar means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// What was spent.
    Cost,
    /// What was consumed.
    Tokens,
}

impl Measure {
    /// A bar's amount: millionths of the owner's currency, or tokens.
    pub(crate) fn of(self, bar: &Bar) -> i64 {
        match self {
            Self::Cost => format::currency().millionths(bar.cost),
            Self::Tokens => i64::try_from(bar.tokens).unwrap_or(i64::MAX),
        }
    }

    /// An amount, as people read it.
    pub(crate) fn text(self, amount: i64) -> String {
        match self {
            Self::Cost => format::currency().of_millionths(amount),
            Self::Tokens => format::tokens(amount.unsigned_abs()),
        }
    }

    /// An amount, as exactly as a table has it.
    pub(crate) fn full(self, amount: i64) -> String {
        match self {
            Self::Cost => self.text(amount),
            Self::Tokens => format::count(amount.unsigned_abs()),
        }
    }

    /// A tick of an axis: as short as the step allows.
    pub(crate) fn tick(self, amount: i64, scale: Scale) -> String {
        match self {
            Self::Cost => format::currency().tick(amount, scale.step),
            Self::Tokens => format::tokens(amount.unsigned_abs()).replace(".0", ""),
        }
    }
}

/// How the groups are shown that are too many for a colour each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Others {
    /// As one.
    #[default]
    Together,
    /// One by one: colours come again.
    Apart,
}

impl Others {
    /// How many of so many groups stand for themselves.
    pub(crate) fn own(self, groups: usize) -> usize {
        if groups <= COLOURS || self == Self::Apart { groups } else { COLOURS - 1 }
    }

    /// The colour of a group, counted from 1, of so many groups in the order of their rank.
    pub(crate) fn colour(self, rank: usize, groups: usize) -> usize {
        if rank < self.own(groups) { rank % COLOURS + 1 } else { COLOURS }
    }

    /// The other way.
    pub(crate) fn turned(self) -> Self {
        match self {
            Self::Together => Self::Apart,
            Self::Apart => Self::Together,
        }
    }
}

/// A group, as it stands in every bar.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Series {
    /// Its name.
    pub(crate) name: String,
    /// Its colour, from 1.
    pub(crate) colour: usize,
    /// Its part of each bar.
    pub(crate) bars: Vec<Bar>,
}

/// A bar's place along the foot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    /// When it is, short: `3 Nov`.
    pub(crate) word: String,
    /// When it is, in full.
    pub(crate) title: String,
}

/// A chart's content.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stack {
    /// The bars, from left to right.
    pub(crate) slots: Vec<Slot>,
    /// What they are stacked of, from the foot up.
    pub(crate) series: Vec<Series>,
}

impl Stack {
    /// Gives groups a series each, and those that are shown together one. `name` names a group, `other` those, told how
    /// many they are.
    pub(crate) fn of(
        slots: Vec<Slot>,
        groups: &[Group],
        others: Others,
        name: impl Fn(&Group) -> String,
        other: fn(usize) -> String,
    ) -> Self {
        let (own, rest) = groups.split_at(others.own(groups.len()));
        let colour = |rank| others.colour(rank, groups.len());
        let mut series: Vec<Series> = own
            .iter()
            .enumerate()
            .map(|(rank, group)| Series { name: name(group), colour: colour(rank), bars: group.bars.clone() })
            .collect();
        if !rest.is_empty() {
            let bars = add_up(rest, slots.len());
            series.push(Series { name: other(rest.len()), colour: colour(own.len()), bars });
        }
        Self { slots, series }
    }

    /// What a whole bar amounts to.
    pub(crate) fn height(&self, slot: usize, measure: Measure) -> i64 {
        let parts = self.series.iter().filter_map(|series| series.bars.get(slot));
        parts.fold(0, |sum, bar| sum.saturating_add(measure.of(bar)))
    }

    /// The highest bar: its place and its amount.
    pub(crate) fn highest(&self, measure: Measure) -> Option<(usize, i64)> {
        let heights = (0..self.slots.len()).map(|slot| (slot, self.height(slot, measure)));
        heights.reduce(|highest, bar| if bar.1 > highest.1 { bar } else { highest })
    }

    /// A bar's parts that are not nothing, from the foot up: the number of the series and its amount.
    pub(crate) fn parts(&self, slot: usize, measure: Measure) -> Vec<(usize, i64)> {
        let amounts = self.series.iter().map(|series| series.bars.get(slot).map_or(0, |bar| measure.of(bar)));
        amounts.enumerate().filter(|(_, amount)| *amount > 0).collect()
    }

    /// A bar's largest parts, the largest first, and how many are left with what they amount to.
    pub(crate) fn largest(&self, slot: usize, measure: Measure, most: usize) -> (Vec<(usize, i64)>, (usize, i64)) {
        let mut parts = self.parts(slot, measure);
        parts.sort_by_key(|(series, amount)| (std::cmp::Reverse(*amount), *series));
        // One more line says as much as "and 1 more".
        let rest = if parts.len() > most + 1 { parts.split_off(most) } else { Vec::new() };
        let amount = rest.iter().fold(0_i64, |sum, (_, amount)| sum.saturating_add(*amount));
        (parts, (rest.len(), amount))
    }

    /// The slots that have a word at the foot: all, or every second, third, … one.
    pub(crate) fn words(&self) -> impl Iterator<Item = (usize, &str)> {
        let every = self.slots.len().div_ceil(FOOT_WORDS).max(1);
        self.slots.iter().map(|slot| slot.word.as_str()).enumerate().step_by(every)
    }
}

fn add_up(groups: &[Group], slots: usize) -> Vec<Bar> {
    let mut sums = vec![Bar::default(); slots];
    for group in groups {
        for (sum, bar) in sums.iter_mut().zip(&group.bars) {
            *sum = Bar { cost: sum.cost + bar.cost, tokens: sum.tokens + bar.tokens, calls: sum.calls + bar.calls };
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use carpool_ipc::{Money, usage::Sums};

    /// A dollar in pico-dollars, and in the millionths that bars are drawn in.
    const PICO: i64 = 1_000_000_000_000;
    const DOLLAR: i64 = 1_000_000;

    fn slots(count: usize) -> Vec<Slot> {
        (0..count).map(|at| Slot { word: at.to_string(), title: format!("day {at}") }).collect()
    }

    fn group(name: &str, dollars: &[i64]) -> Group {
        let bars = dollars.iter().map(|&it| Bar { cost: Money(it * PICO), tokens: 10, calls: 1 }).collect();
        Group { name: Some(name.to_owned()), total: Sums::default(), bars }
    }

    fn stack(groups: &[Group]) -> Stack {
        stack_with(groups, Others::Together)
    }

    fn stack_with(groups: &[Group], others: Others) -> Stack {
        let name = |group: &Group| group.name.clone().unwrap_or_default();
        Stack::of(slots(2), groups, others, name, |rest| format!("the other {rest}"))
    }

    #[test]
    fn eight_groups_have_a_colour_each_and_of_more_the_rest_share_one() {
        let eight: Vec<Group> = (0..8).map(|_| group("a", &[1, 1])).collect();
        let fifty: Vec<Group> = (0..50).map(|_| group("a", &[1, 2])).collect();

        assert_eq!(stack(&eight).series.len(), 8);
        assert_eq!(stack(&fifty).series.len(), 8);
        assert_eq!(stack(&fifty).series[7].name, "the other 43");
        assert_eq!(stack(&fifty).series[7].bars[1], Bar { cost: Money(86 * PICO), tokens: 430, calls: 43 });
        let colour = |rank, groups| Others::Together.colour(rank, groups);
        assert_eq!((colour(7, 8), colour(6, 50), colour(7, 50), colour(49, 50)), (8, 7, 8, 8));
    }

    #[test]
    fn the_rest_can_be_opened_and_then_colours_come_again() {
        let fifty: Vec<Group> = (0..50).map(|_| group("a", &[1, 2])).collect();

        let opened = stack_with(&fifty, Others::Apart);

        assert_eq!(opened.series.len(), 50);
        assert_eq!(opened.series.iter().map(|series| series.colour).max(), Some(COLOURS));
        assert_eq!((opened.series[8].colour, opened.series[49].colour), (1, 2));
        assert_eq!(opened.height(1, Measure::Cost), stack(&fifty).height(1, Measure::Cost));
    }

    #[test]
    fn a_bar_is_as_high_as_its_parts_together() {
        let stack = stack(&[group("a", &[3, 0]), group("b", &[1, 5])]);

        assert_eq!(stack.height(0, Measure::Cost), 4 * DOLLAR);
        assert_eq!(stack.highest(Measure::Cost), Some((1, 5 * DOLLAR)));
        assert_eq!(stack.parts(1, Measure::Cost), vec![(1, 5 * DOLLAR)]);
    }

    #[test]
    fn of_many_parts_the_largest_are_told_and_the_rest_is_added_up() {
        let groups: Vec<Group> = (1..=12).map(|dollars| group("a", &[dollars, 0])).collect();
        let stack = stack_with(&groups, Others::Apart);

        let (told, rest) = stack.largest(0, Measure::Cost, 10);

        assert_eq!((told.len(), told[0]), (10, (11, 12 * DOLLAR)));
        assert_eq!(rest, (2, 3 * DOLLAR));
        assert_eq!(stack.largest(0, Measure::Cost, 11).1, (0, 0));
    }

    #[test]
    fn of_bars_of_one_height_the_first_is_the_highest() {
        assert_eq!(stack(&[group("a", &[2, 2])]).highest(Measure::Cost), Some((0, 2 * DOLLAR)));
        assert_eq!(Stack::default().highest(Measure::Cost), None);
    }

    #[test]
    fn the_foot_never_has_more_words_than_it_has_room_for() {
        for (bars, every) in [(1, 1), (7, 1), (8, 1), (24, 3), (30, 4), (31, 4), (58, 8)] {
            let stack = Stack { slots: slots(bars), series: Vec::new() };
            let words: Vec<usize> = stack.words().map(|(slot, _)| slot).collect();

            assert_eq!(words.get(1).copied().unwrap_or(every), every, "{bars}");
            assert!(words.len() <= FOOT_WORDS, "{bars}");
        }
    }

    #[test]
    fn ticks_are_as_short_as_their_step_allows() {
        let cents = Scale::up_to(DOLLAR / 5);

        assert_eq!(Measure::Cost.tick(DOLLAR / 10, cents), "$0.10");
        assert_eq!(Measure::Cost.tick(20 * DOLLAR, Scale::up_to(40 * DOLLAR)), "$20");
        assert_eq!(Measure::Tokens.tick(1_000_000, Scale::up_to(4_000_000)), "1M");
        assert_eq!(Measure::Tokens.tick(1_500_000, Scale::up_to(2_000_000)), "1.5M");
    }
}
