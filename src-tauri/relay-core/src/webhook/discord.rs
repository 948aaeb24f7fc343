//! Discord, by a channel's webhook.
//!
//! `allowed_mentions` without any kind lets nobody be mentioned, whatever the text says; markup is escaped by a backslash.
//! Source: <https://discord.com/developers/docs/resources/webhook#execute-webhook> and
//! <https://discord.com/developers/docs/resources/message#allowed-mentions-object> (read November 2026).

use serde_json::json;

use super::{
    AddressNeed, ChatNeed, Format, Letter, Request, SecretNeed, by_status_alone,
    text::{self, Length},
};

pub(super) const DISCORD: Format = Format {
    id: "discord",
    name: "Discord",
    address: AddressNeed::Owners,
    secret: SecretNeed::None,
    chat: ChatNeed::None,
    request,
    refusal: by_status_alone,
};

const LONGEST: Length = Length::Characters(2_000);
/// Characters that may be a part of markup, a mention or a link.
const MARKUP: &[char] = &['\\', '*', '_', '~', '`', '|', '<', '>', '#', '[', ']', '(', ')', '@', ':'];
/// `SUPPRESS_EMBEDS`: no preview of what looks like a link.
const NO_PREVIEWS: u32 = 1 << 2;

fn request(letter: &Letter<'_>) -> Request {
    let text = text::of(letter.note, LONGEST, escaped);
    let body = json!({ "content": text, "allowed_mentions": { "parse": [] }, "flags": NO_PREVIEWS });
    Request { address: letter.address(), headers: Vec::new(), body: body.to_string() }
}

/// A time such as 14:10 needs no backslash: a colon is one only before what may be an emoji's name or a link.
fn escaped(line: &str) -> String {
    let mut letters = line.chars().peekable();
    let mut text = String::with_capacity(line.len());
    while let Some(letter) = letters.next() {
        let is_plain_colon = letter == ':' && letters.peek().is_none_or(|next| next.is_ascii_digit() || *next == ' ');
        if MARKUP.contains(&letter) && !is_plain_colon {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}
