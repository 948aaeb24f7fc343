//! A data folder's database, read past the program.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use super::program::Folder;

/// Opens the database as it is.
pub(crate) async fn open(folder: &Folder) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(folder.data_dir().join("carpool.db"));
    options.connect().await.expect("a database")
}

/// Every value of every row of every table, as text.
pub(crate) async fn dump(folder: &Folder) -> String {
    let mut database = open(folder).await;
    let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .fetch_all(&mut database)
        .await
        .expect("tables");
    let mut lines = Vec::new();
    for table in tables {
        let columns: Vec<String> = sqlx::query_scalar("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info(?)")
            .bind(&table)
            .fetch_all(&mut database)
            .await
            .expect("columns");
        let statement = format!("SELECT {} AS line FROM \"{table}\" ORDER BY line", columns.join(" || ', ' || "));
        let rows: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(statement)).fetch_all(&mut database).await.expect("rows");
        lines.extend(rows.into_iter().map(|row| format!("{table}: {row}")));
    }
    // Before anybody looks at the folder again: the last one to leave takes the write-ahead log along.
    database.close().await.expect("closed");
    lines.join("\n")
}

/// How many calls stand how.
pub(crate) async fn calls_by_status(folder: &Folder) -> BTreeMap<String, i64> {
    let counted = sqlx::query_as("SELECT status, COUNT(*) FROM calls GROUP BY status");
    let counted: Vec<(String, i64)> = counted.fetch_all(&mut open(folder).await).await.expect("rows");
    counted.into_iter().collect()
}
