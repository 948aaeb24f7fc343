//! Where keys are used from: the program, by the family of its user agent, and the address. No prompt, no full header.

use std::{net::IpAddr, sync::Arc};

use carpool_core::call::Client;
use jiff::Timestamp;
use sqlx::{Connection, FromRow, Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};

use super::{millis, timestamp};

/// Devices kept of each key, the latest: more than a friend has, and few enough to read.
const KEPT_PER_KEY: i64 = 20;
/// How the user agents of further programs begin, and what those are called. Nothing of what a client sends is kept: it
/// could be anything.
const FAMILIES: [(&str, &str); 16] = [
    ("carpool/", "Carpool's test"),
    ("Anthropic/", "Anthropic SDK"),
    ("AsyncAnthropic/", "Anthropic SDK"),
    ("OpenAI/", "OpenAI SDK"),
    ("AsyncOpenAI/", "OpenAI SDK"),
    ("google-genai-sdk/", "Google Gen AI SDK"),
    ("opencode/", "OpenCode"),
    ("Cline/", "Cline"),
    ("Zed/", "Zed"),
    ("Mozilla/", "a browser"),
    ("curl/", "curl"),
    ("python-requests/", "Python"),
    ("python-httpx/", "Python"),
    ("node", "Node.js"),
    ("axios/", "Node.js"),
    ("Go-http-client/", "Go"),
];
/// What any other is called.
const UNKNOWN: &str = "unknown";

/// Calls that came with a key from a place.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The key.
    pub key_id: i64,
    /// The program, see [`client`].
    pub client: &'static str,
    /// The address.
    pub address: IpAddr,
    /// When the last of them came.
    pub at: Timestamp,
    /// How many they are.
    pub calls: u32,
    /// By which of the relay's public names the last of them came that came by one.
    pub reached_by: Option<Arc<str>>,
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
    /// By which of the relay's public names the last one came that came by one, e.g. `relay.example:8443`.
    pub reached_by: Option<String>,
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
            reached_by: row.try_get("reached_by")?,
        })
    }
}

/// A key whose friend uses another address than the one in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnOtherAddress {
    /// The friend.
    pub friend_id: i64,
    /// Their name.
    pub friend: String,
    /// The key.
    pub key_id: i64,
    /// Its name.
    pub key: String,
    /// The program.
    pub client: String,
    /// The name that it reached the relay by.
    pub reached_by: String,
    /// When it last did.
    pub last_seen_at: Timestamp,
}

impl FromRow<'_, SqliteRow> for OnOtherAddress {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            friend_id: row.try_get("friend_id")?,
            friend: row.try_get("friend")?,
            key_id: row.try_get("key_id")?,
            key: row.try_get("key")?,
            client: row.try_get("client")?,
            reached_by: row.try_get("reached_by")?,
            last_seen_at: timestamp(row.try_get("last_seen_at")?),
        })
    }
}

/// The family of a user agent, of those that Carpool knows.
#[must_use]
pub fn client(user_agent: &str) -> &'static str {
    let known = Client::from_user_agent(user_agent);
    if known != Client::Other {
        return known.label();
    }
    let begins_with =
        |beginning: &str| user_agent.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning));
    FAMILIES.iter().find(|(beginning, _)| begins_with(beginning)).map_or(UNKNOWN, |(_, name)| name)
}

/// Notes where keys were used from; of each key, only the latest places are kept.
///
/// # Errors
/// When SQLite refuses; then nothing is noted.
pub async fn note(connection: &mut SqliteConnection, seen: &[Seen]) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    for Seen { key_id, client, address, at, calls, reached_by } in seen {
        sqlx::query(
            "INSERT INTO devices (key_id, client, address, first_seen_at, last_seen_at, calls, reached_by)
             VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)
             ON CONFLICT (key_id, client, address) DO UPDATE
             SET last_seen_at = MAX(last_seen_at, excluded.last_seen_at), calls = calls + excluded.calls,
                 reached_by = COALESCE(excluded.reached_by, reached_by)",
        )
        .bind(key_id)
        .bind(client)
        .bind(address.to_canonical().to_string())
        .bind(millis(*at))
        .bind(calls)
        .bind(reached_by.as_deref())
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
        "SELECT key_id, client, address, first_seen_at, last_seen_at, calls, reached_by FROM devices
         ORDER BY key_id, last_seen_at DESC, client, address",
    )
    .fetch_all(pool)
    .await
}

/// Which keys' programs came last, since then, by another name than `current` (see
/// [`authority_of_url`](carpool_core::reach::authority_of_url)); the latest first. Keys that do not work any more are not
/// among them.
///
/// # Errors
/// When SQLite refuses.
pub async fn on_other_address(
    pool: &SqlitePool,
    current: &str,
    since: Timestamp,
) -> Result<Vec<OnOtherAddress>, sqlx::Error> {
    sqlx::query_as(
        "SELECT friends.id AS friend_id, friends.name AS friend, client_keys.id AS key_id, client_keys.name AS key,
                latest.client, latest.reached_by, latest.last_seen_at
         FROM (SELECT key_id, client, reached_by, last_seen_at,
                      ROW_NUMBER() OVER (PARTITION BY key_id, client ORDER BY last_seen_at DESC, address) AS place
               FROM devices WHERE reached_by IS NOT NULL) AS latest
         JOIN client_keys ON client_keys.id = latest.key_id
         JOIN friends ON friends.id = client_keys.friend_id
         WHERE latest.place = 1 AND latest.last_seen_at >= ?2 AND latest.reached_by <> ?1
               AND client_keys.revoked_at IS NULL
         ORDER BY latest.last_seen_at DESC, friends.name, client_keys.name, latest.client",
    )
    .bind(current)
    .bind(millis(since))
    .fetch_all(pool)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rehearsal::Rehearsal;

    fn seen(key_id: i64, address: &str, second: i64) -> Seen {
        let at = Timestamp::from_second(second).expect("a time");
        Seen { key_id, client: "curl", address: address.parse().expect("an address"), at, calls: 2, reached_by: None }
    }

    fn by(name: &str, mut seen: Seen) -> Seen {
        seen.reached_by = Some(name.into());
        seen
    }

    async fn note_all(rehearsal: &Rehearsal, seen: &[Seen]) {
        let mut connection = rehearsal.pool().acquire().await.expect("a connection");
        note(&mut connection, seen).await.expect("noted");
    }

    #[test]
    fn a_program_is_called_by_its_family_and_by_nothing_that_it_sends() {
        let cases = [
            ("claude-cli/2.1.329 (external, cli)", "Claude Code"),
            ("OpenAI/Python 2.8.0", "OpenAI SDK"),
            ("CURL/8.9", "curl"),
            ("my-agent one", "unknown"),
            ("cur", "unknown"),
            ("", "unknown"),
        ];

        for (user_agent, expected) in cases {
            assert_eq!(client(user_agent), expected, "{user_agent}");
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

    /// Who is on another address than `new.example`: the key, and the address.
    async fn others(rehearsal: &Rehearsal, since: i64) -> Vec<(i64, String)> {
        let since = Timestamp::from_second(since).expect("a time");
        let found = on_other_address(rehearsal.pool(), "new.example", since).await.expect("devices");
        found.into_iter().map(|one| (one.key_id, one.reached_by)).collect()
    }

    #[tokio::test]
    async fn who_came_last_by_an_old_address_is_on_it_wherever_they_were() {
        let rehearsal = Rehearsal::start().await;

        note_all(
            &rehearsal,
            &[by("old.example", seen(1, "192.0.2.1", 10)), by("new.example", seen(2, "192.0.2.1", 10))],
        )
        .await;
        assert_eq!(others(&rehearsal, 0).await, [(1, "old.example".to_owned())]);
        assert_eq!(others(&rehearsal, 11).await, [], "it was long ago");

        note_all(&rehearsal, &[by("new.example", seen(1, "198.51.100.7", 20))]).await;
        assert_eq!(others(&rehearsal, 0).await, [], "the same program has moved to the new one, from elsewhere");
    }

    #[tokio::test]
    async fn who_comes_by_no_public_address_or_has_no_key_any_more_is_on_no_old_one() {
        let rehearsal = Rehearsal::start().await;

        note_all(&rehearsal, &[seen(2, "127.0.0.1", 10)]).await;
        assert_eq!(others(&rehearsal, 0).await, []);

        note_all(&rehearsal, &[by("old.example", seen(2, "192.0.2.1", 20))]).await;
        note_all(&rehearsal, &[seen(2, "192.0.2.1", 30)]).await;
        assert_eq!(others(&rehearsal, 0).await.len(), 1, "being at home for once is not moving");
        rehearsal.change("UPDATE client_keys SET revoked_at = 1 WHERE id = 2").await;
        assert_eq!(others(&rehearsal, 0).await, []);
    }
}
