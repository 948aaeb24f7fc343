//! Friends and keys, as the owner adds and changes them: from the command line, the window or the demo.

use carpool_core::{
    client_key::NewKey,
    name::{self, BadName},
};
use secrecy::SecretString;

use crate::{
    accounts::Surroundings,
    store::{
        self,
        client_keys::{self, ClientKey, NewClientKey},
        friends,
    },
};

/// What a key is called when nobody says.
const DEFAULT_KEY_NAME: &str = "laptop";

/// Why a friend or key was not added or changed.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// The name cannot be one.
    #[error(transparent)]
    Name(#[from] BadName),
    /// Another friend, or another key of the friend, has that name.
    #[error("there is a {what} named '{name}' already: choose another name")]
    Taken {
        /// What has it.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers: {0}")]
    Random(getrandom::Error),
    /// The database refused.
    #[error("the database refused")]
    Store(#[from] sqlx::Error),
}

impl PeopleError {
    /// The error's name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Name(_) => "bad_name",
            Self::Taken { .. } => "name_taken",
            Self::Random(_) => "no_randomness",
            Self::Store(_) => "database",
        }
    }
}

/// A key with its secret, which is stored nowhere.
#[derive(Debug)]
pub struct IssuedKey {
    /// The row's id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What may be shown of it later.
    pub prefix: String,
    /// The key itself.
    pub key: SecretString,
}

/// Adds a friend and returns the new id.
///
/// # Errors
/// [`PeopleError`]; then nothing was added.
pub async fn add_friend(around: &Surroundings, name: &str, share: f64) -> Result<i64, PeopleError> {
    name::check(name)?;
    friends::insert(around.store.pool(), name, share, around.clock.now())
        .await
        .map_err(|error| taken("friend", name, error))
}

/// Gives a friend another name; the ledger's rows go with it.
///
/// # Errors
/// [`PeopleError`]; then nothing was changed.
pub async fn rename_friend(around: &Surroundings, id: i64, name: &str) -> Result<(), PeopleError> {
    name::check(name)?;
    friends::rename(around.store.pool(), id, name).await.map_err(|error| taken("friend", name, error))
}

/// Makes a key for a friend. Without a name it is called `laptop`, or `laptop-2`, … if there is one.
///
/// # Errors
/// [`PeopleError`]; then nothing was added.
pub async fn issue_key(around: &Surroundings, friend_id: i64, name: Option<&str>) -> Result<IssuedKey, PeopleError> {
    let name = match name {
        Some(name) => name.to_owned(),
        None => {
            let all = client_keys::list(around.store.pool()).await?;
            let taken: Vec<_> = all.into_iter().filter(|key| key.friend_id == friend_id).map(|key| key.name).collect();
            free_name(None, &taken)
        }
    };
    name::check(&name)?;
    let NewKey { key, digest, prefix } = new_key()?;
    let stored = NewClientKey { friend_id, name: &name, digest, prefix: &prefix };
    let inserted = client_keys::insert(around.store.pool(), stored, around.clock.now()).await;
    let id = inserted.map_err(|error| taken("key of this friend", &name, error))?;
    Ok(IssuedKey { id, name, prefix, key })
}

/// Replaces a key by a new one; the old one is unknown from now on.
///
/// # Errors
/// [`PeopleError`]; then the old one goes on working.
pub async fn rotate_key(around: &Surroundings, old: &ClientKey) -> Result<IssuedKey, PeopleError> {
    let NewKey { key, digest, prefix } = new_key()?;
    client_keys::rotate(around.store.pool(), old.id, digest, &prefix).await?;
    Ok(IssuedKey { id: old.id, name: old.name.clone(), prefix, key })
}

/// Replaces a key by a new one at the wish of who has it. `None` if somebody else replaced or revoked it just before: who
/// has the old one then has nothing.
///
/// # Errors
/// [`PeopleError`]; then the old one goes on working.
pub(crate) async fn rotate_own_key(around: &Surroundings, old: &ClientKey) -> Result<Option<IssuedKey>, PeopleError> {
    let NewKey { key, digest, prefix } = new_key()?;
    let is_rotated = client_keys::rotate_from(around.store.pool(), old, digest, &prefix).await?;
    Ok(is_rotated.then(|| IssuedKey { id: old.id, name: old.name.clone(), prefix, key }))
}

/// Replaces every key by a new one, each with the key it replaces; all the old ones are unknown from now on.
///
/// # Errors
/// [`PeopleError`]; then all the old ones go on working.
pub async fn rotate_all_keys(around: &Surroundings) -> Result<Vec<(ClientKey, IssuedKey)>, PeopleError> {
    let mut transaction = around.store.pool().begin().await?;
    let mut issued = Vec::new();
    for old in client_keys::list(around.store.pool()).await? {
        let NewKey { key, digest, prefix } = new_key()?;
        client_keys::rotate_within(&mut transaction, old.id, digest, &prefix).await?;
        let new = IssuedKey { id: old.id, name: old.name.clone(), prefix, key };
        issued.push((old, new));
    }
    transaction.commit().await?;
    Ok(issued)
}

/// The first of `laptop`, `laptop-2`, …, or of what was asked for, that is not taken.
pub(crate) fn free_name(asked: Option<&str>, taken: &[String]) -> String {
    let first = asked.unwrap_or(DEFAULT_KEY_NAME);
    let mut names = std::iter::once(first.to_owned()).chain((2..).map(|number| format!("{first}-{number}")));
    names.find(|name| !taken.contains(name)).expect("there are more numbers than keys")
}

pub(crate) fn new_key() -> Result<NewKey, PeopleError> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(PeopleError::Random)?;
    Ok(NewKey::from_random(random))
}

fn taken(what: &'static str, name: &str, error: sqlx::Error) -> PeopleError {
    if store::is_taken(&error) { PeopleError::Taken { what, name: name.to_owned() } } else { error.into() }
}
