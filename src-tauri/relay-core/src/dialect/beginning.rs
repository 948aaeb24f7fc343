//! How a conversation begins: what its calls have in common where no session is named.
//!
//! Only texts are compared, not the JSON around them: clients move their cache marks from turn to turn.

use std::{borrow::Cow, fmt};

use http::HeaderMap;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, SeqAccess, Visitor},
};
use sha2::{Digest, Sha256};

/// How much of a field is looked at that holds the system prompt or what the user says, in bytes of JSON.
pub(super) const BEGINNING: usize = 8192;
/// The same of a field that holds both, one after the other: the system prompts of agents are tens of kilobytes long.
pub(super) const BEGINNING_OF_BOTH: usize = 32 * 1024;
/// How much of a text tells a conversation apart, in bytes.
const TELLING: usize = 2048;
/// Where clients of OpenAI's formats name their session beside the body: Codex, Droid, opencode and their likes.
const SESSION_HEADERS: [&str; 5] =
    ["session_id", "session-id", "x-session-id", "conversation_id", "x-session-affinity"];

/// The session that a client of one of OpenAI's formats names in a header.
pub(super) fn session(headers: &HeaderMap) -> Option<Vec<u8>> {
    let named = SESSION_HEADERS.iter().filter_map(|name| headers.get(*name)).map(|value| value.as_bytes());
    named.into_iter().find(|session| !session.is_empty()).map(<[u8]>::to_vec)
}

/// A digest of these texts, of each no more than its beginning.
pub(super) fn digest<'a>(texts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update(&text[..text.len().min(TELLING)]);
        digest.update([0]);
    }
    digest.finalize().to_vec()
}

#[derive(Deserialize)]
struct Message {
    role: Option<String>,
    content: Option<Content>,
}

/// A text, or blocks of which some have one: all that is in it, put together.
struct Content(String);

#[derive(Deserialize)]
struct Block<'a> {
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;

        impl<'de> Visitor<'de> for Texts {
            type Value = Content;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text or blocks")
            }

            fn visit_str<E>(self, text: &str) -> Result<Content, E> {
                Ok(Content(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut blocks: A) -> Result<Content, A::Error> {
                let mut texts = String::new();
                while let Some(Block { text }) = blocks.next_element()? {
                    texts.push_str(&text.unwrap_or_default());
                }
                Ok(Content(texts))
            }
        }

        deserializer.deserialize_any(Texts)
    }
}

/// The text of a field that holds one, or blocks with some; the field itself where it is cut or holds something else.
pub(super) fn text(field: &[u8]) -> Vec<u8> {
    serde_json::from_slice::<Content>(field).map_or_else(|_| field.to_vec(), |Content(text)| text.into_bytes())
}

/// The texts of messages up to the first of a user, which is the last one here. Where there is none, or they are cut
/// before its end, their own beginning tells as much.
pub(super) fn up_to_user(messages: &[u8]) -> Vec<Vec<u8>> {
    let mut texts = Vec::new();
    for Message { role, content } in members(messages) {
        texts.push(content.map(|Content(text)| text).unwrap_or_default().into_bytes());
        if role.as_deref() == Some("user") {
            return texts;
        }
    }
    let is_text = messages.starts_with(b"\"");
    vec![if is_text { text(messages) } else { messages.to_vec() }]
}

/// The members of an array one by one, as far as they are there as a whole and are what they should be.
pub(super) fn members<T: DeserializeOwned>(array: &[u8]) -> impl Iterator<Item = T> {
    let mut rest = array.strip_prefix(b"[");
    std::iter::from_fn(move || {
        let text = rest?;
        let mut values = serde_json::Deserializer::from_slice(text).into_iter::<T>();
        let member = values.next()?.ok()?;
        rest = text[values.byte_offset()..].trim_ascii_start().strip_prefix(b",");
        Some(member)
    })
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn a_session_is_named_in_any_of_the_headers_clients_use() {
        for name in SESSION_HEADERS {
            let headers = [(HeaderName::from_static(name), HeaderValue::from_static("s1"))].into_iter().collect();
            assert_eq!(session(&headers).as_deref(), Some(&b"s1"[..]), "{name}");
        }
        let empty = [(HeaderName::from_static("session_id"), HeaderValue::from_static(""))].into_iter().collect();
        assert_eq!(session(&empty), None);
    }

    #[test]
    fn the_texts_up_to_the_first_user_are_read_from_either_form_and_however_the_rest_is_cut() {
        let messages = br#"[{"type":"additional_tools","tools":[]}, {"role":"developer","content":"Be kind"},
            {"role":"user","content":[{"type":"input_text","text":"Hel"},{"type":"input_image"},{"text":"lo"}]},
            {"role":"assistant","content":"H"#;

        assert_eq!(up_to_user(messages), [&b""[..], b"Be kind", b"Hello"]);
        assert_eq!(up_to_user(br#""Hello""#), [b"Hello"]);
        for without in [&br#"[{"role":"user","con"#[..], br#"[{"role":"system","content":"Be kind"}]"#] {
            assert_eq!(up_to_user(without), [without]);
        }
    }
}
