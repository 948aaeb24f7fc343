//! Webhooks, and the letters that are on their way to them. Addresses and secrets are sealed before they come here.

use jiff::Timestamp;
use sqlx::{FromRow, Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};

use super::{millis, timestamp};

/// What a webhook is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum About {
    /// Everything.
    #[default]
    All,
    /// Alerts.
    Alerts,
    /// The digest.
    Digest,
}

impl About {
    /// Each, in the order the owner is shown them.
    pub const ALL: [Self; 3] = [Self::All, Self::Alerts, Self::Digest];

    /// The word in the database and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Alerts => "alerts",
            Self::Digest => "digest",
        }
    }

    /// The one of this word.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|about| about.as_str() == word)
    }
}

/// How the last letter went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastLetter {
    /// When it was tried.
    pub at: Timestamp,
    /// How it went.
    pub state: LetterState,
    /// What the place answered, or why it did not.
    pub detail: String,
}

/// How a letter went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterState {
    /// It was taken.
    Sent,
    /// It was not, and is tried again.
    Trying,
    /// It was not, and is tried no more.
    GaveUp,
}

impl LetterState {
    const ALL: [Self; 3] = [Self::Sent, Self::Trying, Self::GaveUp];

    /// The word in the database and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Trying => "trying",
            Self::GaveUp => "gave_up",
        }
    }
}

/// A webhook, as stored.
#[derive(Clone, Debug)]
pub struct StoredWebhook {
    /// The row's id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its format's id.
    pub format: String,
    /// Its sealed address.
    pub address_sealed: Vec<u8>,
    /// Its sealed secret.
    pub secret_sealed: Option<Vec<u8>>,
    /// Its chat.
    pub chat: Option<String>,
    /// What it is told.
    pub about: About,
    /// How the last letter went; `None` before the first.
    pub last: Option<LastLetter>,
}

impl FromRow<'_, SqliteRow> for StoredWebhook {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let about: String = row.try_get("about")?;
        let about =
            About::find(&about).ok_or_else(|| sqlx::Error::Decode(format!("'{about}' is nothing told").into()))?;
        let state: Option<String> = row.try_get("last_state")?;
        let state = LetterState::ALL.into_iter().find(|known| Some(known.as_str()) == state.as_deref());
        let last = match (row.try_get::<Option<i64>, _>("last_at")?, state) {
            (Some(at), Some(state)) => {
                let detail: Option<String> = row.try_get("last_detail")?;
                Some(LastLetter { at: timestamp(at), state, detail: detail.unwrap_or_default() })
            }
            _ => None,
        };
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            format: row.try_get("format")?,
            address_sealed: row.try_get("address_sealed")?,
            secret_sealed: row.try_get("secret_sealed")?,
            chat: row.try_get("chat")?,
            about,
            last,
        })
    }
}

/// A new webhook. What is sealed is bound to its name, which never changes.
#[derive(Clone, Copy, Debug)]
pub struct NewWebhook<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its format's id.
    pub format: &'a str,
    /// Its sealed address.
    pub address_sealed: &'a [u8],
    /// Its sealed secret.
    pub secret_sealed: Option<&'a [u8]>,
    /// Its chat.
    pub chat: Option<&'a str>,
    /// What it is told.
    pub about: About,
}

/// Adds a webhook and returns its id.
///
/// # Errors
/// When the name is taken ([`super::is_taken`]) or SQLite refuses.
pub async fn insert(pool: &SqlitePool, new: NewWebhook<'_>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO webhooks (name, format, address_sealed, secret_sealed, chat, about) VALUES (?, ?, ?, ?, ?, ?)
         RETURNING id",
    )
    .bind(new.name)
    .bind(new.format)
    .bind(new.address_sealed)
    .bind(new.secret_sealed)
    .bind(new.chat)
    .bind(new.about.as_str())
    .fetch_one(pool)
    .await
}

/// All webhooks, by name.
///
/// # Errors
/// When SQLite refuses.
pub async fn list(pool: &SqlitePool) -> Result<Vec<StoredWebhook>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM webhooks ORDER BY name").fetch_all(pool).await
}

/// Removes a webhook and what is on its way to it; says whether there was one.
///
/// # Errors
/// When SQLite refuses.
pub async fn remove(pool: &SqlitePool, id: i64) -> Result<bool, sqlx::Error> {
    let removed = sqlx::query("DELETE FROM webhooks WHERE id = ?").bind(id).execute(pool).await?;
    Ok(removed.rows_affected() > 0)
}

/// Notes how the last letter to a webhook went.
///
/// # Errors
/// When SQLite refuses.
pub async fn set_last(connection: &mut SqliteConnection, id: i64, last: &LastLetter) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE webhooks SET last_at = ?, last_state = ?, last_detail = ? WHERE id = ?")
        .bind(millis(last.at))
        .bind(last.state.as_str())
        .bind(&last.detail)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// A letter that is on its way.
#[derive(Clone, Debug, FromRow)]
pub struct StoredLetter {
    /// The row's id.
    pub id: i64,
    /// The webhook it goes to.
    pub webhook_id: i64,
    /// Its id there.
    pub message_id: String,
    /// What it says, as JSON.
    pub note: String,
    /// When it was written, in Unix milliseconds.
    pub written_at: i64,
    /// How often it was tried.
    pub tries: u32,
}

/// Puts a letter on its way.
///
/// # Errors
/// When SQLite refuses.
pub async fn write_letter(
    connection: &mut SqliteConnection,
    webhook_id: i64,
    message_id: &str,
    note: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO letters (webhook_id, message_id, note, written_at, next_at) VALUES (?1, ?2, ?3, ?4, ?4)")
        .bind(webhook_id)
        .bind(message_id)
        .bind(note)
        .bind(millis(now))
        .execute(connection)
        .await?;
    Ok(())
}

/// The letters whose time has come, the oldest first. The clock may have been set back: no letter waits longer than it would
/// have by then.
///
/// # Errors
/// When SQLite refuses.
pub async fn due_letters(pool: &SqlitePool, now: Timestamp) -> Result<Vec<StoredLetter>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, webhook_id, message_id, note, written_at, tries FROM letters
         WHERE next_at <= ?1 OR written_at > ?1 ORDER BY id",
    )
    .bind(millis(now))
    .fetch_all(pool)
    .await
}

/// A letter that is tried again then.
///
/// # Errors
/// When SQLite refuses.
pub async fn postpone_letter(connection: &mut SqliteConnection, id: i64, next: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE letters SET tries = tries + 1, next_at = ? WHERE id = ?")
        .bind(millis(next))
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// A letter that was taken, or is given up.
///
/// # Errors
/// When SQLite refuses.
pub async fn remove_letter(connection: &mut SqliteConnection, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM letters WHERE id = ?").bind(id).execute(connection).await?;
    Ok(())
}
