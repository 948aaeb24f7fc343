//! What the owner is told without asking, and where.

use serde::{Deserialize, Serialize};

/// Asks for [`Alerts`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GetAlerts {}

/// Everything about alerts, the digest and webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alerts {
    /// What the owner is told of.
    pub rules: AlertRules,
    /// What is not as it should be, and then what was, the latest first.
    pub episodes: Vec<Episode>,
    /// The webhooks, by name.
    pub webhooks: Vec<Webhook>,
    /// The formats of webhooks, in the order they are shown.
    pub formats: Vec<WebhookFormat>,
}

/// What the owner is told of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRules {
    /// More than so many dollars within an hour, as they are typed; empty for any amount.
    pub spend_per_hour: String,
    /// An account that cannot serve.
    pub accounts: bool,
    /// A key that is used so much more than on its busiest day, in percent; `None`: however it is used.
    pub unusual_use: Option<u32>,
    /// When the digest is told; `None`: never.
    pub digest: Option<DigestTime>,
}

/// A time of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestTime {
    /// The day, from Monday (1) to Sunday (7).
    pub day: i8,
    /// The hour: 0 to 23.
    pub hour: i8,
}

/// The percentage at which unusual use is told of unless the owner says otherwise.
pub const USUAL_PERCENT: u32 = 200;

/// Something that is, or was, not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Episode {
    /// What.
    pub title: String,
    /// Since when.
    pub since_ms: i64,
    /// Until when; `None`: it is not over.
    pub until_ms: Option<i64>,
}

/// A place that notes are sent to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The name of its format.
    pub format: String,
    /// What it is told.
    pub about: About,
    /// Its address without what is secret in it, or why it cannot be read.
    pub place: String,
    /// How the last letter went; `None` before the first.
    pub last: Option<LastLetter>,
}

/// What a webhook is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// Everything.
    #[default]
    All,
    /// Alerts.
    Alerts,
    /// The digest.
    Digest,
}

/// How the last letter to a webhook went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastLetter {
    /// How.
    pub state: LetterState,
    /// What the place answered, or why it did not.
    pub detail: String,
    /// When it was tried.
    pub at_ms: i64,
}

/// How a letter went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterState {
    /// It was taken.
    Sent,
    /// It is tried again.
    Trying,
    /// It is tried no more.
    GaveUp,
}

/// A format of webhooks, and what it needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookFormat {
    /// Its name for programs.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Whether it needs the webhook's address.
    pub needs_url: bool,
    /// The secret it has.
    pub secret: SecretNeed,
    /// Whether it needs the id of a chat.
    pub needs_chat: bool,
}

/// The secret of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretNeed {
    /// None.
    None,
    /// One to sign with, where that was switched on there.
    Signing,
    /// One to sign with, which is drawn where the owner has none.
    Drawn,
    /// A bot's token.
    Token,
}

/// Changes what the owner is told of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetAlerts {
    /// All of it.
    pub rules: AlertRules,
}

/// Adds a webhook.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AddWebhook {
    /// Its name.
    pub name: String,
    /// Its format's id.
    pub format: String,
    /// Its address; empty where the format knows it.
    pub url: String,
    /// Its secret; empty where there is none.
    pub secret: String,
    /// Its chat; empty where there is none.
    pub chat: String,
    /// What it is told.
    pub about: About,
}

/// A webhook that was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedWebhook {
    /// Its name.
    pub name: String,
    /// The secret it signs with, where it was drawn: it is shown this once.
    pub secret: Option<String>,
}

/// Sends a test to a webhook.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct TestWebhook {
    /// Its id.
    pub id: i64,
}

/// Removes a webhook, and what is on its way to it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct RemoveWebhook {
    /// Its id.
    pub id: i64,
}

/// Asks for the digest of the last whole week, as it is told.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GetDigest {}

/// A digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// Its title.
    pub title: String,
    /// The rest, line by line.
    pub lines: Vec<String>,
}
