//! What is taken over from another relay: friends and keys, and what they used there, as roll-ups without rows.

use carpool_core::{
    client_key::KeyDigest,
    import::{Amount, Expiry},
    limits::Limits,
    period::Bar,
};
use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::{limits, millis};

/// A key that was taken over before.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct KnownKey {
    /// Its id here.
    pub key_id: i64,
    /// Its friend.
    pub friend_id: i64,
    /// Whether the key itself was given.
    pub has_secret: bool,
}

/// The key that became of one there, if it was taken over before.
///
/// # Errors
/// When SQLite refuses.
pub async fn known(
    connection: &mut SqliteConnection,
    source: &str,
    source_id: &str,
) -> Result<Option<KnownKey>, sqlx::Error> {
    sqlx::query_as(
        "SELECT i.key_id, k.friend_id, i.has_secret FROM imported_keys i JOIN client_keys k ON k.id = i.key_id
         WHERE i.source = ? AND i.source_id = ?",
    )
    .bind(source)
    .bind(source_id)
    .fetch_optional(connection)
    .await
}

/// The friend of a name.
///
/// # Errors
/// When SQLite refuses.
pub async fn friend(connection: &mut SqliteConnection, name: &str) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM friends WHERE name = ? AND removed_at IS NULL")
        .bind(name)
        .fetch_optional(connection)
        .await
}

/// Adds a friend.
///
/// # Errors
/// When SQLite refuses.
pub async fn add_friend(connection: &mut SqliteConnection, name: &str, now: Timestamp) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("INSERT INTO friends (name, share, created_at) VALUES (?, 1, ?) RETURNING id")
        .bind(name)
        .bind(millis(now))
        .fetch_one(connection)
        .await
}

/// The names of a friend's keys.
///
/// # Errors
/// When SQLite refuses.
pub async fn key_names(connection: &mut SqliteConnection, friend_id: i64) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT name FROM client_keys WHERE friend_id = ? AND revoked_at IS NULL")
        .bind(friend_id)
        .fetch_all(connection)
        .await
}

/// A key to add.
#[derive(Clone, Copy, Debug)]
pub struct NewKey<'a> {
    /// Where it is from, and its id there.
    pub source: [&'a str; 2],
    /// The friend.
    pub friend_id: i64,
    /// Its name.
    pub name: &'a str,
    /// What it hashes to.
    pub digest: KeyDigest,
    /// What may be shown of it.
    pub prefix: &'a str,
    /// Whether the key itself was given.
    pub has_secret: bool,
    /// What it may do.
    pub limits: &'a Limits,
    /// When it stops working.
    pub expiry: Expiry,
    /// Whether it is paused.
    pub paused: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Adds a key and notes where it is from.
///
/// # Errors
/// When the key is another's already ([`super::is_taken`]) or SQLite refuses.
pub async fn add_key(connection: &mut SqliteConnection, key: &NewKey<'_>) -> Result<i64, sqlx::Error> {
    let (expires_at, after_days) = match key.expiry {
        Expiry::Never => (None, None),
        Expiry::At(at) => (Some(millis(at)), None),
        Expiry::AfterFirstUse(days) => (None, Some(days.get())),
    };
    let id = sqlx::query_scalar(
        "INSERT INTO client_keys (friend_id, name, digest, prefix, paused, expires_at, expires_after_days, created_at, limits)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(key.friend_id)
    .bind(key.name)
    .bind(key.digest.0.to_vec())
    .bind(key.prefix)
    .bind(key.paused)
    .bind(expires_at)
    .bind(after_days)
    .bind(millis(key.created_at))
    .bind(limits::written(key.limits))
    .fetch_one(&mut *connection)
    .await?;
    sqlx::query("INSERT INTO imported_keys (source, source_id, key_id, has_secret) VALUES (?, ?, ?, ?)")
        .bind(key.source[0])
        .bind(key.source[1])
        .bind(id)
        .bind(key.has_secret)
        .execute(connection)
        .await?;
    Ok(id)
}

/// Gives a key that was taken over without it what it hashes to, unless somebody gave it another since or revoked it. Says
/// whether it did.
///
/// # Errors
/// When the key is another's already ([`super::is_taken`]) or SQLite refuses.
pub async fn give_secret(
    connection: &mut SqliteConnection,
    key_id: i64,
    digest: KeyDigest,
    prefix: &str,
    without: &str,
) -> Result<bool, sqlx::Error> {
    let given =
        sqlx::query("UPDATE client_keys SET digest = ?, prefix = ? WHERE id = ? AND prefix = ? AND revoked_at IS NULL")
            .bind(digest.0.to_vec())
            .bind(prefix)
            .bind(key_id)
            .bind(without)
            .execute(&mut *connection)
            .await?;
    sqlx::query("UPDATE imported_keys SET has_secret = 1 WHERE key_id = ?").bind(key_id).execute(connection).await?;
    Ok(given.rows_affected() == 1)
}

/// Whether a span may hold history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// There is none yet.
    Free,
    /// There is history of this source, and none of this key.
    Shared,
    /// There is history of this key: it was taken over before.
    Known,
    /// Carpool's own calls are there, or before.
    Own,
}

/// Finds out whether a span may hold history of a key: before everything that the ledger has itself.
///
/// # Errors
/// When SQLite refuses.
pub async fn place(connection: &mut SqliteConnection, span: Bar, key_id: i64) -> Result<Place, sqlx::Error> {
    let (is_known, is_shared, is_own): (bool, bool, bool) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM rollups r JOIN imported_spans i ON i.span = r.span
                        WHERE r.span = ?1 AND r.key_id = ?3),
                EXISTS (SELECT 1 FROM rollup_spans s JOIN imported_spans i ON i.span = s.start
                        WHERE s.start = ?1 AND s.until = ?2),
                EXISTS (SELECT 1 FROM calls WHERE at < ?2)
                OR EXISTS (SELECT 1 FROM rollup_spans s
                           WHERE s.start < ?2 AND s.start NOT IN (SELECT span FROM imported_spans))
                OR EXISTS (SELECT 1 FROM rollup_spans s WHERE s.start < ?2 AND s.until > ?1 AND s.start <> ?1)",
    )
    .bind(millis(span.start))
    .bind(millis(span.end))
    .bind(key_id)
    .fetch_one(connection)
    .await?;
    Ok(match (is_known, is_own, is_shared) {
        (true, ..) => Place::Known,
        (_, true, _) => Place::Own,
        (_, _, true) => Place::Shared,
        (..) => Place::Free,
    })
}

/// Makes a span that holds history from then on.
///
/// # Errors
/// When SQLite refuses.
pub async fn add_span(connection: &mut SqliteConnection, span: Bar, source: &str) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO rollup_spans (start, until, state) VALUES (?, ?, 'kept')")
        .bind(millis(span.start))
        .bind(millis(span.end))
        .execute(&mut *connection)
        .await?;
    // Calls that come there all the same are to be noticed.
    sqlx::query("UPDATE rollup_progress SET until = MAX(until, ?)")
        .bind(millis(span.end))
        .execute(&mut *connection)
        .await?;
    sqlx::query("INSERT INTO imported_spans (span, source) VALUES (?, ?)")
        .bind(millis(span.start))
        .bind(source)
        .execute(connection)
        .await?;
    Ok(())
}

/// Adds what a key used with a model to a span of history. It counts as nothing against caps, and its provider is where it
/// is from: so it can be told from Carpool's own everywhere.
///
/// # Errors
/// When SQLite refuses.
pub async fn add_use(
    connection: &mut SqliteConnection,
    span: Bar,
    [friend_id, key_id]: [i64; 2],
    source: &str,
    used: (Option<&str>, &Amount),
) -> Result<(), sqlx::Error> {
    let (model, amount) = used;
    let Amount { calls, input, cache_read, cache_write_5m, cache_write_1h, output, cost } = *amount;
    let unpriced = |number: i64| if cost.is_none() { number } else { 0 };
    sqlx::query(
        "INSERT INTO rollups (span, part, friend_id, key_id, account_id, provider, model, slices, complete, aborted,
                              upstream_error, refused, interrupted, input_tokens, cache_read_tokens,
                              cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens,
                              web_search_requests, cost_pico_usd, saved_pico_usd, cap_high, cap_low, unpriced_calls,
                              unreported_calls, unpriced_input_tokens, unpriced_output_tokens, unpriced_last_at)
         SELECT ?1, 1 + COALESCE((SELECT MAX(part) FROM rollups WHERE span = ?1), 0), ?2, ?3, NULL, ?15, ?4, 0, ?5,
                0, 0, 0, 0, ?6, ?7, ?8, ?9, ?10, 0, 0, ?11, 0, 0, 0, ?12, 0, ?13, ?14, NULL",
    )
    .bind(millis(span.start))
    .bind(friend_id)
    .bind(key_id)
    .bind(model)
    .bind(calls)
    .bind(input)
    .bind(cache_read)
    .bind(cache_write_5m)
    .bind(cache_write_1h)
    .bind(output)
    .bind(cost.map_or(0, |cost| cost.0))
    .bind(unpriced(calls))
    .bind(unpriced(input + cache_read + cache_write_5m + cache_write_1h))
    .bind(unpriced(output))
    .bind(source)
    .execute(connection)
    .await?;
    Ok(())
}
