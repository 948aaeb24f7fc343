//! Groups: accounts under a common name, which a key can be bound to.

use std::collections::BTreeMap;

use sqlx::SqlitePool;

/// Every group with its accounts, by name.
///
/// # Errors
/// When SQLite refuses.
pub async fn list(pool: &SqlitePool) -> Result<BTreeMap<String, Vec<i64>>, sqlx::Error> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT groups.name, account_id FROM account_groups AS groups
         JOIN accounts ON accounts.id = account_id AND removed_at IS NULL ORDER BY groups.name, priority, accounts.name",
    )
    .fetch_all(pool)
    .await?;
    let mut groups: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (name, account) in rows {
        groups.entry(name).or_default().push(account);
    }
    Ok(groups)
}

/// Sets the groups an account is in.
///
/// # Errors
/// When SQLite refuses; then they are as they were.
pub async fn set(pool: &SqlitePool, account: i64, groups: &[String]) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query("DELETE FROM account_groups WHERE account_id = ?").bind(account).execute(&mut *transaction).await?;
    for name in groups {
        sqlx::query("INSERT OR IGNORE INTO account_groups (name, account_id) VALUES (?, ?)")
            .bind(name)
            .bind(account)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}
