//! DingTalk, by a group's custom robot.
//!
//! Where a signature is asked for, `sign` in the address is the base64 of HMAC-SHA256 over the Unix millisecond, a line break
//! and the secret, whose key is the secret. It answers 200 also when it refuses. Whom it mentions is said beside the text.
//! Source: <https://open.dingtalk.com/document/robots/customize-robot-security-settings> (read November 2026).

use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use url::Url;

use super::{
    AddressNeed, ChatNeed, Format, Letter, Refusal, Request, SecretNeed, by_code,
    feishu::without_tags,
    hmac,
    text::{self, Length},
};

pub(super) const DINGTALK: Format = Format {
    id: "dingtalk",
    name: "DingTalk",
    address: AddressNeed::Owners,
    secret: SecretNeed::Optional,
    chat: ChatNeed::None,
    request,
    refusal,
};

/// A whole body may have 20 kB; JSON doubles what it escapes at most.
const LONGEST: Length = Length::Bytes(9_000);
/// Too many at once: in general, and for the robot.
const TOO_MANY: &[i64] = &[130_101, 410_100];

fn request(letter: &Letter<'_>) -> Request {
    let text = text::of(letter.note, LONGEST, without_tags);
    let body = json!({ "msgtype": "text", "text": { "content": text }, "at": { "atMobiles": [], "isAtAll": false } });
    let address = match letter.to.secret() {
        None => letter.address(),
        Some(secret) => signed(letter, secret),
    };
    Request { address, headers: Vec::new(), body: body.to_string() }
}

fn signed(letter: &Letter<'_>, secret: &SecretString) -> SecretString {
    let (millis, secret) = (letter.now.as_millisecond(), secret.expose_secret());
    let signature = BASE64_STANDARD.encode(hmac(secret.as_bytes(), format!("{millis}\n{secret}").as_bytes()));
    let mut address = Url::parse(letter.to.address.expose_secret()).expect("a place's address was checked");
    address.query_pairs_mut().append_pair("timestamp", &millis.to_string()).append_pair("sign", &signature);
    String::from(address).into()
}

fn refusal(said: &Value) -> Option<Refusal> {
    by_code(said, ["errcode", "errmsg"], TOO_MANY)
}
