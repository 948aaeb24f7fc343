//! The ledger as another process sees it: read from the file, over a connection of its own.

use std::path::Path;

use carpool_relay::{pretend::Totals, store::DATABASE_FILE};
use sqlx::{ConnectOptions, FromRow, SqliteConnection, sqlite::SqliteConnectOptions};

/// A row of the ledger, column by column.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) at: i64,
    pub(crate) friend_id: i64,
    pub(crate) key_id: i64,
    pub(crate) account_id: Option<i64>,
    pub(crate) provider: Option<String>,
    pub(crate) dialect: String,
    pub(crate) operation: String,
    pub(crate) model: Option<String>,
    pub(crate) upstream_model: Option<String>,
    pub(crate) stream: bool,
    pub(crate) status: String,
    pub(crate) http_status: Option<i64>,
    pub(crate) input_tokens: Option<i64>,
    pub(crate) cache_read_tokens: Option<i64>,
    pub(crate) cache_write_5m_tokens: Option<i64>,
    pub(crate) cache_write_1h_tokens: Option<i64>,
    pub(crate) output_tokens: Option<i64>,
    pub(crate) reasoning_tokens: Option<i64>,
    pub(crate) cost_pico_usd: Option<i64>,
    pub(crate) price_version: Option<i64>,
    pub(crate) ttfb_ms: Option<i64>,
    pub(crate) duration_ms: Option<i64>,
    pub(crate) attempts: i64,
}

impl Row {
    /// Status, HTTP status and attempts: what most tests ask first.
    pub(crate) fn outcome(&self) -> (&str, Option<i64>, i64) {
        (&self.status, self.http_status, self.attempts)
    }
}

/// A connection of one's own to the database in a data folder.
pub(crate) async fn connect(data_dir: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(data_dir.join(DATABASE_FILE)).connect().await.unwrap()
}

/// All rows, the oldest first.
pub(crate) async fn read(data_dir: &Path) -> Vec<Row> {
    sqlx::query_as("SELECT * FROM calls ORDER BY id").fetch_all(&mut connect(data_dir).await).await.unwrap()
}

/// Sums over rows, as the provider counts.
pub(crate) fn totals(rows: &[Row]) -> Totals {
    let counter = |value: Option<i64>| u64::try_from(value.unwrap_or(0)).unwrap();
    let mut totals = Totals::default();
    for row in rows {
        totals.answers += u64::from(row.input_tokens.is_some());
        totals.input += counter(row.input_tokens);
        totals.cache_read += counter(row.cache_read_tokens);
        totals.cache_write_5m += counter(row.cache_write_5m_tokens);
        totals.cache_write_1h += counter(row.cache_write_1h_tokens);
        totals.output += counter(row.output_tokens);
    }
    totals
}

/// Changes the database as another process would.
pub(crate) async fn change(data_dir: &Path, statement: &'static str) {
    sqlx::query(statement).execute(&mut connect(data_dir).await).await.unwrap();
}
