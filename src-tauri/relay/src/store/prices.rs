//! Price books that ever priced a call, by version; the texts they were taken from, and the owner's own prices.

use carpool_core::{period::Bar, price::OwnPrice};
use jiff::Timestamp;
use sqlx::{FromRow, SqlitePool};

use super::{millis, rollups::Cover, settings};

/// All calls that ever were.
const EVER: Bar = Bar { start: Timestamp::MIN, end: Timestamp::MAX };

/// The setting that names the text in use, by its digest in hexadecimal; without it the built-in book is used.
const TEXT: &str = "price_text";

/// What a version of the prices is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version<'a> {
    /// SHA-256 of everything it is made of.
    pub digest: &'a [u8],
    /// Where its text comes from.
    pub source: &'a str,
    /// The text's digest; `None`: the built-in book.
    pub text: Option<&'a [u8]>,
    /// The owner's own prices, as JSON.
    pub own: &'a str,
}

/// The number of a version, by its digest; a new one gets the next number.
///
/// # Errors
/// When SQLite refuses.
pub async fn version_of(pool: &SqlitePool, version: &Version<'_>, now: Timestamp) -> Result<i64, sqlx::Error> {
    let known = "SELECT version FROM price_books WHERE digest = ?";
    // Asked first: an insertion that is ignored still waits for others to write, and uses a number up.
    if let Some(number) = sqlx::query_scalar(known).bind(version.digest).fetch_optional(pool).await? {
        return Ok(number);
    }
    sqlx::query(
        "INSERT OR IGNORE INTO price_books (digest, source, text_digest, own, added_at) VALUES (?, ?, ?, ?, ?)",
    )
    .bind(version.digest)
    .bind(version.source)
    .bind(version.text)
    .bind(version.own)
    .bind(millis(now))
    .execute(pool)
    .await?;
    sqlx::query_scalar(known).bind(version.digest).fetch_one(pool).await
}

/// A version as people read it.
#[derive(Clone, Debug, FromRow)]
pub struct Listed {
    /// Its number.
    pub version: i64,
    /// Where its text comes from.
    pub source: String,
    /// When it was first used, in Unix milliseconds.
    pub added_at: i64,
    /// The owner's own prices, as JSON.
    pub own: String,
    /// How many calls of the ledger it priced.
    pub calls: i64,
}

/// Every version, the newest first.
///
/// # Errors
/// When SQLite refuses.
pub async fn versions(pool: &SqlitePool) -> Result<Vec<Listed>, sqlx::Error> {
    let mut reading = pool.begin().await?;
    let cover = Cover::of_span(&mut reading, EVER).await?;
    let versions = sqlx::query_as(
        "SELECT b.version, b.source, b.added_at, b.own, COALESCE(p.calls, 0) AS calls
         FROM price_books b
         LEFT JOIN (SELECT price_version, SUM(calls) AS calls
                    FROM (SELECT c.price_version, COUNT(*) AS calls FROM json_each(?1) b CROSS JOIN calls c
                          WHERE c.at >= b.value ->> 1 AND c.at < b.value ->> 2 GROUP BY 1
                          UNION ALL
                          SELECT r.price_version, SUM(r.calls) FROM json_each(?2) b CROSS JOIN rollup_versions r
                          WHERE r.span >= b.value ->> 1 AND r.span < b.value ->> 2 GROUP BY 1
                          UNION ALL
                          SELECT c.price_version, COUNT(*) FROM late_calls l JOIN calls c ON c.id = l.call_id GROUP BY 1)
                    GROUP BY price_version) p
                ON p.price_version = b.version
         ORDER BY b.version DESC",
    )
    .bind(&cover.rows)
    .bind(&cover.rollups)
    .fetch_all(&mut *reading)
    .await?;
    reading.rollback().await?;
    Ok(versions)
}

/// The text of a book that was taken.
#[derive(Clone, Debug, FromRow)]
pub struct Text {
    /// SHA-256 of the text.
    pub digest: Vec<u8>,
    /// The text, compressed.
    pub zstd: Vec<u8>,
    /// The file or address it was taken from.
    pub source: String,
}

/// The digest of the text in use; `None`: the built-in book is.
///
/// # Errors
/// When SQLite refuses, or the setting is no digest.
pub async fn text_in_use(pool: &SqlitePool) -> Result<Option<Vec<u8>>, sqlx::Error> {
    let stored = settings::get(pool, TEXT).await?.filter(|digest| !digest.is_empty());
    stored.map(hex::decode).transpose().map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// A text by its digest.
///
/// # Errors
/// When SQLite refuses, or there is none.
pub async fn text(pool: &SqlitePool, digest: &[u8]) -> Result<Text, sqlx::Error> {
    sqlx::query_as("SELECT digest, zstd, source FROM price_texts WHERE digest = ?").bind(digest).fetch_one(pool).await
}

/// Keeps a text and takes it into use.
///
/// # Errors
/// When SQLite refuses; then the former one stays in use.
pub async fn take_text(pool: &SqlitePool, text: &Text, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT OR IGNORE INTO price_texts (digest, zstd, source, taken_at) VALUES (?, ?, ?, ?)")
        .bind(&text.digest)
        .bind(&text.zstd)
        .bind(&text.source)
        .bind(millis(now))
        .execute(pool)
        .await?;
    settings::put(pool, TEXT, &hex::encode(&text.digest)).await
}

/// Takes the built-in book into use.
///
/// # Errors
/// When SQLite refuses.
pub async fn take_built_in(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    settings::put(pool, TEXT, "").await
}

/// The owner's own prices.
///
/// # Errors
/// When SQLite refuses, or one cannot be read.
pub async fn own(pool: &SqlitePool) -> Result<Vec<OwnPrice>, sqlx::Error> {
    let rows: Vec<String> =
        sqlx::query_scalar("SELECT price FROM own_prices ORDER BY model, provider").fetch_all(pool).await?;
    let read = |price: &String| serde_json::from_str(price).map_err(|error| sqlx::Error::Decode(Box::new(error)));
    rows.iter().map(read).collect()
}

/// States what a model costs; what was stated of it before is replaced.
///
/// # Errors
/// When SQLite refuses.
pub async fn set_own(pool: &SqlitePool, price: &OwnPrice) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO own_prices (provider, model, price) VALUES (?, ?, ?)
         ON CONFLICT (provider, model) DO UPDATE SET price = excluded.price",
    )
    .bind(price.provider.as_deref().unwrap_or_default())
    .bind(&price.model)
    .bind(serde_json::to_string(price).expect("plain data serializes"))
    .execute(pool)
    .await?;
    Ok(())
}

/// Takes back what was stated of a model, and tells whether there was anything.
///
/// # Errors
/// When SQLite refuses.
pub async fn unset_own(pool: &SqlitePool, provider: Option<&str>, model: &str) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query("DELETE FROM own_prices WHERE provider = ? AND model = ?")
        .bind(provider.unwrap_or_default())
        .bind(model)
        .execute(pool)
        .await?;
    Ok(deleted.rows_affected() > 0)
}

/// A model whose calls have no price.
#[derive(Clone, Debug, FromRow)]
pub struct Unpriced {
    /// The provider.
    pub provider: String,
    /// The model, as it was asked for.
    pub model: String,
    /// How many calls.
    pub calls: i64,
    /// Those of them whose usage the provider did not report: no price would price them.
    pub without_usage: i64,
    /// Their input tokens of every class.
    pub input_tokens: i64,
    /// Their output tokens.
    pub output_tokens: i64,
    /// When the latest was, in Unix milliseconds.
    pub last_at: i64,
}

/// The models whose calls have no price, those with the most calls first. Calls that are not kept any more are left out:
/// no price would be theirs.
///
/// # Errors
/// When SQLite refuses.
pub async fn unpriced(pool: &SqlitePool) -> Result<Vec<Unpriced>, sqlx::Error> {
    let mut reading = pool.begin().await?;
    let cover = Cover::of_span(&mut reading, EVER).await?;
    let models = sqlx::query_as(
        "SELECT provider, model, SUM(calls) AS calls, SUM(without_usage) AS without_usage,
                SUM(input_tokens) AS input_tokens, SUM(output_tokens) AS output_tokens, MAX(last_at) AS last_at
         FROM (SELECT c.provider, c.model, COUNT(*) AS calls,
                      SUM(c.input_tokens IS NULL AND c.output_tokens IS NULL) AS without_usage,
                      SUM(COALESCE(c.input_tokens, 0) + COALESCE(c.cache_read_tokens, 0)
                          + COALESCE(c.cache_write_5m_tokens, 0) + COALESCE(c.cache_write_1h_tokens, 0)) AS input_tokens,
                      SUM(COALESCE(c.output_tokens, 0)) AS output_tokens, MAX(c.at) AS last_at
               FROM json_each(?1) b CROSS JOIN calls c
               WHERE c.status <> 'open' AND c.cost_pico_usd IS NULL AND c.at >= b.value ->> 1 AND c.at < b.value ->> 2
               GROUP BY 1, 2
               UNION ALL
               SELECT r.provider, r.model, SUM(r.unpriced_calls), SUM(r.unreported_calls), SUM(r.unpriced_input_tokens),
                      SUM(r.unpriced_output_tokens), MAX(r.unpriced_last_at)
               FROM json_each(?2) b CROSS JOIN rollups r JOIN rollup_spans s ON s.start = r.span
               WHERE r.unpriced_calls > 0 AND s.state = 'built' AND r.span >= b.value ->> 1 AND r.span < b.value ->> 2
               GROUP BY 1, 2)
         WHERE provider IS NOT NULL AND model IS NOT NULL
         GROUP BY provider, model ORDER BY calls DESC, model",
    )
    .bind(&cover.rows)
    .bind(&cover.rollups)
    .fetch_all(&mut *reading)
    .await?;
    reading.rollback().await?;
    Ok(models)
}
