//! The places that notes are sent to, as the owner adds and removes them. What is secret of them is sealed.

use carpool_core::{
    name::{self, BadName},
    webhook::{BadPlace, Format, Place, SecretNeed, new_secret},
};
use secrecy::SecretString;

use crate::{
    accounts::Surroundings,
    store::{
        self, SqlError,
        webhooks::{self, About, LastLetter, NewWebhook, StoredWebhook},
    },
    vault::VaultError,
};

/// A webhook.
#[derive(Debug)]
pub struct Webhook {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it is told.
    pub about: About,
    /// The id of its format.
    pub format: String,
    /// Where it leads, or why that cannot be read: then nothing is sent to it.
    pub place: Result<Place, WebhookError>,
    /// How the last letter went; `None` before the first.
    pub last: Option<LastLetter>,
}

/// What the owner says of a new webhook.
#[derive(Debug)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Its format.
    pub format: &'static Format,
    /// Its address, unless the format knows one.
    pub address: Option<SecretString>,
    /// Its secret, where there is one.
    pub secret: Option<SecretString>,
    /// Its chat, where there is one.
    pub chat: Option<String>,
    /// What it is told.
    pub about: About,
}

/// A webhook that was added.
#[derive(Debug)]
pub struct Added {
    /// Its id.
    pub id: i64,
    /// The secret it signs with, where it was drawn: it is shown this once.
    pub drawn: Option<SecretString>,
}

/// Why a webhook cannot be added or read.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The name cannot be one.
    #[error(transparent)]
    Name(#[from] BadName),
    /// Another one has the name.
    #[error("there is a webhook named '{0}' already: choose another name")]
    Taken(String),
    /// It cannot be told anything.
    #[error(transparent)]
    Place(#[from] BadPlace),
    /// What is secret of it cannot be unsealed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers: {0}")]
    Random(getrandom::Error),
    /// The database refused.
    #[error("the database refused")]
    Store(#[from] SqlError),
}

impl WebhookError {
    /// The error's name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name(_) => "bad_name",
            Self::Taken(_) => "name_taken",
            Self::Place(_) => "bad_webhook",
            Self::Vault(error) => error.code(),
            Self::Random(_) => "no_randomness",
            Self::Store(_) => "database",
        }
    }
}

/// Adds a webhook; a format that always signs is given a new secret where the owner has none.
///
/// # Errors
/// [`WebhookError`]; then nothing was added.
pub async fn add(around: &Surroundings, wanted: Wanted) -> Result<Added, WebhookError> {
    let Wanted { name, format, address, secret, chat, about } = wanted;
    name::check(&name)?;
    let drawn = match (format.secret, &secret) {
        (SecretNeed::Drawn, None) => Some(draw()?),
        _ => None,
    };
    let place = Place::new(format, address, secret.or_else(|| drawn.clone()), chat)?;
    let address_sealed = around.vault.seal(&address_seal(&name), place.address());
    let secret_sealed = place.secret().map(|secret| around.vault.seal(&secret_seal(&name), secret));
    let new = NewWebhook {
        name: &name,
        format: format.id,
        address_sealed: &address_sealed,
        secret_sealed: secret_sealed.as_deref(),
        chat: place.chat(),
        about,
    };
    let inserted = webhooks::insert(around.store.pool(), new).await;
    let id =
        inserted.map_err(|error| if store::is_taken(&error) { WebhookError::Taken(name) } else { error.into() })?;
    Ok(Added { id, drawn })
}

/// All webhooks, by name.
///
/// # Errors
/// When SQLite refuses.
pub async fn list(around: &Surroundings) -> Result<Vec<Webhook>, SqlError> {
    Ok(webhooks::list(around.store.pool()).await?.into_iter().map(|stored| read(around, stored)).collect())
}

/// Removes a webhook and what is on its way to it; says whether there was one.
///
/// # Errors
/// When SQLite refuses.
pub async fn remove(around: &Surroundings, id: i64) -> Result<bool, SqlError> {
    webhooks::remove(around.store.pool(), id).await
}

fn read(around: &Surroundings, stored: StoredWebhook) -> Webhook {
    let place = unsealed(around, &stored);
    let StoredWebhook { id, name, about, format, last, .. } = stored;
    Webhook { id, name, about, format, place, last }
}

fn unsealed(around: &Surroundings, stored: &StoredWebhook) -> Result<Place, WebhookError> {
    let format = stored.format.parse()?;
    let address = around.vault.unseal(&address_seal(&stored.name), &stored.address_sealed)?;
    let sealed = stored.secret_sealed.as_deref();
    let secret = sealed.map(|sealed| around.vault.unseal(&secret_seal(&stored.name), sealed)).transpose()?;
    Ok(Place::new(format, Some(address), secret, stored.chat.clone())?)
}

fn draw() -> Result<SecretString, WebhookError> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(WebhookError::Random)?;
    Ok(new_secret(random))
}

fn address_seal(name: &str) -> String {
    format!("webhooks/address/{name}")
}

fn secret_seal(name: &str) -> String {
    format!("webhooks/secret/{name}")
}
