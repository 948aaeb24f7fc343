//! What moving does to an order.

use carpool_ipc::accounts::Account;

/// Which way an account is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Towards the first.
    Up,
    /// Towards the last.
    Down,
}

/// The accounts in this order; those it does not name come last, as they are listed.
pub(super) fn in_order(listed: &[Account], wanted: Option<&[i64]>) -> Vec<Account> {
    let mut accounts = listed.to_vec();
    if let Some(wanted) = wanted {
        accounts.sort_by_key(|account| wanted.iter().position(|&id| id == account.id).unwrap_or(wanted.len()));
    }
    accounts
}

/// The order after an account moved by one place; `None`: it is at that end, or not there.
pub(super) fn stepped(ids: &[i64], id: i64, way: Way) -> Option<Vec<i64>> {
    let at = ids.iter().position(|&known| known == id)?;
    let to = match way {
        Way::Up => at.checked_sub(1)?,
        Way::Down => Some(at + 1).filter(|&to| to < ids.len())?,
    };
    let mut ids = ids.to_vec();
    ids.swap(at, to);
    Some(ids)
}

/// The order after an account took the place of another; `None`: one of them is not there, or nothing changes.
pub(super) fn placed(ids: &[i64], id: i64, of: i64) -> Option<Vec<i64>> {
    let at = ids.iter().position(|&known| known == id)?;
    let to = ids.iter().position(|&known| known == of)?;
    let mut moved = ids.to_vec();
    let it = moved.remove(at);
    moved.insert(to, it);
    (at != to).then_some(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_moves_by_one_place_and_not_beyond_the_ends() {
        assert_eq!(stepped(&[1, 2, 3], 2, Way::Up), Some(vec![2, 1, 3]));
        assert_eq!(stepped(&[1, 2, 3], 2, Way::Down), Some(vec![1, 3, 2]));
        assert_eq!(stepped(&[1, 2, 3], 1, Way::Up), None);
        assert_eq!(stepped(&[1, 2, 3], 3, Way::Down), None);
        assert_eq!(stepped(&[1, 2, 3], 4, Way::Down), None);
    }

    #[test]
    fn an_account_that_is_dropped_takes_the_place_of_the_one_below() {
        assert_eq!(placed(&[1, 2, 3, 4], 1, 3), Some(vec![2, 3, 1, 4]));
        assert_eq!(placed(&[1, 2, 3, 4], 4, 2), Some(vec![1, 4, 2, 3]));
        assert_eq!(placed(&[1, 2, 3, 4], 2, 2), None);
        assert_eq!(placed(&[1, 2], 1, 9), None);
    }
}
