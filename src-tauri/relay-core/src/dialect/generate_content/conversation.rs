//! What the calls of one conversation have in common: the session that the client names, else how the conversation begins.
//!
//! The Gemini CLI begins each of its conversations with a text about the folder it runs in, and only then comes what the
//! user wrote: so all texts before the model's first are looked at.

use http::HeaderMap;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::json::Fields;

/// How much of the system instruction and of the contents is looked at, in bytes of JSON: the CLI's text about its folder
/// has up to some dozen kilobytes.
pub(super) const BEGINNING: usize = 32 * 1024;
/// How much of a text tells a conversation apart, in bytes.
const TELLING: usize = 2048;
/// Where clients name their session beside the body.
const SESSION_HEADERS: [&str; 2] = ["x-session-affinity", "x-session-id"];

/// The name of the conversation a request belongs to; `None` where it tells nothing.
pub(super) fn name(request: &Fields, headers: &HeaderMap) -> Option<Vec<u8>> {
    let session: Option<String> = request.read("session_id").unwrap_or_default();
    let named = session.map(String::into_bytes);
    let header = || SESSION_HEADERS.iter().find_map(|name| headers.get(*name)).map(|value| value.as_bytes().to_vec());
    named.or_else(header).filter(|name| !name.is_empty()).or_else(|| beginning(request))
}

#[derive(Deserialize)]
struct Content {
    role: Option<String>,
    parts: Option<Parts>,
}

/// The parts of a content; a single one may stand without brackets.
#[derive(Deserialize)]
#[serde(untagged)]
enum Parts {
    Several(Vec<Part>),
    One(Part),
}

#[derive(Deserialize)]
struct Part {
    text: Option<String>,
}

impl Content {
    fn is_the_users(&self) -> bool {
        self.role.as_deref().is_none_or(|role| role == "user")
    }

    fn text(self) -> String {
        let parts = match self.parts {
            None => Vec::new(),
            Some(Parts::Several(parts)) => parts,
            Some(Parts::One(part)) => vec![part],
        };
        parts.into_iter().filter_map(|part| part.text).collect()
    }
}

/// A digest of the system instruction and of the texts before the model's first.
fn beginning(request: &Fields) -> Option<Vec<u8>> {
    let contents = request.text("contents")?;
    let mut digest = Sha256::new();
    if let Some(system) = request.text("systemInstruction").or_else(|| request.text("system_instruction")) {
        match serde_json::from_slice::<Content>(system) {
            Ok(content) => digest.update(telling(content.text().as_bytes())),
            Err(_) => digest.update(telling(system)),
        }
    }
    let first = first_of_user(contents);
    for text in &first {
        digest.update([0]);
        digest.update(telling(text.as_bytes()));
    }
    if first.is_empty() {
        // Longer than what is kept of it: then its own beginning tells as much.
        digest.update([0]);
        digest.update(telling(contents));
    }
    Some(digest.finalize().to_vec())
}

fn telling(text: &[u8]) -> &[u8] {
    &text[..text.len().min(TELLING)]
}

/// The texts before the model's first, as far as they are whole.
fn first_of_user(contents: &[u8]) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = contents.trim_ascii_start().strip_prefix(b"[");
    while let Some(text) = rest {
        let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Content>();
        match values.next() {
            Some(Ok(content)) if content.is_the_users() => texts.push(content.text()),
            _ => break,
        }
        rest = text[values.byte_offset()..].trim_ascii_start().strip_prefix(b",");
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dialect::generate_content::GENERATE_CONTENT, json::Outline};

    fn of(body: &str, headers: &[(&'static str, &'static str)]) -> Option<Vec<u8>> {
        let mut outline = Outline::of(GENERATE_CONTENT.asked_fields);
        outline.push(body.as_bytes());
        let headers = headers
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), http::HeaderValue::from_static(value)));
        let fields = outline.finish().expect("an object");
        let asked = (GENERATE_CONTENT.read_asked)(&fields, &headers.collect());
        asked.expect("readable").conversation
    }

    fn text(role: &str, text: &str) -> String {
        format!(r#"{{"role":"{role}","parts":[{{"text":"{text}"}}]}}"#)
    }

    #[test]
    fn a_session_is_named_by_the_cli_in_the_body_and_by_others_in_a_header() {
        let body = r#"{"model":"m","request":{"contents":[],"session_id":"0f3c"}}"#;
        assert_eq!(of(body, &[("x-session-id", "other")]).as_deref(), Some(&b"0f3c"[..]));

        let body = r#"{"contents":[]}"#;
        assert_eq!(of(body, &[("x-session-affinity", "0f3c")]).as_deref(), Some(&b"0f3c"[..]));
        assert_eq!(of(body, &[("x-session-id", "0f3c")]).as_deref(), Some(&b"0f3c"[..]));
        assert_eq!(of("{}", &[]), None);
    }

    #[test]
    fn else_a_conversation_is_known_by_all_that_comes_before_the_models_first_text() {
        let talk = |system: &str, contents: &[String]| {
            of(&format!(r#"{{"systemInstruction":{system},"contents":[{}]}}"#, contents.join(",")), &[])
        };
        let (folder, hello) = (text("user", "This is the folder"), text("user", "Hello"));
        let kind = r#"{"parts":[{"text":"Be kind"}]}"#;
        let first = talk(kind, &[folder.clone(), hello.clone()]);

        assert!(first.is_some());
        let later = [folder.clone(), hello.clone(), text("model", "Hi"), text("user", "Go on")];
        assert_eq!(first, talk(r#"{"parts":{"text":"Be kind"}}"#, &later));
        assert_ne!(first, talk(kind, &[folder.clone(), text("user", "Goodbye")]));
        assert_ne!(first, talk(r#"{"parts":[{"text":"Be rude"}]}"#, &[folder, hello]));
    }

    #[test]
    fn a_beginning_that_is_cut_tells_by_what_is_there_of_it() {
        let long = "x".repeat(BEGINNING);
        let cut = |contents: &[String]| of(&format!(r#"{{"contents":[{}]}}"#, contents.join(",")), &[]);

        let only = cut(&[text("user", &long)]);
        assert!(only.is_some());
        assert_eq!(only, cut(&[text("user", &format!("{long}y")), text("model", "Hi")]));
        let (folder, hello) = (text("user", "folder"), text("user", &long));
        assert_eq!(cut(&[folder.clone(), hello.clone()]), cut(&[folder, hello, text("model", "Hi")]));
    }
}
