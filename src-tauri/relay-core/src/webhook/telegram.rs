//! Telegram, by a bot of the owner's.
//!
//! Text without a parse mode is taken as it is, but for `@name`, `/command` and `#tag`, which it makes links of; a mark of no
//! width before the name undoes that. Source: <https://core.telegram.org/bots/api#sendmessage> (read November 2026).

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{
    AddressNeed, BadPlace, ChatNeed, Format, Letter, MayPass, Refusal, Request, SecretNeed,
    text::{self, Length},
};

pub(super) const TELEGRAM: Format = Format {
    id: "telegram",
    name: "Telegram",
    address: AddressNeed::Known("https://api.telegram.org"),
    secret: SecretNeed::Owners,
    chat: ChatNeed::Needed,
    request,
    refusal,
};

const LONGEST: Length = Length::Utf16(4_096);
/// A word joiner: it has no width, and no name begins with it.
const JOINER: char = '\u{2060}';

/// A bot's token: a number, a colon, and letters, digits, `-` and `_`. It becomes a part of the address.
pub(super) fn check(token: &SecretString) -> Result<(), BadPlace> {
    let is_word = |text: &str| {
        text.len() >= 20 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match token.expose_secret().split_once(':') {
        Some((number, word)) if is_number(number) && is_word(word) => Ok(()),
        _ => Err(BadPlace::Secret("the bot's token, as 123456789:AbC…, from @BotFather")),
    }
}

pub(super) fn check_chat(chat: &str) -> Result<(), BadPlace> {
    let is_name = chat
        .strip_prefix('@')
        .is_some_and(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
    if is_name || chat.parse::<i64>().is_ok() { Ok(()) } else { Err(BadPlace::Chat) }
}

fn request(letter: &Letter<'_>) -> Request {
    let to = letter.to;
    let text = text::of(letter.note, LONGEST, harmless);
    let token = to.secret.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
    let base = to.address.expose_secret().trim_end_matches('/');
    let body = json!({ "chat_id": to.chat, "text": text, "link_preview_options": { "is_disabled": true } });
    Request { address: format!("{base}/bot{token}/sendMessage").into(), headers: Vec::new(), body: body.to_string() }
}

fn harmless(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut is_in_word = false;
    for letter in line.chars() {
        text.push(letter);
        if letter == '@' || (matches!(letter, '/' | '#') && !is_in_word) {
            text.push(JOINER);
        }
        is_in_word = letter.is_alphanumeric() || matches!(letter, '/' | ':');
    }
    text
}

/// It says in words what its status says: `{"ok": false, "error_code": 400, "description": "…"}`.
fn refusal(said: &Value) -> Option<Refusal> {
    let is_refused = said["ok"].as_bool() == Some(false);
    let why = said["description"].as_str().unwrap_or("refused").to_owned();
    is_refused.then_some(Refusal { why, may_pass: MayPass::No })
}
