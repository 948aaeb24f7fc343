//! The vault: the master key that seals the secrets in SQLite, and the secrets that are not in SQLite at all.
//!
//! A data folder has one vault for life, recorded in its `vault` table. A master key that is missing or wrong stops the
//! start: it is never minted again, because a new one could not open what the old one sealed; and no kind of vault
//! stands in for another.

mod file;
mod keychain;
mod master_key;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use sqlx::{SqliteConnection, SqlitePool};

use crate::store::vault::{self as table, VaultRecord};

use file::KeyFile;
use keychain::{FolderAge, Keychain};
use master_key::{MasterKey, random_bytes};

/// Names the place of `vault.key_check`, as `seal` wants it.
const KEY_CHECK_ROW: &str = "vault/key_check";
/// What every `vault.key_check` holds under its seal: only the right master key can read it back.
const KEY_CHECK_TEXT: &str = "carpool vault";
/// 64 bits: two data folders of one person never share a name in the keychain.
const VAULT_ID_BYTES: usize = 8;

/// Where a data folder's master key lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VaultKind {
    /// In the system's keychain, as are the items.
    Keychain,
    /// In `vault.key`, mode 0600, inside the data folder; items are sealed rows. For machines without a keychain.
    File,
}

impl fmt::Display for VaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            VaultKind::Keychain => "keychain",
            VaultKind::File => "file",
        })
    }
}

/// A word that is neither `keychain` nor `file`.
#[derive(Debug, thiserror::Error)]
#[error("a vault is \"keychain\" or \"file\"")]
pub struct UnknownVaultKind;

impl FromStr for VaultKind {
    type Err = UnknownVaultKind;

    fn from_str(text: &str) -> Result<Self, UnknownVaultKind> {
        match text {
            "keychain" => Ok(VaultKind::Keychain),
            "file" => Ok(VaultKind::File),
            _ => Err(UnknownVaultKind),
        }
    }
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why the vault cannot be opened or used; the text says what the owner can do about it.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The folder has a vault, but its master key is not there.
    #[error("this data folder's master key is missing: {}", recovery(*.0))]
    KeyMissing(VaultKind),
    /// There is a master key, but not the one this folder was sealed with.
    #[error("the master key found is not the one this data folder was sealed with: {}", recovery(*.0))]
    KeyWrong(VaultKind),
    /// There are sealed secrets, but no row in `vault`: minting a key now would lose them.
    #[error("this data folder holds accounts but no record of its vault: restore the data folder from a backup")]
    RecordMissing,
    /// The folder's vault is of this kind, not of the one asked for.
    #[error("this data folder uses the {0} vault: start with --vault {0} (or CARPOOL_VAULT={0})")]
    KindMismatch(VaultKind),
    /// The keychain is there but refuses to be read.
    #[error("the keychain is locked: {advice}")]
    KeychainLocked {
        /// What to do; depends on whether the folder is new.
        advice: &'static str,
        /// What the keychain said.
        #[source]
        source: Cause,
    },
    /// There is no keychain, or it does not work.
    #[error("the keychain is unavailable: {advice}")]
    KeychainUnavailable {
        /// What to do; depends on whether the folder is new.
        advice: &'static str,
        /// What the keychain said.
        #[source]
        source: Cause,
    },
    /// Others than its owner may open `vault.key`.
    #[error("others on this machine can read the master key: run `chmod 600 '{}'`", .path.display())]
    FileExposed {
        /// The key file.
        path: PathBuf,
    },
    /// A sealed value was changed, cut short or moved from another place.
    #[error("the sealed value {place} is damaged: enter this secret again, or restore the data folder from a backup")]
    SealedValueDamaged {
        /// Which value, such as `credentials/7`.
        place: String,
    },
    /// The database or the file system failed.
    #[error("the vault cannot be read or written: check that the data folder is writable and its disk is not full")]
    Storage(#[source] Cause),
}

impl VaultError {
    /// A stable name for scripts, logs and the app.
    pub fn code(&self) -> &'static str {
        match self {
            VaultError::KeyMissing(_) => "vault_key_missing",
            VaultError::KeyWrong(_) => "vault_key_wrong",
            VaultError::RecordMissing => "vault_record_missing",
            VaultError::KindMismatch(_) => "vault_kind_mismatch",
            VaultError::KeychainLocked { .. } => "keychain_locked",
            VaultError::KeychainUnavailable { .. } => "keychain_unavailable",
            VaultError::FileExposed { .. } => "vault_file_exposed",
            VaultError::SealedValueDamaged { .. } => "sealed_value_damaged",
            VaultError::Storage(_) => "storage",
        }
    }
}

/// Wraps a failure of the database, of the file system, or of the thread that asked them.
fn storage(cause: impl Into<Cause>) -> VaultError {
    VaultError::Storage(cause.into())
}

fn recovery(kind: VaultKind) -> &'static str {
    match kind {
        VaultKind::Keychain => {
            "unlock the keychain of the user who set Carpool up, restore it from a backup, or check CARPOOL_VAULT and the \
             data folder"
        }
        VaultKind::File => "restore vault.key from a backup, or check CARPOOL_VAULT and the data folder",
    }
}

/// An opened vault; clones share it.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    key: MasterKey,
    items: Items,
}

/// Where `put` puts.
enum Items {
    Keychain(Keychain),
    SealedRows(SqlitePool),
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

impl Vault {
    /// Opens this data folder's vault. Mints the master key only when the folder is new: no record of a vault, and
    /// nothing that one could have sealed.
    ///
    /// # Errors
    /// Every [`VaultError`]; all of them stop the start.
    pub async fn open(
        kind: VaultKind,
        data_dir: &Path,
        pool: &SqlitePool,
        now: jiff::Timestamp,
    ) -> Result<Vault, VaultError> {
        let record = match table::find(pool).await.map_err(storage)? {
            Some(record) => record,
            None => mint(kind, data_dir, pool, now).await?,
        };
        if record.kind != kind {
            return Err(VaultError::KindMismatch(record.kind));
        }

        let (text, items) = match kind {
            VaultKind::Keychain => {
                let keychain = Keychain::new(&record.vault_id, FolderAge::InUse);
                (keychain.load_master().await?, Items::Keychain(keychain))
            }
            VaultKind::File => (KeyFile::of(data_dir).load().await?, Items::SealedRows(pool.clone())),
        };
        let key = MasterKey::from_text(kind, text)?;
        match key.unseal(KEY_CHECK_ROW, &record.key_check) {
            Some(text) if *text == KEY_CHECK_TEXT.as_bytes() => Ok(Vault(Arc::new(Inner { key, items }))),
            _ => Err(VaultError::KeyWrong(kind)),
        }
    }

    /// Where this folder's master key lives.
    pub fn kind(&self) -> VaultKind {
        match self.0.items {
            Items::Keychain(_) => VaultKind::Keychain,
            Items::SealedRows(_) => VaultKind::File,
        }
    }

    /// Seals a secret for one place in the database, such as `credentials/7`: moved elsewhere, it does not unseal.
    pub fn seal(&self, row: &str, secret: &SecretString) -> Vec<u8> {
        self.0.key.seal(row, secret.expose_secret().as_bytes())
    }

    /// Opens what [`Vault::seal`] sealed for the same place.
    ///
    /// # Errors
    /// [`VaultError::SealedValueDamaged`] when it was changed, or sealed for another place or under another key.
    pub fn unseal(&self, row: &str, sealed: &[u8]) -> Result<SecretString, VaultError> {
        let damaged = || VaultError::SealedValueDamaged { place: row.to_owned() };
        let plain = self.0.key.unseal(row, sealed).ok_or_else(damaged)?;
        let text = std::str::from_utf8(&plain).map_err(|_| damaged())?;
        Ok(SecretString::from(text))
    }

    /// Keeps a secret under a name, such as `refresh/7`, in place of what was there. The name `master` is taken.
    ///
    /// # Errors
    /// When the keychain or the database fails; the old secret may or may not still be there.
    pub async fn put(&self, item: &str, secret: &SecretString) -> Result<(), VaultError> {
        match &self.0.items {
            Items::Keychain(keychain) => keychain.put(item, secret).await,
            Items::SealedRows(pool) => {
                table::put_item(pool, item, &self.seal(&item_row(item), secret)).await.map_err(storage)
            }
        }
    }

    /// Does what [`Vault::put`] does, as a part of a transaction: where the items are rows, another connection could not
    /// write one before the transaction ends.
    ///
    /// # Errors
    /// When the keychain or the database fails.
    pub async fn put_within(
        &self,
        transaction: &mut SqliteConnection,
        item: &str,
        secret: &SecretString,
    ) -> Result<(), VaultError> {
        match &self.0.items {
            Items::Keychain(keychain) => keychain.put(item, secret).await,
            Items::SealedRows(_) => {
                table::put_item(transaction, item, &self.seal(&item_row(item), secret)).await.map_err(storage)
            }
        }
    }

    /// Reads the secret kept under a name. `None` means that there surely is none: a keychain that cannot be read is an
    /// error.
    ///
    /// # Errors
    /// When the keychain or the database fails, or a sealed row is damaged.
    pub async fn get(&self, item: &str) -> Result<Option<SecretString>, VaultError> {
        match &self.0.items {
            Items::Keychain(keychain) => keychain.get(item).await,
            Items::SealedRows(pool) => {
                let sealed = table::item(pool, item).await.map_err(storage)?;
                sealed.map(|sealed| self.unseal(&item_row(item), &sealed)).transpose()
            }
        }
    }

    /// Forgets the secret kept under a name; that there is none is fine.
    ///
    /// # Errors
    /// When the keychain or the database fails.
    pub async fn delete(&self, item: &str) -> Result<(), VaultError> {
        match &self.0.items {
            Items::Keychain(keychain) => keychain.delete(item).await,
            Items::SealedRows(pool) => table::delete_item(pool, item).await.map_err(storage),
        }
    }
}

fn item_row(item: &str) -> String {
    format!("vault_items/{item}")
}

/// Gives a new data folder its vault, and returns the folder's record: ours, or that of a process which was faster.
///
/// The key is stored and read back before the record says that it exists. A crash in between leaves a key file, which
/// the next start adopts, or a keychain item under a name that nothing will ever ask for.
async fn mint(
    kind: VaultKind,
    data_dir: &Path,
    pool: &SqlitePool,
    now: jiff::Timestamp,
) -> Result<VaultRecord, VaultError> {
    if table::has_lost_its_record(pool).await.map_err(storage)? {
        return Err(VaultError::RecordMissing);
    }

    let vault_id = hex::encode(random_bytes::<VAULT_ID_BYTES>());
    let new_key = MasterKey::random().to_text();
    let text = match kind {
        VaultKind::Keychain => {
            let keychain = Keychain::new(&vault_id, FolderAge::New);
            keychain.store_master(&new_key).await?;
            keychain.load_master().await?
        }
        VaultKind::File => {
            let key_file = KeyFile::of(data_dir);
            key_file.create_unless_present(&new_key).await?;
            key_file.load().await?
        }
    };
    let key_check = MasterKey::from_text(kind, text)?.seal(KEY_CHECK_ROW, KEY_CHECK_TEXT.as_bytes());

    let ours = VaultRecord { vault_id, kind, key_check };
    let stored = table::insert_unless_present(pool, &ours, now).await.map_err(storage)?;
    if kind == VaultKind::Keychain && stored.vault_id != ours.vault_id {
        // Tidiness only: an item that stays behind opens nothing, so a failure is not worth stopping for.
        let _ = Keychain::new(&ours.vault_id, FolderAge::New).forget_master().await;
    }
    Ok(stored)
}
