//! What the owner wants of the tunnel, as it is stored: one setting, with the secret under its seal.

use carpool_core::tunnel::{TunnelSettings, Unfit, UnknownWay};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    accounts::Surroundings,
    store::{SqlError, settings},
    vault::{Vault, VaultError},
};

/// What the sealed secret is bound to.
const SEAL: &str = "settings/tunnel";

/// What the owner wants.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Whether a tunnel is to be open.
    pub is_on: bool,
    /// How.
    pub settings: TunnelSettings,
}

/// Why a wish cannot be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum WishError {
    /// The settings do not do.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The secret cannot be unsealed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// What is stored is not what this Carpool writes.
    #[error("the stored tunnel is not one that this Carpool knows: choose it again with `carpool tunnel start`")]
    Unreadable,
    /// Nothing was ever chosen.
    #[error("no way was chosen yet: `carpool tunnel ways` lists them")]
    Nothing,
    /// SQLite refused.
    #[error("the database refused")]
    Store(#[from] SqlError),
}

impl WishError {
    /// The error's name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unfit(error) => error.code(),
            Self::Vault(error) => error.code(),
            Self::Unreadable => "tunnel_unreadable",
            Self::Nothing => "tunnel_not_chosen",
            Self::Store(_) => "database",
        }
    }
}

/// How it is stored.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    on: bool,
    way: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    remote_port: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<url::Url>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_address_header: Option<String>,
    /// Sealed, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// Wants a tunnel. A secret that is not given anew stays as it was for the same way.
///
/// # Errors
/// [`WishError`] when the settings do not do, or SQLite refuses; then nothing changes.
pub async fn start(around: &Surroundings, mut settings: TunnelSettings) -> Result<(), WishError> {
    if settings.secret.is_none()
        && let Ok(Some(former)) = get(around).await
        && former.settings.way == settings.way
    {
        settings.secret = former.settings.secret;
    }
    settings.check()?;
    put(around, &Wish { is_on: true, settings }).await
}

/// Wants the tunnel again that was wanted last.
///
/// # Errors
/// [`WishError`] when none was, or SQLite refuses.
pub async fn start_again(around: &Surroundings) -> Result<(), WishError> {
    let former = get(around).await?.ok_or(WishError::Nothing)?;
    put(around, &Wish { is_on: true, ..former }).await
}

/// Wants no tunnel. What was set is remembered.
///
/// # Errors
/// [`WishError`] when SQLite refuses.
pub async fn stop(around: &Surroundings) -> Result<(), WishError> {
    let Some(stored) = stored(around).await? else { return Ok(()) };
    match parse(&stored) {
        Ok(stored) => write(around, &Stored { on: false, ..stored }).await,
        // Nothing of it can be used: forgotten, it is off.
        Err(_) => Ok(settings::put(around.store.pool(), settings::TUNNEL, "").await?),
    }
}

/// What the owner wants, if they ever chose a way.
///
/// # Errors
/// [`WishError`] when it cannot be read.
pub async fn get(around: &Surroundings) -> Result<Option<Wish>, WishError> {
    read(stored(around).await?.as_deref(), &around.vault)
}

/// The setting.
pub(super) async fn stored(around: &Surroundings) -> Result<Option<String>, SqlError> {
    Ok(settings::get(around.store.pool(), settings::TUNNEL).await?.filter(|stored| !stored.is_empty()))
}

/// Reads the setting.
pub(super) fn read(stored: Option<&str>, vault: &Vault) -> Result<Option<Wish>, WishError> {
    let Some(stored) = stored else { return Ok(None) };
    let stored = parse(stored)?;
    let secret = stored.secret.as_deref().map(|sealed| unseal(sealed, vault)).transpose()?;
    let header = stored.client_address_header.map(|name| name.parse()).transpose();
    let settings = TunnelSettings {
        way: stored.way.parse().map_err(|UnknownWay| WishError::Unreadable)?,
        to: stored.to.map(|to| to.parse()).transpose().map_err(|_| WishError::Unreadable)?,
        remote_port: stored.remote_port,
        url: stored.url,
        secret,
        client_address_header: header.map_err(|_| WishError::Unreadable)?,
    };
    Ok(Some(Wish { is_on: stored.on, settings }))
}

fn parse(stored: &str) -> Result<Stored, WishError> {
    serde_json::from_str(stored).map_err(|_| WishError::Unreadable)
}

fn unseal(sealed: &str, vault: &Vault) -> Result<SecretString, WishError> {
    let sealed = hex::decode(sealed).map_err(|_| WishError::Unreadable)?;
    Ok(vault.unseal(SEAL, &sealed)?)
}

async fn put(around: &Surroundings, wish: &Wish) -> Result<(), WishError> {
    let settings = &wish.settings;
    let stored = Stored {
        on: wish.is_on,
        way: settings.way.to_string(),
        to: settings.to.as_ref().map(ToString::to_string),
        remote_port: settings.remote_port,
        url: settings.url.clone(),
        client_address_header: settings.client_address_header.as_ref().map(ToString::to_string),
        secret: settings.secret.as_ref().map(|secret| hex::encode(around.vault.seal(SEAL, secret))),
    };
    write(around, &stored).await
}

async fn write(around: &Surroundings, stored: &Stored) -> Result<(), WishError> {
    let text = serde_json::to_string(stored).expect("words and numbers can be written as JSON");
    Ok(settings::put(around.store.pool(), settings::TUNNEL, &text).await?)
}
