//! Letters: notes on their way to webhooks, sent until they are taken, or for a day.

use std::{collections::BTreeMap, time::Duration};

use carpool_core::{
    reach::{self, Outcome, Then},
    statement::Language,
    webhook::{LONGEST_ANSWER, Letter, Note, Place},
};
use futures_util::future::join_all;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::json;
use sqlx::SqliteConnection;

use super::webhooks::{self, Webhook, WebhookError};
use crate::{
    House,
    accounts::Surroundings,
    live::Change,
    network::Route,
    store::{
        SqlError, timestamp,
        webhooks::{self as stored, About, LastLetter, LetterState, StoredLetter},
    },
    upstream,
};

/// How long a place may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// Puts a note on its way to every webhook that is told such.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    to: &[Webhook],
    about: About,
    note: &Note,
    now: Timestamp,
) -> Result<(), SqlError> {
    let text = serde_json::to_string(note).map_err(|error| SqlError::Encode(Box::new(error)))?;
    for webhook in to.iter().filter(|webhook| webhook.about == About::All || webhook.about == about) {
        let message_id = message_id().map_err(|error| SqlError::Encode(error.to_string().into()))?;
        stored::write_letter(connection, webhook.id, &message_id, &text, now).await?;
    }
    Ok(())
}

/// Sends a note at once, past all letters, and remembers how that went.
///
/// # Errors
/// [`WebhookError`] when the webhook cannot be read; how sending went is no error.
pub async fn send_now(around: &Surroundings, to: &Webhook, note: &Note) -> Result<LastLetter, WebhookError> {
    let message_id = message_id().map_err(WebhookError::Random)?;
    let (outcome, detail) = match &to.place {
        Ok(place) => send(around, place, note, &message_id).await,
        Err(error) => (Outcome::Unusable, error.to_string()),
    };
    let state = if is_taken(outcome) { LetterState::Sent } else { LetterState::GaveUp };
    let last = LastLetter { at: around.clock.now(), state, detail };
    let mut connection = around.store.pool().acquire().await?;
    stored::set_last(&mut connection, to.id, &last).await?;
    Ok(last)
}

/// The note that a test sends.
#[must_use]
pub fn test_note(language: Language) -> Note {
    let (title, line) = match language {
        Language::English => ("Carpool: a test", "This webhook works."),
        Language::Chinese => ("Carpool：测试", "此 Webhook 工作正常。"),
    };
    let data = json!({});
    Note { kind: "test".to_owned(), title: title.to_owned(), lines: vec![line.to_owned()], data }
}

impl House {
    /// Sends the letters whose time has come: to all webhooks at once, to each one after another, in order.
    pub(super) async fn send_letters(&self) -> Result<(), SqlError> {
        let pool = self.around().store.pool();
        let due = stored::due_letters(pool, self.clock.now()).await?;
        if due.is_empty() {
            return Ok(());
        }
        let mut letters: BTreeMap<i64, Vec<StoredLetter>> = BTreeMap::new();
        for letter in due {
            letters.entry(letter.webhook_id).or_default().push(letter);
        }
        let all = webhooks::list(self.around()).await?;
        let sendings = all.iter().filter_map(|webhook| Some(self.deliver(webhook, letters.remove(&webhook.id)?)));
        let ends = join_all(sendings.collect::<Vec<_>>()).await;
        // How they went is shown beside the settings.
        self.live.changes().note(Change::Config);
        ends.into_iter().collect()
    }

    async fn deliver(&self, webhook: &Webhook, letters: Vec<StoredLetter>) -> Result<(), SqlError> {
        for letter in letters {
            let note = serde_json::from_str(&letter.note).map_err(|error| SqlError::Decode(Box::new(error)))?;
            let (outcome, detail) = match &webhook.place {
                Ok(place) => send(self.around(), place, &note, &letter.message_id).await,
                Err(error) => (Outcome::Unusable, error.to_string()),
            };
            if self.note_delivery(webhook, &letter, outcome, detail).await? == LetterState::Trying {
                // The others would fare no better.
                break;
            }
        }
        Ok(())
    }

    async fn note_delivery(
        &self,
        webhook: &Webhook,
        letter: &StoredLetter,
        outcome: Outcome,
        detail: String,
    ) -> Result<LetterState, SqlError> {
        let now = self.clock.now();
        let tries = letter.tries + 1;
        let on_its_way = now.duration_since(timestamp(letter.written_at)).unsigned_abs();
        let mut transaction = self.around().store.pool().begin_with("BEGIN IMMEDIATE").await?;
        let state = match reach::then(outcome, tries, on_its_way) {
            Then::Done => LetterState::Sent,
            Then::GiveUp => LetterState::GaveUp,
            Then::Again(pause) => {
                let next = now.checked_add(pause).unwrap_or(Timestamp::MAX);
                stored::postpone_letter(&mut transaction, letter.id, next).await?;
                LetterState::Trying
            }
        };
        match state {
            LetterState::Sent => tracing::info!(webhook = webhook.id, tries, "a webhook was told"),
            LetterState::Trying | LetterState::GaveUp => {
                tracing::warn!(webhook = webhook.id, tries, detail, state = state.as_str(), "a webhook was not told");
            }
        }
        if state != LetterState::Trying {
            stored::remove_letter(&mut transaction, letter.id).await?;
        }
        stored::set_last(&mut transaction, webhook.id, &LastLetter { at: now, state, detail }).await?;
        transaction.commit().await?;
        Ok(state)
    }
}

/// Sends a note, as all of Carpool's own exchanges by the way that the owner set, following no redirect.
async fn send(around: &Surroundings, to: &Place, note: &Note, message_id: &str) -> (Outcome, String) {
    let letter = Letter { note, id: message_id, now: around.clock.now(), to };
    let request = letter.request();
    let address = request.address.expose_secret();
    let client = match around.upstream.client(&Route::default(), address) {
        Ok(client) => client,
        Err(error) => return (Outcome::Unusable, error.to_string()),
    };
    let mut posting = client
        .post(address)
        .timeout(PATIENCE)
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(request.body);
    for (name, value) in request.headers {
        posting = posting.header(name, value);
    }
    let mut answer = match posting.send().await {
        Ok(answer) => answer,
        Err(error) => return (Outcome::Unreached, upstream::cause(error)),
    };
    // What breaks off after a status came is judged by the status.
    let body = upstream::read_at_most(&mut answer, LONGEST_ANSWER).await.unwrap_or_default();
    to.judge(answer.status().as_u16(), &body)
}

fn is_taken(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Status(200..=299))
}

fn message_id() -> Result<String, getrandom::Error> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)?;
    Ok(format!("msg_{}", hex::encode(random)))
}
