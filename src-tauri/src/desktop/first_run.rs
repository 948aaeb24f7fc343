//! How far the first run is: told by what is there, so that it can be left and taken up again.

use carpool_ipc::status::FirstRun;
use carpool_relay::{
    House,
    store::{
        SqlError, accounts, client_keys, entries,
        invites::{self, Standing},
    },
};

use super::preferences::Preferences;

/// Where the first run stands; `None` once it is over.
pub(super) async fn stage(house: &House, preferences: &Preferences) -> Result<Option<FirstRun>, SqlError> {
    let pool = house.around().store.pool();
    if preferences.is_first_run_over {
        return Ok(None);
    }
    if !preferences.has_accepted_terms {
        return Ok(Some(FirstRun::Terms));
    }
    if accounts::list(pool).await?.is_empty() {
        return Ok(Some(FirstRun::Account));
    }
    if !preferences.has_settled_reach {
        return Ok(Some(FirstRun::Reach));
    }
    if let Some((friend, model)) = entries::first_answered(pool).await? {
        return Ok(Some(FirstRun::Seen { friend, model }));
    }
    let (invites, now) = (invites::list(pool).await?, house.around().clock.now());
    let open = invites.iter().find(|invite| invite.standing(now) == Standing::Open);
    let newest = client_keys::list(pool).await?.into_iter().max_by_key(|key| key.id);
    Ok(Some(match (open, newest) {
        (Some(open), newest) if newest.as_ref().is_none_or(|key| key.created_at <= open.created_at) => {
            FirstRun::Invited { friend: open.friend.clone(), friend_id: open.friend_id }
        }
        (_, Some(key)) => FirstRun::FirstCall {
            is_invited: invites.iter().any(|invite| invite.redeemed().is_some_and(|it| it.key_id == key.id)),
            friend: key.friend,
            key_id: key.id,
        },
        (_, None) => FirstRun::Friend,
    }))
}
