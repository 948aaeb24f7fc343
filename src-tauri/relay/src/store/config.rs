//! What the database knows of itself: its migrations, and the counter that tells a running relay to look again.

use std::path::Path;

use sqlx::{SqliteConnection, SqlitePool};

/// Grows whenever an account, credential, friend or key changed, in whichever process.
///
/// # Errors
/// When SQLite refuses.
pub async fn version(pool: &SqlitePool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT version FROM config_version WHERE id = 1").fetch_one(pool).await
}

/// The migrations this database has seen; empty for a new one.
pub(super) async fn applied_migrations(pool: &SqlitePool) -> Result<Vec<i64>, sqlx::Error> {
    let is_old: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations')")
            .fetch_one(pool)
            .await?;
    if !is_old {
        return Ok(Vec::new());
    }
    sqlx::query_scalar("SELECT version FROM _sqlx_migrations ORDER BY version").fetch_all(pool).await
}

/// Writes a consistent copy of the database into a new file.
pub(super) async fn copy_into(pool: &SqlitePool, file: &Path) -> Result<(), sqlx::Error> {
    sqlx::query("VACUUM INTO ?").bind(file.to_string_lossy().into_owned()).execute(pool).await?;
    Ok(())
}

/// How large the database is, in bytes.
pub(super) async fn size(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let size = sqlx::query_scalar("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
    size.fetch_one(connection).await
}

/// Rewrites the database as one that can give room back to the system.
pub(super) async fn rewrite(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    for statement in ["PRAGMA auto_vacuum = INCREMENTAL", "VACUUM"] {
        sqlx::query(statement).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Asks SQLite to check the file; `ok` is the only good answer.
///
/// # Errors
/// When SQLite refuses to check.
pub async fn integrity(pool: &SqlitePool) -> Result<String, sqlx::Error> {
    sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(pool).await
}

/// Leaves the write-ahead log to [`move_log`], where a connection's commits move it into the database else: only when it has
/// 64 megabytes do they, because the log can begin anew only while nobody writes.
pub(crate) async fn leave_log(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("PRAGMA wal_autocheckpoint = 16384").execute(connection).await?;
    Ok(())
}

/// Moves what it can of the write-ahead log into the database, and waits for the disk, but for nobody who reads or writes.
pub(crate) async fn move_log(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(pool).await?;
    Ok(())
}

/// Folds the write-ahead log into the database file, so that a copied file is whole.
pub(crate) async fn checkpoint(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(pool).await?;
    Ok(())
}
