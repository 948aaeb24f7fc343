//! The keychain's half of the vault: items of the system's keychain, one of them the master key.
//!
//! Every call may block, even on a question to the user, and on Linux runs its own D-Bus client: each goes to a blocking
//! thread. The keyring crate looks for a keychain once per process, so on Linux, where one may come up late, it is kept
//! from looking until there is one.

use std::sync::Arc;
#[cfg(target_os = "linux")]
use std::sync::OnceLock;

use keyring::Entry;
use secrecy::{ExposeSecret, SecretString};
use zeroize::{Zeroize, Zeroizing};

use super::{Cause, VaultError};

/// What the keychain's own window shows beside each item.
const APPLICATION: &str = "carpool";
/// The item that holds the master key.
const MASTER: &str = "master";

/// Whether the owner can still choose another kind of vault.
#[derive(Clone, Copy)]
pub(super) enum FolderAge {
    New,
    InUse,
}

/// One data folder's items in the keychain.
pub(super) struct Keychain {
    vault_id: Arc<str>,
    folder: FolderAge,
}

impl Keychain {
    pub(super) fn new(vault_id: &str, folder: FolderAge) -> Self {
        Keychain { vault_id: vault_id.into(), folder }
    }

    pub(super) async fn load_master(&self) -> Result<Option<SecretString>, VaultError> {
        self.read(MASTER).await
    }

    pub(super) async fn store_master(&self, key: &SecretString) -> Result<(), VaultError> {
        self.write(MASTER, key).await
    }

    pub(super) async fn forget_master(&self) -> Result<(), VaultError> {
        self.remove(MASTER).await.map(drop)
    }

    pub(super) async fn put(&self, item: &str, secret: &SecretString) -> Result<(), VaultError> {
        refuse_master(item);
        self.write(item, secret).await
    }

    pub(super) async fn get(&self, item: &str) -> Result<Option<SecretString>, VaultError> {
        refuse_master(item);
        let secret = self.read(item).await?;
        if secret.is_none() {
            self.check_that_items_show().await?;
        }
        Ok(secret)
    }

    pub(super) async fn delete(&self, item: &str) -> Result<(), VaultError> {
        refuse_master(item);
        match self.remove(item).await? {
            Removal::Removed => Ok(()),
            Removal::WasAbsent => self.check_that_items_show().await,
        }
    }

    /// A locked Secret Service may simply find nothing. An item is absent only if the master key can be seen meanwhile.
    async fn check_that_items_show(&self) -> Result<(), VaultError> {
        match self.read(MASTER).await? {
            Some(_) => Ok(()),
            None => Err(self.locked(keyring::Error::NoEntry.into())),
        }
    }

    async fn read(&self, item: &str) -> Result<Option<SecretString>, VaultError> {
        // Bytes, not a "password": Windows would store that as UTF-16, which halves what fits into an item.
        let bytes = match self.with_entry(item, Entry::get_secret).await? {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(keyring::Error::NoEntry) => return Ok(None),
            Err(error) => return Err(self.failed(item, error)),
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| self.damaged(item))?;
        Ok(Some(SecretString::from(text)))
    }

    async fn write(&self, item: &str, secret: &SecretString) -> Result<(), VaultError> {
        let secret = secret.clone();
        self.with_entry(item, move |entry| entry.set_secret(secret.expose_secret().as_bytes()))
            .await?
            .map_err(|error| self.failed(item, error))
    }

    async fn remove(&self, item: &str) -> Result<Removal, VaultError> {
        match self.with_entry(item, Entry::delete_credential).await? {
            Ok(()) => Ok(Removal::Removed),
            Err(keyring::Error::NoEntry) => Ok(Removal::WasAbsent),
            Err(error) => Err(self.failed(item, error)),
        }
    }

    async fn with_entry<T: Send + 'static>(
        &self,
        item: &str,
        work: impl FnOnce(&Entry) -> keyring::Result<T> + Send + 'static,
    ) -> Result<keyring::Result<T>, VaultError> {
        let name = self.name(item);
        let working = tokio::task::spawn_blocking(move || {
            look_for_one()?;
            Ok(Entry::new(APPLICATION, &name).and_then(|entry| work(&entry)))
        });
        match working.await {
            Ok(worked) => worked.map_err(|error: keyring::Error| self.unavailable(error.into())),
            Err(error) => Err(self.unavailable(error.into())),
        }
    }

    fn name(&self, item: &str) -> String {
        format!("{}/{item}", self.vault_id)
    }

    fn failed(&self, item: &str, error: keyring::Error) -> VaultError {
        match error {
            // These carry the item's bytes, and their `Debug` prints them: neither may reach a log.
            keyring::Error::BadEncoding(mut bytes) | keyring::Error::BadDataFormat(mut bytes, _) => {
                bytes.zeroize();
                self.damaged(item)
            }
            keyring::Error::NoStorageAccess(_) => self.locked(error.into()),
            keyring::Error::NoDefaultStore => self.unavailable(why_there_is_no_keychain()),
            _ => self.unavailable(error.into()),
        }
    }

    fn damaged(&self, item: &str) -> VaultError {
        VaultError::SealedValueDamaged { place: self.name(item) }
    }

    fn locked(&self, source: Cause) -> VaultError {
        let advice = match self.folder {
            FolderAge::New => "unlock it and start again, or keep the key in the data folder with --vault file",
            FolderAge::InUse => "unlock it and start again",
        };
        VaultError::KeychainLocked { advice, source }
    }

    fn unavailable(&self, source: Cause) -> VaultError {
        let advice = match self.folder {
            FolderAge::New => {
                "start it (on Linux: a Secret Service such as gnome-keyring, on the session's D-Bus) and start again, or \
                 keep the key in the data folder with --vault file"
            }
            FolderAge::InUse => {
                "it holds this data folder's keys; start it (on Linux: a Secret Service such as gnome-keyring, on the \
                 session's D-Bus) and start again"
            }
        };
        VaultError::KeychainUnavailable { advice, source }
    }
}

enum Removal {
    Removed,
    WasAbsent,
}

fn refuse_master(item: &str) {
    assert_ne!(item, MASTER, "the name of the master key is not free for an item");
}

/// The keyring crate says only once, and elsewhere, why it found no keychain.
fn why_there_is_no_keychain() -> Cause {
    match Entry::store_status() {
        Err(error) => Box::new(error),
        Ok(()) => keyring::Error::NoDefaultStore.into(),
    }
}

/// Says that there is no keychain yet, before the keyring crate finds out and remembers it for good.
#[cfg(target_os = "linux")]
fn look_for_one() -> keyring::Result<()> {
    static HAS_ONE: OnceLock<()> = OnceLock::new();
    if HAS_ONE.get().is_none() {
        drop(zbus_secret_service_keyring_store::Store::new()?);
        HAS_ONE.get_or_init(|| ());
    }
    Ok(())
}

/// Elsewhere the keychain is a part of the system.
#[cfg(not(target_os = "linux"))]
fn look_for_one() -> keyring::Result<()> {
    Ok(())
}
