//! Ids and names: everything has a short id (`a1`, `f1`, `k1`) and a name, and either can be given.

use carpool_relay::{
    accounts::Surroundings,
    store::{
        SqlError, StoreError,
        accounts::{self, Account},
        client_keys::{self, ClientKey},
        friends::{self, Friend},
    },
};

use crate::failure::Failure;

pub(crate) fn account_id(id: i64) -> String {
    format!("a{id}")
}

pub(crate) fn friend_id(id: i64) -> String {
    format!("f{id}")
}

pub(crate) fn key_id(id: i64) -> String {
    format!("k{id}")
}

pub(crate) fn unknown(what: &str, wanted: &str, known: &[&str]) -> Failure {
    let known =
        if known.is_empty() { "there is none yet".to_owned() } else { format!("there is {}", known.join(", ")) };
    Failure::new("not_found", format!("there is no {what} '{wanted}'; {known}"))
}

/// The account with this id or name.
pub(crate) async fn account(around: &Surroundings, wanted: &str) -> Result<Account, Failure> {
    let all = accounts::list(around.store.pool()).await.map_err(database)?;
    let found = all.iter().find(|account| account_id(account.id) == wanted || account.name == wanted);
    found
        .cloned()
        .ok_or_else(|| unknown("account", wanted, &all.iter().map(|one| one.name.as_str()).collect::<Vec<_>>()))
}

/// The friend with this id or name.
pub(crate) async fn friend(around: &Surroundings, wanted: &str) -> Result<Friend, Failure> {
    let all = friends::list(around.store.pool()).await.map_err(database)?;
    let found = all.iter().find(|friend| friend_id(friend.id) == wanted || friend.name == wanted);
    found
        .cloned()
        .ok_or_else(|| unknown("friend", wanted, &all.iter().map(|one| one.name.as_str()).collect::<Vec<_>>()))
}

/// The key with this id, `friend/name`, or name if only one friend has a key of that name.
pub(crate) async fn key(around: &Surroundings, wanted: &str) -> Result<ClientKey, Failure> {
    let all = client_keys::list(around.store.pool()).await.map_err(database)?;
    let full_name = |key: &ClientKey| format!("{}/{}", key.friend, key.name);
    if let Some(found) = all.iter().find(|key| key_id(key.id) == wanted || full_name(key) == wanted) {
        return Ok(found.clone());
    }
    let named: Vec<_> = all.iter().filter(|key| key.name == wanted).collect();
    match named.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            let known: Vec<_> = all.iter().map(full_name).collect();
            Err(unknown("key", wanted, &known.iter().map(String::as_str).collect::<Vec<_>>()))
        }
        several => {
            let names: Vec<_> = several.iter().map(|key| full_name(key)).collect();
            let message = format!("several keys are named '{wanted}': say which one: {}", names.join(", "));
            Err(Failure::new("ambiguous_name", message))
        }
    }
}

/// A database that refused.
pub(crate) fn database(error: SqlError) -> Failure {
    StoreError::from(error).into()
}
