//! How accounts' providers are reached: columns of their own, read and changed apart from the rest of an account.

use carpool_core::network::IpPreference;
use sqlx::SqlitePool;

/// Which IP addresses an account's provider may be reached by.
///
/// # Errors
/// When SQLite refuses, or what is stored is no preference.
pub async fn ip_preference(pool: &SqlitePool, account: i64) -> Result<IpPreference, sqlx::Error> {
    let word: Option<String> = sqlx::query_scalar("SELECT ip_preference FROM accounts WHERE id = ?")
        .bind(account)
        .fetch_optional(pool)
        .await?;
    let Some(word) = word else { return Ok(IpPreference::Any) };
    word.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// Changes which IP addresses an account's provider may be reached by.
///
/// # Errors
/// When SQLite refuses.
pub async fn set_ip_preference(pool: &SqlitePool, account: i64, prefers: IpPreference) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE accounts SET ip_preference = ? WHERE id = ?")
        .bind(prefers.as_str())
        .bind(account)
        .execute(pool)
        .await?;
    Ok(())
}

/// Changes or takes away the sealed address of an account's own proxy.
///
/// # Errors
/// When SQLite refuses.
pub(crate) async fn set_proxy(pool: &SqlitePool, account: i64, sealed: Option<&[u8]>) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE accounts SET proxy_sealed = ? WHERE id = ?").bind(sealed).bind(account).execute(pool).await?;
    Ok(())
}
