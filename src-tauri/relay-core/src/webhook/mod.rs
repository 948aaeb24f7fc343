//! Webhooks: where the owner wants to be told, each in a format of its own. A format is one file and one line in
//! [`FORMATS`]: how a note becomes a request, how that is signed, and what in an answer says that it was not taken.
//!
//! What a note holds may come from a friend, as a name does: no format lets it mention anybody, or write markup.

mod dingtalk;
mod discord;
mod feishu;
mod json;
mod slack;
mod telegram;
mod text;
mod wecom;

use std::str::FromStr;

use hmac::{Hmac, Mac as _};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;
use url::Url;

pub use self::json::new_secret;
use crate::reach::Outcome;

/// How much of an answer is read.
pub const LONGEST_ANSWER: usize = 8 * 1024;
/// How much of what an answer says is kept.
const LONGEST_REASON: usize = 160;

/// Every format, in the order the owner is shown them.
pub const FORMATS: &[&Format] = &[
    &json::JSON,
    &slack::SLACK,
    &discord::DISCORD,
    &telegram::TELEGRAM,
    &feishu::FEISHU,
    &dingtalk::DINGTALK,
    &wecom::WECOM,
];

/// A way to tell: what it needs, and how it says it.
#[derive(Debug)]
pub struct Format {
    /// Its name for programs.
    pub id: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// Where it is posted to.
    pub address: AddressNeed,
    /// The secret it is signed or sent with.
    pub secret: SecretNeed,
    /// Whether it needs the id of a chat.
    pub chat: ChatNeed,
    /// Makes the request.
    request: fn(&Letter<'_>) -> Request,
    /// Reads in the body of an answer with a good status that it was not taken all the same.
    refusal: fn(&Value) -> Option<Refusal>,
}

/// Where a format is posted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressNeed {
    /// An address that the owner has from there, and which is a secret.
    Owners,
    /// This one, unless the owner names another.
    Known(&'static str),
}

/// The secret of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretNeed {
    /// It has none beside the address.
    None,
    /// It signs with one, where the owner switched that on there.
    Optional,
    /// It always signs with one; it is drawn where the owner has none.
    Drawn,
    /// It is sent with one that the owner has from there.
    Owners,
}

/// Whether a format needs the id of a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChatNeed {
    /// It does.
    Needed,
    /// Its address says which.
    None,
}

/// What is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// What it is, for programs, e.g. `alert.spend`.
    pub kind: String,
    /// What it is about, in one line.
    pub title: String,
    /// The rest.
    pub lines: Vec<String>,
    /// The same for programs.
    pub data: Value,
}

impl Note {
    /// The whole of it, line by line.
    #[must_use]
    pub fn text(&self) -> String {
        [std::slice::from_ref(&self.title), &self.lines].concat().join("\n")
    }
}

/// A note on its way.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// What it says.
    pub note: &'a Note,
    /// Its id, the same each time it is sent.
    pub id: &'a str,
    /// Now.
    pub now: Timestamp,
    /// Where it goes.
    pub to: &'a Place,
}

/// Where notes go, checked. Nothing of it is for the log.
#[derive(Clone, Debug)]
pub struct Place {
    /// The format.
    pub format: &'static Format,
    address: SecretString,
    secret: Option<SecretString>,
    chat: Option<String>,
}

/// What is to be sent: a `POST` of JSON.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where to, with everything that is secret in it.
    pub address: SecretString,
    /// What stands before it, beside its type.
    pub headers: Vec<(&'static str, String)>,
    /// The JSON.
    pub body: String,
}

/// Why an answer with a good status was none.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal {
    why: String,
    may_pass: MayPass,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MayPass {
    Yes,
    No,
}

/// Why a place cannot be told.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadPlace {
    /// There is no such format.
    #[error("there is no webhook format '{0}': choose one of {list}", list = ids())]
    Format(String),
    /// The address is missing.
    #[error("{0} needs the webhook's address: pass it with --url-stdin")]
    NoAddress(&'static str),
    /// The address is none.
    #[error("the webhook's address cannot be used: expected https://host/path (or http://)")]
    Address,
    /// The secret is missing.
    #[error("{0} needs a secret: pass it with --secret-stdin")]
    NoSecret(&'static str),
    /// The secret is none of this format's.
    #[error("the webhook's secret cannot be used: expected {0}")]
    Secret(&'static str),
    /// It is sent with no secret.
    #[error("{0} has no secret beside its address: leave the secret out")]
    NeedlessSecret(&'static str),
    /// The chat is missing.
    #[error("{0} needs the id of the chat: pass it with --chat")]
    NoChat(&'static str),
    /// The chat is none.
    #[error("the chat's id cannot be used: expected a number, or @ and a channel's name")]
    Chat,
    /// It is sent to no chat.
    #[error("{0} is told by its address where to write: leave the chat out")]
    NeedlessChat(&'static str),
}

impl FromStr for &'static Format {
    type Err = BadPlace;

    fn from_str(id: &str) -> Result<Self, BadPlace> {
        let known = FORMATS.iter().find(|format| format.id == id);
        known.copied().ok_or_else(|| BadPlace::Format(id.to_owned()))
    }
}

fn ids() -> String {
    FORMATS.iter().map(|format| format.id).collect::<Vec<_>>().join(", ")
}

impl Place {
    /// Checks what the owner says.
    ///
    /// # Errors
    /// [`BadPlace`] when something is missing, or too much.
    pub fn new(
        format: &'static Format,
        address: Option<SecretString>,
        secret: Option<SecretString>,
        chat: Option<String>,
    ) -> Result<Self, BadPlace> {
        let name = format.name;
        let address = match (address, format.address) {
            (Some(address), _) => checked(address)?,
            (None, AddressNeed::Known(known)) => known.into(),
            (None, AddressNeed::Owners) => return Err(BadPlace::NoAddress(name)),
        };
        match (&secret, format.secret) {
            (None, SecretNeed::Owners | SecretNeed::Drawn) => return Err(BadPlace::NoSecret(name)),
            (Some(_), SecretNeed::None) => return Err(BadPlace::NeedlessSecret(name)),
            (Some(secret), SecretNeed::Drawn) => json::check(secret)?,
            (Some(secret), SecretNeed::Owners) => telegram::check(secret)?,
            (Some(secret), SecretNeed::Optional) if secret.expose_secret().trim().is_empty() => {
                return Err(BadPlace::Secret("the secret that the robot's settings show"));
            }
            (Some(_) | None, _) => {}
        }
        match (&chat, format.chat) {
            (None, ChatNeed::Needed) => return Err(BadPlace::NoChat(name)),
            (Some(_), ChatNeed::None) => return Err(BadPlace::NeedlessChat(name)),
            (Some(chat), ChatNeed::Needed) => telegram::check_chat(chat)?,
            (None, ChatNeed::None) => {}
        }
        Ok(Self { format, address, secret, chat })
    }

    /// The address, to be sealed.
    #[must_use]
    pub fn address(&self) -> &SecretString {
        &self.address
    }

    /// The secret, to be sealed.
    #[must_use]
    pub fn secret(&self) -> Option<&SecretString> {
        self.secret.as_ref()
    }

    /// The chat.
    #[must_use]
    pub fn chat(&self) -> Option<&str> {
        self.chat.as_deref()
    }

    /// The address as it may be shown: what is secret in it comes after the host.
    #[must_use]
    pub fn shown(&self) -> String {
        let Ok(url) = Url::parse(self.address.expose_secret()) else { return "unreadable".to_owned() };
        let more = if url.path() == "/" && url.query().is_none() { "" } else { "/…" };
        format!("{}{more}", url.origin().ascii_serialization())
    }

    /// What an answer to a letter says: how it went, and a few words on that, in which nothing of the place's secrets is.
    #[must_use]
    pub fn judge(&self, status: u16, body: &[u8]) -> (Outcome, String) {
        let said: Value = serde_json::from_slice(body).unwrap_or_default();
        let refusal = (self.format.refusal)(&said);
        match refusal {
            Some(Refusal { why, may_pass }) if (200..300).contains(&status) => {
                // As if it had come with the status that means the same.
                let outcome = if may_pass == MayPass::Yes { 429 } else { 400 };
                (Outcome::Status(outcome), self.without_secrets(&why))
            }
            Some(Refusal { why, .. }) => {
                (Outcome::Status(status), self.without_secrets(&format!("HTTP {status}: {why}")))
            }
            None => (Outcome::Status(status), format!("HTTP {status}")),
        }
    }

    /// What a place answered, cut short, and without the parts of its address or its secret, should it say them back.
    fn without_secrets(&self, said: &str) -> String {
        let plain: String = said.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        let parts = self.address.expose_secret().split(['/', '?', '&', '=', '@']).filter(|part| part.len() >= 8);
        let secret = self.secret.as_ref().map(ExposeSecret::expose_secret);
        let hidden = parts.chain(secret).fold(plain, |text, part| text.replace(part, "…"));
        hidden.chars().take(LONGEST_REASON).collect()
    }
}

impl Letter<'_> {
    /// The request that brings it.
    #[must_use]
    pub fn request(&self) -> Request {
        (self.to.format.request)(self)
    }

    fn address(&self) -> SecretString {
        self.to.address.clone()
    }
}

fn checked(address: SecretString) -> Result<SecretString, BadPlace> {
    let url = Url::parse(address.expose_secret()).map_err(|_| BadPlace::Address)?;
    let is_fit = matches!(url.scheme(), "http" | "https") && url.has_host();
    if is_fit { Ok(address) } else { Err(BadPlace::Address) }
}

/// HMAC-SHA256.
fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).expect("any length is a key");
    hmac.update(text);
    hmac.finalize().into_bytes().into()
}

/// No body says more than its status.
fn by_status_alone(_said: &Value) -> Option<Refusal> {
    None
}

/// The same for places that answer `{"code": 0}` when all is well, under whatever names.
fn by_code(said: &Value, [code, why]: [&str; 2], passing: &[i64]) -> Option<Refusal> {
    let number = said[code].as_i64().filter(|number| *number != 0)?;
    let words = said[why].as_str().unwrap_or_default();
    let may_pass = if passing.contains(&number) { MayPass::Yes } else { MayPass::No };
    Some(Refusal { why: format!("{code} {number}: {words}"), may_pass })
}

#[cfg(test)]
mod tests;
