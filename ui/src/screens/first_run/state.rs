//! Where the first run stands, as its steps are shown.

use carpool_ipc::status::FirstRun;

/// How many steps there are.
pub(crate) const STEPS: usize = 5;

/// The step's place: 0 to [`STEPS`], where the last means that all are done.
pub(crate) fn place(first_run: &FirstRun) -> usize {
    match first_run {
        FirstRun::Terms => 0,
        FirstRun::Account => 1,
        FirstRun::Reach => 2,
        FirstRun::Friend => 3,
        FirstRun::Invited { .. } | FirstRun::FirstCall { .. } => 4,
        FirstRun::Seen { .. } => STEPS,
    }
}

/// The step's name for tests.
pub(crate) fn slug(first_run: &FirstRun) -> &'static str {
    match first_run {
        FirstRun::Terms => "terms",
        FirstRun::Account => "account",
        FirstRun::Reach => "reach",
        FirstRun::Friend => "friend",
        FirstRun::Invited { .. } => "invited",
        FirstRun::FirstCall { .. } => "first-call",
        FirstRun::Seen { .. } => "seen",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_follow_each_other() {
        let steps = [
            FirstRun::Terms,
            FirstRun::Account,
            FirstRun::Reach,
            FirstRun::Friend,
            FirstRun::Invited { friend: "Alex".to_owned(), friend_id: 1 },
            FirstRun::FirstCall { friend: "Alex".to_owned(), key_id: 1, is_invited: true },
            FirstRun::Seen { friend: "Alex".to_owned(), model: None },
        ];

        assert_eq!(steps.each_ref().map(place), [0, 1, 2, 3, 4, 4, STEPS]);
    }
}
