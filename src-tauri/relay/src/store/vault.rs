//! The tables `vault` and `vault_items`: which vault guards this data folder, and a file vault's sealed items.

use jiff::Timestamp;
use sqlx::{SqliteExecutor, SqlitePool};

use crate::vault::VaultKind;

/// The one row of `vault`.
pub(crate) struct VaultRecord {
    /// Names this folder's items in the keychain.
    pub(crate) vault_id: String,
    pub(crate) kind: VaultKind,
    /// A known text, sealed under the master key.
    pub(crate) key_check: Vec<u8>,
}

/// Reads the folder's record; `None` in a new folder.
pub(crate) async fn find(pool: &SqlitePool) -> sqlx::Result<Option<VaultRecord>> {
    let row: Option<(String, String, Vec<u8>)> =
        sqlx::query_as("SELECT vault_id, kind, key_check FROM vault WHERE id = 1").fetch_optional(pool).await?;
    let Some((vault_id, kind, key_check)) = row else { return Ok(None) };
    let kind = kind.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(Some(VaultRecord { vault_id, kind, key_check }))
}

/// Writes the record of a new folder, unless another process has done so, and returns the one that stands.
pub(crate) async fn insert_unless_present(
    pool: &SqlitePool,
    record: &VaultRecord,
    now: Timestamp,
) -> sqlx::Result<VaultRecord> {
    sqlx::query(
        "INSERT INTO vault (id, vault_id, kind, key_check, created_at) VALUES (1, ?, ?, ?, ?)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(&record.vault_id)
    .bind(record.kind.to_string())
    .bind(&record.key_check)
    .bind(now.as_millisecond())
    .execute(pool)
    .await?;
    find(pool).await?.ok_or(sqlx::Error::RowNotFound)
}

/// Whether the folder holds what only a vault can have sealed, yet no record of a vault.
pub(crate) async fn has_lost_its_record(pool: &SqlitePool) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "SELECT NOT EXISTS (SELECT 1 FROM vault)
            AND (EXISTS (SELECT 1 FROM accounts)
                 OR EXISTS (SELECT 1 FROM credentials)
                 OR EXISTS (SELECT 1 FROM vault_items))",
    )
    .fetch_one(pool)
    .await
}

/// Keeps a sealed item under a name, in place of what was there.
pub(crate) async fn put_item(database: impl SqliteExecutor<'_>, name: &str, sealed: &[u8]) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO vault_items (name, sealed) VALUES (?, ?)
         ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed",
    )
    .bind(name)
    .bind(sealed)
    .execute(database)
    .await?;
    Ok(())
}

/// Reads a sealed item.
pub(crate) async fn item(pool: &SqlitePool, name: &str) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar("SELECT sealed FROM vault_items WHERE name = ?").bind(name).fetch_optional(pool).await
}

/// Deletes a sealed item, if it is there.
pub(crate) async fn delete_item(pool: &SqlitePool, name: &str) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM vault_items WHERE name = ?").bind(name).execute(pool).await?;
    Ok(())
}
