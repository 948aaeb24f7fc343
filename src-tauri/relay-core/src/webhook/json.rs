//! Plain JSON for programs of the owner's own, signed as Standard Webhooks has it.
//!
//! The body is `{"type", "timestamp", "data"}`; `data` holds `title` and `text` for people beside what it is about. Three
//! headers come with it: `webhook-id`, the same each time one note is sent; `webhook-timestamp`, in Unix seconds; and
//! `webhook-signature`, `v1,` and the base64 of HMAC-SHA256 over `ID.TIMESTAMP.BODY`, whose key is the base64 after the
//! secret's `whsec_`.
//!
//! Source: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md> (read November
//! 2026).

use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::{AddressNeed, BadPlace, ChatNeed, Format, Letter, Request, SecretNeed, by_status_alone, hmac};

pub(super) const JSON: Format = Format {
    id: "json",
    name: "JSON",
    address: AddressNeed::Owners,
    secret: SecretNeed::Drawn,
    chat: ChatNeed::None,
    request,
    refusal: by_status_alone,
};

/// What a secret begins with.
const PREFIX: &str = "whsec_";
/// How many bytes a key may have.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A new secret.
#[must_use]
pub fn new_secret(random: [u8; 32]) -> SecretString {
    format!("{PREFIX}{}", BASE64_STANDARD.encode(random)).into()
}

pub(super) fn check(secret: &SecretString) -> Result<(), BadPlace> {
    let wrong = BadPlace::Secret("whsec_ and the base64 of 24 to 64 bytes, as Standard Webhooks has it");
    key(secret).map(drop).ok_or(wrong)
}

fn key(secret: &SecretString) -> Option<Vec<u8>> {
    let key = BASE64_STANDARD.decode(secret.expose_secret().strip_prefix(PREFIX)?).ok()?;
    KEY_BYTES.contains(&key.len()).then_some(key)
}

fn request(letter: &Letter<'_>) -> Request {
    let Letter { note, id, now, to } = letter;
    let mut data = note.data.clone();
    if let Value::Object(fields) = &mut data {
        fields.insert("title".to_owned(), note.title.clone().into());
        fields.insert("text".to_owned(), note.text().into());
    }
    let body = json!({ "type": note.kind, "timestamp": now, "data": data }).to_string();
    let seconds = now.as_second();
    let key = to.secret.as_ref().and_then(key).expect("a place of this format has a secret that was checked");
    let signature = BASE64_STANDARD.encode(hmac(&key, format!("{id}.{seconds}.{body}").as_bytes()));
    let headers = vec![
        ("webhook-id", (*id).to_owned()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", format!("v1,{signature}")),
    ];
    Request { address: letter.address(), headers, body }
}
