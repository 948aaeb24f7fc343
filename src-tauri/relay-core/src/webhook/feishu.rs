//! Feishu (and Lark), by a group's custom bot.
//!
//! Where a signature is asked for, `sign` is the base64 of HMAC-SHA256 over nothing, whose key is the Unix second, a line
//! break and the secret. It answers 200 also when it refuses. A text may mention by `<at …>`. Source:
//! <https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot> (read November 2026).

use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::{
    AddressNeed, ChatNeed, Format, Letter, Refusal, Request, SecretNeed, by_code, hmac,
    text::{self, Length},
};

pub(super) const FEISHU: Format = Format {
    id: "feishu",
    name: "Feishu",
    address: AddressNeed::Owners,
    secret: SecretNeed::Optional,
    chat: ChatNeed::None,
    request,
    refusal,
};

/// A whole body may have 20 kB; JSON doubles what it escapes at most.
const LONGEST: Length = Length::Bytes(9_000);
/// Too many at once: 9499 in general, 11232 for the bot.
const TOO_MANY: &[i64] = &[9_499, 11_232];

fn request(letter: &Letter<'_>) -> Request {
    let text = text::of(letter.note, LONGEST, without_tags);
    let mut body = json!({ "msg_type": "text", "content": { "text": text } });
    if let Some(secret) = letter.to.secret() {
        let seconds = letter.now.as_second().to_string();
        let key = format!("{seconds}\n{}", secret.expose_secret());
        body["sign"] = BASE64_STANDARD.encode(hmac(key.as_bytes(), b"")).into();
        body["timestamp"] = seconds.into();
    }
    Request { address: letter.address(), headers: Vec::new(), body: body.to_string() }
}

/// Its tags have no escape: what would begin one becomes its double of full width.
pub(super) fn without_tags(line: &str) -> String {
    line.replace('<', "＜").replace('>', "＞")
}

fn refusal(said: &Value) -> Option<Refusal> {
    by_code(said, ["code", "msg"], TOO_MANY)
}
