//! WeCom, by a group's robot.
//!
//! Its address is its secret. It answers 200 also when it refuses. A text may mention by `<@userid>`. Source:
//! <https://developer.work.weixin.qq.com/document/path/99110> (read November 2026).

use serde_json::{Value, json};

use super::{
    AddressNeed, ChatNeed, Format, Letter, Refusal, Request, SecretNeed, by_code,
    feishu::without_tags,
    text::{self, Length},
};

pub(super) const WECOM: Format = Format {
    id: "wecom",
    name: "WeCom",
    address: AddressNeed::Owners,
    secret: SecretNeed::None,
    chat: ChatNeed::None,
    request,
    refusal,
};

const LONGEST: Length = Length::Bytes(2_048);
/// More than 20 in a minute.
const TOO_MANY: &[i64] = &[45_009];

fn request(letter: &Letter<'_>) -> Request {
    let text = text::of(letter.note, LONGEST, without_tags);
    let body = json!({ "msgtype": "text", "text": { "content": text } });
    Request { address: letter.address(), headers: Vec::new(), body: body.to_string() }
}

fn refusal(said: &Value) -> Option<Refusal> {
    by_code(said, ["errcode", "errmsg"], TOO_MANY)
}
