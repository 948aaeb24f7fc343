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

use super::failure::Failure;

/// The longest name: it has to fit into tables and menus.
const MAX_NAME_CHARS: usize = 64;

pub(crate) fn account_id(id: i64) -> String {
    format!("a{id}")
}

pub(crate) fn friend_id(id: i64) -> String {
    format!("f{id}")
}

pub(crate) fn key_id(id: i64) -> String {
    format!("k{id}")
}

/// Checks a name that is to be given.
pub(crate) fn check_name(name: &str) -> Result<(), Failure> {
    let refuse = |why: &str| Err(Failure::new("bad_name", format!("'{name}' cannot be a name: {why}")));
    if name.trim().is_empty() || name.trim() != name {
        return refuse("it is empty or begins or ends with white space");
    }
    if name.chars().count() > MAX_NAME_CHARS {
        return refuse("it has more than 64 characters");
    }
    if name.contains('/') || name.chars().any(char::is_control) {
        return refuse("it contains a slash or a control character");
    }
    if looks_like_an_id(name) {
        return refuse("it looks like an id");
    }
    Ok(())
}

fn looks_like_an_id(name: &str) -> bool {
    name.strip_prefix(['a', 'f', 'k'])
        .is_some_and(|digits| !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_digit()))
}

fn unknown(what: &str, wanted: &str, known: &[&str]) -> Failure {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_refused_that_could_be_taken_for_something_else() {
        for good in ["Alex", "阿历克斯", "my laptop", "f", "friend1"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", " Alex", "f1", "k20", "a/b", "a\nb", &"x".repeat(65)] {
            assert!(check_name(bad).is_err(), "{bad:?}");
        }
    }
}
