//! What the friends screen decides: who is found, and whose keys are open.

use carpool_ipc::{friends::Friend, limits::LimitKind};

/// From so many friends on, there is a search field, and their keys are folded away.
pub(super) const MANY: usize = 8;

/// Whether a friend, or one of the devices, is called something like this.
pub(super) fn is_found(friend: &Friend, query: &str) -> bool {
    let query = query.trim().to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&query);

    query.is_empty() || has(&friend.name) || friend.keys.iter().any(|key| has(&key.name) || has(&key.prefix))
}

/// The friends that are found.
pub(super) fn found(friends: &[Friend], query: &str) -> Vec<Friend> {
    friends.iter().filter(|friend| is_found(friend, query)).cloned().collect()
}

/// Whether a friend's keys are to be seen without being asked for: of few friends, and of those found by a device.
pub(super) fn shows_keys(friend: &Friend, friends: usize, query: &str) -> bool {
    let by_name = friend.name.to_lowercase().contains(&query.trim().to_lowercase());
    friends < MANY || (!query.trim().is_empty() && !by_name)
}

/// How many keys there are.
pub(super) fn number_of_keys(friends: &[Friend]) -> usize {
    friends.iter().map(|friend| friend.keys.len()).sum()
}

/// Whether something of a limit is used that the next minute gives back.
pub(super) fn is_passing(friends: &[Friend]) -> bool {
    let keys = friends.iter().flat_map(|friend| &friend.keys).flat_map(|key| &key.uses);
    let uses = friends.iter().flat_map(|friend| &friend.uses).chain(keys);
    uses.filter(|one| matches!(one.kind, LimitKind::Rpm | LimitKind::Tpm)).any(|one| one.amounts.parts().0 > 0.0)
}

/// When any of the keys last served a call.
pub(super) fn last_used_ms(friend: &Friend) -> Option<i64> {
    friend.keys.iter().filter_map(|key| key.last_used_ms).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use carpool_ipc::{
        friends::Key,
        limits::{Amounts, KeyTerms, LimitUse, LimitsForm},
        usage::Sums,
    };

    fn friend(name: &str, devices: &[&str]) -> Friend {
        let key = |(at, name): (usize, &&str)| Key {
            id: 1,
            name: (*name).to_owned(),
            prefix: format!("cr_{at}ab"),
            paused: false,
            created_ms: 0,
            last_used_ms: (at > 0).then_some(at as i64),
            limits: LimitsForm::default(),
            terms: KeyTerms::default(),
            expires_ms: None,
            uses: Vec::new(),
            devices: Vec::new(),
            is_shared_hint: false,
        };
        Friend {
            id: 1,
            name: name.to_owned(),
            paused: false,
            share: 1.0,
            limits: LimitsForm::default(),
            uses: Vec::new(),
            today: Sums::default(),
            month: Sums::default(),
            keys: devices.iter().enumerate().map(key).collect(),
        }
    }

    #[test]
    fn a_friend_is_found_by_name_by_device_and_by_the_keys_beginning() {
        let alex = friend("Alex", &["Laptop", "work PC"]);

        for query in ["", "  ", "ale", "LAPTOP", "pc", "cr_1"] {
            assert!(is_found(&alex, query), "{query:?}");
        }
        assert!(!is_found(&alex, "sam"));
        assert_eq!(found(&[alex, friend("Sam", &[])], "sam").len(), 1);
    }

    #[test]
    fn keys_are_folded_away_where_there_are_many_friends_unless_one_was_looked_for() {
        let alex = friend("Alex", &["laptop"]);

        assert!(shows_keys(&alex, MANY - 1, ""));
        assert!(!shows_keys(&alex, MANY, ""));
        assert!(!shows_keys(&alex, MANY, "alex"));
        assert!(shows_keys(&alex, MANY, "laptop"));
    }

    #[test]
    fn only_the_pace_passes_with_the_minute() {
        let used =
            |kind, used| LimitUse { kind, amounts: Amounts::Count { used, reserved: 0, limit: 10 }, until_ms: None };
        let mut alex = friend("Alex", &["laptop"]);
        alex.uses = vec![used(LimitKind::Concurrency, 1), used(LimitKind::Rpm, 0)];
        assert!(!is_passing(&[alex.clone()]));

        alex.keys[0].uses = vec![used(LimitKind::Tpm, 1)];
        assert!(is_passing(&[alex]));
    }

    #[test]
    fn a_friend_was_there_when_the_last_used_key_was() {
        assert_eq!(last_used_ms(&friend("Alex", &["a", "b", "c"])), Some(2));
        assert_eq!(last_used_ms(&friend("Alex", &["a"])), None);
    }
}
