//! What is told of invites: how far one has come, and what a friend's card says of them.

use carpool_ipc::invites::{Invite, InviteState};

/// How long a card tells that the first call came.
const NEWS_MS: i64 = 24 * 60 * 60 * 1000;

/// How far an invite has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Nobody has opened it.
    Waiting,
    /// The friend has the key.
    Used,
    /// The friend has called.
    Called,
    /// Nobody opened it in time.
    Expired,
    /// The owner took it back.
    Revoked,
}

impl Progress {
    fn of(state: &InviteState) -> Self {
        match state {
            InviteState::Open { .. } => Self::Waiting,
            InviteState::Used { first_call_ms: None, .. } => Self::Used,
            InviteState::Used { first_call_ms: Some(_), .. } => Self::Called,
            InviteState::Expired { .. } => Self::Expired,
            InviteState::Revoked => Self::Revoked,
        }
    }
}

/// How far an invite has come; `None`: it is not known yet.
pub(crate) fn progress(invites: &[Invite], id: i64) -> Option<Progress> {
    invites.iter().find(|invite| invite.id == id).map(|invite| Progress::of(&invite.state))
}

/// A friend's invites, the newest first.
pub(crate) fn of_friend(invites: &[Invite], friend_id: i64) -> Vec<Invite> {
    let mut own: Vec<_> = invites.iter().filter(|invite| invite.friend_id == friend_id).cloned().collect();
    own.sort_by_key(|invite| std::cmp::Reverse((invite.created_ms, invite.id)));
    own
}

/// What a friend's card says of the newest invite; nothing once it is no news.
pub(crate) fn mark(invites: &[Invite], friend_id: i64, now_ms: i64) -> Option<Progress> {
    let newest = of_friend(invites, friend_id).into_iter().next()?;
    match newest.state {
        InviteState::Open { .. } | InviteState::Used { first_call_ms: None, .. } => Some(Progress::of(&newest.state)),
        InviteState::Used { first_call_ms: Some(at_ms), .. } if now_ms - at_ms < NEWS_MS => Some(Progress::Called),
        InviteState::Used { .. } | InviteState::Expired { .. } | InviteState::Revoked => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite(id: i64, friend_id: i64, state: InviteState) -> Invite {
        Invite { id, friend_id, state, created_ms: id * 1000 }
    }

    fn used(first_call_ms: Option<i64>) -> InviteState {
        InviteState::Used { at_ms: 1, key: "laptop".to_owned(), first_call_ms }
    }

    #[test]
    fn an_invite_comes_from_waiting_over_the_key_to_the_first_call() {
        let states = [InviteState::Open { expires_ms: 9 }, used(None), used(Some(2))];
        let told = states.map(|state| progress(&[invite(1, 1, state)], 1));

        assert_eq!(told, [Some(Progress::Waiting), Some(Progress::Used), Some(Progress::Called)]);
        assert_eq!(progress(&[], 1), None);
    }

    #[test]
    fn a_friends_invites_are_the_friends_own_and_the_newest_first() {
        let invites =
            [invite(1, 1, InviteState::Revoked), invite(2, 2, InviteState::Revoked), invite(3, 1, used(None))];

        assert_eq!(of_friend(&invites, 1).iter().map(|invite| invite.id).collect::<Vec<_>>(), [3, 1]);
    }

    #[test]
    fn a_card_tells_of_the_newest_invite_and_of_a_first_call_for_a_day() {
        let mut invites = vec![invite(1, 1, used(Some(1000)))];
        assert_eq!(mark(&invites, 1, 1000 + NEWS_MS - 1), Some(Progress::Called));
        assert_eq!(mark(&invites, 1, 1000 + NEWS_MS), None);
        assert_eq!(mark(&invites, 2, 0), None);

        invites.push(invite(2, 1, InviteState::Open { expires_ms: 9 }));
        assert_eq!(mark(&invites, 1, 1000), Some(Progress::Waiting));
    }
}
