//! Where keys are used from: the program, by the family of its user agent, and the address. No prompt, no full header.

use std::net::IpAddr;

use carpool_core::call::Client;
use jiff::Timestamp;
use sqlx::{Connection, FromRow, Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};

use super::{millis, timestamp};

/// Devices kept of each key, the latest: more than a friend has, and few enough to read.
const KEPT_PER_KEY: i64 = 20;
/// The longest name of a program that is kept, in characters.
const MAX_CLIENT_CHARS: usize = 40;
/// What stands for a program that does not say its name.
const NAMELESS: &str = "unknown";

/// Calls that came with a key from a place.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The key.
    pub key_id: i64,
    /// The program, see [`client`].
    pub client: String,
    /// The address.
    pub address: IpAddr,
    /// When the last of them came.
    pub at: Timestamp,
    /// How many they are.
    pub calls: u32,
}

/// A place that a key was used from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The key.
    pub key_id: i64,
    /// The program.
    pub client: String,
    /// The address.
    pub address: String,
    /// When the first call came from there.
    pub first_seen_at: Timestamp,
    /// When the last one did.
    pub last_seen_at: Timestamp,
    /// How many there were.
    pub calls: i64,
}

impl FromRow<'_, SqliteRow> for Device {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            key_id: row.try_get("key_id")?,
            client: row.try_get("client")?,
            address: row.try_get("address")?,
            first_seen_at: timestamp(row.try_get("first_seen_at")?),
            last_seen_at: timestamp(row.try_get("last_seen_at")?),
            calls: row.try_get("calls")?,
        })
    }
}

/// The family of a user agent: a program that Carpool knows by its name, any other by the product it begins with.
#[must_use]
pub fn client(user_agent: Option<&str>) -> String {
    let user_agent = user_agent.unwrap_or_default().trim();
    let known = Client::from_user_agent(user_agent);
    if known != Client::Other {
        return known.label().to_owned();
    }
    let product = user_agent.split(|end: char| end == '/' || end.is_whitespace()).next().unwrap_or_default();
    let name: String = product.chars().filter(|part| !part.is_control()).take(MAX_CLIENT_CHARS).collect();
    if name.is_empty() { NAMELESS.to_owned() } else { name }
}

/// Notes where keys were used from; of each key, only the latest places are kept.
///
/// # Errors
/// When SQLite refuses; then nothing is noted.
pub async fn note(connection: &mut SqliteConnection, seen: &[Seen]) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    for Seen { key_id, client, address, at, calls } in seen {
        sqlx::query(
            "INSERT INTO devices (key_id, client, address, first_seen_at, last_seen_at, calls)
             VALUES (?1, ?2, ?3, ?4, ?4, ?5)
             ON CONFLICT (key_id, client, address) DO UPDATE
             SET last_seen_at = MAX(last_seen_at, excluded.last_seen_at), calls = calls + excluded.calls",
        )
        .bind(key_id)
        .bind(client)
        .bind(address.to_canonical().to_string())
        .bind(millis(*at))
        .bind(calls)
        .execute(&mut *transaction)
        .await?;
    }
    sqlx::query(
        "DELETE FROM devices WHERE (key_id, client, address) IN (
             SELECT key_id, client, address FROM (
                 SELECT key_id, client, address,
                        ROW_NUMBER() OVER (PARTITION BY key_id ORDER BY last_seen_at DESC, client, address) AS place
                 FROM devices)
             WHERE place > ?)",
    )
    .bind(KEPT_PER_KEY)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// Every place that a key was used from, by key, the latest first.
///
/// # Errors
/// When SQLite refuses.
pub async fn list(pool: &SqlitePool) -> Result<Vec<Device>, sqlx::Error> {
    sqlx::query_as(
        "SELECT key_id, client, address, first_seen_at, last_seen_at, calls FROM devices
         ORDER BY key_id, last_seen_at DESC, client, address",
    )
    .fetch_all(pool)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rehearsal::Rehearsal;

    fn seen(key_id: i64, address: &str, second: i64) -> Seen {
        let at = Timestamp::from_second(second).expect("a time");
        Seen { key_id, client: "curl".to_owned(), address: address.parse().expect("an address"), at, calls: 2 }
    }

    async fn note_all(rehearsal: &Rehearsal, seen: &[Seen]) {
        let mut connection = rehearsal.pool().acquire().await.expect("a connection");
        note(&mut connection, seen).await.expect("noted");
    }

    #[test]
    fn a_program_is_known_by_its_family_or_named_by_its_product() {
        let long = "x".repeat(100);
        let cases = [
            (Some("claude-cli/2.1.329 (external, cli)"), "Claude Code"),
            (Some("curl/8.9"), "curl"),
            (Some("Mozilla/5.0 (X11; Linux)"), "Mozilla"),
            (Some("my-agent one"), "my-agent"),
            (Some(long.as_str()), &long[..40]),
            (Some("/1"), "unknown"),
            (None, "unknown"),
        ];

        for (user_agent, expected) in cases {
            assert_eq!(client(user_agent), expected, "{user_agent:?}");
        }
    }

    #[tokio::test]
    async fn a_place_is_one_row_that_counts_its_calls() {
        let rehearsal = Rehearsal::start().await;

        note_all(&rehearsal, &[seen(1, "192.0.2.1", 10), seen(2, "192.0.2.1", 10)]).await;
        note_all(&rehearsal, &[seen(1, "::ffff:192.0.2.1", 30), seen(1, "192.0.2.1", 20)]).await;

        let listed = list(rehearsal.pool()).await.expect("devices");
        let shown: Vec<_> = listed
            .iter()
            .map(|one| {
                (one.key_id, &*one.address, one.first_seen_at.as_second(), one.last_seen_at.as_second(), one.calls)
            })
            .collect();
        assert_eq!(shown, [(1, "192.0.2.1", 10, 30, 6), (2, "192.0.2.1", 10, 10, 2)]);
    }

    #[tokio::test]
    async fn only_the_latest_places_of_each_key_are_kept() {
        let rehearsal = Rehearsal::start().await;
        let many: Vec<_> = (0..25).map(|place| seen(1, &format!("192.0.2.{place}"), 100 + place)).collect();

        note_all(&rehearsal, &[seen(2, "198.51.100.1", 1)]).await;
        note_all(&rehearsal, &many).await;

        let listed = list(rehearsal.pool()).await.expect("devices");
        assert_eq!(listed.iter().filter(|one| one.key_id == 1).count(), 20);
        assert_eq!((listed[0].address.as_str(), listed[19].address.as_str()), ("192.0.2.24", "192.0.2.5"));
        assert_eq!(listed[20].key_id, 2);
    }
}
