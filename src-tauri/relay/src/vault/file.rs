//! The file vault's master key: `vault.key` in the data folder, readable by its owner only.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{VaultError, random_bytes, storage};

const FILE_NAME: &str = "vault.key";
/// A key is 64 digits and a line end; anything longer is not a key, and need not be read to its end.
const LONGEST_TEXT: usize = 128;

/// Where one data folder's key file is, or will be.
pub(super) struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    pub(super) fn of(data_dir: &Path) -> Self {
        KeyFile { path: data_dir.join(FILE_NAME) }
    }

    /// Reads the key's text; `None` when there is no file.
    pub(super) async fn load(&self) -> Result<Option<SecretString>, VaultError> {
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || load(path)).await.map_err(storage)?
    }

    /// Puts the key there whole or not at all. A key that is there already, left by a crash or by another process just
    /// now, stays.
    pub(super) async fn create_unless_present(&self, key: &SecretString) -> Result<(), VaultError> {
        let path = self.path.clone();
        let key = key.clone();
        tokio::task::spawn_blocking(move || create_unless_present(&path, &key)).await.map_err(storage)?.map_err(storage)
    }
}

fn load(path: PathBuf) -> Result<Option<SecretString>, VaultError> {
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(storage(error)),
    };
    if is_exposed(&file).map_err(storage)? {
        return Err(VaultError::FileExposed { path });
    }

    // Room for the whole text from the start: a buffer that moved would leave a copy of the key behind.
    let mut text = Zeroizing::new(Vec::with_capacity(2 * LONGEST_TEXT));
    file.take(LONGEST_TEXT as u64).read_to_end(&mut text).map_err(storage)?;
    Ok(Some(SecretString::from(std::str::from_utf8(&text).unwrap_or_default().trim_ascii_end())))
}

fn create_unless_present(path: &Path, key: &SecretString) -> io::Result<()> {
    let temporary = path.with_added_extension(format!("{}.tmp", hex::encode(random_bytes::<8>())));
    let linked = write_whole(&temporary, key).and_then(|()| link_unless_present(&temporary, path));
    let removed = fs::remove_file(&temporary);
    linked?;
    removed?;
    sync_folder_of(path)
}

fn write_whole(path: &Path, key: &SecretString) -> io::Result<()> {
    let mut file = owner_only().write(true).create_new(true).open(path)?;
    file.write_all(key.expose_secret().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// A hard link, because a rename would replace a key that another process has just put there.
fn link_unless_present(temporary: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(temporary, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    }
}

#[cfg(unix)]
fn owner_only() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(unix)]
fn is_exposed(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

/// Makes the new name survive a power cut.
#[cfg(unix)]
fn sync_folder_of(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// On Windows a new file inherits the rights of the user's profile, which other users cannot read.
#[cfg(not(unix))]
fn owner_only() -> OpenOptions {
    OpenOptions::new()
}

#[cfg(not(unix))]
fn is_exposed(_file: &File) -> io::Result<bool> {
    Ok(false)
}

/// Windows has no such call: NTFS journals names itself.
#[cfg(not(unix))]
fn sync_folder_of(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use sqlx::SqlitePool;
    use sqlx::sqlite::SqliteConnectOptions;
    use tempfile::TempDir;

    use super::*;
    use crate::vault::{Vault, VaultKind};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    struct Folder {
        dir: TempDir,
        pool: SqlitePool,
    }

    impl Folder {
        async fn new() -> Self {
            let dir = TempDir::new().unwrap();
            let pool = connect(dir.path()).await;
            sqlx::migrate!("../../migrations").run(&pool).await.unwrap();
            Folder { dir, pool }
        }

        async fn open(&self) -> Result<Vault, VaultError> {
            Vault::open(VaultKind::File, self.dir.path(), &self.pool, NOW).await
        }

        fn key_path(&self) -> PathBuf {
            self.dir.path().join(FILE_NAME)
        }

        fn write_key(&self, text: &str) {
            owner_only().write(true).create(true).truncate(true).open(self.key_path()).unwrap();
            fs::write(self.key_path(), text).unwrap();
        }
    }

    async fn connect(dir: &Path) -> SqlitePool {
        let options = SqliteConnectOptions::new().filename(dir.join("carpool.db")).create_if_missing(true);
        SqlitePool::connect_with(options).await.unwrap()
    }

    #[tokio::test]
    async fn an_opened_vault_unseals_what_it_sealed_before() {
        let folder = Folder::new().await;
        let sealed = folder.open().await.unwrap().seal("credentials/7", &"hush".into());

        let reopened = folder.open().await.unwrap();

        assert_eq!(reopened.kind(), VaultKind::File);
        assert_eq!(reopened.unseal("credentials/7", &sealed).unwrap().expose_secret(), "hush");
        assert_eq!(reopened.unseal("credentials/8", &sealed).unwrap_err().code(), "sealed_value_damaged");
    }

    #[tokio::test]
    async fn items_are_kept_replaced_and_deleted_sealed() {
        let folder = Folder::new().await;
        let vault = folder.open().await.unwrap();

        vault.put("refresh/7", &"first".into()).await.unwrap();
        vault.put("refresh/7", &"canary-second".into()).await.unwrap();

        let reopened = folder.open().await.unwrap();
        assert_eq!(reopened.get("refresh/7").await.unwrap().unwrap().expose_secret(), "canary-second");
        assert!(reopened.get("refresh/8").await.unwrap().is_none());
        for entry in fs::read_dir(folder.dir.path()).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(6).any(|window| window == b"canary"));
        }

        vault.delete("refresh/7").await.unwrap();
        vault.delete("refresh/7").await.unwrap();
        assert!(vault.get("refresh/7").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_missing_key_file_stops_the_start_and_is_not_minted_again() {
        let folder = Folder::new().await;
        folder.open().await.unwrap();
        fs::remove_file(folder.key_path()).unwrap();

        let error = folder.open().await.unwrap_err();

        assert_eq!(error.code(), "vault_key_missing");
        assert!(error.to_string().contains("restore vault.key from a backup"));
        assert!(!folder.key_path().exists());
    }

    #[tokio::test]
    async fn a_wrong_or_mangled_key_stops_the_start_and_is_left_as_it_is() {
        let folder = Folder::new().await;
        folder.open().await.unwrap();

        for text in ["ab".repeat(32), "half".to_owned(), String::new(), "x".repeat(1_000)] {
            folder.write_key(&text);
            assert_eq!(folder.open().await.unwrap_err().code(), "vault_key_wrong");
            assert_eq!(fs::read_to_string(folder.key_path()).unwrap(), text);
        }
    }

    #[tokio::test]
    async fn a_folder_with_accounts_but_no_record_of_a_vault_is_not_given_a_new_key() {
        let folder = Folder::new().await;
        let account = "INSERT INTO accounts (name, provider, kind, created_at) VALUES ('work', 'claude', 'oauth', 0)";
        sqlx::query(account).execute(&folder.pool).await.unwrap();

        let error = folder.open().await.unwrap_err();

        assert_eq!(error.code(), "vault_record_missing");
        assert!(!folder.key_path().exists());
    }

    #[tokio::test]
    async fn another_kind_than_the_folders_own_is_refused_by_name() {
        let folder = Folder::new().await;
        folder.open().await.unwrap();

        let error = Vault::open(VaultKind::Keychain, folder.dir.path(), &folder.pool, NOW).await.unwrap_err();

        assert_eq!(error.code(), "vault_kind_mismatch");
        assert!(error.to_string().contains("this data folder uses the file vault: start with --vault file"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_key_file_is_the_owners_alone_and_refused_once_others_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new().await;
        folder.open().await.unwrap();
        assert_eq!(fs::metadata(folder.key_path()).unwrap().permissions().mode() & 0o777, 0o600);

        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(folder.key_path(), fs::Permissions::from_mode(mode)).unwrap();
            let error = folder.open().await.unwrap_err();
            assert_eq!(error.code(), "vault_file_exposed");
            assert!(error.to_string().contains("chmod 600"));
        }
    }

    #[tokio::test]
    async fn a_key_left_by_a_start_that_crashed_before_its_record_is_adopted() {
        let folder = Folder::new().await;
        let left_behind = "5e".repeat(32);
        folder.write_key(&left_behind);

        folder.open().await.unwrap();

        assert_eq!(fs::read_to_string(folder.key_path()).unwrap(), left_behind);
        folder.open().await.unwrap();
    }

    #[tokio::test]
    async fn processes_that_open_a_new_folder_at_once_agree_on_its_key() {
        let folder = Folder::new().await;
        let mut openings = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (dir, pool) = (folder.dir.path().to_owned(), connect(folder.dir.path()).await);
            openings.spawn(async move { Vault::open(VaultKind::File, &dir, &pool, NOW).await.unwrap() });
        }

        let vaults = openings.join_all().await;

        let sealed = vaults[0].seal("credentials/7", &"hush".into());
        for vault in &vaults {
            assert_eq!(vault.unseal("credentials/7", &sealed).unwrap().expose_secret(), "hush");
        }
        let names: Vec<_> = fs::read_dir(folder.dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names.iter().filter(|name| name.to_string_lossy().contains("vault.key")).count(), 1);
    }
}
