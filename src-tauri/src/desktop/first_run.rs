//! How far the first run is: told by what is there, so that it can be left and taken up again.

use carpool_ipc::status::FirstRun;
use carpool_relay::{
    House,
    store::{SqlError, accounts, client_keys, entries},
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
    let Some(newest) = client_keys::list(pool).await?.into_iter().max_by_key(|key| key.id) else {
        return Ok(Some(FirstRun::Friend));
    };
    Ok(Some(match entries::first_answered(pool).await? {
        Some((friend, model)) => FirstRun::Seen { friend, model },
        None => FirstRun::FirstCall { friend: newest.friend, key_id: newest.id },
    }))
}
