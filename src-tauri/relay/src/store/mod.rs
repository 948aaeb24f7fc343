//! The data folder's database: SQLite in WAL mode, one file of SQL per table, migrations that only go forward.

pub mod accounts;
pub mod burn;
pub mod calls;
pub mod client_keys;
pub mod config;
pub mod devices;
pub mod entries;
pub mod episodes;
pub mod figures;
pub mod friends;
pub mod groups;
pub mod holds;
pub mod imports;
pub mod invites;
mod limits;
pub mod network;
pub mod plan;
pub mod prices;
pub mod recounts;
#[cfg(test)]
pub(crate) mod rehearsal;
pub(crate) mod rollups;
pub(crate) mod savings;
pub mod settings;
pub mod spent;
pub mod statements;
pub mod takers;
pub mod usage;
pub mod vault;
pub mod webhooks;
pub mod windows;

/// What SQLite refuses with, for callers that do not know the library.
pub use sqlx::Error as SqlError;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use sqlx::{
    ConnectOptions, Connection, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

/// The database's file in the data folder.
pub const DATABASE_FILE: &str = "carpool.db";
/// How long a statement waits for another process's write. Commands write rarely and briefly.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Pages that each connection keeps for itself: half a megabyte. The system keeps the rest of the file at hand, once for all.
const CACHE: &str = "-512";
/// Rows that are read ahead of whoever takes them: an export is a tenth faster than with 50, which is the library's number.
const ROWS_AHEAD: usize = 256;
/// Readers beside the ledger's own connections: the screens and commands of one owner.
const READERS: u32 = 4;

/// A database up to so many bytes is rewritten at a start: a second of work.
const REWRITTEN_AT_MOST: i64 = 64 << 20;

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// The open database.
#[derive(Clone, Debug)]
pub struct Store {
    pool: SqlitePool,
    options: SqliteConnectOptions,
}

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data folder cannot be made or entered.
    #[error("the data folder {0} cannot be used: check that you may write there, or pass another one with --data-dir")]
    Folder(PathBuf, #[source] std::io::Error),
    /// A newer Carpool wrote this database.
    #[error(
        "the database in {0} was written by a newer Carpool: install that version, or pass another --data-dir; nothing was changed"
    )]
    TooNew(PathBuf),
    /// The copy that is made before a migration failed.
    #[error("the database could not be backed up before its migration; nothing was changed")]
    Backup(#[source] sqlx::Error),
    /// A migration failed.
    #[error("the database could not be migrated; the copy made before it is in {0}")]
    Migration(PathBuf, #[source] MigrateError),
    /// SQLite refused.
    #[error("the database refused")]
    Sqlite(#[from] sqlx::Error),
}

impl StoreError {
    /// Says whether there was no room on the disk.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        match self {
            Self::Folder(_, error) => error.kind() == std::io::ErrorKind::StorageFull,
            Self::Migration(_, MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _))
            | Self::Backup(error)
            | Self::Sqlite(error) => is_disk_full(error),
            Self::TooNew(_) | Self::Migration(..) => false,
        }
    }

    /// The error's name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Folder(..) => "data_folder",
            Self::TooNew(_) => "database_too_new",
            Self::Backup(_) | Self::Migration(..) => "migration_failed",
            Self::Sqlite(_) => "database",
        }
    }
}

impl Store {
    /// Opens the data folder's database, makes it when it is not there, and brings it up to date; a database that is to
    /// be migrated is copied first.
    ///
    /// # Errors
    /// [`StoreError`]; the database is then as it was.
    pub async fn open(data_dir: &Path) -> Result<Self, StoreError> {
        make_private_folder(data_dir)
            .and_then(|()| make_private_file(&data_dir.join(DATABASE_FILE)))
            .map_err(|error| StoreError::Folder(data_dir.to_owned(), error))?;
        let options = SqliteConnectOptions::new()
            .filename(data_dir.join(DATABASE_FILE))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A commit survives the end of the process; only a power cut may take the last ones back.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .pragma("cache_size", CACHE)
            .row_buffer_size(ROWS_AHEAD)
            .disable_statement_logging();
        if std::fs::metadata(data_dir.join(DATABASE_FILE)).is_ok_and(|file| file.len() == 0) {
            // Pages that nothing is on any more can be given back to the system, a few at a time. A file is made so or not.
            options.clone().auto_vacuum(SqliteAutoVacuum::Incremental).connect().await?.close().await?;
        }
        let pool = SqlitePoolOptions::new()
            .max_connections(READERS)
            .idle_timeout(Some(Duration::from_secs(60)))
            .connect_with(options.clone())
            .await?;
        let store = Self { pool, options };
        store.migrate(data_dir).await?;
        Ok(store)
    }

    /// The pool, for this crate's other files of SQL and for tests.
    #[must_use]
    pub fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// A connection of its own, for the ledger's writer.
    pub(crate) async fn connect(&self) -> Result<SqliteConnection, sqlx::Error> {
        self.options.connect().await
    }

    /// Rewrites a database that an earlier Carpool made, so that it can give room back to the system from then on; not a
    /// large one, which would take too long. To be called while nobody else uses it.
    pub(crate) async fn make_shrinkable(&self) -> Result<(), sqlx::Error> {
        let mut connection = self.connect().await?;
        if rollups::can_give_back(&mut connection).await? || config::size(&mut connection).await? > REWRITTEN_AT_MOST {
            return Ok(());
        }
        config::rewrite(&mut connection).await?;
        connection.close().await
    }

    /// Waits until nobody uses the database any more and closes it.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    async fn migrate(&self, data_dir: &Path) -> Result<(), StoreError> {
        let applied = config::applied_migrations(&self.pool).await?;
        let known = MIGRATIONS.iter().map(|migration| migration.version).collect::<Vec<_>>();
        if applied.iter().any(|version| !known.contains(version)) {
            return Err(StoreError::TooNew(data_dir.to_owned()));
        }
        if applied.len() == known.len() {
            return Ok(());
        }
        let copy = data_dir.join(format!("carpool-before-{}.db", known.last().copied().unwrap_or_default()));
        if !applied.is_empty() && !copy.exists() {
            config::copy_into(&self.pool, &copy).await.map_err(StoreError::Backup)?;
        }
        MIGRATIONS.run(&self.pool).await.map_err(|error| StoreError::Migration(copy, error))
    }
}

/// Makes a folder that only its owner may enter; a folder that is there stays as it is.
fn make_private_folder(path: &Path) -> std::io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes an empty file that only its owner may read, unless it is there; SQLite gives the files beside it the same mode.
fn make_private_file(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// A time as the database keeps it: Unix milliseconds.
pub(crate) fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// A time as the database kept it. What is out of range was not written by us and counts as the epoch.
pub(crate) fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Says whether SQLite found no room on the disk (result code `SQLITE_FULL`).
#[must_use]
pub fn is_disk_full(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("13"))
}

/// Says whether an error is a broken `UNIQUE` rule: the name is taken.
#[must_use]
pub fn is_taken(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}
