//! What is read from the form of an account's options.

use std::collections::BTreeSet;

use carpool_ipc::accounts::Account;

/// The usual pause between two calls, for those who want one.
const SHORT_MS: u64 = 200;

/// The pause between the sending of two calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spacing {
    /// None.
    Off,
    /// The usual one.
    Short,
    /// One of the owner's own.
    Own,
}

impl Spacing {
    /// The choice that stands for so many milliseconds.
    pub(super) fn of(spacing_ms: u64) -> Self {
        match spacing_ms {
            0 => Self::Off,
            SHORT_MS => Self::Short,
            _ => Self::Own,
        }
    }

    /// So many milliseconds; `typed` is looked at only where it counts. `None`: it is no whole number.
    pub(super) fn milliseconds(self, typed: &str) -> Option<u64> {
        match self {
            Self::Off => Some(0),
            Self::Short => Some(SHORT_MS),
            Self::Own => typed.trim().parse::<u32>().ok().map(u64::from),
        }
    }
}

/// The most calls at once; nothing typed is any number. `None`: it is no whole number.
pub(super) fn most_calls(typed: &str) -> Option<u32> {
    let typed = typed.trim();
    if typed.is_empty() { Some(0) } else { typed.parse().ok() }
}

/// The number in the order. `None`: it is no whole number.
pub(super) fn number(typed: &str) -> Option<i64> {
    typed.trim().parse::<i32>().ok().map(i64::from)
}

/// The names in a text, each once, in the order they are typed. Commas of every keyboard part them.
pub(super) fn groups(typed: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let names = typed.split([',', '，', '、', '\n']).map(str::trim).filter(|name| !name.is_empty());
    names.filter(|name| seen.insert(*name)).map(str::to_owned).collect()
}

/// The text with a name put in, or taken out where it is in.
pub(super) fn toggled(typed: &str, name: &str) -> String {
    let mut names = groups(typed);
    match names.iter().position(|known| known == name) {
        Some(at) => drop(names.remove(at)),
        None => names.push(name.to_owned()),
    }
    names.join(", ")
}

/// The groups that any account is in, by name.
pub(super) fn known_groups(accounts: &[Account]) -> Vec<String> {
    let names: BTreeSet<&String> = accounts.iter().flat_map(|account| &account.groups).collect();
    names.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_none_the_usual_one_or_a_number() {
        assert_eq!([0, 200, 350].map(Spacing::of), [Spacing::Off, Spacing::Short, Spacing::Own]);
        assert_eq!(Spacing::Off.milliseconds("nonsense"), Some(0));
        assert_eq!(Spacing::Short.milliseconds(""), Some(200));
        assert_eq!(Spacing::Own.milliseconds(" 350 "), Some(350));
        assert_eq!(["", "-1", "1.5", "soon"].map(|typed| Spacing::Own.milliseconds(typed)), [None; 4]);
    }

    #[test]
    fn the_most_calls_are_a_whole_number_and_nothing_is_any_number() {
        assert_eq!(["", " ", "0", " 5"].map(most_calls), [Some(0), Some(0), Some(0), Some(5)]);
        assert_eq!(["-1", "five", "1.5"].map(most_calls), [None; 3]);
    }

    #[test]
    fn the_number_in_the_order_is_a_whole_one() {
        assert_eq!([" 10 ", "0", "-5"].map(number), [Some(10), Some(0), Some(-5)]);
        assert_eq!(["", "first", "1.5"].map(number), [None; 3]);
    }

    #[test]
    fn groups_are_parted_by_any_comma_and_each_is_named_once() {
        assert_eq!(groups(" work, night ，work、 家 ,, "), ["work", "night", "家"]);
        assert_eq!(groups(" , "), Vec::<String>::new());
    }

    #[test]
    fn a_group_that_is_pressed_goes_in_and_out_of_the_text() {
        assert_eq!(toggled("", "work"), "work");
        assert_eq!(toggled("night,", "work"), "night, work");
        assert_eq!(toggled("night, work", "night"), "work");
    }
}
