//! Which colour is which friend: the same on every screen and every day.

use std::collections::BTreeMap;

use super::chart::COLOURS;

/// Gives friends, by their rows' ids, the numbers of their colours, from 1. A friend's colour follows from the id alone
/// as long as no earlier one among these has it.
pub(crate) fn colours(ids: impl IntoIterator<Item = i64>) -> BTreeMap<i64, usize> {
    let mut ids: Vec<i64> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    let mut given = BTreeMap::new();
    let mut is_taken = [false; COLOURS];
    for id in ids {
        let own = usize::try_from((id - 1).rem_euclid(COLOURS as i64)).unwrap_or_default();
        let place = (0..COLOURS).map(|step| (own + step) % COLOURS).find(|place| !is_taken[*place]).unwrap_or(own);
        is_taken[place] = true;
        given.insert(id, place + 1);
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_friends_colour_does_not_depend_on_who_else_is_shown() {
        assert_eq!(colours([3])[&3], colours([1, 2, 3, 7])[&3]);
        assert_eq!(colours([3, 1, 2]), colours([1, 2, 3, 3]));
    }

    #[test]
    fn friends_share_a_colour_only_when_there_are_more_of_them_than_colours() {
        let colours_of = |ids: &[i64]| {
            let mut all: Vec<usize> = colours(ids.iter().copied()).into_values().collect();
            all.sort_unstable();
            all
        };

        assert_eq!(colours_of(&[1, 9, 17, 4]).len(), 4);
        assert_eq!(colours_of(&[1, 9, 17, 4]), [1, 2, 3, 4]);
        assert_eq!(colours([1, 9, 17, 4, 5, 6, 7, 8, 16]).len(), 9);
    }
}
