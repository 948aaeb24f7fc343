//! A stable address for friends whose tunnel has a changing one: whenever the public address changes, it is told to a place
//! that the owner chose, e.g. a script that moves a DNS record or a chat that friends read.

use std::{future, sync::Arc, time::Duration};

use carpool_core::reach::{self, Outcome, Then, TunnelSeen, TunnelState};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::sleep;
use url::Url;

use super::names::Address;
use crate::{
    House,
    accounts::Surroundings,
    clock::Stopwatch,
    network::Route,
    store::{SqlError, Store, settings},
    upstream,
    vault::VaultError,
};

/// What the sealed address of the place is bound to: it may hold a secret, as those of chats do.
const PLACE_SEAL: &str = "settings/publish";
/// What stands before it in the settings.
const SEALED: &str = "url:";
/// How long the place may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// A pause after the database refused.
const PAUSE: Duration = Duration::from_secs(10);

/// How telling it went the last time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The address that was told.
    pub url: String,
    /// How it went.
    pub state: Telling,
    /// What the place answered, or why it did not.
    pub detail: String,
    /// When it was tried last.
    pub at: Timestamp,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried again.
    pub again_at: Option<Timestamp>,
}

/// How telling the address goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Telling {
    /// It is told.
    Told,
    /// It failed and is tried again.
    Trying,
    /// It failed, and trying again would not help.
    GaveUp,
}

impl Telling {
    /// Its name for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Trying => "trying",
            Self::GaveUp => "gave_up",
        }
    }
}

/// Why the place cannot be read or set.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// It is no address that can be posted to.
    #[error("the place to publish to cannot be used: expected https://host/path (or http://)")]
    Place,
    /// Its address cannot be unsealed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// What is stored cannot be read.
    #[error("the stored setting '{0}' cannot be read: set it again")]
    Unreadable(&'static str),
    /// SQLite refused.
    #[error("the database refused")]
    Store(#[from] SqlError),
}

impl PublishError {
    /// The error's name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Place => "bad_publish_url",
            Self::Vault(error) => error.code(),
            Self::Unreadable(_) => "bad_setting",
            Self::Store(_) => "database",
        }
    }
}

/// The place that the public address is told to, if the owner chose one.
///
/// # Errors
/// [`PublishError`] when it cannot be read.
pub async fn place(around: &Surroundings) -> Result<Option<SecretString>, PublishError> {
    match settings::get(around.store.pool(), settings::PUBLISH).await?.as_deref() {
        None | Some("none") => Ok(None),
        Some(stored) => {
            let sealed = stored.strip_prefix(SEALED).and_then(|sealed| hex::decode(sealed).ok());
            let sealed = sealed.ok_or(PublishError::Unreadable(settings::PUBLISH))?;
            Ok(Some(around.vault.unseal(PLACE_SEAL, &sealed)?))
        }
    }
}

/// Changes the place; a running relay tells it the address within a second.
///
/// # Errors
/// [`PublishError`] when it cannot be posted to, or SQLite refuses; then nothing changes.
pub async fn set_place(around: &Surroundings, place: Option<&SecretString>) -> Result<(), PublishError> {
    let stored = match place {
        None => "none".to_owned(),
        Some(place) => {
            let url = Url::parse(place.expose_secret()).map_err(|_| PublishError::Place)?;
            if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
                return Err(PublishError::Place);
            }
            format!("{SEALED}{}", hex::encode(around.vault.seal(PLACE_SEAL, place)))
        }
    };
    settings::put(around.store.pool(), settings::PUBLISH, &stored).await?;
    tell_again(around).await
}

/// Lets a running relay tell the address again, whatever became of it before.
///
/// # Errors
/// When SQLite refuses.
pub async fn tell_again(around: &Surroundings) -> Result<(), PublishError> {
    Ok(settings::put(around.store.pool(), settings::PUBLISHED, "").await?)
}

/// How telling the address went the last time; `None` while it was not tried yet.
///
/// # Errors
/// When SQLite refuses, or the database holds what is no such record.
pub async fn last(store: &Store) -> Result<Option<Published>, SqlError> {
    settings::record(store.pool(), settings::PUBLISHED).await
}

/// A place as it may be shown: what is secret in such an address comes after the host.
#[must_use]
pub fn shown(place: &SecretString) -> String {
    let Ok(url) = Url::parse(place.expose_secret()) else { return "unreadable".to_owned() };
    let more = if url.path() == "/" && url.query().is_none() { "" } else { "/…" };
    format!("{}{more}", url.origin().ascii_serialization())
}

/// An address that is being told.
struct Trial {
    url: String,
    tries: u32,
    since_first: Stopwatch,
    since_last: Stopwatch,
    pause: Duration,
}

impl House {
    /// Tells the address whenever it changes, until the house is closed.
    pub(crate) async fn publish_address(self: Arc<Self>) {
        let mut tunnel = self.reaching.tunnel.subscribe();
        let mut trial = None;
        if let Err(error) = self.recall_names().await {
            tracing::warn!(%error, "the addresses that friends may still use could not be read");
        }
        loop {
            let seen = tunnel.borrow_and_update().clone();
            let told = self.closing.run_until_cancelled(self.tell_if_due(&seen, &mut trial)).await;
            let wait = match told {
                None => return,
                Some(Ok(wait)) => wait,
                Some(Err(error)) => {
                    tracing::warn!(%error, "the public address could not be published");
                    Some(PAUSE)
                }
            };
            let pause = async {
                match wait {
                    None => future::pending().await,
                    Some(wait) => sleep(wait).await,
                }
            };
            tokio::select! {
                () = self.closing.cancelled() => return,
                () = pause => {}
                _ = tunnel.changed() => {}
                () = self.reaching.settings.notified() => {}
            }
        }
    }

    /// Tells the address if there is a place that does not know it, and returns after what pause to look again, if at all.
    async fn tell_if_due(
        &self,
        seen: &TunnelSeen,
        trial: &mut Option<Trial>,
    ) -> Result<Option<Duration>, PublishError> {
        let TunnelSeen { state: TunnelState::Up, url: Some(url) } = seen else { return Ok(None) };
        let address = self.note_address(url).await?;
        let Some(place) = place(self.around()).await? else { return Ok(None) };
        match last(&self.around().store).await?.filter(|last| last.url == *url) {
            Some(Published { state: Telling::Told | Telling::GaveUp, .. }) => return Ok(None),
            Some(Published { state: Telling::Trying, .. }) => {}
            // The owner wants it told, whatever was tried.
            None => *trial = None,
        }
        let mut going_on = trial.take().filter(|trial| trial.url == *url).unwrap_or_else(|| Trial::begin(url));
        let left = going_on.pause.saturating_sub(going_on.since_last.elapsed());
        if left.is_zero() {
            self.try_to_tell(&address, &place, &mut going_on).await?;
        }
        let wait = going_on.pause.saturating_sub(going_on.since_last.elapsed());
        *trial = Some(going_on);
        Ok(Some(wait))
    }

    async fn try_to_tell(
        &self,
        address: &Address,
        place: &SecretString,
        trial: &mut Trial,
    ) -> Result<(), PublishError> {
        let (outcome, detail) = self.post(address, place).await;
        trial.tries += 1;
        trial.since_last = Stopwatch::start();
        let (state, pause) = match reach::then(outcome, trial.tries, trial.since_first.elapsed()) {
            Then::Done => (Telling::Told, None),
            Then::Again(pause) => (Telling::Trying, Some(pause)),
            Then::GiveUp => (Telling::GaveUp, None),
        };
        match state {
            Telling::Told => tracing::info!(tries = trial.tries, "the public address was published"),
            Telling::Trying | Telling::GaveUp => {
                tracing::warn!(tries = trial.tries, detail, "the public address was not published");
            }
        }
        trial.pause = pause.unwrap_or(PAUSE);
        let at = self.clock.now();
        let again_at = pause.and_then(|pause| at.checked_add(pause).ok());
        let published = Published { url: address.url.clone(), state, detail, at, tries: trial.tries, again_at };
        Ok(settings::put_record(self.around().store.pool(), settings::PUBLISHED, &published).await?)
    }

    async fn post(&self, address: &Address, place: &SecretString) -> (Outcome, String) {
        let Address { url, at, earlier } = address;
        let told = json!({ "event": "address", "url": url, "at": at, "previous": earlier.first() });
        let client = match self.upstream.client(&Route::default(), place.expose_secret()) {
            Ok(client) => client,
            Err(error) => return (Outcome::Unusable, error.to_string()),
        };
        let posting = client
            .post(place.expose_secret())
            .timeout(PATIENCE)
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(told.to_string());
        match posting.send().await {
            Ok(answer) => (Outcome::Status(answer.status().as_u16()), format!("HTTP {}", answer.status().as_u16())),
            Err(error) => (Outcome::Unreached, upstream::cause(error)),
        }
    }
}

impl Trial {
    fn begin(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            tries: 0,
            since_first: Stopwatch::start(),
            since_last: Stopwatch::start(),
            pause: Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_in_the_address_of_a_place_is_not_shown() {
        for (place, expected) in [
            ("https://hooks.example/services/T0/B0/secret", "https://hooks.example/…"),
            ("https://me:secret@dns.example/?token=secret", "https://dns.example/…"),
            ("http://192.168.1.5:8080/", "http://192.168.1.5:8080"),
            ("secret", "unreadable"),
        ] {
            assert_eq!(shown(&place.into()), expected);
        }
    }
}
