//! Price books that ever priced a call, by version.

use jiff::Timestamp;
use sqlx::SqlitePool;

use super::millis;

/// The version of a price book, by its digest; a new book gets the next number.
///
/// # Errors
/// When SQLite refuses.
pub async fn version_of(pool: &SqlitePool, digest: &[u8], source: &str, now: Timestamp) -> Result<i64, sqlx::Error> {
    sqlx::query("INSERT OR IGNORE INTO price_books (digest, source, added_at) VALUES (?, ?, ?)")
        .bind(digest)
        .bind(source)
        .bind(millis(now))
        .execute(pool)
        .await?;
    sqlx::query_scalar("SELECT version FROM price_books WHERE digest = ?").bind(digest).fetch_one(pool).await
}
