//! Slack, by an incoming webhook.
//!
//! Mentions and links are written between `<` and `>` there, also where markup is switched off; both are escaped, as is
//! `&`. Source: <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks> and
//! <https://docs.slack.dev/messaging/formatting-message-text> (read November 2026).

use serde_json::json;

use super::{
    AddressNeed, ChatNeed, Format, Letter, Request, SecretNeed, by_status_alone,
    text::{self, Length},
};

pub(super) const SLACK: Format = Format {
    id: "slack",
    name: "Slack",
    address: AddressNeed::Owners,
    secret: SecretNeed::None,
    chat: ChatNeed::None,
    request,
    refusal: by_status_alone,
};

/// What Slack asks senders to keep to; far longer ones are cut there.
const LONGEST: Length = Length::Characters(4_000);

fn request(letter: &Letter<'_>) -> Request {
    let text = text::of(letter.note, LONGEST, escaped);
    let body = json!({ "text": text, "mrkdwn": false, "unfurl_links": false, "unfurl_media": false });
    Request { address: letter.address(), headers: Vec::new(), body: body.to_string() }
}

fn escaped(line: &str) -> String {
    line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
