//! What keeps accounts out, as the relay last knew it.

use std::collections::HashMap;

use carpool_core::schedule::health::{Hold, HoldKind};
use sqlx::{FromRow, Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};

use super::{millis, timestamp};

struct Stored {
    account: i64,
    hold: Hold,
}

impl FromRow<'_, SqliteRow> for Stored {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let kind: &str = row.try_get("kind")?;
        let family: String = row.try_get("family")?;
        let hold = Hold {
            kind: HoldKind::find(kind)
                .ok_or_else(|| sqlx::Error::Decode(format!("unknown account state '{kind}'").into()))?,
            family: Some(family).filter(|family| !family.is_empty()),
            reason: row.try_get("reason")?,
            since: timestamp(row.try_get("since")?),
            until: timestamp(row.try_get("until")?),
            step: row.try_get("step")?,
        };
        Ok(Self { account: row.try_get("account_id")?, hold })
    }
}

/// Every hold, by account.
///
/// # Errors
/// When SQLite refuses.
pub async fn list(pool: &SqlitePool) -> Result<HashMap<i64, Vec<Hold>>, sqlx::Error> {
    let rows: Vec<Stored> =
        sqlx::query_as("SELECT account_id, kind, family, reason, since, until, step FROM account_holds")
            .fetch_all(pool)
            .await?;
    let mut by_account: HashMap<i64, Vec<Hold>> = HashMap::new();
    for Stored { account, hold } in rows {
        by_account.entry(account).or_default().push(hold);
    }
    Ok(by_account)
}

/// Writes down all that keeps an account out now, unless a command changed that since `version`: then the command counts.
pub(crate) async fn replace(pool: &SqlitePool, account: i64, version: i64, holds: &[Hold]) -> Result<(), sqlx::Error> {
    // One that takes the lock for writing before it reads.
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    let current: Option<i64> =
        sqlx::query_scalar("SELECT holds_version FROM accounts WHERE id = ? AND removed_at IS NULL")
            .bind(account)
            .fetch_optional(&mut *transaction)
            .await?;
    if current == Some(version) {
        put_all(&mut transaction, account, holds).await?;
    }
    transaction.commit().await
}

/// The same, for every process that shares the data folder to take over.
pub(crate) async fn replace_for_all(pool: &SqlitePool, account: i64, holds: &[Hold]) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    put_all(&mut transaction, account, holds).await?;
    tell(&mut transaction, account).await?;
    transaction.commit().await
}

async fn put_all(connection: &mut SqliteConnection, account: i64, holds: &[Hold]) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM account_holds WHERE account_id = ?").bind(account).execute(&mut *connection).await?;
    for hold in holds {
        sqlx::query(
            "INSERT INTO account_holds (account_id, kind, family, reason, since, until, step)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(account)
        .bind(hold.kind.as_str())
        .bind(hold.family.as_deref().unwrap_or_default())
        .bind(&hold.reason)
        .bind(millis(hold.since))
        .bind(millis(hold.until))
        .bind(hold.step)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Lets a running relay take the holds over as they are now.
async fn tell(connection: &mut SqliteConnection, account: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE accounts SET holds_version = holds_version + 1 WHERE id = ?")
        .bind(account)
        .execute(connection)
        .await?;
    Ok(())
}

/// The owner lets an account serve again, whatever kept it out.
///
/// # Errors
/// When SQLite refuses.
pub async fn clear(pool: &SqlitePool, account: i64) -> Result<(), sqlx::Error> {
    replace_for_all(pool, account, &[]).await
}

/// A test showed that an account works: what kept it out is over, but for an allowance that is used up, which a test that
/// costs nothing does not show.
pub(crate) async fn end_by_test(pool: &SqlitePool, account: i64) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query("DELETE FROM account_holds WHERE account_id = ? AND kind <> ?")
        .bind(account)
        .bind(HoldKind::Limited.as_str())
        .execute(&mut *transaction)
        .await?;
    tell(&mut transaction, account).await?;
    transaction.commit().await
}

/// Ends everything that keeps an account out, within a sign-in anew.
pub(crate) async fn clear_within(connection: &mut SqliteConnection, account: i64) -> Result<(), sqlx::Error> {
    put_all(connection, account, &[]).await?;
    tell(connection, account).await
}
